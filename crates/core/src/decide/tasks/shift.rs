//! Step 1 to n: note the wish, give the twin its tasks, take as many from the service once they stand, settle the note, prove the hold.
//!
//! Whoever grows comes first: there are never fewer tasks than there were.

use super::{
    super::{
        Gate, OPEN, act, forget,
        gate::{self, Word},
        note_share,
        shift::{self, UNPLANNED_HOLD, left, promoted, still},
        view::View,
        wait,
    },
    evidence::proven,
    side, warm,
};
use crate::{
    action::Side,
    evidence::{Signal, SignalVerdict, Verdict},
    names::tag,
    note::{Note, strength::Strength},
    share::Share,
    status::WaitingOn,
    way::tasks,
};

/// All tasks are on IPv6, every step before proven.
pub(super) fn shift(view: &View<'_>) -> Gate {
    climb(view, finish, raise)
}

/// What the note says is begun is ended, and what it says is settled is raised.
pub(in super::super) fn climb(
    view: &View<'_>,
    finish: fn(&View<'_>, Share, Share) -> Gate,
    raise: fn(&View<'_>, Share) -> Gate,
) -> Gate {
    match view.note() {
        Some(Note::Settled(at, None)) if at > Share::NONE && !view.is_retired() => {
            note_share(view, Note::Settled(at, Some(view.now)))
        }
        _ if view.is_retired() => OPEN,
        Some(Note::Moving(from, to)) => finish(view, from, to),
        Some(Note::Settled(Share::ALL, _)) => OPEN,
        Some(Note::Settled(at, _)) => raise(view, at),
        Some(Note::Refuge(..)) | None => wait(WaitingOn::CloserLook),
    }
}

/// A move that was begun is ended, unless it has moved nothing yet and the plan has since been edited to go elsewhere.
fn finish(view: &View<'_>, from: Share, to: Share) -> Gate {
    let is_promoted = promoted(view) >= Some(to);
    let next = view.plan.shift.steps.iter().find(|s| s.weight > from);
    if next.is_some_and(|s| s.weight < to) && !is_promoted && view.all_at(from) {
        return note_share(view, Note::Settled(from, None));
    }
    if view.is_only_remembered() {
        return note_share(view, Note::Moving(from, to));
    }
    if view.all_at(from) && !is_promoted {
        match gate::word(view, from) {
            Word::Yes => {}
            Word::Nothing(on) => return wait(on),
            Word::No(_) => return note_share(view, Note::Settled(from, None)),
        }
    }
    let total = side::total(view).unwrap_or(1);
    if !is_promoted {
        still(view, Side::Ipv4)?;
    }
    still(view, Side::Ipv6)?;
    follow(view, from, to, total)?;
    side::scaled(view, Side::Ipv6, to)?;
    let ipv6 = tasks::of_side(total, Side::Ipv6, to);
    // One that has more by its own scaling keeps them.
    if view.twin()?.desired < ipv6 {
        side::sized(view, Side::Ipv6, ipv6)?;
    }
    warm::ready(view, ipv6)?;
    side::scaled(view, Side::Ipv4, to)?;
    side::sized(view, Side::Ipv4, total - ipv6)?;
    side::stopped(view, Side::Ipv4)?;
    note_share(view, Note::Settled(to, Some(view.now)))
}

/// A service that scaled out before any of its tasks was taken has more of them to divide: what it has and the least that the twin
/// can have had.
fn follow(view: &View<'_>, from: Share, to: Share, total: u32) -> Gate {
    let Some(alone) = side::noted(view).filter(|_| view.seen.ipv4_scaling.seen().is_some()) else {
        return OPEN;
    };
    let least = tasks::part(alone.bounds.min, from);
    let now = view.ipv4()?.desired + least;
    if now <= total {
        return OPEN;
    }
    begin(view, from, to, now)
}

fn begin<T>(view: &View<'_>, from: Share, to: Share, total: u32) -> Gate<T> {
    let Some(home) = view.home() else {
        return wait(WaitingOn::CloserLook);
    };
    let strength = Strength {
        tasks: total,
        at: Some(view.now),
        cold: false,
    };
    let tags = [
        (tag::SHARE.to_owned(), Note::Moving(from, to).text()),
        (tag::DESIRED.to_owned(), strength.text()),
    ];
    act(home.note(tags.into(), None))
}

/// How many tasks there are to divide: those that the service has alone, later what both sides scaled to, and never fewer.
fn whole(view: &View<'_>, at: Share) -> Gate<u32> {
    let (ipv4, twin) = (view.ipv4()?, view.twin()?);
    let noted = view.strength().map_or(0, |s| s.tasks);
    let now = if at == Share::NONE {
        ipv4.desired
    } else {
        ipv4.desired + twin.desired
    };
    let scales = view.seen.ipv4_scaling.seen().is_some();
    Gate::Continue(if at > Share::NONE && !scales {
        noted.max(1)
    } else {
        now.max(noted)
    })
}

fn raise(view: &View<'_>, at: Share) -> Gate {
    if at == Share::NONE {
        clear(view)?;
    }
    if let Some(to) = promoted(view).filter(|to| *to > at) {
        return begin(view, at, to, whole(view, at)?);
    }
    let steps = &view.plan.shift.steps;
    let Some(next) = steps.iter().find(|s| s.weight > at) else {
        return OPEN;
    };
    still(view, Side::Ipv4)?;
    still(view, Side::Ipv6)?;
    if at > Share::NONE {
        stands(view, at)?;
        held(view, at, next.weight)?;
    }
    // Asked last: its yes is for the step that is taken now.
    gate::passed(view, at)?;
    begin(view, at, next.weight, whole(view, at)?)
}

/// A share stood for its hold, and where a person's word is asked for it is there.
pub(in super::super) fn held(view: &View<'_>, at: Share, next: Share) -> Gate {
    let steps = &view.plan.shift.steps;
    let current = steps.iter().rposition(|s| s.weight <= at);
    let step = current.unwrap_or(0);
    let hold = current.map_or(UNPLANNED_HOLD, |i| steps[i].hold);
    proven(view, step, at, hold, |stood| WaitingOn::Hold {
        step,
        at: view.spelled(at),
        next: Some(view.spelled(next)),
        proven: stood.proven,
        hold,
        broken_by: stood.broken_by,
        idle: std::time::Duration::ZERO,
        due: stood.due,
    })?;
    left(view, current)
}

/// As many of the twin's tasks run as the share has.
fn stands(view: &View<'_>, at: Share) -> Gate {
    let total = side::total(view).unwrap_or(1);
    warm::ready(view, tasks::of_side(total, Side::Ipv6, at))
}

/// What is bad already would take the first step back at once, and what says nothing now would let a fault pass unseen.
pub(in super::super) fn clear(view: &View<'_>) -> Gate {
    let stops = |s: &&SignalVerdict| match s.signal {
        Signal::Alarms => s.verdict > Verdict::TooFew,
        _ => s.verdict == Verdict::Bad,
    };
    let signals = view.evidence().map_or(&[][..], |e| &e.signals);
    let counted = signals.iter().filter(|s| s.counts());
    match counted.filter(stops).max_by_key(|s| s.verdict) {
        Some(worst) => wait(WaitingOn::Evidence {
            step: 0,
            verdict: worst.verdict,
            note: Some(worst.sentence()),
            overdue: false,
        }),
        None => shift::heard(view),
    }
}

/// All tasks on IPv6 are proven for the bake time, while the IPv4 service is there to take them back.
pub(in super::super) fn bake(view: &View<'_>) -> Gate {
    if view.is_retired() || view.strength().is_some_and(|s| s.cold) {
        return OPEN;
    }
    still(view, Side::Ipv6)?;
    stands(view, Share::ALL)?;
    let step = view.plan.shift.steps.len().saturating_sub(1);
    let bake = view.plan.shift.bake;
    proven(view, step, Share::ALL, bake, |stood| WaitingOn::Bake {
        proven: stood.proven,
        bake,
        broken_by: stood.broken_by,
        idle: std::time::Duration::ZERO,
        due: stood.due,
    })
}

/// What a rollback needs no more.
pub(super) fn forget_all(view: &View<'_>) -> Gate {
    forget(view, &[tag::DESIRED, tag::BOUNDS, tag::SCALING])
}
