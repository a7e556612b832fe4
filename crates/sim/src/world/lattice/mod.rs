//! The state of VPC Lattice: target groups, services with their listeners and rules, service networks and what is associated
//! with them.
//!
//! What belongs here: what is stored, how it is found, and which target group is whose. What must not: API shapes, refusals, the
//! course of health checks (as of all target groups, [`super::health`]).

mod publish;
mod routes;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

pub(crate) use publish::minute;
pub(crate) use routes::resolve;

use super::admission;
use super::behaviour::Family;
use super::clock::later;
use super::elb::TargetGroup;
use super::network::acls::holds;
use super::network::{Peer, endpoints};
use super::tasks::Task;
use super::{World, health};
use crate::Value;

/// Everything that VPC Lattice keeps for the account in the region; all maps by ARN.
#[derive(Clone, Debug, Default)]
pub struct Lattice {
    /// Target groups.
    pub groups: BTreeMap<String, Group>,
    /// Services: what clients ask.
    pub services: BTreeMap<String, Service>,
    /// Listeners.
    pub listeners: BTreeMap<String, Listener>,
    /// Rules, default rules included.
    pub rules: BTreeMap<String, Rule>,
    /// Service networks.
    pub networks: BTreeMap<String, Network>,
    /// Services and VPCs in service networks.
    pub associations: BTreeMap<String, Association>,
    /// Tags of whatever has any.
    pub tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Grows with every change of a listener or rule; what is resolved from them is kept until then.
    pub version: u64,
    /// What was answered to a request with a client token: operation and token, the request, the answer.
    pub(crate) answered: BTreeMap<(String, String), (Value, Value)>,
    /// What has had traffic, and so is told of each minute from then on.
    pub(crate) speaking: BTreeSet<String>,
}

/// What everything here has.
#[derive(Clone, Debug)]
pub struct About {
    /// Its ARN.
    pub arn: String,
    /// Its id: what the ARN ends with.
    pub id: String,
    /// Its name; empty where its kind has none.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// How long the service takes to make something. AWS gives no figure: it answers that the creation is in progress.
const MADE_IN: SignedDuration = SignedDuration::from_secs(3);

impl About {
    /// AWS's word for whether it is there yet.
    pub fn status(&self, now: Timestamp) -> &'static str {
        if now < later(self.created_at, MADE_IN) {
            "CREATE_IN_PROGRESS"
        } else {
            "ACTIVE"
        }
    }
}

/// A target group.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it is called.
    pub about: About,
    /// `IP`, `INSTANCE`, `LAMBDA`, `ALB`.
    pub kind: String,
    /// Its configuration as it is read back, defaults filled in.
    pub config: Value,
    /// Its targets, and the services that use it in place of load balancers.
    pub pool: TargetGroup,
}

impl Group {
    /// Whether its targets are checked at all.
    pub fn is_checked(&self) -> bool {
        self.config.get("healthCheck").get("enabled").as_bool() == Some(true)
    }
}

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    /// What it is called.
    pub about: About,
    /// Authentication, names and certificate, as given.
    pub given: Value,
}

/// A listener; its default action is that of its default rule.
#[derive(Clone, Debug)]
pub struct Listener {
    /// What it is called.
    pub about: About,
    /// The ARN of its service.
    pub service: String,
    /// `HTTP`, `HTTPS`, `TLS_PASSTHROUGH`.
    pub protocol: String,
    /// Its port.
    pub port: i64,
}

/// A rule of a listener.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it is called.
    pub about: About,
    /// The ARN of its listener.
    pub listener: String,
    /// Its priority; none for the default rule.
    pub priority: Option<i64>,
    /// Which requests meet it, as given.
    pub matches: Value,
    /// What becomes of them, in AWS's read-back form.
    pub action: Value,
}

/// A service network.
#[derive(Clone, Debug)]
pub struct Network {
    /// What it is called.
    pub about: About,
    /// Authentication and sharing, as given.
    pub given: Value,
}

/// Who is in a service network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// A service, by ARN.
    Service(String),
    /// A VPC, whose hosts are clients.
    Vpc(String),
}

/// A membership of a service network.
#[derive(Clone, Debug)]
pub struct Association {
    /// What it is called.
    pub about: About,
    /// The ARN of the network.
    pub network: String,
    /// Who is in it.
    pub member: Member,
    /// Security groups and names, as given.
    pub given: Value,
}

/// What an ARN or an id means.
pub fn named<'a, T>(all: &'a BTreeMap<String, T>, by: &str) -> Option<&'a T> {
    let ends = |(arn, _): &(&String, _)| arn.rsplit('/').next() == Some(by);
    let by_id = || all.iter().find(ends).map(|(_, one)| one);
    all.get(by).or_else(by_id)
}

impl Lattice {
    /// The target groups that an action forwards to, by ARN, with their weights.
    pub fn forwarded(&self, action: &Value) -> Vec<(String, i64)> {
        let groups = action.get("forward").get("targetGroups").items().iter();
        let known = groups.filter_map(|g| {
            let group = named(&self.groups, g.get("targetGroupIdentifier").as_str()?)?;
            // "If there's only one target group specified, then the default value is 100."
            let weight = g.get("weight").as_i64().unwrap_or(100);
            Some((group.about.arn.clone(), weight))
        });
        known.collect()
    }

    /// The service that a rule is of.
    pub fn service_of(&self, rule: &Rule) -> Option<&str> {
        let listener = self.listeners.get(&rule.listener)?;
        Some(&listener.service)
    }

    /// The services that use a target group.
    pub fn users(&self, group: &str) -> BTreeSet<String> {
        let rules = self.rules.values();
        let naming = rules.filter(|r| self.forwarded(&r.action).iter().any(|(g, _)| g == group));
        naming
            .filter_map(|r| self.service_of(r).map(str::to_owned))
            .collect()
    }

    /// The rules of a listener in the order they are tried: by priority, the default last.
    pub fn rules_of<'a>(&'a self, listener: &str) -> Vec<&'a Rule> {
        let mut rules: Vec<&Rule> = self.rules.values().collect();
        rules.retain(|r| r.listener == listener);
        rules.sort_by_key(|r| r.priority.unwrap_or(i64::MAX));
        rules
    }

    /// The listeners of a service by port.
    pub fn listeners_of<'a>(&'a self, service: &str) -> Vec<&'a Listener> {
        let mut listeners: Vec<&Listener> = self.listeners.values().collect();
        listeners.retain(|l| l.service == service);
        listeners.sort_by_key(|l| l.port);
        listeners
    }

    /// The tags of what an ARN means.
    pub(crate) fn tags(&self, arn: &str) -> Vec<(String, String)> {
        let tags = self.tags.get(arn).into_iter().flatten();
        tags.map(|(k, v)| (k.clone(), v.clone())).collect()
    }
}

impl World {
    /// A target group, of whichever service.
    pub(crate) fn pool(&self, arn: &str) -> Option<&TargetGroup> {
        let of_lattice = || self.lattice.groups.get(arn).map(|g| &g.pool);
        self.elb.target_groups.get(arn).or_else(of_lattice)
    }

    /// The same, to change it.
    pub(crate) fn pool_mut(&mut self, arn: &str) -> Option<&mut TargetGroup> {
        if let Some(found) = self.elb.target_groups.get_mut(arn) {
            return Some(found);
        }
        self.lattice.groups.get_mut(arn).map(|g| &mut g.pool)
    }

    /// All target groups, of both services.
    pub(crate) fn pools(&self) -> impl Iterator<Item = &TargetGroup> {
        let of_lattice = self.lattice.groups.values().map(|g| &g.pool);
        self.elb.target_groups.values().chain(of_lattice)
    }
}

/// After listeners or rules changed: which services use which target groups, and what that makes of targets.
pub(crate) fn routes_changed(world: &mut World) {
    world.lattice.version += 1;
    let all: Vec<String> = world.lattice.groups.keys().cloned().collect();
    for arn in all {
        let users = world.lattice.users(&arn);
        if let Some(group) = world.lattice.groups.get_mut(&arn)
            && group.pool.load_balancers != users
        {
            group.pool.load_balancers = users;
            health::used_otherwise(world, &arn);
        }
    }
    let now = world.now();
    world.agenda.at(now, super::clock::Wake::Script);
}

/// Where VPC Lattice asks from, in each family.
///
/// Source: VPC Lattice user guide, "Control traffic in VPC Lattice using security groups" (the managed prefix lists).
const CLIENTS: [(Family, &str, &str); 2] = [
    (Family::V4, "169.254.171.0/24", "vpc-lattice"),
    (Family::V6, "fd00:ec2:80::/64", "ipv6.vpc-lattice"),
];

/// Whether a task's security groups let VPC Lattice in on a port: by its addresses, or by its prefix lists.
pub(crate) fn admits(world: &World, task: &Task, family: Family, port: i64) -> bool {
    let groups = admission::groups_of(world, task);
    if groups.is_empty() {
        return true;
    }
    let lists = endpoints::prefix_lists(&world.region);
    let mut rules = super::reach::peers(&world.network, &groups, false, port);
    rules.any(|peer| {
        let mut from = CLIENTS.iter().filter(|(of, ..)| *of == family);
        from.any(|(_, block, name)| match peer {
            Peer::V4(other) | Peer::V6(other) => holds(other, block),
            Peer::PrefixList(id) => {
                let ends = format!(".{}.{name}", world.region);
                lists.iter().any(|l| l.id == *id && l.name.ends_with(&ends))
            }
            Peer::Group(_) => false,
        })
    })
}
