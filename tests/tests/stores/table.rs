//! A table that somebody made for something else, or otherwise than the templates do: refused by whatever looks at it, with what
//! to do, and never repaired.

use std::process::Stdio;

use serde_json::{Value, json};
use sixshift_tests::binary;

use crate::{
    denied::{key, turn_on},
    moto::Moto,
};

/// How a table is made: partition key, sort key, and the attribute by which rows expire.
struct Made {
    name: &'static str,
    keys: &'static [(&'static str, &'static str)],
    expires: Option<&'static str>,
    /// What is said of it.
    wrong: &'static str,
}

const TABLES: [Made; 6] = [
    Made {
        name: "locks",
        keys: &[("LockID", "S")],
        expires: None,
        wrong: "its partition key is \"LockID\" of type S, and must be \"pk\" of type S",
    },
    Made {
        name: "bytes",
        keys: &[("pk", "B"), ("sk", "S")],
        expires: Some("expires"),
        wrong: "its partition key is \"pk\" of type B",
    },
    Made {
        name: "no-sort-key",
        keys: &[("pk", "S")],
        expires: Some("expires"),
        wrong: "it has no sort key, and must have \"sk\" of type S",
    },
    Made {
        name: "numbers",
        keys: &[("pk", "S"), ("sk", "N")],
        expires: Some("expires"),
        wrong: "its sort key is \"sk\" of type N",
    },
    Made {
        name: "for-ever",
        keys: &[("pk", "S"), ("sk", "S")],
        expires: None,
        wrong: "its rows never expire; turn on its time to live by \"expires\"",
    },
    Made {
        name: "by-another-word",
        keys: &[("pk", "S"), ("sk", "S")],
        expires: Some("ttl"),
        wrong: "its rows expire by \"ttl\", and must by \"expires\"",
    },
];

fn make(moto: &Moto, made: &Made) {
    let attribute =
        |(name, kind): &(&str, &str)| json!({ "AttributeName": name, "AttributeType": kind });
    let key = |((name, _), role): (&(&str, &str), &str)| json!({ "AttributeName": name, "KeyType": role });
    let table = json!({
        "TableName": made.name,
        "AttributeDefinitions": made.keys.iter().map(attribute).collect::<Vec<Value>>(),
        "KeySchema": made.keys.iter().zip(["HASH", "RANGE"]).map(key).collect::<Vec<Value>>(),
        "BillingMode": "PAY_PER_REQUEST",
    });
    moto.call("dynamodb", "create_table", table);
    if let Some(by) = made.expires {
        let ttl = json!({
            "TableName": made.name,
            "TimeToLiveSpecification": { "Enabled": true, "AttributeName": by },
        });
        moto.call("dynamodb", "update_time_to_live", ttl);
    }
}

/// All that can be read of a table.
fn looks(moto: &Moto, name: &str) -> [Value; 3] {
    let asked = json!({ "TableName": name });
    ["describe_table", "describe_time_to_live", "scan"].map(|call| {
        let mut seen = moto.call("dynamodb", call, asked.clone());
        if let Some(seen) = seen.as_object_mut() {
            seen.remove("ResponseMetadata");
        }
        seen
    })
}

/// What a verb says of settings, and how it ends.
fn said(moto: &Moto, verb: &[&str], journal: &str) -> (Option<i32>, String) {
    said_to(moto, verb, journal, ("AKIDEXAMPLE", "not-a-secret"))
}

/// The same for whoever has this key.
fn said_to(
    moto: &Moto,
    verb: &[&str],
    journal: &str,
    (key, secret): (&str, &str),
) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("plans")).unwrap();
    let settings = format!(
        "apiVersion: sixshift/v1\nkind: Settings\nsource: {{ dir: {{ path: plans }} }}\nlisten: ['127.0.0.1:0']\n{journal}"
    );
    let mut command = moto.program(&binary().unwrap_or_else(|e| panic!("{e}")));
    let output = command
        .current_dir(folder.path())
        .args(verb)
        .args(["--config", "env:SETTINGS"])
        .env("SETTINGS", settings)
        .env("AWS_ACCESS_KEY_ID", key)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    (output.status.code(), text)
}

const VERBS: [(&[&str], i32); 3] = [(&["run"], 1), (&["run", "--check"], 1), (&["doctor"], 3)];

/// What deploy/ makes.
const RIGHT: Made = Made {
    name: "sixshift",
    keys: &[("pk", "S"), ("sk", "S")],
    expires: Some("expires"),
    wrong: "",
};
const REMEDY: &str = "make it as deploy/ does";

/// Each verb ends as it must with these settings, and says all that.
fn refused(moto: &Moto, settings: &str, says: &[&str]) {
    for (verb, code) in VERBS {
        let (ended, text) = said(moto, verb, settings);
        assert_eq!(ended, Some(code), "{verb:?}: {text}");
        for words in says {
            assert!(text.contains(words), "{words} {verb:?}: {text}");
        }
    }
}

#[test]
fn one_of_another_shape_is_refused_with_what_to_do_and_left_as_it_is() {
    let moto = Moto::start();
    for made in &TABLES {
        make(&moto, made);
        let before = looks(&moto, made.name);
        let journal = format!("journal: {{ dynamodb: {{ table: {} }} }}\n", made.name);
        refused(&moto, &journal, &[made.name, made.wrong, REMEDY]);
        assert_eq!(looks(&moto, made.name), before, "{}", made.name);
    }
    let none = "journal: { dynamodb: { table: nowhere } }\n";
    refused(&moto, none, &["make the table"]);
    let tables = moto.call("dynamodb", "list_tables", json!({}));
    let names = tables["TableNames"].as_array().unwrap();
    assert!(!names.contains(&json!("nowhere")), "{names:?}");
}

#[test]
fn the_same_is_so_for_a_lease_in_a_table_of_its_own() {
    let moto = Moto::start();
    make(&moto, &RIGHT);
    let [locks, ..] = &TABLES;
    make(&moto, locks);
    let before = looks(&moto, locks.name);
    let both = format!(
        "journal: {{ dynamodb: {{ table: sixshift }} }}\nlease: {{ dynamodb: {{ table: {} }} }}\n",
        locks.name
    );
    refused(&moto, &both, &["lease", locks.wrong, REMEDY]);
    assert_eq!(looks(&moto, locks.name), before);
    let (ended, text) = said(
        &moto,
        &["run", "--check"],
        "journal: { dynamodb: { table: sixshift } }\n",
    );
    assert_eq!(ended, Some(0), "{text}");
}

#[test]
fn doctor_says_what_a_role_may_not_do_in_the_table_and_writes_nothing_to_find_out() {
    let moto = Moto::start();
    make(&moto, &RIGHT);
    let journal = "journal: { dynamodb: { table: sixshift } }\n";
    let before = looks(&moto, RIGHT.name);
    let told = said(&moto, &["doctor"], journal).1;
    let fits = "✓ journal    DynamoDB table sixshift is a journal's, and can be read and written";
    assert!(told.contains(fits), "{told}");
    assert_eq!(looks(&moto, RIGHT.name), before);
    let describes = ["dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive"];
    let reads = [&describes[..], &["dynamodb:GetItem", "dynamodb:Query"]].concat();
    // moto asks for the call's own name where AWS asks for what is in a transaction.
    let writes = [&reads[..], &["dynamodb:TransactWriteItems"]].concat();
    let keys = [
        key(&moto, "nobody", &["sts:GetCallerIdentity"]),
        key(&moto, "looks", &describes),
        key(&moto, "reads", &reads),
        key(&moto, "writes", &writes),
    ];
    turn_on(&moto);
    let told = keys.map(|(key, secret)| said_to(&moto, &["doctor"], journal, (&key, &secret)).1);
    let [nobody, looks_only, reads, writes] = told;
    for (told, call) in [
        (nobody, "DescribeTable"),
        (looks_only, "GetItem"),
        (reads, "TransactWriteItems"),
    ] {
        let line = told.lines().find(|line| line.contains("journal"));
        let line = line.unwrap_or_else(|| panic!("{told}"));
        assert!(
            line.starts_with('✗') && line.contains(call),
            "{call}: {told}"
        );
        assert!(
            told.contains("make the table and its permissions"),
            "{told}"
        );
    }
    assert!(writes.contains(fits), "{writes}");
}
