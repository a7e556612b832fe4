//! The walk in words: a row for each thing that must hold until the migration is done, in the ladder's order.
//!
//! What the plan waits for is always one of the rows, closed, with the figures of the sentence. What belongs here: the words,
//! which every face copies. What must not: judging anything.

mod signals;
mod waited;

use std::time::Duration;

use jiff::Timestamp;

use super::{Asks, Condition, ConditionKind, ConditionStatus, Rung, RungState, Status, duration};
use crate::{facts::Gate, share::Share};

/// A row of what must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// As in `error rate`, `hold of step 2`.
    pub name: String,
    /// Whether it holds.
    pub state: RungState,
    /// What was seen, in words and units.
    pub observed: String,
    /// What it must be.
    pub limit: String,
    /// Requests, points or alarms that the figure rests on.
    pub samples: Option<u64>,
    /// The time that the figure covers.
    pub window: Option<String>,
    /// Since when it is as it is.
    pub since: Option<Timestamp>,
    /// What would open it.
    pub unblocked_by: Option<String>,
    /// When it can open at the earliest.
    pub earliest: Option<Timestamp>,
}

impl Row {
    fn new(
        name: impl Into<String>,
        state: RungState,
        observed: impl Into<String>,
        limit: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            state,
            observed: observed.into(),
            limit: limit.into(),
            samples: None,
            window: None,
            since: None,
            unblocked_by: None,
            earliest: None,
        }
    }
}

const PREFLIGHT: &str = "preflight";
const ROUTES: &str = "routes as applied";
const TASKS: &str = "IPv6 tasks";
const TARGETS: &str = "IPv6 targets healthy";
const CANARY: &str = "canary";
const PROOF: &str = "task beside the service";
const BAKE: &str = "bake";
const DRAIN: &str = "IPv4 drained";
const CONSUMERS: &str = "consumers of the old name";
const COLD: &str = "kept cold";

fn hold_of(step: usize) -> String {
    format!("hold of step {}", step + 1)
}

fn approval(gate: Gate) -> String {
    match gate {
        Gate::Step(i) => format!("approval after step {}", i + 1),
        Gate::TooFew(i) => format!("approval of step {} with too few requests", i + 1),
        Gate::Consumers => "approval that all consumers moved".to_owned(),
        Gate::Retire => "approval to retire".to_owned(),
    }
}

/// By Container Insights, which tells each task's bytes and not whose they are.
fn received(ipv4: Option<u64>, ipv6: Option<u64>) -> String {
    let side = |bytes: Option<u64>| match bytes {
        Some(bytes) => format!("{bytes} bytes a second"),
        None => "nobody knows what".to_owned(),
    };
    match (ipv4, ipv6) {
        (None, None) => {
            "unknown: Container Insights tells nothing of either side's tasks".to_owned()
        }
        _ => format!(
            "{} reach IPv4's tasks, {} the twin's",
            side(ipv4),
            side(ipv6)
        ),
    }
}

fn webhook(step: usize) -> String {
    format!("webhook after step {}", step + 1)
}

impl Status {
    /// Every row, from the bottom of the ladder.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self.walk.iter().flat_map(|rung| self.told(rung)).collect();
        if let Some(on) = &self.waiting_on {
            waited::mark(self, on, &mut rows);
        }
        rows
    }

    fn told(&self, rung: &Rung) -> Vec<Row> {
        let row = match &rung.asks {
            Asks::Evidence => return signals::judged(self),
            Asks::Limit(signal, max) => signals::ahead(*signal, *max),
            Asks::Metric(gauge) => signals::metric_ahead(gauge),
            Asks::Routes => self.routes(),
            Asks::Preflight(found) => {
                let found = found.as_ref().map(ToString::to_string);
                let found = found.unwrap_or_else(|| "not looked at yet".to_owned());
                Row::new(PREFLIGHT, rung.state, found, "no finding that blocks")
            }
            Asks::Tasks(found) => self.tasks(rung.state, *found),
            Asks::Targets { found, needed } => targets(rung.state, *found, *needed),
            Asks::Proof(needed) => {
                let seen = if rung.state == RungState::Open {
                    "it stood"
                } else {
                    "not proven yet"
                };
                let limit = format!("one stands on IPv6 alone for {}", duration(*needed));
                Row::new(PROOF, rung.state, seen, limit)
            }
            Asks::Canary(needed) => {
                let limit = format!("healthy for {} by CloudWatch's account", duration(*needed));
                Row::new(CANARY, rung.state, "not proven yet", limit)
            }
            Asks::Hold {
                step,
                at,
                hold,
                proven,
            } => held(hold_of(*step), rung.state, *at, *hold, *proven),
            Asks::Bake { bake, proven } => {
                held(BAKE.to_owned(), rung.state, Share::ALL, *bake, *proven)
            }
            Asks::Approval(gate) => Row::new(
                approval(*gate),
                rung.state,
                "not asked yet",
                "a person's approval",
            ),
            Asks::Webhook { step, host } => Row::new(
                webhook(*step),
                rung.state,
                "not asked yet",
                format!("a yes of {host}"),
            ),
            Asks::Drain => {
                let seen = if rung.state == RungState::Open {
                    "drained"
                } else {
                    "not asked yet"
                };
                Row::new(
                    DRAIN,
                    rung.state,
                    seen,
                    "no request to IPv4 for the drain time",
                )
            }
            Asks::Consumers { ipv4, ipv6 } => Row::new(
                CONSUMERS,
                rung.state,
                received(*ipv4, *ipv6),
                "a person says that all have moved",
            ),
            Asks::Cold(keep) => {
                let kept = if rung.state == RungState::Open {
                    "over"
                } else {
                    "not begun"
                };
                let limit = format!("IPv4 at zero tasks for {}", duration(*keep));
                Row::new(COLD, rung.state, kept, limit)
            }
        };
        vec![row]
    }

    fn condition(&self, kind: ConditionKind) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.kind == kind)
    }

    fn routes(&self) -> Row {
        let condition = self.condition(ConditionKind::RoutesInStep);
        let state = match condition.map(|c| c.status) {
            Some(ConditionStatus::True) => RungState::Open,
            Some(ConditionStatus::False) => RungState::Closed,
            Some(ConditionStatus::Unknown) | None => RungState::Unknown,
        };
        let observed = match self.shares.observed {
            Some(share) => format!("{share} on IPv6"),
            None => condition.map(|c| c.message.clone()).unwrap_or_default(),
        };
        let applied = self.shares.applied;
        let limit = applied.map_or_else(|| "as they were".to_owned(), |s| format!("{s} on IPv6"));
        Row {
            since: condition.map(|c| c.since),
            ..Row::new(ROUTES, state, observed, limit)
        }
    }

    fn tasks(&self, state: RungState, found: Option<(u32, u32)>) -> Row {
        let limit = "as many as desired, without IPv4 addresses";
        let Some((running, desired)) = found else {
            return Row::new(TASKS, state, "no twin yet", limit);
        };
        Row {
            since: self
                .condition(ConditionKind::TwinAvailable)
                .map(|c| c.since),
            ..Row::new(TASKS, state, format!("{running} of {desired} run"), limit)
        }
    }
}

fn targets(state: RungState, found: Option<(u32, u32)>, needed: Option<u32>) -> Row {
    let limit = match needed {
        Some(needed) => format!("{needed} healthy, one in every zone"),
        None => "enough for the share, one in every zone".to_owned(),
    };
    let observed = match found {
        Some((healthy, all)) => format!("{healthy} of {all} healthy"),
        None => "none registered yet".to_owned(),
    };
    Row::new(TARGETS, state, observed, limit)
}

fn held(
    name: String,
    state: RungState,
    at: Share,
    hold: Duration,
    proven: Option<Duration>,
) -> Row {
    let observed = match (state, proven) {
        (RungState::Open, _) => "long enough".to_owned(),
        (_, Some(proven)) => proven_for(proven),
        (_, None) => "not begun".to_owned(),
    };
    Row::new(
        name,
        state,
        observed,
        format!("{at} proven good for {}", duration(hold)),
    )
}

fn proven_for(proven: Duration) -> String {
    format!("proven for {}", duration(proven))
}
