//! Whether a load balancer reaches a task: the security groups of both, and the network ACLs between.
//!
//! What belongs here: reading rules. What must not: what follows for a target.

use super::World;
use super::behaviour::Family;
use super::elb::{LoadBalancer, TargetGroup};
use super::lattice;
use super::network::{Peer, Subnet, acls::holds};
use super::reach::{acls_let, peers};
use super::tasks::Task;

/// Whether the load balancers of the target group reach a port of the task from all their subnets. A task without security
/// groups of its own has its VPC's default one.
pub(crate) fn admits(world: &World, task: &Task, group: &TargetGroup, port: i64) -> bool {
    let own = groups_of(world, task);
    let Some(subnet) = world
        .network
        .subnet(&task.place.subnet)
        .filter(|_| !own.is_empty())
    else {
        // A task without a network of its own.
        return true;
    };
    if world.lattice.groups.contains_key(&group.arn) {
        return lattice::admits(world, task, group.family, port);
    }
    let balancers = group.load_balancers.iter();
    let mut balancers = balancers.filter_map(|lb| world.elb.load_balancers.get(lb));
    balancers.all(|balancer| {
        let way = Way {
            world,
            balancer,
            own: &own,
            subnet,
            port,
            ipv6: group.family == Family::V6,
        };
        way.is_let_in() && way.is_let_out() && way.passes_acls()
    })
}

/// From a load balancer to a task.
struct Way<'a> {
    world: &'a World,
    balancer: &'a LoadBalancer,
    own: &'a [String],
    subnet: &'a Subnet,
    port: i64,
    ipv6: bool,
}

impl Way<'_> {
    fn of_balancer(&self) -> impl Iterator<Item = &Subnet> {
        let zones = self.balancer.zones.iter();
        zones.filter_map(|(_, subnet)| self.world.network.subnet(subnet))
    }

    fn is_of_family(&self, peer: &Peer) -> bool {
        match peer {
            Peer::V4(_) => !self.ipv6,
            Peer::V6(_) => self.ipv6,
            Peer::Group(_) | Peer::PrefixList(_) => false,
        }
    }

    /// Whether a rule's block holds the blocks of subnets.
    fn holds<'s>(&self, peer: &Peer, subnets: impl IntoIterator<Item = &'s Subnet>) -> bool {
        let (Peer::V4(block) | Peer::V6(block)) = peer else {
            return false;
        };
        let block_of = |s: &'s Subnet| {
            if self.ipv6 {
                &s.ipv6_cidr
            } else {
                &s.ipv4_cidr
            }
        };
        let mut blocks = subnets.into_iter().filter_map(|s| block_of(s).as_deref());
        self.is_of_family(peer) && blocks.all(|of_subnet| holds(block, of_subnet))
    }

    fn is_let_in(&self) -> bool {
        // Behind a network load balancer clients come by their own addresses, of which only the family is looked at.
        let by_clients = self.balancer.kind == "network";
        let mut rules = peers(&self.world.network, self.own, false, self.port);
        rules.any(|peer| match peer {
            Peer::Group(id) => self.balancer.security_groups.contains(id),
            peer if by_clients => self.is_of_family(peer),
            peer => self.holds(peer, self.of_balancer()),
        })
    }

    fn is_let_out(&self) -> bool {
        let groups = &self.balancer.security_groups;
        let mut rules = peers(&self.world.network, groups, true, self.port);
        groups.is_empty()
            || rules.any(|peer| match peer {
                Peer::Group(id) => self.own.contains(id),
                peer => self.holds(peer, [self.subnet]),
            })
    }

    fn passes_acls(&self) -> bool {
        let network = &self.world.network;
        let mut nodes = self.of_balancer();
        nodes.all(|node| acls_let(network, node, self.subnet, self.port, self.ipv6))
    }
}

/// The security groups of a task: what its network names, or the default one of its VPC.
pub(crate) fn groups_of(world: &World, task: &Task) -> Vec<String> {
    in_subnet(world, task.security_groups.clone(), &task.place.subnet)
}

/// The security groups that are named, or the default one of a subnet's VPC.
pub(crate) fn in_subnet(world: &World, named: Vec<String>, subnet: &str) -> Vec<String> {
    if !named.is_empty() {
        return named;
    }
    let subnet = world.network.subnet(subnet);
    let default = subnet.and_then(|s| world.network.default_group(&s.vpc));
    default.map(|g| g.id.clone()).into_iter().collect()
}
