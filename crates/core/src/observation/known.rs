//! An answer of AWS, or why there is none.

use std::{fmt, ops::Deref, sync::LazyLock};

use super::Shared;

/// Why what a look leaves out is not known.
const NOT_ASKED: &str = "not asked in this look";

/// An answer, a proven absence, or neither. `Unknown` is never `Absent`.
#[derive(Clone, Debug, PartialEq)]
pub enum Known<T> {
    /// AWS answered, whole.
    Seen(T),
    /// AWS answered that there is none.
    Absent,
    /// Throttled, partial, refused, or not asked in this look.
    Unknown(Why),
}

/// Why something is not known. One word wide: an observation has room for it in each of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why(Shared<Reason>);

/// What there is to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// As a sentence without a full stop.
    pub text: String,
    /// AWS will say the same until somebody mends it: a permission, credentials, a request that it refuses.
    pub is_lasting: bool,
    /// The permission that is lacking, as IAM calls it, where that is why: `ec2:DescribeRouteTables`.
    pub lacks: Option<&'static str>,
}

impl Why {
    /// What may be otherwise in the next look.
    pub fn new(text: impl Into<String>) -> Self {
        let reason = Reason {
            text: text.into(),
            is_lasting: false,
            lacks: None,
        };
        Self(reason.into())
    }

    /// Not asked in this look.
    #[must_use]
    pub fn not_asked() -> Self {
        /// Once for all: a look has it in most of its parts.
        static NOT: LazyLock<Why> = LazyLock::new(|| Why::new(NOT_ASKED));
        NOT.clone()
    }

    /// What IAM refuses.
    #[must_use]
    pub fn lacking(mut self, lacks: Option<&'static str>) -> Self {
        self.0.lacks = lacks;
        self
    }

    /// What stays so until somebody mends it.
    #[must_use]
    pub fn lasting(mut self, is_lasting: bool) -> Self {
        self.0.is_lasting = is_lasting;
        self
    }
}

impl Why {
    /// Whether the same question may be answered a moment later: it was asked, and nobody has to mend anything.
    #[must_use]
    pub fn passes(&self) -> bool {
        !self.is_lasting && self.text != NOT_ASKED
    }
}

impl Deref for Why {
    type Target = Reason;

    fn deref(&self) -> &Reason {
        &self.0
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<T> Known<T> {
    /// The value, where it was seen.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(t) => Some(t),
            _ => None,
        }
    }

    /// The same knowledge, without a copy of what was seen.
    pub fn as_ref(&self) -> Known<&T> {
        match self {
            Self::Seen(t) => Known::Seen(t),
            Self::Absent => Known::Absent,
            Self::Unknown(why) => Known::Unknown(why.clone()),
        }
    }

    /// Whether AWS said that there is none.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Why it is unknown, where it is.
    pub fn unknown(&self) -> Option<&Why> {
        match self {
            Self::Unknown(why) => Some(why),
            _ => None,
        }
    }

    /// Not asked in this look.
    #[must_use]
    pub fn not_asked() -> Self {
        Self::Unknown(Why::not_asked())
    }

    /// The same knowledge about something inside.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Seen(t) => Known::Seen(f(t)),
            Self::Absent => Known::Absent,
            Self::Unknown(why) => Known::Unknown(why),
        }
    }
}
