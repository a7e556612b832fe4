//! A daemon whose clock is not AWS's looks on: it changes nothing, says why, and is there when the clock is right again.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on says where"
)]

use std::{
    fs,
    io::Read as _,
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use sixshift_tests::{binary, control, in_region, three_services, without_people};

const SETTINGS: &str = "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans, poll: 1s } }\n\
    journal: { path: state/journal.redb }\nlisten: [\"127.0.0.1:0\"]\nlog: { filter: warn }\n";
/// How long the daemon is watched once it has looked at everything.
const WATCHED: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_daemon_with_a_wrong_clock_changes_nothing_and_stays() {
    let folder = std::env::temp_dir().join(format!("sixshift-clock-{}", std::process::id()));
    let plans = folder.join("plans");
    fs::create_dir_all(&plans).unwrap();
    let binary = binary().expect("the binary is built");
    let region = three_services(&binary, "1", &plans).expect("the region runs");
    without_people(&plans).unwrap();
    fs::write(folder.join("sixshift.yaml"), SETTINGS).unwrap();
    // No --sim-clock: the daemon has this machine's clock, and the region its own.
    let mut daemon = in_region(&mut Command::new(&binary), &region.url)
        .args(["run", "--config"])
        .arg(folder.join("sixshift.yaml"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the daemon starts");
    let since = Instant::now();
    while calls(&region.url, is_read) < 20 && since.elapsed() < PATIENCE {
        sleep(Duration::from_millis(200));
    }
    sleep(WATCHED);
    let lives = daemon.try_wait().unwrap().is_none();
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    let mut said = String::new();
    daemon
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert!(lives, "it ended: {said}");
    assert!(calls(&region.url, is_read) >= 20, "it did not look: {said}");
    assert_eq!(calls(&region.url, |call| !is_read(call)), 0, "{said}");
    assert!(
        said.contains("nothing is changed: AWS's clock differs"),
        "{said}"
    );
    let _ = fs::remove_dir_all(&folder);
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
