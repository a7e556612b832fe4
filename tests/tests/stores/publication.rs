//! Plans that are published with a manifest: all of a publication is read, or what was there before.

use std::{
    path::Path,
    process::{Command, Output},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};
use sixshift_controller::source::{Desired, Standing, publish};
use sixshift_tests::binary;

use crate::{
    between::{Between, refusal},
    moto::{Moto, access, files, plan, prod, told},
};

const MANIFEST: &str = "prod/sixshift.manifest.json";

/// A folder with these plans, at a weight.
fn folder(names: &[&str], weight: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        std::fs::write(
            folder.path().join(format!("{name}.yaml")),
            plan(name, weight),
        )
        .unwrap();
    }
    folder
}

fn command(moto: &Moto, folder: &Path) -> Command {
    let mut command = moto.program(&binary().unwrap_or_else(|e| panic!("{e}")));
    command
        .arg("publish")
        .arg(folder)
        .args(["s3://plans/prod", "-o", "json"]);
    command
}

fn published(moto: &Moto, folder: &Path) -> Value {
    let output = command(moto, folder).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

fn version(moto: &Moto) -> String {
    let head = moto.call(
        "s3",
        "head_object",
        json!({ "Bucket": "plans", "Key": MANIFEST }),
    );
    let is_versioned = head.get("VersionId").and_then(Value::as_str);
    let etag = head["ETag"].as_str().unwrap().trim_matches('"');
    is_versioned.unwrap_or(etag).to_owned()
}

#[test]
fn one_command_publishes_and_the_commit_is_the_manifests_version_or_entity_tag() {
    for keeps_versions in [false, true] {
        let moto = Moto::start();
        if keeps_versions {
            moto.keep_versions();
        }
        let first = folder(&["a", "b"], 10);
        let told = published(&moto, first.path());
        assert_eq!(told["commit"], version(&moto).as_str());
        assert_eq!(
            (&told["files"], &told["written"], &told["isNew"]),
            (&json!(2), &json!(2), &json!(true))
        );
        let mut source = moto.source();
        let read = source.fetch().unwrap();
        assert_eq!(read.commit.as_deref(), told["commit"].as_str());
        assert_eq!(source.has_manifest(), Some(true));
        assert!(read.author_date.is_some());
        let texts = files(&read);
        assert_eq!(texts[0], ("a.yaml".to_owned(), plan("a", 10)));
        let again = published(&moto, first.path());
        assert_eq!(
            (&again["isNew"], &again["commit"]),
            (&json!(false), &told["commit"])
        );
        // A plan less, and one that is another: the deletion counts, though no object is deleted.
        let next = folder(&["a"], 20);
        let told = published(&moto, next.path());
        assert_eq!((&told["files"], &told["written"]), (&json!(1), &json!(1)));
        let wanted = Desired::default().next(&read);
        let read = source.fetch().unwrap();
        assert_eq!(files(&read), [("a.yaml".to_owned(), plan("a", 20))]);
        assert_eq!(read.commit.as_deref(), Some(version(&moto).as_str()));
        let b = wanted.next(&read);
        assert!(matches!(
            b.get("b").unwrap().standing,
            Standing::Vanished { .. }
        ));
    }
}

#[test]
fn what_has_mistakes_is_not_published_and_changes_nothing() {
    let moto = Moto::start();
    let broken = folder(&["a"], 10);
    std::fs::write(
        broken.path().join("b.yaml"),
        plan("b", 10).replace("10%", "ten"),
    )
    .unwrap();
    let output = command(&moto, broken.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("b.yaml:"), "{}", said(&output));
    let empty = tempfile::tempdir().unwrap();
    let output = command(&moto, empty.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert_eq!(moto.keys(), [""; 0]);
    let output = command(&moto, &empty.path().join("none")).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let mut wrong = moto.program(&binary().unwrap());
    let output = wrong
        .args(["publish", "plans", "plans/prod"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(64), "{}", said(&output));
    let output = command(&moto, empty.path())
        .arg("--allow-empty")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(moto.source().fetch().unwrap().files.len(), 0);
}

/// The publisher is cut off before its manifest, while a daemon that runs and one that starts anew read.
#[test]
fn a_publication_that_broke_off_is_never_seen() {
    let moto = Moto::start();
    let (old, new) = (folder(&["a", "b"], 10), folder(&["a", "b"], 20));
    let snapshot = |folder: &tempfile::TempDir| {
        let dir = sixshift_controller::source::Dir::at(folder.path());
        let settings = sixshift_controller::source::Settings::Dir(dir);
        let source = sixshift_controller::source::Source::open(settings, Path::new(""));
        source.unwrap().fetch().unwrap()
    };
    let cut = Between::start(&moto.server.url, |line| {
        let is_manifest = line.starts_with("PUT ") && line.contains("manifest");
        is_manifest.then(|| refusal("403 Forbidden", "", "AccessDenied", "Access Denied"))
    });
    let failed = publish(&snapshot(&old), &prod(), Some(&access(&cut.url))).unwrap_err();
    assert!(
        told(&failed).contains("allow this role s3:PutObject on plans/prod/*"),
        "{}",
        told(&failed)
    );
    // Nothing but what belongs to a manifest is there: that is no empty folder.
    let error = told(&moto.source().fetch().unwrap_err());
    assert!(
        error.contains("s3://plans/prod/sixshift.manifest.json is gone, or not written yet"),
        "{error}"
    );
    publish(&snapshot(&old), &prod(), Some(&access(&moto.server.url))).unwrap();
    let mut running = moto.source();
    let before = running.fetch().unwrap();
    assert!(publish(&snapshot(&new), &prod(), Some(&access(&cut.url))).is_err());
    assert_eq!(running.fetch().unwrap(), before);
    assert_eq!(
        moto.source().fetch().unwrap(),
        before,
        "one that starts anew reads the whole of the old"
    );
    publish(&snapshot(&new), &prod(), Some(&access(&moto.server.url))).unwrap();
    assert_eq!(files(&running.fetch().unwrap())[1].1, plan("b", 20));
    // Without its manifest the last good plans stay, and those of before do not come back.
    moto.delete(MANIFEST);
    assert!(told(&running.fetch().unwrap_err()).contains("is gone"));
}

#[test]
fn who_reads_while_another_is_published_reads_one_of_them_whole() {
    let moto = Arc::new(Moto::start());
    let (old, new) = (folder(&["a", "b"], 10), folder(&["a", "b"], 20));
    published(&moto, old.path());
    let (publisher, times) = (Arc::clone(&moto), AtomicUsize::new(0));
    let between = Between::start(&moto.server.url, move |line| {
        if line.contains("/.sixshift/") && times.fetch_add(1, Ordering::SeqCst) == 0 {
            published(&publisher, new.path());
        }
        None
    });
    let mut source = Moto::source_at(&between.url);
    let texts = files(&source.fetch().unwrap());
    assert_eq!([&texts[0].1, &texts[1].1], [&plan("a", 10), &plan("b", 10)]);
    let texts = files(&source.fetch().unwrap());
    assert_eq!([&texts[0].1, &texts[1].1], [&plan("a", 20), &plan("b", 20)]);
}

#[test]
fn of_two_who_publish_at_once_one_is_told() {
    for is_first in [true, false] {
        let moto = Arc::new(Moto::start());
        let (mine, theirs) = (folder(&["a"], 10), folder(&["a"], 20));
        if !is_first {
            published(&moto, folder(&["a"], 5).path());
        }
        let (other, times) = (Arc::clone(&moto), AtomicUsize::new(0));
        let between = Between::start(&moto.server.url, move |line| {
            let is_manifest = line.starts_with("PUT ") && line.contains("manifest");
            if is_manifest && times.fetch_add(1, Ordering::SeqCst) == 0 {
                published(&other, theirs.path());
            }
            None
        });
        let mut late = command(&moto, mine.path());
        let output = late.env("AWS_ENDPOINT_URL", &between.url).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(
            said(&output).contains("written by somebody else meanwhile"),
            "{}",
            said(&output)
        );
        assert_eq!(files(&moto.source().fetch().unwrap())[0].1, plan("a", 20));
    }
}

/// A manifest that another tool wrote, over objects in their places.
fn by_hand(moto: &Moto, entries: &[(&str, &str, Option<&str>)]) {
    let entry = |(path, text, version): &(&str, &str, Option<&str>)| {
        let sha256 = <sha2::Sha256 as sha2::Digest>::digest(text.as_bytes());
        let sha256: String = sha256.iter().map(|b| format!("{b:02x}")).collect();
        let mut entry = json!({ "path": path, "size": text.len(), "sha256": sha256 });
        if let Some(version) = version {
            entry["version"] = json!(version);
        }
        entry
    };
    let files: Vec<Value> = entries.iter().map(entry).collect();
    let manifest = json!({ "apiVersion": "sixshift/v1", "kind": "PlanManifest", "files": files });
    moto.put(MANIFEST, &manifest.to_string());
}

#[test]
fn a_manifest_and_what_it_names_must_agree() {
    let moto = Moto::start();
    let (ten, twenty) = (plan("a", 10), plan("a", 20));
    moto.put("prod/a.yaml", &ten);
    by_hand(&moto, &[("a.yaml", &ten, None)]);
    let mut running = moto.source();
    let before = running.fetch().unwrap();
    assert_eq!(files(&before), [("a.yaml".to_owned(), ten.clone())]);
    // Written past the manifest: whoever has read it goes on, whoever starts anew reads nothing.
    moto.put("prod/a.yaml", &twenty);
    assert_eq!(running.fetch().unwrap(), before);
    let error = told(&moto.source().fetch().unwrap_err());
    assert!(
        error.contains("names s3://plans/prod/a.yaml, which holds something else now"),
        "{error}"
    );
    by_hand(&moto, &[("a.yaml", &twenty, None), ("b.yaml", "b", None)]);
    let error = told(&running.fetch().unwrap_err());
    assert!(
        error.contains("names s3://plans/prod/b.yaml, which is not there"),
        "{error}"
    );
    for half in ["", "{\"apiVersion\": \"sixshift/v1\", \"kind\": \"Plan"] {
        moto.put(MANIFEST, half);
        let error = told(&running.fetch().unwrap_err());
        assert!(
            error.contains("s3://plans/prod/sixshift.manifest.json cannot be read"),
            "{error}"
        );
    }
    by_hand(&moto, &[("a.yaml", &twenty, None)]);
    assert_eq!(
        files(&running.fetch().unwrap()),
        [("a.yaml".to_owned(), twenty)]
    );
}

#[test]
fn a_manifest_may_pin_versions() {
    let moto = Moto::start();
    moto.keep_versions();
    let put = moto.put("prod/a.yaml", &plan("a", 10));
    let version = put["VersionId"].as_str().unwrap();
    by_hand(&moto, &[("a.yaml", &plan("a", 10), Some(version))]);
    moto.put("prod/a.yaml", &plan("a", 20));
    let read = moto.source().fetch().unwrap();
    assert_eq!(files(&read), [("a.yaml".to_owned(), plan("a", 10))]);
    moto.delete("prod/a.yaml");
    assert_eq!(moto.source().fetch().unwrap(), read);
}

#[test]
fn the_manifest_is_text_that_people_can_read() {
    let moto = Moto::start();
    published(&moto, folder(&["a"], 10).path());
    let manifest: Value = serde_json::from_str(&moto.text(MANIFEST)).unwrap();
    assert_eq!(manifest["kind"], "PlanManifest");
    assert_eq!(manifest["files"][0]["path"], "a.yaml");
    let key = manifest["files"][0]["key"].as_str().unwrap();
    assert_eq!(moto.text(&format!("prod/{key}")), plan("a", 10));
}
