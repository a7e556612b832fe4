//! The network that a twin needs and a VPC lacks, as infrastructure code.
//!
//! What belongs here: what lacks ([`lacking`]), and the code for it. What must not: reading AWS (`sixshift-aws`), and whether what
//! is there would do, which is [`crate::readiness`]'s to say.

mod cloudformation;
mod lack;
mod part;
mod rules;
mod terraform;

pub use cloudformation::cloudformation;
pub(crate) use lack::bare_zones;
pub use lack::{Whole, lacking};
pub use terraform::terraform;

use crate::readiness::block::{ALL_IPV6, NAT64};
use rules::Rule;

/// What is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// For whom, as in `checkout of cluster prod in eu-central-1`.
    whom: String,
    region: String,
    vpc: String,
    /// The VPC's IPv6 block; `None`: it has none yet.
    block: Option<String>,
    /// The egress-only internet gateway that is there.
    egress: Option<String>,
    /// A subnet each.
    zones: Vec<Zone>,
    /// Whether names with IPv4 addresses alone are to be reached.
    nat64: bool,
    /// Ports of the containers that clients come to.
    ports: Vec<u16>,
    /// Security group rules.
    rules: Vec<Rule>,
    /// What code cannot do, a sentence each, without a full stop.
    pub notes: Vec<String>,
}

/// A zone that gets an IPv6-only subnet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Zone {
    name: String,
    /// Which /64 of the VPC's block.
    number: u32,
    /// The NAT gateway that translates for it.
    nat: Option<String>,
}

impl Network {
    /// Whether each zone has ways of its own: its own NAT gateway.
    fn tables(&self) -> Vec<(&str, Option<&str>)> {
        if self.nat64 {
            let each = self.zones.iter();
            each.map(|z| (z.name.as_str(), z.nat.as_deref())).collect()
        } else {
            vec![("", None)]
        }
    }

    /// What everybody should know who uses the code.
    fn head(&self) -> Vec<String> {
        let mut lines = vec![
            format!("IPv6-only subnets for {}, beside what is there in {}.", self.whom, self.vpc),
            "Nothing that is there is changed but by rules that are added. Once it is made: sixshift init writes the plan.".to_owned(),
        ];
        if self.nat64 {
            lines.push(
                "With DNS64 and NAT64: names that have IPv4 addresses alone are reached through the NAT gateway, which stays, and costs what \
                 it costs today."
                    .to_owned(),
            );
        } else {
            lines.push(
                "Without NAT64: what the service calls must have IPv6 addresses. --nat64 adds a way to the rest, through a NAT gateway."
                    .to_owned(),
            );
        }
        lines.extend(
            self.notes
                .iter()
                .map(|note| format!("NOT IN THIS FILE: {note}.")),
        );
        lines
    }
}

/// An entry of the subnets' own network ACL. ACLs are stateless: answers need an entry as well as questions.
struct Entry {
    name: String,
    number: u16,
    is_egress: bool,
    /// By number: 6 TCP, 17 UDP, 58 ICMPv6, -1 all.
    protocol: i32,
    ports: Option<(u16, u16)>,
}

/// What is let through, from and to everywhere: security groups say the rest. Without ICMPv6 packets that are too large for a
/// link on the way vanish (RFC 4890).
fn entries(ports: &[u16]) -> Vec<Entry> {
    let entry = |name: &str, number, is_egress, protocol, ports| Entry {
        name: name.to_owned(),
        number,
        is_egress,
        protocol,
        ports,
    };
    let mut all = vec![
        entry("InTcp", 100, false, 6, Some((1024, 65_535))),
        entry("InUdp", 110, false, 17, Some((1024, 65_535))),
        entry("InIcmp", 120, false, 58, None),
        entry("OutAll", 100, true, -1, None),
    ];
    let low = ports.iter().copied().filter(|port| *port < 1024);
    for (number, port) in (200..).zip(low) {
        let name = format!("InPort{port}");
        all.push(entry(&name, number, false, 6, Some((port, port))));
    }
    all
}
