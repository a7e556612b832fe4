//! The way back: first the note, then the service's own tasks, then those of the twin go.
//!
//! The note has its reason with it: once the tasks are back, nothing in AWS tells any more why.

use super::{
    super::{
        Gate, OPEN, act,
        in_place::back::noted,
        refuge,
        rollback::{
            aborted, is_back, is_ordered_since, is_retried, is_returning, restore_scaling, retry,
            settle,
        },
        view::View,
        wait,
    },
    evidence::{bad, lost},
    shift::forget_all,
    side,
};
use crate::{
    action::{Action, Side},
    names::tag,
    note::{Note, strength::Strength},
    observation::Suspended,
    plan::{Drift, OnBad},
    share::Share,
    status::{Phase, WaitingOn},
};

const SIDES: [Side; 2] = [Side::Ipv4, Side::Ipv6];
/// A task that was asked for starts within this time, or is no help.
const STARTING: jiff::SignedDuration = jiff::SignedDuration::from_mins(4);
/// Those that do not run after this long will not do so by waiting.
const OVERDUE: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);

/// The phase of a stop here.
pub(in super::super) fn phase(view: &View<'_>) -> Phase {
    if view.is_ipv4_gone() {
        return view.standing();
    }
    if view.standing() == Phase::RolledBack && is_retried(view) {
        return Phase::RolledBack;
    }
    let is_due = view.plan.health.on_bad == OnBad::Rollback && bad(view).is_some();
    if view.is_rolled_back()
        || view.is_unnoted()
        || is_returning(view)
        || aborted(view).is_some()
        || is_due
        || is_left_alone(view)
    {
        Phase::RollingBack
    } else {
        view.standing()
    }
}

/// Whether the tasks may stay where they are.
pub(in super::super) fn safe(view: &View<'_>) -> Gate {
    if view.is_ipv4_gone() {
        return match bad(view) {
            Some(reason) => wait(WaitingOn::NoWayBack {
                reason,
                lost: lost(view),
            }),
            None => OPEN,
        };
    }
    left_alone(view)?;
    // Without a twin there is nothing to forget: a retry makes another.
    let begins = view.home().is_none() && is_retried(view);
    if view.is_rolled_back() && !begins {
        retry(view)?;
        undo(view)?;
        return is_back(view);
    }
    if view.is_unnoted() {
        put_back(view)?;
        return note(view, "the tasks are back on IPv4 without that note");
    }
    if let Some(reason) = aborted(view) {
        if view.home().is_none() {
            return wait(view.went_back(reason));
        }
        return note(view, &reason);
    }
    if is_returning(view) {
        return undo(view);
    }
    match bad(view) {
        None => OPEN,
        Some(reason) if view.plan.health.on_bad == OnBad::Hold => wait(WaitingOn::Bad {
            reason,
            lost: lost(view),
        }),
        Some(reason) => note(view, &reason),
    }
}

/// Whether the twin is gone, and with it all notes, while the journal knows that tasks had moved to it.
fn is_left_alone(view: &View<'_>) -> bool {
    journal_says(view) > Some(Share::NONE) && view.seen.twin.is_absent()
}

fn journal_says(view: &View<'_>) -> Option<Share> {
    let note: Note = view.facts.notes.get(tag::SHARE)?.parse().ok()?;
    Some(note.highest())
}

/// The service gets back what it had, by the journal's account; then somebody must say that a twin is made again.
fn left_alone(view: &View<'_>) -> Gate {
    if !is_left_alone(view) {
        return OPEN;
    }
    let ipv4 = view.ipv4()?;
    let kept = view.facts.notes.get(tag::DESIRED);
    let before = kept.and_then(|text| Strength::read(text));
    if let Some(before) = before.filter(|b| b.tasks > ipv4.desired) {
        side::scaled(view, Side::Ipv4, Share::NONE)?;
        return side::sized(view, Side::Ipv4, before.tasks);
    }
    restore_scaling(view, ipv4)?;
    let is_ordered = view.facts.retry.as_ref();
    let is_ordered = is_ordered.is_some_and(|r| r.revision == view.plan.revision);
    if view.plan.drift == Drift::Correct || is_ordered {
        return OPEN;
    }
    wait(WaitingOn::Missing {
        what: "the twin, which somebody deleted: all tasks are on IPv4 again. It".to_owned(),
        remedy: "order a retry: it is made again, and proves itself from the first step on"
            .to_owned(),
    })
}

/// The note, and with it how many tasks there are to come back, where the sides scaled since the last step.
fn note(view: &View<'_>, why: &str) -> Gate {
    let Some(home) = view.home() else {
        return OPEN;
    };
    let mut tags = noted(view, why);
    let sum = SIDES.map(|side| side::desired(view, side).unwrap_or(0));
    let now = sum.iter().sum::<u32>();
    let stands = matches!(view.note(), Some(Note::Settled(at, _)) if at > Share::NONE);
    if let (Some(before), Some(alone)) = (view.strength(), side::noted(view))
        && stands
        && now.min(alone.bounds.max) > before.tasks
    {
        let strength = Strength {
            tasks: now.min(alone.bounds.max),
            at: Some(view.now),
            cold: false,
        };
        tags.insert(tag::DESIRED.to_owned(), strength.text());
    }
    act(home.note(tags, None))
}

/// Settled last: a new try, however soon it is ordered, begins with one task.
fn undo(view: &View<'_>) -> Gate {
    put_back(view)?;
    forget_all(view)?;
    settle(view)
}

/// The service has its tasks, and scales as it did; the twin has none.
fn put_back(view: &View<'_>) -> Gate {
    restore(view)?;
    empty(view)?;
    restore_scaling(view, view.ipv4()?)
}

/// As many of its own tasks run as there were, unless the twin has nobody who works.
fn restore(view: &View<'_>) -> Gate {
    let ipv4 = view.ipv4()?;
    let full = side::total(view).unwrap_or(1).max(ipv4.desired);
    // Once the twin has nothing and the bounds are whole, its scaling is as it was, or on the way there.
    let is_whole = side::desired(view, Side::Ipv6) == Some(0) && !side::is_divided(view);
    if !is_whole || ipv4.desired < full {
        side::scaled(view, Side::Ipv4, Share::NONE)?;
    }
    if ipv4.desired < full {
        return side::sized(view, Side::Ipv4, full);
    }
    let twin = view.look(&view.seen.twin, "the twin")?;
    let works = twin.is_some_and(|t| t.running > 0);
    let begun = view.rolled_back().and_then(|r| r.at);
    let waits = begun.map(|at| view.now.duration_since(at));
    let needed = match waits {
        Some(waited) if waited > STARTING => refuge::enough(full),
        _ => full,
    };
    if !works || ipv4.running >= needed {
        return OPEN;
    }
    wait(WaitingOn::TasksStarting {
        side: Side::Ipv4,
        running: ipv4.running,
        desired: full,
        reason: ipv4.last_event.clone(),
        overdue: waits.is_some_and(|waited| waited > OVERDUE),
    })
}

/// The twin has no task, and nothing that would give it one.
fn empty(view: &View<'_>) -> Gate {
    let Some(twin) = view
        .look(&view.seen.twin, "the twin")?
        .filter(|t| t.desired > 0)
    else {
        return OPEN;
    };
    if let Some(scaling) = view.look(&view.seen.twin_scaling, "the twin's scaling")?
        && scaling.suspended != Suspended::ALL
        && (scaling.min..=scaling.max).contains(&twin.desired)
    {
        return act(Action::SetScaling {
            resource: side::resource(view, Side::Ipv6),
            side: Side::Ipv6,
            bounds: None,
            suspended: Suspended::ALL,
            tags_of: None,
        });
    }
    side::sized(view, Side::Ipv6, 0)
}

/// Whether what others did is left as it is: everything goes back.
pub(super) fn is_on_the_way(view: &View<'_>) -> bool {
    view.is_rolled_back() || is_returning(view) || is_ordered_since(view, None)
}
