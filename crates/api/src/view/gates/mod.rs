//! The `why` table: a row for each thing that must hold until the migration is done, in the ladder's order.
//!
//! What the plan waits for is always one of the rows, `closed`, with the figures of the sentence.

mod rows;
mod signals;
mod waited;

use jiff::{SignedDuration, Timestamp};
use sixshift_controller::PlanView;
use sixshift_core::{
    evidence::next_complete, observation::Observation, plan::Plan, status::Status,
};

use crate::model::Gate;

/// What rows are made from.
struct Known<'a> {
    plan: &'a Plan,
    status: &'a Status,
    seen: &'a Observation,
    closely: &'a Observation,
}

/// Every gate, from the bottom of the ladder.
pub(super) fn gates(view: &PlanView) -> Vec<Gate> {
    let (Some(plan), Some(status), Some(seen)) = (&view.plan, &view.status, &view.seen) else {
        return Vec::new();
    };
    let known = Known {
        plan,
        status,
        seen,
        closely: view.closely.as_deref().unwrap_or(seen),
    };
    let mut gates = rows::before_traffic(&known);
    gates.extend(signals::signals(&known));
    gates.extend(rows::shares(&known));
    gates.extend(rows::ending(&known));
    if let Some(on) = &status.waiting_on {
        waited::mark(&known, on, &mut gates);
    }
    gates
}

fn row(
    name: impl Into<String>,
    state: &str,
    observed: impl Into<String>,
    limit: impl Into<String>,
) -> Gate {
    Gate {
        name: name.into(),
        state: state.to_owned(),
        observed: observed.into(),
        limit: limit.into(),
        samples: None,
        window: None,
        since: None,
        unblocked_by: None,
        earliest: None,
    }
}

/// When so much more can be proven at the earliest: whole periods, each complete some minutes after its end.
fn proven_at(
    now: Timestamp,
    missing: std::time::Duration,
    period: std::time::Duration,
) -> Option<Timestamp> {
    let step = period.as_secs().max(1);
    let periods = missing.as_secs().div_ceil(step);
    if periods == 0 {
        return Some(now);
    }
    let after_first = i64::try_from((periods - 1) * step).ok()?;
    let first = next_complete(period, now);
    first
        .checked_add(SignedDuration::from_secs(after_first))
        .ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_hold_can_end_only_when_a_minute_is_complete() {
        let at = |s| Timestamp::from_second(s).unwrap();
        let minute = Duration::from_secs(60);
        let proven =
            |now, missing| proven_at(at(now), Duration::from_secs(missing), minute).unwrap();
        // The minute that ends at 600 is complete at 780.
        assert_eq!(proven(725, 60), at(780));
        assert_eq!(proven(725, 61), at(840));
        assert_eq!(proven(780, 600), at(840 + 540));
        assert_eq!(proven(780, 0), at(780));
    }
}
