//! `sixshift health`: whether a daemon's loop turns, for a container's health check.
//!
//! What belongs here: one question and a yes or no. The image has no shell and no curl, so the binary asks itself.

use clap::Args as ClapArgs;

use super::{Server, output::say};
use crate::exit;

/// Arguments of `health`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(flatten)]
    server: Server,
}

/// Asks `/healthz`.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let said = args.server.connect()?.word("/healthz")?;
    say(&format!("{said}\n"))?;
    Ok(exit::DONE)
}
