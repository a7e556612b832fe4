//! CloudWatch.
use super::AwsError;
use crate::{Value, world::World};

/// Runs one operation.
///
/// # Errors
/// What AWS refuses.
pub fn call(_world: &mut World, op: &str, _input: &Value) -> Result<Value, AwsError> {
    Err(AwsError::unknown_operation(op))
}

/// The name of an error's shape, which CBOR and JSON carry beside awsQuery's code.
pub(crate) fn error_shape(code: &str) -> &str {
    match code {
        "InvalidParameterValue" => "InvalidParameterValueException",
        "InvalidParameterCombination" => "InvalidParameterCombinationException",
        "MissingParameter" => "MissingRequiredParameterException",
        "LimitExceeded" => "LimitExceededFault",
        "InvalidFormat" => "InvalidFormatFault",
        "InternalServiceError" => "InternalServiceFault",
        "ValidationError" => "ValidationException",
        other => other,
    }
}
