//! What a service talks to, for people at a terminal.
//!
//! What belongs here: lines. What must not: a conclusion.

use super::report::{Destination, Lack, Report, Told};
use crate::client::{
    table::{Cell, Table},
    words::{BOLD, DIM, clock, length, state, width, wrap},
};

/// Rows of a list that are shown; `-o json` has all.
const MOST: usize = 20;

/// The whole of it.
pub(super) fn page(report: &Report) -> String {
    let room = width().clamp(60, 110);
    let mut text = format!(
        "{BOLD}{}{BOLD:#} {DIM}{}/{} in {}, {} until {}{DIM:#}\n",
        report.service,
        report.cluster,
        report.service,
        report.region,
        length(report.until.duration_since(report.since)),
        clock(report.until, report.until)
    );
    if let Some(lack) = &report.lack {
        text += &untold(lack, room);
    }
    if let Some(told) = &report.told {
        text += &all(told, room);
    }
    text
}

fn untold(lack: &Lack, room: usize) -> String {
    let (style, mark) = state("");
    let mut text = format!("  {style}{mark} not told{style:#}\n");
    text += &lines(&lack.reason, 4, room);
    text += &lines(&format!("do: {}", lack.remedy), 4, room);
    if let Some(command) = &lack.command {
        // On one line, so that it can be pasted.
        text += &format!("\n{command}\n");
    }
    text
}

fn all(told: &Told, room: usize) -> String {
    let mut text = String::new();
    if told.has_ipv4_side || !told.over_ipv4.is_empty() {
        text += &format!("\n{BOLD}Over IPv4{BOLD:#}\n");
        text += &listed(&told.over_ipv4, room);
        text += &also(told.ipv4_side_over_ipv6);
    }
    if told.has_twin || !told.by_nat64.is_empty() {
        text += &format!("\n{BOLD}The twin, by NAT64{BOLD:#} {DIM}64:ff9b::/96, decoded{DIM:#}\n");
        text += &listed(&told.by_nat64, room);
        text += &also(told.twin_over_ipv6);
    }
    text += &format!("\n{BOLD}{}{BOLD:#}\n", verdict(told));
    text += &format!("\n{DIM}Not told:{DIM:#}\n");
    for what in &told.untold {
        text += &lines(&format!("- {what}"), 2, room);
    }
    let scanned = &told.scanned;
    let cost = format!(
        "{} queries of log group {} scanned {} records, {}: {} at us-east-1's list price",
        scanned.queries,
        told.log_group,
        scanned.records,
        bytes(scanned.bytes),
        price(scanned.dollars)
    );
    text += "\n";
    text + &lines(&cost, 0, room)
}

fn price(dollars: f64) -> String {
    if dollars < 0.01 {
        "less than $0.01".to_owned()
    } else {
        format!("about ${dollars:.2}")
    }
}

fn also(over_ipv6: u64) -> String {
    match over_ipv6 {
        0 => String::new(),
        count => format!("  and {} over IPv6 itself\n", bytes(count)),
    }
}

fn listed(all: &[Destination], room: usize) -> String {
    if all.is_empty() {
        return "  nothing\n".to_owned();
    }
    let mut table = Table::new(&["BYTES", "TO", "PORT", "IPV6"]);
    for one in all.iter().take(MOST) {
        let (style, mark) = state(match one.ipv6.as_str() {
            "there" => "ok",
            "possible" => "warn",
            "nat64" => "bad",
            _ => "",
        });
        table.add(vec![
            bytes(one.sent.saturating_add(one.received)).into(),
            named(one).into(),
            format!("{}/{}", one.protocol, one.port).into(),
            Cell::coloured(&format!("{mark} {}", word(&one.ipv6)), style),
        ]);
    }
    let mut text = table.render(room);
    if all.len() > MOST {
        text += &format!("  and {} more, which -o json has\n", all.len() - MOST);
    }
    let mut told: Vec<String> = Vec::new();
    for one in all.iter().take(MOST) {
        let line = format!("{}: {}", one.name, one.how);
        if one.kind != "internet" && !told.contains(&line) {
            told.push(line);
        }
    }
    if let Some(internet) = all.iter().take(MOST).find(|one| one.kind == "internet") {
        told.push(format!("the internet: {}", internet.how));
    }
    for line in told {
        text += &lines(&line, 2, room);
    }
    text
}

fn named(one: &Destination) -> String {
    match (one.kind.as_str(), one.addresses.as_slice()) {
        ("aws", [alone]) => format!("{} ({alone})", one.name),
        ("aws", many) => format!("{} ({} addresses)", one.name, many.len()),
        ("resource", [first, ..]) => format!("{} ({first})", one.name),
        _ => one.name.clone(),
    }
}

/// A way in words.
fn word(way: &str) -> &'static str {
    match way {
        "there" => "has a way",
        "possible" => "can have one",
        "nat64" => "NAT64 alone",
        _ => "unclear",
    }
}

fn verdict(told: &Told) -> String {
    if told.over_ipv4.is_empty() && told.by_nat64.is_empty() {
        return match told.has_twin {
            true if told.twin_over_ipv6 > 0 => {
                "Everything that was seen went over IPv6: nothing needs NAT64.".to_owned()
            }
            _ => "No connection of it was seen: that proves nothing.".to_owned(),
        };
    }
    let of = |all: &[Destination], way: &str| -> u64 {
        let those = all.iter().filter(|one| one.ipv6 == way);
        those.map(|one| one.sent.saturating_add(one.received)).sum()
    };
    let each = |all: &[Destination]| {
        let ways = ["there", "possible", "nat64", "unclear"];
        let parts = ways.map(|way| (of(all, way), word(way)));
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts
            .map(|(count, word)| format!("{} {word}", bytes(*count)))
            .collect();
        parts.join(", ")
    };
    let mut all = Vec::new();
    if !told.over_ipv4.is_empty() {
        all.push(format!(
            "Of what goes over IPv4: {}.",
            each(&told.over_ipv4)
        ));
    }
    if !told.by_nat64.is_empty() {
        all.push(format!(
            "Of what the twin sends by NAT64: {}.",
            each(&told.by_nat64)
        ));
    }
    all.join(" ")
}

/// `1.2 GB`; decimal, as AWS charges.
fn bytes(count: u64) -> String {
    const UNITS: [(u64, &str); 4] = [
        (1_000_000_000_000, "TB"),
        (1_000_000_000, "GB"),
        (1_000_000, "MB"),
        (1_000, "kB"),
    ];
    match UNITS.iter().find(|(size, _)| count >= *size) {
        Some((size, name)) => {
            let tenths = u128::from(count) * 10 / u128::from(*size);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
        None => format!("{count} B"),
    }
}

fn lines(text: &str, indent: usize, room: usize) -> String {
    let wrapped = wrap(text, room.saturating_sub(indent + 2)).into_iter();
    let mut begin = indent;
    let mut out = String::new();
    for line in wrapped {
        out += &format!("{:begin$}{line}\n", "");
        begin = indent + 2;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_as_aws_charges_them() {
        let told = [0, 999, 1_000, 1_250_000, 7_990_000_000, 2_000_000_000_000].map(bytes);
        assert_eq!(
            told,
            ["0 B", "999 B", "1.0 kB", "1.2 MB", "7.9 GB", "2.0 TB"]
        );
    }
}
