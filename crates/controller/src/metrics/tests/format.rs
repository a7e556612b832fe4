//! A strict reader of Prometheus' text format, and the catalogue's own rules.

use std::collections::{BTreeMap, BTreeSet};

use super::super::catalogue::{self, Described, Kind};

/// One line of a scrape.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) value: f64,
}

/// Reads a whole page, and fails at whatever a scraper could stumble over.
pub(super) fn read(page: &str) -> Vec<Sample> {
    assert!(page.ends_with('\n'), "the last line must end");
    let mut samples: Vec<Sample> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut families: BTreeMap<&str, &Described> = BTreeMap::new();
    let mut family: Option<&Described> = None;
    let mut helped = None;
    for line in page.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, text) = help.split_once(' ').unwrap();
            assert!(!text.trim().is_empty(), "{name} has no help");
            helped = Some(name);
        } else if let Some(typed) = line.strip_prefix("# TYPE ") {
            let (name, kind) = typed.split_once(' ').unwrap();
            assert_eq!(helped, Some(name), "HELP comes right before TYPE");
            let described = catalogue::ALL.iter().find(|f| f.name == name);
            let described = described.unwrap_or_else(|| panic!("{name} is not in the catalogue"));
            assert_eq!(kind, format!("{:?}", described.kind).to_lowercase());
            let again = families.insert(described.name, described);
            assert!(again.is_none(), "{name} comes twice");
            family = Some(described);
        } else {
            assert!(!line.starts_with('#') && !line.is_empty(), "{line:?}");
            let sample = sample(line);
            belongs(&sample, family.expect("a sample follows its TYPE"));
            let key = format!("{} {:?}", sample.name, sample.labels);
            assert!(seen.insert(key), "{line} comes twice");
            samples.push(sample);
        }
    }
    samples
}

fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let value: f64 = value.parse().unwrap();
    assert!(value.is_finite() && value >= 0.0, "{line}");
    let (name, labels) = match series.split_once('{') {
        None => (series, BTreeMap::new()),
        Some((name, rest)) => (name, labels(rest.strip_suffix('}').unwrap())),
    };
    Sample {
        name: name.to_owned(),
        labels,
        value,
    }
}

/// `a="x",b="y"`, with `\\`, `\"` and `\n` in values.
fn labels(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").unwrap();
        assert!(is_name(name), "{name:?}");
        let (mut value, mut escaped, mut end) = (String::new(), false, None);
        for (at, c) in after.char_indices() {
            match (escaped, c) {
                (false, '"') => {
                    end = Some(at);
                    break;
                }
                (false, '\\') => escaped = true,
                (true, 'n') => (value.push('\n'), escaped = false).1,
                (true, '\\' | '"') => (value.push(c), escaped = false).1,
                (true, other) => panic!("\\{other} is no escape"),
                (false, c) => value.push(c),
            }
        }
        let after = &after[end.expect("a value ends with a quote") + 1..];
        assert!(found.insert(name.to_owned(), value).is_none(), "{text}");
        rest = match after.strip_prefix(',') {
            Some(next) => next,
            None if after.is_empty() => after,
            None => panic!("{after:?} follows a label"),
        };
    }
    found
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn belongs(sample: &Sample, family: &Described) {
    let mut expected: BTreeSet<&str> = family.labels.iter().copied().collect();
    if family.kind == Kind::Histogram {
        let part = sample.name.strip_prefix(family.name).unwrap();
        assert!(["_bucket", "_sum", "_count"].contains(&part), "{part}");
        if part == "_bucket" {
            expected.insert("le");
        }
    } else {
        assert_eq!(sample.name, family.name);
    }
    let labels: BTreeSet<&str> = sample.labels.keys().map(String::as_str).collect();
    assert_eq!(labels, expected, "{}", sample.name);
    if family.name.ends_with("_ratio") {
        assert!(sample.value <= 1.0, "{sample:?}");
    }
    for (label, value) in &sample.labels {
        if let Some(words) = super::super::reference::values(family, label) {
            assert!(words.contains(&value.as_str()), "{sample:?}");
        }
    }
}

#[test]
fn every_figure_has_a_name_that_says_its_kind_and_its_unit() {
    let units = ["_seconds", "_ratio", "_total", "_info"];
    // Counts of things and states, which have no unit.
    let plain = [
        "sixshift_plan_phase",
        "sixshift_plan_health",
        "sixshift_plan_standing",
        "sixshift_plan_step",
        "sixshift_plan_steps",
        "sixshift_plan_verdict",
        "sixshift_plan_signal_verdict",
        "sixshift_plan_signal_samples",
        "sixshift_plan_metric_verdict",
        "sixshift_plan_metric_value",
        "sixshift_plan_metric_limit",
        "sixshift_plan_failed_acts",
        "sixshift_queue_depth",
        "sixshift_fleet_frozen",
        "sixshift_fleet_first_look",
        "sixshift_fleet_ending",
        "sixshift_lease_held",
        "sixshift_source_mistakes",
        "sixshift_journal_unwritten",
        "sixshift_notifications_behind_events",
        "sixshift_aws_bucket_waiting_calls",
    ];
    let mut names = BTreeSet::new();
    for figure in catalogue::ALL {
        let name = figure.name;
        assert!(names.insert(name), "{name} is there twice");
        assert!(name.starts_with("sixshift_") && is_name(name), "{name}");
        let counts = name.ends_with("_total");
        assert_eq!(counts, figure.kind == Kind::Counter, "{name}");
        let has_unit = units.iter().any(|unit| name.ends_with(unit));
        assert!(has_unit != plain.contains(&name), "{name}");
        assert!(figure.help.ends_with('.'), "{name}: {}", figure.help);
        assert!(!figure.help.contains('|'), "{name} would break its table");
        assert!(figure.labels.iter().all(|label| is_name(label)), "{name}");
    }
}

#[test]
fn the_reader_reads_what_is_escaped() {
    let found = labels(r#"a="x\"y\\z\n",b="""#);
    assert_eq!(found["a"], "x\"y\\z\n");
    assert_eq!(found["b"], "");
}
