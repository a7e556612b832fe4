//! The log of the daemon: what goes is a warning, what comes back is none, and neither is told twice.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use crate::server::bare;

/// The source is looked at once a second.
const SETTINGS: &str = "apiVersion: sixshift/v1\nkind: Settings\nsource: { dir: { path: plans, poll: 1s } }\n\
    journal: { path: journal.redb }\nlisten: [\"127.0.0.1:0\"]\nlog: { format: text, filter: info }\n";
const PATIENCE: Duration = Duration::from_secs(30);

/// A daemon over a folder of plans that ends with the test.
struct Daemon {
    child: Child,
    lines: Receiver<String>,
    folder: tempfile::TempDir,
}

impl Daemon {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = folder.path().join("sixshift.yaml");
        fs::write(&settings, SETTINGS).expect("it can be written");
        fs::create_dir(folder.path().join("plans")).expect("it can be made");
        let settings = settings.display().to_string();
        let mut child = bare(&["run", "--config", &settings])
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the daemon starts");
        let says = child.stderr.take().expect("it is piped");
        let (told, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(says).lines().map_while(Result::ok) {
                if told.send(line).is_err() {
                    return;
                }
            }
        });
        let daemon = Self {
            child,
            lines,
            folder,
        };
        daemon.says("sixshift has started");
        daemon
    }

    /// The line that has a text; what comes before it is passed over.
    fn says(&self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("it never says {text}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Everything that it says in a while.
    fn says_within(&self, time: Duration) -> Vec<String> {
        thread::sleep(time);
        self.lines.try_iter().collect()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_source_that_goes_is_a_warning_once_and_one_that_is_back_is_none() {
    let daemon = Daemon::start();
    let plans = daemon.folder.path().join("plans");
    fs::remove_dir(&plans).expect("it can be removed");
    let gone = daemon.says("the source could not be read");
    assert!(gone.contains(" WARN "), "{gone}");
    let again = daemon.says_within(Duration::from_secs(3));
    assert!(
        !again.iter().any(|line| line.contains("source")),
        "{again:?}"
    );
    fs::create_dir(&plans).expect("it can be made");
    let back = daemon.says("the source is read again");
    assert!(back.contains(" INFO "), "{back}");
}

#[test]
fn a_plan_that_breaks_is_a_warning_and_one_that_is_sound_is_none() {
    let daemon = Daemon::start();
    let plan = daemon.folder.path().join("plans/minimal.yaml");
    fs::write(
        &plan,
        "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata: { name: checkout }\n",
    )
    .expect("it can be written");
    let broken = daemon.says("the plan is broken");
    assert!(broken.contains(" WARN "), "{broken}");
    let sound = include_str!("../../../../config/plans/minimal.yaml");
    fs::write(&plan, sound).expect("it can be written");
    let told = daemon.says("revision ");
    assert!(told.contains(" INFO "), "{told}");
}
