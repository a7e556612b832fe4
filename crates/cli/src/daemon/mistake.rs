//! What is wrong in the settings' text: every mistake with file, line and caret, as plans have it.
//!
//! What belongs here: the words for what the reader of YAML found and the schema does not know. What must not: which
//! settings there are.

use std::path::Path;

use serde_saphyr::Error;
use sixshift_core::plan::{Diagnostic, Diagnostics, check};

use crate::schema::SETTINGS;

/// Where all settings are explained.
const EXAMPLE: &str = "config/sixshift.yaml has every setting with a comment";

/// All that is wrong in a text that the reader refused, for people.
pub(super) fn explained(file: &Path, text: &str, error: &Error) -> Diagnostics {
    let mut told = match serde_json::from_str(SETTINGS) {
        Ok(schema) => check(file, text, &schema),
        Err(_) => Diagnostics::default(),
    };
    if told.is_empty() {
        told.push(of_reader(file, text, error));
    }
    told
}

/// The one mistake at which the reader stopped.
fn of_reader(file: &Path, text: &str, error: &Error) -> Diagnostic {
    let error = error.without_snippet();
    let said = error.to_string();
    let message = said.split(" at line ").next().unwrap_or(&said);
    let message = message.trim_end_matches('.').to_owned();
    let mut told = Diagnostic::of_file(file.to_owned(), message, EXAMPLE.to_owned());
    let Some(location) = error.location() else {
        return told;
    };
    let line = usize::try_from(location.line()).unwrap_or(1);
    let column = usize::try_from(location.column()).unwrap_or(1);
    if let Some(written) = text.lines().nth(line.saturating_sub(1)) {
        told.source_line = written.to_owned();
        told.caret = word_at(written, column);
    }
    told.line = u32::try_from(line).unwrap_or(u32::MAX);
    told.column = u32::try_from(column).unwrap_or(u32::MAX);
    told
}

/// The bytes of the word that begins at a column.
fn word_at(line: &str, column: usize) -> std::ops::Range<usize> {
    let from = line.char_indices().nth(column.saturating_sub(1));
    let from = from.map_or(line.len(), |(byte, _)| byte);
    let rest = line.get(from..).unwrap_or_default();
    let ends = |c: char| c.is_whitespace() || ",:[]{}".contains(c);
    let first = rest.chars().next().map_or(0, char::len_utf8);
    from..from + rest.find(ends).unwrap_or(rest.len()).max(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::settings::Settings;

    fn told(rest: &str) -> String {
        let text = format!(
            "apiVersion: sixshift/v1\nkind: Settings\nsource: {{dir: {{path: plans}}}}\n{rest}"
        );
        let error = serde_saphyr::from_str::<Settings>(&text).unwrap_err();
        explained(Path::new("sixshift.yaml"), &text, &error).to_string()
    }

    #[test]
    fn a_slip_is_shown_where_it_is_with_what_was_meant() {
        let text = told("listn: []\n");
        for part in [
            "error: listn: there is no key \"listn\" here\n",
            "--> sixshift.yaml:4:1\n",
            "4 | listn: []\n  | ^^^^^\n",
            "write listen",
        ] {
            assert!(text.contains(part), "{part} is not in:\n{text}");
        }
        let text = told("log: { format: jsn }\n");
        assert!(
            text.contains("\"jsn\" is none of the words") && text.contains("write format: json"),
            "{text}"
        );
    }

    #[test]
    fn a_value_of_another_kind_is_pointed_at() {
        let text = told("limits: { ordersAMinute: many }\n");
        assert!(text.contains("sixshift.yaml:4:26"), "{text}");
        assert!(
            text.contains("^^^^\n") && !text.contains("<input>"),
            "{text}"
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let text = told("notify: [{slack: {urlEnv: A}}]\n");
        assert!(
            text.contains("on is missing") && text.contains("add it, such as on: "),
            "{text}"
        );
        let error = serde_saphyr::from_str::<Settings>("kind: [").unwrap_err();
        let text = explained(Path::new("s.yaml"), "kind: [", &error).to_string();
        assert!(text.contains("s.yaml:1"), "{text}");
    }
}
