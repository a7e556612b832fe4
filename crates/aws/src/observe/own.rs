//! The tasks of a service that is moved in place behind a load balancer, and which of them ECS leaves alone.
//!
//! What belongs here: GetTaskProtection beside what is read of any task. What must not: whose side a task is on.

use std::sync::Arc;

use jiff::Timestamp;
use sixshift_core::{
    names::tag,
    observation::{Known, OwnTask, Service, TaskDefinition},
    plan::Plan,
};

use super::{Ages, Answers, all_unknown, tasks, timestamp};
use crate::{
    call,
    region::{Clients, Region},
};

/// A cluster and the ARN of a task.
pub(super) type Key = (String, String);

/// Asked until it stood for the bake, and while it is taken back.
pub(super) async fn of(
    region: &Region,
    plan: &Plan,
    service: &Known<Service>,
    definition: &Known<TaskDefinition>,
    now: Timestamp,
    ages: Ages,
) -> Known<Vec<OwnTask>> {
    let noted = |key| definition.seen().is_some_and(|d| d.tags.contains_key(key));
    let is_over = noted(tag::BAKED) && !noted(tag::ROLLED_BACK);
    if !plan.is_behind() || is_over {
        return Known::Absent;
    }
    let cluster = &plan.service.cluster;
    let all = match tasks::of(region, cluster, service, now, ages).await {
        Known::Seen(all) => all,
        Known::Absent => return Known::Absent,
        Known::Unknown(why) => return Known::Unknown(why),
    };
    let running = all.into_iter().filter(|t| t.status == "RUNNING");
    let asked = running.map(|task| async {
        let key = (cluster.clone(), task.arn.clone());
        let until = region.readers.protections.one(key, ages.unwell()).await;
        match until {
            Known::Seen(protected_until) => Known::Seen(Some(OwnTask {
                task,
                protected_until,
            })),
            // It went between the two questions.
            Known::Absent => Known::Seen(None),
            Known::Unknown(why) => Known::Unknown(why),
        }
    });
    let mut own = Vec::new();
    for task in futures::future::join_all(asked).await {
        match task {
            Known::Seen(task) => own.extend(task),
            Known::Unknown(why) => return Known::Unknown(why),
            Known::Absent => {}
        }
    }
    Known::Seen(own)
}

/// Until when tasks of one cluster are protected, where they are.
pub(super) async fn read(clients: Arc<Clients>, keys: Vec<Key>) -> Answers<Key, Option<Timestamp>> {
    let Some((cluster, _)) = keys.first() else {
        return Vec::new();
    };
    let arns = keys.iter().map(|(_, arn)| arn.clone()).collect();
    let request = clients
        .ecs
        .get_task_protection()
        .cluster(cluster)
        .set_tasks(Some(arns));
    let answer = clients
        .caller
        .read(&call::GET_TASK_PROTECTION, || request.clone().send())
        .await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return all_unknown(keys, &error),
    };
    let of = |key: Key| {
        let mut all = answer.protected_tasks().iter();
        let found = all.find(|t| t.task_arn() == Some(key.1.as_str()));
        let known = found.map_or(Known::Absent, |found| {
            let until = found
                .expiration_date()
                .filter(|_| found.protection_enabled());
            Known::Seen(until.map(|until| timestamp(Some(until))))
        });
        (key, known)
    };
    keys.into_iter().map(of).collect()
}
