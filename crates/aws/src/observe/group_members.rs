//! The members of a described target group.
//!
//! What belongs here: which of them are known. What must not: their reading ([`super::target_groups`]), or what becomes of one
//! that is not known.

use crate::xml::Element;

/// Members of a described target group (botocore: elbv2 `TargetGroup`). The SDK reads no others, and whether CreateTargetGroup
/// would take one by its name nobody can tell.
const MEMBERS: &[&str] = &[
    "TargetGroupArn",
    "TargetGroupName",
    "Protocol",
    "Port",
    "VpcId",
    "HealthCheckProtocol",
    "HealthCheckPort",
    "HealthCheckEnabled",
    "HealthCheckIntervalSeconds",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "UnhealthyThresholdCount",
    "HealthCheckPath",
    "Matcher",
    "LoadBalancerArns",
    "TargetType",
    "ProtocolVersion",
    "IpAddressType",
    "TargetControlPort",
];
/// botocore: elbv2 `Matcher`.
const OF_MATCHER: &[&str] = &["HttpCode", "GrpcCode"];

/// Those that this program does not know.
pub(super) fn unknown(group: &Element) -> Vec<String> {
    let own = group
        .names()
        .filter(|n| !MEMBERS.contains(n))
        .map(str::to_owned);
    let matcher = group
        .get("Matcher")
        .names()
        .filter(|n| !OF_MATCHER.contains(n));
    own.chain(matcher.map(|n| format!("Matcher.{n}"))).collect()
}
