//! Target groups in pairs: the IPv4 one and the IPv6 one made from it.
//!
//! What belongs here: target groups, their attributes, tags and targets. What must not: the routes to them.

use std::{collections::BTreeSet, sync::Arc};

use aws_sdk_elasticloadbalancingv2::types as elb;
use futures::future::join_all;
use jiff::Timestamp;
use serde_json::Value;
use sixshift_core::{
    names::{self, is_of_lattice},
    observation::{Known, Pair, Route, Service, Tags, Target, TargetGroup, Why},
    plan::Plan,
};

use super::{Ages, Answers, group_members::unknown, halving, lattice, single, tags};
use crate::{
    batch::{Batch, Since},
    call,
    document::Kept,
    error::Error,
    region::{Clients, Region},
    xml::Element,
};

/// AWS says it with and without the suffix; VPC Lattice in words of its own.
const MISSING: &[&str] = &[
    "TargetGroupNotFound",
    "TargetGroupNotFoundException",
    lattice::MISSING,
];

/// Just made, or just deleted.
const DISAGREE: &str = "AWS's answers do not agree on whether it is there";

/// A target group without its attributes, tags and targets.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) arn: String,
    pub(super) name: String,
    pub(super) target_type: String,
    pub(super) ip_address_type: String,
    pub(super) protocol_version: Option<String>,
    pub(super) load_balancers: Vec<String>,
    pub(super) unknown: Vec<String>,
}

/// One look at the target groups of a plan.
#[derive(Clone, Copy)]
struct Looking<'a> {
    region: &'a Region,
    plan: &'a Plan,
    ages: Ages,
    /// The services that register targets, each with how old its targets may be.
    ipv4: (&'a Known<Service>, Since),
    ipv6: (&'a Known<Service>, Since),
}

/// The pairs, from the IPv4 service's `loadBalancers`, or from the twin's once the IPv4 service is gone.
pub(super) async fn pairs(
    region: &Region,
    plan: &Plan,
    ipv4: &Known<Service>,
    twin: &Known<Service>,
    now: Timestamp,
    ages: Ages,
) -> Known<Vec<Pair>> {
    let looking = Looking {
        region,
        plan,
        ages,
        ipv4: (ipv4, ages.running(ipv4, now)),
        ipv6: match plan.is_behind() {
            true => (ipv4, ages.running(ipv4, now)),
            false => (twin, ages.running(twin, now)),
        },
    };
    match (ipv4, twin) {
        (Known::Seen(service), _) if plan.is_behind() => {
            let pair = |(index, arn)| looking.pair_in_place(index, arn);
            let pairs = join_all(indexed(service).map(pair)).await;
            match pairs.into_iter().collect() {
                Ok(pairs) => Known::Seen(pairs),
                Err(why) => Known::Unknown(why),
            }
        }
        // Of one that is being deleted ECS may tell no deployment, and so nothing of VPC Lattice.
        (Known::Seen(service), Known::Seen(twin))
            if !service.is_active() && service.load_balancers.is_empty() =>
        {
            looking.orphans(twin).await
        }
        (Known::Seen(service), _) => {
            let pair = |(index, arn)| looking.pair_of(index, arn);
            Known::Seen(join_all(indexed(service).map(pair)).await)
        }
        (Known::Absent, Known::Seen(twin)) => looking.orphans(twin).await,
        (Known::Absent, Known::Absent) => Known::Absent,
        (Known::Unknown(why), _) | (_, Known::Unknown(why)) => Known::Unknown(why.clone()),
    }
}

/// For some seconds after an attach AWS tells no load balancer of a target group; the routes that forward to it do. An empty
/// answer that is remembered must not hide its figures.
pub(super) fn behind(pairs: Known<Vec<Pair>>, routes: &Known<Vec<Route>>) -> Known<Vec<Pair>> {
    let told = |group: &mut Known<TargetGroup>| {
        let Known::Seen(group) = group else { return };
        if group.load_balancers.is_empty() {
            let routes = routes.seen().into_iter().flatten();
            let to_it = routes.filter(|r| r.forward.groups.iter().any(|g| g.arn == group.arn));
            let found: BTreeSet<String> = to_it.map(|r| r.load_balancer.clone()).collect();
            group.load_balancers = found.into_iter().collect();
        }
    };
    pairs.map(|mut pairs| {
        for pair in &mut pairs {
            told(&mut pair.ipv4);
            told(&mut pair.ipv6);
        }
        pairs
    })
}

fn indexed(service: &Service) -> impl Iterator<Item = (usize, String)> {
    let entries = service.load_balancers.iter().enumerate();
    entries.filter_map(|(index, entry)| Some((index, entry.target_group.clone()?)))
}

impl Looking<'_> {
    async fn pair_of(self, index: usize, ipv4_arn: String) -> Pair {
        let is_of_lattice = is_of_lattice(&ipv4_arn);
        let ipv6_name = match is_of_lattice {
            true => names::lattice_group(self.plan, index),
            false => names::target_group(self.plan, index),
        };
        let readers = &self.region.readers;
        let named = match is_of_lattice {
            true => &readers.lattice_by_name,
            false => &readers.groups_by_name,
        };
        let (ipv4, ipv6) = tokio::join!(self.ipv4_group(ipv4_arn.clone()), async {
            self.ipv6_group(self.by_name(named, &ipv6_name).await).await
        },);
        Pair {
            ipv4_arn,
            ipv4,
            ipv6,
            ipv6_name,
        }
    }

    /// The pair of a service that has the one group or the other: ours once it was moved in place.
    async fn pair_in_place(self, index: usize, arn: String) -> Result<Pair, Why> {
        let known = self.orphan(arn.clone()).await?;
        let is_ours = known.ipv6.seen().is_some_and(|group| {
            group.tags.get(names::tag::PLAN) == Some(&self.plan.uid.0) && !known.ipv4_arn.is_empty()
        });
        if is_ours {
            return Ok(known);
        }
        Ok(self.pair_of(index, arn).await)
    }

    /// The pairs of which only the twin speaks.
    async fn orphans(self, twin: &Service) -> Known<Vec<Pair>> {
        let pairs = join_all(indexed(twin).map(|(_, arn)| self.orphan(arn))).await;
        match pairs.into_iter().collect() {
            Ok(pairs) => Known::Seen(pairs),
            Err(why) => Known::Unknown(why),
        }
    }

    /// A pair of which only the twin speaks; the IPv6 group's tag names the other one.
    async fn orphan(self, ipv6_arn: String) -> Result<Pair, Why> {
        let found = self
            .region
            .readers
            .groups
            .one(ipv6_arn, self.ages.target_groups());
        let ipv6 = self.ipv6_group(found.await).await;
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
            Some(arn) => self.ipv4_group(arn.clone()).await,
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
    async fn by_name(self, named: &Batch<String, Group>, name: &str) -> Known<Group> {
        let readers = &self.region.readers;
        let known = named.one(name.to_owned(), Since::ANY);
        if let Known::Seen(group) = known.await {
            let now = readers
                .groups
                .one(group.arn.clone(), self.ages.target_groups())
                .await;
            if !now.is_absent() {
                return now;
            }
            named.forget(|key, _| key == name);
        }
        named.one(name.to_owned(), self.ages.target_groups()).await
    }

    async fn ipv4_group(self, arn: String) -> Known<TargetGroup> {
        let group = self
            .region
            .readers
            .groups
            .one(arn, self.ages.target_groups())
            .await;
        self.whole(group, self.ipv4, false).await
    }

    async fn ipv6_group(self, group: Known<Group>) -> Known<TargetGroup> {
        self.whole(group, self.ipv6, true).await
    }

    async fn whole(
        self,
        group: Known<Group>,
        of: (&Known<Service>, Since),
        has_notes: bool,
    ) -> Known<TargetGroup> {
        let group = match group {
            Known::Seen(group) => group,
            Known::Absent => return Known::Absent,
            Known::Unknown(why) => return Known::Unknown(why),
        };
        let attributes = &self.region.readers.attributes;
        let (attributes, tags, targets) = tokio::join!(
            attributes.one(group.arn.clone(), self.ages.attributes()),
            self.tags(&group.arn, has_notes),
            self.targets(&group.arn, of),
        );
        let (attributes, tags) = match (attributes, tags) {
            (Known::Seen(attributes), Known::Seen(tags)) => (attributes, tags),
            (Known::Unknown(why), _) | (_, Known::Unknown(why)) => return Known::Unknown(why),
            _ => return self.half_there(&group),
        };
        let Group {
            arn,
            name,
            target_type,
            ip_address_type,
            protocol_version,
            load_balancers,
            unknown,
        } = group;
        Known::Seen(TargetGroup {
            arn,
            name,
            target_type,
            ip_address_type,
            protocol_version,
            load_balancers,
            unknown,
            attributes,
            tags,
            targets,
        })
    }

    /// AWS answers that there is a group, and that there is none: just made, or just deleted. Nothing of it is remembered.
    fn half_there(self, group: &Group) -> Known<TargetGroup> {
        let readers = &self.region.readers;
        readers.groups.forget(|key, _| *key == group.arn);
        readers.groups_by_name.forget(|key, _| *key == group.name);
        readers.lattice_by_name.forget(|key, _| *key == group.name);
        readers.attributes.forget(|key, _| *key == group.arn);
        readers.group_tags.forget(|key, _| *key == group.arn);
        Known::Unknown(Why::new(DISAGREE.to_owned()))
    }

    /// Where our note is gone, a person may put it back: that is worth seeing soon.
    async fn tags(self, group: &str, has_notes: bool) -> Known<Tags> {
        let reader = &self.region.readers.group_tags;
        let tags = reader
            .one(group.to_owned(), self.ages.target_groups())
            .await;
        let noted = |t: &Tags| t.contains_key(names::tag::SHARE);
        if !has_notes || tags.seen().is_some_and(noted) {
            return tags;
        }
        reader.one(group.to_owned(), self.ages.lost_notes()).await
    }

    /// Remembered ones serve a light look as long as they are well, and as many as tasks run.
    async fn targets(
        self,
        group: &str,
        (service, age): (&Known<Service>, Since),
    ) -> Known<Vec<Target>> {
        let reader = &self.region.readers.targets;
        let targets = reader.one(group.to_owned(), age).await;
        let tasks = service.seen().map_or(0, |s| s.running as usize);
        let age = match &targets {
            // Of a group that is there: it was just made when this was read, and AWS had not caught up.
            Known::Absent => self.ages.now(),
            Known::Seen(all) if all.len() < tasks => self.ages.now(),
            Known::Seen(all) if all.iter().all(Target::is_healthy) => return targets,
            _ => self.ages.unwell(),
        };
        let targets = reader.one(group.to_owned(), age).await;
        if targets.is_absent() {
            reader.forget(|key, _| key == group);
            return Known::Unknown(Why::new(DISAGREE.to_owned()));
        }
        targets
    }
}

pub(super) async fn read_by_arn(
    clients: Arc<Clients>,
    arns: Vec<String>,
) -> Answers<String, Group> {
    if arns.first().is_some_and(|arn| is_of_lattice(arn)) {
        return lattice::read_groups(&clients, arns).await;
    }
    let clients = &clients;
    halving(&clients.modest, arns, MISSING, |arns| async move {
        let groups = by_arns(clients, arns).await?;
        Ok(groups
            .iter()
            .map(group_of)
            .map(|g| (g.arn.clone(), g))
            .collect())
    })
    .await
}

/// A page has so many, and a region has room for 3,000 unless more were asked for: all of them cost eight calls at most, as long as
/// nobody asked for more.
const A_PAGE: i32 = 400;
const MOST_PAGES: usize = 8;

/// What is looked for by name is mostly still to be made, and a name that is missing spoils the call for all others. Finding those by
/// halves costs up to two calls a name; where that is more than all target groups cost, all are read.
pub(super) async fn read_by_name(
    clients: Arc<Clients>,
    names: Vec<String>,
) -> Answers<String, Group> {
    let clients = &clients;
    halving(&clients.modest, names, MISSING, |names| async move {
        let are_few = names.len() <= MOST_PAGES;
        let request = clients.elb.describe_target_groups();
        let named = pages(clients, request.clone().set_names(Some(names))).await;
        let groups = match named {
            Err(error) if error.is_code(MISSING) && !are_few => {
                pages(clients, request.page_size(A_PAGE)).await?
            }
            named => named?,
        };
        Ok(groups
            .iter()
            .map(group_of)
            .map(|g| (g.name.clone(), g))
            .collect())
    })
    .await
}

/// Target groups as AWS gives them, each with the members that the SDK does not read.
pub(crate) async fn by_arns(
    clients: &Clients,
    arns: Vec<String>,
) -> Result<Vec<(elb::TargetGroup, Vec<String>)>, Error> {
    pages(
        clients,
        clients
            .elb
            .describe_target_groups()
            .set_target_group_arns(Some(arns)),
    )
    .await
}

/// All target groups of the account in the region.
pub(super) async fn all(clients: &Clients) -> Result<Vec<elb::TargetGroup>, Error> {
    let request = clients.elb.describe_target_groups();
    let all = pages(clients, request).await?;
    Ok(all.into_iter().map(|(group, _)| group).collect())
}

/// One target group as it is on the wire.
pub(crate) async fn document(clients: &Clients, arn: &str) -> Result<Value, Error> {
    let request = clients.elb.describe_target_groups().target_group_arns(arn);
    let kept = Kept::default();
    let attempt = || request.clone().customize().interceptor(kept.clone()).send();
    let operation = &call::DESCRIBE_TARGET_GROUPS;
    clients.caller.read(operation, attempt).await?;
    let answer = kept.xml();
    let told = answer.get("DescribeTargetGroupsResult").get("TargetGroups");
    let group = told.items().next().map(Element::document);
    group.ok_or_else(|| Error::Gone {
        operation: operation.name,
        resource: arn.to_owned(),
    })
}

/// One target group's tags.
pub(crate) async fn tags(clients: &Clients, arn: &str) -> Result<Tags, Error> {
    let mut told = tags::describe(clients, vec![arn.to_owned()]).await?;
    Ok(told.remove(arn).unwrap_or_default())
}

async fn pages(
    clients: &Clients,
    request: aws_sdk_elasticloadbalancingv2::operation::describe_target_groups::builders::DescribeTargetGroupsFluentBuilder,
) -> Result<Vec<(elb::TargetGroup, Vec<String>)>, Error> {
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let request = request.clone().set_marker(next);
        let kept = Kept::default();
        let attempt = || {
            let request = request.clone().customize();
            request.interceptor(kept.clone()).send()
        };
        let read = clients.caller.read(&call::DESCRIBE_TARGET_GROUPS, attempt);
        let page = read.await?;
        let answer = kept.xml();
        let told = answer.get("DescribeTargetGroupsResult").get("TargetGroups");
        let with_unknown = |group: elb::TargetGroup| {
            let arn = group.target_group_arn().unwrap_or_default();
            let mut same = told
                .items()
                .filter(|g| g.get("TargetGroupArn").text() == arn);
            let unknown = same.next().map(unknown).unwrap_or_default();
            (group, unknown)
        };
        all.extend(
            page.target_groups
                .unwrap_or_default()
                .into_iter()
                .map(with_unknown),
        );
        next = page.next_marker;
        if next.is_none() {
            return Ok(all);
        }
    }
}

fn group_of((group, unknown): &(elb::TargetGroup, Vec<String>)) -> Group {
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
        protocol_version: group.protocol_version().map(str::to_owned),
        load_balancers: group.load_balancer_arns().to_vec(),
        unknown: unknown.clone(),
    }
}

pub(super) async fn read_tags(clients: Arc<Clients>, arns: Vec<String>) -> Answers<String, Tags> {
    tags::read(&clients, arns, MISSING).await
}

pub(super) async fn read_attributes(
    clients: Arc<Clients>,
    arns: Vec<String>,
) -> Answers<String, Tags> {
    let mut answers = Vec::new();
    for arn in arns {
        let read = attributes(&clients, &arn).await;
        answers.extend(single(arn, read, MISSING));
    }
    answers
}

/// One target group's attributes.
pub(crate) async fn attributes(clients: &Clients, arn: &str) -> Result<Tags, Error> {
    if is_of_lattice(arn) {
        return lattice::attributes(clients, arn).await;
    }
    let request = clients
        .elb
        .describe_target_group_attributes()
        .target_group_arn(arn);
    let read = || request.clone().send();
    let operation = &call::DESCRIBE_TARGET_GROUP_ATTRIBUTES;
    let answer = clients.caller.read(operation, read).await?;
    let pairs = answer.attributes().iter();
    let pairs = pairs.map(|a| (text(a.key()), text(a.value())));
    Ok(clients.alike.attributes(pairs.collect()))
}

pub(super) async fn read_targets(
    clients: Arc<Clients>,
    arns: Vec<String>,
) -> Answers<String, Vec<Target>> {
    if arns.first().is_some_and(|arn| is_of_lattice(arn)) {
        return lattice::read_targets(&clients, arns).await;
    }
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
