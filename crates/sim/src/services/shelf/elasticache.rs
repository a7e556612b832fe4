//! ElastiCache: clusters, replication groups and serverless caches, and the families that they answer on and are found by.

use super::{Does, Kind, Paging, named, one, set, subnets};
use crate::services::AwsError;
use crate::{Value, world::World};

pub(super) const PAGING: Paging = Paging {
    token: ("Marker", "Marker"),
    size: ("MaxRecords", 100),
};

const GROUP: Kind = Kind {
    shape: "CacheSubnetGroup",
    key: "CacheSubnetGroupName",
    absent: ("CacheSubnetGroupNotFoundFault", 400),
    taken: ("CacheSubnetGroupAlreadyExists", 400),
};
const CLUSTER: Kind = Kind {
    shape: "CacheCluster",
    key: "CacheClusterId",
    absent: ("CacheClusterNotFound", 404),
    taken: ("CacheClusterAlreadyExists", 400),
};
const REPLICATION: Kind = Kind {
    shape: "ReplicationGroup",
    key: "ReplicationGroupId",
    absent: ("ReplicationGroupNotFoundFault", 404),
    taken: ("ReplicationGroupAlreadyExists", 400),
};
const SERVERLESS: Kind = Kind {
    shape: "ServerlessCache",
    key: "ServerlessCacheName",
    absent: ("ServerlessCacheNotFoundFault", 404),
    taken: ("ServerlessCacheAlreadyExistsFault", 400),
};

pub(super) fn does(op: &str) -> Option<Does> {
    const GROUP_NAME: &str = "CacheSubnetGroupName";
    const ID: &str = "CacheClusterId";
    const REPLICATION_ID: &str = "ReplicationGroupId";
    const NAME: &str = "ServerlessCacheName";
    Some(match op {
        "CreateCacheSubnetGroup" => Does::Makes(&GROUP, group, "CacheSubnetGroup"),
        "DescribeCacheSubnetGroups" => {
            Does::Tells(&GROUP, &[(GROUP_NAME, GROUP_NAME)], "CacheSubnetGroups")
        }
        "DeleteCacheSubnetGroup" => Does::Removes(&GROUP, GROUP_NAME, ""),
        "CreateCacheCluster" => Does::Makes(&CLUSTER, cluster, "CacheCluster"),
        "DescribeCacheClusters" => Does::Tells(&CLUSTER, &[(ID, ID)], "CacheClusters"),
        "DeleteCacheCluster" => Does::Removes(&CLUSTER, ID, "CacheCluster"),
        "CreateReplicationGroup" => Does::Makes(&REPLICATION, replication, "ReplicationGroup"),
        "DescribeReplicationGroups" => Does::Tells(
            &REPLICATION,
            &[(REPLICATION_ID, REPLICATION_ID)],
            "ReplicationGroups",
        ),
        "DeleteReplicationGroup" => Does::Removes(&REPLICATION, REPLICATION_ID, "ReplicationGroup"),
        "CreateServerlessCache" => Does::Makes(&SERVERLESS, serverless, "ServerlessCache"),
        "DescribeServerlessCaches" => Does::Tells(&SERVERLESS, &[(NAME, NAME)], "ServerlessCaches"),
        "DeleteServerlessCache" => Does::Removes(&SERVERLESS, NAME, "ServerlessCache"),
        _ => return None,
    })
}

/// The families that a group of subnets can have, in ElastiCache's words.
fn families(of: &super::Subnets) -> Value {
    let all = [
        ("ipv4", of.ipv4),
        ("ipv6", of.ipv6),
        ("dual_stack", of.ipv4 && of.ipv6),
    ];
    Value::list(all.into_iter().filter(|(_, has)| *has).map(|(f, _)| f))
}

fn group(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let ids = input.get("SubnetIds").strings();
    let of = subnets(world, &ids, "InvalidSubnet")?;
    let told = ids
        .iter()
        .filter_map(|id| world.network.subnet(id))
        .map(|subnet| {
            let one = super::Subnets {
                vpc: String::new(),
                ipv4: subnet.ipv4_cidr.is_some(),
                ipv6: subnet.ipv6_cidr.is_some(),
            };
            Value::map([
                ("SubnetIdentifier", subnet.id.as_str().into()),
                (
                    "SubnetAvailabilityZone",
                    Value::map([("Name", Value::from(subnet.az.as_str()))]),
                ),
                ("SupportedNetworkTypes", families(&one)),
            ])
        });
    let told = Value::list(told);
    let name = named(input, "CacheSubnetGroupName").to_ascii_lowercase();
    set(
        document,
        [
            (
                "ARN",
                world
                    .arn("elasticache", &format!("subnetgroup:{name}"))
                    .into(),
            ),
            ("CacheSubnetGroupName", name.into()),
            ("Subnets", told),
            ("SupportedNetworkTypes", families(&of)),
            ("VpcId", of.vpc.into()),
        ],
    );
    Ok(())
}

/// Sets the family of what lies in a group of subnets, where the group has it.
fn placed(world: &World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let name = named(input, "CacheSubnetGroupName").to_ascii_lowercase();
    let group = one(world, &GROUP, &name)?;
    let wanted = input.get("NetworkType").as_str().unwrap_or("ipv4");
    let can = group.get("SupportedNetworkTypes").items();
    let refuse = |message: String| Err(AwsError::new("InvalidParameterCombination", message));
    if !can.iter().any(|c| c.as_str() == Some(wanted)) {
        return refuse(format!(
            "The cache subnet group {name} does not support network type {wanted}."
        ));
    }
    let usual = if wanted == "ipv6" { "ipv6" } else { "ipv4" };
    let discovery = input.get("IpDiscovery").as_str().unwrap_or(usual);
    if wanted != "dual_stack" && discovery != wanted {
        return refuse(format!(
            "IP discovery {discovery} does not fit network type {wanted}."
        ));
    }
    set(
        document,
        [
            ("NetworkType", wanted.into()),
            ("IpDiscovery", discovery.into()),
        ],
    );
    Ok(())
}

fn security_groups(input: &Value) -> Value {
    let group = |id: String| {
        Value::map([
            ("SecurityGroupId", Value::from(id)),
            ("Status", "active".into()),
        ])
    };
    Value::list(
        input
            .get("SecurityGroupIds")
            .strings()
            .into_iter()
            .map(group),
    )
}

/// Where a client finds a cache.
fn endpoint(world: &World, input: &Value, name: &str) -> Value {
    let port = input.get("Port").as_i64();
    let usual = if named(input, "Engine") == "memcached" {
        11211
    } else {
        6379
    };
    let address = format!("{name}.c0sim0.cache.amazonaws.com");
    let address = address.replace(".cache.", &format!(".{}.cache.", world.region));
    Value::map([
        ("Address", Value::from(address)),
        ("Port", port.unwrap_or(usual).into()),
    ])
}

fn cluster(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    placed(world, input, document)?;
    let id = named(input, "CacheClusterId").to_ascii_lowercase();
    let node = Value::map([
        ("CacheNodeId", Value::from("0001")),
        ("CacheNodeStatus", "available".into()),
        ("Endpoint", endpoint(world, input, &format!("{id}.0001"))),
    ]);
    set(
        document,
        [
            (
                "ARN",
                world.arn("elasticache", &format!("cluster:{id}")).into(),
            ),
            (
                "ConfigurationEndpoint",
                endpoint(world, input, &format!("{id}.cfg")),
            ),
            ("CacheClusterId", id.into()),
            ("CacheClusterStatus", "available".into()),
            ("CacheClusterCreateTime", world.now().into()),
            ("SecurityGroups", security_groups(input)),
            ("CacheNodes", Value::list([node])),
        ],
    );
    Ok(())
}

fn replication(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    placed(world, input, document)?;
    let id = named(input, "ReplicationGroupId").to_ascii_lowercase();
    let nodes = Value::map([
        ("NodeGroupId", Value::from("0001")),
        ("Status", "available".into()),
        (
            "PrimaryEndpoint",
            endpoint(world, input, &format!("master.{id}")),
        ),
        (
            "ReaderEndpoint",
            endpoint(world, input, &format!("replica.{id}")),
        ),
    ]);
    set(
        document,
        [
            (
                "ARN",
                world
                    .arn("elasticache", &format!("replicationgroup:{id}"))
                    .into(),
            ),
            ("ReplicationGroupId", id.into()),
            (
                "Description",
                input.get("ReplicationGroupDescription").clone(),
            ),
            ("Status", "available".into()),
            ("NodeGroups", Value::list([nodes])),
            ("ReplicationGroupCreateTime", world.now().into()),
        ],
    );
    Ok(())
}

fn serverless(world: &mut World, input: &Value, document: &mut Value) -> Result<(), AwsError> {
    let name = named(input, "ServerlessCacheName").to_ascii_lowercase();
    subnets(
        world,
        &input.get("SubnetIds").strings(),
        "InvalidParameterValue",
    )?;
    set(
        document,
        [
            (
                "ARN",
                world
                    .arn("elasticache", &format!("serverlesscache:{name}"))
                    .into(),
            ),
            (
                "Endpoint",
                endpoint(world, input, &format!("{name}.serverless")),
            ),
            (
                "ReaderEndpoint",
                endpoint(world, input, &format!("{name}.serverless")),
            ),
            ("ServerlessCacheName", name.into()),
            ("Status", "available".into()),
            ("CreateTime", world.now().into()),
        ],
    );
    Ok(())
}
