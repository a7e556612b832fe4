//! Many plans at once: few calls, and the same ones in every run.

use std::collections::BTreeMap;

use futures::future::join_all;
use sixshift_core::{
    observation::{Look, Observation},
    plan::{Plan, Uid},
    share::Share,
};

use crate::ground::{Ground, pass, plan};

fn plans(ground: &Ground) -> Vec<Plan> {
    let numbered = |(n, service)| Plan {
        uid: Uid(format!("{n:010}")),
        ..plan(service)
    };
    ground.services.iter().enumerate().map(numbered).collect()
}

async fn looks(ground: &Ground, plans: &[Plan], look: Look) -> Vec<Observation> {
    join_all(plans.iter().map(|plan| ground.look(plan, look))).await
}

/// A fleet in a hold, and the calls of some minutes of light looks.
async fn hold(services: usize, minutes: u64) -> (Vec<Observation>, BTreeMap<String, u64>) {
    let ground = Ground::new("big-fleet", Some(services));
    let plans = plans(&ground);
    for plan in &plans {
        ground.make_twin(plan, 1).await;
        ground
            .set_share(plan, Share::from_basis_points(1_000))
            .await;
    }
    pass(40 * 60).await;
    looks(&ground, &plans, Look::Light).await;
    pass(60).await;
    let before = ground.hands.calls();
    let mut seen = Vec::new();
    for _ in 0..minutes {
        seen = looks(&ground, &plans, Look::Light).await;
        pass(60).await;
    }
    let after = ground.hands.calls();
    let made = |(name, n): (String, u64)| {
        (
            name.clone(),
            n - before.get(&name).copied().unwrap_or_default(),
        )
    };
    (
        seen,
        after
            .into_iter()
            .map(made)
            .filter(|(_, n)| *n > 0)
            .collect(),
    )
}

#[tokio::test(start_paused = true)]
async fn a_fleet_in_a_hold_shares_its_calls() {
    let (seen, calls) = hold(30, 10).await;
    assert!(
        seen.iter()
            .all(|o| o.recent.seen().is_some() && o.routes.seen().is_some())
    );
    // Two services a plan, ten a call; all figures and all rules in one call each.
    assert_eq!(calls["ecs:DescribeServices"], 60, "{calls:?}");
    assert_eq!(calls["cloudwatch:GetMetricData"], 10, "{calls:?}");
    assert!(
        calls["elasticloadbalancing:DescribeRules"] <= 13,
        "{calls:?}"
    );
    let every_minute = [
        "ecs:DescribeServices",
        "cloudwatch:GetMetricData",
        "elasticloadbalancing:DescribeRules",
    ];
    let slow: u64 = calls
        .iter()
        .filter(|(name, _)| !every_minute.contains(&name.as_str()))
        .map(|(_, n)| n)
        .sum();
    assert!(slow <= 12, "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_region_that_takes_twenty_names_at_most_tells_all_the_same() {
    let ground = Ground::new("big-fleet", Some(30));
    ground.region.with_world(|w| w.elb.short_lists = true);
    let plans = plans(&ground);
    for plan in &plans {
        ground.make_twin(plan, 1).await;
    }
    pass(20 * 60).await;
    let seen = looks(&ground, &plans, Look::Full).await;
    for look in &seen {
        let routes = look.routes.seen().map(Vec::len);
        assert_eq!(routes, Some(1), "{:?}", look.routes);
        assert!(look.pairs.seen().is_some(), "{:?}", look.pairs);
    }
}

#[tokio::test(start_paused = true)]
async fn two_runs_make_the_same_calls_and_see_the_same() {
    let once = async {
        let (seen, calls) = hold(3, 3).await;
        (seen, calls)
    };
    let first = once.await;
    let second = hold(3, 3).await;
    assert_eq!(first, second);
}

#[tokio::test(start_paused = true)]
async fn two_hundred_services_stay_near_the_fewest_calls_there_can_be() {
    let (_, calls) = hold(200, 20).await;
    let queries: usize = 200 * 10 + 20 * 2;
    let floor = (2 * 200_usize).div_ceil(10) + queries.div_ceil(500);
    let ratio = calls.values().sum::<u64>() as f64 / 20.0 / floor as f64;
    assert!(ratio <= 1.2, "{ratio}: {calls:?}");
}
