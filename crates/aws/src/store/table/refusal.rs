//! What DynamoDB's refusals are, and which of them pass by themselves.
//!
//! What belongs here: the error type, and why a transaction was cancelled. What must not: the trying again.
//!
//! Sources: DynamoDB's API reference, "TransactionCanceledException"; "Error handling with DynamoDB".

use std::error;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::Value as Json;

use super::{Row, expression::row};
use crate::{Kind, json::Refusal};

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
        /// What sort of fault it is.
        kind: Kind,
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

    /// Whether nobody was asked, for want of credentials.
    #[must_use]
    pub fn lacks_credentials(&self) -> bool {
        matches!(
            self,
            Self::NoAnswer {
                kind: Kind::Credentials,
                ..
            }
        )
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

/// What DynamoDB says: the code and the sentence.
pub(super) enum Said {
    /// A condition does not hold.
    Condition {
        change: usize,
        found: Option<Box<Row>>,
    },
    Other {
        code: Option<String>,
        message: Option<String>,
    },
}

impl Said {
    /// Why a transaction was cancelled is said of each of its changes: a condition first, for nothing else that is said with it
    /// will pass. Of a single write it is said of the whole.
    pub(super) fn by(refusal: &Refusal) -> Self {
        let text = |of: &Json, name: &str| of.get(name).and_then(Json::as_str).map(str::to_owned);
        let code = |reason: &Json| text(reason, "Code").unwrap_or_default();
        let reasons = refusal.body.get("CancellationReasons");
        let reasons = reasons
            .and_then(Json::as_array)
            .map_or(&[][..], Vec::as_slice);
        let failed = |reason: &Json| code(reason) == "ConditionalCheckFailed";
        if let Some(change) = reasons.iter().position(failed) {
            let found = found(&reasons[change]);
            return Self::Condition { change, found };
        }
        if refusal.code() == Some("ConditionalCheckFailedException") {
            let found = found(&refusal.body);
            return Self::Condition { change: 0, found };
        }
        let is_one = |reason: &&Json| !["", "None"].contains(&code(reason).as_str());
        match reasons.iter().find(is_one) {
            Some(reason) => Self::Other {
                code: Some(alone(code(reason))),
                message: text(reason, "Message"),
            },
            None => Self::Other {
                code: refusal.code().map(str::to_owned),
                message: refusal.message().map(str::to_owned),
            },
        }
    }
}

/// What is there instead; nothing where there is no such row.
fn found(of: &Json) -> Option<Box<Row>> {
    let item = of.get("Item").map(row);
    item.filter(|row| !row.is_empty()).map(Box::new)
}

/// In a list of reasons the same refusals have shorter names than alone.
fn alone(code: String) -> String {
    match code.as_str() {
        "TransactionConflict" => "TransactionConflictException".to_owned(),
        "ProvisionedThroughputExceeded" => "ProvisionedThroughputExceededException".to_owned(),
        "ThrottlingError" => "ThrottlingException".to_owned(),
        _ => code,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::refusal;

    fn said(body: Json) -> Error {
        match Said::by(&refusal(None, body)) {
            Said::Condition { change, found } => Error::Condition { change, found },
            Said::Other { code, message } => Error::Refused {
                operation: "TransactWriteItems",
                table: "sixshift".to_owned(),
                code: code.unwrap_or_default(),
                message: message.unwrap_or_default(),
            },
        }
    }

    fn cancelled(reasons: &Json) -> Error {
        said(json!({
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
            "CancellationReasons": reasons,
        }))
    }

    #[test]
    fn a_transaction_says_which_condition_failed_and_what_was_there() {
        let error = cancelled(&json!([
            { "Code": "None" },
            { "Code": "TransactionConflict", "Message": "Transaction is ongoing for the item" },
            {
                "Code": "ConditionalCheckFailed",
                "Message": "The conditional request failed",
                "Item": { "pk": { "S": "a" }, "version": { "N": "7" } },
            },
        ]));
        assert!(!error.passes());
        let Error::Condition { change: 2, found } = error else {
            panic!("{error}");
        };
        assert_eq!(found.unwrap()["version"], super::super::Value::Number(7));
        let absent = cancelled(&json!([{ "Code": "ConditionalCheckFailed" }]));
        assert!(matches!(
            absent,
            Error::Condition {
                change: 0,
                found: None
            }
        ));
    }

    #[test]
    fn what_passes_by_itself_passes_in_a_transaction_too() {
        for code in [
            "TransactionConflict",
            "ProvisionedThroughputExceeded",
            "ThrottlingError",
        ] {
            let error = cancelled(&json!([{ "Code": "None" }, { "Code": code, "Message": "m" }]));
            assert!(error.passes(), "{error}");
        }
        let error = cancelled(&json!([{ "Code": "ItemCollectionSizeLimitExceeded" }]));
        assert_eq!(error.code(), Some("ItemCollectionSizeLimitExceeded"));
        assert!(!error.passes());
    }

    #[test]
    fn a_single_write_says_it_of_itself() {
        let error = said(json!({
            "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
            "message": "The conditional request failed",
            "Item": { "epoch": { "N": "3" } },
        }));
        assert!(matches!(
            error,
            Error::Condition {
                change: 0,
                found: Some(_)
            }
        ));
        let busy =
            json!({ "__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException" });
        assert!(said(busy).passes());
        let error = said(json!({
            "__type": "com.amazon.coral.service#AccessDeniedException",
            "Message": "User: a is not authorized to perform: dynamodb:UpdateItem",
        }));
        assert!(error.to_string().ends_with(
            "AccessDeniedException: User: a is not authorized to perform: dynamodb:UpdateItem"
        ));
    }
}
