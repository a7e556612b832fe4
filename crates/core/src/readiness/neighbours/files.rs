//! File systems of EFS that the task mounts.
//!
//! What belongs here: whether a mount target answers a task on IPv6 alone. What must not: volumes of other kinds
//! ([`super::super::task::settings`]).

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    super::{
        check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving},
        net::ipv6_subnets,
    },
    of,
};
use crate::observation::MountTarget;

pub(in super::super) const CHECKS: &[Check] = &[Check {
    id: "DEP-006",
    name: "efs-mount-targets",
    category: Category::Dep,
    severity: Severity::Block,
    holds: "Every file system that the task mounts has an IPv6 mount target in each zone of the plan's subnets.",
    why: "A mount target has IPv4 addresses alone unless it was made otherwise, and its addresses cannot be changed: a task on IPv6 \
          alone hangs in mounting and does not start.",
    remedy: "make the mount targets anew with IpAddressType DUAL_STACK, zone by zone, in dual-stack subnets",
    source: "Amazon EFS user guide, Managing mount targets; EFS API, DescribeMountTargets",
    waiving: Waiving::ByReason,
    run: mount_targets,
}];

/// The name of each volume on EFS, and its file system.
pub(super) fn mounted(definition: &Value) -> impl Iterator<Item = (&str, &str)> {
    let volumes = definition["volumes"].as_array();
    volumes.into_iter().flatten().filter_map(|volume| {
        let id = volume["efsVolumeConfiguration"]["fileSystemId"].as_str()?;
        Some((volume["name"].as_str().unwrap_or_default(), id))
    })
}

fn mount_targets(s: &Scene<'_>) -> Judged {
    let mut volumes = mounted(s.document()?).peekable();
    if volumes.peek().is_none() {
        return Err(Spared::NotHere);
    }
    let subnets = ipv6_subnets(s)?;
    let zones: BTreeSet<&str> = subnets.iter().map(|(_, t)| t.zone.as_str()).collect();
    let mut all = Vec::new();
    for (name, id) in volumes {
        let Some(targets) = of(s.seen.neighbours.file_systems.get(id))? else {
            all.push(Found::new(format!(
                "volume {name} is on {id}, and there is no such file system"
            )));
            continue;
        };
        let answers = |zone: &&str| targets.iter().any(|t| serves(t, zone));
        let lacking: Vec<&str> = zones.iter().filter(|z| !answers(z)).copied().collect();
        if !lacking.is_empty() {
            let message = format!(
                "volume {name} is on {id}, which has no IPv6 mount target in {}",
                lacking.join(", ")
            );
            all.push(Found::new(message));
        }
    }
    Ok(all)
}

fn serves(target: &MountTarget, zone: &str) -> bool {
    target.zone == zone && target.state == "available" && target.ipv6.is_some()
}
