//! The permissions that a call needs: its own action, and those that AWS asks of the caller beside it.
//!
//! Sources: the service authorization reference (dependent actions, resource types, condition keys), "Grant permission to tag
//! resources on creation" and "Application Auto Scaling identity-based policies" of the services' guides. Where a page leaves
//! open what a call is judged by, the narrower reading counts here: a key that may not be there is not.

mod ec2;
mod lattice;
mod shelf;

use crate::services::{Service, ecs::tags_at};
use crate::{Value, world::World};

/// One permission.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Needed {
    /// The action, e.g. `ecs:TagResource`.
    pub(crate) action: String,
    /// The resource's ARN, `*` where the call is about none.
    pub(crate) resource: String,
    /// The keys that conditions can ask for; one that has several values is there several times.
    pub(crate) context: Vec<(String, String)>,
}

impl Needed {
    fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.context.push((key.to_owned(), value.into()));
        self
    }

    /// The tags that a request brings, or takes away.
    fn asking(self, tags: &[(String, String)]) -> Self {
        tags.iter().fold(self, |needed, (key, value)| {
            needed
                .with(&format!("aws:RequestTag/{key}"), value)
                .with("aws:TagKeys", key)
        })
    }

    /// The tags that the resource has.
    fn on<'a>(self, tags: impl IntoIterator<Item = &'a (String, String)>) -> Self {
        tags.into_iter().fold(self, |needed, (key, value)| {
            needed.with(&format!("aws:ResourceTag/{key}"), value)
        })
    }
}

/// Everything that a call needs.
pub(crate) fn of(world: &World, service: Service, op: &str, input: &Value) -> Vec<Needed> {
    if op == "GetCallerIdentity" {
        return Vec::new();
    }
    let own = format!("{}:{op}", prefix(service));
    match service {
        Service::Ecs => of_ecs(world, own, op, input),
        Service::Elbv2 => of_elbv2(world, own, op, input),
        Service::AutoScaling => of_scaling(world, own, op, input),
        Service::Sts => {
            let role = text(input, "RoleArn").unwrap_or_else(any);
            let id = text(input, "ExternalId");
            let needed = plain(own, role);
            vec![match id {
                Some(id) => needed.with("sts:ExternalId", id),
                None => needed,
            }]
        }
        Service::CloudWatch => {
            // Composite alarms are told only to whom everything is allowed, so reads are never narrowed.
            let mut names = input.get("AlarmNames").strings();
            names.extend(text(input, "AlarmName"));
            names.retain(|_| !is_read(op));
            let arn = |name: &String| world.arn("cloudwatch", &format!("alarm:{name}"));
            let mut all: Vec<Needed> = names.iter().map(|n| plain(own.as_str(), arn(n))).collect();
            if let (false, Some(one)) = (input.get("Tags").items().is_empty(), all.first()) {
                all.push(plain("cloudwatch:TagResource", one.resource.clone()));
            }
            if all.is_empty() {
                let tagged = text(input, "ResourceARN").filter(|_| op == "ListTagsForResource");
                all.push(plain(own, tagged.unwrap_or_else(any)));
            }
            all
        }
        Service::Ec2 => ec2::needed(world, &own, op, input),
        Service::Lattice => lattice::needed(world, &own, op, input),
        _ => shelf::needed(world, service, &own, op, input),
    }
}

fn any() -> String {
    "*".to_owned()
}

fn is_read(op: &str) -> bool {
    let mut reads = ["Describe", "List", "Get"].iter();
    reads.any(|prefix| op.starts_with(prefix))
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

fn text(input: &Value, key: &str) -> Option<String> {
    input.get(key).as_str().map(str::to_owned)
}

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn of_ecs(world: &World, own: String, op: &str, input: &Value) -> Vec<Needed> {
    let cluster = last(input.get("cluster").as_str().unwrap_or("default"));
    let service_arn = |name: &str| match name.starts_with("arn:") {
        true => name.to_owned(),
        false => world.arn("ecs", &format!("service/{cluster}/{name}")),
    };
    let in_cluster = |needed: Needed| {
        needed.with(
            "ecs:cluster",
            world.arn("ecs", &format!("cluster/{cluster}")),
        )
    };
    let named = |arn: String| {
        let (in_it, name) = of_service(&arn);
        let there = world.ecs.service(in_it.unwrap_or(cluster), name);
        // One that is older than long ARNs is judged by its short one.
        let arn = there.map_or(arn.clone(), |service| service.arn.clone());
        let needed = in_cluster(plain(own.clone(), arn));
        needed.on(there.iter().flat_map(|service| &service.tags))
    };
    let tags: Vec<(String, String)> = input.get("tags").items().iter().map(ecs_tag).collect();
    let mut all: Vec<Needed> = match op {
        "CreateService" => {
            let name = text(input, "serviceName").unwrap_or_else(any);
            vec![in_cluster(plain(own, service_arn(&name))).asking(&tags)]
        }
        "UpdateService" | "DeleteService" => {
            let name = text(input, "service").unwrap_or_else(any);
            vec![named(service_arn(&name))]
        }
        "DescribeServices" => each(input, "services", |name| named(service_arn(name))),
        "DescribeServiceRevisions" => {
            // The service that it is a revision of is asked for, too.
            let service = |arn: &str| {
                let arn = arn.replace(":service-revision/", ":service/");
                named(
                    arn.rsplit_once('/')
                        .map_or(any(), |(service, _)| service.to_owned()),
                )
            };
            let mut all = each(input, "serviceRevisionArns", |arn| plain(own.clone(), arn));
            all.extend(each(input, "serviceRevisionArns", service));
            all
        }
        "ListServiceDeployments" => {
            let name = text(input, "service").unwrap_or_else(any);
            vec![named(service_arn(&name))]
        }
        "DescribeServiceDeployments" => each(input, "serviceDeploymentArns", |arn| {
            in_cluster_of(world, plain(own.clone(), arn))
        }),
        "StopServiceDeployment" => {
            let arn = text(input, "serviceDeploymentArn").unwrap_or_else(any);
            vec![in_cluster_of(world, plain(own, arn))]
        }
        "DescribeTasks" => each(input, "tasks", |task| {
            let id = last(task);
            let arn = world.arn("ecs", &format!("task/{cluster}/{id}"));
            in_cluster(plain(own.clone(), arn))
        }),
        "UpdateTaskProtection" | "GetTaskProtection" => each(input, "tasks", |task| {
            let id = last(task);
            let arn = world.arn("ecs", &format!("task/{cluster}/{id}"));
            in_cluster(plain(own.clone(), arn))
        }),
        "RunTask" => {
            let named = input.get("taskDefinition").as_str();
            let definition = named.and_then(|t| world.ecs.task_definition(t));
            let arn = definition.map_or_else(any, |t| t.arn.clone());
            vec![in_cluster(plain(own, arn)).asking(&tags)]
        }
        "StopTask" => {
            let id = last(input.get("task").as_str().unwrap_or_default());
            let arn = world.arn("ecs", &format!("task/{cluster}/{id}"));
            vec![in_cluster(plain(own, arn))]
        }
        "ListTasks" | "ListServices" => vec![in_cluster(plain(own, any()))],
        "CreateCluster" => {
            let name = text(input, "clusterName").unwrap_or_else(|| "default".to_owned());
            let arn = world.arn("ecs", &format!("cluster/{name}"));
            vec![plain(own, arn).asking(&tags)]
        }
        "DeleteCluster" => {
            let arn = world.arn("ecs", &format!("cluster/{cluster}"));
            let there = world.ecs.cluster(Some(cluster));
            vec![plain(own, arn).on(there.iter().flat_map(|cluster| &cluster.tags))]
        }
        "DescribeClusters" => each(input, "clusters", |name| {
            plain(
                own.clone(),
                world.arn("ecs", &format!("cluster/{}", last(name))),
            )
        }),
        "DeleteTaskDefinitions" => each(input, "taskDefinitions", |name| {
            let revision = last(name);
            plain(
                own.clone(),
                world.arn("ecs", &format!("task-definition/{revision}")),
            )
        }),
        // The reference has named a resource type of late, the guides have not: only everything is surely enough.
        "RegisterTaskDefinition" => vec![plain(own, any()).asking(&tags)],
        "TagResource" => {
            let arn = text(input, "resourceArn").unwrap_or_else(any);
            let there = tags_at(world, &arn);
            vec![plain(own, arn).on(there).asking(&tags)]
        }
        _ => vec![plain(own, text(input, "resourceArn").unwrap_or_else(any))],
    };
    if op != "TagResource" && !tags.is_empty() {
        // What is run has no ARN yet.
        let resource = match op {
            "RunTask" => world.arn("ecs", &format!("task/{cluster}/*")),
            _ => all[0].resource.clone(),
        };
        // ECS, "Grant permission to tag resources on creation": the key names the call that makes the resource.
        let tag = plain("ecs:TagResource", resource).with("ecs:CreateAction", op);
        all.push(tag.asking(&tags));
    }
    if op == "RegisterTaskDefinition" {
        for key in ["taskRoleArn", "executionRoleArn"] {
            pass(input.get(key), "ecs-tasks.amazonaws.com", &mut all);
        }
    }
    if op == "RunTask" {
        let named = input.get("taskDefinition").as_str();
        let definition = named.and_then(|t| world.ecs.task_definition(t));
        for key in ["taskRoleArn", "executionRoleArn"] {
            let given = input.get("overrides").get(key);
            let of_definition = definition.map(|t| t.given.get(key));
            let role = Some(given).filter(|g| !g.is_null()).or(of_definition);
            pass(role.unwrap_or(given), "ecs-tasks.amazonaws.com", &mut all);
        }
    }
    if op == "CreateService" || op == "UpdateService" {
        for volume in input.get("volumeConfigurations").items() {
            let role = volume.get("managedEBSVolume").get("roleArn");
            pass(role, "ecs.amazonaws.com", &mut all);
        }
        for lattice in input.get("vpcLatticeConfigurations").items() {
            pass(lattice.get("roleArn"), "ecs.amazonaws.com", &mut all);
        }
        for balancer in input.get("loadBalancers").items() {
            let role = balancer.get("advancedConfiguration").get("roleArn");
            pass(role, "ecs.amazonaws.com", &mut all);
        }
    }
    all
}

/// With the cluster and the service that the ARN of a service deployment names.
fn in_cluster_of(world: &World, needed: Needed) -> Needed {
    let arn = needed.resource.clone();
    let mut parts = arn.rsplit('/').skip(1);
    let (Some(service), Some(cluster)) = (parts.next(), parts.next()) else {
        return needed;
    };
    needed
        .with(
            "ecs:cluster",
            world.arn("ecs", &format!("cluster/{cluster}")),
        )
        .with(
            "ecs:service",
            world.arn("ecs", &format!("service/{cluster}/{service}")),
        )
}

/// A permission for each that a list names.
fn each(input: &Value, key: &str, one: impl Fn(&str) -> Needed) -> Vec<Needed> {
    let names = input.get(key).strings();
    names.iter().map(|name| one(name)).collect()
}

/// Cluster and name of a service by its ARN; a short one has no cluster in it.
fn of_service(arn: &str) -> (Option<&str>, &str) {
    let mut parts = arn.rsplit('/');
    let name = parts.next().unwrap_or(arn);
    (parts.next().filter(|part| !part.contains(':')), name)
}

fn ecs_tag(tag: &Value) -> (String, String) {
    let part = |key| tag.get(key).as_str().unwrap_or_default().to_owned();
    (part("key"), part("value"))
}

fn pass(role: &Value, to: &str, all: &mut Vec<Needed>) {
    if let Some(role) = role.as_str() {
        all.push(plain("iam:PassRole", role).with("iam:PassedToService", to));
    }
}

fn of_elbv2(world: &World, own: String, op: &str, input: &Value) -> Vec<Needed> {
    let tags: Vec<(String, String)> = input.get("Tags").items().iter().map(elb_tag).collect();
    let mut all = if is_read(op) {
        vec![plain(own, any())]
    } else if op.starts_with("Create") {
        // What is made has no ARN yet; a target group's begins with its name.
        let name = text(input, "Name").filter(|_| op == "CreateTargetGroup");
        let name = name.map(|name| format!("targetgroup/{name}/*"));
        let resource = name.map_or(any(), |n| world.arn("elasticloadbalancing", &n));
        // A rule is made in a listener, which is what CreateRule is about (service authorization reference: listener/app,
        // listener/net); its own ARN begins with the listener's.
        let listener = text(input, "ListenerArn").filter(|_| op == "CreateRule");
        let (about, resource) = match listener {
            Some(arn) => {
                let rule = arn.replacen(":listener/", ":listener-rule/", 1);
                (arn, format!("{rule}/*"))
            }
            None => (resource.clone(), resource),
        };
        let mut all = vec![plain(own, about).asking(&tags)];
        if !tags.is_empty() {
            let tag = plain("elasticloadbalancing:AddTags", resource);
            let tag = tag.with("elasticloadbalancing:CreateAction", op);
            all.push(tag.asking(&tags));
        }
        all
    } else {
        changed(world, &own, input, &tags)
    };
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
    all
}

/// What a call changes that is there: one permission for each ARN.
fn changed(world: &World, own: &str, input: &Value, tags: &[(String, String)]) -> Vec<Needed> {
    let mut arns = input.get("ResourceArns").strings();
    let keys = [
        "RuleArn",
        "ListenerArn",
        "TargetGroupArn",
        "LoadBalancerArn",
    ];
    arns.extend(keys.iter().find_map(|key| text(input, key)));
    if arns.is_empty() {
        arns.push(any());
    }
    let removed = input.get("TagKeys").strings();
    let judged = |arn: String| {
        let has = world.elb.tags(&arn);
        let needed = plain(own, arn.as_str()).on(has).asking(tags);
        let keys = removed.iter();
        keys.fold(needed, |needed, key| needed.with("aws:TagKeys", key))
    };
    arns.into_iter().map(judged).collect()
}

fn elb_tag(tag: &Value) -> (String, String) {
    let part = |key| tag.get(key).as_str().unwrap_or_default().to_owned();
    (part("Key"), part("Value"))
}

fn of_scaling(world: &World, own: String, op: &str, input: &Value) -> Vec<Needed> {
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
    let mut all = vec![match op {
        "ListTagsForResource" => plain(own, text(input, "ResourceARN").unwrap_or_else(any)),
        _ if is_read(op) => plain(own, any()),
        _ => {
            // One that is not there yet has an id that nobody can know.
            let new = || world.arn("application-autoscaling", "scalable-target/*");
            let arn = target.map_or_else(new, |t| t.arn.clone());
            let of = |key| input.get(key).as_str().unwrap_or_default();
            let prefix = "application-autoscaling";
            plain(own, arn)
                .with(
                    &format!("{prefix}:service-namespace"),
                    of("ServiceNamespace"),
                )
                .with(
                    &format!("{prefix}:scalable-dimension"),
                    of("ScalableDimension"),
                )
        }
    }];
    match op {
        "RegisterScalableTarget" => {
            all.push(plain("ecs:DescribeServices", service.clone()));
            all.push(plain("ecs:UpdateService", service));
            if !input.get("Tags").fields().is_empty() {
                let arn = all[0].resource.clone();
                all.push(plain("application-autoscaling:TagResource", arn));
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
    all
}

/// The role in whose name Application Auto Scaling changes services; the first target of an account makes it.
pub(crate) const SCALING_ROLE: &str = "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService";
