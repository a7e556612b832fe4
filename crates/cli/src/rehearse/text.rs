//! A rehearsal for people at a terminal: a timeline for each plan, what came of it, and what was not copied.
//!
//! What belongs here: lines. What must not: anything that is not in [`super::report`].

use std::{fmt::Write as _, time::Duration};

use jiff::{SignedDuration, Timestamp};
use sixshift_api::visible;
use sixshift_core::{
    share::Share,
    status::{Phase, duration},
};

use super::{
    course::{Event, Kind, Played, Tasks, WayBack},
    report::Rehearsal,
};
use crate::{
    client::words::{BOLD, DIM, width, wrap},
    report::Requests,
    stop,
};

/// Where a line's sentence begins.
const INDENT: usize = 20;
/// Longer lines are hard to read.
const LONGEST: usize = 110;

/// Everything, in the live side's names.
pub(super) fn page(fault: Option<&str>, wall: Duration, rehearsals: &[Rehearsal]) -> String {
    let room = width().clamp(60, LONGEST);
    let mut text = String::new();
    for one in rehearsals {
        let page = rehearsal(fault, wall, one, room);
        text.push_str(&one.names.to_original(&page));
    }
    text
}

fn rehearsal(fault: Option<&str>, wall: Duration, one: &Rehearsal, room: usize) -> String {
    let mut text = String::new();
    let from = one.from.strftime("%a %F %H:%M UTC");
    let with = fault.map_or_else(String::new, |fault| format!(", with {fault}"));
    let _ = writeln!(
        text,
        "Rehearsed in a copy{with}. It begins now, {from}; nothing was changed in AWS."
    );
    for played in &one.plans {
        let _ = writeln!(text, "\n{BOLD}{}{BOLD:#}", visible(&played.plan.name));
        for event in &played.timeline {
            text.push_str(&line(event, one.from, room));
        }
    }
    text.push_str(stop::headline(one.ending, false));
    text.push('\n');
    for played in &one.plans {
        outcome(&mut text, played, one.from, room);
    }
    if !one.lacks.is_empty() {
        let _ = writeln!(text, "\n{BOLD}Not copied{BOLD:#}");
        for lack in &one.lacks {
            let sentence = format!("{}: {}", lack.what, lack.means);
            paragraph(&mut text, &visible(&sentence), 2, room);
        }
    }
    let calls: u64 = one.api_calls.values().sum();
    let _ = writeln!(
        text,
        "\n{} of the copy's time in {:.1} s; {calls} API calls there, {} throttled.",
        span(one.until.duration_since(one.from)),
        wall.as_secs_f64(),
        one.throttled
    );
    text
}

fn line(event: &Event, from: Timestamp, room: usize) -> String {
    let after = span(event.at.duration_since(from));
    let mark = match event.kind {
        Kind::Call => "*",
        Kind::Failed | Kind::Warning => "!",
        Kind::Wait => " ",
        Kind::Approval | Kind::Somebody => "-",
    };
    let share = event.share.filter(|share| *share > Share::NONE);
    let share = share.map_or_else(String::new, |share| share.to_string());
    let head = format!("{after:>10} {share:>6} {mark} ");
    let sentence = visible(&event.text);
    let mut text = String::new();
    for (place, words) in wrap(&sentence, room.saturating_sub(INDENT))
        .iter()
        .enumerate()
    {
        match place {
            0 => text.push_str(&head),
            _ => text.push_str(&" ".repeat(INDENT)),
        }
        text.push_str(words);
        text.push('\n');
    }
    text
}

fn outcome(text: &mut String, played: &Played, from: Timestamp, room: usize) {
    let plan = &played.plan;
    let name = visible(&plan.name);
    let after = span(played.until.duration_since(from));
    let seen = match (plan.requests, played.tasks) {
        (Some(seen), _) => failed(seen),
        (None, Some(tasks)) => {
            let Tasks { fewest, desired } = tasks;
            format!("at no look did fewer than {fewest} of {desired} tasks run")
        }
        (None, None) => "its tasks were not looked at".to_owned(),
    };
    let _ = writeln!(
        text,
        "{name:<16} {:<12} after {after}; {seen}",
        plan.phase.name(),
    );
    if let Some(back) = &played.way_back {
        paragraph(text, &taken_back(back), 17, room);
    }
    if let Some(seen) = plan.requests {
        let harmed = match seen.failed.saturating_sub(seen.failed_on_ipv6) {
            0 => "No request failed on IPv4.".to_owned(),
            some => format!("{some} requests failed on IPv4."),
        };
        paragraph(text, &harmed, 17, room);
    }
    if plan.phase != Phase::Done {
        paragraph(text, &visible(&plan.sentence), 17, room);
    }
}

fn taken_back(back: &WayBack) -> String {
    let after = || span(SignedDuration::from_secs(back.after_seconds));
    match (back.step, back.requests) {
        (Some(step), Some(seen)) => format!(
            "Taken back at step {step} ({}), {} after that share was reached; by then {}.",
            back.share,
            after(),
            failed(seen)
        ),
        (None, Some(seen)) => {
            let failed = failed(seen);
            format!("Taken back before IPv6 had any traffic; {failed}.")
        }
        (_, None) if back.share > Share::NONE => {
            let after = after();
            format!("Taken back {after} after all of its tasks were on IPv6.")
        }
        (_, None) => "Taken back before all of its tasks were on IPv6.".to_owned(),
    }
}

fn failed(seen: Requests) -> String {
    format!(
        "{} of {} requests failed, {} of them on IPv6",
        seen.failed, seen.total, seen.failed_on_ipv6
    )
}

fn span(length: SignedDuration) -> String {
    duration(Duration::try_from(length).unwrap_or_default())
}

fn paragraph(text: &mut String, words: &str, indent: usize, room: usize) {
    for line in wrap(words, room.saturating_sub(indent).max(20)) {
        let _ = writeln!(text, "{:indent$}{DIM}{line}{DIM:#}", "");
    }
}
