//! What can go wrong with a store, in AWS's words.
//!
//! What belongs here: what was asked, and what came of it. What must not: what to do about it, which only whoever asked knows.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::error::{Error, Kind};

/// A call to a store that did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", self.0.operation, self.0.said)]
pub struct Fault(Box<Told>);

/// Behind a pointer: results are handed on often, and faults are rare.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Told {
    operation: &'static str,
    said: String,
    code: Option<String>,
    kind: Kind,
    region: Option<String>,
}

impl Fault {
    /// What sort of fault it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// As IAM names the call.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// What is said of it, without the call's name.
    pub(super) fn said(&self) -> &str {
        &self.0.said
    }

    /// Whether AWS answered with one of these codes.
    #[must_use]
    pub fn is_code(&self, codes: &[&str]) -> bool {
        self.0.code.as_deref().is_some_and(|c| codes.contains(&c))
    }

    /// The region in which AWS says the bucket is, where it is not the one that was asked.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.0.region.as_deref()
    }

    /// Whether a second try may help at once.
    pub(super) fn passes(&self) -> bool {
        matches!(self.kind(), Kind::Throttled | Kind::Server | Kind::Network)
    }

    /// Something that nobody needed to ask AWS for.
    pub(super) fn unsent(operation: &'static str, said: &str) -> Self {
        Self::of(operation, Kind::Refused, said.to_owned())
    }

    /// No answer within the limit.
    pub(super) fn late(operation: &'static str) -> Self {
        Self::of(operation, Kind::Timeout, "no answer in time".to_owned())
    }

    /// The connection broke while the answer was read.
    pub(super) fn broke_off(operation: &'static str, error: &dyn StdError) -> Self {
        let said = format!("the answer broke off: {}", all(error));
        Self::of(operation, Kind::Network, said)
    }

    /// AWS took the request, and says of its one part that it failed.
    pub(super) fn of_part(operation: &'static str, code: &str, message: &str) -> Self {
        Self(Box::new(Told {
            operation,
            said: format!("{code}: {message}"),
            kind: Kind::of_code(operation, code, message),
            code: Some(code.to_owned()),
            region: None,
        }))
    }

    /// An answer that is none of AWS's to what was asked.
    pub(super) fn unreadable(operation: &'static str) -> Self {
        let said = "the answer could not be read".to_owned();
        Self::of(operation, Kind::Server, said)
    }

    fn of(operation: &'static str, kind: Kind, said: String) -> Self {
        Self(Box::new(Told {
            operation,
            said,
            code: None,
            kind,
            region: None,
        }))
    }

    pub(super) fn from_sdk<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let header = |raw: &HttpResponse| {
            let region = raw.headers().get("x-amz-bucket-region");
            region.map(str::to_owned)
        };
        let region = error.raw_response().and_then(header);
        let (kind, code, said) = match Error::from_sdk(operation, error) {
            Error::Answer {
                code,
                message,
                request_id,
                kind,
                ..
            } => {
                // Not in the sentence: what fails in the same way again has to read the same.
                tracing::debug!(operation, code, request_id, "a store refused");
                let said = format!("{code}: {message}");
                (kind, Some(code), said)
            }
            Error::NoAnswer {
                what, kind, source, ..
            } => (kind, None, format!("{what}: {}", all(source.as_ref()))),
            error => (error.kind(), None, error.to_string()),
        };
        Self(Box::new(Told {
            operation,
            said,
            code,
            kind,
            region,
        }))
    }
}

/// An error with what lies below it; what says the same again is left out.
fn all(error: &dyn StdError) -> String {
    let mut said = vec![error.to_string()];
    let mut next = error.source();
    while let Some(error) = next {
        let text = error.to_string();
        if !said.iter().any(|before| before.contains(&text)) {
            said.push(text);
        }
        next = error.source();
    }
    said.join(": ")
}
