//! A CloudWatch alarm as read.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// A CloudWatch alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Name.
    pub name: String,
    /// OK, ALARM or INSUFFICIENT_DATA.
    pub state: String,
    /// AWS's sentence.
    pub reason: Option<String>,
    /// Since when it has been in this state.
    pub since: Timestamp,
    /// `TreatMissingData`; `None` for a composite alarm.
    pub missing: Option<Missing>,
    /// What it watches; nothing for a composite alarm.
    pub watches: Vec<Watched>,
}

/// `TreatMissingData`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// `missing`, which AWS takes where nothing is said: without a datapoint it goes to INSUFFICIENT_DATA.
    #[default]
    Missing,
    /// `ignore`: it stays as it is.
    Ignore,
    /// `breaching`.
    Breaching,
    /// `notBreaching`.
    NotBreaching,
}

/// A metric that an alarm watches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// As in `AWS/ApplicationELB`.
    pub namespace: String,
    /// As in `HTTPCode_Target_5XX_Count`.
    pub metric: String,
    /// By name.
    pub dimensions: BTreeMap<String, String>,
}
