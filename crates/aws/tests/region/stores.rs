//! Databases, proxies and caches of every kind, read off the wire: each that a variable names is found on its list, with its family, its
//! port and its security groups.

use sixshift_core::readiness::{Answer, Scene, check};
use sixshift_sim::{Value, services::Service};

use crate::{
    ground::Ground,
    neighbours::{call, group, seen, subnets, text},
};

/// A kind: how one is made in a group of subnets and of a family, and what it is then asked by.
struct Kind {
    name: &'static str,
    make: fn(&Ground, Family) -> String,
    /// Whether it tells its port and its security groups, so that these can be judged.
    tells_groups: bool,
}

/// The families of what is made, in each service's words.
#[derive(Clone, Copy, PartialEq)]
enum Family {
    Ipv4,
    Both,
}

impl Family {
    fn word(self) -> &'static str {
        if self == Self::Both { "both" } else { "old" }
    }

    fn rds(self) -> Value {
        if self == Self::Both { "DUAL" } else { "IPV4" }.into()
    }

    fn cache(self) -> Value {
        let word = if self == Self::Both {
            "dual_stack"
        } else {
            "ipv4"
        };
        word.into()
    }
}

const KINDS: &[Kind] = &[
    Kind {
        name: "a cluster",
        make: |ground, family| {
            let fields = [
                ("DBClusterIdentifier", named("ledger", family)),
                ("Engine", "aurora-postgresql".into()),
                ("DBSubnetGroupName", family.word().into()),
                ("NetworkType", family.rds()),
                ("VpcSecurityGroupIds", closed(ground)),
            ];
            let made = call(ground, Service::Rds, "CreateDBCluster", &fields);
            text(made.get("DBCluster").get("ReaderEndpoint"))
        },
        tells_groups: true,
    },
    Kind {
        name: "a proxy",
        make: |ground, family| {
            let fields = [
                ("DBProxyName", named("pool", family)),
                ("EngineFamily", "POSTGRESQL".into()),
                ("EndpointNetworkType", family.rds()),
                ("RoleArn", "arn:aws:iam::123456789012:role/pool".into()),
                ("VpcSubnetIds", Value::list(of(ground, family))),
                ("VpcSecurityGroupIds", closed(ground)),
            ];
            let made = call(ground, Service::Rds, "CreateDBProxy", &fields);
            text(made.get("DBProxy").get("Endpoint"))
        },
        tells_groups: true,
    },
    Kind {
        name: "a replication group",
        make: |ground, family| {
            let fields = [
                ("ReplicationGroupId", named("carts", family)),
                ("ReplicationGroupDescription", "carts".into()),
                ("Engine", "redis".into()),
                ("CacheNodeType", "cache.t4g.small".into()),
                ("CacheSubnetGroupName", family.word().into()),
                ("NetworkType", family.cache()),
            ];
            let made = call(
                ground,
                Service::ElastiCache,
                "CreateReplicationGroup",
                &fields,
            );
            let nodes = made.get("ReplicationGroup").get("NodeGroups").items();
            text(nodes[0].get("PrimaryEndpoint").get("Address"))
        },
        tells_groups: false,
    },
    Kind {
        name: "a cache cluster",
        make: |ground, family| {
            let fields = [
                ("CacheClusterId", named("pages", family)),
                ("Engine", "memcached".into()),
                ("CacheNodeType", "cache.t4g.small".into()),
                ("NumCacheNodes", 1_i64.into()),
                ("CacheSubnetGroupName", family.word().into()),
                ("NetworkType", family.cache()),
                ("SecurityGroupIds", closed(ground)),
            ];
            let made = call(ground, Service::ElastiCache, "CreateCacheCluster", &fields);
            let endpoint = made.get("CacheCluster").get("ConfigurationEndpoint");
            text(endpoint.get("Address"))
        },
        tells_groups: true,
    },
    Kind {
        name: "a serverless cache",
        make: |ground, family| {
            let fields = [
                ("ServerlessCacheName", named("hot", family)),
                ("Engine", "valkey".into()),
                ("SubnetIds", Value::list(of(ground, family))),
                ("NetworkType", family.cache()),
                ("SecurityGroupIds", closed(ground)),
            ];
            let made = call(
                ground,
                Service::ElastiCache,
                "CreateServerlessCache",
                &fields,
            );
            let endpoint = made.get("ServerlessCache").get("Endpoint");
            text(endpoint.get("Address"))
        },
        tells_groups: true,
    },
];

fn named(what: &str, family: Family) -> Value {
    format!("{what}-{}", family.word()).into()
}

fn of(ground: &Ground, family: Family) -> Vec<String> {
    subnets(ground, (true, family == Family::Both))
}

/// A security group that lets in nobody on any store's port: the tasks' own.
fn closed(ground: &Ground) -> Value {
    Value::list([group(ground, "tasks")])
}

/// A region with groups of subnets of each family.
fn ground() -> Ground {
    let ground = Ground::new("healthy", None);
    for family in [Family::Ipv4, Family::Both] {
        let ids = ("SubnetIds", Value::list(of(&ground, family)));
        let rds = [
            ("DBSubnetGroupName", family.word().into()),
            ("DBSubnetGroupDescription", family.word().into()),
            ids.clone(),
        ];
        call(&ground, Service::Rds, "CreateDBSubnetGroup", &rds);
        let cache = [
            ("CacheSubnetGroupName", family.word().into()),
            ("CacheSubnetGroupDescription", family.word().into()),
            ids,
        ];
        call(
            &ground,
            Service::ElastiCache,
            "CreateCacheSubnetGroup",
            &cache,
        );
    }
    ground
}

/// Deploys the service with a variable that names a host.
fn tell(ground: &Ground, host: &str) {
    let name = ground.services[0].name.as_str();
    let family = [("taskDefinition", name.into())];
    let told = call(ground, Service::Ecs, "DescribeTaskDefinition", &family);
    let told = told.get("taskDefinition");
    let mut containers = told.get("containerDefinitions").items().to_vec();
    let variable = Value::map([("name", Value::from("STORE")), ("value", host.into())]);
    containers[0].set("environment", Value::list([variable]));
    let taken = [
        "family",
        "networkMode",
        "requiresCompatibilities",
        "cpu",
        "memory",
        "executionRoleArn",
        "taskRoleArn",
    ];
    let mut fields: Vec<(&str, Value)> = taken.map(|of| (of, told.get(of).clone())).to_vec();
    fields.push(("containerDefinitions", Value::List(containers)));
    let made = call(ground, Service::Ecs, "RegisterTaskDefinition", &fields);
    let arn = made.get("taskDefinition").get("taskDefinitionArn").clone();
    let service = [
        ("cluster", "prod".into()),
        ("service", name.into()),
        ("taskDefinition", arn),
    ];
    call(ground, Service::Ecs, "UpdateService", &service);
}

/// What a check found of the service, in words.
async fn found(ground: &Ground, of: &str) -> Vec<String> {
    let (plan, seen) = (ground.plan(), seen(ground).await);
    let scene = Scene::new(&plan, &seen);
    match check(of).unwrap().answer(&scene) {
        Answer::Found(found) => found.into_iter().map(|f| f.message).collect(),
        Answer::Holds => Vec::new(),
        other => panic!("{of}: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_of_ipv4_is_named_whatever_its_kind_and_one_of_both_families_is_not() {
    for kind in KINDS {
        let ground = ground();
        let host = (kind.make)(&ground, Family::Ipv4);
        tell(&ground, &host);
        let told = found(&ground, "database").await;
        let [told] = told.as_slice() else {
            panic!("{}: {told:?}", kind.name)
        };
        assert!(
            told.contains(&host) && told.contains("-old has IPv4 addresses alone"),
            "{}: {told}",
            kind.name
        );
        // Whoever comes by NAT64 is not let in by a group that admits groups.
        let judged = told.contains("does not admit the NAT gateway");
        assert_eq!(judged, kind.tells_groups, "{}: {told}", kind.name);
        let host = (kind.make)(&ground, Family::Both);
        tell(&ground, &host);
        assert_eq!(found(&ground, "database").await, [""; 0], "{}", kind.name);
        let closed = found(&ground, "database-groups").await;
        assert_eq!(
            !closed.is_empty(),
            kind.tells_groups,
            "{}: {closed:?}",
            kind.name
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_cache_that_tells_ipv4_addresses_is_named_until_it_tells_others() {
    for kind in ["a replication group", "a cache cluster"] {
        let kind = KINDS.iter().find(|k| k.name == kind).unwrap();
        let ground = ground();
        tell(&ground, &(kind.make)(&ground, Family::Both));
        let told = found(&ground, "cache-discovery").await;
        assert_eq!(told.len(), 1, "{}: {told:?}", kind.name);
        assert!(
            told[0].ends_with("tells its clients IPv4 addresses"),
            "{told:?}"
        );
    }
}
