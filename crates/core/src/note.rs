//! Our notes: what tags on the team's resources say of a migration, and the same in words.
//!
//! What belongs here: how a note is written, read and told. What must not: when one is due ([`crate::decide`]).

use std::{collections::BTreeMap, fmt, str::FromStr};

use crate::{names::tag, share::Share};

/// The note of the share, on the first IPv6 target group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// Every route has this share.
    Settled(Share),
    /// Each route has the one or the other; the second is wanted.
    Moving(Share, Share),
}

impl Note {
    /// As the tag's value.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Settled(s) => s.basis_points().to_string(),
            Self::Moving(from, to) => format!("{}>{}", from.basis_points(), to.basis_points()),
        }
    }
}

impl FromStr for Note {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let share = |t: &str| {
            t.parse::<u16>()
                .ok()
                .filter(|bp| *bp <= 10_000)
                .map(Share::from_basis_points)
                .ok_or(())
        };
        match text.split_once('>') {
            Some((from, to)) => Ok(Self::Moving(share(from)?, share(to)?)),
            None => share(text).map(Self::Settled),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settled(share) => write!(f, "IPv6 at {share}"),
            Self::Moving(from, to) => write!(f, "IPv6 on its way from {from} to {to}"),
        }
    }
}

/// The longest value AWS takes for a tag is 256; a reason of this length says enough.
const LONGEST_REASON: usize = 200;

/// A reason as a tag's value. AWS allows letters, digits, spaces and `_.:/=+-@` there.
pub(crate) fn spelled(why: &str) -> String {
    let allowed = |c: char| {
        if c.is_alphanumeric() || " _.:/=+-@".contains(c) {
            c
        } else {
            ' '
        }
    };
    let spoken = why
        .replace('%', "percent")
        .replace(',', " -")
        .replace(';', " /");
    let why: String = spoken.chars().map(allowed).take(LONGEST_REASON).collect();
    why.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The reason that a tag's value stands for.
pub(crate) fn unspelled(value: &str) -> String {
    value
        .replace(" percent", " %")
        .replace(" -", ",")
        .replace(" /", ";")
}

/// Notes in words, as an object of "note": "IPv6 at 10 %".
pub(crate) fn told(tags: &BTreeMap<String, String>) -> String {
    let each = tags.iter().map(|(key, value)| match key.as_str() {
        tag::SHARE => value
            .parse()
            .map_or_else(|()| value.clone(), |note: Note| note.to_string()),
        tag::ROLLED_BACK => {
            let revision = value.split('@').next().unwrap_or(value);
            format!("the rollback of revision {revision}")
        }
        tag::ROLLED_BACK_WHY => format!("because {}", unspelled(value)),
        tag::DESIRED => format!("{} ({value} tasks)", named(key)),
        _ => format!("{} ({value})", named(key)),
    });
    each.collect::<Vec<_>>().join(", ")
}

/// What notes are about, as an object of "forget".
pub(crate) fn told_keys(keys: &[String]) -> String {
    let each: Vec<&str> = keys.iter().map(|key| named(key)).collect();
    each.join(", ")
}

fn named(key: &str) -> &str {
    match key {
        tag::SHARE => "the share",
        tag::ROLLED_BACK => "the rollback",
        tag::ROLLED_BACK_WHY => "its reason",
        tag::SCALING => "how IPv4 scaled before",
        tag::DESIRED => "how large IPv4 was before",
        other => other,
    }
}
