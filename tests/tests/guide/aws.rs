//! AWS's own command line, where this machine has one. Without it the commands are left out, which is said loudly; boto3 judges the
//! region in any case (`tests/tests/boto3.rs`).

use sixshift_tests::markdown::Command;

use crate::terminal::{Said, Terminal};

/// Runs a command of `aws`, or says that nobody did.
pub(crate) fn asked(terminal: &mut Terminal, command: &Command) -> Option<Said> {
    assert!(
        command.text.starts_with("aws "),
        "{}: {}",
        command.place,
        command.text
    );
    let there = terminal.runs("aws --version");
    if there.code == 0 {
        return Some(terminal.does(command));
    }
    println!(
        "::warning title=AWS CLI left out::{} was not run, for this machine has no working `aws`: {}",
        command.place,
        there.err.trim()
    );
    None
}
