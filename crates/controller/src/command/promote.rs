//! Whether a plan can be promoted now, and how far.
//!
//! What belongs here: the judgement, so that no answer promises what will not happen. What must not: the ladder's own reasons
//! to wait for a moment (targets, a deployment): who promotes waits for those as everybody does.

use sixshift_core::{
    action::Side,
    evidence::Verdict,
    facts::{Facts, Gate},
    plan::Plan,
    share::Share,
    status::{Phase, Status, WaitingOn},
};

/// Why no promotion can be carried out now, however far.
pub(super) fn refusal(
    plan: Option<&Plan>,
    facts: &Facts,
    status: Option<&Status>,
) -> Option<String> {
    let looked_at = status.filter(|s| plan.is_none_or(|p| p.revision == s.revision));
    let Some(status) = looked_at else {
        return Some("this revision of it has not been looked at yet".to_owned());
    };
    stopped(plan, facts)
        .or_else(|| called_back(facts, status))
        .or_else(|| nowhere_to_go(status))
        .or_else(|| in_the_way(status))
}

/// Why a share is none that the plan can be promoted to.
pub(super) fn too_short(to: Share, status: Option<&Status>) -> Option<String> {
    let status = status?;
    if let Some(WaitingOn::Emptied { now, .. }) = &status.waiting_on {
        let there = format!(
            "the IPv4 side lost its targets, so IPv6 has {now} already; promote it to {now}, or give IPv4 its tasks back"
        );
        return (to < *now).then_some(there);
    }
    let shares = status.shares;
    if shares.applied.is_some_and(|at| to <= at) {
        let at = shares.applied.unwrap_or_default();
        return Some(format!(
            "IPv6 has {at} already; a promotion only goes further, and abort takes all back"
        ));
    }
    let on_its_way = shares.desired.filter(|wanted| to <= *wanted)?;
    Some(format!("it is on its way to {on_its_way} already"))
}

/// By people, or for what the daemon lacks.
fn stopped(plan: Option<&Plan>, facts: &Facts) -> Option<String> {
    if facts.frozen.is_some() {
        return Some("the fleet is frozen; unfreeze it first".to_owned());
    }
    if facts.paused.is_some() {
        return Some("it is paused; resume it first".to_owned());
    }
    if plan.is_some_and(|p| p.paused) {
        return Some("it is paused by spec.paused in git; change it there first".to_owned());
    }
    facts.lacking.as_ref().map(|lack| first(&lack.waiting_on()))
}

/// An abort that no round has seen yet.
fn called_back(facts: &Facts, status: &Status) -> Option<String> {
    let abort = facts.abort.as_ref()?;
    let retry = facts.retry.as_ref();
    let stands =
        abort.revision == status.revision && retry.is_none_or(|retry| retry.at <= abort.at);
    stands.then(|| "all its traffic was ordered back; retry it first".to_owned())
}

fn nowhere_to_go(status: &Status) -> Option<String> {
    let why = match status.phase {
        Phase::RollingBack => "it is being rolled back",
        Phase::RolledBack => "it is rolled back; retry it first",
        Phase::Bake | Phase::Cold | Phase::Retire | Phase::Done => {
            "all traffic is on IPv6 already; the bake and what follows are not skipped"
        }
        Phase::Shift => return None,
        // Customers are on the twin already, whatever was proven.
        _ if matches!(status.waiting_on, Some(WaitingOn::Emptied { .. })) => return None,
        _ => "the twin is not proven yet: there is nothing to promote",
    };
    Some(why.to_owned())
}

/// What a promotion neither skips nor outlasts.
fn in_the_way(status: &Status) -> Option<String> {
    let on = status.waiting_on.as_ref()?;
    let stands = match on {
        // This is what it skips.
        WaitingOn::Approval {
            gate: Gate::Step(_) | Gate::TooFew(_) | Gate::Consumers,
        }
        | WaitingOn::Webhook { .. }
        | WaitingOn::Ipv4Sick { .. }
        | WaitingOn::Emptied {
            side: Side::Ipv4, ..
        }
        | WaitingOn::Deployment {
            side: Side::Ipv4, ..
        } => false,
        WaitingOn::Evidence { verdict, .. } => {
            *verdict == Verdict::Bad && status.shares.applied.is_none_or(|at| at == Share::NONE)
        }
        WaitingOn::Lease { .. }
        | WaitingOn::FirstLook
        | WaitingOn::SourceUnread
        | WaitingOn::OutsideEdit { .. }
        | WaitingOn::Vetoed { .. } => true,
        on => on.needs_person(),
    };
    stands.then(|| first(on))
}

fn first(on: &WaitingOn) -> String {
    format!("{on}; first: {}", on.unblocked_by())
}
