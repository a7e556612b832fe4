//! RDS: instances, clusters and proxies in groups of subnets, and the families that they answer on.

use super::{Does, Kind, Paging, id, named, one, set, subnets};
use crate::services::AwsError;
use crate::{Value, world::World};

pub(super) const PAGING: Paging = Paging {
    token: ("Marker", "Marker"),
    size: ("MaxRecords", 100),
};

const GROUP: Kind = Kind {
    shape: "DBSubnetGroup",
    key: "DBSubnetGroupName",
    absent: ("DBSubnetGroupNotFoundFault", 404),
    taken: ("DBSubnetGroupAlreadyExists", 400),
};
const INSTANCE: Kind = Kind {
    shape: "DBInstance",
    key: "DBInstanceIdentifier",
    absent: ("DBInstanceNotFound", 404),
    taken: ("DBInstanceAlreadyExists", 400),
};
const CLUSTER: Kind = Kind {
    shape: "DBCluster",
    key: "DBClusterIdentifier",
    absent: ("DBClusterNotFoundFault", 404),
    taken: ("DBClusterAlreadyExistsFault", 400),
};
const PROXY: Kind = Kind {
    shape: "DBProxy",
    key: "DBProxyName",
    absent: ("DBProxyNotFoundFault", 404),
    taken: ("DBProxyAlreadyExistsFault", 400),
};

pub(super) fn does(op: &str) -> Option<Does> {
    const NAME: &str = "DBSubnetGroupName";
    const INSTANCE_ID: &str = "DBInstanceIdentifier";
    const CLUSTER_ID: &str = "DBClusterIdentifier";
    Some(match op {
        "CreateDBSubnetGroup" => Does::Makes(&GROUP, group, "DBSubnetGroup"),
        "DescribeDBSubnetGroups" => Does::Tells(&GROUP, &[(NAME, NAME)], "DBSubnetGroups"),
        "DeleteDBSubnetGroup" => Does::Removes(&GROUP, NAME, ""),
        "CreateDBInstance" => Does::Makes(&INSTANCE, instance, "DBInstance"),
        "DescribeDBInstances" => {
            Does::Tells(&INSTANCE, &[(INSTANCE_ID, INSTANCE_ID)], "DBInstances")
        }
        "ModifyDBInstance" => Does::Changes(&INSTANCE, INSTANCE_ID, fits, "DBInstance"),
        "DeleteDBInstance" => Does::Removes(&INSTANCE, INSTANCE_ID, "DBInstance"),
        "CreateDBCluster" => Does::Makes(&CLUSTER, cluster, "DBCluster"),
        "DescribeDBClusters" => Does::Tells(&CLUSTER, &[(CLUSTER_ID, CLUSTER_ID)], "DBClusters"),
        "DeleteDBCluster" => Does::Removes(&CLUSTER, CLUSTER_ID, "DBCluster"),
        "CreateDBProxy" => Does::Makes(&PROXY, proxy, "DBProxy"),
        "DescribeDBProxies" => Does::Tells(&PROXY, &[("DBProxyName", "DBProxyName")], "DBProxies"),
        "DeleteDBProxy" => Does::Removes(&PROXY, "DBProxyName", "DBProxy"),
        _ => return None,
    })
}

fn group(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let ids = input.get("SubnetIds").strings();
    let of = subnets(world, &ids, "InvalidSubnet")?;
    let mut zones: Vec<String> = Vec::new();
    let mut told = Vec::new();
    for subnet in ids.iter().filter_map(|id| world.network.subnet(id)) {
        zones.push(subnet.az.clone());
        told.push(Value::map([
            ("SubnetIdentifier", subnet.id.as_str().into()),
            (
                "SubnetAvailabilityZone",
                Value::map([("Name", Value::from(subnet.az.as_str()))]),
            ),
            ("SubnetStatus", "Active".into()),
        ]));
    }
    zones.dedup();
    if zones.len() < 2 {
        let message = "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: 1. Add subnets to cover at least 2 AZs.";
        return Err(AwsError::new("DBSubnetGroupDoesNotCoverEnoughAZs", message));
    }
    let families = [("IPV4", of.ipv4), ("DUAL", of.ipv4 && of.ipv6)];
    let families = families.into_iter().filter(|(_, has)| *has);
    let name = named(input, "DBSubnetGroupName").to_ascii_lowercase();
    set(
        document,
        [
            (
                "DBSubnetGroupArn",
                world.arn("rds", &format!("subgrp:{name}")).into(),
            ),
            ("DBSubnetGroupName", name.into()),
            ("VpcId", of.vpc.into()),
            ("SubnetGroupStatus", "Complete".into()),
            ("Subnets", Value::List(told)),
            (
                "SupportedNetworkTypes",
                Value::list(families.map(|(f, _)| f)),
            ),
        ],
    );
    Ok(())
}

/// Refuses dual stack in a group of subnets that has not both families.
fn fits(_: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let wanted = input.get("NetworkType").as_str().unwrap_or("IPV4");
    let can = document.get("DBSubnetGroup").get("SupportedNetworkTypes");
    if can.items().iter().any(|c| c.as_str() == Some(wanted)) {
        return Ok(());
    }
    let message = format!("The network type {wanted} isn't supported by the DB subnet group.");
    Err(AwsError::new("NetworkTypeNotSupported", message))
}

fn security_groups(input: &Value) -> Value {
    let group = |id: String| {
        Value::map([
            ("VpcSecurityGroupId", Value::from(id)),
            ("Status", "active".into()),
        ])
    };
    Value::list(
        input
            .get("VpcSecurityGroupIds")
            .strings()
            .into_iter()
            .map(group),
    )
}

/// The port that an engine listens on where nobody says another.
fn port(input: &Value) -> i64 {
    let is_postgres = named(input, "Engine").contains("postgres");
    input
        .get("Port")
        .as_i64()
        .unwrap_or(if is_postgres { 5432 } else { 3306 })
}

fn instance(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let id = named(input, "DBInstanceIdentifier").to_ascii_lowercase();
    let of_cluster = input.get("DBClusterIdentifier").as_str();
    let group = match of_cluster {
        Some(cluster) => named(one(world, &CLUSTER, cluster)?, "DBSubnetGroup").to_owned(),
        None => named(input, "DBSubnetGroupName").to_ascii_lowercase(),
    };
    let group = one(world, &GROUP, &group)?.clone();
    let zone = group
        .get("Subnets")
        .items()
        .first()
        .cloned()
        .unwrap_or_default();
    let address = format!("{id}.{}", domain(world));
    set(
        document,
        [
            ("DBSubnetGroup", group),
            (
                "DBInstanceArn",
                world.arn("rds", &format!("db:{id}")).into(),
            ),
            ("DBInstanceIdentifier", id.into()),
            ("DBInstanceStatus", "available".into()),
            ("InstanceCreateTime", world.now().into()),
            ("VpcSecurityGroups", security_groups(input)),
            (
                "AvailabilityZone",
                zone.get("SubnetAvailabilityZone").get("Name").clone(),
            ),
            ("NetworkType", network_type(input)),
            (
                "Endpoint",
                Value::map([
                    ("Address", Value::from(address)),
                    ("Port", port(input).into()),
                ]),
            ),
        ],
    );
    fits(world, input, document)
}

fn network_type(input: &Value) -> Value {
    input.get("NetworkType").as_str().unwrap_or("IPV4").into()
}

/// The domain of the account's databases in the region.
fn domain(world: &World) -> String {
    format!("c0simulated0.{}.rds.amazonaws.com", world.region)
}

fn cluster(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let id = named(input, "DBClusterIdentifier").to_ascii_lowercase();
    let group = named(input, "DBSubnetGroupName").to_ascii_lowercase();
    let held = one(world, &GROUP, &group)?.clone();
    fits(world, input, &mut Value::map([("DBSubnetGroup", held)]))?;
    let domain = domain(world);
    set(
        document,
        [
            ("DBSubnetGroup", group.into()),
            (
                "DBClusterArn",
                world.arn("rds", &format!("cluster:{id}")).into(),
            ),
            ("Endpoint", format!("{id}.cluster-{domain}").into()),
            ("ReaderEndpoint", format!("{id}.cluster-ro-{domain}").into()),
            ("DBClusterIdentifier", id.into()),
            ("Status", "available".into()),
            ("ClusterCreateTime", world.now().into()),
            ("VpcSecurityGroups", security_groups(input)),
            ("Port", port(input).into()),
            ("NetworkType", network_type(input)),
        ],
    );
    Ok(())
}

fn proxy(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let of = subnets(world, &input.get("VpcSubnetIds").strings(), "InvalidSubnet")?;
    let name = named(input, "DBProxyName").to_owned();
    let wanted = input.get("EndpointNetworkType").as_str().unwrap_or("IPV4");
    if wanted != "IPV6" && !of.ipv4 || wanted != "IPV4" && !of.ipv6 {
        let message = format!("The subnets don't have the addresses that {wanted} needs.");
        return Err(AwsError::new("InvalidSubnet", message));
    }
    let target = input
        .get("TargetConnectionNetworkType")
        .as_str()
        .unwrap_or("IPV4");
    let id = id(world, "prx-", 17);
    set(
        document,
        [
            (
                "DBProxyArn",
                world.arn("rds", &format!("db-proxy:{id}")).into(),
            ),
            ("Status", "available".into()),
            ("VpcId", of.vpc.into()),
            ("Endpoint", format!("{name}.proxy-{}", domain(world)).into()),
            ("CreatedDate", world.now().into()),
            ("EndpointNetworkType", wanted.into()),
            ("TargetConnectionNetworkType", target.into()),
        ],
    );
    Ok(())
}
