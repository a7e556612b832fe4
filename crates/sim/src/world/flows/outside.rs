//! Who is outside of a VPC, by address: the region's own knowledge, in blocks that are kept for documentation.
//!
//! What belongs here: addresses, and the word that AWS has for their ranges. What must not: who asks whom.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::world::network::cidr::{Block4, Block6};
use crate::world::network::endpoints;

/// Both addresses of a host; either may be lacking.
pub(crate) type Host = (Option<Ipv4Addr>, Option<Ipv6Addr>);

/// Where AWS's services are that have no prefix list.
const AMAZON: [&str; 2] = ["198.51.100.0/24", "2001:db8:a000::/36"];
/// A host in the internet that has an IPv4 address alone: what code asks that asks such hosts.
pub(super) const IPV4_ALONE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 80);

/// A service of AWS by its short name, by the name that has both families.
pub(super) fn service(short: &str) -> Host {
    let (v4, v6) = match short {
        "s3" => ([192, 0, 2, 10], [0x2001, 0xdb8, 0x5300, 0, 0, 0, 0, 0x10]),
        "dynamodb" => ([192, 0, 2, 140], [0x2001, 0xdb8, 0xdd00, 0, 0, 0, 0, 0x10]),
        "ecr.api" => (
            [198, 51, 100, 10],
            [0x2001, 0xdb8, 0xa000, 0, 0, 0, 0, 0x10],
        ),
        "ecr.dkr" => (
            [198, 51, 100, 11],
            [0x2001, 0xdb8, 0xa000, 0, 0, 0, 0, 0x11],
        ),
        _ => (
            [198, 51, 100, 99],
            [0x2001, 0xdb8, 0xa000, 0, 0, 0, 0, 0x99],
        ),
    };
    (Some(v4.into()), Some(v6.into()))
}

/// A registry that is not ECR.
pub(super) fn registry(has_ipv6: bool) -> Host {
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0xb000, 0, 0, 0, 0, 0x20);
    (Some(Ipv4Addr::new(203, 0, 113, 20)), has_ipv6.then_some(v6))
}

/// AWS's word for the range that an address is in.
pub(super) fn range(region: &str, address: IpAddr) -> Option<&'static str> {
    let lists = endpoints::prefix_lists(region).into_iter();
    let of = |list: endpoints::PrefixList| {
        let word = match list.of {
            Some(".s3") => "S3",
            Some(_) => "DYNAMODB",
            None if list.name.ends_with("origin-facing") => "CLOUDFRONT_ORIGIN_FACING",
            // Where VPC Lattice asks from is no range that flow logs have a word for.
            None => return None,
        };
        holds(list.block, address).then_some(word)
    };
    let mut found = lists.filter_map(of);
    let amazon = AMAZON.iter().any(|block| holds(block, address));
    found.next().or(amazon.then_some("AMAZON"))
}

fn holds(block: &str, address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => Block4::parse(block).is_some_and(|b| b.includes(v4)),
        IpAddr::V6(v6) => Block6::parse(block).is_some_and(|b| b.includes(v6)),
    }
}

/// The address by which NAT64 leads to one of IPv4: RFC 6052.
pub(super) fn by_nat64(address: Ipv4Addr) -> Ipv6Addr {
    let base = u128::from(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0));
    Ipv6Addr::from(base | u128::from(u32::from(address)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_in_the_ranges_that_have_their_names() {
        let of = |short: &str| {
            let (v4, v6) = service(short);
            let both = [v4.map(IpAddr::V4), v6.map(IpAddr::V6)];
            both.map(|a| range("eu-central-1", a.unwrap()))
        };
        assert_eq!(of("s3"), [Some("S3"); 2]);
        assert_eq!(of("dynamodb"), [Some("DYNAMODB"); 2]);
        assert_eq!(of("ecr.api"), [Some("AMAZON"); 2]);
        assert_eq!(range("eu-central-1", IPV4_ALONE.into()), None);
        let translated = by_nat64(IPV4_ALONE);
        assert_eq!(translated.to_string(), "64:ff9b::cb00:7150");
        assert_eq!(range("eu-central-1", translated.into()), None);
    }
}
