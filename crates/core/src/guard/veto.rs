//! What the guard says when it says no, and what would make it say yes.
//!
//! What belongs here: the words. What must not: any rule.

use std::fmt;

use serde::Serialize;

/// Why an action was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Veto {
    /// What it rests on was not read now.
    LightLook,
    /// Something that the rule needs was not seen.
    NotSeen,
    /// It is not ours, and not what the plan names.
    NotOurs,
    /// It was not made from what the plan names.
    NotThePlans,
    /// Other target groups of the action would change their part.
    TouchesOthers,
    /// The route's clients would stick, or no longer stick, to a target group.
    ChangesStickiness,
    /// Every weight would be 0, or one above 999.
    ImpossibleWeights,
    /// It raises IPv6 while its traffic is being taken back, or was.
    WrongDirection,
    /// It would raise traffic further than the plan's next step.
    TooFar,
    /// The side that gets more traffic has too few healthy targets, now.
    UnprovenGround,
    /// It still gets traffic, by its weight or by measured requests.
    StillServing,
    /// The other side is not there to serve.
    NobodyElse,
    /// The route changed since it was looked at.
    StaleRoute,
    /// AWS would change the size of a service that serves.
    Resizes,
    /// The scaling's bounds would hold no task, or are not what the original's allow.
    ImpossibleBounds,
    /// The twin would be larger than what it replaces.
    TooLarge,
    /// No person approved what cannot be undone, and the plan asks for one.
    NotApproved,
    /// A person stopped what goes forward.
    Stopped,
    /// The daemon lacks what it must have to act: the lease, the source, the journal.
    NoFooting,
    /// The step's webhook did not let it be left.
    GateClosed,
    /// The note would say something else than what AWS has.
    UntrueNote,
}

/// What nobody but whoever works on sixshift can mend.
const OWN_FAULT: &str = "reporting this as a fault of sixshift";

impl Veto {
    /// Whether it says that the ladder and the guard disagree, whatever AWS and people do.
    #[must_use]
    pub fn is_own_fault(self) -> bool {
        self.remedy() == OWN_FAULT
    }

    /// What would make it pass.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::LightLook | Self::NotSeen | Self::StaleRoute => "AWS being read again",
            Self::NotOurs | Self::NotThePlans => "looking at who made that resource",
            Self::TouchesOthers
            | Self::ChangesStickiness
            | Self::ImpossibleWeights
            | Self::ImpossibleBounds
            | Self::WrongDirection
            | Self::TooFar
            | Self::TooLarge
            | Self::UntrueNote => OWN_FAULT,
            Self::UnprovenGround => "enough healthy targets",
            Self::Resizes => "a desired count within the bounds of its scaling",
            Self::StillServing => "its traffic ending",
            Self::NobodyElse => "the other side being healthy",
            Self::NotApproved => "approving the retirement",
            Self::GateClosed => "a yes of the step's webhook, or a person's approval",
            Self::Stopped => "ending the pause or the freeze",
            Self::NoFooting => "the lease, the source and the journal being there",
        }
    }
}

impl fmt::Display for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LightLook => "it was decided on what was seen minutes ago",
            Self::NotSeen => "something it rests on was not seen",
            Self::NotOurs => "the resource does not carry this plan's tag",
            Self::NotThePlans => "the resource is not the one that the plan names",
            Self::TouchesOthers => "it would change the traffic of other target groups",
            Self::ChangesStickiness => "it would change how clients stick to a target group",
            Self::ImpossibleWeights => {
                "the weights would send traffic nowhere, or AWS would refuse them"
            }
            Self::WrongDirection => "it would move traffic the wrong way",
            Self::TooFar => "it would raise traffic further than the plan's next step",
            Self::UnprovenGround => "the side that gets the traffic has too few healthy targets",
            Self::StillServing => "it still serves traffic",
            Self::NobodyElse => "nothing else could serve the traffic",
            Self::StaleRoute => "the route is no longer what was looked at",
            Self::Resizes => "it would change the size of a service at once",
            Self::ImpossibleBounds => "the scaling would have bounds that the original has not",
            Self::TooLarge => "the twin would be larger than what it replaces",
            Self::NotApproved => "nobody approved it",
            Self::GateClosed => "the step's webhook has not said yes",
            Self::Stopped => "a person stopped what goes forward",
            Self::NoFooting => "the daemon lacks what it must have to act",
            Self::UntrueNote => "the note would not say what AWS has",
        })
    }
}
