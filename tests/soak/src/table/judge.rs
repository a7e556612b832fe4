//! A cell's run held against what was to become of its edit.
//!
//! What must not be here: what is right for which edit (`faces`).

use jiff::Timestamp;
use sixshift_core::status::Health;

use super::Moment;
use super::cell::Cell;
use super::faces::{Face, face};
use super::seen::{Seen, is_all};
use crate::hands::Touches;
use crate::log::{Log, Routes, shares};
use crate::oracles::Violation;
use crate::plan::NEAR;

/// How long customers may go unanswered because of an edit: seconds. They may begin and end within a tick.
const LONGEST: i64 = 60 + TICK;
const TICK: i64 = 10;
/// An edit is told by then, or put back.
const TOLD: i64 = 180;
/// The same of a new route: the listing that finds it comes every five minutes.
const FOUND: i64 = 375;
/// What is set right at once is so by then.
const AT_ONCE: i64 = 90;

/// A kind of violation, and in words.
type Fault = (&'static str, String);

pub(super) fn judge(cell: &Cell, log: &Log, seen: Option<&Seen>) -> Vec<Violation> {
    let last = log.samples.last().map_or(Timestamp::UNIX_EPOCH, |s| s.at);
    let (at, faults) = match seen {
        Some(seen) => (seen.at, of_edit(cell, log, seen)),
        None if log.edit_tried => (last, Vec::new()),
        None => (last, vec![("it never came to that moment", String::new())]),
    };
    let faults = faults.into_iter().map(|(kind, text)| Violation {
        oracle: "table",
        at,
        kind,
        text,
    });
    faults.collect()
}

fn of_edit(cell: &Cell, log: &Log, seen: &Seen) -> Vec<Fault> {
    let mut faults = Vec::new();
    if seen.dark > LONGEST {
        let text = format!("for {} s, of which {LONGEST} are allowed", seen.dark);
        faults.push(("customers went unanswered", text));
    }
    let deleted = log.writes.iter().filter(|w| w.at > seen.at);
    for write in deleted.filter(|w| w.op.starts_with("Delete")) {
        faults.push(("something was deleted after the edit", write.op.clone()));
    }
    match face(cell.edit.touches, cell.moment) {
        Some(face) => faults.extend(of_face(cell, face, seen)),
        None => faults.push(("no face is written for it", String::new())),
    }
    faults
}

fn of_face(cell: &Cell, face: Face, seen: &Seen) -> Option<Fault> {
    // How much of a route was the service's is not for us to say, once others have all of it.
    let is_given_away = seen.left.values().any(|(ipv4, ipv6)| ipv4 + ipv6 == 0);
    let edit = |rest: Option<f64>| {
        if cell.corrects && !is_given_away {
            put_back(cell, seen)
        } else {
            told_and_left(cell, seen, rest)
        }
    };
    let is_of_routes = matches!(face, Face::Edit | Face::SetRight | Face::EditOrSetRight);
    // Weights that say the same in other numbers are nobody's business.
    if is_of_routes && !seen.has_moved() {
        return goes_on(cell, seen);
    }
    // Half an edit: the old was deleted, and AWS refused the new. Or the last route's share of ours went to others.
    if (is_of_routes || cell.edit.touches == Touches::TwinGroup) && seen.left.is_empty() {
        return says(seen, &["Missing"], FOUND);
    }
    match face {
        Face::Edit => edit(None),
        Face::SetRight => set_right(cell, seen),
        Face::EditOrSetRight => {
            set_right(cell, seen).and_then(|_| edit(Some(right_share(cell, seen))))
        }
        Face::Says(words) => says(seen, words, TOLD),
        Face::SaysOnHold(words) if !cell.corrects => says(seen, words, TOLD),
        Face::GoesOn => goes_on(cell, seen),
        Face::SaysOnHold(_) | Face::Chance => None,
    }
}

fn says(seen: &Seen, words: &[&str], by: i64) -> Option<Fault> {
    let is_said = seen.told_by(by).any(|told| told.is_any(words));
    (!is_said).then(|| ("it was not told", format!("{words:?} by {by} s")))
}

/// How long it may take until an edit is seen.
fn found_by(cell: &Cell, otherwise: i64) -> i64 {
    if cell.edit.touches == Touches::NewRoute {
        FOUND
    } else {
        otherwise
    }
}

/// `rest`: what those routes may have that led to nobody, or that nobody touched on their way back.
fn told_and_left(cell: &Cell, seen: &Seen, rest: Option<f64>) -> Option<Fault> {
    let by = found_by(cell, TOLD);
    if !seen.told_by(by).any(|told| told.on == "OutsideEdit") {
        return Some(("an edit was not told", format!("by {by} s")));
    }
    let fought = seen.end().iter().find(|(route, weights)| {
        let one = Routes::from([((*route).clone(), **weights)]);
        seen.left.get(*route) != Some(*weights) && !rest.is_some_and(|rest| is_all(&one, rest))
    });
    let route = fought.map(|(route, _)| route.clone());
    route.map(|route| ("an edit was fought though the plan holds", route))
}

/// Every route has the share that it had, for a while at least: the migration goes on from there.
fn put_back(cell: &Cell, seen: &Seen) -> Option<Fault> {
    let (share, by) = (seen.share(), found_by(cell, TOLD));
    if seen.until_all_at(share).is_none_or(|since| since > by) {
        return Some(("an edit was not put back", format!("to {share} by {by} s")));
    }
    stays(cell, seen)
}

/// What every route ought to have.
fn right_share(cell: &Cell, seen: &Seen) -> f64 {
    if is_back(cell.moment) {
        0.0
    } else {
        seen.share()
    }
}

fn set_right(cell: &Cell, seen: &Seen) -> Option<Fault> {
    let share = right_share(cell, seen);
    let by = found_by(cell, AT_ONCE);
    if seen.until_all_at(share).is_none_or(|since| since > by) {
        return Some(("an edit was not set right", format!("to {share} by {by} s")));
    }
    stays(cell, seen)
}

fn is_back(moment: Moment) -> bool {
    matches!(
        moment,
        Moment::Returning | Moment::Refilling | Moment::RolledBack
    )
}

/// What was set right has not been lost again, but for a plan that went on.
fn stays(cell: &Cell, seen: &Seen) -> Option<Fault> {
    let end = shares(seen.end());
    let least = end.into_iter().fold(f64::INFINITY, f64::min);
    let fell = !is_back(cell.moment) && least < seen.share() - NEAR;
    fell.then(|| {
        (
            "what was put back was taken away again",
            format!("{least} in the end"),
        )
    })
}

/// Nobody is called because of it, and no traffic is taken back.
fn goes_on(cell: &Cell, seen: &Seen) -> Option<Fault> {
    if is_back(cell.moment) {
        let is_back = is_all(seen.end(), 0.0);
        return (!is_back).then(|| ("traffic did not go back", String::new()));
    }
    let calls = |health: Health| matches!(health, Health::NeedsPerson | Health::Bad);
    let called = seen
        .told
        .iter()
        .find(|(_, t)| calls(t.health) && t.on != "Approval");
    called.map(|(since, told)| {
        let text = format!("{:?} {} after {since} s", told.phase, told.on);
        ("an edit that changes nothing stopped it", text)
    })
}
