//! A service of the simulated region is migrated; the template and the list of what it imports are read by cfn-lint, held against
//! AWS's resource schemas, and every property against what boto3 reads of the region.

use std::{fs, process::Command};

use sixshift_tests::{Server, binary, python_tests, said, venv, venv_of, without_people};

use crate::{Daemon, drives, folder};

#[test]
fn a_template_says_what_aws_has_and_imports_by_primary_identifiers() {
    let folder = folder("stack");
    let plans = folder.join("plans");
    let mut sim = Command::new(binary().unwrap_or_else(|e| panic!("{e}")));
    sim.args([
        "sim",
        "--listen",
        "127.0.0.1:0",
        "--speed",
        "120",
        "--scenario",
        "step-scaling",
    ]);
    sim.arg("--write-plans").arg(&plans);
    let region = Server::announced(&mut sim).unwrap_or_else(|e| panic!("{e}"));
    without_people(&plans).expect("plans can be written");
    hasten(&plans);
    let daemon = Daemon::start(folder, &region.url);
    drives(&region.url, "service/prod/checkout-ipv6");
    daemon.is_done("checkout");
    let written = |form: &str| {
        let output = daemon.asked(&["handover", "checkout", "-o", form]);
        assert!(output.status.success(), "{}", said(&output));
        let file = daemon.folder.join(format!("{form}.yaml"));
        fs::write(&file, &output.stdout).expect("a temporary folder");
        file
    };
    let (template, import) = (written("cloudformation"), written("cloudformation-import"));
    let bin = venv_of(&python_tests().join("linters.txt")).unwrap_or_else(|e| panic!("{e}"));
    let lint = Command::new(bin.join("cfn-lint"))
        .args(["--regions", "eu-central-1", "--include-checks", "I", "--"])
        .arg(&template)
        .output()
        .expect("the environment has it");
    assert!(
        lint.status.success(),
        "{}\n{}",
        said(&lint),
        fs::read_to_string(&template).unwrap_or_default()
    );
    // Its boto3 knows the newer members that AWS tells.
    let bin = venv().unwrap_or_else(|e| panic!("{e}"));
    let judge = Command::new(bin.join("python"))
        .arg(python_tests().join("judge_stack.py"))
        .arg(&region.url)
        .args([&template, &import])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("the environment has a Python");
    assert!(
        judge.status.success(),
        "{}\n{}",
        said(&judge),
        fs::read_to_string(&template).unwrap_or_default()
    );
}

/// The shortest bake and cold time that a plan takes.
fn hasten(plans: &std::path::Path) {
    for file in fs::read_dir(plans).expect("the region wrote plans") {
        let path = file.expect("a plan").path();
        let text = fs::read_to_string(&path).expect("a plan");
        let short = |line: &str| match line.trim_start().split(':').next() {
            Some("bake") => "    bake: 5m".to_owned(),
            Some("keepCold") => "    keepCold: 1m".to_owned(),
            _ => line.to_owned(),
        };
        let text: Vec<String> = text.lines().map(short).collect();
        fs::write(&path, text.join("\n")).expect("a plan");
    }
}
