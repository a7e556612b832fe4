//! What a page says within a sentence or a table: every verb and option of `sixshift …` is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use sixshift_tests::{binary, checkout};

/// The words of each `` `sixshift VERB …` `` in a page, blocks aside.
fn calls(page: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(checkout().join(page)).expect("a page is text");
    let prose = text.split("```").step_by(2);
    let spans = prose.flat_map(|part| part.split('`').skip(1).step_by(2));
    let calls = spans.filter_map(|span| span.strip_prefix("sixshift "));
    calls
        .map(|call| call.split_whitespace().map(str::to_owned).collect())
        .collect()
}

/// The verb of a call, two words for those that have verbs of their own; `VERB` stands for any.
fn verb(call: &[String]) -> Option<Vec<&str>> {
    let words = call.iter().map(String::as_str);
    let is_word = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
    let several = call.first().is_some_and(|word| word == "context");
    let verb: Vec<&str> = words
        .take_while(is_word)
        .take(1 + usize::from(several))
        .collect();
    (!verb.is_empty()).then_some(verb)
}

/// `--to` of `--to=50%`; none of a value.
fn options(call: &[String]) -> impl Iterator<Item = &str> {
    let words = call
        .iter()
        .map(|word| word.split('=').next().unwrap_or_default());
    words.filter(|word| word.starts_with('-') && word.len() > 1)
}

fn help(verb: &[&str]) -> String {
    let sixshift = binary().expect("the binary is built");
    let output = Command::new(sixshift).args(verb).arg("--help").output();
    let output = output.expect("the binary can be started");
    assert!(output.status.success(), "there is no verb {verb:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Looks each up in the verb's own help.
pub(crate) fn are_there(pages: &BTreeSet<String>) {
    let mut known: BTreeMap<Vec<String>, String> = BTreeMap::new();
    let mut seen = 0;
    for page in pages {
        for call in calls(page) {
            let Some(verb) = verb(&call) else { continue };
            let key = verb.iter().map(|&word| word.to_owned()).collect();
            let help = known.entry(key).or_insert_with(|| help(&verb));
            for option in options(&call) {
                let is_there = help.split([' ', ',', '\n']).any(|word| word == option);
                assert!(
                    is_there,
                    "{page}: sixshift {} has no {option}",
                    verb.join(" ")
                );
            }
            seen += 1;
        }
    }
    assert!(
        seen > 30 && known.len() > 15,
        "{seen} calls of {:?}",
        known.keys()
    );
}
