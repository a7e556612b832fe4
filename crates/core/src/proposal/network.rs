//! Which IPv6-only subnets a plan names: in the zones where the service is, one in each.
//!
//! What belongs here: the choice. What must not: the way out of a subnet (preflight's to say).

use std::collections::{BTreeMap, BTreeSet};

use super::{Material, Reason};
use crate::{
    observation::{Known, Shared, Subnet},
    plan::ServiceRef,
};

/// A plan takes no more (ECS: `awsvpcConfiguration` has 16 subnets at most).
const MOST: usize = 16;

/// What was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Their VPC.
    pub(super) vpc: String,
    /// Id and zone, in the order of zones.
    pub(super) subnets: Vec<(String, String)>,
    /// IPv6-only ones in the same zones that would have done, too.
    pub(super) others: Vec<String>,
    /// Zones of the service's that have none.
    pub(super) bare: Vec<String>,
}

impl Chosen {
    pub(super) fn ids(&self) -> Vec<String> {
        self.subnets.iter().map(|(id, _)| id.clone()).collect()
    }

    /// What EC2 told of the chosen and the service's own subnets.
    pub(super) fn told(&self, material: &Material) -> BTreeMap<String, Option<Shared<Subnet>>> {
        let ground = material.ground.seen();
        let all = ground.and_then(|g| g.subnets.seen()).into_iter().flatten();
        let own = own(material);
        let is_named = |id: &String| own.contains(id) || self.ids().contains(id);
        all.filter(|(id, _)| is_named(id))
            .map(|(id, subnet)| (id.clone(), Some(subnet.clone().into())))
            .collect()
    }
}

fn own(material: &Material) -> &[String] {
    material.seen.ipv4.seen().map_or(&[], |s| &s.subnets)
}

/// One IPv6-only subnet in each of the service's zones; where none of them has one, in each of the load balancers'.
pub(super) fn choose(service: &ServiceRef, material: &Material) -> Result<Chosen, Reason> {
    let ground = match &material.ground {
        Known::Seen(ground) => ground,
        Known::Absent => return Err(nowhere()),
        Known::Unknown(why) => return Err(untold(&why.to_string())),
    };
    let subnets = match &ground.subnets {
        Known::Seen(subnets) => subnets,
        Known::Absent => return Err(nowhere()),
        Known::Unknown(why) => return Err(untold(&why.to_string())),
    };
    let own: Vec<&Subnet> = own(material)
        .iter()
        .filter_map(|id| subnets.get(id))
        .collect();
    let Some(vpc) = own.first().map(|subnet| subnet.vpc.clone()) else {
        return Err(nowhere());
    };
    let zones: BTreeSet<&str> = own.iter().map(|s| s.zone.as_str()).collect();
    let reached = reached(material);
    let fits = |zones: &BTreeSet<&str>| {
        let fit = subnets.iter().filter(|(_, s)| {
            s.vpc == vpc
                && s.is_for_ipv6()
                && zones.contains(s.zone.as_str())
                && (reached.is_empty() || reached.contains(s.zone.as_str()))
        });
        let mut by_zone: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        fit.for_each(|(id, s)| by_zone.entry(s.zone.as_str()).or_default().push(id));
        by_zone
    };
    let mut found = fits(&zones);
    if found.is_empty() {
        found = fits(&reached);
    }
    if found.is_empty() {
        return Err(none(service, &vpc, &zones));
    }
    let bare = zones.iter().filter(|z| !found.contains_key(**z));
    let others = found.values().flat_map(|ids| ids.iter().skip(1));
    let chosen = found.iter().filter_map(|(zone, ids)| {
        let id = ids.first()?;
        Some(((*id).clone(), (*zone).to_owned()))
    });
    Ok(Chosen {
        vpc,
        subnets: chosen.take(MOST).collect(),
        others: others.map(|id| (*id).clone()).collect(),
        bare: bare.map(|zone| (*zone).to_owned()).collect(),
    })
}

/// The zones that every load balancer in front sends to.
fn reached(material: &Material) -> BTreeSet<&str> {
    let balancers = material.seen.load_balancers.seen().into_iter().flatten();
    let zones = balancers.map(|b| b.zones.iter().map(String::as_str).collect());
    zones
        .reduce(|all: BTreeSet<&str>, zones| all.intersection(&zones).copied().collect())
        .unwrap_or_default()
}

fn none(service: &ServiceRef, vpc: &str, zones: &BTreeSet<&str>) -> Reason {
    let zones: Vec<&str> = zones.iter().copied().collect();
    Reason::new(
        "no-ipv6-subnets",
        format!("{vpc} has no IPv6-only subnet in {}", zones.join(", ")),
        format!(
            "sixshift prepare {} --cluster {} -o cloudformation (or terraform) writes them as code; make them, and begin again",
            service.name, service.cluster
        ),
    )
}

fn nowhere() -> Reason {
    Reason::new(
        "no-subnets",
        "the service names no subnet, so nothing tells where its twin could be",
        "move its task definition to awsvpc first",
    )
}

fn untold(why: &str) -> Reason {
    Reason::new(
        "subnets-unread",
        format!("EC2 does not tell which IPv6-only subnets there are: {why}"),
        "allow ec2:DescribeSubnets, as deploy/iam/policy.json does, and begin again",
    )
}
