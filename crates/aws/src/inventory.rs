//! What there is where no plan is yet: a cluster's services, and what a plan for each would rest on.
//!
//! What belongs here: which questions are asked, and how often. What must not: what follows from the answers
//! (`sixshift_core::proposal`).

use std::{collections::BTreeSet, time::Duration};

use aws_types::{SdkConfig, region::Region as RegionName};
use futures::future::join_all;
use jiff::Timestamp;
use serde_json::{Map, Value};
use sixshift_core::{plan::Plan, proposal::Material};

use crate::{
    addresses,
    asked::Asked,
    batch::Since,
    call,
    error::Error,
    json::{Client, Version},
    observe::{self, metrics},
    pages,
    region::Region,
    signed::Service,
    survey,
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
    let (caller, operation) = (&region.clients.caller, &call::LIST_SERVICES);
    let body = Map::from_iter([
        ("cluster".to_owned(), cluster.into()),
        ("maxResults".to_owned(), MOST.into()),
    ]);
    let page = |body| client.send(TARGET, Value::Object(body));
    let arns = pages::all(caller, operation, body, ["serviceArns", "nextToken"], page).await?;
    let names = arns
        .iter()
        .filter_map(|arn| arn.as_str()?.rsplit('/').next());
    Ok(BTreeSet::from_iter(names.map(str::to_owned))
        .into_iter()
        .collect())
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
    let grounds =
        grounds.map(|((region, _), seen)| survey::around(region, &seen.subnets, None, Since::ANY));
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
