//! Changes of target groups of ours in VPC Lattice, and of where its listeners and rules lead.
//!
//! What belongs here: reading what is to be written whole, and the one call that changes something. What must not: which weights
//! are right.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sixshift_core::observation::{Forward, RouteId};

use crate::{
    call::{self, Operation},
    error::Error,
    observe::lattice::{MISSING, fingerprint, group, group_arn, member, path, route, tags_path},
    region::Clients,
    signed,
};

async fn once(
    clients: &Clients,
    operation: &Operation,
    target: String,
    body: Value,
) -> Result<(), Error> {
    let sent = clients.lattice.send(target, body);
    clients.caller.once(operation, sent).await.map(drop)
}

/// Everything as the original has it, but for the address family; members that are newer than this program are told before
/// anything is made.
pub(super) async fn create(
    clients: &Clients,
    from: &str,
    name: &str,
    tags: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let source = group(clients, from).await?;
    let body = json!({
        "name": name,
        "type": source["type"],
        "config": partner(&source["config"]),
        "tags": tags,
    });
    let operation = &call::LATTICE_CREATE_TARGET_GROUP;
    once(clients, operation, "POST /targetgroups".to_owned(), body).await
}

fn partner(config: &Value) -> Value {
    let mut config = config.clone();
    config["ipAddressType"] = json!("IPV6");
    config
}

/// The health check, as the original's is on the wire.
pub(super) async fn set_check(
    clients: &Clients,
    target_group: &str,
    attributes: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let operation = &call::LATTICE_UPDATE_TARGET_GROUP;
    let check = attributes.get("healthCheck").map_or("", String::as_str);
    let check: Value =
        serde_json::from_str(check).map_err(|error| Error::build(operation.name, error))?;
    let target = format!("PATCH {}", path(target_group));
    once(clients, operation, target, json!({ "healthCheck": check })).await
}

pub(super) async fn tag(
    clients: &Clients,
    target_group: &str,
    tags: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let target = format!("POST {}", tags_path(target_group));
    once(clients, &call::LATTICE_TAG, target, json!({ "tags": tags })).await
}

pub(super) async fn untag(
    clients: &Clients,
    target_group: &str,
    keys: &[String],
) -> Result<(), Error> {
    let keys = keys
        .iter()
        .map(|key| format!("tagKeys={}", signed::escaped(key)));
    let keys: Vec<String> = keys.collect();
    let target = format!("DELETE {}?{}", tags_path(target_group), keys.join("&"));
    once(clients, &call::LATTICE_UNTAG, target, Value::Null).await
}

/// One that is gone already is a success.
pub(super) async fn delete(clients: &Clients, target_group: &str) -> Result<(), Error> {
    let target = format!("DELETE {}", path(target_group));
    let operation = &call::LATTICE_DELETE_TARGET_GROUP;
    match once(clients, operation, target, Value::Null).await {
        Err(error) if error.is_code(&[MISSING]) => Ok(()),
        done => done,
    }
}

/// Writes a forward where the action still is what was looked at. VPC Lattice has no conditional write, so it is read right
/// before, when nothing is left to wait for. A rule's priority and match, which are not sent, stay as they are.
pub(super) async fn set(
    clients: &Clients,
    id: &RouteId,
    expects: &str,
    forward: &Forward,
) -> Result<(), Error> {
    let operation = match id {
        RouteId::Listener(_) => &call::LATTICE_UPDATE_LISTENER,
        RouteId::Rule(_) => &call::LATTICE_UPDATE_RULE,
    };
    let permit = clients.caller.permit(operation).await;
    let member = member(id);
    let told = match route(clients, id).await {
        Err(error) if error.is_code(&[MISSING]) => {
            return Err(Error::Gone {
                operation: operation.name,
                resource: id.arn().to_owned(),
            });
        }
        told => told?,
    };
    if fingerprint(&told[member]) != expects {
        return Err(Error::Changed {
            operation: operation.name,
            resource: id.arn().to_owned(),
        });
    }
    let action = rewritten(id.arn(), &told[member], forward);
    let target = format!("PATCH {}", path(id.arn()));
    let sent = clients.lattice.send(target, json!({ member: action }));
    clients.caller.permitted(permit, sent).await.map(drop)
}

/// The action with other weights. A group is named as it was before; one that joins by its id.
fn rewritten(route: &str, action: &Value, forward: &Forward) -> Value {
    let before = action["forward"]["targetGroups"].as_array();
    let before = before.map_or(&[][..], Vec::as_slice);
    let tuple = |(arn, weight): (&str, u16)| {
        let is_it = |t: &&Value| {
            let named = t["targetGroupIdentifier"].as_str();
            named.is_some_and(|named| group_arn(route, named) == arn)
        };
        let id = arn.rsplit('/').next().unwrap_or(arn);
        let joins = || json!({ "targetGroupIdentifier": id });
        let mut tuple = before.iter().find(is_it).cloned().unwrap_or_else(joins);
        tuple["weight"] = json!(weight);
        tuple
    };
    let groups = forward.groups.iter().map(|g| (g.arn.as_str(), g.weight));
    let mut action = action.clone();
    action["forward"]["targetGroups"] = groups.map(tuple).collect();
    action
}

#[cfg(test)]
mod tests {
    use sixshift_core::observation::WeightedGroup;

    use super::*;

    const ROUTE: &str = "arn:aws:vpc-lattice:r:1:service/svc-1/listener/listener-2";

    #[test]
    fn a_forward_is_written_back_with_everything_that_it_had() {
        let arn = |id: &str| format!("arn:aws:vpc-lattice:r:1:targetgroup/{id}");
        let other = arn("tg-other");
        let before = json!({ "newer": 1, "forward": { "also": 2, "targetGroups": [
            { "targetGroupIdentifier": other, "weight": 3, "more": true },
            { "targetGroupIdentifier": "tg-4", "weight": 1 },
        ] } });
        let weighted = |id: &str, weight| WeightedGroup {
            arn: arn(id),
            weight,
        };
        let forward = Forward {
            groups: vec![
                weighted("tg-4", 75),
                weighted("tg-6", 25),
                weighted("tg-other", 300),
            ],
            stickiness: None,
        };
        let written = rewritten(ROUTE, &before, &forward);
        assert_eq!(
            written,
            json!({ "newer": 1, "forward": { "also": 2, "targetGroups": [
                { "targetGroupIdentifier": "tg-4", "weight": 75 },
                { "targetGroupIdentifier": "tg-6", "weight": 25 },
                { "targetGroupIdentifier": other, "weight": 300, "more": true },
            ] } })
        );
    }

    #[test]
    fn a_partner_has_every_setting_of_the_original_but_the_family() {
        let config = json!({ "port": 8080, "ipAddressType": "IPV4", "healthCheck": { "enabled": true }, "newer": 1 });
        let expected = json!({ "port": 8080, "ipAddressType": "IPV6", "healthCheck": { "enabled": true }, "newer": 1 });
        assert_eq!(partner(&config), expected);
    }
}
