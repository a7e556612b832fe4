//! What can go wrong between here and the daemon, and what to do about it.

use std::path::PathBuf;

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
            Self::Unreadable { .. }
            | Self::TokenFile { .. }
            | Self::Token
            | Self::Server(_)
            | Self::Certificates => false,
        }
    }

    /// Whether what was asked for is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::Problem(problem) if problem.code == "notFound")
    }
}

/// Who has no token learns where to put one; the daemon cannot know that a command line asks.
fn remedy(problem: &Problem) -> String {
    let ours = match problem.code.as_str() {
        "unauthorized" => {
            " Give a token with --token-file FILE, SIXSHIFT_TOKEN_FILE or SIXSHIFT_TOKEN."
        }
        "forbidden" => {
            " Use a token with the operator role: --token-file FILE, SIXSHIFT_TOKEN_FILE or SIXSHIFT_TOKEN."
        }
        _ => "",
    };
    match (problem.remedy.trim(), ours) {
        ("", "") => String::new(),
        ("", ours) => format!(".{ours}"),
        (remedy, ours) => format!("; {remedy}{}{ours}", if ours.is_empty() { "" } else { "." }),
    }
}
