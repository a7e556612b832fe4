//! Step 1 to n: note the wish, set it on each route, read it back, settle the note, prove the hold, pass the gate.

use std::time::Duration;

use super::{Gate, OPEN, act, view::View, wait, warm};
use crate::{
    action::{Action, Intent, Side},
    evidence::{Proof, SignalVerdict, Verdict},
    facts::Gate as PersonGate,
    names::tag,
    note::Note,
    plan::{OnTooFew, StepGate},
    router,
    share::Share,
    status::WaitingOn,
};

/// How long a share is proven that no step of the plan has, because the plan was edited since.
const UNPLANNED_HOLD: Duration = Duration::from_secs(600);

/// All traffic is on IPv6, every step before proven.
pub(super) fn shift(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return OPEN;
    }
    match view.note() {
        Some(Note::Moving(from, to)) => finish(view, from, to),
        Some(Note::Settled(Share::ALL)) => OPEN,
        Some(Note::Settled(at)) => raise(view, at),
        None => wait(WaitingOn::CloserLook),
    }
}

/// A move that was begun is ended before anything else is asked, unless it has moved nothing yet and the plan has since
/// been edited to go elsewhere.
fn finish(view: &View<'_>, from: Share, to: Share) -> Gate {
    let next = view.plan.shift.steps.iter().find(|s| s.weight > from);
    if next.is_some_and(|s| s.weight < to) && view.all_at(from) {
        return note(view, Note::Settled(from));
    }
    for (route, ipv4, ipv6) in view.attached() {
        if router::is_at(&route.forward, ipv4, ipv6, to) {
            continue;
        }
        let up = to > from;
        if up {
            ground(view, to)?;
        }
        return act(Action::SetForward {
            route: route.id.clone(),
            expects: route.fingerprint.clone(),
            forward: router::split(&route.forward, ipv4, ipv6, to),
            intent: match (up, to) {
                (true, _) => Intent::Raise(to),
                (false, Share::NONE) => Intent::Return,
                (false, _) => Intent::Correct(to),
            },
        });
    }
    note(view, Note::Settled(to))
}

fn raise(view: &View<'_>, at: Share) -> Gate {
    let steps = &view.plan.shift.steps;
    let current = steps.iter().rposition(|s| s.weight <= at);
    let Some(next) = steps.iter().find(|s| s.weight > at) else {
        return OPEN;
    };
    if current.is_some() || at > Share::NONE {
        let index = current.unwrap_or(0);
        let hold = current.map_or(UNPLANNED_HOLD, |i| steps[i].hold);
        proven(view, current, hold, |proof| WaitingOn::Hold {
            step: index,
            at,
            next: Some(next.weight),
            proven: proof.proven,
            hold,
            broken_by: proof.broken_by,
        })?;
        let asks = current.is_some_and(|i| steps[i].gate == StepGate::Approval);
        if asks && !approved(view, PersonGate::Step(index)) {
            return wait(WaitingOn::Approval {
                gate: PersonGate::Step(index),
            });
        }
    }
    if at == Share::NONE {
        clear(view)?;
    }
    ground(view, next.weight)?;
    note(view, Note::Moving(at, next.weight))
}

/// The newest minutes and the alarms are not bad before anything moves: what is left of an earlier try, or was bad
/// already, would take the first step back at once.
pub(super) fn clear(view: &View<'_>) -> Gate {
    view.recent()?;
    match view.judge_recent() {
        Some(e) if e.verdict == Verdict::Bad => {
            let worst = e.signals.iter().max_by_key(|s| s.verdict);
            wait(WaitingOn::Evidence {
                step: 0,
                verdict: e.verdict,
                note: worst.map(SignalVerdict::sentence),
            })
        }
        _ => OPEN,
    }
}

fn approved(view: &View<'_>, gate: PersonGate) -> bool {
    view.facts.approved(gate, &view.plan.revision)
}

/// The step is proven good for its hold, or a person accepts that it cannot be.
pub(super) fn proven(
    view: &View<'_>,
    step: Option<usize>,
    hold: Duration,
    holding: impl Fn(&Proof) -> WaitingOn,
) -> Gate {
    let proof = view.proof(view.series_for(hold)?, step, hold);
    if proof.proven < hold {
        return wait(holding(&proof));
    }
    let step = step.unwrap_or(0);
    match proof.verdict {
        Verdict::Good => OPEN,
        Verdict::TooFew => too_few(view, step, &proof),
        verdict => {
            let worst = proof.signals.iter().max_by_key(|s| s.verdict);
            wait(WaitingOn::Evidence {
                step,
                verdict,
                note: worst.map(|s| s.sentence()),
            })
        }
    }
}

/// Never a pass by itself.
fn too_few(view: &View<'_>, step: usize, proof: &Proof) -> Gate {
    let gate = PersonGate::TooFew(step);
    match view.plan.health.on_too_few {
        OnTooFew::Approval if approved(view, gate) => OPEN,
        OnTooFew::Approval => wait(WaitingOn::Approval { gate }),
        OnTooFew::Wait => wait(WaitingOn::TooFew {
            step,
            samples: proof.samples,
            needed: view.plan.health.min_requests,
        }),
    }
}

/// Traffic is raised only onto proven ground: no code is being replaced, and IPv6 has its part of the strength now.
pub(super) fn ground(view: &View<'_>, to: Share) -> Gate {
    let twin = view.twin()?;
    let ipv4 = if view.is_retired() {
        twin
    } else {
        view.ipv4()?
    };
    for (side, service) in [(Side::Ipv4, ipv4), (Side::Ipv6, twin)] {
        if service.is_deploying() {
            let reason = service.primary().and_then(|d| d.reason.clone());
            return wait(WaitingOn::Deployment { side, reason });
        }
    }
    // What is left of IPv4 after it was retired needs nothing: the twin is measured by its own size.
    let needed = (f64::from(ipv4.desired) * to.fraction()).ceil() as u32;
    warm::all_healthy(view, needed.max(1))?;
    warm::zone_by_zone(view)
}

fn note(view: &View<'_>, note: Note) -> Gate {
    let Some(arn) = view.notes_arn() else {
        return wait(WaitingOn::CloserLook);
    };
    act(Action::TagTargetGroup {
        target_group: arn.to_owned(),
        tags: [(tag::SHARE.to_owned(), note.text())].into(),
        because: None,
    })
}
