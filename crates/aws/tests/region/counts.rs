//! What metrics are made from: calls by result, and how full the buckets are.

use sixshift_aws::CallResult;
use sixshift_sim::faults::{Fault, Wrong};

use crate::ground::{Ground, pass};

#[tokio::test(start_paused = true)]
async fn every_call_is_counted_once_by_how_it_ended() {
    let ground = Ground::new("healthy", None);
    let plan = ground.plan();
    let fault = |wrong| Fault::next("ecs:DescribeServices", wrong, 1);
    for wrong in [Wrong::Throttle, Wrong::LostReply] {
        ground.region.inject(fault(wrong));
        ground.full(&plan).await;
    }
    // Nobody waits for what is only glanced at.
    pass(60).await;
    let counts = ground.hands.call_counts();
    let of = |result| {
        let found = counts
            .iter()
            .find(|c| c.operation == "DescribeServices" && c.result == result);
        found.map_or(0, |c| c.calls)
    };
    assert_eq!(of(CallResult::Throttled), 1, "{counts:?}");
    assert_eq!(of(CallResult::NoAnswer), 1, "{counts:?}");
    assert!(of(CallResult::Ok) >= 2, "{counts:?}");
    assert!(counts.iter().all(|c| !c.service.is_empty()));
    let ended: u64 = counts.iter().map(|c| c.calls).sum();
    assert_eq!(ended, ground.hands.calls().values().sum::<u64>());
    assert_eq!(ground.hands.throttled(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_was_drawn_on_is_less_than_full() {
    let ground = Ground::new("healthy", None);
    assert!(ground.hands.bucket_levels().is_empty());
    let plan = ground.plan();
    ground.full(&plan).await;
    let levels = ground.hands.bucket_levels();
    let elb = levels.iter().find(|l| l.bucket == "elb").unwrap();
    assert!((0.1..1.0).contains(&elb.full), "{elb:?}");
    assert_eq!(
        (elb.region.as_str(), &elb.account),
        (plan.service.region.as_str(), &None)
    );
}
