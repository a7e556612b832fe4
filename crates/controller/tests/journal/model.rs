//! Whatever is done to a journal, it answers as an ordered map does.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sixshift_controller::journal::{Durability, Expect, Item, Query, Write};

use crate::{CASES, done, journal};

type Map = BTreeMap<String, (u64, Vec<u8>)>;

#[derive(Clone, Debug)]
enum Step {
    Write(Vec<Write>, Durability),
    Get(String),
    Query(Query),
    Settle,
}

/// Few and near each other, so that they meet.
fn key() -> impl Strategy<Value = String> {
    "[ab/ü]{1,3}"
}

fn expect() -> impl Strategy<Value = Expect> {
    prop_oneof![
        Just(Expect::Absent),
        (1..4_u64).prop_map(Expect::Version),
        Just(Expect::Anything),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    let value = proptest::option::weighted(0.7, proptest::collection::vec(any::<u8>(), 0..4));
    (key(), expect(), value).prop_map(|(key, expect, value)| Write {
        key,
        expect,
        value,
        expires: None,
    })
}

fn query() -> impl Strategy<Value = Query> {
    let after = proptest::option::of("[ab/ü]{0,3}");
    ("[ab/ü]{0,2}", after, any::<bool>(), 0..6_usize).prop_map(
        |(prefix, after, descending, limit)| Query {
            prefix,
            after,
            descending,
            limit,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let durability = prop_oneof![Just(Durability::Now), Just(Durability::Soon)];
    let writes = proptest::collection::vec(write(), 1..4);
    prop_oneof![
        4 => (writes, durability).prop_map(|(writes, durability)| Step::Write(writes, durability)),
        1 => key().prop_map(Step::Get),
        3 => query().prop_map(Step::Query),
        1 => Just(Step::Settle),
    ]
}

/// What the map is after these writes; `None`: they are refused.
fn written(map: &Map, writes: &[Write]) -> Option<Map> {
    let mut after = map.clone();
    for (place, write) in writes.iter().enumerate() {
        if writes[..place].iter().any(|other| other.key == write.key) {
            return None;
        }
        let version = map.get(&write.key).map(|(version, _)| *version);
        let holds = match write.expect {
            Expect::Absent => version.is_none(),
            Expect::Version(expected) => version == Some(expected),
            Expect::Anything => true,
        };
        if !holds {
            return None;
        }
        match &write.value {
            Some(value) => {
                let stored = (version.unwrap_or(0) + 1, value.clone());
                after.insert(write.key.clone(), stored);
            }
            None => {
                after.remove(&write.key);
            }
        }
    }
    Some(after)
}

fn item((key, (version, value)): (&String, &(u64, Vec<u8>))) -> Item {
    Item {
        key: key.clone(),
        version: *version,
        value: value.clone(),
    }
}

fn queried(map: &Map, query: &Query) -> Vec<Item> {
    let mut items: Vec<_> = map.iter().map(item).collect();
    if query.descending {
        items.reverse();
    }
    let is_behind = |key: &String| match &query.after {
        Some(after) if query.descending => key < after,
        Some(after) => key > after,
        None => true,
    };
    items.retain(|item| item.key.starts_with(&query.prefix) && is_behind(&item.key));
    items.truncate(query.limit);
    items
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_journal_answers_as_an_ordered_map(steps in proptest::collection::vec(step(), 1..40)) {
        let journal = journal();
        let mut map = Map::new();
        for step in steps {
            match step {
                Step::Write(writes, durability) => {
                    let expected = written(&map, &writes);
                    let answer = done(journal.write(&writes, durability));
                    prop_assert_eq!(answer.is_ok(), expected.is_some());
                    map = expected.unwrap_or(map);
                }
                Step::Get(key) => {
                    let expected = map.get_key_value(&key).map(item);
                    prop_assert_eq!(done(journal.get(&key)).unwrap(), expected);
                }
                Step::Query(query) => {
                    let found = done(journal.query(&query)).unwrap();
                    prop_assert_eq!(found, queried(&map, &query));
                }
                Step::Settle => done(journal.settle()).unwrap(),
            }
        }
    }
}
