//! Attributes that do not go together, or not with what uses the resource.
//!
//! What must not be here: what one attribute may be by itself.

use super::{Attributes, AwsError, misconfigured};
use crate::world::World;
use crate::world::elb::{TargetGroup, forwarded};

const STICKY: &str = "stickiness.enabled";
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";

fn is(attributes: &Attributes, key: &str, value: &str) -> bool {
    attributes.get(key).is_some_and(|v| v == value)
}

pub(super) fn of_load_balancer(wanted: &Attributes) -> Result<(), AwsError> {
    for logs in ["access_logs", "connection_logs", "health_check_logs"] {
        let on = is(wanted, &format!("{logs}.s3.enabled"), "true");
        if on && is(wanted, &format!("{logs}.s3.bucket"), "") {
            return Err(misconfigured(format!(
                "The value of '{logs}.s3.bucket' cannot be empty when '{logs}.s3.enabled' is true"
            )));
        }
    }
    Ok(())
}

pub(super) fn of_target_group(
    world: &World,
    group: &TargetGroup,
    wanted: &Attributes,
) -> Result<(), AwsError> {
    balancing(wanted)?;
    if is(wanted, STICKY, "true") {
        stickiness(world, group, wanted)?;
    }
    if is(wanted, CROSS_ZONE, "false") && !is(&group.attributes, CROSS_ZONE, "false") {
        zones(group)?;
    }
    connections(group, wanted)
}

fn balancing(wanted: &Attributes) -> Result<(), AwsError> {
    let by = "load_balancing.algorithm.type";
    if is(wanted, "load_balancing.algorithm.anomaly_mitigation", "on")
        && !is(wanted, by, "weighted_random")
    {
        return Err(misconfigured(
            "Anomaly mitigation is available only with the load balancing algorithm weighted_random",
        ));
    }
    let starts_slowly = wanted
        .get("slow_start.duration_seconds")
        .is_some_and(|s| s != "0");
    if starts_slowly && !is(wanted, by, "round_robin") {
        return Err(misconfigured(
            "Slow start is available only with the load balancing algorithm round_robin",
        ));
    }
    Ok(())
}

fn stickiness(world: &World, group: &TargetGroup, wanted: &Attributes) -> Result<(), AwsError> {
    if is(wanted, "stickiness.type", "app_cookie")
        && is(wanted, "stickiness.app_cookie.cookie_name", "")
    {
        return Err(misconfigured(
            "You must specify a cookie name for application-based stickiness",
        ));
    }
    if is(wanted, CROSS_ZONE, "false")
        && wanted.contains_key("stickiness.lb_cookie.duration_seconds")
    {
        return Err(misconfigured(
            "Target stickiness is not supported when cross-zone load balancing is off",
        ));
    }
    if !is(&group.attributes, STICKY, "true") && shares_an_unsticky_action(world, &group.arn) {
        return Err(misconfigured(
            "This target group appears behind a rule with group stickiness disabled. You must enable group stickiness before \
             enabling target stickiness",
        ));
    }
    Ok(())
}

/// Default actions are those of default rules, so that these are all actions there are.
fn shares_an_unsticky_action(world: &World, arn: &str) -> bool {
    let actions = world.elb.rules.values().flat_map(|r| &r.actions);
    let mut of_several = actions.filter(|a| {
        let config = a.get("ForwardConfig").get("TargetGroupStickinessConfig");
        config.get("Enabled").as_bool() != Some(true)
    });
    of_several.any(|a| {
        let groups = forwarded(std::slice::from_ref(a));
        groups.len() > 1 && groups.iter().any(|(g, _)| g == arn)
    })
}

fn zones(group: &TargetGroup) -> Result<(), AwsError> {
    if group.targets.iter().any(|t| t.zone.is_none()) {
        return Err(misconfigured(
            "You cannot turn off cross-zone load balancing: the target group has a target that is registered for all zones",
        ));
    }
    Ok(())
}

fn connections(group: &TargetGroup, wanted: &Attributes) -> Result<(), AwsError> {
    let ends = "target_health_state.unhealthy.connection_termination.enabled";
    let drains = wanted
        .get("target_health_state.unhealthy.draining_interval_seconds")
        .is_some_and(|s| s != "0");
    if drains && !is(wanted, ends, "false") {
        return Err(misconfigured(format!(
            "A draining interval can be set only when '{ends}' is false"
        )));
    }
    let by_datagram = ["UDP", "TCP_UDP"];
    let protocol = group.spec.get("Protocol").as_str().unwrap_or_default();
    if by_datagram.contains(&protocol)
        && (is(wanted, "preserve_client_ip.enabled", "false") || is(wanted, ends, "true"))
    {
        return Err(misconfigured(format!(
            "Client IP preservation cannot be disabled, and '{ends}' not enabled, for target groups of {protocol}"
        )));
    }
    Ok(())
}
