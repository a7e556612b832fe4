//! Step 1 to n: note the wish, set it on each route, read it back, settle the note, prove the hold, pass the gate.

use std::time::Duration;

use jiff::SignedDuration;

use super::{
    Gate, OPEN, act, ecs,
    gate::{self, Word},
    held, note_share,
    view::View,
    wait, warm,
    way::Way,
};
use crate::{
    action::{Intent, Side},
    evidence::{Broken, Proof, Signal, SignalVerdict, Verdict, mute},
    facts::Gate as PersonGate,
    note::Note,
    observation::DescribedService,
    plan::OnTooFew,
    share::Share,
    status::WaitingOn,
    way,
};

/// How long a share is proven that no step of the plan has, because the plan was edited since.
pub(super) const UNPLANNED_HOLD: Duration = Duration::from_secs(600);

/// All traffic is on IPv6, every step before proven.
pub(super) fn shift(view: &View<'_>) -> Gate {
    match view.note() {
        // Every route has it now: from here on minutes count.
        Some(Note::Settled(at, None)) if at > Share::NONE => {
            note_share(view, Note::Settled(at, Some(view.now)))
        }
        _ if view.is_retired() => OPEN,
        Some(Note::Moving(from, to)) => finish(view, from, to),
        Some(Note::Settled(Share::ALL, _)) => OPEN,
        Some(Note::Settled(at, _)) => raise(view, at),
        Some(Note::Refuge(..)) | None => wait(WaitingOn::CloserLook),
    }
}

/// How far a person lets it move on at once: by an order that nothing has overtaken since, and that nothing stops now.
pub(super) fn promoted(view: &View<'_>) -> Option<Share> {
    if view.facts.lacking.is_some() || held::is_paused(view) {
        return None;
    }
    let promotion = view.facts.promotion.as_ref()?;
    let order = &promotion.order;
    let later = [&view.facts.abort, &view.facts.retry];
    let later = later.into_iter().flatten().map(|o| o.at);
    let back = view.rolled_back().and_then(|r| r.at);
    let is_overtaken = later.chain(back).any(|at| at >= order.at);
    (order.revision == view.plan.revision && !is_overtaken).then_some(promotion.to)
}

/// A move that was begun is ended before anything else is asked, unless it has moved nothing yet and the plan has since
/// been edited to go elsewhere, or nobody lets it jump a step any more.
fn finish(view: &View<'_>, from: Share, to: Share) -> Gate {
    let is_promoted = promoted(view) >= Some(to);
    let next = view.plan.shift.steps.iter().find(|s| s.weight > from);
    if next.is_some_and(|s| s.weight < to) && !is_promoted && view.all_at(from) {
        return note_share(view, Note::Settled(from, None));
    }
    // The tag is what everybody goes by, the guard included.
    if view.is_only_remembered() {
        if to > from && !is_promoted && view.all_at(from) {
            still_let_on(view, from)?;
        }
        return note_share(view, Note::Moving(from, to));
    }
    let mut attached = view.ways().filter(Way::is_attached);
    if let Some(way) = attached.find(|way| !way.is_at(to)) {
        let up = to > from;
        // Who promotes leaves an IPv4 side that may never end its deployment.
        if up && is_promoted {
            onto(view, to)?;
        } else if up {
            ground(view, to)?;
            if view.all_at(from) {
                still_let_on(view, from)?;
            }
        }
        let intent = match (up, to) {
            (true, _) => Intent::Raise(to),
            (false, Share::NONE) => Intent::Return,
            (false, _) => Intent::Correct(to),
        };
        return act(way.set(to, intent));
    }
    let since = (to > Share::NONE).then_some(view.now);
    note_share(view, Note::Settled(to, since))
}

/// Nothing has moved yet: a webhook that says no by now ends the move before it begins.
fn still_let_on(view: &View<'_>, from: Share) -> Gate {
    match gate::word(view, from) {
        Word::Yes => OPEN,
        Word::Nothing(on) => wait(on),
        Word::No(_) => note_share(view, Note::Settled(from, None)),
    }
}

fn raise(view: &View<'_>, at: Share) -> Gate {
    if let Some(to) = promoted(view).filter(|to| *to > at) {
        if at == Share::NONE {
            clear(view)?;
        }
        onto(view, to)?;
        return note_share(view, Note::Moving(at, to));
    }
    let steps = &view.plan.shift.steps;
    let current = steps.iter().rposition(|s| s.weight <= at);
    let Some(next) = steps.iter().find(|s| s.weight > at) else {
        return OPEN;
    };
    if current.is_some() || at > Share::NONE {
        // What is being replaced proves nothing.
        still(view, Side::Ipv4)?;
        still(view, Side::Ipv6)?;
        let index = current.unwrap_or(0);
        let hold = current.map_or(UNPLANNED_HOLD, |i| steps[i].hold);
        proven(view, current, hold, |proof| WaitingOn::Hold {
            step: index,
            at,
            next: Some(next.weight),
            proven: proof.proven,
            hold,
            broken_by: proof.broken_by,
            idle: proof.idle,
            due: proof.due,
        })?;
        left(view, current)?;
    }
    if at == Share::NONE {
        clear(view)?;
    }
    ground(view, next.weight)?;
    // Asked last: its yes is for the step that is taken now.
    gate::passed(view, at)?;
    note_share(view, Note::Moving(at, next.weight))
}

/// Before anything moves, the newest minutes and the alarms are not bad, since what is left of an earlier try, or was bad
/// already, would take the first step back at once; and whatever needs no request on IPv6 to speak can be read, since
/// what says nothing now would let a fault pass unseen.
pub(super) fn clear(view: &View<'_>) -> Gate {
    view.recent()?;
    let Some(evidence) = view.judge_recent() else {
        return OPEN;
    };
    let stops = |s: &&SignalVerdict| match s.signal {
        Signal::Alarms => s.verdict > Verdict::TooFew,
        Signal::LoadBalancerErrors | Signal::Resets => s.verdict >= Verdict::Error,
        _ => s.verdict == Verdict::Bad,
    };
    let worst = evidence.signals.iter().filter(|s| s.counts());
    match worst.filter(stops).max_by_key(|s| s.verdict) {
        Some(worst) => not_good(0, worst.verdict, Some(worst)),
        None => heard(view),
    }
}

/// What of the plan's own metrics says nothing now would say nothing of IPv6 either, and hold it at its first share for ever.
pub(super) fn heard(view: &View<'_>) -> Gate {
    let read = &view.seen.readings;
    let all = view.plan.health.metrics.iter().enumerate();
    let mut mute = all.filter_map(|(i, gauge)| mute(gauge, read.get(i)));
    match mute.next() {
        None => OPEN,
        Some((verdict, note)) => wait(WaitingOn::Evidence {
            step: 0,
            verdict,
            note: Some(note),
            overdue: false,
        }),
    }
}

/// The worst that has an effect.
pub(super) fn worst(signals: &[SignalVerdict]) -> Option<&SignalVerdict> {
    signals
        .iter()
        .filter(|s| s.counts())
        .max_by_key(|s| s.verdict)
}

fn not_good(step: usize, verdict: Verdict, worst: Option<&SignalVerdict>) -> Gate {
    wait(WaitingOn::Evidence {
        step,
        verdict,
        note: worst.map(SignalVerdict::sentence),
        overdue: false,
    })
}

/// The step at an index is left with a person's word, where one is asked there.
pub(super) fn left(view: &View<'_>, step: Option<usize>) -> Gate {
    let steps = &view.plan.shift.steps;
    let asked = step.and_then(|i| PersonGate::behind(i, &steps.get(i)?.gate));
    asked.map_or(OPEN, |gate| given(view, gate))
}

/// A person said so, for this revision.
pub(super) fn given(view: &View<'_>, gate: PersonGate) -> Gate {
    if view.facts.approved(gate, &view.plan.revision) {
        return OPEN;
    }
    wait(WaitingOn::Approval { gate })
}

/// The step is proven good for its hold, or a person accepts that it cannot be.
pub(super) fn proven(
    view: &View<'_>,
    step: Option<usize>,
    hold: Duration,
    holding: impl Fn(&Proof) -> WaitingOn,
) -> Gate {
    let proof = view.proof(view.series_for(hold)?, step, hold);
    let step = step.unwrap_or(0);
    if proof.proven < hold {
        // Time enough has passed, and what is missing is requests.
        let is_idle = proof.proven + proof.idle >= hold && !proof.idle.is_zero();
        let asks = view.plan.health.on_too_few == OnTooFew::Approval;
        if is_idle && (asks || proof.proven.is_zero()) {
            return too_few(view, step, &proof);
        }
        in_vain(view, step, hold, &proof)?;
        return wait(holding(&proof));
    }
    match proof.verdict {
        Verdict::Good => match ecs::unwell(view) {
            None => OPEN,
            Some(signal) => not_good(step, signal.verdict, Some(signal)),
        },
        Verdict::TooFew => too_few(view, step, &proof),
        verdict => not_good(step, verdict, worst(&proof.signals)),
    }
}

/// How long a cookie may keep a client on the other side, whatever the weights say.
fn cookies(view: &View<'_>) -> Duration {
    let sticky = view.ways().filter_map(|way| way.route.forward.stickiness);
    Duration::from_secs(sticky.max().unwrap_or_default().into())
}

/// A hold that is broken again and again does not end by waiting: after three times its length and an hour somebody is told, and
/// where clients may be held by cookies, once those have run out.
fn in_vain(view: &View<'_>, step: usize, hold: Duration, proof: &Proof) -> Gate {
    let why = match proof.broken_by {
        Broken::NoData => "CloudWatch leaves minutes out",
        Broken::Hosts => "in some minutes no IPv6 target was healthy",
        Broken::Share => "in some minutes IPv6 had less than its share",
        Broken::Errors => "some minutes failed for themselves",
        Broken::History | Broken::Deployment | Broken::Set => return OPEN,
    };
    let since = view.settled_since().max(Some(view.code_since()));
    let stands = since.map_or(SignedDuration::ZERO, |since| view.now.duration_since(since));
    let held = match proof.broken_by {
        Broken::Share => cookies(view),
        _ => Duration::ZERO,
    };
    let longest = hold * 3 + AN_HOUR + held;
    let longest = SignedDuration::try_from(longest).unwrap_or(SignedDuration::MAX);
    if stands <= longest || proof.proven + proof.idle >= hold {
        return OPEN;
    }
    let verdict = if proof.broken_by == Broken::NoData {
        Verdict::NoData
    } else {
        proof.verdict
    };
    wait(WaitingOn::Evidence {
        step,
        verdict,
        note: Some(format!("the hold is broken again and again, since {why}")),
        overdue: true,
    })
}

/// Never a pass by itself.
fn too_few(view: &View<'_>, step: usize, proof: &Proof) -> Gate {
    let gate = PersonGate::TooFew(step);
    match view.plan.health.on_too_few {
        OnTooFew::Approval => given(view, gate),
        // Requests are enough, and points of a metric of the plan's own are too few.
        OnTooFew::Wait if is_of_a_metric(&proof.signals) => {
            not_good(step, Verdict::TooFew, worst(&proof.signals))
        }
        OnTooFew::Wait => wait(WaitingOn::TooFew {
            step,
            samples: proof.samples,
            needed: view.plan.health.min_requests,
        }),
    }
}

fn is_of_a_metric(signals: &[SignalVerdict]) -> bool {
    let few = |s: &&SignalVerdict| s.verdict == Verdict::TooFew && s.counts();
    signals.iter().filter(few).all(|s| s.own.is_some())
}

/// Traffic is raised only onto proven ground: no code is being replaced, and IPv6 has its part of the strength now.
pub(super) fn ground(view: &View<'_>, to: Share) -> Gate {
    if !view.is_retired() {
        still(view, Side::Ipv4)?;
    }
    onto(view, to)
}

/// IPv6 has its part of the strength now, and its code stays what it is.
fn onto(view: &View<'_>, to: Share) -> Gate {
    still(view, Side::Ipv6)?;
    view.twin()?;
    warm::all_healthy(view, needed(view, to).unwrap_or(1))?;
    warm::zone_by_zone(view)
}

/// How many healthy targets a share needs in each group: its part of the strength.
pub(super) fn needed(view: &View<'_>, at: Share) -> Option<u32> {
    // What is left of IPv4 after it was retired needs nothing: the twin is measured by its own size.
    let full = match view.seen.ipv4.seen() {
        Some(ipv4) if !view.is_retired() => ipv4.desired,
        _ => view.seen.twin.seen()?.desired,
    };
    let asked = view.ways().map(|way| way::strength(way.route, at)).max();
    let part = asked.unwrap_or(at).fraction();
    let needed = (f64::from(full) * part).ceil() as u32;
    Some(needed.max(1))
}

const AN_HOUR: Duration = Duration::from_secs(3600);

/// A deployment that takes longer than this will not end by waiting.
const STUCK: SignedDuration = SignedDuration::from_hours(1);

/// No deployment of a side is under way.
pub(super) fn still(view: &View<'_>, side: Side) -> Gate {
    let service = match side {
        Side::Ipv4 => view.ipv4()?,
        Side::Ipv6 => view.twin()?,
    };
    ended(view, service, side)
}

/// No deployment of a service is under way.
pub(super) fn ended(view: &View<'_>, service: &DescribedService, side: Side) -> Gate {
    if !service.is_deploying() {
        return OPEN;
    }
    let primary = service.primary();
    let stands = primary.map(|d| view.now.duration_since(d.created_at));
    wait(WaitingOn::Deployment {
        side,
        reason: primary.and_then(|d| d.reason.clone()),
        overdue: stands.is_some_and(|t| t > STUCK),
    })
}
