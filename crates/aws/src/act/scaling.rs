//! Bounds, policies and schedules of Application Auto Scaling.
//!
//! What belongs here: the writes, and the rewriting of what a copied policy points at. What must not: which bounds are
//! right.

use std::collections::BTreeMap;

use aws_sdk_applicationautoscaling::types::{
    ScalableDimension, ScalingPolicy, ServiceNamespace, SuspendedState,
    TargetTrackingScalingPolicyConfiguration,
};
use sixshift_core::{action::Bounds, names::label_group, observation::Suspended};

use crate::{call, error::Error, observe::scaling as read, region::Clients};

pub(super) async fn set(
    clients: &Clients,
    resource: &str,
    bounds: Option<Bounds>,
    suspended: Suspended,
) -> Result<(), Error> {
    let count = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let state = SuspendedState::builder()
        .dynamic_scaling_in_suspended(suspended.scale_in)
        .dynamic_scaling_out_suspended(suspended.scale_out)
        .scheduled_scaling_suspended(suspended.scheduled);
    let request = clients
        .scaling
        .register_scalable_target()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id(resource)
        .set_min_capacity(bounds.map(|b| count(b.min)))
        .set_max_capacity(bounds.map(|b| count(b.max)))
        .suspended_state(state.build());
    clients
        .caller
        .once(&call::REGISTER_SCALABLE_TARGET, request.send())
        .await
        .map(drop)
}

pub(super) async fn copy_policy(
    clients: &Clients,
    from: &str,
    to: &str,
    policy: &str,
    labels: &BTreeMap<String, String>,
    dimensions: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let found = read::policies(clients, from)
        .await?
        .into_iter()
        .find(|p| p.policy_name == policy);
    let gone = || Error::Gone {
        operation: call::PUT_SCALING_POLICY.name,
        resource: format!("scaling policy {policy} of {from}"),
    };
    let policy = rewritten(found.ok_or_else(gone)?, labels, dimensions)
        .map_err(|e| Error::build(call::PUT_SCALING_POLICY.name, e))?;
    let request = clients
        .scaling
        .put_scaling_policy()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id(to)
        .policy_name(policy.policy_name)
        .policy_type(policy.policy_type)
        .set_step_scaling_policy_configuration(policy.step_scaling_policy_configuration)
        .set_target_tracking_scaling_policy_configuration(
            policy.target_tracking_scaling_policy_configuration,
        )
        .set_predictive_scaling_policy_configuration(
            policy.predictive_scaling_policy_configuration,
        );
    clients
        .caller
        .once(&call::PUT_SCALING_POLICY, request.send())
        .await
        .map(drop)
}

/// The policy with everything that names the IPv4 side naming the twin instead. Step scaling is driven by alarms that
/// name the policy, so there is nothing in it to rewrite.
fn rewritten(
    mut policy: ScalingPolicy,
    labels: &BTreeMap<String, String>,
    dimensions: &BTreeMap<String, String>,
) -> Result<ScalingPolicy, OthersLabel> {
    if let Some(tracking) = &mut policy.target_tracking_scaling_policy_configuration {
        let spec = tracking.predefined_metric_specification.as_mut();
        relabel(spec.and_then(|s| s.resource_label.as_mut()), labels)?;
        redirect(tracking, dimensions);
    }
    let predictive = policy.predictive_scaling_policy_configuration.as_mut();
    for spec in predictive
        .into_iter()
        .flat_map(|p| &mut p.metric_specifications)
    {
        let pair = spec.predefined_metric_pair_specification.as_mut();
        relabel(pair.and_then(|s| s.resource_label.as_mut()), labels)?;
        let load = spec.predefined_load_metric_specification.as_mut();
        relabel(load.and_then(|s| s.resource_label.as_mut()), labels)?;
        let scaling = spec.predefined_scaling_metric_specification.as_mut();
        relabel(scaling.and_then(|s| s.resource_label.as_mut()), labels)?;
    }
    Ok(policy)
}

/// A policy counts the requests of a target group that is none of the service's.
#[derive(Debug, thiserror::Error)]
#[error("its resource label {0} names no target group of this service")]
struct OthersLabel(String);

/// The label's load balancer stays; its target group becomes the partner.
fn relabel(
    label: Option<&mut String>,
    labels: &BTreeMap<String, String>,
) -> Result<(), OthersLabel> {
    let Some(label) = label else { return Ok(()) };
    let group = label_group(label).unwrap_or_default();
    let partner = labels
        .get(group)
        .ok_or_else(|| OthersLabel(label.clone()))?;
    *label = label.replace(group, partner);
    Ok(())
}

fn redirect(
    tracking: &mut TargetTrackingScalingPolicyConfiguration,
    dimensions: &BTreeMap<String, String>,
) {
    let Some(custom) = &mut tracking.customized_metric_specification else {
        return;
    };
    let swap = |value: &mut String| {
        if let Some(new) = dimensions.get(value) {
            *value = new.clone();
        }
    };
    for dimension in custom.dimensions.iter_mut().flatten() {
        swap(&mut dimension.value);
    }
    let stats = custom
        .metrics
        .iter_mut()
        .flatten()
        .filter_map(|q| q.metric_stat.as_mut()?.metric.as_mut());
    for dimension in stats.flat_map(|m| m.dimensions.iter_mut().flatten()) {
        swap(&mut dimension.value);
    }
}

pub(super) async fn copy_scheduled(
    clients: &Clients,
    from: &str,
    to: &str,
    name: &str,
) -> Result<(), Error> {
    let found = read::scheduled(clients, from)
        .await?
        .into_iter()
        .find(|a| a.scheduled_action_name == name);
    let gone = || Error::Gone {
        operation: call::PUT_SCHEDULED_ACTION.name,
        resource: format!("scheduled action {name} of {from}"),
    };
    let action = found.ok_or_else(gone)?;
    let request = clients
        .scaling
        .put_scheduled_action()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id(to)
        .scheduled_action_name(action.scheduled_action_name)
        .schedule(action.schedule)
        .set_timezone(action.timezone)
        .set_start_time(action.start_time)
        .set_end_time(action.end_time)
        .set_scalable_target_action(action.scalable_target_action);
    clients
        .caller
        .once(&call::PUT_SCHEDULED_ACTION, request.send())
        .await
        .map(drop)
}

/// A scalable target that is not there is deleted.
pub(super) async fn delete(clients: &Clients, resource: &str) -> Result<(), Error> {
    let request = clients
        .scaling
        .deregister_scalable_target()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id(resource);
    match clients
        .caller
        .once(&call::DEREGISTER_SCALABLE_TARGET, request.send())
        .await
    {
        Err(error) if error.is_code(&["ObjectNotFoundException"]) => Ok(()),
        other => other.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_applicationautoscaling::types::{
        CustomizedMetricSpecification, MetricDimension, MetricType, PolicyType,
        PredefinedMetricSpecification,
    };
    use aws_smithy_types::DateTime;

    use super::*;

    fn policy(tracking: TargetTrackingScalingPolicyConfiguration) -> ScalingPolicy {
        ScalingPolicy::builder()
            .policy_arn("arn")
            .policy_name("requests")
            .service_namespace(ServiceNamespace::Ecs)
            .resource_id("service/prod/shop")
            .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
            .policy_type(PolicyType::TargetTrackingScaling)
            .target_tracking_scaling_policy_configuration(tracking)
            .creation_time(DateTime::from_secs(0))
            .build()
            .unwrap()
    }

    fn map(k: &str, v: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(k.to_owned(), v.to_owned())])
    }

    #[test]
    fn a_policy_on_requests_per_target_looks_at_the_twins_target_group() {
        let spec = PredefinedMetricSpecification::builder()
            .predefined_metric_type(MetricType::AlbRequestCountPerTarget)
            .resource_label("app/a/1/targetgroup/v4/2")
            .build()
            .unwrap();
        let tracking = TargetTrackingScalingPolicyConfiguration::builder()
            .target_value(100.0)
            .predefined_metric_specification(spec)
            .scale_in_cooldown(60)
            .build()
            .unwrap();
        let labels = map("targetgroup/v4/2", "targetgroup/v6/3");
        let others = rewritten(
            policy(tracking.clone()),
            &map("targetgroup/v4/9", "x"),
            &BTreeMap::new(),
        );
        assert!(others.is_err());
        let copied = rewritten(policy(tracking), &labels, &BTreeMap::new()).unwrap();
        let copied = copied.target_tracking_scaling_policy_configuration.unwrap();
        assert_eq!(
            copied
                .predefined_metric_specification()
                .unwrap()
                .resource_label(),
            Some("app/a/1/targetgroup/v6/3")
        );
        assert_eq!(
            (copied.target_value, copied.scale_in_cooldown),
            (100.0, Some(60))
        );
    }

    #[test]
    fn a_policy_on_a_metric_of_the_service_looks_at_the_twin() {
        let dimension =
            |n: &str, v: &str| MetricDimension::builder().name(n).value(v).build().unwrap();
        let custom = CustomizedMetricSpecification::builder()
            .metric_name("Queue")
            .dimensions(dimension("ServiceName", "shop"))
            .dimensions(dimension("QueueName", "orders"))
            .build();
        let tracking = TargetTrackingScalingPolicyConfiguration::builder()
            .target_value(1.0)
            .customized_metric_specification(custom)
            .build()
            .unwrap();
        let copied = rewritten(
            policy(tracking),
            &BTreeMap::new(),
            &map("shop", "shop-ipv6"),
        )
        .unwrap();
        let tracking = copied.target_tracking_scaling_policy_configuration.unwrap();
        let values: Vec<_> = tracking
            .customized_metric_specification()
            .unwrap()
            .dimensions()
            .iter()
            .map(|d| d.value())
            .collect();
        assert_eq!(values, ["shop-ipv6", "orders"]);
    }
}
