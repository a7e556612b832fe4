//! What of the team's code describes something that is gone.
//!
//! What belongs here: the IPv4 side's addresses in the state. What must not: the blocks' text ([`super::page`]).

use std::collections::BTreeMap;

use crate::{
    handover::{Estate, State, state::Known},
    names::scaling_resource,
};

/// One address that goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gone {
    pub(super) address: String,
    /// A `removed` block knows no single instance: such a one goes by `terraform state rm`.
    pub(super) is_one_of_several: bool,
}

/// The addresses of the IPv4 side, as far as AWS has it no more; its task definition, which only it ran.
pub(super) fn of(estate: &Estate, state: Option<&State>) -> Vec<Gone> {
    let Some(state) = state else {
        return Vec::new();
    };
    let mut gone: Vec<&Known> = Vec::new();
    if estate.ipv4.service.is_none()
        && let Some(service) = service(estate, state)
    {
        gone.push(service);
        gone.extend(definition(service, state));
    }
    if estate.ipv4.scalable_target.is_none() {
        gone.extend(scaling(estate, state));
    }
    let groups = estate.target_groups.iter().filter(|g| !g.from_is_kept);
    gone.extend(groups.filter_map(|g| state.find("aws_lb_target_group", "arn", &g.from)));
    let gone = gone.into_iter().map(|known| Gone {
        address: known.address.clone(),
        is_one_of_several: known.is_one_of_several,
    });
    gone.collect()
}

/// The IPv4 service.
pub(super) fn service<'a>(estate: &Estate, state: &'a State) -> Option<&'a Known> {
    let mut services = state.of("aws_ecs_service");
    services.find(|known| {
        let cluster = known.text("cluster").rsplit('/').next();
        known.text("name") == estate.ipv4.name && cluster == Some(estate.cluster.as_str())
    })
}

/// The task definition that it ran when the state was written.
fn definition<'a>(service: &Known, state: &'a State) -> Option<&'a Known> {
    let arn = service.text("task_definition");
    let mut all = state.of("aws_ecs_task_definition");
    all.find(|known| known.text("arn") == arn || known.text("arn").ends_with(&format!("/{arn}")))
}

/// Its scalable target with what hangs on it, last first.
pub(super) fn scaling<'a>(estate: &Estate, state: &'a State) -> Vec<&'a Known> {
    let resource = scaling_resource(&estate.cluster, &estate.ipv4.name);
    let kinds = [
        "aws_appautoscaling_policy",
        "aws_appautoscaling_scheduled_action",
        "aws_appautoscaling_target",
    ];
    let each = kinds.into_iter().flat_map(|kind| state.of(kind));
    each.filter(|known| known.text("resource_id") == resource)
        .collect()
}

/// The tags that the provider of the service's code sets by itself.
pub(super) fn default_tags(estate: &Estate, state: &State) -> BTreeMap<String, String> {
    let groups = estate.target_groups.iter();
    let mut groups = groups.filter_map(|g| state.find("aws_lb_target_group", "arn", &g.from));
    let known = service(estate, state).or_else(|| groups.next());
    known.map(Known::default_tags).unwrap_or_default()
}
