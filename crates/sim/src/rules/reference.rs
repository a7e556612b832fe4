//! `docs/reference/region.md`, from the table of rules.

use std::fmt::Write as _;

use super::{Kept, Rule, of};
use crate::services::Service;

const OPENING: &str = "\
# The simulated region

<!-- Written from the table of rules: `UPDATE=1 cargo test -p sixshift-sim --lib rules`. -->

`sixshift sim`, `sixshift demo` and the tests run over a simulated AWS region. This page says, service by service and operation
by operation, what it refuses and does as AWS does, and what it does not simulate. Whatever AWS's published models refuse
(required and unknown members, patterns, lengths, ranges, list sizes, enums) it refuses too, and is not repeated here.

";

/// The page.
#[must_use]
pub fn reference() -> String {
    let mut page = OPENING.to_owned();
    for service in Service::ALL {
        let rules: Vec<&Rule> = of(service).collect();
        if rules.is_empty() {
            continue;
        }
        let _ = writeln!(page, "## {}\n", service.title());
        section(&mut page, "Refused", &rules, |k| {
            matches!(k, Kept::Refuses { .. })
        });
        section(&mut page, "Simulated", &rules, |k| {
            matches!(k, Kept::Does(_))
        });
        section(&mut page, "Not simulated", &rules, |k| {
            matches!(k, Kept::NotSimulated(_))
        });
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

fn section(page: &mut String, title: &str, all: &[&Rule], wanted: fn(&Kept) -> bool) {
    let rules: Vec<&&Rule> = all.iter().filter(|r| wanted(&r.kept)).collect();
    let Some(first) = rules.first() else { return };
    let last = match first.kept {
        Kept::Refuses { .. } => "Error",
        Kept::Does(_) => "Shown by",
        Kept::NotSimulated(_) => "Why not",
    };
    let _ = writeln!(
        page,
        "### {title}\n\n| Operation | Rule | {last} | Source |\n|---|---|---|---|"
    );
    for rule in rules {
        let on = if rule.on.is_empty() {
            "any".to_owned()
        } else {
            rule.on.join(", ")
        };
        let what = match rule.kept {
            Kept::Refuses { code, .. } => format!("`{code}`"),
            Kept::Does(test) => format!("`{test}`"),
            Kept::NotSimulated(why) => why.to_owned(),
        };
        let _ = writeln!(
            page,
            "| {on} | {} | {} | {} |",
            cell(rule.says),
            cell(&what),
            cell(rule.source)
        );
    }
    page.push('\n');
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
