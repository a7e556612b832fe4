//! The report for people.

use std::fmt::Write;

use jiff::Timestamp;
use sixshift_api::model::Event;

use super::{Report, resources::Resource};
use crate::client::words::{NOTHING, length, percent};

/// The whole text.
pub(super) fn render(report: &Report) -> String {
    let mut text = head(report);
    text += "\n## What was changed\n\n";
    text += &table(
        &["When", "What", "AWS call", "IPv6 then"],
        report.changes.iter().map(|e| {
            let call = e
                .call
                .as_ref()
                .map_or_else(|| NOTHING.to_owned(), |c| format!("`{c}`"));
            [time(Some(e.at)), e.text.clone(), call, percent(e.share)]
        }),
    );
    if !report.failures.is_empty() {
        text += "\n### Refused or failed on the way\n\n";
        let rows = report.failures.iter();
        text += &table(
            &["When", "What"],
            rows.map(|e| [time(Some(e.at)), e.text.clone()]),
        );
    }
    text += "\n## On what evidence\n\n";
    text += &table(
        &["When", "Verdict", "IPv6 then", "Evidence"],
        report.verdicts.iter().map(evidence),
    );
    text += "\n## What people ordered\n\n";
    text += &table(
        &["When", "Who", "What", "Why"],
        report.orders.iter().map(|e| {
            let or_nothing =
                |text: &Option<String>| text.clone().unwrap_or_else(|| NOTHING.to_owned());
            [
                time(Some(e.at)),
                or_nothing(&e.actor),
                e.text.clone(),
                or_nothing(&e.reason),
            ]
        }),
    );
    text + &resources(report)
}

fn head(report: &Report) -> String {
    let mut text = format!(
        "# Migration of {} to IPv6-only\n\n{}\n\n",
        report.plan, report.sentence
    );
    let took = match (report.begun, report.ended) {
        (Some(begun), Some(ended)) => length(ended.duration_since(begun)),
        _ => NOTHING.to_owned(),
    };
    let or_nothing = |text: &Option<String>| {
        text.as_ref()
            .map_or_else(|| NOTHING.to_owned(), |t| format!("`{t}`"))
    };
    let rows = [
        ["Service".to_owned(), format!("`{}`", report.service)],
        [
            "Phase, health".to_owned(),
            format!("{}, {}", report.phase, report.health),
        ],
        [
            "Plan".to_owned(),
            format!(
                "`{}`, revision {}",
                report.file,
                or_nothing(&report.revision)
            ),
        ],
        ["Commit".to_owned(), or_nothing(&report.commit)],
        ["First change".to_owned(), time(report.begun)],
        [
            "Last change".to_owned(),
            format!("{} (after {took})", time(report.ended)),
        ],
        ["As of".to_owned(), time(Some(report.at))],
    ];
    text += &table(&["", ""], rows);
    text
}

fn evidence(event: &Event) -> [String; 4] {
    [
        time(Some(event.at)),
        event.text.clone(),
        percent(event.share),
        event.evidence.join("<br>"),
    ]
}

fn resources(report: &Report) -> String {
    let mut text = "\n## Resources\n".to_owned();
    let chapters = [
        (
            "Before: the IPv4 side, as far as it is still there",
            &report.resources.before,
        ),
        (
            "After: the IPv6 side, made by sixshift",
            &report.resources.after,
        ),
        ("Changed in place", &report.resources.in_place),
    ];
    for (title, list) in chapters {
        let _ = write!(text, "\n### {title}\n\n");
        text += &table(&["Kind", "Name", "ARN"], list.iter().map(row));
    }
    let _ = write!(
        text,
        "\n`sixshift handover {}` writes the code that takes over what is new.\n",
        report.plan
    );
    text
}

fn row(resource: &Resource) -> [String; 3] {
    let arn = resource
        .arn
        .as_ref()
        .map_or_else(|| NOTHING.to_owned(), |arn| format!("`{arn}`"));
    [resource.kind.clone(), resource.name.clone(), arn]
}

fn time(at: Option<Timestamp>) -> String {
    at.map_or_else(
        || NOTHING.to_owned(),
        |at| at.strftime("%F %H:%M:%S UTC").to_string(),
    )
}

/// A Markdown table; what would break out of a cell does not.
fn table<const N: usize>(
    headings: &[&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let cell = |text: &str| text.replace('|', "\\|").replace(['\n', '\r'], " ");
    let rows: Vec<String> = rows
        .into_iter()
        .map(|row| format!("| {} |\n", row.map(|c| cell(&c)).join(" | ")))
        .collect();
    if rows.is_empty() {
        return "Nothing.\n".to_owned();
    }
    format!(
        "| {} |\n|{}\n{}",
        headings.join(" | "),
        "---|".repeat(N),
        rows.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_break_out_of_its_table() {
        let text = table(&["a"], [["one | two\nthree".to_owned()]]);
        assert_eq!(text, "| a |\n|---|\n| one \\| two three |\n");
    }
}
