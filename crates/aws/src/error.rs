//! What can go wrong in a call, in AWS's words, and when to try again.
//!
//! What belongs here: the error type and what follows from its sort. What must not: AWS's codes ([`class`]), the trying
//! again.

mod class;

use std::time::Duration;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use sixshift_core::status::duration;

use crate::call::WRITE_LIMIT;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// In place of a request id that AWS did not say.
const UNNAMED: &str = "unknown";
const UNREADABLE: &str = "the answer could not be read";

/// Why a call did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// AWS answered with an error.
    #[error("{operation}: {code}: {message} (request {request_id}; {})", self.remedy())]
    Answer {
        /// As AWS names it, with its service.
        operation: &'static str,
        /// AWS's error code.
        code: String,
        /// AWS's sentence.
        message: String,
        /// AWS's request id, or `unknown`.
        request_id: String,
        /// What sort of error that is.
        kind: Kind,
    },
    /// No answer, or none that could be read. The call may have had its effect.
    #[error("{operation}: {what} ({})", self.remedy())]
    NoAnswer {
        /// As AWS names it, with its service.
        operation: &'static str,
        /// In a few words.
        what: &'static str,
        /// What sort of error that is.
        kind: Kind,
        /// The reason below it.
        #[source]
        source: Source,
    },
    /// The lease would not outlive it; nothing was written.
    #[error("{operation}: it was not sent, for the lease {}; nothing was written ({})", lasts(*.remains), self.remedy())]
    NotSent {
        /// The call that was not made.
        operation: &'static str,
        /// How long the lease is still held.
        remains: Duration,
    },
    /// What the action expects is not what is there; nothing was written.
    #[error("{operation}: {resource} changed since it was looked at; nothing was written ({})", self.remedy())]
    Changed {
        /// The call that was not made.
        operation: &'static str,
        /// What changed.
        resource: String,
    },
    /// What the action starts from is not there; nothing was written.
    #[error("{operation}: {resource} is gone; nothing was written ({})", self.remedy())]
    Gone {
        /// The call that was not made.
        operation: &'static str,
        /// What is gone.
        resource: String,
    },
    /// The request could not be put together from what AWS said; nothing was written.
    #[error("{operation}: the request could not be built ({})", self.remedy())]
    Build {
        /// The call that was not made.
        operation: &'static str,
        /// What was missing.
        #[source]
        source: Source,
    },
}

/// Sorts of errors, for metric labels and decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Too many calls.
    Throttled,
    /// AWS's own fault.
    Server,
    /// No connection, or it broke.
    Network,
    /// No answer in time.
    Timeout,
    /// No valid credentials.
    Credentials,
    /// Not allowed.
    Denied,
    /// Something named in the request does not exist.
    Missing,
    /// AWS has not caught up with what was written just before, by us or by somebody else.
    Behind,
    /// Something is in the way for now.
    Conflict,
    /// A quota.
    Quota,
    /// The request is wrong for AWS.
    Refused,
    /// What was expected is not what is there.
    Changed,
    /// Another daemon may write.
    Lease,
}

impl Kind {
    /// What sort of error a code is that came without a status of its own.
    pub(crate) fn of_code(operation: &str, code: &str, message: &str) -> Self {
        class::kind_of(operation, code, message, 400)
    }

    /// In one word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Server => "server",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Credentials => "credentials",
            Self::Denied => "denied",
            Self::Missing => "missing",
            Self::Behind => "behind",
            Self::Conflict => "conflict",
            Self::Quota => "quota",
            Self::Refused => "refused",
            Self::Changed => "changed",
            Self::Lease => "lease",
        }
    }
}

/// When trying again may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// In seconds.
    Soon,
    /// In minutes, or once somebody changed something.
    Later,
    /// The same request will be refused again.
    Never,
}

impl Error {
    /// ECS took a request for a task and found no place for it, which may be another by the next time.
    pub(crate) fn unplaced(operation: &'static str, reasons: String) -> Self {
        Self::Answer {
            operation,
            code: "failures".to_owned(),
            message: format!("ECS placed no task: {reasons}"),
            request_id: UNNAMED.to_owned(),
            kind: Kind::Conflict,
        }
    }

    /// What sort of error this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Answer { kind, .. } | Self::NoAnswer { kind, .. } => *kind,
            Self::Changed { .. } => Kind::Changed,
            Self::Gone { .. } => Kind::Missing,
            Self::NotSent { .. } => Kind::Lease,
            Self::Build { .. } => Kind::Refused,
        }
    }

    /// Whether AWS refuses it for good, as far as its answer tells: its contract, a limit or a permission stands against it.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        matches!(self.kind(), Kind::Refused | Kind::Quota | Kind::Denied)
    }

    /// When trying again may help.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self.kind() {
            Kind::Throttled
            | Kind::Server
            | Kind::Network
            | Kind::Timeout
            | Kind::Behind
            | Kind::Changed
            | Kind::Lease => Retry::Soon,
            Kind::Conflict | Kind::Missing | Kind::Quota | Kind::Denied | Kind::Credentials => {
                Retry::Later
            }
            Kind::Refused => Retry::Never,
        }
    }

    /// What has to be so for it to go through, as half a sentence: whether it is asked again is for whoever asked to say, for a
    /// daemon does so and a verb does not.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match (self.retry(), self.kind()) {
            (_, Kind::Changed) => "it needs to be looked at again before anything is written",
            (_, Kind::Behind) => "AWS needs a moment after a change",
            (Retry::Soon, _) => "it may be over in a few seconds",
            (_, Kind::Denied) => "sixshift's role needs this permission",
            (_, Kind::Credentials) if self.is_about_clock() => {
                "the clock of sixshift's machine needs to be right"
            }
            (_, Kind::Credentials) => "sixshift's credentials need to be valid",
            (_, Kind::Quota) => "the quota needs to be raised",
            (_, Kind::Missing) => "it needs to be there, in this account and region",
            (Retry::Later, _) => "it may be over in a few minutes",
            (Retry::Never, _) => "nothing is changed until what AWS refuses is put right",
        }
    }

    /// Whether the call may have had its effect all the same.
    #[must_use]
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::NoAnswer { .. } => true,
            Self::Answer { kind, .. } => *kind == Kind::Server,
            Self::NotSent { .. }
            | Self::Changed { .. }
            | Self::Gone { .. }
            | Self::Build { .. } => false,
        }
    }

    /// AWS's error code, where AWS answered.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Answer { code, .. } => Some(code),
            _ => None,
        }
    }

    /// AWS's id of the call, where AWS answered and said it.
    pub(crate) fn request_id(&self) -> Option<&str> {
        match self {
            Self::Answer { request_id, .. } => Some(request_id).filter(|id| *id != UNNAMED),
            _ => None,
        }
        .map(String::as_str)
    }

    pub(crate) fn message(&self) -> &str {
        match self {
            Self::Answer { message, .. } => message,
            _ => "",
        }
    }

    fn is_about_clock(&self) -> bool {
        class::is_about_clock(self.code().unwrap_or_default(), self.message())
    }

    /// The permission that is lacking, as IAM calls it, where that is what AWS said.
    pub(crate) fn lacks(&self) -> Option<&'static str> {
        match self {
            Self::Answer {
                operation,
                kind: Kind::Denied,
                ..
            } => Some(operation),
            _ => None,
        }
    }

    pub(crate) fn is_code(&self, codes: &[&str]) -> bool {
        self.code().is_some_and(|code| codes.contains(&code))
    }

    pub(crate) fn build(operation: &'static str, source: impl Into<Source>) -> Self {
        Self::Build {
            operation,
            source: source.into(),
        }
    }

    /// It did not answer for as long as whoever asked may wait.
    pub(crate) fn late(operation: &'static str) -> Self {
        Self::NoAnswer {
            operation,
            what: "no answer in time",
            kind: Kind::Timeout,
            source: "it takes requests, and does not answer them".into(),
        }
    }

    /// It answered, and not as it documents.
    pub(crate) fn unreadable(operation: &'static str, source: impl Into<Source>) -> Self {
        Self::NoAnswer {
            operation,
            what: UNREADABLE,
            kind: Kind::Server,
            source: source.into(),
        }
    }

    /// From the SDK's error, which says the same in more layers.
    pub(crate) fn from_sdk<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let request_id = error.request_id().unwrap_or(UNNAMED).to_owned();
        let status = error.raw_response().map(|raw| raw.status());
        match error {
            // Nothing of AWS's answers without one, least of all with a page instead of an error.
            error if error.request_id().is_none() && error.code().is_none() && status.is_some() => {
                no_answer(
                    operation,
                    "something else than AWS answered",
                    Kind::Network,
                    error,
                )
            }
            SdkError::ServiceError(answer) => {
                let status = answer.raw().status();
                let meta = answer.err().meta();
                let code = meta
                    .code()
                    .map_or_else(|| format!("HTTP {}", status.as_u16()), str::to_owned);
                let message = meta.message().unwrap_or("no message").to_owned();
                let kind = class::kind_of(operation, &code, &message, status.as_u16());
                Self::Answer {
                    operation,
                    code,
                    message,
                    request_id,
                    kind,
                }
            }
            SdkError::TimeoutError(_) => {
                no_answer(operation, "no answer in time", Kind::Timeout, error)
            }
            SdkError::DispatchFailure(ref failure) => {
                let kind = if failure.is_timeout() {
                    Kind::Timeout
                } else if failure.is_io() {
                    Kind::Network
                } else {
                    // The SDK reports missing credentials as a failed dispatch, too.
                    dispatch_kind(&error)
                };
                let what = match kind {
                    Kind::Credentials => "there are no valid credentials",
                    _ => "AWS could not be reached",
                };
                no_answer(operation, what, kind, error)
            }
            SdkError::ResponseError(_) => no_answer(operation, UNREADABLE, Kind::Server, error),
            SdkError::ConstructionFailure(_) => no_answer(
                operation,
                "the request could not be built",
                Kind::Refused,
                error,
            ),
            _ => no_answer(operation, "the call failed", Kind::Server, error),
        }
    }
}

fn lasts(remains: Duration) -> String {
    if remains.is_zero() {
        return "is not held".to_owned();
    }
    let (left, limit) = (duration(remains), duration(WRITE_LIMIT));
    format!("ends in {left} and the call may take {limit}")
}

fn no_answer<E>(
    operation: &'static str,
    what: &'static str,
    kind: Kind,
    error: SdkError<E, HttpResponse>,
) -> Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    let source = error.into_source().unwrap_or_else(|error| Box::new(error));
    Error::NoAnswer {
        operation,
        what,
        kind,
        source,
    }
}

fn dispatch_kind<E: std::error::Error + 'static>(error: &SdkError<E, HttpResponse>) -> Kind {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if error.is::<aws_credential_types::provider::error::CredentialsError>() {
            return Kind::Credentials;
        }
        next = error.source();
    }
    Kind::Network
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_aws_said_and_what_it_takes() {
        let denied = Error::Answer {
            operation: "ecs:UpdateService",
            code: "AccessDeniedException".to_owned(),
            message: "not authorized".to_owned(),
            request_id: "r-1".to_owned(),
            kind: Kind::Denied,
        };
        assert_eq!(
            denied.to_string(),
            "ecs:UpdateService: AccessDeniedException: not authorized (request r-1; sixshift's role needs this permission)"
        );
        let late = Error::late("ecs:UpdateService");
        assert_eq!(
            late.to_string(),
            "ecs:UpdateService: no answer in time (it may be over in a few seconds)"
        );
    }

    #[test]
    fn each_sort_has_a_remedy_of_its_own() {
        let of = |code: &str, kind| Error::Answer {
            operation: "ecs:CreateService",
            code: code.to_owned(),
            message: String::new(),
            request_id: "r".to_owned(),
            kind,
        };
        for (code, kind, retry, remedy) in [
            (
                "InvalidParameterException",
                Kind::Behind,
                Retry::Soon,
                "AWS needs a moment",
            ),
            (
                "RequestExpired",
                Kind::Credentials,
                Retry::Later,
                "machine needs to be right",
            ),
            (
                "AuthFailure",
                Kind::Credentials,
                Retry::Later,
                "credentials need to be valid",
            ),
            (
                "TargetGroupAssociationLimit",
                Kind::Quota,
                Retry::Later,
                "quota needs to be raised",
            ),
            (
                "FailedResourceAccessException",
                Kind::Denied,
                Retry::Later,
                "needs this permission",
            ),
            (
                "ServiceNotActiveException",
                Kind::Conflict,
                Retry::Later,
                "in a few minutes",
            ),
            (
                "InvalidParameterException",
                Kind::Refused,
                Retry::Never,
                "put right",
            ),
        ] {
            let error = of(code, kind);
            assert_eq!(error.retry(), retry, "{code}");
            assert!(
                error.remedy().contains(remedy),
                "{code}: {}",
                error.remedy()
            );
        }
    }
}
