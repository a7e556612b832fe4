//! Taking the traffic back: first the note, then the IPv4 side's strength, then the traffic, then the leftovers.
//!
//! The note comes first because the evidence that asked for it vanishes with the traffic: without it the ladder would
//! climb again into the same fault. But customers come before notes: it says nothing but which revision and when, in
//! letters that AWS takes; the reason, which is anybody's text, follows once the traffic is back; and where AWS takes no
//! note at all, the traffic goes back without one.

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{
    Gate, OPEN, Stop, act, astray, cold, ecs,
    fault::{bad, reason, sure_of_hosts, twin_lost, without_healthy, worse_on_ipv4},
    footing, forget, note_share, pinned, probe, refuge,
    view::View,
    wait, warm,
};
use crate::{
    action::{Action, Bounds, Intent, Side},
    evidence::METRIC_DELAY,
    facts::Order,
    names::{scaling_resource, tag},
    note::{
        self, Note,
        rollback::{BY_ORDER, Rollback},
    },
    observation::{Pair, Service, Suspended},
    plan::OnBad,
    readiness,
    share::Share,
    status::{Lost, Phase, WaitingOn},
    way::split,
};

/// The phase of a stop here.
pub(super) fn phase(view: &View<'_>) -> Phase {
    if view.is_ipv4_gone() {
        view.standing()
    } else if view.standing() == Phase::RolledBack && is_retried(view) {
        Phase::RolledBack
    } else if view.is_rolled_back()
        || view.is_unnoted()
        || is_returning(view)
        || aborted(view).is_some()
        || is_due(view)
    {
        Phase::RollingBack
    } else {
        view.standing()
    }
}

/// Whether the IPv6 side is bad, IPv4 is not worse, and the plan wants its traffic back.
pub(super) fn is_due(view: &View<'_>) -> bool {
    view.plan.health.on_bad == OnBad::Rollback
        && !view.is_ipv4_gone()
        && bad(view).is_some()
        && worse_on_ipv4(view).is_none()
}

/// An IPv4 side that is not healthy after this long will not become so by waiting.
const OVERDUE: SignedDuration = SignedDuration::from_mins(15);

/// A task that was asked for starts within this time, or is no help.
const STARTING: SignedDuration = SignedDuration::from_mins(4);

/// Whether the traffic may stay where it is.
pub(super) fn safe(view: &View<'_>) -> Gate {
    if view.is_ipv4_gone() {
        sure_of_hosts(view)?;
        return match bad(view) {
            Some(reason) => wait(WaitingOn::NoWayBack {
                reason,
                lost: twin_lost(view),
            }),
            None => OPEN,
        };
    }
    if view.is_rolled_back() {
        retry(view)?;
        return carry_out(view);
    }
    if view.is_unnoted() {
        return without_note(view);
    }
    if let Some(reason) = aborted(view) {
        nothing_made(view, &reason)?;
        return note(view, Some(reason));
    }
    // A return that was begun for another revision, or before a retry, is ended first: the evidence is still of its time.
    if is_returning(view) {
        return take_back(view, view.ipv4()?);
    }
    sure_of_hosts(view)?;
    match bad(view) {
        None => OPEN,
        Some(_) if let Some(worse) = worse_on_ipv4(view) => {
            wait(WaitingOn::Ipv4Sick { reason: worse })
        }
        Some(reason) if view.plan.health.on_bad == OnBad::Hold => wait(WaitingOn::Bad {
            reason,
            lost: twin_lost(view),
        }),
        Some(reason) => note(view, Some(reason)),
    }
}

/// AWS took no note of this return. The traffic goes back all the same; then the note is tried again, since without one
/// only this daemon knows.
fn without_note(view: &View<'_>) -> Gate {
    if view.has_traffic() {
        restore(view, view.ipv4()?)?;
        give_back(view)?;
    }
    let back = "all traffic is back on IPv4 without that note";
    note(view, Some(back.to_owned()))
}

/// Whether a person ordered all traffic back, after a moment, which can be done and is not done yet.
pub(super) fn is_ordered_since(view: &View<'_>, moment: Option<Timestamp>) -> bool {
    let later = |at| moment.is_none_or(|moment| at > moment);
    let is_back =
        view.is_rolled_back() && matches!(view.note(), Some(Note::Settled(Share::NONE, _)));
    abort(view).is_some_and(|order| later(order.at)) && !view.is_ipv4_gone() && !is_back
}

/// Whether all traffic goes back, and that is noted.
pub(super) fn is_on_the_way(view: &View<'_>) -> bool {
    !view.is_ipv4_gone() && (view.is_rolled_back() || is_returning(view))
}

pub(super) fn is_returning(view: &View<'_>) -> bool {
    matches!(view.note(), Some(Note::Moving(_, Share::NONE)))
}

/// Without a target group there is no place for a note, and nothing to take back.
fn nothing_made(view: &View<'_>, reason: &str) -> Gate {
    match view.seen.pairs.seen() {
        Some(pairs) if pairs.iter().all(|p| p.ipv6.is_absent()) => {
            wait(view.went_back(reason.to_owned()))
        }
        _ => OPEN,
    }
}

/// An order to abort this revision that is newer than any retry.
pub(super) fn aborted(view: &View<'_>) -> Option<String> {
    abort(view).map(|order| format!("{BY_ORDER}{}: {}", order.by, order.reason))
}

fn abort<'a>(view: &View<'a>) -> Option<&'a Order> {
    let facts = view.facts;
    let of_this = |order: &&Order| order.revision == view.plan.revision;
    let order = facts.abort.as_ref().filter(of_this)?;
    let mut retry = facts.retry.as_ref().filter(of_this).into_iter();
    (!retry.any(|retry| retry.at > order.at)).then_some(order)
}

/// Whether it is a person's wish that everything goes back: as ordered, or as noted.
pub(super) fn is_wished(view: &View<'_>) -> bool {
    let noted = view.rolled_back().and_then(|r| r.why.as_deref());
    aborted(view).is_some() || noted.is_some_and(Rollback::is_ordered)
}

/// Whether somebody ordered a new start since the rollback.
pub(super) fn is_retried(view: &View<'_>) -> bool {
    let (Some(back), Some(retry)) = (view.rolled_back(), &view.facts.retry) else {
        return false;
    };
    let newer = back.at.is_none_or(|at| retry.at > at);
    retry.revision == view.plan.revision && newer
}

/// A retry that is newer than the rollback forgets it.
pub(super) fn retry(view: &View<'_>) -> Gate {
    let Some(home) = view.home().filter(|_| is_retried(view)) else {
        return OPEN;
    };
    act(home.forget(vec![
        tag::ROLLED_BACK.to_owned(),
        tag::ROLLED_BACK_WHY.to_owned(),
    ]))
}

fn note(view: &View<'_>, because: Option<String>) -> Gate {
    let Some(home) = view.home() else {
        return OPEN;
    };
    // A raise that was cut short left routes at two shares; whatever is below the higher one is ours on the way down. What
    // is above is somebody's, and goes back by a person's word only.
    let noted = view.note().map_or(Share::ALL, Note::highest);
    let highest = match aborted(view) {
        Some(_) => noted.max(view.highest()),
        None => noted,
    };
    let tags = BTreeMap::from([
        (
            tag::ROLLED_BACK.to_owned(),
            format!("{}@{}", view.plan.revision, view.now),
        ),
        (
            tag::SHARE.to_owned(),
            Note::Moving(highest, Share::NONE).text(),
        ),
    ]);
    act(home.note(tags, because))
}

fn carry_out(view: &View<'_>) -> Gate {
    let ipv4 = view.ipv4()?;
    take_back(view, ipv4)?;
    explain(view)?;
    probe::gone(view)?;
    empty_twin(view)?;
    is_back(view)
}

/// Back, and why.
pub(super) fn is_back(view: &View<'_>) -> Gate {
    let reason = view.rolled_back().and_then(|r| r.why.clone());
    let reason = reason.or_else(|| cause(view));
    let unknown = || "why was not noted".to_owned();
    wait(view.went_back(reason.unwrap_or_else(unknown)))
}

/// The reason is noted once nothing depends on AWS taking it.
fn explain(view: &View<'_>) -> Gate {
    let noted = view.rolled_back().is_some_and(|r| r.why.is_some());
    let (Some(home), false) = (
        view.home(),
        noted || view.facts.is_refused(tag::ROLLED_BACK_WHY),
    ) else {
        return OPEN;
    };
    match cause(view) {
        Some(why) => {
            let why = note::reason(&view.plan.revision.0, &why);
            act(home.note([(tag::ROLLED_BACK_WHY.to_owned(), why)].into(), None))
        }
        None => OPEN,
    }
}

/// Why it was rolled back, once it is: what was ordered, what CloudWatch's history shows of the minutes before, or what
/// ECS or the load balancer still says.
fn cause(view: &View<'_>) -> Option<String> {
    let at = view.rolled_back().and_then(|r| r.at);
    // Its size may be ours by now; that it is not there cannot be.
    let gone = twin_lost(view).filter(|lost| *lost != Lost::Emptied);
    aborted(view)
        .or_else(|| gone.map(|lost| lost.to_string()))
        .or_else(|| Some(reason(&view.judge_before(at?)?.signals)))
        .or_else(|| ecs::bad_before(view))
        .or_else(|| without_healthy(view))
}

/// Settled last: until then the note itself says that a return is under way, whatever becomes of the plan meanwhile.
fn take_back(view: &View<'_>, ipv4: &Service) -> Gate {
    let is_settled = matches!(view.note(), Some(Note::Settled(Share::NONE, _)));
    // Whether or not traffic is seen on IPv6 at this moment, a side that we emptied gets its tasks back.
    let is_weak = view.strength().is_some() || ipv4.desired == 0 && !is_settled;
    if view.has_traffic() || is_weak {
        restore(view, ipv4)?;
        give_back(view)?;
    }
    pinned::let_go(view, Side::Ipv6)?;
    restore_scaling(view, ipv4)?;
    forget(view, &[tag::DESIRED])?;
    settle(view)
}

/// The IPv4 side is at full strength and healthy, unless the IPv6 side serves nothing at all.
fn restore(view: &View<'_>, ipv4: &Service) -> Gate {
    let full = match view.strength() {
        Some(before) => before.tasks.max(ipv4.desired),
        // Somebody else emptied it: the twin's size is the best that is known.
        None if ipv4.desired == 0 => view.seen.twin.seen().map_or(1, |t| t.desired.max(1)),
        None => ipv4.desired,
    };
    if ipv4.desired < full {
        return act(Action::ScaleService {
            cluster: view.plan.service.cluster.clone(),
            service: ipv4.name.clone(),
            side: Side::Ipv4,
            desired: full,
        });
    }
    pinned::rejoin(view, Side::Ipv4)?;
    for pair in view.pairs()? {
        strong_enough(view, pair, ipv4, full)?;
    }
    OPEN
}

fn strong_enough(view: &View<'_>, pair: &Pair, ipv4: &Service, full: u32) -> Gate {
    let group = view.need(
        &pair.ipv4,
        "the IPv4 target group",
        "nothing can take the traffic back: make it again",
    )?;
    let targets = view.targets(group)?;
    let healthy = footing::healthy_of(targets);
    let begun = view.rolled_back().and_then(|r| r.at);
    let comes = ipv4.running < full || targets.iter().any(|t| t.state == "initial");
    let is_starting = comes && begun.is_some_and(|at| view.now.duration_since(at) < STARTING);
    // Of few tasks one is much: whoever is still starting is waited for.
    let most = if is_starting { full - full / 4 } else { 0 };
    let enough = refuge::enough(full).max(most);
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
        reason: warm::reason_in(group, targets),
        overdue: begun.is_some_and(|at| view.now.duration_since(at) > OVERDUE),
    })
}

fn give_back(view: &View<'_>) -> Gate {
    let mut unseen = false;
    for (route, ipv4, ipv6) in view.attached() {
        let is_back = split::is_at(&route.forward, ipv4, ipv6, Share::NONE);
        if !is_back && !astray::is_left(view, &route.id) {
            // One that was written and does not show it yet does not keep the others waiting.
            if view.is_unseen(&route.id) {
                unseen = true;
                continue;
            }
            let back = split::split(&route.forward, ipv4, ipv6, Share::NONE);
            let back = view.as_before(route, back, (ipv4, ipv6));
            return act(Action::set_forward(route, back, Intent::Return));
        }
    }
    if unseen {
        return wait(WaitingOn::Unseen {
            what: "return traffic to IPv4".to_owned(),
        });
    }
    OPEN
}

pub(super) fn settle(view: &View<'_>) -> Gate {
    match (view.note(), view.notes_arn()) {
        (Some(Note::Settled(Share::NONE, _)), _) | (_, None) => OPEN,
        _ => note_share(view, Note::Settled(Share::NONE, None)),
    }
}

/// The IPv4 side's scaling as it was before we suspended any of it.
pub(super) fn restore_scaling(view: &View<'_>, ipv4: &Service) -> Gate {
    let Some(before) = view.noted(tag::SCALING).map(Suspended::from_note) else {
        return OPEN;
    };
    if let Some(scaling) = view.look(&view.seen.ipv4_scaling, "the IPv4 service's scaling")?
        && scaling.suspended != before
    {
        if let Some(finding) = readiness::outside_bounds(ipv4, scaling) {
            let findings = vec![finding];
            return wait(WaitingOn::Findings { findings });
        }
        return act(Action::SetScaling {
            resource: scaling_resource(&view.plan.service.cluster, &ipv4.name),
            side: Side::Ipv4,
            bounds: None,
            suspended: before,
            tags_of: None,
        });
    }
    forget(view, &[tag::SCALING])
}

/// Clients pinned to the twin by a cookie stay until it runs out, so its tasks go only when no request comes any more.
fn empty_twin(view: &View<'_>) -> Gate {
    let Some(twin) = view
        .look(&view.seen.twin, "the twin")?
        .filter(|t| t.desired > 0)
    else {
        return OPEN;
    };
    // Whoever emptied or broke IPv4 meanwhile left the twin as the only one that could serve.
    if !serves_alone(view)? {
        return OPEN;
    }
    let over = cold::drain_time(view)?;
    // All traffic is back already: a twin whose last requests cannot be counted is kept until they can.
    let Some(requests) = told(view, over)? else {
        return OPEN;
    };
    if requests > 0 || !is_quiet_since_return(view, over)? {
        return wait(WaitingOn::Drain {
            side: Side::Ipv6,
            requests,
            over,
        });
    }
    if let Some(scaling) = view.look(&view.seen.twin_scaling, "the twin's scaling")?
        && scaling.suspended != Suspended::ALL
    {
        // AWS would move it into its bounds at once, where it lies outside.
        let bounds = Bounds {
            min: scaling.min.min(twin.desired),
            max: scaling.max.max(twin.desired),
        };
        let fits = (bounds.min, bounds.max) == (scaling.min, scaling.max);
        return act(Action::SetScaling {
            resource: scaling_resource(&view.plan.service.cluster, &twin.name),
            side: Side::Ipv6,
            bounds: (!fits).then_some(bounds),
            suspended: Suspended::ALL,
            tags_of: None,
        });
    }
    act(Action::ScaleService {
        cluster: view.plan.service.cluster.clone(),
        service: twin.name.clone(),
        side: Side::Ipv6,
        desired: 0,
    })
}

/// The requests that still came to IPv6, where CloudWatch tells them.
fn told(view: &View<'_>, over: Duration) -> Gate<Option<u64>> {
    match cold::requests(view, Side::Ipv6, over) {
        Gate::Break(Stop::Wait(WaitingOn::Unknown { .. })) => Gate::Continue(None),
        requests => requests.map_continue(Some),
    }
}

/// Whether IPv4 has somebody healthy in each of its target groups.
fn serves_alone(view: &View<'_>) -> Gate<bool> {
    for pair in view.pairs()? {
        let Some(group) = view.look(&pair.ipv4, "the IPv4 target group")? else {
            return Gate::Continue(false);
        };
        if !view.targets(group)?.iter().any(|t| t.is_healthy()) {
            return Gate::Continue(false);
        }
    }
    Gate::Continue(true)
}

/// Whether the minutes without requests are minutes after the return: earlier ones prove nothing about who still comes.
fn is_quiet_since_return(view: &View<'_>, over: Duration) -> Gate<bool> {
    let Some(at) = view.rolled_back().and_then(|r| r.at) else {
        return Gate::Continue(true);
    };
    let series = view.recent()?;
    let history = series.period * series.len() as u32;
    let waited = Duration::try_from(view.now.duration_since(at)).unwrap_or_default();
    let least = over.min(history).max(view.plan.retire.min_drain);
    Gate::Continue(waited >= least + METRIC_DELAY)
}
