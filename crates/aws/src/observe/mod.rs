//! Looks at everything that one plan is about, and says it in the core's words.
//!
//! What belongs here: the order of the questions. What must not: the questions themselves (one file a topic below), how old
//! an answer may be ([`ages`]), and any conclusion.

pub(crate) mod action_list;
mod ages;
pub(crate) mod alarm_documents;
mod alarms;
mod answers;
mod families;
mod group_members;
pub(crate) mod lattice;
mod lines;
pub(crate) mod metrics;
mod own;
mod probe;
mod quotas;
pub(crate) mod registries;
mod revisions;
pub(crate) mod routes;
pub(crate) mod scaling;
mod services;
pub(crate) mod subnets;
mod tags;
pub(crate) mod target_groups;
pub(crate) mod task_definitions;
mod tasks;
mod written;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ages::Ages;
pub(crate) use answers::why;
use answers::{Answers, DOCUMENTED, all_unknown, halving, seen_all, single};
use aws_sdk_ecs::types::DesiredStatus;
use futures::future::BoxFuture;
use jiff::Timestamp;
pub(crate) use metrics::Memory;
use sixshift_core::{
    names,
    observation::{Few, Ground, Observation, Quota, Service, Shared, Tags},
    plan::Plan,
    proposal::{Standing, settled},
    readiness,
};
pub(crate) use subnets::passes;
use tokio::time::Instant;
pub(crate) use written::Authors;

use crate::{
    asked::Asked,
    batch::{Batch, Crowd, Gather},
    neighbours,
    region::{Clients, Region},
    survey,
};

/// Every question that is asked in batches.
pub(crate) struct Readers {
    pub(crate) services: Batch<(String, String), Service>,
    pub(crate) revisions: Batch<String, sixshift_core::observation::ServiceRevision>,
    pub(crate) definitions: Batch<String, sixshift_core::observation::TaskDefinition>,
    pub(crate) groups: Batch<String, target_groups::Group>,
    pub(crate) groups_by_name: Batch<String, target_groups::Group>,
    pub(crate) lattice_by_name: Batch<String, target_groups::Group>,
    pub(crate) group_tags: Batch<String, Tags>,
    pub(crate) route_tags: Batch<sixshift_core::observation::RouteId, Tags>,
    pub(crate) attributes: Batch<String, Tags>,
    pub(crate) targets: Batch<String, Vec<sixshift_core::observation::Target>>,
    pub(crate) load_balancers: Batch<String, sixshift_core::observation::LoadBalancer>,
    pub(crate) listeners_of: Batch<String, Vec<action_list::ActionList>>,
    pub(crate) rules_of: Batch<String, Vec<action_list::ActionList>>,
    pub(crate) routes: Batch<sixshift_core::observation::RouteId, action_list::ActionList>,
    pub(crate) tasks: Batch<(String, String), Vec<sixshift_core::observation::Task>>,
    pub(crate) stopped_tasks: Batch<(String, String), Vec<sixshift_core::observation::Task>>,
    pub(crate) beside: Batch<(String, String), Vec<sixshift_core::observation::DerivedTask>>,
    pub(crate) protections: Batch<own::Key, Option<Timestamp>>,
    pub(crate) scalable: Batch<String, scaling::Bounds>,
    pub(crate) policies: Batch<String, Vec<sixshift_core::observation::ScalingPart>>,
    pub(crate) scheduled: Batch<String, Vec<sixshift_core::observation::ScalingPart>>,
    pub(crate) alarms: Batch<String, sixshift_core::observation::Alarm>,
    pub(crate) lines: Batch<lines::Key, neighbours::Said<Arc<[String]>>>,
    pub(crate) written: Batch<written::Block, written::Written>,
    pub(crate) task_ids: Batch<(String, String), Arc<std::collections::BTreeSet<String>>>,
    pub(crate) metrics: Batch<metrics::Ask, metrics::Points>,
    pub(crate) subnets: Batch<String, subnets::Answered>,
    pub(crate) grounds: Batch<String, Arc<Ground>>,
    pub(crate) registries: Batch<String, sixshift_core::observation::Registry>,
    pub(crate) registries_in: Batch<String, Arc<BTreeMap<String, String>>>,
    pub(crate) limits: Batch<String, Shared<BTreeMap<String, u64>>>,
    pub(crate) groups_of: Batch<String, Arc<quotas::Counted>>,
    pub(crate) granted: Batch<Quota, neighbours::Said<f64>>,
    pub(crate) neighbours: neighbours::Readers,
}

impl Readers {
    pub(crate) fn new(
        clients: &Arc<Clients>,
        hurried: &Arc<Clients>,
        pause: Duration,
        crowd: &Arc<Crowd>,
    ) -> Self {
        let clients = &[clients, hurried].map(Arc::clone);
        let each = |limit| Gather {
            pause,
            crowd: Arc::clone(crowd),
            limit,
            group: |_: &String| String::new(),
            keep: true,
        };
        // By whose they are: no call is of both services.
        let by_arn = |limit| Gather {
            group: |arn: &String| lattice::service_of(arn).to_owned(),
            ..each(limit)
        };
        let by_cluster = |limit| Gather {
            pause,
            crowd: Arc::clone(crowd),
            limit,
            group: |(cluster, _): &(String, String)| cluster.clone(),
            keep: true,
        };
        Self {
            services: reader(clients, by_cluster(10), |c, keys| {
                Box::pin(services::read(c, keys))
            }),
            revisions: reader(clients, each(20), |c, keys| {
                Box::pin(revisions::read(c, keys))
            }),
            definitions: reader(clients, each(1), |c, keys| {
                Box::pin(task_definitions::read(c, keys))
            }),
            groups: reader(clients, by_arn(100), |c, keys| {
                Box::pin(target_groups::read_by_arn(c, keys))
            }),
            groups_by_name: reader(clients, each(20), |c, keys| {
                Box::pin(target_groups::read_by_name(c, keys))
            }),
            lattice_by_name: reader(clients, each(500), |c, keys| {
                Box::pin(lattice::read_by_name(c, keys))
            }),
            group_tags: reader(clients, by_arn(20), |c, keys| {
                Box::pin(target_groups::read_tags(c, keys))
            }),
            route_tags: reader(
                clients,
                tags::gather(pause, Arc::clone(crowd)),
                |c, keys| Box::pin(tags::read_of_routes(c, keys)),
            ),
            attributes: reader(clients, each(1), |c, keys| {
                Box::pin(target_groups::read_attributes(c, keys))
            }),
            targets: reader(clients, each(1), |c, keys| {
                Box::pin(target_groups::read_targets(c, keys))
            }),
            load_balancers: reader(clients, by_arn(20), |c, keys| {
                Box::pin(routes::read_load_balancers(c, keys))
            }),
            listeners_of: reader(clients, each(1), |c, keys| {
                Box::pin(routes::read_listeners_of(c, keys))
            }),
            rules_of: reader(clients, each(1), |c, keys| {
                Box::pin(routes::read_rules_of(c, keys))
            }),
            routes: reader(
                clients,
                routes::gather(pause, Arc::clone(crowd)),
                |c, keys| Box::pin(routes::read_by_id(c, keys)),
            ),
            tasks: reader(clients, by_cluster(100), |c, keys| {
                Box::pin(tasks::read(c, keys, DesiredStatus::Running))
            }),
            stopped_tasks: reader(clients, by_cluster(100), |c, keys| {
                Box::pin(tasks::read(c, keys, DesiredStatus::Stopped))
            }),
            beside: reader(clients, by_cluster(100), |c, keys| {
                Box::pin(tasks::read_beside(c, keys))
            }),
            protections: reader(clients, by_cluster(100), |c, keys| {
                Box::pin(own::read(c, keys))
            }),
            scalable: reader(clients, each(50), |c, keys| {
                Box::pin(scaling::read_targets(c, keys))
            }),
            policies: reader(clients, each(1), |c, keys| {
                Box::pin(scaling::read_policies(c, keys))
            }),
            scheduled: reader(clients, each(1), |c, keys| {
                Box::pin(scaling::read_scheduled(c, keys))
            }),
            alarms: reader(clients, each(100), |c, keys| {
                Box::pin(alarms::read(c, keys))
            }),
            metrics: reader(
                clients,
                metrics::gather(pause, Arc::clone(crowd)),
                |c, keys| Box::pin(metrics::read(c, keys)),
            ),
            subnets: reader(clients, each(subnets::MOST), |c, keys| {
                Box::pin(subnets::read(c, keys))
            }),
            grounds: reader(clients, each(1), |c, keys| Box::pin(survey::read(c, keys))),
            lines: reader(clients, one_by_one(pause, crowd), |c, keys| {
                Box::pin(lines::read(c, keys))
            }),
            written: reader(clients, one_by_one(pause, crowd), |c, keys| {
                Box::pin(written::count(c, keys))
            }),
            task_ids: reader(clients, one_by_one(pause, crowd), |c, keys| {
                Box::pin(tasks::read_ids(c, keys))
            }),
            registries: reader(clients, one_by_one(pause, crowd), |c, keys| {
                Box::pin(registries::read(c, keys))
            }),
            registries_in: reader(clients, one_by_one(pause, crowd), |c, keys| {
                Box::pin(registries::read_names(c, keys))
            }),
            limits: reader(clients, each(1), |c, keys| {
                Box::pin(quotas::read_limits(c, keys))
            }),
            groups_of: reader(clients, each(1), |c, keys| {
                Box::pin(quotas::read_groups_of(c, keys))
            }),
            granted: reader(clients, one_by_one(pause, crowd), |c, keys| {
                Box::pin(quotas::read_granted(c, keys))
            }),
            neighbours: neighbours::Readers {
                file_systems: reader(clients, each(1), |c, keys| {
                    Box::pin(neighbours::read_file_systems(c, keys))
                }),
                stores: reader(clients, one_by_one(pause, crowd), |c, keys| {
                    Box::pin(neighbours::read_stores(c, keys))
                }),
                web_acls: reader(clients, each(1), |c, keys| {
                    Box::pin(neighbours::read_web_acls(c, keys))
                }),
                roles: reader(clients, each(1), |c, keys| {
                    Box::pin(neighbours::read_roles(c, keys))
                }),
                buckets: reader(clients, each(1), |c, keys| {
                    Box::pin(neighbours::read_buckets(c, keys))
                }),
            },
        }
    }
}

/// Each by itself, all at once.
fn one_by_one<K>(pause: Duration, crowd: &Arc<Crowd>) -> Gather<K> {
    Gather {
        pause,
        crowd: Arc::clone(crowd),
        limit: 1,
        group: |_| String::new(),
        keep: true,
    }
}

type Read<K, V> = fn(Arc<Clients>, Vec<K>) -> BoxFuture<'static, Answers<K, V>>;

/// The clients come in two: for those who have time, and for those in a hurry.
fn reader<K, V>(clients: &[Arc<Clients>; 2], gather: Gather<K>, read: Read<K, V>) -> Batch<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    let [usual, hurried] = clients.clone();
    Batch::new(gather, move |keys, urgent| {
        read(Arc::clone(if urgent { &hurried } else { &usual }), keys)
    })
}

/// How often somebody who asks once looks again, and after how long.
const AGAIN: u32 = 4;
const PAUSE: Duration = Duration::from_secs(3);

/// The same for somebody who asks once: no later round sees what AWS was too busy to tell. What it did tell is not asked again.
pub(crate) async fn patiently(region: &Region, plan: &Plan, asked: Asked) -> Observation {
    let (caller, begun) = (&region.clients.caller, Instant::now());
    let mut seen = whole(region, plan, asked).await;
    for _ in 0..AGAIN {
        if seen.passing().is_none() {
            break;
        }
        tokio::time::sleep(caller.pace(PAUSE)).await;
        let passed = begun.elapsed().mul_f64(caller.rate);
        let now = asked.now.saturating_add(passed).unwrap_or(asked.now);
        seen = whole(region, plan, Asked { now, ..asked }).await;
    }
    seen
}

/// Everything about a plan, waiting for all of it.
pub(crate) async fn whole(region: &Region, plan: &Plan, asked: Asked) -> Observation {
    look(region, plan, asked, true).await
}

/// Everything about a plan. What only warns is told once it is known.
pub(crate) async fn observe(region: &Region, plan: &Plan, asked: Asked) -> Observation {
    look(region, plan, asked, false).await
}

/// `waits` for all of it.
async fn look(region: &Region, plan: &Plan, asked: Asked, waits: bool) -> Observation {
    let _looking = region.crowd.join();
    let (now, look) = (asked.now, asked.look);
    let ages = Ages::new(asked, region.clients.caller.rate);
    let (ipv4, twin) = services::both(region, plan, ages).await;
    let ages = ages.once_seen(&ipv4, &twin);
    let cluster = &plan.service.cluster;
    let twin_resource = names::scaling_resource(cluster, &names::service(plan));
    let (
        ipv4_task_definition,
        ipv4_revision,
        twin_task_definition,
        pairs,
        ipv4_scaling,
        twin_scaling,
        twin_tasks,
        alarms,
    ) = tokio::join!(
        task_definitions::of_service(region, &ipv4),
        revisions::of_service(region, &ipv4),
        task_definitions::newest(region, names::family(plan), ages),
        target_groups::pairs(region, plan, &ipv4, &twin, now, ages),
        scaling::of(
            region,
            names::scaling_resource(cluster, &plan.service.name),
            ages
        ),
        scaling::of(region, twin_resource, ages),
        tasks::of(region, cluster, &twin, now, ages),
        alarms::of(region, &plan.health.alarms, ages),
    );
    let (load_balancers, (routes, beside), (subnets, ground), quotas, allowances) = tokio::join!(
        routes::load_balancers(region, &pairs, ages),
        routes::of(region, &plan.uid, &pairs, ages),
        async {
            let subnets = subnets::of(region, plan, &ipv4, &twin, ages).await;
            let ground = {
                let named = Some(plan.ipv6.subnets.as_slice());
                survey::around(region, &subnets, named, ages.ground()).await
            };
            (subnets, ground)
        },
        quotas::of(region, &pairs, ages),
        quotas::allowances(region, readiness::quotas(&ipv4, &twin), now, ages),
    );
    let pairs = target_groups::behind(pairs, &routes);
    let standing = Standing {
        ipv4: &ipv4,
        twin: &twin,
        derived: &twin_task_definition,
        pairs: &pairs,
        balancers: &load_balancers,
        routes: &routes,
    };
    // What comes after is asked for as the way has it.
    let plan = &*settled(plan, standing);
    // Why traffic was taken back is told once it is.
    let serves = metrics::is_any_on_ipv6(&pairs, &routes) || tasks::lacks_a_reason(&pairs);
    let derived_tasks = tasks::beside(
        region,
        plan,
        &twin_task_definition,
        &twin,
        serves,
        now,
        ages,
    )
    .await;
    let own_tasks = own::of(region, plan, &ipv4, &twin_task_definition, now, ages).await;
    let is_begun = match plan.in_place() {
        Some(_) => twin_task_definition
            .seen()
            .is_some_and(|d| !d.tags.contains_key(names::tag::BAKED)),
        None => twin.seen().is_some(),
    };
    let first_lines = lines::of(
        region,
        plan,
        &twin_task_definition,
        &derived_tasks,
        ages,
        waits,
    )
    .await;
    let around = probe::Around {
        pairs: &pairs,
        routes: &routes,
        balancers: &load_balancers,
    };
    // Few have room for it, and every look would keep it.
    let probing = Box::pin(probe::of(region, plan, beside, around, (look, ages))).await;
    let wrote = metrics::Around {
        ipv4: &ipv4,
        twin: &twin,
        definitions: [&ipv4_task_definition, &twin_task_definition],
        pairs: &pairs,
        routes: &routes,
    };
    let begun = metrics::begun(plan, &twin, &twin_task_definition);
    let (measured, readings, route_tags, registries, mut neighbours) = tokio::join!(
        metrics::of(region, plan, begun, &pairs, &routes, now, ages),
        async {
            match is_begun {
                true => Box::pin(metrics::readings(region, plan, wrote, now, ages)).await,
                false => Vec::new(),
            }
        },
        tags::of_routes(region, &routes, ages),
        registries::of(region, plan, &ipv4, ages),
        neighbours::of(
            region,
            plan,
            &ipv4_task_definition,
            &load_balancers,
            ages.neighbours(waits)
        ),
    );
    neighbours.allowances = allowances.into();
    Observation {
        at: now,
        look,
        ipv4,
        twin,
        ipv4_task_definition,
        ipv4_revision,
        twin_task_definition,
        pairs,
        load_balancers,
        routes,
        route_tags,
        ipv4_scaling,
        twin_scaling,
        twin_tasks,
        derived_tasks,
        own_tasks,
        registries,
        first_lines,
        probing,
        recent: measured.recent,
        long: measured.long,
        readings,
        before: measured.before,
        alarms,
        subnets,
        ground,
        quotas,
        names: Few::default(),
        neighbours,
    }
}

/// AWS's time as ours.
pub(crate) fn timestamp(time: Option<&aws_smithy_types::DateTime>) -> Timestamp {
    let parts = time.map(|t| {
        (
            t.secs(),
            i32::try_from(t.subsec_nanos()).unwrap_or_default(),
        )
    });
    parts
        .and_then(|(secs, nanos)| Timestamp::new(secs, nanos).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A count that AWS gives signed.
fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}
