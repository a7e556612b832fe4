//! What `sixshift handover` writes, judged by the tools that it is for: Terraform with AWS's provider over the simulated region, and
//! for CloudFormation cfn-lint, AWS's resource schemas, and boto3, which reads every property again.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on says where, and one that is left out says so"
)]

mod stack;
mod terraform;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use sixshift_tests::{Server, binary, in_region, said, venv};

/// Who may read a task definition's environment.
const TOKEN: &str = "a-token-of-the-test-and-of-nobody-else";

/// A daemon that carries out the plans of a folder in a region.
struct Daemon {
    server: Server,
    folder: PathBuf,
}

impl Daemon {
    /// Over plans that are in `folder/plans`.
    fn start(folder: PathBuf, region: &str) -> Self {
        let mut command = Command::new(binary().unwrap_or_else(|e| panic!("{e}")));
        in_region(&mut command, region).env("SIXSHIFT_TOKEN", TOKEN);
        let server = Server::on_free_port(&mut command, |command, port| {
            let settings = format!(
                "apiVersion: sixshift/v1\nkind: Settings\nsource: {{ dir: {{ path: plans, poll: 1s }} }}\n\
                 journal: {{ path: state/journal.redb }}\nlisten: [\"127.0.0.1:{port}\"]\nlog: {{ filter: error }}\n\
                 auth: {{ tokens: [{{ name: test, role: operator, env: SIXSHIFT_TOKEN }}] }}\n"
            );
            let file = folder.join("sixshift.yaml");
            fs::write(&file, settings).expect("a temporary folder");
            command
                .args(["run", "--sim-clock", region, "--config"])
                .arg(file);
        });
        Self {
            server: server.unwrap_or_else(|e| panic!("{e}")),
            folder,
        }
    }

    /// What the command line says.
    fn asked(&self, arguments: &[&str]) -> Output {
        let output = Command::new(binary().unwrap_or_else(|e| panic!("{e}")))
            .args(arguments)
            .env("SIXSHIFT_SERVER", &self.server.url)
            .env("SIXSHIFT_TOKEN", TOKEN)
            .output();
        output.expect("the binary was just started")
    }

    fn is_done(&self, plan: &str) {
        let wait = [
            "wait",
            plan,
            "--for",
            "done",
            "--timeout",
            "6m",
            "--through-people",
        ];
        let output = self.asked(&wait);
        assert!(
            output.status.success(),
            "{}\n{}",
            said(&output),
            said(&self.asked(&["why", plan]))
        );
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It is a temporary folder: the system clears what stays.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A folder for a daemon's plans.
fn folder(name: &str) -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("sixshift-handover-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("plans")).expect("a temporary folder");
    folder
}

/// The twin's step policy gets the alarm that only a person can make.
fn drives(region: &str, resource: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("terraform/drive.py");
    let bin = venv().unwrap_or_else(|e| panic!("{e}"));
    let output = Command::new(bin.join("python"))
        .arg(script)
        .args([region, resource, "busy"])
        .output();
    let output = output.expect("the environment has a Python");
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn a_service_that_was_moved_in_place_leaves_nothing_to_import_and_says_what_its_code_lacks() {
    let folder = folder("in-place");
    let mut sim = Command::new(binary().unwrap_or_else(|e| panic!("{e}")));
    sim.args(["sim", "--listen", "127.0.0.1:0", "--speed", "600"])
        .args(["--scenario", "worker-in-place", "--write-plans"])
        .arg(folder.join("plans"));
    let region = Server::announced(&mut sim).unwrap_or_else(|e| panic!("{e}"));
    let daemon = Daemon::start(folder, &region.url);
    // Its folder is read once it listens.
    let is_known = || daemon.asked(&["why", "mailer"]).status.success();
    let mut looks = 0..100;
    while !is_known() && looks.next().is_some() {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    daemon.is_done("mailer");
    for form in ["terraform", "cloudformation", "cloudformation-import"] {
        let output = daemon.asked(&["handover", "mailer", "-o", form]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        assert!(output.stdout.is_empty(), "{}", said(&output));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        for part in [
            "mailer was moved in place",
            "subnets subnet-",
            "security groups sg-",
            "task definition arn:aws:ecs:eu-central-1:123456789012:task-definition/mailer-ipv6-",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}
