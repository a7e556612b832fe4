//! Which page of docs/runbooks helps whoever is called, reason by reason.
//!
//! What belongs here: the list of pages, and which one a reason has. What must not: what the pages say; a test holds both equal.

use super::{Health, Status, WaitingOn};
use crate::action::Side;

/// A page each: its variant and the file's name. The address is that of the project's own copy.
macro_rules! runbooks {
    ($($page:ident = $name:literal)+) => {
        /// A page for whoever is called.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "each is called as its file")]
        pub enum Runbook {
            $($page,)+
        }

        impl Runbook {
            /// Every page that a reason leads to; alerts have some of their own.
            pub const ALL: &[Self] = &[$(Self::$page),+];

            /// Where it can be read.
            #[must_use]
            pub fn url(self) -> &'static str {
                match self {
                    $(Self::$page => concat!(
                        env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/runbooks/", $name, ".md"
                    ),)+
                }
            }
        }
    };
}

runbooks! {
    ActFailed = "act-failed"
    Approval = "approval"
    ClockWrong = "clock-wrong"
    DeploymentStuck = "deployment-stuck"
    EvidenceMissing = "evidence-missing"
    Findings = "findings"
    Foreign = "foreign"
    Frozen = "frozen"
    GuardRefuses = "guard-refuses"
    Ipv4Sick = "ipv4-sick"
    Ipv6Bad = "ipv6-bad"
    JournalLost = "journal-lost"
    JournalUnwritten = "journal-unwritten"
    Missing = "missing"
    NoWayBack = "no-way-back"
    NoteLost = "note-lost"
    OutsideEdit = "outside-edit"
    Paused = "paused"
    PlanText = "plan-text"
    Probe = "probe"
    Resized = "resized"
    RolledBack = "rolled-back"
    SharedRoute = "shared-route"
    SideEmptied = "side-emptied"
    TwinDoesNotStart = "twin-does-not-start"
    TwinUnhealthy = "twin-unhealthy"
    Unreadable = "unreadable"
    WayBackWaits = "way-back-waits"
    WebhookGate = "webhook-gate"
}

impl WaitingOn {
    /// The page for whoever is called; `None` where nobody is.
    #[must_use]
    pub fn runbook(&self) -> Option<Runbook> {
        let page = match self {
            Self::Frozen { .. } => Runbook::Frozen,
            Self::Paused { .. } => Runbook::Paused,
            Self::JournalLost => Runbook::JournalLost,
            Self::JournalUnwritable { .. } => Runbook::JournalUnwritten,
            Self::ClockWrong { .. } => Runbook::ClockWrong,
            Self::Vanished { .. } => Runbook::PlanText,
            Self::SharedRoute { .. } => Runbook::SharedRoute,
            Self::RolledBack { .. } => Runbook::RolledBack,
            Self::OutsideEdit { .. } | Self::MovedBack { .. } => Runbook::OutsideEdit,
            Self::Resized { .. } => Runbook::Resized,
            Self::Emptied { .. } => Runbook::SideEmptied,
            Self::Ipv4Sick { .. } => Runbook::Ipv4Sick,
            Self::NoteLost { .. } => Runbook::NoteLost,
            Self::Unknown { .. } => Runbook::Unreadable,
            Self::Missing { .. } => Runbook::Missing,
            Self::Foreign { .. } => Runbook::Foreign,
            Self::Findings { .. } => Runbook::Findings,
            Self::Deployment { .. } => Runbook::DeploymentStuck,
            Self::TasksStarting { .. } | Self::TwinFailed { .. } | Self::NotIpv6Only { .. } => {
                Runbook::TwinDoesNotStart
            }
            Self::TargetsUnhealthy {
                side: Side::Ipv4, ..
            } => Runbook::WayBackWaits,
            Self::TargetsUnhealthy {
                side: Side::Ipv6, ..
            } => Runbook::TwinUnhealthy,
            Self::Probe { .. } => Runbook::Probe,
            Self::Evidence { .. } => Runbook::EvidenceMissing,
            Self::Bad { .. } => Runbook::Ipv6Bad,
            Self::NoWayBack { .. } => Runbook::NoWayBack,
            Self::Approval { .. } => Runbook::Approval,
            Self::Webhook { .. } => Runbook::WebhookGate,
            Self::Vetoed { .. } => Runbook::GuardRefuses,
            Self::ActFailed { .. } => Runbook::ActFailed,
            Self::CloserLook
            | Self::FirstLook
            | Self::SourceUnread
            | Self::Lease { .. }
            | Self::Unseen { .. }
            | Self::TasksStopping { .. }
            | Self::CanaryProof { .. }
            | Self::Stood { .. }
            | Self::Hold { .. }
            | Self::Bake { .. }
            | Self::TooFew { .. }
            | Self::Drain { .. }
            | Self::Cold { .. }
            | Self::Deletion { .. } => return None,
        };
        self.needs_person().then_some(page)
    }
}

impl Status {
    /// The page for whoever is called, by what is waited for; while traffic is taken back without a wait, that of a bad side.
    #[must_use]
    pub fn runbook(&self) -> Option<Runbook> {
        let on = self.waiting_on.as_ref().and_then(WaitingOn::runbook);
        on.or((self.health == Health::Bad).then_some(Runbook::Ipv6Bad))
    }
}
