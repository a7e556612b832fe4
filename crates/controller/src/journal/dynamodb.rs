//! The journal in a DynamoDB table, for several daemons of which one at a time writes.
//!
//! What belongs here: how items become rows, and the fence that every write passes. What must not: who may write (the
//! lease's matter).
//!
//! A table may hold several journals: each has a prefix of its own. The table is made by whoever deploys; here it is only
//! looked at.

use std::sync::atomic::{AtomicU64, Ordering};

use sixshift_aws::store::{Change, Condition, Key, Row, Shape, Table, TableError, Value};

use super::{Answer, Durability, Error, Expect, Item, Journal, Query, Write, check};

/// The attribute after whose time DynamoDB forgets a row.
pub(crate) const EXPIRES: &str = "expires";
const VALUE: &str = "value";
const VERSION: &str = "version";
const EPOCH: &str = "epoch";
/// Behind every key that begins with a prefix.
const LAST: char = '\u{10FFFF}';

/// Which table, and what in it is one installation's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableAt {
    /// Its name.
    pub table: String,
    /// Its region; the environment's where none is given.
    pub region: Option<String>,
    /// What the partitions of an installation begin with.
    pub prefix: String,
}

impl TableAt {
    pub(crate) async fn open(&self) -> Table {
        Table::from_environment(&self.table, self.region.as_deref()).await
    }
}

/// A journal in a table.
#[derive(Debug)]
pub struct DynamoDb {
    table: Table,
    partition: String,
    fence: Key,
    /// Whose writes these are; 0: there is no lease.
    epoch: AtomicU64,
}

impl DynamoDb {
    /// The journal in a table, with the environment's credentials.
    pub async fn open(at: &TableAt) -> Self {
        Self::new(at.open().await, &at.prefix)
    }

    /// The journal with this prefix in a table.
    #[must_use]
    pub fn new(table: Table, prefix: &str) -> Self {
        let fence = Key {
            partition: format!("{prefix}:lease"),
            sort: "fence".to_owned(),
        };
        Self {
            table,
            partition: format!("{prefix}:journal"),
            fence,
            epoch: AtomicU64::new(0),
        }
    }

    /// The same journal for what is not the leader's alone: no fence is before it.
    #[must_use]
    pub fn unfenced(&self) -> Self {
        Self {
            table: self.table.clone(),
            partition: self.partition.clone(),
            fence: self.fence.clone(),
            epoch: AtomicU64::new(0),
        }
    }

    /// Whether the table is made as a journal's is. Nothing in it is changed or repaired.
    ///
    /// # Errors
    /// What is wrong with it, or that DynamoDB does not say.
    pub async fn fits(&self) -> Result<(), Error> {
        let shape = self.table.shape().await.map_err(failed("read"))?;
        match wrong(&shape) {
            None => Ok(()),
            Some(what) => Err(Error::Shape {
                table: self.table.name().to_owned(),
                what,
            }),
        }
    }

    /// Whether what a journal needs is allowed: each call is made once, and what would write has a condition that never
    /// holds. IAM's answer comes before DynamoDB's.
    ///
    /// # Errors
    /// What is not allowed, or that DynamoDB did not answer.
    pub async fn permits(&self) -> Result<(), Error> {
        let anything = Query {
            prefix: "plan/".to_owned(),
            after: None,
            descending: false,
            limit: 1,
        };
        self.get("journal").await?;
        self.query(&anything).await?;
        let never = || Condition::Equal(Row::from([(VERSION.to_owned(), Value::Number(0))]));
        let changes = [
            Change::Set {
                key: self.key("doctor/set"),
                set: Row::new(),
                counts: &[VERSION],
                when: never(),
            },
            Change::Delete {
                key: self.key("doctor/delete"),
                when: never(),
            },
            Change::Check {
                key: self.fence.clone(),
                when: never(),
            },
        ];
        match self.table.change(&changes).await {
            Ok(()) | Err(TableError::Condition { .. }) => Ok(()),
            Err(error) => Err(failed("write")(error)),
        }
    }

    fn key(&self, key: &str) -> Key {
        Key {
            partition: self.partition.clone(),
            sort: key.to_owned(),
        }
    }

    fn change(&self, write: &Write, epoch: u64) -> Change {
        let key = self.key(&write.key);
        let when = match write.expect {
            Expect::Anything => Condition::Always,
            Expect::Absent => Condition::Absent,
            Expect::Version(version) => {
                let version = (VERSION.to_owned(), Value::Number(version));
                Condition::Equal(Row::from([version]))
            }
        };
        let Some(value) = &write.value else {
            return Change::Delete { key, when };
        };
        let mut set = Row::from([
            (VALUE.to_owned(), Value::Bytes(value.clone())),
            (EPOCH.to_owned(), Value::Number(epoch)),
        ]);
        let expires = write.expires.map(|at| at.as_second());
        if let Some(at) = expires.and_then(|at| u64::try_from(at).ok()) {
            set.insert(EXPIRES.to_owned(), Value::Number(at));
        }
        Change::Set {
            key,
            set,
            counts: &[VERSION],
            when,
        }
    }

    async fn written(&self, writes: &[Write]) -> Result<(), Error> {
        check(writes)?;
        if writes.is_empty() {
            return Ok(());
        }
        let epoch = self.epoch.load(Ordering::Relaxed);
        let changes = writes.iter().map(|write| self.change(write, epoch));
        let mut changes: Vec<Change> = changes.collect();
        if epoch > 0 {
            changes.push(Change::Check {
                key: self.fence.clone(),
                when: Condition::Equal(Row::from([(EPOCH.to_owned(), Value::Number(epoch))])),
            });
        }
        match self.table.change(&changes).await {
            Ok(()) => Ok(()),
            Err(TableError::Condition { change, found }) => match writes.get(change) {
                Some(write) => Err(Error::Conflict {
                    key: write.key.clone(),
                    expected: write.expect,
                    found: found.map(|row| number(&row, VERSION)),
                }),
                None => Err(Error::Fenced { epoch }),
            },
            Err(error) => Err(failed("write")(error)),
        }
    }

    async fn queried(&self, query: &Query) -> Result<Vec<Item>, Error> {
        // No key is empty, and DynamoDB takes no empty string for one.
        let first = Some(query.prefix.clone()).filter(|p| !p.is_empty());
        let first = first.unwrap_or_else(|| "\0".to_owned());
        let last = format!("{}{LAST}", query.prefix);
        let (first, last) = match &query.after {
            Some(after) if !query.descending && *after >= first => (after.clone(), last),
            Some(after) if query.descending && *after <= last => (first, after.clone()),
            _ => (first, last),
        };
        if first > last || query.limit == 0 {
            return Ok(Vec::new());
        }
        // The range has its ends in it, and what comes behind a key is asked for.
        let limit = query.limit.saturating_add(1);
        let range = (first.as_str(), last.as_str());
        let rows = self
            .table
            .query(&self.partition, range, query.descending, limit)
            .await
            .map_err(failed("read"))?;
        let items = rows.into_iter().map(item);
        let items = items.filter(|item| query.after.as_ref() != Some(&item.key));
        Ok(items.take(query.limit).collect())
    }
}

impl Journal for DynamoDb {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Item>> {
        Box::pin(async move {
            let row = self.table.get(&self.key(key)).await;
            Ok(row.map_err(failed("read"))?.map(item))
        })
    }

    fn query<'a>(&'a self, query: &'a Query) -> Answer<'a, Vec<Item>> {
        Box::pin(self.queried(query))
    }

    /// Every write outlives a crash as soon as it is answered.
    fn write<'a>(&'a self, writes: &'a [Write], _: Durability) -> Answer<'a, ()> {
        Box::pin(self.written(writes))
    }

    fn settle(&self) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn fence(&self, epoch: u64) -> Answer<'_, ()> {
        Box::pin(async move {
            let raise = Change::Set {
                key: self.fence.clone(),
                set: Row::from([(EPOCH.to_owned(), Value::Number(epoch))]),
                counts: &[],
                when: Condition::AbsentOrAtMost(EPOCH, epoch),
            };
            match self.table.change(&[raise]).await {
                Ok(()) => {
                    self.epoch.store(epoch, Ordering::Relaxed);
                    Ok(())
                }
                Err(TableError::Condition { .. }) => Err(Error::Fenced { epoch }),
                Err(error) => Err(failed("write")(error)),
            }
        })
    }

    fn forgets(&self) -> bool {
        true
    }
}

/// What stands against a table; nothing where it is made as a journal's.
fn wrong(shape: &Shape) -> Option<String> {
    let key = |(name, kind): &(String, String)| format!("{name:?} of type {kind}");
    let is = |found: &(String, String), name: &str| found.0 == name && found.1 == "S";
    if !is(&shape.partition, "pk") {
        let found = key(&shape.partition);
        return Some(format!(
            "its partition key is {found}, and must be \"pk\" of type S"
        ));
    }
    match &shape.sort {
        None => Some("it has no sort key, and must have \"sk\" of type S".to_owned()),
        Some(sort) if !is(sort, "sk") => {
            let found = key(sort);
            Some(format!(
                "its sort key is {found}, and must be \"sk\" of type S"
            ))
        }
        Some(_) if !shape.is_active => Some("it is not active".to_owned()),
        Some(_) => match shape.expires.as_deref() {
            Some(EXPIRES) => None,
            Some(other) => Some(format!(
                "its rows expire by {other:?}, and must by {EXPIRES:?}"
            )),
            None => Some(format!(
                "its rows never expire; turn on its time to live by {EXPIRES:?}"
            )),
        },
    }
}

fn item(row: Row) -> Item {
    let version = number(&row, VERSION);
    let mut row = row;
    let key = match row.remove("sk") {
        Some(Value::Text(key)) => key,
        _ => String::new(),
    };
    let value = match row.remove(VALUE) {
        Some(Value::Bytes(value)) => value,
        _ => Vec::new(),
    };
    Item {
        key,
        version,
        value,
    }
}

fn number(row: &Row, name: &str) -> u64 {
    row.get(name).and_then(Value::as_number).unwrap_or(0)
}

fn failed(operation: &'static str) -> impl Fn(TableError) -> Error {
    move |source| Error::Table {
        operation,
        source: Box::new(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, kind: &str) -> (String, String) {
        (name.to_owned(), kind.to_owned())
    }

    #[test]
    fn a_table_of_another_shape_is_refused_with_what_is_wrong() {
        let right = Shape {
            is_active: true,
            partition: key("pk", "S"),
            sort: Some(key("sk", "S")),
            expires: Some(EXPIRES.to_owned()),
        };
        assert_eq!(wrong(&right), None);
        let of = |change: fn(&mut Shape)| {
            let mut shape = right.clone();
            change(&mut shape);
            wrong(&shape).unwrap()
        };
        for (what, part) in [
            (
                of(|s| s.partition = key("LockID", "S")),
                "\"LockID\" of type S",
            ),
            (of(|s| s.partition.1 = "B".to_owned()), "\"pk\" of type B"),
            (of(|s| s.sort = None), "no sort key"),
            (of(|s| s.sort = Some(key("sk", "N"))), "\"sk\" of type N"),
            (of(|s| s.is_active = false), "not active"),
            (of(|s| s.expires = Some("ttl".to_owned())), "\"ttl\""),
            (of(|s| s.expires = None), "never expire"),
        ] {
            assert!(what.contains(part), "{part}: {what}");
        }
    }
}
