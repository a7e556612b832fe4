//! What a service leans on beside its network, asked once for all services and then remembered: a file a service of AWS's.
//!
//! What belongs here: which questions follow from a plan, and how old their answers may be. What must not: how a service is asked
//! ([`clients`]), and what is wrong with an answer (`sixshift_core::readiness`).
//!
//! No round waits for what only warns: it takes what is known, and what is not is on its way. Who asks once waits.

mod buckets;
mod clients;
mod efs;
mod roles;
mod stores;
mod waf;

use std::{collections::BTreeMap, sync::Arc};

pub(crate) use clients::Clients;
use futures::future::join_all;
use sixshift_core::{
    observation::{
        AddressCondition, BucketPolicy, Few, Known, Listing, LoadBalancer, MountTarget, Neighbours,
        Store, TaskDefinition, WebAcl,
    },
    plan::Plan,
    readiness::Leans,
};

use crate::{
    batch::{Batch, Since},
    error::Error,
    observe::{passes, why},
    region::{self, Region},
};

/// What AWS said, or that it will not say until somebody mends it: that is remembered as an answer is.
pub(crate) type Said<T> = Known<T>;

/// Every question that is asked of neighbours.
pub(crate) struct Readers {
    pub(crate) file_systems: Batch<String, Said<Vec<MountTarget>>>,
    pub(crate) stores: Batch<Listing, Said<Arc<Vec<Store>>>>,
    pub(crate) web_acls: Batch<String, Said<Arc<WebAcl>>>,
    pub(crate) roles: Batch<String, Said<Arc<Vec<AddressCondition>>>>,
    pub(crate) buckets: Batch<String, Said<Arc<BucketPolicy>>>,
}

/// How old answers may be.
#[derive(Clone, Copy)]
pub(crate) struct Ages {
    /// Of what stops a plan: somebody may be mending it.
    pub(crate) mended: Since,
    /// Of what only warns.
    pub(crate) told: Since,
    /// Whether who asks waits for that as well.
    pub(crate) waits: bool,
}

/// What a plan's service leans on.
pub(crate) async fn of(
    region: &Region,
    plan: &Plan,
    definition: &Known<TaskDefinition>,
    balancers: &Known<Vec<LoadBalancer>>,
    ages: Ages,
) -> Neighbours {
    let leans = definition.seen().map(|d| Leans::of(plan, d));
    let leans = leans.unwrap_or_default();
    let balancers = balancers.seen().into_iter().flatten();
    let balancers = balancers.filter(|b| b.kind == "application");
    let balancers = balancers.map(|b| b.arn.clone()).collect();
    let readers = &region.readers.neighbours;
    let (file_systems, stores, buckets, web_acls, roles) = tokio::join!(
        readers.file_systems.ask(leans.file_systems, ages.mended),
        readers.stores.ask(leans.stores, ages.mended),
        readers.buckets.ask(leans.buckets, ages.mended),
        told(&readers.web_acls, balancers, ages),
        told(&readers.roles, leans.roles.into_iter().collect(), ages),
    );
    Neighbours {
        file_systems: flat(file_systems),
        stores: flat(stores),
        web_acls: flat(web_acls),
        roles: flat(roles),
        buckets: flat(buckets),
        allowances: Few::default(),
    }
}

/// What only warns.
async fn told<V: Clone + Send + Sync + 'static>(
    reader: &Batch<String, Said<V>>,
    keys: Vec<String>,
    ages: Ages,
) -> BTreeMap<String, Known<Said<V>>> {
    if ages.waits {
        return reader.ask(keys, ages.told).await;
    }
    let glances = keys.into_iter().map(|key| {
        let known = reader.glance(key.clone(), ages.told);
        (key, known)
    });
    glances.collect()
}

pub(crate) fn flat<K: Ord, V>(answers: BTreeMap<K, Known<Said<V>>>) -> Few<K, Known<V>> {
    let one = |answer| match answer {
        Known::Seen(said) => said,
        Known::Absent => Known::Absent,
        Known::Unknown(why) => Known::Unknown(why),
    };
    let all = answers.into_iter();
    all.map(|(key, answer)| (key, one(answer))).collect()
}

/// An answer as it is remembered. What is over by itself is not.
fn said<T>(answer: Result<Known<T>, Error>) -> Known<Said<T>> {
    match answer {
        Ok(known) => Known::Seen(known),
        Err(error) if passes(&error) => Known::Unknown(why(&error)),
        Err(error) => Known::Seen(Known::Unknown(why(&error))),
    }
}

/// Each key by a question of its own, all at once.
pub(crate) async fn each<K: Clone, T, F>(
    clients: Arc<region::Clients>,
    keys: Vec<K>,
    one: impl Fn(Arc<region::Clients>, K) -> F,
) -> Vec<(K, Known<Said<T>>)>
where
    F: Future<Output = Result<Known<T>, Error>>,
{
    let answers = keys.into_iter().map(|key| {
        let answer = one(Arc::clone(&clients), key.clone());
        async { (key, said(answer.await)) }
    });
    join_all(answers).await
}

pub(crate) async fn read_file_systems(
    clients: Arc<region::Clients>,
    ids: Vec<String>,
) -> Vec<(String, Known<Said<Vec<MountTarget>>>)> {
    each(clients, ids, efs::mount_targets).await
}

pub(crate) async fn read_stores(
    clients: Arc<region::Clients>,
    lists: Vec<Listing>,
) -> Vec<(Listing, Known<Said<Arc<Vec<Store>>>>)> {
    each(clients, lists, stores::all).await
}

pub(crate) async fn read_web_acls(
    clients: Arc<region::Clients>,
    balancers: Vec<String>,
) -> Vec<(String, Known<Said<Arc<WebAcl>>>)> {
    each(clients, balancers, waf::acl_of).await
}

pub(crate) async fn read_roles(
    clients: Arc<region::Clients>,
    arns: Vec<String>,
) -> Vec<(String, Known<Said<Arc<Vec<AddressCondition>>>>)> {
    each(clients, arns, roles::conditions).await
}

pub(crate) async fn read_buckets(
    clients: Arc<region::Clients>,
    names: Vec<String>,
) -> Vec<(String, Known<Said<Arc<BucketPolicy>>>)> {
    each(clients, names, buckets::policy).await
}
