//! The alarms look for lines of the log: a daemon that goes through it all says each of them.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    time::{Duration, Instant},
};

use serde_json::Value;
use sixshift_tests::{Server, binary, checkout, in_region, three_services, without_people};

use crate::{file, pattern::Pattern};

/// Three migrations at six hundred times the speed take a part of it.
const PATIENCE: Duration = Duration::from_secs(150);

const SETTINGS: &str = "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans, poll: 1s } }\n\
    journal: { path: journal.redb }\nlisten: ['127.0.0.1:0']\nlog: { format: json, filter: info }\n\
    notify: [{ webhook: { url: 'http://127.0.0.1:9/', allowPrivate: true, on: [begun, step, done] } }]\n";

/// The filters of the CloudFormation template: by metric, the pattern and the metric's value.
fn filters() -> BTreeMap<String, (String, String)> {
    let text = file("deploy/cloudformation/sixshift.yaml");
    let patterns = text
        .lines()
        .filter_map(|l| l.trim().strip_prefix("FilterPattern: "));
    let unquoted = patterns.map(|p| p.trim_matches('\'').to_owned());
    let metrics = text
        .lines()
        .filter(|l| l.trim().starts_with("- { MetricNamespace:"));
    let part = |line: &str, key: &str| {
        let value = line.split(&format!("{key}: ")).nth(1).unwrap_or_default();
        let value = value.split([',', ' ']).next().unwrap_or_default();
        value.trim_matches('"').to_owned()
    };
    let named = metrics.map(|l| (part(l, "MetricName"), part(l, "MetricValue")));
    let all: BTreeMap<_, _> = named
        .zip(unquoted)
        .map(|((name, value), pattern)| (name, (pattern, value)))
        .collect();
    assert_eq!(all.len(), 5, "{all:?}");
    all
}

/// A daemon in a region with three services, one of them with a bad release.
struct Daemon {
    folder: PathBuf,
    child: Child,
    lines: Receiver<Value>,
    _region: Server,
}

impl Daemon {
    fn start(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("sixshift-{name}-{}", std::process::id()));
        let plans = folder.join("plans");
        fs::create_dir_all(&plans).expect("a temporary folder");
        let binary = binary().unwrap_or_else(|e| panic!("{e}"));
        let region = three_services(&binary, "600", &plans).unwrap_or_else(|e| panic!("{e}"));
        without_people(&plans).expect("the plans can be written");
        fs::write(folder.join("sixshift.yaml"), SETTINGS).expect("and the settings");
        let mut child = command(&binary, &folder, &region.url)
            .spawn()
            .expect("a shell is there");
        let stderr = child.stderr.take().expect("it is piped");
        let (told, lines) = channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(stderr).lines().map_while(Result::ok);
            for line in lines {
                // Each line of a log in JSON is one object; anything else is no line of it.
                let line = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if told.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            folder,
            child,
            lines,
            _region: region,
        }
    }

    /// The first line that each pattern finds, by name.
    fn found(&self, patterns: &[(&str, Pattern)]) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        let mut last = Vec::new();
        let since = Instant::now();
        while found.len() < patterns.len() {
            let left = PATIENCE.saturating_sub(since.elapsed());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    for (name, pattern) in patterns {
                        if pattern.matches(&line) {
                            found
                                .entry((*name).to_owned())
                                .or_insert_with(|| line.clone());
                        }
                    }
                    last.push(line);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    let names: Vec<_> = found.keys().collect();
                    let from = last.len().saturating_sub(20);
                    panic!("only {names:?} were found; last: {:#?}", &last[from..]);
                }
            }
        }
        found
    }
}

/// Files may get too large for it without ending it: what it inherits from the shell.
fn command(binary: &Path, folder: &Path, region: &str) -> Command {
    let mut command = Command::new("sh");
    in_region(&mut command, region)
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(binary)
        .args(["run", "--config", "sixshift.yaml", "--sim-clock", region])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn read(
    filters: &BTreeMap<String, (String, String)>,
    names: &[&'static str],
) -> Vec<(&'static str, Pattern)> {
    let one = |name: &&'static str| (*name, Pattern::read(&filters[*name].0));
    names.iter().map(one).collect()
}

#[test]
fn a_daemon_that_leads_and_takes_a_bad_release_back_says_what_the_alarms_look_for() {
    let filters = filters();
    let daemon = Daemon::start("lines");
    let looked_for = ["LookAge", "BadVerdicts", "Rollbacks", "FailingReceivers"];
    let found = daemon.found(&read(&filters, &looked_for));
    let age = filters["LookAge"].1.strip_prefix("$.").expect("a field");
    assert!(found["LookAge"][age].is_u64(), "{}", found["LookAge"]);
    for counted in ["BadVerdicts", "Rollbacks"] {
        assert_eq!(filters[counted].1, "1");
        assert!(found[counted]["plan"].is_string(), "{}", found[counted]);
    }
}

#[test]
fn a_daemon_whose_journal_cannot_be_written_says_what_the_alarm_looks_for() {
    let filters = filters();
    let daemon = Daemon::start("unwritten");
    // A journal that cannot even be begun ends the daemon: this one was, when it says so.
    let begun =
        "{ ($.message = \"the journal is new: what is under way in AWS waits to be adopted\") }";
    daemon.found(&[("begun", Pattern::read(begun))]);
    let limited = Command::new("prlimit")
        .args(["--fsize=1:1", "--pid"])
        .arg(daemon.child.id().to_string())
        .status();
    assert!(limited.expect("prlimit is there").success());
    daemon.found(&read(&filters, &["UnwrittenJournal"]));
}

#[test]
fn terraforms_filters_are_the_same() {
    let alarms = fs::read_to_string(checkout().join("deploy/terraform/alarms.tf")).expect("text");
    for (name, (pattern, value)) in filters() {
        let quoted = Value::from(pattern).to_string();
        let from = alarms.find(&format!("    {name} = {{")).expect(&name);
        let next = alarms[from..].find("    }\n").expect("it ends");
        let block = &alarms[from..from + next];
        assert!(
            block.contains(&quoted) && block.contains(&format!("\"{value}\"")),
            "{block}"
        );
    }
}
