//! Workers that share a queue and move task by task: how many tasks there are meanwhile, and what becomes of the messages.

use sixshift_core::{
    share::Share,
    status::{Phase, Status},
};
use sixshift_sim::{
    Value,
    scenario::{self, BuiltService},
    services::Service,
};

use crate::{
    in_place::{active, call, described},
    migration::{Stage, beginning, in_virtual_time},
};

/// So many minutes without a change end a run here: a bake of half an hour changes nothing meanwhile.
const STILL: u32 = 50;

fn stage(scenario: &str, drift: &str) -> Stage {
    let mut stage = Stage::of(scenario::build(scenario, Some(1), 1).unwrap());
    stage.plan = plan(&stage.service, drift);
    stage
}

fn plan(service: &BuiltService, drift: &str) -> String {
    let beginning = beginning(service);
    let metric = |of: &str| {
        format!(
            "{{ namespace: Shop/Workers, name: {of}, dimensions: {{ ServiceName: \"{{service}}\" }}, statistic: Sum }}"
        )
    };
    let (failed, handled) = (metric("MessagesFailed"), metric("MessagesHandled"));
    format!(
        "{beginning}  drift: {drift}\n  \
         shift:\n    via: taskCount\n    steps:\n      - {{ weight: 10%, hold: 5m }}\n      \
         - {{ weight: 50%, hold: 5m }}\n      - {{ weight: 100% }}\n    bake: 30m\n  \
         health:\n    alarms: []\n    metrics:\n      - name: failed\n        \
         expression: \"100 * failed / (failed + handled)\"\n        \
         using: {{ failed: {failed}, handled: {handled} }}\n        max: 5\n  \
         retire: {{ approval: required, keepCold: 10m }}\n"
    )
}

fn number(service: &Value, key: &str) -> i64 {
    service.get(key).as_i64().unwrap_or_default()
}

/// What both sides have: tasks that are to run and tasks that run, on IPv4 and on IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sizes {
    ipv4: (i64, i64),
    ipv6: (i64, i64),
}

impl Sizes {
    fn desired(self) -> (i64, i64) {
        (self.ipv4.0, self.ipv6.0)
    }

    fn running(self) -> i64 {
        self.ipv4.1 + self.ipv6.1
    }
}

fn sizes(stage: &Stage) -> Sizes {
    let of = |name: &str| {
        active(stage, name).map_or((0, 0), |s| {
            (number(&s, "desiredCount"), number(&s, "runningCount"))
        })
    };
    let name = &stage.service.name;
    Sizes {
        ipv4: of(name),
        ipv6: of(&format!("{name}-ipv6")),
    }
}

fn scale(stage: &Stage, name: &str, to: i64) {
    let with = [
        ("cluster", Value::from(stage.service.cluster.as_str())),
        ("service", Value::from(name)),
        ("desiredCount", Value::from(to)),
    ];
    call(stage, Service::Ecs, "UpdateService", &with);
}

fn ipv6_name(stage: &Stage) -> String {
    format!("{}-ipv6", stage.service.name)
}

/// Messages that were lost to whom they were for, and those that wait.
fn lost_and_waiting(stage: &Stage) -> (u64, u64) {
    let all = stage.region.with_world(|world| world.messages());
    let all = all.values();
    all.fold((0, 0), |(dead, waiting), m| {
        (dead + m.dead, waiting + m.waiting)
    })
}

/// At a share of the plan, whose hold has begun.
fn is_at(status: Option<&Status>, share: u16) -> bool {
    let applied = status.filter(|s| s.phase == Phase::Shift);
    applied.is_some_and(|s| s.shares.applied == Some(Share::from_basis_points(share)))
}

fn holds_at(status: Option<&Status>, share: u16) -> bool {
    let on = status.and_then(|s| s.waiting_on.as_ref());
    on.is_some_and(|on| on.kind() == "Hold") && is_at(status, share)
}

#[test]
fn tasks_move_step_by_step_and_there_are_never_fewer_than_the_team_had() {
    in_virtual_time(async {
        let stage = stage("task-count", "hold");
        let (mut fewest, mut most) = (i64::MAX, 0);
        let mut seen = Vec::new();
        let status = stage
            .run_until(STILL, |_: Option<&Status>| {
                let now = sizes(&stage);
                fewest = fewest.min(now.running());
                most = most.max(now.running());
                if seen.last() != Some(&now.desired()) {
                    seen.push(now.desired());
                }
            })
            .await;
        assert_eq!(status.phase, Phase::Done, "{} {seen:?}", status.sentence);
        assert_eq!(fewest, 6, "{seen:?}");
        assert!(most <= 9, "{seen:?}");
        for share in [(6, 1), (5, 1), (3, 3), (0, 6)] {
            assert!(seen.contains(&share), "{share:?}: {seen:?}");
        }
        let (dead, waiting) = lost_and_waiting(&stage);
        assert_eq!(dead, 0);
        assert!(waiting < 500, "{waiting}");
        let gone = described(&stage, &stage.service.name);
        assert_ne!(gone.get("status").as_str(), Some("ACTIVE"));
    });
}

/// Carried out until nothing more comes; how few tasks ran at the least.
async fn watched(stage: &Stage, mut look: impl FnMut(Option<&Status>)) -> (Status, i64) {
    let mut fewest = i64::MAX;
    let status = stage
        .run_until(STILL, |status: Option<&Status>| {
            fewest = fewest.min(sizes(stage).running());
            look(status);
        })
        .await;
    (status, fewest)
}

fn is_back(stage: &Stage) {
    let now = sizes(stage);
    assert_eq!(now.ipv4, (6, 6), "{now:?}");
    assert_eq!(now.ipv6, (0, 0), "{now:?}");
}

#[test]
fn a_release_that_fails_over_ipv6_is_taken_back_at_the_first_step() {
    in_virtual_time(async {
        let stage = stage("task-count-bad", "hold");
        let mut most_on_ipv6 = 0;
        let (status, fewest) = watched(&stage, |_| {
            most_on_ipv6 = most_on_ipv6.max(sizes(&stage).ipv6.0);
        })
        .await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        assert!(status.sentence.contains("failed"), "{}", status.sentence);
        assert_eq!((most_on_ipv6, fewest), (1, 6));
        is_back(&stage);
        // Of one task in six, for some minutes.
        let (dead, _) = lost_and_waiting(&stage);
        assert!(dead < 100, "{dead}");
    });
}

fn breaks_on_ipv6(stage: &Stage) {
    stage.region.with_world(|world| {
        for app in world.behaviours.values_mut() {
            app.v6.error_share = 0.5;
        }
    });
}

#[test]
fn one_that_goes_bad_in_the_bake_is_taken_back_whole() {
    in_virtual_time(async {
        let stage = stage("task-count", "hold");
        let mut broken = false;
        let (status, fewest) = watched(&stage, |status| {
            if !broken && status.is_some_and(|s| s.phase == Phase::Bake) {
                broken = true;
                assert_eq!(sizes(&stage).desired(), (0, 6));
                breaks_on_ipv6(&stage);
            }
        })
        .await;
        assert!(broken);
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        assert_eq!(
            fewest, 6,
            "the service had its tasks before the twin lost its own"
        );
        is_back(&stage);
    });
}

#[test]
fn tasks_that_end_on_ipv6_never_take_one_from_ipv4() {
    in_virtual_time(async {
        let stage = stage("task-count", "hold");
        stage.region.with_world(|world| {
            for app in world.behaviours.values_mut() {
                app.v6.ends_after = Some(20.0);
            }
        });
        let (status, fewest) = watched(&stage, |_| {}).await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        assert!(fewest >= 6, "{fewest}");
        is_back(&stage);
    });
}

#[test]
fn killed_every_minute_it_comes_as_far_and_makes_nothing_twice() {
    in_virtual_time(async {
        let stage = stage("task-count", "hold").retiring_unasked();
        let status = stage.run_by_many(300).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let accepted = stage.region.counters().accepted;
        // Beside what the scenario made of the service itself.
        for (call, times) in [
            ("CreateService", 2),
            ("RegisterTaskDefinition", 2),
            ("DeleteService", 1),
        ] {
            let call = format!("ecs:{call}");
            let made = accepted.get(&call).copied().unwrap_or_default();
            assert!(made <= times && made > 0, "{call}: {accepted:?}");
        }
        assert_eq!(sizes(&stage).desired(), (0, 6));
        assert_eq!(lost_and_waiting(&stage).0, 0);
    });
}

#[test]
fn without_its_journal_it_stays_where_it_is_and_says_so() {
    in_virtual_time(async {
        let stage = stage("task-count", "hold");
        let begun = stage.run_until(5, |_: Option<&Status>| {}).await;
        assert!(is_at(Some(&begun), 1_667), "{}", begun.sentence);
        let before = sizes(&stage);
        let status = stage.run_until(20, |_: Option<&Status>| {}).await;
        let said = "the journal knows nothing of it";
        assert!(status.sentence.contains(said), "{}", status.sentence);
        assert_eq!(sizes(&stage), before);
        assert_eq!(lost_and_waiting(&stage).0, 0);
    });
}

/// What came of somebody's edit once half of the tasks are on IPv6.
async fn edited(stage: &Stage, edit: impl Fn(&Stage)) -> Status {
    let mut done = false;
    let status = stage
        .run_until(STILL, |status: Option<&Status>| {
            if !done && holds_at(status, 5_000) {
                done = true;
                assert_eq!(sizes(stage).desired(), (3, 3));
                edit(stage);
            }
        })
        .await;
    assert!(done, "{}", status.sentence);
    status
}

#[test]
fn somebody_who_scales_the_service_is_told_and_not_fought() {
    in_virtual_time(async {
        let stage = stage("task-count", "hold");
        let status = edited(&stage, |stage| scale(stage, &stage.service.name, 5)).await;
        let on = status.waiting_on.as_ref().map(|on| on.kind());
        assert_eq!(on, Some("OutsideEdit"), "{}", status.sentence);
        assert!(
            status.sentence.contains("5 on IPv4 and 3 on IPv6"),
            "{}",
            status.sentence
        );
        assert_eq!(sizes(&stage).desired(), (5, 3));
    });
}

#[test]
fn with_drift_correct_it_is_set_right_and_goes_on() {
    in_virtual_time(async {
        for (ipv4, ipv6) in [(5, 3), (1, 3), (3, 5), (3, 1)] {
            let stage = stage("task-count", "correct");
            let status = edited(&stage, |stage| {
                scale(stage, &stage.service.name, ipv4);
                scale(stage, &ipv6_name(stage), ipv6);
            })
            .await;
            assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
            assert_eq!(sizes(&stage).desired(), (0, 6));
        }
    });
}

#[test]
fn a_twin_that_somebody_empties_is_no_side_to_stay_on() {
    in_virtual_time(async {
        for drift in ["hold", "correct"] {
            let stage = stage("task-count", drift);
            let status = edited(&stage, |stage| scale(stage, &ipv6_name(stage), 0)).await;
            assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
            assert!(
                status.sentence.contains("to 0 tasks"),
                "{}",
                status.sentence
            );
            is_back(&stage);
        }
    });
}

#[test]
fn a_twin_that_somebody_deletes_leaves_the_service_whole_and_asks_a_person() {
    in_virtual_time(async {
        let stage = stage("task-count", "hold");
        let status = edited(&stage, |stage| {
            let with = [
                ("cluster", Value::from(stage.service.cluster.as_str())),
                ("service", Value::from(ipv6_name(stage))),
                ("force", Value::from(true)),
            ];
            call(stage, Service::Ecs, "DeleteService", &with);
        })
        .await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        assert!(status.sentence.contains("deleted"), "{}", status.sentence);
        is_back(&stage);
    });
}

/// Bounds of a side's scaling, and what is suspended.
fn scaling(stage: &Stage, name: &str) -> Option<(i64, i64, [bool; 3])> {
    let resource = format!("service/{}/{name}", stage.service.cluster);
    let with = [
        ("ServiceNamespace", Value::from("ecs")),
        ("ResourceIds", Value::list([resource])),
    ];
    let answer = call(
        stage,
        Service::AutoScaling,
        "DescribeScalableTargets",
        &with,
    );
    let found = answer.get("ScalableTargets").items().first().cloned()?;
    let suspended = found.get("SuspendedState").clone();
    let on = |key: &str| suspended.get(key).as_bool().unwrap_or_default();
    Some((
        number(&found, "MinCapacity"),
        number(&found, "MaxCapacity"),
        [
            on("DynamicScalingInSuspended"),
            on("DynamicScalingOutSuspended"),
            on("ScheduledScalingSuspended"),
        ],
    ))
}

#[test]
fn where_it_scales_both_sides_have_their_part_of_the_bounds() {
    in_virtual_time(async {
        let stage = stage("queue-workers", "hold");
        let name = stage.service.name.clone();
        assert_eq!(scaling(&stage, &name), Some((6, 12, [false; 3])));
        let mut at_half = None;
        let (status, fewest) = watched(&stage, |status| {
            if at_half.is_none() && is_at(status, 5_000) {
                at_half = Some((scaling(&stage, &name), scaling(&stage, &ipv6_name(&stage))));
            }
        })
        .await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let (ipv4, ipv6) = at_half.expect("half of the tasks moved");
        assert_eq!(ipv4, Some((3, 6, [true, false, false])));
        assert_eq!(ipv6, Some((3, 6, [true, false, true])));
        assert_eq!(fewest, 6);
        let twin = scaling(&stage, &ipv6_name(&stage));
        assert_eq!(
            twin,
            Some((6, 12, [false; 3])),
            "as the service alone had it"
        );
        assert_eq!(scaling(&stage, &name), None);
        assert_eq!(lost_and_waiting(&stage).0, 0);
    });
}

#[test]
fn a_service_that_scales_out_midway_takes_its_share_along() {
    in_virtual_time(async {
        let stage = stage("queue-workers", "hold");
        // Its own scaling does no other than somebody who stays within the bounds.
        let (mut done, mut in_bake) = (false, None);
        let (status, _) = watched(&stage, |status| {
            if !done && holds_at(status, 5_000) {
                done = true;
                scale(&stage, &stage.service.name, 5);
            }
            if in_bake.is_none() && status.is_some_and(|s| s.phase == Phase::Bake) {
                in_bake = Some(sizes(&stage).desired());
            }
        })
        .await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        // Later its own scaling takes away what is too much.
        assert_eq!(in_bake, Some((0, 8)));
    });
}

#[test]
fn what_goes_back_scales_as_it_did() {
    in_virtual_time(async {
        let stage = stage("queue-workers", "hold");
        let name = stage.service.name.clone();
        let mut broken = false;
        let (status, fewest) = watched(&stage, |status| {
            if !broken && is_at(status, 5_000) {
                broken = true;
                breaks_on_ipv6(&stage);
            }
        })
        .await;
        assert!(broken);
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        assert_eq!(fewest, 6);
        assert_eq!(scaling(&stage, &name), Some((6, 12, [false; 3])));
        is_back(&stage);
    });
}

#[test]
fn bounds_that_somebody_writes_back_are_told_or_divided_again() {
    in_virtual_time(async {
        for (drift, end) in [("hold", "OutsideEdit"), ("correct", "")] {
            let stage = stage("queue-workers", drift);
            let status = edited(&stage, |stage| {
                let resource = format!("service/{}/{}", stage.service.cluster, stage.service.name);
                let with = [
                    ("ServiceNamespace", Value::from("ecs")),
                    ("ResourceId", Value::from(resource)),
                    ("ScalableDimension", Value::from("ecs:service:DesiredCount")),
                    ("MinCapacity", Value::from(6_i64)),
                    ("MaxCapacity", Value::from(12_i64)),
                ];
                call(stage, Service::AutoScaling, "RegisterScalableTarget", &with);
            })
            .await;
            let on = status.waiting_on.as_ref().map_or("", |on| on.kind());
            assert_eq!(on, end, "{}", status.sentence);
        }
    });
}

#[test]
fn a_service_behind_a_load_balancer_is_told_and_left_alone() {
    in_virtual_time(async {
        let stage = stage("healthy", "hold");
        let status = stage.run_until(10, |_: Option<&Status>| {}).await;
        let on = status.waiting_on.as_ref().map(|on| on.kind());
        assert_eq!(on, Some("Findings"), "{}", status.sentence);
        assert!(
            status.sentence.contains("load balancer"),
            "{}",
            status.sentence
        );
        assert_eq!(sizes(&stage).ipv6, (0, 0));
    });
}
