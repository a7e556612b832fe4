//! How long whoever failed waits: doubling, bounded, and forgotten after a success.
//!
//! What belongs here: the arithmetic that plans' acts, gates and receivers of notifications share. What must not: who waits.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use sixshift_aws::Retry;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);
/// Of what will be refused again until somebody changes something.
const PATIENT: Duration = Duration::from_secs(180);

/// A plan's failed attempts in a row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// One more failure: how long to wait now. Plans that fail together come back apart: up to a quarter more, by the
    /// plan's name and the attempt, so that the same run waits the same.
    pub(crate) fn failed(&mut self, plan: &str, retry: Retry) -> Duration {
        let wait = doubled(FIRST, self.failures, LONGEST);
        let wait = match retry {
            Retry::Soon => wait,
            Retry::Later | Retry::Never => PATIENT,
        };
        self.failures = self.failures.saturating_add(1);
        wait + wait.mul_f64(jitter(plan, self.failures) * 0.25)
    }

    /// It went well.
    pub(crate) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Failures in a row.
    pub(crate) fn failures(self) -> u32 {
        self.failures
    }
}

/// The wait after so many failures before this one: twice as long each time, and no longer than the last.
pub(crate) fn doubled(first: Duration, before: u32, longest: Duration) -> Duration {
    let times = 1_u32.checked_shl(before).unwrap_or(u32::MAX);
    first.saturating_mul(times).min(longest)
}

/// Between 0 and 1.
fn jitter(plan: &str, attempt: u32) -> f64 {
    let mut hasher = DefaultHasher::new();
    (plan, attempt).hash(&mut hasher);
    (hasher.finish() % 1_000) as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_to_a_minute_and_forgets_after_a_success() {
        let mut backoff = Backoff::default();
        let waits: Vec<f64> = (0..8)
            .map(|_| backoff.failed("checkout", Retry::Soon).as_secs_f64())
            .collect();
        for (wait, least) in waits
            .iter()
            .zip([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0])
        {
            assert!(
                (least..=least * 1.25).contains(wait),
                "{wait} for {least} s"
            );
        }
        assert_eq!(backoff.failures(), 8);
        backoff.succeeded();
        assert!(backoff.failed("checkout", Retry::Soon) < Duration::from_millis(1_251));
    }

    #[test]
    fn what_is_refused_until_somebody_changes_it_is_tried_every_few_minutes() {
        for retry in [Retry::Later, Retry::Never] {
            let wait = Backoff::default().failed("checkout", retry).as_secs();
            assert!((180..=225).contains(&wait), "{wait} s");
        }
    }

    #[test]
    fn two_plans_that_fail_together_come_back_apart() {
        let of = |plan| Backoff::default().failed(plan, Retry::Soon);
        assert_ne!(of("checkout"), of("search"));
        assert_eq!(of("checkout"), of("checkout"));
    }
}
