//! What holds of every way: what was written reads back, what reads so is not written, and all else stays as it was.

use proptest::prelude::*;

use super::{Grain, of, rounded, split};
use crate::{
    action::{Action, Intent, Spell},
    observation::{Families, FamilyRule, Forward, Place, Route, RouteId, Setting, WeightedGroup},
    share::Share,
};

fn route(setting: Setting, forward: Forward) -> Route {
    let mut route = Route {
        id: RouteId::Listener("…/listener/net/shop/1/2".to_owned()),
        place: Place::default(),
        load_balancer: String::new(),
        setting,
        forward,
        actions: vec!["forward".to_owned()],
        fingerprint: "f".to_owned(),
    };
    route.forward = (of(&route.setting).read)(&route);
    route
}

fn weights(groups: &[(&str, u16)]) -> Route {
    let group = |(arn, weight): &(&str, u16)| WeightedGroup {
        arn: (*arn).to_owned(),
        weight: *weight,
    };
    let forward = Forward {
        groups: groups.iter().map(group).collect(),
        stickiness: None,
    };
    route(Setting::Weights, forward)
}

fn families(default: &str, rules: &[&str]) -> Route {
    let rule = |(number, to): (usize, &&str)| FamilyRule {
        arn: format!("rule/{number}"),
        priority: 100 * (number as u32 + 1),
        clients: Some("ipv6".to_owned()),
        forward: Forward::to(to),
        fingerprint: format!("r{number}"),
    };
    let families = Families {
        ipv4: "v4".to_owned(),
        ipv6: Some("v6".to_owned()),
        default: Forward::to(default),
        rules: rules.iter().enumerate().map(rule).collect(),
    };
    route(Setting::Families(families), Forward::default())
}

/// Every state that our own writes leave, a person's edit among them. Where both of a pair weigh more together than one can,
/// nothing says the same of one of them.
fn any_route() -> impl Strategy<Value = Route> {
    let side = || prop_oneof![Just("v4"), Just("v6")];
    prop_oneof![
        (1_u16..=999, 0_u16..=999, proptest::option::of(0_u16..=99)).prop_map(
            |(own, ipv6, other)| {
                let mut groups = vec![("v4", own), ("v6", ipv6.min(999 - own))];
                groups.extend(other.map(|weight| ("other", weight)));
                weights(&groups)
            }
        ),
        (side(), proptest::collection::vec(side(), 0..=2))
            .prop_map(|(default, rules)| families(default, &rules)),
    ]
}

fn any_share() -> impl Strategy<Value = Share> {
    prop_oneof![
        Just(Share::NONE),
        Just(Share::CLIENTS),
        Just(Share::ALL),
        (1_u16..=100).prop_map(|percent| Share::from_basis_points(percent * 100)),
    ]
}

/// A share that a route can have.
fn as_fine(route: &Route, share: Share) -> Share {
    match of(&route.setting).grain {
        Grain::Families => rounded(route, "v4", "v6", share).unwrap(),
        Grain::Weights { .. } if share == Share::CLIENTS => Share::NONE,
        Grain::Weights { .. } => share,
    }
}

fn once(route: &Route, share: Share) -> Route {
    let wanted = split::split(&route.forward, "v4", "v6", share);
    let action = Action::set_forward(route, wanted, Intent::Correct(share));
    let Action::SetForward { spell, forward, .. } = action else {
        panic!("{action:?}")
    };
    let mut next = route.clone();
    next.setting = (of(&route.setting).after)(route, &spell);
    next.forward = forward;
    next
}

/// As a round each would write it.
fn settled(mut route: Route, share: Share) -> Route {
    for _ in 0..8 {
        if is_there(&route, share) {
            return route;
        }
        route = once(&route, share);
    }
    panic!("{share} is never reached: {route:?}")
}

fn is_there(route: &Route, share: Share) -> bool {
    route.forward.names("v6") && split::is_at(&route.forward, "v4", "v6", share)
}

proptest! {
    #[test]
    fn what_was_written_reads_back(route in any_route(), share in any_share()) {
        let share = as_fine(&route, share);
        let there = settled(route.clone(), share);
        prop_assert!(is_there(&there, share), "{there:?}");
        prop_assert_eq!(&(of(&there.setting).read)(&there).groups.len(), &there.forward.groups.len());
    }

    #[test]
    fn what_reads_so_already_is_not_written(route in any_route(), share in any_share()) {
        let share = as_fine(&route, share);
        let there = settled(route, share);
        prop_assert_eq!(settled(there.clone(), share), there);
    }

    #[test]
    fn all_else_stays_as_it_was(route in any_route(), share in any_share()) {
        let there = settled(route.clone(), as_fine(&route, share));
        prop_assert_eq!(there.id, route.id);
        prop_assert_eq!(there.actions, route.actions);
        let part = |forward: &Forward| {
            let other = forward.groups.iter().filter(|g| g.arn == "other");
            let all: u32 = forward.groups.iter().map(|g| u32::from(g.weight)).sum();
            other.map(|g| f64::from(g.weight) / f64::from(all)).sum::<f64>()
        };
        prop_assert!((part(&there.forward) - part(&route.forward)).abs() < 1e-9);
    }

    /// However the clients of a listener are led, on the way nobody reaches a group that was not named, and so not checked.
    #[test]
    fn nobody_is_led_to_whom_nobody_checks(share in any_share(), then in any_share()) {
        let mut route = settled(families("v4", &[]), Share::NONE);
        for share in [share, then, Share::NONE] {
            let share = as_fine(&route, share);
            while !is_there(&route, share) {
                let next = once(&route, share);
                for arn in ["v4", "v6"] {
                    let gets = |r: &Route| r.forward.groups.iter().any(|g| g.arn == arn && g.weight > 0);
                    let named = names(&route, arn);
                    prop_assert!(named || !gets(&next), "{arn}: {route:?} to {next:?}");
                    prop_assert!(names(&next, arn), "nothing names {arn}: {next:?}");
                }
                route = next;
            }
        }
    }
}

fn names(route: &Route, arn: &str) -> bool {
    let Setting::Families(families) = &route.setting else {
        return true;
    };
    families.default.names(arn) || families.rules.iter().any(|r| r.forward.names(arn))
}

#[test]
fn once_ipv4_is_to_be_named_no_more_our_rules_go_one_by_one_and_nobody_is_moved_by_that() {
    let mut route = settled(families("v4", &[]), Share::ALL);
    let mut steps = Vec::new();
    while route.forward.names("v4") || (of(&route.setting).holds_ours)(&route) {
        let mut without = route.forward.clone();
        without.groups.retain(|g| g.arn != "v4");
        let action = Action::set_forward(&route, without, Intent::Detach);
        let Action::SetForward { spell, forward, .. } = action else {
            panic!("{action:?}")
        };
        let all_on_ipv6 = forward
            .groups
            .iter()
            .all(|g| (g.arn == "v6") == (g.weight > 0));
        assert!(all_on_ipv6, "{forward:?}");
        route.setting = (of(&route.setting).after)(&route, &spell);
        route.forward = forward;
        steps.push(spell);
    }
    let dropped = steps.iter().all(|s| matches!(s, Spell::DropRule { .. }));
    assert!(dropped && steps.len() == 2, "{steps:?}");
    let Setting::Families(left) = &route.setting else {
        panic!()
    };
    assert_eq!((left.default.only(), left.rules.len()), (Some("v6"), 0));
}
