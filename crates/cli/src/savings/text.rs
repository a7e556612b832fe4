//! What could be saved, for people at a terminal.
//!
//! What belongs here: lines. What must not: a sum.

use super::{Report, Service, Told};
use crate::client::words::{BOLD, DIM, width, wrap};

/// Reasons begin here.
const INDENT: usize = 4;

/// The whole of it: services, gateways, addresses, the verdict, what was assumed.
pub(super) fn page(report: &Report) -> String {
    let room = width().clamp(60, 100);
    let mut text = format!("{BOLD}Services{BOLD:#}\n");
    for told in &report.services {
        text += &service(told, room);
    }
    text += &format!("\n{BOLD}A month today{BOLD:#}\n");
    for told in &report.gateways {
        text += &gateway(told, room);
    }
    if report.addresses > 0 {
        let what = format!(
            "{} public IPv4 addresses of tasks would go",
            report.addresses
        );
        text += &line(&what, report.addresses_a_month);
    }
    if report.gateways.is_empty() && report.addresses == 0 {
        text +=
            "  no NAT gateway is on their way out, and their tasks have no public IPv4 address\n";
    }
    text += &format!("\n{BOLD}{}{BOLD:#}\n", verdict(report));
    text += &format!("\n{DIM}Assumed:{DIM:#}\n");
    for assumed in &report.assumed {
        text += &indented(&format!("- {assumed}"), room);
    }
    text
}

fn service(told: &Service, room: usize) -> String {
    let because = told.because.as_deref().unwrap_or_default();
    match (told.moves, told.both_sides) {
        (true, Some(cost)) => line(
            &format!("{} would move; both sides together, once", told.name),
            cost,
        ),
        (true, None) => indented(
            &format!("{} would move; its cost is not known: {because}", told.name),
            room,
        ),
        (false, _) => indented(&format!("{} stays: {because}", told.name), room),
    }
}

fn gateway(told: &Told, room: usize) -> String {
    let gb = told.gb_a_month.map_or_else(
        || "traffic not known".to_owned(),
        |gb| format!("{gb:.1} GB"),
    );
    let what = if told.stays.is_empty() {
        "would go"
    } else {
        "stays"
    };
    let mut text = line(&format!("{} ({gb}) {what}", told.id), told.a_month);
    for why in &told.stays {
        text += &indented(&format!("  {why}"), room);
    }
    text
}

fn verdict(report: &Report) -> String {
    let (month, once) = (report.a_month, report.both_sides);
    if !report.pays {
        let why = match report.gateways.iter().find(|g| !g.stays.is_empty()) {
            Some(_) => "each NAT gateway stays, for the reasons above",
            None => "nothing that costs by the hour would go",
        };
        return format!(
            "It does not pay by itself: {why}. Nothing is saved, and both sides cost ${once:.2} once."
        );
    }
    let days = (once / month * 30.4).ceil();
    format!(
        "It saves ${month:.2} a month. Both sides cost ${once:.2} once, which {days:.0} days make up for."
    )
}

fn line(what: &str, dollars: f64) -> String {
    let sum = format!("${dollars:.2}");
    format!("  {what:<70} {sum:>12}\n")
}

fn indented(text: &str, room: usize) -> String {
    let lines = wrap(text, room.saturating_sub(INDENT)).into_iter();
    let mut begin = 2;
    let mut out = String::new();
    for line in lines {
        out += &format!("{:begin$}{line}\n", "");
        begin = INDENT;
    }
    out
}
