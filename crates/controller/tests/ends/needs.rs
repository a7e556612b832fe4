//! What a service talks to before its migration, and what the twin still reaches by NAT64 once it is done, by flow logs.

use jiff::SignedDuration;
use sixshift_core::{
    action::Side,
    deps::{Report, report},
    plan::Plan,
};
use sixshift_sim::{
    Region, Value,
    services::{self, Service},
};

use crate::migration::Stage;

/// The host that has an IPv4 address alone.
const SOMEBODY: &str = "203.0.113.80";

fn log(region: &Region) {
    let vpc = region.with_world(|world| world.network.vpcs[0].id.clone());
    let fields = [
        ("ResourceType", Value::from("VPC")),
        ("ResourceId", Value::list([vpc])),
        ("TrafficType", "ALL".into()),
        ("LogGroupName", "/flows".into()),
        ("LogFormat", sixshift_core::deps::log::WANTED.into()),
        (
            "DeliverLogsPermissionArn",
            "arn:aws:iam::123456789012:role/flows".into(),
        ),
    ];
    let made = region.with_world(|world| {
        services::call(world, Service::Ec2, "CreateFlowLogs", &Value::map(fields))
    });
    made.unwrap();
}

/// Of the last hour.
async fn told(stage: &Stage) -> (Vec<Side>, Report) {
    let until = stage.region.clock().now;
    let since = until - SignedDuration::from_hours(1);
    let draft = Plan::draft("deps", &stage.place());
    let flows = stage.hands().flows(&draft, since, until).await;
    let flows = flows.unwrap_or_else(|e| panic!("{}", e.lack));
    (flows.sides.clone(), report(&flows))
}

fn addresses(all: &[sixshift_core::deps::Destination]) -> Vec<String> {
    let all = all.iter().flat_map(|d| &d.addresses);
    all.map(ToString::to_string).collect()
}

pub(crate) async fn before_and_after() {
    let stage = Stage::new("healthy");
    log(&stage.region);
    stage.region.advance(std::time::Duration::from_secs(3_600));
    let (sides, before) = told(&stage).await;
    assert_eq!(sides, [Side::Ipv4]);
    assert_eq!(addresses(&before.over_ipv4), [SOMEBODY]);
    assert_eq!((before.by_nat64.len(), before.twin_over_ipv6), (0, 0));
    let stage = stage.carried_out().await;
    stage
        .region
        .advance(std::time::Duration::from_secs(3 * 3_600));
    let (sides, after) = told(&stage).await;
    assert_eq!(sides, [Side::Ipv6], "the old service is gone");
    assert_eq!(addresses(&after.over_ipv4), [""; 0]);
    assert_eq!(addresses(&after.by_nat64), [SOMEBODY]);
    assert_eq!(after.by_nat64[0].way.word(), "nat64");
}
