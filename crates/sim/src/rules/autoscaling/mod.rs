//! Rules of Application Auto Scaling.
//!
//! What belongs here: the table. What must not: how a rule is checked, which is in the files beside this one.

mod policies;
mod predictive;
mod schedules;
mod steps;
mod targets;

use super::{Rule, does, lacks, refuses};
use crate::Value;
use crate::world::World;

const INVALID: &str = "ValidationException";
const REGISTER: &[&str] = &["RegisterScalableTarget"];
const PUT_POLICY: &[&str] = &["PutScalingPolicy"];
const PUT_SCHEDULE: &[&str] = &["PutScheduledAction"];
const STEP_PAGE: &str = "AWS docs: Application Auto Scaling, step scaling policies";
const QUOTAS: &str = "AWS docs: Application Auto Scaling, quotas";

/// What AWS calls invalid.
const fn invalid(
    name: &'static str,
    on: &'static [&'static str],
    says: &'static str,
    broken: fn(&World, &Value) -> Option<String>,
    source: &'static str,
) -> Rule {
    refuses(name, on, says, INVALID, broken, source)
}

const fn too_many(
    name: &'static str,
    on: &'static [&'static str],
    says: &'static str,
    broken: fn(&World, &Value) -> Option<String>,
) -> Rule {
    refuses(name, on, says, "LimitExceededException", broken, QUOTAS)
}

pub(super) const RULES: &[Rule] = &[
    invalid(
        "scaling-first-needs-both-bounds",
        REGISTER,
        "a target that is not registered yet needs the minimum and the maximum capacity",
        targets::lacks_bounds,
        "botocore: application-autoscaling RegisterScalableTargetRequest.MinCapacity, MaxCapacity",
    ),
    invalid(
        "scaling-bounds-in-order",
        REGISTER,
        "the maximum capacity is not below the minimum, the one that was left out included; neither is negative",
        targets::bounds_out_of_order,
        "botocore: application-autoscaling RegisterScalableTargetRequest.MinCapacity",
    ),
    invalid(
        "scaling-service-is-there",
        REGISTER,
        "the ECS service exists and is not deleted",
        targets::no_service,
        "hashicorp/terraform-provider-aws#11693",
    ),
    invalid(
        "scaling-dimension-with-resource",
        &[
            "DescribeScalingPolicies",
            "DescribeScheduledActions",
            "DescribeScalingActivities",
        ],
        "a scalable dimension is asked for together with a resource only",
        targets::dimension_alone,
        "botocore: application-autoscaling DescribeScalingPoliciesRequest.ScalableDimension",
    ),
    does(
        "scaling-registering-moves-the-count",
        REGISTER,
        "the desired count of an ACTIVE service outside the bounds is set to the nearest bound at once, whether the bounds are \
         given or not, and whatever is suspended",
        "registering_brings_an_active_service_into_its_bounds_at_once",
        "botocore: application-autoscaling RegisterScalableTarget",
    ),
    does(
        "scaling-left-out-stays",
        REGISTER,
        "what an update leaves out stays as it was",
        "a_target_is_registered_changed_in_part_and_read_back",
        "botocore: application-autoscaling RegisterScalableTarget",
    ),
    does(
        "scaling-suspension-holds-policies-and-schedules-only",
        REGISTER,
        "suspension stops policies and scheduled actions, not what registering does to the count",
        "registering_brings_an_active_service_into_its_bounds_at_once",
        "botocore: application-autoscaling RegisterScalableTargetRequest.SuspendedState",
    ),
    does(
        "scaling-count-below-minimum-stays",
        &["UpdateService"],
        "a desired count outside the bounds is accepted, and stays until a policy scales or somebody registers again",
        "a_service_below_its_minimum_stays_there_until_it_scales_out",
        "aws/containers-roadmap#2626",
    ),
    does(
        "scaling-deregistering-takes-all-along",
        &["DeregisterScalableTarget"],
        "policies and scheduled actions go with their target; the count stays",
        "policies_and_schedules_are_read_back_as_put_and_go_with_their_target",
        "botocore: application-autoscaling DeregisterScalableTarget",
    ),
    does(
        "scaling-fifty-tags",
        &["TagResource", "RegisterScalableTarget"],
        "a target has at most 50 tags: TooManyTagsException",
        "targets_carry_tags",
        "botocore: application-autoscaling TagResource",
    ),
    does(
        "scaling-concurrent-update",
        &[],
        "ConcurrentUpdateException while another update of the same resource is under way, for describing calls too",
        "a_fault_answers_with_the_error_that_it_names",
        "botocore: application-autoscaling ConcurrentUpdateException",
    ),
    does(
        "scaling-alarms-unreadable",
        &["DescribeScalingPolicies", "PutScalingPolicy"],
        "FailedResourceAccessException while the alarms of a policy cannot be read",
        "a_fault_answers_with_the_error_that_it_names",
        "botocore: application-autoscaling FailedResourceAccessException",
    ),
    invalid(
        "policy-type-when-new",
        PUT_POLICY,
        "a policy that is not there yet needs its type",
        policies::no_type,
        "botocore: application-autoscaling PutScalingPolicyRequest.PolicyType",
    ),
    invalid(
        "policy-with-its-own-configuration",
        PUT_POLICY,
        "a policy needs the configuration of its type",
        policies::no_configuration,
        "botocore: application-autoscaling PutScalingPolicyRequest.StepScalingPolicyConfiguration",
    ),
    invalid(
        "tracking-one-metric",
        PUT_POLICY,
        "target tracking has either a predefined or a customised metric",
        policies::not_one_metric,
        "botocore: application-autoscaling TargetTrackingScalingPolicyConfiguration",
    ),
    invalid(
        "tracking-customised-metric-whole",
        PUT_POLICY,
        "a customised metric has a name, a namespace and a statistic, or metric queries of which one returns data, not both",
        policies::custom_metric_in_parts,
        "botocore: application-autoscaling CustomizedMetricSpecification, TargetTrackingMetricDataQuery",
    ),
    invalid(
        "tracking-metric-of-ecs",
        PUT_POLICY,
        "the predefined metric is one of ECS services",
        policies::metric_of_others,
        "botocore: application-autoscaling PredefinedMetricSpecification.PredefinedMetricType",
    ),
    invalid(
        "tracking-label-form",
        PUT_POLICY,
        "the label of ALBRequestCountPerTarget reads app/<name>/<id>/targetgroup/<name>/<id>",
        policies::label_malformed,
        "botocore: application-autoscaling PredefinedMetricSpecification.ResourceLabel",
    ),
    invalid(
        "tracking-label-for-requests-only",
        PUT_POLICY,
        "no other predefined metric has a label",
        policies::label_for_nothing,
        "botocore: application-autoscaling PredefinedMetricSpecification.ResourceLabel",
    ),
    invalid(
        "tracking-label-is-routed",
        PUT_POLICY,
        "the label's load balancer forwards to its target group, be it with weight 0",
        policies::label_not_routed,
        "AWS's answer as recorded in public Terraform repositories: \"The load balancer does not route traffic to the target group\"",
    ),
    does(
        "tracking-weight-0-is-routed",
        PUT_POLICY,
        "a target group with weight 0 in a forward counts as routed",
        "a_policy_may_name_a_target_group_of_weight_0",
        "public Terraform repositories that were mended by such a forward",
    ),
    invalid(
        "tracking-high-resolution-is-measured",
        PUT_POLICY,
        "a metric of high resolution needs a service whose monitoring measures it every 20 seconds",
        policies::not_measured_finely,
        "botocore: application-autoscaling MetricType, ecs MonitoringConfiguration",
    ),
    lacks(
        "tracking-high-resolution-reacts-sooner",
        PUT_POLICY,
        "target tracking on a metric of high resolution reacts within a minute",
        "the region measures by the minute, so it reacts as to the plain metric",
        "botocore: ecs MonitoringConfiguration",
    ),
    does(
        "tracking-metric-math",
        PUT_POLICY,
        "metric math is evaluated as GetMetricData does",
        "metric_math_scales_a_service",
        "botocore: application-autoscaling TargetTrackingMetricDataQuery",
    ),
    invalid(
        "steps-needed",
        PUT_POLICY,
        "step scaling has an adjustment type and at least one step",
        steps::lacking,
        "botocore: application-autoscaling StepScalingPolicyConfiguration",
    ),
    invalid(
        "steps-in-a-row",
        PUT_POLICY,
        "the ranges of steps neither overlap nor leave gaps, each ends above its beginning, one at most is open below and one \
         above, and where one begins below the threshold (ends above it) one is open below (above)",
        steps::ranges_unfit,
        STEP_PAGE,
    ),
    invalid(
        "steps-exact-not-negative",
        PUT_POLICY,
        "an exact capacity is not negative",
        steps::negative_exact,
        "botocore: application-autoscaling StepAdjustment.ScalingAdjustment",
    ),
    too_many(
        "steps-twenty",
        PUT_POLICY,
        "a step scaling policy has at most 20 steps",
        steps::too_many,
    ),
    too_many(
        "policies-fifty",
        PUT_POLICY,
        "a target has at most 50 policies",
        policies::too_many,
    ),
    does(
        "steps-alarms-call",
        PUT_POLICY,
        "an alarm whose actions name the policy calls it each minute as long as its state lasts; how far its metric is beyond \
         the threshold tells the step, and a cooldown counts what was added before",
        "an_alarm_calls_a_step_policy_as_long_as_it_lasts",
        STEP_PAGE,
    ),
    does(
        "steps-alarms-shown",
        &["DescribeScalingPolicies"],
        "a step scaling policy shows the alarms that name it",
        "test_an_alarm_drives_a_step_policy",
        "botocore: application-autoscaling ScalingPolicy.Alarms",
    ),
    does(
        "steps-deleting-takes-the-action",
        &["DeleteScalingPolicy"],
        "deleting a step scaling policy takes the action out of its alarms and leaves the alarms",
        "a_deleted_step_policy_leaves_its_alarms_without_the_action",
        "botocore: application-autoscaling DeleteScalingPolicy",
    ),
    does(
        "policies-highest-count-prevails",
        PUT_POLICY,
        "where several policies want something the highest count is taken, out and in",
        "of_several_policies_the_highest_count_prevails",
        "botocore: application-autoscaling PutScalingPolicy",
    ),
    invalid(
        "predictive-one-specification",
        PUT_POLICY,
        "predictive scaling has exactly one metric specification",
        predictive::not_one,
        "botocore: application-autoscaling PredictiveScalingPolicyConfiguration.MetricSpecifications",
    ),
    invalid(
        "predictive-pair-or-two",
        PUT_POLICY,
        "a predictive specification has a metric pair, or a load metric and a scaling metric",
        predictive::neither_pair_nor_two,
        "botocore: application-autoscaling PredictiveScalingMetricSpecification",
    ),
    invalid(
        "predictive-label-is-routed",
        PUT_POLICY,
        "the label of a predictive metric on requests is there, well-formed, and routed",
        predictive::label_unfit,
        "botocore: application-autoscaling PredictiveScalingPredefinedMetricPairSpecification.ResourceLabel",
    ),
    invalid(
        "predictive-buffer-with-increase",
        PUT_POLICY,
        "MaxCapacityBuffer is needed with IncreaseMaxCapacity and not accepted without",
        predictive::buffer_unfit,
        "botocore: application-autoscaling PredictiveScalingPolicyConfiguration.MaxCapacityBuffer",
    ),
    does(
        "predictive-read-back",
        PUT_POLICY,
        "a predictive policy is kept and read back, with ForecastOnly where no mode is given",
        "a_predictive_policy_is_kept_and_scales_nothing",
        "botocore: application-autoscaling PredictiveScalingPolicyConfiguration",
    ),
    lacks(
        "predictive-forecasts",
        &["GetPredictiveScalingForecast"],
        "forecasts, and scaling by them",
        "AWS's model is its own, and it takes a day of history at the least",
        "botocore: application-autoscaling GetPredictiveScalingForecast",
    ),
    lacks(
        "scaling-activities",
        &["DescribeScalingActivities"],
        "the history of scalings",
        "no client that the region was made for reads it",
        "botocore: application-autoscaling DescribeScalingActivities",
    ),
    invalid(
        "schedule-when-new",
        PUT_SCHEDULE,
        "a scheduled action that is not there yet needs a schedule",
        schedules::none_given,
        "botocore: application-autoscaling PutScheduledActionRequest.Schedule",
    ),
    invalid(
        "schedule-form",
        PUT_SCHEDULE,
        "a schedule is at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(fields), in a time zone that there is",
        schedules::malformed,
        "botocore: application-autoscaling PutScheduledActionRequest.Schedule, Timezone",
    ),
    invalid(
        "schedule-not-past",
        PUT_SCHEDULE,
        "at(…), the start and the end are not in the past",
        schedules::past,
        "AWS's own statement is for EC2 Auto Scaling (botocore: autoscaling PutScheduledUpdateGroupAction); taken over as the stricter reading",
    ),
    invalid(
        "schedule-end-after-start",
        PUT_SCHEDULE,
        "the end is after the start",
        schedules::ends_before_it_starts,
        "botocore: application-autoscaling PutScheduledAction",
    ),
    invalid(
        "schedule-capacity",
        PUT_SCHEDULE,
        "a scheduled action sets a minimum or a maximum, in order and not negative",
        schedules::capacity_unfit,
        "botocore: application-autoscaling ScalableTargetAction",
    ),
    too_many(
        "schedules-two-hundred",
        PUT_SCHEDULE,
        "a target has at most 200 scheduled actions",
        schedules::too_many,
    ),
    does(
        "schedule-times-go-when-left-out",
        PUT_SCHEDULE,
        "an update without a start and an end deletes the old ones; without a schedule or a capacity it keeps them",
        "an_update_of_a_schedule_deletes_the_times_that_it_leaves_out",
        "botocore: application-autoscaling PutScheduledAction",
    ),
    does(
        "schedule-moves-the-count",
        PUT_SCHEDULE,
        "when it is due, a count below the new minimum goes to it, one above the new maximum to that",
        "a_scheduled_action_sets_bounds_and_moves_the_service_into_them",
        "botocore: application-autoscaling PutScheduledActionRequest.ScalableTargetAction",
    ),
];

/// The resource that a request is about.
fn resource(input: &Value) -> &str {
    input.get("ResourceId").as_str().unwrap_or_default()
}
