//! What is worth knowing and stops nothing; and worlds in which everything is well.

use std::collections::BTreeMap;

use super::{Change, World, service};
use crate::world::build::{
    BEHIND, by_families, by_lattice, part, plan, plan_by_names, plan_by_tasks, plan_in_place,
};
use serde_json::json;
use sixshift_core::observation::{Alarm, Known, Missing, Watched};

fn alarm(world: &mut World, state: &str, group: Option<&str>) {
    let dimension = |group: &str| ("TargetGroup".to_owned(), group.to_owned());
    world.plan = plan(&[("  retire:", "    alarms: [errors]\n  retire:")]);
    world.alarms.push(Alarm {
        name: "errors".to_owned(),
        state: state.to_owned(),
        reason: None,
        since: jiff::Timestamp::UNIX_EPOCH,
        missing: Some(Missing::Missing),
        watches: vec![Watched {
            namespace: "AWS/ApplicationELB".to_owned(),
            metric: "HTTPCode_Target_5XX_Count".to_owned(),
            dimensions: group.map(dimension).into_iter().collect(),
        }],
    });
}

pub(super) const FAULTS: &[(&str, Change)] = &[
    ("behind-unadvised", |w| w.plan = plan_in_place(&[BEHIND])),
    ("in-place-unwatched", |w| {
        *w = World::worker(plan_in_place(&[("alarms: [queue-age]", "alarms: []")]));
    }),
    ("task-count-unwatched", |w| {
        *w = World::worker(plan_by_tasks(&[("alarms: [queue-age]", "alarms: []")]));
    }),
    ("cloud-map-unwatched", |w| {
        *w = World::registered(plan_by_names(&[("alarms: [queue-age]", "alarms: []")]));
    }),
    ("task-count-coarse", |w| {
        *w = World::worker(plan_by_tasks(&[("weight: 34%", "weight: 1%")]));
    }),
    ("task-count-coarse", |w| {
        *w = World::worker(plan_by_tasks(&[("weight: 67%", "weight: 35%")]));
    }),
    ("advanced-configuration", |w| {
        service(w).load_balancers[0].advanced = true
    }),
    ("deployment-alarms", |w| {
        service(w).deployment = json!({ "alarms": { "enable": true } }).into()
    }),
    ("exec", |w| service(w).exec = true),
    ("region", |w| {
        w.plan.service.region = "eu-north-1".to_owned()
    }),
    ("name-too-long", |w| w.plan.service.name = "a".repeat(254)),
    ("container-missing", |w| {
        let edits = "    taskDefinition: { containers: { web: { env: { A: b } } } }\n    subnets:";
        w.plan = plan(&[("    subnets:", edits)]);
    }),
    ("nlb-client-ip", |w| {
        by_families(w);
        let group = w.groups[0].ipv4.as_mut().unwrap();
        let kept = ("preserve_client_ip.enabled", "true");
        group
            .attributes
            .insert(kept.0.to_owned(), kept.1.to_owned());
    }),
    ("groups-full", |w| w.quotas.all_groups = 3000),
    ("targets-full", |w| {
        w.quotas
            .limits
            .insert("targets-per-application-load-balancer".to_owned(), 5);
    }),
    ("cognito", |w| {
        w.actions = vec!["authenticate-cognito", "forward"]
    }),
    ("sign-in-ipv4", |w| {
        w.actions = vec!["authenticate-oidc", "forward"];
        w.balancers[0].ip_address_type = "dualstack-without-public-ipv4".to_owned();
    }),
    ("source-ip-ipv4", |w| {
        w.conditions = vec![("from".to_owned(), vec!["10.0.0.0/8".to_owned()])]
    }),
    ("alarm-of-ipv4", |w| {
        alarm(w, "OK", Some("targetgroup/checkout/0123456789abcdef"))
    }),
    ("alarm-silent", |w| alarm(w, "INSUFFICIENT_DATA", None)),
    ("scaling-metric", |w| {
        let settings = json!({ "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": {
            "CustomizedMetricSpecification": { "Namespace": "Shop", "MetricName": "Orders", "Statistic": "Sum",
                "Dimensions": [{ "Name": "ServiceName", "Value": "checkout" }] },
        } });
        w.ipv4_scaling
            .as_mut()
            .unwrap()
            .policies
            .push(part("orders", settings));
    }),
    ("step-scaling", |w| {
        let mut steps = part("steps", json!({ "PolicyType": "StepScaling" }));
        steps.alarms.push("busy".to_owned());
        w.ipv4_scaling.as_mut().unwrap().policies.push(steps);
    }),
    ("managed-by-code", |w| {
        let tag = ("ManagedBy".to_owned(), "terraform".to_owned());
        service(w).tags = BTreeMap::from([tag]).into();
    }),
];

/// Worlds that are well: one with all that there can be, and one with an alarm for gRPC.
pub(super) const WELL: &[Change] = &[
    by_families,
    |w| {
        by_lattice(w);
        let groups = super::seen(&mut super::ground(w).groups);
        let rules = groups.values_mut().flat_map(|g| &mut g.ingress);
        rules.for_each(|rule| rule.ipv6.push("fd00:ec2:80::/64".to_owned()));
    },
    |w| *w = World::worker(plan_in_place(&[])),
    |w| {
        *w = World::worker(plan_in_place(&[BEHIND]));
        w.ipv4_scaling = World::scaled(plan(&[])).ipv4_scaling;
        w.ipv4_scaling.as_mut().unwrap().policies.clear();
    },
    |w| w.plan = plan_in_place(&[BEHIND]),
    |w| {
        super::service(w).offered_ports = vec!["web".to_owned()];
        w.definition.document.edit(|d| {
            d["containerDefinitions"][0]["portMappings"] =
                json!([{ "name": "web", "containerPort": 8080 }]);
            d["containerDefinitions"][0]["healthCheck"] =
                json!({ "command": ["CMD-SHELL", "curl -gf http://[::1]:8080/ || exit 1"] });
        });
    },
    |w| *w = World::sharing_scaled(plan_by_tasks(&[])),
    |w| *w = World::registered(plan_by_names(&[])),
    |w| {
        w.definition.images[0].1 = format!("{}@sha256:00", w.definition.images[0].1);
        w.definition.document.edit(|d| {
            d["taskRoleArn"] = json!("arn:aws:iam::123456789012:role/checkout");
            d["containerDefinitions"][0]["environment"] = json!([{ "name": "AWS_USE_DUALSTACK_ENDPOINT", "value": "true" },
                { "name": "UPSTREAM", "value": "https://api.example.com/v1" }]);
        });
        let told = Known::Seen(true);
        w.names.insert("api.example.com".to_owned(), told);
    },
    |w| {
        alarm(w, "OK", None);
        w.groups[0].ipv4.as_mut().unwrap().protocol_version = Some("GRPC".to_owned());
    },
    |w| {
        let own = "    securityGroups: [sg-0123456789abcdef0]\n    subnets:";
        w.plan = plan(&[("    subnets:", own)]);
        let ground = super::ground(w);
        let groups = super::seen(&mut ground.groups);
        let tasks = groups["sg-1"].clone();
        groups.insert("sg-0123456789abcdef0".to_owned(), tasks);
        for group in groups.values_mut().flat_map(|g| &mut g.ingress) {
            if group.groups.iter().any(|g| g == "sg-1") {
                group.groups.push("sg-0123456789abcdef0".to_owned());
            }
        }
    },
    |w| {
        let metric = "    metrics: [{ name: restarts, metric: { namespace: ECS/ContainerInsights, name: RestartCount, \
                      dimensions: { ClusterName: \"{cluster}\", ServiceName: \"{service}\" }, statistic: Maximum }, max: 3 }]\n  retire:";
        w.plan = plan(&[("  retire:", metric)]);
        super::task::app(w, "restartPolicy", json!({ "enabled": true }));
    },
    |w| {
        counts_lines(w);
        let options =
            serde_json::json!({ "awslogs-group": "/shop", "awslogs-stream-prefix": "app" });
        let log = serde_json::json!({ "logDriver": "awslogs", "options": options });
        super::task::app(w, "logConfiguration", log);
    },
    super::neighbours::well,
    super::quotas::well,
];

/// The plan judges lines of its log.
pub(super) fn counts_lines(w: &mut super::World) {
    w.plan = plan(&[(
        "  retire:",
        "    logs: [{ pattern: ERROR, worseThanIpv4By: 50% }]\n  retire:",
    )]);
}
