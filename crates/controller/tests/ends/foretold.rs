//! What a check foretells where a plan may waive it: the plan stops at it; and where somebody waives it all the same, what it
//! foretold is what AWS has and customers see.
//!
//! What AWS itself refuses is shown where no daemon is needed for it (`crates/aws/tests/region/foretold.rs`).

use std::collections::BTreeSet;

use jiff::SignedDuration;
use sixshift_core::{
    readiness::{Severity, Waiving, checks},
    status::{Phase, Status, WaitingOn},
};
use sixshift_sim::{
    Value,
    scenario::{
        self, Built,
        flaws::{self, FLAWS, Shows},
    },
    services::{self, Service},
    world::{
        script::{Act, Actor, Trigger},
        traffic::Traffic,
    },
};

use crate::migration::{Stage, in_virtual_time, twin};

/// Checks that a flaw of the region shows, which tells how; a test each.
macro_rules! by_flaw {
    ($($name:ident: $check:literal by $flaw:literal),* $(,)?) => {
        const BY_FLAW: &[(&str, &str)] = &[$(($check, $flaw)),*];

        $(#[test]
        fn $name() {
            in_virtual_time(shown($check, $flaw));
        })*
    };
}

by_flaw! {
    a_flaw_ipv6_disabled: "ipv6-disabled" by "ipv6-disabled",
    a_flaw_ipv4_address: "ipv4-address" by "ipv4-address",
    a_flaw_java_prefers_ipv4: "java-prefers-ipv4" by "java-prefers-ipv4",
    a_flaw_image_ipv4: "image-ipv4" by "image-ipv4",
    a_flaw_image_isolated: "image-partition" by "image-isolated",
    a_flaw_efs_ipv4: "efs-mount-targets" by "efs-ipv4",
    a_flaw_endpoint_pinned: "pinned-endpoint" by "endpoint-pinned",
    a_flaw_database_ipv4: "database" by "database-ipv4",
    a_flaw_database_closed: "database-groups" by "database-closed",
    a_flaw_log_endpoint_ipv4: "log-endpoint" by "log-endpoint-ipv4",
    a_flaw_log_address: "log-address" by "log-address",
    a_flaw_bucket_ipv4: "bucket-addresses" by "bucket-ipv4",
    a_flaw_environment_file_ipv4: "bucket-addresses" by "environment-file-ipv4",
    a_flaw_vcpus_used_up: "fargate-vcpus" by "vcpus-used-up",
    a_flaw_no_dns: "vpc-resolver" by "no-dns",
    a_flaw_public_access_blocked: "subnet-blocked" by "public-access-blocked",
    a_flaw_own_resolver: "dhcp-resolvers" by "own-resolver",
    a_flaw_no_ipv6_route: "default-route" by "no-ipv6-route",
    a_flaw_dead_egress_gateway: "default-route" by "dead-egress-gateway",
    a_flaw_dns64_without_nat64: "dns64-without-nat64" by "dns64-without-nat64",
    a_flaw_nat_gateway_inside: "nat64-gateway" by "nat-gateway-inside",
    a_flaw_acl_without_answers_out: "acl-balancer" by "acl-without-answers-out",
    a_flaw_balancer_acl_without_ipv6_out: "acl-balancer-out" by "balancer-acl-without-ipv6-out",
    a_flaw_acl_without_answers_in: "acl-out" by "acl-without-answers-in",
    a_flaw_group_without_ipv6: "group-balancer" by "group-without-ipv6",
    a_flaw_group_without_egress: "group-out" by "group-without-egress",
    a_flaw_balancer_without_ipv6_out: "balancer-group-out" by "balancer-without-ipv6-out",
    a_flaw_ecr_api_endpoint_ipv4: "endpoint-answers-ipv4" by "ecr-api-endpoint-ipv4",
    a_flaw_ecr_api_endpoint_policy: "endpoint-policy" by "ecr-api-endpoint-policy",
    a_flaw_ecr_api_endpoint_closed: "endpoint-groups" by "ecr-api-endpoint-closed",
}

/// Those that show in a way of their own, each in a test of that name, here or beside other stories of its way.
const APART: &[&str] = &[
    "image-ecr",
    "one-zone",
    "sign-in-ipv4",
    "grpc-unwatched",
    "step-scaling",
    "lattice-shut-out",
];

/// Those that no region shows, and why.
const NOT_HERE: &[(&str, &str)] = &[
    (
        "fsx",
        "only Windows mounts FSx for Windows File Server, and AWS refuses Windows on IPv6 alone (`windows`)",
    ),
    (
        "subnet-assigns",
        "EC2 refuses to turn it off in a subnet of IPv6 alone, and any other is `subnet-ipv4`",
    ),
    (
        "gateway-attached",
        "EC2 shows a route to a gateway that is not attached as a blackhole (`default-route`), but for the moment in which it is \
         being attached",
    ),
    (
        "name-servers",
        "ECS refuses dnsServers beside awsvpc, and without awsvpc there is `network-mode`",
    ),
    (
        "extra-hosts",
        "ECS refuses extraHosts beside awsvpc, and without awsvpc there is `network-mode`",
    ),
];

/// Nothing more comes after so many minutes in which nothing changed: longer than any hold.
const SETTLED: u32 = 12;

fn built(scenario: &str) -> Built {
    scenario::build(scenario, Some(1), 1).unwrap()
}

fn call(stage: &Stage, service: Service, op: &str, fields: &[(&str, Value)]) -> Value {
    let input = Value::map(fields.iter().map(|(k, v)| (*k, v.clone())));
    let done = stage
        .region
        .with_world(|world| services::call(world, service, op, &input));
    done.unwrap_or_else(|refusal| panic!("{op}: {refusal:?}"))
}

fn groups(stage: &Stage) -> usize {
    let all = call(stage, Service::Elbv2, "DescribeTargetGroups", &[]);
    all.get("TargetGroups").items().len()
}

fn customers(stage: &Stage) -> Traffic {
    let name = stage.service.name.clone();
    stage.region.with_world(|world| world.traffic()[&name])
}

/// What a plan stops at.
fn blocking(check: &str, status: &Status) -> BTreeSet<&'static str> {
    let Some(WaitingOn::Findings { findings }) = &status.waiting_on else {
        panic!("{check}: {}", status.sentence);
    };
    findings
        .iter()
        .filter(|f| f.blocks())
        .map(|f| f.code)
        .collect()
}

/// The plan of a stage with waivers.
fn waived(stage: &mut Stage, findings: &BTreeSet<&'static str>) {
    let waivers = findings
        .iter()
        .map(|f| format!("{{ finding: {f}, reason: let us see }}"));
    let waivers = waivers.collect::<Vec<_>>().join(", ");
    let waive = format!("\nspec:\n  preflight: {{ waive: [{waivers}] }}\n");
    stage.plan = stage.plan.replacen("\nspec:\n", &waive, 1);
}

/// Carried out in spite of whatever stops it before anything is made, `check` among it.
async fn in_spite_of(stage: &mut Stage, check: &str) -> Status {
    let before = groups(stage);
    let stopped = blocking(check, &stage.run_until(3, |_| {}).await);
    assert!(stopped.contains(check), "{check}: {stopped:?}");
    assert_eq!(groups(stage), before, "{check}: nothing is made");
    assert_eq!(customers(stage).failed_on_ipv6, 0, "{check}");
    waived(stage, &stopped);
    stage.run_until(SETTLED, |_| {}).await
}

/// Why tasks of the twin did not start, as ECS says.
fn not_started(stage: &Stage) -> Vec<String> {
    let name = format!("{}-ipv6", stage.service.name);
    let cluster = ("cluster", stage.service.cluster.as_str().into());
    let asked = [
        cluster.clone(),
        ("serviceName", name.as_str().into()),
        ("desiredStatus", "STOPPED".into()),
    ];
    let listed = call(stage, Service::Ecs, "ListTasks", &asked);
    let arns = listed.get("taskArns").clone();
    if arns.items().is_empty() {
        return Vec::new();
    }
    let told = call(
        stage,
        Service::Ecs,
        "DescribeTasks",
        &[cluster, ("tasks", arns)],
    );
    let tasks = told.get("tasks").items().iter();
    let failed = tasks.filter(|t| t.get("stopCode").as_str() == Some("TaskFailedToStart"));
    failed
        .filter_map(|t| t.get("stoppedReason").as_str())
        .map(str::to_owned)
        .collect()
}

/// What ECS tells of the twin.
fn events(stage: &Stage) -> Vec<String> {
    let name = format!("{}-ipv6", stage.service.name);
    let asked = [
        ("cluster", stage.service.cluster.as_str().into()),
        ("services", Value::list([name])),
    ];
    let told = call(stage, Service::Ecs, "DescribeServices", &asked);
    let events = told.get("services").items()[0]
        .get("events")
        .items()
        .to_vec();
    let messages = events.iter().filter_map(|e| e.get("message").as_str());
    messages.map(str::to_owned).collect()
}

/// The IPv6 side's healthy targets.
fn healthy(stage: &Stage) -> usize {
    let group = twin(&stage.region, &stage.service).0.ipv6_group_arn;
    let asked = [("TargetGroupArn", group.into())];
    let told = call(stage, Service::Elbv2, "DescribeTargetHealth", &asked);
    let targets = told.get("TargetHealthDescriptions").items().iter();
    targets
        .filter(|t| t.get("TargetHealth").get("State").as_str() == Some("healthy"))
        .count()
}

/// What the IPv6 side still gets of each route.
fn on_ipv6(stage: &Stage) -> Vec<f64> {
    let (names, twin) = twin(&stage.region, &stage.service);
    let routes = twin.shares().into_values();
    routes
        .map(|shares| {
            shares
                .get(&names.ipv6_group_arn)
                .copied()
                .unwrap_or_default()
        })
        .collect()
}

fn never_started(check: &str, stage: &Stage, status: &Status, why: &str) {
    let told = not_started(stage);
    let as_foretold = !told.is_empty() && told.iter().all(|reason| reason.contains(why));
    assert!(as_foretold, "{check}: {told:?}");
    assert!(status.phase <= Phase::Warm, "{check}: {}", status.sentence);
    assert!(on_ipv6(stage).iter().all(|s| *s == 0.0), "{check}");
    assert_eq!(customers(stage).failed, 0, "{check}");
}

fn never_healthy(check: &str, stage: &Stage, status: &Status, why: &str) {
    let told = events(stage);
    assert!(told.iter().any(|e| e.contains(why)), "{check}: {told:?}");
    assert_eq!(healthy(stage), 0, "{check}");
    assert!(status.phase <= Phase::Warm, "{check}: {}", status.sentence);
    assert!(on_ipv6(stage).iter().all(|s| *s == 0.0), "{check}");
    assert_eq!(customers(stage).failed, 0, "{check}");
}

fn fails_customers_and_is_taken_back(check: &str, stage: &Stage, status: &Status) {
    let seen = customers(stage);
    assert!(seen.failed_on_ipv6 > 0, "{check}: {}", status.sentence);
    assert_eq!(seen.failed, seen.failed_on_ipv6, "{check}");
    assert_eq!(
        status.phase,
        Phase::RolledBack,
        "{check}: {}",
        status.sentence
    );
    assert!(on_ipv6(stage).iter().all(|s| *s == 0.0), "{check}");
}

async fn shown(check: &str, flaw: &str) {
    let mut built = built("healthy");
    let planted = flaws::plant(&mut built, flaw).unwrap();
    let mut stage = Stage::of(built);
    let status = in_spite_of(&mut stage, check).await;
    match planted.shows {
        Shows::NotStarted(why) => never_started(check, &stage, &status, why),
        Shows::NotPlaced(why) | Shows::Unhealthy(why) => never_healthy(check, &stage, &status, why),
        Shows::Failing => fails_customers_and_is_taken_back(check, &stage, &status),
    }
}

#[test]
fn an_image_by_its_old_name_is_not_pulled() {
    let mut built = built("healthy");
    flaws::plant(&mut built, "nat64-without-dns64").unwrap();
    let mut stage = Stage::of(built);
    let by_plan = "taskDefinition: { ecrDualStack: false, ";
    stage.plan = stage.plan.replacen("taskDefinition: { ", by_plan, 1);
    let status = in_virtual_time(in_spite_of(&mut stage, "image-ecr"));
    never_started("image-ecr", &stage, &status, "CannotPullContainerError");
}

/// Requests that failed when a zone was lost while IPv6 had all of them, and where the plan stands then.
fn when_a_zone_fails(subnets: usize) -> (u64, Phase) {
    let mut built = built("healthy");
    let service = &mut built.services[0];
    service.ipv6_subnets.truncate(subnets);
    let first = built.world.network.subnet(&service.ipv6_subnets[0]);
    let zone = first.unwrap().az.clone();
    let trigger = Trigger::Ipv6Share {
        service: service.name.clone(),
        at_least: 1.0,
        lasting: SignedDuration::from_mins(5),
    };
    built.world.add_actor(Actor {
        name: "a fire".to_owned(),
        trigger,
        act: Act::LoseZone { zone },
    });
    let mut stage = Stage::of(built);
    let status = if subnets == 1 {
        in_virtual_time(in_spite_of(&mut stage, "one-zone"))
    } else {
        in_virtual_time(stage.run_until(SETTLED, |_| {}))
    };
    (customers(&stage).failed_on_ipv6, status.phase)
}

#[test]
fn a_zone_that_fails_takes_all_of_one_zone() {
    let (of_three, _) = when_a_zone_fails(3);
    let (of_one, phase) = when_a_zone_fails(1);
    assert!(of_one > 2 * of_three, "{of_one}, {of_three} of three zones");
    assert_eq!(phase, Phase::RolledBack);
}

#[test]
fn nobody_signs_in_without_public_ipv4() {
    let stage = Stage::new("many-routes");
    assert_eq!(customers(&stage).failed, 0);
    let all = call(&stage, Service::Elbv2, "DescribeLoadBalancers", &[]);
    let balancer = all.get("LoadBalancers").items()[0].get("LoadBalancerArn");
    let without = [
        ("LoadBalancerArn", balancer.clone()),
        ("IpAddressType", "dualstack-without-public-ipv4".into()),
    ];
    call(&stage, Service::Elbv2, "SetIpAddressType", &without);
    let mut stage = stage;
    in_virtual_time(in_spite_of(&mut stage, "sign-in-ipv4"));
    assert!(customers(&stage).failed > 0);
}

#[test]
fn calls_that_nothing_counts_fail_to_the_end() {
    let mut built = built("grpc");
    built.services[0].alarms.clear();
    let mut stage = Stage::of(built);
    let status = in_virtual_time(in_spite_of(&mut stage, "grpc-unwatched"));
    assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
    assert!(customers(&stage).failed_on_ipv6 > 0);
}

/// A service that steps alone scale, whose customers become three times as many once IPv6 has all of them.
fn growing_by_steps() -> Stage {
    let mut built = built("step-scaling");
    let name = built.services[0].name.clone();
    let image = format!("{name}:v1");
    let app = built.world.behaviours.get_mut(&image).unwrap();
    app.bears = Some(40.0);
    built.world.add_actor(Actor {
        name: "a campaign".to_owned(),
        trigger: Trigger::Ipv6Share {
            service: name.clone(),
            at_least: 1.0,
            lasting: SignedDuration::from_mins(5),
        },
        act: Act::Busier {
            service: name.clone(),
            factor: 3.0,
        },
    });
    let stage = Stage::of(built);
    let tracking = [
        ("ServiceNamespace", "ecs".into()),
        ("ScalableDimension", "ecs:service:DesiredCount".into()),
        (
            "ResourceId",
            format!("service/{}/{name}", stage.service.cluster).into(),
        ),
        ("PolicyName", "requests-per-target".into()),
    ];
    let op = "DeleteScalingPolicy";
    call(&stage, Service::AutoScaling, op, &tracking);
    stage
}

/// It is found once the twin has its policies: the plan stops before the first customer.
#[test]
fn what_no_alarm_scales_does_not_grow() {
    const CHECK: &str = "step-scaling";
    let stage = growing_by_steps();
    let status = in_virtual_time(stage.run_until(SETTLED, |_| {}));
    let stopped = blocking(CHECK, &status);
    assert_eq!(stopped, BTreeSet::from([CHECK]));
    assert_eq!(customers(&stage).failed, 0);
    let mut stage = growing_by_steps();
    waived(&mut stage, &stopped);
    let status = in_virtual_time(stage.run_until(SETTLED, |_| {}));
    // The IPv4 side, idle until then, has to grow as well.
    assert!(customers(&stage).failed_on_ipv6 > 0);
    assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
}

#[test]
fn every_check_that_can_be_waived_is_shown_here() {
    let shown: BTreeSet<&str> = BY_FLAW
        .iter()
        .map(|(check, _)| *check)
        .chain(APART.iter().copied())
        .chain(NOT_HERE.iter().map(|(check, _)| *check))
        .collect();
    let foretell = checks().filter(|c| c.severity == Severity::Block);
    let waivable = foretell.filter(|c| c.waiving == Waiving::ByReason);
    assert_eq!(shown, waivable.map(|c| c.name).collect());
    let flaws: BTreeSet<&str> = BY_FLAW.iter().map(|(_, flaw)| *flaw).collect();
    let known: BTreeSet<&str> = FLAWS.iter().map(|f| f.name).collect();
    assert!(flaws.is_subset(&known));
}
