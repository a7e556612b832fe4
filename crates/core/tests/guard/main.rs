//! The guard can say no: each of its rules is broken by an action as a broken `decide` would make it, out of a world in
//! which the right one passes.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../world/mod.rs"]
mod world;

mod alone;
mod any;
mod behind;
mod families;
mod ground;
mod idle;
mod in_place;
mod look;
mod made;
mod names;
mod notes;
mod people;
mod probe;
mod rescue;
mod scaling;
mod steps;
mod tasks;
mod traffic;

use sixshift_core::{
    action::{Action, Intent, Side},
    decide::Next,
    evidence::Series,
    guard::{Veto, guard},
    observation::{Forward, Known, Observation, Service, TargetGroup},
    share::Share,
};
use world::{
    World,
    build::{group_arn, plan},
};

/// The world at the moment when the ladder wants to do something, and what it wants.
fn at(mut world: World, wanted: &str) -> (World, Observation, Action) {
    world.climb_until(|d| matches!(&d.next, Next::Act(a) if a.name().starts_with(wanted)));
    let (seen, action) = (world.look(), world.acting());
    assert_eq!(veto(&world, &seen, &action), None, "it was right before");
    (world, seen, action)
}

fn veto(world: &World, seen: &Observation, action: &Action) -> Option<Veto> {
    guard(&world.plan, &world.facts, seen, action).err()
}

/// A plain world: one route, three tasks, no scaling.
fn simple() -> World {
    World::new(plan(&[]))
}

fn with_forward(action: &Action, change: impl Fn(&mut Forward)) -> Action {
    let mut action = action.clone();
    let Action::SetForward { forward, .. } = &mut action else {
        panic!("{action:?}")
    };
    change(forward);
    action
}

/// The same change with other weights for the service's two groups.
fn weighing(action: &Action, ipv4: u16, ipv6: u16) -> Action {
    with_forward(action, |f| {
        *weight_of(f, Side::Ipv4) = ipv4;
        *weight_of(f, Side::Ipv6) = ipv6;
    })
}

/// The weight of a side's group of `checkout`: AWS promises no order.
fn weight_of(forward: &mut Forward, side: Side) -> &mut u16 {
    let ipv4 = group_arn("checkout");
    let mut groups = forward.groups.iter_mut();
    let group = groups.find(|g| (g.arn == ipv4) == (side == Side::Ipv4));
    &mut group.unwrap().weight
}

/// The same change by every name that a change of traffic may have.
fn by_any_name(action: &Action) -> Vec<Action> {
    let shares = [0, 1_000, 5_000, 10_000].map(Share::from_basis_points);
    let named = shares.map(|s| [Intent::Attach(s), Intent::Raise(s), Intent::Correct(s)]);
    let all = named.into_iter().flatten();
    all.chain([Intent::Return, Intent::Detach])
        .map(|name| {
            let mut action = action.clone();
            let Action::SetForward { intent, .. } = &mut action else {
                panic!("{action:?}")
            };
            *intent = name;
            action
        })
        .collect()
}

/// Whatever the change is called, the guard says the same of it.
fn vetoes_by_any_name(world: &World, seen: &Observation, action: &Action) -> Option<Veto> {
    let said = veto(world, seen, action);
    for action in by_any_name(action) {
        assert_eq!(veto(world, seen, &action), said, "{}", action.name());
    }
    said
}

fn seen_mut<T>(known: &mut Known<T>) -> &mut T {
    match known {
        Known::Seen(t) => t,
        _ => panic!("it was seen before"),
    }
}

fn group(seen: &mut Observation, ipv6: bool) -> &mut TargetGroup {
    let pair = &mut seen_mut(&mut seen.pairs)[0];
    seen_mut(if ipv6 { &mut pair.ipv6 } else { &mut pair.ipv4 })
}

/// A service, as it was seen.
fn ipv4(seen: &mut Observation) -> &mut Service {
    seen_mut(&mut seen.ipv4)
}

/// Only so many targets of a side are healthy.
fn healthy(seen: &mut Observation, ipv6: bool, count: usize) {
    let targets = seen_mut(&mut group(seen, ipv6).targets);
    for target in targets.iter_mut().skip(count) {
        target.state = "unhealthy".to_owned();
    }
}

fn note(seen: &mut Observation, key: &str, value: &str) {
    group(seen, true)
        .tags
        .insert(key.to_owned(), value.to_owned());
}

fn last_minute(seen: &mut Observation, ipv4: Option<f64>, ipv6: Option<f64>) {
    let at = seen.at;
    let series = seen_mut(&mut seen.recent);
    let last = series.complete_points(at) - 1;
    let mut points = series.all();
    points[last].requests_ipv4 = ipv4;
    points[last].requests_ipv6 = ipv6;
    *series = Series::new(series.start, series.period, points);
}
