//! What is to be told of an edit, and what is to become of it: by what it touches and the moment, as data.
//!
//! What must not be here: edits by name, or how a run is held against this (`judge`).

use super::Moment;
use super::Moment::{
    Attached, Bake, Canary, Cold, Done, Half, Refilling, Retire, Returning, RolledBack, Tenth,
};
use crate::hands::Touches;

/// What becomes of an edit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Face {
    /// Routes: told as somebody's edit and left alone where the plan holds, put back where it corrects.
    Edit,
    /// Routes: they lead to nobody, or against an order. Set right at once, whatever the plan says.
    SetRight,
    /// Routes: the one or the other, as targets happen to stand.
    EditOrSetRight,
    /// One of these is told, as a phase or as what is waited for.
    Says(&'static [&'static str]),
    /// The same where the plan holds; where it corrects it is undone, and nothing need be said.
    SaysOnHold(&'static [&'static str]),
    /// The migration goes on: nobody is called, nothing is taken back.
    GoesOn,
    /// Some targets are gone for some seconds: whether a look meets that is chance, and both outcomes are right.
    Chance,
}
use Face::{Chance, Edit, EditOrSetRight, GoesOn, Says, SaysOnHold, SetRight};

const EARLY: &[Moment] = &[Attached, Canary];
const SHIFTING: &[Moment] = &[Tenth, Half];
const KEPT: &[Moment] = &[Cold, Retire];
const BACK: &[Moment] = &[Returning, Refilling];

const BACK_WORDS: &[&str] = &["RollingBack", "RolledBack"];

type Row = (Touches, &'static [Moment], Face);

/// The first row that fits counts.
const FACES: &[Row] = &[
    (Touches::Routes, &[Attached], SetRight),
    (Touches::Routes, &[Canary], Edit),
    (Touches::Routes, SHIFTING, Edit),
    (Touches::Routes, &[Bake], Edit),
    // One side is empty: what leads there leads to nobody.
    (Touches::Routes, KEPT, SetRight),
    (Touches::Routes, &[Done], EditOrSetRight),
    // Somebody ordered everything back.
    (Touches::Routes, BACK, EditOrSetRight),
    (Touches::Routes, &[RolledBack], EditOrSetRight),
    // While no share is wanted a new route is one more to be joined.
    (Touches::NewRoute, EARLY, GoesOn),
    (Touches::NewRoute, SHIFTING, Edit),
    (Touches::NewRoute, &[Bake], Edit),
    (Touches::NewRoute, KEPT, SetRight),
    (Touches::NewRoute, &[Done], GoesOn),
    (Touches::NewRoute, BACK, GoesOn),
    (Touches::NewRoute, &[RolledBack], GoesOn),
    (Touches::TwinGone, EARLY, Says(&["Service", "Warm"])),
    (Touches::TwinGone, SHIFTING, Says(BACK_WORDS)),
    (Touches::TwinGone, &[Bake], Says(BACK_WORDS)),
    (Touches::TwinGone, KEPT, Says(BACK_WORDS)),
    (Touches::TwinGone, &[Done], Says(&["NoWayBack", "Missing"])),
    (Touches::TwinGone, BACK, Says(BACK_WORDS)),
    (Touches::TwinGone, &[RolledBack], GoesOn),
    (Touches::TwinTargets, &Moment::ALL, Chance),
    (Touches::Ipv4Gone, EARLY, Says(&["Emptied", "Ipv4Sick"])),
    (Touches::Ipv4Gone, SHIFTING, Says(&["Emptied", "Ipv4Sick"])),
    (Touches::Ipv4Gone, &[Bake], Says(&["Resized"])),
    (Touches::Ipv4Gone, &Moment::ALL, GoesOn),
    (Touches::Ipv4Targets, &Moment::ALL, Chance),
    (Touches::Ipv4Shrunk, EARLY, Says(&["Findings"])),
    (Touches::Ipv4Shrunk, SHIFTING, Says(&["Findings"])),
    (Touches::Ipv4Shrunk, &[Bake], Says(&["Findings"])),
    (Touches::Ipv4Shrunk, KEPT, Says(&["Findings", "Resized"])),
    (Touches::Ipv4Shrunk, &Moment::ALL, Chance),
    (Touches::Ipv4Grown, KEPT, SaysOnHold(&["Resized"])),
    (Touches::Ipv4Grown, &Moment::ALL, GoesOn),
    // It brings a service that sleeps back to its least size.
    (Touches::Ipv4Scaling, KEPT, SaysOnHold(&["Resized"])),
    (Touches::Ipv4Scaling, &Moment::ALL, GoesOn),
    (Touches::TwinSize, &Moment::ALL, GoesOn),
    // AWS does not let go of a group that is in use: at most one that others share goes to them.
    (Touches::TwinGroup, &[Done], GoesOn),
    (Touches::TwinGroup, EARLY, Says(&["TargetGroup", "Missing"])),
    (
        Touches::TwinGroup,
        &Moment::ALL,
        Says(&["Missing", "RolledBack"]),
    ),
    (Touches::Notes, &Moment::ALL, Chance),
    (Touches::Setting, &Moment::ALL, GoesOn),
];

/// What is to become of an edit at a moment.
pub(super) fn face(touches: Touches, moment: Moment) -> Option<Face> {
    let mut rows = FACES.iter();
    let fits = |(what, moments, _): &&Row| *what == touches && moments.contains(&moment);
    rows.find(fits).map(|(.., face)| *face)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hands;

    #[test]
    fn every_edit_has_a_face_at_every_moment_and_every_row_is_used() {
        for edit in hands::edits() {
            for moment in Moment::ALL {
                let face = face(edit.touches, moment);
                assert!(face.is_some(), "{} at {moment:?}", edit.name);
            }
        }
        for (touches, moments, _) in FACES {
            assert!(hands::edits().any(|e| e.touches == *touches), "{touches:?}");
            let is_first = |m: &Moment| {
                let rows = FACES
                    .iter()
                    .find(|(t, ms, _)| t == touches && ms.contains(m));
                rows.is_some_and(|(_, first, _)| first == moments)
            };
            assert!(moments.iter().any(is_first), "{touches:?} {moments:?}");
        }
    }
}
