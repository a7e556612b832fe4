//! What the evidence will not be able to show, and what writing a route back will ask for.

use jiff::Timestamp;

use super::{Finding, block, warn};
use crate::{
    evidence::{silence, watches_only_ipv4},
    observation::{Alarm, Observation, Pair, Route},
    plan::Plan,
};

pub(super) fn findings(plan: &Plan, seen: &Observation, all: &mut Vec<Finding>) {
    let pairs: &[Pair] = seen.pairs.seen().map_or(&[], Vec::as_slice);
    if let Some(alarms) = seen.alarms.seen() {
        let twin_since = seen.twin.seen().map(|t| t.created_at);
        for alarm in alarms {
            alarm_findings(alarm, pairs, twin_since, all);
        }
        let speaks =
            |a: &&Alarm| silence(a, pairs, twin_since).is_none() && !watches_only_ipv4(a, pairs);
        let named = |name: &String| {
            alarms
                .iter()
                .filter(|a| a.name == *name)
                .any(|a| speaks(&a))
        };
        if !plan.health.alarms.iter().any(named) {
            grpc_findings(pairs, all);
        }
    }
    for route in seen.routes.seen().into_iter().flatten() {
        sign_in_findings(route, all);
    }
}

/// CloudWatch: "Configuring how CloudWatch alarms treat missing data".
fn alarm_findings(
    alarm: &Alarm,
    pairs: &[Pair],
    twin_since: Option<Timestamp>,
    all: &mut Vec<Finding>,
) {
    let name = &alarm.name;
    if watches_only_ipv4(alarm, pairs) {
        all.push(warn(
            "alarm-of-ipv4",
            format!(
                "alarm {name} watches the IPv4 target group only, and will not see the twin fail"
            ),
            "let it watch the load balancer, or both target groups by metric math",
        ));
    } else if let Some(why) = silence(alarm, pairs, twin_since) {
        all.push(warn(
            "alarm-silent",
            format!("alarm {name} rests in INSUFFICIENT_DATA and proves nothing: {why}"),
            "set its treat missing data to notBreaching",
        ));
    }
}

/// Elastic Load Balancing, "CloudWatch metrics for your Application Load Balancer": a failed gRPC call is an HTTP 200 with
/// its status in the trailers, and no metric counts those.
fn grpc_findings(pairs: &[Pair], all: &mut Vec<Finding>) {
    for group in pairs.iter().filter_map(|p| p.ipv4.seen()) {
        if group.protocol_version.as_deref() == Some("GRPC") {
            all.push(block(
                "grpc-unwatched",
                format!(
                    "target group {} speaks gRPC, whose failed calls no load balancer metric counts",
                    group.name
                ),
                "name an alarm on the application's own errors in spec.health.alarms, with treat missing data notBreaching",
            ));
        }
    }
}

/// Elastic Load Balancing, "Prepare to use Amazon Cognito": whoever writes such an action needs a permission of Cognito's.
fn sign_in_findings(route: &Route, all: &mut Vec<Finding>) {
    if route.actions.iter().any(|a| a == "authenticate-cognito") {
        let name = route.name();
        all.push(warn(
            "cognito",
            format!("{name} signs people in with Amazon Cognito, which AWS asks whenever the route is written"),
            "allow sixshift's role cognito-idp:DescribeUserPoolClient, as deploy/iam/policy.json does",
        ));
    }
}
