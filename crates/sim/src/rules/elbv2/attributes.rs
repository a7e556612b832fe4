//! Rules of attributes.

use super::does;
use crate::rules::Rule;

const GROUP: &[&str] = &["ModifyTargetGroupAttributes"];
const ANY: &[&str] = &[
    "ModifyTargetGroupAttributes",
    "ModifyLoadBalancerAttributes",
    "ModifyListenerAttributes",
];
const KEYS: &str = "botocore: elbv2 TargetGroupAttribute.Key";

pub(super) const RULES: &[Rule] = &[
    does(
        "elb-attribute-known",
        ANY,
        "a key that AWS does not have is `ValidationError`; one that this protocol, version or type does not have `InvalidConfigurationRequest`",
        "an_attribute_is_one_of_its_kind",
        "botocore: elbv2 TargetGroupAttribute, LoadBalancerAttribute, ListenerAttribute",
    ),
    does(
        "elb-attribute-domain",
        ANY,
        "every documented key takes what is documented for it, and nothing else: `InvalidConfigurationRequest`",
        "every_attribute_takes_its_default_and_refuses_what_is_outside_its_domain",
        "botocore: elbv2 TargetGroupAttribute, LoadBalancerAttribute, ListenerAttribute",
    ),
    does(
        "elb-target-stickiness-behind-several-groups",
        GROUP,
        "target stickiness is refused for a group in an action of several groups without group stickiness, of a rule or of a listener: `InvalidConfigurationRequest`",
        "target_stickiness_needs_group_stickiness_in_rules_and_listeners",
        "kubernetes-sigs/aws-load-balancer-controller#2734",
    ),
    does(
        "elb-anomaly-mitigation-needs-weighted-random",
        GROUP,
        "anomaly mitigation goes with `weighted_random` only: `InvalidConfigurationRequest`",
        "attributes_that_do_not_go_together_are_refused",
        KEYS,
    ),
    does(
        "elb-slow-start-needs-round-robin",
        GROUP,
        "slow start does not go with least outstanding requests or weighted random: `InvalidConfigurationRequest`",
        "attributes_that_do_not_go_together_are_refused",
        "ELB user guide, Edit target group attributes, Slow start mode",
    ),
    does(
        "elb-application-cookie-has-a-name",
        GROUP,
        "stickiness by an application's cookie names it, and not with AWSALB at its beginning: `InvalidConfigurationRequest`",
        "attributes_that_do_not_go_together_are_refused",
        KEYS,
    ),
    does(
        "elb-cross-zone-off-excludes-stickiness",
        GROUP,
        "with cross-zone load balancing off there is no target stickiness, and it is not turned off while a target has the zone `all`: `InvalidConfigurationRequest`",
        "cross_zone_is_not_turned_off_under_stickiness_or_targets_of_all_zones",
        "ELB user guide, Turn off cross-zone load balancing",
    ),
    does(
        "elb-logs-need-a-bucket",
        &["ModifyLoadBalancerAttributes"],
        "logs that are on name a bucket: `InvalidConfigurationRequest`",
        "attributes_that_do_not_go_together_are_refused",
        "botocore: elbv2 LoadBalancerAttribute.Key",
    ),
    does(
        "elb-datagram-groups-keep-the-client",
        GROUP,
        "groups of UDP and TCP_UDP preserve the client's address and do not end connections to unhealthy targets; a draining interval needs those not to be ended",
        "attributes_that_do_not_go_together_are_refused",
        KEYS,
    ),
];
