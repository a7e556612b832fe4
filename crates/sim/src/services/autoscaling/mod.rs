//! x
use super::AwsError;
use crate::{Value, world::World};
/// Runs one operation.
///
/// # Errors
/// What AWS refuses.
pub fn call(_world: &mut World, op: &str, _input: &Value) -> Result<Value, AwsError> {
    Err(AwsError::unknown_operation(op))
}
