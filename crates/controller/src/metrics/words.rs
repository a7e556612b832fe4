//! The words that labels may hold: closed sets, and the same words as in the API.

use sixshift_aws::Kind;
use sixshift_core::{guard::Veto, status::WaitingOn};

use crate::{round::Outcome, source::Standing};

/// A word for each variant, and the list of all words. A new variant does not compile until it has one.
macro_rules! words {
    ($list:ident, $word:ident, $of:ident: $($variant:ident = $text:literal)+) => {
        pub(super) const $list: &[&str] = &[$($text),+];

        pub(super) fn $word(value: &$of) -> &'static str {
            match value {
                $($of::$variant { .. } => $text,)+
            }
        }
    };
    ($list:ident, $word:ident, $of:ident: $($variant:ident)+) => {
        pub(super) const $list: &[&str] = &[$(stringify!($variant)),+];

        pub(super) fn $word(value: &$of) -> &'static str {
            match value {
                $($of::$variant { .. } => stringify!($variant),)+
            }
        }
    };
}

/// Of a plan that has not been looked at yet.
pub(super) const UNKNOWN: &str = "Unknown";

/// The four shares, as [`sixshift_core::status::Shares`] has them.
pub(super) const SHARES: &[&str] = &["desired", "applied", "observed", "effective"];
/// What a metric of the plan's own is held against.
pub(super) const AGAINST: &[&str] = &["limit", "ipv4"];
/// What became of something that was tried.
pub(super) const RESULTS: &[&str] = &["ok", "failed"];
/// What a webhook answered.
pub(super) const GATES: &[&str] = &["open", "closed", "failed"];
/// What became of spans.
pub(crate) const SPANS: &[&str] = &["sent", "refused", "overflowed", "unsent"];
/// What became of an order.
pub(super) const ANSWERS: &[&str] = &["accepted", "refused"];

words!(STANDINGS, standing, Standing: Current Invalid Vanished);

words!(WAITS, waiting_on, WaitingOn:
    CloserLook Frozen Paused FirstLook Lease SourceUnread JournalLost JournalUnwritable ClockWrong Vanished SharedRoute RolledBack OutsideEdit Resized Emptied Ipv4Sick NoteLost Unseen Unknown
    Missing Foreign Findings Deployment TasksStarting TasksStopping TwinFailed NotIpv6Only TargetsUnhealthy CanaryProof Hold
    Probe Stood MovedBack Bake Evidence TooFew Bad NoWayBack Approval Webhook Drain Cold Deletion Vetoed ActFailed);

words!(VETOES, veto, Veto:
    LightLook = "lightLook"
    NotSeen = "notSeen"
    NotOurs = "notOurs"
    NotThePlans = "notThePlans"
    TouchesOthers = "touchesOthers"
    ChangesStickiness = "changesStickiness"
    ImpossibleWeights = "impossibleWeights"
    WrongDirection = "wrongDirection"
    TooFar = "tooFar"
    UnprovenGround = "unprovenGround"
    StillServing = "stillServing"
    NobodyElse = "nobodyElse"
    Resizes = "resizes"
    StaleRoute = "staleRoute"
    ImpossibleBounds = "impossibleBounds"
    TooLarge = "tooLarge"
    NotApproved = "notApproved"
    GateClosed = "gateClosed"
    Stopped = "stopped"
    NoFooting = "noFooting"
    UntrueNote = "untrueNote");

words!(KINDS, kind, Kind:
    Throttled = "throttled"
    Server = "server"
    Network = "network"
    Timeout = "timeout"
    Credentials = "credentials"
    Denied = "denied"
    Missing = "missing"
    Behind = "behind"
    Conflict = "conflict"
    Quota = "quota"
    Refused = "refused"
    Changed = "changed"
    Lease = "lease");

/// How a round ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ended {
    Waited,
    Acted,
    Vetoed,
    Failed,
    Panicked,
}

impl Ended {
    /// All but the breakdown, which has no duration.
    pub(super) const TIMED: [Self; 4] = [Self::Waited, Self::Acted, Self::Vetoed, Self::Failed];
    /// All of them.
    pub(super) const ALL: [Self; 5] = [
        Self::Waited,
        Self::Acted,
        Self::Vetoed,
        Self::Failed,
        Self::Panicked,
    ];
}

words!(OUTCOMES, outcome, Ended:
    Waited = "waited" Acted = "acted" Vetoed = "vetoed" Failed = "failed" Panicked = "panicked");

impl From<&Outcome> for Ended {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Waited => Self::Waited,
            Outcome::Acted(_) => Self::Acted,
            Outcome::Vetoed(..) => Self::Vetoed,
            Outcome::Failed(..) => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: impl serde::Serialize) -> String {
        let value = serde_json::to_value(value).unwrap();
        value.as_str().unwrap().to_owned()
    }

    #[test]
    fn labels_have_the_words_of_the_api() {
        assert_eq!(veto(&Veto::UnprovenGround), json(Veto::UnprovenGround));
        assert_eq!(kind(&Kind::Denied), Kind::Denied.as_str());
        for on in [WaitingOn::JournalLost, WaitingOn::CloserLook] {
            assert_eq!(waiting_on(&on), on.kind());
        }
    }
}
