//! Attributes of load balancers, target groups and listeners: defaults, reading, changing.

use std::collections::BTreeMap;

use super::{AwsError, invalid, misconfigured, no_listener, no_load_balancer, no_target_group};
use crate::Value;
use crate::world::World;
use crate::world::elb::forwarded;

type Attributes = BTreeMap<String, String>;

pub(super) fn of_load_balancer(
    world: &mut World,
    op: &str,
    input: &Value,
) -> Result<Value, AwsError> {
    let arn = input.require_str("LoadBalancerArn")?;
    let balancer = world
        .elb
        .load_balancers
        .get_mut(arn)
        .ok_or_else(|| no_load_balancer(arn))?;
    answer(&mut balancer.attributes, op, input)
}

pub(super) fn of_listener(world: &mut World, op: &str, input: &Value) -> Result<Value, AwsError> {
    let arn = input.require_str("ListenerArn")?;
    let listener = world
        .elb
        .listeners
        .get_mut(arn)
        .ok_or_else(|| no_listener(arn))?;
    answer(&mut listener.attributes, op, input)
}

pub(super) fn of_target_group(
    world: &mut World,
    op: &str,
    input: &Value,
) -> Result<Value, AwsError> {
    let arn = input.require_str("TargetGroupArn")?;
    if !world.elb.target_groups.contains_key(arn) {
        return Err(no_target_group(arn));
    }
    for (key, value) in pairs(input) {
        check_target_group(&key, &value)?;
        if key == "stickiness.enabled" && value == "true" {
            check_stickiness(world, arn)?;
        }
    }
    let group = world
        .elb
        .target_groups
        .get_mut(arn)
        .ok_or_else(|| no_target_group(arn))?;
    answer(&mut group.attributes, op, input)
}

pub(super) fn defaults_of_target_group(protocol: &str) -> Attributes {
    let alb = protocol == "HTTP" || protocol == "HTTPS";
    let shared = [
        ("deregistration_delay.timeout_seconds", "300"),
        ("stickiness.enabled", "false"),
        (
            "load_balancing.cross_zone.enabled",
            "use_load_balancer_configuration",
        ),
        (
            "target_group_health.dns_failover.minimum_healthy_targets.count",
            "1",
        ),
        (
            "target_group_health.dns_failover.minimum_healthy_targets.percentage",
            "off",
        ),
        (
            "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
            "1",
        ),
        (
            "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
            "off",
        ),
    ];
    let of_alb = [
        ("stickiness.type", "lb_cookie"),
        ("stickiness.lb_cookie.duration_seconds", "86400"),
        ("stickiness.app_cookie.cookie_name", ""),
        ("stickiness.app_cookie.duration_seconds", "86400"),
        ("slow_start.duration_seconds", "0"),
        ("load_balancing.algorithm.type", "round_robin"),
        ("load_balancing.algorithm.anomaly_mitigation", "off"),
    ];
    let of_nlb = [
        ("stickiness.type", "source_ip"),
        (
            "deregistration_delay.connection_termination.enabled",
            "false",
        ),
        ("preserve_client_ip.enabled", "false"),
        ("proxy_protocol_v2.enabled", "false"),
        (
            "target_health_state.unhealthy.connection_termination.enabled",
            "true",
        ),
        (
            "target_health_state.unhealthy.draining_interval_seconds",
            "0",
        ),
    ];
    let own: &[(&str, &str)] = if alb { &of_alb } else { &of_nlb };
    owned(shared.iter().chain(own))
}

pub(super) fn defaults_of_load_balancer(kind: &str, scheme: &str) -> Attributes {
    let deny = if scheme == "internal" {
        "true"
    } else {
        "false"
    };
    let shared = [
        ("access_logs.s3.enabled", "false"),
        ("access_logs.s3.bucket", ""),
        ("access_logs.s3.prefix", ""),
        ("deletion_protection.enabled", "false"),
        ("ipv6.deny_all_igw_traffic", deny),
        (
            "load_balancing.cross_zone.enabled",
            if kind == "network" { "false" } else { "true" },
        ),
    ];
    let of_alb = [
        ("idle_timeout.timeout_seconds", "60"),
        ("client_keep_alive.seconds", "3600"),
        ("connection_logs.s3.enabled", "false"),
        ("connection_logs.s3.bucket", ""),
        ("connection_logs.s3.prefix", ""),
        ("routing.http.desync_mitigation_mode", "defensive"),
        ("routing.http.drop_invalid_header_fields.enabled", "false"),
        ("routing.http.preserve_host_header.enabled", "false"),
        (
            "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
            "false",
        ),
        ("routing.http.xff_client_port.enabled", "false"),
        ("routing.http.xff_header_processing.mode", "append"),
        ("routing.http2.enabled", "true"),
        ("waf.fail_open.enabled", "false"),
        ("zonal_shift.config.enabled", "false"),
    ];
    let of_nlb = [
        ("dns_record.client_routing_policy", "any_availability_zone"),
        ("zonal_shift.config.enabled", "false"),
    ];
    let own: &[(&str, &str)] = if kind == "network" { &of_nlb } else { &of_alb };
    owned(shared.iter().chain(own))
}

fn owned<'a>(pairs: impl Iterator<Item = &'a (&'a str, &'a str)>) -> Attributes {
    pairs
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn pairs(input: &Value) -> Vec<(String, String)> {
    input
        .get("Attributes")
        .items()
        .iter()
        .filter_map(|a| {
            Some((
                a.get("Key").as_str()?.to_owned(),
                a.get("Value").as_str().unwrap_or_default().to_owned(),
            ))
        })
        .collect()
}

fn answer(attributes: &mut Attributes, op: &str, input: &Value) -> Result<Value, AwsError> {
    if op.starts_with("Modify") {
        let given = pairs(input);
        if let Some((key, _)) = given
            .iter()
            .find(|(k, _)| !attributes.contains_key(k) && !k.starts_with("routing.http."))
        {
            return Err(invalid(format!("Attribute key '{key}' is not recognized")));
        }
        attributes.extend(given);
    }
    let list = attributes.iter().map(|(k, v)| {
        Value::map([
            ("Key", Value::from(k.as_str())),
            ("Value", v.as_str().into()),
        ])
    });
    Ok(Value::map([("Attributes", Value::list(list))]))
}

fn check_target_group(key: &str, value: &str) -> Result<(), AwsError> {
    let number: Option<i64> = value.parse().ok();
    let fine = match key {
        "deregistration_delay.timeout_seconds" => number.is_some_and(|n| (0..=3600).contains(&n)),
        "slow_start.duration_seconds" => number.is_some_and(|n| n == 0 || (30..=900).contains(&n)),
        "stickiness.lb_cookie.duration_seconds" | "stickiness.app_cookie.duration_seconds" => {
            number.is_some_and(|n| (1..=604_800).contains(&n))
        }
        "load_balancing.algorithm.type" => [
            "round_robin",
            "least_outstanding_requests",
            "weighted_random",
        ]
        .contains(&value),
        _ if key.ends_with(".enabled") && !key.starts_with("load_balancing.cross_zone") => {
            ["true", "false"].contains(&value)
        }
        _ => true,
    };
    if fine {
        Ok(())
    } else {
        Err(misconfigured(format!(
            "The value '{value}' of the attribute '{key}' is not valid"
        )))
    }
}

/// A group with stickiness of its own can share an action only where the action is sticky too.
fn check_stickiness(world: &World, arn: &str) -> Result<(), AwsError> {
    let unsticky = world.elb.rules.values().any(|r| {
        r.actions.iter().any(|a| {
            let groups = forwarded(std::slice::from_ref(a));
            let sticky = a
                .get("ForwardConfig")
                .get("TargetGroupStickinessConfig")
                .get("Enabled")
                .as_bool()
                == Some(true);
            groups.len() > 1 && !sticky && groups.iter().any(|(g, _)| g == arn)
        })
    });
    if unsticky {
        return Err(misconfigured(
            "You must enable target group stickiness on the forward action before you enable stickiness on one of its target groups",
        ));
    }
    Ok(())
}
