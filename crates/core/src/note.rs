//! Our notes: what tags on the team's resources say of a migration, and the same in words.
//!
//! What belongs here: how a note is written, read and told. What must not: when one is due ([`crate::decide`]).

pub(crate) mod home;
pub(crate) mod rollback;
pub(crate) mod routes;
pub(crate) mod strength;

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::Timestamp;

use crate::{names::tag, observation::Suspended, share::Share};
use strength::Strength;

/// The note of the share, on the first IPv6 target group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// Every route has this share, since a moment. Without one it is wanted, and no minute counts yet.
    Settled(Share, Option<Timestamp>),
    /// Each route has the one or the other; the second is wanted.
    Moving(Share, Share),
    /// The first was settled, and the side that had the rest of it lost all its targets: customers are at the second until
    /// it has some again.
    Refuge(Share, Share),
}

impl Note {
    /// As the tag's value.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Settled(s, None) => s.basis_points().to_string(),
            Self::Settled(s, Some(since)) => format!("{}@{since:.0}", s.basis_points()),
            Self::Moving(from, to) => format!("{}/{}", from.basis_points(), to.basis_points()),
            Self::Refuge(at, now) => format!("{}:{}", at.basis_points(), now.basis_points()),
        }
    }

    /// The share that the plan has reached.
    pub(crate) fn reached(self) -> Share {
        match self {
            Self::Settled(at, _) | Self::Moving(at, _) | Self::Refuge(at, _) => at,
        }
    }

    /// The highest share that a route may have by it.
    pub(crate) fn highest(self) -> Share {
        match self {
            Self::Settled(at, _) => at,
            Self::Moving(a, b) | Self::Refuge(a, b) => a.max(b),
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
        if let Some((from, to)) = text.split_once('/') {
            return Ok(Self::Moving(share(from)?, share(to)?));
        }
        if let Some((at, since)) = text.split_once('@') {
            return Ok(Self::Settled(share(at)?, since.parse().ok()));
        }
        match text.split_once(':') {
            Some((at, now)) => Ok(Self::Refuge(share(at)?, share(now)?)),
            None => share(text).map(|at| Self::Settled(at, None)),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settled(share, None) if *share > Share::NONE => {
                write!(f, "IPv6 at {share}, its hold anew")
            }
            Self::Settled(share, _) => write!(f, "IPv6 at {share}"),
            Self::Moving(from, to) => write!(f, "IPv6 on its way from {from} to {to}"),
            Self::Refuge(at, now) => {
                write!(
                    f,
                    "IPv6 at {now} instead of {at}, because the other side is empty"
                )
            }
        }
    }
}

/// The longest value AWS takes for a tag is 256; a reason of this length says enough.
const LONGEST_REASON: usize = 200;

/// A reason in what AWS takes in a tag's value. It is `^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$` (botocore: elbv2 `TagValue`), which is less than
/// what Rust calls alphanumeric: a vowel sign of Devanagari is a mark, not a letter. ASCII alone is safe.
fn spelled(why: &str) -> String {
    let allowed = |c: char| {
        if c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c) {
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

/// The reason of a revision's rollback, as a tag's value.
pub(crate) fn reason(revision: &str, why: &str) -> String {
    format!("{revision}: {}", spelled(why))
}

/// The reason that a tag's value gives for a revision's rollback; none, where it speaks of another's.
pub(crate) fn reason_of(revision: &str, value: &str) -> Option<String> {
    let why = value.strip_prefix(revision)?.strip_prefix(": ")?;
    Some(unspelled(why))
}

fn unspelled(value: &str) -> String {
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
        tag::ROLLED_BACK_WHY => {
            let (_, why) = value.split_once(": ").unwrap_or(("", value));
            format!("why: {}", unspelled(why))
        }
        tag::DESIRED => match Strength::read(value) {
            Some(Strength { cold: true, .. }) => "that IPv4 is cold".to_owned(),
            Some(Strength { tasks, .. }) => format!("{} ({tasks} tasks)", named(key)),
            None => format!("{} ({value})", named(key)),
        },
        tag::SCALING => format!("{} ({})", named(key), Suspended::from_note(value)),
        tag::BEFORE | tag::PROVEN | tag::BAKED => named(key).to_owned(),
        tag::PLAN => "whose target group it is".to_owned(),
        tag::FROM => "what it was made from".to_owned(),
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
        tag::BOUNDS => "how far IPv4 scaled before",
        tag::BEFORE => "which revision of the service ran before",
        tag::PROVEN => "that one task stood on IPv6 alone",
        tag::BAKED => "that the service stood for the bake",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// botocore: elbv2 `TagValue`, by the letters that all of its classes have in ASCII.
    fn is_taken(value: &str) -> bool {
        let all = |c: char| c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c);
        value.chars().count() <= 256 && value.chars().all(all)
    }

    fn share() -> impl Strategy<Value = Share> {
        (0_u16..=10_000).prop_map(Share::from_basis_points)
    }

    proptest! {
        #[test]
        fn aws_takes_any_reason_whatever_the_language(why in any::<String>()) {
            prop_assert!(is_taken(&reason("b179264a8d05", &why)));
        }

        #[test]
        fn a_share_and_the_way_between_two_are_read_as_they_were_written(a in share(), b in share()) {
            let since = Timestamp::from_second(1_767_225_600).ok();
            for note in [Note::Settled(a, None), Note::Settled(a, since), Note::Moving(a, b), Note::Refuge(a, b)] {
                prop_assert!(is_taken(&note.text()));
                prop_assert_eq!(note.text().parse(), Ok(note));
            }
        }
    }

    #[test]
    fn a_vowel_sign_is_no_letter_to_aws() {
        let value = reason("r", "\u{915}\u{93f} 5 %, a>b; #é");
        assert_eq!(value, "r: 5 percent - a b /");
        assert!(is_taken(&value));
    }

    #[test]
    fn a_reason_speaks_of_its_revision_only() {
        let value = reason("b179264a8d05", "errors are 5 %, over 1 %");
        assert_eq!(
            reason_of("b179264a8d05", &value).as_deref(),
            Some("errors are 5 %, over 1 %")
        );
        assert_eq!(reason_of("b179264a8d06", &value), None);
    }
}
