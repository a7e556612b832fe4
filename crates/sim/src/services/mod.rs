//! One file or folder an AWS service: an operation's name and input become a change of the world and an output.
//!
//! Handlers are plain synchronous functions `(&mut World, op, &Value) -> Result<Value, AwsError>`. They know neither the
//! wire protocol nor time: both are done before they are called.

mod about;
pub mod autoscaling;
pub mod cloudwatch;
pub mod ec2;
pub mod ecs;
pub mod elbv2;
pub mod lattice;
pub(crate) mod paging;
mod quotas;
pub(crate) mod shelf;
pub mod sts;
pub mod system_tags;

use crate::{Value, contract, rules, world::World};
pub use about::Service;

const UNKNOWN_OPERATION: &str = "UnknownOperationException";

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
    /// The region in which it is to be asked instead: S3 alone says so.
    pub elsewhere: Option<String>,
    /// The kind and the id of the resource that it is about: VPC Lattice alone says so.
    pub about: Option<Box<(&'static str, String)>>,
}

impl AwsError {
    /// A refusal with status 400.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            status: 400,
            elsewhere: None,
            about: None,
        }
    }

    /// A missing or malformed parameter.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationError", message)
    }

    /// An operation that the service does not have, or that this region does not simulate.
    pub fn unknown_operation(op: &str) -> Self {
        Self::new(
            UNKNOWN_OPERATION,
            format!("The operation {op} is not simulated."),
        )
    }

    /// The same refusal with the region in which it is to be asked instead.
    #[must_use]
    pub fn with_elsewhere(self, region: &str) -> Self {
        let elsewhere = Some(region.to_owned());
        Self { elsewhere, ..self }
    }

    /// The same refusal with the resource that it is about.
    #[must_use]
    pub fn about(self, kind: &'static str, id: &str) -> Self {
        let about = Some(Box::new((kind, id.to_owned())));
        Self { about, ..self }
    }

    /// The same refusal with another HTTP status.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }
}

/// Runs one operation against the world at the world's own `now`.
///
/// # Errors
/// What AWS refuses, with AWS's code; an unknown operation is `UnknownOperationException` (`InvalidAction` where the service
/// speaks a query protocol).
pub fn call(
    world: &mut World,
    service: Service,
    op: &str,
    input: &Value,
) -> Result<Value, AwsError> {
    let input = &contract::read(service, op, input, &world.newer).map_err(|e| named(service, e))?;
    rules::check(world, service, op, input)?;
    let outcome = match service {
        Service::Ecs => ecs::call(world, op, input),
        Service::Elbv2 => elbv2::call(world, op, input),
        Service::CloudWatch => cloudwatch::call(world, op, input),
        Service::AutoScaling => autoscaling::call(world, op, input),
        Service::Ec2 => ec2::call(world, op, input),
        Service::Sts => sts::call(world, op, input),
        Service::Quotas => quotas::call(world, op, input),
        Service::Lattice => lattice::call(world, op, input),
        Service::Ecr
        | Service::Efs
        | Service::ElastiCache
        | Service::Iam
        | Service::Logs
        | Service::Rds
        | Service::S3
        | Service::ServiceDiscovery
        | Service::Waf => shelf::call(world, service, op, input),
    };
    let is_way = matches!(service, Service::Ec2 | Service::Rds | Service::S3);
    if is_way && outcome.is_ok() && !crate::limits::is_read(op) {
        world.network_changed();
    }
    let outcome = outcome.map_err(|error| named(service, error));
    #[cfg(test)]
    if let Ok(output) = &outcome {
        let faults = contract::faults(service, op, output, &world.newer);
        assert!(faults.is_empty(), "{op}'s answer: {faults:#?}");
    }
    outcome
}

/// Query protocols have a name of their own for an operation that is not there.
fn named(service: Service, error: AwsError) -> AwsError {
    let is_query = service.spells_all_as_text() && service != Service::CloudWatch;
    match error.code.as_str() {
        UNKNOWN_OPERATION if is_query => AwsError {
            code: "InvalidAction".to_owned(),
            ..error
        },
        _ => error,
    }
}
