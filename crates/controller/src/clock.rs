//! The only source of time outside the simulated region: the system's clock, or a simulated region's.

use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// A clock to read and to sleep by. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// The system's.
    System,
    /// A region's: at an instant of tokio's clock it showed an epoch, and it runs at a rate.
    Simulated {
        /// What it showed.
        epoch: Timestamp,
        /// When.
        origin: Instant,
        /// Its seconds per second of tokio's clock.
        rate: f64,
    },
}

impl Clock {
    /// A region's clock that shows a time now and runs at a rate.
    #[must_use]
    pub fn simulated(shows: Timestamp, rate: f64) -> Self {
        Self::Simulated {
            epoch: shows,
            origin: Instant::now(),
            rate,
        }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Simulated {
                epoch,
                origin,
                rate,
            } => {
                let elapsed = SignedDuration::try_from(origin.elapsed().mul_f64(*rate))
                    .unwrap_or(SignedDuration::MAX);
                epoch.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
            }
        }
    }

    /// Sleeps until a time; not at all when it is over.
    pub async fn sleep_until(&self, time: Timestamp) {
        let left = Duration::try_from(time.duration_since(self.now())).unwrap_or_default();
        if left.is_zero() {
            return;
        }
        let left = match self {
            Self::System => left,
            Self::Simulated { rate, .. } => left.div_f64(*rate),
        };
        // A millisecond more, for timers may fire early by their own granularity.
        tokio::time::sleep(left + Duration::from_millis(1)).await;
    }
}

/// Requests are signed with this clock too.
impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        Self::now(self).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_accelerated_clock_sleeps_shorter() {
        let clock = Clock::simulated(Timestamp::UNIX_EPOCH, 60.0);
        let begun = Instant::now();
        clock.sleep_until(Timestamp::from_second(60).unwrap()).await;
        assert!(begun.elapsed() < Duration::from_millis(1_010));
        assert!(clock.now() >= Timestamp::from_second(60).unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn the_past_is_not_waited_for() {
        let clock = Clock::simulated(Timestamp::from_second(100).unwrap(), 1.0);
        let begun = Instant::now();
        clock.sleep_until(Timestamp::UNIX_EPOCH).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
