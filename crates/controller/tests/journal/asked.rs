//! How the tests ask a journal, whichever it is: [`crate::done`] waits for it.

use sixshift_controller::journal::{Durability, Error, Expect, Item, Journal, Query, Write};

use crate::done;

pub(crate) fn put(
    journal: &dyn Journal,
    key: &str,
    expect: Expect,
    value: &str,
) -> Result<(), Error> {
    let write = Write::put(key, expect, value);
    done(journal.write(&[write], Durability::Now))
}

pub(crate) fn get(journal: &dyn Journal, key: &str) -> Option<Item> {
    done(journal.get(key)).unwrap()
}

pub(crate) fn keys(journal: &dyn Journal, query: &Query) -> Vec<String> {
    let found = done(journal.query(query)).unwrap();
    found.into_iter().map(|item| item.key).collect()
}

pub(crate) fn under(prefix: &str) -> Query {
    Query {
        prefix: prefix.to_owned(),
        after: None,
        descending: false,
        limit: usize::MAX,
    }
}
