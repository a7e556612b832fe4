//! Plan names for the shell's completion, asked of the daemon.

use clap_complete::{ArgValueCandidates, CompletionCandidate};
use jiff::SignedDuration;

use super::{Server, list};

/// A shell that waits longer annoys.
const PATIENCE: SignedDuration = SignedDuration::from_millis(800);

/// Completes an argument with the plans' names.
pub(super) fn names() -> ArgValueCandidates {
    ArgValueCandidates::new(plans)
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
