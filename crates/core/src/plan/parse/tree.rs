//! YAML text as a tree in which every node knows where it stands.
//!
//! What belongs here: syntax, positions, anchors, and the bounds that keep a hostile file cheap. What a key means does
//! not. Aliases share their node instead of copying it, so an alias bomb costs no memory before it is refused.

use std::{collections::BTreeMap, rc::Rc};

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, ScanError};

use super::lines::Lines;

/// No plan needs more; a reader that recurses stays far from its stack's end.
const DEEPEST: u32 = 32;
/// What aliases may add to a document, in nodes.
const MOST_ALIASED: u64 = 10_000;

/// So many broken documents are enough to read.
const MOST_FAULTS: usize = 200;

/// From one place to another: lines from 1, columns from 1 in characters, the end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// `plain` scalars are the unquoted ones, which YAML may read as a number, a truth value or nothing.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Rc<Node>>),
    Map(Vec<(Rc<Node>, Rc<Node>)>),
    /// Something that has a fault already: nobody should complain again.
    Broken,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) kind: Kind,
    size: u64,
    depth: u32,
}

/// Wrong in a document whatever it means.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) remedy: &'static str,
}

/// One document of a file.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) root: Option<Rc<Node>>,
    pub(super) faults: Vec<Fault>,
}

/// Every document that is well-formed, and a fault for each that is not.
pub(super) fn documents(lines: &Lines<'_>) -> (Vec<Document>, Vec<Fault>) {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let mut start = 0;
    while let Some(tail) = lines.tail(start) {
        let mut reading = Reading {
            line_offset: start,
            ..Reading::default()
        };
        let result = reading.read(tail);
        found.append(&mut reading.done);
        let Err(error) = result else { break };
        faults.push(syntax_fault(&error, start, lines));
        if faults.len() >= MOST_FAULTS {
            break;
        }
        // A line that begins with `---` starts a document wherever it stands, so the rest can still be checked.
        let failed_at = reading.document_line.max(start);
        match (failed_at + 1..lines.count()).find(|&i| starts_document(lines.line(i))) {
            Some(next) => start = next,
            None => break,
        }
    }
    (found, faults)
}

fn starts_document(line: &str) -> bool {
    line.strip_prefix("---")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

fn syntax_fault(error: &ScanError, line_offset: usize, lines: &Lines<'_>) -> Fault {
    let line = (error.marker().line() + line_offset).clamp(1, lines.count());
    let column = error.marker().col() + 1;
    let indent: String = lines
        .line(line - 1)
        .chars()
        .take_while(|c| c.is_whitespace())
        .collect();
    Fault {
        span: Span {
            line,
            column,
            end_line: line,
            end_column: column + 1,
        },
        message: format!("this is not YAML: {}", error.info()),
        remedy: if indent.contains('\t') {
            "write spaces instead of the tab"
        } else {
            "check the indentation, quotes, brackets and colons here and on the line before"
        },
    }
}

/// A collection whose end has not come yet.
struct Open {
    start: granit_parser::Span,
    anchor: usize,
    is_map: bool,
    nodes: Vec<Rc<Node>>,
}

#[derive(Default)]
struct Reading {
    done: Vec<Document>,
    current: Document,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Option<Rc<Node>>>,
    aliased: u64,
    line_offset: usize,
    /// Index of the line on which the document being read begins.
    document_line: usize,
}

impl Reading {
    fn read(&mut self, text: &str) -> Result<(), ScanError> {
        let options =
            granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true };
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, span) = event?;
            self.take(event, span);
        }
        Ok(())
    }

    fn take(&mut self, event: Event<'_>, span: granit_parser::Span) {
        match event {
            Event::DocumentStart(..) => {
                self.document_line = self.line_offset + span.start.line().saturating_sub(1);
                self.current = Document::default();
                self.anchors.clear();
                self.aliased = 0;
                self.open.clear();
            }
            Event::DocumentEnd => self.done.push(std::mem::take(&mut self.current)),
            Event::Scalar(text, style, anchor, tag) => {
                self.note_tag(tag.is_some(), span);
                let kind = Kind::Scalar {
                    text: text.into_owned(),
                    plain: style == ScalarStyle::Plain,
                };
                let node = self.leaf(kind, span);
                self.place(node, anchor);
            }
            Event::SequenceStart(_, anchor, tag) => self.begin(span, anchor, false, tag.is_some()),
            Event::MappingStart(_, anchor, tag) => self.begin(span, anchor, true, tag.is_some()),
            Event::SequenceEnd | Event::MappingEnd => self.finish(span),
            Event::Alias(id) => self.alias(id, span),
            Event::UnresolvedAlias(name) => {
                self.fault(
                    span,
                    format!("nothing before is anchored as &{name}"),
                    "write the value out",
                );
                let node = self.broken(span);
                self.place(node, 0);
            }
            _ => {}
        }
    }

    fn begin(&mut self, start: granit_parser::Span, anchor: usize, is_map: bool, tagged: bool) {
        self.note_tag(tagged, start);
        if anchor != 0 {
            // Known but unfinished: an alias inside refers to what contains it.
            self.anchors.insert(anchor, None);
        }
        self.open.push(Open {
            start,
            anchor,
            is_map,
            nodes: Vec::new(),
        });
    }

    fn finish(&mut self, end: granit_parser::Span) {
        let Some(open) = self.open.pop() else { return };
        let depth = 1 + open.nodes.iter().map(|n| n.depth).max().unwrap_or(0);
        if depth > DEEPEST {
            self.fault(
                open.start,
                format!("nested deeper than {DEEPEST} levels"),
                "a plan needs six",
            );
            let node = self.broken(open.start);
            return self.place(node, open.anchor);
        }
        let size = open
            .nodes
            .iter()
            .fold(1_u64, |sum, n| sum.saturating_add(n.size));
        let mut span = self.span(open.start);
        match open.nodes.first() {
            // A block collection has no mark of its own: its first child stands for it.
            Some(first) if open.start.start.index() == open.start.end.index() => span = first.span,
            _ => {
                span.end_line = end.end.line() + self.line_offset;
                span.end_column = end.end.col() + 1;
            }
        }
        let kind = if open.is_map {
            Kind::Map(pairs(open.nodes))
        } else {
            Kind::List(open.nodes)
        };
        self.place(
            Rc::new(Node {
                span,
                kind,
                size,
                depth,
            }),
            open.anchor,
        );
    }

    fn alias(&mut self, id: usize, span: granit_parser::Span) {
        let node = match self.anchors.get(&id) {
            Some(Some(node)) => Rc::clone(node),
            _ => {
                self.fault(
                    span,
                    "this alias contains itself".to_owned(),
                    "write the value out",
                );
                self.broken(span)
            }
        };
        let before = self.aliased;
        self.aliased = before.saturating_add(node.size);
        if self.aliased <= MOST_ALIASED {
            return self.place(node, 0);
        }
        if before <= MOST_ALIASED {
            let message =
                format!("aliases blow this document up to more than {MOST_ALIASED} values");
            self.fault(span, message, "write the values out");
        }
        let node = self.broken(span);
        self.place(node, 0);
    }

    fn place(&mut self, node: Rc<Node>, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, Some(Rc::clone(&node)));
        }
        match self.open.last_mut() {
            Some(open) => open.nodes.push(node),
            None => self.current.root = Some(node),
        }
    }

    fn note_tag(&mut self, tagged: bool, span: granit_parser::Span) {
        if tagged {
            self.fault(
                span,
                "tags are not read here".to_owned(),
                "remove the word that begins with !",
            );
        }
    }

    fn fault(&mut self, span: granit_parser::Span, message: String, remedy: &'static str) {
        let span = self.span(span);
        self.current.faults.push(Fault {
            span,
            message,
            remedy,
        });
    }

    fn broken(&self, span: granit_parser::Span) -> Rc<Node> {
        self.leaf(Kind::Broken, span)
    }

    fn leaf(&self, kind: Kind, span: granit_parser::Span) -> Rc<Node> {
        Rc::new(Node {
            span: self.span(span),
            kind,
            size: 1,
            depth: 1,
        })
    }

    fn span(&self, span: granit_parser::Span) -> Span {
        Span {
            line: span.start.line() + self.line_offset,
            column: span.start.col() + 1,
            end_line: span.end.line() + self.line_offset,
            end_column: span.end.col() + 1,
        }
    }
}

fn pairs(nodes: Vec<Rc<Node>>) -> Vec<(Rc<Node>, Rc<Node>)> {
    let mut nodes = nodes.into_iter();
    let mut pairs = Vec::new();
    while let (Some(key), Some(value)) = (nodes.next(), nodes.next()) {
        pairs.push((key, value));
    }
    pairs
}
