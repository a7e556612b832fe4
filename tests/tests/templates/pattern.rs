//! CloudWatch's filter patterns on lines of JSON, as far as the templates use them: `{ ($.a = "b*") && ($.c IS TRUE) }`. What is
//! written otherwise is refused here, not guessed.
//!
//! Source: CloudWatch Logs' user guide, "Filter pattern syntax": JSON log events.

use serde_json::Value;

/// What a line has to have: each of these.
#[derive(Debug)]
pub(crate) struct Pattern(Vec<(String, Wanted)>);

#[derive(Debug)]
enum Wanted {
    /// With stars for any text.
    Text(String),
    True,
}

impl Pattern {
    pub(crate) fn read(text: &str) -> Self {
        let inner = text.strip_prefix("{ ").and_then(|t| t.strip_suffix(" }"));
        let inner = inner.unwrap_or_else(|| panic!("{text} is no pattern in braces"));
        Self(inner.split(" && ").map(term).collect())
    }

    pub(crate) fn matches(&self, line: &Value) -> bool {
        self.0.iter().all(|(field, wanted)| match wanted {
            Wanted::Text(pattern) => line[field].as_str().is_some_and(|t| is_like(pattern, t)),
            Wanted::True => line[field] == true,
        })
    }
}

fn term(text: &str) -> (String, Wanted) {
    let bare = text.strip_prefix("($.").and_then(|t| t.strip_suffix(')'));
    let bare = bare.unwrap_or_else(|| panic!("{text} is not as ($.field = \"text\")"));
    if let Some(field) = bare.strip_suffix(" IS TRUE") {
        return (field.to_owned(), Wanted::True);
    }
    let (field, value) = bare.split_once(" = ").unwrap_or_else(|| panic!("{text}"));
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
    let value = value.unwrap_or_else(|| panic!("{text}: the value is not in quotes"));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    assert!(field.chars().all(is_plain), "{text}");
    (field.to_owned(), Wanted::Text(value.to_owned()))
}

fn is_like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[test]
fn a_pattern_means_what_it_says() {
    let line = serde_json::json!({ "level": "WARN", "message": "the end of it", "leads": true });
    for (pattern, is) in [
        ("{ ($.level = \"WARN\") }", true),
        ("{ ($.level = \"WAR\") }", false),
        ("{ ($.level = \"WARN\") && ($.leads IS TRUE) }", true),
        ("{ ($.level = \"INFO\") && ($.leads IS TRUE) }", false),
        ("{ ($.message = \"the end*\") }", true),
        ("{ ($.message = \"the * it\") }", true),
        ("{ ($.message = \"end*\") }", false),
        ("{ ($.missing = \"*\") }", false),
        ("{ ($.level IS TRUE) }", false),
    ] {
        assert_eq!(Pattern::read(pattern).matches(&line), is, "{pattern}");
    }
}
