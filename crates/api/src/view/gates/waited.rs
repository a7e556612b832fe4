//! The row of what the plan waits for: it is closed, and says since when, what opens it, and when at the earliest.

use std::time::Duration;

use jiff::Timestamp;
use sixshift_core::{
    action::Side,
    facts::Gate as PersonGate,
    status::{WaitingOn, duration},
};

use super::{Known, proven_at, row, rows};
use crate::model::Gate;

/// Minutes prove short holds, five at a time the long ones.
const MINUTE: Duration = Duration::from_secs(60);

/// Closes the row of what is waited for; adds it on top where no rung has it.
pub(super) fn mark(known: &Known<'_>, on: &WaitingOn, gates: &mut Vec<Gate>) {
    let name = name(on);
    let index = gates
        .iter()
        .position(|g| g.name == name)
        .unwrap_or_else(|| {
            gates.insert(0, row(name, "closed", "", limit(on)));
            0
        });
    let gate = &mut gates[index];
    "closed".clone_into(&mut gate.state);
    gate.observed = observed(on);
    gate.since = known.status.waiting_since;
    gate.unblocked_by = Some(on.unblocked_by());
    gate.earliest = earliest(known, on);
    if let WaitingOn::TooFew {
        samples, needed, ..
    } = on
    {
        gate.samples = Some(*samples);
        gate.limit = format!("{needed} requests on IPv6");
    }
}

/// The name of its row.
fn name(on: &WaitingOn) -> String {
    match on {
        WaitingOn::Findings { .. } => rows::PREFLIGHT.to_owned(),
        WaitingOn::OutsideEdit { .. } | WaitingOn::NoteLost { .. } | WaitingOn::Emptied { .. } => {
            rows::ROUTES.to_owned()
        }
        WaitingOn::TasksStarting {
            side: Side::Ipv6, ..
        }
        | WaitingOn::TwinFailed { .. }
        | WaitingOn::NotIpv6Only { .. } => rows::TASKS.to_owned(),
        WaitingOn::TargetsUnhealthy {
            side: Side::Ipv6, ..
        } => rows::TARGETS.to_owned(),
        WaitingOn::CanaryProof { .. } => rows::CANARY.to_owned(),
        WaitingOn::Hold { step, .. } => rows::hold_of(*step),
        WaitingOn::Bake { .. } => rows::BAKE.to_owned(),
        WaitingOn::Drain {
            side: Side::Ipv4, ..
        } => rows::DRAIN.to_owned(),
        WaitingOn::Cold { .. } => rows::COLD.to_owned(),
        WaitingOn::Approval { gate } => match gate {
            PersonGate::Step(i) => rows::approval_after(*i),
            PersonGate::TooFew(i) => format!("approval of step {} with too few requests", i + 1),
            PersonGate::Retire => rows::RETIRE.to_owned(),
        },
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
        | WaitingOn::CanaryProof { proven, .. } => format!("proven for {}", duration(*proven)),
        other => other.to_string(),
    }
}

fn earliest(known: &Known<'_>, on: &WaitingOn) -> Option<Timestamp> {
    let now = known.status.at;
    match on {
        WaitingOn::Hold { due, .. } | WaitingOn::Bake { due, .. } => Some(*due),
        WaitingOn::CanaryProof { proven, needed, .. } => {
            proven_at(now, needed.saturating_sub(*proven), MINUTE)
        }
        WaitingOn::Cold { until } => Some(*until),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_reads_as_words() {
        assert_eq!(spaced("NoWayBack"), "no way back");
        assert_eq!(spaced("Frozen"), "frozen");
    }
}
