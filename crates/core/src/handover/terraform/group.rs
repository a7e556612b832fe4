//! A target group: its description, and its attributes under Terraform's names for them.
//!
//! What belongs here: both tables. What must not: who forwards to it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::handover::TargetGroupDocuments;
use crate::hcl::{Block, Expr, Item};

/// Members, and Terraform's arguments for them (botocore: elbv2 `TargetGroup`); numbers are marked.
const MEMBERS: &[(&str, &str, bool)] = &[
    ("TargetGroupName", "name", false),
    ("Port", "port", true),
    ("Protocol", "protocol", false),
    ("ProtocolVersion", "protocol_version", false),
    ("VpcId", "vpc_id", false),
    ("TargetType", "target_type", false),
    ("IpAddressType", "ip_address_type", false),
];
const HEALTH_CHECK: &[(&str, &str, bool)] = &[
    ("HealthCheckEnabled", "enabled", true),
    ("HealthCheckProtocol", "protocol", false),
    ("HealthCheckPort", "port", false),
    ("HealthCheckPath", "path", false),
    ("HealthCheckIntervalSeconds", "interval", true),
    ("HealthCheckTimeoutSeconds", "timeout", true),
    ("HealthyThresholdCount", "healthy_threshold", true),
    ("UnhealthyThresholdCount", "unhealthy_threshold", true),
];
/// The provider has no argument for `TargetControlPort`, so it is told where a group has one.
const ELSEWHERE: &[&str] = &["TargetGroupArn", "LoadBalancerArns", "Matcher"];

/// Attributes (AWS docs: target group attributes), the block and the argument of each; numbers and truth values are marked.
#[rustfmt::skip]
const ATTRIBUTES: &[(&str, &[&str], &str, bool)] = &[
    ("deregistration_delay.timeout_seconds", &[], "deregistration_delay", false),
    ("deregistration_delay.connection_termination.enabled", &[], "connection_termination", true),
    ("slow_start.duration_seconds", &[], "slow_start", true),
    ("load_balancing.algorithm.type", &[], "load_balancing_algorithm_type", false),
    ("load_balancing.algorithm.anomaly_mitigation", &[], "load_balancing_anomaly_mitigation", false),
    ("load_balancing.cross_zone.enabled", &[], "load_balancing_cross_zone_enabled", false),
    ("lambda.multi_value_headers.enabled", &[], "lambda_multi_value_headers_enabled", true),
    ("preserve_client_ip.enabled", &[], "preserve_client_ip", false),
    ("proxy_protocol_v2.enabled", &[], "proxy_protocol_v2", true),
    ("stickiness.type", &["stickiness"], "type", false),
    ("stickiness.enabled", &["stickiness"], "enabled", true),
    ("stickiness.lb_cookie.duration_seconds", &["stickiness"], "cookie_duration", true),
    ("stickiness.app_cookie.duration_seconds", &["stickiness"], "cookie_duration", true),
    ("stickiness.app_cookie.cookie_name", &["stickiness"], "cookie_name", false),
    ("target_failover.on_deregistration", &["target_failover"], "on_deregistration", false),
    ("target_failover.on_unhealthy", &["target_failover"], "on_unhealthy", false),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", &["target_group_health", "dns_failover"], "minimum_healthy_targets_count", false),
    ("target_group_health.dns_failover.minimum_healthy_targets.percentage", &["target_group_health", "dns_failover"], "minimum_healthy_targets_percentage", false),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", &["target_group_health", "unhealthy_state_routing"], "minimum_healthy_targets_count", true),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", &["target_group_health", "unhealthy_state_routing"], "minimum_healthy_targets_percentage", false),
    ("target_health_state.unhealthy.connection_termination.enabled", &["target_health_state"], "enable_unhealthy_connection_termination", true),
    ("target_health_state.unhealthy.draining_interval_seconds", &["target_health_state"], "unhealthy_draining_interval", true),
];

/// Its arguments and blocks, without its tags; and what there is no argument for.
pub(super) fn items(group: &TargetGroupDocuments) -> (Vec<Item>, Vec<String>) {
    let mut items = arguments(&group.document, MEMBERS);
    let mut lacks = unknown(&group.document);
    let mut checks = arguments(&group.document, HEALTH_CHECK);
    // A matcher has a code of HTTP or of gRPC.
    let matcher = group.document["Matcher"].as_object().into_iter().flatten();
    checks.extend(matcher.map(|(_, code)| argument("matcher", code, false)));
    let mut blocks = vec![Item::Block(Block::new("health_check", &[], checks))];
    for (key, value) in &group.attributes {
        if is_of_another_kind(key, &group.attributes) {
            continue;
        }
        match ATTRIBUTES.iter().find(|(known, ..)| known == key) {
            Some((_, path, name, is_plain)) => {
                let value = argument(name, &Value::from(value.as_str()), *is_plain);
                put(
                    if path.is_empty() {
                        &mut items
                    } else {
                        &mut blocks
                    },
                    path,
                    value,
                );
            }
            None => lacks.push(format!("attribute {key}")),
        }
    }
    items.extend(blocks);
    (items, lacks)
}

/// AWS tells the cookie of either type, whichever the group has.
fn is_of_another_kind(key: &str, attributes: &BTreeMap<String, String>) -> bool {
    let kind = attributes
        .get("stickiness.type")
        .map_or("lb_cookie", String::as_str);
    let other = match kind {
        "app_cookie" => "stickiness.lb_cookie.",
        _ => "stickiness.app_cookie.",
    };
    key.starts_with(other)
}

fn arguments(document: &Value, table: &[(&str, &str, bool)]) -> Vec<Item> {
    let told = table
        .iter()
        .filter(|(aws, ..)| document[*aws].as_str().is_some_and(|v| !v.is_empty()));
    told.map(|(aws, name, is_plain)| argument(name, &document[*aws], *is_plain))
        .collect()
}

fn argument(name: &str, value: &Value, is_plain: bool) -> Item {
    let text = super::plain(value);
    let value = if is_plain {
        Expr::Plain(text)
    } else {
        Expr::Text(text)
    };
    Item::Argument(name.to_owned(), value)
}

fn put(items: &mut Vec<Item>, path: &[&str], value: Item) {
    let Some((kind, rest)) = path.split_first() else {
        items.push(value);
        return;
    };
    let at = items
        .iter()
        .position(|item| matches!(item, Item::Block(b) if b.kind == *kind));
    let at = at.unwrap_or_else(|| {
        items.push(Item::Block(Block::new(kind, &[], Vec::new())));
        items.len() - 1
    });
    if let Some(Item::Block(block)) = items.get_mut(at) {
        put(&mut block.items, rest, value);
    }
}

fn unknown(document: &Value) -> Vec<String> {
    let members = document.as_object().into_iter().flatten();
    let told = members.filter(|(_, value)| !crate::handover::document::is_nothing(value));
    let is_known = |name: &str| {
        let tables = MEMBERS.iter().chain(HEALTH_CHECK);
        ELSEWHERE.contains(&name) || tables.into_iter().any(|(known, ..)| *known == name)
    };
    told.map(|(name, _)| name.clone())
        .filter(|name| !is_known(name))
        .collect()
}
