//! The row of what the plan waits for: it is closed, and says since when, what opens it, and when at the earliest.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{BAKE, CANARY, COLD, DRAIN, PREFLIGHT, PROOF, ROUTES, Row, RungState, TARGETS, TASKS};
use crate::{
    action::Side,
    evidence::next_complete,
    status::{Status, Stood, WaitingOn},
};

/// Minutes prove short holds, five at a time the long ones.
const MINUTE: Duration = Duration::from_secs(60);

/// Closes the row of what is waited for; adds it on top where no rung has it.
pub(super) fn mark(status: &Status, on: &WaitingOn, rows: &mut Vec<Row>) {
    let name = name(on);
    if !rows.iter().any(|row| row.name == name) {
        rows.insert(0, Row::new(name.clone(), RungState::Closed, "", limit(on)));
    }
    for row in rows.iter_mut().filter(|row| row.name == name) {
        row.state = RungState::Closed;
        row.observed = observed(on);
        row.since = status.waiting_since;
        row.unblocked_by = Some(on.unblocked_by());
        row.earliest = earliest(status.at, on);
        if let WaitingOn::TooFew {
            samples, needed, ..
        } = on
        {
            row.samples = Some(*samples);
            row.limit = format!("{needed} requests on IPv6");
        }
    }
}

/// The name of its row.
fn name(on: &WaitingOn) -> String {
    match on {
        WaitingOn::Findings { .. } => PREFLIGHT.to_owned(),
        WaitingOn::OutsideEdit { .. } | WaitingOn::NoteLost { .. } | WaitingOn::Emptied { .. } => {
            ROUTES.to_owned()
        }
        WaitingOn::TasksStarting {
            side: Side::Ipv6, ..
        }
        | WaitingOn::TwinFailed { .. }
        | WaitingOn::NotIpv6Only { .. } => TASKS.to_owned(),
        WaitingOn::TargetsUnhealthy {
            side: Side::Ipv6, ..
        } => TARGETS.to_owned(),
        WaitingOn::CanaryProof { .. } => CANARY.to_owned(),
        WaitingOn::Hold { step, .. } => super::hold_of(*step),
        WaitingOn::Bake { .. }
        | WaitingOn::Stood {
            what: Stood::Service | Stood::Customers,
            ..
        } => BAKE.to_owned(),
        WaitingOn::Stood {
            what: Stood::Task, ..
        } => PROOF.to_owned(),
        WaitingOn::Drain {
            side: Side::Ipv4, ..
        } => DRAIN.to_owned(),
        WaitingOn::Cold { .. } => COLD.to_owned(),
        WaitingOn::Approval { gate } => super::approval(*gate),
        WaitingOn::Webhook { step, .. } => super::webhook(*step),
        WaitingOn::Evidence { step, .. } | WaitingOn::TooFew { step, .. } => {
            format!("evidence of step {}", step + 1)
        }
        other => spaced(other.kind()),
    }
}

/// `NoWayBack` as `no way back`.
fn spaced(kind: &str) -> String {
    let mut out = String::new();
    for c in kind.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.extend(c.to_lowercase());
    }
    out
}

fn limit(on: &WaitingOn) -> &'static str {
    match on {
        WaitingOn::Evidence { .. } => "good for the whole hold",
        WaitingOn::Approval { .. } => "a person's approval",
        _ => "",
    }
}

fn observed(on: &WaitingOn) -> String {
    match on {
        WaitingOn::Hold { proven, .. }
        | WaitingOn::Bake { proven, .. }
        | WaitingOn::CanaryProof { proven, .. }
        | WaitingOn::Stood { proven, .. } => super::proven_for(*proven),
        other => other.to_string(),
    }
}

fn earliest(now: Timestamp, on: &WaitingOn) -> Option<Timestamp> {
    match on {
        WaitingOn::Hold { due, .. } | WaitingOn::Bake { due, .. } => Some(*due),
        WaitingOn::CanaryProof { proven, needed, .. } => {
            proven_at(now, needed.saturating_sub(*proven), MINUTE)
        }
        WaitingOn::Cold { until } => Some(*until),
        WaitingOn::Stood { proven, needed, .. } => {
            let left = SignedDuration::try_from(needed.saturating_sub(*proven)).ok()?;
            now.checked_add(left).ok()
        }
        _ => None,
    }
}

/// When so much more can be proven at the earliest: whole periods, each complete some minutes after its end.
fn proven_at(now: Timestamp, missing: Duration, period: Duration) -> Option<Timestamp> {
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
    use super::*;

    #[test]
    fn a_hold_can_end_only_when_a_minute_is_complete() {
        let at = |s| Timestamp::from_second(s).unwrap();
        let proven =
            |now, missing| proven_at(at(now), Duration::from_secs(missing), MINUTE).unwrap();
        // The minute that ends at 600 is complete at 780.
        assert_eq!(proven(725, 60), at(780));
        assert_eq!(proven(725, 61), at(840));
        assert_eq!(proven(780, 600), at(840 + 540));
        assert_eq!(proven(780, 0), at(780));
    }

    #[test]
    fn a_kind_reads_as_words() {
        assert_eq!(spaced("NoWayBack"), "no way back");
        assert_eq!(spaced("Frozen"), "frozen");
    }
}
