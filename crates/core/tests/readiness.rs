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
    build::{forward, group_arn, plan},
};

type Change = fn(&mut World);

/// A fault in the live service, and the code of the finding that it must raise.
const BLOCKS: &[(&str, Change)] = &[
    ("controller", |w| {
        service(w).controller = "CODE_DEPLOY".to_owned()
    }),
    ("strategy", |w| {
        service(w).strategy = "BLUE_GREEN".to_owned()
    }),
    ("daemon", |w| service(w).scheduling = "DAEMON".to_owned()),
    ("external", |w| {
        service(w).launch_type = Some("EXTERNAL".to_owned())
    }),
    ("windows", |w| {
        service(w).platform_family = Some("Windows".to_owned())
    }),
    ("windows", |w| {
        w.definition.operating_system = Some("WINDOWS_SERVER_2022_CORE".to_owned())
    }),
    ("no-load-balancer", |w| service(w).load_balancers.clear()),
    ("classic", |w| {
        service(w).load_balancers[0].target_group = None
    }),
    ("cloud-map", |w| service(w).has_registries = true),
    ("service-connect", |w| {
        service(w).offers_service_connect = true
    }),
    ("express", |w| service(w).express = true),
    ("lattice", |w| service(w).lattice = true),
    ("lattice", |w| w.revision.lattice = true),
    ("gateway", |w| w.revision.gateway = true),
    ("unknown-field", |w| {
        service(w).unknown.push("orbit".to_owned())
    }),
    ("unknown-field", |w| {
        w.revision.unknown.push("orbit".to_owned())
    }),
    ("short-arn", |w| {
        service(w).arn = "arn:aws:ecs:eu-central-1:123456789012:service/checkout".to_owned()
    }),
    ("accelerators", |w| w.definition.accelerators = true),
    ("env-secret", |w| {
        w.plan = plan(&[(
            "    subnets:",
            "    taskDefinition: { env: { TOKEN: x } }\n    subnets:",
        )]);
        w.definition
            .secrets
            .push(("app".to_owned(), "TOKEN".to_owned()));
    }),
    ("tags-full", |w| {
        service(w).tags = many_tags(49).into();
    }),
    ("tags-full", |w| {
        w.groups[0].ipv4.as_mut().unwrap().tags = many_tags(46).into();
    }),
    ("definition-too-large", |w| w.definition.bytes = 65_537),
    ("image-too-long", |w| {
        let image = &mut w.definition.images[0].1;
        *image = image.replace("checkout:v1", &"a".repeat(220));
    }),
    ("balancer-full", |w| {
        for i in 0..25 {
            let mut groups = vec![(group_arn("checkout"), 1)];
            groups.extend((0..4).map(|n| (group_arn(&format!("g{i}-{n}")), 100)));
            groups[0].1 = 100;
            let groups: Vec<(&str, u16)> = groups.iter().map(|(a, w)| (a.as_str(), *w)).collect();
            w.ways.push(world::Way {
                id: world::build::rule(&format!("x{i}")),
                forward: forward(&groups),
            });
        }
    }),
    ("shared-target-group", |w| {
        let group = w.groups[0].ipv4.as_mut().unwrap();
        group.targets = Known::Seen(world::build::targets("10.0.0.", 4));
    }),
    ("outside-bounds", |w| {
        w.ipv4_scaling = World::scaled(plan(&[])).ipv4_scaling;
        service(w).desired = 10;
    }),
    ("scaling-label", |w| {
        let mut scaling = World::scaled(plan(&[])).ipv4_scaling.unwrap();
        scaling.policies[0].settings["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"]
            ["ResourceLabel"] = serde_json::json!("app/shop/1/targetgroup/other/2");
        w.ipv4_scaling = Some(scaling);
    }),
    ("unknown-field", |w| {
        let group = w.groups[0].ipv4.as_mut().unwrap();
        group.unknown.push("Orbit".to_owned())
    }),
    ("unknown-field", |w| {
        let scaled = World::scaled(plan(&[]));
        w.ipv4_scaling = scaled.ipv4_scaling;
        let scaling = w.ipv4_scaling.as_mut().unwrap();
        scaling.unknown.push("SuspendedState.Orbit".to_owned())
    }),
    ("unknown-action", |w| {
        w.actions = vec!["teleport", "forward"]
    }),
    ("network-mode", |w| {
        w.definition.network_mode = "bridge".to_owned()
    }),
    ("load-balancer-kind", |w| {
        w.balancers[0].kind = "network".to_owned()
    }),
    ("load-balancer-ipv4", |w| {
        w.balancers[0].ip_address_type = "ipv4".to_owned()
    }),
    ("target-type", |w| {
        w.groups[0].ipv4.as_mut().unwrap().target_type = "instance".to_owned()
    }),
    ("already-ipv6", |w| {
        w.groups[0].ipv4.as_mut().unwrap().ip_address_type = "ipv6".to_owned()
    }),
    ("no-route", |w| w.ways.clear()),
    ("action-full", |w| {
        let others = ["a", "b", "c", "d"].map(group_arn);
        let mut groups: Vec<(&str, u16)> = others.iter().map(|arn| (arn.as_str(), 1)).collect();
        let own = group_arn("checkout");
        groups.push((&own, 1));
        w.ways[0].forward = forward(&groups);
    }),
    ("weightless", |w| {
        w.ways[0].forward = forward(&[(&group_arn("checkout"), 0), (&group_arn("a"), 1)])
    }),
    ("coarse-weights", |w| {
        w.ways[0].forward = forward(&[(&group_arn("checkout"), 1), (&group_arn("a"), 900)])
    }),
    ("grpc-unwatched", |w| {
        w.groups[0].ipv4.as_mut().unwrap().protocol_version = Some("GRPC".to_owned())
    }),
    ("alarm-missing", |w| {
        w.plan = plan(&[("  retire:", "    alarms: [gone]\n  retire:")])
    }),
];

fn service(world: &mut World) -> &mut sixshift_core::observation::Service {
    world.ipv4.as_mut().unwrap()
}

#[test]
fn a_plain_service_has_nothing_that_would_break() {
    let world = World::scaled(plan(&[]));
    assert_eq!(findings(&world.plan, &world.look()), []);
}

#[test]
fn each_fault_is_found_by_its_code_blocks_and_has_a_remedy() {
    for (code, change) in BLOCKS {
        let mut world = World::new(plan(&[]));
        change(&mut world);
        let found = findings(&world.plan, &world.look());
        let this = found
            .iter()
            .find(|f| f.code == *code)
            .unwrap_or_else(|| panic!("{code}: {found:?}"));
        assert_eq!(this.severity, Severity::Block, "{code}");
        assert!(
            !this.message.is_empty() && !this.message.ends_with('.'),
            "{code}"
        );
        assert!(
            !this.remedy.is_empty() && !this.remedy.ends_with('.'),
            "{code}"
        );
        let first = world.decide();
        assert_eq!(
            first.status.waiting_on.map(|w| w.kind()),
            Some("Findings"),
            "{code}"
        );
    }
}

fn many_tags(count: usize) -> std::collections::BTreeMap<String, String> {
    (0..count)
        .map(|i| (format!("k{i}"), "v".to_owned()))
        .collect()
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
            ("alarm-silent", Severity::Warn),
            ("cognito", Severity::Warn)
        ]
    );
    assert_eq!(
        found[0].remedy,
        "set its treat missing data to notBreaching"
    );
    assert!(
        found[1]
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
    assert_eq!(found[0].code, "alarm-of-ipv4");
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
