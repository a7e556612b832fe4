//! The walk up the ladder as a round made it: what is asked, rung by rung, with the figures that it was judged by.
//!
//! What belongs here: the figures. What must not: their words ([`super::rows`]), and where they come from
//! (`decide::walk`).

use std::time::Duration;

use crate::{
    evidence::Signal, facts::Gate, plan::Gauge, readiness::Counted, share::Share, wire::wire_names,
};

/// How it stands with a rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RungState {
    /// What it asks is so.
    Open,
    /// It is not: this is what the plan waits for, or bad.
    Closed,
    /// Not asked yet.
    Ahead,
    /// Asked, and not known.
    Unknown,
}

wire_names!(RungState:
    Open = "open"
    Closed = "closed"
    Ahead = "ahead"
    Unknown = "unknown");

/// One thing that must hold until the migration is done.
#[derive(Clone, Debug, PartialEq)]
pub struct Rung {
    /// What it asks, and what was found.
    pub asks: Asks,
    /// Whether that is so.
    pub state: RungState,
}

/// What a rung asks, with its figures; `None` is what this round did not read.
#[derive(Clone, Debug, PartialEq)]
pub enum Asks {
    /// That preflight finds nothing that blocks.
    Preflight(Option<Counted>),
    /// That the routes are as they were left. The shares are the status's own.
    Routes,
    /// That the twin's tasks run: how many do, of how many.
    Tasks(Option<(u32, u32)>),
    /// That enough of the twin's targets are healthy: how many are in the weakest target group, of how many, and how many are
    /// needed.
    Targets {
        /// Healthy ones of all.
        found: Option<(u32, u32)>,
        /// For the share that comes next.
        needed: Option<u32>,
    },
    /// In place: that one task beside the service stands for so long.
    Proof(Duration),
    /// That the canary stays healthy for so long.
    Canary(Duration),
    /// That a signal stays within the plan's limit, once IPv6 has traffic. Judged signals are the status's own.
    Limit(Signal, Option<f64>),
    /// The same of a metric of the plan's own.
    Metric(Box<Gauge>),
    /// That the signals that were judged are good.
    Evidence,
    /// That a step's share is proven good for its hold.
    Hold {
        /// Its index.
        step: usize,
        /// Its share.
        at: Share,
        /// For how long.
        hold: Duration,
        /// How long it is, where it is the current one.
        proven: Option<Duration>,
    },
    /// A person's approval.
    Approval(Gate),
    /// A webhook's yes.
    Webhook {
        /// The index of the step that is left with it.
        step: usize,
        /// Whose.
        host: String,
    },
    /// That 100 % is proven good for so long.
    Bake {
        /// For how long.
        bake: Duration,
        /// How long it is, where it has begun.
        proven: Option<Duration>,
    },
    /// That no client reaches the IPv4 side any more.
    Drain,
    /// That nobody asks for the old name any more: bytes a second that reach the tasks of each side, where that is counted.
    Consumers {
        /// Of the service.
        ipv4: Option<u64>,
        /// Of the twin.
        ipv6: Option<u64>,
    },
    /// That the IPv4 side stood without tasks for so long.
    Cold(Duration),
}

impl Rung {
    pub(crate) fn new(asks: Asks, state: RungState) -> Self {
        Self { asks, state }
    }

    /// Takes over what this round did not read.
    pub(super) fn carry(&mut self, before: &[Self]) {
        let Some(before) = before.iter().find(|b| b.is_about(self)) else {
            return;
        };
        match (&mut self.asks, &before.asks) {
            (Asks::Preflight(found @ None), Asks::Preflight(then)) => found.clone_from(then),
            (Asks::Targets { found, .. }, Asks::Targets { found: then, .. }) if found.is_none() => {
                *found = *then;
            }
            _ => return,
        }
        self.state = before.state;
    }

    fn is_about(&self, other: &Self) -> bool {
        std::mem::discriminant(&self.asks) == std::mem::discriminant(&other.asks)
    }
}
