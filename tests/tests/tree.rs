//! What every file of the project keeps to: it says what belongs in it, it stays small, it holds nothing unfinished.

#![allow(clippy::expect_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::path::{Path, PathBuf};

use sixshift_tests::checkout;

/// The most lines of code in a file, tests and blank lines and comments aside.
const LONGEST: usize = 500;

/// Folders that hold nothing that is written by hand.
const NOT_OURS: &[&str] = &[
    ".git",
    "target",
    ".venv",
    "__pycache__",
    ".pytest_cache",
    "node_modules",
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the checkout can be read") {
        let path = entry.expect("its entries too").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            if !NOT_OURS.contains(&name.as_str()) {
                files(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// Every file of the checkout that is text, with its path in it.
fn texts() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    files(&checkout(), &mut paths);
    paths.sort();
    paths
        .into_iter()
        .filter_map(|path| {
            let text = fs::read_to_string(&path).ok()?;
            let short = path.strip_prefix(checkout()).unwrap_or(&path);
            Some((short.display().to_string(), text))
        })
        .collect()
}

fn sources() -> Vec<(String, String)> {
    texts()
        .into_iter()
        .filter(|(path, _)| {
            path.starts_with("crates/") && path.contains("/src/") && path.ends_with(".rs")
        })
        .collect()
}

/// Lines of code before the file's own tests.
fn lines_of_code(text: &str) -> usize {
    text.lines()
        .map(str::trim)
        .take_while(|line| *line != "#[cfg(test)]")
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}

#[test]
fn every_source_file_opens_by_saying_what_belongs_in_it() {
    let sources = sources();
    assert!(
        sources.len() > 50,
        "only {} files were found",
        sources.len()
    );
    let silent: Vec<_> = sources
        .iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    assert!(
        silent.is_empty(),
        "these files do not open with //!: {silent:#?}"
    );
}

#[test]
fn no_source_file_is_long() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(path, text)| (path, lines_of_code(&text)))
        .filter(|(_, lines)| *lines > LONGEST)
        .collect();
    assert!(
        long.is_empty(),
        "these files have more than {LONGEST} lines of code: {long:#?}"
    );
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let vague = [
        "utils", "util", "helper", "helpers", "manager", "common", "misc",
    ];
    let named: Vec<_> = sources()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| path.split(['/', '.']).any(|part| vague.contains(&part)))
        .collect();
    assert!(named.is_empty(), "{named:#?}");
}

#[test]
fn nothing_is_left_unfinished() {
    // Put together here, so that this file doesn't find itself.
    let marks = [
        "to".to_owned() + "do!(",
        "unimple".to_owned() + "mented!(",
        "FIX".to_owned() + "ME",
    ];
    let unfinished: Vec<_> = texts()
        .into_iter()
        .filter(|(_, text)| marks.iter().any(|mark| text.contains(mark)))
        .map(|(path, _)| path)
        .collect();
    assert!(unfinished.is_empty(), "{unfinished:#?}");
}

#[test]
fn no_file_names_a_place_on_the_machine_it_was_written_on() {
    let places = [
        "/wo".to_owned() + "rk/",
        "/ro".to_owned() + "ot/",
        "/ho".to_owned() + "me/",
    ];
    let found: Vec<_> = texts()
        .into_iter()
        .filter(|(_, text)| places.iter().any(|place| text.contains(place)))
        .map(|(path, _)| path)
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}
