//! Services without a load balancer: what AWS has once their plan moved them in place, or took them back.

use sixshift_core::status::{Phase, Status};
use sixshift_sim::{
    Value,
    scenario::{self, BuiltService},
    services::{self, Service},
};

use crate::migration::{Stage, in_virtual_time};

/// So many minutes without a change end a run here: a bake of half an hour changes nothing meanwhile.
const STILL: u32 = 50;

/// A worker beside a scenario's service, of the same code, and the plan that moves it.
pub(crate) fn worker(scenario: &str, more: &str) -> Stage {
    let mut stage = Stage::of(scenario::build(scenario, Some(1), 1).unwrap());
    let of = stage.service.clone();
    let live = described(&stage, &of.name);
    let tags: [&str; 0] = [];
    call(
        &stage,
        Service::Ecs,
        "CreateService",
        &[
            ("cluster", Value::from(of.cluster.as_str())),
            ("serviceName", Value::from("mailer")),
            ("taskDefinition", live.get("taskDefinition").clone()),
            ("desiredCount", Value::from(3_i64)),
            ("launchType", Value::from("FARGATE")),
            (
                "networkConfiguration",
                live.get("networkConfiguration").clone(),
            ),
            ("tags", Value::list(tags)),
        ],
    );
    alarm(&stage);
    stage.service = BuiltService {
        name: "mailer".to_owned(),
        ..of
    };
    stage.plan = plan(&stage.service, more);
    stage
}

fn plan(service: &BuiltService, more: &str) -> String {
    let (region, cluster) = (&service.region, &service.cluster);
    let subnets = service.ipv6_subnets.join(", ");
    let groups = service.security_groups.join(", ");
    format!(
        "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata: {{ name: mailer }}\nspec:\n  \
         service: {{ region: {region}, cluster: {cluster}, name: mailer }}\n  \
         ipv6: {{ subnets: [{subnets}], securityGroups: [{groups}] }}\n  \
         shift: {{ via: inPlace, bake: 30m{more} }}\n  health: {{ alarms: [mail-age] }}\n"
    )
}

/// An alarm that is quiet as long as nobody publishes its metric.
fn alarm(stage: &Stage) {
    call(
        stage,
        Service::CloudWatch,
        "PutMetricAlarm",
        &[
            ("AlarmName", Value::from("mail-age")),
            ("Namespace", Value::from("Mail")),
            ("MetricName", Value::from("Age")),
            ("Statistic", Value::from("Maximum")),
            ("Period", Value::from(60_i64)),
            ("EvaluationPeriods", Value::from(1_i64)),
            ("Threshold", Value::from(300.0)),
            ("ComparisonOperator", Value::from("GreaterThanThreshold")),
            ("TreatMissingData", Value::from("notBreaching")),
        ],
    );
}

/// The oldest mail has waited for so many seconds.
fn age(seconds: f64) -> [(&'static str, Value); 2] {
    let datum = [
        ("MetricName", Value::from("Age")),
        ("Value", Value::from(seconds)),
    ];
    [
        ("Namespace", Value::from("Mail")),
        ("MetricData", Value::list([Value::map(datum)])),
    ]
}

pub(crate) fn call(
    stage: &Stage,
    service: Service,
    operation: &str,
    with: &[(&str, Value)],
) -> Value {
    let asked = Value::map(with.iter().map(|(key, value)| (*key, value.clone())));
    stage
        .region
        .with_world(|world| services::call(world, service, operation, &asked))
        .unwrap_or_else(|refused| panic!("{operation}: {refused:?}"))
}

pub(crate) fn described(stage: &Stage, name: &str) -> Value {
    found(stage, name).unwrap()
}

fn found(stage: &Stage, name: &str) -> Option<Value> {
    let cluster = Value::from(stage.service.cluster.as_str());
    let with = [("cluster", cluster), ("services", Value::list([name]))];
    let answer = call(stage, Service::Ecs, "DescribeServices", &with);
    answer.get("services").items().first().cloned()
}

/// A service that is there, and neither deleted nor about to be.
pub(crate) fn active(stage: &Stage, name: &str) -> Option<Value> {
    found(stage, name).filter(|s| s.get("status").as_str() == Some("ACTIVE"))
}

pub(crate) fn subnets(service: &Value) -> Vec<String> {
    let network = service.get("networkConfiguration");
    let listed = network.get("awsvpcConfiguration").get("subnets").items();
    let mut all: Vec<String> = listed
        .iter()
        .filter_map(|s| s.as_str().map(str::to_owned))
        .collect();
    all.sort();
    all
}

/// The tasks of a cluster that are to run and belong to no service.
fn alone(stage: &Stage) -> Vec<Value> {
    let cluster = ("cluster", Value::from(stage.service.cluster.as_str()));
    let listed = call(
        stage,
        Service::Ecs,
        "ListTasks",
        std::slice::from_ref(&cluster),
    );
    let arns = listed.get("taskArns").clone();
    if arns.items().is_empty() {
        return Vec::new();
    }
    let answer = call(
        stage,
        Service::Ecs,
        "DescribeTasks",
        &[cluster, ("tasks", arns)],
    );
    let tasks = answer.get("tasks").items().iter();
    tasks
        .filter(|t| {
            !t.get("group")
                .as_str()
                .unwrap_or_default()
                .starts_with("service:")
        })
        .cloned()
        .collect()
}

#[test]
fn a_worker_is_moved_in_place_and_nothing_of_ours_is_left_on_it() {
    in_virtual_time(async {
        let stage = worker("healthy", "");
        let before = described(&stage, "mailer");
        let mut beside = 0;
        let mut fewest = 3;
        let status = stage
            .run_until(STILL, |_: Option<&Status>| {
                beside = beside.max(alone(&stage).len());
                let live = described(&stage, "mailer");
                fewest = fewest.min(live.get("runningCount").as_i64().unwrap());
            })
            .await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert_eq!(beside, 1, "one task proved it");
        assert_eq!(alone(&stage).len(), 0);
        assert!(
            fewest >= 3,
            "a rolling deployment never has fewer: {fewest}"
        );
        let after = described(&stage, "mailer");
        let mut planned = stage.service.ipv6_subnets.clone();
        planned.sort();
        assert_eq!(subnets(&after), planned);
        assert_ne!(after.get("taskDefinition"), before.get("taskDefinition"));
        assert_eq!(after.get("desiredCount"), before.get("desiredCount"));
        let tags = after.get("tags").items().iter();
        let ours = tags.filter(|t| {
            t.get("key")
                .as_str()
                .unwrap_or_default()
                .starts_with("sixshift")
        });
        assert_eq!(ours.count(), 0);
    });
}

/// The code ends some seconds after it started on IPv6.
fn ends_on_ipv6(stage: &Stage) {
    stage.region.with_world(|world| {
        for app in world.behaviours.values_mut() {
            app.v6.ends_after = Some(20.0);
        }
    });
}

#[test]
fn a_worker_whose_code_ends_on_ipv6_is_not_touched() {
    in_virtual_time(async {
        let stage = worker("healthy", "");
        ends_on_ipv6(&stage);
        let before = described(&stage, "mailer");
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        assert!(
            status
                .sentence
                .contains("the task beside the service stopped"),
            "{}",
            status.sentence
        );
        let after = described(&stage, "mailer");
        assert_eq!(subnets(&after), subnets(&before));
        assert_eq!(after.get("deployments").items().len(), 1);
        assert_eq!(alone(&stage).len(), 0);
    });
}

#[test]
fn a_deployment_whose_code_ends_on_ipv6_is_taken_back_and_no_ipv4_task_was_lost() {
    in_virtual_time(async {
        let stage = worker("healthy", ", inPlace: { proof: none }");
        ends_on_ipv6(&stage);
        let before = described(&stage, "mailer");
        let mut fewest = 3;
        let status = stage
            .run_until(STILL, |_: Option<&Status>| {
                let live = described(&stage, "mailer");
                fewest = fewest.min(live.get("runningCount").as_i64().unwrap());
            })
            .await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        let after = described(&stage, "mailer");
        assert_eq!(subnets(&after), subnets(&before));
        assert_eq!(after.get("taskDefinition"), before.get("taskDefinition"));
        assert_eq!(after.get("runningCount"), before.get("desiredCount"));
        assert!(fewest >= 3, "{fewest}");
        let accepted = stage.region.counters().accepted;
        assert_eq!(
            accepted.get("ecs:StopServiceDeployment"),
            Some(&1),
            "{accepted:?}"
        );
    });
}

#[test]
fn an_alarm_in_the_bake_brings_the_worker_back_as_it_was() {
    in_virtual_time(async {
        let stage = worker("healthy", ", inPlace: { proof: none }");
        let before = described(&stage, "mailer");
        let mut fired = false;
        let status = stage
            .run_until(STILL, |status: Option<&Status>| {
                let baking = status.is_some_and(|s| s.phase == Phase::Bake);
                fired |= baking;
                if fired {
                    call(&stage, Service::CloudWatch, "PutMetricData", &age(900.0));
                }
            })
            .await;
        assert!(fired);
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        let after = described(&stage, "mailer");
        assert_eq!(subnets(&after), subnets(&before));
        assert_eq!(after.get("taskDefinition"), before.get("taskDefinition"));
        assert_eq!(after.get("runningCount"), before.get("desiredCount"));
    });
}

#[test]
fn killed_every_minute_it_does_the_same() {
    in_virtual_time(async {
        let stage = worker("healthy", "");
        let status = stage.run_by_many(180).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let accepted = stage.region.counters().accepted;
        for once in [
            "ecs:RunTask",
            "ecs:RegisterTaskDefinition",
            "ecs:UpdateService",
        ] {
            assert_eq!(accepted.get(once), Some(&1), "{once}: {accepted:?}");
        }
        assert_eq!(alone(&stage).len(), 0);
    });
}

/// Somebody else gives the service other subnets, or another task definition.
fn edited(stage: &Stage, with: (&'static str, Value)) {
    let cluster = ("cluster", Value::from(stage.service.cluster.as_str()));
    let service = ("service", Value::from("mailer"));
    call(
        stage,
        Service::Ecs,
        "UpdateService",
        &[cluster, service, with],
    );
}

#[test]
fn a_team_that_deploys_in_the_bake_is_not_fought_and_one_that_moves_it_back_is_told() {
    in_virtual_time(async {
        let stage = worker("healthy", "");
        let before = described(&stage, "mailer");
        let mut deployed = false;
        let status = stage
            .run_until(STILL, |status: Option<&Status>| {
                if !deployed && status.is_some_and(|s| s.phase == Phase::Bake) {
                    deployed = true;
                    edited(&stage, ("forceNewDeployment", Value::from(true)));
                }
            })
            .await;
        assert!(deployed);
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert_ne!(subnets(&described(&stage, "mailer")), subnets(&before));
    });
    in_virtual_time(async {
        let stage = worker("healthy", "");
        let before = described(&stage, "mailer");
        let mut moved = false;
        let status = stage
            .run_until(STILL, |status: Option<&Status>| {
                if !moved && status.is_some_and(|s| s.phase == Phase::Bake) {
                    moved = true;
                    let network = before.get("networkConfiguration").clone();
                    edited(&stage, ("networkConfiguration", network));
                }
            })
            .await;
        assert!(moved);
        let on = status.waiting_on.as_ref().map(|on| on.kind());
        assert_eq!(on, Some("MovedBack"), "{}", status.sentence);
        assert_eq!(subnets(&described(&stage, "mailer")), subnets(&before));
    });
}
