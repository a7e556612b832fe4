//! Where the mistakes of one file are collected.

use std::path::Path;

use super::{
    super::diagnostic::{Diagnostic, Diagnostics},
    lines::Lines,
    tree::{Fault, Span},
};

/// Of a longer line only the part around the mistake is kept, in characters.
const LONGEST_LINE: usize = 400;

pub(super) struct Sink<'t> {
    file: &'t Path,
    lines: Lines<'t>,
    found: Diagnostics,
    /// The name of the plan being read, once it is known.
    plan: Option<String>,
}

impl<'t> Sink<'t> {
    pub(super) fn new(file: &'t Path, text: &'t str) -> Self {
        Self {
            file,
            lines: Lines::of(text),
            found: Diagnostics::default(),
            plan: None,
        }
    }

    pub(super) fn file(&self) -> &'t Path {
        self.file
    }

    pub(super) fn lines(&self) -> &Lines<'t> {
        &self.lines
    }

    pub(super) fn begin_plan(&mut self, name: Option<String>) {
        self.plan = name;
    }

    /// How many mistakes there are so far.
    pub(super) fn count(&self) -> usize {
        self.found.count()
    }

    pub(super) fn report(&mut self, span: Span, path: &str, message: String, remedy: String) {
        let diagnostic = if self.found.is_full() {
            // It will only be counted: no need to cut out its line.
            Diagnostic::of_file(self.file.to_owned(), message, remedy)
        } else {
            self.diagnostic(span, path, message, remedy)
        };
        self.found.push(diagnostic);
    }

    pub(super) fn fault(&mut self, fault: Fault) {
        self.report(fault.span, "", fault.message, fault.remedy.to_owned());
    }

    pub(super) fn diagnostic(
        &self,
        span: Span,
        path: &str,
        message: String,
        remedy: String,
    ) -> Diagnostic {
        let line = self.lines.line(span.line.saturating_sub(1));
        let end = if span.end_line == span.line {
            span.end_column
        } else {
            usize::MAX
        };
        let (source_line, caret) =
            excerpt(line, span.column.saturating_sub(1), end.saturating_sub(1));
        Diagnostic {
            file: self.file.to_owned(),
            line: u32::try_from(span.line).unwrap_or(u32::MAX),
            column: u32::try_from(span.column).unwrap_or(u32::MAX),
            plan: self.plan.clone(),
            path: path.to_owned(),
            message,
            remedy,
            source_line,
            caret,
        }
    }

    pub(super) fn finish(mut self) -> Diagnostics {
        self.found.sort();
        self.found
    }
}

/// The line, or the part of it around the characters `start..end`, and where in it the caret's bytes are.
fn excerpt(line: &str, start: usize, end: usize) -> (String, std::ops::Range<usize>) {
    let skipped = start.saturating_sub(LONGEST_LINE / 2);
    let long = line.len() > LONGEST_LINE;
    let (skipped, kept) = if long {
        (skipped, LONGEST_LINE)
    } else {
        (0, usize::MAX)
    };
    let text: String = line.chars().skip(skipped).take(kept).collect();
    let byte_at = |character: usize| {
        text.char_indices()
            .nth(character.saturating_sub(skipped))
            .map_or(text.len(), |(byte, _)| byte)
    };
    let from = byte_at(start);
    // At least one character, or the place behind the line.
    let to = byte_at(end.max(start.saturating_add(1))).max(from);
    let trimmed = text[from..to].trim_end().len();
    let to = if trimmed == 0 { to } else { from + trimmed };
    (text, from..to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_points_at_the_same_characters() {
        assert_eq!(excerpt("a: bcd", 3, 6), ("a: bcd".to_owned(), 3..6));
        assert_eq!(excerpt("ä: bcd", 3, 6).1, 4..7);
        assert_eq!(excerpt("ab", 2, 2), ("ab".to_owned(), 2..2));
        assert_eq!(excerpt("ab   ", 0, usize::MAX).1, 0..2);
        let (text, caret) = excerpt(&"x".repeat(10_000), 5_000, 5_003);
        assert_eq!((text.len(), caret.len()), (LONGEST_LINE, 3));
    }
}
