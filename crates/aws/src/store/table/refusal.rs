//! What DynamoDB's refusals are, and which of them pass by themselves.
//!
//! What belongs here: the error type, and why a transaction was cancelled. What must not: the trying again.
//!
//! Sources: DynamoDB's API reference, "TransactionCanceledException"; "Error handling with DynamoDB".

use std::error;

use aws_sdk_dynamodb::{
    operation::{
        describe_table::DescribeTableError, describe_time_to_live::DescribeTimeToLiveError,
        get_item::GetItemError, query::QueryError, transact_write_items::TransactWriteItemsError,
    },
    types::CancellationReason,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::{Row, expression::row};

/// Why DynamoDB did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A condition does not hold: of which change, and the row that was found instead.
    #[error("the condition of change {change} does not hold")]
    Condition {
        /// Its place in the list.
        change: usize,
        /// What is there; nothing where there is no such row.
        found: Option<Box<Row>>,
    },
    /// No answer, or none that could be read. The change may have had its effect.
    #[error("DynamoDB did not answer ({operation} of table {table})")]
    NoAnswer {
        /// What was asked.
        operation: &'static str,
        /// Of which table.
        table: String,
        /// The reason below it.
        #[source]
        source: Source,
    },
    /// DynamoDB refused.
    #[error("{operation} of table {table}: {code}: {message}")]
    Refused {
        /// What was asked.
        operation: &'static str,
        /// Of which table.
        table: String,
        /// DynamoDB's code.
        code: String,
        /// DynamoDB's sentence.
        message: String,
    },
}

pub(super) type Source = Box<dyn error::Error + Send + Sync>;

impl Error {
    /// DynamoDB's code, where it answered with one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether to ask again in a moment may help.
    pub(super) fn passes(&self) -> bool {
        match self {
            Self::Condition { .. } => false,
            Self::NoAnswer { .. } => true,
            Self::Refused { code, .. } => [
                "InternalServerError",
                "LimitExceededException",
                "ProvisionedThroughputExceededException",
                "RequestLimitExceeded",
                "ServiceUnavailable",
                "ThrottlingException",
                "TransactionConflictException",
                "TransactionInProgressException",
            ]
            .contains(&code.as_str()),
        }
    }
}

/// An operation's error, and why each change of a transaction did not happen.
pub(super) trait Refusal:
    ProvideErrorMetadata + error::Error + Send + Sync + 'static
{
    fn reasons(&self) -> &[CancellationReason] {
        &[]
    }
}

impl Refusal for TransactWriteItemsError {
    fn reasons(&self) -> &[CancellationReason] {
        match self {
            Self::TransactionCanceledException(cancelled) => cancelled.cancellation_reasons(),
            _ => &[],
        }
    }
}

impl Refusal for GetItemError {}
impl Refusal for QueryError {}
impl Refusal for DescribeTableError {}
impl Refusal for DescribeTimeToLiveError {}

pub(super) enum Cancelled {
    Condition {
        change: usize,
        found: Option<Box<Row>>,
    },
    Other {
        code: String,
        message: String,
    },
}

/// Why a transaction was cancelled: a condition first, for nothing else that is said with it will pass.
pub(super) fn cancelled(reasons: &[CancellationReason]) -> Option<Cancelled> {
    let code = |reason: &CancellationReason| reason.code.clone().unwrap_or_default();
    let is = |reason: &&CancellationReason, wanted: &str| code(reason) == wanted;
    if let Some(change) = reasons
        .iter()
        .position(|r| is(&r, "ConditionalCheckFailed"))
    {
        let found = reasons[change].item.clone().filter(|item| !item.is_empty());
        return Some(Cancelled::Condition {
            change,
            found: found.map(|item| Box::new(row(item))),
        });
    }
    let other = reasons
        .iter()
        .find(|r| !["", "None"].contains(&code(r).as_str()))?;
    // In a list of reasons the same refusals have shorter names than alone.
    let code = match code(other).as_str() {
        "TransactionConflict" => "TransactionConflictException",
        "ProvisionedThroughputExceeded" => "ProvisionedThroughputExceededException",
        "ThrottlingError" => "ThrottlingException",
        code => code,
    }
    .to_owned();
    Some(Cancelled::Other {
        code,
        message: other.message.clone().unwrap_or_default(),
    })
}
