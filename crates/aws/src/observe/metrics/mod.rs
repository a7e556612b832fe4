//! CloudWatch's figures of both sides, as series of points.
//!
//! What belongs here: which metrics over which window, and how they add up to a point. What must not: the call
//! ([`read`]), what is remembered ([`ring`]), and what a series proves.

mod lines;
mod own;
mod read;
mod ring;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use sixshift_core::{
    evidence::{FINE_HOLD, METRIC_DELAY, Point, Series, long_window, recent_window},
    names::metric_dimension,
    observation::{
        Baseline, Known, Pair, Quota, Route, Service, TargetGroup, TaskDefinition, Usage, Why,
    },
    plan::Plan,
    share::Share,
    way::split,
};

use super::Ages;
use crate::{asked::Asked, region::Region};

pub(super) use lines::Around;
pub(super) use own::readings;
pub(crate) use read::{Ask, Points, Query, Window};
use read::{Metric, is_lattice, is_network};
pub(super) use read::{gather, read};
pub(crate) use ring::Memory;

const MINUTE: i64 = 60;
const FIVE_MINUTES: i64 = 300;
/// CloudWatch answers for older than 63 days with whole hours only.
const HOUR: i64 = 3600;
const DAY: Duration = Duration::from_secs(24 * 3600);
/// CloudWatch drops one-minute points after 15 days.
const LONGEST: Duration = Duration::from_secs(15 * 24 * 3600);

/// What CloudWatch said in one look.
pub(super) struct Measured {
    pub(super) recent: Known<Series>,
    pub(super) long: Known<Series>,
    pub(super) before: Known<Baseline>,
}

/// When what is to be compared with IPv4 was made: the twin, or in place what the service is to run.
pub(super) fn begun(
    plan: &Plan,
    twin: &Known<Service>,
    definition: &Known<TaskDefinition>,
) -> Known<Timestamp> {
    if plan.is_behind() {
        return definition.as_ref().map(|d| d.registered_at);
    }
    twin.as_ref().map(|t| t.created_at)
}

/// The figures for one plan; nothing is asked while there is nothing to compare with.
pub(super) async fn of(
    region: &Region,
    plan: &Plan,
    begun: Known<Timestamp>,
    pairs: &Known<Vec<Pair>>,
    routes: &Known<Vec<Route>>,
    now: Timestamp,
    ages: Ages,
) -> Measured {
    let created = match begun {
        Known::Seen(begun) => begun.as_second(),
        Known::Absent => {
            return Measured {
                recent: Known::not_asked(),
                long: Known::not_asked(),
                before: Known::Absent,
            };
        }
        Known::Unknown(why) => return unknown(&why),
    };
    let sides = match pairs {
        Known::Seen(pairs) => match Sides::of(pairs) {
            Ok(sides) => sides,
            Err(why) => return unknown(&why),
        },
        Known::Absent => Sides::default(),
        Known::Unknown(why) => return unknown(why),
    };
    let now_s = now.as_second();
    let recent = window(now_s, MINUTE, recent_window(plan) + METRIC_DELAY);
    let long = long_span(plan, pairs, routes).map(|span| window(now_s, FIVE_MINUTES, span));
    let before = hour_before(created);
    let (recent, long, before) = tokio::join!(
        series(region, &sides, recent, now_s, ages),
        async {
            match long {
                Some(window) => series(region, &sides, window, now_s, ages).await,
                None => Known::not_asked(),
            }
        },
        baseline(region, &sides, before, now_s, ages),
    );
    Measured {
        recent,
        long,
        before,
    }
}

/// The last days of the IPv4 target groups and their load balancers, an hour a point; only hours that are over and told.
pub(crate) async fn history(
    region: &Region,
    pairs: &Known<Vec<Pair>>,
    length: Duration,
    asked: Asked,
) -> Known<Series> {
    let sides = match pairs {
        Known::Seen(pairs) => Sides::of(pairs),
        Known::Absent => return Known::Absent,
        Known::Unknown(why) => return Known::Unknown(why.clone()),
    };
    match sides {
        Ok(sides) => {
            let now = asked.now.as_second();
            let told = now - i64::try_from(METRIC_DELAY.as_secs()).unwrap_or_default();
            let ages = Ages::new(asked, region.clients.caller.rate);
            series(region, &sides, window(told, HOUR, length), now, ages).await
        }
        Err(why) => Known::Unknown(why),
    }
}

/// The bytes that each of some NAT gateways carried in the last days, whichever way; those of which CloudWatch has
/// a figure.
pub(crate) async fn carried(
    region: &Region,
    gateways: &[String],
    length: Duration,
    asked: Asked,
) -> Known<BTreeMap<String, f64>> {
    const BOTH_WAYS: [Metric; 2] = [Metric::NatOut, Metric::NatIn];
    let of_one = |id: &String| BOTH_WAYS.map(|metric| Query::nat_gateway(metric, id));
    let queries = gateways.iter().flat_map(of_one).collect();
    let now = asked.now.as_second();
    let ages = Ages::new(asked, region.clients.caller.rate);
    match values(region, queries, window(now, HOUR, length), now, ages).await {
        Ok(values) => {
            let carried = |id: &String| {
                let lists = of_one(id).map(|query| values.get(&query).cloned().unwrap_or_default());
                let figures: Vec<f64> = lists.into_iter().flatten().flatten().collect();
                (!figures.is_empty()).then(|| (id.clone(), figures.iter().sum()))
            };
            Known::Seen(gateways.iter().filter_map(carried).collect())
        }
        Err(why) => Known::Unknown(why),
    }
}

/// How much of each of some quotas was in use in the last day; those of which CloudWatch has a figure. Only what will not change
/// any more is asked for, so that it is asked once for all plans.
pub(super) async fn usage(
    region: &Region,
    quotas: &BTreeSet<Quota>,
    now: Timestamp,
    ages: Ages,
) -> Result<BTreeMap<Quota, Usage>, Why> {
    const RECENT: i64 = HOUR / FIVE_MINUTES;
    let asked = quotas.iter().filter_map(|q| Some((*q, Query::in_use(*q)?)));
    let asked: BTreeMap<Quota, Query> = asked.collect();
    if asked.is_empty() {
        return Ok(BTreeMap::new());
    }
    let now = now.as_second();
    let window = window(ring::settled(now), FIVE_MINUTES, DAY);
    let values = values(region, asked.values().cloned().collect(), window, now, ages).await?;
    let used = |query: &Query| {
        let list = values.get(query)?;
        let newest = list.iter().rev().take(RECENT as usize).find_map(|v| *v);
        let highest = list.iter().flatten().copied().reduce(f64::max)?;
        let now = newest.unwrap_or_default();
        Some(Usage { now, highest })
    };
    Ok(asked
        .iter()
        .filter_map(|(quota, query)| Some((*quota, used(query)?)))
        .collect())
}

/// The last full hour before a moment.
fn hour_before(moment: i64) -> Window {
    let end = moment.div_euclid(HOUR) * HOUR;
    Window {
        start: end - HOUR,
        end,
        period: HOUR,
    }
}

fn unknown(why: &Why) -> Measured {
    Measured {
        recent: Known::Unknown(why.clone()),
        long: Known::Unknown(why.clone()),
        before: Known::Unknown(why.clone()),
    }
}

/// Five-minute points are for holds that minutes do not cover; the bake's are asked only once all is on IPv6.
fn long_span(
    plan: &Plan,
    pairs: &Known<Vec<Pair>>,
    routes: &Known<Vec<Route>>,
) -> Option<Duration> {
    let in_steps = plan.shift.steps.iter().any(|s| s.hold > FINE_HOLD);
    let asked = in_steps || is_all_on_ipv6(pairs, routes);
    Some(long_window(plan).filter(|_| asked)?.min(LONGEST))
}

/// Whether a route leads anybody to IPv6.
pub(super) fn is_any_on_ipv6(pairs: &Known<Vec<Pair>>, routes: &Known<Vec<Route>>) -> bool {
    let (Some(pairs), Some(routes)) = (pairs.seen(), routes.seen()) else {
        return false;
    };
    let mut routes = routes.iter();
    routes.any(|route| shares(route, pairs).any(|share| share > Share::NONE))
}

fn is_all_on_ipv6(pairs: &Known<Vec<Pair>>, routes: &Known<Vec<Route>>) -> bool {
    let (Some(pairs), Some(routes)) = (pairs.seen(), routes.seen()) else {
        return false;
    };
    let all = |route: &Route| {
        let mut shares = shares(route, pairs).peekable();
        shares.peek().is_some() && shares.all(|share| share == Share::ALL)
    };
    !routes.is_empty() && routes.iter().all(all)
}

/// What a route leads to IPv6, of each pair that it leads to.
fn shares(route: &Route, pairs: &[Pair]) -> impl Iterator<Item = Share> {
    let share = |p: &Pair| split::share(&route.forward, &p.ipv4_arn, &p.ipv6.seen()?.arn);
    pairs.iter().filter_map(share)
}

fn window(now: i64, period: i64, span: Duration) -> Window {
    let end = now.div_euclid(period) * period;
    let span = i64::try_from(span.as_secs()).unwrap_or(i64::MAX / 2);
    Window {
        start: (end - span).div_euclid(period) * period,
        end,
        period,
    }
}

/// A load balancer and a target group behind it, in CloudWatch's words.
type Behind = (Arc<str>, Arc<str>);

/// The target groups of each side as load balancer and target group, in CloudWatch's words; and the load balancers.
#[derive(Default)]
struct Sides {
    ipv4: Vec<Behind>,
    ipv6: Vec<Behind>,
    load_balancers: BTreeSet<Arc<str>>,
}

impl Sides {
    fn of(pairs: &[Pair]) -> Result<Self, Why> {
        let ipv4 = dimensions(pairs.iter().map(|p| &p.ipv4))?;
        let ipv6 = dimensions(pairs.iter().map(|p| &p.ipv6))?;
        let load_balancers = ipv4.iter().chain(&ipv6).map(|(lb, _)| lb.clone()).collect();
        Ok(Self {
            ipv4,
            ipv6,
            load_balancers,
        })
    }

    fn queries(&self) -> BTreeSet<Query> {
        let groups = self.ipv4.iter().chain(&self.ipv6);
        let of_group = |(lb, tg): &Behind| {
            let metrics: &[Metric] = if is_network(lb) {
                &Metric::OF_FLOWS
            } else if is_lattice(lb) {
                &Metric::OF_LATTICE
            } else {
                &Metric::OF_GROUP
            };
            let of_one = metrics.iter();
            of_one.map(|m| Query::group(*m, lb, tg)).collect::<Vec<_>>()
        };
        groups
            .flat_map(of_group)
            .chain(self.of_load_balancers(&[Metric::Requests, Metric::Elb5xx, Metric::Elb503]))
            .collect()
    }

    fn of_load_balancers<'a>(&'a self, metrics: &'a [Metric]) -> impl Iterator<Item = Query> + 'a {
        let of_one = move |lb: &'a Arc<str>| {
            let metrics = metrics.iter().filter_map(|m| of_kind(*m, lb));
            metrics.map(|m| Query::load_balancer(m, lb))
        };
        self.load_balancers.iter().flat_map(of_one)
    }
}

/// What stands for a metric at a load balancer of any kind; none where it has nothing like it.
fn of_kind(metric: Metric, load_balancer: &str) -> Option<Metric> {
    if is_lattice(load_balancer) {
        // What it answers by itself it does not tell apart from what targets answer.
        return (metric == Metric::Requests).then_some(Metric::LatticeRequests);
    }
    if !is_network(load_balancer) {
        return Some(metric);
    }
    match metric {
        Metric::Requests => Some(Metric::NewFlows),
        Metric::Elb5xx => Some(Metric::Resets),
        _ => None,
    }
}

fn dimensions<'a>(
    groups: impl Iterator<Item = &'a Known<TargetGroup>>,
) -> Result<Vec<Behind>, Why> {
    let mut all = Vec::new();
    for group in groups {
        match group {
            Known::Seen(group) => {
                let name: Arc<str> = metric_dimension(&group.arn).into();
                let balancers = group.load_balancers.iter();
                all.extend(balancers.map(|lb| (metric_dimension(lb).into(), Arc::clone(&name))));
            }
            Known::Absent => {}
            Known::Unknown(why) => return Err(why.clone()),
        }
    }
    Ok(all)
}

async fn series(
    region: &Region,
    sides: &Sides,
    window: Window,
    now: i64,
    ages: Ages,
) -> Known<Series> {
    match values(region, sides.queries(), window, now, ages).await {
        Ok(values) => Known::Seen(Series::new(
            Timestamp::from_second(window.start).unwrap_or(Timestamp::UNIX_EPOCH),
            Duration::from_secs(window.period.unsigned_abs()),
            points(sides, &values, window.len()),
        )),
        Err(why) => Known::Unknown(why),
    }
}

async fn baseline(
    region: &Region,
    sides: &Sides,
    window: Window,
    now: i64,
    ages: Ages,
) -> Known<Baseline> {
    match values(
        region,
        sides
            .of_load_balancers(&[Metric::Requests, Metric::Elb5xx])
            .collect(),
        window,
        now,
        ages,
    )
    .await
    {
        Ok(values) => {
            let total = |metric| {
                let lists = sides
                    .load_balancers
                    .iter()
                    .filter_map(|lb| values.get(&Query::load_balancer(of_kind(metric, lb)?, lb)));
                lists.flatten().flatten().sum()
            };
            let requests: f64 = total(Metric::Requests);
            if requests > 0.0 {
                let elb_5xx = total(Metric::Elb5xx);
                Known::Seen(Baseline { requests, elb_5xx })
            } else {
                // Nothing was measured: too long ago, or nobody came.
                Known::Absent
            }
        }
        Err(why) => Known::Unknown(why),
    }
}

type Values = BTreeMap<Query, Vec<Option<f64>>>;

/// Each query's values over a window: what is remembered, and CloudWatch's for the rest.
async fn values(
    region: &Region,
    queries: BTreeSet<Query>,
    window: Window,
    now: i64,
    ages: Ages,
) -> Result<Values, Why> {
    let asks: Vec<Ask> = {
        let mut memory = region.memory.lock().unwrap_or_else(PoisonError::into_inner);
        queries
            .iter()
            .filter_map(|q| Some((memory.missing(q, window, now)?, q.clone())))
            .collect()
    };
    let answers = region.readers.metrics.ask(asks, ages.now()).await;
    let mut memory = region.memory.lock().unwrap_or_else(PoisonError::into_inner);
    let mut read: BTreeMap<Query, (Window, Points)> = BTreeMap::new();
    let mut failed = None;
    for ((asked, query), answer) in answers {
        match answer {
            Known::Seen(points) => {
                memory.learn(&query, asked, &points, now);
                read.insert(query, (asked, points));
            }
            Known::Absent => {}
            Known::Unknown(why) => failed = failed.or(Some(why)),
        }
    }
    if let Some(why) = failed {
        return Err(why);
    }
    let list = |query: &Query| {
        let mut list = memory.list(query, window);
        if let Some((asked, points)) = read.get(query) {
            for (i, value) in list.iter_mut().enumerate() {
                *value = value.or_else(|| points.get(asked.index(window.at(i))?));
            }
        }
        list
    };
    Ok(queries
        .iter()
        .map(|query| (query.clone(), list(query)))
        .collect())
}

fn points(sides: &Sides, values: &Values, len: usize) -> Vec<Point> {
    let side = |groups: &[Behind], metrics: &[Metric]| -> Lists<'_> {
        let queries = groups
            .iter()
            .flat_map(|(lb, tg)| metrics.iter().map(move |m| Query::group(*m, lb, tg)));
        queries.filter_map(|q| values.get(&q)).collect()
    };
    let balancers = |metric| -> Lists<'_> {
        let queries = sides.load_balancers.iter();
        queries
            .filter_map(|lb| values.get(&Query::load_balancer(of_kind(metric, lb)?, lb)))
            .collect()
    };
    let both = |metrics: &[Metric]| [side(&sides.ipv4, metrics), side(&sides.ipv6, metrics)];
    let requests = both(&[Metric::Requests, Metric::NewFlows, Metric::LatticeRequests]);
    let open = both(&[Metric::OpenFlows]);
    let errors = both(&[
        Metric::Target5xx,
        Metric::ConnectionErrors,
        Metric::Lattice5xx,
        Metric::LatticeConnectionErrors,
    ]);
    let unreached = side(&sides.ipv4, &[Metric::ConnectionErrors]);
    let client_errors = both(&[Metric::Target4xx, Metric::Lattice4xx]);
    let p99 = both(&[Metric::P99, Metric::LatticeP99]);
    let healthy = both(&[Metric::Healthy]);
    let elb_requests = balancers(Metric::Requests);
    let elb_5xx = balancers(Metric::Elb5xx);
    let elb_503 = balancers(Metric::Elb503);
    let of_lattice = sides.load_balancers.iter().filter(|lb| is_lattice(lb));
    let pulse = of_lattice.map(|lb| Query::load_balancer(Metric::LatticeRequests, lb));
    let pulse: Lists<'_> = pulse.filter_map(|q| values.get(&q)).collect();
    let point = |i| Point {
        requests_ipv4: sum(&requests[0], i),
        requests_ipv6: sum(&requests[1], i),
        errors_ipv4: sum(&errors[0], i),
        errors_ipv6: sum(&errors[1], i),
        unreached_ipv4: sum(&unreached, i),
        client_errors_ipv4: sum(&client_errors[0], i),
        client_errors_ipv6: sum(&client_errors[1], i),
        p99_ipv4: greatest(&p99[0], i),
        p99_ipv6: greatest(&p99[1], i),
        healthy_ipv4: least(&healthy[0], i),
        healthy_ipv6: least(&healthy[1], i),
        elb_requests: sum(&elb_requests, i),
        elb_5xx: sum(&elb_5xx, i),
        elb_503: sum(&elb_503, i),
        open_ipv4: sum(&open[0], i),
        open_ipv6: sum(&open[1], i),
        pulse: sum(&pulse, i),
    };
    (0..len).map(point).collect()
}

type Lists<'a> = Vec<&'a Vec<Option<f64>>>;

fn at<'a>(lists: &'a Lists<'a>, index: usize) -> impl Iterator<Item = f64> + 'a {
    lists
        .iter()
        .filter_map(move |list| list.get(index).copied().flatten())
}

fn sum(lists: &Lists<'_>, index: usize) -> Option<f64> {
    at(lists, index).reduce(|a, b| a + b)
}

fn least(lists: &Lists<'_>, index: usize) -> Option<f64> {
    at(lists, index).reduce(f64::min)
}

fn greatest(lists: &Lists<'_>, index: usize) -> Option<f64> {
    at(lists, index).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_aligned_and_end_with_the_last_whole_period() {
        let w = window(10_000, FIVE_MINUTES, Duration::from_secs(1_000));
        assert_eq!((w.start, w.end), (8_700, 9_900));
        assert_eq!(w.len(), 4);
    }

    #[test]
    fn the_time_before_is_asked_for_as_cloudwatch_keeps_it_for_longest() {
        let before = hour_before(10_000);
        assert_eq!((before.start, before.end, before.len()), (3_600, 7_200, 1));
        // MetricStat.Period: of 63 days ago and more, multiples of 3600 only.
        assert_eq!(before.period % 3_600, 0);
    }

    #[test]
    fn pairs_add_up_and_the_slower_and_the_weaker_one_speak_for_both() {
        let two: [Behind; 2] = [
            ("app/a/1".into(), "targetgroup/x/1".into()),
            ("app/b/2".into(), "targetgroup/y/2".into()),
        ];
        let balancers = two.iter().map(|(lb, _)| lb.clone()).collect();
        let sides = Sides {
            ipv4: Vec::new(),
            ipv6: two.to_vec(),
            load_balancers: balancers,
        };
        let mut values = Values::new();
        for ((lb, tg), v) in two.iter().zip([1.0, 2.0]) {
            values.insert(Query::group(Metric::Requests, lb, tg), vec![Some(v * 10.0)]);
            values.insert(Query::group(Metric::P99, lb, tg), vec![Some(v)]);
            values.insert(Query::group(Metric::Healthy, lb, tg), vec![Some(v - 1.0)]);
            values.insert(
                Query::load_balancer(Metric::Requests, lb),
                vec![Some(v * 100.0)],
            );
        }
        values.insert(
            Query::group(Metric::ConnectionErrors, &two[0].0, &two[0].1),
            vec![Some(3.0)],
        );
        values.insert(
            Query::group(Metric::Target5xx, &two[1].0, &two[1].1),
            vec![Some(4.0)],
        );
        let expected = Point {
            requests_ipv6: Some(30.0),
            errors_ipv6: Some(7.0),
            p99_ipv6: Some(2.0),
            healthy_ipv6: Some(0.0),
            elb_requests: Some(300.0),
            ..Point::default()
        };
        assert_eq!(points(&sides, &values, 1), [expected]);
    }
}
