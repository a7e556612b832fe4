//! Reading one value of the tree, with the path to it, so that every mistake says where it is.
//!
//! What belongs here: types of values, unknown and repeated keys, missing fields. What a field of the plan means is its
//! own file's business.

use std::{collections::BTreeSet, rc::Rc, time::Duration};

use serde::{Deserialize, de::value::StrDeserializer};

use super::{
    super::spelling,
    meant::meant,
    sink::Sink,
    suggest::closest,
    tree::{Kind, Node, Span},
    words::words,
};

/// A value and how one gets to it.
#[derive(Clone, Debug)]
pub(super) struct At {
    node: Rc<Node>,
    /// `spec.shift.steps[1]`.
    pub(super) path: String,
    /// Where to point when something inside is missing: the key, or the value where it has none.
    pub(super) handle: Span,
}

impl At {
    pub(super) fn root(node: &Rc<Node>) -> Self {
        Self {
            node: Rc::clone(node),
            path: String::new(),
            handle: node.span,
        }
    }

    pub(super) fn span(&self) -> Span {
        self.node.span
    }

    pub(super) fn report(
        &self,
        sink: &mut Sink<'_>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        sink.report(self.node.span, &self.path, message.into(), remedy.into());
    }

    /// The last part of the path, as it would be written before a value.
    fn field(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// `write weight: 5%`.
    pub(super) fn write(&self, example: &str) -> String {
        match self.field() {
            "" => format!("write {example}"),
            field if field.ends_with(']') => format!("write {example}"),
            field => format!("write {field}: {example}"),
        }
    }

    /// `write it like this: region: eu-central-1`, where only its author knows the value.
    pub(super) fn write_like(&self, example: &str) -> String {
        self.write(example)
            .replacen("write", "write it like this:", 1)
    }

    fn wrong_type(&self, sink: &mut Sink<'_>, wanted: &str, example: &str) {
        if matches!(self.node.kind, Kind::Broken) {
            return;
        }
        let remedy = match (wanted, &self.node.kind) {
            ("text", Kind::Scalar { text, .. }) if !text.is_empty() => {
                self.write(&format!("\"{}\"", clip(text)))
            }
            _ => self.write(example),
        };
        self.report(
            sink,
            format!("{wanted} belongs here, not {}", described(&self.node)),
            remedy,
        );
    }

    /// Text that YAML itself reads as text: a bare `true` or `8080` needs quotes.
    pub(super) fn text(&self, sink: &mut Sink<'_>, example: &str) -> Option<&str> {
        if let Kind::Scalar { text, plain } = &self.node.kind
            && (!plain || resolved(text) == Resolved::Text)
        {
            return Some(text);
        }
        self.wrong_type(sink, "text", example);
        None
    }

    /// Text whose every character is sound.
    pub(super) fn text_like(
        &self,
        sink: &mut Sink<'_>,
        what: &str,
        example: &str,
        sound: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let text = self.text(sink, example)?;
        if sound(text) {
            return Some(text.to_owned());
        }
        self.report(
            sink,
            format!("{} is no {what}", quoted(text)),
            self.write_like(example),
        );
        None
    }

    pub(super) fn flag(&self, sink: &mut Sink<'_>) -> Option<bool> {
        match &self.node.kind {
            Kind::Scalar { text, plain: true } if resolved(text) == Resolved::Truth => {
                return Some(text.eq_ignore_ascii_case("true"));
            }
            _ => self.wrong_type(sink, "true or false", "true"),
        }
        None
    }

    pub(super) fn whole(&self, sink: &mut Sink<'_>, example: &str) -> Option<u64> {
        if let Kind::Scalar { text, plain: true } = &self.node.kind
            && text.bytes().all(|b| b.is_ascii_digit())
            && let Ok(number) = text.parse()
        {
            return Some(number);
        }
        self.wrong_type(sink, "a whole number", example);
        None
    }

    /// Any number that is finite, and not beyond what counts anything.
    pub(super) fn number(&self, sink: &mut Sink<'_>, example: &str) -> Option<f64> {
        const MOST: f64 = 1e15;
        if let Kind::Scalar { text, plain: true } = &self.node.kind
            && let Ok(number) = text.parse::<f64>()
            && (-MOST..=MOST).contains(&number)
        {
            return Some(number);
        }
        self.wrong_type(sink, "a number", example);
        None
    }

    /// Parts per million.
    pub(super) fn percent(&self, sink: &mut Sink<'_>, example: &str) -> Option<u64> {
        self.spelled(sink, "a percentage", example, spelling::percent)
    }

    pub(super) fn duration(&self, sink: &mut Sink<'_>, example: &str) -> Option<Duration> {
        self.spelled(sink, "a duration", example, spelling::duration)
    }

    /// A scalar's text, whatever YAML would take it for.
    pub(super) fn status(&self, sink: &mut Sink<'_>, example: &str) -> Option<String> {
        self.spelled(sink, "a status", example, |text| Some(text.to_owned()))
    }

    pub(super) fn latency(&self, sink: &mut Sink<'_>, example: &str) -> Option<Duration> {
        self.spelled(sink, "a latency", example, spelling::latency)
    }

    fn spelled<T>(
        &self,
        sink: &mut Sink<'_>,
        what: &str,
        example: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let Kind::Scalar { text, .. } = &self.node.kind else {
            self.wrong_type(sink, what, example);
            return None;
        };
        let value = read(text);
        if value.is_none() {
            let found = if text.is_empty() {
                "nothing".to_owned()
            } else {
                quoted(text)
            };
            let meant = meant(text, example, |text| read(text).is_some());
            self.report(
                sink,
                format!("{what} belongs here, not {found}"),
                self.write(meant.as_deref().unwrap_or(example)),
            );
        }
        value
    }

    /// One of an enum's words.
    pub(super) fn word<T>(&self, sink: &mut Sink<'_>) -> Option<T>
    where
        T: for<'de> Deserialize<'de>,
    {
        let read =
            |text: &str| T::deserialize(StrDeserializer::<serde::de::value::Error>::new(text)).ok();
        self.word_of(sink, words::<T>(), read)
    }

    /// One of these words, as far as it can be read.
    pub(super) fn word_of<T>(
        &self,
        sink: &mut Sink<'_>,
        words: &[&str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let all = words.join(", ");
        let Kind::Scalar { text, .. } = &self.node.kind else {
            self.wrong_type(sink, "a word", &words.join(" or "));
            return None;
        };
        if let Some(value) = read(text) {
            return Some(value);
        }
        let remedy = match closest(text, words.iter().copied()) {
            Some(word) => format!("{} (one of {all})", self.write(word)),
            None => format!("write one of {all}"),
        };
        let found = if text.is_empty() {
            "nothing".to_owned()
        } else {
            quoted(text)
        };
        self.report(
            sink,
            format!("{found} is none of the words that belong here"),
            remedy,
        );
        None
    }

    pub(super) fn list(&self, sink: &mut Sink<'_>, example: &str) -> Option<Vec<At>> {
        let Kind::List(nodes) = &self.node.kind else {
            self.wrong_type(sink, "a list", example);
            return None;
        };
        Some(self.items(nodes).collect())
    }

    /// The items of a list, without any complaint.
    pub(super) fn items_of(&self) -> Option<Vec<At>> {
        match &self.node.kind {
            Kind::List(nodes) => Some(self.items(nodes).collect()),
            _ => None,
        }
    }

    fn items<'n>(&self, nodes: &'n [Rc<Node>]) -> impl Iterator<Item = At> + use<'n> {
        let path = self.path.clone();
        nodes.iter().enumerate().map(move |(i, node)| At {
            node: Rc::clone(node),
            path: format!("{path}[{i}]"),
            handle: node.span,
        })
    }

    /// The fields of a map; repeated keys and keys that are no text are reported.
    pub(super) fn fields(&self, sink: &mut Sink<'_>, example: &str) -> Option<Fields> {
        let Kind::Map(pairs) = &self.node.kind else {
            self.wrong_type(sink, "a map", example);
            return None;
        };
        let mut seen = BTreeSet::new();
        let mut fields = Vec::new();
        for (key, value) in pairs {
            let Kind::Scalar { text, .. } = &key.kind else {
                if matches!(key.kind, Kind::Broken) {
                    continue;
                }
                sink.report(
                    key.span,
                    &self.path,
                    "a key must be text".into(),
                    "write one word before the colon".into(),
                );
                continue;
            };
            let at = At {
                node: Rc::clone(value),
                path: join(&self.path, text),
                handle: key.span,
            };
            if !seen.insert(text.clone()) {
                let message = format!("the key {} stands here twice", quoted(text));
                sink.report(key.span, &at.path, message, "remove one of them".to_owned());
                continue;
            }
            fields.push((text.clone(), at));
        }
        let fields = Fields {
            path: self.path.clone(),
            handle: self.handle,
            fields,
            asked: Vec::new(),
        };
        Some(fields)
    }

    /// A field's text without any complaint, to find out what a document is.
    pub(super) fn peek(&self, key: &str) -> Option<At> {
        let Kind::Map(pairs) = &self.node.kind else {
            return None;
        };
        let (key_node, value) = pairs
            .iter()
            .find(|(k, _)| matches!(&k.kind, Kind::Scalar { text, .. } if text == key))?;
        Some(At {
            node: Rc::clone(value),
            path: join(&self.path, key),
            handle: key_node.span,
        })
    }

    /// What stands at a path, or the last thing on the way to it that there is.
    pub(super) fn nearest(self, path: &str) -> At {
        let is_on_the_way = |at: &At| {
            path.strip_prefix(&at.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let next = match &self.node.kind {
            Kind::List(nodes) => self.items(nodes).find(is_on_the_way),
            Kind::Map(pairs) => pairs
                .iter()
                .filter_map(|(key, _)| match &key.kind {
                    Kind::Scalar { text, .. } => self.peek(text),
                    _ => None,
                })
                .find(is_on_the_way),
            _ => None,
        };
        match next {
            Some(next) => next.nearest(path),
            None => self,
        }
    }

    /// Whether YAML reads it as nothing.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(&self.node.kind, Kind::Scalar { text, plain: true } if resolved(text) == Resolved::Nothing)
    }

    pub(super) fn is_empty_list(&self) -> bool {
        matches!(&self.node.kind, Kind::List(nodes) if nodes.is_empty())
    }

    /// The text of any scalar, without any complaint.
    pub(super) fn peek_text(&self) -> Option<&str> {
        match &self.node.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether some field of this map has a value that begins so.
    pub(super) fn has_value_starting(&self, prefix: &str) -> bool {
        let Kind::Map(pairs) = &self.node.kind else {
            return false;
        };
        pairs
            .iter()
            .any(|(_, v)| matches!(&v.kind, Kind::Scalar { text, .. } if text.starts_with(prefix)))
    }
}

/// A map being read: every key has to be asked for, and what is left over was not meant.
pub(super) struct Fields {
    path: String,
    handle: Span,
    fields: Vec<(String, At)>,
    asked: Vec<String>,
}

impl Fields {
    pub(super) fn optional(&mut self, key: &str) -> Option<At> {
        self.asked.push(key.to_owned());
        self.refused(key)
    }

    /// A field that is refused with a reason of its own; nobody is told that it belongs here.
    pub(super) fn refused(&mut self, key: &str) -> Option<At> {
        let index = self.fields.iter().position(|(k, _)| k == key)?;
        Some(self.fields.swap_remove(index).1)
    }

    pub(super) fn required(&mut self, sink: &mut Sink<'_>, key: &str, example: &str) -> Option<At> {
        let found = self.optional(key);
        if found.is_none() && !self.is_misspelt(key) {
            let path = join(&self.path, key);
            sink.report(
                self.handle,
                &path,
                format!("{key} is missing"),
                format!("add it, such as {key}: {example}"),
            );
        }
        found
    }

    /// The unknown key will be reported with the right word: once is enough.
    fn is_misspelt(&self, key: &str) -> bool {
        self.fields.iter().any(|(k, _)| closest(k, [key]).is_some())
    }

    /// Reports what nobody asked for.
    pub(super) fn close(mut self, sink: &mut Sink<'_>) {
        self.fields.sort_by_key(|(_, at)| at.handle);
        for (key, at) in &self.fields {
            let known = self.asked.join(", ");
            let remedy = match closest(key, self.asked.iter().map(String::as_str)) {
                _ if key == "<<" => "write the fields out: merge keys are not read".to_owned(),
                Some(word) => format!("write {word}"),
                None => format!("remove it; the keys here are {known}"),
            };
            sink.report(
                at.handle,
                &at.path,
                format!("there is no key {} here", quoted(key)),
                remedy,
            );
        }
    }

    /// How many nobody has asked for yet.
    pub(super) fn left(&self) -> usize {
        self.fields.len()
    }

    /// Every field, for a map whose keys are free.
    pub(super) fn all(self) -> Vec<(String, At)> {
        self.fields
    }
}

fn join(path: &str, key: &str) -> String {
    let simple = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    match (path, simple) {
        ("", true) => key.to_owned(),
        (_, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[{}]", quoted(key)),
    }
}

/// Short, on one line, in quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", clip(text))
}

fn clip(text: &str) -> String {
    let mut clipped: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        clipped.push('…');
    }
    clipped
}

#[derive(PartialEq, Eq)]
enum Resolved {
    Nothing,
    Truth,
    Number,
    Text,
}

/// What YAML's core schema makes of an unquoted word.
fn resolved(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Nothing,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Resolved::Truth,
        _ if is_number(text) => Resolved::Number,
        _ => Resolved::Text,
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let hexadecimal = digits
        .strip_prefix("0x")
        .is_some_and(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
    let octal = digits
        .strip_prefix("0o")
        .is_some_and(|d| d.bytes().all(|b| b.is_ascii_digit()));
    let starts = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let special = matches!(digits, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN");
    hexadecimal || octal || special || (starts && digits.parse::<f64>().is_ok())
}

fn described(node: &Node) -> String {
    match &node.kind {
        Kind::List(_) => "a list".to_owned(),
        Kind::Map(_) => "a map".to_owned(),
        Kind::Broken => "something broken".to_owned(),
        Kind::Scalar { text, plain: false } => format!("the text {}", quoted(text)),
        Kind::Scalar { text, .. } => match resolved(text) {
            Resolved::Nothing => "nothing".to_owned(),
            Resolved::Truth => format!("the truth value {text}"),
            Resolved::Number => format!("the number {}", clip(text)),
            Resolved::Text => format!("the text {}", quoted(text)),
        },
    }
}
