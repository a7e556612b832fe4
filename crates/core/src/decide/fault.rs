//! Whether the IPv6 side is bad at this moment, and whether IPv4 is worse.
//!
//! What belongs here: the judgement, by the evidence and by who is there now. What must not: what follows from it
//! ([`super::rollback`]), and judging an IPv4 side that nobody is to go back to ([`super::blame`]).

use super::{Gate, OPEN, is_full, view::View, wait};
use crate::{
    evidence::{Point, Signal, SignalVerdict, Verdict},
    observation::{Known, Pair, Target},
    status::{Lost, WaitingOn},
};

/// CloudWatch counts by load balancer node, minutes late: that nobody is healthy, on whichever side, is for the target groups
/// to say, now. Errors that the load balancer made are IPv6's only where IPv4 has somebody.
pub(super) fn sure_of_hosts(view: &View<'_>) -> Gate {
    let asks = |s: &SignalVerdict| match s.signal {
        Signal::HealthyHosts => s.observed.is_some_and(|n| n < 1.0),
        Signal::LoadBalancerErrors | Signal::Resets => s.verdict == Verdict::Bad,
        _ => false,
    };
    let asks = view.evidence().is_some_and(|e| e.signals.iter().any(asks))
        || view.has_traffic() && (without_healthy(view).is_some() || is_unanswered(view));
    if asks && !is_full(view.seen) {
        return wait(WaitingOn::CloserLook);
    }
    OPEN
}

/// By the newest minutes there was nobody to send requests to, and IPv6 is not counted as having somebody.
fn is_unanswered(view: &View<'_>) -> bool {
    let alone = |p: &Point| p.elb_503 > Some(0.0) && p.healthy_ipv6.is_none_or(|n| n < 1.0);
    view.newest().iter().any(alone)
}

/// Why the IPv6 side is bad, where it is: by the evidence, or because it has no healthy target at this moment.
pub(super) fn bad(view: &View<'_>) -> Option<String> {
    if !view.has_traffic() {
        return None;
    }
    if let Some(lost) = twin_lost(view) {
        return Some(lost.to_string());
    }
    if let Some(evidence) = view.evidence().filter(|e| e.verdict == Verdict::Bad) {
        return Some(reason(&evidence.signals));
    }
    without_healthy(view)
}

/// What is worse on IPv4 than all that is bad on IPv6: there requests fail, here none does, and they are slow, refused, or an
/// alarm fires, which may be the failing side's.
pub(super) fn worse_on_ipv4(view: &View<'_>) -> Option<String> {
    if twin_lost(view).is_some() || without_healthy(view).is_some() {
        return None;
    }
    let fails = |s: &SignalVerdict| {
        let counts = matches!(
            s.signal,
            Signal::ErrorRate
                | Signal::ErrorRateVsIpv4
                | Signal::LoadBalancerErrors
                | Signal::Resets
                | Signal::HealthyHosts
        );
        counts && s.verdict == Verdict::Bad
    };
    if view.evidence()?.signals.iter().any(fails) {
        return None;
    }
    view.ipv4_fault()
}

/// The twin is gone, going, or was told to have no task: its targets leave by and by, and its traffic must first.
pub(super) fn twin_lost(view: &View<'_>) -> Option<Lost> {
    match &view.seen.twin {
        Known::Absent => Some(Lost::Gone),
        Known::Seen(twin) if !twin.is_active() => Some(Lost::Going),
        Known::Seen(twin) if twin.desired == 0 => Some(Lost::Emptied),
        Known::Seen(_) | Known::Unknown(_) => None,
    }
}

/// An IPv6 target group that has no healthy target. One whose targets are being checked for the first time, or were not in use
/// until now, is left to its checks where IPv4 has nobody either: they take seconds, and IPv4's tasks minutes.
pub(super) fn without_healthy(view: &View<'_>) -> Option<String> {
    let nobody = |targets: &Known<Vec<Target>>| {
        let targets = targets.seen();
        targets.is_some_and(|t| !t.iter().any(Target::is_healthy))
    };
    let is_lost = |pair: &&Pair| {
        let Some(group) = pair.ipv6.seen().filter(|g| nobody(&g.targets)) else {
            return false;
        };
        let mut targets = group.targets.seen().into_iter().flatten();
        let is_checked = targets.any(|t| t.state == "initial" || t.state == "unused");
        let is_alone = match &pair.ipv4 {
            Known::Seen(group) => nobody(&group.targets),
            Known::Absent => true,
            Known::Unknown(_) => false,
        };
        !(is_checked && is_alone)
    };
    let lost = view.seen.pairs.seen()?.iter().find(is_lost)?;
    let group = lost.ipv6.seen()?;
    Some(format!("target group {} has no healthy target", group.name))
}

pub(super) fn reason(signals: &[SignalVerdict]) -> String {
    let bad = signals.iter();
    let bad = bad.filter(|s| s.verdict == Verdict::Bad && s.counts());
    bad.map(SignalVerdict::sentence)
        .collect::<Vec<_>>()
        .join("; ")
}
