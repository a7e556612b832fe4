//! How far our clock may be from AWS's before evidence is spoilt: a run ends when it is further, a daemon acts no more until
//! it is set right.

use std::cell::Cell;

use anyhow::bail;
use jiff::{SignedDuration, Timestamp};
use sixshift_controller::{
    Clock, Hands,
    lease::{Lease, SingleProcess},
};
use tokio::sync::Notify;

use crate::stop;

/// Half a minute off, a metric window shows other minutes than those that are meant.
const MOST: SignedDuration = SignedDuration::from_secs(30);

/// What is wrong with the clock, if anything is; AWS's Date header has whole seconds. `rate` is virtual seconds per
/// second: in an accelerated region an answer that is on its way for a moment is old.
pub(crate) fn complaint(hands: &Hands, now: Timestamp, rate: f64) -> Option<String> {
    let skew = hands.date_skew(now)?;
    let most = MOST.as_secs_f64() * rate.max(1.0);
    (skew.abs().as_secs_f64() > most).then(|| {
        format!(
            "AWS's clock differs from this machine's by {} s, which spoils evidence; set the clock right \
             (or, for a simulated region, give --sim-clock)",
            skew.as_secs()
        )
    })
}

/// A daemon's right to act, as long as its clock is right.
#[derive(Debug)]
pub(crate) struct RightClock {
    hands: Hands,
    rate: f64,
}

impl RightClock {
    /// By the answers that these hands get.
    pub(crate) fn new(hands: Hands, rate: f64) -> Self {
        Self { hands, rate }
    }
}

impl Lease for RightClock {
    fn holds_until(&self, now: Timestamp) -> Option<Timestamp> {
        SingleProcess.holds_until(now)
    }

    fn withheld(&self, now: Timestamp) -> Option<String> {
        complaint(&self.hands, now, self.rate)
    }
}

/// What the log was told of the clock.
#[derive(Debug, Default)]
pub(crate) struct Told(Cell<bool>);

impl Told {
    /// Tells when it goes wrong, and when it is right again.
    pub(crate) fn tell(&self, complaint: Option<String>) {
        let was_wrong = self.0.replace(complaint.is_some());
        match complaint {
            Some(complaint) if !was_wrong => tracing::error!("nothing is changed: {complaint}"),
            None if was_wrong => tracing::info!("the clock is right again"),
            _ => {}
        }
    }
}

/// Watches the clock that a fleet runs by.
pub(crate) struct Watch {
    hands: Hands,
    clock: Clock,
    rate: f64,
    complaint: Cell<Option<String>>,
    wrong: Notify,
}

impl Watch {
    /// Over the answers that these hands get; `rate` is the clock's seconds per second.
    pub(crate) fn new(hands: Hands, clock: Clock, rate: f64) -> Self {
        Self {
            hands,
            clock,
            rate,
            complaint: Cell::new(None),
            wrong: Notify::new(),
        }
    }

    /// Looks at the clock, once a round: before the first one AWS has not said what time it is.
    pub(crate) fn look(&self) {
        if let Some(text) = complaint(&self.hands, self.clock.now(), self.rate) {
            self.complaint.set(Some(text));
            self.wrong.notify_one();
        }
    }

    /// Resolves when a look has found the clock wrong, or somebody asks this program to end.
    pub(crate) async fn stop(&self) {
        tokio::select! {
            biased;
            () = self.wrong.notified() => {}
            () = stop::asked() => {}
        }
    }

    /// What the run is worth.
    ///
    /// # Errors
    /// The clock was found wrong.
    pub(crate) fn verdict(self) -> anyhow::Result<()> {
        match self.complaint.into_inner() {
            Some(complaint) => bail!(complaint),
            None => Ok(()),
        }
    }
}
