//! The soak's page has commands that nobody carries out in a build: they are at least understood.

use std::path::Path;

use clap::Parser as _;

use crate::search::Args;

const PROGRAM: &str = "target/release/sixshift-soak ";

#[test]
fn every_command_of_the_page_is_understood() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/soak.md");
    let page = std::fs::read_to_string(page).unwrap();
    let commands: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix(PROGRAM))
        .collect();
    assert!(commands.len() > 5, "{commands:?}");
    for command in commands {
        // No argument there has a blank within its quotes.
        let words = command.split(' ').map(|word| word.trim_matches('\''));
        let parsed = Args::try_parse_from(["sixshift-soak"].into_iter().chain(words));
        assert!(parsed.is_ok(), "{command}: {parsed:?}");
    }
}
