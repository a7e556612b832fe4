//! Which trials there are in a region, and whether somebody drives them.
//!
//! What belongs here: what the tags of what is there say together. What must not: whether anything is deleted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sixshift_aws::trial::{Leftover, LeftoverKind};

/// The longest value that a tag may have (AWS API: Tag).
const LONGEST: usize = 256;

/// What is there of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remains {
    /// The trial.
    pub run: String,
    /// How many things there are of it.
    pub things: usize,
    /// Who began it, as far as that was written down.
    pub by: Option<String>,
    /// Until when it counts as under way.
    pub driven: Option<Timestamp>,
    /// When all of it may be deleted without asking; never, where a tag cannot be read.
    expires: Option<Timestamp>,
}

impl Remains {
    /// Whether it may be deleted without asking.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }

    /// Who drives it now.
    #[must_use]
    pub fn driven_by(&self, now: Timestamp) -> Option<&str> {
        let is_driven = !self.is_over(now) && self.driven.is_some_and(|until| until > now);
        is_driven.then(|| self.by.as_deref().unwrap_or("somebody"))
    }
}

/// The trials that these things are of.
#[must_use]
pub fn remains(found: &[Leftover]) -> Vec<Remains> {
    let mut runs: BTreeMap<&str, Vec<&Leftover>> = BTreeMap::new();
    for one in found {
        runs.entry(&one.run).or_default().push(one);
    }
    runs.into_iter().map(|(run, all)| of(run, &all)).collect()
}

fn of(run: &str, all: &[&Leftover]) -> Remains {
    // The cluster alone is told again and again; what else there is has what was written when it was made.
    let cluster = all.iter().find(|one| one.kind == LeftoverKind::Cluster);
    let driven = match cluster {
        Some(cluster) => cluster.driven,
        None => all.iter().filter_map(|one| one.driven).max(),
    };
    let expires: Option<Vec<Timestamp>> = all.iter().map(|one| one.expires).collect();
    Remains {
        run: run.to_owned(),
        things: all.len(),
        by: all.iter().find_map(|one| one.by.clone()),
        driven,
        expires: expires.and_then(|all| all.into_iter().max()),
    }
}

/// A text as every service takes it for a tag's value.
pub(super) fn tag(text: &str) -> String {
    let is_taken = |c: char| c.is_ascii_alphanumeric() || "+-=._:/@".contains(c);
    let clean = text.chars().map(|c| if is_taken(c) { c } else { '-' });
    clean.take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thing(kind: LeftoverKind, expires: &str, driven: Option<&str>) -> Leftover {
        let moment = |text: &str| text.parse().unwrap();
        Leftover {
            kind,
            id: format!("{kind:?}"),
            within: None,
            run: "ghjkmn".to_owned(),
            expires: Some(moment(expires)),
            driven: driven.map(moment),
            by: Some("jane@laptop".to_owned()),
        }
    }

    #[test]
    fn what_its_cluster_says_counts_and_before_there_is_one_whatever_was_written_last() {
        let (soon, late) = ("2027-01-15T08:05:00Z", "2027-01-15T08:10:00Z");
        let expires = "2027-01-15T11:00:00Z";
        let vpc = thing(LeftoverKind::Vpc, expires, Some(late));
        let cluster = thing(LeftoverKind::Cluster, expires, Some(soon));
        let at = "2027-01-15T08:07:00Z".parse().unwrap();
        let whole = remains(&[cluster, vpc.clone()]);
        assert_eq!(whole[0].driven_by(at), None);
        assert_eq!(whole[0].things, 2);
        let begun = remains(&[vpc]);
        assert_eq!(begun[0].driven_by(at), Some("jane@laptop"));
    }

    #[test]
    fn what_has_expired_is_driven_by_nobody_and_what_says_nothing_of_it_neither() {
        let (early, late) = ("2027-01-15T08:00:00Z", "2027-01-15T12:00:00Z");
        let at = "2027-01-15T11:00:00Z".parse().unwrap();
        let over = remains(&[thing(LeftoverKind::Cluster, early, Some(late))]);
        assert!(over[0].is_over(at));
        assert_eq!(over[0].driven_by(at), None);
        let old = remains(&[thing(LeftoverKind::Cluster, late, None)]);
        assert!(!old[0].is_over(at));
        assert_eq!(old[0].driven_by(at), None);
    }

    #[test]
    fn a_name_becomes_a_value_that_every_service_takes() {
        assert_eq!(tag("j\u{e4}ne doe@laptop"), "j-ne-doe@laptop");
        assert_eq!(tag(&"x".repeat(300)).len(), 256);
    }
}
