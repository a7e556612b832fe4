//! Whether a task's security groups let its load balancers in.
//!
//! What belongs here: reading rules. What must not: what follows for a target.

use super::World;
use super::behaviour::Family;
use super::elb::TargetGroup;
use super::network::Peer;
use super::tasks::Task;

/// Whether a load balancer of the target group reaches a port of the task. A task without security groups of its own has
/// its VPC's default one. Which addresses a block holds is not looked at, only its family.
pub(crate) fn admits(world: &World, task: &Task, group: &TargetGroup, port: i64) -> bool {
    let own = security_groups(world, task);
    if own.is_empty() {
        // A task without a network of its own.
        return true;
    }
    let of_balancers: Vec<&String> = group
        .load_balancers
        .iter()
        .filter_map(|lb| world.elb.load_balancers.get(lb))
        .flat_map(|lb| &lb.security_groups)
        .collect();
    let rules = own
        .iter()
        .filter_map(|g| world.network.group(g))
        .flat_map(|g| &g.rules)
        .filter(|r| !r.egress && matches!(r.protocol.as_str(), "tcp" | "6" | "-1"))
        .filter(|r| r.ports.is_none_or(|(from, to)| (from..=to).contains(&port)));
    rules.into_iter().any(|rule| match &rule.peer {
        Peer::V4(_) => group.family == Family::V4,
        Peer::V6(_) => group.family == Family::V6,
        Peer::Group(peer) => of_balancers.contains(&peer),
        Peer::PrefixList(_) => false,
    })
}

/// The security groups of a task: what its network names, or the default one of its VPC.
fn security_groups(world: &World, task: &Task) -> Vec<String> {
    let service = task
        .service
        .as_ref()
        .and_then(|s| world.ecs.services.get(s));
    let deployment = service.and_then(|s| s.deployments.iter().find(|d| d.id == task.started_by));
    let network = deployment.map(|d| d.settings.get("networkConfiguration"));
    let named = network
        .map(|n| n.get("awsvpcConfiguration").get("securityGroups").strings())
        .unwrap_or_default();
    if !named.is_empty() {
        return named;
    }
    let subnet = world.network.subnet(&task.place.subnet);
    let default = subnet.and_then(|s| world.network.default_group(&s.vpc));
    default.map(|g| g.id.clone()).into_iter().collect()
}
