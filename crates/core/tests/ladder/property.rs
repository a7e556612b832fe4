//! For any world that can be reached, and any observation at all.

use std::cell::Cell;

use jiff::{SignedDuration, Timestamp};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sixshift_core::{
    action::{Action, Side},
    decide::Next,
    evidence::{Point, Series},
    facts::{Facts, Gate},
    guard::guard,
    names::tag,
    observation::{Known, Observation, Why},
};

use crate::world::{
    Way, World,
    build::{forward, group_arn, plan, rule},
    serving,
};

/// The same cases in every run.
pub(crate) fn runner(cases: u32) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// What may happen to a migration.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Minutes(i64),
    Deploy,
    Edit(u16, u16),
    EditBack,
    Reset,
    Errors(bool),
    Sick(bool),
    SickIpv4(bool),
    Silent(bool),
    Slow(bool),
    Pause(bool),
    Freeze(bool),
    Abort,
    Retry,
    Approve,
    Promote(u16),
    Forget,
    NewRoute,
    Revision(usize),
    ScaleIpv4(u32),
    ScaleTwin(u32),
    Pinned(bool),
    Requests(u16),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (1_i64..40).prop_map(Event::Minutes),
        1 => Just(Event::Deploy),
        1 => (0_u16..200, 0_u16..200).prop_map(|(a, b)| Event::Edit(a, b)),
        1 => Just(Event::EditBack),
        1 => Just(Event::Reset),
        2 => any::<bool>().prop_map(Event::Errors),
        1 => any::<bool>().prop_map(Event::Sick),
        1 => any::<bool>().prop_map(Event::SickIpv4),
        1 => any::<bool>().prop_map(Event::Silent),
        1 => any::<bool>().prop_map(Event::Slow),
        1 => any::<bool>().prop_map(Event::Pause),
        1 => any::<bool>().prop_map(Event::Freeze),
        1 => Just(Event::Abort),
        1 => Just(Event::Retry),
        1 => Just(Event::Approve),
        1 => (1_u16..=100).prop_map(Event::Promote),
        1 => Just(Event::Forget),
        1 => Just(Event::NewRoute),
        1 => (0..REVISIONS.len()).prop_map(Event::Revision),
        1 => (0_u32..6).prop_map(Event::ScaleIpv4),
        1 => (0_u32..6).prop_map(Event::ScaleTwin),
        1 => any::<bool>().prop_map(Event::Pinned),
        1 => (0_u16..2_000).prop_map(Event::Requests),
    ]
}

/// Rounds to climb, then an event; from a world with or without scaling, with one route or two.
pub(crate) fn history() -> impl Strategy<Value = (bool, bool, Vec<(usize, Event)>)> {
    (
        any::<bool>(),
        any::<bool>(),
        prop::collection::vec((0_usize..60, event()), 1..10),
    )
}

/// Edits of the plan.
const REVISIONS: &[&[(&str, &str)]] = &[
    &[],
    &[("hold: 10m", "hold: 10m, gate: approval")],
    &[("  retire:", "  drift: correct\n  retire:")],
    &[("approval: none, ", "")],
];

pub(crate) fn world(scaled: bool, two_routes: bool) -> World {
    let mut world = if scaled {
        World::scaled(plan(&[]))
    } else {
        World::new(plan(&[]))
    };
    if two_routes {
        world.ways.push(Way {
            id: rule("shared"),
            forward: forward(&[(&group_arn("other"), 2), (&group_arn("checkout"), 1)]),
        });
    }
    world
}

pub(crate) fn happen(world: &mut World, event: &Event) {
    match event {
        Event::Minutes(n) => world.minutes(*n),
        Event::Deploy if world.ipv4.as_ref().is_some_and(|s| s.status == "ACTIVE") => {
            world.deploy_ipv4()
        }
        Event::Edit(a, b) if world.groups[0].ipv6.is_some() && a + b > 0 => {
            world.edit_by_hand(0, *a, *b)
        }
        Event::EditBack => set_back(world),
        // As a stack update does, and many a `terraform apply`.
        Event::Reset if world.groups[0].ipv4.is_some() => {
            world.ways[0].forward = forward(&[(&group_arn("checkout"), 1)]);
        }
        Event::Errors(on) => world.on_ipv6.errors = if *on { 0.3 } else { 0.0 },
        Event::Sick(on) => world.on_ipv6.sick = on.then_some("Target.Timeout"),
        Event::SickIpv4(on) => world.on_ipv4.sick = on.then_some("Target.Timeout"),
        Event::Silent(on) => world.silent = *on,
        Event::Slow(on) => world.on_ipv6.p99 = if *on { 5.0 } else { 0.3 },
        Event::Pause(on) => world.facts.paused = on.then(|| "pause".to_owned()),
        Event::Freeze(on) => world.facts.frozen = on.then(|| world.freeze("freeze")),
        Event::Abort => world.facts.abort = Some(world.order("abort")),
        Event::Retry => world.facts.retry = Some(world.order("retry")),
        Event::Approve => {
            for gate in [
                Gate::Step(0),
                Gate::Step(1),
                Gate::TooFew(0),
                Gate::Consumers,
                Gate::Retire,
            ] {
                world.approve(gate);
            }
        }
        Event::Promote(percent) => world.promote(*percent),
        Event::Forget => world.facts = Facts::default(),
        Event::NewRoute if world.ways.len() < 4 && world.groups[0].ipv4.is_some() => {
            let name = format!("n{}", world.ways.len());
            world.ways.push(Way {
                id: rule(&name),
                forward: forward(&[(&group_arn("checkout"), 1)]),
            });
        }
        Event::Revision(index) => world.plan = plan(REVISIONS[*index]),
        Event::ScaleIpv4(n) if world.ipv4.as_ref().is_some_and(|s| s.status == "ACTIVE") => {
            world.scale(Side::Ipv4, *n).unwrap();
        }
        Event::ScaleTwin(n) if world.twin.is_some() => world.scale(Side::Ipv6, *n).unwrap(),
        Event::Pinned(on) => world.pinned_ipv6 = if *on { 3.0 } else { 0.0 },
        Event::Requests(n) => world.requests = f64::from(*n),
        Event::Deploy
        | Event::Edit(..)
        | Event::Reset
        | Event::NewRoute
        | Event::ScaleIpv4(_)
        | Event::ScaleTwin(_) => {}
    }
}

/// The hand that edited undoes it: every route at the noted share.
fn set_back(world: &mut World) {
    let note = world.share_note().to_owned();
    let wanted = note
        .split('/')
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    let Some(ipv6) = world.groups[0].ipv6.as_ref().map(|g| g.arn.clone()) else {
        return;
    };
    let ipv4 = world.groups[0].ipv4_arn.clone();
    for way in &mut world.ways {
        if way.forward.groups.iter().any(|g| g.arn == ipv6) {
            let share = sixshift_core::share::Share::from_basis_points(wanted);
            way.forward = sixshift_core::way::split::split(&way.forward, &ipv4, &ipv6, share);
        }
    }
}

/// Whatever it is called, no change of a route passes over a step of the plan above what our note says was reached, unless
/// another route is that far already, or a person ordered it as far.
fn no_step_is_jumped(world: &World, action: &Action) {
    let Action::SetForward { route, forward, .. } = action else {
        return;
    };
    let groups = &world.groups[0];
    let ipv6 = &groups.ipv6.as_ref().unwrap().arn;
    let of = |f| sixshift_core::way::split::share(f, &groups.ipv4_arn, ipv6);
    let answers = groups.ipv4.as_ref().is_some_and(|g| {
        let targets = g.targets.seen().into_iter().flatten();
        targets.into_iter().any(|t| t.is_healthy())
    });
    if !answers {
        // Customers whom nobody answers are led away, however far that is.
        return;
    }
    let route = world.ways.iter().find(|w| w.id == *route);
    let now = route.and_then(|w| of(&w.forward)).unwrap_or_default();
    let next = of(forward).unwrap_or_default();
    let highest = world.ways.iter().filter_map(|w| of(&w.forward)).max();
    let noted = world.share_note().split('/').next();
    let noted = noted.and_then(|n| n.parse().ok()).unwrap_or(0);
    let promotion = world.facts.promotion.as_ref();
    let ordered = promotion.filter(|p| p.order.revision == world.plan.revision);
    let ordered = ordered.map(|p| p.to).unwrap_or_default();
    let reached = now.max(highest.unwrap_or_default()).max(ordered);
    // Weights are integers: half a percent is how finely a hand may have left them.
    let low = reached.basis_points().max(noted) + 50;
    let high = next.basis_points().saturating_sub(50);
    let steps = &world.plan.shift.steps;
    let mut steps = steps.iter().map(|s| s.weight.basis_points());
    let jumped = steps.any(|s| s > low && s < high);
    assert!(
        !jumped,
        "from {now} to {next} passes over a step: {action:?}"
    );
}

/// A round whose action the guard must pass, AWS accept, and no step be jumped by.
fn checked_round(world: &mut World) {
    if let Next::Act(action) = &world.decide().next {
        no_step_is_jumped(world, action);
    }
    world.round();
}

#[test]
fn whatever_happens_the_guard_passes_every_action_and_in_the_end_it_settles() {
    runner(400)
        .run(&history(), |(scaled, two, events)| {
            let mut world = world(scaled, two);
            for (rounds, event) in &events {
                for _ in 0..*rounds {
                    checked_round(&mut world);
                }
                happen(&mut world, event);
            }
            // Faults off, and nothing happens any more.
            for event in [
                Event::Errors(false),
                Event::Sick(false),
                Event::SickIpv4(false),
                Event::Silent(false),
                Event::Slow(false),
                Event::Pinned(false),
                Event::Requests(600),
            ] {
                happen(&mut world, &event);
            }
            for _ in 0..1_500 {
                if world.decide().status.is_settled() {
                    break;
                }
                checked_round(&mut world);
            }
            prop_assert!(
                world.decide().status.is_settled(),
                "{:?}",
                world.decide().next
            );
            // What has a person to wait for may mend itself, too.
            for _ in 0..3 {
                world.minutes(30);
                for _ in 0..1_500 {
                    if world.decide().status.is_settled() {
                        break;
                    }
                    checked_round(&mut world);
                }
            }
            world.stays();
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn with_nothing_amiss_it_is_done_and_whoever_forgets_everything_between_rounds_gets_as_far() {
    for (scaled, two) in [(false, false), (true, true)] {
        let mut world = world(scaled, two);
        let mut again = world.clone();
        let story = world.climb();
        let mut forgetful = Vec::new();
        while !again.decide().status.is_settled() {
            again.facts = Facts::default();
            let line = crate::world::climb::tell(&again.decide());
            if forgetful.last() != Some(&line) {
                forgetful.push(line);
            }
            checked_round(&mut again);
        }
        assert_eq!(story.0[..story.0.len() - 1], forgetful[..]);
    }
}

type Spoil = fn(&mut Observation, u64);

/// Ways in which an answer may be strange.
const SPOILS: &[Spoil] = &[
    |o, _| o.ipv4 = Known::Absent,
    |o, _| o.twin = Known::Absent,
    |o, _| o.pairs = Known::Absent,
    |o, _| o.pairs = Known::Seen(vec![]),
    |o, _| o.routes = Known::Seen(vec![]),
    |o, _| o.recent = Known::Absent,
    |o, _| o.twin_tasks = Known::Seen(vec![]),
    |o, _| o.alarms = Known::Absent,
    |o, _| o.routes = Known::Unknown(Why::new(String::new())),
    |o, _| o.ipv4_scaling = Known::Unknown(Why::new(String::new())),
    |o, n| weights(o, n),
    |o, n| {
        note(
            o,
            tag::SHARE,
            ["", "/", "10001", "5/x", "10000/0", "0/0", "2500", "-1"][n as usize % 8],
        )
    },
    |o, n| note(o, tag::ROLLED_BACK, ["", "@", "x@y", "@@@"][n as usize % 4]),
    |o, n| {
        points(o, |p| {
            p.requests_ipv6 = Some([f64::NAN, f64::INFINITY, -1.0, 1e300][n as usize % 4])
        })
    },
    |o, n| {
        points(o, |p| {
            p.errors_ipv6 = Some([f64::NAN, f64::INFINITY, -1.0, 1e300][n as usize % 4])
        })
    },
    |o, n| {
        points(o, |p| {
            p.elb_5xx = Some([f64::NAN, f64::INFINITY, -1.0, 1e300][n as usize % 4])
        })
    },
    |o, _| points(o, |p| *p = Point::default()),
    |o, n| series(o, |s| s.period = std::time::Duration::from_secs(n % 3)),
    |o, n| {
        series(o, |s| {
            s.start = [Timestamp::MIN, Timestamp::MAX][n as usize % 2]
        })
    },
    |o, _| series(o, |s| *s = Series::new(s.start, s.period, [])),
    |o, n| deployments(o, [Timestamp::MIN, Timestamp::MAX][n as usize % 2]),
    |o, n| desired(o, [0, 1, u32::MAX][n as usize % 3]),
    |o, _| {
        if let Known::Seen(service) = &mut o.ipv4 {
            service.deployments.clear();
        }
    },
];

fn weights(seen: &mut Observation, n: u64) {
    if let Known::Seen(routes) = &mut seen.routes {
        for group in routes.iter_mut().flat_map(|r| &mut r.forward.groups) {
            group.weight = [0, 1, 999, u16::MAX][n as usize % 4];
        }
    }
}

fn note(seen: &mut Observation, key: &str, value: &str) {
    if let Known::Seen(pairs) = &mut seen.pairs {
        for pair in pairs {
            if let Known::Seen(group) = &mut pair.ipv6 {
                group.tags.insert(key.to_owned(), value.to_owned());
            }
        }
    }
}

fn series(seen: &mut Observation, change: impl Fn(&mut Series)) {
    for known in [&mut seen.recent, &mut seen.long] {
        if let Known::Seen(series) = known {
            change(series);
        }
    }
}

fn points(seen: &mut Observation, change: impl Fn(&mut Point)) {
    series(seen, |s| {
        let mut points = s.all();
        points.iter_mut().for_each(&change);
        *s = Series::new(s.start, s.period, points);
    });
}

fn deployments(seen: &mut Observation, at: Timestamp) {
    for known in [&mut seen.ipv4, &mut seen.twin] {
        if let Known::Seen(service) = known {
            for deployment in &mut service.deployments {
                (deployment.created_at, deployment.updated_at) = (at, at);
                deployment.completed_at = Some(at);
            }
        }
    }
}

fn desired(seen: &mut Observation, desired: u32) {
    if let Known::Seen(service) = &mut seen.ipv4 {
        service.desired = desired;
    }
}

/// Worlds on every rung, one more round apart each.
fn rungs() -> Vec<World> {
    let mut world = world(true, true);
    let mut all = Vec::new();
    while !world.decide().status.is_settled() {
        all.push(world.clone());
        world.round();
    }
    all.push(world);
    all
}

#[test]
fn no_observation_makes_it_panic_or_pass_the_guard_onto_nothing() {
    let rungs = rungs();
    let spoilt = (
        0..rungs.len(),
        prop::collection::vec((0..SPOILS.len(), any::<u64>()), 1..4),
    );
    let (passed, vetoed) = (Cell::new(0), Cell::new(0));
    runner(2_000)
        .run(&spoilt, |(rung, spoils)| {
            let world = &rungs[rung];
            let mut seen = world.look();
            for (index, n) in spoils {
                SPOILS[index](&mut seen, n);
            }
            let decision = world.decide_on(&seen);
            prop_assert!(decision.look_at >= world.now - SignedDuration::from_secs(1));
            prop_assert!(
                decision.status.sentence.ends_with('.'),
                "{}",
                decision.status.sentence
            );
            if let Next::Act(action) = &decision.next {
                match guard(&world.plan, &world.facts, &seen, action) {
                    Ok(()) => {
                        passed.set(passed.get() + 1);
                        serving::onto_somebody(&seen, action);
                    }
                    Err(_) => vetoed.set(vetoed.get() + 1),
                }
            }
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
    let (passed, vetoed) = (passed.get(), vetoed.get());
    assert!(
        passed > 100 && vetoed > 0,
        "{passed} passed, {vetoed} vetoed"
    );
}
