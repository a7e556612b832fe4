//! Lists whose order AWS does not promise, in another one each time.
//!
//! What must not be here: lists whose order is documented or is the caller's own (actions, containers, events, revisions).

use crate::Value;

/// By the name of the member.
const UNORDERED: [&str; 33] = [
    // Elastic Load Balancing
    "LoadBalancers",
    "Listeners",
    "Rules",
    "TargetGroups",
    "LoadBalancerArns",
    "TagDescriptions",
    "Tags",
    "Attributes",
    "TargetHealthDescriptions",
    "AvailabilityZones",
    "SecurityGroups",
    // ECS
    "clusters",
    "clusterArns",
    "services",
    "serviceArns",
    "tasks",
    "taskArns",
    "tags",
    "failures",
    "deployments",
    "serviceRevisions",
    // Application Auto Scaling
    "ScalableTargets",
    "ScalingPolicies",
    "ScheduledActions",
    "Alarms",
    // EC2
    "vpcSet",
    "subnetSet",
    "securityGroupInfo",
    "securityGroupRuleSet",
    "routeTableSet",
    "internetGatewaySet",
    "networkInterfaceSet",
    "tagSet",
];

/// Shuffles every such list in an answer.
pub(super) fn shuffle(answer: &mut Value, draw: &mut impl FnMut() -> f64) {
    match answer {
        Value::Map(fields) => {
            for (name, value) in fields {
                shuffle(value, draw);
                if let Value::List(items) = value
                    && UNORDERED.contains(&name.as_str())
                {
                    mix(items, draw);
                }
            }
        }
        Value::List(items) => {
            for item in items {
                shuffle(item, draw);
            }
        }
        _ => {}
    }
}

fn mix(items: &mut [Value], draw: &mut impl FnMut() -> f64) {
    for last in (1..items.len()).rev() {
        let other = (draw() * (last + 1) as f64) as usize;
        items.swap(last, other.min(last));
    }
}
