//! What the CloudFormation templates make, read back from another project's AWS (`tests/python/templates_made.py`).

use std::{fs, process::Command, sync::LazyLock};

use serde_json::{Value, json};
use sixshift_tests::{binary, python_tests, venv};

use crate::{file, said, statements};

/// What CloudFormation takes without a bucket between.
const LARGEST_TEMPLATE: usize = 51_200;
/// What IAM takes of the policies within one role, blanks aside.
const LARGEST_POLICIES: usize = 10_240;

/// What IAM takes of a managed policy, blanks aside.
const LARGEST_MANAGED: usize = 6_144;

/// Made once for all tests.
static MADE: LazyLock<Value> = LazyLock::new(|| {
    let bin = venv().unwrap_or_else(|e| panic!("{e}"));
    let output = Command::new(bin.join("python"))
        .arg(python_tests().join("templates_made.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env_remove("AWS_ENDPOINT_URL")
        .env_remove("AWS_PROFILE")
        .output()
        .expect("the environment has a Python");
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(&output)))
});

/// A stack's part, by a pointer such as `/git/policies`.
fn made(pointer: &str) -> &'static Value {
    let part = MADE.pointer(pointer);
    part.unwrap_or_else(|| panic!("nothing is made at {pointer}"))
}

fn container(stack: &str) -> &'static Value {
    made(&format!("/{stack}/task/containerDefinitions/0"))
}

fn settings(stack: &str) -> &'static str {
    let variables = container(stack)["environment"].as_array().expect("a list");
    let settings = variables.iter().find(|v| v["name"] == "SIXSHIFT_SETTINGS");
    let settings = settings.and_then(|v| v["value"].as_str());
    settings.expect("the settings are text")
}

fn properties(resource: &str) -> &'static Value {
    made(&format!("/template/Resources/{resource}/Properties"))
}

#[test]
fn each_stack_is_made() {
    for stack in ["git", "bucket", "role"] {
        assert_eq!(made(&format!("/{stack}/status")), "CREATE_COMPLETE");
    }
    assert_eq!(made("/role/ways"), "CREATE_COMPLETE");
}

#[test]
fn both_templates_have_the_policys_statements_and_no_other() {
    let policy = Value::from(statements("deploy/iam/policy.json"));
    for stack in ["bucket", "role"] {
        let made = made(&format!("/{stack}/policies/migrations/Statement"));
        assert_eq!(made, &policy, "{stack}");
    }
    let in_place = Value::from(statements("deploy/iam/in-place.json"));
    for stack in ["bucket", "role"] {
        let made = made(&format!("/{stack}/policies/in-place/Statement"));
        assert_eq!(made, &in_place, "{stack}");
    }
    let policies = made("/role/policies").as_object().expect("by name");
    for (way, file) in [
        ("ways-Nlb", "nlb"),
        ("ways-Lattice", "lattice"),
        ("ways-CloudMap", "cloud-map"),
        ("ways-Logs", "logs"),
    ] {
        let expected = Value::from(statements(&format!("deploy/iam/{file}.json")));
        let attached: Vec<&Value> = policies
            .iter()
            .filter(|(name, _)| name.starts_with(way))
            .map(|(_, policy)| &policy["Statement"])
            .collect();
        assert_eq!(attached, [&expected]);
    }
    let reads = Value::from(statements("deploy/iam/preflight.json"));
    for stack in ["bucket", "role"] {
        let made = made(&format!("/{stack}/policies/preflight/Statement"));
        assert_eq!(made, &reads, "{stack}");
    }
}

#[test]
fn what_a_team_narrows_is_narrow_in_every_statement_that_has_it() {
    let given = made("/git/given");
    let narrowed = [
        ("arn:*:ecs:*:*:cluster/*", "ClusterArns"),
        ("arn:*:iam::*:role/*", "PassRoleArns"),
    ];
    let mut text = Value::from(statements("deploy/iam/policy.json")).to_string();
    for (default, parameter) in narrowed {
        let arn = given[parameter].as_str().expect("an ARN");
        text = text.replace(&format!("\"{default}\""), &format!("\"{arn}\""));
    }
    let mut expected: Value = serde_json::from_str(&text).expect("still JSON");
    for statement in expected.as_array_mut().expect("statements") {
        let parameter = match statement["Sid"].as_str() {
            Some("ChangeServices" | "RetireServices") => "ServiceArns",
            Some("Routes") => "RouteArns",
            _ => continue,
        };
        statement["Resource"] = json!([given[parameter]]);
    }
    assert_eq!(made("/git/policies/migrations/Statement"), &expected);
}

#[test]
fn the_daemons_own_statements_are_those_of_its_file_on_what_is_given() {
    let given = made("/git/given");
    let of = |key: &str| given[key].as_str().unwrap_or_default().to_owned();
    let bucket = "arn:aws:s3:::plans-of-ours".to_owned();
    for (stack, sids) in [
        (
            "git",
            "Journal Parameters Secrets Keys Topics Buses OtherAccounts",
        ),
        ("bucket", "Journal PlansList Plans"),
    ] {
        let table = made(&format!("/{stack}/tables/0/TableArn"));
        let values = [
            ("table", table.as_str().unwrap_or_default().to_owned()),
            ("bucket", bucket.clone()),
            ("prefix", "plans/".to_owned()),
            ("parameters", of("ParameterArns")),
            ("secrets", of("SecretArns")),
            ("keys", of("KmsKeyArns")),
            ("topics", of("TopicArns")),
            ("buses", of("EventBusArns")),
            ("roles", of("PlanRoleArns")),
        ];
        let mut text = Value::from(statements("deploy/iam/daemon.json")).to_string();
        for (name, value) in values {
            text = text.replace(&format!("${{{name}}}"), &value);
        }
        let all: Vec<Value> = serde_json::from_str(&text).expect("still JSON");
        let is_there = |s: &Value| sids.split(' ').any(|sid| s["Sid"] == sid);
        let expected: Vec<Value> = all.into_iter().filter(is_there).collect();
        assert_eq!(expected.len(), sids.split(' ').count());
        let made = made(&format!("/{stack}/policies/daemon/Statement"));
        assert_eq!(made, &Value::from(expected), "{stack}");
    }
}

#[test]
fn only_ecs_in_this_account_takes_the_daemons_roles_and_only_the_daemon_that_of_another() {
    for role in [
        "trust of daemon+in-place+migrations+preflight",
        "trust of start",
    ] {
        let trust = &made("/git/policies")[role]["Statement"][0];
        assert_eq!(
            trust["Principal"],
            json!({ "Service": "ecs-tasks.amazonaws.com" })
        );
        let same = json!({ "StringEquals": { "aws:SourceAccount": "123456789012" } });
        assert_eq!(trust["Condition"], same);
    }
    let trust = &made("/role/policies")["trust of in-place+migrations+preflight"]["Statement"][0];
    assert_eq!(trust["Principal"]["AWS"], made("/role/given")["Daemon"]);
    let id = json!({ "StringEquals": { "sts:ExternalId": "sixshift-4f1c8a" } });
    assert_eq!(trust["Condition"], id);
}

#[test]
fn templates_and_policies_fit_where_aws_puts_them() {
    for template in ["sixshift.yaml", "sixshift-role.yaml", "sixshift-ways.yaml"] {
        let size = file(&format!("deploy/cloudformation/{template}")).len();
        assert!(size < LARGEST_TEMPLATE, "{template}: {size} bytes");
    }
    let policies = made("/git/policies");
    let sizes =
        ["migrations", "in-place", "preflight", "daemon"].map(|p| policies[p].to_string().len());
    let size: usize = sizes.iter().sum();
    assert!(size < LARGEST_POLICIES, "{size} characters");
    for way in ["nlb", "lattice", "cloud-map", "logs"] {
        let policy = Value::from(statements(&format!("deploy/iam/{way}.json"))).to_string();
        assert!(policy.len() < LARGEST_MANAGED, "{way}: {}", policy.len());
    }
}

#[test]
fn the_journals_table_is_as_the_daemon_reads_it_and_outlives_the_stack() {
    let table = made("/git/tables/0");
    let keys = json!([{ "AttributeName": "pk", "KeyType": "HASH" }, { "AttributeName": "sk", "KeyType": "RANGE" }]);
    assert_eq!(table["KeySchema"], keys);
    let kinds = json!([{ "AttributeName": "pk", "AttributeType": "S" }, { "AttributeName": "sk", "AttributeType": "S" }]);
    assert_eq!(table["AttributeDefinitions"], kinds);
    assert_eq!(
        table["BillingModeSummary"]["BillingMode"],
        "PAY_PER_REQUEST"
    );
    assert_eq!(table["DeletionProtectionEnabled"], true);
    let asked = properties("Journal");
    assert_eq!(asked["SSESpecification"], json!({ "SSEEnabled": true }));
    let expires = json!({ "AttributeName": "expires", "Enabled": true });
    assert_eq!(asked["TimeToLiveSpecification"], expires);
    let recovery = json!({ "PointInTimeRecoveryEnabled": true });
    assert_eq!(asked["PointInTimeRecoverySpecification"], recovery);
    for resource in ["Journal", "Log"] {
        let kept = made(&format!("/template/Resources/{resource}"));
        assert_eq!(kept["DeletionPolicy"], "Retain");
        assert_eq!(kept["UpdateReplacePolicy"], "Retain");
    }
    let days = made("/git/logs/0/retentionInDays");
    assert_eq!(days, 365);
}

#[test]
fn the_container_is_nobody_and_changes_nothing_of_its_image() {
    let container = container("git");
    let command = json!(["run", "--config", "env:SIXSHIFT_SETTINGS"]);
    assert_eq!(container["command"], command);
    assert_eq!(container["user"], "65532:65532");
    assert_eq!(container["readonlyRootFilesystem"], true);
    assert_eq!(container["stopTimeout"], 30);
    let capabilities = &properties("Task")["ContainerDefinitions"][0]["LinuxParameters"];
    assert_eq!(capabilities["Capabilities"], json!({ "Drop": ["ALL"] }));
    let dual = json!({ "name": "AWS_USE_DUALSTACK_ENDPOINT", "value": "true" });
    let variables = container["environment"].as_array().expect("a list");
    assert!(variables.contains(&dual), "{variables:?}");
    let tokens = container["secrets"].as_array().expect("a list");
    let names: Vec<_> = tokens.iter().filter_map(|t| t["name"].as_str()).collect();
    assert_eq!(names, ["SIXSHIFT_OPERATOR_TOKEN", "SIXSHIFT_GIT_TOKEN"]);
}

#[test]
fn a_new_task_is_up_before_an_old_one_goes() {
    let deployment = &properties("Service")["DeploymentConfiguration"];
    assert_eq!(deployment["MinimumHealthyPercent"], 100);
    assert_eq!(deployment["MaximumPercent"], 200);
    assert_eq!(made("/git/services/0/desiredCount"), 2);
    assert_eq!(made("/bucket/services/0/desiredCount"), 1);
    let group = made("/git/groups/0");
    assert_eq!(group["HealthCheckPath"], "/readyz");
    assert_eq!(group["TargetType"], "ip");
    assert_eq!(made("/git/balancers/0/Scheme"), "internal");
    assert_eq!(
        made("/bucket/balancers"),
        &json!([]),
        "no page was asked for"
    );
}

#[test]
fn the_container_s_health_is_asked_as_the_binary_can_be() {
    let health = container("git")["healthCheck"]["command"].as_array();
    let health = health.expect("a command");
    let mut words = health.iter().filter_map(Value::as_str);
    assert_eq!(words.next(), Some("CMD"), "no shell is there");
    assert_eq!(words.next(), Some("/sixshift"));
    let output = Command::new(binary().unwrap_or_else(|e| panic!("{e}")))
        .args(words)
        .output()
        .expect("it runs");
    // Nobody listens there; a mistake in the command would be 64.
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("[::1]:8686"), "{}", said(&output));
}

#[test]
fn the_settings_are_ones_that_the_daemon_takes() {
    for stack in ["git", "bucket"] {
        let text = settings(stack);
        assert!(text.contains("journal: { dynamodb: { table: \"sixshift-Journal-"));
        let path =
            std::env::temp_dir().join(format!("sixshift-{stack}-{}.yaml", std::process::id()));
        fs::write(&path, text).expect("a temporary file");
        let output = Command::new(binary().unwrap_or_else(|e| panic!("{e}")))
            .args(["doctor", "--config"])
            .arg(&path)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .expect("it runs");
        let _ = fs::remove_file(&path);
        let told = said(&output);
        assert!(
            told.contains("the settings are sound"),
            "{stack}:\n{text}\n{told}"
        );
        assert!(
            text.contains("read: token"),
            "whoever has no token reads nothing"
        );
    }
}
