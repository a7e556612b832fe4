//! What Elastic Load Balancing allows the account, and how many target groups its load balancers have.
//!
//! What belongs here: the reads, and until when they matter. What must not: whether it is enough.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sixshift_core::observation::{Known, Pair, Quotas};

use super::{Ages, Answers, seen_all, single, target_groups};
use crate::{
    call,
    error::{Error, Kind},
    region::{Clients, Region},
};

/// The one account that is asked.
const ACCOUNT: &str = "account";

/// Until every target group has its partner. Without the permission to read them there are none: what AWS gives everybody
/// is taken then.
pub(super) async fn of(region: &Region, pairs: &Known<Vec<Pair>>, ages: Ages) -> Known<Quotas> {
    let pairs = match pairs {
        Known::Seen(pairs) => pairs,
        Known::Absent => return Known::Absent,
        Known::Unknown(why) => return Known::Unknown(why.clone()),
    };
    let missing = pairs.iter().filter(|p| p.ipv6.is_absent());
    let balancers: BTreeSet<String> = missing
        .filter_map(|p| p.ipv4.seen())
        .flat_map(|g| g.load_balancers.clone())
        .collect();
    if balancers.is_empty() {
        return Known::Absent;
    }
    let readers = &region.readers;
    let (limits, groups) = tokio::join!(
        readers.limits.one(ACCOUNT.to_owned(), ages.quotas()),
        readers.groups_of.ask(balancers, ages.quotas()),
    );
    let limits = match limits {
        Known::Seen(limits) => limits,
        Known::Absent => BTreeMap::new(),
        Known::Unknown(why) => return Known::Unknown(why),
    };
    match seen_all(groups) {
        Ok(groups) => Known::Seen(Quotas {
            limits,
            groups: groups.into_iter().collect(),
        }),
        Err(why) => Known::Unknown(why),
    }
}

pub(super) async fn read_limits(
    clients: Arc<Clients>,
    keys: Vec<String>,
) -> Answers<String, BTreeMap<String, u64>> {
    let read = limits(&clients).await;
    let answer = match read {
        Ok(limits) => Known::Seen(limits),
        Err(error) if error.kind() == Kind::Denied => Known::Absent,
        Err(error) => Known::Unknown(super::why(&error)),
    };
    keys.into_iter().map(|key| (key, answer.clone())).collect()
}

async fn limits(clients: &Clients) -> Result<BTreeMap<String, u64>, Error> {
    let mut all = BTreeMap::new();
    let mut next = None;
    loop {
        let request = clients.elb.describe_account_limits().set_marker(next);
        let page = clients
            .caller
            .read(&call::DESCRIBE_ACCOUNT_LIMITS, || request.clone().send())
            .await?;
        let limits = page.limits().iter();
        all.extend(limits.filter_map(|l| Some((l.name()?.to_owned(), l.max()?.parse().ok()?))));
        next = page.next_marker;
        if next.is_none() {
            return Ok(all);
        }
    }
}

pub(super) async fn read_groups_of(
    clients: Arc<Clients>,
    balancers: Vec<String>,
) -> Answers<String, u64> {
    let mut answers = Vec::new();
    for arn in balancers {
        let read = target_groups::behind_balancer(&clients, &arn).await;
        let count = read.map(|groups| groups.len() as u64);
        answers.extend(single(arn, count, super::routes::NO_LOAD_BALANCER));
    }
    answers
}
