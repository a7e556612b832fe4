//! Which daemon, and how to be let in: the options that all these verbs share, before the verb or after it.

use std::{path::PathBuf, sync::OnceLock};

use clap::Args;
use jiff::SignedDuration;

use super::{connection::Connection, context::Contexts, error::Error};

/// Where a daemon listens that nobody told otherwise.
const DEFAULT: &str = "http://localhost:8686";
/// How long a request may take unless somebody says so.
const REQUEST_TIMEOUT: SignedDuration = SignedDuration::from_secs(15);

/// Where the daemon is.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "The daemon")]
pub(crate) struct Server {
    /// The daemon's address, http://localhost:8686 unless said otherwise [env: SIXSHIFT_SERVER].
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// A file that holds the token [env: SIXSHIFT_TOKEN_FILE]; the token itself may be in SIXSHIFT_TOKEN.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The daemon by its name, as `sixshift context add` gave it; --server counts more.
    #[arg(long, value_name = "NAME", add = super::complete::contexts())]
    context: Option<String>,
    /// How long one request may take, 15s unless said otherwise.
    #[arg(long, value_name = "TIME", value_parser = crate::timeout::parse)]
    request_timeout: Option<SignedDuration>,
}

/// The same options before the verb. They are not clap's global ones: verbs that ask no daemon do not have them.
#[derive(Clone, Debug, Args)]
pub(crate) struct Before {
    #[command(flatten)]
    server: Server,
}

static BEFORE: OnceLock<Server> = OnceLock::new();

impl Before {
    /// Keeps them for the verb that follows.
    pub(super) fn keep(self) {
        // Parsed once a process.
        let _ = BEFORE.set(self.server);
    }
}

/// The token itself, where no file is named. Never an argument: arguments are seen by everybody on the machine.
const TOKEN: &str = "SIXSHIFT_TOKEN";

impl Server {
    /// As the environment says, where no arguments are known.
    pub(crate) fn from_environment(request_timeout: SignedDuration) -> Self {
        Self {
            request_timeout: Some(request_timeout),
            ..Self::default()
        }
    }

    /// Ready to ask.
    pub(crate) fn connect(&self) -> Result<Connection, Error> {
        let said = self.said();
        let timeout = said.request_timeout.unwrap_or(REQUEST_TIMEOUT);
        let (server, token) = said.daemon()?;
        Connection::new(&server, token, timeout.unsigned_abs())
    }

    /// With what stands before the verb, where the verb's own options are silent.
    fn said(&self) -> Self {
        let before = BEFORE.get().cloned().unwrap_or_default();
        // A daemon named after the verb is not the one named before it, in whichever way.
        let names_one = self.server.is_some() || self.context.is_some();
        let (server, context) = if names_one {
            (self.server.clone(), self.context.clone())
        } else {
            (before.server, before.context)
        };
        Self {
            server,
            context,
            token_file: self.token_file.clone().or(before.token_file),
            request_timeout: self.request_timeout.or(before.request_timeout),
        }
    }

    /// The address and the token. Options count most, then a context that was named, then the environment, then the context
    /// in use. A context's token goes to its own address alone.
    fn daemon(&self) -> Result<(String, Option<String>), Error> {
        let file = || {
            let named = self.token_file.clone();
            named.or_else(|| variable("SIXSHIFT_TOKEN_FILE").map(PathBuf::from))
        };
        if let Some(server) = &self.server {
            return Ok((server.clone(), token(file())?));
        }
        if let Some(name) = &self.context {
            let contexts = Contexts::read()?;
            let context = contexts.named(name)?;
            // What the environment holds is some other daemon's.
            let file = self.token_file.clone().or(context.token_file.clone());
            return Ok((
                context.server.clone(),
                file.map(in_file).transpose()?.flatten(),
            ));
        }
        if let Some(server) = variable("SIXSHIFT_SERVER") {
            return Ok((server, token(file())?));
        }
        let contexts = Contexts::read()?;
        let Some(context) = contexts.current()? else {
            return Ok((DEFAULT.to_owned(), token(file())?));
        };
        let said = token(file())?;
        let token = match (said, context.token_file.clone()) {
            (None, Some(file)) => in_file(file)?,
            (said, _) => said,
        };
        Ok((context.server.clone(), token))
    }
}

/// A variable that says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// From a file, or from the environment.
fn token(file: Option<PathBuf>) -> Result<Option<String>, Error> {
    match file {
        Some(file) => in_file(file),
        None => sound(variable(TOKEN)),
    }
}

fn in_file(file: PathBuf) -> Result<Option<String>, Error> {
    let text = std::fs::read_to_string(&file);
    sound(Some(
        text.map_err(|source| Error::TokenFile { file, source })?,
    ))
}

fn sound(text: Option<String>) -> Result<Option<String>, Error> {
    let token = text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    match token {
        Some(token) if !token.bytes().all(|b| b.is_ascii_graphic()) => Err(Error::Token),
        token => Ok(token),
    }
}
