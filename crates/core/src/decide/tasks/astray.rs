//! Sides that have not the tasks, or not the bounds, that we left them: somebody else's edits.
//!
//! `drift: hold` stops and tells, `drift: correct` sets it right: who has too few gets more, then who has too many gives some up.

use super::{
    super::{Gate, OPEN, held, note_share, view::View, wait},
    back, side, warm,
};
use crate::{action::Side, note::Note, plan::Drift, share::Share, status::WaitingOn, way::tasks};

const SIDES: [Side; 2] = [Side::Ipv4, Side::Ipv6];

/// Both sides are as we left them.
pub(super) fn astray(view: &View<'_>) -> Gate {
    let Some(Note::Settled(share, since)) = view.note() else {
        return OPEN;
    };
    let is_over = view.is_retired() || view.strength().is_none_or(|s| s.cold);
    if share == Share::NONE || is_over || back::is_on_the_way(view) {
        return OPEN;
    }
    let total = side::total(view).unwrap_or(1);
    let strays = |side: &Side| side::fits(view, *side, share, total) == Some(false);
    if !SIDES.iter().any(strays) {
        return OPEN;
    }
    // The minutes before and during an edit are not of this hold.
    if since.is_some() {
        return note_share(view, Note::Settled(share, None));
    }
    if view.plan.drift == Drift::Hold || held::is_paused(view) {
        return wait(edit(view, share, total));
    }
    correct(view, share, total)
}

fn edit(view: &View<'_>, share: Share, total: u32) -> WaitingOn {
    let now = |side| side::desired(view, side).unwrap_or_default();
    let left = |side| tasks::of_side(total, side, share);
    let [ipv4, ipv6] = SIDES;
    WaitingOn::OutsideEdit {
        route: format!(
            "the tasks or their bounds ({} on IPv4 and {} on IPv6, where we left {} and {})",
            now(ipv4),
            now(ipv6),
            left(ipv4),
            left(ipv6)
        ),
        expected: Some(side::rounded(view, share)),
        found: side::share(view),
        attached: true,
        healthy: Vec::new(),
        until: None,
    }
}

/// Growing first: there are never fewer than there were.
fn correct(view: &View<'_>, share: Share, total: u32) -> Gate {
    let lacks = |side: &Side| {
        let wanted = tasks::of_side(total, *side, share);
        side::desired(view, *side).is_some_and(|now| now < wanted)
    };
    for side in SIDES.into_iter().filter(lacks) {
        set(view, side, share, total)?;
    }
    warm::ready(view, tasks::of_side(total, Side::Ipv6, share))?;
    for side in SIDES {
        set(view, side, share, total)?;
    }
    OPEN
}

/// Within its bounds a side that scales has what it has.
fn set(view: &View<'_>, side: Side, share: Share, total: u32) -> Gate {
    side::scaled(view, side, share)?;
    if side::fits(view, side, share, total) == Some(true) {
        return OPEN;
    }
    side::sized(view, side, tasks::of_side(total, side, share))
}
