//! What there is where no plan is yet: a cluster's services, and what a plan for each would rest on.
//!
//! What belongs here: which questions are asked, and how often. What must not: what follows from the answers
//! (`sixshift_core::proposal`).

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use aws_types::{SdkConfig, region::Region as RegionName};
use futures::future::join_all;
use jiff::Timestamp;
use serde_json::{Value, json};
use sixshift_core::{
    observation::{Ground, Known, Observation, Subnets},
    plan::Plan,
    proposal::Material,
};

use crate::{
    addresses,
    batch::Since,
    call,
    error::Error,
    hands::Asked,
    json::{Client, Version},
    observe::{self, metrics},
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
        .map(|(region, draft)| observe::patiently(region, draft, asked));
    let looks = join_all(looks).await;
    let histories = places.iter().zip(&looks);
    let histories =
        histories.map(|((region, _), seen)| metrics::history(region, &seen.pairs, HISTORY, asked));
    let grounds = places.iter().zip(&looks);
    let grounds = grounds.map(|((region, _), seen)| ground(region, seen));
    let (histories, grounds) = tokio::join!(join_all(histories), join_all(grounds));
    let parts = looks.into_iter().zip(histories).zip(grounds);
    parts
        .map(|((seen, history), ground)| Material {
            seen,
            ground,
            history,
        })
        .collect()
}

/// The VPC of a service, surveyed once for all that are in it.
async fn ground(region: &Region, seen: &Observation) -> Known<Arc<Ground>> {
    match vpc(seen) {
        Known::Seen(vpc) => region.readers.grounds.one(vpc, Since::ANY).await,
        Known::Absent => Known::Absent,
        Known::Unknown(why) => Known::Unknown(why),
    }
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
