//! Flaws of what a service leans on beside its network.
//!
//! What belongs here: the calls that make them. What must not: the catalogue ([`super::FLAWS`]).

use super::super::region::{call, ec2, text};
use super::{Planting, ScenarioError};
use crate::Value;
use crate::services::Service;

/// A file system with a mount target of IPv4 in each zone, which the service's task definition mounts.
pub(super) fn file_system(p: &mut Planting<'_>) -> Result<(), ScenarioError> {
    let group = admitting(p, "file-systems", 2049)?;
    let world = &mut p.built.world;
    let made = [("CreationToken", "shop".into())];
    let made = call(world, Service::Efs, "CreateFileSystem", made)?;
    let id = text(made.get("FileSystemId"));
    for subnet in p.private() {
        let target = [
            ("FileSystemId", id.as_str().into()),
            ("SubnetId", subnet.into()),
            ("SecurityGroups", Value::list([group.as_str()])),
        ];
        call(
            &mut p.built.world,
            Service::Efs,
            "CreateMountTarget",
            target,
        )?;
    }
    p.tell(|definition| {
        let of = Value::map([("fileSystemId", Value::from(id))]);
        let volume = Value::map([("name", "data".into()), ("efsVolumeConfiguration", of)]);
        definition.set("volumes", Value::list([volume]));
    })
}

/// A database of IPv4, which a variable of the service's names.
pub(super) fn database(p: &mut Planting<'_>) -> Result<(), ScenarioError> {
    let group = admitting(p, "databases", 5432)?;
    let subnets = Value::list(p.private());
    let world = &mut p.built.world;
    let of = "shop";
    let subnet_group = [
        ("DBSubnetGroupName", of.into()),
        ("DBSubnetGroupDescription", of.into()),
        ("SubnetIds", subnets),
    ];
    call(world, Service::Rds, "CreateDBSubnetGroup", subnet_group)?;
    let instance = [
        ("DBInstanceIdentifier", of.into()),
        ("DBInstanceClass", "db.t4g.small".into()),
        ("Engine", "postgres".into()),
        ("DBSubnetGroupName", of.into()),
        ("VpcSecurityGroupIds", Value::list([group])),
    ];
    let made = call(world, Service::Rds, "CreateDBInstance", instance)?;
    let host = text(made.get("DBInstance").get("Endpoint").get("Address"));
    let variable = Value::map([
        ("name", Value::from("DATABASE_HOST")),
        ("value", host.into()),
    ]);
    p.tell_container("environment", Value::list([variable]))
}

/// A security group that admits the tasks' on a port.
fn admitting(p: &mut Planting<'_>, name: &str, port: i64) -> Result<String, ScenarioError> {
    let tasks = p.task_group();
    let made = [
        ("GroupName", name.into()),
        ("GroupDescription", name.into()),
        ("VpcId", p.vpc().into()),
    ];
    let made = ec2(&mut p.built.world, "CreateSecurityGroup", made)?;
    let group = text(made.get("groupId"));
    let pair = Value::map([("GroupId", Value::from(tasks))]);
    let permission = Value::map([
        ("IpProtocol", Value::from("tcp")),
        ("FromPort", port.into()),
        ("ToPort", port.into()),
        ("Groups", Value::list([pair])),
    ]);
    let rule = [
        ("GroupId", group.as_str().into()),
        ("IpPermissions", Value::list([permission])),
    ];
    p.ec2("AuthorizeSecurityGroupIngress", rule)?;
    Ok(group)
}
