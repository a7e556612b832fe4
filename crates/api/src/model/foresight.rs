//! What a plan will do before it does anything.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Way;

/// What lies ahead of a plan, from where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Foresight {
    /// The plan's name.
    pub name: String,
    /// The revision that was foreseen.
    pub revision: String,
    /// Region, cluster and service.
    pub service: String,
    /// Which way it goes.
    #[serde(default)]
    pub way: Way,
    /// `nothing` (is to be done), `changes`, `blocked` (it will not come to its end), `unreadable` (AWS did not tell enough).
    pub outcome: String,
    /// Where it ends, in a sentence.
    pub sentence: String,
    /// What it waits for then, as a word; none where it is done.
    pub waiting_on: Option<String>,
    /// What would unblock that.
    pub unblocked_by: Option<String>,
    /// The page of the runbook on that.
    pub runbook: Option<String>,
    /// When it was foreseen.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// When the end is reached, at the earliest.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// What preflight finds now, worst first; what the plan waives last.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// What is done and waited for, in order.
    pub ahead: Vec<Ahead>,
    /// The IAM actions that the calls need, what AWS asks beside them included, each once.
    pub permissions: Vec<String>,
    /// What will be in the account, and what will be gone.
    pub account: Account,
    /// What runs twice meanwhile.
    pub twice: Twice,
}

/// Something that preflight finds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable, as in `spec.preflight.waive`.
    pub code: String,
    /// `block` (nothing goes forward with it) or `warn`.
    pub severity: String,
    /// What is found.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Why the plan takes it as it is; `null`: it does not.
    pub waived: Option<String>,
}

/// One thing that lies ahead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Ahead {
    /// A call that changes something.
    Call {
        /// From 1.
        number: usize,
        /// At the earliest.
        #[schema(value_type = String, format = DateTime)]
        at: Timestamp,
        /// The phase that it belongs to.
        phase: String,
        /// The call, which is the IAM action too.
        call: String,
        /// What it does, in a few words.
        what: String,
        /// What it is done to.
        resource: Resource,
        /// What changes.
        changes: Vec<Change>,
    },
    /// Nothing for a while.
    Wait {
        /// From when.
        #[schema(value_type = String, format = DateTime)]
        from: Timestamp,
        /// Until when, at the earliest.
        #[schema(value_type = String, format = DateTime)]
        until: Timestamp,
        /// In which phase.
        phase: String,
        /// What is waited for, as a word.
        // By name: the document does not follow `rename_all_fields`.
        #[serde(rename = "waitingOn")]
        waiting_on: String,
        /// In a few words.
        what: String,
        /// How long it takes is AWS's affair, and assumed.
        assumed: bool,
        /// The share on IPv6 meanwhile, in percent.
        share: f64,
    },
    /// A gate that a person opens. What follows takes for granted that somebody does, at once.
    Gate {
        /// When it is reached, at the earliest.
        #[schema(value_type = String, format = DateTime)]
        at: Timestamp,
        /// As in `step:2`, `tooFew:1`, `consumers`, `retire`.
        gate: String,
        /// What opens it.
        command: String,
    },
}

/// A resource of AWS's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// As in `target group`, `rule`, `service`.
    pub kind: String,
    /// For people.
    pub name: String,
    /// `null`: it has none, or AWS gives it when it is made.
    pub arn: Option<String>,
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// What of the resource.
    pub what: String,
    /// As it is; `null`: it is not there.
    pub before: Option<String>,
    /// As it will be; `null`: it will not be there.
    pub after: Option<String>,
}

/// What will be in the account once all is done, and what will be gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Made.
    pub made: Vec<Thing>,
    /// There now, and otherwise then.
    pub changed: Vec<Thing>,
    /// There now, and as it was.
    pub kept: Vec<Thing>,
    /// There now, and gone.
    pub gone: Vec<Thing>,
}

/// A thing in the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Thing {
    /// Which one.
    #[serde(flatten)]
    pub resource: Resource,
    /// What it is like now, in a few words; `null`: it is not there.
    pub before: Option<String>,
    /// What it will be like; `null`: it will not be there.
    pub after: Option<String>,
}

/// Tasks that run beside those that do their work already: of each moment, as many as the smaller side has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Twice {
    /// Since both sides have tasks; `null` where they never have.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// Hours, summed over the tasks.
    pub task_hours: f64,
    /// Hours of vCPUs; `null` where the task definition does not say a task's size.
    pub vcpu_hours: Option<f64>,
    /// Hours of GB of memory.
    pub gb_hours: Option<f64>,
    /// `fargate`, `fargateProviders` (on demand or spot), or `instances` (paid for whatever runs on them).
    pub capacity: String,
    /// As the task definition says: X86_64, ARM64.
    pub architecture: Option<String>,
    /// As the task definition says: LINUX, or one of Windows'.
    pub operating_system: Option<String>,
    /// Public IPv4 addresses of the IPv4 side's tasks, which the twin does without.
    pub public_addresses: u32,
}
