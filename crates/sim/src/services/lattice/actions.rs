//! What becomes of a request: a forward to weighted target groups, or a fixed response.

use super::{AwsError, target_groups, words};
use crate::world::lattice::named;
use crate::{Value, world::World};

/// An action in its read-back form: target groups by their ids, each with a weight.
///
/// # Errors
/// Where a target group is not there, not ready, named twice, of another service, or not for the listener's protocol.
pub(super) fn accept(
    world: &World,
    service: &str,
    protocol: &str,
    action: &Value,
) -> Result<Value, AwsError> {
    let forward = action.get("forward");
    if forward.is_null() {
        if protocol == "TLS_PASSTHROUGH" {
            let message = "A TLS_PASSTHROUGH listener forwards to target groups";
            return Err(words::invalid(message));
        }
        return Ok(action.clone());
    }
    let mut groups: Vec<Value> = Vec::new();
    for wanted in forward.get("targetGroups").items() {
        let by = wanted
            .get("targetGroupIdentifier")
            .as_str()
            .unwrap_or_default();
        let missing = || words::missing("TARGET_GROUP", by);
        let group = named(&world.lattice.groups, by).ok_or_else(missing)?;
        target_groups::ready(world, group)?;
        let id = group.about.id.as_str();
        if groups
            .iter()
            .any(|g| g.get("targetGroupIdentifier").as_str() == Some(id))
        {
            let message = format!("The target group {id} is specified more than once");
            return Err(words::invalid(message));
        }
        // "A target group can only be used by a single service."
        let users = &group.pool.load_balancers;
        if users.iter().any(|user| user != service) {
            let message = format!("The target group {id} is in use by another service");
            return Err(words::conflict("TARGET_GROUP", id, message));
        }
        let by_tcp = group.config.get("protocol").as_str() == Some("TCP");
        if by_tcp != (protocol == "TLS_PASSTHROUGH") {
            let message = format!(
                "The protocol of the target group {id} cannot be used with a {protocol} listener"
            );
            return Err(words::invalid(message));
        }
        let weight = wanted.get("weight").as_i64().unwrap_or(100);
        groups.push(Value::map([
            ("targetGroupIdentifier", Value::from(id)),
            ("weight", weight.into()),
        ]));
    }
    let forward = Value::map([("targetGroups", Value::List(groups))]);
    Ok(Value::map([("forward", forward)]))
}
