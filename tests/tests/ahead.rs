//! `sixshift plan`: how it ends, for a pipeline that goes by its exit code and its JSON.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;
use sixshift_tests::{Server, binary, in_region, three_services, without_people};

/// Virtual seconds per second: a migration with short waits ends in half a minute.
const SPEED: &str = "120";
/// Where nobody listens.
const NOBODY: &str = "http://127.0.0.1:9";

struct Stage {
    folder: tempfile::TempDir,
    region: Server,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plans = folder.path().join("plans");
        let region = three_services(&binary().unwrap(), SPEED, &plans).unwrap();
        without_people(&plans).unwrap();
        Self { folder, region }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A plan's text with some words in place of others, in a file of its own.
    fn with(&self, name: &str, words: &str, others: &str) -> PathBuf {
        let text = fs::read_to_string(self.path("plans/checkout.yaml")).unwrap();
        assert!(text.contains(words), "{text}");
        let file = self.path(name);
        fs::write(&file, text.replace(words, others)).unwrap();
        file
    }

    fn program(&self) -> Command {
        let mut command = Command::new(binary().unwrap());
        in_region(&mut command, &self.region.url)
            .current_dir(&self.folder)
            .env_remove("SIXSHIFT_SERVER")
            .stdin(Stdio::null());
        command
    }

    /// How it ends and what programs get: of each plan what comes of it, with the sentence.
    fn ahead(&self, of: &[&Path]) -> (Option<i32>, Vec<(String, String)>) {
        let mut command = self.program();
        command.args(["plan", "-o", "json", "--sim-clock", &self.region.url]);
        ended(command.args(of))
    }
}

fn ended(command: &mut Command) -> (Option<i32>, Vec<(String, String)>) {
    let output = command.output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let text = |plan: &Value, name: &str| plan[name].as_str().unwrap_or_default().to_owned();
    let plans = told["plans"].as_array().cloned().unwrap_or_default();
    let plans = plans.iter();
    let plans = plans.map(|plan| (text(plan, "outcome"), text(plan, "sentence")));
    (output.status.code(), plans.collect())
}

fn outcomes(plans: &[(String, String)]) -> Vec<&str> {
    plans.iter().map(|(outcome, _)| outcome.as_str()).collect()
}

#[test]
fn its_exit_code_says_what_comes_of_the_plans_and_the_worst_counts() {
    let stage = Stage::new();
    let checkout = stage.path("plans/checkout.yaml");
    let nowhere = stage.with("nowhere.yaml", "name: checkout", "name: nowhere");
    let (code, plans) = stage.ahead(&[&checkout]);
    assert_eq!((code, outcomes(&plans)), (Some(2), vec!["changes"]));
    let (code, plans) = stage.ahead(&[&checkout, &nowhere]);
    assert_eq!(
        (code, outcomes(&plans)),
        (Some(3), vec!["changes", "blocked"])
    );
    assert!(plans[1].1.contains("does not exist"), "{plans:?}");

    // A region that does not answer is an error, and not a plan that is stopped; so is a daemon that does not.
    let mut unreached = stage.program();
    unreached
        .env("AWS_ENDPOINT_URL", NOBODY)
        .args(["plan", "-o", "json"]);
    let (code, plans) = ended(unreached.args([&checkout, &nowhere]));
    assert_eq!(
        (code, outcomes(&plans)),
        (Some(1), vec!["unreadable", "unreadable"])
    );
    let mut unasked = stage.program();
    let (code, plans) = ended(unasked.args(["plan", "checkout", "-o", "json", "--server", NOBODY]));
    assert_eq!((code, plans), (Some(1), vec![]));
    assert_eq!(stage.ahead(&[Path::new("./none.yaml")]).0, Some(1));

    let carried_out = stage
        .program()
        .args(["run", "--until-settled", "--sim-clock", &stage.region.url])
        .arg("--plans")
        .arg(&checkout)
        .output()
        .unwrap();
    assert_eq!(carried_out.status.code(), Some(0), "{carried_out:?}");
    let (code, plans) = stage.ahead(&[&checkout]);
    assert_eq!((code, outcomes(&plans)), (Some(0), vec!["nothing"]));
    let catalog = stage.path("plans/catalog.yaml");
    let (code, plans) = stage.ahead(&[&checkout, &catalog]);
    assert_eq!(
        (code, outcomes(&plans)),
        (Some(2), vec!["nothing", "changes"])
    );
}
