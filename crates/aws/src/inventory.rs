//! What there is where no plan is yet: a cluster's services, and what a plan for each would rest on.
//!
//! What belongs here: which questions are asked, and how often. What must not: what follows from the answers
//! (`sixshift_core::proposal`).

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aws_types::{SdkConfig, region::Region as RegionName};
use futures::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use sixshift_core::{
    observation::{Known, Observation, Subnet, Subnets},
    plan::Plan,
    proposal::Material,
};

use crate::{
    addresses, call,
    error::Error,
    hands::Asked,
    json::{Client, Version},
    observe::{self, metrics, subnets, why},
    region::Region,
    signed::Service,
};

const ECS: Service = Service {
    name: "ECS",
    signing_name: "ecs",
};
const TARGET: &str = "AmazonEC2ContainerServiceV20141113.ListServices";
/// botocore: ecs `ListServices.maxResults`.
const MOST: u32 = 100;
const LIMIT: Duration = Duration::from_secs(10);
/// A week has a weekend in it.
const HISTORY: Duration = Duration::from_secs(7 * 24 * 3_600);

/// The names of all services of a cluster, in order.
pub(crate) async fn services(
    region: &Region,
    sdk: &SdkConfig,
    cluster: &str,
) -> Result<Vec<String>, Error> {
    let name = sdk.region().cloned();
    let all = addresses::addresses(sdk, &name.unwrap_or_else(|| RegionName::from_static("")));
    let ecs = all.iter().find(|address| address.service == "ECS");
    let ecs = ecs.ok_or_else(|| {
        Error::build(
            call::LIST_SERVICES.name,
            "AWS has no address of ECS in this region",
        )
    })?;
    let client = Client::new(sdk, &ECS, Version::V1_1, &ecs.url, LIMIT);
    let mut names = BTreeSet::new();
    let mut next: Option<String> = None;
    loop {
        let input = json!({ "cluster": cluster, "maxResults": MOST, "nextToken": next });
        let attempt = || client.send(TARGET, without_nulls(&input));
        let page = region
            .clients
            .caller
            .read(&call::LIST_SERVICES, attempt)
            .await?;
        let arns = page.body["serviceArns"].as_array().into_iter().flatten();
        let arns = arns.filter_map(Value::as_str);
        names.extend(arns.filter_map(|arn| arn.rsplit('/').next().map(str::to_owned)));
        next = page.body["nextToken"].as_str().map(str::to_owned);
        if next.is_none() {
            return Ok(names.into_iter().collect());
        }
    }
}

fn without_nulls(input: &Value) -> Value {
    let members = input.as_object().into_iter().flatten();
    let said = members.filter(|(_, value)| !value.is_null());
    said.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// What a proposal for each draft needs, in their order.
pub(crate) async fn material(places: Vec<(&Region, &Plan)>, now: Timestamp) -> Vec<Material> {
    let asked = Asked::full(now);
    let looks = places
        .iter()
        .map(|(region, draft)| observe::observe(region, draft, asked));
    let looks = join_all(looks).await;
    let histories = places.iter().zip(&looks);
    let histories =
        histories.map(|((region, _), seen)| metrics::history(region, &seen.pairs, HISTORY, asked));
    let (histories, networks) = tokio::join!(join_all(histories), networks(&places, &looks));
    let parts = looks.into_iter().zip(histories).zip(networks);
    parts
        .map(|((seen, history), subnets)| Material {
            seen,
            subnets,
            history,
        })
        .collect()
}

/// The subnets of each one's VPC, read once for all that are in it.
async fn networks(
    places: &[(&Region, &Plan)],
    looks: &[Observation],
) -> Vec<Known<BTreeMap<String, Subnet>>> {
    let vpcs: Vec<Known<String>> = looks.iter().map(vpc).collect();
    let mut read: Vec<(&Region, &str, Known<BTreeMap<String, Subnet>>)> = Vec::new();
    for ((region, _), vpc) in places.iter().zip(&vpcs) {
        let Some(vpc) = vpc.seen() else { continue };
        if is_read(&read, region, vpc).is_none() {
            let found = subnets::describe(&region.clients, ("vpc-id", &[vpc.clone()])).await;
            let known = found.map_or_else(|error| Known::Unknown(why(&error)), Known::Seen);
            read.push((region, vpc, known));
        }
    }
    let each = places.iter().zip(&vpcs);
    each.map(|((region, _), vpc)| match vpc {
        Known::Seen(vpc) => is_read(&read, region, vpc)
            .cloned()
            .unwrap_or(Known::Absent),
        Known::Absent => Known::Absent,
        Known::Unknown(why) => Known::Unknown(why.clone()),
    })
    .collect()
}

/// Regions are told apart by where they lie: one is made for each region and role.
fn is_read<'a>(
    read: &'a [(&Region, &str, Known<BTreeMap<String, Subnet>>)],
    region: &Region,
    vpc: &str,
) -> Option<&'a Known<BTreeMap<String, Subnet>>> {
    let mut same = read
        .iter()
        .filter(|(r, v, _)| std::ptr::eq(*r, region) && *v == vpc);
    same.next().map(|(_, _, known)| known)
}

/// The VPC of a service, by its own subnets.
fn vpc(seen: &Observation) -> Known<String> {
    match &seen.subnets {
        Known::Seen(Subnets::Told(told)) => {
            let mut vpcs = told.values().flatten().map(|subnet| subnet.vpc.clone());
            vpcs.next().map_or(Known::Absent, Known::Seen)
        }
        Known::Seen(Subnets::Untold(why)) | Known::Unknown(why) => Known::Unknown(why.clone()),
        Known::Absent => Known::Absent,
    }
}
