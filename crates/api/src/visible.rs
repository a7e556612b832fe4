//! Text of other people, so that a reader sees what is in it.
//!
//! What belongs here: characters that change how the text around them reads, spelled out. What must not: markup.

use std::{borrow::Cow, fmt::Write as _};

use serde_json::Value;

/// Turns the direction of reading, breaks lines where none end, or drives a terminal. Ends of lines and tabs are text.
fn misleads(c: char) -> bool {
    let bidirectional = matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    let breaks = matches!(c, '\u{2028}' | '\u{2029}');
    bidirectional || breaks || (c.is_control() && c != '\n' && c != '\t')
}

/// The same text, with each such character as `\u{202e}`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(misleads) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if misleads(c) {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// The same for every text of an answer.
pub fn make_visible(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(shown) = visible(text) {
                *text = shown;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_visible),
        Value::Object(fields) => fields.values_mut().for_each(make_visible),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_the_direction_or_drives_a_terminal_is_spelled_out() {
        assert_eq!(visible("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(visible("\u{1b}[31mred"), "\\u{1b}[31mred");
        for c in "\u{61c}\u{200e}\u{200f}\u{202a}\u{202d}\u{2066}\u{2069}\u{2028}\r\0\u{9b}".chars()
        {
            assert!(!visible(&c.to_string()).contains(c), "{:x}", u32::from(c));
        }
    }

    #[test]
    fn text_in_any_language_stays_as_it_is() {
        for text in ["größer", "שלום", "line\n\tindented", "👩‍🚀"] {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn every_text_of_an_answer_is_looked_at() {
        let mut value = serde_json::json!({ "a": ["\u{202e}x", { "b": "\u{7}" }], "n": 1 });
        make_visible(&mut value);
        assert_eq!(
            value.to_string(),
            r#"{"a":["\\u{202e}x",{"b":"\\u{7}"}],"n":1}"#
        );
    }
}
