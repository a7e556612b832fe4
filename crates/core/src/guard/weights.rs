//! What a pair of target groups weighs in a forward, and which share that is: whole numbers only, so that nothing is off by
//! a rounding.
//!
//! What belongs here: arithmetic. What must not: what a share may become.

use std::cmp::Ordering;

use crate::{
    names::is_of_lattice,
    observation::{Forward, Pair, RouteId},
};

/// The highest weight that AWS takes (botocore: elbv2 `TargetGroupTuple.Weight`).
pub(super) const HEAVIEST: u16 = 999;
/// Target groups that AWS takes in one action (Elastic Load Balancing quotas: target groups per action).
const MOST_GROUPS: usize = 5;
/// The same of a forward of VPC Lattice (botocore: vpc-lattice `WeightedTargetGroupList`).
const MOST_OF_LATTICE: usize = 10;

/// How many target groups a route takes.
pub(super) fn most_groups(route: &RouteId) -> usize {
    if is_of_lattice(route.arn()) {
        MOST_OF_LATTICE
    } else {
        MOST_GROUPS
    }
}

/// All of it, in basis points.
pub(super) const ALL: u16 = 10_000;
/// From this weight on integers tell a percent; a share between that only rounding makes does not count below it.
const FINE: u64 = 100;

/// The weight of a pair's two groups in one forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) ipv4: u64,
    pub(super) ipv6: u64,
}

/// A target group's weight in a forward; 0 where it is not in it.
pub(super) fn weight(forward: &Forward, arn: &str) -> u64 {
    let groups = forward.groups.iter().filter(|g| g.arn == arn);
    groups.map(|g| u64::from(g.weight)).sum()
}

/// All weights of a forward.
pub(super) fn total(forward: &Forward) -> u64 {
    forward.groups.iter().map(|g| u64::from(g.weight)).sum()
}

/// Whether a forward has a target group, with whatever weight.
pub(super) fn has(forward: &Forward, arn: &str) -> bool {
    forward.groups.iter().any(|g| g.arn == arn)
}

/// Whether a forward has either group of a pair.
pub(super) fn has_either(forward: &Forward, pair: &Pair) -> bool {
    has(forward, &pair.ipv4_arn) || pair.ipv6.seen().is_some_and(|g| has(forward, &g.arn))
}

impl Split {
    pub(super) fn of(forward: &Forward, pair: &Pair) -> Self {
        let ipv6 = pair.ipv6.seen().map_or(0, |g| weight(forward, &g.arn));
        Self {
            ipv4: weight(forward, &pair.ipv4_arn),
            ipv6,
        }
    }

    /// What both weigh together.
    pub(super) fn own(self) -> u64 {
        self.ipv4 + self.ipv6
    }

    /// How the IPv6 part lies to what it was. Where neither weighed anything, whoever gets a weight gains.
    pub(super) fn compared_with(self, before: Self) -> Ordering {
        match (before.own(), self.own()) {
            (_, 0) => Ordering::Equal,
            (0, _) if self.ipv6 == 0 => Ordering::Less,
            (0, _) => Ordering::Greater,
            (was, is) => (self.ipv6 * was).cmp(&(before.ipv6 * is)),
        }
    }

    /// Whether it is a share, exactly or as finely as its weights tell. A pair without weight is at every share.
    pub(super) fn is_at(self, share: u16) -> bool {
        let (own, share, all) = (self.own(), u64::from(share), u64::from(ALL));
        if own == 0 || self.ipv6 * all == own * share {
            return true;
        }
        // None and all are exact; and what is neither never becomes either by rounding.
        if share == 0 || share == all || self.ipv4 == 0 || self.ipv6 == 0 || own < FINE {
            return false;
        }
        let least = self.ipv6 == 1 && own * share < all;
        let most = self.ipv4 == 1 && own * (all - share) < all;
        least || most || (self.ipv6 * all).abs_diff(own * share) <= all / 2
    }

    /// Whether IPv6 has more than a share.
    pub(super) fn is_above(self, share: u16) -> bool {
        !self.is_at(share) && self.ipv6 * u64::from(ALL) > self.own() * u64::from(share)
    }

    /// Whether IPv6 has less than a share.
    pub(super) fn is_below(self, share: u16) -> bool {
        !self.is_at(share) && self.ipv6 * u64::from(ALL) < self.own() * u64::from(share)
    }

    /// How many of so many tasks make up the IPv6 part; half a weight is what rounding may have added.
    pub(super) fn tasks_on_ipv6(self, size: u32) -> u64 {
        part(self.ipv6, self.own(), size)
    }

    /// The same for IPv4.
    pub(super) fn tasks_on_ipv4(self, size: u32) -> u64 {
        part(self.ipv4, self.own(), size)
    }
}

fn part(weight: u64, own: u64, size: u32) -> u64 {
    if weight >= own {
        return size.into();
    }
    let halves = (2 * weight).saturating_sub(1);
    (halves * u64::from(size)).div_ceil(2 * own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(ipv4: u64, ipv6: u64) -> Split {
        Split { ipv4, ipv6 }
    }

    #[test]
    fn none_and_all_are_exact_and_what_lies_between_is_as_fine_as_its_weights() {
        for (ipv4, ipv6, share) in [
            (1, 0, 0),
            (0, 1, ALL),
            (3, 1, 2_500),
            (90, 10, 1_000),
            (67, 33, 3_333),
            (99, 1, 10),
            (1, 99, 9_990),
        ] {
            assert!(split(ipv4, ipv6).is_at(share), "{ipv4}:{ipv6}, {share}");
        }
        for (ipv4, ipv6, share) in [
            (1, 0, 10),
            (99, 1, 0),
            (1, 99, ALL),
            (2, 1, 2_500),
            (88, 12, 1_000),
        ] {
            assert!(!split(ipv4, ipv6).is_at(share), "{ipv4}:{ipv6}, {share}");
        }
    }

    #[test]
    fn a_forward_of_vpc_lattice_takes_more_groups() {
        let of = |service| RouteId::Rule(format!("arn:aws:{service}:eu-central-1:1:x"));
        assert_eq!(most_groups(&of("vpc-lattice")), 10);
        assert_eq!(most_groups(&of("elasticloadbalancing")), 5);
    }

    #[test]
    fn a_part_of_the_strength_is_whole_tasks_and_all_of_it_all() {
        assert_eq!(split(90, 10).tasks_on_ipv6(10), 1);
        assert_eq!(split(50, 50).tasks_on_ipv6(3), 2);
        assert_eq!(split(0, 100).tasks_on_ipv6(3), 3);
        assert_eq!(split(100, 0).tasks_on_ipv4(7), 7);
        assert_eq!(split(99, 1).tasks_on_ipv6(3), 1);
    }

    #[test]
    fn a_part_is_compared_whatever_the_weights_are_multiplied_by() {
        assert_eq!(split(75, 25).compared_with(split(3, 1)), Ordering::Equal);
        assert_eq!(split(74, 26).compared_with(split(3, 1)), Ordering::Greater);
        assert_eq!(split(1, 0).compared_with(split(99, 1)), Ordering::Less);
        assert_eq!(split(0, 1).compared_with(split(0, 0)), Ordering::Greater);
    }
}
