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

/// Why a text is no policy that the region can judge by.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It is not JSON of a policy's shape.
    #[error(
        "the policy cannot be read; it needs a list `Statement`, each with Effect, Action and Resource"
    )]
    Shape(#[from] serde_json::Error),
    /// A condition of a kind that the region does not know: judging without it would allow too much.
    #[error("the condition {0} is not simulated; StringEquals and StringLike are")]
    Condition(String),
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
        let mut kinds = policy.statements.iter().flat_map(|s| s.condition.keys());
        match kinds.find(|kind| !["StringEquals", "StringLike"].contains(&kind.as_str())) {
            Some(kind) => Err(PolicyError::Condition(kind.clone())),
            None => Ok(policy),
        }
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

/// A condition is met where each of its keys has one of its values; a key that the call does not carry never is.
fn met(kind: &str, keys: &Json, needed: &Needed) -> bool {
    let keys = keys.as_object().into_iter().flatten();
    keys.into_iter().all(|(key, wanted)| {
        let wanted: Vec<&str> = match wanted {
            Json::Array(all) => all.iter().filter_map(Json::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        needed.context.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case(key)
                && wanted.iter().any(|pattern| match kind {
                    "StringLike" => is_like(pattern, value),
                    _ => pattern == value,
                })
        })
    })
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
