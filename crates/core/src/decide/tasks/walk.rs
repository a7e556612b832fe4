//! The walk of a twin without a load balancer, as it is shown: of workers that move task by task, and of whom consumers find by a name.

use super::super::{view::View, walk};
use crate::status::{Phase, Rung};

/// Every rung, from the bottom of the ladder.
pub(in super::super) fn walk(view: &View<'_>, phase: Phase) -> Vec<Rung> {
    with(view, phase, None)
}

/// The same, with what a way shows of its own before the shares.
pub(in super::super) fn with(view: &View<'_>, phase: Phase, own: Option<Rung>) -> Vec<Rung> {
    let mut rungs = vec![walk::preflight(view)];
    if phase != Phase::Done && !phase.is_back() {
        rungs.push(walk::tasks_of_twin(view));
    }
    rungs.extend(walk::evidence(view, phase));
    rungs.extend(own);
    if !matches!(phase, Phase::Cold | Phase::Retire | Phase::Done) {
        rungs.extend(walk::shares(view, phase, |at, hold| {
            super::evidence::stood(view, at, hold).map(|s| s.proven)
        }));
    }
    if phase != Phase::Done {
        rungs.extend(walk::kept_cold(view, phase));
    }
    rungs
}
