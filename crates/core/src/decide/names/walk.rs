//! What the walk of a service has of its own whose consumers move by themselves.

use super::super::{tasks, view::View};
use crate::status::{Asks, Phase, Rung, RungState};

/// Every rung, from the bottom of the ladder.
pub(in super::super) fn walk(view: &View<'_>, phase: Phase) -> Vec<Rung> {
    let is_asked = matches!(phase, Phase::Shift | Phase::Bake);
    tasks::walk::with(view, phase, is_asked.then(|| consumers(view, phase)))
}

/// Who still comes to the old name: what is known of it judges nothing, a person does.
fn consumers(view: &View<'_>, phase: Phase) -> Rung {
    let [ipv4, ipv6] = view.received();
    let whole = |bytes: Option<f64>| bytes.map(|b| b.round() as u64);
    let state = match phase {
        Phase::Bake => RungState::Open,
        _ if ipv4.is_none() => RungState::Unknown,
        _ => RungState::Ahead,
    };
    let asks = Asks::Consumers {
        ipv4: whole(ipv4),
        ipv6: whole(ipv6),
    };
    Rung::new(asks, state)
}
