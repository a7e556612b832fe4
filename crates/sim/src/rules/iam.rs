//! What a caller has to be allowed, beside the call itself. Enforced once a policy is set (`POST /_sim/policy`).

use super::{Kept, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "iam-tags-on-creation",
        on: &["CreateService", "RegisterTaskDefinition"],
        says: "with tags, the caller also needs ecs:TagResource",
        kept: Kept::Does("tags_on_creation_need_the_permission_to_tag"),
        source: "Amazon ECS developer guide: grant permission to tag resources on creation",
    },
    Rule {
        name: "iam-elb-tags-on-creation",
        on: &[
            "CreateTargetGroup",
            "CreateRule",
            "CreateListener",
            "CreateLoadBalancer",
        ],
        says: "with tags, the caller also needs elasticloadbalancing:AddTags",
        kept: Kept::Does("tags_on_creation_need_the_permission_to_tag"),
        source: "Elastic Load Balancing user guide: API permissions to tag resources on creation",
    },
    Rule {
        name: "iam-cognito-routes",
        on: &[
            "CreateRule",
            "ModifyRule",
            "CreateListener",
            "ModifyListener",
        ],
        says: "with an authenticate-cognito action, the caller also needs cognito-idp:DescribeUserPoolClient",
        kept: Kept::Does("a_route_that_asks_cognito_needs_a_look_at_its_client"),
        source: "ELB: authenticate users using an Application Load Balancer; AWS's managed policy ElasticLoadBalancingFullAccess",
    },
    Rule {
        name: "iam-pass-role",
        on: &["RegisterTaskDefinition", "CreateService", "UpdateService"],
        says: "a task's roles need iam:PassRole to ecs-tasks.amazonaws.com; the roles of volumes, Lattice groups and load balancers need it to ecs.amazonaws.com",
        kept: Kept::Does("a_role_that_is_handed_on_may_go_only_to_whom_the_policy_names"),
        source: "Amazon ECS developer guide: grant a user permissions to pass a role",
    },
    Rule {
        name: "iam-scaling-in-the-callers-name",
        on: &[
            "RegisterScalableTarget",
            "PutScalingPolicy",
            "DeleteScalingPolicy",
            "DeregisterScalableTarget",
        ],
        says: "the caller also needs ecs:DescribeServices and UpdateService, and cloudwatch:DescribeAlarms, PutMetricAlarm and DeleteAlarms for policies that make alarms",
        kept: Kept::Does("scaling_is_done_in_the_callers_name"),
        source: "Application Auto Scaling user guide: identity-based policy examples",
    },
    Rule {
        name: "iam-first-target-makes-the-role",
        on: &["RegisterScalableTarget"],
        says: "the first target of an account needs iam:CreateServiceLinkedRole",
        kept: Kept::Does("only_the_first_target_of_an_account_makes_the_role"),
        source: "Application Auto Scaling user guide: service-linked roles",
    },
    Rule {
        name: "iam-partitions",
        on: &[],
        says: "a policy whose ARNs say `aws` allows nothing in aws-cn, aws-us-gov or aws-eusc",
        kept: Kept::Does("a_resource_of_another_partition_is_not_the_policys"),
        source: "IAM user guide: identify AWS resources with ARNs",
    },
    Rule {
        name: "iam-external-id",
        on: &["AssumeRole"],
        says: "a policy may ask for the call's ExternalId by a condition on sts:ExternalId",
        kept: Kept::Does("an_external_id_is_what_a_condition_may_ask_for"),
        source: "IAM user guide: access to AWS accounts owned by third parties",
    },
    Rule {
        name: "iam-who-trusts-whom",
        on: &["AssumeRole"],
        says: "a role can be assumed only by those whom its trust policy names",
        kept: Kept::NotSimulated("roles have no trust policies here: every role can be assumed"),
        source: "IAM user guide: update a role trust policy",
    },
];
