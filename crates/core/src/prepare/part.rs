//! Parts of a VPC's IPv6 block, 64 bits each, as subnets have them.

use std::net::Ipv6Addr;

use crate::readiness::block::is_within;

/// How many are looked through at most: Amazon's blocks of a VPC have as many (a /56).
const MOST: u32 = 256;

/// The /64 of a number in a block; `None`: it is no block of IPv6 with a /64 in it.
pub(super) fn part(block: &str, number: u32) -> Option<String> {
    let (address, length) = block.split_once('/')?;
    let address: Ipv6Addr = address.parse().ok()?;
    let length: u32 = length.parse().ok()?;
    let count = 1_u32.checked_shl(64_u32.checked_sub(length)?);
    let is_in_it = count.is_none_or(|count| number < count);
    let first = address.to_bits() + (u128::from(number) << 64);
    is_in_it.then(|| format!("{}/64", Ipv6Addr::from_bits(first)))
}

/// The numbers of the first parts that no other block touches.
pub(super) fn free(block: &str, used: &[String], count: usize) -> Vec<u32> {
    let is_free = |number: &u32| {
        let part = part(block, *number);
        part.is_some_and(|part| {
            let touches = |used: &String| is_within(&part, used) || is_within(used, &part);
            !used.iter().any(touches)
        })
    };
    (0..MOST).filter(is_free).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_parts_of_a_block_are_found() {
        let block = "2a05:d014:1:a00::/56";
        let used = [
            "2a05:d014:1:a00::/64",
            "2a05:d014:1:a02::/63",
            "2a05:ffff::/64",
        ];
        let used = used.map(str::to_owned);
        assert_eq!(free(block, &used, 3), [1, 4, 5]);
        assert_eq!(part(block, 4).as_deref(), Some("2a05:d014:1:a04::/64"));
        assert_eq!(part(block, 256), None);
        assert_eq!(free("2a05::/64", &[], 3), [0]);
        assert_eq!(free("2a05::/65", &[], 1), [0_u32; 0]);
        assert_eq!(free("10.0.0.0/16", &[], 1), [0_u32; 0]);
    }
}
