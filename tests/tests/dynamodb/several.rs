//! Two daemons on one table, of which the leader is killed, stopped, cut off: what AWS has at the end is what one undisturbed
//! daemon leaves, and no two of them write at once.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use sixshift_tests::{Bound, Server, binary, control, in_region, three_services, without_people};

use crate::{
    MOTO, TABLE,
    gate::{Gate, Mode},
    prefix,
};

const TOKEN: &str = "a-token-of-forty-characters-for-the-tests";
/// Virtual seconds per second.
const SPEED: &str = "60";
/// A call that was on its way when its daemon lost the lease arrives by then.
const ON_ITS_WAY: Duration = Duration::from_millis(500);

/// A daemon, and its two ways out.
struct Daemon {
    name: &'static str,
    folder: PathBuf,
    aws: Arc<Gate>,
    table: Arc<Gate>,
    child: Option<Child>,
    bound: Option<Bound>,
}

impl Daemon {
    fn new(name: &'static str, stage: &Stage) -> Self {
        let folder = stage.folder.join(name);
        fs::create_dir_all(&folder).unwrap();
        let settings = format!(
            "apiVersion: sixshift/v1\nkind: Settings\nsource: {{ dir: {{ path: ../plans, poll: 1s }} }}\n\
             journal: {{ dynamodb: {{ table: {TABLE}, prefix: {} }} }}\nlisten: [\"127.0.0.1:0\"]\n\
             auth: {{ tokens: [{{ name: oncall, role: operator, env: TEST_TOKEN }}] }}\n",
            stage.prefix
        );
        fs::write(folder.join("sixshift.yaml"), settings).unwrap();
        Self {
            name,
            folder,
            aws: Gate::before(&stage.region.url),
            table: Gate::before(&MOTO.server.url),
            child: None,
            bound: None,
        }
    }

    fn starts(&mut self, stage: &Stage) {
        let log = fs::File::create(self.folder.join("log")).unwrap();
        let mut command = Command::new(&stage.binary);
        command.args(["run", "--config", "sixshift.yaml", "--sim-clock"]);
        command.arg(&stage.region.url).current_dir(&self.folder);
        in_region(&mut command, &self.aws.url)
            .env("AWS_ENDPOINT_URL_DYNAMODB", &self.table.url)
            .env("TEST_TOKEN", TOKEN)
            .env("NO_COLOR", "1")
            .stdout(Stdio::from(log.try_clone().unwrap()))
            .stderr(log);
        let child = command.spawn().unwrap();
        self.bound = Some(Bound::to_us(&child).unwrap());
        self.child = Some(child);
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn url(&self) -> String {
        let log = self.log();
        let line = log
            .lines()
            .find(|line| line.contains("sixshift has started"));
        let line = line.unwrap_or_else(|| panic!("{} has not started: {log}", self.name));
        let at = line.split("listen=").nth(1).unwrap();
        at.split_whitespace().next().unwrap().to_owned()
    }

    /// How often it has begun to lead since it was started.
    fn leads(&self) -> usize {
        self.log().matches("this daemon leads epoch=").count()
    }

    fn signal(&self, signal: &str) {
        let process = self.child.as_ref().unwrap().id().to_string();
        let sent = Command::new("kill").args([signal, &process]).status();
        assert!(sent.unwrap().success());
    }

    fn dies(&mut self) {
        self.bound.take();
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// What the program says when it asks this daemon.
    fn asked(&self, stage: &Stage, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(&stage.binary);
        command.args(arguments).args(["--server", &self.url()]);
        let said = command.env("SIXSHIFT_TOKEN", TOKEN).output().unwrap();
        let text = [said.stdout, said.stderr].concat();
        (said.status.success(), String::from_utf8(text).unwrap())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.bound.take();
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

struct Stage {
    binary: PathBuf,
    folder: PathBuf,
    prefix: String,
    region: Server,
}

impl Stage {
    fn new() -> Self {
        let prefix = prefix();
        let folder = format!("sixshift-several-{}-{prefix}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        let plans = folder.join("plans");
        fs::create_dir_all(&plans).unwrap();
        let binary = binary().unwrap();
        let region = three_services(&binary, SPEED, &plans).unwrap();
        without_people(&plans).unwrap();
        Self {
            binary,
            folder,
            prefix,
            region,
        }
    }

    /// Creates so far, by operation.
    fn made(&self) -> BTreeMap<String, u64> {
        let counters = control(&self.region.url, "GET", "counters", "").unwrap();
        let counters: Value = serde_json::from_str(&counters).unwrap();
        let calls = counters["calls"].as_object().unwrap().clone();
        let made = calls.into_iter().filter(|(name, _)| {
            name.contains(":Create") || name.contains(":RegisterTask") || name.contains(":Delete")
        });
        made.map(|(name, n)| (name, n.as_u64().unwrap())).collect()
    }

    /// Plans that have traffic on IPv6, as a daemon shows them.
    fn moving(&self, daemon: &Daemon) -> Vec<String> {
        let (_, text) = daemon.asked(self, &["list", "-o", "json"]);
        let shifts = phases(&text)
            .into_iter()
            .filter(|(_, phase)| phase == "Shift" || phase == "Bake");
        shifts.map(|(name, _)| name).collect()
    }

    /// Phases as a daemon shows them, once every plan has come to its end.
    fn ends(&self, daemon: &Daemon) -> Vec<(String, String)> {
        let since = Instant::now();
        loop {
            let (_, text) = daemon.asked(self, &["list", "-o", "json"]);
            let plans = phases(&text);
            let is_over = |phase: &str| ["Done", "RolledBack"].contains(&phase);
            if plans.len() == 3 && plans.iter().all(|(_, phase)| is_over(phase)) {
                return plans;
            }
            let days = ["Bake", "Cold", "Retire", "Done", "RolledBack"];
            if plans.len() == 3
                && plans
                    .iter()
                    .all(|(_, phase)| days.contains(&phase.as_str()))
            {
                control(&self.region.url, "POST", "advance", "{\"seconds\": 3600}").unwrap();
            }
            assert!(since.elapsed().as_secs() < 240, "{plans:?}");
            sleep(Duration::from_secs(1));
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn phases(list: &str) -> Vec<(String, String)> {
    let list: Value = serde_json::from_str(list).unwrap_or_default();
    let plans = list["items"].as_array().cloned();
    let text = |plan: &Value, name: &str| plan[name].as_str().unwrap_or_default().to_owned();
    plans
        .unwrap_or_default()
        .iter()
        .map(|plan| (text(plan, "name"), text(plan, "phase")))
        .collect()
}

fn within(seconds: u64, what: &str, holds: impl Fn() -> bool) -> Duration {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed().as_secs() < seconds, "{what}");
        sleep(Duration::from_millis(50));
    }
    since.elapsed()
}

/// How an undisturbed daemon ends.
fn undisturbed() -> (Vec<(String, String)>, BTreeMap<String, u64>) {
    let stage = Stage::new();
    let mut one = Daemon::new("one", &stage);
    one.starts(&stage);
    within(20, "it leads", || one.leads() == 1);
    let ends = stage.ends(&one);
    (ends, stage.made())
}

#[test]
fn a_leader_killed_stopped_cut_off_and_throttled_is_followed_and_never_are_there_two() {
    let expected = undisturbed();
    let stage = Stage::new();
    let (mut a, mut b) = (Daemon::new("a", &stage), Daemon::new("b", &stage));
    a.starts(&stage);
    within(20, "the first one leads", || a.leads() == 1);
    b.starts(&stage);
    within(20, "the second one stands by", || {
        b.log().contains("this daemon stands by")
    });
    let plan = fs::read_dir(stage.folder.join("plans")).unwrap();
    let plan = plan.flatten().next().unwrap().path();
    let plan = plan.file_stem().unwrap().to_str().unwrap().to_owned();
    within(20, "it was looked at", || {
        a.asked(&stage, &["list"]).1.contains(&plan)
    });

    // An order that was answered outlives its daemon by however little, unless the answer says that it is not written yet.
    let (done, said) = a.asked(&stage, &["pause", &plan, "--reason", "lunch"]);
    assert!(done, "{said}");
    if said.contains("the journal cannot be written") {
        within(60, "it is written when the journal can be", || {
            !a.asked(&stage, &["list"]).1.contains("cannot be written")
        });
    }
    a.dies();
    let took = within(20, "the other one leads after a kill", || b.leads() == 1);
    eprintln!("taken over {took:?} after a kill");
    within(20, "what was ordered holds", || {
        b.asked(&stage, &["get", &plan]).1.contains("lunch")
    });
    let (done, said) = b.asked(&stage, &["resume", &plan, "--reason", "back"]);
    assert!(done, "{said}");

    // Whoever stands by says so, and hands orders to the leader: behind one address nobody can choose.
    a.starts(&stage);
    within(20, "it stands by", || a.log().contains("stands by"));
    within(20, "it says who leads", || {
        let (_, said) = a.asked(&stage, &["list"]);
        said.contains("this daemon stands by") && said.contains("leads")
    });
    let (done, said) = a.asked(&stage, &["pause", &plan, "--reason", "tea"]);
    assert!(done && said.contains("it stops going forward"), "{said}");
    within(5, "the leader has it", || {
        b.asked(&stage, &["get", &plan]).1.contains("tea")
    });
    let (done, said) = a.asked(&stage, &["pause", &plan, "--reason", "tea"]);
    assert!(!done && said.contains("paused already"), "{said}");
    let (done, said) = a.asked(&stage, &["resume", &plan, "--reason", "back"]);
    assert!(done, "{said}");

    // Stopped for longer than the lease lasts, and let go again.
    b.signal("-STOP");
    let took = within(20, "the other one leads after a stop", || a.leads() == 1);
    eprintln!("taken over {took:?} after a stop");
    let from = Instant::now();
    sleep(Duration::from_secs(3));
    b.signal("-CONT");
    sleep(Duration::from_secs(4));
    let to = Instant::now();
    writes_nothing(&b, from + ON_ITS_WAY, to);

    // Cut off from the table, by a wall and by silence.
    for mode in [Mode::Shut, Mode::Silent] {
        let (leader, other) = if a.log().rfind("leads epoch") > a.log().rfind("this one stands by")
        {
            (&a, &b)
        } else {
            (&b, &a)
        };
        within(120, "a plan has traffic to take back", || {
            !stage.moving(leader).is_empty()
        });
        let before = other.leads();
        leader.table.is(mode);
        let cut = Instant::now();
        within(25, "the other one leads after a cut", || {
            other.leads() > before
        });
        eprintln!("taken over {:?} after a cut ({mode:?})", cut.elapsed());
        // It would take traffic back without its journal, if it might: somebody else may by now, and it says so.
        let from = Instant::now();
        let moving = stage.moving(leader);
        assert!(!moving.is_empty(), "no plan has traffic to take back");
        for plan in moving {
            let (done, said) = leader.asked(&stage, &["abort", &plan, "--reason", "it smells"]);
            assert!(
                done && said.contains("give the order to whoever leads"),
                "{said}"
            );
            let (done, said) = leader.asked(&stage, &["resume", &plan, "--reason", "go"]);
            assert!(!done && said.contains("the lease is not held"), "{said}");
        }
        sleep(Duration::from_secs(4));
        leader.table.is(Mode::Open);
        sleep(Duration::from_secs(4));
        writes_nothing(leader, from, Instant::now());
    }

    // Throttled for a while, both: nobody loses what is held.
    for daemon in [&a, &b] {
        daemon.table.is(Mode::Throttled);
    }
    sleep(Duration::from_secs(4));
    for daemon in [&a, &b] {
        daemon.table.is(Mode::Open);
    }

    // Asked to end, it hands over at once.
    let (leader, other) = if a.log().rfind("leads epoch") > a.log().rfind("this one stands by") {
        (&a, &b)
    } else {
        (&b, &a)
    };
    let before = other.leads();
    leader.signal("-TERM");
    let took = within(5, "the other one leads after SIGTERM", || {
        other.leads() > before
    });
    eprintln!("taken over {took:?} after SIGTERM");

    let ends = stage.ends(other);
    assert_eq!((ends, stage.made()), expected);
}

/// Whatever it sends to AWS in between.
fn writes_nothing(daemon: &Daemon, from: Instant, to: Instant) {
    let wrote: Vec<_> = daemon.aws.writes();
    let wrote = wrote.iter().filter(|(at, _)| *at > from && *at < to);
    let wrote: Vec<_> = wrote
        .map(|(at, what)| (at.duration_since(from), what))
        .collect();
    assert!(
        wrote.is_empty(),
        "{} wrote: {wrote:?}\n{}",
        daemon.name,
        daemon.log()
    );
}
