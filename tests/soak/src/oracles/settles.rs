//! When faults have ended and people do what is asked of them, it comes to an end, or to somebody who has to do more than
//! that; then nothing changes any more.

use jiff::SignedDuration;

use super::Found;
use crate::case::Case;
use crate::log::Log;
use crate::operators::must_help;

/// Nothing was written for so long at the end.
const STILL: SignedDuration = SignedDuration::from_mins(25);

pub(super) fn judge(_: &Case, log: &Log) -> Found {
    let Some(last) = log.samples.last() else {
        return Found::new();
    };
    let Some(told) = &log.told else {
        return vec![(last.at, "nothing was ever said", String::new())];
    };
    if !log.settled {
        let kind = match &told.waiting_on {
            Some(on) => on.kind(),
            None => "it acts for ever",
        };
        return vec![(last.at, kind, told.sentence.clone())];
    }
    let mut found = Found::new();
    if let Some(on) = told.waiting_on.as_ref().filter(|on| must_help(on)) {
        let text = format!("somebody did it, three times: {}", told.sentence);
        found.push((
            last.at,
            "the remedy does not help",
            format!("{}: {text}", on.kind()),
        ));
    }
    let late = log
        .writes
        .iter()
        .rfind(|w| last.at.duration_since(w.at) < STILL);
    if let Some(write) = late {
        let text = format!("{} after it had settled: {}", write.op, told.sentence);
        found.push((write.at, "it still acts", text));
    }
    found
}
