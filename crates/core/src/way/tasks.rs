//! Workers that share a queue: whoever has a part of the tasks has that part of the work, so a share is spelled in whole tasks.
//!
//! What belongs here: the arithmetic. What must not: whether any task should move ([`crate::decide`]).

use crate::{
    action::{Bounds, Side},
    share::Share,
};

/// The task by which a twin proves itself before any of the service's own goes.
pub const CANARY: u32 = 1;

/// How many of so many tasks a share is: to the nearest, and neither none nor all unless it says so.
#[must_use]
pub fn part(total: u32, share: Share) -> u32 {
    let whole = (u64::from(total) * u64::from(share.basis_points()) + 5_000) / 10_000;
    let whole = u32::try_from(whole).unwrap_or(total);
    match share {
        Share::NONE => 0,
        Share::ALL => total,
        _ if total >= 2 => whole.clamp(1, total - 1),
        _ => whole,
    }
}

/// What a side has of so many tasks at a share of IPv6.
#[must_use]
pub fn of_side(total: u32, side: Side, share: Share) -> u32 {
    let ipv6 = part(total, share);
    match side {
        Side::Ipv4 => total - ipv6,
        Side::Ipv6 => ipv6,
    }
}

/// A share as so many tasks spell it.
#[must_use]
pub fn rounded(total: u32, share: Share) -> Share {
    Share::of(part(total, share).into(), total.into()).unwrap_or(share)
}

/// How far a side scales at a share of IPv6: its part of the bounds that the service had alone. Both parts together are those bounds,
/// and hold its part of any size within them.
#[must_use]
pub fn bounds(alone: Bounds, side: Side, share: Share) -> Bounds {
    if side == Side::Ipv6 && share == Share::NONE {
        return Bounds {
            min: CANARY,
            max: CANARY,
        };
    }
    Bounds {
        min: of_side(alone.min, side, share),
        max: of_side(alone.max, side, share),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_share() -> impl Strategy<Value = Share> {
        prop_oneof![
            Just(Share::NONE),
            Just(Share::ALL),
            (1_u16..10_000).prop_map(Share::from_basis_points),
        ]
    }

    proptest! {
        #[test]
        fn both_parts_are_the_whole(total in 0_u32..5_000, share in any_share()) {
            let parts = [Side::Ipv4, Side::Ipv6].map(|side| of_side(total, side, share));
            prop_assert_eq!(parts[0] + parts[1], total);
            let is_between = share != Share::NONE && share != Share::ALL;
            prop_assert!(!(is_between && total > 1) || parts.iter().all(|p| *p > 0));
        }

        #[test]
        fn what_was_rounded_reads_back_as_the_same_tasks(total in 1_u32..5_000, share in any_share()) {
            prop_assert_eq!(part(total, rounded(total, share)), part(total, share));
        }

        #[test]
        fn a_higher_share_has_no_fewer_tasks(total in 0_u32..5_000, a in any_share(), b in any_share()) {
            prop_assert!(part(total, a.min(b)) <= part(total, a.max(b)));
        }

        #[test]
        fn a_part_of_the_bounds_holds_the_part_of_any_size_within_them(
            min in 0_u32..200, more in 0_u32..200, size in 0_u32..400, share in any_share(),
        ) {
            let alone = Bounds { min, max: min + more };
            let size = size.clamp(alone.min, alone.max);
            for side in [Side::Ipv4, Side::Ipv6] {
                let part = bounds(alone, side, share);
                let is_canary = side == Side::Ipv6 && share == Share::NONE;
                let held = (part.min..=part.max).contains(&of_side(size, side, share));
                prop_assert!(held || is_canary, "{size} of {alone:?} at {share}: {part:?}");
            }
        }
    }

    #[test]
    fn a_percent_of_six_tasks_is_one() {
        let percent = |p: u16| Share::from_basis_points(p * 100);
        assert_eq!(part(6, percent(1)), 1);
        assert_eq!(part(6, percent(50)), 3);
        assert_eq!(part(6, percent(99)), 5);
        assert_eq!(part(6, Share::ALL), 6);
        assert_eq!(rounded(6, percent(1)).to_string(), "16.67 %");
    }
}
