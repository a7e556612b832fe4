//! Faults of a service, of what it runs and of the way to it, each of which stops a plan.

use super::{Change, service};
use crate::world::{
    self, World,
    build::{
        BEHIND, by_families, by_lattice, forward, group_arn, many_tags, part, plan, plan_by_names,
        plan_by_tasks, plan_in_place, registry,
    },
};
use sixshift_core::observation::{FamilyRule, Forward, Known};
use sixshift_core::plan::Way;

/// A fault in the live service, and the code of the finding that it must raise.
pub(super) const FAULTS: &[(&str, Change)] = &[
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
    ("in-place-balanced", |w| w.plan = plan_in_place(&[])),
    ("behind-room", |w| {
        w.plan = plan_in_place(&[BEHIND]);
        service(w).deployment = serde_json::json!({ "maximumPercent": 150 }).into();
    }),
    ("behind-room", |w| {
        w.plan = plan_in_place(&[BEHIND]);
        service(w).scheduling = "DAEMON".to_owned();
    }),
    ("behind-room", |w| {
        w.plan = plan_in_place(&[BEHIND]);
        service(w).desired = 0;
    }),
    ("behind-sticky", |w| {
        w.plan = plan_in_place(&[BEHIND]);
        w.ways[0].forward.stickiness = Some(60);
    }),
    ("behind-scaling", |w| w.plan = plan_in_place(&[BEHIND])),
    ("task-count-balanced", |w| w.plan = plan_by_tasks(&[])),
    ("task-count-alone", |w| {
        *w = World::worker(plan_by_tasks(&[]));
        service(w).desired = 1;
    }),
    ("task-count-schedules", |w| {
        *w = World::worker(plan_by_tasks(&[]));
        w.ipv4_scaling = World::scaled(plan(&[])).ipv4_scaling;
        let scaling = w.ipv4_scaling.as_mut().unwrap();
        scaling.policies.clear();
        scaling.scheduled = vec![part("night", serde_json::json!({}))];
    }),
    ("daemon", |w| {
        *w = World::sharing(plan_by_tasks(&[]));
        service(w).scheduling = "DAEMON".to_owned();
    }),
    ("cloud-map", |w| {
        *w = World::sharing(plan_by_tasks(&[]));
        service(w).registries = vec!["r".to_owned()];
    }),
    ("service-connect", |w| {
        *w = World::sharing(plan_by_tasks(&[]));
        service(w).offered_ports = vec!["web".to_owned()];
    }),
    ("classic", |w| {
        service(w).load_balancers[0].target_group = None
    }),
    ("cloud-map", |w| {
        service(w).registries = vec!["r".to_owned()]
    }),
    ("cloud-map-alone", |w| {
        *w = World::registered(plan_by_names(&[]));
        service(w).registries.clear();
    }),
    ("cloud-map-alike", |w| {
        *w = World::registered(plan_by_names(&[]));
        w.registries.as_mut().unwrap().ipv4.route53_health = true;
    }),
    ("cloud-map-alike", |w| {
        *w = World::registered(plan_by_names(&[]));
        w.registries.as_mut().unwrap().ipv4.owner = Some("210987654321".to_owned());
    }),
    ("cloud-map-name", |w| {
        *w = World::registered(plan_by_names(&[]));
        w.registries.as_mut().unwrap().ipv6 = Known::Seen(registry("checkout-v6"));
    }),
    ("service-connect", |w| {
        service(w).offered_ports = vec!["web".to_owned()]
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
        scaling.policies[0].settings.edit(|s| {
            s["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"]
                ["ResourceLabel"] = serde_json::json!("app/shop/1/targetgroup/other/2");
        });
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
    ("load-balancer-kind", |w| w.plan.shift.way = Way::Families),
    ("load-balancer-kind", |w| w.plan.shift.way = Way::Lattice),
    ("lattice-unchecked", |w| {
        by_lattice(w);
        let group = w.groups[0].ipv4.as_mut().unwrap();
        let off = r#"{"enabled":false}"#.to_owned();
        group.attributes.insert("healthCheck".to_owned(), off);
    }),
    ("lattice-passthrough", |w| {
        by_lattice(w);
        w.listener = Some("TLS_PASSTHROUGH:443".to_owned());
    }),
    ("lattice-shut-out", by_lattice),
    ("nlb-datagrams", |w| {
        by_families(w);
        w.listener = Some("UDP:53".to_owned());
    }),
    ("nlb-own-rules", |w| {
        by_families(w);
        let rule = FamilyRule {
            arn: "their-rule".to_owned(),
            priority: 7,
            clients: Some("ipv4".to_owned()),
            forward: Forward::to(&group_arn("checkout")),
            fingerprint: String::new(),
        };
        w.families.as_mut().unwrap().rules.push(rule);
        w.route_tags
            .insert("their-rule".to_owned(), Default::default());
    }),
    ("nlb-several-groups", |w| {
        by_families(w);
        let groups = [(&*group_arn("checkout"), 1), (&*group_arn("other"), 1)];
        w.families.as_mut().unwrap().default = forward(&groups);
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
