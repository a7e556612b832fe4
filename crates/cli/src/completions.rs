//! `sixshift completions SHELL`: a script that asks this binary what can come next, plan names among it.

use std::io::Write;

use clap::ValueEnum;
use clap_complete::env::{CompleteEnv, Shells};

use crate::exit;

/// Set by the script when it asks. A name of our own: `COMPLETE` may mean something to somebody else.
const ASKED: &str = "SIXSHIFT_COMPLETE";

/// For which shell.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

/// Answers a script that asks, and ends the program then. Before anything else is printed.
pub(crate) fn answer(command: fn() -> clap::Command) {
    CompleteEnv::with_factory(command).var(ASKED).complete();
}

/// Prints the script.
pub(crate) fn run(shell: Shell) -> anyhow::Result<u8> {
    let name = match shell {
        Shell::Bash => "bash",
        Shell::Elvish => "elvish",
        Shell::Fish => "fish",
        Shell::Powershell => "powershell",
        Shell::Zsh => "zsh",
    };
    let shells = Shells::builtins();
    let completer = shells
        .completer(name)
        .ok_or_else(|| anyhow::anyhow!("no completions for {name}"))?;
    let mut script = Vec::new();
    completer.write_registration(ASKED, "sixshift", "sixshift", "sixshift", &mut script)?;
    std::io::stdout().write_all(&script)?;
    Ok(exit::DONE)
}
