//! Who may act: at most one daemon of several, and only for as long as it surely may.
//!
//! What belongs here: what a lease is, and the rule that no call starts which the lease may not outlive. What must not: how
//! a lease is won or kept.

use std::{fmt, time::Duration};

use jiff::{SignedDuration, Timestamp};
use sixshift_core::status::duration;

/// The right to act.
pub trait Lease: fmt::Debug + Send + Sync {
    /// Until when nobody else may act; `None`: it is not held.
    fn holds_until(&self, now: Timestamp) -> Option<Timestamp>;
}

/// One daemon, and nobody else: what holds on one machine, where the journal's file is locked.
#[derive(Clone, Copy, Debug, Default)]
pub struct SingleProcess;

impl Lease for SingleProcess {
    fn holds_until(&self, _now: Timestamp) -> Option<Timestamp> {
        Some(Timestamp::MAX)
    }
}

/// A lease that ends, and is over from that moment on.
#[derive(Clone, Copy, Debug)]
pub struct Until(pub Timestamp);

impl Lease for Until {
    fn holds_until(&self, now: Timestamp) -> Option<Timestamp> {
        (now < self.0).then_some(self.0)
    }
}

/// Why nothing may start now, as a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Somebody else may act, or nobody.
    #[error("the lease is not held; another daemon may act")]
    NotHeld,
    /// Another daemon could act before the call is over.
    #[error("the lease ends at {until}, and a call may take {}", duration(*call_limit))]
    EndsTooSoon {
        /// When it ends.
        until: Timestamp,
        /// How long a call may take.
        call_limit: Duration,
    },
}

/// Whether a call may start now that ends, one way or the other, within `call_limit`: only if the lease outlives it.
///
/// # Errors
/// The lease is not held, or it ends before the call surely has.
pub fn allows(lease: &dyn Lease, now: Timestamp, call_limit: Duration) -> Result<(), Refused> {
    let until = lease.holds_until(now).ok_or(Refused::NotHeld)?;
    let longest = SignedDuration::try_from(call_limit).unwrap_or(SignedDuration::MAX);
    if until.duration_since(now) > longest {
        Ok(())
    } else {
        Err(Refused::EndsTooSoon { until, call_limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_single_process_may_always_act() {
        assert_eq!(allows(&SingleProcess, at(0), LIMIT), Ok(()));
        let far = Timestamp::MAX - SignedDuration::from_hours(24);
        assert_eq!(allows(&SingleProcess, far, LIMIT), Ok(()));
    }

    #[test]
    fn a_call_that_the_lease_outlives_may_start() {
        assert_eq!(allows(&Until(at(131)), at(100), LIMIT), Ok(()));
    }

    #[test]
    fn a_call_that_may_end_with_the_lease_does_not_start() {
        let until = at(130);
        let refused = allows(&Until(until), at(100), LIMIT).unwrap_err();
        let call_limit = LIMIT;
        assert_eq!(refused, Refused::EndsTooSoon { until, call_limit });
        assert_eq!(
            refused.to_string(),
            "the lease ends at 1970-01-01T00:02:10Z, and a call may take 30 s"
        );
    }

    #[test]
    fn a_lease_that_is_over_allows_nothing_however_short() {
        let over = allows(&Until(at(100)), at(100), Duration::ZERO);
        assert_eq!(over, Err(Refused::NotHeld));
    }

    #[test]
    fn a_call_without_end_needs_a_lease_without_end() {
        let refused = allows(&SingleProcess, at(0), Duration::MAX);
        assert!(matches!(refused, Err(Refused::EndsTooSoon { .. })));
    }
}
