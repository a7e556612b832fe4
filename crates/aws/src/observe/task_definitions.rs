//! Task definitions: a revision never changes, so each is read once.
//!
//! What belongs here: DescribeTaskDefinition and its reading. What must not: the deriving of one ([`crate::act`]).

use std::sync::Arc;

use serde_json::Value;
use sixshift_core::observation::{
    DescribedTaskDefinition, Document, Known, Service, TaskDefinition, TaskSize,
};
use tokio::time::Instant;

use super::{Ages, Answers, services, timestamp, why};
use crate::{
    batch::Since,
    call,
    document::Kept,
    error::Error,
    region::{Clients, Region},
};

/// The one that a service's primary deployment runs.
pub(super) async fn of_service(region: &Region, service: &Known<Service>) -> Known<TaskDefinition> {
    match service {
        Known::Seen(service) => {
            let arn = service
                .primary()
                .map_or(&service.task_definition, |d| &d.task_definition);
            region
                .readers
                .definitions
                .one(arn.clone(), Since::ANY)
                .await
        }
        Known::Absent => Known::Absent,
        Known::Unknown(why) => Known::Unknown(why.clone()),
    }
}

/// The newest active revision of a family.
pub(super) async fn newest(region: &Region, family: String, ages: Ages) -> Known<TaskDefinition> {
    let asked = Instant::now();
    let newest = region
        .readers
        .definitions
        .one(family, ages.task_definitions())
        .await;
    if let Known::Seen(definition) = &newest {
        region
            .readers
            .definitions
            .learn(definition.arn.clone(), asked, definition.clone());
    }
    newest
}

/// One, by ARN or family.
pub(super) async fn read(
    clients: Arc<Clients>,
    keys: Vec<String>,
) -> Answers<String, TaskDefinition> {
    let mut answers = Vec::new();
    for key in keys {
        let known = read_one(&clients, &key).await;
        answers.push((key, known));
    }
    answers
}

async fn read_one(clients: &Clients, key: &str) -> Known<TaskDefinition> {
    let request = clients
        .ecs
        .describe_task_definition()
        .task_definition(key)
        .include(aws_sdk_ecs::types::TaskDefinitionField::Tags);
    let kept = Kept::default();
    let attempt = || request.clone().customize().interceptor(kept.clone()).send();
    let answer = match clients
        .caller
        .read(&call::DESCRIBE_TASK_DEFINITION, attempt)
        .await
    {
        Ok(answer) => answer,
        Err(error) if is_missing(&error) => return Known::Absent,
        Err(error) => return Known::Unknown(why(&error)),
    };
    let Some(definition) = answer.task_definition() else {
        return Known::Absent;
    };
    let document = kept.document()["taskDefinition"].take();
    let accelerators = has_accelerators(&document);
    let document = Document::from(document);
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let platform = definition.runtime_platform();
    let os = platform.and_then(|p| p.operating_system_family());
    let architecture = platform.and_then(|p| p.cpu_architecture());
    let described = DescribedTaskDefinition {
        arn: text(definition.task_definition_arn()),
        // ECS leaves it out where it is the default of the platform.
        network_mode: definition
            .network_mode()
            .map_or("bridge", |m| m.as_str())
            .to_owned(),
        operating_system: os.map(|os| os.as_str().to_owned()),
        architecture: architecture.map(|a| a.as_str().to_owned()),
        size: size(definition.cpu(), definition.memory()),
        images: definition
            .container_definitions()
            .iter()
            .map(|c| (text(c.name()), text(c.image())))
            .collect(),
        secrets: definition
            .container_definitions()
            .iter()
            .flat_map(|c| {
                c.secrets()
                    .iter()
                    .map(|s| (text(c.name()), s.name().to_owned()))
            })
            .collect(),
        accelerators,
        bytes: document.bytes(),
        document,
        registered_at: timestamp(definition.registered_at()),
        tags: services::tags(answer.tags()),
    };
    Known::Seen(described.into())
}

/// ECS takes `1 vCPU` and `2 GB` as well, and answers in units and MiB (ECS: "Task size").
fn size(cpu: Option<&str>, memory: Option<&str>) -> Option<TaskSize> {
    Some(TaskSize {
        cpu: cpu?.parse().ok()?,
        memory: memory?.parse().ok()?,
    })
}

fn has_accelerators(definition: &Value) -> bool {
    let asked = definition["inferenceAccelerators"].as_array();
    asked.is_some_and(|a| !a.is_empty())
}

/// ECS has no error code of its own for this one.
pub(crate) fn is_missing(error: &Error) -> bool {
    error.is_code(&["ClientException"])
        && error
            .message()
            .contains("Unable to describe task definition")
}
