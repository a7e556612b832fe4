//! One request of a client outside, asked of a load balancer by its name and answered at once.
//!
//! What belongs here: what such a request is answered with. What must not: how it arrives (`crate::front`), or any count of
//! its own: it is booked as every other customer's.

use std::time::Duration;

use super::{Class, Ground, Source, Tally};
use crate::world::World;
use crate::world::behaviour::Behaviour;
use crate::world::elb::TargetState;
use crate::world::routing::{Beside, Route};

/// What a client outside asks, and whom.
pub(crate) struct Visit<'a> {
    /// The load balancer's name.
    pub(crate) door: &'a str,
    pub(crate) port: i64,
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    pub(crate) beside: &'a Beside,
}

/// What a client outside is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visited {
    /// The HTTP status.
    pub status: u16,
    /// The address of the target that answered; none where the load balancer did.
    pub by: Option<String>,
    /// How long it took.
    pub took: Duration,
}

impl Visited {
    /// By the load balancer itself.
    fn alone(status: u16) -> Self {
        Self {
            status,
            by: None,
            took: Duration::ZERO,
        }
    }
}

/// How often something was counted before and after a request tells what became of it.
#[derive(Clone, Copy, PartialEq)]
struct Counts {
    code_502: u64,
    code_503: u64,
    code_5xx: u64,
    code_4xx: u64,
}

impl World {
    /// Asks the load balancer of a name once. `None`: no load balancer has it, or nothing listens on the port.
    pub(crate) fn visit(&mut self, visit: &Visit<'_>) -> Option<Visited> {
        let arn = self.balancer_named(visit.door)?;
        // The name of an internal one is of addresses that lead nowhere outside its VPC.
        let balancer = self.elb.load_balancers.get(&arn)?;
        if balancer.scheme == "internal" && !self.asked_from_inside {
            return None;
        }
        self.settle(&arn);
        let place = self.visitors(&arn, visit);
        let now = self.now();
        let ground = Ground {
            seed: self.seed,
            elb: &self.elb,
            lattice: &self.lattice,
            behaviours: &self.behaviours,
            lost_zones: &self.lost_zones,
        };
        let customers = &mut self.customers;
        let class = customers.classes.get_mut(place)?;
        class.refresh(&ground);
        let groups: Vec<String> = match &class.route {
            Route::Nothing => return None,
            Route::Answer(status) => {
                let status = u16::try_from(*status).unwrap_or(503);
                return Some(Visited::alone(status));
            }
            Route::Forward { groups, .. } => groups.iter().map(|(arn, _)| arn.clone()).collect(),
        };
        let counted = |customers: &super::Customers, group: &str| {
            let minute = customers.groups.get(&(arn.clone(), group.to_owned()));
            let minute = minute.cloned().unwrap_or_default();
            let balancer = customers.balancers.get(&arn).cloned().unwrap_or_default();
            let counts = Counts {
                code_502: balancer.code_502,
                code_503: balancer.code_503,
                code_5xx: minute.code_5xx,
                code_4xx: minute.code_4xx,
            };
            (minute.requests, counts)
        };
        let before: Vec<_> = groups.iter().map(|g| counted(customers, g)).collect();
        let mut class = customers.classes.remove(place);
        let ledger = customers.ledger.entry(class.source.service.clone());
        let ledger = ledger.or_default();
        ledger.total += 1;
        let mut tally = Tally {
            ledger,
            groups: &mut customers.groups,
            balancer: customers.balancers.entry(arn.clone()).or_default(),
            loaded: &mut customers.loaded,
            sessions: &mut customers.sessions,
        };
        class.spend(1, now, &ground, &mut tally);
        customers.classes.insert(place, class);
        let met = groups.iter().zip(before).find_map(|(group, before)| {
            let after = counted(customers, group);
            (after.0 > before.0).then_some((group, before.1, after.1))
        });
        let Some((group, before, after)) = met else {
            return Some(Visited::alone(503));
        };
        let status = match () {
            () if after.code_502 > before.code_502 => 502,
            () if after.code_503 > before.code_503 => 503,
            () if after.code_5xx > before.code_5xx => 503,
            () if after.code_4xx > before.code_4xx => 403,
            () => 200,
        };
        let by = (status != 502).then(|| self.one_of(group)).flatten();
        let took = match status {
            502 => Duration::ZERO,
            _ => self.takes(group),
        };
        Some(Visited { status, by, took })
    }

    fn balancer_named(&self, dns_name: &str) -> Option<String> {
        let mut all = self.elb.load_balancers.values();
        let found = all.find(|b| b.dns_name(&self.region).eq_ignore_ascii_case(dns_name));
        found.map(|b| b.arn.clone())
    }

    /// Where the class of clients is that ask so: there is one for each.
    fn visitors(&mut self, arn: &str, visit: &Visit<'_>) -> usize {
        let Visit {
            door,
            port,
            host,
            path,
            beside,
        } = *visit;
        let is_it = |class: &Class| {
            let s = &class.source;
            s.rate == 0.0
                && s.load_balancer == arn
                && s.port == port
                && (s.host.as_str(), s.path.as_str()) == (host, path)
                && class.beside == *beside
        };
        let classes = &self.customers.classes;
        if let Some(place) = classes.iter().position(is_it) {
            return place;
        }
        let source = Source {
            service: door.to_owned(),
            load_balancer: arn.to_owned(),
            port,
            host: host.to_owned(),
            path: path.to_owned(),
            rate: 0.0,
            family: crate::world::behaviour::Family::V4,
        };
        self.customers
            .settled
            .entry(arn.to_owned())
            .or_insert(self.now);
        let class = Class {
            beside: beside.clone(),
            ..Class::new(source)
        };
        self.customers.classes.push(class);
        self.customers.classes.len() - 1
    }

    /// How long an answer of a group takes, as its code mostly needs.
    fn takes(&self, group: &str) -> Duration {
        let group = self.elb.target_groups.get(group);
        let target = group.and_then(|g| {
            let mut targets = g.targets.iter();
            targets.find(|t| t.state == TargetState::Healthy)
        });
        let image = target.and_then(|t| t.image.as_deref());
        let fine = Behaviour::default();
        let app = image.and_then(|i| self.behaviours.get(i)).unwrap_or(&fine);
        let extra = group.map_or(0.0, |g| app.on(g.family).extra_latency_ms);
        Duration::from_secs_f64(((app.latency_ms + extra) / 1000.0).max(0.0))
    }

    /// A target of a group that may have answered.
    fn one_of(&self, group: &str) -> Option<String> {
        let targets = &self.elb.target_groups.get(group)?.targets;
        let healthy = targets.iter().find(|t| t.state == TargetState::Healthy);
        healthy.or(targets.first()).map(|t| t.id.clone())
    }
}
