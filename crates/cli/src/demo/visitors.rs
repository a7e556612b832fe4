//! The demo's API and dashboard, and what a visitor needs to know: the address, the plans, a token for orders.

use std::io::ErrorKind;

use sixshift_api::{
    Api, USUAL_PORT,
    auth::{self, Role, Token},
};

use super::{finale::Doors, repository::Repository};
use crate::{
    Output,
    daemon::faces::{self, Faces},
};

/// When that is taken, how many ports after it are tried.
const OTHERS: u16 = 50;
/// What is shown in place of a token that the environment gave.
pub(super) const GIVEN: &str = "that of SIXSHIFT_TOKEN";
/// Who gives orders with the demo's token.
const VISITOR: &str = "visitor";

/// Open doors, until dropped.
pub(super) struct Visitors(Option<(Faces, Doors)>);

impl Visitors {
    /// Whether the doors are open.
    pub(super) fn are_welcome(&self) -> bool {
        self.0.is_some()
    }

    /// Where they are.
    pub(super) fn doors(&self) -> Option<&Doors> {
        self.0.as_ref().map(|(_, doors)| doors)
    }

    /// Opens the doors and says where they are, on standard error.
    ///
    /// # Errors
    /// The address that was asked for cannot be had.
    pub(super) fn welcome(
        listen: Option<&str>,
        output: Output,
        api: Api,
        repository: &Repository,
    ) -> anyhow::Result<Self> {
        let given = given();
        let token = given.clone().map_or_else(new, Ok)?;
        let api = with_token(api, &token);
        let faces = match (listen, output) {
            (Some("off"), _) | (None, Output::Json) => return Ok(Self(None)),
            (Some(address), _) => open(address, api)?,
            (None, Output::Text) => next_free(&api)?,
        };
        let url = format!("http://localhost:{}", faces.port());
        anstream::eprintln!("Dashboard and API:  {url}");
        // A token that somebody has already is that person's secret, and not for a screen.
        let token = given.is_none().then_some(token);
        let shown = token.as_deref().unwrap_or(GIVEN);
        anstream::eprintln!("Operator token:     {shown}");
        anstream::eprintln!(
            "Plans:              {} (git: edit, commit, watch)",
            repository.path().display()
        );
        anstream::eprintln!("In another terminal: sixshift list --server {url}\n");
        let plans = repository.path().display().to_string();
        let doors = Doors { url, token, plans };
        Ok(Self(Some((faces, doors))))
    }
}

fn open(address: &str, api: Api) -> anyhow::Result<Faces> {
    let (listeners, _) = faces::listen(&[address.to_owned()])?;
    Faces::open(listeners, api)
}

/// On the usual port, or on the first free one after it.
fn next_free(api: &Api) -> anyhow::Result<Faces> {
    let at = |port: u16| open(&format!("localhost:{port}"), api.clone());
    let usual = match at(USUAL_PORT) {
        Err(error) if is_taken(&error) => error,
        done => return done,
    };
    for port in USUAL_PORT + 1..=USUAL_PORT + OTHERS {
        match at(port) {
            Err(error) if is_taken(&error) => {}
            Ok(faces) => {
                anstream::eprintln!("Port {USUAL_PORT} is taken; listening on {port} instead.");
                return Ok(faces);
            }
            Err(error) => return Err(error),
        }
    }
    Err(usual)
}

fn is_taken(error: &anyhow::Error) -> bool {
    let bind = error.downcast_ref::<sixshift_api::Error>();
    matches!(bind, Some(sixshift_api::Error::Bind { source, .. }) if source.kind() == ErrorKind::AddrInUse)
}

fn with_token(api: Api, token: &str) -> Api {
    let auth = auth::Settings {
        tokens: vec![Token::of_secret(VISITOR, Role::Operator, token)],
        ..auth::Settings::default()
    };
    Api { auth, ..api }
}

/// From `SIXSHIFT_TOKEN`, so that other verbs in the same shell need nothing more.
fn given() -> Option<String> {
    let token = std::env::var("SIXSHIFT_TOKEN").ok()?;
    (!token.is_empty()).then_some(token)
}

fn new() -> anyhow::Result<String> {
    let mut bytes = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("no randomness for a token"))?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("demo-{hex}"))
}
