//! Whatever a broken `decide` may come up with, at any moment: what passes leads nobody to nobody.

use std::{cell::Cell, collections::BTreeMap};

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sixshift_core::{
    action::{Action, Bounds, Intent, Side},
    names::tag,
    observation::{Forward, Observation, Suspended, WeightedGroup},
    share::Share,
};

use crate::{
    healthy, veto,
    world::{World, build::plan, serving},
};

/// Worlds on every rung up, and on the way back from half way, one round apart each.
fn moments() -> Vec<World> {
    let mut all = Vec::new();
    for aborted in [false, true] {
        let mut world = World::scaled(plan(&[]));
        if aborted {
            world.climb_to_share(50);
            world.facts.abort = Some(world.order("back"));
        }
        while !world.decide().status.is_settled() {
            all.push(world.clone());
            world.round();
        }
        all.push(world);
    }
    all.retain(|w| w.groups[0].ipv6.is_some() && w.groups[0].ipv4.is_some());
    all
}

#[derive(Clone, Debug)]
enum Wish {
    Weigh(u16, u16, bool),
    Scale(Side, u32),
    Bounds(Side, Option<(u32, u32)>, bool),
    Note(String),
    DeleteService,
    DeleteScaling,
    DeleteTargetGroup,
}

fn wish() -> impl Strategy<Value = Wish> {
    let weight = || prop_oneof![Just(0), Just(1), Just(10), Just(50), 0_u16..=100];
    let side = || prop_oneof![Just(Side::Ipv4), Just(Side::Ipv6)];
    let share = || prop_oneof![Just(0), Just(1_000), Just(5_000), Just(10_000)];
    let bounds = proptest::option::of((0_u32..4, 0_u32..12));
    prop_oneof![
        6 => (weight(), weight(), any::<bool>()).prop_map(|(a, b, d)| Wish::Weigh(a, b, d)),
        3 => (side(), 0_u32..5).prop_map(|(s, n)| Wish::Scale(s, n)),
        2 => (side(), bounds, any::<bool>()).prop_map(|(s, b, f)| Wish::Bounds(s, b, f)),
        2 => (share(), share()).prop_map(|(a, b): (u16, u16)| Wish::Note(format!("{a}/{b}"))),
        1 => share().prop_map(|a: u16| Wish::Note(a.to_string())),
        1 => Just(Wish::DeleteService),
        1 => Just(Wish::DeleteScaling),
        1 => Just(Wish::DeleteTargetGroup),
    ]
}

fn named(side: Side) -> String {
    match side {
        Side::Ipv4 => "checkout".to_owned(),
        Side::Ipv6 => "checkout-ipv6".to_owned(),
    }
}

fn action(seen: &Observation, wish: &Wish) -> Action {
    let pair = &seen.pairs.seen().unwrap()[0];
    let twin = &pair.ipv6.seen().unwrap().arn;
    match wish {
        Wish::Weigh(ipv4, ipv6, drops) => {
            let route = &seen.routes.seen().unwrap()[0];
            let groups = [(&pair.ipv4_arn, *ipv4), (twin, *ipv6)];
            let mut forward = Forward {
                groups: groups
                    .map(|(arn, weight)| WeightedGroup {
                        arn: arn.clone(),
                        weight,
                    })
                    .to_vec(),
                stickiness: None,
            };
            if *drops {
                forward.groups.retain(|g| g.weight > 0);
            }
            Action::set_forward(route, forward, Intent::Correct(Share::ALL))
        }
        Wish::Scale(side, desired) => Action::ScaleService {
            cluster: "prod".to_owned(),
            service: named(*side),
            side: *side,
            desired: *desired,
        },
        Wish::Bounds(side, bounds, free) => Action::SetScaling {
            resource: format!("service/prod/{}", named(*side)),
            side: *side,
            bounds: bounds.map(|(min, max)| Bounds { min, max }),
            suspended: Suspended {
                scale_in: !free,
                ..Suspended::default()
            },
            tags_of: None,
        },
        Wish::Note(text) => Action::TagTargetGroup {
            target_group: twin.clone(),
            tags: BTreeMap::from([(tag::SHARE.to_owned(), text.clone())]),
            because: None,
        },
        Wish::DeleteService => Action::DeleteService {
            cluster: "prod".to_owned(),
            service: named(Side::Ipv4),
        },
        Wish::DeleteScaling => Action::DeleteScaling {
            resource: "service/prod/checkout".to_owned(),
        },
        Wish::DeleteTargetGroup => Action::DeleteTargetGroup {
            target_group: pair.ipv4_arn.clone(),
        },
    }
}

/// What has passed does to the world what no rule of the guard's says in these words.
fn is_harmless(world: &World, seen: &Observation, action: &Action) {
    serving::onto_somebody(seen, action);
    let mut after = world.clone();
    // AWS may refuse it all the same.
    if after.apply(action).is_err() {
        return;
    }
    let tasks = |w: &World| {
        let of = |s: &Option<_>| {
            s.as_ref()
                .map_or(0, |s: &sixshift_core::observation::Service| s.desired)
        };
        (of(&w.ipv4), of(&w.twin))
    };
    let (was, is) = (tasks(world), tasks(&after));
    assert!(
        is != (0, 0) || was == (0, 0),
        "both sides are empty: {action:?}"
    );
    let share = |w: &World| w.weighted_share();
    if is.1 < was.1 {
        assert!(share(world) == 0.0, "the twin serves: {action:?}");
    }
    if is.0 < was.0 {
        assert!(share(world) == 1.0, "IPv4 serves: {action:?}");
    }
}

#[test]
fn whatever_is_wished_for_nobody_is_led_to_nobody() {
    let moments = moments();
    let config = Config {
        cases: 6_000,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let cases = (0..moments.len(), 0_usize..6, 0_usize..6, wish());
    let counts = [const { Cell::new(0) }; 2];
    runner
        .run(&cases, |(index, on_ipv4, on_ipv6, wish)| {
            let world = &moments[index];
            let mut seen = world.look();
            healthy(&mut seen, false, on_ipv4);
            healthy(&mut seen, true, on_ipv6);
            let action = action(&seen, &wish);
            let passes = veto(world, &seen, &action).is_none();
            let count = &counts[usize::from(passes)];
            count.set(count.get() + 1);
            if passes {
                is_harmless(world, &seen, &action);
            }
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
    let [vetoed, passed] = counts.map(|c| c.get());
    assert!(
        vetoed > 2_000 && passed > 200,
        "{vetoed} vetoed, {passed} passed"
    );
}
