//! Every answer that is no success, as JSON in the form of RFC 9457.
//!
//! What belongs here: which status and which word each refusal has. What must not: when something is refused.

use axum::{
    Json,
    extract::rejection::{JsonRejection, PathRejection, QueryRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use sixshift_controller::command::Refused;

use crate::model::Problem;

/// What RFC 9457 calls a problem that its status and `code` tell enough of.
const NO_TYPE: &str = "about:blank";
/// How a browser or a client tells a problem from an answer.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// A refusal with its HTTP status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The status.
    pub(crate) status: StatusCode,
    /// What is told.
    pub(crate) problem: Box<Problem>,
    /// After how many seconds the same request may be answered otherwise.
    retry_after: u32,
}

/// Where nothing tells how long a lack lasts.
const SOON: u32 = 10;

impl Refusal {
    fn new(status: StatusCode, code: &str, message: impl Into<String>, remedy: &str) -> Self {
        let problem = Box::new(Problem {
            kind: NO_TYPE.to_owned(),
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            code: code.to_owned(),
            detail: message.into(),
            remedy: remedy.to_owned(),
        });
        Self {
            status,
            problem,
            retry_after: SOON,
        }
    }

    /// There is no such thing.
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        let remedy = "look for its name in /api/v1/plans, or for the path in /api/v1/openapi.json";
        Self::new(StatusCode::NOT_FOUND, "notFound", what, remedy)
    }

    /// Nobody known speaks.
    pub(crate) fn unauthorized(why: impl Into<String>) -> Self {
        let remedy = "send a token as `Authorization: Bearer TOKEN`, or log in at /login";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", why, remedy)
    }

    /// Who speaks may not.
    pub(crate) fn forbidden(why: impl Into<String>, remedy: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", why, remedy)
    }

    /// The request is not whole.
    pub(crate) fn bad_request(why: impl Into<String>, remedy: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "badRequest", why, remedy)
    }

    /// What is asked for is none of the words that there are: to pass it over would show something else.
    pub(crate) fn no_such(key: &str, value: &str, words: &[&str]) -> Self {
        let remedy = format!("write one of {}", words.join(", "));
        Self::bad_request(format!("{value:?} is no {key}"), &remedy)
    }

    /// Asked by a name that is not this daemon's.
    pub(crate) fn misdirected(host: &str) -> Self {
        let message = format!("this daemon is not called {host}");
        let remedy = "ask by a name that it has, as in http://localhost:8686, or add this one to `hosts` in its settings";
        Self::new(
            StatusCode::MISDIRECTED_REQUEST,
            "misdirected",
            message,
            remedy,
        )
    }

    /// It cannot be done now.
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        let remedy = "look at the plan's `commands`: each says why it is refused now";
        Self::new(StatusCode::CONFLICT, "refused", why, remedy)
    }

    /// What is asked for comes with the end of a migration.
    pub(crate) fn not_done(why: impl Into<String>) -> Self {
        let remedy = "look at the plan's `phase`: code takes over at Done";
        Self::new(StatusCode::CONFLICT, "notDone", why, remedy)
    }

    /// There is nothing for code to take over.
    pub(crate) fn nothing_made(why: impl Into<String>) -> Self {
        let remedy = "edit the code that describes the service";
        Self::new(StatusCode::CONFLICT, "nothingMade", why, remedy)
    }

    /// Too many requests from one address, or too many streams.
    pub(crate) fn too_many(why: impl Into<String>) -> Self {
        let remedy = "wait a minute, then repeat the request";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "tooMany", why, remedy)
    }

    /// The same, of something that has room again after so many seconds.
    pub(crate) fn too_many_for(why: impl Into<String>, seconds: u32) -> Self {
        Self {
            retry_after: seconds,
            ..Self::too_many(why)
        }
    }

    /// The daemon cannot answer now.
    pub(crate) fn unavailable(why: impl Into<String>) -> Self {
        let remedy = "repeat the request in a moment; /readyz tells when it is ready";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", why, remedy)
    }

    /// Refused by axum, with the status that it chose.
    pub(crate) fn of_status(status: StatusCode, why: impl Into<String>) -> Self {
        let (code, remedy) = match status {
            StatusCode::NOT_FOUND => return Self::not_found(why),
            StatusCode::PAYLOAD_TOO_LARGE => ("tooLarge", "send at most 64 KiB"),
            StatusCode::METHOD_NOT_ALLOWED => (
                "methodNotAllowed",
                "use a method that the header Allow names",
            ),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                "unsupportedMediaType",
                "send JSON with `Content-Type: application/json`",
            ),
            StatusCode::REQUEST_TIMEOUT => ("timeout", "repeat the request"),
            s if s.is_server_error() => return Self::unavailable(why),
            _ => (
                "badRequest",
                "compare the request with /api/v1/openapi.json",
            ),
        };
        Self::new(status, code, why, remedy)
    }
}

/// What the loop refused.
impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let text = refused.to_string();
        match refused {
            Refused::UnknownPlan(_) => Self::not_found(text),
            Refused::Malformed(_) => Self::bad_request(text, "complete the order, then repeat it"),
            Refused::NotNow { .. } | Refused::OtherRevision { .. } => Self::refused(text),
            Refused::NotDone(_) => Self::not_done(text),
            Refused::NothingMade(_) => Self::nothing_made(text),
            Refused::Unread { .. }
            | Refused::Journal(_)
            | Refused::StandsBy { .. }
            | Refused::Ending => Self::unavailable(text),
        }
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self::of_status(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Self::of_status(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for Refusal {
    fn from(rejection: PathRejection) -> Self {
        Self::of_status(rejection.status(), rejection.body_text())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let retry_after = HeaderValue::from(self.retry_after);
        let mut response = (self.status, Json(*self.problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        match self.status {
            StatusCode::UNAUTHORIZED => {
                let scheme = HeaderValue::from_static("Bearer realm=\"sixshift\"");
                headers.insert(header::WWW_AUTHENTICATE, scheme);
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, retry_after);
            }
            _ => {}
        }
        response
    }
}
