//! What can go wrong between here and the daemon, and what to do about it.

use std::{path::PathBuf, time::Duration};

use sixshift_api::model::Problem;

/// Why a daemon's answer is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Nobody answers.
    #[error(
        "cannot reach a daemon at {server}; does `sixshift run` run there? Another address: --server URL or SIXSHIFT_SERVER"
    )]
    Unreachable {
        server: String,
        #[source]
        source: Box<ureq::Error>,
    },
    /// The connection ended in the middle of an answer.
    #[error("the answer of {server} broke off; ask again")]
    BrokeOff {
        server: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The daemon said no.
    #[error("{}{}", .0.detail, remedy(.0))]
    Problem(Box<Problem>),
    /// No plan is called so.
    #[error("there is no plan called {name}; {}", like.as_ref().map_or_else(
        || "`sixshift list` shows the plans".to_owned(),
        |like| format!("did you mean {like}?"),
    ))]
    NoPlan { name: String, like: Option<String> },
    /// The daemon asks for patience.
    #[error("{}{}", problem.detail, remedy(problem))]
    TooMany {
        problem: Box<Problem>,
        wait: Duration,
    },
    /// Somebody answers, but no daemon of ours.
    #[error(
        "{url} answers {status}, but not as sixshift does; is --server right, and does a proxy stand between?"
    )]
    Stranger { url: String, status: u16 },
    /// The daemon's JSON has other fields.
    #[error("cannot read what {url} answers; this is sixshift {version}, is the daemon another version?", version = env!("CARGO_PKG_VERSION"))]
    Unreadable {
        url: String,
        #[source]
        source: serde_json::Error,
    },
    /// The names of daemons.
    #[error(transparent)]
    Context(#[from] super::context::Error),
    /// The token's file.
    #[error("cannot read the token from {file}", file = file.display())]
    TokenFile {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// The token's text.
    #[error(
        "the token has blanks or characters that no token has; does the file hold the token alone?"
    )]
    Token,
    /// The address.
    #[error("--server {0}: write http://HOST:PORT or https://HOST")]
    Server(String),
    /// Certificates for https.
    #[error(
        "no certificate authority is known on this machine; install ca-certificates, or name a file in SSL_CERT_FILE"
    )]
    Certificates,
}

impl Error {
    /// Whether the daemon may be starting again: the same question can be answered in a moment.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::BrokeOff { .. } => true,
            Self::Stranger { status, .. } => *status >= 500,
            Self::Problem(problem) => matches!(problem.code.as_str(), "unavailable" | "tooMany"),
            Self::TooMany { .. } => true,
            Self::NoPlan { .. }
            | Self::Unreadable { .. }
            | Self::Context(_)
            | Self::TokenFile { .. }
            | Self::Token
            | Self::Server(_)
            | Self::Certificates => false,
        }
    }

    /// Whether what was asked for is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        match self {
            Self::NoPlan { .. } => true,
            Self::Problem(problem) => problem.code == "notFound",
            _ => false,
        }
    }

    /// As a plan's own answer, where the next plan may answer otherwise.
    pub(super) fn of_the_plan(self) -> Result<Box<Problem>, Self> {
        match self {
            Self::NoPlan { .. } => Ok(Box::new(Problem {
                kind: "about:blank".to_owned(),
                title: "Not Found".to_owned(),
                status: 404,
                code: "notFound".to_owned(),
                detail: self.to_string(),
                remedy: String::new(),
            })),
            Self::Problem(problem)
                if matches!(
                    problem.code.as_str(),
                    "refused" | "notFound" | "unavailable"
                ) =>
            {
                Ok(problem)
            }
            error => Err(error),
        }
    }
}

/// What to do about a refusal, in this command line's words: the API's own name paths and headers.
fn remedy(problem: &Problem) -> String {
    match problem.remedy.trim() {
        "" => String::new(),
        remedy => format!("; {remedy}"),
    }
}

/// A refusal of something at a path, its remedy reworded for who asks here.
pub(super) fn reworded(mut problem: Box<Problem>, plan: Option<&str>) -> Box<Problem> {
    const TOKEN: &str = "--token-file FILE, SIXSHIFT_TOKEN_FILE or SIXSHIFT_TOKEN";
    problem.remedy = match (problem.code.as_str(), plan) {
        ("unauthorized", _) => format!("give a token with {TOKEN}"),
        ("forbidden", _) => format!("use a token with the operator role: {TOKEN}"),
        ("refused", Some(plan)) => format!("`sixshift why {plan}` says what it waits for"),
        ("refused", None) => "`sixshift list` says where the fleet stands".to_owned(),
        // It says itself what to wait for.
        ("notDone" | "nothingMade", _) => String::new(),
        ("notFound", _) => "`sixshift list` shows the plans".to_owned(),
        ("tooMany", _) => "wait a minute, then repeat it".to_owned(),
        ("unavailable", _) => "repeat it in a moment".to_owned(),
        _ if problem.remedy.contains("/api/") => format!(
            "this is sixshift {}; is the daemon another version?",
            env!("CARGO_PKG_VERSION")
        ),
        _ => problem.remedy,
    };
    problem
}
