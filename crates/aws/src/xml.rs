//! AWS's XML answers as they are on the wire, and the forms that they become again.
//!
//! What belongs here: a tree of elements, members that the SDK does not know included, read and written. What must not: what
//! a document says.

use quick_xml::{Reader, events::Event};
use serde_json::Value;

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
        let Ok(text) = std::str::from_utf8(answer) else {
            return Self::default();
        };
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut open = vec![(String::new(), Self::default())];
        loop {
            match reader.read_event() {
                Ok(Event::Start(start)) => {
                    let name = start.local_name().as_ref().to_owned();
                    open.push((name, Self::default()));
                }
                Ok(Event::End(_)) => {
                    let Some((name, mut element)) = open.pop() else {
                        return Self::default();
                    };
                    // Space between elements says nothing.
                    if !element.within.is_empty() {
                        element.text.clear();
                    }
                    let Some((_, parent)) = open.last_mut() else {
                        return Self::default();
                    };
                    parent.within.push((name, element));
                }
                Ok(Event::Text(part)) => add(&mut open, &part),
                Ok(Event::GeneralRef(reference)) => match reference.resolve_char_ref() {
                    Ok(Some(character)) => add(&mut open, &character.to_string()),
                    _ => add(&mut open, meant(&reference)),
                },
                Ok(Event::Eof) => break,
                Ok(_) => {}
                Err(_) => return Self::default(),
            }
        }
        let whole = open.into_iter().next().map(|(_, whole)| whole);
        let root = whole.and_then(|w| w.within.into_iter().next());
        root.map(|(_, root)| root).unwrap_or_default()
    }

    /// What is in it under a name; nothing where there is none.
    pub(crate) fn get(&self, name: &str) -> &Self {
        let mut found = self.within.iter().filter(|(n, _)| n == name);
        found.next().map_or(&NOTHING, |(_, element)| element)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.within.iter().any(|(n, _)| n == name)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The names of what is in it.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.within.iter().map(|(name, _)| name.as_str())
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Self> {
        let members = self.within.iter().filter(|(n, _)| n == COUNTED[0]);
        members.map(|(_, item)| item)
    }

    pub(crate) fn items_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        let members = self.within.iter_mut().filter(|(n, _)| n == COUNTED[0]);
        members.map(|(_, item)| item)
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

    /// The same as JSON, where texts are texts and an element with nothing in it is an empty one.
    pub(crate) fn document(&self) -> Value {
        if self.within.is_empty() {
            return Value::String(self.text.clone());
        }
        let is_item = |name: &str| name == ITEM || COUNTED.contains(&name);
        let each = self.within.iter().map(|(name, e)| (name, e.document()));
        if self.names().all(is_item) {
            return each.map(|(_, item)| item).collect();
        }
        Value::Object(each.map(|(name, value)| (name.clone(), value)).collect())
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

fn add(open: &mut [(String, Element)], text: &str) {
    if let Some((_, element)) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// The five entities that XML has by itself.
fn meant(entity: &str) -> &str {
    match entity {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "apos" => "'",
        "quot" => "\"",
        _ => "",
    }
}

/// A form as a request's body.
pub(crate) fn body(form: &[(String, String)]) -> String {
    let pairs = form
        .iter()
        .map(|(k, v)| format!("{}={}", spelled(k), spelled(v)));
    pairs.collect::<Vec<_>>().join("&")
}

fn spelled(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
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
        for broken in ["", "<a><b></a>", "{}", "\u{fffd}<"] {
            assert_eq!(
                Element::read(broken.as_bytes()),
                Element::default(),
                "{broken}"
            );
        }
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
