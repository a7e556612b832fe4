//! A daemon that is killed at random moments loses nothing: the fleet ends as an undisturbed one does, with the same
//! creates and deletes.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use sixshift_tests::{
    binary, control, in_region, judge, three_late_services, three_services_recorded, without_people,
};

/// Times that the daemon is killed.
const KILLS: u32 = 20;
/// Virtual seconds per second.
const SPEED: &str = "60";
/// How long a fleet may take.
const PATIENCE: Duration = Duration::from_secs(240);

/// How a fleet ended.
#[derive(Debug, PartialEq)]
struct End {
    /// Phase of each plan.
    phases: BTreeMap<String, String>,
    /// Calls that made or deleted something, by operation.
    made: BTreeMap<String, u64>,
}

#[test]
fn killed_twenty_times_it_ends_as_if_nothing_had_been() {
    let undisturbed = carried_out(0, Region::Prompt);
    assert!(undisturbed.phases.values().any(|phase| phase == "Done"));
    assert!(
        undisturbed
            .phases
            .values()
            .any(|phase| phase == "RolledBack")
    );
    assert!(undisturbed.made.len() > 5, "{undisturbed:?}");
    assert_eq!(carried_out(KILLS, Region::Prompt), undisturbed);
}

/// A daemon that is killed right after a write knows nothing of it, and the next one does not see it at once.
#[test]
fn killed_between_a_write_and_its_being_seen_it_makes_nothing_twice() {
    let ends = [0, KILLS].map(|kills| carried_out(kills, Region::Late));
    assert_eq!(ends[1].phases, ends[0].phases);
    // What AWS itself makes once only, by its name, may be asked for twice.
    let made = |end: &End| {
        ["ecs:RegisterTaskDefinition", "ecs:CreateService"].map(|op| end.made.get(op).copied())
    };
    assert!(
        made(&ends[0]).iter().all(|n| n.is_some_and(|n| n >= 3)),
        "{:?}",
        ends[0]
    );
    assert_eq!(made(&ends[1]), made(&ends[0]));
}

/// How soon a region shows what was written.
#[derive(Clone, Copy, Debug)]
enum Region {
    Prompt,
    Late,
}

/// Runs a fleet to its end, killing the daemon so many times on the way.
fn carried_out(kills: u32, region: Region) -> End {
    let folder = std::env::temp_dir().join(format!(
        "sixshift-killed-{}-{kills}-{region:?}",
        std::process::id()
    ));
    let plans = folder.join("plans");
    fs::create_dir_all(&plans).unwrap();
    let binary = binary().expect("the binary is built");
    let calls = folder.join("calls.jsonl");
    let region = match region {
        Region::Prompt => three_services_recorded(&binary, SPEED, &plans, &calls),
        Region::Late => three_late_services(&binary, SPEED, &plans, &calls),
    };
    let region = region.expect("the region runs");
    without_people(&plans).unwrap();
    fs::write(folder.join("sixshift.yaml"), settings()).unwrap();
    let mut moments = Moments(u64::from(kills) + 7);
    for _ in 0..kills {
        let mut daemon = daemon(&folder, &region.url);
        sleep(moments.next());
        daemon.kill().unwrap();
        daemon.wait().unwrap();
    }
    let mut last = daemon(&folder, &region.url);
    ended(&mut last);
    let end = End {
        phases: phases(&folder, &region.url),
        made: made(&region.url),
    };
    judge(&[calls], false).unwrap_or_else(|e| panic!("{e}"));
    let _ = fs::remove_dir_all(&folder);
    end
}

fn settings() -> String {
    "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans, poll: 1s } }\n\
     journal: { path: state/journal.redb }\nlisten: [\"127.0.0.1:0\"]\nlog: { filter: warn }\n"
        .to_owned()
}

fn command(folder: &Path, region: &str) -> Command {
    let mut command = Command::new(binary().expect("the binary is built"));
    in_region(&mut command, region)
        .args(["run", "--until-settled", "--sim-clock", region, "--config"])
        .arg(folder.join("sixshift.yaml"))
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

fn daemon(folder: &Path, region: &str) -> Child {
    command(folder, region).spawn().expect("the daemon starts")
}

/// Waits for the daemon's own end: every migration is settled, one of them rolled back.
fn ended(daemon: &mut Child) {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        if let Some(status) = daemon.try_wait().unwrap() {
            assert_eq!(status.code(), Some(4), "one rolled back, the others done");
            return;
        }
        sleep(Duration::from_millis(100));
    }
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    panic!("the fleet did not settle within {PATIENCE:?}");
}

/// Asked of a daemon that looks at what is there, and changes nothing any more.
fn phases(folder: &Path, region: &str) -> BTreeMap<String, String> {
    let plans = folder.join("plans");
    let mut command = Command::new(binary().expect("the binary is built"));
    let said = in_region(&mut command, region)
        .args([
            "run",
            "--until-settled",
            "-o",
            "json",
            "--sim-clock",
            region,
            "--plans",
        ])
        .arg(&plans)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&said.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&said.stderr)));
    let plans = report["plans"].as_array().unwrap().iter();
    plans
        .map(|p| {
            assert_eq!(
                p["actions"],
                Value::Array(Vec::new()),
                "one more round acted"
            );
            let text = |key: &str| p[key].as_str().unwrap().to_owned();
            (text("name"), text("phase"))
        })
        .collect()
}

/// What the region counted of calls that make or delete something.
fn made(region: &str) -> BTreeMap<String, u64> {
    let counters: Value =
        serde_json::from_str(&control(region, "GET", "counters", "").unwrap()).unwrap();
    let calls = counters["accepted"]
        .as_object()
        .unwrap_or_else(|| panic!("{counters}"));
    let makes = |name: &str| {
        let operation = name.rsplit([':', '.']).next().unwrap_or(name);
        ["Create", "Delete", "Register", "Deregister"]
            .iter()
            .any(|verb| operation.starts_with(verb))
    };
    let made = calls.iter().filter(|(name, _)| makes(name));
    made.map(|(name, n)| (name.clone(), n.as_u64().unwrap()))
        .collect()
}

/// Moments between a tenth of a second and three seconds: the same in every run of the test.
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> Duration {
        // Knuth's MMIX numbers.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis(100 + (self.0 >> 33) % 2_900)
    }
}
