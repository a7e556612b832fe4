//! What is kept of plans and people, and how it is written: JSON with the number of its format.
//!
//! A new optional field with a default keeps the number; whatever an older version would misread raises it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sixshift_core::{
    action::Action,
    facts::{Approval, Facts, Freeze, Order, Promotion},
    names::tag,
    plan::{self, Origin, Plan, Revision},
};

use super::{Error, Expect, Item, Write};
use crate::Provenance;

/// The format that this version writes, and the newest that it reads.
const KNOWN_FORMAT: u64 = 1;
/// Approvals kept of one plan, the newest: an older one is of a revision long gone.
const MOST_APPROVALS: usize = 100;

/// A word of a person that holds until it is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Said {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl Said {
    /// As what holds the fleet.
    #[must_use]
    pub fn freeze(&self) -> Freeze {
        Freeze {
            reason: self.reason.clone(),
            at: self.at,
        }
    }
}

/// What people said about one plan. That there is a record at all means: the journal knows this migration from its
/// beginning, or it was adopted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PlanFacts {
    /// It is paused.
    pub paused: Option<Said>,
    /// Gates that were opened.
    pub approvals: Vec<Approval>,
    /// The last order to take all traffic back.
    pub abort: Option<Order>,
    /// The last order to start again after a rollback.
    pub retry: Option<Order>,
    /// The last order to move on without the holds before.
    pub promotion: Option<Promotion>,
    /// It was taken over without the journal that it began with.
    pub adopted: Option<Said>,
    /// Our notes in AWS, for where somebody removes the tags that they are.
    pub notes: BTreeMap<String, String>,
    /// What it waits for, and since when: a restart of the daemon begins no wait anew.
    pub waits: Option<Waits>,
    /// Which conditions hold and which do not, by their names, and since when.
    pub conditions: BTreeMap<String, Held>,
}

/// How a condition stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// Since when.
    pub since: Timestamp,
}

/// What a receiver of notifications has accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Heard {
    /// The number of the newest event that it was told of, or that was not for it.
    pub up_to: u64,
    /// Plans that it was told need a person, by name, until it was told that this is over.
    pub calls: BTreeMap<String, Called>,
}

/// What a receiver was told a person is needed for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Called {
    /// The kind of the wait.
    pub on: String,
    /// At which step.
    pub step: Option<usize>,
    /// The event's number.
    pub event: u64,
    /// Since when, by that event.
    pub since: Timestamp,
    /// When it was told last.
    pub told: Timestamp,
    /// How often it was told again.
    pub again: u32,
}

/// A wait that lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Waits {
    /// The kind of it, as every face names it.
    pub on: String,
    /// At which step.
    pub step: Option<usize>,
    /// Since when.
    pub since: Timestamp,
}

impl Waits {
    /// Whether another one is the same wait, whenever that began.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        (&self.on, self.step) == (&other.on, other.step)
    }
}

impl PlanFacts {
    /// As the ladder takes them; what the daemon lacks, and what it wrote a moment ago, is not in here.
    #[must_use]
    pub fn facts(&self, frozen: Option<&Said>) -> Facts {
        Facts {
            frozen: frozen.map(Said::freeze),
            paused: self.paused.as_ref().map(|said| said.reason.clone()),
            approvals: self.approvals.clone(),
            abort: self.abort.clone(),
            retry: self.retry.clone(),
            promotion: self.promotion.clone(),
            notes: self.notes.clone().into(),
            ..Facts::default()
        }
    }

    /// Takes over what AWS took of our notes; whether that is anything new.
    pub(crate) fn note(&mut self, action: &Action) -> bool {
        let before = self.notes.clone();
        let made = match action {
            Action::CreateTargetGroup { tags, .. } => Some(tags),
            action => action.notes(),
        };
        let kept = made.into_iter().flatten();
        let kept = kept.filter(|(key, _)| tag::is_kept_twice(key));
        self.notes.extend(kept.map(|(k, v)| (k.clone(), v.clone())));
        let gone = action.forgets();
        self.notes.retain(|k, _| !gone.contains(k));
        self.notes != before
    }
}

/// The last good text of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanText {
    /// The document, as the program writes it.
    pub yaml: String,
    /// Its revision when it was written. Another one after reading it again means another version of the program.
    pub revision: Revision,
    /// Where it came from.
    pub from: Provenance,
}

impl PlanText {
    /// The text of a plan.
    ///
    /// # Errors
    /// It cannot be written as YAML.
    pub fn of(plan: &Plan, from: Provenance) -> Result<Self, Error> {
        let document = plan::source::Document::from(plan);
        let yaml = serde_yaml::to_string(&document).map_err(|source| Error::PlanText {
            name: plan.name.clone(),
            source: Box::new(source),
        })?;
        let revision = plan.revision.clone();
        Ok(Self {
            yaml,
            revision,
            from,
        })
    }

    /// The plan, with the place it came from.
    ///
    /// # Errors
    /// This version of sixshift does not take the text: the plan runs when its source was read.
    pub fn plan(&self) -> Result<Plan, Error> {
        let parsed = plan::parse(&self.from.file, &self.yaml);
        let refused = |source| Error::PlanText {
            name: self.from.file.display().to_string(),
            source,
        };
        let plans = parsed.map_err(|mistakes| refused(mistakes.to_string().into()))?;
        let [mut plan]: [Plan; 1] =
            <[Plan; 1]>::try_from(plans).map_err(|_| refused("it is not one plan".into()))?;
        plan.origin = Origin {
            file: self.from.file.clone(),
            line: self.from.line,
        };
        Ok(plan)
    }
}

/// What the journal holds of one plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KnownPlan {
    /// Its last good text.
    pub text: Option<PlanText>,
    /// What people said. `None`: the journal knows nothing of a migration of it.
    pub facts: Option<PlanFacts>,
}

/// Everything that a start needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// The journal was empty: the first start, or it was lost.
    pub new: bool,
    /// Nothing moves in the whole fleet.
    pub frozen: Option<Said>,
    /// By name.
    pub plans: BTreeMap<String, KnownPlan>,
    /// The newest event's number; 0: there is none.
    pub last_event: u64,
}

/// Something to keep from now on.
#[derive(Clone, Debug, PartialEq)]
pub enum Save {
    /// The last good text of the plan with this name.
    Plan(String, PlanText),
    /// What people said about the plan with this name.
    Facts(String, Box<PlanFacts>),
    /// Nothing that people said about the plan with this name: the journal does not know it.
    Unsaid(String),
    /// Nothing moves in the whole fleet; `None`: it may.
    Fleet(Option<Said>),
    /// Nothing more of the plan with this name but its history.
    Forget(String),
    /// What the receiver of notifications with this name has heard.
    Heard(String, Box<Heard>),
    /// Nothing of a receiver of notifications that is no longer in the settings.
    Unheard(String),
}

#[derive(Serialize, Deserialize)]
struct Fleet {
    frozen: Option<Said>,
}

pub(super) const PLANS: &str = "plan/";
pub(super) const FACTS: &str = "facts/";
pub(super) const HEARD: &str = "heard/";
pub(super) const FLEET: &str = "fleet";
pub(super) const JOURNAL: &str = "journal";

impl Save {
    pub(super) fn writes(self) -> Result<Vec<Write>, Error> {
        Ok(match self {
            Self::Plan(name, text) => vec![put(format!("{PLANS}{}", segment(&name)), &text)?],
            Self::Facts(name, mut facts) => {
                let superfluous = facts.approvals.len().saturating_sub(MOST_APPROVALS);
                facts.approvals.drain(..superfluous);
                vec![put(format!("{FACTS}{}", segment(&name)), &facts)?]
            }
            Self::Unsaid(name) => vec![forget(FACTS, &name)],
            Self::Fleet(frozen) => vec![put(FLEET.to_owned(), &Fleet { frozen })?],
            Self::Forget(name) => vec![forget(PLANS, &name), forget(FACTS, &name)],
            Self::Heard(name, heard) => vec![put(format!("{HEARD}{}", segment(&name)), &heard)?],
            Self::Unheard(name) => vec![forget(HEARD, &name)],
        })
    }

    /// Whether nothing is left of an earlier one when this one is written.
    pub(crate) fn replaces(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Fleet(_), Self::Fleet(_)) => true,
            (Self::Plan(name, _) | Self::Forget(name), Self::Plan(other, _))
            | (Self::Forget(name), Self::Forget(other))
            | (
                Self::Facts(name, _) | Self::Unsaid(name) | Self::Forget(name),
                Self::Facts(other, _) | Self::Unsaid(other),
            )
            | (
                Self::Heard(name, _) | Self::Unheard(name),
                Self::Heard(other, _) | Self::Unheard(other),
            ) => name == other,
            _ => false,
        }
    }
}

pub(super) fn frozen(item: &Item) -> Result<Option<Said>, Error> {
    Ok(decode::<Fleet>(item)?.frozen)
}

fn put<T: Serialize>(key: String, value: &T) -> Result<Write, Error> {
    let value = encode(&key, value)?;
    Ok(Write::put(key, Expect::Anything, value))
}

fn forget(under: &str, name: &str) -> Write {
    Write::delete(under.to_owned() + &segment(name), Expect::Anything)
}

/// A name as a part of a key: without a slash.
pub(super) fn segment(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

/// The name that a part of a key stands for.
pub(super) fn name(segment: &str) -> String {
    segment.replace("%2F", "/").replace("%25", "%")
}

#[derive(Serialize, Deserialize)]
struct Stored<T> {
    v: u64,
    item: T,
}

#[derive(Deserialize)]
struct OnlyFormat {
    v: u64,
}

pub(super) fn encode<T: Serialize>(key: &str, item: &T) -> Result<Vec<u8>, Error> {
    let v = KNOWN_FORMAT;
    serde_json::to_vec(&Stored { v, item }).map_err(|source| Error::Item {
        key: key.to_owned(),
        source,
    })
}

pub(super) fn decode<T: DeserializeOwned>(item: &Item) -> Result<T, Error> {
    let key = || item.key.clone();
    let failed = |source| Error::Item { key: key(), source };
    let OnlyFormat { v } = serde_json::from_slice(&item.value).map_err(failed)?;
    if v > KNOWN_FORMAT {
        return Err(Error::NewerItem {
            key: key(),
            found: v,
            known: KNOWN_FORMAT,
        });
    }
    let stored: Stored<T> = serde_json::from_slice(&item.value).map_err(failed)?;
    Ok(stored.item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_back_from_its_key_whatever_is_in_it() {
        for odd in ["checkout", "a/b", "100%", "%2F", "%25/"] {
            let part = segment(odd);
            assert!(!part.contains('/'), "{part}");
            assert_eq!(name(&part), odd);
        }
    }

    #[test]
    fn an_item_of_a_newer_format_is_refused_and_an_older_ones_missing_fields_are_not() {
        let item = |value: &str| Item {
            key: "facts/checkout".to_owned(),
            version: 1,
            value: value.into(),
        };
        let newer = decode::<PlanFacts>(&item(r#"{"v":2,"item":{"what":"is this"}}"#));
        assert_eq!(
            newer.unwrap_err().to_string(),
            "cannot read facts/checkout in the journal: its format is 2, this version of sixshift reads up to 1; \
             start the newer version again"
        );
        let older = decode::<PlanFacts>(&item(r#"{"v":1,"item":{}}"#));
        assert_eq!(older.unwrap(), PlanFacts::default());
    }
}
