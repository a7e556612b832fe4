//! Volumes on EFS, as a task in a subnet of IPv6 alone mounts them when it starts.
//!
//! What belongs here: whether a mount target answers, and what ECS says where none does. What must not: the file systems' own
//! documents ([`crate::services`]).
//!
//! Sources: EFS user guide, "Managing mount targets" and "Using VPC security groups"; AWS re:Post knowledge center, "Why can't my
//! Amazon ECS task on Fargate mount an EFS file system", for ECS's sentences.

use super::World;
use super::network::{Peer, acls::holds};
use super::reach::{From, peers};
use crate::Value;

/// Where NFS answers.
const NFS: i64 = 2049;

/// Why a task does not start; none where it does.
pub(crate) fn failure(world: &World, from: From<'_>, volumes: &[Value]) -> Option<String> {
    let ids = volumes.iter().filter_map(|v| {
        let of = v.get("efsVolumeConfiguration");
        of.get("fileSystemId").as_str()
    });
    let mut failed = ids.filter_map(|id| why(world, from, id));
    let why = failed.next()?;
    Some(format!(
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: {why} : unsuccessful EFS \
         utils command execution; code: 32"
    ))
}

fn why(world: &World, from: From<'_>, id: &str) -> Option<String> {
    let targets = world.shelf.all("MountTargetDescription").iter();
    let mut here = targets.filter(|t| {
        text(t, "FileSystemId") == id && text(t, "AvailabilityZoneName") == from.subnet.az
    });
    let Some(target) = here.next() else {
        return Some(format!(
            "Failed to resolve \"{id}.efs.{}.amazonaws.com\" - check that your file system ID is correct, and ensure that the VPC has \
             an EFS mount target for this file system ID.",
            world.region
        ));
    };
    let answers = target.get("Ipv6Address").as_str().is_some() && lets_in(world, from, target);
    (!answers).then(|| {
        "Mount attempt 1/3 failed due to timeout after 15 sec, wait 0 sec before next attempt."
            .to_owned()
    })
}

fn lets_in(world: &World, from: From<'_>, target: &Value) -> bool {
    let id = text(target, "MountTargetId");
    let held = world
        .shelf
        .find("MountTargetSecurityGroups", "MountTargetId", id);
    let groups = held.map(|h| h.get("SecurityGroups").strings());
    let groups = groups.unwrap_or_default();
    let own = from.subnet.ipv6_cidr.as_deref().unwrap_or_default();
    peers(from.network, &groups, false, NFS).any(|peer| match peer {
        Peer::V6(block) => holds(block, own),
        Peer::Group(id) => from.groups.contains(id),
        Peer::V4(_) | Peer::PrefixList(_) => false,
    })
}

fn text<'v>(of: &'v Value, member: &str) -> &'v str {
    of.get(member).as_str().unwrap_or_default()
}
