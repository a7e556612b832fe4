//! What the note of the share says, read by the guard's own eyes.
//!
//! What belongs here: reading it. What must not: writing it, and whether it is true.

use jiff::Timestamp;

use super::weights::ALL;

/// The share that the routes have, or have and go to, in basis points.
#[derive(Clone, Copy, Debug, Eq)]
pub(super) struct Said {
    /// What every route had when the note was written.
    pub(super) from: u16,
    /// Where they go; the same where they stand.
    pub(super) to: u16,
    /// Where they are meanwhile, because one side has nobody healthy.
    pub(super) refuge: Option<u16>,
    /// Since when, as far as it says so.
    pub(super) since: Option<Timestamp>,
}

/// Two that say the same of the routes.
impl PartialEq for Said {
    fn eq(&self, other: &Self) -> bool {
        (self.from, self.to, self.refuge) == (other.from, other.to, other.refuge)
    }
}

impl Said {
    /// Reads `2500`, `1000/2500` and `2500:10000`, each with or without `@` and a moment.
    pub(super) fn read(text: &str) -> Option<Self> {
        let share = |t: &str| t.parse().ok().filter(|bp| *bp <= ALL);
        let (shares, since) = text.split_once('@').unwrap_or((text, ""));
        let (shares, refuge) = match shares.split_once(':') {
            Some((shares, refuge)) => (shares, Some(share(refuge)?)),
            None => (shares, None),
        };
        let (from, to) = shares.split_once('/').unwrap_or((shares, shares));
        Some(Self {
            from: share(from)?,
            to: share(to)?,
            refuge,
            since: since.parse().ok(),
        })
    }

    /// Whether the routes go up.
    pub(super) fn rises(self) -> bool {
        self.to > self.from
    }

    /// What every route had at least, for all that the note says.
    pub(super) fn least(self) -> u16 {
        self.from.min(self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_with_and_without_its_moment_and_its_refuge() {
        let said = |from, to, refuge| {
            Some(Said {
                from,
                to,
                refuge,
                since: None,
            })
        };
        for (text, expected) in [
            ("0", said(0, 0, None)),
            ("2500@2026-01-01T00:00:00Z", said(2_500, 2_500, None)),
            ("1000/2500", said(1_000, 2_500, None)),
            ("1000/2500@2026-01-01T00:00:00Z", said(1_000, 2_500, None)),
            ("2500:10000", said(2_500, 2_500, Some(10_000))),
            ("2500:0@2026-01-01T00:00:00Z", said(2_500, 2_500, Some(0))),
        ] {
            assert_eq!(Said::read(text), expected, "{text}");
        }
        for text in ["", "/", "@", "10001", "5/x", "-1", "1:", "10 %"] {
            assert_eq!(Said::read(text), None, "{text}");
        }
    }
}
