//! The rollback that is noted, for faces: which revision, when it began, and why.
//!
//! What must not be here: what a rollback keeps from happening ([`crate::decide`]), and what was measured then, which no
//! note has room for.

use jiff::Timestamp;

use super::{
    home::{self, Home},
    reason_of,
};
use crate::{facts::Facts, names::tag, observation::Observation, plan::Plan};

/// How the reason of a return begins that a person ordered.
pub(crate) const BY_ORDER: &str = "aborted by ";

/// A rollback as our notes tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollback {
    /// The plan's revision that was taken back.
    pub revision: String,
    /// When it began.
    pub at: Option<Timestamp>,
    /// Why; `None` until that is noted too.
    pub why: Option<String>,
}

impl Rollback {
    /// From the tags, or from what the journal has of them where somebody removed those.
    #[must_use]
    pub fn noted(plan: &Plan, seen: &Observation, facts: &Facts) -> Option<Self> {
        let home = Home::of(plan, seen);
        if home.is_none() && !home::may_be_deleted(plan) {
            return None;
        }
        let tags = |key: &str| home.as_ref().and_then(|home| home.tags.get(key));
        let noted = |key: &str| tags(key).or_else(|| facts.notes.get(key));
        let why = noted(tag::ROLLED_BACK_WHY).map(String::as_str);
        Self::read(noted(tag::ROLLED_BACK)?, why)
    }

    fn read(value: &str, why: Option<&str>) -> Option<Self> {
        let (revision, at) = value.split_once('@')?;
        Some(Self {
            revision: revision.to_owned(),
            at: at.parse().ok(),
            why: why.and_then(|why| reason_of(revision, why)),
        })
    }

    /// Whether a reason is a person's order.
    #[must_use]
    pub fn is_ordered(why: &str) -> bool {
        why.starts_with(BY_ORDER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_of_another_revision_is_not_this_ones() {
        let value = "5be0c1d2@2026-03-02T12:31:00.5Z";
        let read = |why| Rollback::read(value, Some(why)).unwrap();
        assert_eq!(read("77777777: errors on IPv6").why, None);
        let ours = read("5be0c1d2: errors on IPv6 are 7.2 percent - over 1 percent");
        assert_eq!(
            ours.why.as_deref(),
            Some("errors on IPv6 are 7.2 %, over 1 %")
        );
        assert_eq!(
            ours.at.unwrap().to_string(),
            "2026-03-02T12:31:00.5Z",
            "to the event's own moment"
        );
        assert_eq!(Rollback::read("5be0c1d2", None), None);
    }
}
