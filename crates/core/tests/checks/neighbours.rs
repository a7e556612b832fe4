//! Faults of what a service leans on beside its network.

use std::sync::Arc;

use serde_json::json;
use sixshift_core::{
    observation::{
        AddressCondition, AddressRule, AddressSet, BucketPolicy, Known, Listing, MountTarget,
        Permission, SecurityGroup, Store, WebAcl, Why,
    },
    readiness::{Answer, Leans, Scene, Severity},
};

use super::{Change, World, answer, broken, ground, seen};
use crate::world::build::{SUBNET_A, SUBNET_B, balancer_arn};

const DB: &str = "shop.c1x.eu-central-1.rds.amazonaws.com";
const CACHE: &str = "master.shop.c1x.euc1.cache.amazonaws.com";
const ROLE: &str = "arn:aws:iam::123456789012:role/checkout";

/// A volume on EFS, with mount targets in these zones.
fn mounts(world: &mut World, targets: &[(&str, &str, bool)]) {
    world.definition.document.edit(|d| {
        d["volumes"] =
            json!([{ "name": "data", "efsVolumeConfiguration": { "fileSystemId": "fs-1" } }])
    });
    let target = |(zone, state, ipv6): &(&str, &str, bool)| MountTarget {
        id: "fsmt-1".to_owned(),
        zone: (*zone).to_owned(),
        state: (*state).to_owned(),
        ipv6: ipv6.then(|| "2001:db8::5".to_owned()),
    };
    let targets = targets.iter().map(target).collect();
    let all = &mut world.neighbours.file_systems;
    all.insert("fs-1".to_owned(), Known::Seen(targets));
}

/// A variable that names a host, and what the lists tell.
fn names(world: &mut World, host: &str, stores: Vec<Store>) {
    world.definition.document.edit(|d| {
        d["containerDefinitions"][0]["environment"] =
            json!([{ "name": "STORE_HOST", "value": format!("tls://{host}:1234/x") }])
    });
    let stores = Arc::new(stores);
    for list in Listing::of(host) {
        let told = Known::Seen(Arc::clone(&stores));
        world.neighbours.stores.insert(*list, told);
    }
}

fn store(host: &str, network: &str) -> Vec<Store> {
    vec![Store {
        name: "shop".to_owned(),
        hosts: vec![host.to_owned()],
        network: network.to_owned(),
        port: Some(5432),
        groups: vec!["sg-db".to_owned()],
        discovery: Some("ipv4".to_owned()),
    }]
}

/// What the security group of the store admits.
fn admits(world: &mut World, permission: Permission) {
    let group = SecurityGroup {
        vpc: "vpc-1".to_owned(),
        name: "databases".to_owned(),
        ingress: vec![Permission {
            protocol: "tcp".to_owned(),
            ports: Some((5432, 5432)),
            ..permission
        }],
        egress: vec![],
    };
    seen(&mut ground(world).groups).insert("sg-db".to_owned(), group);
}

fn by_block(block: &str) -> Permission {
    Permission {
        ipv4: vec![block.to_owned()],
        ..Permission::default()
    }
}

fn by_group() -> Permission {
    Permission {
        groups: vec!["sg-1".to_owned()],
        ..Permission::default()
    }
}

/// No name with an IPv4 address alone is reached any more.
fn alone(world: &mut World) {
    for id in [SUBNET_A, SUBNET_B] {
        world.subnets.get_mut(id).unwrap().as_mut().unwrap().dns64 = false;
    }
}

fn set(name: &str, family: &str, negated: bool) -> AddressSet {
    AddressSet {
        name: name.to_owned(),
        negated,
        family: family.to_owned(),
        size: 2,
    }
}

fn guards(world: &mut World, blocks: bool, rules: &[(&str, AddressSet)]) {
    let rule = |(action, set): &(&str, AddressSet)| AddressRule {
        name: format!("by-{}", set.name),
        action: (*action).to_owned(),
        sets: vec![set.clone()],
    };
    let acl = WebAcl {
        name: "shop".to_owned(),
        blocks,
        rules: rules.iter().map(rule).collect(),
        groups: vec![],
    };
    let all = &mut world.neighbours.web_acls;
    all.insert(balancer_arn(), Known::Seen(Arc::new(acl)));
}

fn plays(world: &mut World, conditions: &[(&str, &str, &[&str])]) {
    world
        .definition
        .document
        .edit(|d| d["taskRoleArn"] = json!(ROLE));
    let of_role = |(effect, operator, blocks): &(&str, &str, &[&str])| AddressCondition {
        whom: vec![],
        ..condition(effect, operator, "aws:SourceIp", blocks)
    };
    let all = conditions.iter().map(of_role).collect();
    let roles = &mut world.neighbours.roles;
    roles.insert(ROLE.to_owned(), Known::Seen(Arc::new(all)));
}

/// A statement of a policy that is about addresses, for everything and everybody.
pub(super) fn condition(
    effect: &str,
    operator: &str,
    key: &str,
    blocks: &[&str],
) -> AddressCondition {
    AddressCondition {
        policy: "office".to_owned(),
        effect: effect.to_owned(),
        operator: operator.to_owned(),
        key: key.to_owned(),
        blocks: blocks.iter().map(|b| (*b).to_owned()).collect(),
        whom: vec!["*".to_owned()],
        whole: true,
    }
}

fn denial(blocks: &[&str]) -> AddressCondition {
    condition("Deny", "NotIpAddress", "aws:SourceIp", blocks)
}

/// A bucket that a variable names, asked by its dual-stack name.
fn asks(world: &mut World, conditions: Vec<AddressCondition>) {
    world.definition.document.edit(|d| {
        d["taskRoleArn"] = json!(ROLE);
        d["containerDefinitions"][0]["environment"] = json!([
            { "name": "ASSETS_BUCKET", "value": "shop-assets" },
            { "name": "AWS_USE_DUALSTACK_ENDPOINT", "value": "true" },
        ]);
    });
    keeps(
        world,
        BucketPolicy {
            conditions,
            is_others: false,
        },
    );
}

fn keeps(world: &mut World, policy: BucketPolicy) {
    let buckets = &mut world.neighbours.buckets;
    buckets.insert("shop-assets".to_owned(), Known::Seen(Arc::new(policy)));
}

/// A bucket with an environment file.
fn begins(world: &mut World, conditions: Vec<AddressCondition>) {
    world.definition.document.edit(|d| {
        d["containerDefinitions"][0]["environmentFiles"] =
            json!([{ "type": "s3", "value": "arn:aws:s3:::shop-assets/prod.env" }])
    });
    keeps(
        world,
        BucketPolicy {
            conditions,
            is_others: false,
        },
    );
}

pub(super) const FAULTS: &[(&str, Change)] = &[
    ("efs-mount-targets", |w| {
        mounts(
            w,
            &[
                ("eu-central-1a", "available", false),
                ("eu-central-1b", "available", true),
            ],
        )
    }),
    ("efs-mount-targets", |w| {
        mounts(w, &[("eu-central-1b", "creating", true)])
    }),
    ("efs-mount-targets", |w| {
        mounts(w, &[]);
        let all = &mut w.neighbours.file_systems;
        all.insert("fs-1".to_owned(), Known::Absent);
    }),
    ("database", |w| names(w, DB, vec![])),
    ("database", |w| {
        names(w, DB, vec![]);
        alone(w);
    }),
    ("database", |w| names(w, DB, store(DB, "IPV4"))),
    ("database", |w| {
        names(w, DB, store(DB, ""));
        alone(w);
    }),
    ("database", |w| {
        names(w, DB, store(DB, "IPV4"));
        admits(w, by_group());
    }),
    ("cache-discovery", |w| {
        names(w, CACHE, store(CACHE, "dual_stack"))
    }),
    ("database-groups", |w| {
        names(w, DB, store(DB, "DUAL"));
        admits(w, by_block("10.0.0.0/16"));
    }),
    ("waf-one-family", |w| {
        guards(w, true, &[("Allow", set("office", "IPV4", false))])
    }),
    ("waf-one-family", |w| {
        guards(w, false, &[("Block", set("office", "IPV4", true))])
    }),
    ("waf-one-family", |w| {
        guards(w, false, &[("Block", set("bots", "IPV4", false))])
    }),
    ("waf-one-family", |w| {
        guards(w, false, &[("Captcha", set("office", "IPV4", true))])
    }),
    ("policy-addresses", |w| {
        plays(w, &[("Allow", "IpAddress", &["203.0.113.0/24"])])
    }),
    ("policy-addresses", |w| {
        plays(w, &[("Deny", "NotIpAddress", &["203.0.113.0/24"])])
    }),
    ("bucket-addresses", |w| {
        asks(w, vec![denial(&["203.0.113.0/24", "198.51.100.7/32"])])
    }),
    ("bucket-addresses", |w| {
        begins(w, vec![denial(&["203.0.113.0/24"])])
    }),
    ("bucket-addresses", |w| {
        let some = AddressCondition {
            whole: false,
            ..denial(&["203.0.113.0/24"])
        };
        asks(w, vec![some]);
    }),
    ("bucket-addresses", |w| {
        asks(
            w,
            vec![condition(
                "Allow",
                "IpAddress",
                "aws:VpcSourceIp",
                &["10.0.0.0/8"],
            )],
        )
    }),
    ("bucket-addresses", |w| {
        asks(w, vec![]);
        keeps(
            w,
            BucketPolicy {
                conditions: vec![],
                is_others: true,
            },
        );
    }),
];

/// Everything that a service can lean on, and all of it well.
pub(super) fn well(w: &mut World) {
    let both = ["eu-central-1a", "eu-central-1b"].map(|zone| (zone, "available", true));
    mounts(w, &both);
    let stores = Store {
        discovery: None,
        ..store(DB, "DUAL").remove(0)
    };
    names(w, DB, vec![stores]);
    admits(w, by_group());
    let sets = ["IPV4", "IPV6"].map(|family| ("Allow", set(family, family, false)));
    guards(w, true, &sets);
    plays(
        w,
        &[("Allow", "IpAddress", &["203.0.113.0/24", "2001:db8::/56"])],
    );
    begins(w, vec![denial(&["203.0.113.0/24", "2001:db8::/56"])]);
}

fn told(change: Change, name: &str) -> Answer {
    let world = broken(change);
    answer(name, &world.plan, &world.look())
}

#[test]
fn what_is_well_is_accused_of_nothing() {
    let well: &[(&str, Change)] = &[
        ("waf-one-family", |w| {
            guards(w, false, &[("Allow", set("office", "IPV4", false))])
        }),
        ("waf-one-family", |w| {
            guards(w, true, &[("Count", set("office", "IPV4", false))])
        }),
        ("policy-addresses", |w| {
            plays(w, &[("Deny", "IpAddress", &["203.0.113.0/24"])])
        }),
        ("policy-addresses", |w| {
            plays(
                w,
                &[
                    ("Allow", "IpAddress", &["203.0.113.0/24"]),
                    ("Allow", "IpAddress", &["2001:db8::/56"]),
                ],
            )
        }),
        ("bucket-addresses", |w| asks(w, vec![])),
        ("bucket-addresses", |w| {
            asks(
                w,
                vec![condition(
                    "Deny",
                    "IpAddress",
                    "aws:SourceIp",
                    &["203.0.113.0/24"],
                )],
            )
        }),
        ("bucket-addresses", |w| {
            let of_others = AddressCondition {
                whom: vec![
                    "arn:aws:iam::123456789012:role/other".to_owned(),
                    "210987654321".to_owned(),
                ],
                ..denial(&["203.0.113.0/24"])
            };
            asks(w, vec![of_others]);
        }),
        ("database-groups", |w| {
            names(w, DB, store(DB, "DUAL"));
            admits(
                w,
                Permission {
                    ipv6: vec!["::/0".to_owned()],
                    ..Permission::default()
                },
            );
        }),
    ];
    for (name, change) in well {
        assert_eq!(told(*change, name), Answer::Holds, "{name}");
    }
    // What is reached by the NAT gateway's address is.
    let world = broken(|w| {
        names(w, DB, store(DB, "IPV4"));
        admits(w, by_block("10.0.0.0/16"));
    });
    let Answer::Found(found) = answer("database", &world.plan, &world.look()) else {
        panic!("it is told");
    };
    assert_eq!(found[0].severity, Some(Severity::Info));
}

/// By a name of IPv4 alone a bucket is asked through NAT64, from an IPv4 address.
#[test]
fn a_bucket_is_judged_by_the_address_that_it_is_asked_from() {
    let with = |text: &str, way: Change| {
        let mut world = broken(|w| asks(w, vec![denial(&["203.0.113.0/24"])]));
        let variables = json!([{ "name": "ASSETS_BUCKET", "value": text }]);
        let document = &mut world.definition.document;
        document.edit(|d| d["containerDefinitions"][0]["environment"] = variables);
        way(&mut world);
        match answer("bucket-addresses", &world.plan, &world.look()) {
            Answer::Found(found) => found[0].severity,
            other => panic!("{text}: {other:?}"),
        }
    };
    let (old, both) = (
        "https://shop-assets.s3.eu-central-1.amazonaws.com/x",
        "https://shop-assets.s3.dualstack.eu-central-1.amazonaws.com/x",
    );
    for (text, way, severity) in [
        (both, (|_| {}) as Change, Severity::Block),
        (both, alone, Severity::Block),
        (old, |_| {}, Severity::Info),
        (old, alone, Severity::Warn),
        ("shop-assets", |_| {}, Severity::Info),
        ("s3://shop-assets/x", alone, Severity::Warn),
    ] {
        assert_eq!(with(text, way), Some(severity), "{text}");
    }
}

#[test]
fn there_is_nothing_to_be_said_of_what_is_not_there() {
    let none: &[(&str, Change)] = &[
        ("efs-mount-targets", |_| {}),
        ("database", |_| {}),
        ("waf-one-family", |w| {
            w.neighbours.web_acls.insert(balancer_arn(), Known::Absent);
        }),
        ("bucket-addresses", |_| {}),
        ("bucket-addresses", |w| {
            begins(w, vec![]);
            w.neighbours
                .buckets
                .insert("shop-assets".to_owned(), Known::Absent);
        }),
        ("policy-addresses", |w| {
            plays(w, &[]);
            w.neighbours.roles.insert(ROLE.to_owned(), Known::Absent);
        }),
    ];
    for (name, change) in none {
        assert_eq!(told(*change, name), Answer::NotHere, "{name}");
    }
}

/// What may not be read is never taken for well.
#[test]
fn what_is_not_known_is_told_with_the_permission_that_is_lacking() {
    let lacking = |action| Why::new("denied").lasting(true).lacking(Some(action));
    let mut world = broken(well);
    let neighbours = &mut world.neighbours;
    for known in neighbours.file_systems.values_mut() {
        *known = Known::Unknown(lacking("elasticfilesystem:DescribeMountTargets"));
    }
    for known in neighbours.stores.values_mut() {
        *known = Known::Unknown(lacking("rds:DescribeDBInstances"));
    }
    for known in neighbours.web_acls.values_mut() {
        *known = Known::Unknown(lacking("wafv2:GetIPSet"));
    }
    for known in neighbours.roles.values_mut() {
        *known = Known::Unknown(lacking("iam:ListRolePolicies"));
    }
    for known in neighbours.buckets.values_mut() {
        *known = Known::Unknown(lacking("s3:GetBucketPolicy"));
    }
    let seen = world.look();
    let scene = Scene::new(&world.plan, &seen);
    for name in [
        "efs-mount-targets",
        "bucket-addresses",
        "database",
        "database-groups",
        "waf-one-family",
        "policy-addresses",
    ] {
        let check = sixshift_core::readiness::check(name).unwrap();
        let answer = check.answer(&scene);
        assert!(
            matches!(&answer, Answer::Unknown(why) if why.lacks.is_some()),
            "{name}: {answer:?}"
        );
    }
    let found = super::findings(&world.plan, &seen);
    let told: Vec<&str> = found.iter().map(|f| f.message.as_str()).collect();
    let expected = [
        "elasticfilesystem:DescribeMountTargets is not allowed: mount targets are not checked",
        "iam:ListRolePolicies is not allowed: policies of the task's roles are not checked",
        "rds:DescribeDBInstances is not allowed: databases are not checked",
        "s3:GetBucketPolicy is not allowed: bucket policies are not checked",
        "wafv2:GetIPSet is not allowed: web ACLs are not checked",
    ];
    assert_eq!(told, expected);
}

#[test]
fn rules_of_a_rule_group_are_not_taken_for_well() {
    let answer = told(
        |w| {
            guards(w, true, &[]);
            let acl = w.neighbours.web_acls.get_mut(&balancer_arn()).unwrap();
            Arc::make_mut(seen(acl)).groups.push("bots".to_owned());
        },
        "waf-one-family",
    );
    assert!(matches!(answer, Answer::Unknown(_)), "{answer:?}");
}

/// Only what a task definition names is asked for.
#[test]
fn a_plan_says_what_has_to_be_known() {
    let world = broken(well);
    let leans = Leans::of(&world.plan, &world.definition);
    assert_eq!(leans.file_systems.iter().collect::<Vec<_>>(), ["fs-1"]);
    assert_eq!(
        leans.stores.iter().collect::<Vec<_>>(),
        [&Listing::Instances]
    );
    assert!(leans.roles.contains(ROLE));
    assert_eq!(leans.buckets.iter().collect::<Vec<_>>(), ["shop-assets"]);
    let world = broken(|w| {
        w.definition
            .document
            .edit(|d| d["executionRoleArn"] = json!(null))
    });
    assert_eq!(Leans::of(&world.plan, &world.definition), Leans::default());
}
