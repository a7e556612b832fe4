//! Who may import whom, read from `cargo metadata`: the arrows between the rooms, and what stays out of which room.
//!
//! Development dependencies are exempt: a test may reach for anything it needs, the product may not.

#![allow(clippy::expect_used, reason = "a test that cannot go on says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;
use sixshift_tests::checkout;

/// The rooms, and whom each may import.
const ARROWS: &[(&str, &[&str])] = &[
    (
        "sixshift",
        &[
            "sixshift-api",
            "sixshift-controller",
            "sixshift-core",
            "sixshift-sim",
        ],
    ),
    ("sixshift-api", &["sixshift-controller", "sixshift-core"]),
    ("sixshift-controller", &["sixshift-aws", "sixshift-core"]),
    ("sixshift-aws", &["sixshift-core"]),
    ("sixshift-core", &[]),
    ("sixshift-sim", &[]),
    ("sixshift-tests", &[]),
    (
        "sixshift-soak",
        &["sixshift-controller", "sixshift-core", "sixshift-sim"],
    ),
];

/// The resolved tree: packages by name, with the names of what they need in the product (no development, no build).
struct Tree {
    needs: BTreeMap<String, BTreeSet<String>>,
    ours: BTreeSet<String>,
}

impl Tree {
    fn read() -> Self {
        // For this machine alone: nothing else needs to have been downloaded.
        let metadata = said(
            Command::new(env!("CARGO"))
                .args(["metadata", "--format-version", "1", "--offline"])
                .args(["--filter-platform", &platform()]),
        );
        Self::from(&serde_json::from_str(&metadata).expect("cargo metadata prints JSON"))
    }

    fn from(metadata: &Value) -> Self {
        let names: BTreeMap<&str, &str> = list(&metadata["packages"])
            .map(|p| (text(&p["id"]), text(&p["name"])))
            .collect();
        let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in list(&metadata["resolve"]["nodes"]) {
            let edges = list(&node["deps"])
                .filter(|dep| list(&dep["dep_kinds"]).any(|kind| kind["kind"].is_null()))
                .map(|dep| names[text(&dep["pkg"])].to_owned());
            // Two versions of a crate are one entry: what either needs counts.
            needs
                .entry(names[text(&node["id"])].to_owned())
                .or_default()
                .extend(edges);
        }
        let ours = list(&metadata["workspace_members"])
            .map(|id| names[text(id)].to_owned())
            .collect();
        Self { needs, ours }
    }

    /// Everything below a crate.
    fn below(&self, name: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut open = vec![name];
        while let Some(next) = open.pop() {
            for need in &self.needs[next] {
                if seen.insert(need.as_str()) {
                    open.push(need);
                }
            }
        }
        seen
    }
}

/// This machine, as Rust calls it.
fn platform() -> String {
    let version = said(Command::new(env!("CARGO")).args(["--version", "--verbose"]));
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("cargo names its host").to_owned()
}

fn said(command: &mut Command) -> String {
    let output = command
        .current_dir(checkout())
        .output()
        .expect("cargo can be started");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {error}");
    String::from_utf8(output.stdout).expect("cargo speaks UTF-8")
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value
        .as_array()
        .expect("cargo metadata has a list here")
        .iter()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("cargo metadata has text here")
}

#[test]
fn every_crate_of_ours_is_a_room() {
    let rooms: BTreeSet<String> = ARROWS.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(Tree::read().ours, rooms);
}

#[test]
fn a_room_imports_only_whom_it_may() {
    let tree = Tree::read();
    for (room, may) in ARROWS {
        let imports: BTreeSet<&str> = tree.needs[*room]
            .iter()
            .filter(|need| tree.ours.contains(*need))
            .map(String::as_str)
            .collect();
        let allowed: BTreeSet<&str> = may.iter().copied().collect();
        let strangers: Vec<_> = imports.difference(&allowed).collect();
        assert!(
            strangers.is_empty(),
            "{room} imports {strangers:?}, and may import {may:?}"
        );
    }
}

#[test]
fn the_brain_has_no_runtime_and_no_aws_below_it() {
    let tree = Tree::read();
    let below = tree.below("sixshift-core");
    let banned: Vec<_> = below
        .iter()
        .filter(|name| {
            **name == "tokio"
                || name.starts_with("aws-")
                || name.starts_with("tracing")
                || name.starts_with("rand")
        })
        .collect();
    assert!(
        banned.is_empty(),
        "sixshift-core has {banned:?} in its tree"
    );
}

#[test]
fn only_the_hands_import_an_aws_sdk() {
    let tree = Tree::read();
    for room in tree.ours.iter().filter(|room| *room != "sixshift-aws") {
        let sdks: Vec<_> = tree.needs[room]
            .iter()
            .filter(|need| need.starts_with("aws-sdk-"))
            .collect();
        assert!(sdks.is_empty(), "{room} imports {sdks:?}");
    }
}

#[test]
fn the_simulated_region_has_no_aws_sdk_below_it() {
    let tree = Tree::read();
    let below = tree.below("sixshift-sim");
    let sdks: Vec<_> = below
        .iter()
        .filter(|name| name.starts_with("aws-sdk-") || name.starts_with("aws-config"))
        .collect();
    assert!(sdks.is_empty(), "sixshift-sim has {sdks:?} in its tree");
}
