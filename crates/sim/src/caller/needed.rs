//! The permissions that a call needs: its own action, and those that AWS asks of the caller beside it.
//!
//! Sources: the service authorization reference (dependent actions), "Grant permission to tag resources on creation" and
//! "Application Auto Scaling identity-based policies" of the services' guides.

use crate::services::Service;
use crate::{Value, world::World};

/// One permission.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Needed {
    /// The action, e.g. `ecs:TagResource`.
    pub(crate) action: String,
    /// The resource's ARN, `*` where the call is about none.
    pub(crate) resource: String,
    /// The keys that conditions can ask for.
    pub(crate) context: Vec<(&'static str, String)>,
}

/// Everything that a call needs.
pub(crate) fn of(world: &World, service: Service, op: &str, input: &Value) -> Vec<Needed> {
    if op == "GetCallerIdentity" {
        return Vec::new();
    }
    let own = format!("{}:{op}", prefix(service));
    let mut all = vec![plain(own, about(world, service, op, input))];
    match service {
        Service::Ecs => of_ecs(op, input, &mut all),
        Service::Elbv2 => of_elbv2(op, input, &mut all),
        Service::AutoScaling => of_scaling(world, op, input, &mut all),
        Service::Sts => {
            let id = text(input, "ExternalId").map(|id| ("sts:ExternalId", id));
            all[0].context.extend(id);
        }
        Service::CloudWatch | Service::Ec2 => {}
    }
    all
}

fn prefix(service: Service) -> &'static str {
    match service {
        Service::CloudWatch => "cloudwatch",
        other => other.signing_name(),
    }
}

fn plain(action: impl Into<String>, resource: impl Into<String>) -> Needed {
    Needed {
        action: action.into(),
        resource: resource.into(),
        context: Vec::new(),
    }
}

/// The resource that an action is about. Where a call names none, or several, a policy has to allow all.
fn about(world: &World, service: Service, op: &str, input: &Value) -> String {
    let named = match service {
        Service::Ecs if op.ends_with("Service") => {
            let cluster = last(input.get("cluster").as_str().unwrap_or("default"));
            let name = input.get("serviceName").as_str();
            let name = name.or_else(|| input.get("service").as_str()).map(last);
            name.map(|name| world.arn("ecs", &format!("service/{cluster}/{name}")))
        }
        Service::Ecs => text(input, "resourceArn"),
        Service::Elbv2 => [
            "RuleArn",
            "ListenerArn",
            "TargetGroupArn",
            "LoadBalancerArn",
        ]
        .iter()
        .find_map(|key| text(input, key))
        .or_else(|| input.get("ResourceArns").strings().into_iter().next()),
        Service::Sts => text(input, "RoleArn"),
        Service::CloudWatch => {
            let alarm = text(input, "AlarmName");
            alarm.map(|name| world.arn("cloudwatch", &format!("alarm:{name}")))
        }
        Service::AutoScaling | Service::Ec2 => None,
    };
    // Reads of these services are not narrowed by resource.
    let reads = ["Describe", "List", "Get"]
        .iter()
        .any(|p| op.starts_with(p));
    named.filter(|_| !reads).unwrap_or_else(|| "*".to_owned())
}

fn text(input: &Value, key: &str) -> Option<String> {
    input.get(key).as_str().map(str::to_owned)
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn of_ecs(op: &str, input: &Value, all: &mut Vec<Needed>) {
    if op != "TagResource" && !input.get("tags").items().is_empty() {
        let resource = all[0].resource.clone();
        let mut tag = plain("ecs:TagResource", resource);
        // ECS, "Grant permission to tag resources on creation": the key names the call that makes the resource.
        tag.context.push(("ecs:CreateAction", op.to_owned()));
        all.push(tag);
    }
    if op == "RegisterTaskDefinition" {
        for key in ["taskRoleArn", "executionRoleArn"] {
            pass(input.get(key), "ecs-tasks.amazonaws.com", all);
        }
    }
    if op == "CreateService" || op == "UpdateService" {
        for volume in input.get("volumeConfigurations").items() {
            let role = volume.get("managedEBSVolume").get("roleArn");
            pass(role, "ecs.amazonaws.com", all);
        }
        for lattice in input.get("vpcLatticeConfigurations").items() {
            pass(lattice.get("roleArn"), "ecs.amazonaws.com", all);
        }
        for balancer in input.get("loadBalancers").items() {
            let role = balancer.get("advancedConfiguration").get("roleArn");
            pass(role, "ecs.amazonaws.com", all);
        }
    }
}

fn pass(role: &Value, to: &str, all: &mut Vec<Needed>) {
    if let Some(role) = role.as_str() {
        all.push(Needed {
            context: vec![("iam:PassedToService", to.to_owned())],
            ..plain("iam:PassRole", role)
        });
    }
}

fn of_elbv2(op: &str, input: &Value, all: &mut Vec<Needed>) {
    if op.starts_with("Create") && !input.get("Tags").items().is_empty() {
        // What is made has no ARN yet: by its kind.
        all.push(plain("elasticloadbalancing:AddTags", "*"));
    }
    let routes = op.ends_with("Rule") || op.ends_with("Listener");
    let actions = ["Actions", "DefaultActions"]
        .into_iter()
        .flat_map(|key| input.get(key).items());
    for action in actions.filter(|_| routes) {
        if action.get("Type").as_str() == Some("authenticate-cognito") {
            let pool = action.get("AuthenticateCognitoConfig").get("UserPoolArn");
            all.push(plain(
                "cognito-idp:DescribeUserPoolClient",
                pool.as_str().unwrap_or("*"),
            ));
        }
    }
}

fn of_scaling(world: &World, op: &str, input: &Value, all: &mut Vec<Needed>) {
    let resource = input.get("ResourceId").as_str().unwrap_or_default();
    let service = world.arn("ecs", resource);
    let alarms = |action: &str| {
        let name = format!("alarm:TargetTracking-{resource}-any");
        plain(
            format!("cloudwatch:{action}"),
            world.arn("cloudwatch", &name),
        )
    };
    let target = world.scaling.target(resource);
    let has_policies = target.is_some_and(|t| !t.policies.is_empty());
    match op {
        "RegisterScalableTarget" => {
            all.push(plain("ecs:DescribeServices", service.clone()));
            all.push(plain("ecs:UpdateService", service));
            if !input.get("Tags").fields().is_empty() {
                all.push(plain("application-autoscaling:TagResource", "*"));
            }
            if world.scaling.is_empty() {
                let role = world.arn("iam", SCALING_ROLE);
                all.push(plain("iam:CreateServiceLinkedRole", role));
            }
        }
        "PutScalingPolicy" => {
            all.push(plain("cloudwatch:DescribeAlarms", "*"));
            if input.get("PolicyType").as_str() == Some("TargetTrackingScaling") {
                all.push(alarms("PutMetricAlarm"));
            }
        }
        "DeleteScalingPolicy" | "DeregisterScalableTarget" if has_policies => {
            all.push(alarms("DeleteAlarms"));
        }
        _ => {}
    }
}

/// The role in whose name Application Auto Scaling changes services; the first target of an account makes it.
pub(crate) const SCALING_ROLE: &str = "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService";
