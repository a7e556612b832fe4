//! What `-o json` prints: one versioned object at the end of a run.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use serde::Serialize;
use sixshift_controller::{Outcome, Round};
use sixshift_core::{
    readiness::Finding,
    share::Share,
    status::{Health, Phase, Shares, Status, WaitingOn, duration},
};
use sixshift_sim::world::traffic::Traffic;

/// The whole report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    pub(crate) api_version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) settled: bool,
    pub(crate) virtual_seconds: u64,
    pub(crate) wall_seconds: f64,
    pub(crate) plans: Vec<PlanReport>,
    pub(crate) api_calls: BTreeMap<String, u64>,
    pub(crate) throttled: u64,
    /// Changes that AWS accepted, by operation; only a simulated region can know of those whose answer was lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) accepted: Option<BTreeMap<String, u64>>,
}

impl Report {
    /// How long it took here, for people; to the tenth as long as that can be noticed.
    pub(crate) fn wall_time(&self) -> String {
        if self.wall_seconds < 60.0 {
            return format!("{} s", self.wall_seconds);
        }
        duration(Duration::try_from_secs_f64(self.wall_seconds).unwrap_or_default())
    }
}

/// One plan's part.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlanReport {
    pub(crate) name: String,
    /// Only in a demo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scenario: Option<String>,
    pub(crate) phase: Phase,
    pub(crate) health: Health,
    pub(crate) shares: Shares,
    pub(crate) sentence: String,
    /// What preflight found that stops nothing, as it was when the IPv4 side was last there.
    pub(crate) warnings: Vec<Finding>,
    /// Customers' requests; only a simulated region can know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requests: Option<Requests>,
    pub(crate) share_history: Vec<SharePoint>,
    pub(crate) actions: Vec<ActionPoint>,
    /// Each time that it began to wait for a person.
    pub(crate) called: Vec<CallPoint>,
}

/// A person is needed from a moment on.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CallPoint {
    pub(crate) at: Timestamp,
    pub(crate) on: &'static str,
}

/// Customers' requests to a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Requests {
    pub(crate) total: u64,
    pub(crate) failed: u64,
    pub(crate) failed_on_ipv6: u64,
}

impl From<Traffic> for Requests {
    fn from(seen: Traffic) -> Self {
        Self {
            total: seen.total,
            failed: seen.failed,
            failed_on_ipv6: seen.failed_on_ipv6,
        }
    }
}

/// The share that was read back from a moment on.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SharePoint {
    pub(crate) at: Timestamp,
    pub(crate) observed: Share,
}

/// A change that AWS accepted.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ActionPoint {
    pub(crate) at: Timestamp,
    pub(crate) name: String,
}

/// What is collected while rounds go by.
#[derive(Debug, Default)]
pub(crate) struct History {
    plans: BTreeMap<String, Collected>,
}

#[derive(Clone, Debug, Default)]
struct Collected {
    shares: Vec<SharePoint>,
    actions: Vec<ActionPoint>,
    called: Vec<CallPoint>,
    warnings: Vec<Finding>,
    /// What a person is waited for now.
    calling: Option<&'static str>,
}

impl History {
    /// Takes note of a round.
    pub(crate) fn add(&mut self, round: &Round) {
        let Collected {
            shares,
            actions,
            called,
            warnings,
            calling,
        } = self.plans.entry(round.plan.clone()).or_default();
        let at = round.status.at;
        if !round.status.ipv4_gone {
            warnings.clone_from(&round.status.warnings);
        }
        let on = round.status.waiting_on.as_ref();
        let on = on.filter(|on| on.needs_person()).map(WaitingOn::kind);
        if *calling != on {
            called.extend(on.map(|on| CallPoint { at, on }));
            *calling = on;
        }
        if let Some(observed) = round.status.shares.observed
            && shares.last().is_none_or(|s| s.observed != observed)
        {
            shares.push(SharePoint { at, observed });
        }
        if let Outcome::Acted(action) = &round.outcome {
            actions.push(ActionPoint {
                at,
                name: action.name(),
            });
        }
    }

    /// A plan's part of the report.
    pub(crate) fn of(&self, status: &Status) -> PlanReport {
        let collected = self.plans.get(&status.plan).cloned().unwrap_or_default();
        PlanReport {
            name: status.plan.clone(),
            scenario: None,
            phase: status.phase,
            health: status.health,
            shares: status.shares,
            sentence: status.sentence.clone(),
            warnings: collected.warnings,
            requests: None,
            share_history: collected.shares,
            actions: collected.actions,
            called: collected.called,
        }
    }
}
