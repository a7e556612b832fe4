//! Matching text against the models' patterns, each compiled when it is first met.
//!
//! What must not be here: which text has which pattern.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex_lite::Regex;

/// The classes of Unicode that patterns name: the matcher knows none, so they are spelled out for it.
const CLASSES: &str = include_str!("../../contract/classes.txt");

/// What cannot be compiled is remembered, too.
type Compiled = HashMap<&'static str, Arc<Option<Regex>>>;

static COMPILED: LazyLock<Mutex<Compiled>> = LazyLock::new(Mutex::default);

/// Whether the whole of a text matches. What cannot be compiled refuses nothing; a test compiles every pattern.
pub(super) fn matches(pattern: &'static str, text: &str) -> bool {
    let compiled = {
        let mut all = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            all.entry(pattern)
                .or_insert_with(|| Arc::new(compile(pattern))),
        )
    };
    (*compiled)
        .as_ref()
        .is_none_or(|regex| regex.is_match(text))
}

/// A pattern is always about the whole text.
pub(super) fn compile(pattern: &str) -> Option<Regex> {
    Regex::new(&format!("^(?:{})$", spelled_out(pattern))).ok()
}

fn spelled_out(pattern: &str) -> String {
    let mut text = pattern.to_owned();
    for line in CLASSES.lines().filter(|l| !l.starts_with('#')) {
        let Some((name, ranges)) = line.split_once(' ') else {
            continue;
        };
        let class = format!("\\p{{{name}}}");
        if text.contains(&class) {
            text = text.replace(&class, &spelled(ranges));
        }
    }
    text
}

/// `41-5A AA` as the inside of a bracket.
fn spelled(ranges: &str) -> String {
    let one = |range: &str| match range.split_once('-') {
        Some((first, last)) => format!("\\x{{{first}}}-\\x{{{last}}}"),
        None => format!("\\x{{{range}}}"),
    };
    ranges.split(' ').map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAGS: &str = r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)";

    #[test]
    fn letters_digits_and_separators_of_every_script_match_and_marks_do_not() {
        for fine in [
            "",
            "a b",
            "1000:2500",
            "Größe",
            "価格 ７",
            "x@y/z=1+2-3_4.5",
        ] {
            assert!(matches(TAGS, fine), "{fine}");
        }
        // A vowel sign is a mark: Rust calls it alphabetic, AWS refuses it.
        for broken in ["1000>2500", "50%", "a,b", "a;b", "a\nb", "कि", "🙂"] {
            assert!(!matches(TAGS, broken), "{broken}");
        }
    }

    #[test]
    fn a_pattern_is_about_the_whole_text() {
        assert!(matches(r"^(2|4|5)\d\d$", "503"));
        assert!(!matches(r"^(2|4|5)\d\d$", "5031"));
        assert!(matches(r"[^:].*", "AWS/ECS"));
        assert!(!matches(r"[^:].*", ":AWS"));
    }
}
