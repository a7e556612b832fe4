//! Customers' requests: how many come, where they go, what becomes of them.
//!
//! What belongs here: counting requests in whole numbers, and the ledger. What must not: rules' conditions and weights
//! (routing), or what CloudWatch is told (publish).

mod habits;
mod visit;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::World;
use super::behaviour::{Behaviour, Family};
use super::elb::{Elb, TargetGroup, TargetState};
use super::lattice::{self, Lattice};
use super::metrics::Distribution;
use super::rng;
use super::routing::{self, Asked, Beside, GROUPS, Pinned, Route};
use super::sessions::Sessions;
use crate::Value;
pub use habits::Habits;
pub(crate) use visit::Visit;
pub use visit::Visited;

/// What customers of a service saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests in all.
    pub total: u64,
    /// Those answered with a 5xx, refused, timed out, or forbidden by code that knows no addresses of the family they came by.
    pub failed: u64,
    /// Those of the failed that a target group of IPv6 addresses was to serve.
    pub failed_on_ipv6: u64,
}

/// A class of clients: they ask one host and path of one load balancer, at a rate.
#[derive(Clone, Debug)]
pub struct Source {
    /// The service whose customers they are; the ledger's key.
    pub service: String,
    /// The ARN of the load balancer, or of the service of VPC Lattice.
    pub load_balancer: String,
    /// The listener's port.
    pub port: i64,
    /// The host they ask for.
    pub host: String,
    /// The path they ask for.
    pub path: String,
    /// Requests a second, on the average of a day.
    pub rate: f64,
    /// The family of the addresses that they come by.
    pub family: Family,
}

/// All traffic of the region.
#[derive(Debug, Default)]
pub(crate) struct Customers {
    classes: Vec<Class>,
    settled: BTreeMap<String, Timestamp>,
    ledger: BTreeMap<String, Traffic>,
    /// Since when a target group has been under the load that degrades it.
    loaded: BTreeMap<String, Timestamp>,
    sessions: Sessions,
    /// What happened in the current minute, by target group (`load balancer`, `target group`).
    pub(crate) groups: BTreeMap<(String, String), GroupMinute>,
    /// What happened in the current minute, by load balancer.
    pub(crate) balancers: BTreeMap<String, BalancerMinute>,
}

#[derive(Debug)]
struct Class {
    source: Source,
    /// How long each request goes on, where it is a session.
    lasting: Option<SignedDuration>,
    /// Where they are known by what was recorded of them.
    habits: Option<Habits>,
    beside: Beside,
    route: Route,
    version: Option<u64>,
    pinned: Pinned,
    owed: [f64; GROUPS],
    failing: [Failing; GROUPS],
    due: f64,
}

/// Parts of requests that are still to fail, since only whole ones do.
#[derive(Clone, Copy, Debug, Default)]
struct Failing {
    errors: f64,
    forbidden: f64,
}

/// A minute of a target group behind a load balancer.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupMinute {
    pub(crate) requests: u64,
    pub(crate) code_4xx: u64,
    pub(crate) code_5xx: u64,
    pub(crate) connection_errors: u64,
    pub(crate) times: Distribution,
}

/// A minute of a load balancer.
#[derive(Clone, Debug, Default)]
pub(crate) struct BalancerMinute {
    pub(crate) answered: u64,
    pub(crate) code_502: u64,
    pub(crate) code_503: u64,
    pub(crate) code_504: u64,
}

impl Customers {
    /// Adds a class of clients.
    fn add(&mut self, class: Class, now: Timestamp) {
        let source = &class.source;
        self.settled
            .entry(source.load_balancer.clone())
            .or_insert(now);
        self.ledger.entry(source.service.clone()).or_default();
        self.classes.push(class);
    }

    /// The load balancers that anybody asks.
    pub(crate) fn load_balancers(&self) -> Vec<String> {
        self.settled.keys().cloned().collect()
    }

    /// The classes of clients.
    #[cfg(test)]
    pub(crate) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.classes.iter().map(|c| &c.source)
    }

    /// Where a service's clients are sent, and how many requests a second come there on the average of a day.
    pub(crate) fn routes<'a>(
        &'a self,
        elb: &'a Elb,
        lattice: &'a Lattice,
        service: &'a str,
    ) -> impl Iterator<Item = (Route, f64)> + 'a {
        let of_it = move |class: &&Class| class.source.service == service;
        let classes = self.classes.iter().filter(of_it);
        classes.map(move |class| (class.met(elb, lattice), class.source.rate))
    }

    /// Flows that are open on a target group.
    pub(crate) fn open_on(&self, group: &str) -> u64 {
        self.sessions.on(group)
    }

    /// What customers saw so far, by service.
    pub(crate) fn ledger(&self) -> &BTreeMap<String, Traffic> {
        &self.ledger
    }

    fn settle(&mut self, load_balancer: &str, until: Timestamp, ground: &Ground<'_>) {
        let Some(settled) = self.settled.get_mut(load_balancer) else {
            return;
        };
        let from = *settled;
        if until <= from {
            return;
        }
        *settled = until;
        let span = until.duration_since(from).as_secs_f64();
        for (number, class) in self.classes.iter_mut().enumerate() {
            if class.source.load_balancer != load_balancer {
                continue;
            }
            class.refresh(ground);
            class.due += class.rate(ground.seed, number as u64, from) * span;
            let count = class.due.floor() as u64;
            class.due -= count as f64;
            let ledger = self.ledger.entry(class.source.service.clone()).or_default();
            ledger.total += count;
            let mut tally = Tally {
                ledger,
                groups: &mut self.groups,
                balancer: self.balancers.entry(load_balancer.to_owned()).or_default(),
                loaded: &mut self.loaded,
                sessions: &mut self.sessions,
            };
            class.spend(count, from, ground, &mut tally);
        }
        self.end_sessions(until, ground);
    }

    /// Sessions end by themselves, or are cut off when nobody is left to serve them.
    fn end_sessions(&mut self, now: Timestamp, ground: &Ground<'_>) {
        self.sessions.end(now);
        let group = |arn: &str| ground.group(arn);
        let served = |arn: &str| group(arn).is_some_and(|g| !g.targets.is_empty());
        for (arn, session) in self.sessions.cut(served) {
            let family = group(&arn).map_or(Family::V4, |g| g.family);
            let ledger = self.ledger.entry(session.service).or_default();
            fail(ledger, family, session.count);
        }
    }

    /// Lets a service's customers ask so many times as often from now on.
    pub(crate) fn busier(&mut self, service: &str, factor: f64) {
        for class in self
            .classes
            .iter_mut()
            .filter(|c| c.source.service == service)
        {
            class.source.rate *= factor;
        }
    }
}

/// What requests meet.
struct Ground<'a> {
    seed: u64,
    elb: &'a Elb,
    lattice: &'a Lattice,
    behaviours: &'a BTreeMap<String, Behaviour>,
    /// Zones in which nobody answers.
    lost_zones: &'a BTreeSet<String>,
}

impl<'a> Ground<'a> {
    fn group(&self, arn: &str) -> Option<&'a TargetGroup> {
        let of_lattice = || self.lattice.groups.get(arn).map(|g| &g.pool);
        self.elb.target_groups.get(arn).or_else(of_lattice)
    }
}

/// Where outcomes are written down.
struct Tally<'a> {
    ledger: &'a mut Traffic,
    groups: &'a mut BTreeMap<(String, String), GroupMinute>,
    balancer: &'a mut BalancerMinute,
    loaded: &'a mut BTreeMap<String, Timestamp>,
    sessions: &'a mut Sessions,
}

impl Class {
    fn new(source: Source) -> Self {
        Self {
            source,
            lasting: None,
            habits: None,
            beside: Beside::default(),
            route: Route::Nothing,
            version: None,
            pinned: Pinned::default(),
            owed: [0.0; GROUPS],
            failing: <[Failing; GROUPS]>::default(),
            due: 0.0,
        }
    }

    /// Where they are sent now.
    fn met(&self, elb: &Elb, lattice: &Lattice) -> Route {
        let s = &self.source;
        if lattice.services.contains_key(&s.load_balancer) {
            return lattice::resolve(lattice, &s.load_balancer, s.port, &s.path);
        }
        match &self.habits {
            Some(habits) => routing::served_by(elb, &habits.route),
            None => {
                let asked = Asked {
                    host: &s.host,
                    path: &s.path,
                    family: s.family,
                    beside: &self.beside,
                };
                routing::resolve(elb, &s.load_balancer, s.port, &asked)
            }
        }
    }

    fn refresh(&mut self, ground: &Ground<'_>) {
        // Both only grow, so their sum is another whenever either is.
        let version = Some(ground.elb.version + ground.lattice.version);
        if self.version == version {
            return;
        }
        self.version = version;
        let route = self.met(ground.elb, ground.lattice);
        let same_groups = match (&self.route, &route) {
            (Route::Forward { groups: a, .. }, Route::Forward { groups: b, .. }) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0)
            }
            _ => false,
        };
        if !same_groups {
            self.owed = [0.0; GROUPS];
            self.failing = <[Failing; GROUPS]>::default();
        }
        self.route = route;
    }

    fn spend(&mut self, count: u64, at: Timestamp, ground: &Ground<'_>, tally: &mut Tally<'_>) {
        let (groups, sticky) = match &self.route {
            Route::Forward {
                groups,
                sticky_seconds,
            } => (groups, *sticky_seconds),
            Route::Answer(status) => {
                tally.balancer.answered += count;
                if *status >= 500 {
                    tally.ledger.failed += count;
                }
                return;
            }
            Route::Nothing => {
                tally.ledger.failed += count;
                return;
            }
        };
        let shares = self.pinned.shares(groups, sticky, at);
        if shares.iter().sum::<f64>() <= 0.0 {
            tally.balancer.code_503 += count;
            tally.ledger.failed += count;
            return;
        }
        let parts = routing::split(count, &shares, &mut self.owed);
        let rate = self.source.rate / shares.iter().sum::<f64>();
        let found: Vec<Option<&TargetGroup>> =
            groups.iter().map(|(arn, _)| ground.group(arn)).collect();
        let on_ipv6: f64 = found
            .iter()
            .zip(shares)
            .filter(|(g, _)| g.is_some_and(|g| g.family == Family::V6))
            .map(|(_, s)| s)
            .sum();
        for (index, group) in found.into_iter().enumerate() {
            let Some(group) = group else { continue };
            let share = if group.family == Family::V6 {
                on_ipv6
            } else {
                1.0 - on_ipv6
            };
            let serving = Serving {
                load_balancer: &self.source.load_balancer,
                group,
                share,
                rate: rate * shares.get(index).copied().unwrap_or_default(),
                at,
            };
            let failed = tally.ledger.failed;
            serving.answer(parts[index], &mut self.failing[index], ground, tally);
            if let Some(lasting) = self.lasting {
                let begun = parts[index].saturating_sub(tally.ledger.failed - failed);
                let ends = at.checked_add(lasting).unwrap_or(Timestamp::MAX);
                let service = &self.source.service;
                tally.sessions.begin(&group.arn, service, begun, ends);
            }
        }
    }
}

/// A target group about to answer a number of requests.
struct Serving<'a> {
    load_balancer: &'a str,
    group: &'a TargetGroup,
    share: f64,
    /// Requests a second on the average of a day.
    rate: f64,
    at: Timestamp,
}

impl Serving<'_> {
    fn answer(
        &self,
        count: u64,
        failing: &mut Failing,
        ground: &Ground<'_>,
        tally: &mut Tally<'_>,
    ) {
        let family = self.group.family;
        if count == 0 {
            if self.share <= 0.0 {
                tally.loaded.remove(&self.group.arn);
            }
            return;
        }
        // Clients are not turned to another group: without a target the load balancer answers 503. When every target
        // is unhealthy it fails open and asks them all the same. VPC Lattice "routes requests only to the healthy targets".
        let healthy = self.images(TargetState::Healthy, ground);
        let fails_open = !ground.lattice.groups.contains_key(&self.group.arn);
        let images = if healthy.is_empty() && fails_open {
            self.images(TargetState::Unhealthy, ground)
        } else {
            healthy
        };
        let targets: u64 = images.iter().map(|(.., n)| n).sum();
        if targets == 0 {
            tally.balancer.code_503 += count;
            fail(tally.ledger, family, count);
            return;
        }
        let key = (self.load_balancer.to_owned(), self.group.arn.clone());
        let mut left = count;
        for (place, (image, lost, n)) in images.iter().enumerate() {
            let part = if place + 1 == images.len() {
                left
            } else {
                count * n / targets
            };
            left -= part;
            let fine = Behaviour::default();
            let app = image
                .and_then(|i| ground.behaviours.get(i))
                .unwrap_or(&fine);
            let hours = self.hours_under_load(app, family, tally.loaded);
            if part == 0 {
                continue;
            }
            let minute = tally.groups.entry(key.clone()).or_default();
            minute.requests += part;
            if *lost {
                minute.connection_errors += part;
                tally.balancer.code_504 += part;
                fail(tally.ledger, family, part);
                continue;
            }
            if !app.on(family).listens {
                minute.connection_errors += part;
                tally.balancer.code_502 += part;
                fail(tally.ledger, family, part);
                continue;
            }
            let overload = app.overload(self.rate / targets as f64);
            let errors = app.errors(family, self.share, hours).max(overload);
            let failed = whole(&mut failing.errors, part as f64 * errors).min(part);
            let served = part - failed;
            let forbidden = served as f64 * app.on(family).forbidden_share;
            let forbidden = whole(&mut failing.forbidden, forbidden).min(served);
            minute.code_5xx += failed;
            minute.code_4xx += forbidden;
            fail(tally.ledger, family, failed + forbidden);
            let label = self.at.as_second().div_euclid(60) as u64;
            let noise = rng::between(ground.seed, &self.group.arn, label, 0.96, 1.04);
            spread(
                &mut minute.times,
                part,
                (app.latency_ms * noise) / 1000.0,
                app.on(family).extra_latency_ms / 1000.0,
            );
            // What clients ask for in vain wherever they ask.
            minute.code_4xx += (served - forbidden) / 250;
        }
    }

    /// Targets by their image and whether they are lost with their zone, counted.
    fn images(&self, state: TargetState, ground: &Ground<'_>) -> Vec<(Option<&str>, bool, u64)> {
        let mut images: Vec<(Option<&str>, bool, u64)> = Vec::new();
        for target in self.group.targets.iter().filter(|t| t.state == state) {
            let image = target.image.as_deref();
            let zone = target.zone.as_ref();
            let lost = zone.is_some_and(|zone| ground.lost_zones.contains(zone));
            match images
                .iter_mut()
                .find(|(i, l, _)| (*i, *l) == (image, lost))
            {
                Some((.., n)) => *n += 1,
                None => images.push((image, lost, 1)),
            }
        }
        images
    }

    fn hours_under_load(
        &self,
        app: &Behaviour,
        family: Family,
        loaded: &mut BTreeMap<String, Timestamp>,
    ) -> f64 {
        let Some(degrades) = &app.on(family).degrades else {
            return 0.0;
        };
        if self.share + 1e-9 < degrades.under_share {
            loaded.remove(&self.group.arn);
            return 0.0;
        }
        let since = *loaded.entry(self.group.arn.clone()).or_insert(self.at);
        self.at.duration_since(since).as_secs_f64() / 3600.0
    }
}

/// Adds a part, and takes what is whole.
fn whole(owed: &mut f64, part: f64) -> u64 {
    *owed += part;
    let whole = owed.floor();
    *owed -= whole;
    whole as u64
}

fn fail(ledger: &mut Traffic, family: Family, count: u64) {
    ledger.failed += count;
    if family == Family::V6 {
        ledger.failed_on_ipv6 += count;
    }
}

/// The 99th percentile of [`SPREAD`], in medians.
pub(crate) const P99_OF_MEDIAN: f64 = 2.5;

/// How response times lie around the median: share of requests, factor. The 99th percentile lies well within a step, so
/// that a few requests more or less do not make it jump.
const SPREAD: [(f64, f64); 6] = [
    (0.25, 0.7),
    (0.30, 1.0),
    (0.25, 1.3),
    (0.15, 1.8),
    (0.046, 2.5),
    (0.004, 4.5),
];

fn spread(times: &mut Distribution, count: u64, median: f64, extra: f64) {
    for (share, factor) in SPREAD {
        times.record(median * factor + extra, count as f64 * share);
    }
}

impl World {
    /// Lets a class of clients begin to ask.
    pub fn add_traffic(&mut self, source: Source) {
        self.begin(Class::new(source));
    }

    /// Lets a class of clients begin to open sessions, each of which lasts so long: one request, and then a connection that
    /// no later weight ends.
    pub fn add_sessions(&mut self, source: Source, lasting: SignedDuration) {
        let lasting = Some(lasting);
        self.begin(Class {
            lasting,
            ..Class::new(source)
        });
    }

    fn begin(&mut self, class: Class) {
        self.settle(&class.source.load_balancer.clone());
        let now = self.now();
        self.customers.add(class, now);
    }

    /// Lets a service's customers ask so many times as often from now on; 0 sends them away.
    pub fn change_traffic(&mut self, service: &str, factor: f64) {
        self.settle_all();
        self.customers.busier(service, factor);
    }

    /// How many sessions are open on a target group.
    pub fn open_sessions(&mut self, target_group: &str) -> u64 {
        self.settle_all();
        self.customers.sessions.on(target_group)
    }

    /// What customers saw so far, by the name of the service.
    pub fn traffic(&mut self) -> BTreeMap<String, Traffic> {
        self.settle_all();
        self.customers.ledger().clone()
    }

    /// The same as far as it is counted yet: looking changes nothing, so whoever looks often may use it.
    #[must_use]
    pub fn counted_traffic(&self) -> BTreeMap<String, Traffic> {
        self.customers.ledger().clone()
    }

    /// Begins the count of what customers saw anew.
    pub fn forget_traffic(&mut self) {
        self.settle_all();
        self.customers
            .ledger
            .values_mut()
            .for_each(|seen| *seen = Traffic::default());
        self.forget_messages();
        self.forget_lookups();
    }

    /// What customers saw, as a document.
    pub fn traffic_report(&mut self) -> Value {
        let rows = self.traffic().into_iter().map(|(service, seen)| {
            let row = Value::map([
                ("total", Value::from(seen.total as i64)),
                ("failed", Value::from(seen.failed as i64)),
                ("failedOnIpv6", Value::from(seen.failed_on_ipv6 as i64)),
            ]);
            (service, row)
        });
        Value::Map(rows.collect())
    }

    /// Counts a load balancer's requests until now; whatever changes what they meet calls this first.
    pub(crate) fn settle(&mut self, load_balancer: &str) {
        let now = self.now();
        let ground = Ground {
            seed: self.seed,
            elb: &self.elb,
            lattice: &self.lattice,
            behaviours: &self.behaviours,
            lost_zones: &self.lost_zones,
        };
        self.customers.settle(load_balancer, now, &ground);
    }

    /// Counts all requests until now.
    pub(crate) fn settle_all(&mut self) {
        for lb in self.customers.load_balancers() {
            self.settle(&lb);
        }
    }
}
