//! Target groups in pairs: the IPv4 one and the IPv6 one made from it.
//!
//! What belongs here: target groups, their attributes, tags and targets. What must not: the routes to them.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_elasticloadbalancingv2::types as elb;
use sixshift_core::{
    names,
    observation::{Known, Pair, Service, Target, TargetGroup},
    plan::Plan,
};

use super::{Ages, Answers, halving, single};
use crate::{
    call,
    error::Error,
    region::{Clients, Region},
};

/// AWS says it with and without the suffix.
const MISSING: &[&str] = &["TargetGroupNotFound", "TargetGroupNotFoundException"];

/// A target group without its attributes, tags and targets.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) arn: String,
    name: String,
    target_type: String,
    ip_address_type: String,
    load_balancers: Vec<String>,
}

/// The pairs, from the IPv4 service's `loadBalancers`, or from the twin's once the IPv4 service is gone.
pub(super) async fn pairs(
    region: &Region,
    plan: &Plan,
    ipv4: &Known<Service>,
    twin: &Known<Service>,
    ages: Ages,
) -> Known<Vec<Pair>> {
    match (ipv4, twin) {
        (Known::Seen(service), _) => {
            let pair = |(index, arn)| pair_of(region, names::target_group(plan, index), arn, ages);
            Known::Seen(futures::future::join_all(indexed(service).map(pair)).await)
        }
        (Known::Absent, Known::Seen(twin)) => {
            let pair = |(_, arn)| orphan(region, arn, ages);
            match futures::future::join_all(indexed(twin).map(pair))
                .await
                .into_iter()
                .collect()
            {
                Ok(pairs) => Known::Seen(pairs),
                Err(why) => Known::Unknown(why),
            }
        }
        (Known::Absent, Known::Absent) => Known::Absent,
        (Known::Unknown(why), _) | (_, Known::Unknown(why)) => Known::Unknown(why.clone()),
    }
}

fn indexed(service: &Service) -> impl Iterator<Item = (usize, String)> {
    let entries = service.load_balancers.iter().enumerate();
    entries.filter_map(|(index, entry)| Some((index, entry.target_group.clone()?)))
}

async fn pair_of(region: &Region, ipv6_name: String, ipv4_arn: String, ages: Ages) -> Pair {
    let ipv4 = async {
        whole(
            region,
            region.readers.groups.one(ipv4_arn.clone(), ages.slow).await,
            ages,
        )
        .await
    };
    let ipv6 = async { whole(region, by_name(region, &ipv6_name, ages).await, ages).await };
    let (ipv4, ipv6) = tokio::join!(ipv4, ipv6);
    Pair {
        ipv4_arn,
        ipv4,
        ipv6,
        ipv6_name,
    }
}

/// A pair of which only the twin speaks; the IPv6 group's tag names the other one.
async fn orphan(
    region: &Region,
    ipv6_arn: String,
    ages: Ages,
) -> Result<Pair, sixshift_core::observation::Why> {
    let ipv6 = whole(
        region,
        region.readers.groups.one(ipv6_arn, ages.slow).await,
        ages,
    )
    .await;
    let Known::Seen(group) = &ipv6 else {
        return match ipv6 {
            Known::Unknown(why) => Err(why),
            _ => Ok(Pair {
                ipv4_arn: String::new(),
                ipv4: Known::Absent,
                ipv6: Known::Absent,
                ipv6_name: String::new(),
            }),
        };
    };
    let ipv6_name = group.name.clone();
    let from = group.tags.get(names::tag::FROM).cloned();
    let ipv4 = match &from {
        Some(arn) => {
            whole(
                region,
                region.readers.groups.one(arn.clone(), ages.slow).await,
                ages,
            )
            .await
        }
        None => Known::Absent,
    };
    Ok(Pair {
        ipv4_arn: from.unwrap_or_default(),
        ipv4,
        ipv6,
        ipv6_name,
    })
}

/// By name only until the ARN is known: by ARN a hundred fit in a call, and none spoils it for the others.
async fn by_name(region: &Region, name: &str, ages: Ages) -> Known<Group> {
    let readers = &region.readers;
    if let Known::Seen(group) = readers.groups_by_name.one(name.to_owned(), None).await {
        let now = readers.groups.one(group.arn.clone(), ages.slow).await;
        if !now.is_absent() {
            return now;
        }
        readers.groups_by_name.forget(|key, _| key == name);
    }
    readers.groups_by_name.one(name.to_owned(), ages.slow).await
}

async fn whole(region: &Region, group: Known<Group>, ages: Ages) -> Known<TargetGroup> {
    let group = match group {
        Known::Seen(group) => group,
        Known::Absent => return Known::Absent,
        Known::Unknown(why) => return Known::Unknown(why),
    };
    let readers = &region.readers;
    let (attributes, tags, targets) = tokio::join!(
        readers.attributes.one(group.arn.clone(), ages.rare),
        readers.group_tags.one(group.arn.clone(), ages.slow),
        targets(region, &group.arn, ages),
    );
    let (attributes, tags) = match (attributes, tags) {
        (Known::Seen(attributes), Known::Seen(tags)) => (attributes, tags),
        (Known::Unknown(why), _) | (_, Known::Unknown(why)) => return Known::Unknown(why),
        _ => return Known::Absent,
    };
    let Group {
        arn,
        name,
        target_type,
        ip_address_type,
        load_balancers,
    } = group;
    Known::Seen(TargetGroup {
        arn,
        name,
        target_type,
        ip_address_type,
        load_balancers,
        attributes,
        tags,
        targets,
    })
}

/// Remembered ones serve a light look as long as they are well.
async fn targets(region: &Region, group: &str, ages: Ages) -> Known<Vec<Target>> {
    let targets = region
        .readers
        .targets
        .one(group.to_owned(), ages.running)
        .await;
    if targets
        .seen()
        .is_some_and(|all| all.iter().all(Target::is_healthy))
    {
        return targets;
    }
    region
        .readers
        .targets
        .one(group.to_owned(), ages.unwell)
        .await
}

pub(super) async fn read_by_arn(
    clients: Arc<Clients>,
    arns: Vec<String>,
) -> Answers<String, Group> {
    let clients = &clients;
    halving(arns, MISSING, |arns| async move {
        let groups = by_arns(clients, arns).await?;
        Ok(groups
            .iter()
            .map(group_of)
            .map(|g| (g.arn.clone(), g))
            .collect())
    })
    .await
}

pub(super) async fn read_by_name(
    clients: Arc<Clients>,
    names: Vec<String>,
) -> Answers<String, Group> {
    let clients = &clients;
    halving(names, MISSING, |names| async move {
        let groups = pages(
            clients,
            clients.elb.describe_target_groups().set_names(Some(names)),
        )
        .await?;
        Ok(groups
            .iter()
            .map(group_of)
            .map(|g| (g.name.clone(), g))
            .collect())
    })
    .await
}

/// Target groups as AWS gives them.
pub(crate) async fn by_arns(
    clients: &Clients,
    arns: Vec<String>,
) -> Result<Vec<elb::TargetGroup>, Error> {
    pages(
        clients,
        clients
            .elb
            .describe_target_groups()
            .set_target_group_arns(Some(arns)),
    )
    .await
}

async fn pages(
    clients: &Clients,
    request: aws_sdk_elasticloadbalancingv2::operation::describe_target_groups::builders::DescribeTargetGroupsFluentBuilder,
) -> Result<Vec<elb::TargetGroup>, Error> {
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let request = request.clone().set_marker(next);
        let page = clients
            .caller
            .read(&call::DESCRIBE_TARGET_GROUPS, || request.clone().send())
            .await?;
        all.extend(page.target_groups.unwrap_or_default());
        next = page.next_marker;
        if next.is_none() {
            return Ok(all);
        }
    }
}

fn group_of(group: &elb::TargetGroup) -> Group {
    Group {
        arn: text(group.target_group_arn()),
        name: text(group.target_group_name()),
        target_type: group
            .target_type()
            .map_or("instance", |t| t.as_str())
            .to_owned(),
        ip_address_type: group
            .ip_address_type()
            .map_or("ipv4", |t| t.as_str())
            .to_owned(),
        load_balancers: group.load_balancer_arns().to_vec(),
    }
}

pub(super) async fn read_tags(
    clients: Arc<Clients>,
    arns: Vec<String>,
) -> Answers<String, BTreeMap<String, String>> {
    let clients = &clients;
    halving(arns, MISSING, |arns| async move {
        let request = clients.elb.describe_tags().set_resource_arns(Some(arns));
        let answer = clients
            .caller
            .read(&call::DESCRIBE_TAGS, || request.clone().send())
            .await?;
        let tags = |d: &elb::TagDescription| {
            d.tags()
                .iter()
                .map(|t| (text(t.key()), text(t.value())))
                .collect()
        };
        Ok(answer
            .tag_descriptions()
            .iter()
            .map(|d| (text(d.resource_arn()), tags(d)))
            .collect())
    })
    .await
}

pub(super) async fn read_attributes(
    clients: Arc<Clients>,
    arns: Vec<String>,
) -> Answers<String, BTreeMap<String, String>> {
    let mut answers = Vec::new();
    for arn in arns {
        let request = clients
            .elb
            .describe_target_group_attributes()
            .target_group_arn(&arn);
        let answer = clients
            .caller
            .read(&call::DESCRIBE_TARGET_GROUP_ATTRIBUTES, || {
                request.clone().send()
            })
            .await;
        let read = answer.map(|a| {
            a.attributes()
                .iter()
                .map(|a| (text(a.key()), text(a.value())))
                .collect()
        });
        answers.extend(single(arn, read, MISSING));
    }
    answers
}

pub(super) async fn read_targets(
    clients: Arc<Clients>,
    arns: Vec<String>,
) -> Answers<String, Vec<Target>> {
    let mut answers = Vec::new();
    for arn in arns {
        let request = clients.elb.describe_target_health().target_group_arn(&arn);
        let answer = clients
            .caller
            .read(&call::DESCRIBE_TARGET_HEALTH, || request.clone().send())
            .await;
        let read = answer.map(|a| {
            let mut targets: Vec<Target> = a
                .target_health_descriptions()
                .iter()
                .map(target_of)
                .collect();
            targets.sort_by(|a, b| a.id.cmp(&b.id));
            targets
        });
        answers.extend(single(arn, read, MISSING));
    }
    answers
}

fn target_of(description: &elb::TargetHealthDescription) -> Target {
    let (target, health) = (description.target(), description.target_health());
    Target {
        id: text(target.and_then(|t| t.id())),
        zone: target
            .and_then(|t| t.availability_zone())
            .map(str::to_owned),
        state: health
            .and_then(|h| h.state())
            .map_or("unavailable", |s| s.as_str())
            .to_owned(),
        reason: health
            .and_then(|h| h.reason())
            .map(|r| r.as_str().to_owned()),
        description: health.and_then(|h| h.description()).map(str::to_owned),
    }
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}
