//! What is read right after a write, in a region that is late.

use sixshift_core::{
    action::Action,
    names::tag,
    observation::{Look, Observation, TargetGroup},
    plan::Plan,
    written::Written,
};
use sixshift_sim::faults::{Fault, Refusal, Wrong};

use crate::ground::{Ground, pass, tags};

fn ipv6(seen: &Observation) -> Option<&TargetGroup> {
    seen.pairs.seen()?.first()?.ipv6.seen()
}

/// A region that is late, a plan, and the making of its first IPv6 target group.
async fn late_and_to_be_made() -> (Ground, Plan, Action) {
    let ground = Ground::new("healthy", None);
    ground.region.set_lag(8.0);
    let plan = ground.plan();
    let pair = ground.full(&plan).await.pairs.seen().unwrap()[0].clone();
    let create = Action::CreateTargetGroup {
        from: pair.ipv4_arn,
        name: pair.ipv6_name,
        tags: tags(&[(tag::PLAN, &plan.uid.0)]),
    };
    (ground, plan, create)
}

/// Looks of a plan that waits may remember for minutes, or for a day, what they read.
#[tokio::test(start_paused = true)]
async fn what_was_read_too_early_to_show_a_write_is_not_remembered() {
    let (ground, plan, create) = late_and_to_be_made().await;
    ground.act(&plan, create.clone()).await;
    let mut written = Written::default();
    written.add(&create, ground.now());
    let mut early = 0;
    for _ in 0..10 {
        let seen = ground.look(&plan, Look::Light).await;
        for unseen in written.unseen(&plan, &seen, ground.now()) {
            ground.hands.distrust(&plan, unseen, &seen).await;
            early += 1;
        }
        pass(2).await;
    }
    assert!(early > 0, "nothing was late");
    let seen = ground.look(&plan, Look::Light).await;
    let group = ipv6(&seen).expect("AWS has shown it by now");
    assert_eq!(group.tags.get(tag::PLAN), Some(&plan.uid.0));
}

/// Its attributes say that it is not there, its description that it is.
#[tokio::test(start_paused = true)]
async fn a_group_on_which_answers_do_not_agree_is_unknown_and_not_absent() {
    let (ground, plan, create) = late_and_to_be_made().await;
    ground.act(&plan, create).await;
    let mut disagreed = 0;
    for _ in 0..40 {
        pass_millis(200).await;
        let known = ground.full(&plan).await.pairs.seen().unwrap()[0]
            .ipv6
            .clone();
        let why = known.unknown().map(|why| why.text.as_str());
        disagreed += u32::from(why.is_some_and(|why| why.contains("do not agree")));
    }
    assert!(disagreed > 0, "answers agreed every time");
    pass(20).await;
    assert!(ipv6(&ground.full(&plan).await).is_some());
}

async fn pass_millis(millis: u64) {
    tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
}

#[tokio::test(start_paused = true)]
async fn the_targets_of_a_group_that_is_there_are_never_told_to_be_none() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_group(&plan).await;
    let early = Wrong::Refused(Refusal {
        code: "TargetGroupNotFound".to_owned(),
        status: 400,
        message: "One or more target groups not found".to_owned(),
    });
    let calls = "elbv2:DescribeTargetHealth";
    pass(60).await;
    ground.region.inject(Fault::next(calls, early, 4));
    let targets = |seen: &Observation| ipv6(seen).unwrap().targets.clone();
    let seen = ground.full(&plan).await;
    let why = targets(&seen).unknown().unwrap().to_string();
    assert!(why.contains("do not agree"), "{why}");
    ground.region.clear_faults();
    // At once, and not when the memory of it is old enough.
    let seen = ground.look(&plan, Look::Light).await;
    assert!(targets(&seen).seen().is_some(), "{:?}", targets(&seen));
}
