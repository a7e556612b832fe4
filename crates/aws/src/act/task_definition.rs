//! A task definition derived from another.
//!
//! What belongs here: the calls. The documents go from one to the other as they are on the wire, so that members which are
//! newer than the SDK are carried. What must not: which edits are wanted (`sixshift_core::twin`).

use aws_sdk_ecs::types::TaskDefinitionField;
use serde_json::Value;
use sixshift_core::twin::{DefinitionEdits, derived_definition};

use crate::{
    call::{self, Operation},
    document::{Kept, Sent},
    error::Error,
    observe::task_definitions,
    region::Clients,
};

pub(super) async fn register(
    clients: &Clients,
    from: &str,
    edits: &DefinitionEdits<'_>,
) -> Result<(), Error> {
    let operation = &call::REGISTER_TASK_DEFINITION;
    let (source, tags) = described(clients, operation, from).await?;
    let document = derived_definition(&source, &tags, edits);
    let request = clients
        .ecs
        .register_task_definition()
        .family(edits.family)
        .set_container_definitions(Some(Vec::new()))
        .customize()
        .interceptor(Sent::new(&document));
    clients
        .caller
        .once(operation, request.send())
        .await
        .map(drop)
}

/// A task definition and its tags as they are on the wire, for an operation that cannot be without it.
pub(crate) async fn described(
    clients: &Clients,
    operation: &Operation,
    arn: &str,
) -> Result<(Value, Value), Error> {
    let gone = || Error::Gone {
        operation: operation.name,
        resource: arn.to_owned(),
    };
    let request = clients
        .ecs
        .describe_task_definition()
        .task_definition(arn)
        .include(TaskDefinitionField::Tags);
    let kept = Kept::default();
    let attempt = || request.clone().customize().interceptor(kept.clone()).send();
    match clients
        .caller
        .read(&call::DESCRIBE_TASK_DEFINITION, attempt)
        .await
    {
        Err(error) if task_definitions::is_missing(&error) => return Err(gone()),
        other => drop(other?),
    }
    let answer = kept.document();
    let definition = answer.get("taskDefinition").filter(|d| d.is_object());
    let definition = definition.cloned().ok_or_else(gone)?;
    Ok((definition, answer["tags"].clone()))
}
