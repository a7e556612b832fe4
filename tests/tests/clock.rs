//! A daemon whose clock is not AWS's begins nothing, says why, and stays; a region's clock is followed wherever it jumps.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on says where"
)]

use std::{
    fs,
    io::Read as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use sixshift_tests::{Server, binary, control, in_region, three_services, without_people};

const SETTINGS: &str = "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans, poll: 1s } }\n\
    journal: { path: state/journal.redb }\nlisten: [\"127.0.0.1:0\"]\nlog: { filter: info }\n";
/// How long the daemon is watched once it has looked at everything.
const WATCHED: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);

/// A daemon over a region of three services, which it can carry out without people.
struct Stage {
    folder: PathBuf,
    region: Server,
    daemon: Child,
}

impl Stage {
    fn new(name: &str, speed: &str, is_followed: bool) -> Self {
        let folder = std::env::temp_dir().join(format!("sixshift-{name}-{}", std::process::id()));
        let plans = folder.join("plans");
        fs::create_dir_all(&plans).unwrap();
        let binary = binary().expect("the binary is built");
        let region = three_services(&binary, speed, &plans).expect("the region runs");
        without_people(&plans).unwrap();
        fs::write(folder.join("sixshift.yaml"), SETTINGS).unwrap();
        let mut run = Command::new(&binary);
        in_region(&mut run, &region.url)
            .args(["run", "--config"])
            .arg(folder.join("sixshift.yaml"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        if is_followed {
            run.args(["--sim-clock", &region.url]);
        }
        let daemon = run.spawn().expect("the daemon starts");
        Self {
            folder,
            region,
            daemon,
        }
    }

    /// Until so many calls of a kind were answered; whether they were in time.
    fn waits_for(&self, of: fn(&str) -> bool, many: u64) -> bool {
        let since = Instant::now();
        while calls(&self.region.url, of) < many {
            if since.elapsed() > PATIENCE {
                return false;
            }
            sleep(Duration::from_millis(200));
        }
        true
    }

    fn control(&self, path: &str, body: &str) {
        control(&self.region.url, "POST", path, body).expect("the region answers");
    }

    /// Whether it lived until now, and what it said.
    fn ends(mut self) -> (bool, String) {
        let lives = self.daemon.try_wait().unwrap().is_none();
        self.daemon.kill().unwrap();
        self.daemon.wait().unwrap();
        let mut said = String::new();
        let mut stderr = self.daemon.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        let _ = fs::remove_dir_all(&self.folder);
        (lives, said)
    }
}

#[test]
fn a_daemon_with_a_wrong_clock_begins_nothing_and_stays() {
    // The daemon has this machine's clock, and the region its own.
    let stage = Stage::new("clock", "1", false);
    assert!(stage.waits_for(is_read, 20), "it did not look");
    sleep(WATCHED);
    let writes = calls(&stage.region.url, |call| !is_read(call));
    let (lives, said) = stage.ends();
    assert!(lives, "it ended: {said}");
    assert_eq!(writes, 0, "{said}");
    let told = "nothing goes forward, traffic is still taken back: AWS's clock is ";
    assert!(said.contains(told), "{said}");
}

#[test]
fn a_region_whose_clock_jumps_and_runs_faster_is_followed() {
    let stage = Stage::new("jumps", "60", true);
    assert!(stage.waits_for(is_read, 20), "it did not look");
    stage.control("advance", r#"{"seconds":7200}"#);
    sleep(Duration::from_secs(3));
    stage.control("clock", r#"{"rate":600}"#);
    let made = stage.waits_for(|call| call == "ecs:CreateService", 3);
    let (lives, said) = stage.ends();
    assert!(lives, "it ended: {said}");
    assert!(made, "it did not go on: {said}");
    // The log tells what happened, each thing once.
    for told in [
        "the daemon has started",
        "new plan",
        "create service checkout-ipv6",
    ] {
        assert!(said.contains(told), "{told}: {said}");
    }
    let made = said.lines().filter(|l| l.contains("create service"));
    assert!(made.clone().count() <= 3, "{:#?}", made.collect::<Vec<_>>());
    assert!(
        said.lines()
            .any(|l| l.contains("INFO") && l.contains("TargetGroup")),
        "{said}"
    );
}

fn is_read(call: &str) -> bool {
    let name = call.split_once(':').map_or(call, |(_, name)| name);
    ["Describe", "Get", "List"]
        .iter()
        .any(|read| name.starts_with(read))
}

/// Calls that the region answered, of some kind.
fn calls(region: &str, of: fn(&str) -> bool) -> u64 {
    let counters = control(region, "GET", "counters", "").expect("the region answers");
    let counters: Value = serde_json::from_str(&counters).expect("JSON");
    let calls = counters["calls"].as_object().expect("calls by name");
    let wanted = calls.iter().filter(|(name, _)| of(name));
    wanted.filter_map(|(_, n)| n.as_u64()).sum()
}
