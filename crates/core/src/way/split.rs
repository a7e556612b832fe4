//! A share as the weights of two target groups in a forward: what every way reads its setting as.
//!
//! A forward may hold other services' target groups too; their part of the traffic never changes. The service's own
//! part is what its IPv4 and IPv6 groups weigh together, and only the split inside that part moves.

use crate::{
    observation::{Forward, WeightedGroup},
    share::Share,
};

/// The highest weight AWS accepts.
pub const MAX_WEIGHT: u32 = 999;
/// Target groups that AWS accepts in one action.
pub const MAX_GROUPS: usize = 5;
/// The service's own weight from which a percent can be expressed.
const FINE: u32 = 100;

/// A forward's weights of one pair: (IPv4, IPv6). `None` where the group is not in the forward.
#[must_use]
pub fn weights(forward: &Forward, ipv4: &str, ipv6: &str) -> (Option<u16>, Option<u16>) {
    let of = |arn: &str| {
        forward
            .groups
            .iter()
            .find(|g| g.arn == arn)
            .map(|g| g.weight)
    };
    (of(ipv4), of(ipv6))
}

/// The IPv6 group's share of the pair's own part. `None` while the IPv6 group is not attached or the pair weighs nothing.
#[must_use]
pub fn share(forward: &Forward, ipv4: &str, ipv6: &str) -> Option<Share> {
    let (w4, w6) = weights(forward, ipv4, ipv6);
    let w6 = f64::from(w6?);
    Share::of(w6, f64::from(w4.unwrap_or(0)) + w6)
}

/// Whether the forward has a share, exactly or as finely as its weights can be scaled to say it.
#[must_use]
pub fn is_at(forward: &Forward, ipv4: &str, ipv6: &str, wanted: Share) -> bool {
    let (w4, Some(w6)) = weights(forward, ipv4, ipv6) else {
        return false;
    };
    let total = u32::from(w4.unwrap_or(0)) + u32::from(w6);
    if wanted == Share::NONE && is_given_away(forward, ipv4, ipv6) {
        return true;
    }
    let exact = share(forward, ipv4, ipv6) == Some(wanted);
    let is_between = wanted != Share::NONE && wanted != Share::ALL;
    let rounded = is_between && total > 0 && u32::from(w6) == part(total, wanted);
    exact || rounded && scale(total, heaviest_other(forward, ipv4, ipv6), wanted) == 1
}

/// Whether others have all of a forward that names the pair: how much of it is the pair's is not for a split to say.
#[must_use]
pub fn is_given_away(forward: &Forward, ipv4: &str, ipv6: &str) -> bool {
    let (w4, w6) = weights(forward, ipv4, ipv6);
    let has_none = w4.unwrap_or(0) == 0 && w6.unwrap_or(0) == 0;
    has_none && heaviest_other(forward, ipv4, ipv6) > 0
}

fn heaviest_other(forward: &Forward, ipv4: &str, ipv6: &str) -> u32 {
    let others = forward
        .groups
        .iter()
        .filter(|g| g.arn != ipv4 && g.arn != ipv6);
    others.map(|g| u32::from(g.weight)).max().unwrap_or(0)
}

/// The forward with the pair's own part split so that IPv6 has the share; attaches the IPv6 group where it is missing, and
/// the IPv4 group where it gets weight again.
#[must_use]
pub fn split(forward: &Forward, ipv4: &str, ipv6: &str, share: Share) -> Forward {
    let (w4, w6) = weights(forward, ipv4, ipv6);
    let own = u32::from(w4.unwrap_or(0)) + u32::from(w6.unwrap_or(0));
    let heaviest_other = heaviest_other(forward, ipv4, ipv6);
    // Where nobody has any weight, the pair gets all of it.
    let own = if own == 0 && heaviest_other == 0 {
        1
    } else {
        own
    };
    let moving = share != Share::NONE || w6.is_some_and(|w| w > 0);
    let factor = if moving {
        scale(own, heaviest_other, share)
    } else {
        1
    };
    let total = own * factor;
    let to_ipv6 = part(total, share);
    let mut next = forward.clone();
    for group in &mut next.groups {
        group.weight = if group.arn == ipv4 {
            weight(total - to_ipv6)
        } else if group.arn == ipv6 {
            weight(to_ipv6)
        } else {
            weight(u32::from(group.weight) * factor)
        };
    }
    let mut attach = |arn: &str, part: u32| {
        next.groups.push(WeightedGroup {
            arn: arn.to_owned(),
            weight: weight(part),
        });
    };
    if w4.is_none() && total > to_ipv6 {
        attach(ipv4, total - to_ipv6);
    }
    if w6.is_none() {
        attach(ipv6, to_ipv6);
    }
    next
}

/// Whether the pair's own part can be scaled so that every percent can be expressed.
#[must_use]
pub fn is_fine_enough(forward: &Forward, ipv4: &str, ipv6: &str) -> bool {
    let (w4, w6) = weights(forward, ipv4, ipv6);
    let own = u32::from(w4.unwrap_or(0)) + u32::from(w6.unwrap_or(0));
    let heaviest = heaviest_other(forward, ipv4, ipv6);
    own * scale(own, heaviest, Share::from_basis_points(100)) >= FINE
}

/// The share as this forward will express it.
#[must_use]
pub fn rounded(forward: &Forward, ipv4: &str, ipv6: &str, wanted: Share) -> Option<Share> {
    share(&split(forward, ipv4, ipv6, wanted), ipv4, ipv6)
}

/// The factor for all weights of the action that makes the own part fine enough for the share, within AWS's range.
fn scale(own: u32, heaviest_other: u32, share: Share) -> u32 {
    let wanted = if share.basis_points().is_multiple_of(100) {
        FINE
    } else {
        FINE * 10
    };
    if own == 0 || own >= wanted {
        return 1;
    }
    // At 100 % the whole own part is one weight, so the sum itself must stay in range.
    let room = MAX_WEIGHT / own.max(heaviest_other);
    wanted.div_ceil(own).min(room).max(1)
}

fn part(total: u32, share: Share) -> u32 {
    let bp = u32::from(share.basis_points());
    let rounded = (total * bp + 5_000) / 10_000;
    // A share that is neither none nor all must not round to either: that would be a jump.
    match share {
        Share::NONE => 0,
        Share::ALL => total,
        _ if total >= 2 => rounded.clamp(1, total - 1),
        _ => rounded,
    }
}

fn weight(w: u32) -> u16 {
    w.min(MAX_WEIGHT) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forward(groups: &[(&str, u16)]) -> Forward {
        Forward {
            groups: groups
                .iter()
                .map(|(a, w)| WeightedGroup {
                    arn: (*a).to_owned(),
                    weight: *w,
                })
                .collect(),
            stickiness: None,
        }
    }

    fn pc(p: u16) -> Share {
        Share::from_basis_points(p * 100)
    }

    #[test]
    fn attaching_at_zero_leaves_every_other_weight_as_it_was() {
        let before = forward(&[("v4", 1), ("other", 3)]);
        assert_eq!(
            split(&before, "v4", "v6", Share::NONE),
            forward(&[("v4", 1), ("other", 3), ("v6", 0)])
        );
    }

    #[test]
    fn a_sole_group_is_split_in_percent() {
        let before = forward(&[("v4", 1), ("v6", 0)]);
        assert_eq!(
            split(&before, "v4", "v6", pc(25)),
            forward(&[("v4", 75), ("v6", 25)])
        );
    }

    #[test]
    fn another_services_group_keeps_its_part_of_the_traffic() {
        let before = forward(&[("v4", 1), ("v6", 0), ("other", 3)]);
        let after = split(&before, "v4", "v6", pc(25));
        assert_eq!(after, forward(&[("v4", 75), ("v6", 25), ("other", 300)]));
    }

    #[test]
    fn all_of_it_and_none_of_it_are_exact() {
        let half = forward(&[("v4", 50), ("v6", 50)]);
        assert_eq!(
            split(&half, "v4", "v6", Share::ALL),
            forward(&[("v4", 0), ("v6", 100)])
        );
        assert_eq!(
            split(&half, "v4", "v6", Share::NONE),
            forward(&[("v4", 100), ("v6", 0)])
        );
    }

    #[test]
    fn what_was_written_reads_back_as_being_there() {
        for bp in [0, 10, 100, 1_000, 2_500, 3_333, 5_000, 9_990, 10_000] {
            for before in [
                forward(&[("v4", 1)]),
                forward(&[("v4", 7), ("o", 90)]),
                forward(&[("v4", 100), ("v6", 0)]),
            ] {
                let s = Share::from_basis_points(bp);
                let after = split(&before, "v4", "v6", s);
                assert!(is_at(&after, "v4", "v6", s), "{bp} {after:?}");
                assert!(after.groups.iter().all(|g| g.weight <= 999));
            }
        }
    }

    #[test]
    fn weights_too_coarse_for_a_share_are_not_at_it() {
        assert!(!is_at(&forward(&[("v4", 1), ("v6", 0)]), "v4", "v6", pc(1)));
        assert!(is_at(&forward(&[("v4", 3), ("v6", 1)]), "v4", "v6", pc(25)));
        assert!(is_at(&forward(&[("v6", 1)]), "v4", "v6", Share::ALL));
        assert!(!is_at(
            &forward(&[("v4", 0), ("v6", 0)]),
            "v4",
            "v6",
            Share::ALL
        ));
    }

    #[test]
    fn a_forward_without_any_weight_gets_some() {
        let nobody = forward(&[("v4", 0), ("v6", 0)]);
        for share in [Share::NONE, pc(25), Share::ALL] {
            let after = split(&nobody, "v4", "v6", share);
            assert!(is_at(&after, "v4", "v6", share), "{after:?}");
        }
        let others = forward(&[("v4", 0), ("v6", 0), ("o", 5)]);
        assert_eq!(split(&others, "v4", "v6", Share::ALL), others);
    }

    #[test]
    fn a_pair_without_room_is_not_fine_enough() {
        assert!(!is_fine_enough(
            &forward(&[("v4", 1), ("o", 999)]),
            "v4",
            "v6"
        ));
        assert!(is_fine_enough(&forward(&[("v4", 1), ("o", 9)]), "v4", "v6"));
    }
}
