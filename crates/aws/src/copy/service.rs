//! A service made again: its cluster, task definition, size, scaling and alarms.
//!
//! What belongs here: ECS's, Application Auto Scaling's and CloudWatch's documents as requests. What must not: what leads to it.

use serde_json::{Value, json};
use sixshift_core::{plan::Plan, twin::DEFINITION_SET_BY_AWS};

use super::{
    CopiedService, Copyist, Lack, Network, Service,
    machines::as_daemon,
    make::{picked, pruned},
};
use crate::{
    Error,
    asker::{items, text},
};

/// What a description of a service has, and making one takes.
const SERVICE: [&str; 15] = [
    "serviceName",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "deploymentConfiguration",
    "placementConstraints",
    "placementStrategy",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "schedulingStrategy",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "availabilityZoneRebalancing",
    "tags",
    "loadBalancers",
];
/// What AWS has no longer, and refuses in a task definition.
const GONE: &str = "inferenceAccelerators";
/// What a service has beside its load balancer that the copy does without.
const LEFT: [(&str, &str, &str); 2] = [
    ("serviceRegistries", "Cloud Map", "nobody finds it by name"),
    (
        "serviceConnectConfiguration",
        "Service Connect",
        "nobody reaches it there, and it reaches nobody",
    ),
];
/// AWS's own capacity providers, which every cluster may have.
const FARGATE: &str = "FARGATE";
const FARGATE_SPOT: &str = "FARGATE_SPOT";
/// A plan's alarm is copied where the region publishes what it watches.
const PUBLISHED: [&str; 2] = ["AWS/ApplicationELB", "AWS/ECS"];

impl Copyist {
    pub(super) async fn service(
        &mut self,
        service: &Service,
        plan: &Plan,
        network: &Network,
    ) -> Result<CopiedService, Error> {
        let image = self.definition(service).await?;
        let cluster =
            json!({ "clusterName": service.cluster, "capacityProviders": [FARGATE, FARGATE_SPOT] });
        self.ask("ecs:CreateCluster", &cluster).await?;
        self.machines(service, network).await?;
        let live = &service.document;
        let name = text(&live["serviceName"]);
        let mut wanted = picked(live, &SERVICE);
        wanted["cluster"] = service.cluster.clone().into();
        wanted["taskDefinition"] = live["taskDefinition"].clone();
        wanted["desiredCount"] = live["desiredCount"].as_u64().unwrap_or(1).max(1).into();
        if live["desiredCount"] == 0 && live["schedulingStrategy"] != "DAEMON" {
            self.lack(format!("{name}: that it has no task"), "the copy has one");
        }
        let propagated = live["propagateTags"].as_str().filter(|p| *p != "NONE");
        if let Some(from) = propagated {
            wanted["propagateTags"] = from.into();
        }
        // One of the two says where tasks run.
        let providers =
            items(&live["capacityProviderStrategy"]).map(|p| text(&p["capacityProvider"]));
        let mut of_others = providers.filter(|p| ![FARGATE, FARGATE_SPOT].contains(&p.as_str()));
        if let Some(provider) = of_others.next() {
            wanted["capacityProviderStrategy"] = Value::Null;
            wanted["launchType"] = "EC2".into();
            self.lack(
                format!("{name}: its capacity provider {provider}"),
                "there is always a machine with room for a task",
            );
        } else if wanted["capacityProviderStrategy"].is_array() {
            wanted["launchType"] = Value::Null;
        }
        let mut wanted = pruned(&wanted);
        as_daemon(&mut wanted);
        self.ask("ecs:CreateService", &wanted).await?;
        let primary = items(&live["deployments"]).find(|d| d["status"] == "PRIMARY");
        for (member, what, means) in LEFT {
            let told = [Some(live), primary]
                .into_iter()
                .flatten()
                .map(|of| pruned(&of[member]));
            if told.into_iter().any(|told| !told.is_null()) {
                self.lack(format!("{name}: {what}"), means);
            }
        }
        self.scaling(service, &name).await;
        let alarms = self.alarms(service, plan).await;
        Ok(CopiedService {
            plan: service.plan.clone(),
            path: format!("{}/{name}", service.cluster),
            image,
            routes: Vec::new(),
            alarms,
        })
    }

    /// Registers the task definition; gives the image that is the service.
    async fn definition(&mut self, service: &Service) -> Result<String, Error> {
        let mut wanted = service.definition.clone();
        if let Some(members) = wanted.as_object_mut() {
            members
                .retain(|name, _| !DEFINITION_SET_BY_AWS.contains(&name.as_str()) && name != GONE);
            // AWS takes no empty list of them.
            members.insert("tags".to_owned(), pruned(&service.definition_tags));
        }
        let family = text(&wanted["family"]);
        for volume in wanted["volumes"].as_array_mut().into_iter().flatten() {
            let name = text(&volume["name"]);
            let members = volume.as_object().into_iter().flatten();
            let kind = members
                .map(|(k, _)| k.clone())
                .find(|k| k != "name" && k != "host");
            if let Some(kind) = kind {
                *volume = json!({ "name": name });
                let what = format!("{family}: what the volume {name} holds ({kind})");
                self.lack(what, "it is empty, and is always mounted");
            }
        }
        let answer = self
            .ask("ecs:RegisterTaskDefinition", &pruned_json(&wanted))
            .await?;
        let arn = text(&answer["taskDefinition"]["taskDefinitionArn"]);
        self.names
            .add(&text(&service.definition["taskDefinitionArn"]), &arn);
        let reached = text(&service.document["loadBalancers"][0]["containerName"]);
        let containers = || items(&wanted["containerDefinitions"]);
        let behind = containers().find(|c| c["name"] == reached.as_str());
        let container = behind.or_else(|| containers().find(|c| c["essential"] != false));
        let means = match service.groups.is_empty() {
            false => {
                "the copy's tasks answer as the last day's figures have it, over IPv6 as over IPv4"
            }
            true => "the copy's tasks start and stay, over IPv6 as over IPv4",
        };
        self.lack(
            format!("{family}: its images, and what its code does"),
            means,
        );
        let roles = ["taskRoleArn", "executionRoleArn"]
            .iter()
            .any(|r| wanted[*r].is_string());
        let secrets =
            items(&wanted["containerDefinitions"]).any(|c| items(&c["secrets"]).next().is_some());
        if roles || secrets {
            self.lack(
                format!("{family}: roles' policies and secrets' values"),
                "everything is allowed, and found",
            );
        }
        Ok(container.map(|c| text(&c["image"])).unwrap_or_default())
    }

    async fn scaling(&mut self, service: &Service, name: &str) {
        if service.target.is_null() {
            return;
        }
        let members = [
            "ServiceNamespace",
            "ResourceId",
            "ScalableDimension",
            "MinCapacity",
            "MaxCapacity",
            "SuspendedState",
        ];
        let wanted = picked(&service.target, &members);
        let means = "the copy does not scale";
        let lack = || Lack::new(format!("{name}: auto scaling"), means);
        let call = "application-autoscaling:RegisterScalableTarget";
        if self.try_to(call, &wanted, lack).await.is_none() {
            return;
        }
        for policy in &service.policies {
            let members = [
                "PolicyName",
                "ServiceNamespace",
                "ResourceId",
                "ScalableDimension",
                "PolicyType",
                "StepScalingPolicyConfiguration",
                "TargetTrackingScalingPolicyConfiguration",
                "PredictiveScalingPolicyConfiguration",
            ];
            let policy_name = text(&policy["PolicyName"]);
            let lack = || {
                Lack::new(
                    format!("{name}: the policy {policy_name}"),
                    "the copy does not scale by it",
                )
            };
            let call = "application-autoscaling:PutScalingPolicy";
            let answer = self.try_to(call, &picked(policy, &members), lack).await;
            if let Some(answer) = answer {
                self.names
                    .add(&text(&policy["PolicyARN"]), &text(&answer["PolicyARN"]));
            }
        }
        for action in &service.scheduled {
            let members = [
                "ScheduledActionName",
                "ServiceNamespace",
                "ResourceId",
                "ScalableDimension",
                "Schedule",
                "Timezone",
                "StartTime",
                "EndTime",
                "ScalableTargetAction",
            ];
            let action_name = text(&action["ScheduledActionName"]);
            let lack = || {
                Lack::new(
                    format!("{name}: the scheduled action {action_name}"),
                    "it does not happen",
                )
            };
            let call = "application-autoscaling:PutScheduledAction";
            self.try_to(call, &picked(action, &members), lack).await;
        }
    }

    /// Makes the alarms that scale it and those of its plan; gives the plan's that are there.
    async fn alarms(&mut self, service: &Service, plan: &Plan) -> Vec<String> {
        const MEMBERS: [&str; 17] = [
            "AlarmName",
            "AlarmDescription",
            "MetricName",
            "Namespace",
            "Statistic",
            "ExtendedStatistic",
            "Dimensions",
            "Period",
            "Unit",
            "EvaluationPeriods",
            "DatapointsToAlarm",
            "Threshold",
            "ComparisonOperator",
            "TreatMissingData",
            "EvaluateLowSampleCountPercentile",
            "Metrics",
            "ThresholdMetricId",
        ];
        let mut there = Vec::new();
        for alarm in &service.alarms {
            let name = text(&alarm["AlarmName"]);
            let mut watched = items(&alarm["Metrics"])
                .map(|m| text(&m["MetricStat"]["Metric"]["Namespace"]))
                .chain([text(&alarm["Namespace"])])
                .filter(|n| !n.is_empty());
            if let Some(strange) = watched.find(|n| !PUBLISHED.contains(&n.as_str())) {
                let what = format!("the alarm {name}, which watches {strange}");
                self.lack(
                    what,
                    "nobody publishes that in the rehearsal, which does without the alarm",
                );
                continue;
            }
            let mut wanted = picked(alarm, &MEMBERS);
            let actions = items(&alarm["AlarmActions"]).map(text);
            let actions: Vec<String> = actions.filter(|arn| self.names.knows(arn)).collect();
            if !actions.is_empty() {
                wanted["AlarmActions"] = actions.into();
            }
            let lack = || Lack::new(format!("the alarm {name}"), "the rehearsal does without it");
            if self
                .try_to("cloudwatch:PutMetricAlarm", &wanted, lack)
                .await
                .is_some()
            {
                there.push(name);
            }
        }
        there.retain(|name| plan.health.alarms.contains(name));
        let told = |name: &&String| {
            service
                .alarms
                .iter()
                .any(|a| a["AlarmName"] == name.as_str())
        };
        for absent in plan.health.alarms.iter().filter(|name| !told(name)) {
            let what = format!("the alarm {absent}: it is composite, or not there");
            self.lack(what, "the rehearsal does without it");
        }
        there
    }
}

/// Without nulls: what a description does not have.
fn pruned_json(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().filter(|(_, v)| !v.is_null());
            Value::Object(members.map(|(k, v)| (k.clone(), pruned_json(v))).collect())
        }
        Value::Array(items) => items.iter().map(pruned_json).collect(),
        other => other.clone(),
    }
}
