//! A plan for a live service: what is proposed is what our own parser reads, and who gets none is told why.
#![allow(clippy::unwrap_used, clippy::panic)]

mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use proptest::prelude::*;
use sixshift_core::{
    evidence::{Point, Series},
    names::tag,
    observation::{Ground, Known, Subnet, Why},
    plan::{Choice, Plan, ServiceRef, Way, parse, source::Document},
    proposal::{Material, Moved, Outcome, Proposal, Refusal, name_of, propose, settled},
};
use world::{
    World,
    build::{SUBNET_A, SUBNET_B, by_families, by_lattice, plan, plan_in_place},
};

const HOUR: u64 = 3_600;

type Change = fn(&mut World);

fn service() -> ServiceRef {
    plan(&[]).service
}

/// A week at so many requests an hour.
fn week(requests: f64) -> Known<Series> {
    let point = Point {
        requests_ipv4: Some(requests),
        errors_ipv4: Some(requests * 0.001),
        p99_ipv4: Some(0.3),
        healthy_ipv4: Some(3.0),
        ..Point::default()
    };
    let hour = Duration::from_secs(HOUR);
    let points = vec![point; 7 * 24];
    Known::Seen(Series::new(Timestamp::UNIX_EPOCH, hour, points))
}

fn with(subnets: BTreeMap<String, Subnet>) -> Known<Arc<Ground>> {
    Known::Seen(Arc::new(Ground {
        subnets: Known::Seen(subnets),
        ..Ground::default()
    }))
}

/// The same with other subnets in its VPC.
fn exchanged(material: &mut Material, change: impl Fn(&mut BTreeMap<String, Subnet>)) {
    let ground = material.ground.seen().unwrap();
    let mut all = ground.subnets.seen().unwrap().clone();
    change(&mut all);
    material.ground = with(all);
}

fn material(world: &World) -> Material {
    let all = world.subnets.iter();
    let all = all.filter_map(|(id, subnet)| Some((id.clone(), Subnet::clone(subnet.as_ref()?))));
    Material {
        seen: world.look(),
        ground: with(all.collect()),
        history: week(60_000.0),
    }
}

fn world() -> World {
    World::scaled(plan(&[]))
}

fn proposed(material: &Material) -> Box<Proposal> {
    match propose(&service(), "checkout", material, &Moved::default()) {
        Outcome::Plan(proposal) => proposal,
        other => panic!("{other:?}"),
    }
}

fn refused(material: &Material) -> Refusal {
    match propose(&service(), "checkout", material, &Moved::default()) {
        Outcome::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    }
}

fn codes(refusal: &Refusal) -> Vec<&str> {
    refusal.reasons.iter().map(|r| r.code.as_str()).collect()
}

#[test]
fn a_plain_service_gets_a_plan_with_its_reasons_in_comments() {
    let proposal = proposed(&material(&world()));
    assert_eq!(proposal.findings, []);
    insta::assert_snapshot!(proposal.text);
}

/// A plan that leaves its way to the service.
fn open() -> Plan {
    let mut open = plan(&[]);
    open.shift.choice = Choice::ByService(None);
    open
}

fn told(plan: &Plan, world: &World) -> Plan {
    settled(plan, (&world.look()).into()).into_owned()
}

#[test]
fn an_open_plan_goes_as_what_is_before_its_service_advises() {
    let mut world = world();
    let by_weights = told(&open(), &world);
    assert_eq!(by_weights.shift.way, Way::Weights);
    assert_eq!(by_weights.shift.steps.len(), 4);
    assert_eq!(by_weights.revision, open().revision);
    let why = by_weights.shift.choice.why();
    assert!(why.contains("dual-stack"), "{why}");
    by_families(&mut world);
    let led = told(&by_weights, &world);
    assert_eq!(led.shift.way, Way::Families);
    assert_eq!(led.health.latency_p99, None, "nobody measures it there");
    world.balancers[0].kind = "application".to_owned();
    let again = told(&led, &world);
    assert_eq!(again.health, open().health, "as the plan has it");
    live(&mut world).load_balancers.clear();
    let in_place = told(&again, &world);
    assert_eq!(in_place.shift.way.via(), "inPlace");
    assert_eq!(in_place.health.error_rate, None);
}

#[test]
fn an_open_plan_stays_on_its_way_where_a_look_does_not_tell_it() {
    let mut world = world();
    by_families(&mut world);
    let led = told(&open(), &world);
    let mut seen = world.look();
    seen.load_balancers = Known::Unknown(Why::new("denied"));
    let again = settled(&led, (&seen).into());
    assert_eq!(*again, led);
    let unsettled = open();
    let still = settled(&unsettled, (&seen).into());
    assert!(still.shift.choice.is_open());
}

#[test]
fn an_open_plan_stays_on_its_way_once_it_has_begun() {
    let mut world = world();
    let mut seen = world.look();
    let noted = [
        (tag::PLAN.to_owned(), open().uid.0),
        (tag::SHARE.to_owned(), "0".to_owned()),
    ];
    let mut derived = seen.ipv4_task_definition.seen().unwrap().clone();
    derived.tags.extend(noted);
    seen.twin_task_definition = Known::Seen(derived);
    let begun = settled(&open(), (&seen).into()).into_owned();
    assert_eq!(
        begun.shift.way.via(),
        "inPlace",
        "a load balancer came later"
    );
    by_families(&mut world);
    let led = told(&open(), &world);
    let mut seen = world.look();
    seen.ipv4 = Known::Absent;
    assert_eq!(*settled(&led, (&seen).into()), led);
}

#[test]
fn a_quiet_service_gets_longer_holds_and_one_that_nobody_calls_a_person() {
    let mut material = material(&world());
    material.history = week(540.0);
    let quiet = proposed(&material);
    let first = quiet.plan.shift.steps[0].clone();
    assert_eq!(first.weight.percent(), 10.0);
    assert_eq!(first.hold, Duration::from_secs(2 * HOUR));
    material.history = week(0.0);
    let silent = proposed(&material);
    assert!(
        silent.text.contains("onTooFew: approval"),
        "{}",
        silent.text
    );
    material.history = Known::Unknown(Why::new("cloudwatch:GetMetricData: denied"));
    let unknown = proposed(&material);
    assert!(unknown.text.contains("is not known"), "{}", unknown.text);
}

#[test]
fn what_cannot_be_waived_is_told_and_no_plan_is_written() {
    let changes: [(&str, Change); 8] = [
        ("controller", |w| {
            live(w).controller = "CODE_DEPLOY".to_owned()
        }),
        ("external", |w| {
            live(w).launch_type = Some("EXTERNAL".to_owned())
        }),
        ("daemon", |w| live(w).scheduling = "DAEMON".to_owned()),
        ("express", |w| live(w).express = true),
        ("classic", |w| live(w).load_balancers[0].target_group = None),
        ("windows", |w| {
            live(w).platform_family = Some("WINDOWS_SERVER".to_owned())
        }),
        ("load-balancer-ipv4", |w| {
            w.balancers[0].ip_address_type = "ipv4".to_owned()
        }),
        ("load-balancer-kind", |w| {
            w.balancers[0].kind = "gateway".to_owned()
        }),
    ];
    for (code, change) in changes {
        let mut world = world();
        change(&mut world);
        let refusal = refused(&material(&world));
        assert!(codes(&refusal).contains(&code), "{code}: {refusal:?}");
        assert!(
            refusal.reasons.iter().all(|r| !r.remedy.is_empty()),
            "{refusal:?}"
        );
    }
}

fn live(world: &mut World) -> &mut sixshift_core::observation::Service {
    world.ipv4.as_mut().unwrap()
}

#[test]
fn aws_advises_dns_where_there_are_no_weights() {
    let way = |change: fn(&mut World)| {
        let mut world = world();
        change(&mut world);
        refused(&material(&world)).way.map(|way| way.via())
    };
    let ipv4 = way(|w| w.balancers[0].ip_address_type = "ipv4".to_owned());
    assert_eq!(ipv4, Some("route53"));
}

#[test]
fn a_service_without_a_load_balancer_gets_a_plan_that_moves_it_in_place() {
    let changes: [Change; 3] = [
        |_| {},
        |w| live(w).scheduling = "DAEMON".to_owned(),
        |w| live(w).offered_ports = vec!["web".to_owned()],
    ];
    for change in changes {
        let mut world = World::worker(plan_in_place(&[]));
        change(&mut world);
        let proposal = proposed(&material(&world));
        assert_eq!(proposal.way.via(), "inPlace");
        let hold = proposal.plan.in_place().unwrap().proof.unwrap();
        assert_eq!(hold.as_secs(), 300);
        let codes: Vec<&str> = proposal.findings.iter().map(|f| f.code).collect();
        assert!(codes.contains(&"in-place-unwatched"), "{codes:?}");
        assert!(!proposal.findings.iter().any(|f| f.blocks()), "{codes:?}");
        assert!(proposal.text.contains("alarms: []"), "{}", proposal.text);
    }
}

#[test]
fn a_service_behind_a_network_load_balancer_gets_a_plan_that_leads_families() {
    let mut world = world();
    by_families(&mut world);
    world.plan = plan(&[]);
    let proposal = proposed(&material(&world));
    assert_eq!(proposal.way.via(), "nlb");
    let shares: Vec<String> = proposal
        .plan
        .shift
        .steps
        .iter()
        .map(|s| s.weight.to_string())
        .collect();
    assert_eq!(shares, ["IPv6 clients", "100 %"]);
    assert!(
        proposal.text.contains("- { clients: ipv6, hold: 15m }"),
        "{}",
        proposal.text
    );
    for uncounted in ["latencyP99:", "clientErrorRate:", "weight:"] {
        assert!(!proposal.text.contains(uncounted), "{}", proposal.text);
    }
    assert!(!proposal.findings.iter().any(|f| f.blocks()));
    world.listener = Some("UDP:53".to_owned());
    assert_eq!(codes(&refused(&material(&world))), ["nlb-datagrams"]);
}

#[test]
fn a_service_behind_vpc_lattice_gets_a_plan_that_moves_it_by_its_weights() {
    let mut world = World::new(plan(&[]));
    by_lattice(&mut world);
    let ground = std::sync::Arc::make_mut(&mut world.ground);
    let Known::Seen(groups) = &mut ground.groups else {
        panic!()
    };
    for rule in groups.values_mut().flat_map(|g| &mut g.ingress) {
        rule.ipv6.push("fd00:ec2:80::/64".to_owned());
    }
    world.plan = plan(&[]);
    let proposal = proposed(&material(&world));
    assert_eq!(proposal.way.via(), "lattice");
    assert_eq!(proposal.plan.shift.way.via(), "lattice");
    for told in ["via: lattice", "- { weight: 100% }", "VPC Lattice divides"] {
        assert!(proposal.text.contains(told), "{}", proposal.text);
    }
    assert!(!proposal.findings.iter().any(|f| f.blocks()));
    world.listener = Some("TLS_PASSTHROUGH:443".to_owned());
    assert_eq!(codes(&refused(&material(&world))), ["lattice-passthrough"]);
}

#[test]
fn what_is_a_judgement_is_left_to_whoever_reads_the_plan() {
    let mut world = world();
    world.groups[0].ipv4.as_mut().unwrap().protocol_version = Some("GRPC".to_owned());
    let proposal = proposed(&material(&world));
    let waiver = "  #     - { finding: grpc-unwatched, reason: WHY }\n";
    assert!(proposal.text.contains(waiver), "{}", proposal.text);
    let taken = proposal.text.replace("  # preflight:", "  preflight:");
    let taken = taken
        .replace("  #   waive:", "    waive:")
        .replace("  #     -", "      -");
    let plan = parse(Path::new("a.yaml"), &taken).unwrap_or_else(|d| panic!("{d}\n{taken}"));
    assert_eq!(plan[0].preflight.waive[0].finding, "grpc-unwatched");
}

#[test]
fn without_an_ipv6_only_subnet_the_way_to_one_is_told() {
    let mut material = material(&world());
    exchanged(&mut material, |all| {
        all.retain(|_, subnet| !subnet.ipv6_only)
    });
    let refusal = refused(&material);
    assert_eq!(codes(&refusal), ["no-ipv6-subnets"]);
    let remedy = &refusal.reasons[0].remedy;
    assert!(
        remedy.starts_with("sixshift prepare checkout --cluster prod "),
        "{remedy}"
    );
    material.ground = Known::Unknown(Why::new("ec2:DescribeSubnets: denied"));
    assert_eq!(codes(&refused(&material)), ["subnets-unread"]);
}

#[test]
fn a_route_is_moved_by_one_plan() {
    let material = material(&world());
    let mut moved = Moved::default();
    moved.add("shop", &material.seen);
    let outcome = propose(&service(), "checkout", &material, &moved);
    let Outcome::Refused(refusal) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(codes(&refusal), ["shared-route"]);
    assert!(
        refusal.reasons[0].message.ends_with("plan shop moves"),
        "{refusal:?}"
    );
}

#[test]
fn one_subnet_a_zone_is_named_and_the_others_are_told() {
    let mut material = material(&world());
    exchanged(&mut material, |all| {
        let twice = all[SUBNET_A].clone();
        all.insert("subnet-0f0f0f0f0f0f0f0f0".to_owned(), twice);
    });
    let proposal = proposed(&material);
    assert_eq!(proposal.plan.ipv6.subnets, [SUBNET_A, SUBNET_B]);
    let told = "They would do as well: subnet-0f0f0f0f0f0f0f0f0.";
    assert!(proposal.text.contains(told), "{}", proposal.text);
}

#[test]
fn what_sixshift_made_gets_no_plan_and_what_cannot_be_read_is_told() {
    let mut world = world();
    live(&mut world)
        .tags
        .insert(tag::PLAN.to_owned(), "0123456789".to_owned());
    let outcome = propose(&service(), "checkout", &material(&world), &Moved::default());
    assert!(matches!(outcome, Outcome::Twin), "{outcome:?}");
    let mut material = material(&self::world());
    material.seen.routes = Known::Unknown(Why::new("elasticloadbalancing:DescribeRules: denied"));
    assert_eq!(codes(&refused(&material)), ["unread"]);
    material.seen.ipv4 = Known::Absent;
    assert_eq!(codes(&refused(&material)), ["missing"]);
}

/// ECS takes letters, digits, dashes and underscores, 255 of them (botocore: ecs `CreateService.serviceName`).
fn ecs_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z0-9_-]{1,40}",
        "[A-Za-z0-9_-]{200,255}",
        prop::sample::select(vec![
            "true", "No", "null", "0x1f", "1e3", "-", "012", "y", "_"
        ])
        .prop_map(str::to_owned),
    ]
}

fn role() -> impl Strategy<Value = Option<(String, Option<String>)>> {
    let path = "[A-Za-z0-9+=,.@_/-]{1,60}";
    let id = prop::option::of("[A-Za-z0-9_+=,.@:/-]{2,60}");
    prop::option::of((path, id)).prop_map(|role| {
        let (path, id) = role?;
        Some((format!("arn:aws:iam::123456789012:role/{path}"), id))
    })
}

fn region() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "eu-central-1",
        "us-gov-west-1",
        "ap-southeast-3",
        "cn-north-1",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    /// Whatever AWS allows in names comes back from our own parser as what was meant.
    #[test]
    fn what_is_written_is_what_was_meant(
        name in ecs_name(), cluster in ecs_name(), region in region(), role in role(), rate in 0.0..1e7_f64,
    ) {
        let (role_arn, external_id) = role.unzip();
        let service = ServiceRef { region, cluster, name, role_arn, external_id: external_id.flatten() };
        let mut material = material(&world());
        material.history = week(rate);
        let name = name_of(&service, &BTreeSet::new());
        let Outcome::Plan(proposal) = propose(&service, &name, &material, &Moved::default()) else {
            // The twin's name would be too long.
            prop_assert!(service.name.len() > 239, "{service:?}");
            return Ok(());
        };
        let plan: &Plan = &proposal.plan;
        prop_assert_eq!(&plan.service, &service);
        prop_assert_eq!(&plan.name, &name);
        prop_assert_eq!(&plan.uid, &Plan::draft(&name, &service).uid);
        let again = parse(Path::new("b.yaml"), &proposal.text).unwrap();
        prop_assert_eq!(Document::from(&again[0]), Document::from(plan));
        prop_assert!(plan.shift.steps.len() >= 2);
    }
}
