//! docs/runbooks holds exactly the pages that reasons and alerts lead to, each whole, and their list.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use serde_json::Value;
use sixshift_core::{
    action::Side,
    status::{Runbook, WaitingOn},
};

use crate::every::every;

/// What each page answers, in this order.
const SECTIONS: [&str; 4] = [
    "What it means for customers",
    "What to look at",
    "What to do",
    "How to undo it",
];

/// The one reason that is no wait: a text that is broken. The face that shows it leads to the page of texts.
const BROKEN: (&str, Runbook) = ("Invalid", Runbook::PlanText);

/// What leads to a page.
#[derive(Clone, Debug, Default, PartialEq)]
struct Led {
    reasons: BTreeSet<String>,
    alerts: BTreeSet<String>,
}

impl Led {
    /// As the page says it under its title.
    fn line(&self) -> String {
        let say = |what: &str, words: &BTreeSet<String>| {
            (!words.is_empty()).then(|| format!("{what}: {}.", listed(words)))
        };
        let both = [say("Reasons", &self.reasons), say("Alerts", &self.alerts)];
        both.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

fn listed(words: &BTreeSet<String>) -> String {
    let each: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    each.join(", ")
}

fn at(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The name of a page, of its address in the project's own repository.
fn name(url: &str) -> String {
    let base = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/runbooks/");
    let file = url.strip_prefix(base).and_then(|f| f.strip_suffix(".md"));
    file.unwrap_or_else(|| panic!("{url} is no page under {base}"))
        .to_owned()
}

/// One of each that calls a person, once it does.
fn called() -> Vec<WaitingOn> {
    let ipv4 = WaitingOn::TargetsUnhealthy {
        side: Side::Ipv4,
        healthy: 1,
        needed: 3,
        zone: None,
        reason: None,
        overdue: true,
    };
    let mut all: Vec<WaitingOn> = every().into_iter().map(|(_, on)| on).collect();
    all.push(ipv4);
    for on in &mut all {
        match on {
            WaitingOn::Evidence { overdue: late, .. } | WaitingOn::Vetoed { lasting: late, .. } => {
                *late = true;
            }
            _ => {}
        }
    }
    all.retain(WaitingOn::needs_person);
    all
}

/// Each alert and where it leads to.
fn alerts() -> BTreeMap<String, Option<String>> {
    let text = fs::read_to_string(at("deploy/prometheus-rules.yaml")).unwrap();
    let rules: Value = serde_saphyr::from_str(&text).unwrap();
    let groups = rules["groups"].as_array().unwrap().iter();
    let rules = groups.flat_map(|group| group["rules"].as_array().unwrap());
    rules
        .map(|rule| {
            let url = rule["annotations"]["runbook_url"].as_str();
            let name = rule["alert"].as_str().unwrap();
            (name.to_owned(), url.map(str::to_owned))
        })
        .collect()
}

/// Every page that something leads to.
fn led() -> BTreeMap<String, Led> {
    let mut pages: BTreeMap<String, Led> = BTreeMap::new();
    let reasons = called().into_iter().map(|on| {
        let page = on
            .runbook()
            .unwrap_or_else(|| panic!("{on:?} has no runbook"));
        (on.kind(), page)
    });
    for (kind, page) in reasons.chain([BROKEN]) {
        let page = pages.entry(name(page.url())).or_default();
        page.reasons.insert(kind.to_owned());
    }
    for (alert, url) in alerts() {
        let url = url.unwrap_or_else(|| panic!("{alert} has no runbook_url"));
        pages.entry(name(&url)).or_default().alerts.insert(alert);
    }
    pages
}

fn page(name: &str) -> String {
    let path = at(&format!("docs/runbooks/{name}.md"));
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn title(text: &str) -> &str {
    let first = text.lines().next().unwrap_or_default();
    let title = first.strip_prefix("# ");
    title.unwrap_or_else(|| panic!("{first:?} is no title"))
}

#[test]
fn there_is_a_page_for_each_reason_and_each_alert_and_no_other() {
    let files = fs::read_dir(at("docs/runbooks")).unwrap();
    let files = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pages: BTreeSet<String> = files
        .filter(|file| file != "README.md")
        .map(|file| file.strip_suffix(".md").expect("a page").to_owned())
        .collect();
    let led: BTreeSet<String> = led().into_keys().collect();
    assert_eq!(pages, led);
    let of_reasons: BTreeSet<Runbook> = called().iter().filter_map(WaitingOn::runbook).collect();
    assert_eq!(of_reasons, Runbook::ALL.iter().copied().collect());
}

#[test]
fn nobody_is_led_to_a_page_who_is_not_called() {
    for (_, on) in every() {
        assert_eq!(on.runbook().is_some(), on.needs_person(), "{on:?}");
    }
}

#[test]
fn each_page_names_what_leads_to_it_and_answers_the_same_four_questions() {
    for (name, led) in led() {
        let text = page(&name);
        assert_eq!(text.lines().nth(2), Some(&*led.line()), "{name}");
        let mut sections = text.split("\n## ").skip(1);
        for section in SECTIONS {
            let (head, body) = sections
                .next()
                .and_then(|s| s.split_once('\n'))
                .unwrap_or_else(|| panic!("{name} has no section {section:?}"));
            assert_eq!(head, section, "{name}");
            assert!(body.trim().len() > 20, "{name}: {section} says nothing");
            let commands = body.contains("```sh\nsixshift ") || body.contains("```sh\naws ");
            assert!(
                commands || section != "What to look at",
                "{name}: what to look at has no command"
            );
        }
        assert_eq!(sections.next(), None, "{name}");
    }
}

#[test]
fn the_list_of_runbooks_is_up_to_date() {
    let mut list = LIST.to_owned();
    for (name, led) in led() {
        let (reasons, alerts) = (listed(&led.reasons), listed(&led.alerts));
        let title = title(&page(&name)).to_owned();
        list += &format!("| [{title}]({name}.md) | {reasons} | {alerts} |\n");
    }
    let path = at("docs/runbooks/README.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &list).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == list,
        "docs/runbooks/README.md is old: UPDATE=1 rewrites it"
    );
}

const LIST: &str = "\
# Runbooks

<!-- Written from the pages: `UPDATE=1 cargo test -p sixshift-core --test sentences runbooks`. -->

A page for each alert, and for each reason for which a plan needs a person. Each says what it means for customers, what to look at, what
to do, and how to undo that. `sixshift why NAME`, the dashboard's page of a plan and the alerts name the page to read.

`NAME` is the plan. The other words in capitals (`CLUSTER`, `SERVICE`, `RULE_ARN`, …) are in `sixshift tree NAME -o wide`; the twin of
`SERVICE` is `SERVICE-ipv6`. `sixshift` needs the daemon's address and, for orders, an operator's token
([operating a daemon](../guide/operators.md#which-daemon-and-who-you-are)); `aws` the account and region of the plan.

| page | reasons | alerts |
|---|---|---|
";
