//! Databases, proxies and caches of a region, list by list.
//!
//! What belongs here: how each list is read. What must not: which of them a service names.

use std::sync::Arc;

use sixshift_core::observation::{Known, Listing, Store};

use crate::{
    call::{
        DESCRIBE_CACHE_CLUSTERS, DESCRIBE_DB_CLUSTERS, DESCRIBE_DB_INSTANCES, DESCRIBE_DB_PROXIES,
        DESCRIBE_REPLICATION_GROUPS, DESCRIBE_SERVERLESS_CACHES,
    },
    error::Error,
    region::Clients,
    xml::Element,
};

/// A whole list.
pub(super) async fn all(
    clients: Arc<Clients>,
    list: Listing,
) -> Result<Known<Arc<Vec<Store>>>, Error> {
    const MOST: (&str, &str) = ("MaxRecords", "100");
    let (caller, asked) = (&clients.caller, &clients.neighbours);
    let (rds, cache) = (&asked.rds, &asked.elasticache);
    let (items, read): (_, fn(&Element) -> Store) = match list {
        Listing::Instances => {
            let members = ["DBInstances", "DBInstance", "Marker"];
            let all = rds.all(caller, &DESCRIBE_DB_INSTANCES, &[MOST], members);
            (all.await?, instance)
        }
        Listing::Clusters => {
            let members = ["DBClusters", "DBCluster", "Marker"];
            let all = rds.all(caller, &DESCRIBE_DB_CLUSTERS, &[MOST], members);
            (all.await?, cluster)
        }
        Listing::Proxies => {
            // Its list calls an item `member`.
            let members = ["DBProxies", "member", "Marker"];
            let all = rds.all(caller, &DESCRIBE_DB_PROXIES, &[MOST], members);
            (all.await?, proxy)
        }
        Listing::ReplicationGroups => {
            let members = ["ReplicationGroups", "ReplicationGroup", "Marker"];
            let all = cache.all(caller, &DESCRIBE_REPLICATION_GROUPS, &[MOST], members);
            (all.await?, replication_group)
        }
        Listing::CacheClusters => {
            let members = ["CacheClusters", "CacheCluster", "Marker"];
            let asked = [
                MOST,
                ("ShowCacheNodeInfo", "true"),
                ("ShowCacheClustersNotInReplicationGroups", "true"),
            ];
            let all = cache.all(caller, &DESCRIBE_CACHE_CLUSTERS, &asked, members);
            (all.await?, cache_cluster)
        }
        Listing::ServerlessCaches => {
            let members = ["ServerlessCaches", "member", "NextToken"];
            let asked = [("MaxResults", "100")];
            let all = cache.all(caller, &DESCRIBE_SERVERLESS_CACHES, &asked, members);
            (all.await?, serverless_cache)
        }
    };
    Ok(Known::Seen(Arc::new(items.iter().map(read).collect())))
}

fn text(item: &Element, name: &str) -> String {
    item.get(name).text().to_owned()
}

fn store<'a>(
    item: &Element,
    name: &str,
    network: &str,
    hosts: impl IntoIterator<Item = &'a Element>,
) -> Store {
    let hosts = hosts.into_iter().map(|h| h.text().to_ascii_lowercase());
    Store {
        name: text(item, name),
        hosts: hosts.filter(|host| !host.is_empty()).collect(),
        network: text(item, network),
        ..Store::default()
    }
}

/// Where what RDS and ElastiCache tell of security groups names one.
fn groups(item: &Element, [list, entry, id]: [&str; 3]) -> Vec<String> {
    let entries = item.get(list).all(entry);
    entries.map(|e| text(e, id)).collect()
}

const OF_VPC: [&str; 3] = [
    "VpcSecurityGroups",
    "VpcSecurityGroupMembership",
    "VpcSecurityGroupId",
];

fn port(of: &Element) -> Option<u16> {
    of.get("Port").text().parse().ok()
}

fn instance(item: &Element) -> Store {
    let endpoint = item.get("Endpoint");
    Store {
        port: port(endpoint),
        groups: groups(item, OF_VPC),
        ..store(
            item,
            "DBInstanceIdentifier",
            "NetworkType",
            [endpoint.get("Address")],
        )
    }
}

fn cluster(item: &Element) -> Store {
    let own = ["Endpoint", "ReaderEndpoint"].map(|name| item.get(name));
    let custom = item.get("CustomEndpoints").all("member");
    let hosts = own.into_iter().chain(custom);
    Store {
        port: port(item),
        groups: groups(item, OF_VPC),
        ..store(item, "DBClusterIdentifier", "NetworkType", hosts)
    }
}

/// It listens on its engine family's own port, whatever its databases' is (RDS user guide, Planning for RDS Proxy).
fn proxy(item: &Element) -> Store {
    let port = match item.get("EngineFamily").text() {
        "MYSQL" => Some(3306),
        "POSTGRESQL" => Some(5432),
        "SQLSERVER" => Some(1433),
        _ => None,
    };
    let ids = item.get("VpcSecurityGroupIds").all("member");
    let own = [item.get("Endpoint")];
    Store {
        port,
        groups: ids.map(|id| id.text().to_owned()).collect(),
        ..store(item, "DBProxyName", "EndpointNetworkType", own)
    }
}

/// Clients are told addresses of nodes where they are not told names.
fn discovery(item: &Element) -> Option<String> {
    let has_tls = item.get("TransitEncryptionEnabled").text() == "true";
    let discovery = text(item, "IpDiscovery");
    (!has_tls && !discovery.is_empty()).then_some(discovery)
}

fn replication_group(item: &Element) -> Store {
    let address = |of: &'static str| move |e| Element::get(e, of).get("Address");
    let groups = || item.get("NodeGroups").all("NodeGroup");
    let members = groups().flat_map(|g| g.get("NodeGroupMembers").all("NodeGroupMember"));
    let hosts = [address("ConfigurationEndpoint")(item)]
        .into_iter()
        .chain(groups().map(address("PrimaryEndpoint")))
        .chain(groups().map(address("ReaderEndpoint")))
        .chain(members.map(address("ReadEndpoint")));
    Store {
        discovery: discovery(item),
        ..store(item, "ReplicationGroupId", "NetworkType", hosts)
    }
}

fn cache_cluster(item: &Element) -> Store {
    let nodes = item.get("CacheNodes").all("CacheNode");
    let nodes = nodes.map(|node| node.get("Endpoint").get("Address"));
    let configuration = item.get("ConfigurationEndpoint");
    let first = item.get("CacheNodes").get("CacheNode").get("Endpoint");
    let hosts = [configuration.get("Address")];
    Store {
        discovery: discovery(item),
        port: port(configuration).or_else(|| port(first)),
        groups: groups(item, ["SecurityGroups", "member", "SecurityGroupId"]),
        ..store(
            item,
            "CacheClusterId",
            "NetworkType",
            hosts.into_iter().chain(nodes),
        )
    }
}

fn serverless_cache(item: &Element) -> Store {
    let hosts = ["Endpoint", "ReaderEndpoint"].map(|name| item.get(name).get("Address"));
    let ids = item.get("SecurityGroupIds").all("SecurityGroupId");
    Store {
        port: port(item.get("Endpoint")),
        groups: ids.map(|id| id.text().to_owned()).collect(),
        ..store(item, "ServerlessCacheName", "NetworkType", hosts)
    }
}
