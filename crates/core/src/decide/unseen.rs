//! A look that is older than our own writes decides nothing: it would make things twice, and call people for our own acts.
//!
//! What must not be here: what a write leaves behind ([`crate::written`]).

use super::{Next, view::View};
use crate::{
    action::{Action, Intent},
    observation::RouteId,
    status::WaitingOn,
    written::Unseen,
};

/// What comes next, unless it rests on a look that does not show what we wrote.
pub(super) fn heeded(view: &View<'_>, next: Next) -> Next {
    let unseen = match &next {
        // Taking traffic back does not wait for anything but what was written to that very route.
        Next::Act(Action::SetForward {
            route,
            intent: Intent::Return | Intent::Rescue(_),
            ..
        }) => view.unseen().find(|unseen| is_about(unseen, route)),
        Next::Act(_) => view.unseen().next(),
        // Where it stood when this daemon began, it still stands.
        Next::Done | Next::Wait(WaitingOn::RolledBack { .. }) => {
            view.unseen().find(|u| matches!(u, Unseen::Act(_)))
        }
        Next::Wait(on) if is_a_conclusion(on) => view.unseen().next(),
        Next::Wait(_) => None,
    };
    match unseen {
        Some(Unseen::Act(action)) => Next::Wait(WaitingOn::Unseen {
            what: action.name(),
        }),
        Some(Unseen::Before) => Next::Wait(WaitingOn::Unseen {
            what: "whatever was done right before this daemon began".to_owned(),
        }),
        None => next,
    }
}

fn is_about(unseen: &Unseen<'_>, route: &RouteId) -> bool {
    matches!(unseen, Unseen::Act(Action::SetForward { route: written, .. }) if written == route)
}

/// Whether it says something of AWS that our own write, seen too late, would look like.
fn is_a_conclusion(on: &WaitingOn) -> bool {
    matches!(
        on,
        WaitingOn::OutsideEdit { .. }
            | WaitingOn::Resized { .. }
            | WaitingOn::NoteLost { .. }
            | WaitingOn::Missing { .. }
            | WaitingOn::Foreign { .. }
            | WaitingOn::Findings { .. }
            | WaitingOn::Deletion { .. }
    )
}

impl View<'_> {
    /// What we wrote and this look does not show.
    pub(super) fn unseen(&self) -> impl Iterator<Item = Unseen<'_>> {
        self.facts.written.unseen(self.plan, self.seen, self.now)
    }

    /// Whether a route was written a moment ago, and this look does not show it.
    pub(super) fn is_unseen(&self, route: &RouteId) -> bool {
        self.unseen().any(|unseen| is_about(&unseen, route))
    }
}
