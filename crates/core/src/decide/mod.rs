//! The ladder: from one observation to one action or one typed wait. Start reading here.
//!
//! [`decide`] walks the stages from the bottom in every round; the first gate that is not met ends the walk. Nothing is
//! remembered: doing the ladder again from nothing gives the same answer. A file a stage; [`view`] holds what several
//! stages derive from the observation. `decide` is total: it returns data, never acts, never fails.

mod astray;
mod bake;
mod blame;
mod build;
mod cold;
mod fault;
mod footing;
mod held;
mod pinned;
mod refuge;
mod retire;
mod rollback;
mod shift;
mod trouble;
mod unseen;
mod verdict;
mod view;
mod walk;
mod warm;
mod way;

use std::{ops::ControlFlow, time::Duration};

use jiff::{SignedDuration, Timestamp};

use crate::{
    action::Action,
    evidence::{Verdict, next_complete},
    facts::Facts,
    names::tag,
    note::Note,
    observation::{Known, Look, Observation, Topic},
    plan::Plan,
    readiness::Finding,
    status::{
        Condition, ConditionKind, ConditionStatus, Health, Phase, Shares, Status, WaitingOn, upper,
    },
};
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

/// Notes something on the first IPv6 target group.
fn note_on_ours<T>(view: &View<'_>, key: &str, value: String) -> Gate<T> {
    match view.notes_arn() {
        Some(arn) => act(Action::TagTargetGroup {
            target_group: arn.to_owned(),
            tags: [(key.to_owned(), value)].into(),
            because: None,
        }),
        None => wait(WaitingOn::CloserLook),
    }
}

fn note_share(view: &View<'_>, note: Note) -> Gate {
    note_on_ours(view, tag::SHARE, note.text())
}

/// Forgets notes on the first IPv6 target group, where there are any.
fn forget(view: &View<'_>, keys: &[&str]) -> Gate {
    let keys: Vec<String> = keys
        .iter()
        .filter(|key| view.noted(key).is_some())
        .map(|key| (*key).to_owned())
        .collect();
    match view.notes_arn() {
        Some(arn) if !keys.is_empty() => act(Action::UntagTargetGroup {
            target_group: arn.to_owned(),
            keys,
        }),
        _ => OPEN,
    }
}

/// A rung of the ladder: the phase that a stop on it means, and its gate.
type Rung = (fn(&View<'_>) -> Phase, fn(&View<'_>) -> Gate);

/// The ladder, from the bottom.
const LADDER: &[Rung] = &[
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
    (|v| v.at_least(Phase::Service), build::service),
    (|v| v.at_least(Phase::Warm), warm::warm),
    (|_| Phase::Shift, shift::shift),
    (|_| Phase::Bake, bake::bake),
    (|_| Phase::Cold, cold::cold),
    (|_| Phase::Retire, retire::retire),
];

/// Walks the ladder.
#[must_use]
pub fn decide(plan: &Plan, facts: &Facts, seen: &Observation, now: Timestamp) -> Decision {
    let view = View::new(plan, facts, seen, now);
    for (phase, gate) in LADDER {
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
    let mut look_at = look_at(view, phase, &next);
    if footing::is_alone(view) {
        look_at = look_at.min(in_step(ALONE, view.now));
    }
    Decision {
        status: status(view, phase, &next),
        next,
        look_at,
    }
}

/// An edit that leaves customers with nobody is set right within a minute of it: seconds between looks at a side whose
/// partner could not take over.
const ALONE: i64 = 45;

/// As rarely as it can: when the next minute of metrics is complete, sooner only while AWS is at work for us.
fn look_at(view: &View<'_>, phase: Phase, next: &Next) -> Timestamp {
    let in_seconds = |s: i64| view.now + SignedDuration::from_secs(s);
    let minute = next_complete(Duration::from_secs(60), view.now);
    let on = match next {
        Next::Act(_) => return look_after(phase, view.now),
        Next::Done => return in_seconds(300),
        Next::Wait(on) => on.blocker(),
    };
    match on {
        WaitingOn::CloserLook => view.now,
        WaitingOn::Unseen { .. } => in_step(2, view.now),
        WaitingOn::RolledBack { .. } => in_seconds(300),
        WaitingOn::Cold { until } => (*until).clamp(in_seconds(1), in_seconds(300)),
        WaitingOn::Approval { .. } if phase == Phase::Retire => in_seconds(300),
        on if on.needs_person() => minute,
        WaitingOn::Deployment { .. }
        | WaitingOn::TasksStarting { .. }
        | WaitingOn::TasksStopping { .. }
        | WaitingOn::TargetsUnhealthy { .. }
        | WaitingOn::Deletion { .. } => in_step(15, view.now).min(minute),
        WaitingOn::Unknown { .. } | WaitingOn::ActFailed { .. } | WaitingOn::Vetoed { .. } => {
            in_seconds(20)
        }
        _ => minute,
    }
}

/// When to look again after an act of a phase that ended now.
#[must_use]
pub fn look_after(phase: Phase, now: Timestamp) -> Timestamp {
    if phase.is_building() {
        in_step(5, now)
    } else {
        now
    }
}

/// The next of the moments, so many seconds apart, that are the same for all plans: looks in one moment share calls.
fn in_step(seconds: i64, now: Timestamp) -> Timestamp {
    let next = (now.as_second().div_euclid(seconds) + 1) * seconds;
    Timestamp::from_second(next).unwrap_or(now)
}

fn status(view: &View<'_>, phase: Phase, next: &Next) -> Status {
    let waiting_on = match next {
        Next::Wait(on) => Some(on.clone()),
        _ => None,
    };
    let shares = view.shares(phase);
    let evidence = view.evidence();
    let signals = evidence.map_or_else(Vec::new, |e| e.signals.clone());
    let acting = match next {
        Next::Act(action) => Some(format!("{}: {}.", upper(&action.name()), action.call())),
        Next::Wait(_) | Next::Done => None,
    };
    let trouble = trouble::trouble(view, waiting_on.as_ref());
    let mut status = Status {
        plan: view.plan.name.clone(),
        revision: view.plan.revision.clone(),
        at: view.now,
        seen_at: view.now,
        phase,
        step: view.step(),
        health: health(view, phase, waiting_on.as_ref(), trouble.is_some()),
        shares,
        waiting_since: waiting_on.as_ref().map(|_| view.now),
        verdict: evidence.map(|e| e.verdict),
        conditions: conditions(view, phase, waiting_on.as_ref()),
        walk: walk::walk(view, phase),
        signals,
        window: evidence.map(|e| e.window),
        trouble,
        warnings: warnings(view),
        ipv4_gone: view.is_ipv4_gone() && view.is_retired(),
        waiting_on,
        sentence: String::new(),
    };
    match acting {
        Some(acting) => status.sentence = acting,
        None => status.retell(),
    }
    status
}

/// What preflight found that stops nothing. Once the IPv4 side is gone it is no news any more.
fn warnings(view: &View<'_>) -> Vec<Finding> {
    if view.is_ipv4_gone() {
        return Vec::new();
    }
    let all = view.findings.iter();
    all.filter(|f| f.warns()).cloned().collect()
}

/// Customers who fail come first. A person's own abort is nobody's fault.
fn health(view: &View<'_>, phase: Phase, on: Option<&WaitingOn>, troubled: bool) -> Health {
    let is_back = matches!(phase, Phase::RollingBack | Phase::RolledBack);
    let fails = troubled || view.evidence().is_some_and(|e| e.verdict == Verdict::Bad);
    match (phase, on) {
        _ if fails || is_back && !rollback::is_wished(view) => Health::Bad,
        (
            _,
            Some(
                WaitingOn::Bad { .. }
                | WaitingOn::NoWayBack { .. }
                | WaitingOn::Emptied { .. }
                | WaitingOn::Ipv4Sick { .. },
            ),
        ) => Health::Bad,
        (Phase::Done, _) => Health::Complete,
        (_, Some(on)) if on.needs_person() => Health::NeedsPerson,
        (_, Some(WaitingOn::Unknown { .. })) => Health::Unknown,
        _ => Health::Progressing,
    }
}

fn conditions(view: &View<'_>, phase: Phase, on: Option<&WaitingOn>) -> Vec<Condition> {
    let say = |kind, holds: Option<bool>, reason: &str, message: String| Condition {
        kind,
        status: match holds {
            Some(true) => ConditionStatus::True,
            Some(false) => ConditionStatus::False,
            None => ConditionStatus::Unknown,
        },
        reason: reason.to_owned(),
        message,
        since: view.now,
        observed_revision: view.plan.revision.clone(),
    };
    let message = |holds: Option<bool>, fine: &str| match (holds, on) {
        (Some(true), _) => fine.to_owned(),
        (_, Some(on)) => on.to_string(),
        (Some(false), None) => "under way".to_owned(),
        (None, None) => "not known yet".to_owned(),
    };
    let ready = match on {
        Some(
            WaitingOn::Findings { .. } | WaitingOn::Missing { .. } | WaitingOn::Foreign { .. },
        ) => Some(false),
        _ if phase == Phase::Checking => None,
        _ => Some(true),
    };
    let routes = match on {
        Some(
            WaitingOn::OutsideEdit { .. }
            | WaitingOn::Resized { .. }
            | WaitingOn::Emptied { .. }
            | WaitingOn::NoteLost { .. },
        ) => Some(false),
        _ => view.seen.routes.seen().map(|_| !astray::is_any(view)),
    };
    let evidence = view.evidence().map(|e| e.verdict);
    let reason = |holds: Option<bool>, yes: &'static str, no: &'static str| match holds {
        Some(true) => yes,
        Some(false) => no,
        None => "NotKnown",
    };
    let available = view
        .seen
        .twin
        .seen()
        .map(|t| t.desired > 0 && t.running >= t.desired);
    let good = evidence.map(|v| v == crate::evidence::Verdict::Good);
    vec![
        say(
            ConditionKind::Ready,
            ready,
            reason(ready, "NothingBlocks", on.map_or("", WaitingOn::kind)),
            message(ready, &nothing_blocks(view)),
        ),
        say(
            ConditionKind::TwinAvailable,
            available,
            reason(available, "TasksRunning", "TasksMissing"),
            view.seen
                .twin
                .seen()
                .map_or_else(String::new, |t| match (t.running, t.desired) {
                    (0, 0) => "it has no task".to_owned(),
                    (running, 0) => format!("it is to have no task; {running} still run"),
                    (running, desired) => format!("{running} of {desired} tasks run"),
                }),
        ),
        say(
            ConditionKind::EvidenceGood,
            good,
            reason(good, "WithinLimits", "NotProven"),
            evidence.map_or_else(
                || "nothing to judge yet".to_owned(),
                |v| format!("the verdict is {v}"),
            ),
        ),
        say(
            ConditionKind::RoutesInStep,
            routes,
            reason(routes, "AsApplied", "ChangedByOthers"),
            message(routes, "as applied"),
        ),
        say(
            ConditionKind::Complete,
            Some(phase == Phase::Done),
            reason(Some(phase == Phase::Done), "Migrated", "UnderWay"),
            message(Some(phase == Phase::Done), "migrated"),
        ),
    ]
}

/// What the plan waives is told wherever it would have been told as what stops it.
fn nothing_blocks(view: &View<'_>) -> String {
    let mut text = "nothing blocks".to_owned();
    if view.plan.preflight.waive.is_empty() {
        return text;
    }
    for finding in &view.findings {
        if let Some(reason) = &finding.waived {
            text += &format!("; {} is waived: {reason}", finding.code);
        }
    }
    text
}

/// Whether nothing of a plan's is in AWS yet; `None` while that cannot be told.
#[must_use]
pub fn is_untouched(plan: &Plan, seen: &Observation) -> Option<bool> {
    let ours = |tags: &std::collections::BTreeMap<String, String>| {
        tags.get(tag::PLAN) == Some(&plan.uid.0)
    };
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

/// The shares are part of the view, and of every status.
impl View<'_> {
    fn shares(&self, phase: Phase) -> Shares {
        Shares {
            desired: self.desired(phase),
            applied: self.applied(),
            observed: self.observed(),
            effective: self.effective(),
        }
    }
}
