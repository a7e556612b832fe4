//! What Application Auto Scaling promises and refuses.

mod policies;

use jiff::Timestamp;

use super::*;
use crate::services::{self, Service};

/// A world with the ECS service `service/prod/shop`.
fn world() -> World {
    let mut world = World::new(
        "eu-central-1",
        "123456789012",
        Timestamp::from_second(1_800_000_000).unwrap(),
    );
    let mut ecs = |op: &str, input: &str| {
        services::call(&mut world, Service::Ecs, op, &crate::wire::from_text(input)).unwrap()
    };
    ecs("CreateCluster", r#"{"clusterName":"prod"}"#);
    ecs(
        "RegisterTaskDefinition",
        r#"{"family":"shop","containerDefinitions":[{"name":"app","image":"shop:v1","memory":128,"essential":true}]}"#,
    );
    ecs(
        "CreateService",
        r#"{"cluster":"prod","serviceName":"shop","taskDefinition":"shop","desiredCount":1,"launchType":"EC2"}"#,
    );
    world
}

const ABOUT: &str = r#""ServiceNamespace":"ecs","ResourceId":"service/prod/shop","ScalableDimension":"ecs:service:DesiredCount""#;

fn run(world: &mut World, op: &str, more: &str) -> Result<Value, AwsError> {
    let input = crate::wire::from_text(&format!("{{{ABOUT}{more}}}"));
    services::call(world, Service::AutoScaling, op, &input)
}

fn code(outcome: Result<Value, AwsError>) -> String {
    outcome.unwrap_err().code
}

const TRACK: &str = r#","PolicyName":"load","PolicyType":"TargetTrackingScaling","TargetTrackingScalingPolicyConfiguration":{
    "TargetValue":100.0,"PredefinedMetricSpecification":{"PredefinedMetricType":"ECSServiceAverageCPUUtilization"}}"#;
const MORNING: &str = r#","ScheduledActionName":"morning","Schedule":"cron(0 8 * * ? *)","Timezone":"UTC","ScalableTargetAction":{"MinCapacity":4}"#;

#[test]
fn a_target_is_registered_changed_in_part_and_read_back() {
    let mut world = world();
    run(
        &mut world,
        "RegisterScalableTarget",
        r#","MinCapacity":2,"MaxCapacity":8"#,
    )
    .unwrap();
    run(
        &mut world,
        "RegisterScalableTarget",
        r#","SuspendedState":{"DynamicScalingInSuspended":true}"#,
    )
    .unwrap();
    let seen = call(
        &mut world,
        "DescribeScalableTargets",
        &Value::map([("ServiceNamespace", "ecs".into())]),
    )
    .unwrap();
    let [target] = seen.get("ScalableTargets").items() else {
        panic!("one target")
    };
    assert_eq!(
        (target.get("MinCapacity"), target.get("MaxCapacity")),
        (&Value::Int(2), &Value::Int(8))
    );
    assert_eq!(
        target
            .get("SuspendedState")
            .get("DynamicScalingInSuspended"),
        &Value::Bool(true)
    );
    assert_eq!(
        world
            .scaling
            .bounds("service/prod/shop")
            .map(|b| (b.0, b.1, b.2.scale_in)),
        Some((2, 8, true))
    );
}

#[test]
fn wrong_targets_are_refused() {
    let mut world = world();
    for more in [
        "",
        r#","MinCapacity":5,"MaxCapacity":2"#,
        r#","MinCapacity":-1,"MaxCapacity":2"#,
    ] {
        assert_eq!(
            code(run(&mut world, "RegisterScalableTarget", more)),
            "ValidationException",
            "{more}"
        );
    }
    let elsewhere = ABOUT.replace("shop", "absent");
    let input = format!(r#"{{{elsewhere},"MinCapacity":1,"MaxCapacity":2}}"#);
    let error = services::call(
        &mut world,
        Service::AutoScaling,
        "RegisterScalableTarget",
        &crate::wire::from_text(&input),
    )
    .unwrap_err();
    assert_eq!(
        error.message,
        "ECS service doesn't exist: service/prod/absent"
    );
    for (op, more) in [
        ("PutScalingPolicy", TRACK),
        ("PutScheduledAction", MORNING),
        ("DeregisterScalableTarget", ""),
    ] {
        assert_eq!(
            code(run(&mut world, op, more)),
            "ObjectNotFoundException",
            "{op}"
        );
    }
}

#[test]
fn policies_and_schedules_are_read_back_as_put_and_go_with_their_target() {
    let mut world = world();
    run(
        &mut world,
        "RegisterScalableTarget",
        r#","MinCapacity":2,"MaxCapacity":8"#,
    )
    .unwrap();
    let put = run(&mut world, "PutScalingPolicy", TRACK).unwrap();
    assert_eq!(put.get("Alarms").items().len(), 2);
    run(&mut world, "PutScheduledAction", MORNING).unwrap();
    let policies = run(&mut world, "DescribeScalingPolicies", "").unwrap();
    let [policy] = policies.get("ScalingPolicies").items() else {
        panic!("one policy")
    };
    let given = crate::wire::from_text(&format!("{{{ABOUT}{TRACK}}}"));
    for (field, value) in given.fields() {
        assert_eq!(policy.get(field), value, "{field}");
    }
    let schedules = run(
        &mut world,
        "DescribeScheduledActions",
        r#","ScheduledActionNames":["morning"]"#,
    )
    .unwrap();
    assert_eq!(
        schedules.get("ScheduledActions").items()[0]
            .get("Schedule")
            .as_str(),
        Some("cron(0 8 * * ? *)")
    );
    assert_eq!(world.alarms.all().count(), 2);
    run(&mut world, "DeregisterScalableTarget", "").unwrap();
    assert!(
        run(&mut world, "DescribeScalingPolicies", "")
            .unwrap()
            .get("ScalingPolicies")
            .items()
            .is_empty()
    );
    assert_eq!(world.alarms.all().count(), 0);
    assert_eq!(
        code(run(
            &mut world,
            "DeleteScalingPolicy",
            r#","PolicyName":"load""#
        )),
        "ObjectNotFoundException"
    );
}

#[test]
fn nonsense_in_policies_and_schedules_is_refused() {
    let mut world = world();
    run(
        &mut world,
        "RegisterScalableTarget",
        r#","MinCapacity":2,"MaxCapacity":8"#,
    )
    .unwrap();
    for wrong in [
        TRACK.replace("100.0", "0"),
        TRACK.replace("ECSService", "X"),
        TRACK.replace("TargetTrackingScaling\"", "StepScaling\""),
    ] {
        assert_eq!(
            code(run(&mut world, "PutScalingPolicy", &wrong)),
            "ValidationException",
            "{wrong}"
        );
    }
    for wrong in [
        MORNING.replace("cron(0", "cron(99"),
        MORNING.replace("UTC", "Mars/Base"),
        MORNING.replace(r#""MinCapacity":4"#, ""),
    ] {
        assert_eq!(
            code(run(&mut world, "PutScheduledAction", &wrong)),
            "ValidationException",
            "{wrong}"
        );
    }
}

#[test]
fn targets_carry_tags() {
    let mut world = world();
    let made = run(
        &mut world,
        "RegisterScalableTarget",
        r#","MinCapacity":2,"MaxCapacity":8,"Tags":{"a":"1"}"#,
    )
    .unwrap();
    let arn = made.get("ScalableTargetARN").as_str().unwrap().to_owned();
    let about = |more: &str| crate::wire::from_text(&format!(r#"{{"ResourceARN":"{arn}"{more}}}"#));
    call(&mut world, "TagResource", &about(r#","Tags":{"b":"2"}"#)).unwrap();
    call(&mut world, "UntagResource", &about(r#","TagKeys":["a"]"#)).unwrap();
    let tags = call(&mut world, "ListTagsForResource", &about("")).unwrap();
    assert_eq!(tags.get("Tags"), &Value::map([("b", Value::from("2"))]));
    let many = (0..50)
        .map(|n| format!(r#""k{n}":"v""#))
        .collect::<Vec<_>>();
    let many = about(&format!(r#","Tags":{{{}}}"#, many.join(",")));
    assert_eq!(
        code(call(&mut world, "TagResource", &many)),
        "TooManyTagsException"
    );
    let absent = Value::map([("ResourceARN", Value::from("arn:none"))]);
    assert_eq!(
        code(call(&mut world, "ListTagsForResource", &absent)),
        "ResourceNotFoundException"
    );
}

#[test]
fn an_update_of_a_schedule_deletes_the_times_that_it_leaves_out() {
    let mut world = world();
    run(
        &mut world,
        "RegisterScalableTarget",
        r#","MinCapacity":2,"MaxCapacity":8"#,
    )
    .unwrap();
    let timed = format!(r#"{MORNING},"StartTime":1900000000,"EndTime":2000000000"#);
    run(&mut world, "PutScheduledAction", &timed).unwrap();
    let read = |world: &mut World| {
        let seen = run(world, "DescribeScheduledActions", "").unwrap();
        seen.get("ScheduledActions").items()[0].clone()
    };
    let before = read(&mut world);
    assert!(before.get("StartTime").as_time().is_some());
    let update = r#","ScheduledActionName":"morning","Schedule":"cron(0 9 * * ? *)""#;
    run(&mut world, "PutScheduledAction", update).unwrap();
    let after = read(&mut world);
    assert!(after.get("StartTime").is_null() && after.get("EndTime").is_null());
    for kept in ["ScalableTargetAction", "Timezone", "ScheduledActionARN"] {
        assert_eq!(after.get(kept), before.get(kept), "{kept}");
    }
    assert_eq!(after.get("Schedule").as_str(), Some("cron(0 9 * * ? *)"));
}
