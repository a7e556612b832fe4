//! Rules of VPC Lattice.

use super::{Rule, does, lacks, refuses};
use crate::Value;

const INVALID: &str = "ValidationException";
const GROUPS: &[&str] = &["CreateTargetGroup"];
const CHECKS: &[&str] = &["CreateTargetGroup", "UpdateTargetGroup"];
const FORWARDS: &[&str] = &[
    "CreateListener",
    "UpdateListener",
    "CreateRule",
    "UpdateRule",
];
const TAGGED: &[&str] = &[
    "CreateListener",
    "CreateRule",
    "CreateService",
    "CreateServiceNetwork",
    "CreateServiceNetworkServiceAssociation",
    "CreateServiceNetworkVpcAssociation",
    "CreateTargetGroup",
    "TagResource",
];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "lattice-group-is-not-called-by-an-id",
        GROUPS,
        "the name of a target group does not begin with tg-",
        INVALID,
        |_, s| called(s, "tg-"),
        "botocore: vpc-lattice TargetGroupName",
    ),
    refuses(
        "lattice-service-is-not-called-by-an-id",
        &["CreateService"],
        "the name of a service does not begin with svc-",
        INVALID,
        |_, s| called(s, "svc-"),
        "botocore: vpc-lattice ServiceName",
    ),
    refuses(
        "lattice-listener-is-not-called-by-an-id",
        &["CreateListener"],
        "the name of a listener does not begin with listener-",
        INVALID,
        |_, s| called(s, "listener-"),
        "botocore: vpc-lattice ListenerName",
    ),
    refuses(
        "lattice-rule-is-not-called-by-an-id",
        &["CreateRule"],
        "the name of a rule does not begin with rule-",
        INVALID,
        |_, s| called(s, "rule-"),
        "botocore: vpc-lattice RuleName",
    ),
    refuses(
        "lattice-group-has-a-vpc",
        GROUPS,
        "a target group has a VPC, unless it is of a Lambda function, which has neither that nor a port, protocol or check",
        INVALID,
        |_, s| {
            let (kind, config) = (s.get("type").as_str()?, s.get("config"));
            let of_function = kind == "LAMBDA";
            let unfit = [
                "port",
                "protocol",
                "protocolVersion",
                "vpcIdentifier",
                "healthCheck",
            ]
            .iter()
            .find(|m| of_function && !config.get(m).is_null());
            if let Some(unfit) = unfit {
                return Some(format!(
                    "{unfit} is not supported for target groups of type LAMBDA"
                ));
            }
            let lacks = !of_function && config.get("vpcIdentifier").is_null();
            lacks.then(|| format!("vpcIdentifier is required for target groups of type {kind}"))
        },
        "botocore: vpc-lattice TargetGroupConfig",
    ),
    refuses(
        "lattice-vpc-is-there",
        GROUPS,
        "a target group's VPC is there",
        INVALID,
        |world, s| {
            let vpc = s.get("config").get("vpcIdentifier").as_str()?;
            let absent = !world.network.vpcs.iter().any(|known| known.id == vpc);
            absent.then(|| format!("The VPC {vpc} does not exist"))
        },
        "botocore: vpc-lattice TargetGroupConfig.vpcIdentifier",
    ),
    refuses(
        "lattice-family-of-addresses-alone",
        GROUPS,
        "a target group has an IP address type only where its targets are addresses",
        INVALID,
        |_, s| {
            let given = !s.get("config").get("ipAddressType").is_null();
            let unfit = given && s.get("type").as_str() != Some("IP");
            unfit
                .then(|| "ipAddressType is supported for target groups of type IP alone".to_owned())
        },
        "botocore: vpc-lattice TargetGroupConfig.ipAddressType",
    ),
    refuses(
        "lattice-no-check-of-load-balancers",
        GROUPS,
        "a target group of an Application Load Balancer has no health check",
        INVALID,
        |_, s| {
            let given = !s.get("config").get("healthCheck").is_null();
            let unfit = given && s.get("type").as_str() == Some("ALB");
            unfit.then(|| "healthCheck is not supported for target groups of type ALB".to_owned())
        },
        "botocore: vpc-lattice TargetGroupConfig.healthCheck",
    ),
    refuses(
        "lattice-checks-within-bounds",
        CHECKS,
        "a check's interval is 5 seconds or more and its thresholds 2 or more, or 0 for the default",
        INVALID,
        |_, s| {
            let bounds = [
                ("healthCheckIntervalSeconds", 5),
                ("healthyThresholdCount", 2),
                ("unhealthyThresholdCount", 2),
            ];
            let given = |m: &str| check(s).get(m).as_i64().filter(|n| *n != 0);
            let below = bounds
                .iter()
                .find(|(m, least)| given(m).is_some_and(|n| n < *least))?;
            Some(format!("{} must be {} or more", below.0, below.1))
        },
        "VPC Lattice user guide, Health checks for your VPC Lattice target groups",
    ),
    refuses(
        "lattice-check-of-grpc-says-how",
        GROUPS,
        "a check of targets that speak gRPC says by which version of HTTP",
        INVALID,
        |_, s| {
            let speaks = s.get("config").get("protocolVersion").as_str() == Some("GRPC");
            let checked = check(s).get("enabled").as_bool() == Some(true);
            let unsaid = check(s).get("protocolVersion").is_null();
            (speaks && checked && unsaid).then(|| {
                "The health check of a GRPC target group needs a protocolVersion".to_owned()
            })
        },
        "VPC Lattice user guide, Health checks for your VPC Lattice target groups",
    ),
    refuses(
        "lattice-several-groups-have-weights",
        FORWARDS,
        "each of several target groups of a forward has a weight",
        INVALID,
        |_, s| {
            let action = ["action", "defaultAction"].map(|key| s.get(key).get("forward"));
            let groups = action.iter().flat_map(|f| f.get("targetGroups").items());
            let groups: Vec<&Value> = groups.collect();
            let unsaid = groups.iter().any(|g| g.get("weight").is_null());
            (groups.len() > 1 && unsaid)
                .then(|| "A weight is required for each of several target groups".to_owned())
        },
        "botocore: vpc-lattice WeightedTargetGroup.weight",
    ),
    refuses(
        "lattice-tags-are-not-of-aws",
        TAGGED,
        "no tag's key begins with aws:",
        INVALID,
        |_, s| {
            let tags = s.get("tags").fields().iter();
            let own = tags
                .map(|(key, _)| key)
                .find(|key| key.starts_with("aws:"))?;
            Some(format!("The tag key {own} begins with aws:"))
        },
        "botocore: vpc-lattice TagMap",
    ),
    does(
        "lattice-one-service-a-group",
        FORWARDS,
        "a target group is used by one service alone (`ConflictException`), and named once in a forward; one of TCP behind listeners of TLS_PASSTHROUGH",
        "what_a_forward_may_not_name_is_refused",
        "VPC Lattice API reference, CreateTargetGroup; VPC Lattice user guide, TLS listeners",
    ),
    does(
        "lattice-names-are-once",
        &[
            "CreateTargetGroup",
            "CreateService",
            "CreateServiceNetwork",
            "CreateListener",
            "CreateRule",
        ],
        "names are once in the account, those of listeners in the service and those of rules in the listener, as are ports and priorities (`ConflictException`)",
        "names_ports_and_priorities_are_there_once",
        "VPC Lattice API reference, the requests' members",
    ),
    does(
        "lattice-tokens",
        &[
            "CreateTargetGroup",
            "CreateService",
            "CreateServiceNetwork",
            "CreateListener",
            "CreateRule",
        ],
        "a client token answers the same request as before, and refuses another (`ConflictException`)",
        "a_client_token_answers_once_and_refuses_another_request",
        "VPC Lattice API reference, the requests' clientToken",
    ),
    does(
        "lattice-quotas",
        &["CreateListener", "CreateRule"],
        "two listeners a service, ten rules a listener beside the default one, 500 target groups, 2,000 services, 50 service networks, 1,000 targets a target group (`ServiceQuotaExceededException`)",
        "a_third_listener_and_an_eleventh_rule_are_too_many",
        "VPC Lattice user guide, Quotas for Amazon VPC Lattice",
    ),
    does(
        "lattice-in-the-making",
        &[
            "DeleteTargetGroup",
            "RegisterTargets",
            "CreateListener",
            "CreateRule",
        ],
        "a target group is not used or deleted before its creation is over (`ConflictException`); that it takes three seconds is unverified",
        "a_target_group_in_the_making_is_not_used_yet",
        "VPC Lattice API reference, DeleteTargetGroup",
    ),
    does(
        "lattice-group-in-use",
        &["DeleteTargetGroup"],
        "a target group that a listener or a rule names, or that has targets, draining ones too, is not deleted (`ConflictException`)",
        "a_target_group_in_use_or_with_targets_is_not_deleted",
        "VPC Lattice API reference, DeleteTargetGroup; hashicorp/terraform-provider-aws, vpclattice_target_group (it waits for targets to drain)",
    ),
    does(
        "lattice-group-is-what-it-is",
        &["UpdateTargetGroup"],
        "of a target group the health check alone is changed",
        "the_check_of_a_target_group_is_changed_and_nothing_else",
        "botocore: vpc-lattice UpdateTargetGroupRequest",
    ),
    does(
        "lattice-default-rule",
        &["UpdateRule", "DeleteRule"],
        "the default rule is listed with the others, changed with its listener, and not deleted",
        "the_default_rule_is_changed_with_its_listener",
        "VPC Lattice API reference, UpdateRule, DeleteRule",
    ),
    does(
        "lattice-deletes-in-order",
        &["DeleteService", "DeleteServiceNetwork"],
        "a service in a network is not deleted, nor a network with anything in it (`ConflictException`); a service takes its listeners and rules along",
        "what_is_associated_is_not_deleted",
        "VPC Lattice API reference, DeleteService, DeleteServiceNetwork",
    ),
    does(
        "lattice-one-network-a-vpc",
        &["CreateServiceNetworkVpcAssociation"],
        "a VPC is in one service network at a time (`ConflictException`)",
        "what_is_associated_is_not_deleted",
        "VPC Lattice user guide, Manage VPC associations",
    ),
    does(
        "lattice-targets-of-the-family",
        &["RegisterTargets"],
        "targets of another family or kind than the group's are told as unsuccessful; the code of it is unverified",
        "targets_of_another_family_are_told_as_unsuccessful",
        "botocore: vpc-lattice RegisterTargetsResponse.unsuccessful",
    ),
    does(
        "lattice-health",
        &["ListTargets"],
        "targets are UNUSED until a listener or rule names their group, and from then on checked whatever its weight is; UNAVAILABLE where checks are off, which they are by default for all but HTTP1; one passed check makes a new target healthy, and draining takes a minute",
        "targets_are_checked_as_soon_as_a_rule_names_their_group_whatever_its_weight",
        "VPC Lattice user guide, Target groups, Health checks for your VPC Lattice target groups; VPC Lattice API reference, TargetSummary",
    ),
    does(
        "lattice-security-groups",
        &[],
        "a check passes where the task's security groups let in VPC Lattice's addresses or its prefix list, of the group's family. That ECS replaces tasks which VPC Lattice finds unhealthy is unverified",
        "a_task_that_does_not_let_lattice_in_is_unhealthy",
        "VPC Lattice user guide, Control traffic in VPC Lattice using security groups",
    ),
    does(
        "lattice-traffic",
        &[],
        "requests follow the weights of the first rule that they meet, and go to healthy targets alone: 503 where a group has none",
        "test_lattice_traffic_follows_the_weights",
        "VPC Lattice user guide, Health checks for your VPC Lattice target groups, Listener rules",
    ),
    does(
        "lattice-metrics",
        &[],
        "counts and times by target group and by service, by their ids, zeros as well, each minute from the first request on; RequestTime in milliseconds. That no minute without a request has a time, and that ids and not ARNs are the dimensions, is unverified",
        "test_lattice_metrics_are_told_by_target_group_in_milliseconds",
        "VPC Lattice user guide, CloudWatch metrics for Amazon VPC Lattice",
    ),
    lacks(
        "lattice-metrics-by-zone",
        &[],
        "metrics by Availability Zone, of connections, bytes and open requests, and which code a fixed response counts as",
        "nothing here reads them",
        "VPC Lattice user guide, CloudWatch metrics for Amazon VPC Lattice",
    ),
    lacks(
        "lattice-reasons",
        &["ListTargets"],
        "the code for why a target is as it is",
        "AWS publishes no list of them",
        "botocore: vpc-lattice TargetSummary.reasonCode",
    ),
    lacks(
        "lattice-clients",
        &[],
        "whether a client's VPC is associated and its security groups let it out, requests with headers of their own, and requests over HTTP to a service's name",
        "clients have no addresses here",
        "VPC Lattice user guide, Service networks",
    ),
    lacks(
        "lattice-acls",
        &[],
        "network ACLs between VPC Lattice and tasks",
        "it has no subnet of its own",
        "VPC Lattice user guide, Control traffic in VPC Lattice using security groups",
    ),
    lacks(
        "lattice-others",
        &[],
        "auth policies, access logs, sharing, resource configurations, domain verifications, BatchUpdateRule, UpdateService",
        "no service that ECS runs needs them to be asked",
        "VPC Lattice API reference",
    ),
];

fn called(input: &Value, prefix: &str) -> Option<String> {
    let name = input.get("name").as_str()?;
    let is = name.starts_with(prefix);
    is.then(|| format!("The name {name} cannot begin with {prefix}"))
}

/// The health check that a request brings.
fn check(input: &Value) -> &Value {
    match input.get("healthCheck") {
        Value::Null => input.get("config").get("healthCheck"),
        check => check,
    }
}
