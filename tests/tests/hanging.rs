//! Webhook gates that take a question and never answer: beside them traffic is taken back, by a person and by the evidence, as if
//! there were no gate.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use sixshift_tests::{Bound, Server, ask_at_the_first_step, binary, in_region, three_services};

/// Virtual seconds per second.
const SPEED: &str = "60";
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a question may take: far longer than what is measured beside it.
const HANGS: u64 = 30;
const TOKEN: &str = "a-token-of-forty-characters-for-the-tests";

struct Stage {
    binary: PathBuf,
    folder: tempfile::TempDir,
    _region: Server,
    daemon: Child,
    bound: Option<Bound>,
    url: String,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.bound.take();
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

impl Stage {
    fn new(gate: &str) -> Self {
        let binary = binary().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let plans = folder.path().join("plans");
        let region = three_services(&binary, SPEED, &plans).unwrap();
        ask_at_the_first_step(&plans, gate, HANGS).unwrap();
        let settings = "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans, poll: 1s } }\n\
            journal: { path: journal.redb }\nlisten: [\"127.0.0.1:0\"]\ngates: { allowPrivate: [127.0.0.1] }\n\
            auth: { tokens: [{ name: oncall, role: operator, env: TEST_TOKEN }] }\n\
            log: { filter: 'info,sixshift::daemon::pulse=warn' }\n";
        fs::write(folder.path().join("sixshift.yaml"), settings).unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(&binary);
        command.args(["run", "--config", "sixshift.yaml", "--sim-clock"]);
        command.arg(&region.url).current_dir(&folder);
        in_region(&mut command, &region.url)
            .env("TEST_TOKEN", TOKEN)
            .env("NO_COLOR", "1")
            .stdout(Stdio::from(log.try_clone().unwrap()))
            .stderr(log);
        let daemon = command.spawn().unwrap();
        let mut stage = Self {
            bound: Some(Bound::to_us(&daemon).unwrap()),
            binary,
            folder,
            _region: region,
            daemon,
            url: String::new(),
        };
        stage.until("it listens", || stage.log().contains("listen="));
        let log = stage.log();
        let at = log.split("listen=").nth(1).unwrap();
        stage.url = at.split_whitespace().next().unwrap().to_owned();
        stage
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let since = Instant::now();
        while !is_so() {
            assert!(since.elapsed() < PATIENCE, "{what}:\n{}", self.log());
            sleep(Duration::from_millis(100));
        }
    }

    fn asks(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(&self.binary);
        command.args(arguments).args(["--server", &self.url]);
        let said = command.env("SIXSHIFT_TOKEN", TOKEN).output().unwrap();
        let wrong = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "{arguments:?}: {wrong}");
        String::from_utf8(said.stdout).unwrap()
    }

    /// Its line; nothing where the daemon has not read it yet.
    fn plan(&self, name: &str) -> Value {
        let mut command = Command::new(&self.binary);
        let said = command.args(["get", name, "-o", "json", "--server", &self.url]);
        let plan: Value =
            serde_json::from_slice(&said.output().unwrap().stdout).unwrap_or_default();
        plan["summary"].clone()
    }
}

fn waits_at_its_gate(plan: &Value) -> bool {
    plan["waitingOn"] == "Webhook"
}

#[test]
fn beside_gates_that_hang_traffic_is_taken_back_as_if_there_were_none() {
    // Takes connections and never says a word.
    let gate = TcpListener::bind("127.0.0.1:0").unwrap();
    let stage = Stage::new(&format!("http://{}/gate", gate.local_addr().unwrap()));
    let asking = ["catalog", "checkout"];
    stage.until("both wait at their gates", || {
        asking
            .iter()
            .all(|name| waits_at_its_gate(&stage.plan(name)))
    });
    let since = Instant::now();
    let said = stage.asks(&["abort", "checkout", "--reason", "it smells"]);
    assert!(since.elapsed() < Duration::from_secs(3), "{said}");
    stage.until("its traffic is back", || {
        stage.plan("checkout")["phase"] == "RolledBack"
    });
    let took = since.elapsed();
    assert!(took < Duration::from_secs(HANGS / 2), "it took {took:?}");
    stage.until("the bad release is taken back", || {
        stage.plan("cart")["phase"] == "RolledBack"
    });
    assert!(waits_at_its_gate(&stage.plan("catalog")));
}
