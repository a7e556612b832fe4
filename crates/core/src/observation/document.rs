//! A document of AWS's, whole.
//!
//! What belongs here: how it is kept. What must not: what is in it.

use std::{fmt, sync::Arc};

use serde_json::Value;

/// A document as its text: as a tree it takes about ten times the memory, and for most of a migration nobody looks into it.
/// Cheap to clone: clones share the text.
#[derive(Clone)]
pub struct Document(Arc<str>);

impl Document {
    /// As a tree, made anew each time.
    #[must_use]
    pub fn read(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// How long its text is, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.len()
    }

    /// Changes it.
    pub fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        let mut document = self.read();
        change(&mut document);
        *self = Self::from(document);
    }
}

impl From<Value> for Document {
    fn from(document: Value) -> Self {
        Self(document.to_string().into())
    }
}

impl Default for Document {
    fn default() -> Self {
        Self::from(Value::Null)
    }
}

/// Whatever the order of their members.
impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.read() == other.read()
    }
}

impl Eq for Document {}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_read_as_it_was_and_the_order_of_members_is_no_difference() {
        let whole = json!({ "b": [1, 2.5, null, "x\"y"], "a": { "c": true, "d": -7 } });
        let document = Document::from(whole.clone());
        assert_eq!(document.read(), whole);
        assert_eq!(document.bytes(), whole.to_string().len());
        let turned = json!({ "a": { "d": -7, "c": true }, "b": [1, 2.5, null, "x\"y"] });
        assert_eq!(document, turned.into());
        assert_ne!(document, Document::default());
    }

    #[test]
    fn what_is_edited_leaves_its_clones_as_they_were() {
        let mut document = Document::from(json!({ "a": 1 }));
        let before = document.clone();
        document.edit(|d| d["a"] = json!(2));
        assert_eq!(
            (document.read(), before.read()),
            (json!({ "a": 2 }), json!({ "a": 1 }))
        );
    }
}
