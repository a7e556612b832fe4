//! Whose code writes a route, the service or a target group too is told by their tags, with what keeps that code away.
#![allow(clippy::unwrap_used, clippy::panic)]

mod world;

use std::collections::BTreeMap;

use sixshift_core::{
    observation::{Known, Why},
    readiness::{Finding, Severity, findings},
};
use world::{
    World,
    build::{listener, plan, rule},
};

type Tags = &'static [(&'static str, &'static str)];

/// Who manages a thing: its tags, how the finding names them, and what it expects of them next.
struct Case {
    tags: Tags,
    who: &'static str,
    next: &'static str,
    /// The lines for a listener, a rule, the service and the target group.
    lines: [&'static str; 4],
}

const TERRAFORM: [&str; 4] = [
    "put into the aws_lb_listener: lifecycle { ignore_changes = [default_action] }",
    "put into the aws_lb_listener_rule: lifecycle { ignore_changes = [action] }",
    "put into the aws_ecs_service: lifecycle { ignore_changes = [desired_count] }",
    "terraform state rm aws_lb_target_group.NAME",
];
const STACK: [&str; 4] = [
    "set-stack-policy",
    "set-stack-policy",
    "take DesiredCount out of its properties",
    "DeletionPolicy: Retain on It",
];
const NO_STACK: [&str; 4] = [
    r#"["LogicalResourceId/LOGICAL_ID"]"#,
    r#"["LogicalResourceId/LOGICAL_ID"]"#,
    "take DesiredCount out of its properties",
    "DeletionPolicy: Retain on it",
];
const COPILOT: [&str; 4] =
    ["do not run copilot svc deploy --app shop --name checkout --env prod;"; 4];
const EXPRESS: [&str; 4] = [
    "a rule of its own",
    "a rule of its own",
    "what no Express service made",
    "what no Express service made",
];

const CASES: &[Case] = &[
    Case {
        tags: &[
            ("aws:cloudformation:stack-name", "shop-prod"),
            ("aws:cloudformation:logical-id", "It"),
            ("aws:cloudformation:stack-id", "arn:aws:cloudformation:x"),
        ],
        who: "CloudFormation in stack shop-prod",
        next: "a stack update that touches it",
        lines: STACK,
    },
    Case {
        tags: &[
            ("aws:cloudformation:stack-name", "shop-prod"),
            ("aws:cloudformation:logical-id", "It"),
            ("managed-by", "CDK"),
        ],
        who: "CDK in stack shop-prod",
        next: "a stack update that touches it",
        lines: STACK,
    },
    Case {
        tags: &[
            ("aws:cloudformation:stack-name", "shop-prod-checkout"),
            ("aws:cloudformation:logical-id", "It"),
            ("copilot-application", "shop"),
            ("copilot-environment", "prod"),
            ("copilot-service", "checkout"),
        ],
        who: "Copilot (shop/prod/checkout)",
        next: "the next svc deploy",
        lines: COPILOT,
    },
    Case {
        tags: &[("ManagedBy", "terraform"), ("team", "shop")],
        who: "Terraform, says its tag ManagedBy=terraform",
        next: "the next apply",
        lines: TERRAFORM,
    },
    Case {
        tags: &[("managed_by", "Managed by Terraform 1.9")],
        who: "Terraform",
        next: "the next apply",
        lines: TERRAFORM,
    },
    Case {
        tags: &[("Provisioner", "TERRAFORM")],
        who: "Terraform",
        next: "the next apply",
        lines: TERRAFORM,
    },
    Case {
        tags: &[("Terraform", "true")],
        who: "Terraform",
        next: "the next apply",
        lines: TERRAFORM,
    },
    Case {
        tags: &[("managed-by", "OpenTofu")],
        who: "OpenTofu",
        next: "the next apply",
        lines: [
            TERRAFORM[0],
            TERRAFORM[1],
            TERRAFORM[2],
            "tofu state rm aws_lb_target_group.NAME",
        ],
    },
    Case {
        tags: &[("created-by", "cdk")],
        who: "CDK, says its tag created-by=cdk",
        next: "a stack update that touches it",
        lines: NO_STACK,
    },
    Case {
        tags: &[("AmazonECSManaged", "true")],
        who: "an ECS Express service",
        next: "the next deployment of the Express service",
        lines: EXPRESS,
    },
];

fn map(tags: Tags) -> BTreeMap<String, String> {
    let tags = tags.iter();
    tags.map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

/// Puts tags on one of the four kinds of resource; gives how a finding names it, and what an apply does to it.
type Tagged = fn(&mut World, BTreeMap<String, String>);
const KINDS: [(Tagged, &str, &str); 4] = [
    (
        |w, tags| {
            drop(
                w.route_tags
                    .insert(listener().arn().to_owned(), tags.into()),
            )
        },
        "listener l1",
        "sends all traffic back to IPv4, and once IPv4 is cold to a target group without a target",
    ),
    (
        |w, tags| {
            drop(
                w.route_tags
                    .insert(rule("r1").arn().to_owned(), tags.into()),
            )
        },
        "rule r1",
        "sends all traffic back to IPv4, and once IPv4 is cold to a target group without a target",
    ),
    (
        |w, tags| w.ipv4.as_mut().unwrap().tags = tags.into(),
        "service checkout",
        "sets the desired count back while it is cold, and misses the service once it is deleted",
    ),
    (
        |w, tags| w.groups[0].ipv4.as_mut().unwrap().tags = tags.into(),
        "target group checkout",
        "misses it once it is deleted, and makes it again or fails",
    ),
];

fn found(world: &World) -> Vec<Finding> {
    findings(&world.plan, &world.look())
}

#[test]
fn each_kind_of_resource_is_told_with_who_manages_it_what_comes_and_the_lines_against_it() {
    for case in CASES {
        for ((tagged, name, effect), lines) in KINDS.into_iter().zip(case.lines) {
            let mut world = World::with_groups(plan(&[]), 2);
            tagged(&mut world, map(case.tags));
            let found = found(&world);
            let [this] = found.as_slice() else {
                panic!("{name} by {}: {found:#?}", case.who);
            };
            assert_eq!(
                (this.code, this.severity),
                ("managed-by-code", Severity::Warn)
            );
            let text = &this.message;
            assert!(text.starts_with(name), "{text}");
            assert!(text.contains(&format!("managed by {}", case.who)), "{text}");
            assert!(text.contains(&format!("{} {effect}", case.next)), "{text}");
            assert!(this.remedy.contains(lines), "{name}: {}", this.remedy);
            assert!(!text.ends_with('.') && !this.remedy.ends_with('.'));
        }
    }
}

#[test]
fn what_no_tag_tells_is_not_claimed() {
    let silent: [Tags; 7] = [
        &[],
        &[("team", "terraform")],
        &[("ManagedBy", "the platform team")],
        &[("terraform", "false")],
        &[("aws:cloudformation:stack-name", "")],
        &[("aws:ecs:serviceName", "checkout")],
        &[("cdk", "true"), ("ManagedBy", "terraformers")],
    ];
    for tags in silent {
        for (tagged, ..) in KINDS {
            let mut world = World::with_groups(plan(&[]), 2);
            tagged(&mut world, map(tags));
            assert_eq!(found(&world), [], "{tags:?}");
        }
    }
}

fn in_stack(world: &mut World, kind: usize, id: &str) {
    let stack = "aws:cloudformation:stack-name".to_owned();
    let logical = "aws:cloudformation:logical-id".to_owned();
    let tags = [(stack, "shop-prod".to_owned()), (logical, id.to_owned())];
    KINDS[kind].0(world, tags.into());
}

#[test]
fn one_stack_gets_one_policy_that_names_all_of_it_which_is_to_be_held() {
    let mut world = World::with_groups(plan(&[]), 2);
    for (kind, id) in ["Https", "CheckoutRule", "Service", "Group"]
        .iter()
        .enumerate()
    {
        in_stack(&mut world, kind, id);
    }
    let found = found(&world);
    assert_eq!(found.len(), 4, "{found:#?}");
    assert!(found[1].message.starts_with("rule r1 (CheckoutRule) is"));
    let routes = r#""LogicalResourceId/Https","LogicalResourceId/CheckoutRule""#;
    assert_eq!(
        found[1].remedy,
        format!(
            "until the migration is done, hold its updates by a stack policy, beside the statements that the stack has: \
             aws cloudformation set-stack-policy --stack-name shop-prod --stack-policy-body \
             '{{\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"Update:*\",\"Principal\":\"*\",\"Resource\":\"*\"}},\
             {{\"Effect\":\"Deny\",\"Action\":\"Update:*\",\"Principal\":\"*\",\"Resource\":[{routes}]}}]}}'"
        )
    );
    let body = found[1].remedy.split('\'').nth(1).unwrap();
    serde_json::from_str::<serde_json::Value>(body).unwrap();
    let all = format!(r#"[{routes},"LogicalResourceId/Service"]"#);
    assert!(found[2].remedy.contains(&all), "{}", found[2].remedy);
    assert!(
        found[3].remedy.contains("Retain on Group "),
        "{}",
        found[3].remedy
    );
}

#[test]
fn resources_of_one_kind_and_owner_are_told_together_and_some_of_many_by_name() {
    let mut world = World::with_groups(plan(&[]), 9);
    for number in 1..9 {
        let arn = rule(&format!("r{number}")).arn().to_owned();
        world
            .route_tags
            .insert(arn, map(&[("ManagedBy", "terraform")]).into());
    }
    let found = found(&world);
    let [this] = found.as_slice() else {
        panic!("{found:#?}");
    };
    let named = "rule r1, rule r2, rule r3, rule r4, rule r5 and 3 more are managed";
    assert!(this.message.starts_with(named), "{}", this.message);
}

#[test]
fn a_target_group_that_is_kept_is_missed_by_nobody() {
    let mut world = World::new(plan(&[("[service, targetGroup]", "[service]")]));
    KINDS[3].0(&mut world, map(&[("ManagedBy", "terraform")]));
    assert_eq!(found(&world), []);
}

#[test]
fn what_an_express_service_made_is_told_once() {
    let mut world = World::new(plan(&[]));
    world.ipv4.as_mut().unwrap().express = true;
    KINDS[0].0(&mut world, map(&[("AmazonECSManaged", "true")]));
    let codes: Vec<_> = found(&world).iter().map(|f| f.code).collect();
    assert_eq!(codes, ["express"]);
}

#[test]
fn tags_that_are_not_known_stop_and_say_nothing() {
    let mut world = World::new(plan(&[]));
    in_stack(&mut world, 0, "Https");
    let mut seen = world.look();
    seen.route_tags = Known::Unknown(Why::new("Throttling".to_owned()));
    assert_eq!(findings(&world.plan, &seen), []);
    let now = sixshift_core::decide::decide(&world.plan, &world.facts, &seen, world.now);
    assert!(
        matches!(now.next, sixshift_core::decide::Next::Act(_)),
        "{:?}",
        now.next
    );
}

#[test]
fn it_stops_nothing_is_waived_by_reason_and_at_the_end_says_what_to_hand_over() {
    let waiver = "  preflight: { waive: [{ finding: managed-by-code, reason: the code ignores it }] }\n  retire:";
    let mut world = World::new(plan(&[("  retire:", waiver)]));
    in_stack(&mut world, 0, "Https");
    in_stack(&mut world, 2, "Service");
    let waived = found(&world);
    assert_eq!(waived.len(), 2);
    assert!(
        waived
            .iter()
            .all(|f| f.waived.as_deref() == Some("the code ignores it"))
    );
    world.plan = plan(&[]);
    assert_eq!(world.climb().0.last().unwrap(), "Done");
    let found = found(&world);
    let [this] = found.as_slice() else {
        panic!("{found:#?}");
    };
    assert!(
        this.message
            .contains("leads to the IPv4 side, which is gone"),
        "{}",
        this.message
    );
    let group = &world.groups[0].ipv6_name;
    assert!(this.remedy.contains(group), "{}", this.remedy);
    let twin = world.twin.as_ref().unwrap();
    assert!(
        twin.tags.keys().all(|key| !key.starts_with("aws:")),
        "{:?}",
        twin.tags
    );
}
