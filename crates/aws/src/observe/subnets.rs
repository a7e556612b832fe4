//! Subnets: those of the plan, and the service's own.
//!
//! What belongs here: DescribeSubnets and its reading. What must not: what is wrong with a subnet.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sixshift_core::{
    observation::{Known, Service, Shared, Subnet, Subnets, Why},
    plan::Plan,
};

use super::{Ages, Answers, all_unknown, why};
use crate::{
    call,
    ec2::Ask,
    error::{Error, Kind},
    region::{Clients, Region},
    survey,
};

/// Ids in a call: a filter takes 200 values (EC2: "Filtering").
pub(super) const MOST: usize = 200;

/// What EC2 says of a subnet, or that it says nothing. The latter is remembered too: it would say nothing again.
#[derive(Clone, Debug)]
pub(crate) enum Answered {
    Told(Shared<Subnet>),
    Untold(Why),
}

/// Which subnets are read anew sooner.
fn is_sound(answer: &Known<Answered>) -> bool {
    matches!(answer, Known::Seen(Answered::Told(s)) if s.has_ipv6)
}

pub(super) async fn of(
    region: &Region,
    plan: &Plan,
    ipv4: &Known<Service>,
    twin: &Known<Service>,
    ages: Ages,
) -> Known<Subnets> {
    let reader = &region.readers.subnets;
    let own = ipv4.seen().map_or(&[][..], |s| &s.subnets);
    let named: BTreeSet<&String> = plan.ipv6.subnets.iter().collect();
    let ids: BTreeSet<String> = named.iter().copied().chain(own).cloned().collect();
    let stands = twin
        .seen()
        .is_some_and(|t| t.subnets.iter().collect::<BTreeSet<_>>() == named);
    let mut answers = reader.ask(ids, ages.subnets(stands)).await;
    if !stands {
        let is_doubted =
            |id: &String, answer: &Known<Answered>| named.contains(id) && !is_sound(answer);
        let doubted = answers.iter().filter(|(id, a)| is_doubted(id, a));
        let doubted: Vec<String> = doubted.map(|(id, _)| id.clone()).collect();
        answers.extend(reader.ask(doubted, ages.doubted_subnets()).await);
    }
    let mut told = BTreeMap::new();
    for (id, answer) in answers {
        match answer {
            Known::Seen(Answered::Told(subnet)) => told.insert(id, Some(subnet)),
            Known::Seen(Answered::Untold(why)) => return Known::Seen(Subnets::Untold(why)),
            Known::Absent => told.insert(id, None),
            Known::Unknown(why) => return Known::Unknown(why),
        };
    }
    Known::Seen(Subnets::Told(told))
}

pub(super) async fn read(clients: Arc<Clients>, ids: Vec<String>) -> Answers<String, Answered> {
    match describe(&clients, &ids).await {
        Ok(mut found) => {
            let answer = |id: String| {
                let subnet = found.remove(&id).map(|s| Answered::Told(s.into()));
                (id, subnet.map_or(Known::Absent, Known::Seen))
            };
            ids.into_iter().map(answer).collect()
        }
        Err(error) if passes(&error) => all_unknown(ids, &error),
        Err(error) => {
            let untold = Known::Seen(Answered::Untold(why(&error)));
            ids.into_iter().map(|id| (id, untold.clone())).collect()
        }
    }
}

/// What is over by itself. A missing permission, and no way from here to EC2, are not.
pub(crate) fn passes(error: &Error) -> bool {
    matches!(error.kind(), Kind::Throttled | Kind::Server | Kind::Behind)
}

async fn describe(clients: &Clients, ids: &[String]) -> Result<BTreeMap<String, Subnet>, Error> {
    let ask = Ask::default().filter("subnet-id", ids);
    let items = survey::all(clients, &call::DESCRIBE_SUBNETS, &ask, "subnetSet").await?;
    Ok(items.iter().filter_map(survey::subnet).collect())
}
