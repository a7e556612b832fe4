//! A route beside a pair of ours: how it stands, and the move of it to a share.
//!
//! What must not be here: whether it should move.

use crate::{
    action::{Action, Intent, Side},
    observation::{Forward, Known, Pair, Route, TargetGroup, WeightedGroup},
    share::Share,
    way::split,
};

/// A route that leads to a pair of ours, as it is.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) route: &'a Route,
    pub(super) pair: &'a Pair,
    /// The pair's IPv6 group.
    pub(super) group: &'a TargetGroup,
}

impl<'a> Way<'a> {
    /// The group of a side.
    pub(super) fn group_of(&self, side: Side) -> &'a Known<TargetGroup> {
        match side {
            Side::Ipv4 => &self.pair.ipv4,
            Side::Ipv6 => &self.pair.ipv6,
        }
    }

    pub(super) fn has(&self, arn: &str) -> bool {
        self.route.forward.groups.iter().any(|g| g.arn == arn)
    }

    /// The ARN of a side's group.
    pub(super) fn arn(&self, side: Side) -> &'a str {
        match side {
            Side::Ipv4 => &self.pair.ipv4_arn,
            Side::Ipv6 => &self.group.arn,
        }
    }

    pub(super) fn names_both(&self) -> bool {
        [Side::Ipv4, Side::Ipv6]
            .iter()
            .all(|side| self.has(self.arn(*side)))
    }

    /// Whether it names the IPv6 group.
    pub(super) fn is_attached(&self) -> bool {
        self.has(&self.group.arn)
    }

    /// The IPv6 share; `None` where the IPv6 group is not named, or neither group has weight.
    pub(super) fn share(&self) -> Option<Share> {
        split::share(&self.route.forward, &self.pair.ipv4_arn, &self.group.arn)
    }

    /// Whether it has a share, as finely as weights tell.
    pub(super) fn is_at(&self, share: Share) -> bool {
        split::is_at(
            &self.route.forward,
            &self.pair.ipv4_arn,
            &self.group.arn,
            share,
        )
    }

    /// Whether somebody gave all of it to others' groups: no share can be set there.
    pub(super) fn is_given_away(&self) -> bool {
        split::is_given_away(&self.route.forward, &self.pair.ipv4_arn, &self.group.arn)
    }

    /// The forward with the share.
    pub(super) fn forward_at(&self, share: Share) -> Forward {
        let ipv6 = &self.group.arn;
        self.sticking(split::split(
            &self.route.forward,
            &self.pair.ipv4_arn,
            ipv6,
            share,
        ))
    }

    /// Where a group joins others, it brings the stickiness that ELB asks for: several groups of which one is sticky are
    /// refused, unless the action is sticky too.
    fn sticking(&self, mut forward: Forward) -> Forward {
        let joins = forward.groups.len() > self.route.forward.groups.len();
        if joins && forward.stickiness.is_none() {
            let group = self.pair.ipv4.seen().unwrap_or(self.group);
            forward.stickiness = group.sticky_seconds();
        }
        forward
    }

    /// The move of it to a share.
    pub(super) fn set(&self, share: Share, intent: Intent) -> Action {
        self.with(self.forward_at(share), intent)
    }

    /// A side's group, without traffic, where it is not named.
    pub(super) fn join(&self, side: Side) -> Action {
        let mut forward = self.route.forward.clone();
        forward.groups.push(WeightedGroup {
            arn: self.arn(side).to_owned(),
            weight: 0,
        });
        self.with(self.sticking(forward), Intent::Rejoin(side))
    }

    /// Another forward.
    pub(super) fn with(&self, forward: Forward, intent: Intent) -> Action {
        Action::set_forward(self.route, forward, intent)
    }
}
