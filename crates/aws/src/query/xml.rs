//! XML as a tree of elements.
//!
//! What belongs here: what AWS's query protocols use of XML. What must not: what an element means.

use quick_xml::{
    Reader,
    escape::resolve_predefined_entity,
    events::{BytesRef, Event},
};

/// An element: its name, its text, and what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The document's root. `None` where it is not well-formed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader::from_str(text);
        // The innermost element is the last; the first holds the root.
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => open.push(Self {
                    name: start.local_name().as_ref().to_owned(),
                    ..Self::default()
                }),
                Event::Empty(empty) => open.last_mut()?.children.push(Self {
                    name: empty.local_name().as_ref().to_owned(),
                    ..Self::default()
                }),
                Event::End(_) => {
                    let done = open.pop()?;
                    open.last_mut()?.children.push(done);
                }
                Event::Text(text) => open.last_mut()?.text += &text,
                Event::CData(data) => open.last_mut()?.text += &data,
                Event::GeneralRef(entity) => open.last_mut()?.text += &resolved(&entity)?,
                Event::Eof => break,
                Event::Decl(_) | Event::PI(_) | Event::DocType(_) | Event::Comment(_) => {}
            }
        }
        match open.pop() {
            Some(document) if open.is_empty() => document.children.into_iter().next(),
            _ => None,
        }
    }

    /// The elements of a name in it.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |c| c.name == name)
    }

    /// The first element of a name in it.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|c| c.name == name)
    }

    /// The text of the first element of a name in it.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|c| c.text.trim())
    }
}

fn resolved(entity: &BytesRef<'_>) -> Option<String> {
    match entity.resolve_char_ref().ok()? {
        Some(c) => Some(c.to_string()),
        None => resolve_predefined_entity(entity).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_whole() {
        let text = "<?xml version=\"1.0\"?>\n<a xmlns=\"u\"><set><item><id>1 &amp; &#50;</id></item><item/></set><b>t</b></a>";
        let root = Element::parse(text).unwrap();
        let items: Vec<_> = root.child("set").unwrap().all("item").collect();
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].text("id"), Some("1 & 2"));
        assert_eq!((root.text("b"), root.text("c")), (Some("t"), None));
    }

    #[test]
    fn what_is_cut_off_is_nothing() {
        for text in ["", "<a>", "<a><b></a>", "<a>&nbsp;</a>", "no xml"] {
            assert_eq!(Element::parse(text), None, "{text}");
        }
    }
}
