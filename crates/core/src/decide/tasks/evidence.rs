//! What tells how the twin's tasks fare: ECS's account of them, the plan's alarms and its metrics.
//!
//! What belongs here: the verdict, and for how long a share has stood. What must not: what follows from either.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    super::{Gate, OPEN, ecs, fault::reason, shift::worst, verdict::Evidence, view::View, wait},
    side,
};
use crate::{
    action::Side,
    evidence::{Broken, METRIC_DELAY, SignalVerdict, Verdict, Window},
    note::Note,
    observation::Service,
    share::Share,
    status::{Lost, WaitingOn},
    way::tasks,
};

/// What is said of the twin's tasks, where it has any.
pub(in super::super) fn evidence(view: &View<'_>) -> Option<Evidence> {
    let twin = view.seen.twin.seen().filter(|t| t.desired > 0)?;
    let health = &view.plan.health;
    let mut signals = Vec::new();
    if !health.alarms.is_empty() {
        signals.push(view.judge_alarms());
    }
    signals.extend(ecs::signals(view, twin, since_its_code(view, twin)));
    let mut window = Window {
        from: view.now,
        until: view.now,
    };
    if !health.metrics.is_empty() {
        let compares = view.seen.ipv4.seen().is_some_and(|s| s.is_serving());
        let (time, gauges) = view.gauges_since(shared_since(view, twin), compares);
        window = time;
        signals.extend(gauges);
    }
    Evidence::of(signals, window)
}

/// What failed before a deployment, or before somebody ordered another try, is not this code's.
fn since_its_code(view: &View<'_>, twin: &Service) -> Option<Timestamp> {
    let deployed = twin.primary().map(|d| d.created_at);
    deployed.max(super::super::in_place::back::retried_at(view))
}

/// From when on the plan's metrics are of this share.
fn shared_since(view: &View<'_>, twin: &Service) -> Timestamp {
    let set = view.settled_since();
    set.unwrap_or_else(|| twin.primary().map_or(twin.created_at, |d| d.created_at))
}

/// Why the IPv6 side is bad, where it is.
pub(super) fn bad(view: &View<'_>) -> Option<String> {
    if let Some(lost) = lost(view) {
        return Some(lost.to_string());
    }
    let twin = view.seen.twin.seen().filter(|t| t.desired > 0)?;
    // Until a share stands its tasks are just being started.
    let stands = matches!(view.note(), Some(Note::Settled(at, _)) if at > Share::NONE);
    let nobody_runs = || ecs::nobody_runs(twin).filter(|_| stands);
    let by_ecs = || ecs::by_ecs(twin).or_else(nobody_runs);
    let by_its_tasks = || ecs::by_its_tasks(view, twin, since_its_code(view, twin));
    let by_evidence = || {
        let evidence = view.evidence()?;
        (evidence.verdict == Verdict::Bad).then(|| reason(&evidence.signals))
    };
    by_ecs().or_else(by_its_tasks).or_else(by_evidence)
}

/// What became of a twin that is to have tasks.
pub(super) fn lost(view: &View<'_>) -> Option<Lost> {
    let is_used = view.note().is_some_and(|n| n.highest() > Share::NONE);
    super::super::fault::twin_lost(view).filter(|_| is_used)
}

/// For how long a share has stood, and until when it must.
pub(in super::super) struct Stood {
    pub(in super::super) proven: Duration,
    pub(in super::super) due: Timestamp,
    pub(in super::super) broken_by: Broken,
}

/// From when on a share stands: noted, with today's code on both sides, its alarms quiet, and half of its tasks there all the time.
pub(in super::super) fn stood(view: &View<'_>, share: Share, hold: Duration) -> Option<Stood> {
    let settled = match view.note()? {
        Note::Settled(_, since) => since?,
        Note::Moving(..) | Note::Refuge(..) => return None,
    };
    let code = view.code_since();
    let since = [
        Some(settled),
        Some(code),
        view.quiet_since(),
        there_since(view, share),
    ];
    let since = since.into_iter().flatten().max()?;
    let told = if view.plan.health.metrics.is_empty() {
        Duration::ZERO
    } else {
        METRIC_DELAY
    };
    let length = SignedDuration::try_from(hold + told).unwrap_or(SignedDuration::MAX);
    let passed = Duration::try_from(view.now.duration_since(since)).unwrap_or_default();
    Some(Stood {
        proven: passed.saturating_sub(told),
        due: since.saturating_add(length).unwrap_or(Timestamp::MAX),
        broken_by: if code > settled {
            Broken::Deployment
        } else {
            Broken::Set
        },
    })
}

/// Somebody who took all tasks away and gave others back, which nobody saw, begins the hold anew; one that is replaced does not.
fn there_since(view: &View<'_>, share: Share) -> Option<Timestamp> {
    let needed = tasks::of_side(side::total(view)?, Side::Ipv6, share);
    let running = view.seen.twin_tasks.seen().into_iter().flatten();
    let running = running.filter(|t| t.status == "RUNNING");
    let mut ages: Vec<Timestamp> = running.filter_map(|t| t.started_at).collect();
    ages.sort_unstable();
    let half = usize::try_from(needed.div_ceil(2).max(1)).unwrap_or(usize::MAX);
    // Where so many are not even there nothing stands.
    Some(ages.get(half - 1).copied().unwrap_or(view.now))
}

/// The share is proven good for its hold.
pub(in super::super) fn proven(
    view: &View<'_>,
    step: usize,
    share: Share,
    hold: Duration,
    holding: impl Fn(&Stood) -> WaitingOn,
) -> Gate {
    let Some(stood) = stood(view, share, hold) else {
        return wait(WaitingOn::CloserLook);
    };
    let is_over = stood.proven >= hold;
    // Before its end what is not sure yet is no news.
    let holds = |verdict| match verdict {
        Verdict::Good => false,
        Verdict::TooFew => is_over,
        Verdict::NoData | Verdict::Error | Verdict::Bad => true,
    };
    if let Some(evidence) = view.evidence().filter(|e| holds(e.verdict)) {
        return wait(WaitingOn::Evidence {
            step,
            verdict: evidence.verdict,
            note: worst(&evidence.signals).map(SignalVerdict::sentence),
            overdue: false,
        });
    }
    if is_over { OPEN } else { wait(holding(&stood)) }
}
