//! How long it takes from a happening, written to the journal's file, to its arrival at a webhook: alone, beside receivers that are
//! down, and in a burst.
//!
//! Run with `cargo bench -p sixshift-controller --bench told`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a bench says its figures and stops where it cannot go on"
)]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

use sixshift_controller::{
    Board, Clock, Fleet, Hands, Metrics, Parts,
    event::{Event, EventKind},
    journal::{File, Journal, Records},
    lease::SingleProcess,
    notify::{self, On, Receiver, To},
    secret::Secret,
};
use sixshift_sim::{Region, scenario};

const HAPPENINGS: usize = 500;
/// Between two of them.
const PACE: Duration = Duration::from_millis(10);

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for (named, down, pace) in [
        ("alone", 0, PACE),
        ("beside 1 receiver that is down", 1, PACE),
        ("beside 20 receivers that are down", 20, PACE),
        ("in a burst", 0, Duration::ZERO),
    ] {
        let Measured { took, wrote } = runtime.block_on(measured(down, pace));
        let (arrival, write) = (quantiles(took), quantiles(wrote));
        println!(
            "{named}: p50 {:.1} ms, p99 {:.1} ms, most {:.1} ms from a happening to its arrival; of that the journal's write p50 {:.1} ms, \
             p99 {:.1} ms, most {:.1} ms",
            arrival[0], arrival[1], arrival[2], write[0], write[1], write[2],
        );
    }
    runtime.shutdown_background();
}

/// In milliseconds: half, 99 of 100, and all of them took no longer.
fn quantiles(mut all: Vec<Duration>) -> [f64; 3] {
    all.sort_unstable();
    [0.5, 0.99, 1.0].map(|q| all[((all.len() - 1) as f64 * q) as usize].as_secs_f64() * 1e3)
}

/// Of each happening: how long until its message arrived, and how long until the journal had it.
struct Measured {
    took: Vec<Duration>,
    wrote: Vec<Duration>,
}

/// When each message arrived, by the happening's text.
type Arrived = mpsc::Receiver<(String, Instant)>;

async fn measured(down: usize, pace: Duration) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    let (fleet, last) = fleet(folder.path()).await;
    let (url, arrived) = listener();
    let mut receivers = vec![receiver("up", &url)];
    // Nobody listens on port 9.
    receivers.extend((0..down).map(|n| receiver(&format!("down-{n}"), "http://127.0.0.1:9/")));
    let sent = Mutex::new(BTreeMap::new());
    let happens = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let mut wrote = Vec::new();
        for n in 0..HAPPENINGS {
            let text = format!("happening {n}");
            let event = Event::new(jiff::Timestamp::now(), EventKind::Daemon, text.clone());
            let since = Instant::now();
            sent.lock().unwrap().insert(text, since);
            fleet.tell(event).await;
            wrote.push(since.elapsed());
            tokio::time::sleep(pace).await;
        }
        let mut took = Vec::new();
        while took.len() < HAPPENINGS {
            match arrived.try_recv() {
                Ok((text, at)) => {
                    took.extend(sent.lock().unwrap().get(&text).map(|since| at - *since));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
        Measured { took, wrote }
    };
    tokio::select! {
        measured = happens => measured,
        () = notify::tell(&receivers, &fleet, last) => panic!("it never ends"),
    }
}

async fn fleet(folder: &Path) -> (Fleet, u64) {
    let built = scenario::build("healthy", Some(1), 1).unwrap();
    let region = Region::new(built.world, 1);
    let clock = Clock::system();
    let file = File::open(&folder.join("journal.redb"), clock.now()).unwrap();
    let journal: Arc<dyn Journal> = Arc::new(file);
    let records = Records::new(journal);
    let loaded = records.load().await.unwrap();
    let last = loaded.last_event;
    let parts = Parts {
        hands: Hands::with_http_client(region.http_client(), clock.clone(), 1.0),
        clock,
        board: Board::new(Metrics::new()).0,
        records,
        lease: Arc::new(SingleProcess),
        adopts: true,
        stands_by: false,
        relay: None,
    };
    (Fleet::new(parts, loaded), last)
}

fn receiver(name: &str, url: &str) -> Receiver {
    Receiver {
        name: name.to_owned(),
        to: To::Webhook {
            url: Secret::fixed(url),
            secret: Some(Secret::fixed("between us")),
        },
        on: [On::Daemon].into(),
        plans: [].into(),
        repeat: None,
        timeout: Duration::from_secs(2),
        allow_private: true,
        dashboard: None,
    }
}

fn listener() -> (String, Arrived) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", socket.local_addr().unwrap());
    let (tell, arrived) = mpsc::channel();
    thread::spawn(move || {
        for stream in socket.incoming().flatten() {
            let Some(text) = accepted(stream) else { return };
            if tell.send((text, Instant::now())).is_err() {
                return;
            }
        }
    });
    (url, arrived)
}

/// What a message says.
fn accepted(stream: TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((_, value)) = line.to_lowercase().split_once("content-length: ") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    reader
        .get_mut()
        .write_all(b"HTTP/1.1 204 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .ok()?;
    let event: serde_json::Value = serde_json::from_slice(&body).ok()?;
    Some(event["data"]["sentence"].as_str()?.to_owned())
}
