//! What a check is: one thing that must hold before a service runs on IPv6 alone, and how it answers.
//!
//! What belongs here: the shape that every check has. What must not: any check (a file a topic, beside this one).

use serde::Serialize;
use serde_json::Value;

use super::in_place;
use crate::{
    observation::{Ground, Known, Observation, Pair, Service, TaskDefinition, Why},
    plan::Plan,
};

/// One thing that must hold.
#[derive(Debug)]
pub struct Check {
    /// Stable, for searches: `NET-004`.
    pub id: &'static str,
    /// Stable too, as plans waive it and every face shows it: `one-zone`.
    pub name: &'static str,
    /// What it is about.
    pub category: Category,
    /// How much it matters at worst where it does not hold.
    pub severity: Severity,
    /// What holds, as a sentence.
    pub holds: &'static str,
    /// What would happen where it does not, in sentences.
    pub why: &'static str,
    /// What to do then: an imperative, without a full stop.
    pub remedy: &'static str,
    /// Where AWS or others say so.
    pub source: &'static str,
    /// Whether a plan may take it as it is.
    pub waiving: Waiving,
    /// What says whether it holds.
    pub(super) run: fn(&Scene<'_>) -> Judged,
}

/// What a check is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words are their meaning")]
pub enum Category {
    Api,
    Iam,
    Ecs,
    TaskDef,
    Image,
    Net,
    Lb,
    Dns,
    Dep,
    Metrics,
    Scale,
    Plan,
}

impl Category {
    /// All of them, in the order of pages and tables.
    pub const ALL: [Self; 12] = [
        Self::Api,
        Self::Iam,
        Self::Ecs,
        Self::TaskDef,
        Self::Image,
        Self::Net,
        Self::Lb,
        Self::Dns,
        Self::Dep,
        Self::Metrics,
        Self::Scale,
        Self::Plan,
    ];

    /// As people name it to `--only`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Iam => "iam",
            Self::Ecs => "ecs",
            Self::TaskDef => "taskdef",
            Self::Image => "image",
            Self::Net => "net",
            Self::Lb => "lb",
            Self::Dns => "dns",
            Self::Dep => "dep",
            Self::Metrics => "metrics",
            Self::Scale => "scale",
            Self::Plan => "plan",
        }
    }

    /// What its checks look at, as a heading.
    #[must_use]
    pub fn heading(self) -> &'static str {
        match self {
            Self::Api => "What this version knows",
            Self::Iam => "Permissions",
            Self::Ecs => "The service",
            Self::TaskDef => "The task definition",
            Self::Image => "Images",
            Self::Net => "The network",
            Self::Lb => "Load balancers and routes",
            Self::Dns => "Names and discovery",
            Self::Dep => "What the service talks to",
            Self::Metrics => "Evidence",
            Self::Scale => "Scaling",
            Self::Plan => "The plan",
        }
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Good to have heard of.
    Info,
    /// Worth knowing.
    Warn,
    /// Would break.
    Block,
}

impl Severity {
    /// As people read it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Block => "block",
        }
    }
}

/// Whether a finding can be waived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiving {
    /// It is a judgement: who knows the service may judge otherwise, and says why.
    ByReason,
    /// What would follow, without a full stop.
    Never(&'static str),
}

pub(super) const REFUSED: Waiving = Waiving::Never("AWS would refuse what follows");
pub(super) const LOST: Waiving = Waiving::Never("customers would lose their way to the service");
pub(super) const STUCK: Waiving = Waiving::Never("the migration could not go on all the same");
pub(super) const GUESSED: Waiving = Waiving::Never("a copy would have to guess");
pub(super) const FOUGHT: Waiving = Waiving::Never("somebody else would write what sixshift writes");
pub(super) const RESIZED: Waiving = Waiving::Never("a running service would be resized");

impl Check {
    /// Whether a plan may take it as it is.
    #[must_use]
    pub fn is_waivable(&self) -> bool {
        self.waiving == Waiving::ByReason
    }

    /// Its page in `docs/checks/`.
    #[must_use]
    pub fn page(&self) -> String {
        format!("docs/checks/{}.md", self.id)
    }

    /// What it says of a scene.
    #[must_use]
    pub fn answer(&self, scene: &Scene<'_>) -> Answer {
        if !in_place::asks(self, scene.plan) {
            return Answer::NotHere;
        }
        match (self.run)(scene) {
            Ok(found) if found.is_empty() => Answer::Holds,
            Ok(found) => Answer::Found(found),
            Err(Spared::NotHere) => Answer::NotHere,
            Err(Spared::Unknown(why)) => Answer::Unknown(why),
        }
    }
}

/// What a check looks at.
#[derive(Clone, Debug)]
pub struct Scene<'a> {
    /// What somebody wants.
    pub plan: &'a Plan,
    /// What AWS said.
    pub seen: &'a Observation,
    /// The original's task definition, read once for all checks; null where it is not seen.
    document: Value,
}

/// What a check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It holds.
    Holds,
    /// There is nothing that it could be about.
    NotHere,
    /// It does not hold, here and here.
    Found(Vec<Found>),
    /// It could not be checked.
    Unknown(Why),
}

/// One place where a check does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// How much this one matters.
    pub severity: Option<Severity>,
    /// What was seen, without a full stop.
    pub message: String,
    /// What to do here, where that says more than the check's own remedy; without a full stop.
    pub remedy: Option<String>,
}

impl Found {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            severity: None,
            message: message.into(),
            remedy: None,
        }
    }

    pub(super) fn remedied(self, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Self { remedy, ..self }
    }

    pub(super) fn of(self, severity: Severity) -> Self {
        let severity = Some(severity);
        Self { severity, ..self }
    }
}

/// Every place where it does not hold: none means that it does.
pub(super) type Judged = Result<Vec<Found>, Spared>;

/// Why a check has nothing to say.
#[derive(Clone, Debug)]
pub(super) enum Spared {
    NotHere,
    Unknown(Why),
}

/// The one place, where it does not hold.
pub(super) fn unless(holds: bool, message: impl FnOnce() -> String) -> Judged {
    Ok(if holds {
        Vec::new()
    } else {
        vec![Found::new(message())]
    })
}

/// What is seen; what is not there is nothing to be about.
pub(super) fn known<T>(part: &Known<T>) -> Result<&T, Spared> {
    match part {
        Known::Seen(t) => Ok(t),
        Known::Absent => Err(Spared::NotHere),
        Known::Unknown(why) => Err(Spared::Unknown(why.clone())),
    }
}

impl<'a> Scene<'a> {
    /// Of a plan and what was seen for it.
    #[must_use]
    pub fn new(plan: &'a Plan, seen: &'a Observation) -> Self {
        let definition = seen.ipv4_task_definition.seen();
        Self {
            plan,
            seen,
            document: definition.map_or(Value::Null, |d| d.document.read()),
        }
    }

    pub(super) fn service(&self) -> Result<&'a Service, Spared> {
        known(&self.seen.ipv4)
    }

    pub(super) fn definition(&self) -> Result<&'a TaskDefinition, Spared> {
        known(&self.seen.ipv4_task_definition)
    }

    /// What AWS says of it, whole.
    pub(super) fn document(&self) -> Result<&Value, Spared> {
        self.definition().map(|_| &self.document)
    }

    pub(super) fn pairs(&self) -> Result<&'a [Pair], Spared> {
        known(&self.seen.pairs).map(Vec::as_slice)
    }

    pub(super) fn ground(&self) -> Result<&'a Ground, Spared> {
        known(&self.seen.ground).map(|g| &**g)
    }
}
