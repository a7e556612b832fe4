//! Each rule is shown: what it refuses by a request that is refused for it, what it does by a test that is there.

mod autoscaling;
mod cloudwatch;
mod ec2;
mod ecs;
mod elbv2;
mod lattice;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{Kept, Rule, of, reference};
use crate::contract;
use crate::services::{self, Service};
use crate::{Value, world::World};

/// A request that breaks a rule, in a world where only that is wrong with it.
pub(super) struct Case {
    /// The rule's name.
    pub(super) rule: &'static str,
    pub(super) op: &'static str,
    pub(super) world: World,
    pub(super) input: Value,
}

/// The cases of a service: each of its refusals has one, and is the refusal.
pub(super) fn each_refusal_is_shown(service: Service, cases: Vec<Case>) {
    let refusals = of(service).filter_map(|r| match r.kept {
        Kept::Refuses { code, .. } => Some((r.name, code)),
        _ => None,
    });
    let mut left: BTreeSet<&str> = refusals.clone().map(|(name, _)| name).collect();
    let mut wrong = Vec::new();
    for case in cases {
        left.remove(case.rule);
        let rule = find(service, case.rule);
        if let Err(why) = is_shown(service, rule, case) {
            wrong.push(format!("{}: {why}", rule.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(left.is_empty(), "no request shows these: {left:#?}");
}

/// The request breaks the rule and nothing else, and is refused for it.
fn is_shown(service: Service, rule: &Rule, mut case: Case) -> Result<(), String> {
    let Kept::Refuses { code, broken } = rule.kept else {
        return Err("it refuses nothing".to_owned());
    };
    let Some(said) = broken(&case.world, &case.input) else {
        return Err("the request does not break it".to_owned());
    };
    contract::read(service, case.op, &case.input, &case.world.newer)
        .map_err(|e| format!("AWS's models refuse this already: {e}"))?;
    match services::call(&mut case.world, service, case.op, &case.input) {
        Ok(_) => Err("the request is not refused".to_owned()),
        Err(error) if error.code == code && error.message == said => Ok(()),
        Err(error) => Err(format!("refused for something else: {error}")),
    }
}

fn find(service: Service, name: &str) -> &'static Rule {
    let found = of(service).find(|r| r.name == name);
    found.unwrap_or_else(|| panic!("there is no rule {name}"))
}

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &Path, found: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs" || e == "py") {
            found.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn what_a_rule_does_is_shown_by_a_test_that_is_there() {
    let mut text = String::new();
    for folder in [
        "crates/sim/src",
        "crates/aws/tests",
        "tests/python",
        "tests/tests",
    ] {
        sources(&checkout().join(folder), &mut text);
    }
    let missing: Vec<_> = Service::ALL
        .into_iter()
        .flat_map(of)
        .filter_map(|rule| match rule.kept {
            Kept::Does(test)
                if !text.contains(&format!("fn {test}("))
                    && !text.contains(&format!("def {test}(")) =>
            {
                Some((rule.name, test))
            }
            _ => None,
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn each_rule_has_a_name_of_its_own_and_a_source() {
    let mut names = BTreeSet::new();
    for rule in Service::ALL.into_iter().flat_map(of) {
        assert!(names.insert(rule.name), "{} twice", rule.name);
        assert!(
            !rule.source.is_empty() && !rule.says.is_empty(),
            "{}",
            rule.name
        );
    }
}

#[test]
fn the_reference_page_is_what_the_table_says() {
    let path = checkout().join("docs/reference/region.md");
    let page = reference();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/reference/region.md is old: UPDATE=1 rewrites it"
    );
}
