//! What AWS refuses for good: told as a person's, tried now and then, and no reason to wait for ever.

use std::time::Duration;

use jiff::SignedDuration;
use sixshift_controller::{Ending, Fleet, Goal, Inbox};
use sixshift_core::status::{Health, WaitingOn};
use sixshift_sim::{
    caller::Policy,
    faults::{Fault, Wrong},
};

use crate::world::{World, memory, snapshot, status, waits};

/// Everything but one permission.
fn without(action: &str) -> Policy {
    let text = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},
           {{"Effect":"Deny","Action":"{action}","Resource":"*"}}]}}"#
    );
    Policy::read(text.as_bytes()).unwrap()
}

/// As `--until-settled` runs; how it ended and how long it took.
async fn until_settled(world: &World, fleet: &Fleet) -> (Ending, Duration) {
    let began = world.clock.now();
    let goal = Goal {
        settled_for: Some(SignedDuration::from_secs(60)),
        until: Some(began + SignedDuration::from_hours(6)),
        ..Goal::default()
    };
    let never = std::future::pending();
    let ending = fleet.run(goal, &mut Inbox::default(), never, |_| {}).await;
    let took = world.clock.now().duration_since(began);
    (ending, Duration::try_from(took).unwrap())
}

/// A person is called, and told what AWS refuses.
fn a_person_is_called(fleet: &Fleet, part: &str) {
    let status = status(fleet, "checkout");
    let Some(WaitingOn::ActFailed { lasting, error, .. }) = &status.waiting_on else {
        panic!("{}", status.sentence)
    };
    assert!(*lasting && error.contains(part), "{error}");
    assert_eq!(status.health, Health::NeedsPerson);
    assert!(status.is_settled());
    let next = "mend what AWS refuses";
    assert!(status.sentence.contains(next), "{}", status.sentence);
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_lacking_ends_a_run_until_settled_and_needs_a_person() {
    let world = World::new(1);
    let denied = "elasticloadbalancing:CreateTargetGroup";
    world.region.set_policy(Some(without(denied)));
    let fleet = world.fleet(&memory()).await;
    fleet.read(&snapshot("a", world.files())).await;
    let (ending, took) = until_settled(&world, &fleet).await;
    assert_eq!(ending, Ending::Settled);
    assert!(took < Duration::from_secs(300), "{took:?}");
    a_person_is_called(&fleet, "needs this permission");
    // Whoever grants it need not tell: it is tried now and then, and goes on.
    let before = world.calls(":CreateTargetGroup");
    world.minutes(&fleet, 30).await;
    let tries = world.calls(":CreateTargetGroup") - before;
    assert!(
        (7..=10).contains(&tries),
        "every three to four minutes: {tries}"
    );
    world.region.set_policy(None);
    world.minutes(&fleet, 40).await;
    assert_eq!(waits(&fleet, "checkout"), "Approval");
}

#[tokio::test(start_paused = true)]
async fn a_request_that_aws_refuses_is_no_endless_wait_either() {
    for code in ["InvalidParameterException", "PlatformUnknownException"] {
        let world = World::new(1);
        let refusal = Wrong::refused(code);
        let fault = Fault::next("ecs:CreateService", refusal, 10_000);
        world.region.inject(fault);
        let fleet = world.fleet(&memory()).await;
        fleet.read(&snapshot("a", world.files())).await;
        let (ending, took) = until_settled(&world, &fleet).await;
        assert_eq!(ending, Ending::Settled, "{code}");
        assert!(took < Duration::from_secs(600), "{code}: {took:?}");
        a_person_is_called(&fleet, code);
    }
}

#[tokio::test(start_paused = true)]
async fn what_aws_refuses_only_for_now_calls_nobody() {
    let world = World::new(1);
    world.region.inject(Fault::next(
        "elbv2:CreateTargetGroup",
        Wrong::ErrorBefore,
        12,
    ));
    let fleet = world.fleet(&memory()).await;
    fleet.read(&snapshot("a", world.files())).await;
    for _ in 0..8 {
        world.minutes(&fleet, 1).await;
        let status = status(&fleet, "checkout");
        assert!(!status.is_settled(), "{}", status.sentence);
    }
}
