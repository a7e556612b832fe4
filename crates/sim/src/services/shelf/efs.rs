//! EFS: file systems and their mount targets, which have addresses of their subnets' families.

use super::{Does, Kind, Paging, id, named, one, set, subnets};
use crate::services::AwsError;
use crate::{Value, world::World};

pub(super) const PAGING: Paging = Paging {
    token: ("Marker", "NextMarker"),
    size: ("MaxItems", 100),
};

const FILE_SYSTEM: Kind = Kind {
    shape: "FileSystemDescription",
    key: "FileSystemId",
    absent: ("FileSystemNotFound", 404),
    taken: ("FileSystemAlreadyExists", 409),
};
const MOUNT_TARGET: Kind = Kind {
    shape: "MountTargetDescription",
    key: "MountTargetId",
    absent: ("MountTargetNotFound", 404),
    taken: ("MountTargetConflict", 409),
};
/// The groups of each mount target: its description does not tell them.
const GROUPS: &str = "MountTargetSecurityGroups";

pub(super) fn does(op: &str) -> Option<Does> {
    Some(match op {
        "CreateFileSystem" => Does::Makes(&FILE_SYSTEM, file_system, ""),
        "DescribeFileSystems" => Does::Tells(
            &FILE_SYSTEM,
            &[
                ("FileSystemId", "FileSystemId"),
                ("CreationToken", "CreationToken"),
            ],
            "FileSystems",
        ),
        "DeleteFileSystem" => Does::Own(delete),
        "CreateMountTarget" => Does::Makes(&MOUNT_TARGET, mount_target, ""),
        "DescribeMountTargets" => Does::Own(describe),
        "DeleteMountTarget" => Does::Removes(&MOUNT_TARGET, "MountTargetId", ""),
        "DescribeMountTargetSecurityGroups" => Does::Own(groups),
        _ => return None,
    })
}

fn file_system(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let token = named(input, "CreationToken");
    if world
        .shelf
        .find(FILE_SYSTEM.shape, "CreationToken", token)
        .is_some()
    {
        let message = format!("File system with creation token '{token}' already exists");
        return Err(AwsError::new("FileSystemAlreadyExists", message).with_status(409));
    }
    let id = id(world, "fs-", 17);
    let arn = world.arn("elasticfilesystem", &format!("file-system/{id}"));
    set(
        document,
        [
            ("FileSystemId", id.into()),
            ("FileSystemArn", arn.into()),
            ("OwnerId", world.account.as_str().into()),
            ("CreationTime", world.now().into()),
            ("LifeCycleState", "available".into()),
            ("NumberOfMountTargets", 0_i64.into()),
            ("SizeInBytes", Value::map([("Value", Value::Int(6144))])),
            ("Tags", Value::list(input.get("Tags").items().to_vec())),
        ],
    );
    if input.get("PerformanceMode").is_null() {
        document.set("PerformanceMode", "generalPurpose".into());
    }
    Ok(())
}

fn delete(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = named(input, "FileSystemId");
    one(world, &FILE_SYSTEM, id)?;
    if world
        .shelf
        .find(MOUNT_TARGET.shape, "FileSystemId", id)
        .is_some()
    {
        let message = format!("File system '{id}' has mount targets.");
        return Err(AwsError::new("FileSystemInUse", message).with_status(409));
    }
    world.shelf.retain(FILE_SYSTEM.shape, |d| {
        d.get("FileSystemId").as_str() != Some(id)
    });
    Ok(Value::Null)
}

fn mount_target(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let (file_system, subnet) = (named(input, "FileSystemId"), named(input, "SubnetId"));
    one(world, &FILE_SYSTEM, file_system)?;
    let of = subnets(world, &[subnet.to_owned()], "SubnetNotFound")?;
    let zone = world
        .network
        .subnet(subnet)
        .map(|s| (s.az.clone(), s.az_id.clone()));
    let (zone, zone_id) = zone.unwrap_or_default();
    let conflicts = |d: &Value| {
        d.get("FileSystemId").as_str() == Some(file_system)
            && d.get("AvailabilityZoneName").as_str() == Some(&zone)
    };
    if world.shelf.all(MOUNT_TARGET.shape).iter().any(conflicts) {
        let message = "mount target already exists in this AZ";
        return Err(AwsError::new("MountTargetConflict", message).with_status(409));
    }
    let (ipv4, ipv6) = match input.get("IpAddressType").as_str() {
        None | Some("IPV4_ONLY") => (true, false),
        Some("IPV6_ONLY") => (false, true),
        _ => (true, true),
    };
    // One of IPv6 alone is for subnets of IPv6 alone.
    if ipv4 && !of.ipv4 || ipv6 && !of.ipv6 || ipv6 && !ipv4 && of.ipv4 {
        let message = format!("The subnet {subnet} has no addresses of this IP address type.");
        return Err(AwsError::new("BadRequest", message));
    }
    let (v4, v6) = world.network.allocate_both(subnet);
    let id = id(world, "fsmt-", 17);
    set(
        document,
        [
            ("MountTargetId", id.as_str().into()),
            ("OwnerId", world.account.as_str().into()),
            ("LifeCycleState", "available".into()),
            ("NetworkInterfaceId", id.replacen("fsmt-", "eni-", 1).into()),
            ("AvailabilityZoneName", zone.into()),
            ("AvailabilityZoneId", zone_id.into()),
            ("VpcId", of.vpc.as_str().into()),
        ],
    );
    if ipv4 && input.get("IpAddress").is_null() {
        document.set("IpAddress", v4.map(|a| a.to_string()).into());
    }
    if ipv6 && input.get("Ipv6Address").is_null() {
        document.set("Ipv6Address", v6.map(|a| a.to_string()).into());
    }
    let given = input.get("SecurityGroups").strings();
    let default = world.network.default_group(&of.vpc).map(|g| g.id.clone());
    let groups = if given.is_empty() {
        default.into_iter().collect()
    } else {
        given
    };
    let kept = Value::map([
        ("MountTargetId", Value::from(id)),
        ("SecurityGroups", Value::list(groups)),
    ]);
    world.shelf.put(GROUPS, kept);
    let count = world.shelf.all(MOUNT_TARGET.shape).iter();
    let count = 1 + count
        .filter(|d| named(d, "FileSystemId") == file_system)
        .count();
    if let Some(of) = world
        .shelf
        .find_mut(FILE_SYSTEM.shape, "FileSystemId", file_system)
    {
        of.set("NumberOfMountTargets", count.into());
    }
    Ok(())
}

fn describe(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let (file_system, target) = (input.get("FileSystemId"), input.get("MountTargetId"));
    match (file_system.as_str(), target.as_str()) {
        (Some(id), _) => one(world, &FILE_SYSTEM, id)?,
        (None, Some(id)) => one(world, &MOUNT_TARGET, id)?,
        (None, None) => {
            let message = "Either FileSystemId or MountTargetId has to be given.";
            return Err(AwsError::new("BadRequest", message));
        }
    };
    let all = world.shelf.all(MOUNT_TARGET.shape).iter();
    let found = all.filter(|d| {
        (file_system.is_null() || d.get("FileSystemId") == file_system)
            && (target.is_null() || d.get("MountTargetId") == target)
    });
    Ok(Value::map([("MountTargets", Value::list(found.cloned()))]))
}

fn groups(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let id = named(input, "MountTargetId");
    one(world, &MOUNT_TARGET, id)?;
    let found = world.shelf.find(GROUPS, "MountTargetId", id);
    Ok(found.cloned().unwrap_or_default())
}
