//! What the checks say, for people at a terminal.
//!
//! What belongs here: lines. What must not: words about a check, which are the table's.

use super::report::{OfPlan, Report, Row, State};
use crate::client::words::{BOLD, DIM, state, width, wrap};

/// Texts begin here.
const INDENT: usize = 6;

pub(super) fn page(report: &Report, all: bool) -> String {
    let room = width().clamp(60, 110);
    let mut text = String::new();
    for plan in &report.plans {
        text += &one(plan, all, room);
        text.push('\n');
    }
    if report.plans.len() > 1 {
        let ready = report.plans.iter().filter(|p| p.ready).count();
        text += &format!("{ready} of {} plans are ready\n", report.plans.len());
    }
    text
}

fn one(plan: &OfPlan, all: bool, room: usize) -> String {
    let file = match plan.file.as_str() {
        "" => String::new(),
        file => format!(", {file}:{}", plan.line),
    };
    let mut text = format!(
        "{BOLD}{}{BOLD:#} {DIM}{}{file}{DIM:#}\n",
        plan.name, plan.service
    );
    for place in &plan.refused {
        let (style, mark) = state("bad");
        text += &format!("  {style}{mark} {:<8}{style:#}\n", "no plan");
        text += &lines(&place.message, INDENT, room);
        text += &titled("do", &place.remedy, room);
    }
    if let Some(why) = &plan.unreadable {
        return text + &lines(&format!("cannot be read: {why}"), 2, room);
    }
    for row in plan
        .checks
        .iter()
        .filter(|row| all || row.state < State::Holds)
    {
        text += &check(row, room);
    }
    text + &lines(&counted(plan), 2, room)
}

/// The mark, its word, and what is written beside.
fn check(row: &Row, room: usize) -> String {
    let (mark, word) = match row.state {
        State::Blocks => ("bad", "blocks"),
        State::NotChecked | State::Unseen => ("", "unknown"),
        State::Warns => ("warn", "warns"),
        State::Informs => ("ahead", "info"),
        State::Waived => ("ahead", "waived"),
        State::Holds => ("ok", "holds"),
        State::NotHere => ("ahead", "not here"),
    };
    let (style, mark) = state(mark);
    let head = format!(
        "  {style}{mark} {word:<8}{style:#} {BOLD}{}{BOLD:#} {}\n",
        row.id, row.name
    );
    let mut text = head;
    let is_calm = matches!(row.state, State::Holds | State::NotHere);
    if is_calm {
        return text + &lines(&row.holds, INDENT, room);
    }
    for place in &row.found {
        text += &lines(&place.message, INDENT, room);
    }
    text += &row
        .reason
        .as_deref()
        .map_or_else(String::new, |why| lines(why, INDENT, room));
    if matches!(row.state, State::Blocks | State::Warns) {
        text += &titled("why", &row.why, room);
        let mut told: Vec<&str> = row.found.iter().map(|p| p.remedy.as_str()).collect();
        told.dedup();
        for remedy in told {
            text += &titled("do", remedy, room);
        }
    }
    text
}

fn titled(title: &str, text: &str, room: usize) -> String {
    lines(&format!("{title}: {text}"), INDENT, room)
}

fn lines(text: &str, indent: usize, room: usize) -> String {
    let wrapped = wrap(text, room.saturating_sub(indent));
    wrapped
        .iter()
        .map(|line| format!("{:indent$}{line}\n", ""))
        .collect()
}

fn counted(plan: &OfPlan) -> String {
    let count = |of: &[State]| {
        plan.checks
            .iter()
            .filter(|row| of.contains(&row.state))
            .count()
    };
    let parts = [
        (count(&[State::Blocks]), "that block"),
        (count(&[State::NotChecked, State::Unseen]), "not checked"),
        (count(&[State::Warns]), "that warn"),
        (count(&[State::Informs]), "for information"),
        (count(&[State::Waived]), "waived"),
        (count(&[State::Holds]), "that hold"),
        (count(&[State::NotHere]), "about nothing here"),
    ];
    let parts = parts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{n} {what}"));
    let verdict = if plan.ready { "ready" } else { "not ready" };
    let parts: Vec<String> = parts.collect();
    format!("{verdict}: {}", parts.join(", "))
}
