//! `sixshift explain CHECK`: what a check is about, why it matters, what to do. The same text is its page in docs/checks/.

use clap::Args as ClapArgs;
use sixshift_core::readiness::{explain, list};

use crate::{client, exit, preflight::named};

/// Arguments of `explain`.
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// A check's id or name, as in `NET-016` or `one-zone`; without one all are listed.
    #[arg(value_name = "CHECK", value_parser = named)]
    check: Option<&'static sixshift_core::readiness::Check>,
}

/// Prints a check's page, or the list of all.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    client::say(&args.check.map_or_else(list, explain))?;
    Ok(exit::DONE)
}
