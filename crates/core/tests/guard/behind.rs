//! Behind a load balancer a service is moved in place only with its tasks protected, and nobody's tasks go while customers are led to them.

use jiff::SignedDuration;
use sixshift_core::{
    action::{Action, InPlace, InPlaceCall},
    decide::{Next, decide},
    guard::Veto,
    observation::{Known, Observation, OwnTask, Task},
};

use crate::{
    group, ipv4, seen_mut, veto,
    world::{
        World,
        build::{BEHIND, plan_in_place},
    },
};

/// At the moment when its tasks would have to be known.
fn proven() -> (World, Observation) {
    let mut world = World::new(plan_in_place(&[BEHIND]));
    world.alarm("queue-age", "OK");
    let service = world.ipv4.as_mut().unwrap();
    service.revision =
        Some("arn:aws:ecs:eu-central-1:1:service-revision/prod/checkout/1".to_owned());
    world.at_first = service.subnets.clone();
    world.climb_to("Missing");
    let mut seen = world.look();
    let own = (0..seen.ipv4.seen().unwrap().desired).map(|number| OwnTask {
        task: Task {
            arn: format!("arn:aws:ecs:eu-central-1:1:task/prod/{number}"),
            status: "RUNNING".to_owned(),
            zone: None,
            started_at: Some(world.now),
            ipv6: None,
            ipv4: Some(format!("10.0.0.{number}")),
            stopped: None,
        },
        protected_until: None,
    });
    seen.own_tasks = Known::Seen(own.collect());
    (world, seen)
}

fn protected(world: &World, seen: &mut Observation) {
    for task in seen_mut(&mut seen.own_tasks) {
        task.protected_until = Some(world.now + SignedDuration::from_hours(48));
    }
}

fn next(world: &World, seen: &Observation) -> Action {
    match decide(&world.plan, &world.facts, seen, world.now).next {
        Next::Act(action) => action,
        next => panic!("{next:?}"),
    }
}

fn with(action: &Action, change: impl Fn(&mut InPlaceCall)) -> Action {
    let Action::InPlace(act) = action else {
        panic!("{action:?}")
    };
    let mut act = act.clone();
    change(&mut act.call);
    Action::InPlace(act)
}

#[test]
fn only_the_services_own_tasks_are_protected_and_no_more_than_aws_takes() {
    let (world, seen) = proven();
    let protect = next(&world, &seen);
    assert_eq!(protect.call(), "ecs:UpdateTaskProtection");
    assert_eq!(veto(&world, &seen, &protect), None);
    let of = |tasks: Vec<String>| {
        with(&protect, |call| match call {
            InPlaceCall::Protect { tasks: own, .. } => own.clone_from(&tasks),
            call => panic!("{call:?}"),
        })
    };
    let theirs = vec!["arn:aws:ecs:eu-central-1:1:task/prod/x".to_owned()];
    assert_eq!(veto(&world, &seen, &of(theirs)), Some(Veto::NotOurs));
    let own = seen.own_tasks.seen().unwrap()[0].task.arn.clone();
    assert_eq!(
        veto(&world, &seen, &of(vec![own; 11])),
        Some(Veto::TooLarge)
    );
    assert_eq!(veto(&world, &seen, &of(Vec::new())), Some(Veto::TooLarge));
}

#[test]
fn it_is_deployed_only_with_its_tasks_protected_room_beside_them_and_both_groups_on_each_route() {
    let (world, mut seen) = proven();
    protected(&world, &mut seen);
    let swap = next(&world, &seen);
    assert_eq!(swap.call(), "ecs:UpdateService");
    assert_eq!(veto(&world, &seen, &swap), None);
    let mut bare = seen.clone();
    seen_mut(&mut bare.own_tasks)[0].protected_until = None;
    assert_eq!(veto(&world, &bare, &swap), Some(Veto::StillServing));
    let mut narrow = seen.clone();
    ipv4(&mut narrow).deployment = serde_json::json!({ "maximumPercent": 150 }).into();
    assert_eq!(veto(&world, &narrow, &swap), Some(Veto::UnprovenGround));
    let ipv6 = group(&mut seen, true).arn.clone();
    let mut alone = seen.clone();
    for route in seen_mut(&mut alone.routes) {
        route.forward.groups.retain(|g| g.arn != ipv6);
    }
    assert_eq!(veto(&world, &alone, &swap), Some(Veto::NobodyElse));
    let nowhere = with(&swap, |call| match call {
        InPlaceCall::Swap { target_groups, .. } => target_groups.clear(),
        call => panic!("{call:?}"),
    });
    assert_eq!(veto(&world, &seen, &nowhere), Some(Veto::NotThePlans));
}

#[test]
fn tasks_are_let_go_only_once_nobody_is_led_to_them() {
    let (world, mut seen) = proven();
    protected(&world, &mut seen);
    let tasks: Vec<String> = seen
        .own_tasks
        .seen()
        .unwrap()
        .iter()
        .map(|t| t.task.arn.clone())
        .collect();
    let release = Action::InPlace(Box::new(InPlace {
        cluster: world.plan.service.cluster.clone(),
        service: world.plan.service.name.clone(),
        call: InPlaceCall::Protect {
            tasks,
            minutes: None,
        },
    }));
    // ECS replaces them by their like, as long as the service stands there.
    assert_eq!(veto(&world, &seen, &release), None);
    ipv4(&mut seen).subnets.clone_from(&world.plan.ipv6.subnets);
    assert_eq!(veto(&world, &seen, &release), Some(Veto::StillServing));
    let ipv6 = group(&mut seen, true).arn.clone();
    for route in seen_mut(&mut seen.routes) {
        for group in &mut route.forward.groups {
            group.weight = u16::from(group.arn == ipv6);
        }
    }
    assert_eq!(veto(&world, &seen, &release), Some(Veto::NobodyElse));
}
