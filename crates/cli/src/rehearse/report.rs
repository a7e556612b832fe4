//! What a rehearsal comes to, and what `-o json` prints of it.
//!
//! What belongs here: the object's members. What must not: sentences.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use sixshift_controller::{
    Ending,
    copy::{Lack, Names},
};
use sixshift_core::status::Status;

use super::course::Played;

/// Plans of one place, played to their end.
#[derive(Debug)]
pub(super) struct Rehearsal {
    pub(super) ending: Ending,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) plans: Vec<Played>,
    pub(super) statuses: Vec<Status>,
    pub(super) api_calls: BTreeMap<String, u64>,
    pub(super) throttled: u64,
    pub(super) lacks: Vec<Lack>,
    pub(super) names: Names,
}

impl Default for Rehearsal {
    fn default() -> Self {
        Self {
            ending: Ending::Stopped,
            from: Timestamp::UNIX_EPOCH,
            until: Timestamp::UNIX_EPOCH,
            plans: Vec::new(),
            statuses: Vec::new(),
            api_calls: BTreeMap::new(),
            throttled: 0,
            lacks: Vec::new(),
            names: Names::default(),
        }
    }
}

impl Rehearsal {
    /// Whether every plan stood still in the end.
    pub(super) fn settled(&self) -> bool {
        self.ending == Ending::Settled
    }
}

/// The whole report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report<'a> {
    api_version: &'static str,
    kind: &'static str,
    fault: Option<&'a str>,
    settled: bool,
    wall_seconds: f64,
    /// One for each region and role.
    rehearsals: Vec<Value>,
}

impl<'a> Report<'a> {
    /// In the live side's names.
    ///
    /// # Errors
    /// Something cannot be written as JSON, which is a defect.
    pub(super) fn of(
        fault: Option<&'a str>,
        wall: Duration,
        rehearsals: &[Rehearsal],
    ) -> anyhow::Result<Self> {
        let rehearsal = |one: &Rehearsal| {
            let lacks = one.lacks.iter();
            let lacks = lacks.map(|l| json!({ "what": l.what, "means": l.means }));
            let told = json!({
                "from": one.from,
                "until": one.until,
                "plans": serde_json::to_value(&one.plans)?,
                "notCopied": lacks.collect::<Vec<_>>(),
                "apiCalls": one.api_calls,
                "throttled": one.throttled,
            });
            Ok(one.names.told(&told))
        };
        Ok(Self {
            api_version: "sixshift/v1",
            kind: "RehearsalReport",
            fault,
            settled: rehearsals.iter().all(Rehearsal::settled),
            wall_seconds: (wall.as_secs_f64() * 10.0).round() / 10.0,
            rehearsals: rehearsals
                .iter()
                .map(rehearsal)
                .collect::<anyhow::Result<_>>()?,
        })
    }
}
