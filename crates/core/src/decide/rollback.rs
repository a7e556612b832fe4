//! Taking the traffic back: first the note, then the IPv4 side's strength, then the traffic, then the leftovers.
//!
//! The note comes first because the evidence that asked for it vanishes with the traffic: without it the ladder would
//! climb again into the same fault.

use std::collections::BTreeMap;

use super::{
    Gate, OPEN, act, cold,
    view::{Note, View},
    wait,
};
use crate::{
    action::{Action, Intent, Side},
    evidence::{SignalVerdict, Verdict},
    names::{scaling_resource, tag},
    observation::{Pair, Service, Suspended},
    plan::OnBad,
    router,
    share::Share,
    status::{Phase, WaitingOn},
};

/// The longest value AWS takes for a tag.
const TAG_VALUE_MAX: usize = 200;

/// The phase of a stop here.
pub(super) fn phase(view: &View<'_>) -> Phase {
    if view.is_rolled_back()
        || aborted(view).is_some()
        || is_bad(view) && view.plan.health.on_bad == OnBad::Rollback
    {
        Phase::RollingBack
    } else {
        view.standing()
    }
}

/// Whether the traffic may stay where it is.
pub(super) fn safe(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return match bad(view) {
            Some(reason) => wait(WaitingOn::NoWayBack { reason }),
            None => OPEN,
        };
    }
    if view.is_rolled_back() {
        retry(view)?;
        return carry_out(view);
    }
    if let Some(reason) = aborted(view) {
        return note(view, &reason);
    }
    match bad(view) {
        None => OPEN,
        Some(reason) if view.plan.health.on_bad == OnBad::Hold => wait(WaitingOn::Bad { reason }),
        Some(reason) => note(view, &reason),
    }
}

fn is_bad(view: &View<'_>) -> bool {
    bad(view).is_some()
}

/// Why the IPv6 side is bad, where it is: by the evidence, or because it has no healthy target at this moment.
fn bad(view: &View<'_>) -> Option<String> {
    if !view.has_traffic() {
        return None;
    }
    if let Some(evidence) = view.evidence().filter(|e| e.verdict == Verdict::Bad) {
        return Some(reason(&evidence.signals));
    }
    let groups = view.seen.pairs.seen()?.iter().filter_map(|p| p.ipv6.seen());
    let mut empty = groups.filter(|g| {
        g.targets
            .seen()
            .is_some_and(|t| !t.iter().any(|t| t.is_healthy()))
    });
    empty
        .next()
        .map(|g| format!("target group {} has no healthy target", g.name))
}

fn reason(signals: &[SignalVerdict]) -> String {
    let bad = signals.iter().filter(|s| s.verdict == Verdict::Bad);
    bad.map(SignalVerdict::sentence)
        .collect::<Vec<_>>()
        .join("; ")
}

/// An order to abort this revision that is newer than any retry.
fn aborted(view: &View<'_>) -> Option<String> {
    let order = view
        .facts
        .abort
        .as_ref()
        .filter(|o| o.revision == view.plan.revision)?;
    let retried = view
        .facts
        .retry
        .as_ref()
        .is_some_and(|r| r.revision == view.plan.revision && r.at > order.at);
    (!retried).then(|| format!("aborted by {}: {}", order.by, order.reason))
}

/// A retry that is newer than the rollback forgets it.
fn retry(view: &View<'_>) -> Gate {
    let (Some(back), Some(retry), Some(arn)) =
        (view.rolled_back(), &view.facts.retry, view.notes_arn())
    else {
        return OPEN;
    };
    let newer = back.at.is_none_or(|at| retry.at > at);
    if retry.revision != view.plan.revision || !newer {
        return OPEN;
    }
    act(Action::UntagTargetGroup {
        target_group: arn.to_owned(),
        keys: vec![tag::ROLLED_BACK.to_owned(), tag::ROLLED_BACK_WHY.to_owned()],
    })
}

fn note(view: &View<'_>, why: &str) -> Gate {
    let Some(arn) = view.notes_arn() else {
        return OPEN;
    };
    // AWS allows letters, digits, spaces and _.:/=+-@ in tag values.
    let allowed = |c: char| {
        if c.is_alphanumeric() || " _.:/=+-@".contains(c) {
            c
        } else {
            ' '
        }
    };
    let spoken = why.replace('%', "percent").replace(';', " -");
    let why: String = spoken.chars().map(allowed).take(TAG_VALUE_MAX).collect();
    // A raise that was cut short left routes at two shares; whatever is below the higher one is ours on the way down.
    let highest = match view.note() {
        Some(Note::Moving(a, b)) => a.max(b),
        Some(Note::Settled(share)) => share,
        None => Share::ALL,
    };
    let tags = BTreeMap::from([
        (
            tag::ROLLED_BACK.to_owned(),
            format!("{}@{}", view.plan.revision, view.now),
        ),
        (
            tag::ROLLED_BACK_WHY.to_owned(),
            why.split_whitespace().collect::<Vec<_>>().join(" "),
        ),
        (
            tag::SHARE.to_owned(),
            Note::Moving(highest, Share::NONE).text(),
        ),
    ]);
    act(Action::TagTargetGroup {
        target_group: arn.to_owned(),
        tags,
    })
}

fn carry_out(view: &View<'_>) -> Gate {
    let why = view
        .rolled_back()
        .map_or_else(String::new, |r| r.why.to_owned());
    let ipv4 = view.ipv4()?;
    if view.has_traffic() {
        restore(view, ipv4)?;
        give_back(view)?;
    }
    settle(view)?;
    restore_scaling(view, ipv4)?;
    empty_twin(view)?;
    forget_strength(ipv4)?;
    wait(WaitingOn::RolledBack { reason: why })
}

/// The IPv4 side is at full strength and healthy, unless the IPv6 side serves nothing at all.
fn restore(view: &View<'_>, ipv4: &Service) -> Gate {
    let full = cold::remembered(ipv4)
        .unwrap_or(ipv4.desired)
        .max(ipv4.desired);
    if ipv4.desired < full {
        return act(Action::ScaleService {
            cluster: view.plan.service.cluster.clone(),
            service: ipv4.name.clone(),
            side: Side::Ipv4,
            desired: full,
        });
    }
    for pair in view.pairs()? {
        strong_enough(view, pair, full)?;
    }
    OPEN
}

fn strong_enough(view: &View<'_>, pair: &Pair, full: u32) -> Gate {
    let group = view.need(
        &pair.ipv4,
        "the IPv4 target group",
        "nothing can take the traffic back: make it again",
    )?;
    let healthy = view
        .targets(group)?
        .iter()
        .filter(|t| t.is_healthy())
        .count() as u32;
    // One straggler in ten must not keep customers on a failing side.
    let enough = full - full.div_ceil(10).min(full.saturating_sub(1));
    let ipv6_dead = match pair.ipv6.seen() {
        Some(group) => !view.targets(group)?.iter().any(|t| t.is_healthy()),
        None => true,
    };
    if healthy >= enough || (ipv6_dead && healthy > 0) {
        return OPEN;
    }
    wait(WaitingOn::TargetsUnhealthy {
        side: Side::Ipv4,
        healthy,
        needed: enough,
        zone: None,
        reason: None,
        overdue: false,
    })
}

fn give_back(view: &View<'_>) -> Gate {
    for (route, ipv4, ipv6) in view.attached() {
        if !router::is_at(&route.forward, ipv4, ipv6, Share::NONE) {
            return act(Action::SetForward {
                route: route.id.clone(),
                expects: route.fingerprint.clone(),
                forward: router::split(&route.forward, ipv4, ipv6, Share::NONE),
                intent: Intent::Return,
            });
        }
    }
    OPEN
}

fn settle(view: &View<'_>) -> Gate {
    match (view.note(), view.notes_arn()) {
        (Some(Note::Settled(Share::NONE)), _) | (_, None) => OPEN,
        (_, Some(arn)) => act(Action::TagTargetGroup {
            target_group: arn.to_owned(),
            tags: [(tag::SHARE.to_owned(), Note::Settled(Share::NONE).text())].into(),
        }),
    }
}

/// The IPv4 side's scaling as it was before we suspended any of it.
pub(super) fn restore_scaling(view: &View<'_>, ipv4: &Service) -> Gate {
    let Some(before) = ipv4.tags.get(tag::SCALING).map(|t| Suspended::from_note(t)) else {
        return OPEN;
    };
    if let Some(scaling) = view.look(&view.seen.ipv4_scaling, "the IPv4 service's scaling")?
        && scaling.suspended != before
    {
        return act(Action::SetScaling {
            resource: scaling_resource(&view.plan.service.cluster, &ipv4.name),
            side: Side::Ipv4,
            min: scaling.min,
            max: scaling.max,
            suspended: before,
        });
    }
    act(Action::UntagService {
        arn: ipv4.arn.clone(),
        keys: vec![tag::SCALING.to_owned()],
    })
}

/// Clients pinned to the twin by a cookie stay until it runs out, so its tasks go only when no request comes any more.
fn empty_twin(view: &View<'_>) -> Gate {
    let Some(twin) = view
        .look(&view.seen.twin, "the twin")?
        .filter(|t| t.desired > 0)
    else {
        return OPEN;
    };
    let over = cold::drain_time(view)?;
    let requests = cold::requests(view, Side::Ipv6, over)?;
    if requests > 0 {
        return wait(WaitingOn::Drain {
            side: Side::Ipv6,
            requests,
            over,
        });
    }
    if let Some(scaling) = view.look(&view.seen.twin_scaling, "the twin's scaling")?
        && scaling.suspended != Suspended::ALL
    {
        return act(Action::SetScaling {
            resource: scaling_resource(&view.plan.service.cluster, &twin.name),
            side: Side::Ipv6,
            min: scaling.min,
            max: scaling.max,
            suspended: Suspended::ALL,
        });
    }
    act(Action::ScaleService {
        cluster: view.plan.service.cluster.clone(),
        service: twin.name.clone(),
        side: Side::Ipv6,
        desired: 0,
    })
}

fn forget_strength(ipv4: &Service) -> Gate {
    if ipv4.tags.contains_key(tag::DESIRED) {
        return act(Action::UntagService {
            arn: ipv4.arn.clone(),
            keys: vec![tag::DESIRED.to_owned()],
        });
    }
    OPEN
}
