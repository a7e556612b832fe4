//! What a trial makes, part by part. A part that is there already is found and left as it is.
//!
//! What belongs here: load balancer, routes, cluster, services, scaling, alarms. What must not: the network ([`super::network`]),
//! changes by hand ([`super::hand`]).

use serde_json::{Value, json};
use sixshift_core::names;

use super::{Place, Plot, Release, Role, Run, items, lacks, text};
use crate::Error;

/// The one container's name.
pub(super) const CONTAINER: &str = "web";
/// The port that it listens on.
const PORT: u32 = 80;

/// What a trial is made of, in the order in which it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// VPC, subnets, gateway, routes.
    Network,
    /// Security groups.
    Groups,
    /// The load balancer and its listener.
    Balancer,
    /// Target groups and rules.
    Routes,
    /// The cluster.
    Cluster,
    /// Task definitions and services.
    Services,
    /// Their auto scaling.
    Scaling,
    /// The alarms on their errors.
    Alarms,
}

impl Part {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Network,
        Self::Groups,
        Self::Balancer,
        Self::Routes,
        Self::Cluster,
        Self::Services,
        Self::Scaling,
        Self::Alarms,
    ];

    /// For people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Network => "a VPC with four subnets",
            Self::Groups => "two security groups",
            Self::Balancer => "a dual-stack load balancer with a listener",
            Self::Routes => "two target groups, a rule for each",
            Self::Cluster => "a cluster",
            Self::Services => "two services, of two tasks and of one",
            Self::Scaling => "their auto scaling",
            Self::Alarms => "an alarm on the errors of each",
        }
    }
}

/// Where the parts are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "ids and ARNs, by the names that AWS has for them"
)]
pub struct Site {
    pub vpc: String,
    pub dual_stack: Vec<String>,
    pub ipv6_only: Vec<String>,
    pub balancer_group: String,
    pub task_group: String,
    pub balancer: String,
    /// What its customers call it.
    pub dns_name: String,
    pub listener: String,
    pub cluster: String,
    pub through: Place,
    pub back: Place,
}

impl Site {
    /// Where a service's customers come in.
    #[must_use]
    pub fn place(&self, role: Role) -> &Place {
        match role {
            Role::Through => &self.through,
            Role::Back => &self.back,
        }
    }

    fn place_mut(&mut self, role: Role) -> &mut Place {
        match role {
            Role::Through => &mut self.through,
            Role::Back => &mut self.back,
        }
    }
}

impl Plot {
    /// Makes a part, or finds it.
    ///
    /// # Errors
    /// What AWS refuses. After one that is no refusal the part may be there: making it again finds it.
    pub async fn make(&self, run: &Run, part: Part, site: &mut Site) -> Result<(), Error> {
        match part {
            Part::Network => self.network(run, site).await,
            Part::Groups => self.groups(run, site).await,
            Part::Balancer => self.balancer(run, site).await,
            Part::Cluster => self.cluster(run, site).await,
            Part::Routes | Part::Services | Part::Scaling | Part::Alarms => {
                for role in Role::ALL {
                    self.part_of(run, role, part, site).await?;
                }
                Ok(())
            }
        }
    }

    /// A service's own.
    async fn part_of(
        &self,
        run: &Run,
        role: Role,
        part: Part,
        site: &mut Site,
    ) -> Result<(), Error> {
        match part {
            Part::Routes => self.route(run, role, site).await,
            Part::Services => self.service(run, role, site).await,
            Part::Scaling => self.scaling(run, role).await,
            Part::Alarms => self.alarm(run, role, site).await,
            Part::Network | Part::Groups | Part::Balancer | Part::Cluster => Ok(()),
        }
    }

    /// Whether everything answers: the load balancer is active, and as many targets are healthy as there are tasks.
    ///
    /// # Errors
    /// What AWS refuses.
    pub async fn answers(&self, site: &Site) -> Result<bool, Error> {
        let asked = json!({ "LoadBalancerArns": [site.balancer] });
        let found = self
            .ask("elasticloadbalancing:DescribeLoadBalancers", asked)
            .await?;
        let mut answers = found["LoadBalancers"][0]["State"]["Code"] == "active";
        for role in Role::ALL {
            let asked = json!({ "TargetGroupArn": site.place(role).target_group });
            let found = self
                .ask("elasticloadbalancing:DescribeTargetHealth", asked)
                .await?;
            let healthy = items(&found["TargetHealthDescriptions"])
                .filter(|target| target["TargetHealth"]["State"] == "healthy");
            answers &= healthy.count() >= role.tasks() as usize;
        }
        Ok(answers)
    }

    async fn balancer(&self, run: &Run, site: &mut Site) -> Result<(), Error> {
        // The same settings under the same name make nothing twice (botocore: elbv2 CreateLoadBalancer).
        let wanted = json!({
            "Name": run.name(),
            "Type": "application",
            "Scheme": "internet-facing",
            "IpAddressType": "dualstack",
            "Subnets": site.dual_stack,
            "SecurityGroups": [site.balancer_group],
            "Tags": run.tag_list("Key", "Value"),
        });
        let made = self
            .ask("elasticloadbalancing:CreateLoadBalancer", wanted)
            .await?;
        let balancer = &made["LoadBalancers"][0];
        site.balancer = text(&balancer["LoadBalancerArn"]);
        site.dns_name = text(&balancer["DNSName"]);
        let nobody =
            json!({ "StatusCode": "404", "ContentType": "text/plain", "MessageBody": "not here" });
        let wanted = json!({
            "LoadBalancerArn": site.balancer,
            "Protocol": "HTTP",
            "Port": PORT,
            "DefaultActions": [{ "Type": "fixed-response", "FixedResponseConfig": nobody }],
            "Tags": run.tag_list("Key", "Value"),
        });
        let made = self
            .ask("elasticloadbalancing:CreateListener", wanted)
            .await?;
        site.listener = text(&made["Listeners"][0]["ListenerArn"]);
        Ok(())
    }

    async fn route(&self, run: &Run, role: Role, site: &mut Site) -> Result<(), Error> {
        let tags = run.tag_list("Key", "Value");
        let wanted = json!({
            "Name": run.service(role),
            "Protocol": "HTTP",
            "Port": PORT,
            "VpcId": site.vpc,
            "TargetType": "ip",
            "IpAddressType": "ipv4",
            "HealthCheckPath": "/health",
            "HealthCheckIntervalSeconds": 10,
            "HealthCheckTimeoutSeconds": 5,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 2,
            "Tags": tags,
        });
        let made = self
            .ask("elasticloadbalancing:CreateTargetGroup", wanted)
            .await?;
        let target_group = text(&made["TargetGroups"][0]["TargetGroupArn"]);
        // What is asked here is answered at once: nobody has to be drained for five minutes.
        let wanted = json!({
            "TargetGroupArn": target_group,
            "Attributes": [{ "Key": "deregistration_delay.timeout_seconds", "Value": "15" }],
        });
        self.ask("elasticloadbalancing:ModifyTargetGroupAttributes", wanted)
            .await?;
        let asked = json!({ "ListenerArn": site.listener });
        let found = self
            .ask("elasticloadbalancing:DescribeRules", asked)
            .await?;
        let ours = items(&found["Rules"]).find(|rule| rule["Priority"] == role.priority());
        let rule = match ours {
            Some(rule) => text(&rule["RuleArn"]),
            None => {
                let paths = json!({ "Values": [format!("{}*", role.path())] });
                let groups = json!([{ "TargetGroupArn": target_group, "Weight": 1 }]);
                let wanted = json!({
                    "ListenerArn": site.listener,
                    "Priority": role.priority(),
                    "Conditions": [{ "Field": "path-pattern", "PathPatternConfig": paths }],
                    "Actions": [{ "Type": "forward", "ForwardConfig": { "TargetGroups": groups } }],
                    "Tags": tags,
                });
                let made = self.ask("elasticloadbalancing:CreateRule", wanted).await?;
                text(&made["Rules"][0]["RuleArn"])
            }
        };
        *site.place_mut(role) = Place { target_group, rule };
        Ok(())
    }

    async fn cluster(&self, run: &Run, site: &mut Site) -> Result<(), Error> {
        let wanted = json!({ "clusterName": run.name(), "tags": run.tag_list("key", "value") });
        let made = self.ask("ecs:CreateCluster", wanted).await?;
        site.cluster = text(&made["cluster"]["clusterArn"]);
        Ok(())
    }

    async fn service(&self, run: &Run, role: Role, site: &Site) -> Result<(), Error> {
        let asked = json!({ "cluster": run.name(), "services": [run.service(role)] });
        let found = self.ask("ecs:DescribeServices", asked).await?;
        if items(&found["services"]).any(|service| service["status"] == "ACTIVE") {
            return Ok(());
        }
        let definition = self.definition(run, role, Release::Good).await?;
        let network = json!({ "awsvpcConfiguration": {
            "subnets": site.dual_stack,
            "securityGroups": [site.task_group],
            "assignPublicIp": "ENABLED",
        } });
        let wanted = json!({
            "cluster": run.name(),
            "serviceName": run.service(role),
            "taskDefinition": definition,
            "desiredCount": role.tasks(),
            "launchType": "FARGATE",
            "healthCheckGracePeriodSeconds": 30,
            "loadBalancers": [{
                "targetGroupArn": site.place(role).target_group,
                "containerName": CONTAINER,
                "containerPort": PORT,
            }],
            "networkConfiguration": network,
            "propagateTags": "SERVICE",
            "tags": run.tag_list("key", "value"),
        });
        self.ask("ecs:CreateService", wanted).await.map(drop)
    }

    /// A task definition that runs a release; its ARN.
    pub(super) async fn definition(
        &self,
        run: &Run,
        role: Role,
        release: Release,
    ) -> Result<String, Error> {
        let wanted = json!({
            "family": run.service(role),
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [{
                "name": CONTAINER,
                "image": run.image,
                "essential": true,
                "portMappings": [{ "containerPort": PORT, "protocol": "tcp" }],
                "command": ["sh", "-c", release.command()],
                "environment": [{ "name": "SITE", "value": release.site() }],
            }],
            "tags": run.tag_list("key", "value"),
        });
        let made = self.ask("ecs:RegisterTaskDefinition", wanted).await?;
        let arn = made["taskDefinition"]["taskDefinitionArn"].as_str();
        let arn = arn.ok_or_else(|| lacks("ecs:RegisterTaskDefinition", "task definition"))?;
        Ok(arn.to_owned())
    }

    async fn scaling(&self, run: &Run, role: Role) -> Result<(), Error> {
        let of = |more: Value| {
            let mut wanted = json!({
                "ServiceNamespace": "ecs",
                "ResourceId": names::scaling_resource(&run.name(), &run.service(role)),
                "ScalableDimension": "ecs:service:DesiredCount",
            });
            if let (Value::Object(wanted), Value::Object(more)) = (&mut wanted, more) {
                wanted.extend(more);
            }
            wanted
        };
        let tasks = role.tasks();
        let bounds = json!({ "MinCapacity": tasks, "MaxCapacity": tasks * 2, "Tags": run.tags() });
        self.ask("application-autoscaling:RegisterScalableTarget", of(bounds))
            .await?;
        let policy = json!({
            "PolicyName": run.service(role),
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": 60.0,
                "PredefinedMetricSpecification": { "PredefinedMetricType": "ECSServiceAverageCPUUtilization" },
            },
        });
        self.ask("application-autoscaling:PutScalingPolicy", of(policy))
            .await
            .map(drop)
    }

    async fn alarm(&self, run: &Run, role: Role, site: &Site) -> Result<(), Error> {
        let target_group = &site.place(role).target_group;
        let dimensions = [
            ("LoadBalancer", names::metric_dimension(&site.balancer)),
            ("TargetGroup", names::metric_dimension(target_group)),
        ];
        let dimensions = dimensions.map(|(name, value)| json!({ "Name": name, "Value": value }));
        let wanted = json!({
            "AlarmName": run.service(role),
            "Namespace": "AWS/ApplicationELB",
            "MetricName": "HTTPCode_Target_5XX_Count",
            "Dimensions": dimensions,
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 2,
            "Threshold": 10.0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "Tags": run.tag_list("Key", "Value"),
        });
        self.ask("cloudwatch:PutMetricAlarm", wanted)
            .await
            .map(drop)
    }
}
