//! What is never to happen, a file an oracle: judged by the region's own record and by what customers saw.
//!
//! What must not be here: what the product says of itself, except where that is what is judged (`says_what_is`).

mod holds_are_whole;
mod neither_side_emptied;
mod no_request_lost;
mod old_side_stays;
mod only_ours;
mod rollback_restores;
mod says_what_is;
mod settles;
mod somebody_serves;
mod twin_is_whole;

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::case::Case;
use crate::log::{By, Log};

/// Something that should never happen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Violation {
    pub(crate) oracle: &'static str,
    pub(crate) at: Timestamp,
    /// Violations of a kind have much the same cause.
    pub(crate) kind: &'static str,
    pub(crate) text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = crate::search::clock(self.at);
        write!(f, "{}: {} at {at}: {}", self.oracle, self.kind, self.text)
    }
}

/// What an oracle found: when, of what kind, and in words.
type Found = Vec<(Timestamp, &'static str, String)>;

/// An oracle by its name.
type Oracle = (&'static str, fn(&Case, &Log) -> Found);

const ORACLES: [Oracle; 10] = [
    ("no-request-lost", no_request_lost::judge),
    ("somebody-serves", somebody_serves::judge),
    ("neither-side-emptied", neither_side_emptied::judge),
    ("holds-are-whole", holds_are_whole::judge),
    ("old-side-stays", old_side_stays::judge),
    ("only-ours", only_ours::judge),
    ("rollback-restores", rollback_restores::judge),
    ("twin-is-whole", twin_is_whole::judge),
    ("settles", settles::judge),
    ("says-what-is", says_what_is::judge),
];

/// Everything that the oracles find in a run.
pub(crate) fn judge(case: &Case, log: &Log) -> Vec<Violation> {
    let all = ORACLES.iter().flat_map(|(oracle, judge)| {
        let found = judge(case, log).into_iter();
        found.map(|(at, kind, text)| Violation {
            oracle,
            at,
            kind,
            text,
        })
    });
    all.collect()
}

/// A look, an answer that is late and an act take some seconds; a tick has ten.
fn slack(case: &Case) -> SignedDuration {
    SignedDuration::from_secs(15 + 2 * case.story.lag as i64)
}

/// Nobody can know of an edit that was made while an act was under way.
fn is_raced(case: &Case, log: &Log, at: Timestamp) -> bool {
    let since = log.last_edit(at).map(|edit| at.duration_since(edit));
    since.is_some_and(|since| since <= slack(case))
}

/// The listing that finds a new rule comes every five minutes, with the next look that is due.
const LISTED: SignedDuration = SignedDuration::from_secs(375);

/// The routes that somebody added beside the others, and when: nothing that was known tells of them.
fn newcomers(log: &Log) -> BTreeMap<&str, Timestamp> {
    let mut found = BTreeMap::new();
    for pair in log.changes.windows(2) {
        let [before, after] = pair else { continue };
        let gone = before.routes.keys().any(|r| !after.routes.contains_key(r));
        if after.by == By::Others && !gone {
            let new = after
                .routes
                .keys()
                .filter(|r| !before.routes.contains_key(*r));
            found.extend(new.map(|route| (route.as_str(), after.at)));
        }
    }
    found
}

/// Whether a route was added so lately that nobody can know of it.
fn is_new(newcomers: &BTreeMap<&str, Timestamp>, route: &str, at: Timestamp) -> bool {
    let since = newcomers.get(route);
    since.is_some_and(|since| at >= *since && at.duration_since(*since) < LISTED)
}
