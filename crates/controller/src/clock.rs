//! The only source of time outside the simulated region: the system's clock, or a simulated region's. Where AWS's own clock
//! says that it is wrong, it goes by AWS's.
//!
//! What belongs here: what time it is, for everybody who asks this clock, and whether to doubt it. What must not: what is
//! held because of that (`sixshift_core::facts::Lack`).

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use aws_smithy_async::time::TimeSource;
use jiff::{SignedDuration, Timestamp};
use sixshift_core::status::duration;
use tokio::{sync::Notify, time::Instant};

/// Half a minute off, a metric window shows other minutes than those that are meant.
const MOST: SignedDuration = SignedDuration::from_secs(30);
/// A region's clock that is read over the network is never exact; its seconds.
const NEARLY: f64 = 1.0;

/// A clock to read and to sleep by. Whoever has a copy has the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    face: Mutex<Face>,
    set: Notify,
}

/// What it shows, and whether that is to be believed.
#[derive(Clone, Debug)]
struct Face {
    hands: Source,
    doubt: Option<String>,
    /// How often it was set.
    turns: u64,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    /// The system's, so far behind AWS's.
    System { behind: SignedDuration },
    /// A region's: at an instant of tokio's clock it showed an epoch, and it runs at a rate.
    Simulated {
        epoch: Timestamp,
        origin: Instant,
        rate: f64,
    },
}

impl Source {
    fn now(self) -> Timestamp {
        match self {
            Self::System { behind } => Timestamp::now()
                .saturating_add(behind)
                .unwrap_or(Timestamp::MAX),
            Self::Simulated {
                epoch,
                origin,
                rate,
            } => {
                let elapsed = SignedDuration::try_from(origin.elapsed().mul_f64(rate))
                    .unwrap_or(SignedDuration::MAX);
                epoch.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
            }
        }
    }

    fn rate(self) -> f64 {
        match self {
            Self::System { .. } => 1.0,
            Self::Simulated { rate, .. } => rate,
        }
    }
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::of(Source::System {
            behind: SignedDuration::ZERO,
        })
    }

    /// A region's clock that shows a time now and runs at a rate: its seconds per second of tokio's clock.
    #[must_use]
    pub fn simulated(shows: Timestamp, rate: f64) -> Self {
        Self::of(Source::Simulated {
            epoch: shows,
            origin: Instant::now(),
            rate,
        })
    }

    fn of(hands: Source) -> Self {
        let face = Face {
            hands,
            doubt: None,
            turns: 0,
        };
        Self(Arc::new(Inner {
            face: Mutex::new(face),
            set: Notify::new(),
        }))
    }

    fn face(&self) -> MutexGuard<'_, Face> {
        self.0.face.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.face().hands.now()
    }

    /// Its seconds per second of tokio's clock.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.face().hands.rate()
    }

    /// Why it is not to be believed, as a sentence without a full stop.
    #[must_use]
    pub fn doubt(&self) -> Option<String> {
        self.face().doubt.clone()
    }

    /// How often it was set: whoever planned something by it plans anew.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.face().turns
    }

    /// Holds it against AWS's clock, which is so far ahead. More than half a minute off it is set, and doubted until it
    /// agrees by itself again. Whether it was set: whatever was read by it until now is of other minutes.
    pub fn compare(&self, ahead: Option<SignedDuration>) -> bool {
        let Some(ahead) = ahead else { return false };
        let mut face = self.face();
        let most = MOST.as_secs_f64() * face.hands.rate().max(1.0);
        let is_off = |by: SignedDuration| by.abs().as_secs_f64() > most;
        let own = match face.hands {
            Source::System { behind } => behind.saturating_add(ahead),
            Source::Simulated { .. } => ahead,
        };
        face.doubt = is_off(own).then(|| {
            format!(
                "AWS's clock is {} {} this machine's; what is read goes by AWS's",
                duration(own.unsigned_abs()),
                if own.is_negative() {
                    "behind"
                } else {
                    "ahead of"
                }
            )
        });
        // Once it agrees by itself it goes by itself.
        let agrees =
            matches!(face.hands, Source::System { behind } if !behind.is_zero() && !is_off(own));
        if !is_off(ahead) && !agrees {
            return false;
        }
        face.hands = match face.hands {
            Source::System { .. } if agrees => Source::System {
                behind: SignedDuration::ZERO,
            },
            Source::System { .. } => Source::System { behind: own },
            Source::Simulated { rate, .. } => Source::Simulated {
                epoch: face
                    .hands
                    .now()
                    .saturating_add(ahead)
                    .unwrap_or(Timestamp::MAX),
                origin: Instant::now(),
                rate,
            },
        };
        self.was_set(face);
        true
    }

    /// Goes as a simulated region says that its clock goes. Whether it went otherwise until now.
    pub fn follow(&self, shows: Timestamp, rate: f64) -> bool {
        let mut face = self.face();
        let off = face.hands.now().duration_since(shows).abs().as_secs_f64();
        if face.hands.rate() == rate && off <= NEARLY * rate.max(1.0) {
            return false;
        }
        face.hands = Source::Simulated {
            epoch: shows,
            origin: Instant::now(),
            rate,
        };
        face.doubt = None;
        self.was_set(face);
        true
    }

    fn was_set(&self, mut face: MutexGuard<'_, Face>) {
        face.turns += 1;
        drop(face);
        self.0.set.notify_waiters();
    }

    /// Sleeps until a time; not at all when it is over.
    pub async fn sleep_until(&self, time: Timestamp) {
        loop {
            let set = self.0.set.notified();
            let hands = self.face().hands;
            let left = Duration::try_from(time.duration_since(hands.now())).unwrap_or_default();
            if left.is_zero() {
                return;
            }
            // A millisecond more, for timers may fire early by their own granularity.
            let left = left.div_f64(hands.rate()) + Duration::from_millis(1);
            tokio::select! {
                () = tokio::time::sleep(left) => return,
                () = set => {}
            }
        }
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

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn an_accelerated_clock_sleeps_shorter() {
        let clock = Clock::simulated(at(0), 60.0);
        let begun = Instant::now();
        clock.sleep_until(at(60)).await;
        assert!(begun.elapsed() < Duration::from_millis(1_010));
        assert!(clock.now() >= at(60));
    }

    #[tokio::test(start_paused = true)]
    async fn the_past_is_not_waited_for() {
        let clock = Clock::simulated(at(100), 1.0);
        let begun = Instant::now();
        clock.sleep_until(at(0)).await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_sleeps_wakes_when_the_clock_is_set_beyond_the_time() {
        let clock = Clock::simulated(at(0), 1.0);
        let begun = Instant::now();
        let setter = async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            assert!(clock.follow(at(3_600), 1.0));
        };
        tokio::join!(clock.sleep_until(at(3_000)), setter);
        assert_eq!(begun.elapsed(), Duration::from_secs(5));
        assert_eq!((clock.turns(), clock.doubt()), (1, None));
    }

    #[tokio::test(start_paused = true)]
    async fn a_region_that_runs_at_another_rate_is_followed_and_one_that_is_read_a_moment_later_is_not()
     {
        let clock = Clock::simulated(at(0), 1.0);
        assert!(!clock.follow(at(1), 1.0));
        assert!(clock.follow(at(1), 60.0));
        assert_eq!(clock.rate(), 60.0);
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert_eq!(clock.now(), at(601));
    }

    #[test]
    fn the_systems_clock_goes_by_awss_and_is_doubted_until_it_agrees_by_itself() {
        let clock = Clock::system();
        let hour = SignedDuration::from_hours(1);
        assert!(!clock.compare(None));
        assert!(!clock.compare(Some(SignedDuration::from_secs(-30))));
        assert_eq!(clock.doubt(), None);
        assert!(clock.compare(Some(hour)));
        assert!(clock.now() > Timestamp::now() + SignedDuration::from_mins(59));
        // It agrees with AWS's now, since it goes by that.
        assert!(!clock.compare(Some(SignedDuration::ZERO)));
        let doubt = clock.doubt().unwrap();
        assert!(doubt.contains("is 1 h ahead of this machine's"), "{doubt}");
        // Somebody sets the machine's clock right.
        assert!(clock.compare(Some(-hour)));
        assert_eq!((clock.doubt(), clock.turns()), (None, 2));
        assert!(clock.now() < Timestamp::now() + SignedDuration::from_secs(1));
    }

    #[test]
    fn a_doubt_says_how_far_off_and_in_which_direction() {
        let clock = Clock::system();
        assert!(clock.compare(Some(SignedDuration::from_secs(-250))));
        let doubt = clock.doubt().unwrap();
        assert!(
            doubt.starts_with("AWS's clock is 4 m 10 s behind this machine's;"),
            "{doubt}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_regions_clock_that_jumped_is_doubted_for_one_look() {
        let clock = Clock::simulated(at(0), 1.0);
        assert!(clock.compare(Some(SignedDuration::from_secs(600))));
        assert_eq!(clock.now(), at(600));
        assert!(clock.doubt().is_some());
        assert!(!clock.compare(Some(SignedDuration::ZERO)));
        assert_eq!(clock.doubt(), None);
    }
}
