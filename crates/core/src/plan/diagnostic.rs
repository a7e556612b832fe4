//! What is wrong with a plan file, where, and what to write instead.
//!
//! What belongs here: the record and how it is shown. Which mistakes there are is [`super::parse`]'s business.

use std::{fmt, ops::Range, path::PathBuf};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::{Serialize, Serializer};

/// More than these are counted and not kept: a broken file must not cost unbounded memory.
const KEPT: usize = 200;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// As it was named to us.
    #[serde(serialize_with = "as_text")]
    pub file: PathBuf,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// The plan it belongs to, as far as its name could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// `spec.shift.steps[1].weight`; empty where the mistake is the file's.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// The line as written, or the part of a very long one around the mistake.
    pub source_line: String,
    /// The bytes of `source_line` that the caret points at.
    #[serde(skip)]
    pub caret: Range<usize>,
}

fn as_text<S: Serializer>(path: &std::path::Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

impl Diagnostic {
    /// A mistake of the whole file, such as bytes that are no text.
    #[must_use]
    pub fn of_file(file: PathBuf, message: String, remedy: String) -> Self {
        Self {
            file,
            line: 1,
            column: 1,
            plan: None,
            path: String::new(),
            message,
            remedy,
            source_line: String::new(),
            caret: 0..0,
        }
    }

    /// The mistake with its line and a caret, for people; colour as ANSI escapes.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let title = match self.path.as_str() {
            "" => self.message.clone(),
            path => format!("{path}: {}", self.message),
        };
        let file = self.file.to_string_lossy();
        let line = self.line as usize;
        let snippet = Snippet::source(self.source_line.as_str())
            .line_start(line)
            .annotation(AnnotationKind::Primary.span(self.caret.clone()));
        let group = Group::with_title(Level::ERROR.primary_title(title));
        // A snippet counts the column from its own text, which is not the line's where that was shortened.
        let group = if self.source_line.is_empty() || self.is_shortened() {
            let at = Origin::path(file)
                .line(line)
                .char_column(self.column as usize);
            let group = group.element(at);
            if self.source_line.is_empty() {
                group
            } else {
                group.element(snippet)
            }
        } else {
            group.element(snippet.path(file))
        };
        let group = group.element(Level::HELP.message(self.remedy.as_str()));
        let renderer = if color {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&[group])
    }

    fn is_shortened(&self) -> bool {
        let before = self.source_line.get(..self.caret.start).unwrap_or_default();
        before.chars().count() + 1 != self.column as usize
    }
}

/// Without colour.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// Every mistake of a file or a set of files, in the order of files, lines and columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    left_out: usize,
}

impl Diagnostics {
    /// Whether there is nothing to complain about.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many there are, those that were not kept included.
    #[must_use]
    pub fn count(&self) -> usize {
        self.kept.len() + self.left_out
    }

    /// How many were counted and not kept.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Those that were kept.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.kept.iter()
    }

    /// Adds one, at the end.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.is_full() {
            self.left_out += 1;
        } else {
            self.kept.push(diagnostic);
        }
    }

    /// Adds another file's.
    pub fn append(&mut self, other: Self) {
        for diagnostic in other.kept {
            self.push(diagnostic);
        }
        self.left_out += other.left_out;
    }

    pub(super) fn is_full(&self) -> bool {
        self.kept.len() >= KEPT
    }

    /// In the order in which a reader meets them.
    pub(super) fn sort(&mut self) {
        self.kept
            .sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    }

    /// All of them, a blank line between two.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let mut blocks: Vec<String> = self.kept.iter().map(|d| d.render(color)).collect();
        if self.left_out > 0 {
            blocks.push(format!("… and {} more", self.left_out));
        }
        blocks.join("\n\n")
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

/// As a list.
impl Serialize for Diagnostics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.kept)
    }
}
