//! The first lines that the newest task beside a service wrote: no round waits for them, and what came first stays the same.
//!
//! What must not be here: which container's they are (`sixshift_core::observation`), and what they mean.
//!
//! Source: CloudWatch Logs API reference, GetLogEvents.

use std::sync::Arc;

use serde_json::json;
use sixshift_core::{
    names,
    observation::{
        DerivedTask, FIRST, FirstLines, Known, LogStream, TaskDefinition, cut_line, log_stream,
    },
    plan::Plan,
};

use super::Ages;
use crate::{
    batch::Since,
    call::GET_LOG_EVENTS,
    error::Error,
    neighbours::{Said, each},
    region::{Clients, Region},
};

/// Group and stream.
pub(crate) type Key = (String, String);

/// `Absent` where no task of the plan's is beside the service, or none of the newest definition.
pub(super) async fn of(
    region: &Region,
    plan: &Plan,
    definition: &Known<TaskDefinition>,
    tasks: &Known<Vec<DerivedTask>>,
    ages: Ages,
    waits: bool,
) -> Known<FirstLines> {
    let (Some(definition), Some(tasks)) = (definition.seen(), tasks.seen()) else {
        return Known::Absent;
    };
    let by = names::started_by(plan);
    let is_ours = |t: &&DerivedTask| t.started_by == by && t.task_definition == definition.arn;
    let has_begun = |t: &&DerivedTask| t.task.started_at.is_some() || !t.is_live();
    let Some(task) = tasks.iter().find(is_ours).filter(has_begun) else {
        return Known::Absent;
    };
    let id = task.task.arn.rsplit('/').next().unwrap_or_default();
    let told = FirstLines {
        task: id.to_owned(),
        ..FirstLines::default()
    };
    let unread = |why: String| FirstLines {
        unread: Some(why),
        ..told.clone()
    };
    let document = definition.document.read();
    let log = match log_stream(&document, &plan.service.region, id) {
        Ok(log) => log,
        Err(why) => return Known::Seen(unread(why)),
    };
    let LogStream {
        container,
        group,
        stream,
    } = log;
    match read_once(region, (group.clone(), stream), ages, waits).await {
        Known::Seen(Known::Seen(lines)) => Known::Seen(FirstLines {
            container: Some(container),
            lines: lines.to_vec(),
            ..told
        }),
        Known::Seen(Known::Absent) => Known::Seen(unread(format!(
            "log group {group} has nothing of it; where the group is missing no log is kept"
        ))),
        Known::Seen(Known::Unknown(why)) => Known::Seen(unread(why.to_string())),
        Known::Absent => Known::Absent,
        Known::Unknown(why) => Known::Unknown(why),
    }
}

/// What is remembered, and asked again while there are fewer lines than are shown.
async fn read_once(
    region: &Region,
    key: Key,
    ages: Ages,
    waits: bool,
) -> Known<Said<Arc<[String]>>> {
    let reader = &region.readers.lines;
    let is_whole = |known: &Known<Said<Arc<[String]>>>| {
        let lines = known.seen().and_then(Known::seen);
        lines.is_some_and(|lines| lines.len() >= FIRST)
    };
    if waits {
        return reader.one(key, ages.unwell()).await;
    }
    let remembered = reader.glance(key.clone(), Since::ANY);
    if is_whole(&remembered) {
        return remembered;
    }
    match reader.glance(key, ages.unwell()) {
        Known::Unknown(_) => remembered,
        newer => newer,
    }
}

/// The head of each stream.
pub(super) async fn read(
    clients: Arc<Clients>,
    keys: Vec<Key>,
) -> Vec<(Key, Known<Said<Arc<[String]>>>)> {
    each(clients, keys, head).await
}

async fn head(clients: Arc<Clients>, (group, stream): Key) -> Result<Known<Arc<[String]>>, Error> {
    let asked = json!({
        "logGroupName": group,
        "logStreamName": stream,
        "startFromHead": true,
        "limit": FIRST,
    });
    let logs = &clients.neighbours.logs;
    let answer = match logs.ask(&clients.caller, &GET_LOG_EVENTS, asked).await {
        Err(error) if error.is_code(&["ResourceNotFoundException"]) => return Ok(Known::Absent),
        answer => answer?,
    };
    let events = answer["events"].as_array().into_iter().flatten();
    let lines = events.filter_map(|e| e["message"].as_str()).map(cut_line);
    Ok(Known::Seen(lines.take(FIRST).collect()))
}
