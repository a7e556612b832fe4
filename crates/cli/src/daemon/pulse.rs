//! A line of the log each minute that says how long the oldest look is ago: what an alarm on the log alone can watch, where
//! nobody scrapes `/metrics`.
//!
//! What belongs here: the line. What must not: a judgement; the alarm has it.

use std::{sync::Arc, time::Duration};

use sixshift_controller::{Board, Clock, lease::Lease};

/// A metric of CloudWatch's has a point a minute.
const EVERY: Duration = Duration::from_secs(60);

/// Never ends.
pub(super) async fn beat(board: &Board, clock: &Clock, lease: &Arc<dyn Lease>) {
    loop {
        tokio::time::sleep(EVERY.div_f64(clock.rate())).await;
        let now = clock.now();
        let plans = board.plans();
        let looked = plans.iter().filter_map(|view| view.status.as_ref());
        let ages = looked.map(|status| now.duration_since(status.at).as_secs().max(0));
        let look_age_seconds = ages.max().unwrap_or_default();
        let leads = lease.remains().is_some();
        let plans = plans.len();
        tracing::info!(leads, plans, look_age_seconds, "the daemon turns");
    }
}
