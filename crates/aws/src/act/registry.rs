//! The registry of the twin's own, in Cloud Map.
//!
//! What must not be here: which records it keeps (`sixshift_core::action`).

use serde_json::{Value, json};
use sixshift_core::action::NewRegistry;

use crate::{call, error::Error, observe::registries, region::Clients};

/// One whose name is taken meanwhile is AWS's refusal: nobody's registry is ever changed.
pub(super) async fn create(clients: &Clients, new: &NewRegistry) -> Result<(), Error> {
    let operation = &call::DISCOVERY_CREATE_SERVICE;
    let sent = clients
        .discovery
        .send(registries::target(operation), document(new));
    clients.caller.once(operation, sent).await.map(drop)
}

fn document(new: &NewRegistry) -> Value {
    let tags = new.tags.iter();
    let tags: Vec<Value> = tags
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    let mut document = json!({
        "Name": new.name,
        "NamespaceId": new.namespace,
        "CreatorRequestId": new.token,
        "Tags": tags,
    });
    if !new.records.is_empty() {
        let records = new.records.iter();
        let records: Vec<Value> = records
            .map(|r| json!({ "Type": r.kind, "TTL": r.ttl }))
            .collect();
        document["DnsConfig"] = json!({ "DnsRecords": records });
        if let Some(routing) = &new.routing {
            document["DnsConfig"]["RoutingPolicy"] = json!(routing);
        }
    }
    if new.custom_health {
        document["HealthCheckCustomConfig"] = json!({ "FailureThreshold": 1 });
    }
    document
}
