//! What is asked of a look, from the hands down to whoever reads.
//!
//! What belongs here: how closely, and as of when. What must not: what is looked at.

use jiff::Timestamp;
use sixshift_core::observation::Look;

/// How a plan is to be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// How closely.
    pub look: Look,
    /// When the round began: what was read since then counts as read now.
    pub since: Timestamp,
    /// When it is.
    pub now: Timestamp,
    /// Its calls go before those of others.
    pub urgent: bool,
}

impl Asked {
    /// As closely as can be, in a round of its own, by somebody who has time.
    #[must_use]
    pub fn full(now: Timestamp) -> Self {
        Self {
            look: Look::Full,
            since: now,
            now,
            urgent: false,
        }
    }
}
