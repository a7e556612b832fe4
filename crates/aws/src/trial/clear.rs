//! What is left of trials, found by name and tag, and deleted backwards.
//!
//! What belongs here: how each kind is found, and its deletion. What must not: whether anybody was asked (the command line's).
//!
//! Only what has the tag of a trial is found, and only what was found is deleted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{BY_TAG, DRIVEN_TAG, EXPIRES_TAG, PREFIX, Plot, RUN_TAG, items, text};
use crate::{Error, Kind as Sort};

/// The kinds of things, in the order in which they are deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An alarm.
    Alarm,
    /// A service's auto scaling, its policies with it.
    Scaling,
    /// A service, its tasks with it.
    Service,
    /// A load balancer, its listeners and rules with it.
    Balancer,
    /// A target group.
    TargetGroup,
    /// A revision of a task definition.
    Definition,
    /// A cluster.
    Cluster,
    /// A security group.
    Group,
    /// An internet gateway.
    Gateway,
    /// A subnet.
    Subnet,
    /// A route table, its routes with it.
    Table,
    /// A VPC.
    Vpc,
}

impl Kind {
    /// For people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Alarm => "alarm",
            Self::Scaling => "auto scaling of",
            Self::Service => "service",
            Self::Balancer => "load balancer",
            Self::TargetGroup => "target group",
            Self::Definition => "task definition",
            Self::Cluster => "cluster",
            Self::Group => "security group",
            Self::Gateway => "internet gateway",
            Self::Subnet => "subnet",
            Self::Table => "route table",
            Self::Vpc => "VPC",
        }
    }

    /// What has to be gone first: AWS would refuse, or make it again.
    fn after(self) -> &'static [Self] {
        match self {
            Self::Alarm | Self::Scaling | Self::Balancer => &[],
            Self::Service => &[Self::Scaling],
            Self::TargetGroup => &[Self::Balancer, Self::Service],
            Self::Definition | Self::Cluster => &[Self::Service],
            Self::Group | Self::Gateway | Self::Subnet => {
                &[Self::Balancer, Self::Service, Self::Cluster]
            }
            // A subnet's association goes with it.
            Self::Table => &[Self::Subnet],
            Self::Vpc => &[Self::Group, Self::Gateway, Self::Subnet, Self::Table],
        }
    }
}

/// Something that a trial left.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leftover {
    /// What it is.
    pub kind: Kind,
    /// As AWS names it in calls.
    pub id: String,
    /// What it lies in: a service's cluster, a gateway's VPC.
    pub within: Option<String>,
    /// The trial.
    pub run: String,
    /// When it may be deleted without asking; never, where the tag cannot be read.
    pub expires: Option<Timestamp>,
    /// Until when the trial counts as under way, by what is written on this.
    pub driven: Option<Timestamp>,
    /// Who began it.
    pub by: Option<String>,
}

impl Leftover {
    fn of(kind: Kind, id: String, within: Option<String>, tags: &Tags) -> Option<Self> {
        let run = tags.get(RUN_TAG)?.clone();
        let moment = |tag| tags.get(tag).and_then(|at| at.parse().ok());
        let (expires, driven) = (moment(EXPIRES_TAG), moment(DRIVEN_TAG));
        Some(Self {
            kind,
            id,
            within,
            run,
            expires,
            driven,
            by: tags.get(BY_TAG).cloned(),
        })
    }
}

/// What became of a deletion.
#[derive(Debug)]
pub enum Outcome {
    /// AWS took it; a look shows when it is done.
    Taken,
    /// Something is still in the way, or AWS was not reached: later.
    Later(Error),
    /// AWS refuses.
    Refused(Error),
}

type Tags = BTreeMap<String, String>;

/// A list's tags, under the names that a service gives to key and value.
fn tags(list: &Value, key: &str, value: &str) -> Tags {
    items(list)
        .map(|tag| (text(&tag[key]), text(&tag[value])))
        .collect()
}

/// Where EC2's answers have what is looked for.
const EC2: [(Kind, &str, &str, &str); 5] = [
    (
        Kind::Group,
        "ec2:DescribeSecurityGroups",
        "securityGroupInfo",
        "groupId",
    ),
    (
        Kind::Gateway,
        "ec2:DescribeInternetGateways",
        "internetGatewaySet",
        "internetGatewayId",
    ),
    (Kind::Subnet, "ec2:DescribeSubnets", "subnetSet", "subnetId"),
    (
        Kind::Table,
        "ec2:DescribeRouteTables",
        "routeTableSet",
        "routeTableId",
    ),
    (Kind::Vpc, "ec2:DescribeVpcs", "vpcSet", "vpcId"),
];

impl Plot {
    /// Everything that trials left in the region, in the order in which it is deleted.
    ///
    /// # Errors
    /// What AWS refuses: then nobody knows what is there.
    pub async fn leftovers(&self) -> Result<Vec<Leftover>, Error> {
        let mut found = self.alarms().await?;
        found.extend(self.scalings().await?);
        found.extend(self.clusters().await?);
        found.extend(self.balancers().await?);
        found.extend(self.definitions().await?);
        found.extend(self.networks().await?);
        found.sort();
        Ok(found)
    }

    /// Deletes one, unless something of `all` has to go first.
    pub async fn delete(&self, one: &Leftover, all: &[Leftover]) -> Option<Outcome> {
        let is_before =
            |other: &&Leftover| other.run == one.run && one.kind.after().contains(&other.kind);
        if all.iter().any(|other| is_before(&other)) {
            return None;
        }
        Some(match self.deleted(one).await {
            Ok(()) => Outcome::Taken,
            Err(error) => match error.kind() {
                Sort::Missing => Outcome::Taken,
                Sort::Denied | Sort::Credentials => Outcome::Refused(error),
                _ => Outcome::Later(error),
            },
        })
    }

    async fn deleted(&self, one: &Leftover) -> Result<(), Error> {
        let id = one.id.as_str();
        let within = one.within.as_deref().unwrap_or_default();
        let (call, asked) = match one.kind {
            Kind::Alarm => ("cloudwatch:DeleteAlarms", json!({ "AlarmNames": [id] })),
            Kind::Scaling => (
                "application-autoscaling:DeregisterScalableTarget",
                json!({
                    "ServiceNamespace": "ecs",
                    "ResourceId": id,
                    "ScalableDimension": "ecs:service:DesiredCount",
                }),
            ),
            Kind::Service => (
                "ecs:DeleteService",
                json!({ "cluster": within, "service": id, "force": true }),
            ),
            Kind::Balancer => (
                "elasticloadbalancing:DeleteLoadBalancer",
                json!({ "LoadBalancerArn": id }),
            ),
            Kind::TargetGroup => (
                "elasticloadbalancing:DeleteTargetGroup",
                json!({ "TargetGroupArn": id }),
            ),
            Kind::Definition => {
                // An active one has to be given up first; that takes no time.
                if within == "ACTIVE" {
                    let asked = json!({ "taskDefinition": id });
                    self.ask("ecs:DeregisterTaskDefinition", asked).await?;
                }
                (
                    "ecs:DeleteTaskDefinitions",
                    json!({ "taskDefinitions": [id] }),
                )
            }
            Kind::Cluster => ("ecs:DeleteCluster", json!({ "cluster": id })),
            Kind::Group => ("ec2:DeleteSecurityGroup", json!({ "GroupId": id })),
            Kind::Gateway => {
                if !within.is_empty() {
                    let asked = json!({ "InternetGatewayId": id, "VpcId": within });
                    self.ask("ec2:DetachInternetGateway", asked).await?;
                }
                (
                    "ec2:DeleteInternetGateway",
                    json!({ "InternetGatewayId": id }),
                )
            }
            Kind::Subnet => ("ec2:DeleteSubnet", json!({ "SubnetId": id })),
            Kind::Table => ("ec2:DeleteRouteTable", json!({ "RouteTableId": id })),
            Kind::Vpc => ("ec2:DeleteVpc", json!({ "VpcId": id })),
        };
        self.ask(call, asked).await.map(drop)
    }

    async fn alarms(&self) -> Result<Vec<Leftover>, Error> {
        let asked = json!({ "AlarmNamePrefix": PREFIX });
        let next = ("NextToken", "NextToken");
        let alarms = self
            .all("cloudwatch:DescribeAlarms", asked, "MetricAlarms", next)
            .await?;
        let mut found = Vec::new();
        for alarm in &alarms {
            let asked = json!({ "ResourceARN": alarm["AlarmArn"] });
            let answer = self.ask("cloudwatch:ListTagsForResource", asked).await?;
            let tags = tags(&answer["Tags"], "Key", "Value");
            found.extend(Leftover::of(
                Kind::Alarm,
                text(&alarm["AlarmName"]),
                None,
                &tags,
            ));
        }
        Ok(found)
    }

    async fn scalings(&self) -> Result<Vec<Leftover>, Error> {
        let asked = json!({ "ServiceNamespace": "ecs" });
        let call = "application-autoscaling:DescribeScalableTargets";
        let next = ("NextToken", "NextToken");
        let targets = self.all(call, asked, "ScalableTargets", next).await?;
        let ours = format!("service/{PREFIX}");
        let mut found = Vec::new();
        for target in &targets {
            let id = text(&target["ResourceId"]);
            if !id.starts_with(&ours) {
                continue;
            }
            let asked = json!({ "ResourceARN": target["ScalableTargetARN"] });
            let answer = self
                .ask("application-autoscaling:ListTagsForResource", asked)
                .await?;
            let named = answer["Tags"].as_object().into_iter().flatten();
            let tags = named.map(|(k, v)| (k.clone(), text(v))).collect();
            found.extend(Leftover::of(Kind::Scaling, id, None, &tags));
        }
        Ok(found)
    }

    /// Clusters and what runs in them.
    async fn clusters(&self) -> Result<Vec<Leftover>, Error> {
        let next = ("nextToken", "nextToken");
        let arns = self
            .all("ecs:ListClusters", json!({}), "clusterArns", next)
            .await?;
        let is_ours = |arn: &&Value| last(arn).starts_with(PREFIX);
        let ours: Vec<&Value> = arns.iter().filter(is_ours).collect();
        let mut found = Vec::new();
        for named in ours.chunks(100) {
            let asked = json!({ "clusters": named, "include": ["TAGS"] });
            let answer = self.ask("ecs:DescribeClusters", asked).await?;
            for cluster in items(&answer["clusters"]).filter(|c| c["status"] != "INACTIVE") {
                let tags = tags(&cluster["tags"], "key", "value");
                let name = text(&cluster["clusterName"]);
                if let Some(ours) = Leftover::of(Kind::Cluster, name.clone(), None, &tags) {
                    found.extend(self.services(&name).await?);
                    found.push(ours);
                }
            }
        }
        Ok(found)
    }

    async fn services(&self, cluster: &str) -> Result<Vec<Leftover>, Error> {
        let next = ("nextToken", "nextToken");
        let asked = json!({ "cluster": cluster });
        let arns = self
            .all("ecs:ListServices", asked, "serviceArns", next)
            .await?;
        let mut found = Vec::new();
        for named in arns.chunks(10) {
            let asked = json!({ "cluster": cluster, "services": named, "include": ["TAGS"] });
            let answer = self.ask("ecs:DescribeServices", asked).await?;
            // One that is gone is told of for a while.
            let there = items(&answer["services"]).filter(|s| s["status"] != "INACTIVE");
            found.extend(there.filter_map(|service| {
                let tags = tags(&service["tags"], "key", "value");
                let name = text(&service["serviceName"]);
                Leftover::of(Kind::Service, name, Some(cluster.to_owned()), &tags)
            }));
        }
        Ok(found)
    }

    /// Load balancers and target groups.
    async fn balancers(&self) -> Result<Vec<Leftover>, Error> {
        let next = ("NextMarker", "Marker");
        let mut found = Vec::new();
        for (kind, call, list, name, arn) in [
            (
                Kind::Balancer,
                "elasticloadbalancing:DescribeLoadBalancers",
                "LoadBalancers",
                "LoadBalancerName",
                "LoadBalancerArn",
            ),
            (
                Kind::TargetGroup,
                "elasticloadbalancing:DescribeTargetGroups",
                "TargetGroups",
                "TargetGroupName",
                "TargetGroupArn",
            ),
        ] {
            let all = self.all(call, json!({}), list, next).await?;
            let ours = all
                .iter()
                .filter(|one| text(&one[name]).starts_with(PREFIX));
            let ours: Vec<&Value> = ours.map(|one| &one[arn]).collect();
            for named in ours.chunks(20) {
                let asked = json!({ "ResourceArns": named });
                let answer = self.ask("elasticloadbalancing:DescribeTags", asked).await?;
                found.extend(items(&answer["TagDescriptions"]).filter_map(|one| {
                    let tags = tags(&one["Tags"], "Key", "Value");
                    Leftover::of(kind, text(&one["ResourceArn"]), None, &tags)
                }));
            }
        }
        Ok(found)
    }

    /// Task definitions, also those that were given up and not deleted.
    async fn definitions(&self) -> Result<Vec<Leftover>, Error> {
        let next = ("nextToken", "nextToken");
        let asked = json!({ "familyPrefix": PREFIX, "status": "ALL" });
        let families = self
            .all("ecs:ListTaskDefinitionFamilies", asked, "families", next)
            .await?;
        let mut found = Vec::new();
        for family in &families {
            for status in ["ACTIVE", "INACTIVE"] {
                let asked = json!({ "familyPrefix": family, "status": status });
                let call = "ecs:ListTaskDefinitions";
                for arn in self.all(call, asked, "taskDefinitionArns", next).await? {
                    let asked = json!({ "taskDefinition": arn, "include": ["TAGS"] });
                    let answer = self.ask("ecs:DescribeTaskDefinition", asked).await?;
                    let tags = tags(&answer["tags"], "key", "value");
                    let within = Some(status.to_owned());
                    found.extend(Leftover::of(Kind::Definition, text(&arn), within, &tags));
                }
            }
        }
        Ok(found)
    }

    async fn networks(&self) -> Result<Vec<Leftover>, Error> {
        let mut found = Vec::new();
        for (kind, call, list, id) in EC2 {
            let asked = json!({ "Filter": [{ "Name": "tag-key", "Value": [RUN_TAG] }] });
            let next = ("nextToken", "NextToken");
            let all = self.all(call, asked, list, next).await?;
            found.extend(all.iter().filter_map(|one| {
                let tags = tags(&one["tagSet"], "key", "value");
                let within = items(&one["attachmentSet"])
                    .next()
                    .map(|a| text(&a["vpcId"]));
                Leftover::of(kind, text(&one[id]), within, &tags)
            }));
        }
        Ok(found)
    }
}

/// The name at the end of an ARN.
fn last(arn: &Value) -> &str {
    let arn = arn.as_str().unwrap_or_default();
    arn.rsplit('/').next().unwrap_or(arn)
}
