//! Which way AWS advises for a service, by what is in front of it.
//!
//! What belongs here: the advice with its reason. What must not: whether this version can go that way (readiness says).

use std::fmt;

use crate::observation::{Known, LoadBalancer, Service};

/// How traffic would move, each with the reason as a sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The service itself gets IPv6-only subnets.
    InPlace(String),
    /// A twin beside it, in a Cloud Map registry of its own, to which consumers move by themselves.
    Names(String),
    /// A twin beside it, and weights of the load balancer that is there.
    Weights(String),
    /// A twin beside it, and weights of the service of VPC Lattice that is there.
    Lattice(String),
    /// A twin beside it, and the clients of each family in turn, led by rules of the load balancer that is there.
    Families(String),
    /// A twin behind a load balancer of its own, and weights in DNS above both.
    Dns(String),
}

impl Way {
    /// As `shift.via` has it, or would.
    #[must_use]
    pub fn via(&self) -> &'static str {
        match self {
            Self::InPlace(_) => "inPlace",
            Self::Names(_) => "cloudMap",
            Self::Weights(_) => "albWeights",
            Self::Lattice(_) => "lattice",
            Self::Families(_) => "nlb",
            Self::Dns(_) => "route53",
        }
    }

    /// Why this one.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::InPlace(why)
            | Self::Names(why)
            | Self::Weights(why)
            | Self::Lattice(why)
            | Self::Families(why)
            | Self::Dns(why) => why,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::InPlace(_) => "replace it in place",
            Self::Names(_) => "give it a second name, to which its consumers move",
            Self::Weights(_) => "shift by the load balancer's weights",
            Self::Lattice(_) => "shift by the weights of VPC Lattice",
            Self::Families(_) => "lead the clients of each family in turn",
            Self::Dns(_) => "shift in the DNS above the load balancer",
        };
        write!(f, "{what}: {}", self.reason())
    }
}

/// AWS: containers blog, "Amazon ECS announces IPv6-only support", and ECS developer guide, "Fargate task networking", which name
/// both routes: new subnets in place, or a parallel service. `None` while not enough is known.
pub(super) fn of(ipv4: &Known<Service>, balancers: &Known<Vec<LoadBalancer>>) -> Option<Way> {
    let service = ipv4.seen()?;
    if service.load_balancers.is_empty() {
        return Some(without_balancer(service));
    }
    let balancers = balancers.seen()?;
    let lattice = balancers.iter().filter(|b| b.kind == "lattice").count();
    if lattice > 0 {
        return Some(if lattice == balancers.len() {
            Way::Lattice(BY_LATTICE.to_owned())
        } else {
            Way::Dns(TWO_KINDS.to_owned())
        });
    }
    let unfit = balancers.iter().find_map(unfit);
    let classic = service.load_balancers.iter();
    let classic = classic.filter(|lb| lb.target_group.is_none()).count();
    let networks: Vec<&LoadBalancer> = balancers.iter().filter(|b| b.kind == "network").collect();
    if unfit.is_none() && !networks.is_empty() {
        return Some(if networks.len() == balancers.len() {
            Way::Families(by_rules(&networks))
        } else {
            Way::Dns(TWO_KINDS.to_owned())
        });
    }
    Some(match unfit {
        Some(why) => Way::Dns(why),
        None if classic > 0 => {
            Way::Dns("a Classic Load Balancer has no weights, and no IPv6 targets".to_owned())
        }
        None => Way::Weights(fit(balancers)),
    })
}

const TWO_KINDS: &str = "its load balancers are of two kinds, each with a way of its own";
const BY_LATTICE: &str = "VPC Lattice divides requests between target groups by weights, and one may have IPv6 addresses";

/// A twin beside a daemon would be a second one on each machine, and names that Service Connect offers are there once.
fn without_balancer(service: &Service) -> Way {
    let is_registered = !service.registries.is_empty();
    let found = if is_registered {
        "clients find it by service discovery"
    } else {
        "nothing sends it requests by a load balancer"
    };
    let why = format!("{found}, so there are no weights to shift by");
    let may_have_a_twin = service.scheduling == "REPLICA" && service.offered_ports.is_empty();
    if is_registered && may_have_a_twin {
        Way::Names(why)
    } else {
        Way::InPlace(why)
    }
}

fn unfit(balancer: &LoadBalancer) -> Option<String> {
    let name = balancer.name();
    match (balancer.kind.as_str(), balancer.ip_address_type.as_str()) {
        ("application" | "network", "ipv4") => Some(format!(
            "load balancer {name} has IPv4 addresses alone, and takes IPv6 targets only once it is dual-stack"
        )),
        ("application" | "network", _) => None,
        (kind, _) => Some(format!(
            "load balancer {name} is of type {kind}, and forwards to one target group at a time"
        )),
    }
}

fn by_rules(balancers: &[&LoadBalancer]) -> String {
    let names: Vec<&str> = balancers.iter().map(|b| b.name()).collect();
    let (them, lead) = match names.as_slice() {
        [_] => ("load balancer", "leads"),
        _ => ("load balancers", "lead"),
    };
    format!(
        "{them} {} {lead} IPv6 clients by a rule of their own, and no action of a Network Load Balancer has both families",
        names.join(", ")
    )
}

fn fit(balancers: &[LoadBalancer]) -> String {
    let names: Vec<&str> = balancers.iter().map(|b| b.name()).collect();
    let (them, divide) = match names.as_slice() {
        [_] => ("load balancer", "divides"),
        _ => ("load balancers", "divide"),
    };
    format!(
        "{them} {} {divide} requests between two target groups, and being dual-stack may have an IPv6 one",
        names.join(", ")
    )
}
