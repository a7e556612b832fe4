//! A service that offers names through Service Connect: they are unique in their namespace, so it moves in place and offers them on.

use sixshift_core::status::{Phase, Status};
use sixshift_sim::Value;

use crate::{
    first_lines::stage,
    in_place::{described, subnets},
    migration::in_virtual_time,
};

/// So many minutes without a change end a run here: a bake of half an hour changes nothing meanwhile.
const STILL: u32 = 50;

fn connects(service: &Value) -> Value {
    let deployments = service.get("deployments").items();
    deployments[0].get("serviceConnectConfiguration").clone()
}

#[test]
fn what_is_offered_through_service_connect_is_offered_on_after_the_move() {
    in_virtual_time(async {
        let stage = stage("service-connect");
        let before = described(&stage, "mailer");
        let mut fewest = 3;
        let status = stage
            .run_until(STILL, |_: Option<&Status>| {
                let live = described(&stage, "mailer");
                fewest = fewest.min(live.get("runningCount").as_i64().unwrap());
            })
            .await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let after = described(&stage, "mailer");
        assert_eq!(connects(&after), connects(&before));
        assert!(!connects(&after).get("services").items().is_empty());
        let mut wanted = stage.service.ipv6_subnets.clone();
        wanted.sort();
        assert_eq!(subnets(&after), wanted);
        assert!(fewest >= 3, "{fewest}");
        assert!(status.warnings.iter().all(|w| w.code != "connect-loopback"));
    });
}

#[test]
fn one_that_does_not_listen_where_the_proxy_comes_in_is_found_out_before_it_moves() {
    in_virtual_time(async {
        let stage = stage("service-connect-bad");
        let before = described(&stage, "mailer");
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        let after = described(&stage, "mailer");
        assert_eq!(subnets(&after), subnets(&before));
        assert_eq!(connects(&after), connects(&before));
    });
}
