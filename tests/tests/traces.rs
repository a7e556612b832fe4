//! A daemon's traces, judged by OpenTelemetry's own messages and names: a collector in Python that refuses whatever those do not know.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on says where"
)]

use std::{
    collections::BTreeSet,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use sixshift_tests::{
    Server, binary, in_region, python_tests, three_services, venv_of, without_people,
};

const PATIENCE: Duration = Duration::from_secs(90);

/// What a collector tells of itself.
fn told(collector: &Server, path: &str) -> Vec<Value> {
    let address = collector.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}

fn collector() -> Server {
    let bin = venv_of(&python_tests().join("collector.txt")).unwrap_or_else(|e| panic!("{e}"));
    let mut python = Command::new(bin.join("python"));
    python.arg(python_tests().join("collector.py"));
    Server::announced(python.env("PYTHONDONTWRITEBYTECODE", "1")).unwrap()
}

fn daemon(binary: &Path, folder: &Path, region: &Server, collector: &Server) -> Child {
    let settings = format!(
        "apiVersion: sixshift/v1\nkind: Settings\nsource: {{ dir: {{ path: plans, poll: 1s }} }}\n\
         journal: {{ path: state/journal.redb }}\nlisten: [\"127.0.0.1:0\"]\nlog: {{ filter: info, format: json }}\n\
         telemetry: {{ otlp: {{ endpoint: '{}/', attributes: {{ deployment.environment.name: test }} }} }}\n",
        collector.url
    );
    fs::write(folder.join("sixshift.yaml"), settings).unwrap();
    let mut run = Command::new(binary);
    in_region(&mut run, &region.url)
        .args(["run", "--sim-clock", &region.url, "--config"])
        .arg(folder.join("sixshift.yaml"))
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.join("log")).unwrap())
        .spawn()
        .expect("the daemon starts")
}

fn text<'a>(span: &'a Value, key: &str) -> &'a str {
    span[key].as_str().unwrap_or_default()
}

#[test]
fn opentelemetrys_own_messages_and_names_take_every_span() {
    let folder: PathBuf =
        std::env::temp_dir().join(format!("sixshift-traces-{}", std::process::id()));
    let plans = folder.join("plans");
    fs::create_dir_all(&plans).unwrap();
    let binary = binary().expect("the binary is built");
    let region = three_services(&binary, "60", &plans).expect("the region runs");
    without_people(&plans).unwrap();
    let collector = collector();
    let mut run = daemon(&binary, &folder, &region, &collector);
    let since = Instant::now();
    let acted = |spans: &[Value]| {
        spans
            .iter()
            .any(|span| text(span, "sixshift.outcome") == "acted")
    };
    while !acted(&told(&collector, "/spans")) {
        assert!(
            since.elapsed() < PATIENCE,
            "{:?}",
            told(&collector, "/refused")
        );
        sleep(Duration::from_millis(500));
    }
    let before = told(&collector, "/spans").len();
    // Time for rounds that are not told of yet.
    sleep(Duration::from_secs(2));
    // What waits in memory is brought at the end.
    let ended = Command::new("kill")
        .arg(run.id().to_string())
        .status()
        .unwrap();
    assert!(ended.success());
    assert!(run.wait().unwrap().success());

    assert_eq!(told(&collector, "/refused"), Vec::<Value>::new());
    let spans = told(&collector, "/spans");
    assert!(spans.len() > before, "the last ones came at the end");
    let (rounds, calls): (Vec<&Value>, Vec<&Value>) = spans
        .iter()
        .partition(|span| text(span, "parent").is_empty());
    assert!(calls.len() > 10);
    let known: BTreeSet<_> = rounds
        .iter()
        .map(|round| (text(round, "trace"), text(round, "id")))
        .collect();
    let lost = calls
        .iter()
        .filter(|call| !known.contains(&(text(call, "trace"), text(call, "parent"))));
    // A round that only looked may be broken off at the end, after its calls.
    assert!(lost.count() < 30);
    for call in &calls {
        assert_eq!(text(call, "rpc.system"), "aws-api", "{call}");
        assert!(!text(call, "aws.request_id").is_empty(), "{call}");
    }
    // A line of the log leads to the trace.
    let log = fs::read_to_string(folder.join("log")).unwrap();
    let lines = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let named: BTreeSet<String> = lines
        .filter_map(|line| Some(line["span"]["trace_id"].as_str()?.to_owned()))
        .collect();
    assert!(!named.is_empty(), "{log}");
    let traces: BTreeSet<_> = rounds.iter().map(|round| text(round, "trace")).collect();
    for trace in &named {
        assert!(traces.contains(trace.as_str()), "{trace}");
    }
    let _ = fs::remove_dir_all(&folder);
}
