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

    /// As metrics have it.
    fn name(self) -> &'static str {
        match self {
            Self::EcsServiceRead => "ecs_service_read",
            Self::EcsTaskRead => "ecs_task_read",
            Self::EcsDefinitionRead => "ecs_task_definition_read",
            Self::EcsRevisionRead => "ecs_service_revision_read",
            Self::EcsRegister => "ecs_task_definition_register",
            Self::EcsServiceWrite => "ecs_service_write",
            Self::EcsTag => "ecs_tag",
            Self::Elb => "elb",
            Self::ElbWrite => "elb_write",
            Self::Metrics => "cloudwatch_metrics",
            Self::Alarms => "cloudwatch_alarms",
            Self::ScalingRead => "autoscaling_read",
            Self::ScalingWrite => "autoscaling_write",
        }
    }

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

impl Level {
    /// The tokens at a later time, at a refill per second of tokio's clock.
    fn after(self, now: Instant, refill: f64) -> f64 {
        self.tokens + now.duration_since(self.at).as_secs_f64() * refill
    }
}

/// How full a token bucket is.
#[derive(Clone, Debug, PartialEq)]
pub struct BucketLevel {
    /// The AWS region.
    pub region: String,
    /// The account, where a plan names a role in it; `None`: our own.
    pub account: Option<String>,
    /// Which bucket.
    pub bucket: &'static str,
    /// From 0 (the next call waits) to 1 (a whole burst is free).
    pub full: f64,
    /// Calls that wait for their token.
    pub waiting: u64,
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

    /// Each bucket's name, how full it is from 0 to 1, and how many calls wait for a token. May be asked on any thread:
    /// where another clock runs there, time stands at the last call.
    pub(crate) fn fill(&self) -> Vec<(&'static str, f64, u64)> {
        let levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let last = levels.iter().map(|level| level.at).max();
        let now = last.map_or_else(Instant::now, |last| last.max(Instant::now()));
        let filled = |(bucket, level): (&Bucket, &Level)| {
            let (size, refill) = bucket.rates();
            let tokens = level.after(now, refill * self.rate).min(size);
            (
                bucket.name(),
                (tokens / size).max(0.0),
                (-tokens).max(0.0).ceil() as u64,
            )
        };
        Bucket::ALL.iter().zip(levels.iter()).map(filled).collect()
    }

    fn reserve(&self, bucket: Bucket) -> Duration {
        let (size, refill) = bucket.rates();
        let now = Instant::now();
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(level) = levels.get_mut(bucket as usize) else {
            return Duration::ZERO;
        };
        level.tokens = level.after(now, refill * self.rate).min(size) - 1.0;
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

    #[tokio::test(start_paused = true)]
    async fn a_bucket_shows_what_is_left_of_it_and_who_waits() {
        let limits = Limits::new(1.0);
        let elb_write = || {
            let all = limits.fill();
            all.into_iter().find(|(name, ..)| *name == "elb_write")
        };
        assert_eq!(elb_write(), Some(("elb_write", 1.0, 0)));
        for _ in 0..10 {
            limits.take(&[Bucket::ElbWrite]).await;
        }
        assert_eq!(elb_write(), Some(("elb_write", 0.5, 0)));
        for _ in 0..13 {
            limits.reserve(Bucket::ElbWrite);
        }
        assert_eq!(elb_write(), Some(("elb_write", 0.0, 3)));
        sleep(Duration::from_secs(60)).await;
        assert_eq!(elb_write(), Some(("elb_write", 1.0, 0)));
    }

    #[test]
    fn each_bucket_has_its_own_place() {
        for (place, bucket) in Bucket::ALL.iter().enumerate() {
            assert_eq!(*bucket as usize, place);
        }
    }
}
