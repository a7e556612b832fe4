//! The twin's tasks, and those beside a service that is moved in place: what runs, with its addresses, and what stopped last.
//!
//! What belongs here: ListTasks and DescribeTasks. What must not: the judgement of an address.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_ecs::types::{self as ecs, DesiredStatus, TaskStopCode};
use jiff::Timestamp;
use sixshift_core::{
    names,
    observation::{DerivedTask, Known, Pair, Service, Tags, Task, TaskDefinition},
    plan::Plan,
};

use super::{Ages, Answers, single, timestamp, why};
use crate::{
    batch::Since,
    call,
    error::Error,
    region::{Clients, Region},
};

/// How many tasks a DescribeTasks takes.
const MOST: usize = 100;
/// How many stopped tasks are worth telling of.
const STOPPED: usize = 10;

type Key = (String, String);

/// The tasks of a service, and while it has not as many as it wants, the last ones that stopped. Remembered ones serve a
/// light look as long as they are the ones that run, each with its address.
pub(super) async fn of(
    region: &Region,
    cluster: &str,
    known: &Known<Service>,
    now: Timestamp,
    ages: Ages,
) -> Known<Vec<Task>> {
    match known {
        Known::Seen(service) => {
            let key = (cluster.to_owned(), service.name.clone());
            let (running, stopped) = tokio::join!(
                wanted(region, service, &key, ages.running(known, now), ages),
                stopped(region, service, &key, ages),
            );
            match (running, stopped) {
                (Known::Seen(running), Known::Seen(stopped)) => {
                    Known::Seen([running, stopped].concat())
                }
                (Known::Unknown(why), _) | (_, Known::Unknown(why)) => Known::Unknown(why),
                _ => Known::Absent,
            }
        }
        Known::Absent => Known::Absent,
        Known::Unknown(why) => Known::Unknown(why.clone()),
    }
}

async fn wanted(
    region: &Region,
    service: &Service,
    key: &Key,
    age: Since,
    ages: Ages,
) -> Known<Vec<Task>> {
    let reader = &region.readers.tasks;
    let tasks = reader.one(key.clone(), age).await;
    let age = match &tasks {
        Known::Seen(all) if running(all).count() != service.running as usize => ages.now(),
        Known::Seen(all) if is_settled(all) => return tasks,
        _ => ages.unwell(),
    };
    reader.one(key.clone(), age).await
}

/// Why tasks stopped is worth a call only where some are missing.
async fn stopped(region: &Region, service: &Service, key: &Key, ages: Ages) -> Known<Vec<Task>> {
    if service.running >= service.desired {
        return Known::Seen(Vec::new());
    }
    let reader = &region.readers.stopped_tasks;
    reader.one(key.clone(), ages.unwell()).await
}

fn running(tasks: &[Task]) -> impl Iterator<Item = &Task> {
    tasks.iter().filter(|t| t.status == "RUNNING")
}

fn is_settled(tasks: &[Task]) -> bool {
    running(tasks).all(|t| t.ipv6.is_some() || t.ipv4.is_some())
        && tasks
            .iter()
            .all(|t| matches!(t.status.as_str(), "RUNNING" | "STOPPED"))
}

/// What ECS says of a service that is not there any more.
const NO_SERVICE: &[&str] = &["ServiceNotFoundException", "ServiceNotActiveException"];

/// The tasks of services of one cluster, either those that are to run or those that are not: a list each, and as few
/// descriptions as possible.
pub(super) async fn read(
    clients: Arc<Clients>,
    keys: Vec<Key>,
    which: DesiredStatus,
) -> Answers<Key, Vec<Task>> {
    let Some(cluster) = keys.first().map(|(cluster, _)| cluster.clone()) else {
        return Vec::new();
    };
    let mut answers = Vec::new();
    let mut lists = Vec::new();
    for key in keys {
        match list(&clients, &Whose::Service(&key), &which).await {
            Ok(arns) => lists.push((key, arns)),
            Err(error) if error.is_code(NO_SERVICE) => answers.push((key, Known::Absent)),
            Err(error) => answers.push((key, Known::Unknown(why(&error)))),
        }
    }
    let arns: Vec<String> = lists.iter().flat_map(|(_, arns)| arns.clone()).collect();
    let described = describe(&clients, &cluster, &arns).await;
    for (key, arns) in lists {
        let known = match &described {
            Ok(tasks) => Known::Seen(pick(&arns, tasks)),
            Err(error) => Known::Unknown(why(error)),
        };
        answers.push((key, known));
    }
    answers
}

/// The tasks of a plan's derived family, as long as they tell something: a service that stood for the bake has none beside it, and
/// behind a load balancer requests tell, unless ECS has started tasks that nobody asked for.
pub(super) async fn beside(
    region: &Region,
    plan: &Plan,
    definition: &Known<TaskDefinition>,
    twin: &Known<Service>,
    serves: bool,
    now: Timestamp,
    ages: Ages,
) -> Known<Vec<DerivedTask>> {
    let in_doubt = |t: &Service| t.is_active() && t.is_in_doubt(now);
    let is_asked =
        plan.is_unbalanced() || plan.is_behind() || serves && twin.seen().is_some_and(in_doubt);
    if !is_asked {
        return Known::Absent;
    }
    let is_over = |d: &TaskDefinition| d.tags.contains_key(names::tag::BAKED);
    let has_none = || twin.seen().is_none_or(|t| t.desired == 0 || is_cold(t));
    match definition {
        _ if plan.has_lone_twin() && has_none() => Known::Absent,
        Known::Absent => Known::Seen(Vec::new()),
        Known::Seen(definition) if is_over(definition) => Known::Absent,
        Known::Seen(_) => {
            let key = (plan.service.cluster.clone(), names::family(plan));
            region.readers.beside.one(key, ages.unwell()).await
        }
        Known::Unknown(why) => Known::Unknown(why.clone()),
    }
}

/// Whether traffic was taken back, and it is not noted yet why.
pub(super) fn lacks_a_reason(pairs: &Known<Vec<Pair>>) -> bool {
    let notes = pairs.seen().and_then(|pairs| pairs.first()?.ipv6.seen());
    notes.is_some_and(|group| {
        let noted = |key| group.tags.contains_key(key);
        noted(names::tag::ROLLED_BACK) && !noted(names::tag::ROLLED_BACK_WHY)
    })
}

/// Whether a twin has had all tasks for the bake.
pub(super) fn is_cold(twin: &Service) -> bool {
    notes_cold(&twin.tags)
}

/// Whether notes say that IPv4 was emptied, and is kept.
pub(super) fn notes_cold(tags: &Tags) -> bool {
    let noted = tags.get(names::tag::DESIRED);
    noted.is_some_and(|note| note.ends_with("/cold"))
}

/// The ids of services' tasks, those that stopped within the hour included.
pub(super) async fn read_ids(
    clients: Arc<Clients>,
    keys: Vec<Key>,
) -> Answers<Key, Arc<BTreeSet<String>>> {
    let mut answers = Vec::new();
    for key in keys {
        let read = ids(&clients, &key).await;
        answers.extend(single(key, read.map(Arc::new), NO_SERVICE));
    }
    answers
}

async fn ids(clients: &Clients, key: &Key) -> Result<BTreeSet<String>, Error> {
    let mut ids = BTreeSet::new();
    for which in [DesiredStatus::Running, DesiredStatus::Stopped] {
        let arns = list(clients, &Whose::Service(key), &which).await?;
        ids.extend(
            arns.iter()
                .filter_map(|arn| Some(arn.rsplit('/').next()?.to_owned())),
        );
    }
    Ok(ids)
}

/// The tasks of families in one cluster, those that are to run and those that stopped last.
pub(super) async fn read_beside(
    clients: Arc<Clients>,
    keys: Vec<Key>,
) -> Answers<Key, Vec<DerivedTask>> {
    let mut answers = Vec::new();
    for key in keys {
        let known = match of_family(&clients, &key).await {
            Ok(tasks) => Known::Seen(tasks),
            Err(error) => Known::Unknown(why(&error)),
        };
        answers.push((key, known));
    }
    answers
}

async fn of_family(clients: &Clients, key: &Key) -> Result<Vec<DerivedTask>, Error> {
    let mut arns = Vec::new();
    for which in [DesiredStatus::Running, DesiredStatus::Stopped] {
        arns.extend(list(clients, &Whose::Family(key), &which).await?);
    }
    let described = describe(clients, &key.0, &arns).await?;
    let mut tasks: Vec<DerivedTask> = described.values().map(derived_of).collect();
    tasks.sort_by(|a, b| (b.created_at, &b.task.arn).cmp(&(a.created_at, &a.task.arn)));
    Ok(tasks)
}

fn derived_of(task: &ecs::Task) -> DerivedTask {
    let text = |given: Option<&str>| given.unwrap_or_default().to_owned();
    DerivedTask {
        task: task_of(task),
        started_by: text(task.started_by()),
        task_definition: text(task.task_definition_arn()),
        created_at: timestamp(task.created_at()),
        health: text(task.health_status().map(ecs::HealthStatus::as_str)),
        of_service: task.group().is_some_and(|g| g.starts_with("service:")),
        failed: has_failed(task),
        stopped_at: task.stopped_at().map(|at| timestamp(Some(at))),
    }
}

/// By itself, or since ECS found it unhealthy: that it says in words alone (ECS developer guide, "Stopped tasks error messages").
fn has_failed(task: &ecs::Task) -> bool {
    let unhealthy = |why: &str| why.starts_with("Task failed") && why.contains("health checks");
    match task.stop_code() {
        Some(TaskStopCode::TaskFailedToStart | TaskStopCode::EssentialContainerExited) => true,
        Some(TaskStopCode::ServiceSchedulerInitiated) => {
            task.stopped_reason().is_some_and(unhealthy)
        }
        _ => false,
    }
}

/// Whose tasks are listed.
enum Whose<'a> {
    Service(&'a Key),
    Family(&'a Key),
}

async fn list(
    clients: &Clients,
    whose: &Whose<'_>,
    which: &DesiredStatus,
) -> Result<Vec<String>, Error> {
    let mut arns = Vec::new();
    let mut next = None;
    loop {
        let request = clients.ecs.list_tasks();
        let request = match whose {
            Whose::Service((cluster, service)) => request.cluster(cluster).service_name(service),
            Whose::Family((cluster, family)) => request.cluster(cluster).family(family),
        };
        let request = request.desired_status(which.clone()).set_next_token(next);
        let page = clients
            .caller
            .read(&call::LIST_TASKS, || request.clone().send())
            .await?;
        arns.extend_from_slice(page.task_arns());
        next = page.next_token;
        if next.is_none() {
            return Ok(arns);
        }
    }
}

async fn describe(
    clients: &Clients,
    cluster: &str,
    arns: &[String],
) -> Result<BTreeMap<String, ecs::Task>, Error> {
    let mut tasks = BTreeMap::new();
    for chunk in arns.chunks(MOST) {
        let request = clients
            .ecs
            .describe_tasks()
            .cluster(cluster)
            .set_tasks(Some(chunk.to_vec()));
        let answer = clients
            .caller
            .read(&call::DESCRIBE_TASKS, || request.clone().send())
            .await?;
        // A task may be gone between the list and this; that is no failure of the read.
        tasks.extend(
            answer
                .tasks
                .unwrap_or_default()
                .into_iter()
                .filter_map(|t| Some((t.task_arn.clone()?, t))),
        );
    }
    Ok(tasks)
}

fn pick(arns: &[String], tasks: &BTreeMap<String, ecs::Task>) -> Vec<Task> {
    let mine = arns.iter().filter_map(|arn| tasks.get(arn));
    let (mut stopped, mut running): (Vec<_>, Vec<_>) =
        mine.partition(|t| t.last_status() == Some("STOPPED"));
    running.sort_by_key(|t| (timestamp(t.created_at()), t.task_arn().map(str::to_owned)));
    stopped.sort_by_key(|t| {
        (
            std::cmp::Reverse(timestamp(t.stopped_at())),
            t.task_arn().map(str::to_owned),
        )
    });
    stopped.truncate(STOPPED);
    running.into_iter().chain(stopped).map(task_of).collect()
}

fn task_of(task: &ecs::Task) -> Task {
    let interfaces = || {
        task.containers()
            .iter()
            .flat_map(|c| c.network_interfaces())
    };
    let given = |address: Option<&str>| address.filter(|a| !a.is_empty()).map(str::to_owned);
    Task {
        arn: task.task_arn().unwrap_or_default().to_owned(),
        status: task.last_status().unwrap_or_default().to_owned(),
        zone: given(task.availability_zone()),
        started_at: task.started_at().map(|at| timestamp(Some(at))),
        ipv6: interfaces().find_map(|i| given(i.ipv6_address())),
        ipv4: interfaces().find_map(|i| given(i.private_ipv4_address())),
        stopped: task.stopped_reason().map(str::to_owned),
    }
}
