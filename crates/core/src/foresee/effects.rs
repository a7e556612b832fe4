//! What the next look shows after an action that AWS accepts: the one model of AWS's effects.
//!
//! What belongs here: an arm for each action, and what AWS fills in by itself. What must not: refusals (a judge's business),
//! what only time brings (`elapse`), and whether the action is due.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    action::{Action, Bounds, NewTwin, Side, Spell},
    names::tag,
    observation::{
        Deployment, DescribedService, Few, Forward, Known, Observation, Pair, Rollout, RouteId,
        Scaling, ScalingPart, Service, ServiceLoadBalancer, Setting, Suspended, Tags, TargetGroup,
    },
    twin::{self, DefinitionEdits},
    way,
};

/// Where an ARN has what AWS gives a thing when it is made.
pub const NEW: &str = "(new)";

/// A new target group's attributes (Elastic Load Balancing: "Edit target group attributes"), as far as both kinds of load
/// balancer have them. What is not here is taken to be as in the original.
const DEFAULTS: &[(&str, &str)] = &[
    ("deregistration_delay.timeout_seconds", "300"),
    ("stickiness.enabled", "false"),
    (
        "load_balancing.cross_zone.enabled",
        "use_load_balancer_configuration",
    ),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.count",
        "1",
    ),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        "off",
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        "1",
    ),
    (
        "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
        "off",
    ),
    // Of an Application Load Balancer's alone.
    ("load_balancing.algorithm.type", "round_robin"),
    ("load_balancing.algorithm.anomaly_mitigation", "off"),
    ("slow_start.duration_seconds", "0"),
    ("stickiness.lb_cookie.duration_seconds", "86400"),
    ("stickiness.app_cookie.duration_seconds", "86400"),
    ("stickiness.app_cookie.cookie_name", ""),
    (
        "waf.http2.traffic_inspection_behavior",
        "inspect_immediately",
    ),
    ("routing.http2.rst_stream_error_forwarding.enabled", "false"),
];

/// Changes what was seen as AWS would, at the moment of the look. What the action is about and was not seen stays so.
pub fn apply(action: &Action, seen: &mut Observation) {
    let at = seen.at;
    match action {
        Action::CreateTargetGroup { from, name, tags } => create_group(seen, from, name, tags),
        Action::CopyAttributes {
            target_group,
            attributes,
        } => {
            if let Some(group) = group(seen, target_group) {
                group.attributes.extend(attributes.clone());
            }
        }
        Action::TagTargetGroup {
            target_group,
            tags,
            because: _,
        } => {
            if let Some(group) = group(seen, target_group) {
                group.tags.extend(tags.clone());
            }
        }
        Action::UntagTargetGroup { target_group, keys } => {
            if let Some(group) = group(seen, target_group) {
                group.tags.retain(|key, _| !keys.contains(key));
            }
        }
        Action::SetForward {
            route,
            forward,
            spell,
            named: _,
            expects: _,
            intent: _,
        } => set_forward(seen, route, spell, forward),
        Action::DeleteTargetGroup { target_group } => delete_group(seen, target_group),
        Action::RegisterTaskDefinition {
            from: _,
            family,
            images,
            env,
            tags,
        } => {
            let edits = DefinitionEdits {
                family,
                images,
                env,
                tags,
            };
            register(seen, &edits, at);
        }
        Action::CreateRegistry(new) => super::registry::create(seen, new),
        Action::CreateService(new) => create_service(seen, new, at),
        Action::RollTwin {
            task_definition,
            subnets,
            security_groups,
            cluster: _,
            service: _,
            force: _,
        } => {
            if let Known::Seen(twin) = &mut seen.twin {
                twin.subnets.clone_from(subnets);
                twin.security_groups.clone_from(security_groups);
                deploy(twin, task_definition, at);
            }
        }
        Action::CopyDeployment {
            settings,
            cluster: _,
            service: _,
        } => {
            if let Known::Seen(twin) = &mut seen.twin {
                twin.deployment = settings.clone().into();
            }
        }
        Action::ScaleService {
            side,
            desired,
            cluster: _,
            service: _,
        } => scale(seen, *side, *desired),
        Action::DeleteService {
            cluster: _,
            service: _,
        } => {
            if let Known::Seen(service) = &mut seen.ipv4 {
                "DRAINING".clone_into(&mut service.status);
            }
        }
        Action::SetScaling {
            side,
            bounds,
            suspended,
            resource: _,
            tags_of: _,
        } => set_scaling(seen, *side, *bounds, *suspended),
        Action::CopyPolicy {
            policy,
            settings,
            to: _,
        } => with(&mut seen.twin_scaling, |s| {
            put(&mut s.policies, policy, settings)
        }),
        Action::CopyScheduled {
            name,
            settings,
            to: _,
        } => with(&mut seen.twin_scaling, |s| {
            put(&mut s.scheduled, name, settings)
        }),
        Action::DeletePolicy { policy, of: _ } => with(&mut seen.twin_scaling, |s| {
            s.policies.retain(|p| p.name != *policy);
        }),
        Action::DeleteScheduled { name, of: _ } => with(&mut seen.twin_scaling, |s| {
            s.scheduled.retain(|p| p.name != *name);
        }),
        Action::DeleteScaling { resource: _ } => seen.ipv4_scaling = Known::Absent,
        Action::TagTwin {
            service,
            tags,
            because: _,
        } => super::tasks::tag(seen, service, tags),
        Action::UntagTwin { service, keys } => super::tasks::untag(seen, service, keys),
        Action::MakeProbeRule(rule) => super::probe::make(seen, rule),
        Action::DropProbeRule {
            rule,
            priority: _,
            value: _,
        } => super::probe::drop_rule(seen, rule),
        Action::InPlace(act) => super::in_place::apply(act, seen),
    }
}

fn with<T>(known: &mut Known<T>, change: impl FnOnce(&mut T)) {
    if let Known::Seen(value) = known {
        change(value);
    }
}

fn pairs(seen: &mut Observation) -> impl Iterator<Item = &mut Pair> {
    let pairs: &mut [Pair] = match &mut seen.pairs {
        Known::Seen(pairs) => pairs,
        Known::Absent | Known::Unknown(_) => &mut [],
    };
    pairs.iter_mut()
}

/// Every target group that was seen.
pub(super) fn groups(seen: &mut Observation) -> impl Iterator<Item = &mut TargetGroup> {
    let both = |pair| {
        let Pair { ipv4, ipv6, .. }: &mut Pair = pair;
        [ipv4, ipv6].into_iter()
    };
    pairs(seen).flat_map(both).filter_map(|known| match known {
        Known::Seen(group) => Some(group),
        Known::Absent | Known::Unknown(_) => None,
    })
}

fn group<'a>(seen: &'a mut Observation, arn: &str) -> Option<&'a mut TargetGroup> {
    groups(seen).find(|group| group.arn == arn)
}

fn create_group(seen: &mut Observation, from: &str, name: &str, tags: &BTreeMap<String, String>) {
    for pair in pairs(seen).filter(|pair| pair.ipv4_arn == from) {
        let Known::Seen(original) = &pair.ipv4 else {
            continue;
        };
        pair.ipv6 = Known::Seen(TargetGroup {
            arn: new_group(from, name),
            name: name.to_owned(),
            ip_address_type: "ipv6".to_owned(),
            load_balancers: Vec::new(),
            attributes: new_attributes(&original.attributes).into(),
            tags: tags.clone().into(),
            targets: Known::Seen(Vec::new()),
            ..original.clone()
        });
    }
    // The next look reads a listener of families with the group that is there now.
    if let Known::Seen(routes) = &mut seen.routes {
        for route in routes {
            if let Setting::Families(families) = &mut route.setting
                && families.ipv4 == from
            {
                families.ipv6 = Some(new_group(from, name));
            }
        }
    }
}

fn new_group(from: &str, name: &str) -> String {
    let base = from.split(":targetgroup/").next().unwrap_or(from);
    format!("{base}:targetgroup/{name}/{NEW}")
}

fn new_attributes(original: &Few<String, String>) -> BTreeMap<String, String> {
    let usual = |key: &str| {
        let mut defaults = DEFAULTS.iter().filter(|(k, _)| *k == key);
        defaults.next().map(|(_, value)| (*value).to_owned())
    };
    let each = original.iter();
    each.map(|(key, value)| (key.clone(), usual(key).unwrap_or_else(|| value.clone())))
        .collect()
}

/// A rule that we make has the plan's mark, as the target group that it may lead to has.
fn marked(seen: &mut Observation) {
    let mark = pairs(seen).find_map(|pair| {
        let group = pair.ipv6.seen()?;
        group.tags.get(tag::PLAN).cloned()
    });
    let (Some(mark), Known::Seen(routes), Known::Seen(tags)) =
        (mark, &seen.routes, &mut seen.route_tags)
    else {
        return;
    };
    for route in routes {
        let Setting::Families(families) = &route.setting else {
            continue;
        };
        for rule in &families.rules {
            let own = || Tags::from(BTreeMap::from([(tag::PLAN.to_owned(), mark.clone())]));
            if !tags.contains_key(&rule.arn) {
                tags.insert(rule.arn.clone(), own());
            }
        }
    }
}

fn set_forward(seen: &mut Observation, route: &RouteId, spell: &Spell, forward: &Forward) {
    if let Known::Seen(routes) = &mut seen.routes {
        for found in routes.iter_mut().filter(|r| r.id == *route) {
            found.setting = (way::of(&found.setting).after)(found, spell);
            found.forward = forward.clone();
            found.forward.groups.sort();
        }
    }
    if matches!(spell, Spell::MakeRule { .. }) {
        marked(seen);
    }
    behind(seen);
}

/// A target group has the load balancers of the routes that name it.
fn behind(seen: &mut Observation) {
    let Known::Seen(routes) = &seen.routes else {
        return;
    };
    let routes: Vec<(String, String)> = routes
        .iter()
        .flat_map(|r| {
            let arns = r.forward.groups.iter().map(|g| g.arn.clone());
            arns.map(|arn| (arn, r.load_balancer.clone()))
        })
        .collect();
    for group in groups(seen) {
        let named = routes.iter().filter(|(arn, _)| *arn == group.arn);
        let mut behind: Vec<String> = named.map(|(_, balancer)| balancer.clone()).collect();
        behind.sort();
        behind.dedup();
        group.load_balancers = behind;
    }
}

fn delete_group(seen: &mut Observation, arn: &str) {
    for pair in pairs(seen) {
        for known in [&mut pair.ipv4, &mut pair.ipv6] {
            if known.seen().is_some_and(|group| group.arn == arn) {
                *known = Known::Absent;
            }
        }
    }
}

fn register(seen: &mut Observation, edits: &DefinitionEdits<'_>, at: Timestamp) {
    let Known::Seen(source) = &seen.ipv4_task_definition else {
        return;
    };
    let mut new = source.clone();
    let base = source.arn.split(":task-definition/").next();
    new.arn = format!(
        "{}:task-definition/{}:{NEW}",
        base.unwrap_or_default(),
        edits.family
    );
    for (container, image) in &mut new.images {
        if let Some(edited) = edits.images.get(container) {
            image.clone_from(edited);
        }
    }
    new.registered_at = at;
    // The original's own are carried.
    new.tags = twin::carried_tags(&source.tags).into();
    new.tags.extend(edits.tags.clone());
    let mut document = twin::derived_definition(&source.document.read(), &Value::Null, edits);
    // Its description has them beside it.
    if let Some(document) = document.as_object_mut() {
        document.shift_remove("tags");
    }
    new.document = document.into();
    seen.twin_task_definition = Known::Seen(new);
}

fn create_service(seen: &mut Observation, new: &NewTwin, at: Timestamp) {
    let Known::Seen(live) = &seen.ipv4 else {
        return;
    };
    let partner = |lb: &ServiceLoadBalancer| {
        let ipv6 = new.target_groups.get(lb.target_group.as_ref()?)?;
        Some(ServiceLoadBalancer {
            target_group: Some(ipv6.clone()),
            advanced: false,
            ..lb.clone()
        })
    };
    let mut tags = twin::carried_tags(&live.tags);
    tags.extend(new.tags.clone());
    let base = live.arn.strip_suffix(live.name.as_str());
    let twin = DescribedService {
        arn: format!("{}{}", base.unwrap_or_default(), new.name),
        name: new.name.clone(),
        desired: new.desired,
        running: 0,
        task_definition: new.task_definition.clone(),
        exec: false,
        deployment: twin::deployment(&live.deployment, false).into(),
        rolled_back_at: None,
        revision: None,
        subnets: new.subnets.clone(),
        security_groups: new.security_groups.clone(),
        public_ip: false,
        load_balancers: live.load_balancers.iter().filter_map(partner).collect(),
        registries: new.registry.iter().cloned().collect(),
        deployments: vec![begun(&new.task_definition, at)],
        tags: tags.into(),
        created_at: at,
        last_event: None,
        started_at: None,
        ..DescribedService::clone(live)
    };
    seen.twin = Known::Seen(twin.into());
    seen.twin_tasks = Known::Seen(Vec::new());
    seen.twin_scaling = Known::Absent;
}

fn begun(task_definition: &str, at: Timestamp) -> Deployment {
    Deployment {
        primary: true,
        task_definition: task_definition.to_owned(),
        rollout: Rollout::InProgress,
        reason: None,
        failed_tasks: 0,
        created_at: at,
        updated_at: at,
        completed_at: None,
    }
}

pub(super) fn deploy(service: &mut Service, task_definition: &str, at: Timestamp) {
    task_definition.clone_into(&mut service.task_definition);
    for old in &mut service.deployments {
        old.primary = false;
    }
    service.deployments.insert(0, begun(task_definition, at));
}

/// `UpdateService` with a desired count, or Application Auto Scaling doing the same.
fn scale(seen: &mut Observation, side: Side, desired: u32) {
    let at = seen.at;
    let service = match side {
        Side::Ipv4 => &mut seen.ipv4,
        Side::Ipv6 => &mut seen.twin,
    };
    with(service, |service| {
        service.desired = desired;
        for deployment in service.deployments.iter_mut().filter(|d| d.primary) {
            deployment.updated_at = at;
        }
    });
}

/// A capacity outside its bounds is moved into them at once, whoever registers it.
fn set_scaling(seen: &mut Observation, side: Side, bounds: Option<Bounds>, suspended: Suspended) {
    let (scaling, service) = match side {
        Side::Ipv4 => (&mut seen.ipv4_scaling, &seen.ipv4),
        Side::Ipv6 => (&mut seen.twin_scaling, &seen.twin),
    };
    if let (Known::Absent, Some(Bounds { min, max })) = (&*scaling, bounds) {
        *scaling = Known::Seen(Scaling {
            min,
            max,
            suspended,
            arn: None,
            policies: Vec::new(),
            scheduled: Vec::new(),
            unknown: Vec::new(),
        });
    }
    let Known::Seen(scaling) = scaling else {
        return;
    };
    if let Some(Bounds { min, max }) = bounds {
        (scaling.min, scaling.max) = (min, max);
    }
    scaling.suspended = suspended;
    let (min, max) = (scaling.min, scaling.max.max(scaling.min));
    let desired = service.seen().map(|s| s.desired);
    if let Some(moved) = desired
        .map(|d| d.clamp(min, max))
        .filter(|m| Some(*m) != desired)
    {
        scale(seen, side, moved);
    }
}

/// One of a name is replaced; the alarms of the one before stay with it.
fn put(parts: &mut Vec<ScalingPart>, name: &str, settings: &Value) {
    if let Some(part) = parts.iter_mut().find(|part| part.name == name) {
        part.settings = settings.clone().into();
        return;
    }
    parts.push(ScalingPart {
        name: name.to_owned(),
        settings: settings.clone().into(),
        alarms: Vec::new(),
    });
}
