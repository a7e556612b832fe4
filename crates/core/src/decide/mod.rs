//! The ladder: from one observation to one action or one typed wait. Start reading here.
//!
//! [`decide`] walks the stages from the bottom in every round; the first gate that is not met ends the walk. Nothing is
//! remembered: doing the ladder again from nothing gives the same answer. A file a stage; [`view`] holds what several
//! stages derive from the observation. `decide` is total: it returns data, never acts, never fails.

mod alone;
mod astray;
mod bake;
mod blame;
mod build;
mod cold;
mod ecs;
mod fault;
mod footing;
mod gate;
mod held;
mod in_place;
mod names;
mod pace;
mod pinned;
mod probe;
mod refuge;
mod retire;
mod rollback;
mod shift;
mod tasks;
mod tell;
mod trouble;
mod unseen;
mod verdict;
mod view;
mod walk;
mod warm;
mod way;

use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::{
    action::Action,
    facts::Facts,
    names::tag,
    note::Note,
    observation::{Known, Look, Observation, Tags, Topic},
    plan::{Plan, Way},
    status::{Phase, Status, WaitingOn},
};
pub use pace::look_after;
use view::View;

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// One AWS call; then look again.
    Act(Action),
    /// Nothing now.
    Wait(WaitingOn),
    /// Nothing any more, but keep watching.
    Done,
}

/// A round's outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What to do.
    pub next: Next,
    /// What to show.
    pub status: Status,
    /// When to look again at the latest.
    pub look_at: Timestamp,
}

impl Decision {
    /// The look that is needed before this counts, where the one that it was decided on was not close enough. Closer each
    /// time, so asking again ends.
    #[must_use]
    pub fn wants_closer_look(&self, than: Look) -> Option<Look> {
        let needed = match &self.next {
            Next::Act(action) => action.needs(),
            Next::Wait(on) => match on.blocker() {
                WaitingOn::CloserLook => Look::Full,
                WaitingOn::TargetsUnhealthy { .. } => Look::Close(&[Topic::Unwell]),
                _ => return None,
            },
            Next::Done => return None,
        };
        match than {
            than if than.serves(needed) => None,
            Look::Light => Some(needed),
            Look::Close(_) | Look::Full => Some(Look::Full),
        }
    }
}

/// What ends the walk up the ladder.
enum Stop {
    Act(Action),
    Wait(WaitingOn),
}

/// A gate: open (with something learnt), or a stop.
type Gate<T = ()> = ControlFlow<Stop, T>;

fn act<T>(action: Action) -> Gate<T> {
    ControlFlow::Break(Stop::Act(action))
}

fn wait<T>(on: WaitingOn) -> Gate<T> {
    ControlFlow::Break(Stop::Wait(on))
}

const OPEN: Gate = ControlFlow::Continue(());

/// Notes something on what carries our notes.
fn note_on_ours<T>(view: &View<'_>, key: &str, value: String) -> Gate<T> {
    match view.home() {
        Some(home) => act(home.note([(key.to_owned(), value)].into(), None)),
        None => wait(WaitingOn::CloserLook),
    }
}

fn note_share(view: &View<'_>, note: Note) -> Gate {
    note_on_ours(view, tag::SHARE, note.text())
}

/// Forgets notes, where there are any.
fn forget(view: &View<'_>, keys: &[&str]) -> Gate {
    let keys: Vec<String> = keys
        .iter()
        .filter(|key| view.noted(key).is_some())
        .map(|key| (*key).to_owned())
        .collect();
    match view.home() {
        Some(home) if !keys.is_empty() => act(home.forget(keys)),
        _ => OPEN,
    }
}

/// A rung of a ladder: the phase that a stop on it means, and its gate.
type Rung = (fn(&View<'_>) -> Phase, fn(&View<'_>) -> Gate);

/// The ladder of a plan: with a twin behind the load balancer, with one on the same queue, or in place.
fn ladder(plan: &Plan) -> &'static [Rung] {
    match plan.shift.way {
        _ if plan.shift.choice.is_open() => OPEN_STILL,
        Way::Weights | Way::Lattice | Way::Families => BESIDE,
        Way::Tasks => tasks::LADDER,
        Way::Names => names::LADDER,
        Way::InPlace(how) if how.behind_balancer => in_place::behind::LADDER,
        Way::InPlace(_) => in_place::LADDER,
    }
}

/// Until the service has told which way it goes.
const OPEN_STILL: &[Rung] = &[
    (|v| v.standing(), held::held),
    (|v| v.at_least(Phase::Checking), build::told),
];

/// The ladder with a twin, from the bottom.
const BESIDE: &[Rung] = &[
    (|v| v.standing(), held::held),
    (rollback::phase, rollback::safe),
    (|v| v.standing(), refuge::stay),
    (|v| v.standing(), held::paused),
    (|v| v.standing(), blame::ipv4),
    (|v| v.at_least(Phase::Checking), build::ready),
    (|v| v.at_least(Phase::TargetGroup), build::target_groups),
    (
        |v| v.at_least(Phase::TaskDefinition),
        build::task_definition,
    ),
    (|v| v.at_least(Phase::Service), names::registry),
    (|v| v.at_least(Phase::Service), build::service),
    (|v| v.at_least(Phase::Warm), warm::warm),
    (|_| Phase::Shift, shift::shift),
    (|_| Phase::Bake, bake::bake),
    (|_| Phase::Bake, names::moved),
    (|_| Phase::Cold, cold::cold),
    (|_| Phase::Retire, retire::retire),
];

/// Walks the ladder.
#[must_use]
pub fn decide(plan: &Plan, facts: &Facts, seen: &Observation, now: Timestamp) -> Decision {
    let view = View::new(plan, facts, seen, now);
    for (phase, gate) in ladder(plan) {
        if let ControlFlow::Break(stop) = gate(&view) {
            let next = match stop {
                Stop::Act(action) => Next::Act(action),
                Stop::Wait(on) => Next::Wait(on),
            };
            let phase = phase(&view);
            return conclude(&view, phase, unseen::heeded(&view, next));
        }
    }
    match unseen::heeded(&view, Next::Done) {
        Next::Done => conclude(&view, Phase::Done, Next::Done),
        next => conclude(&view, Phase::Retire, next),
    }
}

fn conclude(view: &View<'_>, phase: Phase, next: Next) -> Decision {
    let phase = match &next {
        Next::Wait(WaitingOn::RolledBack { .. }) => Phase::RolledBack,
        _ => phase,
    };
    Decision {
        status: tell::status(view, phase, &next),
        look_at: pace::look_at(view, phase, &next),
        next,
    }
}

/// Whether nothing of a plan's is in AWS yet; `None` while that cannot be told.
#[must_use]
pub fn is_untouched(plan: &Plan, seen: &Observation) -> Option<bool> {
    if let Way::InPlace(_) = plan.shift.way {
        return in_place::is_untouched(plan, seen);
    }
    let ours = |tags: &Tags| tags.get(tag::PLAN) == Some(&plan.uid.0);
    let service = match &seen.twin {
        Known::Seen(twin) => ours(&twin.tags),
        Known::Absent => false,
        Known::Unknown(_) => return None,
    };
    let mut group = false;
    match &seen.pairs {
        Known::Seen(pairs) => {
            for pair in pairs {
                match &pair.ipv6 {
                    Known::Seen(found) => group |= ours(&found.tags),
                    Known::Absent => {}
                    Known::Unknown(_) => return None,
                }
            }
        }
        Known::Absent => {}
        Known::Unknown(_) => return None,
    }
    Some(!service && !group)
}

/// Whether a full look is what was asked for.
fn is_full(seen: &Observation) -> bool {
    seen.look == Look::Full
}
