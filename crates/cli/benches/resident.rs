//! What a daemon weighs with 1, 100 and 1,000 plans: resident memory after each hour of a region's time, while the plans move.
//!
//! Run with `cargo bench -p sixshift --bench resident`; a number after `--` is the only fleet to weigh. The daemon gets the image's
//! environment; `SIXSHIFT_BINARY` names the image's binary too, which is static: libraries weigh 2 MB otherwise. Linux only: memory
//! is read from /proc.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench says its figures and stops where it cannot go on"
)]

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use sixshift_tests::{Server, in_region};

const BINARY: &str = env!("CARGO_BIN_EXE_sixshift");
/// A fleet, and what is wanted of it at most, in megabytes.
const FLEETS: [(u16, f64); 3] = [(1, 24.0), (100, 32.0), (1000, 80.0)];
/// Of the region's time: longer than any window of minutes.
const HOURS: u32 = 5;
/// The region's seconds a second: at 10 the weight is the same.
const SPEED: u32 = 40;
/// What the Dockerfile sets.
const IMAGE: [(&str, &str); 3] = [
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_TRIM_THRESHOLD_", "65536"),
    ("MALLOC_TOP_PAD_", "4096"),
];
const SETTINGS: &str = "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans, poll: 5s } }\n\
    journal: { path: journal.redb }\nlisten: [\"127.0.0.1:0\"]\n";

fn main() {
    let only: Option<u16> = std::env::args().find_map(|word| word.parse().ok());
    for (plans, wanted) in FLEETS {
        if only.is_none_or(|only| only == plans) {
            weigh(plans, wanted);
        }
    }
}

fn weigh(plans: u16, wanted: f64) {
    let folder = std::env::temp_dir().join(format!("sixshift-resident-{}", std::process::id()));
    fs::create_dir_all(folder.join("plans")).unwrap();
    fs::write(folder.join("sixshift.yaml"), SETTINGS).unwrap();
    let mut sim = Command::new(BINARY);
    sim.args(["sim", "--listen", "127.0.0.1:0", "--scenario", "big-fleet"])
        .args([
            "--services",
            &plans.to_string(),
            "--speed",
            &SPEED.to_string(),
        ])
        .arg("--write-plans")
        .arg(folder.join("plans"))
        .stderr(Stdio::null());
    let region = Server::announced(&mut sim).unwrap();
    let mut daemon = daemon(&folder, &region.url);
    let begun = Instant::now();
    println!("{plans} plans (wanted: at most {wanted} MB):");
    for hour in 1..=HOURS {
        let at = Duration::from_secs(u64::from(hour * 3600 / SPEED));
        sleep(at.saturating_sub(begun.elapsed()));
        println!("  after {hour} h: {}", resident(daemon.id()));
    }
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    fs::remove_dir_all(&folder).unwrap();
}

fn daemon(folder: &Path, region: &str) -> Child {
    let binary = std::env::var("SIXSHIFT_BINARY").unwrap_or_else(|_| BINARY.to_owned());
    let mut daemon = Command::new(binary);
    daemon
        .envs(IMAGE)
        .args(["run", "--config", "sixshift.yaml", "--sim-clock", region])
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    in_region(&mut daemon, region).spawn().unwrap()
}

/// In megabytes: all, and the part that is not the program itself.
fn resident(process: u32) -> String {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let megabytes = |name: &str| -> f64 {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        let kilobytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes / 1e3
    };
    format!(
        "{:.1} MB resident, {:.1} of it data",
        megabytes("VmRSS:"),
        megabytes("RssAnon:")
    )
}
