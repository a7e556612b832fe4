//! Documents by kind, in the order in which they were put up: of services of which the region keeps what it is told.
//!
//! What must not be here: what a kind's documents say.

use std::collections::BTreeMap;

use crate::Value;

/// All documents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shelf(BTreeMap<&'static str, Vec<Value>>);

impl Shelf {
    /// The documents of a kind.
    pub fn all(&self, kind: &str) -> &[Value] {
        self.0.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The first document of a kind of which a member has this text.
    pub fn find(&self, kind: &str, member: &str, is: &str) -> Option<&Value> {
        self.all(kind)
            .iter()
            .find(|d| d.get(member).as_str() == Some(is))
    }

    /// The same, to change it.
    pub fn find_mut(&mut self, kind: &str, member: &str, is: &str) -> Option<&mut Value> {
        let all = self.0.get_mut(kind)?;
        all.iter_mut().find(|d| d.get(member).as_str() == Some(is))
    }

    /// Puts a document up.
    pub fn put(&mut self, kind: &'static str, document: Value) {
        self.0.entry(kind).or_default().push(document);
    }

    /// Takes the documents of a kind down that are not to stay; says how many.
    pub fn retain(&mut self, kind: &str, stays: impl Fn(&Value) -> bool) -> usize {
        let Some(all) = self.0.get_mut(kind) else {
            return 0;
        };
        let before = all.len();
        all.retain(stays);
        before - all.len()
    }
}
