//! `sixshift version`: what this binary is, for a report of a mistake.

use crate::{client::say, exit};

/// The commit that it was built from, where that was known.
const COMMIT: Option<&str> = option_env!("SIXSHIFT_BUILT_FROM");

/// Prints it.
pub(crate) fn run() -> anyhow::Result<u8> {
    say(&text())?;
    Ok(exit::DONE)
}

fn text() -> String {
    format!(
        "sixshift {}\ncommit  {}\ntarget  {}\n",
        env!("CARGO_PKG_VERSION"),
        COMMIT.unwrap_or("unknown: it was built without git"),
        env!("SIXSHIFT_TARGET")
    )
}
