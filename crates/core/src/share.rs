//! A share of traffic, exact to a basis point.
//!
//! What belongs here: the number and its spelling. How a router rounds it lives in [`crate::way`].

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A share of traffic in basis points: 0 is none, 10 000 is all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u16);

impl Share {
    /// No traffic.
    pub const NONE: Self = Self(0);
    /// What comes from IPv6 clients, where they are led by themselves: how much that is, nobody chooses. Finer than any share that
    /// a plan can name.
    pub const CLIENTS: Self = Self(1);
    /// Whoever asks for the twin's own name, where consumers of a registry move by themselves: how much that is, nobody chooses either.
    pub const NAMED: Self = Self(2);
    /// All traffic.
    pub const ALL: Self = Self(10_000);

    /// From basis points; more than all of it is all of it.
    #[must_use]
    pub fn from_basis_points(bp: u16) -> Self {
        Self(bp.min(10_000))
    }

    /// From a part of a whole, rounded to the nearest basis point; `None` where there is no whole.
    #[must_use]
    pub fn of(part: f64, whole: f64) -> Option<Self> {
        (whole > 0.0).then(|| Self::from_basis_points((part / whole * 10_000.0).round() as u16))
    }

    /// The same of what was measured, which never reads as [`Self::CLIENTS`] or [`Self::NAMED`].
    #[must_use]
    pub fn measured(part: f64, whole: f64) -> Option<Self> {
        let share = Self::of(part, whole)?;
        Some(match share {
            Self::CLIENTS | Self::NAMED => Self(3),
            share => share,
        })
    }

    /// In basis points.
    #[must_use]
    pub fn basis_points(self) -> u16 {
        self.0
    }

    /// Between 0 and 1.
    #[must_use]
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }

    /// Between 0 and 100.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

/// `25 %`, `0.5 %`, `IPv6 clients`, `the new name`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::CLIENTS => f.write_str("IPv6 clients"),
            Self::NAMED => f.write_str("the new name"),
            share => write!(f, "{} %", share.percent()),
        }
    }
}

/// As a number in percent.
impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.percent())
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let percent = f64::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("a share is between 0 and 100");
        let is_share = (0.0..=100.0).contains(&percent);
        let share = Self::of(percent, 100.0).filter(|_| is_share);
        share.ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_reads_as_people_write_it() {
        assert_eq!(Share::from_basis_points(2500).to_string(), "25 %");
        assert_eq!(Share::from_basis_points(50).to_string(), "0.5 %");
    }

    #[test]
    fn a_share_of_nothing_is_unknown() {
        assert_eq!(Share::of(0.0, 0.0), None);
        assert_eq!(Share::of(1.0, 4.0), Some(Share::from_basis_points(2500)));
    }
}
