//! Faults of what the account may have: a twin of three tasks of a quarter of a vCPU counts against it.

use std::collections::BTreeSet;

use sixshift_core::{
    observation::{Allowance, CapacityShare, Known, Quota, Usage, Why},
    readiness::{Answer, Severity, quotas},
};

use super::{Change, World, answer, broken, ground, seen, service};
use crate::world::build::SUBNET_A;

/// What the account may have of a quota, and what of it is in use: now, and at most within a day.
fn allow(world: &mut World, quota: Quota, most: f64, used: Option<(f64, f64)>) {
    let used = used.map(|(now, highest)| Usage { now, highest });
    let all = &mut world.neighbours.allowances;
    all.insert(quota, Known::Seen(Allowance { most, used }));
}

/// No subnet of IPv6 alone in one of the service's zones.
fn bare(world: &mut World) {
    seen(&mut ground(world).subnets).remove(SUBNET_A);
}

fn share(provider: &str, base: u32, weight: u32) -> CapacityShare {
    let provider = provider.to_owned();
    CapacityShare {
        provider,
        base,
        weight,
    }
}

/// One task on demand, the others on Spot.
fn mostly_on_spot(world: &mut World) {
    let service = service(world);
    service.launch_type = None;
    service.capacity = vec![share("FARGATE", 1, 0), share("FARGATE_SPOT", 0, 1)];
}

pub(super) const FAULTS: &[(&str, Change)] = &[
    ("fargate-vcpus", |w| {
        allow(w, Quota::FargateOnDemand, 6.0, Some((5.5, 5.75)))
    }),
    ("fargate-vcpus", |w| {
        // What CloudWatch has no figure of runs all the same.
        allow(w, Quota::FargateOnDemand, 1.0, None)
    }),
    ("fargate-vcpus", |w| {
        allow(w, Quota::FargateOnDemand, 6.0, Some((2.0, 5.5)))
    }),
    ("fargate-vcpus", |w| {
        mostly_on_spot(w);
        allow(w, Quota::FargateOnDemand, 6.0, Some((1.0, 1.0)));
        allow(w, Quota::FargateSpot, 6.0, Some((6.0, 6.0)));
    }),
    ("subnets-full", |w| {
        bare(w);
        allow(w, Quota::SubnetsPerVpc, 3.0, None);
    }),
];

pub(super) fn well(w: &mut World) {
    bare(w);
    allow(w, Quota::FargateOnDemand, 6.0, Some((2.0, 2.5)));
    allow(w, Quota::SubnetsPerVpc, 200.0, None);
}

fn told(change: Change) -> Answer {
    let world = broken(change);
    answer("fargate-vcpus", &world.plan, &world.look())
}

fn severities(answer: &Answer) -> Vec<Option<Severity>> {
    match answer {
        Answer::Found(found) => found.iter().map(|f| f.severity).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_lacks_at_once_stops_the_plan_and_what_may_lack_at_its_height_is_told() {
    let by = |now, highest| {
        let mut world = broken(|_| {});
        allow(
            &mut world,
            Quota::FargateOnDemand,
            6.0,
            Some((now, highest)),
        );
        answer("fargate-vcpus", &world.plan, &world.look())
    };
    assert_eq!(severities(&by(5.5, 5.5)), [Some(Severity::Block)]);
    assert_eq!(severities(&by(5.0, 5.9)), [Some(Severity::Warn)]);
    // The twin may be as large as its scaling lets it be.
    assert!(matches!(by(2.0, 2.0), Answer::Holds));
}

#[test]
fn a_twin_that_is_begun_is_not_judged_by_it() {
    let mut world = broken(|w| allow(w, Quota::FargateOnDemand, 1.0, Some((1.0, 1.0))));
    let mut twin = world.ipv4.clone().unwrap();
    twin.running = 1;
    world.twin = Some(twin);
    let told = answer("fargate-vcpus", &world.plan, &world.look());
    assert_eq!(told, Answer::NotHere);
}

#[test]
fn a_service_on_instances_counts_nothing_on_fargate() {
    let on_instances = |w: &mut World| service(w).launch_type = Some("EC2".to_owned());
    assert_eq!(told(on_instances), Answer::NotHere);
    let own = |w: &mut World| {
        let service = service(w);
        service.launch_type = None;
        service.capacity = vec![share("machines", 0, 1)];
    };
    assert_eq!(told(own), Answer::NotHere);
}

#[test]
fn only_what_counts_is_asked_for() {
    let asked = |change: Change| {
        let seen = broken(change).look();
        quotas(&seen.ipv4, &seen.twin)
    };
    let (network, on_demand) = (Quota::SubnetsPerVpc, Quota::FargateOnDemand);
    assert_eq!(asked(|_| {}), BTreeSet::from([on_demand, network]));
    let both = BTreeSet::from([on_demand, Quota::FargateSpot, network]);
    assert_eq!(asked(mostly_on_spot), both);
    assert_eq!(asked(|w| w.twin = w.ipv4.clone()), BTreeSet::new());
}

#[test]
fn what_may_not_be_read_is_never_taken_for_enough() {
    let mut world = broken(|_| {});
    let lacking = Why::new("denied")
        .lasting(true)
        .lacking(Some("servicequotas:GetServiceQuota"));
    let all = &mut world.neighbours.allowances;
    all.insert(Quota::FargateOnDemand, Known::Unknown(lacking));
    let seen = world.look();
    let told = answer("fargate-vcpus", &world.plan, &seen);
    assert!(matches!(told, Answer::Unknown(_)), "{told:?}");
    let found = super::findings(&world.plan, &seen);
    let told: Vec<&str> = found.iter().map(|f| f.message.as_str()).collect();
    let expected = ["servicequotas:GetServiceQuota is not allowed: quotas are not checked"];
    assert_eq!(told, expected);
}
