//! When faults have ended and people do what is asked of them, it comes to an end, or to somebody who has to do more than
//! that; then nothing changes any more.

use jiff::SignedDuration;

use sixshift_core::status::{Health, WaitingOn};

use super::{Found, neither_side_emptied::empties};
use crate::case::Case;
use crate::log::{Log, Write};
use crate::operators::must_help;
use crate::sides::twin_name;
use crate::story::Until;
use crate::world::NAME;

/// Nothing was written for so long at the end.
const STILL: SignedDuration = SignedDuration::from_mins(25);

/// The ticks at the end that are looked at: ten minutes.
const LAST: usize = 60;

pub(super) fn judge(case: &Case, log: &Log) -> Found {
    if matches!(case.story.until, Until::Watched { settles: false, .. }) {
        return Found::new();
    }
    let Some(last) = log.samples.last() else {
        return Found::new();
    };
    let Some(told) = &log.told else {
        return vec![(last.at, "nothing was ever said", String::new())];
    };
    let mut found = Found::new();
    if !case.story.loses_its_notes() {
        found.extend(deserted(log));
    }
    if !log.settled {
        let kind = match &told.waiting_on {
            Some(on) => on.kind(),
            None => "it acts for ever",
        };
        found.push((last.at, kind, told.sentence.clone()));
        return found;
    }
    if let Some(on) = told.waiting_on.as_ref().filter(|on| must_help(on)) {
        let text = format!("somebody did it, three times: {}", told.sentence);
        found.push((
            last.at,
            "the remedy does not help",
            format!("{}: {text}", on.kind()),
        ));
    }
    if let Some(WaitingOn::Vetoed {
        lasting: true,
        veto,
        ..
    }) = &told.waiting_on
        && veto.is_own_fault()
    {
        let text = told.sentence.clone();
        found.push((last.at, "the guard refuses for ever", text));
    }
    let late = log
        .writes
        .iter()
        .rfind(|w| last.at.duration_since(w.at) < STILL && !is_twins_last(w) && !follows(log, w));
    if let Some(write) = late {
        let text = format!("{} after it had settled: {}", write.op, told.sentence);
        found.push((write.at, "it still acts", text));
    }
    found
}

/// IPv4 scales with the traffic until the end, and the twin follows it: once to each size.
fn follows(log: &Log, write: &Write) -> bool {
    let to = |w: &Write| {
        let name = w.input.get("service").as_str();
        let to = w.input.get("desiredCount").as_i64();
        to.filter(|_| w.op == "UpdateService" && name == Some(&twin_name()))
    };
    let Some(size) = to(write).filter(|size| *size == write.found.ipv4.desired) else {
        return false;
    };
    let same = log.writes.iter().filter(|w| to(w) == Some(size));
    same.filter(|w| write.at.duration_since(w.at).abs() < STILL)
        .count()
        == 1
}

/// Once all is rolled back the twin is kept until its last requests can be counted: that is said to be the end, and is for
/// customers.
fn is_twins_last(write: &Write) -> bool {
    empties(write, &twin_name(), &write.found.ipv6)
}

/// In the end customers are served, where the IPv4 service was not given up: bringing it back is what it is kept for.
fn deserted(log: &Log) -> Found {
    let late = log.samples.len().saturating_sub(LAST);
    let Some([first, .., last]) = log.samples.get(late..) else {
        return Found::new();
    };
    let (total, failed) = (last.total - first.total, last.failed - first.failed);
    if log.after.of("service", NAME).is_none() || failed * 2 <= total {
        return Found::new();
    }
    // Where others took both sides away, that is said, and a person called.
    let is_told = last.told.as_ref().is_some_and(|t| t.health == Health::Bad);
    if is_told && log.last_edit(last.at).is_some() {
        return Found::new();
    }
    let told = last.told.as_ref().map_or("", |t| t.sentence.as_str());
    let text = format!("{failed} of the last {total} requests failed; it says: {told}");
    vec![(last.at, "customers fail for ever", text)]
}
