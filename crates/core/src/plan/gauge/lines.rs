//! `spec.health.logs`: lines of the application's own log that a pattern finds, as a metric like any that a plan names.
//!
//! What belongs here: what a pattern may be, and what its lines are counted against. What must not: how a log is read, and what
//! the counts prove.
//!
//! Source: CloudWatch Logs user guide, "parse" (a named group is a field, and a line that does not match has none) and "stats"
//! (`count(field)`).

use std::time::Duration;

use regex_lite::Regex;

use super::{
    super::{model::Way, source::DEFAULT_MIN_SAMPLES},
    Bound, Gauge, MissingPoint, Source,
    math::Wrong,
};
use crate::wire::wire_names;

/// A minute's lines are one point.
const PERIOD: Duration = Duration::from_secs(60);
/// So long may a pattern be: a query of CloudWatch Logs has 10,000 characters, and holds several.
const LONGEST_PATTERN: usize = 200;
/// What a pattern begins with that takes letters of either case for the same.
const EITHER_CASE: &str = "(?i)";

/// The lines that are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// Which they are.
    pub pattern: Pattern,
    /// What their number is divided by.
    pub per: Per,
}

/// A regular expression that CloudWatch Logs takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(String);

/// What makes the sides comparable: who has a hundredth of the traffic writes a hundredth of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// A thousand requests of that side.
    Requests,
    /// A thousand connections of that side, behind a Network Load Balancer.
    Connections,
    /// A minute and a task that writes.
    Tasks,
}

wire_names!(Per:
    Requests = "thousandRequests"
    Connections = "thousandConnections"
    Tasks = "taskAndMinute");

impl Per {
    /// By the way that a service moves.
    #[must_use]
    pub fn of(way: Way) -> Self {
        match way {
            Way::Weights | Way::Lattice => Self::Requests,
            Way::Families => Self::Connections,
            Way::Tasks | Way::Names | Way::InPlace(_) => Self::Tasks,
        }
    }

    /// "for 1,000 requests"
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Requests => "for 1,000 requests",
            Self::Connections => "for 1,000 connections",
            Self::Tasks => "a minute and task",
        }
    }
}

impl Pattern {
    /// Reads one.
    ///
    /// # Errors
    /// What of it CloudWatch Logs would refuse, or take for something else.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let wrong = |message: String, remedy: &str| {
            let remedy = remedy.to_owned();
            Err(Wrong { message, remedy })
        };
        if text.is_empty() || text.chars().count() > LONGEST_PATTERN {
            return wrong(
                format!("a pattern has 1 to {LONGEST_PATTERN} characters"),
                "write what is in the lines that are meant: pattern: ERROR",
            );
        }
        if text.chars().any(char::is_control) {
            return wrong(
                "a pattern is of one line, as the lines are that it finds".to_owned(),
                "write \\t for a tab, and no line break",
            );
        }
        if has_groups(text.strip_prefix(EITHER_CASE).unwrap_or(text)) {
            return wrong(
                "a pattern has no groups: CloudWatch Logs makes a field of each".to_owned(),
                "write alternatives side by side: ERROR|FATAL, and \\( for the character itself",
            );
        }
        match Regex::new(text) {
            Ok(read) if read.is_match("") => wrong(
                "this pattern finds every line".to_owned(),
                "write what is in the lines that are meant: pattern: ERROR",
            ),
            Ok(_) => Ok(Self(text.to_owned())),
            Err(why) => wrong(
                format!("this is no regular expression: {why}"),
                "write it as CloudWatch Logs takes it, with \\ before a character that is meant itself",
            ),
        }
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a pattern of a query between slashes, that makes a field of what it finds.
    #[must_use]
    pub fn capturing(&self, field: &str) -> String {
        let (case, rest) = match self.0.strip_prefix(EITHER_CASE) {
            Some(rest) => (EITHER_CASE, rest),
            None => ("", self.0.as_str()),
        };
        format!("/{case}(?<{field}>{})/", between_slashes(rest))
    }
}

/// A regular expression as it stands between slashes.
#[must_use]
pub fn between_slashes(pattern: &str) -> String {
    let mut written = String::with_capacity(pattern.len());
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                written.push('\\');
                written.extend(letters.next());
            }
            '/' => written.push_str("\\/"),
            letter => written.push(letter),
        }
    }
    written
}

/// Whether a parenthesis in it is more than a character.
fn has_groups(pattern: &str) -> bool {
    let (mut escaped, mut in_class) = (false, false);
    for letter in pattern.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => in_class = true,
            ']' => in_class = false,
            '(' | ')' if !in_class => return true,
            _ => {}
        }
    }
    false
}

impl Lines {
    /// As a metric of the plan.
    #[must_use]
    pub fn gauge(self, name: String) -> Gauge {
        Gauge {
            name,
            source: Source::Lines(self),
            period: PERIOD,
            bound: None::<Bound>,
            worse_than_ipv4_by: None,
            min_samples: DEFAULT_MIN_SAMPLES,
            missing: MissingPoint::NoData,
            dry_run: false,
        }
    }
}

impl Gauge {
    /// Which lines of the log it counts, where it does.
    #[must_use]
    pub fn lines(&self) -> Option<&Lines> {
        match &self.source {
            Source::Lines(lines) => Some(lines),
            Source::Stat(_) | Source::Math { .. } => None,
        }
    }

    /// Counted as the way has it.
    pub(in crate::plan) fn counted_by(mut self, way: Way) -> Self {
        if let Source::Lines(lines) = &mut self.source {
            lines.per = Per::of(way);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_becomes_a_field_of_a_query() {
        let of = |text: &str| Pattern::read(text).unwrap().capturing("hit0");
        assert_eq!(of("ERROR|FATAL"), "/(?<hit0>ERROR|FATAL)/");
        assert_eq!(of("(?i)error"), "/(?i)(?<hit0>error)/");
        assert_eq!(of("GET /a\\/b \\(5"), "/(?<hit0>GET \\/a\\/b \\(5)/");
    }

    #[test]
    fn what_is_no_pattern_is_told_with_what_to_write() {
        let why = |text: &str| Pattern::read(text).unwrap_err().message;
        assert!(why("(a|b)").contains("no groups"));
        assert!(why("a(?=b)").contains("no groups"));
        assert!(why("a*").contains("every line"));
        assert!(why("[a").contains("no regular expression"));
        assert!(why("a\nb").contains("of one line"));
        assert!(why("").contains("1 to 200"));
        assert!(Pattern::read("[(]5[)]|\\(6").is_ok());
    }
}
