//! A service that has moved stands for the bake: whole, without a deployment, without an alarm.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    super::{Gate, OPEN, note_on_ours, shift::worst, view::View, wait},
    still, swap,
};
use crate::{
    action::Side,
    evidence::{SignalVerdict, Verdict},
    names::tag,
    note::Note,
    status::{Stood, WaitingOn},
};

/// It has stood for the bake, once.
pub(super) fn bake(view: &View<'_>) -> Gate {
    if view.noted(tag::BAKED).is_some() {
        return OPEN;
    }
    let service = view.ipv4()?;
    still(view, Side::Ipv6)?;
    swap::whole(service, Side::Ipv6)?;
    let needed = view.plan.shift.bake;
    let proven = stood(view).unwrap_or_default();
    // Before its end what is not sure yet is no news.
    let holds = |verdict| match verdict {
        Verdict::Good => false,
        Verdict::TooFew => proven >= needed,
        Verdict::NoData | Verdict::Error | Verdict::Bad => true,
    };
    if let Some(evidence) = view.evidence().filter(|e| holds(e.verdict)) {
        return wait(WaitingOn::Evidence {
            step: 0,
            verdict: evidence.verdict,
            note: worst(&evidence.signals).map(SignalVerdict::sentence),
            overdue: false,
        });
    }
    if proven < needed {
        return wait(WaitingOn::Stood {
            what: Stood::Service,
            proven,
            needed,
        });
    }
    note_on_ours(view, tag::BAKED, format!("{:.0}", view.now))
}

/// From when it stands: noted as moved, its last deployment complete, its alarms quiet.
fn since(view: &View<'_>) -> Option<Timestamp> {
    let Some(Note::Settled(_, Some(settled))) = view.note() else {
        return None;
    };
    let deployed = view.seen.ipv4.seen()?.primary();
    let deployed = deployed.map(|d| d.completed_at.unwrap_or(d.created_at));
    [Some(settled), deployed, view.quiet_since()]
        .into_iter()
        .flatten()
        .max()
}

/// How long it has stood so far, where it has moved.
pub(super) fn stood(view: &View<'_>) -> Option<Duration> {
    let since = since(view)?;
    Duration::try_from(view.now.duration_since(since)).ok()
}
