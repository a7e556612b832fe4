//! What daemons of one journal agree on about those who log in to their pages: the key that log-ins are signed with, and which
//! of them are over before their time.
//!
//! What must not be here: what a log-in looks like, and whom it lets do what. Nothing of this is the leader's: whoever stands
//! by takes log-ins as well, so these items are written without the fence that all others pass.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Durability, Error, Expect, Journal, Write,
    history::all,
    record::{decode, encode},
};

const KEY: &str = "visitors/key";
const OVER: &str = "visitors/over/";

/// What several daemons, or a daemon before and after its restart, share of their visitors. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Visitors(Arc<dyn Journal>);

#[derive(Serialize, Deserialize)]
struct Key {
    hex: String,
}

#[derive(Serialize, Deserialize)]
struct Over {
    until: Timestamp,
}

impl Visitors {
    /// Of whoever has this journal.
    #[must_use]
    pub fn new(journal: Arc<dyn Journal>) -> Self {
        Self(journal)
    }

    /// The key that all sign with: the one that is there, or else this one, in hex.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub async fn key(&self, proposed: &str) -> Result<String, Error> {
        if let Some(there) = self.0.get(KEY).await? {
            return Ok(decode::<Key>(&there)?.hex);
        }
        let hex = proposed.to_owned();
        let put = Write::put(KEY, Expect::Absent, encode(KEY, &Key { hex })?);
        match self.0.write(&[put], Durability::Now).await {
            Ok(()) => Ok(proposed.to_owned()),
            // Another daemon was first.
            Err(Error::Conflict { .. }) => match self.0.get(KEY).await? {
                Some(there) => Ok(decode::<Key>(&there)?.hex),
                None => Ok(proposed.to_owned()),
            },
            Err(error) => Err(error),
        }
    }

    /// A log-in is over, though it would have lasted until then.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub async fn end(&self, id: &str, until: Timestamp) -> Result<(), Error> {
        let key = format!("{OVER}{id}");
        let put = Write {
            expires: Some(until),
            ..Write::put(&*key, Expect::Anything, encode(&key, &Over { until })?)
        };
        self.0.write(&[put], Durability::Now).await
    }

    /// Log-ins that are over before their time. Those whose time has come are taken out.
    ///
    /// # Errors
    /// The journal cannot be read or written.
    pub async fn over(&self, now: Timestamp) -> Result<BTreeMap<String, Timestamp>, Error> {
        let mut over = BTreeMap::new();
        let mut done = Vec::new();
        for item in all(&*self.0, OVER).await? {
            let Over { until } = decode(&item)?;
            if until > now {
                let id = item.key.strip_prefix(OVER).unwrap_or_default();
                over.insert(id.to_owned(), until);
            } else if !self.0.forgets() && done.len() < super::MOST_WRITES {
                done.push(Write::delete(item.key, Expect::Anything));
            }
        }
        if !done.is_empty() {
            self.0.write(&done, Durability::Soon).await?;
        }
        Ok(over)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Memory, *};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[tokio::test]
    async fn whoever_comes_first_says_which_key_it_is() {
        let journal: Arc<dyn Journal> = Arc::new(Memory::new().unwrap());
        let (one, other) = (Visitors::new(Arc::clone(&journal)), Visitors::new(journal));
        assert_eq!(one.key("aa").await.unwrap(), "aa");
        assert_eq!(other.key("bb").await.unwrap(), "aa");
        assert_eq!(one.key("cc").await.unwrap(), "aa");
    }

    #[tokio::test]
    async fn what_is_over_is_known_to_all_until_its_time_had_come() {
        let journal: Arc<dyn Journal> = Arc::new(Memory::new().unwrap());
        let (one, other) = (
            Visitors::new(Arc::clone(&journal)),
            Visitors::new(Arc::clone(&journal)),
        );
        one.end("a", at(10)).await.unwrap();
        one.end("b", at(20)).await.unwrap();
        let over = other.over(at(10)).await.unwrap();
        assert_eq!(over, BTreeMap::from([("b".to_owned(), at(20))]));
        assert!(journal.get("visitors/over/a").await.unwrap().is_none());
    }
}
