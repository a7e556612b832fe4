//! Terraform with AWS's own provider judges the simulated region: `tests/terraform` is applied, planned again and destroyed.
//!
//! Where this machine has no Terraform, or no registry gives it the provider, the judge is left out, and the test says so
//! loudly: `tests/python/test_terraform_calls.py` makes the provider's calls all the same.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on says where, and one that is left out says so"
)]

use std::path::Path;
use std::process::{Command, Output};

use sixshift_tests::{Module, Server, binary, said};

/// What `terraform plan -detailed-exitcode` ends with where something would change.
const CHANGES: i32 = 2;

/// What is left of a kind of thing, asked of the region's own API by AWS's client.
fn left(url: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("terraform/left.py");
    let bin = sixshift_tests::venv().unwrap_or_else(|e| panic!("{e}"));
    let output = Command::new(bin.join("python"))
        .arg(script)
        .arg(url)
        .output();
    let output = output.expect("the environment has a Python");
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn terraform_applies_sees_no_change_and_destroys() {
    let mut sim = Command::new(binary().unwrap_or_else(|e| panic!("{e}")));
    sim.args(["sim", "--listen", "127.0.0.1:0", "--speed", "60"]);
    let region = Server::announced(&mut sim).unwrap_or_else(|e| panic!("{e}"));
    let module = Module::new("region", &region.url, &["main.tf"]).expect("a temporary folder");
    if let Some(why) = module.why_not() {
        println!(
            "::warning title=Terraform left out::the region was not judged by Terraform: {why}"
        );
        return;
    }
    let run = |arguments: &[&str]| -> Output {
        let output = module.run(arguments);
        output.expect("terraform was just asked")
    };
    let apply = run(&["apply", "-auto-approve", "-no-color"]);
    assert!(apply.status.success(), "{}", said(&apply));
    let plan = run(&["plan", "-detailed-exitcode", "-no-color"]);
    assert_ne!(
        plan.status.code(),
        Some(CHANGES),
        "a plan after the apply sees changes: {}",
        said(&plan)
    );
    assert!(plan.status.success(), "{}", said(&plan));
    let destroy = run(&["destroy", "-auto-approve", "-no-color"]);
    assert!(destroy.status.success(), "{}", said(&destroy));
    assert_eq!(left(&region.url), "nothing");
}
