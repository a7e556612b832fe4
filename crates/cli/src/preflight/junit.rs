//! What the checks say as JUnit's XML, which build servers show: a suite a plan, a case a check.
//!
//! What belongs here: JUnit's elements. What must not: which findings there are.

use std::fmt::Write as _;

use super::report::{OfPlan, Report, Row, State};

pub(super) fn suites(report: &Report) -> String {
    let suites: String = report.plans.iter().map(suite).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"sixshift preflight\">\n{suites}</testsuites>\n"
    )
}

fn suite(plan: &OfPlan) -> String {
    let count = |state: State| plan.checks.iter().filter(|row| row.state == state).count();
    let mut text = String::new();
    let skipped = plan
        .checks
        .iter()
        .filter(|row| is_skipped(row.state))
        .count();
    let errors = count(State::NotChecked) + usize::from(plan.unreadable.is_some());
    let _ = writeln!(
        text,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{errors}\" skipped=\"{skipped}\">",
        escaped(&plan.name),
        plan.checks.len() + usize::from(plan.unreadable.is_some()),
        count(State::Blocks),
    );
    if let Some(why) = &plan.unreadable {
        let _ = writeln!(
            text,
            "    <testcase name=\"service\" classname=\"ecs\"><error message=\"{}\"/></testcase>",
            escaped(why)
        );
    }
    for row in &plan.checks {
        text += &case(row);
    }
    text + "  </testsuite>\n"
}

fn is_skipped(state: State) -> bool {
    matches!(state, State::NotHere | State::Waived | State::Unseen)
}

fn case(row: &Row) -> String {
    let told: Vec<String> = row
        .found
        .iter()
        .map(|p| format!("{}; {}", p.message, p.remedy))
        .collect();
    let (told, why) = (
        escaped(&told.join("\n")),
        escaped(row.reason.as_deref().unwrap_or_default()),
    );
    let within = match row.state {
        State::Blocks => format!(
            "<failure message=\"{}\">{told}</failure>",
            escaped(&row.holds)
        ),
        State::NotChecked => format!("<error message=\"{why}\"/>"),
        state if is_skipped(state) => format!("<skipped message=\"{why}\"/>"),
        _ if told.is_empty() => String::new(),
        _ => format!("<system-out>{told}</system-out>"),
    };
    let (id, name, class) = (&row.id, &row.name, &row.category);
    let case = format!("    <testcase name=\"{id} {name}\" classname=\"{class}\"");
    if within.is_empty() {
        return format!("{case}/>\n");
    }
    format!("{case}>{within}</testcase>\n")
}

/// What XML takes for markup, and what it does not take at all.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
