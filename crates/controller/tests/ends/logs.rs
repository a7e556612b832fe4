//! Lines of the application's own log: what both sides write, for each of their requests, decides, and what cannot be read is said.

use sixshift_core::{
    evidence::Verdict,
    share::Share,
    status::{Phase, Status},
};
use sixshift_sim::{
    Value,
    faults::{Fault, Wrong},
    scenario,
    services::{self, Service},
};

use crate::{
    cloud_map,
    in_place::{call, described},
    lattice,
    migration::{Stage, beginning, in_virtual_time},
    nlb,
};

/// A run ends where nothing changed for so many minutes.
const STILL: u32 = 50;
const COMPARED: &str = "name: errors-in-log, pattern: \"ERROR|FATAL\", worseThanIpv4By: 100%";

fn stage(scenario: &str, logs: &str) -> Stage {
    let mut stage = Stage::new(scenario);
    let logs = format!("    logs: [{{ {logs} }}]\n  retire:");
    stage.plan = stage.plan.replacen("  retire:", &logs, 1);
    stage
}

/// What came of it, and what was seen on the way.
struct Went {
    status: Status,
    highest: Share,
    /// Of the lines.
    best: Option<Verdict>,
    worst: Option<Verdict>,
}

impl Went {
    #[track_caller]
    fn ended(&self, phase: Phase) {
        assert_eq!(self.status.phase, phase, "{}", self.status.sentence);
    }
}

async fn went(stage: &Stage) -> Went {
    let (mut highest, mut verdicts) = (Share::NONE, Vec::new());
    let status = stage
        .run_until(STILL, |status: Option<&Status>| {
            let share = status.and_then(|s| s.shares.observed);
            highest = highest.max(share.unwrap_or(Share::NONE));
            let own = status.into_iter().flat_map(|s| &s.signals);
            let own = own.filter(|s| s.own.is_some()).map(|s| s.verdict);
            verdicts.extend(own);
        })
        .await;
    Went {
        status,
        highest,
        best: verdicts.iter().copied().min(),
        worst: verdicts.iter().copied().max(),
    }
}

fn says(status: &Status, words: &str) {
    assert!(status.sentence.contains(words), "{}", status.sentence);
}

#[test]
fn a_service_whose_twin_writes_no_more_errors_than_it_moves() {
    in_virtual_time(async {
        let went = went(&stage("log-lines", COMPARED)).await;
        went.ended(Phase::Done);
        assert_eq!(went.best, Some(Verdict::Good));
        assert_ne!(went.worst, Some(Verdict::Bad));
    });
}

#[test]
fn a_twin_that_writes_errors_though_it_answers_well_is_taken_back_and_the_lines_are_named() {
    in_virtual_time(async {
        let went = went(&stage("log-lines-bad", COMPARED)).await;
        went.ended(Phase::RolledBack);
        assert!(went.highest < Share::ALL);
        says(&went.status, "log lines errors-in-log are ");
        says(&went.status, " for 1,000 requests, over ");
        says(&went.status, " as IPv4 allows");
    });
}

#[test]
fn a_fixed_limit_holds_without_a_comparison() {
    in_virtual_time(async {
        let went = went(&stage("log-lines-bad", "pattern: (?i)cannot reach, max: 6")).await;
        went.ended(Phase::RolledBack);
        says(&went.status, "log lines log-lines-1 are ");
        says(&went.status, " for 1,000 requests, over 6");
    });
}

#[test]
fn lines_of_a_dry_run_are_judged_and_shown_and_change_nothing() {
    in_virtual_time(async {
        let went = went(&stage(
            "log-lines-bad",
            &format!("{COMPARED}, dryRun: true"),
        ))
        .await;
        went.ended(Phase::Done);
        assert_eq!(went.worst, Some(Verdict::Bad));
    });
}

#[test]
fn a_daemon_that_is_killed_each_minute_judges_lines_alike() {
    in_virtual_time(async {
        let good = stage("log-lines", COMPARED).retiring_unasked();
        let status = good.run_by_many(400).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let bad = stage("log-lines-bad", COMPARED);
        let status = bad.run_by_many(90).await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
    });
}

#[test]
fn a_log_that_is_not_there_moves_nothing_and_says_what_to_do() {
    in_virtual_time(async {
        let stage = stage("log-lines", COMPARED);
        let group = format!("/shop/{}", stage.service.name);
        let with = [("logGroupName", Value::from(group.as_str()))];
        call(&stage, Service::Logs, "DeleteLogGroup", &with);
        let went = went(&stage).await;
        assert_eq!(went.highest, Share::NONE, "{}", went.status.sentence);
        says(
            &went.status,
            "log lines errors-in-log: there is no log group /shop/",
        );
        says(&went.status, "create it");
    });
}

#[test]
fn queries_that_aws_refuses_move_nothing_and_are_said() {
    in_virtual_time(async {
        let stage = stage("log-lines", COMPARED);
        let wrong = Wrong::refused("AccessDeniedException");
        stage
            .region
            .inject(Fault::sometimes("*:StartQuery", wrong, 1.0));
        let went = went(&stage).await;
        assert_eq!(went.highest, Share::NONE, "{}", went.status.sentence);
        says(&went.status, "log lines errors-in-log: ");
        says(&went.status, "StartQuery");
    });
}

#[test]
fn an_application_that_writes_nothing_while_all_is_well_has_to_say_so() {
    in_virtual_time(async {
        let silent = |logs: &str| {
            let stage = stage("log-lines", logs);
            stage.region.with_world(|world| {
                for app in world.behaviours.values_mut() {
                    app.writes = false;
                }
            });
            stage
        };
        let stage = silent("pattern: ERROR, max: 1");
        // What it wrote before is forgotten an hour later.
        let went_on = went(&stage).await;
        went_on.ended(Phase::Shift);
        let stage = silent("pattern: ERROR, max: 1, missing: zero");
        let went = went(&stage).await;
        went.ended(Phase::Done);
    });
}

/// Workers on a queue whose plan counts lines, by a way.
fn workers(scenario: &str, shift: &str, logs: &str) -> Stage {
    let mut stage = Stage::of(scenario::build(scenario, Some(1), 1).unwrap());
    stage.region.with_world(|world| {
        for app in world.behaviours.values_mut() {
            app.writes = true;
        }
    });
    let beginning = beginning(&stage.service);
    stage.plan =
        format!("{beginning}  shift: {shift}\n  health: {{ alarms: [], logs: [{{ {logs} }}] }}\n");
    stage
}

const BY_TASKS: &str = "{ via: taskCount, steps: [{ weight: 50%, hold: 5m }, { weight: 100% }], bake: 30m }\n  retire: { keepCold: 10m }";
const IN_PLACE: &str = "{ via: inPlace, bake: 30m }";

#[test]
fn workers_that_move_task_by_task_are_judged_by_the_lines_of_each_task() {
    in_virtual_time(async {
        let good = workers(
            "task-count",
            BY_TASKS,
            "pattern: ERROR, worseThanIpv4By: 50%",
        );
        let good_went = went(&good).await;
        good_went.ended(Phase::Done);
        assert_eq!(good_went.best, Some(Verdict::Good));
        let bad = workers(
            "task-count-bad",
            BY_TASKS,
            "pattern: ERROR, worseThanIpv4By: 50%",
        );
        let went = went(&bad).await;
        went.ended(Phase::RolledBack);
        says(&went.status, "log lines log-lines-1 are ");
        says(&went.status, " a minute and task, over 0 as IPv4 allows");
    });
}

#[test]
fn a_worker_in_place_is_brought_back_by_what_it_writes_in_its_bake() {
    in_virtual_time(async {
        let good = workers("worker-in-place", IN_PLACE, "pattern: ERROR, max: 2");
        let good_went = went(&good).await;
        good_went.ended(Phase::Done);
        assert_eq!(good_went.best, Some(Verdict::Good));
        let bad = workers("worker-in-place-late", IN_PLACE, "pattern: ERROR, max: 2");
        let went = went(&bad).await;
        went.ended(Phase::RolledBack);
        says(&went.status, "log lines log-lines-1 are ");
    });
}

/// Its application writes, into a log that its team gives it now; over IPv6 it could not do so much of what it answered.
fn writing(mut stage: Stage, unheard: f64, logs: &str) -> Stage {
    let (cluster, name) = (stage.service.cluster.clone(), stage.service.name.clone());
    let group = format!("/shop/{name}");
    let live = described(&stage, &name);
    let definition = live.get("taskDefinition").clone();
    let with = [("taskDefinition", definition)];
    let definition = call(&stage, Service::Ecs, "DescribeTaskDefinition", &with);
    let definition = definition.get("taskDefinition");
    let mut containers = definition.get("containerDefinitions").items().to_vec();
    let options = Value::map([
        ("awslogs-group", Value::from(group.as_str())),
        ("awslogs-region", stage.service.region.as_str().into()),
        ("awslogs-stream-prefix", "app".into()),
    ]);
    let log = [("logDriver", Value::from("awslogs")), ("options", options)];
    containers[0].set("logConfiguration", Value::map(log));
    let kept = [
        "family",
        "networkMode",
        "requiresCompatibilities",
        "cpu",
        "memory",
        "executionRoleArn",
        "taskRoleArn",
    ];
    let kept = kept.map(|key| (key, definition.get(key).clone()));
    let mut input: Vec<(&'static str, Value)> = kept.into();
    input.retain(|(_, value)| *value != Value::Null);
    input.push(("containerDefinitions", Value::List(containers)));
    let named = [("logGroupName", Value::from(group.as_str()))];
    stage.region.with_world(|world| {
        // A worker's is there.
        let _ = services::call(world, Service::Logs, "CreateLogGroup", &Value::map(named));
        for app in world.behaviours.values_mut() {
            app.writes = true;
            app.v4.unheard_share = 0.002;
            app.v6.unheard_share = unheard;
        }
    });
    call(&stage, Service::Ecs, "RegisterTaskDefinition", &input);
    let family = definition.get("family").clone();
    let with = [
        ("cluster", Value::from(cluster)),
        ("service", name.into()),
        ("taskDefinition", family),
    ];
    call(&stage, Service::Ecs, "UpdateService", &with);
    let logs = format!("logs: [{{ {logs} }}]");
    stage.plan = match stage.plan.contains("health: { ") {
        true => stage
            .plan
            .replacen("health: { ", &format!("health: {{ {logs}, "), 1),
        false => stage
            .plan
            .replacen("  health:\n", &format!("  health:\n    {logs}\n"), 1),
    };
    stage
}

#[test]
fn on_each_way_with_a_twin_lines_decide_in_that_ways_unit() {
    in_virtual_time(async {
        // Nothing tells how much consumers of a name ask of each side.
        let fixed = "name: errors-in-log, pattern: ERROR, max: 4";
        type Of = fn(&str) -> Stage;
        let ways: [(&str, Of, &str, &str); 3] = [
            ("nlb-tcp", nlb::stage, COMPARED, "for 1,000 connections"),
            ("lattice", lattice::stage, COMPARED, "for 1,000 requests"),
            ("cloud-map", cloud_map::stage, fixed, "a minute and task"),
        ];
        for (scenario, stage, logs, unit) in ways {
            let good = went(&writing(stage(scenario), 0.002, logs)).await;
            let said = &good.status.sentence;
            assert_eq!(good.status.phase, Phase::Done, "{scenario}: {said}");
            assert_eq!(good.best, Some(Verdict::Good), "{scenario}");
            let bad = went(&writing(stage(scenario), 0.05, logs)).await;
            let said = &bad.status.sentence;
            assert_eq!(bad.status.phase, Phase::RolledBack, "{scenario}: {said}");
            says(&bad.status, "log lines errors-in-log are ");
            says(&bad.status, unit);
        }
    });
}
