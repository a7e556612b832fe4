//! What AWS's published models say of requests and answers: read from a table of facts that a script makes of them.
//!
//! What belongs here: the table, holding inputs and outputs against it, and each service's words for what is wrong. What
//! must not: anything that the models don't say (that is [`crate::rules`]), or what an operation does.
//!
//! - `contract/make.py` writes `contract/aws.txt` and `contract/classes.txt`.
//! - [`table`] reads them, [`pattern`] matches text, [`input`] and [`output`] look at documents, [`refusal`] words what is
//!   wrong, [`beyond`] lists where the services are known to take more than their models say.

mod beyond;
mod input;
mod output;
mod pattern;
mod refusal;
mod table;
#[cfg(test)]
mod tests;
mod wrong;

use std::collections::BTreeSet;

use crate::Value;
use crate::services::{AwsError, Service};
use input::Reading;
pub use table::{Limits, Member, Shape};
use wrong::Path;

/// Members that are newer than the table, as `ecs:ContainerDefinition.gpuShare`: a region can be told of them.
pub type Newer = BTreeSet<String>;

/// An operation's input with each scalar as what the models say that it is, if they allow it: query protocols send text.
///
/// # Errors
/// What AWS refuses because of its models, in the service's own words.
pub(crate) fn read(
    service: Service,
    op: &str,
    input: &Value,
    newer: &Newer,
) -> Result<Value, AwsError> {
    let shapes = table::of(service);
    let Some(operation) = shapes.operation(op) else {
        return Err(AwsError::unknown_operation(op));
    };
    let Some(shape) = operation.input else {
        return Ok(Value::Map(Vec::new()));
    };
    let mut reading = Reading::new(service, shapes, newer);
    let typed = reading.value(shape, input, &mut Path::default());
    match refusal::of(service, op, reading.wrong) {
        None => Ok(typed),
        Some(error) => Err(error),
    }
}

/// Of a document the fields that an operation takes: what a person keeps of an answer to send it again.
pub(crate) fn taken(service: Service, op: &str, document: &Value) -> Value {
    let shapes = table::of(service);
    let input = shapes.operation(op).and_then(|o| o.input);
    let members = match input.map(|name| shapes.shape(name)) {
        Some(Shape::Structure { members, .. }) => members.as_slice(),
        _ => &[],
    };
    let taken = document.fields().iter();
    let taken = taken.filter(|(field, _)| members.iter().any(|m| m.input == field));
    Value::Map(taken.cloned().collect())
}

/// What the models say is wrong with an operation's answer, a sentence each.
pub fn faults(service: Service, op: &str, output: &Value, newer: &Newer) -> Vec<String> {
    output::faults(service, op, output, newer)
}

/// The fields of a service's answers that are maps: XML spells those as entries, and structures as elements.
pub(crate) fn maps(service: Service) -> &'static [&'static str] {
    table::of(service).maps()
}

/// The fields of a service's answers that are lists, with the element that XML has for each item of them.
pub(crate) fn items(service: Service) -> &'static [(&'static str, &'static str)] {
    table::of(service).items()
}

/// Whether a structure has a member in an answer.
pub(crate) fn has(service: Service, shape: &str, member: &str) -> bool {
    match table::of(service).shape(shape) {
        Shape::Structure { members, .. } => members.iter().any(|m| m.output == member),
        _ => false,
    }
}

/// Of a document what an operation's answer has a place for.
pub(crate) fn answered(service: Service, op: &str, document: Value) -> Value {
    let shapes = table::of(service);
    match shapes.operation(op).and_then(|o| o.output) {
        Some(shape) => fitted(service, shape, document),
        None => Value::Null,
    }
}

/// Of a document what a shape has a place for.
pub(crate) fn fitted(service: Service, shape: &str, document: Value) -> Value {
    match (table::of(service).shape(shape), document) {
        (Shape::Structure { members, .. }, Value::Map(fields)) => Value::Map(
            fields
                .into_iter()
                .filter_map(|(name, held)| {
                    let member = members.iter().find(|m| m.output == name)?;
                    Some((name, fitted(service, member.shape, held)))
                })
                .collect(),
        ),
        (Shape::List { of, .. }, Value::List(items)) => {
            Value::list(items.into_iter().map(|item| fitted(service, of, item)))
        }
        (_, document) => document,
    }
}

/// The name of the shape of an operation's input; none where it takes nothing, or is not known.
pub fn input(service: Service, op: &str) -> Option<&'static str> {
    table::of(service).operation(op)?.input
}

/// What a shape of a service allows, by its name as [`input`] and [`Member`] give it.
pub fn shape(service: Service, name: &str) -> &'static Shape {
    table::of(service).shape(name)
}

/// The operations that the table knows.
pub fn operations(service: Service) -> impl Iterator<Item = &'static str> {
    table::of(service).operations()
}
