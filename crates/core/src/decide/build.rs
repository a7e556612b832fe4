//! From nothing to a twin: readiness, target groups on every route, the task definition, the service and its scaling.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Gate, OPEN, act, note_on_ours, note_share, view::View, wait};
use crate::{
    action::{Action, Bounds, Intent, NewTwin, Side},
    names::{self, scaling_resource, tag},
    note::{Note, home},
    observation::{
        Pair, Rollout, Scaling, ScalingPart, Service, ServiceLoadBalancer, Suspended, TargetGroup,
        TaskDefinition,
    },
    readiness::Finding,
    share::Share,
    status::WaitingOn,
    twin::{self, Sides, carried_tags, derivation, env_edits, image_edits},
};

/// Nothing blocks.
pub(super) fn ready(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return reached(view);
    }
    if view.seen.ipv4.is_absent() {
        maybe_retired(view)?;
    }
    view.ipv4()?;
    view.need(&view.seen.ipv4_task_definition, "the task definition", "")?;
    view.look(&view.seen.ipv4_revision, "the service's revision")?;
    view.pairs()?;
    view.need(&view.seen.load_balancers, "the load balancers", "")?;
    view.routes()?;
    if !view.plan.health.alarms.is_empty() {
        view.look(&view.seen.alarms, "the alarms")?;
    }
    ground(view)?;
    let blocks = view.findings.iter().filter(|f| f.blocks());
    let findings: Vec<Finding> = blocks.cloned().collect();
    if findings.is_empty() {
        return OPEN;
    }
    wait(WaitingOn::Findings { findings })
}

/// What the service tells its way by is all known.
pub(super) fn told(view: &View<'_>) -> Gate {
    view.look(&view.seen.twin, "the twin")?;
    view.look(
        &view.seen.twin_task_definition,
        "the derived task definition",
    )?;
    ready(view)?;
    wait(WaitingOn::CloserLook)
}

/// Nothing but the twin is left, and somebody took its last route away: nothing of that is done.
fn reached(view: &View<'_>) -> Gate {
    let is_alone = view.seen.routes.seen().is_some_and(Vec::is_empty);
    match view.seen.pairs.seen().and_then(|pairs| pairs.first()) {
        Some(pair) if is_alone => wait(WaitingOn::Missing {
            what: format!("any route to target group {}", pair.ipv6_name),
            remedy: "point a listener or rule at it".to_owned(),
        }),
        _ => OPEN,
    }
}

/// Until the twin stands in the plan's subnets: then AWS has taken them.
fn ground(view: &View<'_>) -> Gate {
    let subnets = &view.plan.ipv6.subnets;
    let twin = view.seen.twin.seen();
    if twin.is_some_and(|t| same(&t.subnets, subnets)) {
        return OPEN;
    }
    view.look(&view.seen.subnets, "the subnets")?;
    view.look(&view.seen.quotas, "the load balancers' quotas")?;
    OPEN
}

/// A service that is not there may be one that was retired: only the twin and its target groups can tell.
fn maybe_retired(view: &View<'_>) -> Gate {
    view.look(&view.seen.twin, "the twin")?;
    for pair in view
        .look(&view.seen.pairs, "the target groups")?
        .into_iter()
        .flatten()
    {
        view.look(&pair.ipv6, &format!("target group {}", pair.ipv6_name))?;
    }
    OPEN
}

/// Each IPv4 target group has its IPv6 partner, alike in every attribute, on every route.
pub(super) fn target_groups(view: &View<'_>) -> Gate {
    for pair in view.pairs()? {
        let what = format!("target group {}", pair.ipv6_name);
        let Some(group) = view.look(&pair.ipv6, &what)? else {
            let own = pair.ipv4.seen().map(|g| carried_tags(&g.tags));
            let mut tags = own.unwrap_or_default();
            tags.extend([
                (tag::PLAN.to_owned(), view.plan.uid.0.clone()),
                (tag::FROM.to_owned(), pair.ipv4_arn.clone()),
            ]);
            if view.plan.in_place().is_none() {
                let none = Note::Settled(Share::NONE, None).text();
                tags.insert(tag::SHARE.to_owned(), none);
            }
            if view.notes_of_routes().is_none() {
                tags.extend(view.routes_before()?);
            }
            return act(Action::CreateTargetGroup {
                from: pair.ipv4_arn.clone(),
                name: pair.ipv6_name.clone(),
                tags,
            });
        };
        if !view.is_ours(group) {
            return wait(WaitingOn::Foreign { what });
        }
        if !view.is_retired() {
            attributes(view, pair, group)?;
        }
        attach(view, group)?;
    }
    match (view.note(), view.notes_arn()) {
        (None, Some(_)) => note_share(view, Note::Settled(Share::NONE, None)),
        _ => OPEN,
    }
}

fn attributes(view: &View<'_>, pair: &Pair, group: &TargetGroup) -> Gate {
    let from = view.need(
        &pair.ipv4,
        "the IPv4 target group",
        "give the service a target group",
    )?;
    let differing: BTreeMap<_, _> = from
        .attributes
        .iter()
        .filter(|(key, value)| group.attributes.get(*key).is_some_and(|v| v != *value))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    if differing.is_empty() {
        return OPEN;
    }
    act(Action::CopyAttributes {
        target_group: group.arn.clone(),
        attributes: differing,
    })
}

/// A target group that no route has is not health-checked, and `CreateService` refuses it. Once traffic is noted, a route
/// without it is an edit of somebody's ([`super::astray`]).
fn attach(view: &View<'_>, group: &TargetGroup) -> Gate {
    let mut ways = view.ways().filter(|way| way.group.arn == group.arn);
    match ways.find(|way| !way.is_attached()) {
        Some(way) => act(way.set(Share::NONE, Intent::Attach(Share::NONE))),
        None => OPEN,
    }
}

/// The newest revision of the twin's family is derived from what the IPv4 service runs now.
pub(super) fn task_definition(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return OPEN;
    }
    // What is still being rolled out may never start: the twin follows what runs.
    if view.ipv4()?.is_deploying() && view.seen.twin.seen().is_some() {
        return OPEN;
    }
    let source = view.need(&view.seen.ipv4_task_definition, "the task definition", "")?;
    derive(view, source, BTreeMap::new())
}

/// The newest revision of our family is derived from a source; a new one is made with some notes.
pub(super) fn derive(
    view: &View<'_>,
    source: &TaskDefinition,
    notes: BTreeMap<String, String>,
) -> Gate {
    let edits = &view.plan.ipv6.task_definition;
    let wanted = derivation(&source.arn, edits);
    let newest = view.look(
        &view.seen.twin_task_definition,
        "the twin's task definition",
    )?;
    if newest.is_some_and(|d| d.tags.get(tag::DERIVED) == Some(&wanted)) {
        return OPEN;
    }
    let mut tags = notes;
    tags.insert(tag::PLAN.to_owned(), view.plan.uid.0.clone());
    tags.insert(tag::DERIVED.to_owned(), wanted);
    act(Action::RegisterTaskDefinition {
        from: source.arn.clone(),
        family: names::family(view.plan),
        images: image_edits(&source.images, edits),
        env: env_edits(&source.images, edits),
        tags,
    })
}

/// The twin exists, is ours, runs what it should, and scales like the original, but not in.
pub(super) fn service(view: &View<'_>) -> Gate {
    if view.is_retired() {
        return OPEN;
    }
    stands(view)?;
    let (ipv4, twin) = (view.ipv4()?, view.twin()?);
    if ipv4.desired > 0 {
        scaling(view, twin)?;
    }
    OPEN
}

/// The twin exists, is ours, and runs what it should.
pub(super) fn stands(view: &View<'_>) -> Gate {
    let ipv4 = view.ipv4()?;
    let definition = view.need(
        &view.seen.twin_task_definition,
        "the twin's task definition",
        "",
    )?;
    let subnets = view.plan.ipv6.subnets.clone();
    let security_groups = view.plan.ipv6.groups_beside(ipv4).to_vec();
    let Some(twin) = view.look(&view.seen.twin, "the twin")? else {
        return create(view, &definition.arn, subnets, security_groups);
    };
    if !view.has_mark(&twin.tags) {
        return wait(WaitingOn::Foreign {
            what: format!("ECS service {}", twin.name),
        });
    }
    if !twin.is_active() {
        return wait(WaitingOn::Deletion {
            what: format!("ECS service {}", twin.name),
        });
    }
    let roll = |force| {
        act(Action::RollTwin {
            cluster: view.plan.service.cluster.clone(),
            service: twin.name.clone(),
            task_definition: definition.arn.clone(),
            subnets: subnets.clone(),
            security_groups: security_groups.clone(),
            force,
        })
    };
    registered(view, twin)?;
    let same_network =
        same(&twin.subnets, &subnets) && same(&twin.security_groups, &security_groups);
    if twin.task_definition != definition.arn || !same_network {
        // ECS took it back once: rolled again, it fails again.
        let back = twin
            .rolled_back_at
            .filter(|at| *at > definition.registered_at);
        if let Some(at) = back
            && !is_retried(view, at)
        {
            let reason = "ECS rolled it back to the older task definition".to_owned();
            return wait(WaitingOn::TwinFailed { reason });
        }
        return roll(false);
    }
    // A deployment that failed starts no task any more, also when its cause is gone.
    if let Some(failed) = twin.primary().filter(|d| d.rollout == Rollout::Failed) {
        if is_retried(view, failed.updated_at) {
            return roll(true);
        }
        let reason = failed
            .reason
            .clone()
            .unwrap_or_else(|| "ECS gave it up".to_owned());
        return wait(WaitingOn::TwinFailed { reason });
    }
    OPEN
}

/// The twin registers its tasks in the groups that are there: one that was deleted under it leaves it without any.
fn registered(view: &View<'_>, twin: &Service) -> Gate {
    for pair in view.pairs()? {
        let Some(group) = pair.ipv6.seen() else {
            continue;
        };
        let named = |lb: &ServiceLoadBalancer| lb.target_group.as_ref() == Some(&group.arn);
        if !twin.load_balancers.iter().any(named) {
            return wait(WaitingOn::Missing {
                what: format!("a target group that service {} registered in", twin.name),
                remedy: format!("delete service {}: it is made again", twin.name),
            });
        }
    }
    OPEN
}

/// Whether a person ordered another try since.
fn is_retried(view: &View<'_>, since: Timestamp) -> bool {
    let retry = view.facts.retry.as_ref();
    retry.is_some_and(|r| r.revision == view.plan.revision && r.at > since)
}

fn same(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|x| b.contains(x))
}

fn create(
    view: &View<'_>,
    definition: &str,
    subnets: Vec<String>,
    security_groups: Vec<String>,
) -> Gate {
    let mut target_groups = BTreeMap::new();
    for pair in view.pairs()? {
        let group = view.need(&pair.ipv6, "the IPv6 target group", "")?;
        target_groups.insert(pair.ipv4_arn.clone(), group.arn.clone());
    }
    let name = names::service(view.plan);
    let registries = view.seen.registries.seen();
    let registries = registries.filter(|_| view.plan.has_registry());
    let registry = registries.and_then(|r| r.ipv6.seen());
    let mut tags = home::of_a_new_twin(view.plan);
    tags.insert(tag::PLAN.to_owned(), view.plan.uid.0.clone());
    act(Action::CreateService(Box::new(NewTwin {
        cluster: view.plan.service.cluster.clone(),
        from: view.plan.service.name.clone(),
        name,
        task_definition: definition.to_owned(),
        subnets,
        security_groups,
        target_groups,
        registry: registry.map(|r| r.arn.clone()),
        desired: 1,
        tags,
    })))
}

/// While traffic moves, neither side scales in: the draining one would lose the strength to take traffic back.
fn scaling(view: &View<'_>, twin: &Service) -> Gate {
    let Some(original) = view.look(&view.seen.ipv4_scaling, "the IPv4 service's scaling")? else {
        return OPEN;
    };
    if view.noted(tag::SCALING).is_none() {
        return note_on_ours(view, tag::SCALING, original.suspended.note());
    }
    keeps_its_size(view, original)?;
    clone_scaling(view, original, twin)
}

/// The IPv4 side does not scale in.
pub(super) fn keeps_its_size(view: &View<'_>, original: &Scaling) -> Gate {
    if original.suspended.scale_in {
        return OPEN;
    }
    let service = &view.plan.service;
    act(Action::SetScaling {
        resource: scaling_resource(&service.cluster, &service.name),
        side: Side::Ipv4,
        bounds: None,
        suspended: Suspended {
            scale_in: true,
            ..original.suspended
        },
        tags_of: None,
    })
}

fn clone_scaling(view: &View<'_>, original: &Scaling, service: &Service) -> Gate {
    let to = &scaling_resource(&view.plan.service.cluster, &service.name);
    let twin = view.look(&view.seen.twin_scaling, "the twin's scaling")?;
    // AWS moves a service into its bounds at once: a canary stays one, and what grows by hand is not cut.
    let (bounds, size) = (bounds(original, service.desired), service.desired);
    let alike = |t: &Scaling| {
        (t.min, t.max) == (bounds.min, bounds.max)
            || t.max == bounds.max && t.min <= size && size < original.min
    };
    let baked = view.applied() == Some(Share::ALL);
    let is_new = twin.is_none();
    let Some(twin) =
        twin.filter(|t| alike(t) && (baked || (t.suspended.scale_in && !t.suspended.scale_out)))
    else {
        return act(Action::SetScaling {
            resource: to.to_owned(),
            side: Side::Ipv6,
            bounds: Some(bounds),
            suspended: Suspended {
                scale_in: true,
                scale_out: false,
                scheduled: true,
            },
            tags_of: original.arn.clone().filter(|_| is_new),
        });
    };
    let sides = twin::sides(view.plan, view.pairs()?);
    policies(original, twin, to, &sides)?;
    schedules(view, original, twin, to)
}

/// The twin has what the original has, as it is now: the team may edit it, or take it away.
pub(super) fn policies(original: &Scaling, twin: &Scaling, to: &str, sides: &Sides) -> Gate {
    for policy in &original.policies {
        let (settings, _) = twin::twin_policy(&policy.settings.read(), sides);
        let own = twin.policies.iter().find(|p| p.name == policy.name);
        if own.is_none_or(|own| !twin::is_same_setting(&own.settings.read(), &settings)) {
            return act(Action::CopyPolicy {
                to: to.to_owned(),
                policy: policy.name.clone(),
                settings,
            });
        }
    }
    match left_over(&original.policies, &twin.policies) {
        Some(policy) => act(Action::DeletePolicy {
            of: to.to_owned(),
            policy,
        }),
        None => OPEN,
    }
}

fn schedules(view: &View<'_>, original: &Scaling, twin: &Scaling, to: &str) -> Gate {
    for action in &original.scheduled {
        let Some(settings) = twin::twin_schedule(&action.settings.read(), view.now) else {
            continue;
        };
        let own = twin.scheduled.iter().find(|a| a.name == action.name);
        let own = own.and_then(|a| twin::twin_schedule(&a.settings.read(), view.now));
        if own.is_none_or(|own| !twin::is_same_setting(&own, &settings)) {
            return act(Action::CopyScheduled {
                to: to.to_owned(),
                name: action.name.clone(),
                settings,
            });
        }
    }
    match left_over(&original.scheduled, &twin.scheduled) {
        Some(name) => act(Action::DeleteScheduled {
            of: to.to_owned(),
            name,
        }),
        None => OPEN,
    }
}

/// What only the twin has.
fn left_over(original: &[ScalingPart], twin: &[ScalingPart]) -> Option<String> {
    let mut more = twin
        .iter()
        .filter(|t| original.iter().all(|o| o.name != t.name));
    more.next().map(|part| part.name.clone())
}

/// The original's bounds, as far as they hold a service of a size.
fn bounds(original: &Scaling, size: u32) -> Bounds {
    Bounds {
        min: original.min.min(size),
        max: original.max.max(size),
    }
}
