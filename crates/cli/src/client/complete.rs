//! Names for the shell's completion: of plans, asked of the daemon, and of contexts.

use clap_complete::{ArgValueCandidates, CompletionCandidate};
use jiff::SignedDuration;

use super::{Server, context::Contexts, list};

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
