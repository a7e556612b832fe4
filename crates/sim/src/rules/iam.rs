//! What a caller has to be allowed, beside the call itself. Enforced once a policy is set (`POST /_sim/policy`).

use super::{Rule, does, lacks};

pub(super) const RULES: &[Rule] = &[
    does(
        "iam-tags-on-creation",
        &["CreateService", "RegisterTaskDefinition"],
        "with tags, the caller also needs ecs:TagResource",
        "tags_on_creation_need_the_permission_to_tag",
        "Amazon ECS developer guide: grant permission to tag resources on creation",
    ),
    does(
        "iam-elb-tags-on-creation",
        &[
            "CreateTargetGroup",
            "CreateRule",
            "CreateListener",
            "CreateLoadBalancer",
        ],
        "with tags, the caller also needs elasticloadbalancing:AddTags",
        "tags_on_creation_need_the_permission_to_tag",
        "Elastic Load Balancing user guide: API permissions to tag resources on creation",
    ),
    does(
        "iam-scaling-tags-on-creation",
        &["RegisterScalableTarget"],
        "with tags, the caller also needs application-autoscaling:TagResource",
        "tags_on_creation_need_the_permission_to_tag",
        "Application Auto Scaling user guide, Tagging support: no page says it of this call, as of others; the stricter answer is taken",
    ),
    does(
        "iam-cognito-routes",
        &[
            "CreateRule",
            "ModifyRule",
            "CreateListener",
            "ModifyListener",
        ],
        "with an authenticate-cognito action, the caller also needs cognito-idp:DescribeUserPoolClient",
        "a_route_that_asks_cognito_needs_a_look_at_its_client",
        "ELB: authenticate users using an Application Load Balancer; AWS's managed policy ElasticLoadBalancingFullAccess",
    ),
    does(
        "iam-pass-role",
        &[
            "RegisterTaskDefinition",
            "RunTask",
            "CreateService",
            "UpdateService",
        ],
        "a task's roles, those of its definition or given in their place, need iam:PassRole to ecs-tasks.amazonaws.com; the roles of volumes, Lattice groups and load balancers need it to ecs.amazonaws.com",
        "a_role_that_is_handed_on_may_go_only_to_whom_the_policy_names",
        "Amazon ECS developer guide: grant a user permissions to pass a role",
    ),
    does(
        "iam-scaling-in-the-callers-name",
        &[
            "RegisterScalableTarget",
            "PutScalingPolicy",
            "DeleteScalingPolicy",
            "DeregisterScalableTarget",
        ],
        "the caller also needs ecs:DescribeServices and UpdateService, and cloudwatch:DescribeAlarms, PutMetricAlarm and DeleteAlarms for policies that make alarms",
        "scaling_is_done_in_the_callers_name",
        "Application Auto Scaling user guide: identity-based policy examples",
    ),
    does(
        "iam-first-target-makes-the-role",
        &["RegisterScalableTarget"],
        "the first target of an account needs iam:CreateServiceLinkedRole",
        "only_the_first_target_of_an_account_makes_the_role",
        "Application Auto Scaling user guide: service-linked roles",
    ),
    does(
        "iam-partitions",
        &[],
        "a policy whose ARNs say `aws` allows nothing in aws-cn, aws-us-gov or aws-eusc",
        "a_resource_of_another_partition_is_not_the_policys",
        "IAM user guide: identify AWS resources with ARNs",
    ),
    does(
        "iam-external-id",
        &["AssumeRole"],
        "a policy may ask for the call's ExternalId by a condition on sts:ExternalId",
        "an_external_id_is_what_a_condition_may_ask_for",
        "IAM user guide: access to AWS accounts owned by third parties",
    ),
    lacks(
        "iam-who-trusts-whom",
        &["AssumeRole"],
        "a role can be assumed only by those whom its trust policy names",
        "roles have no trust policies here: every role can be assumed",
        "IAM user guide: update a role trust policy",
    ),
];
