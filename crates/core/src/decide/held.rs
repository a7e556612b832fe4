//! What holds a plan before anything else is asked: people, and somebody else's edits.

use std::collections::BTreeMap;

use super::{Gate, OPEN, act, astray, pinned, refuge, rollback, view::View, wait};
use crate::{
    action::{Action, Side},
    facts::Lack,
    names::tag,
    status::WaitingOn,
};

/// Frozen, without footing, or the routes are not as we left them.
pub(super) fn held(view: &View<'_>) -> Gate {
    if !people(view)? {
        return OPEN;
    }
    refuge::lead(view)?;
    pinned::let_go(view, Side::Ipv4)?;
    note_lost(view)?;
    astray::astray(view)
}

/// Frozen, or without footing. Whether the routes are to be looked at then.
pub(super) fn people(view: &View<'_>) -> Gate<bool> {
    let is_back_ordered = rollback::is_ordered_since(view, None);
    match &view.facts.lacking {
        Some(lack @ Lack::FirstLook) => {
            seen(view)?;
            return wait(lack.waiting_on());
        }
        Some(Lack::Plan { .. }) if is_back_ordered => {}
        Some(lack @ (Lack::Lease { .. } | Lack::Plan { .. })) => {
            return wait(lack.waiting_on());
        }
        // These stop what goes forward only.
        Some(
            Lack::Source
            | Lack::Record
            | Lack::Journal { .. }
            | Lack::Clock { .. }
            | Lack::OwnRoute { .. },
        )
        | None => {}
    }
    if let Some(freeze) = &view.facts.frozen {
        // A person's newer and narrower word.
        if rollback::is_ordered_since(view, Some(freeze.at)) {
            return Gate::Continue(false);
        }
        return wait(WaitingOn::Frozen {
            reason: freeze.reason.clone(),
        });
    }
    marked(view)?;
    // Who orders an abort has seen the routes: nothing of what others did to them stands in its way.
    Gate::Continue(!is_back_ordered || view.is_rolled_back())
}

pub(super) fn is_paused(view: &View<'_>) -> bool {
    view.plan.paused || view.facts.paused.is_some()
}

/// What stops only what goes forward: traffic is still taken back, so this gate stands above `safe`.
pub(super) fn paused(view: &View<'_>) -> Gate {
    if let Some(lack) = &view.facts.lacking {
        return wait(lack.waiting_on());
    }
    if view.plan.paused {
        return wait(WaitingOn::Paused {
            reason: "spec.paused is true".to_owned(),
            by_plan: true,
        });
    }
    match &view.facts.paused {
        Some(reason) => wait(WaitingOn::Paused {
            reason: reason.clone(),
            by_plan: false,
        }),
        None => OPEN,
    }
}

/// A first look that fails says why: waiting for the others to be looked at would hide it.
fn seen(view: &View<'_>) -> Gate {
    view.look(&view.seen.ipv4, "the IPv4 service")?;
    view.look(&view.seen.twin, "the twin")?;
    view.look(&view.seen.pairs, "the target groups")?;
    view.look(&view.seen.routes, "the routes")?;
    OPEN
}

/// Our target groups carry our mark. One that lost its tags is ours still where the twin, which is, registers its tasks in it:
/// without the mark nothing of it could be set right.
fn marked(view: &View<'_>) -> Gate {
    if view.facts.is_refused(tag::PLAN) {
        return OPEN;
    }
    for pair in view.seen.pairs.seen().into_iter().flatten() {
        if let Some(group) = pair.ipv6.seen().filter(|g| view.lost_its_mark(g)) {
            return act(Action::TagTargetGroup {
                target_group: group.arn.clone(),
                tags: BTreeMap::from([
                    (tag::PLAN.to_owned(), view.plan.uid.0.clone()),
                    (tag::FROM.to_owned(), pair.ipv4_arn.clone()),
                ]),
                because: Some("its tags were removed".to_owned()),
            });
        }
    }
    OPEN
}

/// Without our note, traffic on IPv6 is nobody's word. At 0 nothing is lost: the note is written anew.
pub(super) fn note_lost(view: &View<'_>) -> Gate {
    match view.notes_arn() {
        Some(arn) if view.note().is_none() && view.has_traffic() => wait(WaitingOn::NoteLost {
            target_group: arn.to_owned(),
            found: view.common(),
        }),
        _ => OPEN,
    }
}
