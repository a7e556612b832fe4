//! The mount targets of a file system of EFS.
//!
//! What belongs here: how they are read. What must not: whether they suit a task.

use std::sync::Arc;

use serde_json::Value;
use sixshift_core::observation::{Known, MountTarget};

use super::clients::efs_page;
use crate::{call::DESCRIBE_MOUNT_TARGETS, error::Error, region::Clients};

/// `Absent` where there is no such file system.
pub(super) async fn mount_targets(
    clients: Arc<Clients>,
    id: String,
) -> Result<Known<Vec<MountTarget>>, Error> {
    match all(&clients, &id).await {
        Ok(targets) => Ok(Known::Seen(targets)),
        Err(error) if error.is_code(&["FileSystemNotFound"]) => Ok(Known::Absent),
        Err(error) => Err(error),
    }
}

async fn all(clients: &Clients, id: &str) -> Result<Vec<MountTarget>, Error> {
    let (mut targets, mut next) = (Vec::new(), None::<String>);
    loop {
        let marker = next.as_deref().map(|marker| ("Marker", marker));
        let asked: Vec<(&str, &str)> = [("FileSystemId", id), ("MaxItems", "100")]
            .into_iter()
            .chain(marker)
            .collect();
        let page = efs_page(clients, &DESCRIBE_MOUNT_TARGETS, "mount-targets", &asked).await?;
        let told = page["MountTargets"].as_array();
        targets.extend(told.into_iter().flatten().map(mount_target));
        next = page["NextMarker"].as_str().map(str::to_owned);
        if next.is_none() {
            return Ok(targets);
        }
    }
}

fn mount_target(told: &Value) -> MountTarget {
    let text = |member: &str| told[member].as_str().map(str::to_owned);
    MountTarget {
        id: text("MountTargetId").unwrap_or_default(),
        zone: text("AvailabilityZoneName").unwrap_or_default(),
        state: text("LifeCycleState").unwrap_or_default(),
        ipv6: text("Ipv6Address"),
    }
}
