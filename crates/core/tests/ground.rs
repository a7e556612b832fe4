//! What a twin would stand on, judged before it is made: subnets, zones, quotas; and what a plan takes as it is.
#![allow(clippy::unwrap_used, clippy::panic)]

mod world;

use sixshift_core::{
    decide::Next,
    observation::{Known, Observation, Quotas, Subnets, Why},
    readiness::{Finding, Severity, findings},
};
use world::{
    World,
    build::{SUBNET_B, balancer_arn, plan, quotas},
};

fn subnet<'a>(world: &'a mut World, id: &str) -> &'a mut sixshift_core::observation::Subnet {
    world.subnets.get_mut(id).unwrap().as_mut().unwrap()
}

fn found(world: &World) -> Vec<Finding> {
    findings(&world.plan, &world.look())
}

fn codes(world: &World) -> Vec<(&'static str, Severity)> {
    found(world).iter().map(|f| (f.code, f.severity)).collect()
}

fn waiving(code: &str) -> sixshift_core::plan::Plan {
    let waiver = format!(
        "  preflight: {{ waive: [{{ finding: {code}, reason: a batch service }}] }}\n  retire:"
    );
    plan(&[("  retire:", &waiver)])
}

#[test]
fn each_subnet_of_the_plan_is_judged_by_its_name() {
    type Change = fn(&mut World);
    let changes: [(&str, Change, &str); 5] = [
        (
            "subnet-missing",
            |w| drop(w.subnets.insert(SUBNET_B.to_owned(), None)),
            "does not exist",
        ),
        (
            "subnet-ipv4",
            |w| subnet(w, SUBNET_B).ipv6_only = false,
            "is not IPv6-only",
        ),
        (
            "subnet-ipv4",
            |w| subnet(w, SUBNET_B).has_ipv6 = false,
            "has no IPv6 block",
        ),
        (
            "subnet-vpc",
            |w| subnet(w, SUBNET_B).vpc = "vpc-2".to_owned(),
            "is in vpc-2, and the service in vpc-1",
        ),
        (
            "zone-off-balancer",
            |w| w.balancers[0].zones = vec!["eu-central-1a".to_owned()],
            "is not in eu-central-1b",
        ),
    ];
    for (code, change, words) in changes {
        let mut world = World::new(plan(&[]));
        change(&mut world);
        let all = found(&world);
        let this = all.iter().find(|f| f.code == code).unwrap();
        assert!(this.blocks(), "{this:?}");
        assert!(this.message.contains(words), "{}", this.message);
        let named = code == "zone-off-balancer" || this.message.contains(SUBNET_B);
        assert!(named, "{}", this.message);
        let kind = world.decide().status.waiting_on.map(|w| w.kind());
        assert_eq!(kind, Some("Findings"), "{code}");
    }
}

#[test]
fn one_zone_under_a_service_that_is_in_more_stops_it() {
    let mut world = World::new(plan(&[]));
    subnet(&mut world, SUBNET_B).zone = "eu-central-1a".to_owned();
    world.ipv4.as_mut().unwrap().desired = 1;
    world.ipv4.as_mut().unwrap().running = 1;
    let all = found(&world);
    let this = all.iter().find(|f| f.code == "one-zone").unwrap();
    assert!(this.blocks());
    assert_eq!(
        this.message,
        "all IPv6 subnets are in eu-central-1a, and the service is in eu-central-1a, eu-central-1b"
    );
}

#[test]
fn one_zone_is_enough_for_one_task_of_one_zone() {
    let mut world = World::new(plan(&[]));
    subnet(&mut world, SUBNET_B).zone = "eu-central-1a".to_owned();
    subnet(&mut world, "subnet-ipv4-b").zone = "eu-central-1a".to_owned();
    assert_eq!(codes(&world), [("one-zone", Severity::Block)]);
    world.ipv4.as_mut().unwrap().desired = 1;
    assert!(!codes(&world).contains(&("one-zone", Severity::Block)));
}

#[test]
fn a_zone_that_is_missing_among_several_is_told() {
    let mut world = World::new(plan(&[]));
    let mut third = world.subnets["subnet-ipv4-a"].clone().unwrap();
    third.zone = "eu-central-1c".to_owned();
    let own = &mut world.ipv4.as_mut().unwrap().subnets;
    own.push("subnet-ipv4-c".to_owned());
    world
        .subnets
        .insert("subnet-ipv4-c".to_owned(), Some(third));
    assert_eq!(codes(&world), [("fewer-zones", Severity::Warn)]);
    assert!(found(&world)[0].message.contains("eu-central-1c"));
    assert_eq!(world.climb().0.last().unwrap(), "Done");
}

fn with_subnets(world: &World, subnets: Known<Subnets>) -> Observation {
    Observation {
        subnets,
        ..world.look()
    }
}

#[test]
fn where_ec2_does_not_tell_that_is_told_and_stops_nothing() {
    let world = World::new(plan(&[]));
    let why = Why::new("ec2:DescribeSubnets: UnauthorizedOperation".to_owned());
    let seen = with_subnets(&world, Known::Seen(Subnets::Untold(why)));
    let all = findings(&world.plan, &seen);
    assert_eq!(
        (all[0].code, all[0].severity),
        ("subnets-unread", Severity::Warn)
    );
    assert!(all[0].remedy.contains("ec2:DescribeSubnets"), "{all:?}");
    let decision = world.decide_on(&seen);
    assert!(matches!(decision.next, Next::Act(_)), "{decision:?}");
}

#[test]
fn what_ec2_could_not_answer_now_is_waited_for_until_the_twin_stands() {
    let mut world = World::new(plan(&[]));
    let unknown = || Known::Unknown(Why::new("RequestLimitExceeded".to_owned()));
    let kind = |world: &World| {
        let decision = world.decide_on(&with_subnets(world, unknown()));
        decision.status.waiting_on.map(|w| w.kind())
    };
    assert_eq!(kind(&world), Some("Unknown"));
    world.climb_to("Hold");
    assert_eq!(kind(&world), Some("Hold"));
}

#[test]
fn what_a_plan_waives_is_shown_with_its_reason_and_stops_nothing() {
    let mut world = World::new(waiving("one-zone"));
    subnet(&mut world, SUBNET_B).zone = "eu-central-1a".to_owned();
    world.ipv4.as_mut().unwrap().controller = "EXTERNAL".to_owned();
    let all = found(&world);
    let told: Vec<_> = all.iter().map(|f| (f.code, f.blocks())).collect();
    assert_eq!(told, [("controller", true), ("one-zone", false)]);
    assert_eq!(all[1].waived.as_deref(), Some("a batch service"));
    world.ipv4.as_mut().unwrap().controller = "ECS".to_owned();
    let decision = world.decide();
    let ready = &decision.status.conditions[0];
    assert!(
        ready.message.contains("one-zone") && ready.message.contains("a batch service"),
        "{ready:?}"
    );
    assert_eq!(world.climb().0.last().unwrap(), "Done");
}

#[test]
fn a_waiver_is_for_its_finding_alone() {
    let mut world = World::new(waiving("grpc-unwatched"));
    subnet(&mut world, SUBNET_B).zone = "eu-central-1a".to_owned();
    assert!(found(&world)[0].blocks());
}

#[test]
fn a_load_balancers_groups_are_counted_with_those_of_others() {
    let mut world = World::new(plan(&[]));
    let groups = |count| Quotas {
        groups: [(balancer_arn(), count)].into_iter().collect(),
        ..quotas()
    };
    world.quotas = groups(99);
    assert_eq!(codes(&world), []);
    world.quotas = groups(100);
    assert_eq!(codes(&world), [("balancer-full", Severity::Block)]);
    let raised = (
        "target-groups-per-application-load-balancer".to_owned(),
        200,
    );
    world.quotas.limits.extend([raised]);
    assert_eq!(codes(&world), []);
}

#[test]
fn where_the_account_does_not_tell_its_quotas_nothing_is_stopped() {
    let mut world = World::new(plan(&[]));
    world.quotas = Quotas {
        groups: [(balancer_arn(), 100)].into_iter().collect(),
        ..Quotas::default()
    };
    assert_eq!(codes(&world), [("balancer-full", Severity::Warn)]);
    let remedy = &found(&world)[0].remedy;
    assert!(
        remedy.contains("elasticloadbalancing:DescribeAccountLimits"),
        "{remedy}"
    );
    assert_eq!(world.climb().0.last().unwrap(), "Done");
}

#[test]
fn twice_the_tasks_must_fit_behind_the_load_balancer() {
    let mut world = World::new(plan(&[]));
    let limit = |most| ("targets-per-application-load-balancer".to_owned(), most);
    world.quotas.limits.extend([limit(5)]);
    assert_eq!(codes(&world), [("targets-full", Severity::Block)]);
    assert!(found(&world)[0].message.contains("6 targets"));
    world.quotas.limits.extend([limit(6)]);
    assert_eq!(codes(&world), []);
}

#[test]
fn a_container_that_is_not_there_is_named_beside_those_that_are() {
    let edits = "    taskDefinition: { containers: { web: { env: { A: b } } } }\n    subnets:";
    let mut world = World::new(plan(&[("    subnets:", edits)]));
    let all = found(&world);
    assert!(all[0].blocks() && all[0].code == "container-missing");
    assert_eq!(
        all[0].message,
        "the task definition has no container web: it has app"
    );
    world.definition.images[0].0 = "web".to_owned();
    assert_eq!(codes(&world), []);
}

#[test]
fn a_secret_stands_in_the_way_of_its_own_container_alone() {
    let edits = "    taskDefinition: { containers: { app: { env: { TOKEN: b } } } }\n    subnets:";
    let mut world = World::new(plan(&[("    subnets:", edits)]));
    let sidecar = ("sidecar".to_owned(), "a".to_owned());
    world.definition.images.push(sidecar);
    let secret = |container: &str| vec![(container.to_owned(), "TOKEN".to_owned())];
    world.definition.secrets = secret("sidecar");
    assert_eq!(codes(&world), []);
    world.definition.secrets = secret("app");
    assert_eq!(codes(&world), [("env-secret", Severity::Block)]);
}
