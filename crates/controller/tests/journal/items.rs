//! Conditions, prefixes and limits, as every implementation must have them.

use sixshift_controller::journal::{
    Durability, Error, Expect, Item, LARGEST_VALUE, LONGEST_KEY, MOST_WRITES, Query, Write,
};

use crate::{done, get, journal, keys, put, under};

#[test]
fn an_item_has_version_1_and_one_more_with_each_put() {
    let journal = journal();
    put(&*journal, "a", Expect::Absent, "first").unwrap();
    put(&*journal, "a", Expect::Version(1), "second").unwrap();
    put(&*journal, "a", Expect::Anything, "third").unwrap();
    let item = Item {
        key: "a".to_owned(),
        version: 3,
        value: b"third".to_vec(),
    };
    assert_eq!(get(&*journal, "a"), Some(item));
    assert_eq!(get(&*journal, "b"), None);
}

#[test]
fn a_put_whose_condition_does_not_hold_changes_nothing() {
    let journal = journal();
    put(&*journal, "a", Expect::Anything, "mine").unwrap();
    for expect in [Expect::Absent, Expect::Version(2), Expect::Version(0)] {
        let refused = put(&*journal, "a", expect, "theirs").unwrap_err();
        let Error::Conflict { found, .. } = &refused else {
            panic!("{refused}");
        };
        assert_eq!(*found, Some(1));
    }
    let refused = put(&*journal, "b", Expect::Version(1), "theirs").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "cannot write b to the journal: Version(1) was expected, nothing was found; somebody else writes to it"
    );
    assert_eq!(get(&*journal, "a").unwrap().value, b"mine");
    assert_eq!(get(&*journal, "b"), None);
}

#[test]
fn one_condition_that_does_not_hold_stops_all_writes_with_it() {
    let journal = journal();
    put(&*journal, "old", Expect::Anything, "kept").unwrap();
    let writes = [
        Write::put("new", Expect::Absent, "not written"),
        Write::delete("old", Expect::Version(1)),
        Write::put("other", Expect::Version(7), "the wrong one"),
    ];
    let refused = done(journal.write(&writes, Durability::Now)).unwrap_err();
    assert_eq!(refused.kind(), "conflict");
    assert_eq!(keys(&*journal, &under("")), ["old"]);
}

#[test]
fn a_deleted_item_that_is_put_again_begins_anew() {
    let journal = journal();
    put(&*journal, "a", Expect::Anything, "1").unwrap();
    put(&*journal, "a", Expect::Anything, "2").unwrap();
    let delete = |expect| {
        let write = Write::delete("a", expect);
        done(journal.write(&[write], Durability::Now))
    };
    assert_eq!(delete(Expect::Version(1)).unwrap_err().kind(), "conflict");
    delete(Expect::Version(2)).unwrap();
    delete(Expect::Anything).unwrap();
    put(&*journal, "a", Expect::Absent, "3").unwrap();
    assert_eq!(get(&*journal, "a").unwrap().version, 1);
}

#[test]
fn a_prefix_finds_its_own_and_neither_neighbour() {
    let journal = journal();
    for key in [
        "plan",
        "plan-event/a",
        "plan.",
        "plan/",
        "plan/a",
        "plan/ü",
        "plan/\u{10FFFF}",
        "plan0",
        "plao",
    ] {
        put(&*journal, key, Expect::Absent, "").unwrap();
    }
    let mine = ["plan/", "plan/a", "plan/ü", "plan/\u{10FFFF}"];
    assert_eq!(keys(&*journal, &under("plan/")), mine);
    assert_eq!(keys(&*journal, &under("plan/\u{10FFFF}")), [mine[3]]);
    assert_eq!(keys(&*journal, &under("plap")), [""; 0]);
    assert_eq!(keys(&*journal, &under("")).len(), 9);
}

#[test]
fn a_query_goes_on_behind_a_key_both_ways_and_stays_in_its_prefix() {
    let journal = journal();
    for key in ["a/1", "b/1", "b/2", "b/3", "c/1"] {
        put(&*journal, key, Expect::Absent, "").unwrap();
    }
    let asked = |after: &str, descending, limit| {
        let query = Query {
            after: Some(after.to_owned()),
            descending,
            limit,
            ..under("b/")
        };
        keys(&*journal, &query)
    };
    assert_eq!(asked("b/1", false, 9), ["b/2", "b/3"]);
    assert_eq!(asked("b/1", false, 1), ["b/2"]);
    assert_eq!(asked("b/2x", false, 9), ["b/3"]);
    assert_eq!(asked("b/3", false, 9), [""; 0]);
    assert_eq!(asked("a/9", false, 9), ["b/1", "b/2", "b/3"]);
    assert_eq!(asked("c/1", false, 9), [""; 0]);
    assert_eq!(asked("b/3", true, 9), ["b/2", "b/1"]);
    assert_eq!(asked("b/3", true, 1), ["b/2"]);
    assert_eq!(asked("c/1", true, 9), ["b/3", "b/2", "b/1"]);
    assert_eq!(asked("b/1", true, 9), [""; 0]);
    assert_eq!(asked("a/1", true, 9), [""; 0]);
    assert_eq!(asked("b/1", false, 0), [""; 0]);
}

#[test]
fn what_a_table_elsewhere_would_refuse_is_refused_here() {
    let journal = journal();
    let write = |writes: &[Write]| done(journal.write(writes, Durability::Now)).unwrap_err();
    let one = |key: &str, bytes| Write::put(key, Expect::Anything, vec![0; bytes]);

    let many: Vec<_> = (0..=MOST_WRITES).map(|i| one(&i.to_string(), 1)).collect();
    assert!(matches!(write(&many), Error::Writes { .. }));
    assert!(matches!(
        write(&[one("a", 1), one("a", 1)]),
        Error::Writes { .. }
    ));
    assert!(matches!(write(&[one("", 1)]), Error::Key { .. }));
    assert!(matches!(
        write(&[one(&"k".repeat(LONGEST_KEY + 1), 1)]),
        Error::Key { .. }
    ));
    assert!(matches!(
        write(&[one("a", LARGEST_VALUE + 1)]),
        Error::TooLarge { .. }
    ));
    assert_eq!(keys(&*journal, &under("")), [""; 0]);

    let largest = one(&"k".repeat(LONGEST_KEY), LARGEST_VALUE);
    done(journal.write(&[largest], Durability::Now)).unwrap();
    done(journal.write(&many[..MOST_WRITES], Durability::Now)).unwrap();
    assert_eq!(keys(&*journal, &under("")).len(), MOST_WRITES + 1);
}
