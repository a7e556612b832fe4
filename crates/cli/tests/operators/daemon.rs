//! The same verbs against the real daemon, as the demo runs it over a simulated region.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStderr, Command, Output, Stdio},
};

use serde_json::Value;

use crate::server::{bare, complained, run, said};

const TOKEN: &str = "a-token-for-this-test-alone";

/// A demo that ends with the test.
struct Demo {
    child: Child,
    /// Kept open: whoever writes into a closed pipe ends.
    _says: BufReader<ChildStderr>,
    url: String,
}

impl Demo {
    fn start() -> Self {
        let demo = ["demo", "--scenario", "healthy", "--stay", "--hands-off"];
        let where_and_how_fast = ["--listen", "127.0.0.1:0", "--speed", "240"];
        let demo = [&demo[..], &where_and_how_fast].concat();
        let mut child = bare(&demo)
            .env("SIXSHIFT_TOKEN", TOKEN)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the demo starts");
        let mut says = BufReader::new(child.stderr.take().expect("it is piped"));
        let lines = says.by_ref().lines().map_while(Result::ok);
        let told = lines
            .filter_map(|line| line.strip_prefix("Dashboard and API:").map(str::to_owned))
            .next();
        let url = told
            .expect("the demo says where it listens")
            .trim()
            .to_owned();
        Self {
            child,
            _says: says,
            url,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(arguments);
        command
            .env("SIXSHIFT_SERVER", &self.url)
            .env("SIXSHIFT_TOKEN", TOKEN);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        run(&mut self.command(arguments))
    }

    /// Waits for a goal, and sees how the wait ends.
    fn wait(&self, goal: &str, code: i32) {
        let output = self.run(&["wait", "checkout", "--for", goal, "--timeout", "2m"]);
        let text = format!("{goal}: {}{}", said(&output), complained(&output));
        assert_eq!(output.status.code(), Some(code), "{text}");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_migration_is_watched_paused_and_taken_back() {
    let demo = Demo::start();
    demo.wait("share=1%", 0);
    let early = demo.run(&["approve", "checkout", "--reason", "too early"]);
    assert_eq!(early.status.code(), Some(1));
    assert!(
        complained(&early).contains("it waits for no approval"),
        "{}",
        complained(&early)
    );

    let paused = demo.run(&["pause", "checkout", "--reason", "a look"]);
    assert_eq!(paused.status.code(), Some(0), "{}", complained(&paused));
    demo.wait("paused", 0);
    // A paused plan needs a person.
    demo.wait("done", 6);
    let stranger = run(demo
        .command(&["resume", "checkout", "--reason", "x"])
        .env_remove("SIXSHIFT_TOKEN"));
    assert_eq!(
        stranger.status.code(),
        Some(1),
        "without a token nobody orders"
    );

    let aborted = demo.run(&["abort", "checkout", "--reason", "enough"]);
    assert_eq!(aborted.status.code(), Some(0), "{}", complained(&aborted));
    demo.wait("phase=RolledBack", 0);
    demo.wait("done", 4);

    let report = said(&demo.run(&["report", "checkout", "-o", "json"]));
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let orders = report["orders"].as_array().expect("a list").iter();
    let reasons: Vec<_> = orders
        .map(|o| o["reason"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(reasons, ["a look", "enough"]);
    let refused = demo.run(&["handover", "checkout", "-o", "terraform"]);
    assert_eq!(refused.status.code(), Some(3), "{}", complained(&refused));
    assert!(complained(&refused).contains("nothing to hand over"));
}

#[test]
fn every_face_of_the_command_line_shows_the_same_share() {
    let demo = Demo::start();
    demo.wait("share=10%", 0);
    demo.run(&["pause", "checkout", "--reason", "a look"]);
    demo.wait("paused", 0);
    let list: Value =
        serde_json::from_str(&said(&demo.run(&["list", "-o", "json"]))).expect("JSON");
    let share = list["items"][0]["shares"]["observed"].clone();
    let shown = format!("{share}").trim_end_matches(".0").to_owned() + " %";
    assert!(share.as_f64().is_some_and(|share| share >= 10.0), "{share}");
    for verb in [&["list"][..], &["get", "checkout"], &["tree", "checkout"]] {
        let text = said(&demo.run(verb));
        assert!(
            text.contains(&shown),
            "{verb:?} does not say {shown}:\n{text}"
        );
    }
}
