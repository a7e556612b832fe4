//! What holds a plan before anything else is asked: people, and somebody else's edits.

use super::{Gate, OPEN, act, rollback, shift, view::View, wait};
use crate::{
    action::{Action, Intent},
    facts::Lack,
    note::Note,
    observation::Route,
    plan::Drift,
    router,
    share::Share,
    status::WaitingOn,
};

/// Frozen, without footing, or the routes are not as we left them.
pub(super) fn held(view: &View<'_>) -> Gate {
    match &view.facts.lacking {
        Some(Lack::FirstLook) => return wait(WaitingOn::FirstLook),
        Some(Lack::Lease { why }) => return wait(WaitingOn::Lease { why: why.clone() }),
        Some(Lack::Plan { commit }) => {
            return wait(WaitingOn::Vanished {
                commit: commit.clone(),
            });
        }
        // These stop what goes forward only.
        Some(Lack::Source | Lack::Record | Lack::OwnRoute { .. }) | None => {}
    }
    if let Some(reason) = &view.facts.frozen {
        return wait(WaitingOn::Frozen {
            reason: reason.clone(),
        });
    }
    // Who orders an abort has seen the routes: nothing of what others did to them stands in its way.
    if rollback::is_ordered(view) {
        return OPEN;
    }
    note_lost(view)?;
    for (route, ipv4, ipv6) in view.attached() {
        let Some(expected) = strayed(view, route, ipv4, ipv6) else {
            continue;
        };
        let found = router::share(&route.forward, ipv4, ipv6);
        // Who pauses and then edits by hand is not fought.
        if view.plan.drift == Drift::Hold || is_paused(view) {
            return wait(WaitingOn::OutsideEdit {
                route: route.id.clone(),
                expected: Some(expected),
                found,
            });
        }
        if found.is_none_or(|found| expected > found) {
            // What was bad enough to be taken back by hand is not sent there again.
            shift::clear(view)?;
            shift::ground(view, expected)?;
        }
        return act(Action::SetForward {
            route: route.id.clone(),
            expects: route.fingerprint.clone(),
            forward: router::split(&route.forward, ipv4, ipv6, expected),
            intent: if expected == Share::NONE {
                Intent::Return
            } else {
                Intent::Correct(expected)
            },
        });
    }
    OPEN
}

fn is_paused(view: &View<'_>) -> bool {
    view.plan.paused || view.facts.paused.is_some()
}

/// What stops only what goes forward: traffic is still taken back, so this gate stands above `safe`.
pub(super) fn paused(view: &View<'_>) -> Gate {
    match &view.facts.lacking {
        Some(Lack::Source) => return wait(WaitingOn::SourceUnread),
        Some(Lack::Record) => return wait(WaitingOn::JournalLost),
        Some(Lack::OwnRoute { route, other }) => {
            return wait(WaitingOn::SharedRoute {
                route: route.clone(),
                other: other.clone(),
            });
        }
        _ => {}
    }
    if view.plan.paused {
        return wait(WaitingOn::Paused {
            reason: "spec.paused is true".to_owned(),
        });
    }
    match &view.facts.paused {
        Some(reason) => wait(WaitingOn::Paused {
            reason: reason.clone(),
        }),
        None => OPEN,
    }
}

/// The share that a route should have, where it has another.
fn strayed(view: &View<'_>, route: &Route, ipv4: &str, ipv6: &str) -> Option<Share> {
    // A return that AWS takes no note of goes to 0 from wherever a route is.
    if view.is_unnoted() {
        return None;
    }
    let at = |share| router::is_at(&route.forward, ipv4, ipv6, share);
    match view.note()? {
        Note::Settled(share) => (!at(share)).then_some(share),
        // On the way back every share up to the old one is ours.
        Note::Moving(from, Share::NONE) => {
            let found = router::share(&route.forward, ipv4, ipv6).unwrap_or(Share::NONE);
            (!at(from) && found > from).then_some(Share::NONE)
        }
        Note::Moving(from, to) => (!at(from) && !at(to)).then_some(from.min(to)),
    }
}

/// Without our note, traffic on IPv6 is nobody's word. At 0 nothing is lost: the note is written anew.
fn note_lost(view: &View<'_>) -> Gate {
    match view.notes_arn() {
        Some(arn) if view.note().is_none() && view.has_traffic() => wait(WaitingOn::NoteLost {
            target_group: arn.to_owned(),
        }),
        _ => OPEN,
    }
}
