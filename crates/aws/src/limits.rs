//! Token buckets that keep us under AWS's documented request rates: waiting here costs less than being throttled there.
//!
//! What belongs here: the categories and the waiting. What must not: which call is in which category ([`crate::call`]).

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep};

/// A category of calls with a bucket of its own, per account and region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bucket {
    EcsServiceRead,
    EcsTaskRead,
    EcsDefinitionRead,
    EcsRevisionRead,
    EcsRegister,
    EcsServiceWrite,
    EcsTag,
    /// Shared by all calls to load balancing: AWS's text says 40/10 where its table says more.
    Elb,
    ElbWrite,
    Metrics,
    Alarms,
    ScalingRead,
    ScalingWrite,
}

impl Bucket {
    const ALL: [Self; 13] = [
        Self::EcsServiceRead,
        Self::EcsTaskRead,
        Self::EcsDefinitionRead,
        Self::EcsRevisionRead,
        Self::EcsRegister,
        Self::EcsServiceWrite,
        Self::EcsTag,
        Self::Elb,
        Self::ElbWrite,
        Self::Metrics,
        Self::Alarms,
        Self::ScalingRead,
        Self::ScalingWrite,
    ];

    /// Size and refill per second.
    fn rates(self) -> (f64, f64) {
        match self {
            Self::EcsServiceRead | Self::EcsTaskRead => (100.0, 20.0),
            Self::EcsDefinitionRead | Self::EcsRevisionRead => (50.0, 20.0),
            Self::EcsRegister => (20.0, 1.0),
            Self::EcsServiceWrite => (50.0, 5.0),
            Self::EcsTag => (20.0, 10.0),
            Self::Elb => (40.0, 10.0),
            Self::ElbWrite => (20.0, 3.0),
            Self::Metrics => (50.0, 50.0),
            Self::Alarms => (9.0, 9.0),
            // AWS gives no figure for Application Auto Scaling.
            Self::ScalingRead => (20.0, 10.0),
            Self::ScalingWrite => (10.0, 5.0),
        }
    }
}

#[derive(Clone, Copy)]
struct Level {
    tokens: f64,
    at: Instant,
}

/// One account's buckets in one region.
pub(crate) struct Limits {
    levels: Mutex<Vec<Level>>,
    rate: f64,
}

impl Limits {
    /// Full buckets; `rate` is virtual seconds per second of tokio's clock.
    pub(crate) fn new(rate: f64) -> Self {
        let at = Instant::now();
        let levels = Bucket::ALL
            .iter()
            .map(|b| Level {
                tokens: b.rates().0,
                at,
            })
            .collect();
        Self {
            levels: Mutex::new(levels),
            rate,
        }
    }

    /// Takes a token from each bucket, and waits until the emptiest of them really has it. First come, first served.
    pub(crate) async fn take(&self, buckets: &[Bucket]) {
        let wait = buckets
            .iter()
            .map(|b| self.reserve(*b))
            .max()
            .unwrap_or_default();
        if !wait.is_zero() {
            sleep(wait).await;
        }
    }

    fn reserve(&self, bucket: Bucket) -> Duration {
        let (size, refill) = bucket.rates();
        let now = Instant::now();
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(level) = levels.get_mut(bucket as usize) else {
            return Duration::ZERO;
        };
        let passed = now.duration_since(level.at).as_secs_f64() * self.rate;
        level.tokens = (level.tokens + passed * refill).min(size) - 1.0;
        level.at = now;
        Duration::from_secs_f64((-level.tokens).max(0.0) / refill / self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_free_and_the_rest_waits_its_turn() {
        let limits = Limits::new(1.0);
        let start = Instant::now();
        for _ in 0..20 {
            limits.take(&[Bucket::ElbWrite]).await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..6 {
            limits.take(&[Bucket::ElbWrite]).await;
        }
        let waited = start.elapsed().as_secs_f64();
        assert!((1.9..2.1).contains(&waited), "{waited}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_faster_clock_waits_less() {
        let limits = Limits::new(100.0);
        let start = Instant::now();
        for _ in 0..21 {
            limits.take(&[Bucket::EcsRegister]).await;
        }
        assert!(start.elapsed() <= Duration::from_millis(11));
    }

    #[test]
    fn each_bucket_has_its_own_place() {
        for (place, bucket) in Bucket::ALL.iter().enumerate() {
            assert_eq!(*bucket as usize, place);
        }
    }
}
