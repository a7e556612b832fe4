//! How VPC Lattice refuses: codes, statuses, and the members that its errors have beside the sentence.
//!
//! What must not be here: what is refused.

use crate::services::AwsError;

/// What is no valid request.
pub(super) fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new("ValidationException", message)
}

/// What is not there.
pub(super) fn missing(kind: &'static str, id: &str) -> AwsError {
    let message = format!("{kind} {id} not found");
    AwsError::new("ResourceNotFoundException", message)
        .with_status(404)
        .about(kind, id)
}

/// What the state of a thing does not allow.
pub(super) fn conflict(kind: &'static str, id: &str, message: impl Into<String>) -> AwsError {
    AwsError::new("ConflictException", message)
        .with_status(409)
        .about(kind, id)
}

/// What is one too many.
pub(super) fn too_many(kind: &'static str, what: &str, most: usize) -> AwsError {
    let message = format!("The maximum number of {what} is {most}");
    AwsError::new("ServiceQuotaExceededException", message)
        .with_status(402)
        .about(kind, "")
}

/// A token of another request.
pub(super) fn another_request(op: &str, token: &str) -> AwsError {
    let message = format!("The client token {token} was used for another {op} request");
    conflict("REQUEST", token, message)
}
