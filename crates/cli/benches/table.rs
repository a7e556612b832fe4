//! What a journal and a lease in DynamoDB cost: the calls of two daemons with 100 plans at rest, and their price.
//!
//! Run with `cargo bench -p sixshift --bench table`. The table is another project's: moto's server, which counts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench says its figures and stops where it cannot go on"
)]

use std::{
    collections::BTreeMap,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use sixshift_tests::{Boto, Server, in_region, python_tests, venv};

const BINARY: &str = env!("CARGO_BIN_EXE_sixshift");
const PLANS: &str = "100";
const DAEMONS: usize = 2;
/// At rest nothing is written in so long but the lease.
const QUIET: Duration = Duration::from_secs(30);
const COUNTED: Duration = Duration::from_secs(180);
/// Dollars for a million units on demand, as AWS's price list has them for us-east-1 (2026-11).
const WRITE: f64 = 0.625;
const READ: f64 = 0.125;
const HOURS_A_MONTH: f64 = 730.0;
const TOKEN: &str = "a-token-of-forty-characters-for-the-bench";

fn main() {
    let folder = std::env::temp_dir().join(format!("sixshift-table-{}", std::process::id()));
    fs::create_dir_all(folder.join("plans")).unwrap();
    let settings = "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans, poll: 5s } }\n\
        journal: { dynamodb: { table: sixshift } }\nlisten: [\"127.0.0.1:0\"]\n\
        auth: { tokens: [{ name: bench, role: operator, env: BENCH_TOKEN }] }\n";
    fs::write(folder.join("sixshift.yaml"), settings).unwrap();
    let mut sim = Command::new(BINARY);
    sim.args(["sim", "--listen", "127.0.0.1:0", "--scenario", "big-fleet"])
        .args(["--services", PLANS, "--write-plans"])
        .arg(folder.join("plans"))
        .stderr(Stdio::null());
    let region = Server::announced(&mut sim).unwrap();
    let bin = venv().unwrap_or_else(|e| panic!("{e}"));
    let mut moto = Command::new(bin.join("python"));
    moto.arg(python_tests().join("moto_here.py"))
        .stderr(Stdio::null());
    let stores = Server::on_free_port(&mut moto, |moto, port| {
        moto.arg(port.to_string());
    })
    .unwrap();
    let boto = Boto::at(&stores.url).unwrap();
    boto.table("sixshift", "expires").unwrap();
    let mut daemons: Vec<Child> = (0..DAEMONS)
        .map(|n| daemon(&folder, n, &region.url, &stores.url))
        .collect();
    sleep(Duration::from_secs(20));
    freeze(&folder);
    let before = at_rest(&stores.url);
    sleep(COUNTED);
    told(&before, &asked(&stores.url));
    for daemon in &mut daemons {
        daemon.kill().unwrap();
        daemon.wait().unwrap();
    }
    fs::remove_dir_all(&folder).unwrap();
}

fn daemon(folder: &Path, number: usize, region: &str, stores: &str) -> Child {
    let log = fs::File::create(folder.join(format!("log-{number}"))).unwrap();
    let mut daemon = Command::new(BINARY);
    daemon
        .args(["run", "--config", "sixshift.yaml", "--sim-clock", region])
        .current_dir(folder)
        .env("AWS_ENDPOINT_URL_DYNAMODB", stores)
        .env("BENCH_TOKEN", TOKEN)
        .env("NO_COLOR", "1")
        .stdout(Stdio::from(log.try_clone().unwrap()))
        .stderr(log);
    in_region(&mut daemon, region).spawn().unwrap()
}

/// At rest: nothing goes forward.
fn freeze(folder: &Path) {
    let log = fs::read_to_string(folder.join("log-0")).unwrap();
    let url = log.split("listen=").nth(1).unwrap();
    let url = url.split_whitespace().next().unwrap();
    let mut freeze = Command::new(BINARY);
    freeze.args(["freeze", "--reason", "to be counted", "--server", url]);
    let done = freeze.env("SIXSHIFT_TOKEN", TOKEN).output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

/// What was asked until the fleet came to rest: what is held is told, a note each.
fn at_rest(url: &str) -> BTreeMap<String, (u64, u64)> {
    let notes = |asked: &BTreeMap<String, (u64, u64)>| asked.get("TransactWriteItems").copied();
    let mut before = asked(url);
    loop {
        sleep(QUIET);
        let after = asked(url);
        if notes(&after) == notes(&before) {
            return after;
        }
        before = after;
    }
}

/// Calls so far, by operation, and the items in them.
fn asked(url: &str) -> BTreeMap<String, (u64, u64)> {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /_asked HTTP/1.0\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

fn told(before: &BTreeMap<String, (u64, u64)>, after: &BTreeMap<String, (u64, u64)>) {
    let (mut calls, mut dollars) = (0.0, 0.0);
    println!("{PLANS} plans at rest, {DAEMONS} daemons, calls an hour:");
    let hourly = |more: u64| more as f64 * 3600.0 / COUNTED.as_secs_f64();
    for (name, (count, items)) in after {
        let (asked, had) = before.get(name).copied().unwrap_or_default();
        let (more, units) = (hourly(count - asked), hourly(items - had));
        if more > 0.0 {
            println!("  {name}: {more:.0}, of {units:.0} items");
        }
        calls += more;
        dollars += units * HOURS_A_MONTH * price(name) / 1e6;
    }
    println!("  in all {calls:.0}: {dollars:.2} $ a month (wanted: at most 3)");
}

/// Of a million items. Rows are small, so a unit each; reads are consistent, and what is in a transaction counts twice
/// (AWS docs: DynamoDB read/write request units).
fn price(operation: &str) -> f64 {
    match operation {
        "TransactWriteItems" => 2.0 * WRITE,
        "PutItem" | "UpdateItem" | "DeleteItem" => WRITE,
        "TransactGetItems" => 2.0 * READ,
        "GetItem" | "Query" => READ,
        _ => 0.0,
    }
}
