//! One file or folder an AWS service: an operation's name and input become a change of the world and an output.
//!
//! Handlers are plain synchronous functions `(&mut World, op, &Value) -> Result<Value, AwsError>`. They know neither the
//! wire protocol nor time: both are done before they are called.

use crate::{Value, world::World};

/// A refusal, as AWS words it: the code that clients match on, the sentence, and the HTTP status.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct AwsError {
    /// AWS's error code, e.g. `InvalidParameterException`.
    pub code: String,
    /// AWS's sentence.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
}

impl AwsError {
    /// A refusal with status 400.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status: 400 }
    }

    /// A missing or malformed parameter.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationError", message)
    }
}

/// The services that the region offers, each with its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum Service {
    Ecs,
    Elbv2,
    CloudWatch,
    AutoScaling,
    Ec2,
    Sts,
}

/// Runs one operation against the world at the world's own `now`.
///
/// # Errors
/// What AWS refuses, with AWS's code; an unknown operation is `UnknownOperationException`.
pub fn call(_world: &mut World, service: Service, op: &str, _input: &Value) -> Result<Value, AwsError> {
    let _ = service;
    Err(AwsError::new("UnknownOperationException", format!("unknown operation {op}")))
}
