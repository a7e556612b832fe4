//! AWS's XML answers as they are on the wire, and the forms that they become again.
//!
//! What belongs here: a tree of elements, members that the SDK does not know included, read and written. What must not: what
//! a document says.

use aws_smithy_types::error::ErrorMetadata;
use quick_xml::{
    Reader,
    escape::resolve_predefined_entity,
    events::{BytesRef, Event},
};
use serde_json::Value;

use crate::signed::escaped;

/// An element: a text, or what is in it, in AWS's order.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Element {
    text: String,
    within: Vec<(String, Self)>,
}

static NOTHING: Element = Element {
    text: String::new(),
    within: Vec::new(),
};

/// Elements that stand for the items of a list and of a map: a form counts them.
const COUNTED: [&str; 2] = ["member", "entry"];
/// What EC2 calls them.
const ITEM: &str = "item";

impl Element {
    /// A text.
    pub(crate) fn of(text: impl ToString) -> Self {
        Self {
            text: text.to_string(),
            within: Vec::new(),
        }
    }

    /// A list.
    pub(crate) fn list(items: impl IntoIterator<Item = Self>) -> Self {
        let member = |item| (COUNTED[0].to_owned(), item);
        Self {
            text: String::new(),
            within: items.into_iter().map(member).collect(),
        }
    }

    /// The outermost element of an answer; an empty one where it cannot be read.
    pub(crate) fn read(answer: &[u8]) -> Self {
        Self::parse(answer).map_or_else(Self::default, |(_, root)| root)
    }

    /// The outermost element of an answer, with its name; `None` where it is not well-formed.
    pub(crate) fn parse(answer: &[u8]) -> Option<(String, Self)> {
        let mut reader = Reader::from_str(std::str::from_utf8(answer).ok()?);
        reader.config_mut().expand_empty_elements = true;
        // The innermost element is the last; the first holds the root.
        let mut open = vec![(String::new(), Self::default())];
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    let name = start.local_name().as_ref().to_owned();
                    open.push((name, Self::default()));
                }
                Event::End(_) => {
                    let (name, mut element) = open.pop()?;
                    // Space between elements says nothing.
                    if !element.within.is_empty() {
                        element.text.clear();
                    }
                    open.last_mut()?.1.within.push((name, element));
                }
                Event::Text(part) => open.last_mut()?.1.text += &part,
                Event::CData(part) => open.last_mut()?.1.text += &part,
                Event::GeneralRef(entity) => open.last_mut()?.1.text += &meant(&entity)?,
                Event::Eof => break,
                _ => {}
            }
        }
        let (_, whole) = open.pop()?;
        whole.within.into_iter().next().filter(|_| open.is_empty())
    }

    /// What is in it under a name; nothing where there is none.
    pub(crate) fn get(&self, name: &str) -> &Self {
        self.all(name).next().unwrap_or(&NOTHING)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.within.iter().any(|(n, _)| n == name)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// As a document of JSON: lists and maps are those, each value is a text, and an element with nothing in it is an empty one.
    pub(crate) fn document(&self) -> Value {
        let is_item = |name: &str| name == COUNTED[0] || name == ITEM;
        match self.within.first() {
            None => Value::from(self.text.as_str()),
            Some(_) if self.names().all(is_item) => self
                .within
                .iter()
                .map(|(_, item)| item.document())
                .collect(),
            Some((name, _)) if name == COUNTED[1] => {
                let entries = self.within.iter().map(|(_, entry)| {
                    let key = entry.get("key").text().to_owned();
                    (key, entry.get("value").document())
                });
                Value::Object(entries.collect())
            }
            Some(_) => {
                let members = self.within.iter();
                Value::Object(members.map(|(k, v)| (k.clone(), v.document())).collect())
            }
        }
    }

    /// The text of what is in it under a name, if there is such a thing.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.all(name).next().map(Self::text)
    }

    /// All that is in it under a name.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &Self> {
        let found = self.within.iter().filter(move |(n, _)| n == name);
        found.map(|(_, element)| element)
    }

    /// The names of what is in it.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.within.iter().map(|(name, _)| name.as_str())
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Self> {
        self.all(COUNTED[0])
    }

    pub(crate) fn items_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        let members = self.within.iter_mut().filter(|(n, _)| n == COUNTED[0]);
        members.map(|(_, item)| item)
    }

    /// What it says as an error of AWS's: `<Code>…</Code><Message>…</Message>`, in whatever it is.
    pub(crate) fn refusal(&self) -> ErrorMetadata {
        let mut metadata = ErrorMetadata::builder();
        if let Some(code) = self.text_of("Code") {
            metadata = metadata.code(code);
        }
        if let Some(message) = self.text_of("Message") {
            metadata = metadata.message(message);
        }
        metadata.build()
    }

    /// Puts it under a name, in place of what is there.
    pub(crate) fn set(&mut self, name: &str, element: Self) {
        match self.within.iter_mut().find(|(n, _)| n == name) {
            Some((_, there)) => *there = element,
            None => self.within.push((name.to_owned(), element)),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.within.retain(|(n, _)| n != name);
    }

    /// Its fields in a form, below a name.
    pub(crate) fn fields(&self, below: &str, form: &mut Vec<(String, String)>) {
        if self.within.is_empty() {
            form.push((below.to_owned(), self.text.clone()));
            return;
        }
        let mut count = 0;
        for (name, element) in &self.within {
            if COUNTED.contains(&name.as_str()) {
                count += 1;
                element.fields(&format!("{below}.{name}.{count}"), form);
            } else {
                element.fields(&format!("{below}.{name}"), form);
            }
        }
    }

    /// The same for every order in which AWS may tell of it; the items of a list keep theirs, but for those under a name.
    pub(crate) fn settled(&self, unordered: &str) -> Self {
        let each = self.within.iter();
        let mut within: Vec<(String, Self)> = each
            .map(|(name, element)| {
                let mut element = element.settled(unordered);
                if name == unordered || element.has(COUNTED[1]) {
                    element.within.sort();
                }
                (name.clone(), element)
            })
            .collect();
        within.sort_by(|(a, _), (b, _)| a.cmp(b));
        Self {
            text: self.text.clone(),
            within,
        }
    }
}

/// The character that an entity stands for: one by its number, or one of the five that XML has by itself.
fn meant(entity: &BytesRef<'_>) -> Option<String> {
    match entity.resolve_char_ref().ok()? {
        Some(character) => Some(character.to_string()),
        None => resolve_predefined_entity(entity).map(str::to_owned),
    }
}

/// A form as a request's body.
pub(crate) fn body(form: &[(String, String)]) -> String {
    let pairs = form
        .iter()
        .map(|(k, v)| format!("{}={}", escaped(k), escaped(v)));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"<?xml version="1.0"?><R xmlns="x"><Rules>
        <member><Query>a=1&amp;b=&#65; c</Query><New><Deep><member>1</member><member>2</member></Deep></New>
        <Extra><entry><key>k</key><value>v</value></entry></Extra><Empty/></member>
    </Rules></R>"#;

    #[test]
    fn what_was_read_becomes_a_form_with_everything_that_was_there() {
        let answer = Element::read(ANSWER.as_bytes());
        let mut form = Vec::new();
        answer.get("Rules").fields("Rules", &mut form);
        assert_eq!(
            body(&form),
            "Rules.member.1.Query=a%3D1%26b%3DA%20c&Rules.member.1.New.Deep.member.1=1\
             &Rules.member.1.New.Deep.member.2=2&Rules.member.1.Extra.entry.1.key=k\
             &Rules.member.1.Extra.entry.1.value=v&Rules.member.1.Empty="
        );
    }

    #[test]
    fn what_cannot_be_read_is_nothing() {
        for broken in ["", "<a>", "<a><b></a>", "<a>&nbsp;</a>", "{}", "\u{fffd}<"] {
            assert_eq!(
                Element::read(broken.as_bytes()),
                Element::default(),
                "{broken}"
            );
        }
    }

    #[test]
    fn what_has_one_name_is_found_as_it_is_written() {
        let text = "<R><Key> a&#10;b </Key><Key><![CDATA[<c>]]></Key><Size/></R>";
        let (name, root) = Element::parse(text.as_bytes()).unwrap();
        assert_eq!(name, "R");
        let keys: Vec<&str> = root.all("Key").map(Element::text).collect();
        assert_eq!(keys, [" a\nb ", "<c>"]);
        assert_eq!(
            (root.text_of("Size"), root.text_of("None")),
            (Some(""), None)
        );
    }

    #[test]
    fn the_order_of_entries_and_of_named_lists_is_no_difference_and_that_of_other_lists_is() {
        let read = |text: &str| Element::read(text.as_bytes()).settled("Groups");
        let member = |n: u8| format!("<member>{n}</member>");
        let list = |name: &str, a, b| format!("<R><{name}>{}{}</{name}></R>", member(a), member(b));
        assert_eq!(read(&list("Groups", 1, 2)), read(&list("Groups", 2, 1)));
        assert_ne!(read(&list("Actions", 1, 2)), read(&list("Actions", 2, 1)));
        assert_eq!(
            read("<R><a>1</a><b>2</b></R>"),
            read("<R><b>2</b><a>1</a></R>")
        );
        assert_eq!(
            read("<R><M><entry>1</entry><entry>2</entry></M></R>"),
            read("<R><M><entry>2</entry><entry>1</entry></M></R>")
        );
    }
}
