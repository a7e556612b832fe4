//! VPC Lattice: a file a kind of resource.
//!
//! What belongs here: dispatch, client tokens and paging. What must not: routing, health or metrics (those are the world's).

mod actions;
mod listeners;
mod networks;
mod rules;
mod services;
mod tags;
mod target_groups;
mod targets;
#[cfg(test)]
mod tests;
mod words;

use super::{AwsError, paging};
use crate::world::lattice::About;
use crate::world::rng;
use crate::{Value, world::World};

/// Runs one operation.
///
/// # Errors
/// What AWS refuses, with VPC Lattice's error codes.
pub fn call(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    if !crate::limits::is_read(op) {
        // Requests until now met the state until now.
        world.settle_all();
    }
    let token = input.get("clientToken").as_str();
    let Some(token) = token.filter(|_| op.starts_with("Create")) else {
        return carried_out(world, op, input);
    };
    let key = (op.to_owned(), token.to_owned());
    match world.lattice.answered.get(&key) {
        Some((asked, answer)) if asked == input => return Ok(answer.clone()),
        Some(_) => return Err(words::another_request(op, token)),
        None => {}
    }
    let answer = carried_out(world, op, input)?;
    let both = (input.clone(), answer.clone());
    world.lattice.answered.insert(key, both);
    Ok(answer)
}

fn carried_out(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    match op {
        "CreateTargetGroup" => target_groups::create(world, input),
        "GetTargetGroup" => target_groups::get(world, input),
        "ListTargetGroups" => target_groups::list(world, input),
        "UpdateTargetGroup" => target_groups::update(world, input),
        "DeleteTargetGroup" => target_groups::delete(world, input),
        "RegisterTargets" => targets::register(world, input),
        "DeregisterTargets" => targets::deregister(world, input),
        "ListTargets" => targets::list(world, input),
        "CreateService" => services::create(world, input),
        "GetService" => services::get(world, input),
        "ListServices" => services::list(world, input),
        "DeleteService" => services::delete(world, input),
        "CreateListener" => listeners::create(world, input),
        "GetListener" => listeners::get(world, input),
        "ListListeners" => listeners::list(world, input),
        "UpdateListener" => listeners::update(world, input),
        "DeleteListener" => listeners::delete(world, input),
        "CreateRule" => rules::create(world, input),
        "GetRule" => rules::get(world, input),
        "ListRules" => rules::list(world, input),
        "UpdateRule" => rules::update(world, input),
        "DeleteRule" => rules::delete(world, input),
        "CreateServiceNetwork" => networks::create(world, input),
        "GetServiceNetwork" => networks::get(world, input),
        "ListServiceNetworks" => networks::list(world, input),
        "DeleteServiceNetwork" => networks::delete(world, input),
        "CreateServiceNetworkServiceAssociation" => networks::add_service(world, input),
        "GetServiceNetworkServiceAssociation" => networks::get_service(world, input),
        "ListServiceNetworkServiceAssociations" => networks::list_services(world, input),
        "DeleteServiceNetworkServiceAssociation" => networks::remove_service(world, input),
        "CreateServiceNetworkVpcAssociation" => networks::add_vpc(world, input),
        "GetServiceNetworkVpcAssociation" => networks::get_vpc(world, input),
        "ListServiceNetworkVpcAssociations" => networks::list_vpcs(world, input),
        "DeleteServiceNetworkVpcAssociation" => networks::remove_vpc(world, input),
        "TagResource" => tags::put(world, input),
        "UntagResource" => tags::remove(world, input),
        "ListTagsForResource" => tags::list(world, input),
        _ => Err(AwsError::unknown_operation(op)),
    }
}

/// What a new thing is called; its tags are put down.
fn new(world: &mut World, under: &str, prefix: &str, input: &Value) -> About {
    let count = world.next_id();
    let id = format!("{prefix}-{}", rng::hex(world.seed, prefix, count, 17));
    let arn = match under.strip_suffix('/') {
        Some(path) => format!("{path}/{id}"),
        None => world.arn("vpc-lattice", &format!("{under}/{id}")),
    };
    tags::put_down(world, &arn, input.get("tags"));
    let now = world.now();
    About {
        name: input.get("name").as_str().unwrap_or_default().to_owned(),
        created_at: now,
        updated_at: now,
        arn,
        id,
    }
}

/// What all answers say of a thing.
fn told(about: &About) -> Value {
    Value::map([
        ("id", Value::from(about.id.as_str())),
        ("arn", about.arn.as_str().into()),
        (
            "name",
            Some(&about.name).filter(|n| !n.is_empty()).cloned().into(),
        ),
    ])
}

/// The same with when it was made and changed.
fn dated(about: &About) -> Value {
    let mut told = told(about);
    told.set("createdAt", about.created_at.into());
    told.set("lastUpdatedAt", about.updated_at.into());
    told
}

fn set<const N: usize>(document: &mut Value, members: [(&str, Value); N]) {
    for (name, value) in members {
        if !value.is_null() {
            document.set(name, value);
        }
    }
}

/// How many a page has where nobody says. AWS gives no figure; no more than can be asked for.
const PAGE: usize = 100;

fn page(items: Vec<Value>, input: &Value) -> Result<Value, AwsError> {
    let size = input.get("maxResults").as_i64();
    let size = size.map_or(PAGE, |n| n.max(1) as usize);
    let (items, next) = paging::page(items, input.get("nextToken"), size, || {
        words::invalid("The pagination token is not valid.")
    })?;
    Ok(Value::map([
        ("items", Value::List(items)),
        ("nextToken", next),
    ]))
}
