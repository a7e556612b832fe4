//! How large the IPv4 side was before it went cold, and whether it did go.
//!
//! What must not be here: when that is noted, and what it is used for ([`crate::decide`]).

use jiff::Timestamp;

/// What is noted before the IPv4 side is emptied: `6@2026-11-25T16:00:00Z`, with `/cold` once it was empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strength {
    /// Its desired count.
    pub(crate) tasks: u32,
    /// When that was.
    pub(crate) at: Option<Timestamp>,
    /// Whether it was seen empty since.
    pub(crate) cold: bool,
}

const COLD: &str = "/cold";

impl Strength {
    /// As the tag's value.
    pub(crate) fn text(self) -> String {
        let at = self.at.map(|at| format!("@{at:.0}")).unwrap_or_default();
        let cold = if self.cold { COLD } else { "" };
        format!("{}{at}{cold}", self.tasks)
    }

    /// From the tag's value.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let rest = text.strip_suffix(COLD);
        let (tasks, at) = {
            let noted = rest.unwrap_or(text);
            noted.split_once('@').unwrap_or((noted, ""))
        };
        Some(Self {
            tasks: tasks.parse().ok()?,
            at: at.parse().ok(),
            cold: rest.is_some(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strength_is_read_as_it_was_written() {
        for at in [None, Timestamp::from_second(1_767_225_600).ok()] {
            for cold in [false, true] {
                let noted = Strength { tasks: 6, at, cold };
                assert_eq!(Strength::read(&noted.text()), Some(noted));
            }
        }
        assert_eq!(Strength::read("many"), None);
    }
}
