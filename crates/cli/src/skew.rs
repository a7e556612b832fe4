//! How far our clock may be from AWS's before evidence is spoilt.

use jiff::{SignedDuration, Timestamp};
use sixshift_controller::Hands;

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
