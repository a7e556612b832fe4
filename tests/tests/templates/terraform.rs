//! The Terraform module: formatted, valid by AWS's own provider, and what it makes in another project's AWS (moto) has the very
//! statements of `deploy/iam`.
//!
//! Where this machine has no Terraform, or no registry gives it the provider, that is said loudly; checkov reads the module all
//! the same ([`crate::judges`]).

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};
use sixshift_tests::{Server, checkout, venv};

use crate::{file, said, statements};

/// A root module around ours, for a cloud that asks nobody who he is.
const ROOT: &str = r#"
provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "any"
  secret_key                  = "any"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}
resource "aws_vpc" "this" { cidr_block = "10.0.0.0/16" }
resource "aws_subnet" "this" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.0.${count.index}.0/24"
  availability_zone = ["eu-central-1a", "eu-central-1b"][count.index]
}
module "sixshift" {
  source         = "./terraform"
  image          = "registry.example.com/sixshift"
  vpc_id         = aws_vpc.this.id
  subnet_ids     = aws_subnet.this[*].id
  s3             = { bucket = "plans-of-ours" }
  plan_role_arns = ["arn:aws:iam::210987654321:role/sixshift"]
}
module "role" {
  source            = "./terraform/modules/role"
  daemon_account_id = "123456789012"
  external_id       = "sixshift-4f1c8a"
}
"#;

/// Of what was made, its documents.
const READ_BACK: &str = r#"
import json, sys, urllib.parse, boto3
of = lambda service: boto3.client(service, region_name="eu-central-1", endpoint_url=sys.argv[1], aws_access_key_id="any", aws_secret_access_key="any")
iam, found = of("iam"), {}
for role in iam.list_roles()["Roles"]:
    for name in iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]:
        kind = "role" if role["RoleName"] == "sixshift" else "daemon"
        found[f"{kind} {name}"] = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
    for policy in iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]:
        kind = "role" if role["RoleName"] == "sixshift" else "daemon"
        version = iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
        ways = ["lattice", "cloud-map", "logs"]
        way = next((w for w in ways if f"-{w}-" in policy["PolicyName"]), "nlb")
        found[f"{kind} {way}"] = iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
task = of("ecs").describe_task_definition(taskDefinition="sixshift")["taskDefinition"]
found["container"] = task["containerDefinitions"][0]
found["table"] = of("dynamodb").describe_table(TableName="sixshift-journal")["Table"]
found["expires"] = of("dynamodb").describe_time_to_live(TableName="sixshift-journal")["TimeToLiveDescription"]
found["alarms"] = sorted(alarm["AlarmName"] for alarm in of("cloudwatch").describe_alarms()["MetricAlarms"])
print(json.dumps(found, default=str))
"#;

/// A copy of the module with its policies; gone with the test.
struct Copy(PathBuf);

impl Copy {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("sixshift-module-{}", std::process::id()));
        for part in ["iam", "terraform"] {
            copy(&checkout().join("deploy").join(part), &folder.join(part));
        }
        Self(folder)
    }

    fn run(&self, folder: &str, arguments: &[&str], url: Option<&str>) -> Output {
        let mut command = Command::new("terraform");
        command
            .args(arguments)
            .current_dir(self.0.join(folder))
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env_remove("AWS_PROFILE");
        match url {
            Some(url) => command.env("AWS_ENDPOINT_URL", url),
            None => command.env_remove("AWS_ENDPOINT_URL"),
        };
        let output = command.output();
        output.expect("terraform was just asked for its version")
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // It is a temporary folder: the system clears what stays.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a temporary folder");
    for entry in fs::read_dir(from).expect("the module is in the checkout") {
        let path = entry.expect("its entries too").path();
        let name = path.file_name().expect("it has a name");
        // What a person's own `terraform init` left stays there.
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            fs::copy(&path, to.join(name)).expect("it can be copied");
        }
    }
}

fn left_out(what: &str, why: &str) {
    println!("::warning title=Terraform left out::{what}: {why}");
}

fn is_there() -> bool {
    match Command::new("terraform").arg("version").output() {
        Ok(output) if output.status.success() => true,
        Ok(output) => {
            left_out("the module was not judged by Terraform", &said(&output));
            false
        }
        Err(error) => {
            left_out("the module was not judged by Terraform", &error.to_string());
            false
        }
    }
}

#[test]
fn the_module_is_written_as_terraform_writes() {
    if !is_there() {
        return;
    }
    let output = Command::new("terraform")
        .args(["fmt", "-check", "-recursive", "-diff", "-no-color"])
        .arg(checkout().join("deploy/terraform"))
        .output()
        .expect("it was just there");
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn the_module_reads_its_statements_from_the_same_files() {
    for (file_of, policies) in [
        (
            "iam.tf",
            &[
                "/../iam/policy.json",
                "/../iam/in-place.json",
                "/../iam/nlb.json",
                "/../iam/lattice.json",
                "/../iam/cloud-map.json",
                "/../iam/logs.json",
                "/../iam/preflight.json",
                "/../iam/daemon.json",
            ][..],
        ),
        (
            "modules/role/main.tf",
            &[
                "/../../../iam/policy.json",
                "/../../../iam/in-place.json",
                "/../../../iam/nlb.json",
                "/../../../iam/lattice.json",
                "/../../../iam/cloud-map.json",
                "/../../../iam/logs.json",
                "/../../../iam/preflight.json",
            ],
        ),
    ] {
        let text = file(&format!("deploy/terraform/{file_of}"));
        for policy in policies {
            assert!(
                text.contains(&format!("${{path.module}}{policy}")),
                "{file_of}"
            );
        }
    }
}

#[test]
fn the_module_is_valid_and_makes_what_the_policies_say() {
    if !is_there() {
        return;
    }
    let copy = Copy::new();
    let example = "terraform/examples/complete";
    let init = copy.run(example, &["init", "-no-color"], None);
    if !init.status.success() {
        left_out("the module was not judged by AWS's provider", &said(&init));
        return;
    }
    let valid = copy.run(example, &["validate", "-no-color"], None);
    assert!(valid.status.success(), "{}", said(&valid));

    let bin = venv().unwrap_or_else(|e| panic!("{e}"));
    let mut moto = Command::new(bin.join("moto_server"));
    let moto = Server::on_free_port(&mut moto, |command, port| {
        command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        // A line for each call that it answers.
        command.stderr(Stdio::null());
    });
    let moto = moto.unwrap_or_else(|e| panic!("{e}"));
    fs::write(copy.0.join("main.tf"), ROOT).expect("it can be written");
    for arguments in [
        &["init", "-no-color"][..],
        &["apply", "-auto-approve", "-no-color"],
    ] {
        let output = copy.run(".", arguments, Some(&moto.url));
        assert!(output.status.success(), "{}", said(&output));
    }
    let output = Command::new(bin.join("python"))
        .args(["-c", READ_BACK, &moto.url])
        .output()
        .expect("the environment has a Python");
    assert!(output.status.success(), "{}", said(&output));
    let made: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    looked_at(&made);
}

fn looked_at(made: &Value) {
    let policy = Value::from(statements("deploy/iam/policy.json"));
    assert_eq!(made["daemon migrations"]["Statement"], policy);
    assert_eq!(made["role migrations"]["Statement"], policy);
    let in_place = Value::from(statements("deploy/iam/in-place.json"));
    assert_eq!(made["daemon in-place"]["Statement"], in_place);
    assert_eq!(made["role in-place"]["Statement"], in_place);
    for way in ["nlb", "lattice", "cloud-map", "logs"] {
        let policy = Value::from(statements(&format!("deploy/iam/{way}.json")));
        assert_eq!(made[format!("daemon {way}")]["Statement"], policy);
        assert_eq!(made[format!("role {way}")]["Statement"], policy);
    }
    let reads = Value::from(statements("deploy/iam/preflight.json"));
    assert_eq!(made["daemon preflight"]["Statement"], reads);
    assert_eq!(made["role preflight"]["Statement"], reads);
    let own = made["daemon daemon"]["Statement"]
        .as_array()
        .expect("a list");
    let resources: Vec<(&str, String)> = own
        .iter()
        .map(|s| {
            (
                s["Sid"].as_str().unwrap_or_default(),
                s["Resource"].to_string(),
            )
        })
        .collect();
    let table = made["table"]["TableArn"].as_str().unwrap_or_default();
    let expected = [
        ("Journal", json!([table])),
        ("PlansList", json!(["arn:aws:s3:::plans-of-ours"])),
        ("Plans", json!(["arn:aws:s3:::plans-of-ours/plans/*"])),
        (
            "OtherAccounts",
            json!(["arn:aws:iam::210987654321:role/sixshift"]),
        ),
    ];
    assert_eq!(
        resources,
        expected.map(|(sid, arns)| (sid, arns.to_string()))
    );
    for statement in own {
        let sid = &statement["Sid"];
        let all = statements("deploy/iam/daemon.json");
        let of_file = all.iter().find(|s| s["Sid"] == *sid).expect("it is there");
        assert_eq!(statement["Action"], of_file["Action"], "{sid}");
    }
    let prefix = json!({ "StringLike": { "s3:prefix": ["plans/*"] } });
    assert_eq!(own[1]["Condition"], prefix);
    let keys = json!([{ "AttributeName": "pk", "KeyType": "HASH" }, { "AttributeName": "sk", "KeyType": "RANGE" }]);
    assert_eq!(made["table"]["KeySchema"], keys);
    assert_eq!(made["expires"]["AttributeName"], "expires");
    assert_eq!(made["expires"]["TimeToLiveStatus"], "ENABLED");
    let variables = made["container"]["environment"].as_array().expect("a list");
    let settings = variables.iter().find(|v| v["name"] == "SIXSHIFT_SETTINGS");
    let settings = settings.and_then(|v| v["value"].as_str()).expect("text");
    for part in [
        "\"bucket\": \"plans-of-ours\"",
        "\"table\": \"sixshift-journal\"",
        "\"read\": \"token\"",
    ] {
        assert!(settings.contains(part), "{part} is not in\n{settings}");
    }
    let alarms = [
        "bad-verdict",
        "not-looking",
        "not-running",
        "receiver-failing",
        "rolled-back",
        "unwritten",
    ];
    let alarms = alarms.map(|name| format!("sixshift-{name}"));
    assert_eq!(made["alarms"], json!(alarms));
}
