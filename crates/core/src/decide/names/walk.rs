//! What the walk of a service has of its own whose consumers move by themselves.

use super::super::{tasks, view::View};
use crate::status::{Asks, Phase, Rung, RungState};

/// Every rung, from the bottom of the ladder.
pub(in super::super) fn walk(view: &View<'_>, phase: Phase) -> Vec<Rung> {
    tasks::walk::with(view, phase, asking(view, phase))
}

/// Who still comes to the old name, while that is to be known.
pub(in super::super) fn asking(view: &View<'_>, phase: Phase) -> Option<Rung> {
    let is_asked = match phase {
        Phase::Shift => view.plan.is_by_names(),
        Phase::Bake => view.plan.has_registry(),
        _ => false,
    };
    is_asked.then(|| consumers(view, phase))
}

/// Who still comes to the old name: what is known of it judges nothing, a person does.
fn consumers(view: &View<'_>, phase: Phase) -> Rung {
    let [ipv4, ipv6] = view.received();
    let whole = |bytes: Option<f64>| bytes.map(|b| b.round() as u64);
    let state = match phase {
        Phase::Bake if view.plan.is_by_names() => RungState::Open,
        _ if ipv4.is_none() => RungState::Unknown,
        _ => RungState::Ahead,
    };
    let asks = Asks::Consumers {
        ipv4: whole(ipv4),
        ipv6: whole(ipv6),
    };
    Rung::new(asks, state)
}
