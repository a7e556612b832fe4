//! The guard is written apart: its files import nothing that `decide` reasons with, and believe no action.

use std::{collections::BTreeSet, fs, path::Path};

/// What was seen, what was said, what would be done, and what things are called.
const MAY: &[&str] = &[
    "action",
    "evidence",
    "facts",
    "names",
    "observation",
    "plan",
];

/// What an action says of itself: how closely it must be looked at, what it is for, what it is called.
const UNHEARD: &[&str] = &[".needs(", ".is_urgent(", ".name(", "Intent", "because,"];

/// The guard's files without their comments.
fn sources() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guard");
    let files = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path());
    let read = |path: std::path::PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.lines().map(|l| l.split("//").next().unwrap_or(l));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, code.collect::<Vec<_>>().join("\n"))
    };
    files.map(read).collect()
}

/// The modules of the crate that some code names: `crate::plan` and each of `crate::{plan::Plan, facts::{…}}`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, prefix) in code.match_indices("crate::") {
        let rest = &code[at + prefix.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut begins = true;
        for (at, c) in list.char_indices() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                c if begins && c.is_alphabetic() => {
                    found.insert(word(&list[at..]));
                    begins = false;
                }
                _ => {}
            }
        }
    }
    found
}

fn word(text: &str) -> String {
    let letters = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_');
    letters.collect()
}

#[test]
fn the_guard_imports_what_was_seen_and_said_and_nothing_that_decides() {
    let sources = sources();
    assert!(sources.len() > 10, "these are not all of its files");
    let allowed: BTreeSet<String> = MAY.iter().map(|m| (*m).to_owned()).collect();
    for (file, code) in sources {
        let strangers: Vec<String> = imports(&code).difference(&allowed).cloned().collect();
        assert!(strangers.is_empty(), "{file} imports {strangers:?}");
        let above = code.contains("super::super") || file == "mod.rs" && code.contains("super::");
        assert!(!above, "{file} reaches around that");
    }
}

#[test]
fn the_guard_believes_no_action() {
    for (file, code) in sources() {
        for word in UNHEARD {
            assert!(!code.contains(word), "{file} reads {word}");
        }
    }
}

#[test]
fn an_import_is_found_however_it_is_written() {
    let code = "use crate::{\n    decide::{self, Next},\n    plan::Plan,\n};\nlet x = crate::way::share();";
    let expected = ["decide", "plan", "way"].map(str::to_owned);
    assert_eq!(imports(code), BTreeSet::from(expected));
}
