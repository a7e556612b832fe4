//! What a load balancer tells CloudWatch, and what it does not.

use jiff::{SignedDuration, Timestamp};

use crate::Value;
use crate::scenario::Built;
use crate::scenario::fixture::{call, one, pass, set_weights, twin};
use crate::services::Service;
use crate::world::World;
use crate::world::behaviour::Behaviour;
use crate::world::elb::dimension;
use crate::world::metrics::Statistic;
use crate::world::traffic::Source;

const ALB: &str = "AWS/ApplicationELB";

fn balancer(built: &Built) -> String {
    let balancer = built.world.elb.load_balancers.keys().next().unwrap();
    dimension(balancer).to_owned()
}

/// A statistic of each minute from a moment on, told once everything is published.
fn minutes(
    world: &World,
    name: &str,
    dims: &[(&str, &str)],
    stat: &str,
    from: Timestamp,
) -> Vec<f64> {
    let Some(series) = world.metrics.find(ALB, name, dims) else {
        return Vec::new();
    };
    let stat = Statistic::parse(stat).unwrap();
    let published = world.now() + SignedDuration::from_hours(1);
    let points = world
        .metrics
        .statistics(series, stat, 60, from, world.now(), published);
    points.iter().map(|(_, value)| *value).collect()
}

fn of_group(built: &Built, group: &str, name: &str, stat: &str, from: Timestamp) -> Vec<f64> {
    let balancer = balancer(built);
    let dims = [
        ("LoadBalancer", balancer.as_str()),
        ("TargetGroup", dimension(group)),
    ];
    minutes(&built.world, name, &dims, stat, from)
}

fn to_full_minute(world: &mut World) -> Timestamp {
    pass(world, 60 - world.now().as_second() % 60);
    world.now()
}

fn attribute(built: &mut Built, group: &str, key: &str, value: &str) {
    let one = Value::map([("Key", Value::from(key)), ("Value", value.into())]);
    let fields = vec![
        ("TargetGroupArn", group.into()),
        ("Attributes", Value::list([one])),
    ];
    call(
        &mut built.world,
        Service::Elbv2,
        "ModifyTargetGroupAttributes",
        fields,
    )
    .unwrap();
}

#[test]
fn hosts_are_counted_by_each_node_and_by_zone_where_cross_zone_is_off() {
    let mut built = one("healthy");
    let group = built.services[0].target_group.clone();
    // One task of three is left, so two zones have none. It has little to do, or it would be scaled out.
    built.world.settle_all();
    built.world.customers.busier("checkout", 0.05);
    let resize = vec![
        ("cluster", "prod".into()),
        ("service", "checkout".into()),
        ("desiredCount", 1_i64.into()),
    ];
    call(&mut built.world, Service::Ecs, "UpdateService", resize).unwrap();
    pass(&mut built.world, 300);
    let from = to_full_minute(&mut built.world);
    pass(&mut built.world, 120);
    let of = |built: &Built, stat| of_group(built, &group, "HealthyHostCount", stat, from);
    assert_eq!(of(&built, "SampleCount"), [6.0, 6.0], "two nodes a zone");
    assert_eq!(of(&built, "Minimum"), [1.0, 1.0]);
    assert_eq!(of(&built, "Maximum"), [1.0, 1.0]);
    attribute(
        &mut built,
        &group,
        "load_balancing.cross_zone.enabled",
        "false",
    );
    pass(&mut built.world, 60);
    assert_eq!(of(&built, "Minimum"), [1.0, 1.0, 0.0]);
    assert_eq!(of(&built, "Maximum"), [1.0, 1.0, 1.0]);
    assert_eq!(of(&built, "Sum"), [6.0, 6.0, 2.0]);
}

#[test]
fn a_node_added_under_load_counts_no_healthy_host_for_a_minute() {
    let mut built = one("healthy");
    let group = built.services[0].target_group.clone();
    let from = to_full_minute(&mut built.world);
    pass(&mut built.world, 60);
    let now = built.world.now();
    built.world.settle_all();
    built.world.customers.busier("checkout", 6.0);
    pass(&mut built.world, 240);
    let of = |stat, since| of_group(&built, &group, "HealthyHostCount", stat, since);
    assert_eq!(of("SampleCount", from)[..2], [6.0, 9.0]);
    assert_eq!(of("Minimum", now)[..2], [0.0, 3.0]);
    assert_eq!(of("Maximum", now)[..2], [3.0, 3.0]);
}

#[test]
fn an_idle_load_balancer_may_publish_nothing() {
    let mut built = one("healthy");
    let group = built.services[0].target_group.clone();
    built.world.settle_all();
    built.world.customers.busier("checkout", 0.0);
    let from = to_full_minute(&mut built.world);
    pass(&mut built.world, 120);
    let healthy = |built: &Built| of_group(built, &group, "HealthyHostCount", "Maximum", from);
    assert_eq!(healthy(&built), [3.0, 3.0]);
    built.world.silent_when_idle = true;
    pass(&mut built.world, 120);
    assert_eq!(healthy(&built), [3.0, 3.0]);
    assert!(of_group(&built, &group, "RequestCount", "Sum", from).is_empty());
}

#[test]
fn errors_are_published_only_where_there_are_any() {
    let mut built = one("healthy");
    let group = built.services[0].target_group.clone();
    let from = to_full_minute(&mut built.world);
    pass(&mut built.world, 120);
    let of = |built: &Built, name| of_group(built, &group, name, "Sum", from);
    assert_eq!(of(&built, "RequestCount").len(), 2);
    assert!(of(&built, "HTTPCode_Target_5XX_Count").is_empty());
    let failing = Behaviour {
        error_share: 0.1,
        ..Behaviour::default()
    };
    built
        .world
        .behaviours
        .insert("checkout:v1".to_owned(), failing);
    pass(&mut built.world, 60);
    assert_eq!(of(&built, "HTTPCode_Target_5XX_Count").len(), 1);
}

#[test]
fn a_failed_grpc_call_is_a_200() {
    let mut built = one("healthy");
    let group = built.services[0].target_group.clone();
    if let Some(found) = built.world.elb.target_groups.get_mut(&group) {
        found.spec.set("ProtocolVersion", "GRPC".into());
    }
    let failing = Behaviour {
        error_share: 0.5,
        ..Behaviour::default()
    };
    built
        .world
        .behaviours
        .insert("checkout:v1".to_owned(), failing);
    built.world.forget_traffic();
    let from = to_full_minute(&mut built.world);
    pass(&mut built.world, 60);
    let of = |name| of_group(&built, &group, name, "Sum", from);
    assert!(of("HTTPCode_Target_5XX_Count").is_empty());
    assert_eq!(of("GrpcRequestCount"), of("RequestCount"));
    assert_eq!(of("HTTPCode_Target_2XX_Count"), of("RequestCount"));
    assert!(built.world.traffic()["checkout"].failed > 1000);
}

#[test]
fn a_session_is_one_request_and_outlives_the_weight() {
    let mut built = one("healthy");
    let ipv4 = built.services[0].target_group.clone();
    let ipv6 = twin(&mut built);
    let balancer = built
        .world
        .elb
        .load_balancers
        .keys()
        .next()
        .unwrap()
        .clone();
    built.world.settle_all();
    built.world.customers.busier("checkout", 0.0);
    let source = Source {
        service: "checkout".to_owned(),
        load_balancer: balancer,
        port: 80,
        host: "checkout.shop.example".to_owned(),
        path: "/live".to_owned(),
        rate: 1.0,
        family: crate::world::behaviour::Family::V4,
    };
    let from = to_full_minute(&mut built.world);
    built
        .world
        .add_sessions(source, SignedDuration::from_hours(2));
    pass(&mut built.world, 600);
    let open = built.world.open_sessions(&ipv4);
    assert!((400..800).contains(&open), "{open}");
    set_weights(&mut built, &ipv6, 0, 100);
    let to_full = to_full_minute(&mut built.world);
    pass(&mut built.world, 600);
    assert!(
        of_group(
            &built,
            &ipv4,
            "RequestCount",
            "Sum",
            to_full + SignedDuration::from_secs(60)
        )
        .is_empty()
    );
    let before: f64 = of_group(&built, &ipv4, "RequestCount", "Sum", from)
        .iter()
        .sum();
    let still = built.world.open_sessions(&ipv4);
    assert!(
        still >= open && (before as u64).abs_diff(still) < 5,
        "{before} {still}"
    );
    assert_eq!(built.world.traffic()["checkout"].failed, 0);
    // Ending the tasks cuts them off.
    let resize = vec![
        ("cluster", "prod".into()),
        ("service", "checkout".into()),
        ("desiredCount", 0_i64.into()),
    ];
    call(&mut built.world, Service::Ecs, "UpdateService", resize).unwrap();
    pass(&mut built.world, 600);
    assert_eq!(built.world.open_sessions(&ipv4), 0);
    assert_eq!(built.world.traffic()["checkout"].failed, still);
}
