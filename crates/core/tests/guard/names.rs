//! Consumers that move by themselves: what a faulty ladder would do to them.

use sixshift_core::{
    action::{Action, Side},
    decide::Next,
    facts::Gate,
    guard::{Veto, guard},
    names::tag,
    status::Phase,
};

use crate::world::{World, build::plan_by_names};

fn until(world: &mut World, is_there: impl Fn(&World) -> bool) {
    for _ in 0..2_000 {
        if is_there(world) {
            return;
        }
        world.round();
    }
    panic!("it never came");
}

fn offered() -> World {
    let mut world = World::registered(plan_by_names(&[]));
    until(&mut world, |w| w.share_note() == "2");
    world
}

fn judged(world: &World, action: &Action) -> Result<(), Veto> {
    let seen = world.look();
    guard(&world.plan, &world.facts, &seen, action)
}

fn scale(world: &World, side: Side, desired: u32) -> Action {
    let service = match side {
        Side::Ipv4 => &world.ipv4,
        Side::Ipv6 => &world.twin,
    };
    Action::ScaleService {
        cluster: "prod".to_owned(),
        service: service.as_ref().unwrap().name.clone(),
        side,
        desired,
    }
}

fn share(world: &World, text: &str) -> Action {
    Action::TagTwin {
        service: world.twin.as_ref().unwrap().arn.clone(),
        tags: [(tag::SHARE.to_owned(), text.to_owned())].into(),
        because: None,
    }
}

#[test]
fn nobody_loses_a_task_before_a_person_said_that_all_have_moved() {
    let world = offered();
    let ipv4 = scale(&world, Side::Ipv4, 0);
    assert_eq!(judged(&world, &ipv4), Err(Veto::StillServing));
    let ipv6 = scale(&world, Side::Ipv6, 0);
    assert_eq!(judged(&world, &ipv6), Err(Veto::StillServing));
    assert_eq!(
        judged(&world, &share(&world, "2/10000")),
        Err(Veto::NotApproved)
    );
}

#[test]
fn a_persons_word_is_no_bake() {
    let mut world = offered();
    world.approve(Gate::Consumers);
    until(&mut world, |w| w.phase() == Phase::Bake);
    let ipv4 = scale(&world, Side::Ipv4, 0);
    assert_eq!(judged(&world, &ipv4), Err(Veto::StillServing));
}

#[test]
fn a_registry_is_made_of_the_plans_name_and_without_a_records() {
    let mut world = World::registered(plan_by_names(&[]));
    let made = |world: &World| match world.decide().next {
        Next::Act(Action::CreateRegistry(new)) => Some(new),
        _ => None,
    };
    until(&mut world, |w| made(w).is_some());
    let new = made(&world).unwrap();
    assert_eq!(new.records[0].kind, "AAAA");
    let sound = Action::CreateRegistry(new.clone());
    assert_eq!(judged(&world, &sound), Ok(()));
    let mut named = new.clone();
    named.name = "other".to_owned();
    let mut kept = new.clone();
    kept.records[0].kind = "A".to_owned();
    let mut elsewhere = new;
    elsewhere.namespace = "ns-2".to_owned();
    for wrong in [named, kept, elsewhere] {
        let wrong = Action::CreateRegistry(wrong);
        assert_eq!(judged(&world, &wrong), Err(Veto::NotThePlans));
    }
}

#[test]
fn beside_a_load_balancer_too_ipv4_is_emptied_by_a_persons_word_alone() {
    let mut world = World::registered_beside();
    let asks = |w: &World| matches!(&w.decide().next, Next::Wait(on) if on.gate() == Some(Gate::Consumers));
    until(&mut world, asks);
    let empties = scale(&world, Side::Ipv4, 0);
    assert_eq!(judged(&world, &empties), Err(Veto::NotApproved));
    world.approve(Gate::Consumers);
    assert_ne!(judged(&world, &empties), Err(Veto::NotApproved));
}
