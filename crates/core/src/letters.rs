//! Others' words in what we write: names in AWS may hold what would end a comment or a text, or what no page shows.
//!
//! What belongs here: characters, and values as texts. What must not: a language ([`crate::hcl`], [`crate::yaml`]).

use serde_json::Value;

/// A name in a comment: names are others', and none ends it.
pub(crate) fn one_line(text: &str) -> String {
    let shown = |c: char| if is_unseen(c) { ' ' } else { c };
    text.chars().map(shown).collect()
}

/// Characters that say nothing to a reader's eyes, or turn a line around or end it for some readers and not for others.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Writes a character of a quoted text, as JSON has it; what no page shows by its number.
pub(crate) fn quote(c: char, out: &mut String) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_unseen(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        c => out.push(c),
    }
}

/// A value as a text: AWS's query protocols have no other, and JSON's numbers read as in it. A whole number has no point.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            Some(f) if f.fract() == 0.0 && f.abs() < 1e15 => format!("{f:.0}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}
