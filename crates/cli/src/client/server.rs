//! Which daemon, and how to be let in: the options that all these verbs share.

use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;

use super::{connection::Connection, error::Error};

/// Where a daemon listens that nobody told otherwise.
const DEFAULT: &str = "http://localhost:8686";

/// Where the daemon is.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "The daemon")]
pub(crate) struct Server {
    /// The daemon's address.
    #[arg(
        long,
        env = "SIXSHIFT_SERVER",
        value_name = "URL",
        default_value = DEFAULT
    )]
    server: String,
    /// A file that holds the token; the token itself may be in SIXSHIFT_TOKEN.
    #[arg(long, env = "SIXSHIFT_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// How long one request may take.
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = crate::timeout::parse)]
    request_timeout: SignedDuration,
}

/// The token itself, where no file is named. Never an argument: arguments are seen by everybody on the machine.
const TOKEN: &str = "SIXSHIFT_TOKEN";

impl Server {
    /// As the environment says, where no arguments are known.
    pub(crate) fn from_environment(request_timeout: SignedDuration) -> Self {
        Self {
            server: std::env::var("SIXSHIFT_SERVER").unwrap_or_else(|_| DEFAULT.to_owned()),
            token_file: std::env::var_os("SIXSHIFT_TOKEN_FILE").map(PathBuf::from),
            request_timeout,
        }
    }

    /// Ready to ask.
    pub(crate) fn connect(&self) -> Result<Connection, Error> {
        let timeout = self.request_timeout.unsigned_abs();
        Connection::new(&self.server, self.token()?, timeout)
    }

    fn token(&self) -> Result<Option<String>, Error> {
        let text = match &self.token_file {
            Some(file) => {
                Some(
                    std::fs::read_to_string(file).map_err(|source| Error::TokenFile {
                        file: file.clone(),
                        source,
                    })?,
                )
            }
            None => std::env::var(TOKEN).ok(),
        };
        let token = text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        match token {
            Some(token) if !token.bytes().all(|b| b.is_ascii_graphic()) => Err(Error::Token),
            token => Ok(token),
        }
    }
}
