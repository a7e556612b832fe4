//! A repository that the `git` program fetches over ssh. In place of ssh stands a script that runs the command here.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use sixshift_controller::source::{Error, Git, Source};

use crate::shared::{Team, branch, read};

/// An ssh that goes nowhere: the last argument is what the far side would run.
fn ssh(team: &Team, script: &str) -> String {
    let path = team.work.path().join("ssh");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    path.display().to_string()
}

const HERE: &str = r#"for last; do :; done; exec sh -c "$last""#;

fn source(team: &Team, script: &str, edit: impl FnOnce(Git) -> Git) -> Source {
    let url = format!("git@git.example:{}", team.path().display());
    let ssh_command = Some(ssh(team, script));
    team.source_with(|git| {
        edit(Git {
            url,
            ssh_command,
            ..git
        })
    })
}

#[test]
fn commits_are_followed_and_a_push_over_them_too() {
    let team = Team::with(&[("plans/a.yaml", "one")]);
    let folder = PathBuf::from("plans");
    let mut source = source(&team, HERE, |git| Git { folder, ..git });
    let before = source.fetch().unwrap();
    assert_eq!(read(&before), ["plans/a.yaml"]);
    assert_eq!(source.fetch().unwrap(), before);
    team.write("plans/b.yaml", "two");
    team.commit("newer");
    assert_eq!(read(&source.fetch().unwrap()).len(), 2);
    team.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    assert_eq!(source.fetch().unwrap(), before);
}

#[test]
fn a_branch_that_is_gone_is_told_by_its_name() {
    let team = Team::with(&[("a.yaml", "")]);
    let mut source = source(&team, HERE, |git| Git {
        reference: branch("live"),
        ..git
    });
    let error = source.fetch().unwrap_err();
    assert!(
        matches!(&error, Error::Missing { what, .. } if what == "branch live"),
        "{error:?}"
    );
}

#[test]
fn what_ssh_says_is_passed_on() {
    let team = Team::with(&[("a.yaml", "")]);
    let mut source = source(
        &team,
        "echo Host key verification failed. >&2; exit 255",
        |git| git,
    );
    let error = source.fetch().unwrap_err();
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert!(why.contains("Host key verification failed."), "{why}");
}
