//! What came of each service, for people at a terminal.
//!
//! What belongs here: lines. What must not: reasons, which are core's.

use super::{Because, Report, Told};
use crate::client::words::{BOLD, DIM, state, width, wrap};

/// Reasons begin here.
const INDENT: usize = 4;

/// Each service, and how many there are of each outcome.
pub(super) fn page(report: &Report) -> String {
    let room = width().clamp(60, 100);
    let each: Vec<String> = report.services.iter().map(|told| one(told, room)).collect();
    each.concat() + &end(report)
}

fn one(told: &Told, room: usize) -> String {
    let (style, mark) = state(mark(told));
    let service = &told.service;
    let mut text = format!(
        "{style}{mark}{style:#} {BOLD}{service}{BOLD:#} {}\n",
        sentence(told)
    );
    // Where it is the way that is built, the reasons alone say what to do.
    let is_built = told.via.as_deref() != Some("route53");
    if told.outcome == "refused"
        && let Some(way) = told.because.as_ref().filter(|_| !is_built)
    {
        text += &indented(&format!("AWS's advice is to {way}"), room);
    }
    for reason in &told.reasons {
        text += &because(reason, room);
    }
    text
}

fn mark(told: &Told) -> &'static str {
    match told.outcome.as_str() {
        "written" | "printed" if told.reasons.iter().any(|r| r.blocks) => "warn",
        "written" | "printed" => "ok",
        "covered" | "twin" => "ahead",
        "exists" => "warn",
        _ => "bad",
    }
}

fn sentence(told: &Told) -> String {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let (plan, file, via) = (text(&told.plan), text(&told.file), text(&told.via));
    match told.outcome.as_str() {
        "written" if told.replaced => format!("plan {plan} written over {file}, via {via}"),
        "written" => format!("plan {plan} written to {file}, via {via}"),
        "printed" => format!("plan {plan}, via {via}"),
        "covered" => format!("is left alone: plan {plan} covers it ({file})"),
        "exists" => format!(
            "is left alone: {file} is there, and is no plan of it (--force replaces a plan of its own alone)"
        ),
        "twin" => "is left alone: sixshift made it".to_owned(),
        "unread" => "could not be read".to_owned(),
        _ => "gets no plan yet".to_owned(),
    }
}

fn because(reason: &Because, room: usize) -> String {
    let blocks = if reason.blocks { "" } else { "warns: " };
    let mut text = indented(
        &format!("{blocks}{} ({})", reason.message, reason.code),
        room,
    );
    for line in wrap(&reason.remedy, room.saturating_sub(INDENT + 2)) {
        text += &format!("{:INDENT$}  {DIM}{line}{DIM:#}\n", "");
    }
    text
}

fn indented(text: &str, room: usize) -> String {
    let lines = wrap(text, room.saturating_sub(INDENT)).into_iter();
    lines
        .map(|line| format!("{:INDENT$}{line}\n", ""))
        .collect()
}

fn end(report: &Report) -> String {
    let count = |outcomes: &[&str]| {
        let services = report.services.iter();
        services
            .filter(|t| outcomes.contains(&t.outcome.as_str()))
            .count()
    };
    let written = count(&["written", "printed"]);
    let parts = [
        (written, "with a new plan"),
        (count(&["covered", "twin"]), "covered"),
        (count(&["exists"]), "whose file is taken"),
        (count(&["refused"]), "without a plan"),
        (count(&["unread"]), "not read"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let services = match report.services.len() {
        0 => {
            return format!(
                "cluster {} of {} has no service\n",
                report.cluster, report.region
            );
        }
        1 => "1 service".to_owned(),
        many => format!("{many} services"),
    };
    let next = if written > 0 {
        "\nRead what was written, then: sixshift plan FILE"
    } else {
        ""
    };
    format!("\n{services}: {}{next}\n", parts.join(", "))
}
