//! Plans below a prefix without a manifest: what is read is what the bucket held at one moment.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::json;
use sixshift_controller::source::{Desired, Standing};

use crate::{
    between::{Between, refusal},
    moto::{Moto, files, plan, told},
};

#[test]
fn a_prefix_is_a_folder_of_plans() {
    let moto = Moto::start();
    moto.put("prod/a.yaml", &plan("a", 10));
    moto.put("prod/team/b.yml", &plan("b", 10));
    for beside in [
        "prod/README.md",
        "prod/.drafts/c.yaml",
        "production/d.yaml",
        "prod/team/",
    ] {
        moto.put(beside, "no plan");
    }
    let between = Between::start(&moto.server.url, |_| None);
    let mut source = Moto::source_at(&between.url);
    let first = source.fetch().unwrap();
    let names = [("a.yaml", plan("a", 10)), ("team/b.yml", plan("b", 10))];
    assert_eq!(files(&first), names.map(|(n, t)| (n.to_owned(), t)));
    assert_eq!(source.address(), "s3://plans/prod/");
    assert_eq!(source.has_manifest(), Some(false));
    // Nothing changed: one listing tells, and no object is read again.
    let read = between.count("GET /plans/prod/a.yaml");
    assert_eq!(source.fetch().unwrap(), first);
    assert_eq!(between.count("GET /plans/prod/a.yaml"), read);
    moto.put("prod/a.yaml", &plan("a", 20));
    let edited = source.fetch().unwrap();
    assert_ne!(edited.commit, first.commit);
    assert_ne!(edited.digest, first.digest);
    assert_eq!(
        between.count("GET /plans/prod/team/b.yml"),
        1,
        "what is the same is not read again"
    );
    moto.put("prod/a.yaml", &plan("a", 10));
    assert_eq!(
        source.fetch().unwrap(),
        first,
        "the same objects are the same commit"
    );
}

#[test]
fn a_deleted_plan_vanishes_and_a_broken_one_keeps_its_last_good_revision() {
    let moto = Moto::start();
    moto.put("prod/a.yaml", &plan("a", 10));
    moto.put("prod/b.yaml", &plan("b", 10));
    let mut source = moto.source();
    let wanted = Desired::default().next(&source.fetch().unwrap());
    moto.delete("prod/b.yaml");
    moto.put(
        "prod/a.yaml",
        &plan("a", 10).replace("weight: 10%", "weight: ten"),
    );
    let wanted = wanted.next(&source.fetch().unwrap());
    let a = wanted.get("a").unwrap();
    assert!(
        matches!(a.standing, Standing::Invalid { .. }),
        "{:?}",
        a.standing
    );
    assert!(a.plan.is_some());
    let b = wanted.get("b").unwrap();
    assert!(
        matches!(b.standing, Standing::Vanished { .. }),
        "{:?}",
        b.standing
    );
    // With the last object the prefix is gone: a mistake that is told, and no plan is lost for it.
    moto.delete("prod/a.yaml");
    let empty = source.fetch().unwrap();
    let mistake = empty.files[0].1.as_ref().unwrap_err();
    assert!(
        mistake.message.contains("no object below s3://plans/prod/"),
        "{mistake:?}"
    );
    assert!(wanted.next(&empty).get("b").unwrap().plan.is_some());
}

/// Somebody replaces both plans right before one of them is read.
#[test]
fn who_edits_while_it_is_read_is_seen_whole() {
    for at in ["GET /plans/prod/a.yaml", "GET /plans/prod/b.yaml"] {
        let moto = Arc::new(Moto::start());
        moto.put("prod/a.yaml", &plan("a", 10));
        moto.put("prod/b.yaml", &plan("b", 10));
        let (editor, edits) = (Arc::clone(&moto), AtomicUsize::new(0));
        let between = Between::start(&moto.server.url, move |line| {
            if line.contains(at) && edits.fetch_add(1, Ordering::SeqCst) == 0 {
                editor.put("prod/a.yaml", &plan("a", 20));
                editor.put("prod/b.yaml", &plan("b", 20));
            }
            None
        });
        let read = Moto::source_at(&between.url).fetch().unwrap();
        let texts: Vec<String> = files(&read).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, [plan("a", 20), plan("b", 20)], "{at}");
        assert!(between.count("GET /plans/prod/a.yaml") >= 2 || at.contains("b.yaml"));
    }
}

/// Somebody replaces a plan right before it is read, and puts the old one back before the bucket is listed again.
#[test]
fn an_edit_that_was_taken_back_meanwhile_is_not_read_as_what_was_listed() {
    let moto = Arc::new(Moto::start());
    moto.put("prod/a.yaml", &plan("a", 10));
    let (editor, gets, edits) = (Arc::clone(&moto), AtomicUsize::new(0), AtomicUsize::new(0));
    let between = Between::start(&moto.server.url, move |line| {
        if line.contains("GET /plans/prod/a.yaml") && gets.fetch_add(1, Ordering::SeqCst) == 0 {
            editor.put("prod/a.yaml", &plan("a", 20));
        }
        if line.contains("list-type=2")
            && gets.load(Ordering::SeqCst) == 1
            && edits.fetch_add(1, Ordering::SeqCst) == 0
        {
            editor.put("prod/a.yaml", &plan("a", 10));
        }
        None
    });
    let read = Moto::source_at(&between.url).fetch().unwrap();
    assert_eq!(files(&read), [("a.yaml".to_owned(), plan("a", 10))]);
}

#[test]
fn what_is_deleted_or_added_while_it_is_read_is_seen_whole() {
    let moto = Arc::new(Moto::start());
    moto.put("prod/a.yaml", &plan("a", 10));
    moto.put("prod/b.yaml", &plan("b", 10));
    let (editor, edits) = (Arc::clone(&moto), AtomicUsize::new(0));
    let between = Between::start(&moto.server.url, move |line| {
        if line.contains("GET /plans/prod/a.yaml") && edits.fetch_add(1, Ordering::SeqCst) == 0 {
            editor.delete("prod/b.yaml");
            editor.put("prod/c.yaml", &plan("c", 10));
        }
        None
    });
    let read = Moto::source_at(&between.url).fetch().unwrap();
    let names: Vec<String> = files(&read).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a.yaml", "c.yaml"]);
}

#[test]
fn who_never_stops_editing_is_told_and_nothing_is_half_read() {
    let moto = Arc::new(Moto::start());
    moto.put("prod/a.yaml", &plan("a", 10));
    let (editor, edits) = (Arc::clone(&moto), AtomicUsize::new(0));
    let between = Between::start(&moto.server.url, move |line| {
        if line.contains("GET /plans/prod/a.yaml") {
            let turn = u32::try_from(edits.fetch_add(1, Ordering::SeqCst)).unwrap();
            editor.put("prod/a.yaml", &plan("a", 20 + turn));
        }
        None
    });
    let mut source = Moto::source_at(&between.url);
    let error = told(&source.fetch().unwrap_err());
    assert!(
        error.contains("s3://plans/prod/ changed again and again"),
        "{error}"
    );
    assert!(error.contains("sixshift publish"), "{error}");
    assert_eq!(
        between.count("GET /plans/prod/a.yaml"),
        4,
        "it is tried a bounded number of times"
    );
}

#[test]
fn a_thousand_keys_are_read_page_by_page() {
    let moto = Moto::start();
    let all = (0..1_005).map(|i| (format!("prod/p{i:04}.yaml"), plan(&format!("p{i:04}"), 10)));
    moto.put_many(all);
    let between = Between::start(&moto.server.url, |_| None);
    let read = Moto::source_at(&between.url).fetch().unwrap();
    assert_eq!(read.files.len(), 1_005);
    assert_eq!(
        files(&read)[1_004],
        ("p1004.yaml".to_owned(), plan("p1004", 10))
    );
    assert_eq!(between.count("list-type=2"), 4, "two listings of two pages");
    assert_eq!(between.count("continuation-token"), 2);
}

#[test]
fn a_bucket_that_is_gone_and_one_elsewhere_are_told_with_what_to_do() {
    let moto = Moto::start();
    moto.put("prod/a.yaml", &plan("a", 10));
    let mut source = moto.source();
    source.fetch().unwrap();
    moto.delete("prod/a.yaml");
    moto.call("s3", "delete_bucket", json!({ "Bucket": "plans" }));
    let error = told(&source.fetch().unwrap_err());
    for part in [
        "s3://plans/prod/",
        "there is no bucket of this name",
        "NoSuchBucket",
    ] {
        assert!(error.contains(part), "{part} is not in: {error}");
    }
    moto.make_bucket("plans");
    moto.put("prod/a.yaml", &plan("a", 10));
    source
        .fetch()
        .expect("it is read again when it is there again");
    // As S3 answers whoever asks in another region.
    let elsewhere = Between::start(&moto.server.url, |_| {
        let message = "The bucket you are attempting to access must be addressed using the specified endpoint.";
        let region = "x-amz-bucket-region: eu-west-1\r\n";
        Some(refusal(
            "301 Moved Permanently",
            region,
            "PermanentRedirect",
            message,
        ))
    });
    let error = told(&Moto::source_at(&elsewhere.url).fetch().unwrap_err());
    assert!(error.contains("write region: eu-west-1"), "{error}");
    let away = told(&Moto::source_at("http://127.0.0.1:1").fetch().unwrap_err());
    assert!(
        away.contains("s3://plans/prod/") && away.contains("sixshift doctor"),
        "{away}"
    );
}

#[test]
fn an_object_that_is_too_large_or_no_text_is_a_mistake_of_its_own() {
    let moto = Moto::start();
    moto.put("prod/a.yaml", &plan("a", 10));
    moto.put("prod/large.yaml", &"#".repeat(1024 * 1024 + 1));
    moto.put("prod/team//odd.yaml", &plan("odd", 10));
    let read = moto.source().fetch().unwrap();
    let mistakes: Vec<(String, String)> = read
        .files
        .iter()
        .filter_map(|(path, text)| {
            let mistake = text.as_ref().err()?;
            Some((path.display().to_string(), mistake.message.clone()))
        })
        .collect();
    assert_eq!(mistakes.len(), 2, "{mistakes:?}");
    assert!(mistakes[0].1.contains("more than"), "{mistakes:?}");
    assert!(mistakes[1].1.contains("is no path"), "{mistakes:?}");
    assert!(read.files[0].1.is_ok());
}
