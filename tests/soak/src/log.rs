//! What happened in a run: writes with the world before and after each, what the world was at each tick, what was told.
//!
//! What belongs here: writing down. What must not: judging.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use sixshift_controller::command::Verb;
use sixshift_core::facts::Gate;
use sixshift_core::share::Share;
use sixshift_core::status::Status;
use sixshift_sim::Value;
use sixshift_sim::services::Service;
use sixshift_sim::world::World;
use sixshift_sim::world::elb::TargetState;

use crate::documents::Documents;
use crate::sides;
use crate::world::{NAME, Subject};

/// Weights of IPv4 and IPv6 by route.
pub(crate) type Routes = BTreeMap<String, (i64, i64)>;

/// What a run left.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) lines: Vec<(Timestamp, String)>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) writes: Vec<Write>,
    /// Each time that anybody wrote to anything.
    pub(crate) changes: Vec<Change>,
    pub(crate) orders: Vec<Ordered>,
    /// When faults ended and people became obliging.
    pub(crate) calm_from: Option<Timestamp>,
    /// Everything as it was before anybody did anything, and as it is at the end.
    pub(crate) before: Documents,
    pub(crate) after: Documents,
    /// Everything as it was when people became obliging.
    pub(crate) at_calm: Documents,
    /// The documents that somebody else changed.
    pub(crate) edited: BTreeMap<String, Timestamp>,
    /// Whether somebody wanted to edit something, be it there or not.
    pub(crate) edit_tried: bool,
    /// The newest status.
    pub(crate) told: Option<Arc<Status>>,
    /// Whether nothing was due any more at the end.
    pub(crate) settled: bool,
}

/// An order that was accepted.
#[derive(Clone, Debug)]
pub(crate) struct Ordered {
    pub(crate) at: Timestamp,
    pub(crate) verb: Verb,
    pub(crate) gate: Option<Gate>,
    /// Where it is to go, if it says so.
    pub(crate) to: Option<Share>,
}

/// A write of the daemon that had its effect.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) at: Timestamp,
    pub(crate) service: Service,
    pub(crate) op: String,
    pub(crate) input: Value,
    pub(crate) before: Documents,
    pub(crate) after: Documents,
    /// The world right before.
    pub(crate) found: Picture,
}

/// Who changed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Daemon,
    Others,
}

/// Somebody wrote; how the routes were after that.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) at: Timestamp,
    pub(crate) by: By,
    pub(crate) routes: Routes,
}

/// A moment of the world.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) routes: Routes,
    pub(crate) ipv4: SideAt,
    pub(crate) ipv6: SideAt,
}

/// A side at a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SideAt {
    pub(crate) desired: i64,
    pub(crate) healthy: usize,
    /// Targets that serve, or would if a route led to them.
    pub(crate) able: usize,
}

/// A tick.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) at: Timestamp,
    /// The daemon runs, since a while.
    pub(crate) up: bool,
    pub(crate) frozen: bool,
    /// Calls go wrong, or answers are late.
    pub(crate) hindered: bool,
    pub(crate) world: Picture,
    pub(crate) total: u64,
    pub(crate) failed: u64,
    pub(crate) told: Option<Arc<Status>>,
}

impl Log {
    pub(crate) fn say(&mut self, at: Timestamp, line: impl Into<String>) {
        self.lines.push((at, line.into()));
    }

    /// Somebody else changed some documents.
    pub(crate) fn edited(&mut self, at: Timestamp, before: &Documents, after: &Documents) {
        for (key, ..) in before.against(after) {
            self.edited.insert(key.to_owned(), at);
        }
    }

    /// The newest edit by others before a moment.
    pub(crate) fn last_edit(&self, before: Timestamp) -> Option<Timestamp> {
        let others = self
            .changes
            .iter()
            .filter(|c| c.by == By::Others && c.at <= before);
        others.map(|c| c.at).next_back()
    }
}

impl Picture {
    pub(crate) fn take(world: &World, subject: &Subject) -> Self {
        let twin = sides::twin_group(world);
        let routes = sides::routes(world, subject).into_iter();
        let routes = routes.map(|r| {
            let weights = sides::weights(r, subject, twin.as_deref());
            (r.arn.clone(), weights)
        });
        Self {
            routes: routes.collect(),
            ipv4: SideAt::of(world, NAME, Some(&subject.group)),
            ipv6: SideAt::of(world, &sides::twin_name(), twin.as_deref()),
        }
    }

    /// The share of IPv6 on each route that leads to either side with some weight.
    pub(crate) fn shares(&self) -> Vec<f64> {
        shares(&self.routes)
    }
}

/// The share of IPv6 on each route that leads to either side with some weight.
pub(crate) fn shares(routes: &Routes) -> Vec<f64> {
    let led = routes.values().filter(|(ipv4, ipv6)| ipv4 + ipv6 > 0);
    led.map(|(ipv4, ipv6)| *ipv6 as f64 / (ipv4 + ipv6) as f64)
        .collect()
}

impl SideAt {
    fn of(world: &World, name: &str, group: Option<&str>) -> Self {
        let service = sides::service(world, name);
        let group = group.and_then(|g| world.elb.target_groups.get(g));
        let listens = |image: &Option<String>| {
            let app = image.as_ref().and_then(|i| world.behaviours.get(i));
            app.is_none_or(|a| group.is_none_or(|g| a.on(g.family).listens))
        };
        let targets = group.map(|g| g.targets.as_slice()).unwrap_or_default();
        let able = targets.iter().filter(|t| match t.state {
            TargetState::Healthy => true,
            TargetState::Unused => listens(&t.image),
            _ => false,
        });
        Self {
            desired: service.map_or(0, |s| s.desired),
            healthy: group.map_or(0, |g| sides::healthy(world, &g.arn)),
            able: able.count(),
        }
    }
}
