//! What EC2 tells of a VPC, how rarely it is asked, and what a permission that is lacking hides.

use sixshift_core::{
    observation::{Ground as Vpc, Look},
    readiness::{Severity, findings},
};
use sixshift_sim::{
    caller::Policy,
    faults::{Fault, Wrong},
};

use crate::ground::{Ground, pass, plan};

fn ground_of(seen: &sixshift_core::observation::Observation) -> &Vpc {
    seen.ground.seen().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_vpc_is_told_whole() {
    let region = Ground::new("healthy", None);
    let plan = region.plan();
    let seen = region.full(&plan).await;
    let ground = ground_of(&seen);
    let tables = ground.route_tables.seen().unwrap();
    let own =
        |t: &&sixshift_core::observation::RouteTable| t.subnets.contains(&plan.ipv6.subnets[0]);
    let table = tables.iter().find(own).unwrap();
    let leads = |to: &str, kind: &str| {
        let mut routes = table.routes.iter();
        routes.any(|r| r.is_active && r.destination == to && r.target.starts_with(kind))
    };
    assert!(
        leads("::/0", "eigw-") && leads("64:ff9b::/96", "nat-"),
        "{table:?}"
    );
    let nats = ground.nat_gateways.seen().unwrap();
    assert!(
        nats.values()
            .all(|n| n.state == "available" && !n.addresses.is_empty()),
        "{nats:?}"
    );
    assert!(
        ground.vpc.seen().is_some_and(|v| v.ipv6_blocks.len() == 1),
        "{:?}",
        ground.vpc
    );
    assert!(ground.names.seen().is_some_and(|n| n.support));
    let acls = ground.acls.seen().unwrap();
    assert!(
        acls[0]
            .entries
            .iter()
            .any(|e| e.block == "::/0" && e.allows),
        "{acls:?}"
    );
    let gateways = ground.egress_gateways.seen().unwrap();
    assert_eq!(gateways.values().collect::<Vec<_>>(), ["attached"]);
    let groups = ground.groups.seen().unwrap();
    let tasks = &groups[&seen.ipv4.seen().unwrap().security_groups[0]];
    assert!(
        tasks
            .ingress
            .iter()
            .any(|p| p.ports == Some((8080, 8080)) && p.groups.len() == 1),
        "{tasks:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_healthy_service_is_accused_of_nothing() {
    let region = Ground::new("healthy", None);
    let plan = region.plan();
    let seen = region.full(&plan).await;
    assert_eq!(findings(&plan, &seen), []);
}

#[tokio::test(start_paused = true)]
async fn a_vpc_is_surveyed_once_for_all_its_services_and_every_other_minute() {
    let region = Ground::new("big-fleet", Some(30));
    let plans: Vec<_> = region.services.iter().map(plan).collect();
    let surveys = || {
        let calls = region.hands.calls();
        calls
            .get("ec2:DescribeRouteTables")
            .copied()
            .unwrap_or_default()
    };
    let look = || async {
        let looks = plans.iter().map(|plan| region.look(plan, Look::Light));
        futures::future::join_all(looks).await
    };
    look().await;
    assert_eq!(surveys(), 1);
    for _ in 0..30 {
        pass(60).await;
        look().await;
    }
    assert!(
        (12..=20).contains(&surveys()),
        "{} in half an hour",
        surveys()
    );
}

#[tokio::test(start_paused = true)]
async fn what_ec2_was_too_busy_to_tell_is_asked_by_the_next_look_and_not_remembered_as_unknown() {
    let region = Ground::new("healthy", None);
    let plan = region.plan();
    let wrong = Fault::next("ec2:DescribeRouteTables", Wrong::Throttle, 2);
    region.region.inject(wrong);
    let seen = region.full(&plan).await;
    assert!(ground_of(&seen).route_tables.unknown().is_some());
    assert!(ground_of(&seen).groups.seen().is_some());
    assert_eq!(
        seen.passing(),
        ground_of(&seen).route_tables.unknown(),
        "who asks once asks again"
    );
    let seen = region.full(&plan).await;
    assert!(ground_of(&seen).route_tables.seen().is_some());
    assert_eq!(seen.passing(), None);
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_lacking_is_told_by_its_name_and_hides_its_part_alone() {
    let region = Ground::new("healthy", None);
    let allows = br#"{"Statement":[{"Effect":"Allow",
        "Action":["ecs:*","elasticloadbalancing:Describe*","cloudwatch:*","application-autoscaling:*","ec2:*","servicequotas:*"],"Resource":"*"},
        {"Effect":"Deny","Action":["ec2:DescribeRouteTables","ec2:DescribeNetworkAcls"],"Resource":"*"}]}"#;
    region
        .region
        .set_policy(Some(Policy::read(allows).unwrap()));
    let plan = region.plan();
    let seen = region.full(&plan).await;
    let ground = ground_of(&seen);
    assert!(
        ground
            .route_tables
            .unknown()
            .is_some_and(|w| w.lacks == Some("ec2:DescribeRouteTables"))
    );
    assert!(ground.groups.seen().is_some());
    let found = findings(&plan, &seen);
    let told: Vec<_> = found
        .iter()
        .map(|f| (f.code, f.severity, f.message.as_str()))
        .collect();
    let lacking = |message| ("not-permitted", Severity::Warn, message);
    assert_eq!(
        told,
        [
            lacking("ec2:DescribeNetworkAcls is not allowed: network ACLs are not checked"),
            lacking("ec2:DescribeRouteTables is not allowed: route tables are not checked"),
        ]
    );
}
