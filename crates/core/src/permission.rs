//! What AWS asks of whoever makes a call, beside the call itself.
//!
//! What belongs here: IAM actions that our calls depend on, by AWS's pages. What must not: the calls ([`crate::action`]), and how a
//! policy narrows them (`deploy/iam`).

/// By the call as IAM names it.
pub const BESIDE_CALLS: &[(&str, &[&str])] = &[
    // ECS: "Grant permission to tag resources on creation"; CreateService hands over the role that manages volumes.
    // Whether a client of Service Connect needs to see its namespace no page says; the console's policy may (ECS: "Permissions
    // required for using Amazon ECS with Service Connect").
    (
        "ecs:CreateService",
        &[
            "ecs:TagResource",
            "iam:PassRole",
            "servicediscovery:GetNamespace",
            "servicediscovery:ListNamespaces",
        ],
    ),
    // AWS Cloud Map developer guide, "Permissions required to use the API": a service with tags, in a namespace with DNS records.
    (
        "servicediscovery:CreateService",
        &["servicediscovery:TagResource"],
    ),
    (
        "ecs:RegisterTaskDefinition",
        &["ecs:TagResource", "iam:PassRole"],
    ),
    // The task is handed the roles that its definition names.
    ("ecs:RunTask", &["ecs:TagResource", "iam:PassRole"]),
    // Elastic Load Balancing: "Grant permission to tag resources on creation".
    (
        "elasticloadbalancing:CreateTargetGroup",
        &["elasticloadbalancing:AddTags"],
    ),
    (
        "elasticloadbalancing:CreateRule",
        &["elasticloadbalancing:AddTags"],
    ),
    // VPC Lattice, service authorization reference. The role that AWS makes for its first target group is there: one is.
    (
        "vpc-lattice:CreateTargetGroup",
        &["vpc-lattice:TagResource"],
    ),
    // Elastic Load Balancing: "Prepare to use Amazon Cognito", of actions that sign people in.
    (
        "elasticloadbalancing:ModifyListener",
        &["cognito-idp:DescribeUserPoolClient"],
    ),
    (
        "elasticloadbalancing:ModifyRule",
        &["cognito-idp:DescribeUserPoolClient"],
    ),
    // Application Auto Scaling: "Permissions required to set up the target resource", in the name of the caller. The
    // first target of an account makes the service's role. Whether tags on it need TagResource no page says.
    (
        "application-autoscaling:RegisterScalableTarget",
        &[
            "application-autoscaling:TagResource",
            "ecs:DescribeServices",
            "ecs:UpdateService",
            "iam:CreateServiceLinkedRole",
        ],
    ),
    // The same page: a policy of target tracking makes its alarms.
    (
        "application-autoscaling:PutScalingPolicy",
        &[
            "cloudwatch:DeleteAlarms",
            "cloudwatch:DescribeAlarms",
            "cloudwatch:PutMetricAlarm",
        ],
    ),
    (
        "application-autoscaling:DeregisterScalableTarget",
        &["cloudwatch:DeleteAlarms"],
    ),
    // Service authorization reference, AWS WAF V2: dependent actions.
    ("wafv2:GetWebACLForResource", &["wafv2:GetWebACL"]),
];

/// The IAM actions that a call needs: its own, and what AWS asks beside it.
pub fn needed(call: &'static str) -> impl Iterator<Item = &'static str> {
    let beside = BESIDE_CALLS.iter().filter(move |(of, _)| *of == call);
    std::iter::once(call).chain(beside.flat_map(|(_, needs)| needs.iter().copied()))
}
