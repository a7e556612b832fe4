//! The demo's API and dashboard, and what a visitor needs to know: the address, the plans, a token for orders.

use sixshift_api::{
    Api,
    auth::{self, Role, Token},
};

use super::repository::Repository;
use crate::{Output, daemon::faces::Faces};

/// Where a demo listens when nobody says otherwise.
const USUAL: &str = "localhost:8686";
/// Where it listens when that is taken: the system chooses a port.
const ANY: &str = "localhost:0";
/// Who gives orders with the demo's token.
const VISITOR: &str = "visitor";

/// Open doors, until dropped.
pub(super) struct Visitors(Option<Faces>);

impl Visitors {
    /// Whether the doors are open.
    pub(super) fn are_welcome(&self) -> bool {
        self.0.is_some()
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
        let token = token()?;
        let api = with_token(api, &token);
        let faces = match (listen, output) {
            (Some("off"), _) | (None, Output::Json) => return Ok(Self(None)),
            (Some(address), _) => Faces::open(&[address.to_owned()], api)?,
            (None, Output::Text) => match Faces::open(&[USUAL.to_owned()], api.clone()) {
                Ok(faces) => faces,
                Err(error) => {
                    anstream::eprintln!("{error:#}; taking another port");
                    Faces::open(&[ANY.to_owned()], api)?
                }
            },
        };
        let url = format!("http://localhost:{}", faces.port());
        anstream::eprintln!("Dashboard and API:  {url}");
        anstream::eprintln!("Operator token:     {token}");
        anstream::eprintln!(
            "Plans:              {} (git: edit, commit, watch)",
            repository.path().display()
        );
        anstream::eprintln!("In another terminal: sixshift list --server {url}\n");
        Ok(Self(Some(faces)))
    }
}

fn with_token(api: Api, token: &str) -> Api {
    let auth = auth::Settings {
        tokens: vec![Token::of_secret(VISITOR, Role::Operator, token)],
        ..auth::Settings::default()
    };
    Api { auth, ..api }
}

/// From `SIXSHIFT_TOKEN`, so that other verbs in the same shell need nothing more; or a new one.
fn token() -> anyhow::Result<String> {
    if let Ok(token) = std::env::var("SIXSHIFT_TOKEN")
        && !token.is_empty()
    {
        return Ok(token);
    }
    let mut bytes = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("no randomness for a token"))?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("demo-{hex}"))
}
