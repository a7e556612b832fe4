//! Whether a task in an IPv6-only subnet reaches what it needs outside: routes, gateways, network ACLs, security groups,
//! endpoints, names. It is asked when a task starts, and of those that run after each change of the network.
//!
//! What belongs here: the way of a packet out and back. What must not: what ECS says of it, or how target groups check (they
//! come in, by `admission`). The way over IPv4, from subnets that have it, is not looked at.

use super::network::acls::holds;
use super::network::cidr::Block6;
use super::network::{Network, Peer, Subnet, endpoints, gateways::NatGateway};
use super::tasks::{self, Inside, TaskState};
use super::{World, admission, buckets, containers, databases, health, policies, ties};
use crate::Value;

/// Somebody outside, as IPv6 has it.
const SOMEBODY: &str = "2a00:1450:4001::1/128";
/// What NAT64 leads to.
const NAT64: &str = "64:ff9b::/96";
/// Where answers come in; those of Linux.
const EPHEMERAL: (i64, i64) = (32_768, 60_999);
const HTTPS: (i64, i64) = (443, 443);

/// Why nothing comes back, in the words of a client.
pub(crate) const TIMEOUT: &str = "i/o timeout";
pub(crate) const UNREACHABLE: &str = "connect: network is unreachable";
const NO_SUCH_HOST: &str = "no such host";
/// Where the name server itself has an IPv4 address alone.
const NO_NAME_SERVER: &str = "lookup: dial udp: connect: network is unreachable";

/// A place to ask from.
#[derive(Clone, Copy)]
pub(crate) struct From<'a> {
    pub(crate) network: &'a Network,
    pub(crate) subnet: &'a Subnet,
    pub(crate) groups: &'a [String],
}

impl<'a> From<'a> {
    /// Why the world outside is not reached over IPv6.
    pub(crate) fn outside(self) -> Option<&'static str> {
        if let Some(why) = self.unresolved() {
            return Some(why);
        }
        let gateway = self.route(SOMEBODY);
        let leads = gateway.is_some_and(|g| g.starts_with("eigw-") || g.starts_with("igw-"));
        let passes = leads && !self.is_blocked() && self.lets_out(SOMEBODY);
        (!passes).then_some(TIMEOUT)
    }

    /// Whether hosts outside that have IPv4 alone are reached by their names.
    pub(crate) fn reaches_ipv4(self) -> bool {
        self.nat64().is_some_and(|gateway| {
            let table = self.network.table_of(&gateway.subnet);
            let mut routes = table.into_iter().flat_map(|t| &t.routes);
            let leads_out = routes.any(|r| {
                r.destination == "0.0.0.0/0"
                    && r.target.starts_with("igw-")
                    && self.network.is_there(&r.target)
            });
            gateway.public && leads_out
        })
    }

    /// The NAT gateway by which hosts that have IPv4 alone are reached by their names: the resolver makes up addresses for them,
    /// and it translates those.
    pub(crate) fn nat64(self) -> Option<&'a NatGateway> {
        let gateway = self.route(NAT64).filter(|g| g.starts_with("nat-"))?;
        let leads = self.subnet.dns64
            && self.unresolved().is_none()
            && self.has_amazons_resolver()
            && self.lets_out(NAT64);
        let mut gateways = self.network.nat_gateways.iter();
        gateways.find(|g| leads && g.id == gateway)
    }

    /// Why a service of AWS is not reached by its name of IPv4 alone.
    pub(crate) fn ipv4_name(self, short: &str) -> Option<&'static str> {
        match self.answering(short) {
            Some(endpoint) => self.through(endpoint),
            None if self.reaches_ipv4() => None,
            None => Some(self.unresolved().unwrap_or(UNREACHABLE)),
        }
    }

    /// The VPC's endpoints of a service of AWS.
    fn endpoints(self, short: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        let suffix = format!(".{short}");
        let vpc = &self.subnet.vpc;
        let all = self.network.documents.all(endpoints::KIND).iter();
        all.filter(move |e| text(e, "vpcId") == vpc && text(e, "serviceName").ends_with(&suffix))
    }

    /// The interface endpoint that has taken a service's names.
    fn answering(self, short: &str) -> Option<&'a Value> {
        let answers = |e: &&Value| e.get("privateDnsEnabled").as_bool() == Some(true);
        let found = self.endpoints(short).find(answers);
        found.filter(|_| self.has_amazons_resolver())
    }

    /// Why a service of AWS is not reached by its dual-stack name.
    pub(crate) fn service(self, short: &str) -> Option<&'static str> {
        if let Some(endpoint) = self.answering(short) {
            return self.through(endpoint);
        }
        let resolves = self.unresolved().is_none();
        if self.has_gateway(short) && resolves && self.lets_out(SOMEBODY) {
            return None;
        }
        self.outside()
    }

    /// Whether what it asks of a service by its dual-stack name goes by an endpoint of the VPC.
    pub(crate) fn goes_by_endpoint(self, short: &str) -> bool {
        self.answering(short).is_some() || self.has_gateway(short)
    }

    /// Why the policy of the endpoint that takes a call to a service refuses it, as AWS's messages end; none where it passes, or
    /// where no endpoint takes it. The action is as IAM names it.
    pub(crate) fn refusal(self, short: &str, action: &str) -> Option<String> {
        let endpoint = self.answering(short).or_else(|| self.gateway(short))?;
        let address = self.subnet.ipv6_cidr.as_deref().unwrap_or_default();
        policies::refusal(text(endpoint, "policyDocument"), action, address)
    }

    /// Whether a gateway endpoint of both families takes what goes to a service.
    fn has_gateway(self, short: &str) -> bool {
        self.gateway(short).is_some()
    }

    fn gateway(self, short: &str) -> Option<&'a Value> {
        let table = self.network.table_of(&self.subnet.id);
        let leads = |e: &&Value| {
            let v6 = text(e, "ipAddressType") != "ipv4";
            let routed = table.is_some_and(|t| {
                t.routes
                    .iter()
                    .any(|r| r.target == text(e, "vpcEndpointId"))
            });
            text(e, "vpcEndpointType") == "Gateway" && v6 && routed
        };
        self.endpoints(short).find(leads)
    }

    /// Why an interface endpoint that has taken a service's names does not serve.
    fn through(self, endpoint: &Value) -> Option<&'static str> {
        if let Some(why) = self.unresolved() {
            return Some(why);
        }
        let records = text(endpoint.get("dnsOptions"), "dnsRecordIpType");
        if text(endpoint, "ipAddressType") == "ipv4" || records == "ipv4" {
            return Some(UNREACHABLE);
        }
        let groups = endpoint.get("groupSet").items().iter();
        let groups: Vec<String> = groups.map(|g| text(g, "groupId").to_owned()).collect();
        let own = self.subnet.ipv6_cidr.as_deref().unwrap_or_default();
        let lets_in = self.rules(&groups, false).any(|peer| match peer {
            Peer::V6(block) => holds(block, own),
            Peer::Group(id) => self.groups.contains(id),
            Peer::V4(_) | Peer::PrefixList(_) => false,
        });
        (!lets_in || !self.group_lets_out(SOMEBODY)).then_some(TIMEOUT)
    }

    /// Why no name is answered at all. A resolver of one's own is taken to answer where it is reached.
    fn unresolved(self) -> Option<&'static str> {
        let vpc = self.network.vpc(&self.subnet.vpc);
        let support = vpc.is_some_and(|v| v.dns_support);
        let servers = self.name_servers();
        match (self.has_amazons_resolver(), support) {
            (true, true) => None,
            (true, false) => Some(NO_SUCH_HOST),
            (false, _) => (!servers.iter().any(|s| s.contains(':'))).then_some(NO_NAME_SERVER),
        }
    }

    /// Whether the VPC asks Amazon's resolver, which alone knows of endpoints and DNS64.
    fn has_amazons_resolver(self) -> bool {
        let servers = self.name_servers();
        servers.is_empty() || servers.contains(&"AmazonProvidedDNS")
    }

    /// The name servers that the VPC's DHCP options name.
    fn name_servers(self) -> Vec<&'a str> {
        let set = self.network.vpc(&self.subnet.vpc).map(|v| v.dhcp.as_str());
        let set = set.and_then(|id| {
            self.network
                .documents
                .find("DhcpOptions", "dhcpOptionsId", id)
        });
        let options = set
            .map(|s| s.get("dhcpConfigurationSet").items())
            .unwrap_or_default();
        let servers = options
            .iter()
            .find(|o| text(o, "key") == "domain-name-servers");
        let values = servers.map(|s| s.get("valueSet").items());
        let values = values.unwrap_or_default().iter();
        values.map(|v| text(v, "value")).collect()
    }

    /// What packets to a block go through, where it is there: the longest prefix decides.
    fn route(self, to: &str) -> Option<&'a str> {
        let table = self.network.table_of(&self.subnet.id)?;
        let fitting = table.routes.iter().filter(|r| holds(&r.destination, to));
        let route = fitting.max_by_key(|r| Block6::parse(&r.destination).map(|b| b.prefix))?;
        self.network
            .is_there(&route.target)
            .then_some(route.target.as_str())
    }

    /// Whether the account has closed its VPCs to the internet both ways, this one not excepted.
    fn is_blocked(self) -> bool {
        self.network.public_access_of(self.subnet) == "block-bidirectional"
    }

    fn lets_out(self, to: &str) -> bool {
        let acl = self.network.acl_of(&self.subnet.id);
        let passes = acl
            .is_none_or(|(acl, _)| acl.passes(true, HTTPS, to) && acl.passes(false, EPHEMERAL, to));
        passes && self.group_lets_out(to)
    }

    fn group_lets_out(self, to: &str) -> bool {
        self.groups.is_empty()
            || self
                .rules(self.groups, true)
                .any(|peer| matches!(peer, Peer::V6(block) if holds(block, to)))
    }

    /// The peers of rules about HTTPS.
    fn rules(self, groups: &[String], egress: bool) -> impl Iterator<Item = &'a Peer> + use<'a> {
        peers(self.network, groups, egress, HTTPS.0)
    }
}

/// The peers of the rules of groups that are about a port of TCP.
pub(crate) fn peers<'a>(
    network: &'a Network,
    groups: &[String],
    egress: bool,
    port: i64,
) -> impl Iterator<Item = &'a Peer> + use<'a> {
    let groups: Vec<_> = groups.iter().filter_map(|g| network.group(g)).collect();
    let rules = groups.into_iter().flat_map(|g| &g.rules);
    rules
        .filter(move |r| r.egress == egress)
        .filter(|r| matches!(r.protocol.as_str(), "tcp" | "6" | "-1"))
        .filter(move |r| r.ports.is_none_or(|(from, to)| (from..=to).contains(&port)))
        .map(|r| &r.peer)
}

/// Whether the network ACLs of two subnets let a connection from one to a port in the other, and its answers back.
pub(crate) fn acls_let(
    network: &Network,
    from: &Subnet,
    to: &Subnet,
    port: i64,
    ipv6: bool,
) -> bool {
    if from.id == to.id {
        return true;
    }
    let block = |s: &Subnet| {
        if ipv6 {
            s.ipv6_cidr.clone()
        } else {
            s.ipv4_cidr.clone()
        }
    };
    let (Some(here), Some(there)) = (block(from), block(to)) else {
        return true;
    };
    let passes = |subnet: &Subnet, egress, ports, with: &str| {
        let acl = network.acl_of(&subnet.id);
        acl.is_none_or(|(acl, _)| acl.passes(egress, ports, with))
    };
    // A load balancer asks from any port but the well-known ones.
    const ANSWERS: (i64, i64) = (1024, 65_535);
    passes(from, true, (port, port), &there)
        && passes(to, false, (port, port), &here)
        && passes(to, true, ANSWERS, &here)
        && passes(from, false, ANSWERS, &there)
}

fn text<'v>(of: &'v Value, member: &str) -> &'v str {
    of.get(member).as_str().unwrap_or_default()
}

/// What an image is called besides, where something is out of its reach: this, and what.
const WITHOUT: &str = " without ";

/// The image, whatever what runs of it is without.
pub(crate) fn image_of(name: &str) -> &str {
    name.split_once(WITHOUT).map_or(name, |(image, _)| image)
}

/// What that what runs under a name is without.
pub(crate) fn lack_of(name: &str) -> Option<&str> {
    name.split_once(WITHOUT).map(|(_, what)| what)
}

impl World {
    /// What a task of an image behaves as in a place: as the image does, but for what it asks in vain there, and for what its own
    /// definition ties to IPv4.
    pub(crate) fn behaves(
        &mut self,
        image: &str,
        inside: &Inside,
        subnet: &str,
        groups: &[String],
    ) -> String {
        let image = image_of(image);
        let Some(from) = self.ipv6_only(subnet, groups) else {
            return image.to_owned();
        };
        let Some(app) = self.behaviours.get(image) else {
            return image.to_owned();
        };
        let containers = inside.containers.as_slice();
        let ties = ties::of(containers);
        let asks = if from.reaches_ipv4() {
            0.0
        } else {
            app.asks_ipv4
        };
        let is_pinned = ties.endpoints.iter().any(|e| from.ipv4_name(e).is_some());
        let lacks = [
            ("hosts of IPv4", asks),
            ("an address of IPv4", f64::from(ties.address)),
            ("an endpoint of IPv4", f64::from(is_pinned)),
            (
                "its database",
                f64::from(databases::out_of_reach(self, from, containers)),
            ),
            ("its bucket", f64::from(buckets::denied(self, from, inside))),
            (
                "IPv6 of its own",
                f64::from(ties.sockets || ties.interfaces),
            ),
        ];
        let lacks = lacks.into_iter().filter(|(_, fails)| *fails > 0.0);
        let (what, fails): (Vec<&str>, Vec<f64>) = lacks.unzip();
        if what.is_empty() {
            return image.to_owned();
        }
        let mut app = app.without(fails.into_iter().fold(0.0, f64::max));
        app.v6.listens &= !(ties.sockets || ties.interfaces);
        let name = format!("{image}{WITHOUT}{}", what.join(", "));
        self.behaviours.insert(name.clone(), app);
        name
    }

    /// The network has changed: who is cut off by it, and which targets are to be found unhealthy.
    pub(crate) fn network_changed(&mut self) {
        let running = self
            .ecs
            .tasks
            .values()
            .filter(|t| t.state == TaskState::Running);
        let known: Vec<_> = running
            .filter_map(|t| {
                let inside = tasks::inside(self, &t.task_definition, &t.overrides);
                Some((t.seq, t.image.clone()?, inside, t.place.subnet.clone()))
            })
            .collect();
        let mut changed = Vec::new();
        for (seq, image, inside, subnet) in known {
            let groups = self
                .ecs
                .tasks
                .get(&seq)
                .map(|t| admission::groups_of(self, t));
            let behaves = self.behaves(&image, &inside, &subnet, &groups.unwrap_or_default());
            if behaves != image {
                changed.push((seq, behaves));
            }
        }
        if !changed.is_empty() {
            self.settle_all();
        }
        for (seq, behaves) in changed {
            if let Some(task) = self.ecs.tasks.get_mut(&seq) {
                task.image = Some(behaves.clone());
            }
            containers::changed(self, seq);
            let of_lattice = self.lattice.groups.values_mut().map(|g| &mut g.pool);
            let groups = self.elb.target_groups.values_mut().chain(of_lattice);
            let targets = groups.flat_map(|g| &mut g.targets);
            for target in targets.filter(|t| t.task == Some(seq)) {
                target.image = Some(behaves.clone());
            }
        }
        health::network_changed(self);
    }

    /// Where a task asks from, where that is a subnet of IPv6 alone.
    pub(crate) fn ipv6_only<'a>(&'a self, subnet: &str, groups: &'a [String]) -> Option<From<'a>> {
        let subnet = self.network.subnet(subnet).filter(|s| s.ipv6_native)?;
        Some(From {
            network: &self.network,
            subnet,
            groups,
        })
    }
}
