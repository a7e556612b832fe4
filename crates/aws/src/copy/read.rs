//! Reading the original: each plan's service, what leads to it, what scales and watches it, and its VPC whole.
//!
//! What belongs here: the order of the questions. What must not: a call that changes something ([`Reader`] refuses it).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use sixshift_core::{
    names::{scaling_resource, target_group},
    plan::Plan,
};

use super::{Balancer, Group, Lack, Network, Original, READS, Service, day, standing};
use crate::{
    Error, Hands,
    asker::{Asker, items, lacks, text},
    role::Role,
};

/// What pages are called in ELB's, CloudWatch's and Application Auto Scaling's answers and in EC2's.
const MARKER: (&str, &str) = ("NextMarker", "Marker");
const TOKEN: (&str, &str) = ("NextToken", "NextToken");
pub(super) const EC2_TOKEN: (&str, &str) = ("nextToken", "NextToken");

/// Asks AWS, and refuses to change anything.
pub(super) struct Reader(Asker);

impl Reader {
    pub(super) async fn ask(&self, call: &'static str, input: Value) -> Result<Value, Error> {
        refuse_writes(call)?;
        self.0.ask(call, input).await
    }

    pub(super) async fn all(
        &self,
        call: &'static str,
        input: Value,
        list: &str,
        pages: (&str, &str),
    ) -> Result<Vec<Value>, Error> {
        refuse_writes(call)?;
        self.0.all(call, input, list, pages).await
    }
}

fn refuse_writes(call: &'static str) -> Result<(), Error> {
    if READS.contains(&call) {
        return Ok(());
    }
    Err(Error::Build {
        operation: call,
        source: "the live side is read alone".into(),
    })
}

/// Why a service cannot be copied.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum NotRead {
    #[error(transparent)]
    Aws(#[from] Error),
    #[error(
        "the service {service} is not active in the cluster {cluster}: there is nothing to rehearse; look at spec.service"
    )]
    NoService { cluster: String, service: String },
    #[error(
        "the service {service} has no target group, and its plan shifts by weights; without a load balancer it is moved in place: shift.via: inPlace"
    )]
    NoTargetGroup { service: String },
    #[error(
        "the plan moves the tasks of {service} some at a time, by what becomes of their work, and nobody gives a copy any: `sixshift plan` shows every call; what is rehearsed is weights, and in place"
    )]
    ByTasks { service: String },
    #[error(
        "a load balancer of the type {kind} leads to it; what is rehearsed is a service behind an Application Load Balancer, or one without any"
    )]
    OtherBalancer { kind: String },
    #[error(
        "none of the subnets of the service {service} and of its plan is there; look at spec.ipv6.subnets"
    )]
    NoSubnet { service: String },
    #[error(
        "the service {service} stands in the plan's subnets already, and no note says what ran before: there is nothing to rehearse"
    )]
    Moved { service: String },
}

impl Hands {
    /// Reads what a copy of some plans' services needs; all of them of one region and role. Those of a VPC are one original,
    /// in their order.
    ///
    /// # Errors
    /// What cannot be done without could not be read.
    pub async fn originals(
        &self,
        plans: Vec<Plan>,
        now: Timestamp,
    ) -> Result<Vec<(Vec<Plan>, Original)>, NotRead> {
        let Some(first) = plans.first() else {
            return Ok(Vec::new());
        };
        let role = Role::of(&first.service);
        let region = first.service.region.clone();
        let reader = Reader(Asker::new(self, &region, role.as_ref()).await);
        let mut parts: Vec<(String, Vec<Plan>, Original)> = Vec::new();
        for plan in plans {
            let mut lacks = Vec::new();
            let service = service(&reader, &plan, &mut lacks).await?;
            let vpc = standing::vpc(&reader, &plan, &service).await?;
            let place = parts.iter().position(|(known, ..)| *known == vpc);
            let place = place.unwrap_or_else(|| {
                let original = Original {
                    region: region.clone(),
                    ..Original::default()
                };
                parts.push((vpc, Vec::new(), original));
                parts.len() - 1
            });
            let (_, plans, original) = &mut parts[place];
            if let Some(account) = text(&service.document["serviceArn"]).split(':').nth(4) {
                account.clone_into(&mut original.account);
            }
            original.lacks.extend(lacks);
            original.services.push(service);
            plans.push(plan);
        }
        let mut whole = Vec::new();
        for (vpc, plans, mut original) in parts {
            around(&reader, &plans, &mut original, &vpc, now).await?;
            whole.push((plans, original));
        }
        Ok(whole)
    }
}

/// What services of a VPC have around them.
async fn around(
    reader: &Reader,
    plans: &[Plan],
    original: &mut Original,
    vpc: &str,
    now: Timestamp,
) -> Result<(), NotRead> {
    let services = original.services.iter();
    let own: Vec<String> = services.flat_map(|s| s.groups.clone()).collect();
    if !own.is_empty() {
        balancers(reader, original, &own).await?;
    }
    original.network = network(reader, vpc, &mut original.lacks).await?;
    days(reader, plans, original, now).await;
    drop_twins(plans, original);
    Ok(())
}

/// What a read that can be done without says, or nothing.
fn or_lack<T: Default>(
    read: Result<T, Error>,
    what: &str,
    means: &str,
    lacks: &mut Vec<Lack>,
) -> T {
    read.unwrap_or_else(|error| {
        lacks.push(Lack::new(format!("{what} (not read: {error})"), means));
        T::default()
    })
}

async fn service(reader: &Reader, plan: &Plan, lack: &mut Vec<Lack>) -> Result<Service, NotRead> {
    let (cluster, name) = (&plan.service.cluster, &plan.service.name);
    let asked = json!({ "cluster": cluster, "services": [name], "include": ["TAGS"] });
    let found = reader.ask("ecs:DescribeServices", asked).await?;
    let live = items(&found["services"]).find(|s| s["status"] == "ACTIVE");
    let Some(mut document) = live.cloned() else {
        return Err(NotRead::NoService {
            cluster: cluster.clone(),
            service: name.clone(),
        });
    };
    standing::as_before(reader, plan, &mut document, lack).await?;
    let asked = json!({ "taskDefinition": document["taskDefinition"], "include": ["TAGS"] });
    let found = reader.ask("ecs:DescribeTaskDefinition", asked).await?;
    let deployments = items(&document["deployments"]);
    let lattice = deployments.flat_map(|d| items(&d["vpcLatticeConfigurations"]));
    if lattice.count() > 0 {
        return Err(NotRead::OtherBalancer {
            kind: "VPC Lattice".to_owned(),
        });
    }
    let groups = items(&document["loadBalancers"]).map(|b| text(&b["targetGroupArn"]));
    let groups: Vec<String> = groups.filter(|arn| !arn.is_empty()).collect();
    if plan.has_lone_twin() {
        return Err(NotRead::ByTasks {
            service: name.clone(),
        });
    }
    if groups.is_empty() && plan.in_place().is_none() {
        return Err(NotRead::NoTargetGroup {
            service: name.clone(),
        });
    }
    let resource = scaling_resource(cluster, name);
    let scaling = scaling(reader, &resource).await;
    let means = "the copy does not scale: its size stays as it is";
    let scaling = or_lack(scaling, &format!("{name}: auto scaling"), means, lack);
    let Scaling {
        target,
        policies,
        scheduled,
    } = scaling;
    let stepped = policies.iter().flat_map(|p| items(&p["Alarms"]));
    let drivers = stepped.map(|a| text(&a["AlarmName"]));
    // A tracking policy makes its own.
    let drivers = drivers.filter(|alarm| !alarm.starts_with("TargetTracking-"));
    let wanted: BTreeSet<String> = drivers.chain(plan.health.alarms.iter().cloned()).collect();
    let alarms = alarms(reader, &wanted).await;
    let means = "nothing alarms in the rehearsal";
    let alarms = or_lack(alarms, &format!("{name}: alarms"), means, lack);
    Ok(Service {
        plan: plan.name.clone(),
        cluster: cluster.clone(),
        definition: found["taskDefinition"].clone(),
        definition_tags: found["tags"].clone(),
        target,
        policies,
        scheduled,
        alarms,
        groups,
        document,
        day: day::Day::default(),
    })
}

#[derive(Default)]
struct Scaling {
    target: Value,
    policies: Vec<Value>,
    scheduled: Vec<Value>,
}

async fn scaling(reader: &Reader, resource: &str) -> Result<Scaling, Error> {
    let targets = json!({ "ServiceNamespace": "ecs", "ResourceIds": [resource] });
    let call = "application-autoscaling:DescribeScalableTargets";
    let targets = reader.all(call, targets, "ScalableTargets", TOKEN).await?;
    let Some(target) = targets.into_iter().next() else {
        return Ok(Scaling::default());
    };
    let asked = json!({ "ServiceNamespace": "ecs", "ResourceId": resource });
    let call = "application-autoscaling:DescribeScalingPolicies";
    let policies = reader
        .all(call, asked.clone(), "ScalingPolicies", TOKEN)
        .await?;
    let call = "application-autoscaling:DescribeScheduledActions";
    let scheduled = reader.all(call, asked, "ScheduledActions", TOKEN).await?;
    Ok(Scaling {
        target,
        policies,
        scheduled,
    })
}

async fn alarms(reader: &Reader, names: &BTreeSet<String>) -> Result<Vec<Value>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let asked = json!({ "AlarmNames": names, "AlarmTypes": ["MetricAlarm"] });
    reader
        .all("cloudwatch:DescribeAlarms", asked, "MetricAlarms", TOKEN)
        .await
}

/// The load balancers that lead to some target groups, and the groups that stand beside these in a forward.
async fn balancers(
    reader: &Reader,
    original: &mut Original,
    own: &[String],
) -> Result<(), NotRead> {
    let groups = groups(reader, own).await?;
    let balancers = groups.iter().flat_map(|g| items(&g["LoadBalancerArns"]));
    let balancers: BTreeSet<String> = balancers.map(text).collect();
    let call = "elasticloadbalancing:DescribeLoadBalancers";
    let asked = json!({ "LoadBalancerArns": balancers });
    let found = reader.all(call, asked, "LoadBalancers", MARKER).await?;
    let mut beside = BTreeSet::new();
    for document in found {
        if document["Type"] != "application" {
            return Err(NotRead::OtherBalancer {
                kind: text(&document["Type"]),
            });
        }
        let asked = json!({ "LoadBalancerArn": document["LoadBalancerArn"] });
        let call = "elasticloadbalancing:DescribeListeners";
        let mut listeners = Vec::new();
        for listener in reader.all(call, asked, "Listeners", MARKER).await? {
            let asked = json!({ "ListenerArn": listener["ListenerArn"] });
            let call = "elasticloadbalancing:DescribeRules";
            let rules = reader.all(call, asked, "Rules", MARKER).await?;
            for rule in &rules {
                let named = forwarded(&rule["Actions"]);
                if named.iter().any(|arn| own.contains(arn)) {
                    beside.extend(named.into_iter().filter(|arn| !own.contains(arn)));
                }
            }
            listeners.push((listener, rules));
        }
        original.balancers.push(Balancer {
            document,
            listeners,
        });
    }
    let beside: Vec<String> = beside.into_iter().collect();
    let beside = self::groups(reader, &beside).await?;
    for document in groups.into_iter().chain(beside) {
        let arn = json!({ "TargetGroupArn": document["TargetGroupArn"] });
        let call = "elasticloadbalancing:DescribeTargetGroupAttributes";
        let attributes = reader.ask(call, arn.clone()).await?["Attributes"].clone();
        let is_own = own
            .iter()
            .any(|own| document["TargetGroupArn"] == own.as_str());
        let mut targets = Vec::new();
        if !is_own {
            let call = "elasticloadbalancing:DescribeTargetHealth";
            let health = reader.ask(call, arn).await?;
            targets.extend(items(&health["TargetHealthDescriptions"]).map(|t| t["Target"].clone()));
        }
        original.groups.push(Group {
            document,
            attributes,
            targets,
        });
    }
    Ok(())
}

async fn groups(reader: &Reader, arns: &[String]) -> Result<Vec<Value>, Error> {
    if arns.is_empty() {
        return Ok(Vec::new());
    }
    let asked = json!({ "TargetGroupArns": arns });
    let call = "elasticloadbalancing:DescribeTargetGroups";
    reader.all(call, asked, "TargetGroups", MARKER).await
}

/// The target groups that actions forward to.
pub(super) fn forwarded(actions: &Value) -> Vec<String> {
    let each = items(actions).flat_map(|action| {
        let listed = items(&action["ForwardConfig"]["TargetGroups"]);
        let listed: Vec<String> = listed.map(|g| text(&g["TargetGroupArn"])).collect();
        match listed.is_empty() {
            true => vec![text(&action["TargetGroupArn"])],
            false => listed,
        }
    });
    each.filter(|arn| !arn.is_empty()).collect()
}

/// A migration that is under way is rehearsed from before its beginning: its own target groups are taken out of the forwards.
fn drop_twins(plans: &[Plan], original: &mut Original) {
    let pairs = plans.iter().zip(&original.services);
    let twins: Vec<String> = pairs.flat_map(|(p, s)| twins(p, s, original)).collect();
    if twins.is_empty() {
        return;
    }
    original.groups.retain(|g| {
        !twins
            .iter()
            .any(|arn| g.document["TargetGroupArn"] == arn.as_str())
    });
    for balancer in &mut original.balancers {
        for (listener, rules) in &mut balancer.listeners {
            without(&mut listener["DefaultActions"], &twins);
            rules
                .iter_mut()
                .for_each(|rule| without(&mut rule["Actions"], &twins));
        }
    }
    original.lacks.push(Lack::new(
        "the IPv6 twin, which is there already",
        "the migration is rehearsed from its beginning, as if nothing of it had been made, and not from where it stands",
    ));
}

/// The ARNs of the target groups that a plan has made for its service.
fn twins(plan: &Plan, service: &Service, original: &Original) -> Vec<String> {
    let names = (0..service.groups.len()).map(|place| target_group(plan, place));
    let names: Vec<String> = names.collect();
    let groups = original.groups.iter();
    let ours = groups.filter(|g| {
        names
            .iter()
            .any(|name| g.document["TargetGroupName"] == name.as_str())
    });
    ours.map(|g| text(&g.document["TargetGroupArn"])).collect()
}

/// Actions without some target groups; what is left gets the traffic.
fn without(actions: &mut Value, gone: &[String]) {
    for action in actions.as_array_mut().into_iter().flatten() {
        let Some(groups) = action["ForwardConfig"]["TargetGroups"].as_array_mut() else {
            continue;
        };
        let before = groups.len();
        groups.retain(|g| !gone.iter().any(|arn| g["TargetGroupArn"] == arn.as_str()));
        if groups.len() == before {
            continue;
        }
        if let [one] = groups.as_mut_slice() {
            one["Weight"] = "1".into();
        }
    }
}

async fn network(reader: &Reader, vpc: &str, lack: &mut Vec<Lack>) -> Result<Network, Error> {
    let by = |name: &str| json!({ "Filter": [{ "Name": name, "Value": [vpc] }] });
    let all = |call: &'static str, name: &'static str, list: &'static str| {
        reader.all(call, by(name), list, EC2_TOKEN)
    };
    let mut read = Network {
        subnets: all("ec2:DescribeSubnets", "vpc-id", "subnetSet").await?,
        route_tables: all("ec2:DescribeRouteTables", "vpc-id", "routeTableSet").await?,
        groups: all("ec2:DescribeSecurityGroups", "vpc-id", "securityGroupInfo").await?,
        ..Network::default()
    };
    let found = all("ec2:DescribeVpcs", "vpc-id", "vpcSet").await?;
    let found = found.into_iter().next();
    read.vpc = found.ok_or_else(|| lacks("ec2:DescribeVpcs", "VPC of the target groups"))?;
    for (name, attribute) in [
        ("enableDnsSupport", "EnableDnsSupport"),
        ("enableDnsHostnames", "EnableDnsHostnames"),
    ] {
        let asked = json!({ "VpcId": vpc, "Attribute": name });
        let told = reader.ask("ec2:DescribeVpcAttribute", asked).await;
        let told = told.map(|answer| answer[name]["value"].clone());
        let told = or_lack(told, name, "the region's own default holds", lack);
        read.names.insert(attribute, told);
    }
    let open = "no way out leads through one";
    let found = all(
        "ec2:DescribeInternetGateways",
        "attachment.vpc-id",
        "internetGatewaySet",
    )
    .await;
    read.internet_gateways = or_lack(found, "internet gateways", open, lack);
    let egress = "ec2:DescribeEgressOnlyInternetGateways";
    let list = "egressOnlyInternetGatewaySet";
    let found = reader.all(egress, json!({}), list, EC2_TOKEN).await;
    let found = or_lack(found, "egress-only internet gateways", open, lack);
    let is_here = |g: &Value| items(&g["attachmentSet"]).any(|a| a["vpcId"] == vpc);
    read.egress_gateways = found.into_iter().filter(is_here).collect();
    let found = all("ec2:DescribeNatGateways", "vpc-id", "natGatewaySet").await;
    read.nat_gateways = or_lack(found, "NAT gateways", open, lack);
    let found = all("ec2:DescribeNetworkAcls", "vpc-id", "networkAclSet").await;
    read.acls = or_lack(found, "network ACLs", "none keeps anything out", lack);
    let found = all("ec2:DescribeVpcEndpoints", "vpc-id", "vpcEndpointSet").await;
    read.endpoints = or_lack(
        found,
        "VPC endpoints",
        "AWS's services are reached without",
        lack,
    );
    let dhcp = text(&read.vpc["dhcpOptionsId"]);
    if dhcp.starts_with("dopt-") {
        let asked = json!({ "Filter": [{ "Name": "dhcp-options-id", "Value": [dhcp] }] });
        let call = "ec2:DescribeDhcpOptions";
        let found = reader.all(call, asked, "dhcpOptionsSet", EC2_TOKEN).await;
        let found = or_lack(
            found,
            "DHCP options",
            "names are looked up at AWS's resolver",
            lack,
        );
        read.dhcp = found.into_iter().next().unwrap_or_default();
    }
    Ok(read)
}

/// The last day of each service's customers, wherever they were sent.
async fn days(reader: &Reader, plans: &[Plan], original: &mut Original, now: Timestamp) {
    let of = |group: String| {
        let found = original
            .groups
            .iter()
            .find(|g| g.document["TargetGroupArn"] == group.as_str());
        let balancers = found
            .into_iter()
            .flat_map(|g| items(&g.document["LoadBalancerArns"]));
        balancers
            .map(|b| (text(b), group.clone()))
            .collect::<Vec<_>>()
    };
    let set = |(plan, service): (&Plan, &Service)| {
        let groups = service.groups.iter().cloned();
        groups
            .chain(twins(plan, service, original))
            .flat_map(of)
            .collect()
    };
    let sets: Vec<_> = plans.iter().zip(&original.services).map(set).collect();
    let what = "the last day's traffic";
    let means = "nobody asks the copy: no step can be proven there";
    let days = or_lack(
        day::read(reader, &sets, now).await,
        what,
        means,
        &mut original.lacks,
    );
    for (service, day) in original.services.iter_mut().zip(days) {
        service.day = day;
    }
}
