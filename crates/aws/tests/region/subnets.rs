//! What EC2 and Elastic Load Balancing tell of the ground that a twin will stand on, and how rarely they are asked.

use sixshift_aws::{Asked, Hands};
use sixshift_core::{
    observation::{Known, Look, Observation, Shared, Subnets},
    plan::Plan,
    share::Share,
};
use sixshift_sim::{
    caller::Policy,
    faults::{Fault, Refusal, Wrong},
};

use crate::ground::{Ground, pass, plan};

const ASK: &str = "ec2:DescribeSubnets";
const LIMITS: &str = "elasticloadbalancing:DescribeAccountLimits";

fn calls(hands: &Hands, name: &str) -> u64 {
    hands.calls().get(name).copied().unwrap_or_default()
}

/// How often subnets were asked for by themselves: a survey of their VPC lists them too.
fn beside_surveys(hands: &Hands) -> u64 {
    calls(hands, ASK) - calls(hands, "ec2:DescribeVpcs")
}

fn told(
    seen: &Observation,
) -> &std::collections::BTreeMap<String, Option<Shared<sixshift_core::observation::Subnet>>> {
    match &seen.subnets {
        Known::Seen(Subnets::Told(subnets)) => subnets,
        other => panic!("{other:?}"),
    }
}

async fn light(ground: &Ground, plan: &Plan) -> Observation {
    ground.look(plan, Look::Light).await
}

#[tokio::test(start_paused = true)]
async fn a_subnet_is_told_with_its_zone_its_family_and_its_vpc() {
    let ground = Ground::new("healthy", None);
    let mut plan = ground.plan();
    let absent = "subnet-0123456789abcdef0".to_owned();
    plan.ipv6.subnets.push(absent.clone());
    let seen = ground.full(&plan).await;
    let subnets = told(&seen);
    assert_eq!(subnets[&absent], None);
    let own = &seen.ipv4.seen().unwrap().subnets;
    let vpc = &subnets[&own[0]].as_ref().unwrap().vpc;
    for id in &ground.services[0].ipv6_subnets {
        let subnet = subnets[id].as_ref().unwrap();
        assert!(subnet.ipv6_only && subnet.has_ipv6, "{subnet:?}");
        assert!(subnet.zone.starts_with("eu-central-1"), "{subnet:?}");
        assert_eq!(&subnet.vpc, vpc);
    }
    assert!(
        own.iter()
            .all(|id| !subnets[id].as_ref().unwrap().ipv6_only)
    );
}

#[tokio::test(start_paused = true)]
async fn many_plans_ask_together_and_rounds_ask_nothing() {
    let ground = Ground::new("big-fleet", Some(30));
    let plans: Vec<Plan> = ground.services.iter().map(plan).collect();
    for _ in 0..30 {
        let asked = Asked {
            look: Look::Light,
            ..Asked::full(ground.now())
        };
        let looks = plans.iter().map(|plan| ground.hands.observe(plan, asked));
        futures::future::join_all(looks).await;
        pass(60).await;
    }
    assert_eq!(beside_surveys(&ground.hands), 1);
}

#[tokio::test(start_paused = true)]
async fn a_subnet_with_which_something_is_wrong_is_read_again_sooner() {
    let ground = Ground::new("healthy", None);
    let mut plan = ground.plan();
    plan.ipv6
        .subnets
        .push("subnet-0123456789abcdef0".to_owned());
    for _ in 0..60 {
        light(&ground, &plan).await;
        pass(60).await;
    }
    let asked = beside_surveys(&ground.hands);
    assert!((6..=16).contains(&asked), "{asked} in an hour");
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_told_once_and_remembered() {
    let ground = Ground::new("healthy", None);
    let allows = br#"{"Statement":[{"Effect":"Allow",
        "Action":["ecs:*","elasticloadbalancing:Describe*","cloudwatch:*","application-autoscaling:*"],"Resource":"*"}]}"#;
    ground
        .region
        .set_policy(Some(Policy::read(allows).unwrap()));
    let plan = ground.plan();
    for _ in 0..5 {
        let seen = light(&ground, &plan).await;
        let Known::Seen(Subnets::Untold(why)) = &seen.subnets else {
            panic!("{:?}", seen.subnets);
        };
        assert!(why.text.contains(ASK), "{why}");
        assert!(why.text.contains("UnauthorizedOperation"), "{why}");
        pass(60).await;
    }
    assert_eq!(calls(&ground.hands, ASK), 1);
}

#[tokio::test(start_paused = true)]
async fn what_passes_by_itself_is_asked_again_at_the_next_look() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    let throttled = Wrong::Refused(Refusal {
        code: "RequestLimitExceeded".to_owned(),
        status: 503,
        message: "Request limit exceeded.".to_owned(),
    });
    ground.region.inject(Fault::next(ASK, throttled, 2));
    let seen = light(&ground, &plan).await;
    let why = seen.subnets.unknown().unwrap();
    assert!(why.text.contains("Request limit exceeded"), "{why}");
    told(&light(&ground, &plan).await);
}

#[tokio::test(start_paused = true)]
async fn once_the_twin_stands_neither_is_asked() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    let seen = ground.full(&plan).await;
    let quotas = seen.quotas.seen().unwrap();
    assert_eq!(
        quotas.limits["target-groups-per-application-load-balancer"],
        100
    );
    assert!(quotas.groups.values().all(|count| *count > 0));
    ground.make_twin(&plan, 1).await;
    ground.set_share(&plan, Share::NONE).await;
    let before = (beside_surveys(&ground.hands), calls(&ground.hands, LIMITS));
    for _ in 0..24 {
        let seen = light(&ground, &plan).await;
        told(&seen);
        assert!(seen.quotas.is_absent());
        pass(1800).await;
    }
    assert_eq!(
        (beside_surveys(&ground.hands), calls(&ground.hands, LIMITS)),
        before
    );
}
