//! What readers cost: 1,000 open streams and 10,000 page loads on a demo fleet; memory must stay flat and rounds on time.
//!
//! Run with `cargo bench -p sixshift --bench readers`. Linux only: memory is read from /proc.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench says its figures and stops where it cannot go on"
)]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const STREAMS: usize = 1_000;
const PAGES: usize = 10_000;
/// Clients that load pages at the same time.
const CLIENTS: usize = 4;

fn main() {
    let (mut demo, address) = start();
    let pid = demo.id();
    thread::sleep(Duration::from_secs(5));
    let alone = observed(&address, pid, Duration::from_secs(15));
    println!("alone:                 {alone}");
    let events = Arc::new(AtomicU64::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..STREAMS)
        .map(|_| reader(&address, Arc::clone(&events), Arc::clone(&over)))
        .collect();
    let reading = observed(&address, pid, Duration::from_secs(15));
    println!("{STREAMS} streams:          {reading}");
    let begun = Instant::now();
    let mut times = load(&address);
    let took = begun.elapsed().as_secs_f64();
    times.sort_unstable();
    let after = observed(&address, pid, Duration::from_secs(15));
    println!("and after {PAGES} pages: {after}");
    let at = |q: f64| times[((times.len() - 1) as f64 * q) as usize].as_secs_f64() * 1e3;
    println!(
        "pages: {:.0} a second beside the streams, p50 {:.1} ms, p99 {:.1} ms",
        times.len() as f64 / took,
        at(0.5),
        at(0.99)
    );
    let received = events.load(Ordering::Relaxed);
    println!(
        "streams: {received} events received, {} to each",
        received as usize / STREAMS
    );
    over.store(true, Ordering::Relaxed);
    demo.kill().unwrap();
    demo.wait().unwrap();
    for reader in readers {
        reader.join().unwrap();
    }
}

/// A demo that goes on, and its address.
fn start() -> (Child, String) {
    let mut demo = Command::new(env!("CARGO_BIN_EXE_sixshift"))
        .args([
            "demo",
            "--stay",
            "--hands-off",
            "--speed",
            "60",
            "--services",
            "20",
        ])
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(demo.stderr.take().unwrap()).lines();
    let line = lines
        .find(|l| l.as_ref().unwrap().contains("http://"))
        .unwrap()
        .unwrap();
    let port = line.rsplit(':').next().unwrap().trim().to_owned();
    // The rest has to be read, or a full pipe would stop the demo.
    thread::spawn(move || lines.for_each(drop));
    (demo, format!("127.0.0.1:{port}"))
}

/// Memory, and how the rounds of the next seconds went.
fn observed(address: &str, pid: u32, during: Duration) -> String {
    let before = rounds(address);
    thread::sleep(during);
    let after = rounds(address);
    let (count, seconds) = (after.0 - before.0, after.1 - before.1);
    format!(
        "{:.1} MB resident; {:.1} rounds a second, {:.2} ms each",
        resident(pid),
        count / during.as_secs_f64(),
        seconds / count.max(1.0) * 1e3
    )
}

/// In megabytes.
fn resident(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    let kilobytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes / 1e3
}

/// Rounds so far, and seconds that they took.
fn rounds(address: &str) -> (f64, f64) {
    let text = get(address, "/metrics");
    let sum = |name: &str| -> f64 {
        let lines = text.lines().filter(|l| l.starts_with(name));
        lines
            .filter_map(|l| l.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    };
    (
        sum("sixshift_round_duration_seconds_count"),
        sum("sixshift_round_duration_seconds_sum"),
    )
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(
        text.starts_with("HTTP/1.1 200"),
        "{path}: {}",
        text.lines().next().unwrap()
    );
    text
}

/// Counts the events of one stream until all is over.
fn reader(address: &str, events: Arc<AtomicU64>, over: Arc<AtomicBool>) -> thread::JoinHandle<()> {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /api/v1/stream HTTP/1.1\r\nhost: {address}\r\n\r\n"
    )
    .unwrap();
    let read = move || {
        for line in BufReader::new(stream).lines() {
            match line {
                Ok(line) if line.starts_with("event:") => {
                    events.fetch_add(1, Ordering::Relaxed);
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        assert!(over.load(Ordering::Relaxed), "a stream ended by itself");
    };
    let small = thread::Builder::new().stack_size(128 * 1024);
    small.spawn(read).unwrap()
}

/// Loads the fleet's page again and again; how long each took.
fn load(address: &str) -> Vec<Duration> {
    let client = |address: String| {
        move || {
            let one = |_| {
                let begun = Instant::now();
                get(&address, "/");
                begun.elapsed()
            };
            (0..PAGES / CLIENTS).map(one).collect::<Vec<_>>()
        }
    };
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| thread::spawn(client(address.to_owned())))
        .collect();
    clients
        .into_iter()
        .flat_map(|c| c.join().unwrap())
        .collect()
}
