//! Rules that the tasks' security groups lack: what they say of IPv4, said of IPv6.
//!
//! What belongs here: rules that name blocks. What must not: those that name a group, which hold for both families.

use std::collections::BTreeMap;

use crate::{
    observation::{Permission, SecurityGroup},
    readiness::block::{ALL_IPV4, ALL_IPV6, is_within},
};

/// A rule to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) group: String,
    pub(super) is_egress: bool,
    /// `tcp`, `udp`, a number; `-1` is all.
    pub(super) protocol: String,
    pub(super) ports: Option<(u16, u16)>,
    pub(super) peer: Peer,
}

/// From or to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    All,
    /// The VPC's own IPv6 block.
    Vpc,
}

/// What some groups lack, and what nobody can translate.
pub(super) fn lacking(
    own: &[String],
    groups: &BTreeMap<String, SecurityGroup>,
    vpc_blocks: &[String],
) -> (Vec<Rule>, Vec<String>) {
    let (mut rules, mut notes) = (Vec::new(), Vec::new());
    for id in own {
        let Some(group) = groups.get(id) else {
            continue;
        };
        for (is_egress, permissions) in [(false, &group.ingress), (true, &group.egress)] {
            for permission in permissions {
                let mut lack = |block: &String| {
                    match peer(block, vpc_blocks) {
                    Some(peer) => {
                        let rule = Rule {
                            group: id.clone(),
                            is_egress,
                            protocol: permission.protocol.clone(),
                            ports: permission.ports,
                            peer,
                        };
                        if !is_said(&rule, permissions) && !rules.contains(&rule) {
                            rules.push(rule);
                        }
                    }
                    None => notes.push(format!(
                        "security group {id} names {block}, and nothing tells the IPv6 block of whoever that is: add a rule for it by hand"
                    )),
                }
                };
                permission.ipv4.iter().for_each(&mut lack);
            }
        }
    }
    (rules, notes)
}

fn peer(block: &str, vpc_blocks: &[String]) -> Option<Peer> {
    if block == ALL_IPV4 {
        return Some(Peer::All);
    }
    vpc_blocks
        .iter()
        .any(|own| is_within(block, own))
        .then_some(Peer::Vpc)
}

/// Whether as much is allowed already: the same ports for some IPv6 block that is no narrower.
fn is_said(rule: &Rule, permissions: &[Permission]) -> bool {
    let same = |p: &&Permission| {
        (p.protocol == rule.protocol && p.ports == rule.ports) || p.protocol == "-1"
    };
    let wide = |p: &Permission| p.ipv6.iter().any(|b| b == ALL_IPV6);
    permissions
        .iter()
        .filter(same)
        .any(|p| wide(p) || (rule.peer == Peer::Vpc && !p.ipv6.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permission(protocol: &str, ipv4: &[&str], ipv6: &[&str]) -> Permission {
        let owned = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
        Permission {
            protocol: protocol.to_owned(),
            ipv4: owned(ipv4),
            ipv6: owned(ipv6),
            ..Permission::default()
        }
    }

    #[test]
    fn what_is_said_of_ipv4_alone_is_said_of_ipv6() {
        let group = SecurityGroup {
            ingress: vec![
                permission("tcp", &["10.0.4.0/24", "192.0.2.0/24"], &[]),
                permission("udp", &["10.0.0.0/16"], &["2a05::/56"]),
            ],
            egress: vec![permission("-1", &[ALL_IPV4], &[])],
            ..SecurityGroup::default()
        };
        let groups = BTreeMap::from([("sg-1".to_owned(), group)]);
        let (rules, notes) = lacking(&["sg-1".to_owned()], &groups, &["10.0.0.0/16".to_owned()]);
        let told: Vec<_> = rules
            .iter()
            .map(|r| (r.is_egress, r.protocol.as_str(), r.peer))
            .collect();
        assert_eq!(told, [(false, "tcp", Peer::Vpc), (true, "-1", Peer::All)]);
        assert!(
            notes.len() == 1 && notes[0].contains("192.0.2.0/24"),
            "{notes:?}"
        );
    }

    #[test]
    fn what_is_said_of_both_lacks_nothing() {
        let group = SecurityGroup {
            egress: vec![permission("-1", &[ALL_IPV4], &[ALL_IPV6])],
            ..SecurityGroup::default()
        };
        let groups = BTreeMap::from([("sg-1".to_owned(), group)]);
        assert_eq!(
            lacking(&["sg-1".to_owned()], &groups, &[]),
            (vec![], vec![])
        );
    }
}
