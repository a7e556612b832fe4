//! Token buckets that keep us under AWS's documented request rates: waiting here costs less than being throttled there.
//!
//! What belongs here: the categories and the waiting. What must not: which call is in which category ([`crate::call`]).

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep},
};

/// Reads of one category on their way at the same time, at most. Each needs a connection; at fifty milliseconds an answer these
/// are more a second than any bucket refills by.
const LINES: usize = 8;

/// A category of calls with a bucket of its own, per account and region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bucket {
    EcsServiceRead,
    EcsTaskRead,
    EcsDefinitionRead,
    EcsRevisionRead,
    EcsRegister,
    EcsServiceWrite,
    Ec2Read,
    /// Shared by all calls to load balancing: AWS's text says 40/10 where its table says more.
    Elb,
    ElbRead,
    ElbWrite,
    Metrics,
    Alarms,
    LogEvents,
    LogQueries,
    ScalingRead,
    ScalingWrite,
    NeighbourRead,
    WafRead,
    WafOfResource,
    IamRead,
    QuotaRead,
    LatticeRead,
    LatticeWrite,
    DiscoveryRead,
    DiscoveryWrite,
}

impl Bucket {
    const ALL: [Self; 25] = [
        Self::EcsServiceRead,
        Self::EcsTaskRead,
        Self::EcsDefinitionRead,
        Self::EcsRevisionRead,
        Self::EcsRegister,
        Self::EcsServiceWrite,
        Self::Ec2Read,
        Self::Elb,
        Self::ElbRead,
        Self::ElbWrite,
        Self::Metrics,
        Self::Alarms,
        Self::LogEvents,
        Self::LogQueries,
        Self::ScalingRead,
        Self::ScalingWrite,
        Self::NeighbourRead,
        Self::WafRead,
        Self::WafOfResource,
        Self::IamRead,
        Self::QuotaRead,
        Self::LatticeRead,
        Self::LatticeWrite,
        Self::DiscoveryRead,
        Self::DiscoveryWrite,
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
            Self::Ec2Read => "ec2_read",
            Self::Elb => "elb",
            Self::ElbRead => "elb_read",
            Self::ElbWrite => "elb_write",
            Self::Metrics => "cloudwatch_metrics",
            Self::Alarms => "cloudwatch_alarms",
            Self::LogEvents => "logs_events",
            Self::LogQueries => "logs_queries",
            Self::ScalingRead => "autoscaling_read",
            Self::ScalingWrite => "autoscaling_write",
            Self::NeighbourRead => "neighbour_read",
            Self::WafRead => "waf_read",
            Self::WafOfResource => "waf_of_resource_read",
            Self::IamRead => "iam_read",
            Self::QuotaRead => "quota_read",
            Self::LatticeRead => "lattice_read",
            Self::LatticeWrite => "lattice_write",
            Self::DiscoveryRead => "discovery_read",
            Self::DiscoveryWrite => "discovery_write",
        }
    }

    /// Size and refill per second.
    fn rates(self) -> (f64, f64) {
        match self {
            Self::EcsServiceRead | Self::EcsTaskRead => (100.0, 20.0),
            Self::EcsDefinitionRead | Self::EcsRevisionRead => (50.0, 20.0),
            Self::EcsRegister => (20.0, 1.0),
            Self::EcsServiceWrite => (50.0, 5.0),
            // EC2: "Request throttling", its non-mutating actions.
            Self::Ec2Read => (100.0, 20.0),
            Self::Elb => (40.0, 10.0),
            Self::ElbRead => (200.0, 50.0),
            Self::ElbWrite => (20.0, 3.0),
            Self::Metrics => (50.0, 50.0),
            Self::Alarms => (9.0, 9.0),
            // CloudWatch Logs quotas: 5 GetQueryResults a second, and no fewer StartQuery.
            Self::LogQueries => (5.0, 5.0),
            // The same page: 10 GetLogEvents a second in the regions that allow fewest.
            Self::LogEvents => (10.0, 5.0),
            // AWS gives no figure for Application Auto Scaling.
            Self::ScalingRead => (20.0, 10.0),
            Self::ScalingWrite => (10.0, 5.0),
            // Nor for EFS, RDS, ElastiCache and IAM.
            Self::NeighbourRead => (20.0, 10.0),
            Self::IamRead => (50.0, 15.0),
            // AWS WAF quotas: "maximum number of calls".
            Self::WafRead => (5.0, 5.0),
            Self::WafOfResource => (1.0, 1.0),
            // Service Quotas: "API request rates".
            Self::QuotaRead => (10.0, 5.0),
            // AWS gives no figure for VPC Lattice either.
            Self::LatticeRead => (20.0, 10.0),
            Self::LatticeWrite => (10.0, 3.0),
            // Nor for the calls of Cloud Map that are made here.
            Self::DiscoveryRead => (20.0, 10.0),
            Self::DiscoveryWrite => (10.0, 3.0),
        }
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
    buckets: [Tokens; Bucket::ALL.len()],
}

impl Limits {
    /// Full buckets; `rate` is virtual seconds per second of tokio's clock.
    pub(crate) fn new(rate: f64) -> Self {
        Self {
            buckets: Bucket::ALL.map(|bucket| Tokens::full(bucket, rate)),
        }
    }

    /// Waits until each bucket has a token, and takes them all at that moment: one taken earlier would count against
    /// AWS's bucket later than against ours. First come, first served, but what is urgent waits for no queue. One bucket
    /// after the other: who has its turn in the first one is the only one of its kind that waits at the next. So a shared
    /// bucket comes last, where a write waits for one read at most, and not for all of them.
    pub(crate) async fn take(&self, buckets: &[Bucket], urgent: bool) {
        let mut turns = Vec::with_capacity(buckets.len());
        for bucket in buckets {
            turns.push(self.tokens(*bucket).turn(urgent).await);
        }
        for bucket in buckets {
            self.tokens(*bucket).spend();
        }
    }

    /// An answer is there. AWS took its token some time before, and nobody knows when: of a bucket of one the next token is
    /// waited for from now on, or a call that was long on its way would have the next one at its heels.
    pub(crate) fn answered(&self, buckets: &[Bucket]) {
        for bucket in buckets {
            let tokens = self.tokens(*bucket);
            if tokens.size <= 1.0 {
                let mut level = tokens.refilled();
                level.tokens = level.tokens.min(0.0);
            }
        }
    }

    /// Waits until one of a category's reads may be on its way; it is until this is dropped.
    pub(crate) async fn line(&self, bucket: Bucket) -> Option<SemaphorePermit<'_>> {
        self.tokens(bucket).lines.acquire().await.ok()
    }

    /// Each bucket's name, how full it is from 0 to 1, and how many calls wait for a token. May be asked on any thread:
    /// where another clock runs there, time stands at the last call.
    pub(crate) fn fill(&self) -> Vec<(&'static str, f64, u64)> {
        let last = self.buckets.iter().map(|b| b.level().at).max();
        let now = last.map_or_else(Instant::now, |last| last.max(Instant::now()));
        let filled = |(bucket, tokens): (&Bucket, &Tokens)| {
            let full = tokens.level().after(now, tokens.refill).min(tokens.size) / tokens.size;
            let waiting = tokens.waiting.load(Ordering::Relaxed);
            (bucket.name(), full, waiting)
        };
        Bucket::ALL.iter().zip(&self.buckets).map(filled).collect()
    }

    fn tokens(&self, bucket: Bucket) -> &Tokens {
        &self.buckets[bucket as usize]
    }
}

/// A bucket's tokens, and the queue before it.
struct Tokens {
    size: f64,
    /// A second of tokio's clock.
    refill: f64,
    level: Mutex<Level>,
    /// Who has it is the next whose turn it will be, of those who have time.
    queue: tokio::sync::Mutex<()>,
    /// Who has it waits for the next token.
    turn: tokio::sync::Mutex<()>,
    lines: Semaphore,
    waiting: AtomicU64,
}

#[derive(Clone, Copy)]
struct Level {
    tokens: f64,
    at: Instant,
}

impl Level {
    fn after(self, now: Instant, refill: f64) -> f64 {
        self.tokens + now.duration_since(self.at).as_secs_f64() * refill
    }
}

impl Tokens {
    fn full(bucket: Bucket, rate: f64) -> Self {
        let (size, refill) = bucket.rates();
        Self {
            size,
            refill: refill * rate,
            level: Mutex::new(Level {
                tokens: size,
                at: Instant::now(),
            }),
            queue: tokio::sync::Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            // No more than a full bucket holds: of one alone, one after the other.
            lines: Semaphore::new(LINES.min(size as usize)),
            waiting: AtomicU64::new(0),
        }
    }

    /// Waits for a token. Nobody else takes one until the turn is dropped.
    async fn turn(&self, urgent: bool) -> tokio::sync::MutexGuard<'_, ()> {
        let _counted = Waiting::count(&self.waiting);
        let _first = match urgent {
            true => None,
            false => Some(self.queue.lock().await),
        };
        let turn = self.turn.lock().await;
        loop {
            let missing = 1.0 - self.refilled().tokens;
            // What rounding leaves would be waited for in steps of nothing.
            if missing < 1e-9 {
                return turn;
            }
            sleep(Duration::from_secs_f64(missing / self.refill)).await;
        }
    }

    fn spend(&self) {
        self.refilled().tokens -= 1.0;
    }

    fn refilled(&self) -> MutexGuard<'_, Level> {
        let now = Instant::now();
        let mut level = self.level();
        level.tokens = level.after(now, self.refill).min(self.size);
        level.at = now;
        level
    }

    fn level(&self) -> MutexGuard<'_, Level> {
        self.level.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a call that waits, for as long as it does, also when it is broken off.
struct Waiting<'a>(&'a AtomicU64);

impl<'a> Waiting<'a> {
    fn count(waiting: &'a AtomicU64) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, future::join_all};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_free_and_the_rest_waits_its_turn() {
        let limits = Limits::new(1.0);
        let start = Instant::now();
        for _ in 0..20 {
            limits.take(&[Bucket::ElbWrite], false).await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        for _ in 0..6 {
            limits.take(&[Bucket::ElbWrite], false).await;
        }
        let waited = start.elapsed().as_secs_f64();
        assert!((1.9..2.1).contains(&waited), "{waited}");
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_reads_of_a_category_are_on_their_way_and_no_more() {
        let limits = Limits::new(1.0);
        let all: Vec<_> = join_all((0..LINES).map(|_| limits.line(Bucket::ElbRead))).await;
        assert!(limits.line(Bucket::ElbRead).now_or_never().is_none());
        assert!(limits.line(Bucket::EcsTaskRead).now_or_never().is_some());
        drop(all);
        assert!(limits.line(Bucket::ElbRead).now_or_never().is_some());
    }

    /// A token that is counted when a call is sent comes too early where the one before was long on its way.
    #[tokio::test(start_paused = true)]
    async fn of_a_bucket_of_one_the_next_call_goes_a_whole_refill_after_the_answer() {
        const ONE: &[Bucket] = &[Bucket::WafOfResource];
        let limits = Limits::new(1.0);
        let start = Instant::now();
        let call = async || {
            let _line = limits.line(ONE[0]).await;
            limits.take(ONE, false).await;
            let sent = start.elapsed().as_secs_f64();
            sleep(Duration::from_millis(900)).await;
            limits.answered(ONE);
            sent
        };
        let sent = join_all((0..3).map(|_| call())).await;
        for (at, expected) in sent.iter().zip([0.0, 1.9, 3.8]) {
            assert!((at - expected).abs() < 0.05, "{sent:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_faster_clock_waits_less() {
        let limits = Limits::new(100.0);
        let start = Instant::now();
        for _ in 0..21 {
            limits.take(&[Bucket::EcsRegister], false).await;
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
            limits.take(&[Bucket::ElbWrite], false).await;
        }
        assert_eq!(elb_write(), Some(("elb_write", 0.5, 0)));
        let mut waiting: Vec<_> = (0..13)
            .map(|_| Box::pin(limits.take(&[Bucket::ElbWrite], false)))
            .collect();
        let there = waiting.iter_mut().filter_map(|w| w.now_or_never()).count();
        assert_eq!((there, elb_write()), (10, Some(("elb_write", 0.0, 3))));
        drop(waiting);
        sleep(Duration::from_secs(60)).await;
        assert_eq!(elb_write(), Some(("elb_write", 1.0, 0)));
    }

    /// No second sees more of either than its bucket holds, and neither waits for the other's queue.
    #[tokio::test(start_paused = true)]
    async fn reads_and_writes_share_a_bucket_call_by_call() {
        let limits = Limits::new(1.0);
        let start = Instant::now();
        let call = async |buckets: &'static [Bucket]| {
            limits.take(buckets, false).await;
            start.elapsed().as_secs_f64()
        };
        let (writes, reads) = tokio::join!(
            join_all((0..80).map(|_| call(&[Bucket::ElbWrite, Bucket::Elb]))),
            join_all((0..200).map(|_| call(&[Bucket::ElbRead, Bucket::Elb]))),
        );
        let by = |calls: &[f64], t: f64| calls.iter().filter(|at| **at <= t).count() as f64;
        for second in 0..30 {
            let t = f64::from(second);
            let (writes, reads) = (by(&writes, t), by(&reads, t));
            assert!(writes <= 20.0 + 3.0 * t + 1.0, "{writes} writes in {t} s");
            assert!(writes + reads <= 40.0 + 10.0 * t + 1.0, "{t} s");
        }
        let last = |calls: Vec<f64>| calls.into_iter().fold(0.0, f64::max);
        let (writes, reads) = (last(writes), last(reads));
        assert!((20.0..21.0).contains(&writes), "{writes}");
        assert!((23.5..24.5).contains(&reads), "{reads}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_urgent_waits_for_no_queue() {
        let limits = Limits::new(1.0);
        let start = Instant::now();
        let call = async |urgent| {
            limits.take(&[Bucket::ElbWrite, Bucket::Elb], urgent).await;
            start.elapsed().as_secs_f64()
        };
        let (others, urgent) = tokio::join!(join_all((0..80).map(|_| call(false))), async {
            sleep(Duration::from_secs(5)).await;
            call(true).await
        });
        assert!(urgent < 6.0, "{urgent}");
        let last = others.into_iter().fold(0.0, f64::max);
        assert!((20.0..21.0).contains(&last), "{last}");
    }

    #[test]
    fn each_bucket_has_its_own_place() {
        for (place, bucket) in Bucket::ALL.iter().enumerate() {
            assert_eq!(*bucket as usize, place);
        }
    }
}
