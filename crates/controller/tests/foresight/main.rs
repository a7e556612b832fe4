//! Foresight comes true: what is foreseen of a service in the region is what the daemon then asks of it, call by call, and what
//! is left in the end. The region's own record is the judge.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod calls;
mod effects;
mod examples;
mod migration;

use std::collections::BTreeSet;

use sixshift_core::{
    foresee::{Account, Ahead, End, Foresight, Thing},
    names::{is_of_lattice, metric_dimension},
    observation::Observation,
    plan::Plan,
    status::Phase,
};

use calls::{Made, foreseen};
use migration::{Ground, in_virtual_time};

const PLAN: &str = "\
apiVersion: sixshift/v1
kind: MigrationPlan
metadata: { name: NAME }
spec:
  service: { region: REGION, cluster: CLUSTER, name: NAME }
  ipv6:
    subnets: [SUBNETS]
    securityGroups: [GROUPS]
    taskDefinition: { env: { AWS_USE_DUALSTACK_ENDPOINT: \"true\" } }
  shift:
    steps:
      - { weight: 10%, hold: 5m, gate: approval }
      - { weight: 50%, hold: 5m }
      - { weight: 100% }
    bake: 30m
  health:
    errorRate: { max: 1%, worseThanIpv4By: 0.5% }
    latencyP99: { max: 800ms, worseThanIpv4By: 25% }
  retire: { approval: required, keepCold: 10m }
";

/// The calls are those that AWS was asked for, in their order, none of them earlier than foreseen.
#[track_caller]
fn came_true(foresight: &Foresight, writes: &[Made]) {
    let calls: Vec<Made> = foresight.calls().map(foreseen).collect();
    let what = |made: &[Made]| made.iter().map(Made::what).collect::<Vec<_>>();
    let (told, really) = (what(&calls), what(writes));
    for (number, (told, really)) in told.iter().zip(&really).enumerate() {
        assert_eq!(told, really, "call {}: {calls:#?} {writes:#?}", number + 1);
    }
    assert_eq!(told.len(), really.len(), "{calls:#?} {writes:#?}");
    for (told, really) in calls.iter().zip(writes) {
        assert!(
            told.at <= really.at,
            "{told:?} came at {}: {calls:#?}",
            really.at
        );
    }
}

/// What was foreseen to be there and to be gone is.
#[track_caller]
fn is_left(plan: &Plan, foresight: &Foresight, before: &Observation, after: &Observation) {
    let really = Account::between(plan, before, after);
    // Without the IPv4 service, which names its own, no look tells of registries; the call that makes one is compared.
    let is_seen = |thing: &&Thing| thing.kind != "Cloud Map service";
    let names = |things: &[Thing]| -> BTreeSet<(String, String)> {
        let seen = things.iter().filter(is_seen);
        seen.map(|t| (t.kind.to_owned(), t.name.clone())).collect()
    };
    let told = &foresight.account;
    assert_eq!(names(&told.made), names(&really.made));
    assert_eq!(names(&told.gone), names(&really.gone));
    assert_eq!(names(&told.kept), names(&really.kept));
    // In VPC Lattice a group is called by an id, which AWS gives it.
    let called = |mut thing: Thing| {
        for group in after.pairs.seen().into_iter().flatten() {
            let group = group.ipv6.seen().filter(|g| is_of_lattice(&g.arn));
            if let Some(group) = group {
                let id = metric_dimension(&group.arn);
                thing.like = thing.like.replace(id, &group.name);
            }
        }
        thing
    };
    let changed = |account: &Account| -> Vec<(Thing, Thing)> {
        let changed = account.changed.iter().cloned();
        changed.map(|(was, is)| (was, called(is))).collect()
    };
    assert_eq!(changed(told), changed(&really));
    let tasks = |account: &Account| -> Vec<String> {
        let services = account.made.iter().filter(|t| t.kind == "service");
        services
            .map(|t| t.like.split(',').next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(tasks(told), tasks(&really));
}

fn comes_true(scenario: &str, text: &str) {
    in_virtual_time(async {
        let ground = Ground::new(scenario);
        let (plan, text) = ground.plan(text);
        let (foresight, before) = ground.foresee(&plan).await;
        assert_eq!(ground.writes(), [], "foresight asks, and changes nothing");
        assert_eq!(foresight.end, End::Done, "{:#?}", foresight.ahead);
        let fleet = ground.fleet(&text).await;
        ground.run(&fleet, |phase, _| phase == Phase::Done).await;
        came_true(&foresight, &ground.writes());
        is_left(&plan, &foresight, &before, &ground.look(&plan).await);
    });
}

#[test]
fn a_healthy_service_with_gates_is_moved_as_foreseen() {
    comes_true("healthy", PLAN);
}

#[test]
fn many_routes_are_moved_as_foreseen() {
    comes_true("many-routes", PLAN);
}

#[test]
fn a_service_that_keeps_its_ipv4_side_is_moved_as_foreseen() {
    let text = PLAN.replace("keepCold: 10m", "keepCold: 10m, delete: []");
    comes_true("healthy", &text.replace("approval: required, ", ""));
}

#[test]
fn a_migration_half_way_goes_on_as_foreseen() {
    in_virtual_time(async {
        let ground = Ground::new("healthy");
        let (plan, text) = ground.plan(PLAN);
        let fleet = ground.fleet(&text).await;
        ground.run(&fleet, |phase, _| phase == Phase::Bake).await;
        let done = ground.writes().len();
        let (foresight, before) = ground.foresee(&plan).await;
        assert_eq!(ground.writes().len(), done, "foresight changes nothing");
        assert!(done > 10 && foresight.calls().count() > 5);
        ground.run(&fleet, |phase, _| phase == Phase::Done).await;
        came_true(&foresight, &ground.writes()[done..]);
        is_left(&plan, &foresight, &before, &ground.look(&plan).await);
    });
}

#[test]
fn what_can_never_become_healthy_is_not_foreseen_to_fail_and_what_blocks_is() {
    in_virtual_time(async {
        let ground = Ground::new("healthy");
        let (plan, _) = ground.plan(&PLAN.replace("[SUBNETS]", "[subnet-0123456789abcdef0]"));
        let (foresight, _) = ground.foresee(&plan).await;
        let End::Stands { on, sentence } = &foresight.end else {
            panic!("{:#?}", foresight.ahead);
        };
        assert_eq!(
            (on.kind(), foresight.ahead.len()),
            ("Findings", 0),
            "{sentence}"
        );
        let gates = |ahead: &[Ahead]| ahead.iter().any(|a| matches!(a, Ahead::Person { .. }));
        assert!(!gates(&foresight.ahead));
    });
}
