//! AWS's own Python client judges the simulated region: `tests/python`, run against `sixshift sim`.

#![allow(clippy::panic, reason = "a test that cannot go on says where")]

use std::process::Command;

use sixshift_tests::{Server, binary, judge, python_tests, venv};

#[test]
fn boto3_finds_what_it_expects_of_aws() {
    let bin = venv().unwrap_or_else(|e| panic!("{e}"));
    let mut sim = Command::new(binary().unwrap_or_else(|e| panic!("{e}")));
    let recording =
        std::env::temp_dir().join(format!("sixshift-boto3-{}.jsonl", std::process::id()));
    sim.args(["sim", "--listen", "127.0.0.1:0", "--record"]);
    let region = Server::announced(sim.arg(&recording)).unwrap_or_else(|e| panic!("{e}"));
    let output = Command::new(bin.join("python"))
        .args(["-m", "pytest"])
        .current_dir(python_tests())
        .env("SIXSHIFT_SIM_URL", &region.url)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // Whatever the person at this machine has configured for AWS stays out.
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env_remove("AWS_ENDPOINT_URL")
        .env_remove("AWS_PROFILE")
        .output()
        .expect("pytest was installed");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    // Some of what these tests send is wrong on purpose; no answer may be.
    judge(std::slice::from_ref(&recording), true).unwrap_or_else(|e| panic!("{e}"));
    let _ = std::fs::remove_file(&recording);
}
