//! What the region does only while it is late (`sixshift sim --lag`, `POST /_sim/lag`): a service's answers and its writes
//! may rest on what was there some seconds ago, as AWS's do.

use super::{Rule, does};

pub(super) const ECS: &[Rule] = &[
    does(
        "late-ecs-created-service-is-missing",
        &["DescribeServices"],
        "in a region that is late, a service just created is MISSING for some seconds",
        "a_service_just_created_is_missing_for_some_seconds_and_its_tags_for_more",
        "terraform-provider-aws#3387",
    ),
    does(
        "late-ecs-old-service-of-the-name",
        &["DescribeServices"],
        "in a region that is late, a name just used again still shows the old, INACTIVE service for some seconds",
        "a_service_whose_name_is_used_again_is_shown_as_the_old_one_for_some_seconds",
        "hashicorp/terraform-provider-aws#23747",
    ),
    does(
        "late-ecs-target-group-just-attached",
        &["CreateService"],
        "in a region that is late, a target group just attached has no load balancer for CreateService for some seconds (InvalidParameterException)",
        "a_service_on_a_group_just_attached_is_refused_for_some_seconds",
        "hashicorp/terraform-provider-aws: what aws_ecs_service retries on creation",
    ),
];

pub(super) const ELBV2: &[Rule] = &[
    does(
        "late-elbv2-order-of-a-forward",
        &["DescribeListeners", "DescribeRules"],
        "in a region that is late, a forward lists its target groups in any order, as other lists whose order is not promised",
        "a_forward_names_its_groups_in_any_order",
        "hashicorp/terraform-provider-aws#12574",
    ),
    does(
        "late-elbv2-created-group-is-not-found",
        &["DescribeTargetGroups"],
        "in a region that is late, a target group just created is TargetGroupNotFound for some seconds, and two looks may go back in time",
        "a_group_just_created_is_not_found_for_seconds_and_time_may_go_back_between_two_looks",
        "hashicorp/terraform-provider-aws#17280",
    ),
    does(
        "late-elbv2-created-group-is-not-tagged",
        &["AddTags", "RemoveTags", "DescribeTags"],
        "in a region that is late, tag calls on what was just created are refused for some seconds (TargetGroupNotFound)",
        "a_group_just_created_cannot_be_tagged_for_some_seconds",
        "hashicorp/terraform-provider-aws#17280",
    ),
    does(
        "late-elbv2-tags",
        &["DescribeTags"],
        "in a region that is late, tags appear later than what they were given to",
        "tags_come_later_than_the_group_that_they_hang_on",
        "hashicorp/terraform-provider-aws#17280",
    ),
    does(
        "late-elbv2-load-balancers-of-a-group",
        &["DescribeTargetGroups"],
        "in a region that is late, LoadBalancerArns follow attach and detach after some seconds",
        "the_load_balancers_of_a_group_lag_attach_and_detach",
        "hashicorp/terraform-provider-aws: what aws_ecs_service and aws_lb_target_group retry",
    ),
    does(
        "late-elbv2-detached-group-is-in-use",
        &["DeleteTargetGroup"],
        "in a region that is late, a target group just detached is ResourceInUse for some seconds",
        "a_group_just_detached_is_in_use_for_some_seconds",
        "hashicorp/terraform-provider-aws#16889",
    ),
];

pub(super) const AUTOSCALING: &[Rule] = &[
    does(
        "late-autoscaling-service-just-created",
        &["RegisterScalableTarget"],
        "in a region that is late, an ECS service just created does not exist for some seconds (ValidationException)",
        "a_service_just_created_cannot_be_scaled_for_some_seconds",
        "hashicorp/terraform-provider-aws#11693",
    ),
    does(
        "late-autoscaling-target-just-registered",
        &[
            "PutScalingPolicy",
            "PutScheduledAction",
            "DescribeScalableTargets",
        ],
        "in a region that is late, a target just registered is not described, and takes neither policy nor schedule (ObjectNotFoundException), for some seconds",
        "a_target_just_registered_is_not_described_and_takes_no_schedule_for_some_seconds",
        "hashicorp/terraform#10737; hashicorp/terraform-provider-aws#11819",
    ),
];
