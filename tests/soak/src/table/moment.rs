//! The moments of a migration at which an edit is tried, as the ladder reaches them.

use jiff::SignedDuration;
use sixshift_controller::command::Verb;
use sixshift_core::share::Share;
use sixshift_core::status::{Phase, Status};

use crate::story::{Event, What, When};

/// A moment of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// Our group has joined the routes; nothing runs in it yet.
    Attached,
    /// The canary is being proven.
    Canary,
    Tenth,
    Half,
    Bake,
    Cold,
    /// Retiring waits for a person.
    Retire,
    Done,
    /// On the way back from half, IPv4 at full strength.
    Returning,
    /// On the way back from cold: IPv4 has to be filled first.
    Refilling,
    RolledBack,
}

impl Moment {
    pub(crate) const ALL: [Self; 11] = [
        Self::Attached,
        Self::Canary,
        Self::Tenth,
        Self::Half,
        Self::Bake,
        Self::Cold,
        Self::Retire,
        Self::Done,
        Self::Returning,
        Self::Refilling,
        Self::RolledBack,
    ];

    /// As it is named where a cell is.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Attached => "attached",
            Self::Canary => "canary",
            Self::Tenth => "tenth",
            Self::Half => "half",
            Self::Bake => "bake",
            Self::Cold => "cold",
            Self::Retire => "retire",
            Self::Done => "done",
            Self::Returning => "returning",
            Self::Refilling => "refilling",
            Self::RolledBack => "rolled-back",
        }
    }

    pub(crate) fn is_reached(self, status: &Status) -> bool {
        let waits = status.waiting_on.as_ref().map(|on| on.kind());
        let holds = |percent: u16| {
            let share = Share::from_basis_points(percent * 100);
            waits == Some("Hold") && status.shares.observed == Some(share)
        };
        match self {
            Self::Attached => matches!(status.phase, Phase::TaskDefinition | Phase::Service),
            Self::Canary => status.phase == Phase::Warm && waits == Some("CanaryProof"),
            Self::Tenth => holds(10),
            Self::Half => holds(50),
            Self::Bake => waits == Some("Bake"),
            Self::Cold => waits == Some("Cold"),
            Self::Retire => status.phase == Phase::Retire && waits == Some("Approval"),
            Self::Done => status.phase == Phase::Done,
            Self::Returning | Self::Refilling => status.phase == Phase::RollingBack,
            Self::RolledBack => waits == Some("RolledBack"),
        }
    }

    /// What people order so that it comes.
    pub(super) fn orders(self) -> Vec<Event> {
        let order = |at, verb| Event {
            when: When::At(at, SignedDuration::ZERO),
            what: What::Order(verb),
        };
        match self {
            Self::Done => vec![order(Self::Retire, Verb::Approve)],
            Self::Returning | Self::RolledBack => vec![order(Self::Half, Verb::Abort)],
            Self::Refilling => vec![order(Self::Cold, Verb::Abort)],
            _ => Vec::new(),
        }
    }

    /// Whether it lasts, so that an edit may come some time after its beginning.
    pub(super) fn lasts(self) -> bool {
        !matches!(self, Self::Attached | Self::Returning | Self::Refilling)
    }
}
