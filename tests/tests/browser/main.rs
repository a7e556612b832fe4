//! The dashboard in a real Chromium: `tests/browser`, over `sixshift demo`.

#![allow(
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot go on says where"
)]

mod lacking;

use std::process::Command;

use sixshift_tests::{Server, binary, browser_tests, chromium, packages};

/// Only this run knows it.
const TOKEN: &str = "browser-tests-operator-token";

#[test]
fn chromium_shows_the_fleet_and_gives_orders() {
    let chromium = chromium().unwrap_or_else(|e| panic!("{e}"));
    packages().unwrap_or_else(|e| panic!("{e}"));
    let binary = binary().unwrap_or_else(|e| panic!("{e}"));
    // Slow enough that plans still move when the last test looks; approvals are left to the browser.
    let mut demo = Command::new(&binary);
    demo.args([
        "demo",
        "--seed",
        "1",
        "--speed",
        "30",
        "--hands-off",
        "--stay",
    ])
    .env("SIXSHIFT_TOKEN", TOKEN);
    let demo = Server::on_free_port(&mut demo, |command, port| {
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
    })
    .unwrap_or_else(|e| panic!("{e}"));
    let lacking = lacking::lacking();
    // Beside the build: CI keeps them, git does not.
    let target = binary.ancestors().nth(2).unwrap_or(&binary);
    let output = Command::new("node")
        .args(["--test", "--test-concurrency=1"])
        .current_dir(browser_tests())
        .env("SIXSHIFT_SERVER", &demo.url)
        .env("SIXSHIFT_LACKING", format!("http://{}", lacking.address))
        .env("SIXSHIFT_TOKEN", TOKEN)
        .env("SIXSHIFT_CHROMIUM", chromium)
        .env("SIXSHIFT_SCREENSHOTS", target.join("browser-screenshots"))
        .output()
        .expect("node was just asked for its version");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
