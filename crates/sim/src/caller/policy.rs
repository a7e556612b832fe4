//! An identity-based policy: statements that allow or deny actions on resources under conditions.
//!
//! What belongs here: reading and judging the policy. What must not: which permissions a call needs.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::needed::Needed;

/// A policy, as IAM stores it.
#[derive(Clone, Debug, Deserialize)]
pub struct Policy {
    #[serde(rename = "Statement")]
    statements: Vec<Statement>,
}

/// The conditions that the region can judge. Each may have `ForAllValues:` before it, but for `Null`.
const OPERATORS: &[&str] = &["StringEquals", "StringLike", "ArnEquals", "ArnLike", "Null"];

/// Why a text is no policy that the region can judge by.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It is not JSON of a policy's shape.
    #[error(
        "the policy cannot be read; it needs a list `Statement`, each with Effect, Action and Resource"
    )]
    Shape(#[from] serde_json::Error),
    /// A condition of a kind that the region does not know: judging without it would allow too much.
    #[error("the condition {0} is not simulated; {known} are", known = OPERATORS.join(", "))]
    Condition(String),
    /// A condition's values are text, one or a list, by its key.
    #[error("the condition {0} needs keys, each with one value or a list of values in quotes")]
    Values(String),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(rename = "Sid", default)]
    _sid: Option<String>,
    effect: Effect,
    action: OneOrMany,
    resource: OneOrMany,
    #[serde(default)]
    condition: Map<String, Json>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// When it is no policy, or has a condition that the region cannot judge.
    pub fn read(text: &[u8]) -> Result<Self, PolicyError> {
        let policy: Self = serde_json::from_slice(text)?;
        for (kind, keys) in policy.statements.iter().flat_map(|s| &s.condition) {
            let operator = kind.strip_prefix(FOR_ALL).filter(|o| *o != "Null");
            if !OPERATORS.contains(&operator.unwrap_or(kind)) {
                return Err(PolicyError::Condition(kind.clone()));
            }
            let keys = keys.as_object().filter(|keys| !keys.is_empty());
            let sound = |values: &Json| wanted(values).is_some_and(|v| !v.is_empty());
            if !keys.is_some_and(|keys| keys.values().all(sound)) {
                return Err(PolicyError::Values(kind.clone()));
            }
        }
        Ok(policy)
    }

    /// Whether it allows this, and nothing in it denies it.
    pub(super) fn allows(&self, needed: &Needed) -> bool {
        let said = |effect| {
            let mut of = self.statements.iter().filter(move |s| s.effect == effect);
            of.any(|s| s.covers(needed))
        };
        said(Effect::Allow) && !said(Effect::Deny)
    }
}

impl Statement {
    fn covers(&self, needed: &Needed) -> bool {
        // Actions are compared without regard to case, resources with it.
        let action = needed.action.to_lowercase();
        self.action
            .any(|pattern| is_like(&pattern.to_lowercase(), &action))
            && self
                .resource
                .any(|pattern| is_like(pattern, &needed.resource))
            && self
                .condition
                .iter()
                .all(|(kind, keys)| met(kind, keys, needed))
    }
}

/// Every value that the call has must be one of those that are named; without it, one is enough, and there must be one.
const FOR_ALL: &str = "ForAllValues:";

/// A condition is met where each of its keys has one of its values; a key that the call does not carry never is.
fn met(kind: &str, keys: &Json, needed: &Needed) -> bool {
    let keys = keys.as_object().into_iter().flatten();
    keys.into_iter().all(|(key, values)| {
        let values = wanted(values).unwrap_or_default();
        let carried = needed.context.iter();
        let mut carried = carried.filter(|(name, _)| is_key(name, key)).peekable();
        if kind == "Null" {
            let is_missing = carried.peek().is_none();
            return values.iter().all(|v| *v == is_missing.to_string());
        }
        let (is_all, operator) = match kind.strip_prefix(FOR_ALL) {
            Some(operator) => (true, operator),
            None => (false, kind),
        };
        let one = |value: &str| values.iter().any(|wanted| compare(operator, wanted, value));
        match is_all {
            true => carried.all(|(_, value)| one(value)),
            // A key with several values needs a set operator: AWS calls what comes without one undefined.
            false => carried.peek().is_some() && carried.all(|(_, value)| one(value)),
        }
    })
}

/// Keys are compared without regard to case, and so are tags' in them.
fn is_key(name: &str, key: &str) -> bool {
    name.eq_ignore_ascii_case(key)
}

fn compare(operator: &str, wanted: &str, value: &str) -> bool {
    match operator {
        "StringEquals" => wanted == value,
        "StringLike" => is_like(wanted, value),
        // The two are the same; each of an ARN's six parts is compared for itself.
        _ => {
            let wanted: Vec<&str> = wanted.splitn(6, ':').collect();
            let value: Vec<&str> = value.splitn(6, ':').collect();
            let mut parts = wanted.iter().zip(&value);
            wanted.len() == 6 && value.len() == 6 && parts.all(|(w, v)| is_like(w, v))
        }
    }
}

/// The values of a condition; `None` where one is no text.
fn wanted(values: &Json) -> Option<Vec<&str>> {
    match values {
        Json::Array(all) => all.iter().map(Json::as_str).collect(),
        one => Some(vec![one.as_str()?]),
    }
}

impl OneOrMany {
    fn any(&self, is: impl Fn(&str) -> bool) -> bool {
        match self {
            Self::One(one) => is(one),
            Self::Many(many) => many.iter().any(|one| is(one)),
        }
    }
}

/// IAM's patterns: `*` is any text, `?` any one character.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last star stood, and how much of the text it covers so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match &mut star {
                Some((at, covered)) => {
                    *covered += 1;
                    (p, t) = (*at + 1, *covered);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}
