//! Does one action: at most a few reads, then exactly one call that changes something, tried once.
//!
//! What belongs here: who does which action, and what must be forgotten after it. What must not: whether it may be done.

mod ecs;
mod elbv2;
mod families;
mod forward;
mod in_place;
mod lattice;
mod probe;
mod registry;
mod rule;
mod scaling;
mod target_group;
mod task_definition;
mod twin_service;

use sixshift_core::{
    action::{Action, InPlaceCall, Spell},
    names::is_of_lattice,
    observation::{Observation, RouteId},
    plan::Uid,
    twin::DefinitionEdits,
};

pub(crate) use task_definition::described as described_definition;
pub(crate) use twin_service::{described as described_service, revision};

use crate::{call::Tenure, error::Error, region::Region};

/// One action, by somebody who may write for so long. What already holds is a success.
pub(crate) async fn act(
    region: &Region,
    uid: &Uid,
    action: &Action,
    tenure: Tenure,
) -> Result<(), Error> {
    let clients = if action.is_urgent() {
        &region.hurried
    } else {
        &region.clients
    };
    let clients = &clients.within(tenure);
    let done = match action {
        Action::CreateTargetGroup { from, name, tags } if is_of_lattice(from) => {
            lattice::create(clients, from, name, tags).await
        }
        Action::CopyAttributes {
            target_group,
            attributes,
        } if is_of_lattice(target_group) => {
            lattice::set_check(clients, target_group, attributes).await
        }
        Action::TagTargetGroup {
            target_group, tags, ..
        } if is_of_lattice(target_group) => lattice::tag(clients, target_group, tags).await,
        Action::UntagTargetGroup { target_group, keys } if is_of_lattice(target_group) => {
            lattice::untag(clients, target_group, keys).await
        }
        Action::DeleteTargetGroup { target_group } if is_of_lattice(target_group) => {
            lattice::delete(clients, target_group).await
        }
        Action::SetForward {
            route,
            expects,
            forward,
            ..
        } if is_of_lattice(route.arn()) => lattice::set(clients, route, expects, forward).await,
        Action::CreateTargetGroup { from, name, tags } => {
            target_group::create(clients, from, name, tags).await
        }
        Action::CopyAttributes {
            target_group,
            attributes,
        } => elbv2::copy_attributes(clients, target_group, attributes).await,
        Action::TagTargetGroup {
            target_group, tags, ..
        } => elbv2::tag(clients, target_group, tags).await,
        Action::UntagTargetGroup { target_group, keys } => {
            elbv2::untag(clients, target_group, keys).await
        }
        Action::SetForward {
            route,
            expects,
            forward,
            spell: Spell::Forward,
            ..
        } => forward::set(clients, route, expects, forward).await,
        Action::SetForward {
            route,
            expects,
            spell,
            ..
        } => families::set(clients, uid, route, expects, spell).await,
        Action::DeleteTargetGroup { target_group } => elbv2::delete(clients, target_group).await,
        Action::RegisterTaskDefinition {
            from,
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
            task_definition::register(clients, from, &edits).await
        }
        Action::CreateRegistry(new) => registry::create(clients, new).await,
        Action::CreateService(new) => twin_service::create(clients, new).await,
        Action::RollTwin {
            cluster,
            service,
            task_definition,
            subnets,
            security_groups,
            force,
        } => {
            let network = (subnets.as_slice(), security_groups.as_slice());
            twin_service::roll(
                clients,
                (cluster, service),
                task_definition,
                network,
                *force,
            )
            .await
        }
        Action::CopyDeployment {
            cluster,
            service,
            settings,
        } => twin_service::set_deployment(clients, cluster, service, settings).await,
        Action::ScaleService {
            cluster,
            service,
            desired,
            ..
        } => ecs::scale(clients, cluster, service, *desired).await,
        Action::DeleteService { cluster, service } => ecs::delete(clients, cluster, service).await,
        Action::SetScaling {
            resource,
            bounds,
            suspended,
            tags_of,
            ..
        } => scaling::set(clients, resource, *bounds, *suspended, tags_of.as_deref()).await,
        Action::CopyPolicy {
            to,
            policy,
            settings,
        } => scaling::copy_policy(clients, to, policy, settings).await,
        Action::DeletePolicy { of, policy } => scaling::delete_policy(clients, of, policy).await,
        Action::CopyScheduled { to, name, settings } => {
            scaling::copy_scheduled(clients, to, name, settings).await
        }
        Action::DeleteScheduled { of, name } => scaling::delete_scheduled(clients, of, name).await,
        Action::DeleteScaling { resource } => scaling::delete(clients, resource).await,
        Action::TagTwin { service, tags, .. } => ecs::tag(clients, service, tags).await,
        Action::UntagTwin { service, keys } => ecs::untag(clients, service, keys).await,
        Action::MakeProbeRule(new) => probe::make(clients, new).await,
        Action::DropProbeRule { rule, value, .. } => probe::drop_rule(clients, rule, value).await,
        Action::InPlace(act) => in_place::act(clients, act).await,
    };
    // Also after a failure: the call may have had its effect.
    forget(region, action);
    done
}

/// Forgets every answer that the action may have made untrue.
pub(crate) fn forget(region: &Region, action: &Action) {
    let readers = &region.readers;
    match action {
        Action::CreateTargetGroup { name, .. } => {
            readers.groups_by_name.forget(|key, _| key == name);
            readers.lattice_by_name.forget(|key, _| key == name);
        }
        Action::CopyAttributes { target_group, .. } => {
            readers.attributes.forget(|key, _| key == target_group)
        }
        Action::TagTargetGroup { target_group, .. }
        | Action::UntagTargetGroup { target_group, .. } => {
            readers.group_tags.forget(|key, _| key == target_group);
        }
        Action::SetForward {
            route,
            forward,
            spell,
            ..
        } => {
            forget_route(region, route);
            if *spell != Spell::Forward {
                forget_rules(region, route);
                // One that was just made is shown before its tags are.
                let of = |id: &RouteId| crate::observe::routes::derived_load_balancer(id.arn());
                readers.route_tags.forget(|key, _| of(key) == of(route));
            }
            // Which load balancers a group has follows from the routes to it.
            readers
                .groups
                .forget(|key, _| forward.groups.iter().any(|g| g.arn == *key));
        }
        Action::DeleteTargetGroup { target_group } => {
            readers.groups.forget(|key, _| key == target_group);
            for named in [&readers.groups_by_name, &readers.lattice_by_name] {
                named.forget(|_, group| group.is_none_or(|g| g.arn == *target_group));
            }
            readers.group_tags.forget(|key, _| key == target_group);
            readers.attributes.forget(|key, _| key == target_group);
            readers.targets.forget(|key, _| key == target_group);
        }
        Action::RegisterTaskDefinition { family, .. } => {
            readers.definitions.forget(|key, _| key == family)
        }
        Action::CreateRegistry(new) => {
            readers.registries_in.forget(|key, _| *key == new.namespace);
        }
        Action::CreateService(new) => forget_service(region, &new.cluster, &new.name),
        Action::RollTwin {
            cluster, service, ..
        }
        | Action::CopyDeployment {
            cluster, service, ..
        }
        | Action::ScaleService {
            cluster, service, ..
        }
        | Action::DeleteService { cluster, service } => forget_service(region, cluster, service),
        Action::SetScaling { resource, .. } => readers.scalable.forget(|key, _| key == resource),
        Action::CopyPolicy { to, .. } | Action::DeletePolicy { of: to, .. } => {
            readers.policies.forget(|key, _| key == to)
        }
        Action::CopyScheduled { to, .. } | Action::DeleteScheduled { of: to, .. } => {
            readers.scheduled.forget(|key, _| key == to)
        }
        Action::TagTwin { service, .. } | Action::UntagTwin { service, .. } => {
            let mut named = service.rsplit('/');
            let name = named.next().unwrap_or_default();
            let cluster = named.next().unwrap_or_default();
            forget_service(region, cluster, name);
        }
        Action::MakeProbeRule(new) => {
            forget_rules(region, &RouteId::Listener(new.listener.clone()));
        }
        Action::DropProbeRule { rule, .. } => forget_rules(region, &RouteId::Rule(rule.clone())),
        Action::InPlace(act) => {
            forget_service(region, &act.cluster, &act.service);
            readers.beside.forget(|key, _| key.0 == act.cluster);
            if let InPlaceCall::Protect { tasks, .. } = &act.call {
                readers.protections.forget(|key, _| tasks.contains(&key.1));
            }
            if let InPlaceCall::Note {
                task_definition, ..
            }
            | InPlaceCall::Forget {
                task_definition, ..
            } = &act.call
            {
                let is_it = |key: &String| family_of(task_definition) == key;
                readers.definitions.forget(|key, _| is_it(key));
            }
        }
        Action::DeleteScaling { resource } => {
            readers.scalable.forget(|key, _| key == resource);
            readers.policies.forget(|key, _| key == resource);
            readers.scheduled.forget(|key, _| key == resource);
        }
    }
}

/// Forgets what only a look could tell of something just made: its name was all that the action knew.
pub(crate) fn forget_early(region: &Region, action: &Action, seen: &Observation) {
    let Action::CreateTargetGroup { name, .. } = action else {
        return;
    };
    let readers = &region.readers;
    let pairs = seen.pairs.seen().map_or(&[][..], Vec::as_slice);
    for group in pairs.iter().filter_map(|p| p.ipv6.seen()) {
        if group.name == *name {
            readers.groups.forget(|key, _| *key == group.arn);
            readers.group_tags.forget(|key, _| *key == group.arn);
        }
    }
}

fn forget_service(region: &Region, cluster: &str, service: &str) {
    let same = |key: &(String, String)| key.0 == cluster && key.1 == service;
    region.readers.services.forget(|key, _| same(key));
    region.readers.tasks.forget(|key, _| same(key));
    region.readers.stopped_tasks.forget(|key, _| same(key));
}

/// `checkout-ipv6-1a2b` of `arn:…:task-definition/checkout-ipv6-1a2b:3`.
fn family_of(definition: &str) -> &str {
    let named = definition.rsplit('/').next().unwrap_or(definition);
    named.split(':').next().unwrap_or(named)
}

fn forget_route(region: &Region, route: &RouteId) {
    let load_balancer = crate::observe::routes::derived_load_balancer(route.arn());
    region.readers.routes.forget(|key, _| key == route);
    match route {
        RouteId::Listener(_) => region
            .readers
            .listeners_of
            .forget(|key, _| *key == load_balancer),
        RouteId::Rule(_) => forget_rules(region, route),
    }
}

/// Of all listeners of its load balancer.
fn forget_rules(region: &Region, route: &RouteId) {
    let derived = crate::observe::routes::derived_load_balancer;
    let load_balancer = derived(route.arn());
    let readers = &region.readers;
    readers
        .rules_of
        .forget(|key, _| derived(key) == load_balancer);
    readers
        .routes
        .forget(|key, _| derived(key.arn()) == load_balancer);
}
