//! What a look sees, and what it must not claim to have seen.

use sixshift_aws::Asked;
use sixshift_core::{
    evidence::effective_share,
    observation::{Known, Look, Route, RouteId, Topic},
    plan::Plan,
    share::Share,
};
use sixshift_sim::faults::{Fault, Wrong};

use crate::ground::{Ground, listener, pass};

#[tokio::test(start_paused = true)]
async fn a_service_is_seen_whole_before_anything_is_made() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    let seen = ground.full(&plan).await;
    let service = seen.ipv4.seen().unwrap();
    assert_eq!(
        (service.name.as_str(), service.desired, service.running),
        ("checkout", 3, 3)
    );
    assert_eq!(service.tags["team"], "shop");
    assert_eq!(service.strategy, "ROLLING");
    assert!(service.primary().is_some() && !service.is_deploying());
    assert!(
        seen.twin.is_absent()
            && seen.twin_task_definition.is_absent()
            && seen.twin_tasks.is_absent()
    );
    assert_eq!(
        seen.ipv4_task_definition.seen().unwrap().network_mode,
        "awsvpc"
    );
    let pairs = seen.pairs.seen().unwrap();
    assert_eq!(pairs.len(), 1);
    let group = pairs[0].ipv4.seen().unwrap();
    assert_eq!(group.deregistration_delay().as_secs(), 60);
    assert_eq!(
        group
            .targets
            .seen()
            .unwrap()
            .iter()
            .filter(|t| t.is_healthy())
            .count(),
        3
    );
    assert!(pairs[0].ipv6.is_absent());
    let routes = seen.routes.seen().unwrap();
    assert_eq!(
        routes.iter().map(|r| &r.id).collect::<Vec<_>>(),
        [&listener(&ground.services[0].routes[0])]
    );
    let balancers = seen.load_balancers.seen().unwrap();
    assert_eq!(
        (
            balancers[0].ip_address_type.as_str(),
            balancers[0].zones.len()
        ),
        ("dualstack", 3)
    );
    assert_eq!(routes[0].load_balancer, balancers[0].arn);
    let scaling = seen.ipv4_scaling.seen().unwrap();
    assert_eq!((scaling.min, scaling.max), (3, 12));
    assert_eq!(scaling.policies[0].name, "requests-per-target");
    assert_eq!(scaling.scheduled[0].name, "before-the-morning");
    assert!(seen.twin_scaling.is_absent() && seen.before.is_absent());
    assert_eq!(seen.alarms, Known::Seen(Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_twin_is_seen_with_its_tasks_targets_and_share_of_the_traffic() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 3).await;
    pass(180).await;
    ground
        .set_share(&plan, Share::from_basis_points(2_500))
        .await;
    pass(15 * 60).await;
    let seen = ground.full(&plan).await;
    let tasks = seen.twin_tasks.seen().unwrap();
    assert_eq!(
        tasks
            .iter()
            .filter(|t| t.status == "RUNNING" && t.ipv6.is_some() && t.ipv4.is_none())
            .count(),
        3
    );
    let ipv6 = seen.pairs.seen().unwrap()[0].ipv6.seen().unwrap();
    assert_eq!(ipv6.ip_address_type, "ipv6");
    assert!(
        ipv6.targets
            .seen()
            .unwrap()
            .iter()
            .all(|t| t.is_healthy() && t.zone.is_some())
    );
    let series = seen.recent.seen().unwrap();
    let last = series.last(std::time::Duration::from_secs(300), seen.at);
    let share = effective_share(&last).unwrap().basis_points();
    assert!((2_300..2_700).contains(&share), "{share}");
    assert!(
        last.iter()
            .all(|p| p.is_reported() && p.p99_ipv6.is_some() && p.elb_requests.is_some()),
        "{last:?}"
    );
    assert!(seen.before.seen().unwrap().requests > 10_000.0);
    assert!(seen.long.unknown().is_some());
}

#[tokio::test(start_paused = true)]
async fn the_bake_is_asked_for_at_all_of_the_traffic() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 3).await;
    pass(180).await;
    ground.set_share(&plan, Share::ALL).await;
    pass(1200).await;
    let seen = ground.full(&plan).await;
    let long = seen.long.seen().unwrap();
    assert_eq!(long.period.as_secs(), 300);
    let covered = long.period * u32::try_from(long.len()).unwrap();
    assert!(covered >= plan.shift.bake, "{covered:?}");
    assert_eq!(
        effective_share(&long.last(std::time::Duration::from_secs(300), seen.at)),
        Some(Share::ALL)
    );
}

#[tokio::test(start_paused = true)]
async fn every_route_of_a_service_is_found() {
    let ground = Ground::new("many-routes", None);
    let plan = ground.plan();
    let seen = ground.full(&plan).await;
    let mut found: Vec<&str> = seen
        .routes
        .seen()
        .unwrap()
        .iter()
        .map(|r| r.id.arn())
        .collect();
    let mut expected: Vec<&str> = ground.services[0]
        .routes
        .iter()
        .map(String::as_str)
        .collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    for look in [
        ground.full(&plan).await,
        ground.look(&plan, Look::Light).await,
    ] {
        let routes = look.routes.seen().unwrap();
        let mut names: Vec<String> = routes.iter().map(Route::name).collect();
        names.sort_unstable();
        let expected = [
            "listener HTTPS:443 of checkout",
            "rule 10 (host partners.checkout.shop.example) of HTTPS:443 of checkout",
            "rule 20 (path /api/*) of HTTP:80 of checkout",
        ];
        assert_eq!(names, expected);
    }
    let sticky = seen
        .routes
        .seen()
        .unwrap()
        .iter()
        .filter(|r| r.forward.stickiness == Some(60))
        .count();
    assert_eq!(sticky, 1);
    let shared = |r: &&Route| matches!(r.id, RouteId::Rule(_)) && r.forward.groups.len() == 2;
    assert_eq!(seen.routes.seen().unwrap().iter().filter(shared).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_asks_once_asks_again_for_what_aws_was_too_busy_to_tell() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    let asked = Asked::full(ground.now());
    for call in [
        "ecs:DescribeServices",
        "elbv2:DescribeListeners",
        "ec2:DescribeRouteTables",
    ] {
        let wrong = Fault::next(call, Wrong::Throttle, 4);
        ground.region.inject(wrong);
        assert!(ground.full(&plan).await.passing().is_some(), "{call}");
    }
    let seen = ground.hands.observe_patiently(&plan, asked).await;
    assert_eq!(seen.passing(), None);
    assert!(seen.routes.seen().is_some() && seen.ground.seen().is_some());
}

#[tokio::test(start_paused = true)]
async fn who_asks_again_asks_for_nothing_that_aws_did_tell() {
    let calls = async |busy: u32| {
        let ground = Ground::new("healthy", None);
        let (plan, asked) = (ground.plan(), Asked::full(ground.now()));
        let wrong = Fault::next("elbv2:DescribeTargetHealth", Wrong::Throttle, busy);
        ground.region.inject(wrong);
        let seen = ground.hands.observe_patiently(&plan, asked).await;
        assert_eq!(seen.passing(), None);
        ground.hands.calls().values().sum::<u64>()
    };
    let once = calls(0).await;
    // The two tries of the first look, and one of the second.
    assert_eq!(calls(2).await, once + 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_throttled_twice_is_unknown_and_what_is_throttled_once_is_seen() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground
        .region
        .inject(Fault::next("ecs:DescribeServices", Wrong::Throttle, 1));
    assert!(ground.full(&plan).await.ipv4.seen().is_some());
    ground
        .region
        .inject(Fault::next("ecs:DescribeServices", Wrong::Throttle, 2));
    let seen = ground.full(&plan).await;
    let why = seen.ipv4.unknown().unwrap().to_string();
    assert!(
        why.contains("ecs:DescribeServices") && why.contains("request"),
        "{why}"
    );
    assert!(
        seen.twin.unknown().is_some()
            && seen.pairs.unknown().is_some()
            && seen.routes.unknown().is_some()
    );
    assert!(seen.recent.unknown().is_some() && seen.before.unknown().is_some());
    assert_eq!(ground.hands.throttled(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_partial_answer_of_cloudwatch_is_no_evidence() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 1).await;
    pass(600).await;
    ground.region.inject(Fault::next(
        "cloudwatch:GetMetricData",
        Wrong::PartialData,
        2,
    ));
    let seen = ground.full(&plan).await;
    assert!(
        seen.recent
            .unknown()
            .unwrap()
            .to_string()
            .contains("PartialData"),
        "{:?}",
        seen.recent
    );
    assert!(ground.full(&plan).await.recent.seen().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_light_look_in_a_hold_reads_services_routes_and_metrics_only() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 3).await;
    pass(180).await;
    ground
        .set_share(&plan, Share::from_basis_points(1_000))
        .await;
    pass(40 * 60).await;
    ground.look(&plan, Look::Light).await;
    let before = ground.hands.calls();
    pass(60).await;
    let seen = ground.look(&plan, Look::Light).await;
    assert!(
        seen.routes.seen().is_some()
            && seen.recent.seen().is_some()
            && seen.twin_tasks.seen().is_some()
    );
    let mut made = ground.hands.calls();
    made.retain(|name, n| before.get(name) != Some(n));
    let names: Vec<&str> = made.keys().map(String::as_str).collect();
    let expected = [
        "cloudwatch:GetMetricData",
        "ecs:DescribeServices",
        "elasticloadbalancing:DescribeListeners",
    ];
    assert_eq!(names, expected);
}

/// The calls of an operation that one closer look makes, a little after a light one of the same round.
async fn closer(ground: &Ground, plan: &Plan, look: Look) -> Vec<String> {
    let since = ground.now();
    ground.look(plan, Look::Light).await;
    let before = ground.hands.calls();
    pass(1).await;
    let asked = Asked::full(ground.now());
    let asked = Asked {
        look,
        since,
        ..asked
    };
    ground.hands.observe(plan, asked).await;
    let mut made = ground.hands.calls();
    made.retain(|name, n| before.get(name) != Some(n));
    // Minutes that are not complete are not remembered.
    made.remove("cloudwatch:GetMetricData");
    made.into_keys().collect()
}

#[tokio::test(start_paused = true)]
async fn a_closer_look_of_a_round_reads_what_it_covers_and_nothing_twice() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 3).await;
    pass(3600).await;
    ground.full(&plan).await;
    pass(60).await;
    let scaling = closer(&ground, &plan, Look::Close(&[Topic::Scaling])).await;
    assert_eq!(scaling, ["application-autoscaling:DescribeScalableTargets"]);
    pass(60).await;
    let groups = closer(&ground, &plan, Look::Close(&[Topic::TargetGroups])).await;
    let expected = [
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DescribeTargetGroups",
    ];
    assert_eq!(groups, expected);
    pass(60).await;
    let full = closer(&ground, &plan, Look::Full).await;
    let is_read = |call: &str| full.iter().any(|name| name == call);
    assert!(
        is_read("elasticloadbalancing:DescribeTargetHealth") && is_read("ecs:ListTasks"),
        "{full:?}"
    );
    assert!(!is_read("ecs:DescribeServices"), "{full:?}");
}

#[tokio::test(start_paused = true)]
async fn a_role_is_assumed_for_what_a_plan_reads() {
    let ground = Ground::new("healthy", None);
    let mut plan = ground.plan();
    plan.service.role_arn = Some("arn:aws:iam::123456789012:role/sixshift".to_owned());
    assert!(ground.full(&plan).await.ipv4.seen().is_some());
    let calls = ground.region.counters().calls;
    assert_eq!(calls.get("sts:AssumeRole"), Some(&1), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_role_that_was_not_given_at_once_is_asked_for_again() {
    for wrong in [Wrong::Throttle, Wrong::LostReply] {
        let ground = Ground::new("healthy", None);
        let mut plan = ground.plan();
        plan.service.role_arn = Some("arn:aws:iam::123456789012:role/sixshift".to_owned());
        plan.service.external_id = Some("sixshift-4f1c".to_owned());
        ground
            .region
            .inject(Fault::next("sts:AssumeRole", wrong, 1));
        let seen = ground.full(&plan).await;
        assert!(seen.ipv4.seen().is_some(), "{:?}", seen.ipv4);
    }
}

#[tokio::test(start_paused = true)]
async fn the_clocks_are_compared_with_aws_own_dates() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    assert_eq!(ground.hands.date_skew(ground.now()), None);
    ground.full(&plan).await;
    pass(30).await;
    let behind = ground.now() - jiff::SignedDuration::from_mins(5);
    let skew = ground.hands.date_skew(behind).unwrap().as_secs();
    assert!((298..=301).contains(&skew), "{skew}");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_was_not_well_is_looked_at_again_in_a_light_look() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 2).await;
    let healthy = |seen: &sixshift_core::observation::Observation| {
        let group = seen.pairs.seen().unwrap()[0].ipv6.seen().unwrap().clone();
        group
            .targets
            .seen()
            .unwrap()
            .iter()
            .filter(|t| t.is_healthy())
            .count()
    };
    pass(45).await;
    assert!(healthy(&ground.full(&plan).await) < 2);
    // Long after the deployment is no longer young.
    pass(3600).await;
    assert_eq!(healthy(&ground.look(&plan, Look::Light).await), 2);
    let before = ground.hands.calls();
    pass(60).await;
    ground.look(&plan, Look::Light).await;
    let health = "elasticloadbalancing:DescribeTargetHealth";
    assert_eq!(ground.hands.calls()[health], before[health]);
}
