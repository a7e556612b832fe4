//! One full look at AWS for each plan of some files, and what lies ahead by it.
//!
//! What belongs here: reads. What must not: a write (a test holds the region's own record against that).

use std::collections::BTreeMap;

use anyhow::Context;
use sixshift_api::model::Foresight;
use sixshift_controller::{Asked, Clock, Hands};
use sixshift_core::{
    facts::{Facts, Lack},
    foresee::{MOST_ROUNDS, foresee},
    observation::{Observation, RouteId},
    plan::Plan,
    proposal::settled,
};
use tokio::task::JoinSet;

use super::visible;
use crate::skew;

/// What lies ahead of plans, by AWS alone: what people said to a daemon is not known here.
///
/// # Errors
/// A simulated region's clock cannot be read.
pub(super) fn ahead_of(plans: Vec<Plan>, region: Option<&str>) -> anyhow::Result<Vec<Foresight>> {
    let clock = skew::clock(region)?;
    let seen = looked(plans, &clock)?;
    let now = clock.now();
    let shared = shared_routes(&seen);
    let doubt = clock.doubt().map(|why| Lack::Clock { why });
    let each = seen.iter().map(|(plan, seen)| {
        let lacking = shared.get(&plan.name).cloned().or_else(|| doubt.clone());
        let facts = Facts {
            lacking,
            ..Facts::default()
        };
        let foreseen = foresee(plan, &facts, seen, now, MOST_ROUNDS);
        visible(&sixshift_api::foresight(plan, &foreseen))
    });
    each.collect()
}

/// One full look for each of some plans, in their order.
///
/// # Errors
/// A simulated region's clock cannot be read.
pub(crate) fn look(
    plans: Vec<Plan>,
    region: Option<&str>,
) -> anyhow::Result<Vec<(Plan, Observation)>> {
    looked(plans, &skew::clock(region)?)
}

fn looked(plans: Vec<Plan>, clock: &Clock) -> anyhow::Result<Vec<(Plan, Observation)>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(all(plans, clock))
}

/// All at once: what several plans ask for is asked once.
async fn all(plans: Vec<Plan>, clock: &Clock) -> anyhow::Result<Vec<(Plan, Observation)>> {
    let hands = Hands::from_environment(clock.rate()).await;
    let asked = Asked::full(clock.now());
    let mut looks = JoinSet::new();
    for (place, plan) in plans.into_iter().enumerate() {
        let hands = hands.clone();
        looks.spawn(async move {
            let seen = hands.observe_patiently(&plan, asked).await;
            let plan = settled(&plan, (&seen).into()).into_owned();
            (place, (plan, seen))
        });
    }
    let mut seen = BTreeMap::new();
    while let Some(look) = looks.join_next().await {
        let (place, look) = look.context("a look at AWS broke off")?;
        seen.insert(place, look);
    }
    clock.compare(hands.date_skew(clock.now()));
    Ok(seen.into_values().collect())
}

/// Plans that move a route of another's: the daemon moves neither.
fn shared_routes(seen: &[(Plan, Observation)]) -> BTreeMap<String, Lack> {
    let mut moved: BTreeMap<&RouteId, Vec<(&Plan, String)>> = BTreeMap::new();
    for (plan, seen) in seen {
        for route in seen.routes.seen().into_iter().flatten() {
            let by = moved.entry(&route.id).or_default();
            by.push((plan, route.name()));
        }
    }
    let mut shared = BTreeMap::new();
    for plans in moved.values().filter(|plans| plans.len() > 1) {
        for (plan, route) in plans {
            let Some((other, _)) = plans.iter().find(|(other, _)| other.name != plan.name) else {
                continue;
            };
            let at = (other.origin.file.display(), other.origin.line);
            let lack = Lack::OwnRoute {
                route: route.clone(),
                other: format!("plan {} ({}:{})", other.name, at.0, at.1),
            };
            shared.entry(plan.name.clone()).or_insert(lack);
        }
    }
    shared
}
