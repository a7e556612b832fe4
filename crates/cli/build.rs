//! Tells the binary its commit: from `SIXSHIFT_COMMIT`, else from git, else not at all.

use std::{path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-env-changed=SIXSHIFT_COMMIT");
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=SIXSHIFT_TARGET={target}");
    let given = std::env::var("SIXSHIFT_COMMIT").ok();
    if let Some(commit) = given.filter(|c| !c.is_empty()).or_else(head) {
        println!("cargo::rustc-env=SIXSHIFT_BUILT_FROM={commit}");
    }
}

/// The commit that is checked out. Each new one is in this log, in a work tree of its own too.
fn head() -> Option<String> {
    let commit = git(&["rev-parse", "HEAD"])?;
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"])
        && Path::new(&log).exists()
    {
        println!("cargo::rerun-if-changed={log}");
    }
    Some(commit)
}

/// What git answers; nothing where there is no git, or no repository.
fn git(arguments: &[&str]) -> Option<String> {
    let answer = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?;
    let text = text.trim().to_owned();
    (answer.status.success() && !text.is_empty()).then_some(text)
}
