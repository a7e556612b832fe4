//! The alerts, the dashboard and the reference page ask only for what there is.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use super::{
    super::{
        catalogue::{self, Described, Kind},
        reference,
    },
    file,
};

/// What Prometheus itself adds.
const ITS_OWN_LABELS: &[&str] = &["le", "instance", "job"];

/// Every string below a key, wherever it is.
fn texts_of<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v str>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if name == key => found.push(text),
                    other => texts_of(other, key, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, key, found)),
        _ => {}
    }
}

fn rules() -> Value {
    let text = fs::read_to_string(file("deploy/prometheus-rules.yaml")).unwrap();
    serde_yaml::from_str(&text).unwrap()
}

fn dashboard() -> Value {
    let text = fs::read_to_string(file("deploy/grafana-dashboard.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn figure(name: &str) -> Option<&'static Described> {
    catalogue::ALL.iter().find(|figure| {
        let is_part = |part| name.strip_suffix(part) == Some(figure.name);
        match figure.kind {
            Kind::Histogram => ["_bucket", "_sum", "_count"].into_iter().any(is_part),
            Kind::Gauge | Kind::Counter => name == figure.name,
        }
    })
}

/// What is wrong with an expression: figures, labels and label values that do not exist.
fn mistakes(expr: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = expr;
    while let Some(at) = rest.find("sixshift_") {
        rest = &rest[at..];
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        rest = after;
        match figure(name) {
            None => found.push(format!("there is no {name}")),
            Some(figure) => found.extend(wrong_matchers(figure, after)),
        }
    }
    let known: BTreeSet<&str> = catalogue::ALL
        .iter()
        .flat_map(|figure| figure.labels)
        .chain(ITS_OWN_LABELS)
        .copied()
        .collect();
    for word in ["by (", "on (", "ignoring (", "group_left (", "without ("] {
        for list in expr.split(word).skip(1) {
            let list = list.split(')').next().unwrap_or_default();
            let strange = list
                .split(',')
                .map(str::trim)
                .filter(|l| !known.contains(l));
            found.extend(strange.map(|label| format!("no figure has the label {label:?}")));
        }
    }
    found
}

/// `{label="value", …}` right after a figure's name.
fn wrong_matchers(figure: &Described, after: &str) -> Vec<String> {
    let inside = after.strip_prefix('{').and_then(|a| a.split('}').next());
    let mut found = Vec::new();
    for matcher in inside.into_iter().flat_map(|inside| inside.split(',')) {
        let (label, value) = matcher.split_once(['=', '!']).unwrap();
        let label = label.trim();
        if !figure.labels.contains(&label) {
            found.push(format!("{} has no label {label:?}", figure.name));
        }
        let value = value.trim_start_matches(['=', '~']).trim_matches('"');
        let words = reference::values(figure, label);
        let strange = value
            .split('|')
            .filter(|v| words.as_ref().is_some_and(|words| !words.contains(v)));
        found.extend(strange.map(|v| format!("{label} of {} is never {v:?}", figure.name)));
    }
    found
}

fn assert_sound(exprs: &[&str]) {
    for expr in exprs {
        assert!(expr.contains("sixshift_"), "{expr}");
        assert_eq!(mistakes(expr), Vec::<String>::new(), "{expr}");
    }
}

#[test]
fn alerts_ask_only_for_what_there_is() {
    let rules = rules();
    let mut exprs = Vec::new();
    texts_of(&rules, "expr", &mut exprs);
    assert!(exprs.len() >= 8, "{exprs:?}");
    assert_sound(&exprs);
}

#[test]
fn every_alert_has_its_own_name_a_severity_and_a_summary() {
    let rules = rules();
    let mut names = BTreeSet::new();
    for group in rules["groups"].as_array().unwrap() {
        for rule in group["rules"].as_array().unwrap() {
            let name = rule["alert"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} is there twice");
            let severity = rule["labels"]["severity"].as_str();
            assert!(matches!(severity, Some("page" | "ticket")), "{name}");
            assert!(rule["annotations"]["summary"].is_string(), "{name}");
        }
    }
}

#[test]
fn the_dashboard_asks_only_for_what_there_is() {
    let dashboard = dashboard();
    let mut exprs = Vec::new();
    texts_of(&dashboard, "expr", &mut exprs);
    texts_of(&dashboard, "definition", &mut exprs);
    assert!(exprs.len() >= 15, "{exprs:?}");
    assert_sound(&exprs);
}

#[test]
fn the_pages_queries_ask_only_for_what_there_is() {
    let page = super::super::Metrics::reference_markdown();
    let blocks = page.split("```promql\n").skip(1);
    let queries: Vec<&str> = blocks
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(queries.len() >= 5, "{queries:?}");
    assert_sound(&queries);
}

#[test]
fn a_wrong_expression_is_found_out() {
    let wrong = [
        "sixshift_plans == 1",
        "sixshift_plan_phase{fase=\"Done\"}",
        "sixshift_plan_phase{phase=~\"Done|Finished\"}",
        "sum by (team) (sixshift_plan_phase)",
        "rate(sixshift_round_duration_seconds[5m])",
    ];
    for expr in wrong {
        assert_eq!(mistakes(expr).len(), 1, "{expr}: {:?}", mistakes(expr));
    }
}
