//! The API's document, judged by Spectral, and the running daemon, judged by schemathesis: `tests/openapi`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    thread::sleep,
    time::Duration,
};

use sixshift_tests::{Server, binary, checkout, in_region, packages_of, three_services, venv_of};

/// Only this run knows it.
const TOKEN: &str = "openapi-tests-operator-token";

fn here() -> PathBuf {
    checkout().join("tests/openapi")
}

/// A daemon over a simulated region, in a folder of its own.
struct Daemon {
    folder: PathBuf,
    daemon: Server,
    _region: Server,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Daemon {
    fn start(name: &str) -> Self {
        let binary = binary().unwrap_or_else(|e| panic!("{e}"));
        let folder = std::env::temp_dir().join(format!("sixshift-{name}-{}", std::process::id()));
        let plans = folder.join("plans");
        fs::create_dir_all(&plans).unwrap();
        let region = three_services(&binary, "60", &plans).unwrap_or_else(|e| panic!("{e}"));
        let mut run = Command::new(&binary);
        in_region(&mut run, &region.url)
            .args(["run", "--sim-clock", &region.url, "--config"])
            .arg(folder.join("sixshift.yaml"))
            .current_dir(&folder)
            .env("SIXSHIFT_OPERATOR", TOKEN);
        let daemon = Server::on_free_port(&mut run, |_, port| settings(&folder, port));
        let daemon = Self {
            daemon: daemon.unwrap_or_else(|e| panic!("{e}")),
            folder,
            _region: region,
        };
        daemon.is_ready();
        daemon
    }

    /// Before its first look at all plans, 503 is right.
    fn is_ready(&self) {
        let address = self.daemon.url.trim_start_matches("http://");
        for _ in 0..600 {
            let mut answer = String::new();
            let mut socket = TcpStream::connect(address).unwrap();
            write!(
                socket,
                "GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
            )
            .unwrap();
            socket.read_to_string(&mut answer).unwrap();
            if answer.starts_with("HTTP/1.1 200") {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("the daemon does not become ready");
    }

    fn document(&self) -> String {
        format!("{}/api/v1/openapi.json", self.daemon.url)
    }
}

/// Orders are not counted here: what lies behind the limit is to be reached.
fn settings(folder: &Path, port: u16) {
    let text = format!(
        "apiVersion: sixshift/v1\nkind: Settings\nsource: {{ dir: {{ path: {plans:?}, poll: 1s }} }}\n\
         journal: {{ path: {journal:?} }}\nlisten: [\"127.0.0.1:{port}\"]\nlog: {{ filter: warn }}\n\
         auth: {{ tokens: [{{ name: ops, role: operator, env: SIXSHIFT_OPERATOR }}] }}\n\
         limits: {{ ordersAMinute: 100000, wrongTokensAMinute: 100000 }}\n",
        plans = folder.join("plans"),
        journal = folder.join("state/journal.redb"),
    );
    fs::write(folder.join("sixshift.yaml"), text).unwrap();
}

fn passes(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn spectral_finds_nothing_to_say_about_the_document() {
    packages_of(&here()).unwrap_or_else(|e| panic!("{e}"));
    let daemon = Daemon::start("spectral");
    passes(
        Command::new(here().join("node_modules/.bin/spectral"))
            .args([
                "lint",
                "--ruleset",
                ".spectral.yaml",
                "--fail-severity=hint",
            ])
            .arg(daemon.document())
            .current_dir(here()),
    );
}

#[test]
fn schemathesis_finds_no_answer_that_the_document_does_not_allow() {
    let bin = venv_of(&here().join("requirements.txt")).unwrap_or_else(|e| panic!("{e}"));
    let daemon = Daemon::start("schemathesis");
    passes(
        Command::new(bin.join("schemathesis"))
            .args([
                "run",
                &daemon.document(),
                "--header",
                &format!("Authorization: Bearer {TOKEN}"),
            ])
            // Its answer never ends; crates/api has tests of its own for it.
            .args(["--exclude-path", "/api/v1/stream"])
            .args([
                "--phases",
                "examples,coverage,fuzzing,stateful",
                "--max-examples",
                "25",
                "--seed",
                "1",
            ])
            .args([
                "--request-timeout",
                "20",
                "--continue-on-failure",
                "--no-color",
            ])
            // What it keeps for later lies beside the daemon's journal, and goes with it.
            .current_dir(&daemon.folder),
    );
}
