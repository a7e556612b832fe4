//! Of workers that share a queue there are never fewer than there were, and never more on IPv6 than the step asks for.

use sixshift_core::{
    action::{Action, Bounds, Side},
    guard::Veto,
    names::tag,
    observation::{DerivedTask, Known, Observation, Suspended},
};

use crate::{
    at, ipv4, seen_mut, veto,
    world::{World, build::plan_by_tasks},
};

fn workers() -> World {
    World::sharing(plan_by_tasks(&[]))
}

fn scaled() -> World {
    World::sharing_scaled(plan_by_tasks(&[]))
}

/// The same call for another number of tasks.
fn sized(action: &Action, to: u32) -> Action {
    let mut action = action.clone();
    let Action::ScaleService { desired, .. } = &mut action else {
        panic!("{action:?}")
    };
    *desired = to;
    action
}

fn bounded(action: &Action, min: u32, max: u32) -> Action {
    let mut action = action.clone();
    let Action::SetScaling { bounds, .. } = &mut action else {
        panic!("{action:?}")
    };
    *bounds = Some(Bounds { min, max });
    action
}

fn noting(action: &Action, key: &str, value: &str) -> Action {
    let mut action = action.clone();
    let Action::TagTwin { tags, .. } = &mut action else {
        panic!("{action:?}")
    };
    *tags = [(key.to_owned(), value.to_owned())].into();
    action
}

fn with_tag(seen: &Observation, key: &str, value: &str) -> Observation {
    let mut seen = seen.clone();
    let tags = &mut seen_mut(&mut seen.twin).tags;
    tags.insert(key.to_owned(), value.to_owned());
    seen
}

/// At the second step: the twin has its two tasks, and the service is to give the second up.
fn giving_up() -> (World, Observation, Action) {
    let mut world = workers();
    world.climb_to_share(34);
    at(world, "scale service checkout to 1")
}

#[test]
fn a_task_is_given_up_only_for_one_that_stands_on_ipv6_alone() {
    let (world, seen, action) = giving_up();
    let mut starting = seen.clone();
    seen_mut(&mut starting.twin_tasks).pop();
    assert_eq!(veto(&world, &starting, &action), Some(Veto::UnprovenGround));
    let mut mixed = seen.clone();
    seen_mut(&mut mixed.twin_tasks)[0].ipv4 = Some("10.0.0.1".to_owned());
    assert_eq!(veto(&world, &mixed, &action), Some(Veto::UnprovenGround));
    let mut sick = seen.clone();
    let task = seen_mut(&mut sick.twin_tasks)[0].clone();
    sick.derived_tasks = Known::Seen(vec![DerivedTask {
        created_at: seen.at,
        health: "UNHEALTHY".to_owned(),
        of_service: true,
        failed: false,
        stopped_at: None,
        started_by: String::new(),
        task_definition: String::new(),
        task,
    }]);
    assert_eq!(veto(&world, &sick, &action), Some(Veto::UnprovenGround));
    let mut unknown = seen.clone();
    unknown.twin_tasks = Known::not_asked();
    assert_eq!(veto(&world, &unknown, &action), Some(Veto::NotSeen));
}

#[test]
fn no_more_are_given_up_than_the_step_asks_for_and_none_against_a_persons_word() {
    let (world, seen, action) = giving_up();
    assert_eq!(veto(&world, &seen, &sized(&action, 0)), Some(Veto::TooFar));
    let still = with_tag(&seen, tag::SHARE, "3400");
    assert_eq!(
        veto(&world, &still, &action),
        Some(Veto::TooFar),
        "no step was begun"
    );
    let mut paused = world.clone();
    paused.facts.paused = Some("lunch".to_owned());
    assert_eq!(veto(&paused, &seen, &action), Some(Veto::Stopped));
    let mut back = world.clone();
    back.facts.abort = Some(back.order("back"));
    assert_eq!(veto(&back, &seen, &action), Some(Veto::WrongDirection));
}

#[test]
fn the_twin_grows_by_one_step_at_most() {
    let mut world = workers();
    world.climb_to_share(34);
    let (world, seen, action) = at(world, "scale service checkout-ipv6 to 2");
    assert_eq!(veto(&world, &seen, &sized(&action, 3)), Some(Veto::TooFar));
    let still = with_tag(&seen, tag::SHARE, "3400");
    assert_eq!(veto(&world, &still, &sized(&action, 3)), Some(Veto::TooFar));
}

/// On the way back: the service has its tasks, and the twin's are to go.
fn going_back() -> (World, Observation, Action) {
    let mut world = workers();
    world.climb_to_share(67);
    world.alarm("queue-age", "ALARM");
    at(world, "scale service checkout-ipv6 to 0")
}

#[test]
fn the_twins_tasks_go_only_once_the_services_run() {
    let (world, seen, action) = going_back();
    let mut starting = seen.clone();
    ipv4(&mut starting).running = 1;
    assert_eq!(veto(&world, &starting, &action), Some(Veto::NobodyElse));
    let mut small = seen.clone();
    ipv4(&mut small).desired = 1;
    assert_eq!(veto(&world, &small, &action), Some(Veto::NobodyElse));
}

#[test]
fn the_twins_tasks_stay_while_nothing_calls_them_back() {
    let mut world = workers();
    world.climb_to_share(67);
    let seen = world.look();
    let action = Action::ScaleService {
        cluster: "prod".to_owned(),
        service: "checkout-ipv6".to_owned(),
        side: Side::Ipv6,
        desired: 0,
    };
    assert_eq!(veto(&world, &seen, &action), Some(Veto::StillServing));
}

#[test]
fn bounds_are_a_part_of_those_that_there_were_and_together_never_less() {
    let mut world = scaled();
    world.climb_to_share(34);
    let (world, seen, action) = at(world, "set scaling of service/prod/checkout-ipv6");
    let wide = bounded(&action, 1, 7);
    assert_eq!(veto(&world, &seen, &wide), Some(Veto::ImpossibleBounds));
    let far = bounded(&action, 3, 6);
    assert_eq!(
        veto(&world, &seen, &far),
        Some(Veto::TooFar),
        "AWS would give it three tasks at once"
    );
    let (world, seen, action) = at(world, "set scaling of service/prod/checkout to");
    let narrow = bounded(&action, 0, 1);
    assert_eq!(veto(&world, &seen, &narrow), Some(Veto::ImpossibleBounds));
    let mut alone = seen.clone();
    let twin = seen_mut(&mut alone.twin_scaling);
    (twin.min, twin.max) = (1, 2);
    assert_eq!(veto(&world, &alone, &action), Some(Veto::ImpossibleBounds));
}

#[test]
fn neither_side_shrinks_by_itself_while_the_other_works() {
    let mut world = scaled();
    world.climb_to_share(34);
    let (world, seen, action) = at(world, "set scaling of service/prod/checkout-ipv6");
    let Action::SetScaling {
        resource,
        side,
        bounds,
        ..
    } = &action
    else {
        panic!("{action:?}")
    };
    let freed = |suspended| Action::SetScaling {
        resource: resource.clone(),
        side: *side,
        bounds: *bounds,
        suspended,
        tags_of: None,
    };
    let free = freed(Suspended::default());
    assert_eq!(veto(&world, &seen, &free), Some(Veto::StillServing));
    let bound = freed(Suspended::ALL);
    assert_eq!(veto(&world, &seen, &bound), Some(Veto::StillServing));
}

#[test]
fn the_service_goes_once_it_was_cold_and_the_twin_works() {
    let (world, seen, action) = at(workers(), "delete service checkout");
    let warm = with_tag(&seen, tag::DESIRED, "3@2026-01-01T00:00:00Z");
    assert_eq!(veto(&world, &warm, &action), Some(Veto::StillServing));
    let half = with_tag(&seen, tag::SHARE, "6700");
    assert_eq!(veto(&world, &half, &action), Some(Veto::StillServing));
    let mut idle = seen.clone();
    seen_mut(&mut idle.twin).running = 0;
    assert_eq!(veto(&world, &idle, &action), Some(Veto::NobodyElse));
    let mut full = seen.clone();
    ipv4(&mut full).desired = 1;
    assert_eq!(veto(&world, &full, &action), Some(Veto::StillServing));
    let mut asked = world.clone();
    asked.plan.retire.approval = sixshift_core::plan::RetireApproval::Required;
    assert_eq!(veto(&asked, &seen, &action), Some(Veto::NotApproved));
}

#[test]
fn a_note_of_the_share_says_what_the_tasks_say() {
    let mut world = workers();
    world.climb_to_share(34);
    let (world, seen, action) = at(world, "note how large IPv4 was before");
    let far = noting(&action, tag::SHARE, "3400/10000");
    assert_eq!(veto(&world, &seen, &far), Some(Veto::TooFar));
    let there = noting(&action, tag::SHARE, "6700@2026-01-01T00:00:00Z");
    assert_eq!(veto(&world, &seen, &there), Some(Veto::UntrueNote));
    let none = noting(&action, tag::SHARE, "0");
    assert_eq!(veto(&world, &seen, &none), Some(Veto::UntrueNote));
    let refuge = noting(&action, tag::SHARE, "3400:0");
    assert_eq!(veto(&world, &seen, &refuge), Some(Veto::UntrueNote));
}

#[test]
fn how_many_there_are_is_noted_as_it_is_and_cold_is_what_baked() {
    let mut world = workers();
    world.climb_to_share(34);
    let (world, seen, action) = at(world, "note how large IPv4 was before");
    for wrong in ["2@2026-01-01T00:00:00Z", "9@2026-01-01T00:00:00Z", "many"] {
        let wrong = noting(&action, tag::DESIRED, wrong);
        assert_eq!(veto(&world, &seen, &wrong), Some(Veto::UntrueNote));
    }
    let (world, seen, action) = at(world, "note that IPv4 is cold");
    let now = seen.at.to_string();
    let fresh = with_tag(&seen, tag::SHARE, &format!("10000@{now}"));
    assert_eq!(veto(&world, &fresh, &action), Some(Veto::UntrueNote));
    let half = with_tag(&seen, tag::SHARE, "6700@2026-01-01T00:00:00Z");
    assert_eq!(veto(&world, &half, &action), Some(Veto::UntrueNote));
}

#[test]
fn how_far_it_scaled_is_noted_once_and_forgotten_once_it_is_so_again() {
    let (world, seen, action) = at(scaled(), "note how far IPv4 scaled before");
    let other = noting(&action, tag::BOUNDS, "1-6");
    assert_eq!(veto(&world, &seen, &other), Some(Veto::UntrueNote));
    let mut world = world;
    world.climb_to_share(34);
    let seen = world.look();
    let Some(twin) = seen.twin.seen() else {
        panic!("it is there")
    };
    let forget = Action::UntagTwin {
        service: twin.arn.clone(),
        keys: vec![tag::BOUNDS.to_owned()],
    };
    assert_eq!(veto(&world, &seen, &forget), Some(Veto::UntrueNote));
}

#[test]
fn a_twin_begins_without_a_share() {
    let (world, seen, action) = at(workers(), "create service");
    let Action::CreateService(new) = &action else {
        panic!("{action:?}")
    };
    let mut new = new.clone();
    new.tags.insert(tag::SHARE.to_owned(), "3400".to_owned());
    let action = Action::CreateService(new);
    assert_eq!(veto(&world, &seen, &action), Some(Veto::UntrueNote));
}
