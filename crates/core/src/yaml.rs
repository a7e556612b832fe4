//! How a text stands in YAML, so that it is read as that text and as nothing else.
//!
//! What belongs here: one text, as it is written. What must not: where it stands.

use crate::handover::document::quote;

/// What YAML 1.1 reads as a truth value or as nothing.
const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// Without quotes where it is letters and digits alone, or any of some others inside, and no word that YAML knows.
pub(crate) fn name(text: &str, others: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || others.contains(c);
    let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_plain);
    if is_name && !WORDS.contains(&text.to_ascii_lowercase().as_str()) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// As JSON has it, which YAML reads alike, but for what YAML counts as no character to print.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    text.chars().for_each(|c| quote(c, &mut out));
    out.push('"');
    out
}
