//! What the account may have: told before a twin is begun, and what AWS does with one that is begun all the same.

use sixshift_core::{
    observation::{Allowance, Known, Quota as Asked, Usage},
    readiness::{Finding, Severity, findings},
};
use sixshift_sim::{
    caller::Policy,
    world::{fargate, quotas::Quota},
};

use crate::{
    ground::{Ground, pass, plan},
    neighbours::seen,
};

async fn found(ground: &Ground) -> Vec<Finding> {
    findings(&ground.plan(), &seen(ground).await)
}

fn grant(ground: &Ground, quota: Quota, most: f64) {
    let region = &ground.region;
    region.with_world(|world| world.quotas.grant(quota, most));
}

/// How many tasks of the twin run, and what ECS says of it last.
async fn twin(ground: &Ground) -> (u32, String) {
    let seen = seen(ground).await;
    let twin = seen.twin.seen().unwrap();
    (twin.running, twin.last_event.clone().unwrap_or_default())
}

#[tokio::test(start_paused = true)]
async fn what_is_granted_and_in_use_is_read_and_what_nobody_granted_is_what_everybody_has() {
    let ground = Ground::new("healthy", None);
    let told = seen(&ground).await.neighbours.allowances;
    let used = Usage {
        now: 1.5,
        highest: 1.5,
    };
    let on_demand = Allowance {
        most: 4000.0,
        used: Some(used),
    };
    assert_eq!(told[&Asked::FargateOnDemand], Known::Seen(on_demand));
    let subnets = Allowance {
        most: 200.0,
        used: None,
    };
    assert_eq!(told[&Asked::SubnetsPerVpc], Known::Seen(subnets));
    assert!(
        !told.contains_key(&Asked::FargateSpot),
        "nothing runs there"
    );
}

#[tokio::test(start_paused = true)]
async fn vcpus_that_are_too_few_stop_a_plan_and_whoever_goes_on_gets_no_whole_twin() {
    let ground = Ground::new("healthy", None);
    grant(&ground, Quota::FargateOnDemand, 2.0);
    let told = found(&ground).await;
    let named: Vec<_> = told.iter().map(|f| (f.code, f.severity)).collect();
    assert_eq!(named, [("fargate-vcpus", Severity::Block)]);
    assert_eq!(
        told[0].message,
        "the twin's 3 tasks need 1.5 vCPUs beside the 1.5 that run in the account, whose quota is 2 (Fargate On-Demand vCPU resource count)"
    );
    assert_eq!(
        told[0].remedy,
        "ask Service Quotas for 8 or more of Fargate On-Demand vCPU resource count (L-3032A538), or let less run meanwhile"
    );

    grant(&ground, Quota::FargateOnDemand, 8.0);
    assert_eq!(found(&ground).await, [], "the remedy");
    grant(&ground, Quota::FargateOnDemand, 2.0);

    let plan = plan(&ground.services[0]);
    ground.try_twin(&plan, 3).await.unwrap();
    pass(900).await;
    let (running, event) = twin(&ground).await;
    assert_eq!(running, 1, "half a vCPU is left");
    assert!(event.contains(fargate::NO_ROOM), "{event}");

    grant(&ground, Quota::FargateOnDemand, 8.0);
    pass(900).await;
    assert_eq!(twin(&ground).await.0, 3);
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_may_not_be_read_is_told_and_not_taken_for_enough() {
    let ground = Ground::new("healthy", None);
    grant(&ground, Quota::FargateOnDemand, 2.0);
    let denied = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"servicequotas:GetServiceQuota","Resource":"*"}]}"#;
    ground
        .region
        .set_policy(Some(Policy::read(denied.as_bytes()).unwrap()));
    let told = found(&ground).await;
    let told: Vec<&str> = told.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(
        told,
        ["servicequotas:GetServiceQuota is not allowed: quotas are not checked"]
    );
}
