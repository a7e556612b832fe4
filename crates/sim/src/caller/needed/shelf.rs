//! What a call to a service needs of which the region keeps documents: the resources that its reads are judged by.
//!
//! Source: the service authorization reference of Amazon EFS, RDS, ElastiCache, AWS WAF V2, IAM and S3.

use super::{Needed, any, is_read, plain, text};
use crate::services::Service;
use crate::{Value, world::World};

/// Reads of lists are judged by every resource of their kind; whatever is not here, by everything: the narrower reading.
pub(super) fn needed(
    world: &World,
    service: Service,
    own: &str,
    op: &str,
    input: &Value,
) -> Vec<Needed> {
    let named = |member: &str| text(input, member).unwrap_or_else(any);
    let of = |service: &str, resource: String| plain(own, world.arn(service, &resource));
    let one = |kind: &str, member: &str| format!("{kind}:{}", named(member));
    match (service, op) {
        (Service::Efs, "DescribeMountTargets") => vec![of(
            "elasticfilesystem",
            format!("file-system/{}", named("FileSystemId")),
        )],
        (Service::Rds, "DescribeDBInstances") => {
            vec![of("rds", one("db", "DBInstanceIdentifier"))]
        }
        (Service::Rds, "DescribeDBClusters") => {
            vec![of("rds", one("cluster", "DBClusterIdentifier"))]
        }
        // By the proxy's id, which no request names.
        (Service::Rds, "DescribeDBProxies") => vec![of("rds", "db-proxy:*".to_owned())],
        (Service::ElastiCache, "DescribeCacheClusters") => {
            vec![of("elasticache", one("cluster", "CacheClusterId"))]
        }
        (Service::ElastiCache, "DescribeReplicationGroups") => vec![of(
            "elasticache",
            one("replicationgroup", "ReplicationGroupId"),
        )],
        (Service::ElastiCache, "DescribeServerlessCaches") => vec![of(
            "elasticache",
            one("serverlesscache", "ServerlessCacheName"),
        )],
        (Service::Waf, "GetWebACLForResource") => {
            // Both are asked for, and of the web ACL the right to read it as well.
            let acl = world.arn("wafv2", "regional/webacl/*/*");
            vec![
                plain(own, named("ResourceArn")),
                plain(own, acl.as_str()),
                plain("wafv2:GetWebACL", acl),
            ]
        }
        (Service::Waf, "GetIPSet") => {
            let set = format!("regional/ipset/{}/{}", named("Name"), named("Id"));
            vec![of("wafv2", set)]
        }
        (Service::ServiceDiscovery, "GetService" | "DeleteService") => {
            let id = named("Id");
            let id = id.rsplit('/').next().unwrap_or(&id);
            vec![of("servicediscovery", format!("service/{id}"))]
        }
        (Service::ServiceDiscovery, "CreateService") => {
            let tags = input.get("Tags").items().iter();
            let tag = |t: &Value| Some((text(t, "Key")?, text(t, "Value")?));
            let tags: Vec<(String, String)> = tags.filter_map(tag).collect();
            let named = named("NamespaceId");
            let id = named.rsplit('/').next().unwrap_or(&named);
            // In a namespace, and what is made has no id yet.
            let made = world.arn("servicediscovery", "service/*");
            let within = world.arn("servicediscovery", &format!("namespace/{id}"));
            let mut all = vec![plain(own, within), plain(own, made.as_str())];
            if !tags.is_empty() {
                all.push(plain("servicediscovery:TagResource", made));
            }
            all.into_iter().map(|needed| needed.asking(&tags)).collect()
        }
        (Service::S3, _) => {
            let partition = world.partition();
            vec![plain(
                own,
                format!("arn:{partition}:s3:::{}", named("Bucket")),
            )]
        }
        (Service::Iam, _) if is_read(op) => {
            let role = text(input, "RoleName");
            let arn = match role.map(|role| format!("role/{role}")) {
                Some(role) => world.arn("iam", &role),
                None => named("PolicyArn"),
            };
            vec![plain(own, arn)]
        }
        _ => vec![plain(own, any())],
    }
}
