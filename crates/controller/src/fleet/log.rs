//! Each event is one line of the log, at the level at which a person reads it; what an event is told of once is no loop.
//!
//! What belongs here: levels and fields. What must not: what is worth an event ([`super::told`]).

use crate::event::{Event, EventKind};

/// At the level that the event asks for.
macro_rules! told {
    ($event:expr, $($field:ident),+) => {
        if $event.warns {
            tracing::warn!($($field),+, "{}", $event.text);
        } else {
            tracing::info!($($field),+, "{}", $event.text);
        }
    };
}

/// The event's line.
pub(super) fn line(event: &Event) {
    let (plan, revision) = (event.plan.as_deref(), event.revision.as_deref());
    let (call, text) = (event.call.as_deref(), event.text.as_str());
    match event.kind {
        EventKind::Command => {
            let (by, reason) = (event.actor.as_deref(), event.reason.as_deref());
            tracing::info!(plan, by, reason, "{text}");
        }
        EventKind::Failed | EventKind::Finding => tracing::warn!(plan, call, "{text}"),
        EventKind::Vetoed => tracing::error!(plan, call, "{text}"),
        EventKind::Verdict => {
            let evidence = event.evidence.join("; ");
            told!(event, plan, evidence);
        }
        EventKind::Source => {
            let commit = event.commit.as_deref();
            told!(event, plan, commit);
        }
        EventKind::Acted | EventKind::Phase | EventKind::Waiting | EventKind::Daemon => {
            told!(event, plan, revision, call);
        }
    }
}
