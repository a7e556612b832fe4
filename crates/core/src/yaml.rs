//! YAML in which every text is in quotes where it would be read as anything else without.
//!
//! What belongs here: the writing. What must not: what is written.

use std::fmt::Write;

use serde_json::Value;

use crate::letters::quote;

/// A document, in block style.
pub(crate) fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, false, &mut out);
    out
}

/// `is_open`: the line has begun, after a dash.
fn write(value: &Value, indent: usize, is_open: bool, out: &mut String) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (index, (key, value)) in members.iter().enumerate() {
                if index > 0 || !is_open {
                    pad(indent, out);
                }
                let _ = write!(out, "{}:", name(key, ""));
                entry(value, indent, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 || !is_open {
                    pad(indent, out);
                }
                out.push_str("- ");
                write(item, indent + 1, true, out);
            }
        }
        scalar => {
            let _ = writeln!(out, "{}", plain(scalar));
        }
    }
}

fn entry(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            out.push('\n');
            write(value, indent + 1, false, out);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            write(value, indent + 1, false, out);
        }
        scalar => {
            let _ = writeln!(out, " {}", plain(scalar));
        }
    }
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", indent));
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_text_is_read_as_anything_else() {
        let value = json!({
            "Items": [{ "Name": "yes", "Value": "1_0: #a\n\u{85}☃" }, ["a", 1, true], []],
            "Map": { "on": {}, "x-y": 1.5 },
        });
        assert_eq!(
            text(&value),
            "Items:\n  - Name: \"yes\"\n    Value: \"1_0: #a\\n\\u0085☃\"\n  - - \"a\"\n    - 1\n    - true\n  - []\nMap:\n  \"on\": {}\n  \
             \"x-y\": 1.5\n"
        );
    }
}
