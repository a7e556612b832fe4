//! The documents hold what they promise: links lead somewhere, the README's commands are the two that CI runs.

#![allow(clippy::expect_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::path::{Path, PathBuf};

use sixshift_tests::{checkout, markdown};

fn read(path: &str) -> String {
    fs::read_to_string(checkout().join(path)).expect("the document is there")
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the checkout can be read") {
        let path = entry.expect("its entries too").path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let others = path.ends_with("target") || path.ends_with("node_modules");
        if path.is_dir() && !hidden && !others {
            documents(&path, found);
        } else if path.extension().is_some_and(|e| e == "md") {
            found.push(path);
        }
    }
}

/// The targets of `[text](target)`, headings and other sites aside.
fn links(text: &str) -> Vec<String> {
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    targets
        .map(|target| target.split('#').next().unwrap_or_default().to_owned())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .collect()
}

/// The commands in a document's shell blocks.
fn commands(path: &str) -> Vec<String> {
    let blocks = markdown::blocks(path).expect("the document is there");
    let shell = blocks.iter().filter(|block| block.language == "sh");
    shell
        .flat_map(|block| block.commands())
        .map(|c| c.text)
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut found = Vec::new();
    documents(&checkout(), &mut found);
    assert!(found.len() > 10, "{found:?}");
    let mut dead = Vec::new();
    for document in found {
        let text = fs::read_to_string(&document).expect("a document is text");
        let folder = document.parent().expect("it lies in a folder");
        let lost = links(&text)
            .into_iter()
            .filter(|target| !folder.join(target).exists());
        dead.extend(lost.map(|target| format!("{} -> {target}", document.display())));
    }
    assert!(dead.is_empty(), "{dead:#?}");
}

#[test]
fn the_readme_has_exactly_two_commands() {
    assert_eq!(commands("README.md"), ["cargo run -- demo", "tests/run"]);
}

#[test]
fn ci_runs_the_readmes_test_command() {
    let ci = read(".ci/run");
    assert!(
        ci.lines()
            .any(|line| line.trim_start().starts_with("tests/run"))
    );
}

#[test]
fn each_decision_is_listed_once() {
    let list = read("docs/decisions/README.md");
    let mut files: Vec<String> = fs::read_dir(checkout().join("docs/decisions"))
        .expect("the folder of decisions can be read")
        .map(|entry| {
            entry
                .expect("its entries too")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name != "README.md")
        .collect();
    files.sort();
    assert_eq!(links(&list), files);
}

#[test]
fn every_tag_that_is_written_is_documented() {
    let guide = read("docs/guide/tags.md");
    let names = read("crates/core/src/names.rs");
    let tags: Vec<&str> = names
        .split('"')
        .filter(|literal| literal.starts_with("sixshift:") && !literal.contains(' '))
        .collect();
    assert!(tags.len() > 5, "{tags:?}");
    for tag in tags {
        assert!(
            guide.contains(&format!("`{tag}`")),
            "{tag} is not in docs/guide/tags.md"
        );
    }
}
