//! A repository that is fetched by this program itself, over http and https.

use std::{fs, path::Path};

use sixshift_controller::source::{Error, Git, Reference, Source};

use crate::{
    server::{Mood, Server},
    shared::{Team, branch, read},
};

fn source(team: &Team, server: &Server, edit: impl FnOnce(Git) -> Git) -> Source {
    let url = server.url.clone();
    team.source_with(|git| edit(Git { url, ..git }))
}

/// Every message of the chain, as an operator would see it.
fn whole(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}

fn commits_in(copy: &Path) -> String {
    let output = std::process::Command::new("git")
        .arg("--git-dir")
        .arg(copy)
        .args(["rev-list", "--count", "refs/sixshift/fetched"])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn the_last_commit_alone_is_fetched_and_what_follows_too() {
    let team = Team::with(&[("plans/a.yaml", "one")]);
    let server = Server::http(team.path());
    for i in 0..5 {
        team.write("history", i.to_string());
        team.commit("older");
    }
    let head = team.git(&["rev-parse", "HEAD"]);
    let mut source = source(&team, &server, |git| git);
    let snapshot = source.fetch().unwrap();
    assert_eq!(
        (snapshot.commit, read_one(&mut source)),
        (Some(head), "one".to_owned())
    );
    let copy = team.work.path().join("plans.git");
    assert_eq!(commits_in(&copy), "1");
    team.write("plans/a.yaml", "two");
    team.commit("newer");
    assert_eq!(read_one(&mut source), "two");
    team.git(&["commit", "--quiet", "--amend", "--message", "pushed over"]);
    let amended = team.git(&["rev-parse", "HEAD"]);
    assert_eq!(source.fetch().unwrap().commit, Some(amended));
}

fn read_one(source: &mut Source) -> String {
    source.fetch().unwrap().files[0].1.clone().unwrap()
}

#[test]
fn without_news_no_pack_is_asked_for() {
    let team = Team::with(&[("a.yaml", "one")]);
    let server = Server::http(team.path());
    let mut source = source(&team, &server, |git| git);
    let first = source.fetch().unwrap();
    assert_eq!(
        server.asked().len(),
        3,
        "the handshake, the list of references, the pack"
    );
    assert_eq!(source.fetch().unwrap(), first);
    assert_eq!(
        server.asked().len(),
        2,
        "the handshake, the list of references"
    );
}

#[test]
fn a_branch_and_a_tag_are_fetched_by_their_names() {
    let team = Team::with(&[("a.yaml", "")]);
    team.git(&["tag", "--annotate", "v1", "--message", "first"]);
    team.git(&["switch", "--quiet", "--create", "staging"]);
    team.write("b.yaml", "");
    team.commit("staging only");
    team.git(&["switch", "--quiet", "main"]);
    let server = Server::http(team.path());
    let of = |reference| {
        let mut source = source(&team, &server, |git| Git { reference, ..git });
        read(&source.fetch().unwrap())
    };
    assert_eq!(of(branch("staging")), ["a.yaml", "b.yaml"]);
    assert_eq!(of(Reference::Tag("v1".to_owned())), ["a.yaml"]);
    assert_eq!(of(Reference::Head), ["a.yaml"]);
}

#[test]
fn what_is_missing_is_told_by_its_name() {
    let team = Team::new();
    let server = Server::http(team.path());
    let told = |reference| {
        let mut source = source(&team, &server, |git| Git { reference, ..git });
        source.fetch().unwrap_err()
    };
    let missing =
        |error: &Error, name: &str| matches!(error, Error::Missing { what, .. } if what == name);
    let error = told(Reference::Head);
    assert!(missing(&error, "commit"), "{}", whole(&error));
    let error = told(branch("live"));
    assert!(missing(&error, "branch live"), "{}", whole(&error));
    team.write("a.yaml", "");
    team.commit("start");
    let error = told(Reference::Tag("v1".to_owned()));
    assert!(missing(&error, "tag v1"), "{}", whole(&error));
}

#[test]
fn over_https_with_a_token_from_a_file_that_may_change() {
    let team = Team::with(&[("a.yaml", "")]);
    let (server, ca) = Server::https(team.path(), team.work.path());
    // "x-access-token:s3cret" in base64.
    server.is(Mood::Wants("Basic eC1hY2Nlc3MtdG9rZW46czNjcmV0".to_owned()));
    let file = team.work.path().join("token");
    fs::write(&file, "wr0ng\n").unwrap();
    let mut source = source(&team, &server, |git| Git {
        token_file: Some(file.clone()),
        ca_file: Some(ca),
        ..git
    });
    let error = source.fetch().unwrap_err();
    assert!(
        matches!(error, Error::Unauthorized { .. }),
        "{}",
        whole(&error)
    );
    assert!(!format!("{}{error:?}{source:?}", whole(&error)).contains("wr0ng"));
    fs::write(&file, "s3cret\n").unwrap();
    assert_eq!(read(&source.fetch().unwrap()), ["a.yaml"]);
    fs::write(&file, "").unwrap();
    let error = whole(&source.fetch().unwrap_err());
    assert!(error.contains("token is empty"), "{error}");
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let team = Team::with(&[("a.yaml", "")]);
    let (server, _) = Server::https(team.path(), team.work.path());
    let error = source(&team, &server, |git| git).fetch().unwrap_err();
    let text = whole(&error);
    assert!(matches!(error, Error::Fetch { .. }), "{text}");
    assert!(text.to_lowercase().contains("certificate"), "{text}");
}

#[test]
fn a_token_is_not_sent_in_clear_text() {
    let team = Team::with(&[("a.yaml", "")]);
    let server = Server::http(team.path());
    let file = team.work.path().join("token");
    fs::write(&file, "s3cret").unwrap();
    let mut source = source(&team, &server, |git| Git {
        token_file: Some(file),
        ..git
    });
    let error = source.fetch().unwrap_err();
    assert!(!whole(&error).contains("s3cret"));
    assert!(server.asked().is_empty());
}

#[test]
fn a_server_that_fails_costs_that_fetch_alone_and_says_why() {
    let team = Team::with(&[("a.yaml", "")]);
    let server = Server::http(team.path());
    let mut source = source(&team, &server, |git| git);
    let before = source.fetch().unwrap();
    for (answer, why) in [
        ("503 Service Unavailable", "503"),
        ("404 Not Found", "a token is needed to see it"),
        (
            "301 Moved\r\nlocation: https://elsewhere.example/plans",
            "https://elsewhere.example/plans",
        ),
        ("200 OK\r\ncontent-type: text/html", "smart"),
    ] {
        server.is(Mood::Answers(answer));
        let error = whole(&source.fetch().unwrap_err());
        assert!(error.contains(why), "{answer}: {error}");
    }
    server.is(Mood::Answers("403 Forbidden"));
    assert!(matches!(
        source.fetch().unwrap_err(),
        Error::Unauthorized { .. }
    ));
    server.is(Mood::Open);
    assert_eq!(source.fetch().unwrap(), before);
}

#[test]
fn a_copy_that_is_damaged_or_old_is_made_anew() {
    let team = Team::with(&[("a.yaml", "0")]);
    let server = Server::http(team.path());
    let mut source = source(&team, &server, |git| git);
    let copy = team.work.path().join("plans.git");
    for i in 0..60 {
        team.write("a.yaml", i.to_string());
        team.commit("more");
        assert_eq!(read_one(&mut source), i.to_string());
    }
    let packs = fs::read_dir(copy.join("objects/pack")).unwrap();
    let packs = packs
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|e| e == "pack"));
    assert!(packs.count() <= 50);
    fs::write(copy.join("HEAD"), "rubbish").unwrap();
    assert_eq!(read_one(&mut source), "59");
    fs::remove_dir_all(copy.join("objects/pack")).unwrap();
    team.write("a.yaml", "60");
    team.commit("more");
    assert_eq!(read_one(&mut source), "60");
    // The same with a source that has read nothing yet.
    fs::remove_dir_all(copy.join("objects/pack")).unwrap();
    assert_eq!(
        read_one(&mut team.source_with(|git| Git {
            url: server.url.clone(),
            ..git
        })),
        "60"
    );
}
