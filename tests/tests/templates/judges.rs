//! cfn-lint, checkov and parliament: other people's rules.

use std::process::{Command, Output};

use serde_json::Value;
use sixshift_tests::{checkout, python_tests, venv_of};

use crate::{said, statements};

/// What parliament would have otherwise, statement by statement, and why it stays.
const STAYS: &[(&str, &str, &str)] = &[
    (
        "Read",
        "RESOURCE_STAR",
        "composite alarms are told only to whom all alarms are allowed",
    ),
    (
        "ReadTasks",
        "RESOURCE_STAR",
        "AWS's own example narrows it by ecs:cluster, as here: no service or task is known to it",
    ),
    (
        "MakeTaskDefinition",
        "RESOURCE_STAR",
        "AWS names a resource for it of late, its guide does not: the tag narrows it",
    ),
    (
        "TagTargetGroupsOnCreation",
        "UNKNOWN_CONDITION_FOR_ACTION",
        "parliament reads the page of Classic Load Balancers, which have the same prefix and not this key",
    ),
    (
        "Routes",
        "RESOURCE_MISMATCH",
        "parliament wants listeners of Network Load Balancers too, which it never writes to",
    ),
    (
        "MakeLatticeGroups",
        "RESOURCE_EFFECTIVELY_STAR",
        "target groups of VPC Lattice have ids that nobody knows before they are there; the tag narrows it",
    ),
    ("LatticeChecks", "RESOURCE_EFFECTIVELY_STAR", "as above"),
    (
        "RetireLatticeGroups",
        "RESOURCE_EFFECTIVELY_STAR",
        "the team's own target groups have no tag of ours, and ids for names",
    ),
    (
        "ReadScalingTags",
        "RESOURCE_EFFECTIVELY_STAR",
        "scalable targets have ids that nobody knows before they are there",
    ),
    (
        "ReadVpcs",
        "RESOURCE_EFFECTIVELY_STAR",
        "an attribute is asked of whichever VPC a plan's subnets are in, and tells of DNS alone",
    ),
    (
        "ReadNeighbours",
        "RESOURCE_EFFECTIVELY_STAR",
        "which databases, caches and file systems, only task definitions know",
    ),
    (
        "ReadRoles",
        "RESOURCE_EFFECTIVELY_STAR",
        "which roles tasks have, only the team knows: PassRoleArns",
    ),
    (
        "ReadRolePolicies",
        "RESOURCE_EFFECTIVELY_STAR",
        "which policies those roles have, only the team knows",
    ),
    (
        "ReadBucketPolicies",
        "RESOURCE_EFFECTIVELY_STAR",
        "which buckets, only task definitions know",
    ),
    (
        "ReadFirstLines",
        "RESOURCE_EFFECTIVELY_STAR",
        "which log groups, only task definitions know",
    ),
    (
        "Scaling",
        "RESOURCE_EFFECTIVELY_STAR",
        "scalable targets have ids that nobody knows before they are there",
    ),
    (
        "ScalingTagsOnCreation",
        "RESOURCE_EFFECTIVELY_STAR",
        "scalable targets have ids that nobody knows before they are there",
    ),
    (
        "RetireTargetGroups",
        "RESOURCE_EFFECTIVELY_STAR",
        "the team's own target groups, whose names nobody else knows",
    ),
    (
        "PassRoles",
        "RESOURCE_EFFECTIVELY_STAR",
        "which roles tasks have, only the team knows: PassRoleArns",
    ),
    (
        "Namespaces",
        "RESOURCE_EFFECTIVELY_STAR",
        "namespaces have ids that nobody knows before they are there",
    ),
    (
        "SignInActions",
        "RESOURCE_EFFECTIVELY_STAR",
        "which user pool, only the route knows that is written back",
    ),
    (
        "StopDeployments",
        "UNKNOWN_ACTION",
        "parliament's list of actions is older than service deployments",
    ),
    (
        "TrialRead",
        "RESOURCE_STAR",
        "composite alarms are told only to whom all alarms are allowed",
    ),
    (
        "TrialReadTags",
        "RESOURCE_EFFECTIVELY_STAR",
        "scalable targets have ids that nobody knows before they are there",
    ),
    (
        "TrialMakeNetwork",
        "RESOURCE_EFFECTIVELY_STAR",
        "what is made has an id that nobody knows before: the tag narrows it",
    ),
    (
        "TrialMakeInVpc",
        "RESOURCE_MISMATCH",
        "the VPC alone is allowed here; what is made in it is by TrialMakeNetwork",
    ),
    (
        "TrialChangeNetwork",
        "RESOURCE_EFFECTIVELY_STAR",
        "EC2's ids say nothing: the tag narrows it",
    ),
    (
        "TrialMakeBalancing",
        "RESOURCE_STAR",
        "what is made has no ARN yet: the tag narrows it",
    ),
    (
        "TrialTagBalancing",
        "UNKNOWN_CONDITION_FOR_ACTION",
        "parliament reads the page of Classic Load Balancers, which have the same prefix and not this key",
    ),
    (
        "TrialChangeBalancing",
        "RESOURCE_MISMATCH",
        "parliament wants rules of Network Load Balancers too, which it never writes to",
    ),
    (
        "TrialMakeDefinition",
        "RESOURCE_STAR",
        "AWS names a resource for it of late, its guide does not: the tag narrows it",
    ),
    (
        "TrialScaling",
        "RESOURCE_EFFECTIVELY_STAR",
        "scalable targets have ids that nobody knows before they are there",
    ),
    (
        "TrialTagScaling",
        "RESOURCE_EFFECTIVELY_STAR",
        "scalable targets have ids that nobody knows before they are there",
    ),
];

/// A program of the judges' environment, in the checkout.
fn judge(program: &str, arguments: &[&str]) -> Output {
    let bin = venv_of(&python_tests().join("linters.txt")).unwrap_or_else(|e| panic!("{e}"));
    let output = Command::new(bin.join(program))
        .args(arguments)
        .current_dir(checkout())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("LOG_LEVEL", "CRITICAL")
        .output();
    output.expect("the environment has it")
}

#[test]
fn cfn_lint_finds_nothing() {
    let output = judge(
        "cfn-lint",
        &[
            "--include-checks",
            "I",
            "--",
            "deploy/cloudformation/*.yaml",
        ],
    );
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn checkov_finds_nothing_that_does_not_stay_for_a_reason() {
    let arguments = "-d deploy --framework cloudformation terraform --skip-download -o json";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let output = judge("checkov", &arguments);
    let reports: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(&output)));
    let reports = reports.as_array().expect("a report for each framework");
    assert_eq!(reports.len(), 2, "{}", said(&output));
    for report in reports {
        let (kind, results) = (&report["check_type"], &report["results"]);
        let list = |key: &str| results[key].as_array().expect(key).clone();
        assert_eq!(list("failed_checks"), [] as [Value; 0], "{kind}");
        assert_eq!(list("parsing_errors"), [] as [Value; 0], "{kind}");
        assert!(list("passed_checks").len() > 40, "{kind}: it looked");
        for skipped in list("skipped_checks") {
            let why = skipped["check_result"]["suppress_comment"].as_str();
            assert!(why.is_some_and(|why| why.len() > 20), "{kind}: {skipped}");
        }
        let written = match kind.as_str() {
            Some("cloudformation") => suppressions("deploy/cloudformation", "- id: "),
            _ => suppressions("deploy/terraform", "# checkov:skip="),
        };
        assert!(written > 0, "{kind}");
        assert_eq!(
            list("skipped_checks").len(),
            written,
            "{kind}: one is needless"
        );
    }
}

/// How many checks a folder's files leave out.
fn suppressions(folder: &str, mark: &str) -> usize {
    let files = std::fs::read_dir(checkout().join(folder)).expect("the folder is there");
    let paths = files.map(|file| file.expect("it can be read").path());
    let texts = paths
        .filter(|path| path.is_file())
        .map(|path| std::fs::read_to_string(path).expect("it is text"));
    let of = |text: String| text.lines().filter(|l| l.trim().starts_with(mark)).count();
    texts.map(of).sum()
}

#[test]
fn parliament_finds_in_the_policies_what_stays_for_a_reason_and_nothing_else() {
    let policies = [
        "deploy/iam/policy.json",
        "deploy/iam/daemon.json",
        "deploy/iam/trial.json",
        "deploy/iam/preflight.json",
        "deploy/iam/in-place.json",
        "deploy/iam/nlb.json",
        "deploy/iam/lattice.json",
        "deploy/iam/cloud-map.json",
        "deploy/iam/logs.json",
    ];
    let example = std::env::temp_dir().join(format!("sixshift-policy-{}", std::process::id()));
    let text = crate::file(policies[1]);
    std::fs::write(&example, with_examples(&text)).expect("a temporary file");
    let script = python_tests().join("lint_policy.py");
    let example = example.to_string_lossy().into_owned();
    let output = judge(
        "python",
        &[
            &script.to_string_lossy(),
            policies[0],
            policies[3],
            policies[4],
            policies[6],
            &example,
            policies[2],
        ],
    );
    let _ = std::fs::remove_file(&example);
    assert!(output.status.success(), "{}", said(&output));
    let looked = |path: &str, file: &str| {
        let line = format!("{file}: {} statements", statements(path).len());
        String::from_utf8_lossy(&output.stderr).contains(&line)
    };
    assert!(looked(policies[0], policies[0]) && looked(policies[1], &example));
    assert!(looked(policies[2], policies[2]));
    let found = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut found: Vec<&str> = found.lines().collect();
    let known: Vec<String> = STAYS.iter().map(|(s, f, _)| format!("{s} {f}")).collect();
    let mut known: Vec<&str> = known.iter().map(String::as_str).collect();
    found.sort_unstable();
    known.sort_unstable();
    assert_eq!(found, known);
}

/// ARNs where a deployment puts its own.
fn with_examples(policy: &str) -> String {
    let arn =
        |service: &str, what: &str| format!("arn:aws:{service}:eu-central-1:123456789012:{what}");
    [
        ("table", arn("dynamodb", "table/journal")),
        ("bucket", "arn:aws:s3:::plans-of-ours".to_owned()),
        ("prefix", "plans/".to_owned()),
        ("parameters", arn("ssm", "parameter/sixshift/settings")),
        ("secrets", arn("secretsmanager", "secret:hook-AbCdEf")),
        (
            "keys",
            arn("kms", "key/01234567-89ab-cdef-0123-456789abcdef"),
        ),
        ("topics", arn("sns", "migrations")),
        ("buses", arn("events", "event-bus/migrations")),
        (
            "roles",
            "arn:aws:iam::210987654321:role/sixshift".to_owned(),
        ),
    ]
    .iter()
    .fold(policy.to_owned(), |text, (name, value)| {
        text.replace(&format!("${{{name}}}"), value)
    })
}
