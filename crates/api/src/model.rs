//! The words of the API, as JSON: what the daemon answers and what the command line and the dashboard read.
//!
//! What belongs here: shapes. They are a contract of their own, so that the inside may change. Shares are in percent, rates
//! in percent, latencies in milliseconds, durations in seconds, times as RFC 3339.

mod fleet;
mod foresight;
mod handover;
mod order;
mod past;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use fleet::{Count, Fleet, Mistake, NeedsYou, Source, Stale, Unwritten};
pub use foresight::{Account, Ahead, Change, Finding, Foresight, Resource, Thing, Twice};
pub use handover::Handover;
pub use order::{Accepted, Look, Order, Reconcile, Reconciled};
pub use past::{Mark, Rollback};

/// A page of something.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Give this as `after` (or `before`) to get the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// Four shares on IPv6, in percent; `null`: not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shares {
    /// What the plan wants now.
    pub desired: Option<f64>,
    /// What the API last accepted.
    pub applied: Option<f64>,
    /// What was read back.
    pub observed: Option<f64>,
    /// What was measured from request counts.
    pub effective: Option<f64>,
}

/// Every word of [`PlanSummary::phase`], in the order of the ladder.
pub const PHASES: [&str; 13] = [
    "Unknown",
    "Checking",
    "TargetGroup",
    "TaskDefinition",
    "Service",
    "Warm",
    "Shift",
    "Bake",
    "Cold",
    "Retire",
    "Done",
    "RollingBack",
    "RolledBack",
];

/// Every word of [`PlanSummary::health`], those first that somebody must look at.
pub const HEALTHS: [&str; 5] = ["Bad", "NeedsPerson", "Unknown", "Progressing", "Complete"];

/// Every word of [`Event::kind`].
pub const KINDS: [&str; 10] = [
    "acted", "failed", "vetoed", "phase", "waiting", "verdict", "finding", "command", "source",
    "daemon",
];

/// Every window of a chart that can be asked for. The longest there is only where a hold is judged by more than minutes.
pub const WINDOWS: [&str; 4] = ["30m", "1h", "3h", "1d"];

/// One plan in a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanSummary {
    /// Its name.
    pub name: String,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// Region, cluster and service, as in `eu-central-1/prod/checkout`; empty where no text of it was ever good.
    pub service: String,
    /// The revision that runs.
    pub revision: Option<String>,
    /// The commit it came from.
    pub commit: Option<String>,
    /// Where it stands; `Unknown` until it was looked at.
    pub phase: String,
    /// How it goes: Progressing, Complete, NeedsPerson, Bad, Unknown.
    pub health: String,
    /// Number of the step whose share is applied, from 1.
    pub step: Option<usize>,
    /// How many steps the plan has.
    pub steps: usize,
    /// The four shares.
    pub shares: Shares,
    /// The verdict on the evidence: Good, TooFew, NoData, Error, Bad.
    pub verdict: Option<String>,
    /// What it waits for, as a word.
    pub waiting_on: Option<String>,
    /// Since when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub waiting_since: Option<Timestamp>,
    /// Where it stands, what it waits for, what comes next.
    pub sentence: String,
    /// What the source says of it now: Current, Invalid, Vanished.
    pub standing: String,
    /// Whether it changes nothing any more without a person, a commit, or AWS.
    pub settled: bool,
    /// When it was looked at.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// Rises with every change; for `If-None-Match` and readers of the stream.
    pub version: u64,
}

/// One plan, whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The line.
    pub summary: PlanSummary,
    /// Where its text is.
    pub origin: Origin,
    /// What is wrong with the newest text, where it is Invalid.
    pub mistakes: Vec<Mistake>,
    /// As written to YAML: the revision that runs.
    pub yaml: Option<String>,
    /// Which way it goes, and who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
    /// The ladder of shares.
    pub steps: Vec<Step>,
    /// Gate by gate: what must hold for it to go on.
    pub gates: Vec<Gate>,
    /// Kubernetes' conditions.
    pub conditions: Vec<Condition>,
    /// Plan, routes, target groups, services, tasks.
    pub tree: Node,
    /// Minutes of the recent past.
    pub chart: Chart,
    /// What an order would be answered now.
    pub commands: Vec<Offer>,
    /// Orders that stand: paused, approvals, abort, retry.
    pub orders: Vec<StandingOrder>,
    /// The rollback that AWS still has a note of, of this revision or of one before, with what was seen then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled_back: Option<Rollback>,
    /// What the newest task beside the service wrote first, where the plan moves it in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_lines: Option<FirstLines>,
    /// The gate that a person can open now, as [`Order::gate`] takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<String>,
    /// Where to read what to do, while it needs a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// Failed acts in a row.
    pub attempts: u32,
    /// When it is looked at next, at the latest.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub look_at: Option<Timestamp>,
}

/// The first lines of a task's log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FirstLines {
    /// The task's id.
    pub task: String,
    /// The container that wrote them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Each cut after 200 characters.
    pub lines: Vec<String>,
    /// Why there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
}

impl FirstLines {
    /// What stands over them.
    #[must_use]
    pub fn title(&self) -> String {
        let task = format!("First lines of task {}", self.task);
        match &self.container {
            Some(container) => format!("{task}, container {container}"),
            None => task,
        }
    }

    /// Said in their place, where there are none.
    #[must_use]
    pub fn none(&self) -> Option<String> {
        match &self.unread {
            Some(why) => Some(format!("Not read: {why}")),
            None => self
                .lines
                .is_empty()
                .then(|| "It has written none yet".to_owned()),
        }
    }
}

/// Which way a plan goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Way {
    /// As `spec.shift.via` names it; none until the service told it.
    pub via: Option<String>,
    /// `plan` (it names the way), `steps` (they can be made on no other) or `service` (`via: auto`, by what is before it).
    pub chosen_by: String,
    /// Why, without a full stop.
    pub why: String,
}

impl Way {
    /// Where the service told it, in a sentence: a reader of the plan knows the others.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        let via = self.via.as_deref()?;
        (self.chosen_by == "service").then(|| format!("via {via}: {}.", self.why))
    }
}

/// Where a plan's text is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// The commit.
    pub commit: Option<String>,
    /// When its author made it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub author_date: Option<Timestamp>,
    /// The file, relative to the source's root.
    pub file: String,
    /// From 1.
    pub line: u32,
}

/// One rung of the shares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// From 1.
    pub number: usize,
    /// Percent on IPv6.
    pub weight: f64,
    /// Seconds that it must be proven good.
    pub hold_seconds: u64,
    /// Whether a person must approve what comes after it.
    pub approval: bool,
    /// The host of the webhook that must say yes to what comes after it.
    #[serde(default)]
    pub webhook: Option<String>,
    /// `past`, `current` or `ahead`; where the revision was rolled back `failed`, or `aborted` by a person's order.
    pub state: String,
    /// Seconds proven so far, at the current one.
    pub proven_seconds: Option<u64>,
}

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gate {
    /// As in `error rate`, `hold of step 2`, `approval`.
    pub name: String,
    /// `open`, `closed` (it is what the plan waits for, or bad), `ahead` (not asked yet) or `unknown`.
    pub state: String,
    /// What was seen, in words and units.
    pub observed: String,
    /// What it must be.
    pub limit: String,
    /// Requests, points or alarms that the figure rests on.
    pub samples: Option<u64>,
    /// The time that the figure covers.
    pub window: Option<String>,
    /// Since when it is as it is.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// What would open it.
    pub unblocked_by: Option<String>,
    /// When it can open at the earliest.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub earliest: Option<Timestamp>,
}

/// One of Kubernetes' conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// What about.
    #[serde(rename = "type")]
    pub kind: String,
    /// True, False, Unknown.
    pub status: String,
    /// One CamelCase word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// The revision it speaks of.
    pub observed_revision: String,
}

/// Something in AWS, and what hangs on it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(no_recursion)]
pub struct Node {
    /// `plan`, `route`, `targetGroup`, `target`, `service`, `task`, `loadBalancer`, `taskDefinition`, `scaling`,
    /// `scalingPolicy`, `preflight`, `finding`.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// Its ARN, where it has one.
    pub arn: Option<String>,
    /// `ipv4` or `ipv6`, where it belongs to a side.
    pub side: Option<String>,
    /// `ok`, `warn`, `bad` or `unknown`.
    pub state: String,
    /// A few words: weights, counts, addresses.
    pub detail: String,
    /// What hangs on it.
    pub children: Vec<Self>,
}

/// Minutes of the recent past: one value a minute in each list, `null` where CloudWatch has none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Chart {
    /// Start of the first minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start: Option<Timestamp>,
    /// Seconds between values.
    pub period_seconds: u64,
    /// Requests on IPv4.
    pub requests_ipv4: Vec<Option<f64>>,
    /// Requests on IPv6.
    pub requests_ipv6: Vec<Option<f64>>,
    /// Percent of requests that failed on IPv4.
    pub errors_ipv4: Vec<Option<f64>>,
    /// Percent of requests that failed on IPv6.
    pub errors_ipv6: Vec<Option<f64>>,
    /// Milliseconds.
    pub p99_ipv4: Vec<Option<f64>>,
    /// Milliseconds.
    pub p99_ipv6: Vec<Option<f64>>,
    /// Percent on IPv6, measured.
    pub share: Vec<Option<f64>>,
    /// The plan's limit on errors, in percent.
    pub limit_errors: Option<f64>,
    /// The plan's limit on p99, in milliseconds.
    pub limit_p99: Option<f64>,
    /// Minutes at the end that may still change.
    pub incomplete: usize,
    /// What was done and ordered in that time, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
    /// The windows that can be asked for, the shortest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<String>,
}

/// Whether an order would be taken now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// pause, resume, approve, promote, abort, retry, adopt, freeze, unfreeze.
    pub verb: String,
    /// Why not; absent where it would.
    pub refused: Option<String>,
    /// What it would do, in a sentence.
    pub effect: String,
}

/// An order that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StandingOrder {
    /// The verb, for approvals with the gate, for promotions with the share.
    pub what: String,
    /// Who.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// For which revision.
    pub revision: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Rises by one with each event of the fleet.
    pub seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Which plan; `null`: the fleet.
    pub plan: Option<String>,
    /// The plan's revision.
    pub revision: Option<String>,
    /// The commit that revision came from.
    pub commit: Option<String>,
    /// One of [`KINDS`].
    pub kind: String,
    /// For people.
    pub text: String,
    /// The AWS call.
    pub call: Option<String>,
    /// The share on IPv6 that was read back then, in percent.
    pub share: Option<f64>,
    /// What the evidence said then.
    pub evidence: Vec<String>,
    /// Who.
    pub actor: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Begins a stream, and begins it anew for a reader who missed something: each plan follows as an event `plan`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The fleet.
    pub fleet: Fleet,
    /// Every plan's name: what is not in here is gone.
    pub plans: Vec<String>,
}

/// A plan that is no longer shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gone {
    /// Its name.
    pub name: String,
}

/// What is logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogLevel {
    /// A level (`error`, `warn`, `info`, `debug`, `trace`), or levels by target, as in `info,sixshift_aws=debug`.
    #[schema(
        pattern = r"^([A-Za-z0-9_:]+=)?(off|error|warn|info|debug|trace)(,([A-Za-z0-9_:]+=)?(off|error|warn|info|debug|trace))*$"
    )]
    pub filter: String,
}

/// Every answer that is no success, as a problem of RFC 9457; `code` and `remedy` are ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Always `about:blank`: the status and `code` tell what kind of problem it is.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The status in words.
    #[serde(default)]
    pub title: String,
    /// The status.
    #[serde(default)]
    pub status: u16,
    /// A word: notFound, unauthorized, forbidden, badRequest, refused, tooLarge, tooMany, unavailable, methodNotAllowed,
    /// unsupportedMediaType, timeout, misdirected.
    pub code: String,
    /// What is wrong.
    #[serde(alias = "message")]
    pub detail: String,
    /// What to do about it.
    pub remedy: String,
}
