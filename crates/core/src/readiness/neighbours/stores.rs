//! Databases and caches of AWS's that variables name.
//!
//! What belongs here: whether they have IPv6 addresses, by what RDS and ElastiCache tell, and where these do not tell, by their
//! names. What must not: AWS's endpoints ([`super::super::task::words`]).

use super::{
    super::{
        block::is_within,
        check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving, known},
        net::{
            groups::{admits, is_for},
            ipv6_subnets,
        },
        service::task_groups,
        task::{containers, words::has_detour},
    },
    of,
};
use crate::observation::{
    Listing, Permission, Store,
    neighbours::{hosts, labels},
};

pub(in super::super) const CHECKS: &[Check] = &[
    Check {
        id: "DEP-008",
        name: "database",
        category: Category::Dep,
        severity: Severity::Block,
        holds: "No variable names a database or cache of AWS's that has IPv4 addresses alone.",
        why: "RDS, Aurora, ElastiCache, Redshift and others have IPv4 addresses alone unless they were made dual-stack. Without DNS64 and \
              NAT64 a task on IPv6 alone does not reach such a one; with them it comes from the NAT gateway's address, which a security \
              group that admits the tasks' group refuses.",
        remedy: "make it dual-stack (a database by its network type, once its subnet group has both families; a cache has to be made anew), \
                 or see with DNS64 and NAT64 that its security group admits the NAT gateway's addresses",
        source: "Amazon RDS user guide, Working with a DB instance in a VPC: dual-stack mode; Amazon ElastiCache user guide, Choosing a \
                 network type; aws/containers-roadmap#2456",
        waiving: Waiving::ByReason,
        run: databases,
    },
    Check {
        id: "DEP-010",
        name: "cache-discovery",
        category: Category::Dep,
        severity: Severity::Warn,
        holds: "A cache of both families tells its clients IPv6 addresses of its nodes.",
        why: "A client that asks a cache where its nodes are is told addresses of one family, as IpDiscovery says. Where TLS is on it is \
              told names.",
        remedy: "set its IpDiscovery to ipv6, which needs no new cache",
        source: "Amazon ElastiCache user guide, Choosing a network type: using dual-stack",
        waiving: Waiving::ByReason,
        run: discovery,
    },
    Check {
        id: "DEP-011",
        name: "database-groups",
        category: Category::Dep,
        severity: Severity::Block,
        holds: "Databases and caches of both families let the twin in over IPv6.",
        why: "A rule for IPv4 blocks matches no packet of IPv6: connections time out.",
        remedy: "admit the tasks' security group, which counts for both families",
        source: "Amazon VPC user guide, Security group rules",
        waiving: Waiving::ByReason,
        run: closed,
    },
];

/// What is known of a host in a variable.
enum Met<'a> {
    Store(&'a Store),
    /// It may be a database or a cache by its name, and no list has it.
    Name,
}

/// Under these names are databases and caches.
const DATABASES: &[&str] = &[
    "rds", "cache", "redshift", "docdb", "neptune", "memorydb", "mq", "kafka", "es", "aos",
];

/// Whether a host is a database or a cache by its name.
pub(in super::super) fn is_database(host: &str) -> bool {
    labels(host)
        .is_some_and(|labels| labels.len() > 2 && labels.iter().any(|l| DATABASES.contains(l)))
}

fn databases(s: &Scene<'_>) -> Judged {
    let has_detour = has_detour(s)?;
    each(s, |told, met| {
        let (what, severity) = match met {
            Met::Store(store) if store.has_ipv6() => return None,
            Met::Store(store) if !has_detour => (
                format!(": {} has IPv4 addresses alone", store.name),
                Severity::Block,
            ),
            Met::Store(store) => on_a_detour(s, store),
            Met::Name => (
                ", which may have IPv4 addresses alone".to_owned(),
                if has_detour {
                    Severity::Info
                } else {
                    Severity::Warn
                },
            ),
        };
        Some(Found::new(format!("{told}{what}")).of(severity))
    })
}

/// Of a store of IPv4 alone that DNS64 and NAT64 lead to. Whoever comes so comes from the NAT gateway, and has no security group.
fn on_a_detour(s: &Scene<'_>, store: &Store) -> (String, Severity) {
    let what = format!(": {} has IPv4 addresses alone", store.name);
    let gateways = s.seen.ground.seen().and_then(|g| g.nat_gateways.seen());
    let addresses = gateways.into_iter().flat_map(|all| all.values());
    let addresses: Vec<&String> = addresses.flat_map(|gateway| &gateway.addresses).collect();
    let lets_in = |p: &Permission| {
        let blocks = || {
            addresses
                .iter()
                .flat_map(|a| p.ipv4.iter().map(|b| is_within(a, b)))
        };
        !p.lists.is_empty() || blocks().any(|within| within)
    };
    match refuses(s, store, lets_in) {
        true if !addresses.is_empty() => {
            let groups = store.groups.join(", ");
            let why =
                format!("{what}, and {groups} does not admit the NAT gateway that leads to it");
            (why, Severity::Block)
        }
        _ => (what, Severity::Info),
    }
}

/// Of a store that is reached over IPv6.
fn closed(s: &Scene<'_>) -> Judged {
    let subnets = ipv6_subnets(s)?;
    let blocks = subnets.iter().flat_map(|(_, subnet)| &subnet.ipv6_blocks);
    let blocks: Vec<&str> = blocks.map(String::as_str).collect();
    let tasks = task_groups(s)?;
    known(&s.ground()?.groups)?;
    each(s, |told, met| {
        let Met::Store(store) = met else {
            return None;
        };
        let is_closed = store.has_ipv6() && refuses(s, store, |p| admits(p, tasks, &blocks));
        let groups = store.groups.join(", ");
        let message = format!(
            "{told}: {groups} of {} does not let the twin in over IPv6",
            store.name
        );
        is_closed.then(|| Found::new(message))
    })
}

/// Whether none of a store's security groups lets in what comes. Groups that are not known may do.
fn refuses(s: &Scene<'_>, store: &Store, lets_in: impl Fn(&Permission) -> bool) -> bool {
    let known = s.seen.ground.seen().and_then(|ground| ground.groups.seen());
    let (Some(port), Some(known)) = (store.port, known) else {
        return false;
    };
    let groups: Option<Vec<_>> = store.groups.iter().map(|id| known.get(id)).collect();
    groups.is_some_and(|groups| {
        let mut rules = groups.iter().flat_map(|g| &g.ingress);
        !groups.is_empty() && !rules.any(|p| is_for(p, port) && lets_in(p))
    })
}

fn discovery(s: &Scene<'_>) -> Judged {
    each(s, |told, met| {
        let Met::Store(store) = met else {
            return None;
        };
        let leads_astray = store.has_ipv6() && store.discovery.as_deref() == Some("ipv4");
        let message = format!("{told}: {} tells its clients IPv4 addresses", store.name);
        leads_astray.then(|| Found::new(message))
    })
}

/// Each database or cache that is named, with where: `container app names … in its variable HOST`. What could not be read hides
/// only itself; where nothing else is found that is the answer.
fn each(s: &Scene<'_>, wrong: impl Fn(&str, &Met<'_>) -> Option<Found>) -> Judged {
    let (mut all, mut unknown, mut any) = (Vec::new(), None, false);
    for container in containers(s)? {
        for said in container.said() {
            for host in hosts(said.text).filter(|host| is_database(host)) {
                any = true;
                let (name, place) = (container.name, said.place);
                let told = format!("container {name} names {host} in its {place}");
                match met(s, host) {
                    Ok(met) => all.extend(wrong(&told, &met)),
                    Err(why) => unknown = Some(why),
                }
            }
        }
    }
    match unknown {
        _ if !any => Err(Spared::NotHere),
        Some(why) if all.is_empty() => Err(why),
        _ => Ok(all),
    }
}

fn met<'a>(s: &Scene<'a>, host: &str) -> Result<Met<'a>, Spared> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let mut unread = None;
    for list in Listing::of(&host) {
        match of(s.seen.neighbours.stores.get(list)) {
            Ok(stores) => {
                let mut stores = stores.into_iter().flat_map(|all| all.iter());
                if let Some(store) = stores.find(|store| store.hosts.contains(&host)) {
                    return Ok(Met::Store(store));
                }
            }
            Err(why) => unread = Some(why),
        }
    }
    unread.map_or(Ok(Met::Name), Err)
}
