//! Comments of the files that we write: lines that begin with `#`, wrapped.
//!
//! What belongs here: their layout, and that nothing in them ends them. What must not: a word of theirs.

use std::fmt::Write;

use crate::letters::one_line;

/// Lines are no longer, where words can be parted.
const WIDTH: usize = 110;

/// A comment of some lines, each wrapped, at a depth of two blanks each.
pub(crate) fn comment(out: &mut String, depth: usize, text: &str) {
    wrapped(out, depth, "# ", "# ", text);
}

/// An item of a list in a comment.
pub(crate) fn item(out: &mut String, depth: usize, text: &str) {
    wrapped(out, depth, "# - ", "#   ", text);
}

fn wrapped(out: &mut String, depth: usize, first: &str, then: &str, text: &str) {
    let pad = "  ".repeat(depth);
    let mut begin = first;
    for text in text.lines() {
        let mut row = String::new();
        for word in one_line(text).split_whitespace() {
            let room = WIDTH.saturating_sub(pad.len() + begin.len());
            if !row.is_empty() && row.chars().count() + 1 + word.chars().count() > room {
                let _ = writeln!(out, "{pad}{begin}{row}");
                row.clear();
                begin = then;
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
        let _ = writeln!(out, "{pad}{begin}{row}");
        begin = then;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_comment_ends_it() {
        let mut out = String::new();
        item(
            &mut out,
            1,
            &format!("a\u{85}b\r\u{2028}c {}", "word ".repeat(40)),
        );
        assert!(
            out.lines()
                .all(|l| l.starts_with("  #   ") || l.starts_with("  # - ")),
            "{out}"
        );
        assert!(
            out.starts_with("  # - a b c word") && out.lines().count() == 2,
            "{out}"
        );
        assert!(
            !out.contains('\u{85}') && !out.contains('\u{2028}'),
            "{out}"
        );
    }
}
