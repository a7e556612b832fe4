//! Names for the shell's completion: of plans, asked of the daemon, and of contexts.

use std::ffi::OsStr;

use clap_complete::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate,
    engine::{PathCompleter, ValueCompleter as _},
};
use jiff::SignedDuration;

use super::{Server, context::Contexts, list};

/// A shell that waits longer annoys.
const PATIENCE: SignedDuration = SignedDuration::from_millis(800);

/// Completes an argument with the plans' names.
pub(super) fn names() -> ArgValueCandidates {
    ArgValueCandidates::new(plans)
}

/// Completes an argument with the plans' names, and with what is in folders.
pub(crate) fn files_or_names() -> ArgValueCompleter {
    ArgValueCompleter::new(|begun: &OsStr| {
        let text = begun.to_string_lossy();
        let is_path = text.starts_with('.') || text.contains('/');
        let names = if is_path { Vec::new() } else { plans() };
        let begins = |name: &CompletionCandidate| {
            let name = name.get_value().to_string_lossy();
            name.starts_with(&*text)
        };
        let files = PathCompleter::any().complete(begun);
        names.into_iter().filter(begins).chain(files).collect()
    })
}

/// Every plan with its phase; none where no daemon answers, for a shell has no place for an error.
fn plans() -> Vec<CompletionCandidate> {
    let connection = Server::from_environment(PATIENCE).connect();
    let plans = connection.and_then(|c| list::plans(&c)).unwrap_or_default();
    plans
        .into_iter()
        .map(|plan| CompletionCandidate::new(plan.name).help(Some(plan.phase.into())))
        .collect()
}

/// Completes an argument with the names that daemons were given.
pub(super) fn contexts() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let known = Contexts::read().map(|all| all.contexts).unwrap_or_default();
        let named = known.into_iter();
        named
            .map(|context| CompletionCandidate::new(context.name).help(Some(context.server.into())))
            .collect()
    })
}
