//! Numbers that look random and follow from a seed and a count: the wire's own, apart from the world's.

/// Spreads a seed and a count over all 64 bits.
pub(crate) fn bits(seed: u64, count: u64) -> u64 {
    let mut x = seed ^ count.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A number in 0..1.
pub(crate) fn unit(seed: u64, count: u64) -> f64 {
    (bits(seed, count) >> 11) as f64 / (1u64 << 53) as f64
}
