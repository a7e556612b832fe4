//! Two descriptions of the region's beside each other.
//!
//! What belongs here: where they differ, and whether a table explains it. What must not: the table.

use std::collections::BTreeSet;

use sixshift_core::plan::Plan;
use sixshift_sim::Value;

/// A place in which a twin may differ, and what holds there of the plan, the original's value and the twin's.
pub(super) type Allowed = (&'static str, fn(&Plan, &Value, &Value) -> bool);

/// A twin and its original, and where they may differ.
pub(super) struct Beside<'a> {
    pub(super) what: String,
    pub(super) plan: &'a Plan,
    pub(super) table: &'static [Allowed],
}

impl Beside<'_> {
    /// Each difference is in the table, and is what the table says.
    pub(super) fn explain(&self, old: &Value, new: &Value) {
        self.compare("", old, new);
    }

    fn compare(&self, at: &str, old: &Value, new: &Value) {
        let allowed = self.table.iter().find(|(place, _)| *place == at);
        let holds = allowed.is_some_and(|(_, holds)| holds(self.plan, old, new));
        match (old, new) {
            _ if holds || old == new || is_nothing(old) && is_nothing(new) => {}
            (Value::Map(_), Value::Map(_)) if allowed.is_none() => {
                let names = old.fields().iter().chain(new.fields());
                let names: BTreeSet<&String> = names.map(|(name, _)| name).collect();
                for name in names {
                    let place = if at.is_empty() {
                        name.clone()
                    } else {
                        format!("{at}.{name}")
                    };
                    self.compare(&place, old.get(name), new.get(name));
                }
            }
            (Value::List(a), Value::List(b)) if allowed.is_none() && a.len() == b.len() => {
                for (old, new) in a.iter().zip(b) {
                    self.compare(&format!("{at}[]"), old, new);
                }
            }
            _ => panic!(
                "{}: {at} is {new:?} in the twin, and {old:?} in the original",
                self.what
            ),
        }
    }
}

/// An empty list or map says as much as none.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(items) => items.is_empty(),
        Value::Map(fields) => fields.is_empty(),
        _ => false,
    }
}
