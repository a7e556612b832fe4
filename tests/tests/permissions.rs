//! The IAM policy in `deploy/` allows what the product calls, and nothing else.
//!
//! What it calls is read from the source: the one list of writes is `Action::call`, the one list of calls is in `crates/aws`.

#![allow(clippy::expect_used, reason = "a test that cannot go on says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Output};

use serde_json::Value;
use sixshift_core::permission::BESIDE_CALLS;
use sixshift_tests::{binary, checkout, control, in_region, three_services, without_people};

/// The statements that allow reads.
const READS: &[&str] = &[
    "CountLogLines",
    "ListLattice",
    "ListRegistries",
    "Read",
    "ReadBucketPolicies",
    "ReadFirstLines",
    "ReadLattice",
    "ReadLogCounts",
    "ReadNeighbours",
    "ReadQuotas",
    "ReadRegistries",
    "ReadRolePolicies",
    "ReadRoles",
    "ReadScalingTags",
    "ReadServices",
    "ReadTasks",
    "ReadVpcs",
    "ReadWebAcls",
];

/// The statements that allow writes, each with what it is narrowed by.
const WRITES: &[&str] = &[
    "Attributes",
    "ChangeServices",
    "ForgetLatticeNotes",
    "LatticeChecks",
    "LatticeNotes",
    "LatticeRoutes",
    "ListenersOfNetwork",
    "MakeOwnRules",
    "MakeLatticeGroups",
    "MakeRegistries",
    "MakeTargetGroups",
    "MakeTaskDefinition",
    "MakeTwin",
    "MarkAgain",
    "MarkLatticeGroups",
    "Notes",
    "NotesInPlace",
    "OwnRules",
    "RetireLatticeGroups",
    "RetireServices",
    "RetireTargetGroups",
    "Routes",
    "RunBeside",
    "Scaling",
    "StopBeside",
    "StopDeployments",
    "TagBeside",
    "TagOwnRulesOnCreation",
    "TagOnCreation",
    "TagTargetGroupsOnCreation",
];

/// The statements that allow what nothing calls.
const BESIDE: &[&str] = &[
    "NamespaceNames",
    "Namespaces",
    "PassRoles",
    "ScalingAlarms",
    "ScalingRole",
    "ScalingTagsOnCreation",
    "SignInActions",
    "TagRegistriesOnCreation",
    "WebAcls",
];

/// The actions for which AWS has neither a resource nor a key by which our policy could be narrower, by the service
/// authorization reference; each with the reason where that is not the whole of it.
const UNNARROWED: &[(&str, &str)] = &[
    ("application-autoscaling:DescribeScalableTargets", ""),
    ("application-autoscaling:DescribeScalingPolicies", ""),
    ("application-autoscaling:DescribeScheduledActions", ""),
    (
        "cloudwatch:DescribeAlarms",
        "composite alarms are told only to whom all alarms are allowed",
    ),
    ("cloudwatch:GetMetricData", ""),
    ("ec2:DescribeDhcpOptions", ""),
    ("ec2:DescribeEgressOnlyInternetGateways", ""),
    ("ec2:DescribeInternetGateways", ""),
    ("ec2:DescribeNatGateways", ""),
    ("ec2:DescribeNetworkAcls", ""),
    ("ec2:DescribeRouteTables", ""),
    ("ec2:DescribeSecurityGroups", ""),
    ("ec2:DescribeSubnets", ""),
    ("ec2:DescribeVpcEndpointServices", ""),
    ("ec2:DescribeVpcEndpoints", ""),
    ("ec2:DescribeVpcs", ""),
    ("ecs:DescribeTaskDefinition", ""),
    ("elasticloadbalancing:DescribeAccountLimits", ""),
    ("elasticloadbalancing:DescribeListeners", ""),
    ("elasticloadbalancing:DescribeLoadBalancers", ""),
    ("elasticloadbalancing:DescribeRules", ""),
    ("elasticloadbalancing:DescribeTags", ""),
    ("elasticloadbalancing:DescribeTargetGroupAttributes", ""),
    ("elasticloadbalancing:DescribeTargetGroups", ""),
    ("elasticloadbalancing:DescribeTargetHealth", ""),
    ("logs:GetQueryResults", ""),
    ("logs:StopQuery", ""),
    ("servicediscovery:ListNamespaces", ""),
    ("servicediscovery:ListServices", ""),
    ("servicequotas:GetAWSDefaultServiceQuota", ""),
    ("servicequotas:GetServiceQuota", ""),
    ("vpc-lattice:ListListeners", ""),
    ("vpc-lattice:ListRules", ""),
    ("vpc-lattice:ListTagsForResource", ""),
    ("vpc-lattice:ListTargetGroups", ""),
];

fn source(path: &str) -> String {
    fs::read_to_string(checkout().join(path)).expect("the source is there")
}

/// Every `"service:Operation"` in a text.
fn calls(text: &str) -> BTreeSet<String> {
    let is_call = |literal: &&str| {
        literal.split_once(':').is_some_and(|(service, operation)| {
            operation.starts_with(|c: char| c.is_ascii_uppercase())
                && operation.chars().all(|c| c.is_ascii_alphanumeric())
                && service
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        })
    };
    let literals = text.split('"').skip(1).step_by(2);
    literals.filter(is_call).map(str::to_owned).collect()
}

fn writes() -> BTreeSet<String> {
    let actions = source("crates/core/src/action.rs");
    let from = actions.find("pub fn call(").expect("Action says its call");
    let body = &actions[from..];
    let end = body.find("\n    }\n").expect("the function ends");
    let mut all = calls(&body[..end]);
    for part in ["in_place", "route"] {
        let source = source(&format!("crates/core/src/action/{part}.rs"));
        all.extend(calls(&source));
    }
    all
}

fn all_calls() -> BTreeSet<String> {
    let call = source("crates/aws/src/call.rs");
    let from = call
        .find("operations! {")
        .expect("the list of operations is there");
    let list = &call[from..];
    let end = list.find("\n}\n").expect("the list ends");
    calls(&list[..end])
}

/// Of what a migration calls, and of what preflight reads beside it.
fn statements() -> Vec<Value> {
    let of = |file: &str| -> Vec<Value> {
        let policy: Value = serde_json::from_str(&source(file)).expect("the policy is JSON");
        let statements = policy["Statement"].as_array();
        statements.expect("it has statements").clone()
    };
    let mut all = of("deploy/iam/policy.json");
    all.extend(of("deploy/iam/in-place.json"));
    all.extend(of("deploy/iam/nlb.json"));
    all.extend(of("deploy/iam/lattice.json"));
    all.extend(of("deploy/iam/cloud-map.json"));
    all.extend(of("deploy/iam/logs.json"));
    all.extend(of("deploy/iam/preflight.json"));
    all
}

/// What IAM takes of a policy that roles share, blanks aside.
const LARGEST: usize = 6_144;

#[test]
fn each_policy_is_small_enough_to_be_attached() {
    for file in [
        "policy.json",
        "in-place.json",
        "nlb.json",
        "lattice.json",
        "cloud-map.json",
        "logs.json",
        "preflight.json",
    ] {
        let policy = source(&format!("deploy/iam/{file}"));
        let size = policy.chars().filter(|c| !c.is_whitespace()).count();
        assert!(size <= LARGEST, "{file}: {size} characters");
    }
}

/// The policy's statements: what each allows, by its name.
fn policy() -> BTreeMap<String, BTreeSet<String>> {
    let text = |value: &Value| value.as_str().expect("names are text").to_owned();
    statements()
        .iter()
        .map(|statement| {
            let actions = statement["Action"].as_array().expect("actions are a list");
            (text(&statement["Sid"]), actions.iter().map(text).collect())
        })
        .collect()
}

/// What the calls depend on.
fn dependent(calls: &BTreeSet<String>) -> BTreeSet<String> {
    let of_calls = BESIDE_CALLS
        .iter()
        .filter(|(call, _)| calls.contains(*call));
    of_calls
        .flat_map(|(_, needs)| *needs)
        .map(|need| (*need).to_owned())
        .collect()
}

#[test]
fn the_hands_write_what_actions_are_and_nothing_else() {
    let all = all_calls();
    let is_read = |call: &&String| {
        let operation = call.split(':').nth(1).unwrap_or_default();
        // A query changes nothing.
        ["Describe", "List", "Get", "StartQuery", "StopQuery"]
            .iter()
            .any(|read| operation.starts_with(read))
    };
    let written: BTreeSet<String> = all.iter().filter(|c| !is_read(c)).cloned().collect();
    assert!(written.len() > 10, "{written:?}");
    assert_eq!(written, writes());
}

#[test]
fn the_policy_allows_what_is_called_and_nothing_else() {
    let writes = writes();
    let all = all_calls();
    let policy = policy();
    let of = |sids: &[&str]| -> BTreeSet<String> {
        sids.iter().flat_map(|sid| policy[*sid].clone()).collect()
    };
    assert_eq!(of(WRITES), writes);
    assert_eq!(of(READS), all.difference(&writes).cloned().collect());
    let expected = dependent(&all).difference(&all).cloned().collect();
    assert_eq!(of(BESIDE), expected);
    assert_eq!(policy.len(), READS.len() + WRITES.len() + BESIDE.len());
}

#[test]
fn whatever_is_allowed_on_everything_is_what_aws_cannot_narrow() {
    let is_any = |statement: &&Value| {
        statement["Resource"] == serde_json::json!(["*"]) && statement["Condition"].is_null()
    };
    let statements = statements();
    let actions = statements.iter().filter(is_any).flat_map(|statement| {
        let actions = statement["Action"].as_array().into_iter().flatten();
        actions.filter_map(Value::as_str)
    });
    let known: BTreeSet<&str> = UNNARROWED.iter().map(|(action, _)| *action).collect();
    assert_eq!(actions.collect::<BTreeSet<_>>(), known);
}

#[test]
fn each_call_that_depends_on_another_permission_is_one_that_is_made() {
    let all = all_calls();
    for (call, _) in BESIDE_CALLS {
        assert!(all.contains(*call), "{call} is not called any more");
    }
}

#[test]
fn the_policy_holds_in_every_partition() {
    for statement in statements() {
        let resources = statement["Resource"].as_array().expect("a list");
        for resource in resources.iter().filter_map(Value::as_str) {
            let partition = resource
                .strip_prefix("arn:")
                .and_then(|r| r.split(':').next());
            assert!(
                resource == "*" || partition == Some("*"),
                "{resource} names nothing in aws-cn or aws-us-gov"
            );
        }
    }
}

/// A fleet of three against a region that allows its callers only what this policy says.
fn fleet_allowed(policy: &str, name: &str, patience: &str) -> Output {
    let folder = std::env::temp_dir().join(format!("sixshift-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the plans");
    let binary = binary().expect("the binary is built");
    let region = three_services(&binary, "600", &folder).expect("the region runs");
    without_people(&folder).expect("the plans can be written");
    let held = control(&region.url, "POST", "policy", policy).expect("the region answers");
    assert!(held.contains("true"), "{held}");
    let mut run = Command::new(binary);
    let said = in_region(&mut run, &region.url)
        .args(["run", "--until-settled", "--timeout", patience])
        .args(["--sim-clock", &region.url, "--plans"])
        .arg(&folder)
        .output()
        .expect("it runs");
    let _ = fs::remove_dir_all(&folder);
    said
}

#[test]
fn a_fleet_is_carried_out_with_the_policys_permissions_alone() {
    let said = fleet_allowed(&source("deploy/iam/policy.json"), "allowed", "60d");
    let told = String::from_utf8_lossy(&said.stdout);
    assert_eq!(said.status.code(), Some(4), "one is rolled back: {told}");
    assert!(!told.contains("not authorized"), "{told}");
}

#[test]
fn a_policy_that_lacks_a_permission_is_told_by_its_name() {
    let policy = source("deploy/iam/policy.json");
    let lacking = policy.replace("elasticloadbalancing:AddTags", "elasticloadbalancing:Add");
    let said = fleet_allowed(&lacking, "lacking", "2h");
    let told = String::from_utf8_lossy(&said.stdout);
    assert!(told.contains("elasticloadbalancing:AddTags"), "{told}");
}

#[test]
fn what_stores_are_asked_is_allowed_and_to_receivers_nothing_else() {
    let text = source("deploy/iam/daemon.json");
    let policy: Value = serde_json::from_str(&text).expect("the policy is JSON");
    let statements = policy["Statement"].as_array().expect("it has statements");
    let allowed = |sid: Option<&str>| -> BTreeSet<&str> {
        let of = statements
            .iter()
            .filter(|s| sid.is_none_or(|sid| s["Sid"] == sid));
        let actions = of.flat_map(|s| s["Action"].as_array().into_iter().flatten());
        actions.filter_map(Value::as_str).collect()
    };
    // The daemon reads plans; who publishes them has a role of its own.
    let asked: BTreeSet<&str> = sixshift_aws::store::CALLS.iter().copied().collect();
    let all = allowed(None);
    let lacking: Vec<_> = asked.difference(&all).copied().collect();
    assert_eq!(lacking, ["s3:PutObject"]);
    for (sid, prefix) in [("Topics", "sns:"), ("Buses", "events:")] {
        let of = asked
            .iter()
            .copied()
            .filter(|call| call.starts_with(prefix));
        assert_eq!(allowed(Some(sid)), of.collect(), "{sid}");
    }
}

/// Who foresees asks for what may be read, and for nothing that changes anything.
#[test]
fn what_lies_ahead_is_told_with_the_reads_alone() {
    let folder = std::env::temp_dir().join(format!("sixshift-ahead-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the plans");
    let binary = binary().expect("the binary is built");
    let region = three_services(&binary, "1", &folder).expect("the region runs");
    let reads = statements().into_iter().filter(|statement| {
        let sid = statement["Sid"].as_str();
        sid.is_some_and(|sid| READS.contains(&sid))
    });
    let reads: Vec<Value> = reads.collect();
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": reads });
    let held = control(&region.url, "POST", "policy", &policy.to_string());
    assert!(held.expect("the region answers").contains("true"));
    let mut plan = Command::new(binary);
    let said = in_region(&mut plan, &region.url)
        .args(["plan", "-o", "json", "--sim-clock", &region.url])
        .arg(&folder)
        .output()
        .expect("it runs");
    let _ = fs::remove_dir_all(&folder);
    let told: Value = serde_json::from_slice(&said.stdout).expect("it answers in JSON");
    assert_eq!(said.status.code(), Some(2), "{told}");
    let plans = told["plans"].as_array().expect("a list of plans");
    assert_eq!(plans.len(), 3);
    let mut writes = writes();
    writes.extend(dependent(&writes));
    for plan in plans {
        let needed = plan["permissions"].as_array().expect("a list");
        let needed: Vec<&str> = needed.iter().filter_map(Value::as_str).collect();
        assert!(
            needed.iter().all(|action| writes.contains(*action)),
            "{plan}"
        );
        assert!(needed.contains(&"iam:PassRole"), "{plan}");
    }
    let counters = control(&region.url, "GET", "counters", "").expect("the region answers");
    let counters: Value = serde_json::from_str(&counters).expect("JSON");
    let calls = counters["calls"].as_object().expect("calls are counted");
    let is_read = |call: &String| {
        [":Describe", ":List", ":Get"]
            .iter()
            .any(|word| call.contains(word))
    };
    assert!(calls.len() > 10 && calls.keys().all(is_read), "{calls:?}");
}

/// The daemon's own statements, by their names.
#[test]
fn the_journals_statement_allows_what_its_table_is_asked_and_nothing_else() {
    let text = source("deploy/iam/daemon.json");
    let policy: Value = serde_json::from_str(&text).expect("the policy is JSON");
    let statements = policy["Statement"].as_array().expect("it has statements");
    let journal = statements.iter().find(|s| s["Sid"] == "Journal");
    let allowed = &journal.expect("the journal has one")["Action"];
    let allowed: Vec<&str> = allowed
        .as_array()
        .expect("it names actions")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(allowed, sixshift_aws::store::TABLE_CALLS);
    // What the client sends, as its source has it: a call, or a change within a transaction, has a permission of its own.
    let client = source("crates/aws/src/store/table/mod.rs");
    let of_calls = client.split("\"DynamoDB_20120810.").skip(1);
    let calls = of_calls.filter_map(|rest| rest.split('"').next());
    let changes = [
        ("\"Update\":", "UpdateItem"),
        ("\"Delete\":", "DeleteItem"),
        ("\"ConditionCheck\":", "ConditionCheckItem"),
        ("\"Put\":", "PutItem"),
    ];
    let changes = changes.iter().filter(|(change, _)| client.contains(change));
    let needs = calls.chain(changes.map(|(_, call)| *call));
    // A transaction has none: its changes have.
    let needs = needs.filter(|call| *call != "TransactWriteItems");
    let needs: BTreeSet<String> = needs.map(|call| format!("dynamodb:{call}")).collect();
    assert_eq!(
        needs,
        allowed.iter().map(|call| (*call).to_owned()).collect()
    );
}
