//! What the checks say as SARIF 2.1.0, which code hosts show beside the plan's file.
//!
//! What belongs here: SARIF's members. What must not: which findings there are.

use serde_json::{Value, json};
use sixshift_core::readiness::{Severity, checks};

use super::report::{OfPlan, Report, Row, State};

const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

pub(super) fn log(report: &Report) -> Value {
    let rules = checks().map(|check| {
        let level = level(check.severity.word());
        json!({
            "id": check.id,
            "name": check.name,
            "shortDescription": { "text": check.holds },
            "fullDescription": { "text": check.why },
            "help": { "text": check.remedy },
            "helpUri": format!("{REPOSITORY}/blob/main/{}", check.page()),
            "defaultConfiguration": { "level": level },
        })
    });
    let results = report
        .plans
        .iter()
        .flat_map(|plan| plan.checks.iter().flat_map(|row| results(plan, row)));
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "sixshift",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": REPOSITORY,
                "rules": rules.collect::<Vec<_>>(),
            } },
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

fn level(severity: &str) -> &'static str {
    match severity {
        word if word == Severity::Block.word() => "error",
        word if word == Severity::Warn.word() => "warning",
        _ => "note",
    }
}

/// One for each place; what could not be checked has one of its own.
fn results(plan: &OfPlan, row: &Row) -> Vec<Value> {
    let about = format!("{} ({})", plan.name, plan.service);
    let mut all: Vec<Value> = Vec::new();
    let mut add = |level: &str, text: String| {
        let mut result = json!({
            "ruleId": row.id,
            "level": level,
            "message": { "text": format!("{about}: {text}") },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": plan.file },
                "region": { "startLine": plan.line.max(1) },
            } }],
        });
        if row.state == State::Waived {
            let why = row.reason.clone().unwrap_or_default();
            result["suppressions"] = json!([{ "kind": "external", "justification": why }]);
        }
        all.push(result);
    };
    for place in &row.found {
        add(
            level(&place.severity),
            format!("{}; {}", place.message, place.remedy),
        );
    }
    if let (State::NotChecked | State::Unseen, Some(why)) = (row.state, &row.reason) {
        add(level(&row.severity), why.clone());
    }
    all
}
