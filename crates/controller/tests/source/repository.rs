//! A repository on this machine: what is committed counts.

use std::{os::unix::fs::symlink, path::PathBuf};

use jiff::Timestamp;
use sixshift_controller::source::{Error, Git, Reference};

use crate::shared::{Team, branch, plan, read, refused};

#[test]
fn what_is_committed_counts_and_not_the_work_tree() {
    let team = Team::with(&[("a.yaml", &plan("a", "a"))]);
    let head = team.git(&["rev-parse", "HEAD"]);
    team.write("a.yaml", "an edit that nobody committed");
    team.write("b.yaml", "a file that nobody added");
    let snapshot = team.source().fetch().unwrap();
    assert_eq!(read(&snapshot), ["a.yaml"]);
    assert_eq!(snapshot.files[0].1.as_ref().unwrap(), &plan("a", "a"));
    assert_eq!(snapshot.commit, Some(head));
    let date: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    assert_eq!(snapshot.author_date, Some(date));
}

#[test]
fn plans_are_found_at_any_depth_by_their_names_and_hidden_folders_are_left_alone() {
    let team = Team::with(&[
        ("teams/shop/checkout.yml", ""),
        ("a.yaml", ""),
        ("README.md", ""),
        (".github/workflows/ci.yaml", ""),
    ]);
    let snapshot = team.source().fetch().unwrap();
    assert_eq!(read(&snapshot), ["a.yaml", "teams/shop/checkout.yml"]);
}

#[test]
fn a_sub_folder_is_read_alone_with_paths_from_the_root() {
    let team = Team::with(&[("plans/prod/a.yaml", ""), ("chart/values.yaml", "")]);
    for folder in ["plans", "./plans/"] {
        let folder = PathBuf::from(folder);
        let mut source = team.source_with(|git| Git { folder, ..git });
        assert_eq!(read(&source.fetch().unwrap()), ["plans/prod/a.yaml"]);
    }
}

#[test]
fn a_folder_that_is_not_there_holds_nothing_and_is_told() {
    let team = Team::with(&[("a.yaml", "")]);
    let folder = PathBuf::from("plnas");
    let mut source = team.source_with(|git| Git { folder, ..git });
    let snapshot = source.fetch().unwrap();
    assert!(read(&snapshot).is_empty());
    assert!(refused(&snapshot, "plnas").contains("no such folder"));
}

#[test]
fn a_branch_a_tag_and_the_default_are_told_apart() {
    let team = Team::with(&[("a.yaml", "")]);
    team.git(&["tag", "--annotate", "v1", "--message", "first"]);
    team.git(&["switch", "--quiet", "--create", "staging"]);
    team.write("b.yaml", "");
    team.commit("staging only");
    team.git(&["switch", "--quiet", "main"]);
    let of = |reference: Reference| {
        let mut source = team.source_with(|git| Git { reference, ..git });
        read(&source.fetch().unwrap())
    };
    assert_eq!(of(Reference::Head), ["a.yaml"]);
    assert_eq!(of(branch("staging")), ["a.yaml", "b.yaml"]);
    assert_eq!(of(Reference::Tag("v1".to_owned())), ["a.yaml"]);
}

#[test]
fn a_bare_repository_and_a_file_address_work_too() {
    let team = Team::with(&[("a.yaml", "")]);
    let bare = team.work.path().join("bare.git");
    team.git(&["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let url = format!("file://{}", bare.display());
    let mut source = team.source_with(|git| Git { url, ..git });
    assert_eq!(read(&source.fetch().unwrap()), ["a.yaml"]);
}

#[test]
fn a_push_over_the_branch_is_followed() {
    let team = Team::with(&[("a.yaml", "one")]);
    let mut source = team.source();
    let before = source.fetch().unwrap();
    team.write("a.yaml", "two");
    team.git(&["add", "--all"]);
    team.git(&["commit", "--quiet", "--amend", "--message", "another start"]);
    let after = source.fetch().unwrap();
    assert_ne!(before.commit, after.commit);
    assert_eq!(after.files[0].1.as_deref(), Ok("two"));
}

#[test]
fn a_commit_that_touches_no_plan_changes_the_commit_and_not_the_digest() {
    let team = Team::with(&[("a.yaml", "one")]);
    let mut source = team.source();
    let before = source.fetch().unwrap();
    assert_eq!(source.fetch().unwrap(), before);
    team.write("README.md", "words");
    team.commit("words");
    let after = source.fetch().unwrap();
    assert_eq!(before.digest, after.digest);
    assert_ne!(before.commit, after.commit);
    team.git(&["mv", "a.yaml", "b.yaml"]);
    team.commit("another name");
    assert_ne!(source.fetch().unwrap().digest, after.digest);
}

#[test]
fn a_deleted_branch_is_told_by_its_name_and_works_again_when_it_is_back() {
    let team = Team::with(&[("a.yaml", "")]);
    team.git(&["branch", "live"]);
    let mut source = team.source_with(|git| Git {
        reference: branch("live"),
        ..git
    });
    let before = source.fetch().unwrap();
    team.git(&["branch", "--delete", "--force", "live"]);
    let error = source.fetch().unwrap_err();
    assert!(
        matches!(&error, Error::Missing { what, .. } if what == "branch live"),
        "{error}"
    );
    team.git(&["branch", "live"]);
    assert_eq!(source.fetch().unwrap(), before);
}

#[test]
fn a_repository_without_a_commit_is_told_and_its_first_commit_seen() {
    let team = Team::new();
    let mut source = team.source();
    let error = source.fetch().unwrap_err();
    assert!(
        error.to_string().contains("there is no commit in"),
        "{error}"
    );
    team.write("a.yaml", "");
    team.commit("start");
    assert_eq!(read(&source.fetch().unwrap()), ["a.yaml"]);
}

#[test]
fn a_folder_that_is_no_repository_is_told() {
    let team = Team::new();
    let url = team.work.path().display().to_string();
    let error = team
        .source_with(|git| Git { url, ..git })
        .fetch()
        .unwrap_err();
    assert!(matches!(error, Error::Repository { .. }), "{error}");
}

#[test]
fn what_is_no_text_or_too_large_or_a_link_is_told_beside_the_others() {
    let team = Team::with(&[("good.yaml", "")]);
    team.write("latin.yaml", b"name: caf\xe9");
    team.write("large.yaml", vec![b'#'; 1024 * 1024 + 1]);
    symlink("/etc/passwd", team.path().join("link.yaml")).unwrap();
    team.commit("three that cannot be read");
    let snapshot = team.source().fetch().unwrap();
    assert_eq!(read(&snapshot), ["good.yaml"]);
    assert_eq!(refused(&snapshot, "latin.yaml"), "byte 10 is not UTF-8");
    assert!(refused(&snapshot, "large.yaml").contains("more than 1048576 bytes"));
    assert!(refused(&snapshot, "link.yaml").contains("symbolic link"));
}

#[test]
fn a_folder_out_of_the_repository_is_refused_at_once() {
    let team = Team::new();
    let git = Git {
        folder: PathBuf::from("../secrets"),
        ..Git::at(team.path().to_str().unwrap())
    };
    let settings = sixshift_controller::source::Settings::Git(git);
    let opened = sixshift_controller::source::Source::open(settings, team.work.path());
    assert!(opened.unwrap_err().to_string().contains("leads out"));
}
