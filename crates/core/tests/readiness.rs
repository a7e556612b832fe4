//! What would break on IPv6-only is told before anything is made, each by its code and with a remedy.
#![allow(clippy::unwrap_used, clippy::panic)]

mod world;

use sixshift_core::{
    observation::{Alarm, Known, Missing, Observation, ScalingPart, Watched, Why},
    readiness::{Severity, findings},
    share::Share,
};
use world::{
    World,
    build::{many_tags, plan},
};

fn service(world: &mut World) -> &mut sixshift_core::observation::Service {
    world.ipv4.as_mut().unwrap()
}

#[test]
fn a_plain_service_has_nothing_that_would_break() {
    let world = World::scaled(plan(&[]));
    assert_eq!(findings(&world.plan, &world.look()), []);
}

#[test]
fn tags_that_are_not_carried_do_not_count() {
    let mut world = World::new(plan(&[]));
    let mut tags = many_tags(48);
    for key in [
        "aws:cloudformation:stack-name",
        "AWS:x",
        "sixshift:scaling-before",
    ] {
        tags.insert(key.to_owned(), "v".to_owned());
    }
    service(&mut world).tags = tags.into();
    let found = findings(&world.plan, &world.look());
    assert!(found.iter().all(|f| f.code != "tags-full"), "{found:?}");
}

#[test]
fn what_is_only_worth_knowing_does_not_stop_it() {
    let mut world = World::new(plan(&[]));
    service(&mut world).exec = true;
    service(&mut world).load_balancers[0].advanced = true;
    world
        .definition
        .images
        .push(("side".to_owned(), "ghcr.io/a/b:1".to_owned()));
    let found = findings(&world.plan, &world.look());
    let codes: Vec<_> = found.iter().map(|f| (f.code, f.severity)).collect();
    assert_eq!(
        codes,
        [
            ("advanced-configuration", Severity::Warn),
            ("exec", Severity::Warn),
            ("image-ipv4", Severity::Warn)
        ]
    );
    assert_eq!(world.climb().0.last().unwrap(), "Done");
}

fn alarm(name: &str, state: &str) -> Alarm {
    Alarm {
        name: name.to_owned(),
        state: state.to_owned(),
        reason: None,
        since: jiff::Timestamp::UNIX_EPOCH,
        missing: Some(Missing::Missing),
        watches: vec![Watched {
            namespace: "AWS/ApplicationELB".to_owned(),
            metric: "HTTPCode_Target_5XX_Count".to_owned(),
            ..Watched::default()
        }],
    }
}

#[test]
fn what_the_evidence_cannot_show_is_told_at_once() {
    let mut world = World::new(plan(&[("  retire:", "    alarms: [errors]\n  retire:")]));
    world.actions = vec!["authenticate-cognito", "forward"];
    world.alarms.push(alarm("errors", "INSUFFICIENT_DATA"));
    let found = findings(&world.plan, &world.look());
    let codes: Vec<_> = found.iter().map(|f| (f.code, f.severity)).collect();
    assert_eq!(
        codes,
        [
            ("cognito", Severity::Warn),
            ("alarm-silent", Severity::Warn)
        ]
    );
    assert_eq!(
        found[1].remedy,
        "set its treat missing data to notBreaching"
    );
    assert!(
        found[0]
            .remedy
            .contains("cognito-idp:DescribeUserPoolClient"),
        "{found:?}"
    );
    world.alarms[0].watches[0].dimensions = [(
        "TargetGroup".to_owned(),
        "targetgroup/checkout/0123456789abcdef".to_owned(),
    )]
    .into();
    let found = findings(&world.plan, &world.look());
    assert_eq!(found[1].code, "alarm-of-ipv4");
}

#[test]
fn a_grpc_service_needs_an_alarm_that_speaks() {
    let mut world = World::new(plan(&[("  retire:", "    alarms: [errors]\n  retire:")]));
    world.groups[0].ipv4.as_mut().unwrap().protocol_version = Some("GRPC".to_owned());
    world.alarms.push(alarm("errors", "INSUFFICIENT_DATA"));
    let blocks = |world: &World| {
        let found = findings(&world.plan, &world.look());
        found.iter().any(|f| f.code == "grpc-unwatched")
    };
    assert!(blocks(&world), "an alarm that rests proves nothing");
    world.alarms[0].state = "OK".to_owned();
    assert!(!blocks(&world));
    world.plan = plan(&[]);
    assert!(blocks(&world), "the plan does not name it");
}

#[test]
fn what_blocks_comes_first_and_all_of_it_at_once() {
    let mut world = World::new(plan(&[]));
    service(&mut world).exec = true;
    service(&mut world).controller = "EXTERNAL".to_owned();
    world.balancers[0].ip_address_type = "ipv4".to_owned();
    let found = findings(&world.plan, &world.look());
    let codes: Vec<_> = found.iter().map(|f| f.code).collect();
    assert_eq!(codes, ["controller", "load-balancer-ipv4", "exec"]);
}

#[test]
fn what_is_not_known_is_no_finding() {
    fn unknown<T>() -> Known<T> {
        Known::Unknown(Why::new("Throttling".to_owned()))
    }
    let hide: [fn(&mut Observation); 6] = [
        |o| o.ipv4 = unknown(),
        |o| o.ipv4_task_definition = unknown(),
        |o| o.load_balancers = unknown(),
        |o| o.pairs = unknown(),
        |o| o.routes = unknown(),
        |o| o.alarms = unknown(),
    ];
    let mut world = World::new(plan(&[("  retire:", "    alarms: [gone]\n  retire:")]));
    world.climb_until(|_| true);
    for change in hide {
        let mut seen = world.look();
        change(&mut seen);
        let found = findings(&world.plan, &seen);
        assert!(found.iter().all(|f| f.code == "alarm-missing"), "{found:?}");
    }
}

#[test]
fn a_step_scaling_policy_that_no_alarm_drives_stops_the_twin_before_it_has_traffic() {
    let mut world = World::scaled(plan(&[]));
    let original = world.ipv4_scaling.as_mut().unwrap();
    original.policies.push(ScalingPart {
        name: "steps".to_owned(),
        settings: serde_json::json!({ "PolicyType": "StepScaling" }).into(),
        alarms: vec!["busy".to_owned()],
    });
    let early = findings(&world.plan, &world.look());
    assert_eq!(
        (early[0].code, early[0].severity),
        ("step-scaling", Severity::Warn)
    );
    world.climb_to("Findings");
    assert!(
        world
            .decide()
            .status
            .shares
            .applied
            .is_none_or(|s| s == Share::NONE),
        "no traffic on a twin that would not grow with it"
    );
    let twin = world.twin_scaling.as_mut().unwrap();
    for policy in twin.policies.iter_mut().filter(|p| p.is_stepped()) {
        policy.alarms.push("busy-ipv6".to_owned());
    }
    assert_eq!(world.climb().0.last().unwrap(), "Done");
}
