//! From any world that can be reached, what lies ahead is told, and it has an end.

use proptest::prelude::*;
use sixshift_core::{
    decide::Next,
    foresee::{Ahead, End, Foresight, MOST_ROUNDS, foresee},
    status::WaitingOn,
};

use crate::{
    property::{happen, history, runner, world},
    world::World,
};

fn foreseen(world: &World) -> Foresight {
    foresee(
        &world.plan,
        &world.facts,
        &world.look(),
        world.now,
        MOST_ROUNDS,
    )
}

/// The first thing that is done now is the first that is told; where nothing is done, nothing is told as done now.
fn begins_with_what_is_next(world: &World, foresight: &Foresight) -> Result<(), TestCaseError> {
    let first = foresight.ahead.first();
    match (world.decide().next, first) {
        (Next::Act(action), Some(Ahead::Call(call))) => {
            prop_assert_eq!(action, call.action.clone())
        }
        (Next::Act(action), other) => prop_assert!(false, "{action:?}, told as {other:?}"),
        (Next::Done, first) => prop_assert_eq!(first, None),
        (Next::Wait(on), Some(Ahead::Wait(wait))) => prop_assert_eq!(on.kind(), wait.on.kind()),
        (Next::Wait(_), _) => {}
    }
    Ok(())
}

#[test]
fn whatever_happened_foresight_has_an_end_that_the_guard_does_not_forbid() {
    runner(60)
        .run(&history(), |(scaled, two, events)| {
            let mut world = world(scaled, two);
            for (rounds, event) in &events {
                for _ in 0..*rounds {
                    world.round();
                }
                happen(&mut world, event);
                let foresight = foreseen(&world);
                prop_assert_ne!(&foresight.end, &End::More);
                if let End::Stands { on, .. } = &foresight.end {
                    prop_assert!(!matches!(on, WaitingOn::Vetoed { .. }), "{on:?}");
                }
                begins_with_what_is_next(&world, &foresight)?;
                let moments = foresight.ahead.iter().map(|ahead| match ahead {
                    Ahead::Call(call) => call.at,
                    Ahead::Wait(wait) => wait.from,
                    Ahead::Person { at, .. } => *at,
                });
                prop_assert!(moments.is_sorted());
                prop_assert_eq!(foreseen(&world), foresight);
            }
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
}
