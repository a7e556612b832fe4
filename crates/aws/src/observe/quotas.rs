//! What the account may have, and how much of it is there: of Elastic Load Balancing as that tells it, of others by Service Quotas.
//!
//! What belongs here: the reads, and until when they matter. What must not: whether it is enough.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;
use serde_json::{Value, json};
use sixshift_core::{
    names::is_of_lattice,
    observation::{Allowance, Known, Pair, Quota, Quotas, Shared, Usage, Why},
};

use super::{Ages, Answers, metrics, single, target_groups};
use crate::{
    call,
    error::{Error, Kind},
    neighbours::{self, Said},
    region::{Clients, Region},
};

/// The one account that is asked.
const ACCOUNT: &str = "account";

/// The account's target groups in the region.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted {
    all: u64,
    by_balancer: Shared<BTreeMap<String, u64>>,
}

/// Until every target group has its partner. Without the permission to read them there are none: what AWS gives everybody
/// is taken then.
pub(super) async fn of(region: &Region, pairs: &Known<Vec<Pair>>, ages: Ages) -> Known<Quotas> {
    let pairs = match pairs {
        Known::Seen(pairs) => pairs,
        Known::Absent => return Known::Absent,
        Known::Unknown(why) => return Known::Unknown(why.clone()),
    };
    // Elastic Load Balancing's are no quotas of VPC Lattice.
    let pairs = pairs.iter().filter(|p| !is_of_lattice(&p.ipv4_arn));
    let mut missing = pairs.filter(|p| p.ipv6.is_absent());
    if !missing.any(|p| p.ipv4.seen().is_some()) {
        return Known::Absent;
    }
    let readers = &region.readers;
    let (limits, counted) = tokio::join!(
        readers.limits.one(ACCOUNT.to_owned(), ages.quotas()),
        readers.groups_of.one(ACCOUNT.to_owned(), ages.quotas()),
    );
    let limits = match limits {
        Known::Seen(limits) => limits,
        Known::Absent => Shared::default(),
        Known::Unknown(why) => return Known::Unknown(why),
    };
    counted.map(|counted| Quotas {
        limits,
        groups: counted.by_balancer.clone(),
        all_groups: counted.all,
    })
}

pub(super) async fn read_limits(
    clients: Arc<Clients>,
    keys: Vec<String>,
) -> Answers<String, Shared<BTreeMap<String, u64>>> {
    let read = limits(&clients).await;
    let answer = match read {
        Ok(limits) => Known::Seen(limits.into()),
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

/// All of them at once: a load balancer's own are among them.
pub(super) async fn read_groups_of(
    clients: Arc<Clients>,
    keys: Vec<String>,
) -> Answers<String, Arc<Counted>> {
    let mut answers = Vec::new();
    for key in keys {
        let counted = target_groups::all(&clients).await.map(|groups| {
            let mut counted = Counted {
                all: groups.len() as u64,
                ..Counted::default()
            };
            for arn in groups.iter().flat_map(|g| g.load_balancer_arns()) {
                *counted.by_balancer.entry(arn.clone()).or_default() += 1;
            }
            Arc::new(counted)
        });
        answers.extend(single(key, counted, &[]));
    }
    answers
}

/// What is left of each of some quotas, as far as AWS tells.
pub(super) async fn allowances(
    region: &Region,
    quotas: BTreeSet<Quota>,
    now: Timestamp,
    ages: Ages,
) -> BTreeMap<Quota, Known<Allowance>> {
    let (granted, used) = tokio::join!(
        region.readers.granted.ask(quotas.clone(), ages.quotas()),
        metrics::usage(region, &quotas, now, ages),
    );
    let granted = neighbours::flat(granted).into_iter();
    granted
        .map(|(quota, most)| (quota, allowance(quota, most, &used)))
        .collect()
}

fn allowance(
    quota: Quota,
    most: Known<f64>,
    used: &Result<BTreeMap<Quota, Usage>, Why>,
) -> Known<Allowance> {
    match used {
        Err(why) if quota.is_metered() => Known::Unknown(why.clone()),
        used => most.map(|most| Allowance {
            most,
            used: used.as_ref().ok().and_then(|all| all.get(&quota).copied()),
        }),
    }
}

/// What is granted, or else what everybody is given.
pub(super) async fn read_granted(
    clients: Arc<Clients>,
    quotas: Vec<Quota>,
) -> Answers<Quota, Said<f64>> {
    neighbours::each(clients, quotas, granted).await
}

async fn granted(clients: Arc<Clients>, quota: Quota) -> Result<Known<f64>, Error> {
    const NONE: &[&str] = &["NoSuchResourceException"];
    let (service, code) = quota.codes();
    let asked = json!({ "ServiceCode": service, "QuotaCode": code });
    let ask = |operation| {
        let quotas = &clients.neighbours.quotas;
        quotas.ask(&clients.caller, operation, asked.clone())
    };
    let told = match ask(&call::GET_SERVICE_QUOTA).await {
        Err(error) if error.is_code(NONE) => ask(&call::GET_AWS_DEFAULT_SERVICE_QUOTA).await,
        told => told,
    };
    match told {
        Ok(told) => Ok(value(&told["Quota"])),
        Err(error) if error.is_code(NONE) => Ok(Known::Absent),
        Err(error) => Err(error),
    }
}

/// A quota that Service Quotas could not ask its service for has a reason in its value's place.
fn value(quota: &Value) -> Known<f64> {
    let text = |member: &str| quota["ErrorReason"][member].as_str().unwrap_or("no value");
    let untold = || {
        let (code, message) = (text("ErrorCode"), text("ErrorMessage"));
        let operation = call::GET_SERVICE_QUOTA.name;
        Why::new(format!("{operation}: {code}: {message}")).lasting(true)
    };
    let value = quota["Value"].as_f64();
    value.map_or_else(|| Known::Unknown(untold()), Known::Seen)
}
