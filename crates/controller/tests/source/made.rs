//! A repository that sixshift makes is one that people can go on with.

use std::path::PathBuf;

use sixshift_controller::source::{Git, Settings, Source, create_repository};
use tempfile::TempDir;

use crate::shared::{Team, read};

fn make(files: &[(PathBuf, String)]) -> (Team, String) {
    let team = Team {
        folder: TempDir::new().unwrap(),
        work: TempDir::new().unwrap(),
    };
    let date = "2026-01-02T03:04:05Z".parse().unwrap();
    let commit = create_repository(team.path(), files, "Plans for the demo", date).unwrap();
    (team, commit)
}

#[test]
fn git_finds_nothing_wrong_with_it_and_nothing_to_commit() {
    let files = [
        (PathBuf::from("plans/shop/a.yaml"), "a: 1\n".to_owned()),
        (
            PathBuf::from("README.md"),
            "Edit, commit, watch.\n".to_owned(),
        ),
    ];
    let (team, commit) = make(&files);
    team.git(&["fsck", "--strict"]);
    assert_eq!(team.git(&["status", "--porcelain"]), "");
    assert_eq!(team.git(&["branch", "--show-current"]), "main");
    assert_eq!(
        team.git(&["log", "--format=%H %aI %s"]),
        format!("{commit} 2026-01-02T03:04:05Z Plans for the demo")
    );
    assert_eq!(team.git(&["ls-files"]), "README.md\nplans/shop/a.yaml");
}

#[test]
fn a_visitors_commit_on_top_is_seen() {
    let (team, commit) = make(&[(PathBuf::from("a.yaml"), "a: 1\n".to_owned())]);
    let mut source = team.source();
    assert_eq!(source.fetch().unwrap().commit, Some(commit));
    team.write("a.yaml", "a: 2\n");
    team.write("b.yaml", "b: 1\n");
    let edited = team.commit("an edit");
    let snapshot = source.fetch().unwrap();
    assert_eq!(snapshot.commit, Some(edited));
    assert_eq!(read(&snapshot), ["a.yaml", "b.yaml"]);
    assert_eq!(snapshot.files[0].1.as_deref(), Ok("a: 2\n"));
}

#[test]
fn it_is_not_made_over_another_one_nor_out_of_its_folder() {
    let (team, _) = make(&[(PathBuf::from("a.yaml"), String::new())]);
    let date = "2026-01-02T03:04:05Z".parse().unwrap();
    assert!(create_repository(team.path(), &[], "again", date).is_err());
    let out = [(PathBuf::from("../out.yaml"), String::new())];
    assert!(create_repository(&team.path().join("new"), &out, "out", date).is_err());
    let opened = Source::open(
        Settings::Git(Git::at(team.path().to_str().unwrap())),
        team.work.path(),
    );
    assert_eq!(read(&opened.unwrap().fetch().unwrap()), ["a.yaml"]);
}
