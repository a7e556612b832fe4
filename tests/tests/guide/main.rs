//! The guide works: every code block of the README, of the guide and of `deploy` is run in order, as a reader would, against the
//! simulated region, and what the page says of it is looked at. Blocks come from the pages themselves.
//!
//! - `network`, `room`, `terminal`: where a reader is and what that reader types into.
//! - `walk`: block by block, so that none is passed over.
//! - a file a page: who runs its blocks, and what has to be seen then.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on says where, and what is left out is said"
)]

mod aws;
mod beside;
mod controls;
mod deploy;
mod first_service;
mod getting_started;
mod inline;
mod network;
mod operators;
mod readme;
mod rehearse;
mod room;
mod terminal;
mod trial;
mod walk;

use std::collections::BTreeSet;
use std::fs;

use sixshift_tests::{checkout, markdown};

use walk::Walk;

/// One test a page; a page that is not here has no test.
macro_rules! pages {
    ($($name:ident: $page:literal => $follow:path,)*) => {
        const PAGES: &[&str] = &[$($page),*];
        $(
            #[test]
            fn $name() {
                network::own(|| {
                    let mut walk = Walk::of($page);
                    $follow(&mut walk);
                    walk.ends();
                });
            }
        )*
    };
}

pages! {
    the_readme_works: "README.md" => readme::follow,
    getting_started_works: "docs/guide/getting-started.md" => getting_started::follow,
    the_first_service_works: "docs/guide/first-service.md" => first_service::follow,
    operating_works: "docs/guide/operators.md" => operators::follow,
    sources_work: "docs/guide/sources.md" => beside::sources,
    being_told_works: "docs/guide/notifications.md" => beside::told,
    traces_work: "docs/guide/traces.md" => beside::traces,
    what_deps_needs_is_tried: "docs/guide/deps.md" => beside::deps,
    gates_work: "docs/guide/gates.md" => beside::gates,
    beside_code_works: "docs/guide/infrastructure-as-code.md" => beside::code,
    rehearsing_works: "docs/guide/rehearse.md" => rehearse::follow,
    trying_it_works: "docs/guide/trial.md" => trial::follow,
    the_soak_is_named: "docs/guide/soak.md" => beside::soak,
    running_it_works: "deploy/README.md" => deploy::follow,
}

#[test]
fn what_the_page_of_running_it_claims_is_so() {
    network::own(deploy::claims);
}

#[test]
fn what_the_page_of_running_it_says_of_its_files_is_so() {
    deploy::files();
}

/// The pages that are held to this.
fn documents() -> BTreeSet<String> {
    let mut all = BTreeSet::from(["README.md".to_owned()]);
    for folder in ["docs/guide", "deploy"] {
        let entries = fs::read_dir(checkout().join(folder)).expect("a folder of the checkout");
        let names = entries.map(|entry| entry.expect("it can be read").file_name());
        let names = names.map(|name| format!("{folder}/{}", name.to_string_lossy()));
        all.extend(names.filter(|name| name.ends_with(".md")));
    }
    all
}

#[test]
fn every_page_that_has_a_block_has_a_test() {
    let has_blocks = |page: &String| !markdown::blocks(page).expect("a page is text").is_empty();
    let with_blocks: Vec<String> = documents().into_iter().filter(has_blocks).collect();
    let mut known: Vec<&str> = PAGES.to_vec();
    known.sort_unstable();
    assert_eq!(with_blocks, known);
}

#[test]
fn commands_have_no_remarks_for_zsh_would_run_them() {
    let blocks = documents()
        .into_iter()
        .flat_map(|page| markdown::blocks(page).expect("text"));
    for block in blocks.filter(|block| block.language == "sh") {
        for command in block.commands() {
            let typed = command.text.lines().next().unwrap_or_default();
            assert!(!typed.contains(" #"), "{}: {typed}", command.place);
        }
        assert!(
            !block.text.lines().any(|line| line.starts_with('#')),
            "{}",
            block.place
        );
    }
}

#[test]
fn every_verb_and_option_that_a_page_names_is_there() {
    let mut pages = documents();
    for folder in ["docs/reference", "docs/runbooks"] {
        let entries = fs::read_dir(checkout().join(folder)).expect("a folder of the checkout");
        let names = entries.map(|entry| entry.expect("it can be read").file_name());
        pages.extend(names.map(|name| format!("{folder}/{}", name.to_string_lossy())));
    }
    inline::are_there(&pages);
}

#[test]
fn the_map_names_every_page_of_the_guide_once() {
    let map = fs::read_to_string(checkout().join("docs/guide/README.md")).expect("the map");
    for page in documents() {
        let Some(name) = page
            .strip_prefix("docs/guide/")
            .filter(|name| *name != "README.md")
        else {
            continue;
        };
        assert_eq!(map.matches(&format!("]({name})")).count(), 1, "{name}");
    }
}
