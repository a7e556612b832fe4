//! Tags of what Elastic Load Balancing has: target groups, and routes.
//!
//! What belongs here: DescribeTags. What must not: whose a resource is by them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use sixshift_core::{
    names::{is_of_lattice, tag},
    observation::{Few, Known, Route, RouteId, Setting, Tags},
};

use super::{
    Ages, Answers, halving, lattice,
    routes::{self, NO_ROUTE},
    seen_all,
};
use crate::{
    batch::{Crowd, Gather},
    call,
    error::Error,
    region::{Clients, Region},
};

/// Listeners and rules are two calls here too: nobody documents that one takes both.
pub(super) fn gather(pause: Duration, crowd: Arc<Crowd>) -> Gather<RouteId> {
    Gather {
        limit: super::DOCUMENTED,
        ..routes::gather(pause, crowd)
    }
}

/// Tags of the routes and of their rules. Nothing rests on the former but a warning. Rules without a mark of ours are asked
/// again by the next look: one that was just made may be shown before its tags are.
pub(super) async fn of_routes(
    region: &Region,
    routes: &Known<Vec<Route>>,
    ages: Ages,
) -> Known<Few<String, Tags>> {
    let routes = match routes {
        Known::Seen(routes) => routes,
        Known::Absent => return Known::Absent,
        Known::Unknown(why) => return Known::Unknown(why.clone()),
    };
    let ids: BTreeSet<RouteId> = routes.iter().flat_map(with_rules).collect();
    let reader = &region.readers.route_tags;
    match seen_all(reader.ask(ids, ages.tags_of_others()).await) {
        Ok(tags) => {
            let families = routes.iter();
            let families = families.filter(|r| matches!(r.setting, Setting::Families(_)));
            let of_families: BTreeSet<RouteId> = families.flat_map(with_rules).collect();
            for (id, tags) in &tags {
                if matches!(id, RouteId::Rule(_))
                    && of_families.contains(id)
                    && !tags.contains_key(tag::PLAN)
                {
                    reader.forget(|key, _| key == id);
                }
            }
            let by_arn = |(id, tags): (RouteId, Tags)| (id.arn().to_owned(), tags);
            Known::Seen(tags.into_iter().map(by_arn).collect())
        }
        Err(why) => Known::Unknown(why),
    }
}

/// A route, and the rules that it is made of.
fn with_rules(route: &Route) -> Vec<RouteId> {
    let mut ids = vec![route.id.clone()];
    if let Setting::Families(families) = &route.setting {
        let rules = families.rules.iter();
        ids.extend(rules.map(|r| RouteId::Rule(r.arn.clone())));
    }
    ids
}

/// Of listeners or rules, of which all keys are one sort.
pub(super) async fn read_of_routes(
    clients: Arc<Clients>,
    ids: Vec<RouteId>,
) -> Answers<RouteId, Tags> {
    if ids.first().is_some_and(|id| is_of_lattice(id.arn())) {
        let of = |id: RouteId| {
            let arn = id.arn().to_owned();
            (id, arn)
        };
        return lattice::read_tags(&clients, ids.into_iter().map(of).collect()).await;
    }
    let clients = &clients;
    halving(&clients.modest, ids, NO_ROUTE, |ids| async move {
        let arns = ids.iter().map(|id| id.arn().to_owned()).collect();
        let mut told = describe(clients, arns).await?;
        let of = |id: RouteId| {
            let tags = told.remove(id.arn())?;
            Some((id, tags))
        };
        Ok(ids.into_iter().filter_map(of).collect())
    })
    .await
}

/// Of any one sort of resource, which `missing` says that there is none of.
pub(super) async fn read(
    clients: &Clients,
    arns: Vec<String>,
    missing: &[&str],
) -> Answers<String, Tags> {
    if arns.first().is_some_and(|arn| is_of_lattice(arn)) {
        let arns = arns.into_iter().map(|arn| (arn.clone(), arn));
        return lattice::read_tags(clients, arns.collect()).await;
    }
    halving(&clients.modest, arns, missing, |arns| {
        describe(clients, arns)
    })
    .await
}

pub(super) async fn describe(
    clients: &Clients,
    arns: Vec<String>,
) -> Result<BTreeMap<String, Tags>, Error> {
    let request = clients.elb.describe_tags().set_resource_arns(Some(arns));
    let answer = clients
        .caller
        .read(&call::DESCRIBE_TAGS, || request.clone().send())
        .await?;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let told = answer.tag_descriptions().iter().map(|described| {
        let tags = described.tags().iter();
        let tags = tags.map(|t| (text(t.key()), text(t.value()))).collect();
        (text(described.resource_arn()), tags)
    });
    Ok(told.collect())
}
