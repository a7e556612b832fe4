//! Container instances for a DAEMON service: as many as it has tasks.
//!
//! What belongs here: machines that nobody read. What must not: the live ones, which no part of sixshift asks for. Tasks of other
//! EC2 services need none in the copy.

use serde_json::{Value, json};

use super::{Copyist, Network, Service, make::pruned};
use crate::{
    Error,
    asker::{items, text},
};

/// Room for whatever else runs there.
const ROOM: (u32, u32) = (65_536, 262_144);
/// One that knows IPv6-only (ECS developer guide, "Amazon ECS task networking options for EC2": 1.99.1 and newer).
const AGENT: &str = "1.105.1";

impl Copyist {
    /// Registers what a daemon lacks, in the zones of its subnets by turns.
    pub(super) async fn machines(
        &mut self,
        service: &Service,
        network: &Network,
    ) -> Result<(), Error> {
        let live = &service.document;
        if live["schedulingStrategy"] != "DAEMON" {
            return Ok(());
        }
        let own = &live["networkConfiguration"]["awsvpcConfiguration"]["subnets"];
        let own: Vec<String> = items(own).map(text).collect();
        let stands = |s: &&Value| own.is_empty() || own.contains(&text(&s["subnetId"]));
        let zones = network.subnets.iter().filter(stands);
        let mut zones: Vec<String> = zones.map(|s| text(&s["availabilityZone"])).collect();
        zones.sort();
        zones.dedup();
        let wanted = live["desiredCount"].as_u64().unwrap_or(1).max(1);
        let there = self.machines.get(&service.cluster).copied().unwrap_or(0);
        for (number, zone) in (0..wanted).zip(zones.iter().cycle()) {
            if number >= there {
                self.machine(&service.cluster, number, zone).await?;
            }
        }
        self.machines
            .insert(service.cluster.clone(), wanted.max(there));
        self.lack(
            format!("{}: its container instances, and their attributes", text(&live["serviceName"])),
            "the copy has one for each of its tasks, with room, and with an agent that knows IPv6-only: look at yours",
        );
        Ok(())
    }

    async fn machine(&self, cluster: &str, number: u64, zone: &str) -> Result<(), Error> {
        let region = zone.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let identity = json!({
            "instanceId": format!("i-{:017x}", number + 1),
            "availabilityZone": zone,
            "region": region,
        });
        let resource = |name: &str, value: u32| json!({ "name": name, "type": "INTEGER", "integerValue": value });
        let wanted = json!({
            "cluster": cluster,
            "instanceIdentityDocument": identity.to_string(),
            "totalResources": [resource("CPU", ROOM.0), resource("MEMORY", ROOM.1)],
            "versionInfo": { "agentVersion": AGENT },
            "attributes": [{ "name": "ecs.capability.task-eni" }, { "name": "ecs.capability.ipv6-only" }],
        });
        let call = "ecs:RegisterContainerInstance";
        self.ask(call, &wanted).await.map(drop)
    }
}

/// A daemon as it is asked for: on machines of the copy's own, one task each.
pub(super) fn as_daemon(wanted: &mut Value) {
    if wanted["schedulingStrategy"] != "DAEMON" {
        return;
    }
    for member in [
        "desiredCount",
        "placementConstraints",
        "placementStrategy",
        "availabilityZoneRebalancing",
    ] {
        wanted[member] = Value::Null;
    }
    *wanted = pruned(wanted);
}
