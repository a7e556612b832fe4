//! Rules of ours that a load balancer knows our own requests by, and what those were answered with.
//!
//! What belongs here: what AWS says of such rules, and what came back over them. What must not: whether an answer is good.

use std::{collections::BTreeMap, time::Duration};

use super::{Forward, RouteId, Tags};

/// Rules with the header of this plan's own requests, and the answers over one of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Probing {
    /// By their ARNs. A customer's request meets none of them.
    pub rules: Vec<ProbeRule>,
    /// The priorities of all other rules, by the listeners that the routes are of.
    pub taken: BTreeMap<String, Vec<u32>>,
    /// What came back in this look.
    pub answers: Answers,
}

/// A rule that has a condition on the header of this plan's own requests.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeRule {
    /// ARN.
    pub arn: String,
    /// Its listener.
    pub listener: String,
    /// 1 to 50000; the lowest is met first.
    pub priority: u32,
    /// What a request must have to match, as of a route's place.
    pub conditions: Vec<(String, Vec<String>)>,
    /// Where it leads.
    pub forward: Forward,
    /// The types of all its actions.
    pub actions: Vec<String>,
    /// Hash over its action list.
    pub fingerprint: String,
    /// Its tags.
    pub tags: Tags,
}

/// What came back of our own requests in one look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// None was sent: the look was not close enough, or there is no rule to meet.
    #[default]
    NotAsked,
    /// Nothing that is an answer.
    Silent {
        /// Whom nobody could reach: scheme, name and port.
        door: String,
        /// Why, without a full stop.
        why: String,
    },
    /// One after the other.
    Came(Vec<Answer>),
}

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// From the request to the last of what was read of its answer.
    pub took: Duration,
}

/// The listener that a route is of: `…:listener-rule/app/name/id/listener/rule` is of `…:listener/app/name/id/listener`.
#[must_use]
pub fn listener_of(id: &RouteId) -> String {
    match id {
        RouteId::Listener(arn) => arn.clone(),
        RouteId::Rule(arn) => {
            let listener = arn.rsplit_once('/').map_or(arn.as_str(), |(of, _)| of);
            listener.replacen(":listener-rule/", ":listener/", 1)
        }
    }
}

/// Whether a place has a condition on a header with a value, however the header's name is written.
#[must_use]
pub fn has_header(conditions: &[(String, Vec<String>)], name: &str, value: &str) -> bool {
    conditions.iter().any(|(what, values)| {
        let header = what.strip_prefix("header ");
        header.is_some_and(|header| header.eq_ignore_ascii_case(name))
            && matches!(&values[..], [only] if only == value)
    })
}
