//! The figures that a plan names itself, of both sides.
//!
//! What belongs here: what its words stand for on a side, and how the figures of several target groups are one. What must not: what they
//! prove ([`sixshift_core::evidence`]).

use std::{collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use sixshift_core::{
    evidence::{Figures, METRIC_DELAY, Readings, gauge_window},
    names,
    observation::{Known, Why},
    plan::{Gauge, Place, Plan},
};

use super::{
    Behind, Query, Sides, Window, is_all_on_ipv6,
    lines::{self, Around},
    read::Own,
    values, window,
};
use crate::{observe::Ages, region::Region};

/// The points of each of the plan's metrics, in its order; nothing is asked before there is anything of the plan's to judge.
pub(in super::super) async fn readings(
    region: &Region,
    plan: &Plan,
    around: Around<'_>,
    now: Timestamp,
    ages: Ages,
) -> Vec<Known<Readings>> {
    let Around {
        ipv4,
        pairs,
        routes,
        ..
    } = around;
    let sides = match pairs {
        _ if plan.health.metrics.is_empty() => return Vec::new(),
        Known::Seen(pairs) => Sides::of(pairs),
        Known::Absent => Ok(Sides::default()),
        Known::Unknown(why) => Err(why.clone()),
    };
    // In place all of it is read from the beginning: it is one hold.
    let is_empty = || ipv4.seen().is_none_or(|s| s.desired == 0);
    let bakes = plan.in_place().is_some()
        || plan.is_by_names()
        || plan.is_by_tasks() && is_empty()
        || is_all_on_ipv6(pairs, routes);
    let lines = lines::of(region, plan, around, bakes, now, ages).await;
    let mut patterns = 0..;
    let gauges = plan.health.metrics.iter();
    let all = gauges.map(|gauge| {
        // By their order among those that count lines.
        let pattern = gauge.lines().and_then(|_| patterns.next());
        let read = pattern.map(|index| lines.readings(gauge, index));
        let asked = asked(plan, gauge, &sides);
        async move {
            if let Some(read) = read {
                return read;
            }
            match asked {
                Ok(asked) => of(region, (plan, gauge, bakes), asked, now, ages).await,
                Err(why) => Known::Unknown(why),
            }
        }
    });
    futures::future::join_all(all).await
}

/// What is asked of each side.
struct Asked {
    ipv4: BTreeSet<Query>,
    ipv6: BTreeSet<Query>,
}

fn asked(plan: &Plan, gauge: &Gauge, sides: &Result<Sides, Why>) -> Result<Asked, Why> {
    let cluster = plan.service.cluster.as_str();
    let none = Sides::default();
    let sides = match sides {
        Ok(sides) => sides,
        Err(why) if gauge.is_of_a_balancer() => return Err(why.clone()),
        Err(_) => &none,
    };
    let of_side = |service: &str, groups: &[Behind]| -> BTreeSet<Query> {
        let place = Place {
            service,
            cluster,
            ..Place::default()
        };
        if !gauge.is_of_a_balancer() {
            return query(gauge, &place).into_iter().collect();
        }
        let behind = groups.iter().map(|(load_balancer, target_group)| Place {
            load_balancer,
            target_group,
            ..place
        });
        behind.filter_map(|place| query(gauge, &place)).collect()
    };
    let ipv4 = of_side(&plan.service.name, &sides.ipv4);
    if plan.in_place().is_some() || !gauge.has_sides() {
        // One figure for all: it is IPv6's by then.
        return Ok(Asked {
            ipv4: BTreeSet::new(),
            ipv6: ipv4,
        });
    }
    let twin = names::service(plan);
    let ipv6 = of_side(&twin, &sides.ipv6);
    Ok(Asked { ipv4, ipv6 })
}

fn query(gauge: &Gauge, place: &Place<'_>) -> Option<Query> {
    Own::of(gauge.source.at(place)).map(|own| Query::Own(Arc::new(own)))
}

async fn of(
    region: &Region,
    (plan, gauge, bakes): (&Plan, &Gauge, bool),
    asked: Asked,
    now: Timestamp,
    ages: Ages,
) -> Known<Readings> {
    let now = now.as_second();
    let period = i64::try_from(gauge.period.as_secs()).unwrap_or(60);
    let window = window(now, period, gauge_window(plan, gauge, bakes) + METRIC_DELAY);
    let all = asked.ipv4.union(&asked.ipv6).cloned().collect();
    match values(region, all, window, now, ages).await {
        Ok(values) => {
            let side = |queries: &BTreeSet<Query>| {
                let lists: Vec<_> = queries.iter().filter_map(|q| values.get(q)).collect();
                worst(gauge, &lists, window)
            };
            let start = Timestamp::from_second(window.start).unwrap_or(Timestamp::UNIX_EPOCH);
            let (ipv4, ipv6) = (side(&asked.ipv4), side(&asked.ipv6));
            Known::Seen(Readings::new(start, gauge.period, ipv4, ipv6))
        }
        Err(why) => Known::Unknown(why),
    }
}

/// Of several target groups the worst one speaks, as it does for latency.
fn worst(gauge: &Gauge, lists: &[&Vec<Option<f64>>], window: Window) -> Figures {
    if lists.is_empty() {
        return Figures::default();
    }
    let worse = if gauge.is_at_least() {
        f64::min
    } else {
        f64::max
    };
    let at = |i: usize| {
        lists
            .iter()
            .filter_map(|l| l.get(i).copied().flatten())
            .reduce(worse)
    };
    (0..window.len()).map(at).collect()
}
