//! Reads that AWS refuses, delays or leaves half said, and what is made of them.

use sixshift_aws::Asked;
use sixshift_core::{
    observation::{Known, Look, Missing, Observation},
    plan::Plan,
    share::Share,
};
use sixshift_sim::{
    caller::Policy,
    faults::{Fault, Refusal, Wrong},
};

use crate::ground::{Ground, listener, pass, plan};

fn refused(code: &str) -> Wrong {
    Wrong::Refused(Refusal {
        code: code.to_owned(),
        status: 400,
        message: "as AWS says".to_owned(),
    })
}

async fn with(ground: &Ground, plan: &Plan, calls: &str, wrong: Wrong, times: u32) -> Observation {
    ground.region.inject(Fault::next(calls, wrong, times));
    ground.full(plan).await
}

#[tokio::test(start_paused = true)]
async fn a_proxys_page_is_no_answer_of_aws_and_no_clock() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.full(&plan).await;
    pass(60).await;
    let seen = with(&ground, &plan, "ecs:DescribeServices", Wrong::Proxy, 2).await;
    let why = seen.ipv4.unknown().unwrap().to_string();
    assert!(why.contains("something else than AWS answered"), "{why}");
    let skew = ground.hands.date_skew(ground.now()).unwrap();
    assert!(skew.abs().as_secs() <= 1, "{skew}");
    pass(60).await;
    let once = with(&ground, &plan, "ecs:DescribeServices", Wrong::Proxy, 1).await;
    assert!(once.ipv4.seen().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_aws_has_forgotten_does_not_hide_the_other_one() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    let forgotten = refused("ServiceNotFoundException");
    let seen = with(&ground, &plan, "ecs:DescribeServices", forgotten, 1).await;
    assert!(seen.ipv4.seen().is_some(), "{:?}", seen.ipv4);
    assert!(seen.twin.is_absent());
}

#[tokio::test(start_paused = true)]
async fn a_read_beside_somebody_elses_update_is_made_again() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    let busy = refused("ConcurrentUpdateException");
    let calls = "application-autoscaling:DescribeScalableTargets";
    let seen = with(&ground, &plan, calls, busy, 1).await;
    assert!(
        seen.ipv4_scaling.unknown().is_none(),
        "{:?}",
        seen.ipv4_scaling
    );
}

#[tokio::test(start_paused = true)]
async fn more_keys_than_aws_takes_are_asked_for_in_twenties() {
    let ground = Ground::new("big-fleet", Some(30));
    let plans: Vec<Plan> = ground.services.iter().map(plan).collect();
    let many = refused("ValidationError");
    let calls = "elasticloadbalancing:DescribeTargetGroups";
    ground.region.inject(Fault::next(calls, many, 1));
    let asked = Asked::full(ground.now());
    let looks = plans.iter().map(|plan| ground.hands.observe(plan, asked));
    let seen = futures::future::join_all(looks).await;
    for one in &seen {
        let pairs = one.pairs.seen().unwrap();
        assert!(pairs[0].ipv4.seen().is_some(), "{:?}", pairs[0].ipv4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_group_that_was_just_attached_is_measured_behind_its_routes_load_balancer() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_group(&plan).await;
    pass(60).await;
    ground.set_share(&plan, Share::NONE).await;
    pass(5).await;
    let late = Wrong::StaleRead(20.0);
    let calls = "elasticloadbalancing:DescribeTargetGroups";
    let seen = with(&ground, &plan, calls, late, 2).await;
    let group = seen.pairs.seen().unwrap()[0].ipv6.seen().unwrap().clone();
    let routes = seen.routes.seen().unwrap();
    assert_eq!(routes[0].id, listener(&ground.services[0].routes[0]));
    assert_eq!(group.load_balancers, [routes[0].load_balancer.clone()]);
}

#[tokio::test(start_paused = true)]
async fn an_alarm_says_since_when_what_it_watches_and_what_silence_means_to_it() {
    let ground = Ground::new("alarm", None);
    let mut plan = ground.plan();
    plan.health.alarms = ground.services[0].alarms.clone();
    pass(300).await;
    let seen = ground.full(&plan).await;
    let alarm = &seen.alarms.seen().unwrap()[0];
    assert_eq!(alarm.state, "OK");
    assert!(alarm.missing.is_some_and(|m| m != Missing::Breaching));
    assert_eq!(alarm.watches[0].namespace, "Shop");
    assert!(
        alarm.since <= ground.now() && alarm.since.as_second() > 0,
        "{alarm:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn targets_tasks_and_routes_say_what_judgement_needs() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 1).await;
    pass(300).await;
    let seen = ground.full(&plan).await;
    let task = &seen.twin_tasks.seen().unwrap()[0];
    assert!(
        task.zone.is_some() && task.started_at.is_some_and(|at| at <= ground.now()),
        "{task:?}"
    );
    let group = seen.pairs.seen().unwrap()[0].ipv4.seen().unwrap();
    assert_eq!(group.protocol_version.as_deref(), Some("HTTP1"));
    assert_eq!(seen.routes.seen().unwrap()[0].actions, ["forward"]);
    assert!(
        matches!(seen.before, Known::Seen(b) if b.requests > 0.0),
        "{:?}",
        seen.before
    );
    assert_eq!(seen.look, Look::Full);
}

#[tokio::test(start_paused = true)]
async fn a_role_is_given_the_external_id_that_it_asks_for() {
    let ground = Ground::new("healthy", None);
    let asks = br#"{"Statement":[
        {"Effect":"Allow","Action":["ecs:*","elasticloadbalancing:*","cloudwatch:*","application-autoscaling:*"],"Resource":"*"},
        {"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*",
         "Condition":{"StringEquals":{"sts:ExternalId":["sixshift-4f1c"]}}}]}"#;
    ground.region.set_policy(Some(Policy::read(asks).unwrap()));
    let mut plan = ground.plan();
    plan.service.role_arn = Some("arn:aws:iam::123456789012:role/sixshift".to_owned());
    let without = ground.full(&plan).await;
    assert!(without.ipv4.unknown().is_some(), "{:?}", without.ipv4);
    plan.service.external_id = Some("sixshift-4f1c".to_owned());
    let with = ground.full(&plan).await;
    assert!(with.ipv4.seen().is_some(), "{:?}", with.ipv4);
}

#[tokio::test(start_paused = true)]
async fn the_hour_before_the_twin_is_still_known_after_sixty_four_days() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    ground.make_twin(&plan, 1).await;
    pass(600).await;
    let then = ground.full(&plan).await.before;
    assert!(
        matches!(then, Known::Seen(b) if b.requests > 0.0),
        "{then:?}"
    );
    ground
        .region
        .with_world(|world| world.change_traffic("checkout", 0.0));
    pass(64 * 86_400).await;
    // Nothing is remembered by hands that are new.
    let later = ground.again().full(&plan).await;
    assert_eq!(later.before, then);
}
