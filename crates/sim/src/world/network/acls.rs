//! Network ACLs: numbered entries each way, the first that fits decides, and no memory of what passed before.
//!
//! What must not be here: the API's shapes and error codes.

use super::cidr::{Block4, Block6};
use super::{Network, Tags};

/// The number of the entry that denies all the rest: `*` on AWS's pages.
pub const LAST: i64 = 32_767;

/// A network ACL.
#[derive(Clone, Debug, PartialEq)]
pub struct Acl {
    /// `acl-…`
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Whether it is the one that the VPC was born with.
    pub is_default: bool,
    /// Its entries but for the last ones, which nobody can change.
    pub entries: Vec<Entry>,
    /// Tags.
    pub tags: Tags,
}

/// An entry.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place in the order of asking.
    pub number: i64,
    /// Whether it is about what leaves.
    pub egress: bool,
    /// A number, `-1` for all.
    pub protocol: String,
    /// Whether it lets through.
    pub allows: bool,
    /// A block of either family.
    pub block: String,
    /// The first and last port, where the protocol has ports.
    pub ports: Option<(i64, i64)>,
    /// ICMP's type and code.
    pub icmp: Option<(i64, i64)>,
}

impl Entry {
    /// An entry about everything of a family.
    fn of_all(number: i64, egress: bool, block: &str) -> Self {
        Self {
            number,
            egress,
            protocol: "-1".to_owned(),
            allows: true,
            block: block.to_owned(),
            ports: None,
            icmp: None,
        }
    }

    /// What it says of a range of ports of TCP with somebody in a block: it lets all of it through or denies a part of it, or
    /// it says nothing.
    fn decides(&self, ports: (i64, i64), with: &str) -> Option<bool> {
        let tcp = matches!(self.protocol.as_str(), "-1" | "6");
        let own = self.ports.filter(|_| self.protocol != "-1");
        let all = own.is_none_or(|(from, to)| from <= ports.0 && ports.1 <= to);
        let some = own.is_none_or(|(from, to)| from <= ports.1 && ports.0 <= to);
        let (inside, around) = (holds(&self.block, with), holds(with, &self.block));
        match self.allows {
            true => (tcp && all && inside).then_some(true),
            false => (tcp && some && (inside || around)).then_some(false),
        }
    }
}

/// Whether a block holds another of its family.
pub(crate) fn holds(block: &str, other: &str) -> bool {
    let of4 = Block4::parse(block).zip(Block4::parse(other));
    let of6 = Block6::parse(block).zip(Block6::parse(other));
    of4.is_some_and(|(a, b)| a.contains(b)) || of6.is_some_and(|(a, b)| a.contains(b))
}

impl Acl {
    /// Whether TCP to a range of ports passes, all of it, with somebody in a block.
    pub(crate) fn passes(&self, egress: bool, ports: (i64, i64), with: &str) -> bool {
        let mut entries: Vec<&Entry> = self.entries.iter().filter(|e| e.egress == egress).collect();
        entries.sort_by_key(|e| e.number);
        let mut said = entries.iter().filter_map(|e| e.decides(ports, with));
        said.next().unwrap_or(false)
    }
}

impl Network {
    /// Makes the ACL that a VPC is born with, which lets everything through.
    pub(super) fn add_default_acl(&mut self, vpc: &str) {
        let both = [false, true].map(|egress| Entry::of_all(100, egress, "0.0.0.0/0"));
        self.acls.push(Acl {
            id: vpc.replacen("vpc-", "acl-", 1),
            vpc: vpc.to_owned(),
            is_default: true,
            entries: both.into(),
            tags: Vec::new(),
        });
        if self.vpc(vpc).is_some_and(|v| v.ipv6_cidr.is_some()) {
            self.let_ipv6_through(vpc);
        }
    }

    /// A VPC has got IPv6: its default ACL lets that through, too.
    pub(crate) fn let_ipv6_through(&mut self, vpc: &str) {
        let mut all = self.acls.iter_mut();
        if let Some(acl) = all.find(|a| a.is_default && a.vpc == vpc) {
            acl.entries.retain(|e| e.number != 101);
            let both = [false, true].map(|egress| Entry::of_all(101, egress, "::/0"));
            acl.entries.extend(both);
        }
    }

    /// The ACL of a subnet, and the id of what binds them.
    pub fn acl_of(&self, subnet: &str) -> Option<(&Acl, String)> {
        if let Some((acl, association)) = self.acl_uses.get(subnet) {
            let acl = self.acls.iter().find(|a| a.id == *acl)?;
            return Some((acl, association.clone()));
        }
        let vpc = &self.subnet(subnet)?.vpc;
        let acl = self.acls.iter().find(|a| a.is_default && a.vpc == *vpc)?;
        Some((acl, subnet.replacen("subnet-", "aclassoc-", 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_entry_that_fits_decides_and_what_none_fits_is_denied() {
        let mut network = Network::default();
        let vpc = network.add_vpc("10.0.0.0/16".to_owned(), true, Vec::new());
        let vpc = vpc.id.clone();
        let acl = &mut network.acls[0];
        assert_eq!(acl.vpc, vpc);
        assert!(acl.passes(true, (443, 443), "::/0"));
        acl.entries.push(Entry {
            allows: false,
            protocol: "6".to_owned(),
            ports: Some((1024, 65535)),
            ..Entry::of_all(90, false, "::/0")
        });
        assert!(!acl.passes(false, (1024, 65535), "2001:db8::/64"));
        assert!(acl.passes(false, (443, 443), "2001:db8::/64"));
        acl.entries.clear();
        assert!(!acl.passes(false, (443, 443), "0.0.0.0/0"));
    }
}
