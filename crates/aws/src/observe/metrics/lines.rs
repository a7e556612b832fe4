//! The points of lines that a plan counts: what each side wrote, against what it had to do.
//!
//! What must not be here: how lines are counted ([`super::super::written`]), and what the points prove.

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use sixshift_core::{
    evidence::{Figures, METRIC_DELAY, Readings, gauge_window},
    observation::{Known, Pair, Route, Service, TaskDefinition},
    plan::{Gauge, MissingPoint, Per, Plan},
};

use super::{
    super::{
        tasks,
        written::{self, Counted, Side},
    },
    Behind, Metric, Query, Sides, Window, of_kind, sum, values, window,
};
use crate::{observe::Ages, region::Region};

/// No more of a log than that is read, however long a bake is.
const MOST: Duration = Duration::from_secs(24 * 3_600);
const MINUTE: i64 = 60;

/// What was seen of both sides already.
#[derive(Clone, Copy)]
pub(in super::super) struct Around<'a> {
    pub(in super::super) ipv4: &'a Known<Service>,
    pub(in super::super) twin: &'a Known<Service>,
    /// IPv4's and the derived one.
    pub(in super::super) definitions: [&'a Known<TaskDefinition>; 2],
    pub(in super::super) pairs: &'a Known<Vec<Pair>>,
    pub(in super::super) routes: &'a Known<Vec<Route>>,
}

/// The lines of all of the plan's patterns.
pub(super) struct Lines {
    counted: Known<Counted>,
    /// Of each side, where something counts them.
    requests: [Vec<Option<f64>>; 2],
    window: Window,
}

/// Nothing is asked where the plan counts none, and none once IPv4 is cold: each question costs by what is scanned.
pub(super) async fn of(
    region: &Region,
    plan: &Plan,
    around: Around<'_>,
    bakes: bool,
    now: Timestamp,
    ages: Ages,
) -> Lines {
    let counts = plan.health.metrics.iter().filter(|g| g.lines().is_some());
    let reach = counts.map(|gauge| gauge_window(plan, gauge, bakes)).max();
    let length = reach.unwrap_or_default().min(MOST) + METRIC_DELAY;
    let window = window(now.as_second(), MINUTE, length);
    let none = |counted| Lines {
        counted,
        requests: [Vec::new(), Vec::new()],
        window,
    };
    if reach.is_none() || is_over(plan, around) {
        return none(Known::Absent);
    }
    let (counted, requests) = tokio::join!(
        written::of(region, plan, around.definitions, window, now, ages),
        requests(region, plan, around, window, now, ages),
    );
    match requests {
        Known::Seen(requests) => Lines {
            counted,
            requests,
            window,
        },
        Known::Absent => none(Known::Absent),
        Known::Unknown(why) => none(Known::Unknown(why)),
    }
}

/// Whether nothing would follow from them: IPv4 is cold, or, in place, still all there is.
fn is_over(plan: &Plan, around: Around<'_>) -> bool {
    if plan.in_place().is_some() {
        let service = around.ipv4.seen();
        return !service.is_some_and(|s| plan.ipv6.is_network_of(s));
    }
    let is_cold = match plan.has_lone_twin() {
        true => around.twin.seen().is_some_and(tasks::is_cold),
        false => {
            let group = around.pairs.seen().and_then(|p| p.first()?.ipv6.seen());
            group.is_some_and(|group| tasks::notes_cold(&group.tags))
        }
    };
    is_cold || around.ipv4.is_absent()
}

/// The requests of each side, a place for each minute; none at all where the way counts tasks.
async fn requests(
    region: &Region,
    plan: &Plan,
    around: Around<'_>,
    window: Window,
    now: Timestamp,
    ages: Ages,
) -> Known<[Vec<Option<f64>>; 2]> {
    if Per::of(plan.shift.way) == Per::Tasks {
        return Known::Seen([Vec::new(), Vec::new()]);
    }
    let sides = match around.pairs {
        Known::Seen(pairs) => match Sides::of(pairs) {
            Ok(sides) => sides,
            Err(why) => return Known::Unknown(why),
        },
        Known::Absent => Sides::default(),
        Known::Unknown(why) => return Known::Unknown(why.clone()),
    };
    let query = |(balancer, group): &Behind| {
        Some(Query::group(
            of_kind(Metric::Requests, balancer)?,
            balancer,
            group,
        ))
    };
    let of_side =
        |groups: &[Behind]| -> BTreeSet<Query> { groups.iter().filter_map(query).collect() };
    let (ipv4, ipv6) = (of_side(&sides.ipv4), of_side(&sides.ipv6));
    let all = ipv4.union(&ipv6).cloned().collect();
    match values(region, all, window, now.as_second(), ages).await {
        Ok(values) => {
            let of_side = |queries: &BTreeSet<Query>| {
                let lists = queries.iter().filter_map(|q| values.get(q)).collect();
                (0..window.len()).map(|i| sum(&lists, i)).collect()
            };
            Known::Seen([of_side(&ipv4), of_side(&ipv6)])
        }
        Err(why) => Known::Unknown(why),
    }
}

impl Lines {
    /// The points of the pattern at an index among the plan's.
    pub(super) fn readings(&self, gauge: &Gauge, index: usize) -> Known<Readings> {
        let counted = match &self.counted {
            Known::Seen(counted) => counted,
            Known::Absent => return Known::Absent,
            Known::Unknown(why) => return Known::Unknown(why.clone()),
        };
        let start = Timestamp::from_second(self.window.start).unwrap_or(Timestamp::UNIX_EPOCH);
        let side = |side: usize| -> Figures {
            let minutes = counted.minutes.iter().enumerate();
            let point = |(at, sides): (usize, &Option<[Side; 2]>)| {
                let requests = self.requests[side].get(at).copied().flatten();
                point(gauge, index, &sides.as_ref()?[side], requests)
            };
            minutes.map(point).collect()
        };
        let ipv4 = match counted.is_of_one_side {
            true => Figures::default(),
            false => side(0),
        };
        Known::Seen(Readings::new(start, gauge.period, ipv4, side(1)))
    }
}

/// A minute of a side without a line proves nothing, unless the plan says that no line is good news; nor does one without a request.
fn point(gauge: &Gauge, index: usize, side: &Side, requests: Option<f64>) -> Option<f64> {
    if side.lines == 0 && gauge.missing == MissingPoint::NoData {
        return None;
    }
    let found = side.found.get(index).copied().unwrap_or_default() as f64;
    match gauge.lines()?.per {
        Per::Requests | Per::Connections => {
            let requests = requests.filter(|n| *n > 0.0)?;
            Some(1_000.0 * found / requests)
        }
        Per::Tasks => Some(found / (side.tasks as f64).max(1.0)),
    }
}
