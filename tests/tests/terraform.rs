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

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sixshift_tests::{Server, binary, checkout};

/// What `terraform plan -detailed-exitcode` ends with where something would change.
const CHANGES: i32 = 2;

/// A copy of the module, with whatever Terraform keeps beside it; gone with the test.
struct Module {
    folder: PathBuf,
    url: String,
}

impl Module {
    fn new(url: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("sixshift-terraform-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let source = checkout().join("tests/terraform/main.tf");
        std::fs::copy(source, folder.join("main.tf")).expect("the module is in the checkout");
        Self {
            folder,
            url: url.to_owned(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("terraform");
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("TF_VAR_region_url", &self.url)
            // Whatever the person at this machine has configured for AWS stays out.
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env_remove("AWS_ENDPOINT_URL")
            .env_remove("AWS_PROFILE");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output();
        output.expect("terraform was just asked for its version")
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // It is a temporary folder: the system clears what stays.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

/// Whether the judge can come; why not is said where nobody overlooks it.
fn comes(module: &Module) -> bool {
    let there = Command::new("terraform").arg("version").output();
    let why = match there {
        Ok(output) if output.status.success() => {
            let init = module.run(&["init", "-no-color"]);
            if init.status.success() {
                return true;
            }
            said(&init)
        }
        Ok(output) => said(&output),
        Err(error) => error.to_string(),
    };
    println!("::warning title=Terraform left out::the region was not judged by Terraform: {why}");
    false
}

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
    let module = Module::new(&region.url);
    if !comes(&module) {
        return;
    }
    let apply = module.run(&["apply", "-auto-approve", "-no-color"]);
    assert!(apply.status.success(), "{}", said(&apply));
    let plan = module.run(&["plan", "-detailed-exitcode", "-no-color"]);
    assert_ne!(
        plan.status.code(),
        Some(CHANGES),
        "a plan after the apply sees changes: {}",
        said(&plan)
    );
    assert!(plan.status.success(), "{}", said(&plan));
    let destroy = module.run(&["destroy", "-auto-approve", "-no-color"]);
    assert!(destroy.status.success(), "{}", said(&destroy));
    assert_eq!(left(&region.url), "nothing");
}
