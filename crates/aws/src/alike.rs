//! What many resources have alike, once in memory: services of a fleet are deployed in a few ways, and their target groups differ in
//! few attributes.
//!
//! What belongs here: finding what is there already. What must not: what it says.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use sixshift_core::observation::{Shared, Tags};

/// So many different ones are looked through; more of them are kept apart.
const MOST: usize = 32;

/// Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Alike(Arc<Pools>);

#[derive(Debug, Default)]
struct Pools {
    deployments: Mutex<Vec<Shared<Value>>>,
    attributes: Mutex<Vec<Tags>>,
}

impl Alike {
    /// A service's `deploymentConfiguration`.
    pub(crate) fn deployment(&self, configuration: Value) -> Shared<Value> {
        once(&self.0.deployments, configuration.into())
    }

    /// A target group's attributes.
    pub(crate) fn attributes(&self, attributes: Tags) -> Tags {
        once(&self.0.attributes, attributes)
    }
}

/// The one that is there already, or this one from now on.
fn once<T: Clone + PartialEq>(pool: &Mutex<Vec<Shared<T>>>, new: Shared<T>) -> Shared<T> {
    let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = pool.iter().find(|kept| **kept == new) {
        return same.clone();
    }
    if pool.len() >= MOST {
        pool.retain(|kept| !kept.is_alone());
    }
    if pool.len() < MOST {
        pool.push(new.clone());
    }
    new
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_alike_is_one_and_what_nobody_has_any_more_makes_room() {
        let alike = Alike::default();
        let first = alike.deployment(json!({ "maximumPercent": 200 }));
        let second = alike.deployment(json!({ "maximumPercent": 200 }));
        assert!(first.is_same(&second));
        for percent in 0..200 {
            assert_eq!(*alike.deployment(json!(percent)), json!(percent));
        }
        let third = alike.deployment(json!({ "maximumPercent": 200 }));
        assert!(first.is_same(&third));
        assert!(alike.0.deployments.lock().unwrap().len() <= MOST);
    }
}
