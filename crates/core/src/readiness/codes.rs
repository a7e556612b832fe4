//! Every code that a finding can have, and whether a plan may waive it.
//!
//! What belongs here: the one table, from which the plan's schema and reference page are made too. What must not: when a
//! code is found (a file a topic, beside this one).

/// What sort of finding a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// As plans and faces have it.
    pub name: &'static str,
    /// What it means, as a sentence.
    pub about: &'static str,
    /// Whether a plan may take it as it is.
    pub waiving: Waiving,
}

/// Whether a finding can be waived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiving {
    /// It is a judgement: who knows the service may judge otherwise, and says why.
    ByReason,
    /// What would follow, without a full stop.
    Never(&'static str),
}

impl Code {
    /// Whether a plan may take it as it is.
    #[must_use]
    pub fn is_waivable(&self) -> bool {
        self.waiving == Waiving::ByReason
    }
}

const REFUSED: Waiving = Waiving::Never("AWS would refuse what follows");
const LOST: Waiving = Waiving::Never("customers would lose their way to the service");
const STUCK: Waiving = Waiving::Never("the migration could not go on all the same");
const GUESSED: Waiving = Waiving::Never("a copy would have to guess");
const FOUGHT: Waiving = Waiving::Never("somebody else would write what sixshift writes");
const RESIZED: Waiving = Waiving::Never("a running service would be resized");

const fn never(name: &'static str, about: &'static str, waiving: Waiving) -> Code {
    Code {
        name,
        about,
        waiving,
    }
}

const fn judged(name: &'static str, about: &'static str) -> Code {
    Code {
        name,
        about,
        waiving: Waiving::ByReason,
    }
}

/// All of them, by name.
pub const CODES: &[Code] = &[
    never(
        "accelerators",
        "Elastic Inference accelerators are asked for.",
        REFUSED,
    ),
    never(
        "action-full",
        "An action has no room for another target group.",
        REFUSED,
    ),
    judged(
        "advanced-configuration",
        "It has a second target group for deployments that ECS shifts itself; the twin has none.",
    ),
    never(
        "alarm-missing",
        "An alarm of the plan does not exist.",
        STUCK,
    ),
    judged(
        "alarm-of-ipv4",
        "An alarm of the plan does not see the twin.",
    ),
    judged(
        "alarm-silent",
        "An alarm of the plan rests without data, and proves nothing.",
    ),
    never("already-ipv6", "A target group is IPv6 already.", STUCK),
    never(
        "balancer-full",
        "A load balancer has no room for another target group.",
        REFUSED,
    ),
    never("classic", "A Classic Load Balancer is in front.", STUCK),
    never("cloud-map", "Its Cloud Map registry holds A records.", LOST),
    never(
        "coarse-weights",
        "A percent of the service cannot be expressed beside other weights.",
        STUCK,
    ),
    judged(
        "cognito",
        "Writing a route needs a permission of Amazon Cognito's.",
    ),
    never(
        "container-missing",
        "The plan edits a container that the task definition does not have.",
        STUCK,
    ),
    never(
        "controller",
        "Something else than ECS deploys the service.",
        FOUGHT,
    ),
    never(
        "daemon",
        "A DAEMON service has one task an instance.",
        REFUSED,
    ),
    never(
        "definition-too-large",
        "The twin's task definition would be too large.",
        REFUSED,
    ),
    judged(
        "deployment-alarms",
        "Its deployment alarms watch the twin's deployments too.",
    ),
    never(
        "env-secret",
        "A variable of the plan has the name of a secret.",
        REFUSED,
    ),
    judged("exec", "ECS Exec is not supported on IPv6-only."),
    never(
        "express",
        "ECS rewrites what is around an Express service.",
        FOUGHT,
    ),
    never("external", "ECS Anywhere has no awsvpc network.", REFUSED),
    judged(
        "fewer-zones",
        "The IPv6 subnets are in fewer zones than the service's own.",
    ),
    never("gateway", "Clients come through an ECS gateway.", LOST),
    judged(
        "grpc-unwatched",
        "Failed gRPC calls are counted by nothing that the plan names.",
    ),
    judged(
        "image-ipv4",
        "An image comes from a registry without IPv6 addresses.",
    ),
    never(
        "image-too-long",
        "An image's dual-stack name would be too long.",
        REFUSED,
    ),
    never("lattice", "Clients come through VPC Lattice.", LOST),
    never("load-balancer-ipv4", "A load balancer is ipv4.", REFUSED),
    never(
        "load-balancer-kind",
        "A load balancer is no Application Load Balancer.",
        STUCK,
    ),
    judged(
        "managed-by-code",
        "Somebody's infrastructure code writes a route, the service or a target group too.",
    ),
    never(
        "name-too-long",
        "A name of the twin would be too long.",
        REFUSED,
    ),
    never("network-mode", "The tasks do not use awsvpc.", REFUSED),
    never("no-load-balancer", "No load balancer is in front.", STUCK),
    never(
        "no-route",
        "No listener or rule forwards to the service.",
        STUCK,
    ),
    judged(
        "one-zone",
        "All IPv6 subnets are in one zone, under a service that is in more or has more than one task.",
    ),
    never(
        "outside-bounds",
        "The service's size is outside its scaling's bounds.",
        RESIZED,
    ),
    never(
        "scaling-label",
        "A scaling policy counts the requests of another target group.",
        GUESSED,
    ),
    judged(
        "scaling-metric",
        "A scaling policy of the twin may watch the IPv4 side alone.",
    ),
    never(
        "service-connect",
        "The service offers Service Connect names.",
        REFUSED,
    ),
    never(
        "shared-target-group",
        "Somebody else's targets are in its target group.",
        LOST,
    ),
    never(
        "short-arn",
        "The service has an ARN on which AWS takes no tags.",
        REFUSED,
    ),
    judged("step-scaling", "No alarm drives the twin's step scaling."),
    never(
        "strategy",
        "ECS itself shifts traffic when the service deploys.",
        FOUGHT,
    ),
    never(
        "subnet-ipv4",
        "A subnet of the plan is not IPv6-only.",
        STUCK,
    ),
    never(
        "subnet-missing",
        "A subnet of the plan does not exist.",
        REFUSED,
    ),
    never(
        "subnet-vpc",
        "A subnet of the plan is in another VPC than the service.",
        REFUSED,
    ),
    judged(
        "subnets-unread",
        "The plan's subnets cannot be judged, because EC2 does not tell of them.",
    ),
    never(
        "tags-full",
        "There would be more tags than AWS takes.",
        REFUSED,
    ),
    never(
        "target-type",
        "Targets are not registered by address.",
        REFUSED,
    ),
    never(
        "targets-full",
        "The load balancer has no room for the twin's targets.",
        REFUSED,
    ),
    never(
        "unknown-action",
        "An action is of a kind that this version does not know.",
        GUESSED,
    ),
    never(
        "unknown-field",
        "The service has something that this version does not know.",
        GUESSED,
    ),
    never("weightless", "A route gives the service no weight.", STUCK),
    never(
        "windows",
        "Windows tasks cannot run on IPv6 alone.",
        REFUSED,
    ),
    never(
        "zone-off-balancer",
        "A subnet of the plan is in a zone that the load balancer is not in.",
        STUCK,
    ),
];

/// The code of this name.
#[must_use]
pub fn code(name: &str) -> Option<&'static Code> {
    CODES.iter().find(|c| c.name == name)
}

/// `docs/reference/findings.md`, whole.
#[must_use]
pub fn findings_markdown() -> String {
    let mut page = PAGE.to_owned();
    for code in CODES {
        let waiving = match code.waiving {
            Waiving::ByReason => "yes".to_owned(),
            Waiving::Never(why) => format!("no: {why}"),
        };
        page += &format!("| `{}` | {} | {waiving} |\n", code.name, code.about);
    }
    page
}

const PAGE: &str = "\
# What preflight finds

<!-- Written from the table of codes: `UPDATE=1 cargo test -p sixshift-core --test plan_reference`. -->

Before anything is made, and in every round, sixshift looks for what would break. What blocks stops the plan where it stands,
with the message and the remedy, though never a way back; what warns is shown and stops nothing. `sixshift why` and `get` count findings, `sixshift tree` and the dashboard
name each.

Some findings are judgements. A plan takes such a one as it is with [`spec.preflight.waive`](plan.md#specpreflight) and a
reason; from then on it stops nothing, and is shown as waived, with the reason, wherever it would have been shown. A waiver is
part of the plan's revision.

Where the role lacks `ec2:DescribeSubnets`, or nothing leads to EC2, subnets cannot be judged: `subnets-unread` says so.
Without `elasticloadbalancing:DescribeAccountLimits` the quotas that AWS gives every account are counted with, and only warn. Not read are the
account's target groups in all, the targets of other services behind the same load balancer, and Fargate's vCPU quota, which
takes both sides at full size for a while.

| code | meaning | can be waived |
|---|---|---|
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_each_stands_once() {
        assert!(CODES.is_sorted_by(|a, b| a.name < b.name));
    }
}
