//! The demo in a terminal: what a person sees in the first minute, at every width; and Ctrl-C at a question.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Command, Stdio},
};

use serde::Deserialize;

const BINARY: &str = env!("CARGO_BIN_EXE_sixshift");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/terminal/terminal.py");

/// What was on the terminal, how the program ended, and what its page answered before.
#[derive(Deserialize)]
struct Seen {
    shown: String,
    code: i32,
    page: Option<u16>,
}

impl Seen {
    /// Runs a demo in a terminal until a text is there.
    fn of(columns: usize, lines: usize, until: &str, arguments: &[&str]) -> Self {
        let demo = ["demo", "--listen", "127.0.0.1:0"];
        Self::stopped(columns, lines, until, &[&demo, arguments].concat())
    }

    /// Runs a verb in a terminal until a text is there, and stops it.
    fn stopped(columns: usize, lines: usize, until: &str, arguments: &[&str]) -> Self {
        let output = Command::new("python3")
            .arg(SCRIPT)
            .args([columns.to_string(), lines.to_string(), until.to_owned()])
            .arg(BINARY)
            .args(arguments)
            .env_remove("COLUMNS")
            .env_remove("SIXSHIFT_TOKEN")
            .output()
            .expect("these tests need python3");
        let told = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&told)
            .unwrap_or_else(|e| panic!("{e}: {told}{}", String::from_utf8_lossy(&output.stderr)))
    }

    /// The pictures, line by line, without colours.
    fn pictures(&self) -> Vec<Vec<String>> {
        let live = self.shown.split("\u{1b}[?1049l").next().unwrap_or_default();
        let pictures = live.split("\u{1b}[H").skip(1);
        pictures
            .map(|picture| {
                // The terminal shows the key that was pressed.
                let text = anstream::adapter::strip_str(picture)
                    .to_string()
                    .replace("^C", "");
                text.replace('\r', "")
                    .split('\n')
                    .map(str::to_owned)
                    .collect()
            })
            .collect()
    }

    /// What stands on the terminal when the pictures are gone.
    fn left(&self) -> String {
        let rest = self
            .shown
            .rsplit("\u{1b}[?1049l")
            .next()
            .unwrap_or_default();
        anstream::adapter::strip_str(rest)
            .to_string()
            .replace('\r', "")
    }

    fn fits(&self, columns: usize, lines: usize) {
        let pictures = self.pictures();
        assert!(pictures.len() > 1, "{}", self.shown);
        for picture in &pictures {
            assert!(picture.len() <= lines, "{picture:?}");
            assert!(picture[0].starts_with("sixshift demo"), "{picture:?}");
            let wide = picture.iter().find(|l| l.chars().count() > columns);
            assert_eq!(wide, None);
        }
    }
}

#[test]
fn the_demo_fits_tells_its_end_serves_its_page_and_ends_with_0() {
    for columns in [60, 80, 120] {
        let seen = Seen::of(
            columns,
            24,
            "The page stays open. Ctrl-C ends.",
            &[
                "--scenario",
                "ipv4-literal",
                "--services",
                "1",
                "--speed",
                "max",
            ],
        );
        seen.fits(columns, 24);
        assert_eq!((seen.code, seen.page), (0, Some(200)), "{}", seen.left());
        let left = seen.left();
        for said in [
            "taken back to IPv4",
            "It cost",
            "Try next",
            "sixshift retry",
        ] {
            assert!(left.contains(said), "{said}: {left}");
        }
        // Commands are copied, so they are whole whatever the width; they alone are indented by four.
        let wide = left
            .lines()
            .find(|l| l.chars().count() > columns && !l.starts_with("    "));
        assert_eq!(wide, None);
        let last = seen.pictures().pop().expect("a last picture").join("\n");
        assert!(last.contains("V4 FAILED V6 FAILED"), "{last}");
        let reason = last.split_once("Rolled back").expect("why it went back").1;
        let words = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains("commit a new revision of the plan or retry."),
            "{words}"
        );
    }
}

#[test]
fn a_big_fleet_goes_by_under_a_header_that_stays() {
    let seen = Seen::of(
        60,
        20,
        "plans 5 to",
        &[
            "--scenario",
            "big-fleet",
            "--services",
            "30",
            "--speed",
            "60",
        ],
    );
    seen.fits(60, 20);
    assert_eq!(seen.code, 130, "stopped before its end");
    let first = seen.pictures().swap_remove(0).join("\n");
    assert!(first.contains("of 30; the others follow"), "{first}");
}

#[test]
fn a_port_that_is_taken_leads_to_the_next_free_one_which_is_said() {
    // Whoever has it: it is taken.
    let _taken = TcpListener::bind("127.0.0.1:8686");
    let mut demo = Command::new(BINARY)
        .args(["demo", "--stay", "--hands-off", "--scenario", "healthy"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the demo starts");
    let told = BufReader::new(demo.stderr.take().expect("it is piped"));
    let told: Vec<_> = told.lines().map_while(Result::ok).take(2).collect();
    demo.kill().expect("it still runs");
    demo.wait().expect("it ends");
    let port = told[0].strip_prefix("Port 8686 is taken; listening on ");
    let port = port.and_then(|rest| rest.strip_suffix(" instead."));
    let port = port.unwrap_or_else(|| panic!("{told:?}"));
    assert!(
        told[1].ends_with(&format!("http://localhost:{port}")),
        "{told:?}"
    );
}

#[test]
fn ctrl_c_at_a_trials_question_ends_it_with_a_line() {
    let seen = Seen::stopped(80, 24, "Go on?", &["trial", "--region", "eu-central-1"]);
    assert_eq!(seen.code, 130, "{}", seen.shown);
    assert!(
        seen.shown.trim_end().ends_with("Nothing was changed."),
        "{}",
        seen.shown
    );
}
