//! Where a service stands, before its plan moves it: its VPC, and what it ran before a move in place that has begun.
//!
//! What belongs here: these two questions. What must not: what stands around it ([`super::read`]).

use serde_json::{Value, json};
use sixshift_core::{
    names::{family, tag},
    plan::Plan,
};

use super::{
    Lack, Service,
    read::{EC2_TOKEN, NotRead, Reader},
};
use crate::asker::{items, lacks, text};

/// Subnets that one question may name (EC2 API reference, Filter: 200 values).
const MOST_VALUES: usize = 200;

/// The VPC of a service's subnets; of one that shares its host's network, of its plan's.
pub(super) async fn vpc(
    reader: &Reader,
    plan: &Plan,
    service: &Service,
) -> Result<String, NotRead> {
    let own = subnets(&service.document);
    let planned = plan.ipv6.subnets.iter().cloned();
    let named: Vec<String> = own.into_iter().chain(planned).take(MOST_VALUES).collect();
    let asked = json!({ "Filter": [{ "Name": "subnet-id", "Value": named }] });
    let found = reader.all("ec2:DescribeSubnets", asked, "subnetSet", EC2_TOKEN);
    let found = found.await?;
    let of = |id: &String| found.iter().find(|s| s["subnetId"] == id.as_str());
    let subnet = named.iter().find_map(of);
    let subnet = subnet.ok_or_else(|| NotRead::NoSubnet {
        service: plan.service.name.clone(),
    })?;
    Ok(text(&subnet["vpcId"]))
}

fn subnets(of: &Value) -> Vec<String> {
    let named = &of["networkConfiguration"]["awsvpcConfiguration"]["subnets"];
    items(named).map(text).collect()
}

/// A service that was moved in place, or is on its way, as the note has it that says what ran before.
pub(super) async fn as_before(
    reader: &Reader,
    plan: &Plan,
    document: &mut Value,
    told: &mut Vec<Lack>,
) -> Result<(), NotRead> {
    let now = subnets(document);
    let is_there =
        now.len() == plan.ipv6.subnets.len() && now.iter().all(|id| plan.ipv6.subnets.contains(id));
    if plan.in_place().is_none() || !is_there {
        return Ok(());
    }
    let asked = json!({ "taskDefinition": family(plan), "include": ["TAGS"] });
    let derived = reader.ask("ecs:DescribeTaskDefinition", asked).await;
    // A family that is not there is refused, as one is that may not be read: neither says what ran before.
    let derived = derived.unwrap_or_default();
    let noted = items(&derived["tags"]).find(|t| t["key"] == tag::BEFORE);
    let noted = noted.map(|t| text(&t["value"])).unwrap_or_default();
    let Some(revision) = noted.split(' ').next().filter(|arn| !arn.is_empty()) else {
        return Err(NotRead::Moved {
            service: plan.service.name.clone(),
        });
    };
    let call = "ecs:DescribeServiceRevisions";
    let asked = json!({ "serviceRevisionArns": [revision] });
    let found = reader.ask(call, asked).await?;
    let before = items(&found["serviceRevisions"]).next();
    let before = before.ok_or_else(|| lacks(call, "revision that ran before"))?;
    for member in [
        "taskDefinition",
        "networkConfiguration",
        "platformVersion",
        "launchType",
        "capacityProviderStrategy",
    ] {
        document[member] = before[member].clone();
    }
    told.push(Lack::new(
        format!(
            "{}: that it stands in the plan's subnets already",
            plan.service.name
        ),
        "it is rehearsed from its beginning, by the revision that ran before",
    ));
    Ok(())
}
