//! What CloudWatch tells, and what it does not: nodes that see one zone, load balancers that nobody calls, alarms that rest.

use sixshift_core::status::Phase;
use sixshift_sim::{
    Value,
    services::{Service, call},
};

use crate::world::{World, memory, snapshot, status, waits};

fn asked(world: &World, service: Service, operation: &str, input: Value) {
    world
        .region
        .with_world(|world| call(world, service, operation, &input))
        .unwrap_or_else(|refused| panic!("{operation}: {refused}"));
}

fn pair(key: &str, value: &str) -> Value {
    Value::map([("Key", value_of(key)), ("Value", value_of(value))])
}

fn value_of(text: &str) -> Value {
    text.into()
}

#[tokio::test(start_paused = true)]
async fn with_cross_zone_off_a_canary_in_one_zone_proves_itself_and_the_first_step_too() {
    let world = World::new(1);
    let group = world.services[0].target_group.as_str();
    let attributes = vec![pair("load_balancing.cross_zone.enabled", "false")];
    let input = Value::map([
        ("TargetGroupArn", value_of(group)),
        ("Attributes", Value::List(attributes)),
    ]);
    asked(&world, Service::Elbv2, "ModifyTargetGroupAttributes", input);
    let fleet = world.fleet(&memory()).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 40).await;
    assert_eq!(
        waits(&fleet, "checkout"),
        "Approval",
        "{:?}",
        status(&fleet, "checkout")
    );
}

#[tokio::test(start_paused = true)]
async fn a_load_balancer_that_nobody_calls_holds_the_step_and_not_the_canary() {
    let world = World::new(1);
    world.region.with_world(|world| {
        world.silent_when_idle = true;
        world.change_traffic("checkout", 0.0);
    });
    let fleet = world.fleet(&memory()).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 60).await;
    let status = status(&fleet, "checkout");
    assert_eq!(status.phase, Phase::Shift, "{}", status.sentence);
    let on = status.waiting_on.unwrap();
    assert_eq!(on.kind(), "Hold");
    let next = on.unblocked_by();
    assert!(next.contains("a few requests mend that"), "{next}");
}

#[tokio::test(start_paused = true)]
async fn an_error_alarm_that_rests_while_all_is_well_holds_nothing_up() {
    let world = World::new(1);
    let number = |n: i64| Value::Int(n);
    let input = Value::map([
        ("AlarmName", value_of("checkout-5xx")),
        ("Namespace", value_of("AWS/ApplicationELB")),
        ("MetricName", value_of("HTTPCode_ELB_5XX_Count")),
        ("Statistic", value_of("Sum")),
        ("Period", number(60)),
        ("EvaluationPeriods", number(3)),
        ("Threshold", Value::Float(100.0)),
        ("ComparisonOperator", value_of("GreaterThanThreshold")),
    ]);
    asked(&world, Service::CloudWatch, "PutMetricAlarm", input);
    let mut files = world.files();
    files[0].1 = files[0]
        .1
        .replace("health: { ", "health: { alarms: [checkout-5xx], ");
    let fleet = world.fleet(&memory()).await;
    fleet.read(&snapshot("a", files)).await;
    world.minutes(&fleet, 40).await;
    let status = status(&fleet, "checkout");
    assert_eq!(waits(&fleet, "checkout"), "Approval", "{}", status.sentence);
    let told = status.signals.iter().filter_map(|s| s.note.as_deref());
    let told: Vec<&str> = told.filter(|note| note.contains("says nothing")).collect();
    assert_eq!(told.len(), 1, "{:?}", status.signals);
}
