//! Looks that are older than our own writes: nothing is made twice, nobody is called, and traffic still comes back.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use sixshift_core::{
    action::Action,
    decide::{Decision, Next},
    observation::Observation,
    status::{Phase, WaitingOn},
    written::SPREADS,
};

use crate::world::{
    Way, World,
    build::{forward, group_arn, plan, rule},
};

/// How old a look may be.
const LATE: SignedDuration = SignedDuration::from_secs(8);
/// More rounds than any climb here needs.
const MOST_ROUNDS: usize = 5_000;

/// A climb by looks of which each may be some seconds old, in no order.
struct Late {
    world: World,
    looks: VecDeque<(Timestamp, Observation)>,
    drawn: u64,
    acts: Vec<String>,
    refused: u32,
}

impl Late {
    fn new(world: World, seed: u64) -> Self {
        Self {
            world,
            looks: VecDeque::new(),
            drawn: seed,
            acts: Vec::new(),
            refused: 0,
        }
    }

    /// A look of the last seconds.
    fn look(&mut self) -> Observation {
        let now = self.world.now;
        self.looks.push_back((now, self.world.look()));
        while self
            .looks
            .front()
            .is_some_and(|(at, _)| now.duration_since(*at) > LATE)
        {
            self.looks.pop_front();
        }
        // Knuth's MMIX numbers.
        self.drawn = self
            .drawn
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let which = (self.drawn >> 33) as usize % self.looks.len();
        Observation {
            at: now,
            ..self.looks[which].1.clone()
        }
    }

    fn round(&mut self) -> Decision {
        let seen = self.look();
        let decision = self.world.decide_on(&seen);
        let second = self.world.now + SignedDuration::from_secs(1);
        let Next::Act(action) = &decision.next else {
            self.world.advance_to(decision.look_at.max(second));
            return decision;
        };
        self.world.guarded(&seen, action);
        match self.world.apply(action) {
            Ok(()) => {
                self.acts.push(action.name());
                self.world.facts.written.add(action, self.world.now);
            }
            // The route is read again right before it is written, and is not what was looked at.
            Err(why) => {
                assert_eq!(why, "the route changed");
                self.refused += 1;
            }
        }
        self.world.advance_to(second);
        decision
    }

    /// Rounds until it stands; every wait on the way goes through a check.
    fn climb(&mut self, check: impl Fn(&WaitingOn)) -> Decision {
        for _ in 0..MOST_ROUNDS {
            let decision = self.round();
            if decision.status.is_settled() {
                return decision;
            }
            if let Some(on) = &decision.status.waiting_on {
                check(on);
            }
        }
        panic!("it never stood still: {:#?}", self.acts);
    }
}

fn nobody_is_called(on: &WaitingOn) {
    assert!(!on.needs_person(), "{on:?}");
}

fn two_routes() -> World {
    let mut world = World::scaled(plan(&[]));
    world.ways.push(Way {
        id: rule("r2"),
        forward: forward(&[(&group_arn("checkout"), 1)]),
    });
    world
}

#[test]
fn a_climb_by_late_looks_does_what_one_by_prompt_looks_does() {
    let mut prompt = two_routes();
    let expected = prompt.climb();
    for seed in 0..20 {
        let mut late = Late::new(two_routes(), seed);
        let end = late.climb(nobody_is_called);
        assert_eq!(end.status.phase, Phase::Done, "seed {seed}");
        let mut acts = late.acts.clone();
        let mut on_time: Vec<String> = expected.acts().iter().map(|a| (*a).to_owned()).collect();
        acts.sort();
        on_time.sort();
        assert_eq!(acts, on_time, "seed {seed}");
    }
}

#[test]
fn a_rollback_by_late_looks_takes_everything_back_once() {
    for seed in 0..20 {
        let mut world = two_routes();
        world.climb_to_share(50);
        world.on_ipv6.errors = 0.5;
        world.minutes(6);
        let mut late = Late::new(world, seed);
        let end = late.climb(nobody_is_called);
        assert_eq!(end.status.phase, Phase::RolledBack, "seed {seed}");
        let back = late.acts.iter().filter(|a| a.starts_with("return traffic"));
        assert_eq!(back.count(), 2, "seed {seed}: {:#?}", late.acts);
    }
}

#[test]
fn a_route_that_does_not_show_its_return_does_not_keep_the_others_waiting() {
    let mut world = two_routes();
    world.climb_to_share(50);
    world.on_ipv6.errors = 0.5;
    world.minutes(6);
    world.climb_until(|d| matches!(&d.next, Next::Act(a) if a.name().starts_with("return")));
    let stale = world.look();
    let mut returned = Vec::new();
    for _ in 0..2 {
        let Next::Act(action) = world.decide_on(&stale).next else {
            panic!("a route waits: {returned:?}");
        };
        world.apply(&action).unwrap();
        world.facts.written.add(&action, world.now);
        let Action::SetForward { route, .. } = action else {
            panic!("{}", action.name());
        };
        assert!(!returned.contains(&route), "{route:?} twice");
        returned.push(route);
    }
    let decision = world.decide_on(&stale);
    assert!(matches!(
        decision.next,
        Next::Wait(WaitingOn::Unseen { .. })
    ));
}

#[test]
fn an_edit_by_others_right_after_our_own_write_is_told_once_aws_had_its_time() {
    let mut world = World::scaled(plan(&[]));
    world.climb_to_share(10);
    world.climb_until(|d| matches!(&d.next, Next::Act(a) if a.name().starts_with("raise")));
    let raise = world.acting();
    world.apply(&raise).unwrap();
    world.facts.written.add(&raise, world.now);
    world.edit_by_hand(0, 100, 0);
    let kind = |world: &World| world.waiting().kind();
    assert_eq!(kind(&world), "Unseen");
    world.advance_to(world.now + SPREADS);
    world.round();
    assert_eq!(kind(&world), "OutsideEdit");
}

#[test]
fn what_was_begun_before_this_process_is_not_judged_at_once() {
    let mut world = World::scaled(plan(&[]));
    world.climb_to_share(10);
    world.edit_by_hand(0, 0, 100);
    world.facts.written.began(world.now);
    assert_eq!(world.waiting().kind(), "Unseen");
    world.advance_to(world.now + SPREADS);
    world.round();
    assert_eq!(world.waiting().kind(), "OutsideEdit");
}
