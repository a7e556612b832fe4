//! Who may act: at most one daemon of several, and only for as long as it surely may.
//!
//! What belongs here: what a lease is, and the rule that no call starts which the lease may not outlive. How one is won and
//! kept over a DynamoDB table is `table`'s.
//!
//! A lease is measured in durations, each by whoever measures it on a clock that only goes forward: two machines' clocks are
//! never compared.

mod table;

use std::{fmt, time::Duration};

use sixshift_core::status::duration;
use tokio::time::Instant;

pub use table::TableLease;

/// The right to act. It is asked from any thread, and as late as just before a call is sent.
pub trait Lease: fmt::Debug + Send + Sync {
    /// For how long from now nobody else may act; `None`: it is not held.
    fn remains(&self) -> Option<Duration>;

    /// Who holds it, where it is somebody else and known.
    fn leader(&self) -> Option<Leader> {
        None
    }

    /// Why nothing is known of it, as a sentence without a full stop.
    fn trouble(&self) -> Option<String> {
        None
    }
}

/// The daemon that acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// Its name: a task's, or a host's with a process.
    pub name: String,
    /// Where its API is, if it says so.
    pub url: Option<String>,
}

/// One daemon, and nobody else: what holds on one machine, where the journal's file is locked.
#[derive(Clone, Copy, Debug, Default)]
pub struct SingleProcess;

impl Lease for SingleProcess {
    fn remains(&self) -> Option<Duration> {
        Some(Duration::MAX)
    }
}

/// A lease that ends, and is over from that moment on.
#[derive(Clone, Copy, Debug)]
pub struct Until(pub Instant);

impl Lease for Until {
    fn remains(&self) -> Option<Duration> {
        let left = self.0.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }
}

/// Why nothing may start now, as a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Somebody else may act, and is known.
    #[error("this daemon stands by; {name} leads")]
    Led {
        /// Who.
        name: String,
    },
    /// Somebody else may act, or nobody.
    #[error("the lease is not held{}; another daemon may act", because(.why))]
    NotHeld {
        /// Why, where something is known.
        why: Option<String>,
    },
    /// Another daemon could act before the call is over.
    #[error("the lease ends in {}, and a call may take {}", duration(*.remains), duration(*.call_limit))]
    EndsTooSoon {
        /// How long it is still held.
        remains: Duration,
        /// How long a call may take.
        call_limit: Duration,
    },
}

/// Whether a call may start now that ends, one way or the other, within `call_limit`: only if the lease outlives it.
///
/// # Errors
/// The lease is not held, or it ends before the call surely has.
pub fn allows(lease: &dyn Lease, call_limit: Duration) -> Result<(), Refused> {
    match lease.remains() {
        Some(remains) if remains > call_limit => Ok(()),
        Some(remains) => Err(Refused::EndsTooSoon {
            remains,
            call_limit,
        }),
        None => Err(match (lease.trouble(), lease.leader()) {
            (None, Some(leader)) => Refused::Led { name: leader.name },
            (why, _) => Refused::NotHeld { why },
        }),
    }
}

fn because(why: &Option<String>) -> String {
    why.as_ref()
        .map_or_else(String::new, |why| format!(", since {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn ends_in(seconds: u64) -> Until {
        Until(Instant::now() + Duration::from_secs(seconds))
    }

    #[tokio::test(start_paused = true)]
    async fn a_single_process_may_always_act() {
        assert_eq!(allows(&SingleProcess, LIMIT), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_the_lease_outlives_may_start() {
        assert_eq!(allows(&ends_in(11), LIMIT), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_may_end_with_the_lease_does_not_start() {
        let lease = ends_in(15);
        tokio::time::advance(Duration::from_secs(5)).await;
        let refused = allows(&lease, LIMIT).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the lease ends in 10 s, and a call may take 10 s"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_that_is_over_allows_nothing_however_short() {
        assert_eq!(
            allows(&ends_in(0), Duration::ZERO),
            Err(Refused::NotHeld { why: None })
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_without_end_needs_a_lease_without_end() {
        let refused = allows(&SingleProcess, Duration::MAX);
        assert!(matches!(refused, Err(Refused::EndsTooSoon { .. })));
    }
}
