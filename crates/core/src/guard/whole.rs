//! A route is written back with everything it had: other target groups keep their part, clients stick as they did.
//!
//! What belongs here: what a change of the service's own split must leave alone. What must not: how that split may move.

use std::collections::BTreeSet;

use super::{
    Veto,
    case::Case,
    effect::{Effect, Traffic},
    idle::holds_in_vain,
    require,
    weights::{HEAVIEST, Split, has, most_groups, total, weight},
};
use crate::observation::{Pair, Setting, TargetGroup};

/// Only the split between the service's own two groups moves.
pub(super) fn others_untouched(case: &Case<'_>) -> Result<(), Veto> {
    let Effect::Traffic(traffic) = &case.effect else {
        return Ok(());
    };
    require(is_possible(traffic), Veto::ImpossibleWeights)?;
    let pairs = case.pairs()?;
    for group in traffic.before.groups.iter().chain(&traffic.after.groups) {
        if !pairs.iter().any(|p| is_of(p, &group.arn)) {
            let stays = has(traffic.before, &group.arn) == has(traffic.after, &group.arn);
            let (was, is) = (
                weight(traffic.before, &group.arn),
                weight(traffic.after, &group.arn),
            );
            require(stays && is_same_part(traffic, was, is), Veto::TouchesOthers)?;
        }
    }
    for pair in pairs {
        let (was, is) = (
            Split::of(traffic.before, pair).own(),
            Split::of(traffic.after, pair).own(),
        );
        require(is_same_part(traffic, was, is), Veto::TouchesOthers)?;
        leaves_weightless(case, traffic, pair)?;
    }
    require(keeps_stickiness(traffic, pairs), Veto::ChangesStickiness)
}

/// What AWS takes, and what sends requests somewhere.
fn is_possible(traffic: &Traffic<'_>) -> bool {
    let forward = traffic.after;
    // Weights that stand for whole families are never sent.
    let heaviest = match traffic.setting {
        Setting::Weights => HEAVIEST,
        Setting::Families(_) => u16::MAX,
    };
    let names: BTreeSet<&str> = forward.groups.iter().map(|g| g.arn.as_str()).collect();
    total(forward) > 0
        && names.len() == forward.groups.len()
        && names.len() <= most_groups(traffic.route)
        && forward.groups.iter().all(|g| g.weight <= heaviest)
}

fn is_of(pair: &Pair, arn: &str) -> bool {
    pair.ipv4_arn == arn || pair.ipv6.seen().is_some_and(|g| g.arn == arn)
}

/// All weights of an action may be multiplied: the part of the whole counts. Where nobody weighed anything, nobody had one.
fn is_same_part(traffic: &Traffic<'_>, was: u64, is: u64) -> bool {
    let (before, after) = (total(traffic.before), total(traffic.after));
    was * after == is * before || before == 0
}

/// A group of ours leaves a route only when nothing is sent to it, or a cookie would hold clients where nobody is.
fn leaves_weightless(case: &Case<'_>, traffic: &Traffic<'_>, pair: &Pair) -> Result<(), Veto> {
    let ipv6 = pair.ipv6.seen().map(|g| g.arn.as_str());
    let sides = [
        (Some(pair.ipv4_arn.as_str()), &pair.ipv4),
        (ipv6, &pair.ipv6),
    ];
    for (arn, group) in sides {
        let Some(arn) = arn else { continue };
        let leaves = has(traffic.before, arn) && !has(traffic.after, arn);
        let idle = weight(traffic.before, arn) == 0 || holds_in_vain(case, traffic, group);
        require(idle || !leaves, Veto::StillServing)?;
    }
    Ok(())
}

/// ELB refuses several groups of which one is sticky unless the action is sticky too: that is turned on when a second
/// group joins, and off again when one is left. Nothing else of it is ours.
fn keeps_stickiness(traffic: &Traffic<'_>, pairs: &[Pair]) -> bool {
    let (before, after) = (traffic.before, traffic.after);
    let seconds = |group: Option<&TargetGroup>| group.and_then(TargetGroup::sticky_seconds);
    match (before.stickiness, after.stickiness) {
        (None, None) => true,
        (None, Some(is)) => pairs.iter().any(|p| {
            let arns = [Some(&p.ipv4_arn), p.ipv6.seen().map(|g| &g.arn)];
            let joins = |arn: &String| !has(before, arn) && has(after, arn);
            let joins = arns.into_iter().flatten().any(joins);
            joins && seconds(p.ipv4.seen()) == Some(is)
        }),
        (Some(was), None) => {
            let alone = before.groups.len() > 1 && after.groups.len() == 1;
            let ours = |p: &Pair| {
                [&p.ipv4, &p.ipv6]
                    .map(|g| seconds(g.seen()))
                    .contains(&Some(was))
            };
            alone && pairs.iter().any(ours)
        }
        (Some(was), Some(is)) => was == is,
    }
}
