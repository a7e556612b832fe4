//! Address blocks: reading them, whether they lie in or over each other, and addresses inside them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An IPv4 block; its address has no bits beyond the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block4 {
    base: u32,
    pub(crate) prefix: u32,
}

/// An IPv6 block; its address has no bits beyond the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block6 {
    base: u128,
    pub(crate) prefix: u32,
}

impl Block4 {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let (address, prefix) = (
            address.parse::<Ipv4Addr>().ok()?,
            prefix.parse::<u32>().ok().filter(|p| *p <= 32)?,
        );
        let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
        Some(Self {
            base: u32::from(address) & mask,
            prefix,
        })
    }

    pub(crate) fn size(self) -> u64 {
        1 << (32 - self.prefix)
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        other.prefix >= self.prefix && self.holds(other.base)
    }

    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.holds(other.base) || other.holds(self.base)
    }

    /// Whether an address lies in the block.
    pub(crate) fn includes(self, address: Ipv4Addr) -> bool {
        self.holds(address.into())
    }

    fn holds(self, address: u32) -> bool {
        u64::from(address.wrapping_sub(self.base)) < self.size()
    }

    /// The `n`th address that AWS would give out: it keeps the first four and the last.
    pub(crate) fn address(self, n: u64) -> Option<Ipv4Addr> {
        let usable = self.size().checked_sub(5).filter(|u| *u > 0)?;
        Some(Ipv4Addr::from(
            self.base + 4 + u32::try_from(n % usable).ok()?,
        ))
    }
}

impl Block6 {
    pub(crate) fn new(address: Ipv6Addr, prefix: u32) -> Self {
        let mask = u128::MAX.checked_shl(128 - prefix.min(128)).unwrap_or(0);
        Self {
            base: u128::from(address) & mask,
            prefix: prefix.min(128),
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        Some(Self::new(
            address.parse().ok()?,
            prefix.parse().ok().filter(|p| *p <= 128)?,
        ))
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        other.prefix >= self.prefix && Self::new(other.base.into(), self.prefix) == self
    }

    /// Whether an address lies in the block.
    pub(crate) fn includes(self, address: Ipv6Addr) -> bool {
        Self::new(address, self.prefix) == self
    }

    /// The address with these bits in its lower half.
    pub(crate) fn address(self, low: u64) -> Ipv6Addr {
        Ipv6Addr::from(self.base | u128::from(low))
    }

    /// The `n`th /64 inside.
    #[cfg(test)]
    pub(crate) fn part(self, n: u32) -> Self {
        Self {
            base: self.base | u128::from(n) << 64,
            prefix: 64,
        }
    }
}

impl std::fmt::Display for Block4 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.base), self.prefix)
    }
}

impl std::fmt::Display for Block6 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", Ipv6Addr::from(self.base), self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(text: &str) -> Block4 {
        Block4::parse(text).unwrap()
    }

    #[test]
    fn blocks_know_what_lies_inside_them() {
        assert!(v4("10.0.0.0/16").contains(v4("10.0.255.0/24")));
        assert!(!v4("10.0.0.0/16").contains(v4("10.1.0.0/24")));
        assert!(!v4("10.0.0.0/24").contains(v4("10.0.0.0/16")));
        assert!(v4("10.0.0.0/24").overlaps(v4("10.0.0.0/16")));
        assert!(!v4("10.0.0.0/24").overlaps(v4("10.0.1.0/24")));
        assert!(v4("0.0.0.0/0").contains(v4("255.255.255.255/32")));
        let vpc = Block6::parse("2001:db8:1::/56").unwrap();
        assert!(vpc.contains(vpc.part(255)));
        assert_eq!(vpc.part(3).to_string(), "2001:db8:1:3::/64");
        assert!(!vpc.contains(Block6::parse("2001:db8:1:100::/64").unwrap()));
    }

    #[test]
    fn host_bits_are_dropped_and_nonsense_is_no_block() {
        assert_eq!(v4("10.0.5.9/16").to_string(), "10.0.0.0/16");
        for text in ["", "10.0.0.0", "10.0.0.0/33", "10.0.0/8", "::/0", "a/b"] {
            assert_eq!(Block4::parse(text), None, "{text}");
        }
        assert_eq!(Block6::parse("::/129"), None);
    }

    #[test]
    fn the_first_four_addresses_and_the_last_are_awss() {
        let block = v4("10.0.0.0/28");
        assert_eq!(block.address(0), Some(Ipv4Addr::new(10, 0, 0, 4)));
        assert_eq!(block.address(10), Some(Ipv4Addr::new(10, 0, 0, 14)));
        assert_eq!(block.address(11), Some(Ipv4Addr::new(10, 0, 0, 4)));
        assert_eq!(v4("10.0.0.0/32").address(0), None);
    }
}
