//! Seeded draws without state: the same seed, label and number give the same value whatever was drawn before.
//!
//! What belongs here: hashing into numbers and identifiers. What must not: a generator that remembers.

use std::fmt::Write as _;

/// A well-mixed 64-bit number from a seed, a label and a counter.
pub(crate) fn draw(seed: u64, label: &str, n: u64) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ finish(seed);
    for byte in label.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    finish(hash ^ finish(n.wrapping_add(0x9e37_79b9_7f4a_7c15)))
}

/// A number in `[0, 1)`.
pub(crate) fn unit(seed: u64, label: &str, n: u64) -> f64 {
    (draw(seed, label, n) >> 11) as f64 / (1_u64 << 53) as f64
}

/// A number in `[low, high)`.
pub(crate) fn between(seed: u64, label: &str, n: u64, low: f64, high: f64) -> f64 {
    low + (high - low) * unit(seed, label, n)
}

/// A lower-case hexadecimal identifier of a length.
pub(crate) fn hex(seed: u64, label: &str, n: u64, len: usize) -> String {
    let mut text = String::with_capacity(len + 16);
    let mut block = 0;
    while text.len() < len {
        let _ = write!(text, "{:016x}", draw(seed ^ block, label, n));
        block += 1;
    }
    text.truncate(len);
    text
}

/// Thirty-two such digits as a UUID is written.
pub(crate) fn uuid(seed: u64, label: &str, n: u64) -> String {
    let hex = hex(seed, label, n, 32);
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

/// A decimal identifier of a length, as ECS gives to deployments.
pub(crate) fn digits(seed: u64, label: &str, n: u64, len: usize) -> String {
    let mut text = format!("{:020}", draw(seed, label, n));
    text.replace_range(0..1, "7");
    text.truncate(len);
    text
}

fn finish(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_draw_gives_the_same_value_and_another_label_another() {
        assert_eq!(draw(7, "task", 1), draw(7, "task", 1));
        assert_ne!(draw(7, "task", 1), draw(7, "task", 2));
        assert_ne!(draw(7, "task", 1), draw(7, "lb", 1));
        assert_ne!(draw(7, "task", 1), draw(8, "task", 1));
    }

    #[test]
    fn identifiers_have_the_length_asked_for() {
        assert_eq!(hex(1, "x", 1, 32).len(), 32);
        assert_eq!(digits(1, "x", 1, 19).len(), 19);
    }
}
