//! `deploy/iam/trial.json` allows what a trial calls, what AWS asks beside that, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::Value;
use sixshift_aws::trial::CALLS;
use sixshift_tests::checkout;

/// The statements that allow what nothing calls: tags on creation (the guides' "Grant permission to tag resources on
/// creation"), and the services' own roles, which the first use of a service in an account makes.
const BESIDE: &[(&str, &[&str])] = &[
    ("TrialTagNetwork", &["ec2:CreateTags"]),
    ("TrialTagBalancing", &["elasticloadbalancing:AddTags"]),
    ("TrialTagService", &["ecs:TagResource"]),
    ("TrialTagScaling", &["application-autoscaling:TagResource"]),
    ("TrialTagAlarm", &["cloudwatch:TagResource"]),
    ("TrialRoles", &["iam:CreateServiceLinkedRole"]),
];

/// Statements that allow writes on what has neither a trial's tag nor its name, each with the reason.
const WIDE: &[(&str, &str)] = &[
    (
        "TrialGiveUpDefinitions",
        "the service authorization reference has no resource for ecs:DeregisterTaskDefinition",
    ),
    (
        "TrialMakeInVpc",
        "a VPC that somebody gave has no tag of a trial's; what is made in it has",
    ),
    (
        "TrialScaling",
        "a scalable target's ARN has an id that nobody knows before, and the service's name is in no key",
    ),
    ("TrialTagScaling", "the same"),
];

fn statements() -> BTreeMap<String, Value> {
    let text = fs::read_to_string(checkout().join("deploy/iam/trial.json")).unwrap();
    let policy: Value = serde_json::from_str(&text).unwrap();
    let statements = policy["Statement"].as_array().unwrap().iter();
    let sid = |statement: &Value| statement["Sid"].as_str().unwrap().to_owned();
    statements.map(|one| (sid(one), one.clone())).collect()
}

fn actions(statement: &Value) -> BTreeSet<String> {
    let actions = statement["Action"].as_array().unwrap().iter();
    actions
        .map(|action| action.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_policy_of_a_trial_allows_what_it_calls_and_nothing_else() {
    let all = statements();
    let beside: BTreeMap<&str, &[&str]> = BESIDE.iter().copied().collect();
    let called: BTreeSet<String> = all
        .iter()
        .filter(|(sid, _)| !beside.contains_key(sid.as_str()))
        .flat_map(|(_, statement)| actions(statement))
        .collect();
    let calls: BTreeSet<String> = CALLS.iter().map(|call| (*call).to_owned()).collect();
    assert_eq!(called, calls);
    for (sid, wanted) in beside {
        let wanted: BTreeSet<String> = wanted.iter().map(|action| (*action).to_owned()).collect();
        assert_eq!(actions(&all[sid]), wanted, "{sid}");
    }
}

#[test]
fn what_changes_something_is_narrowed_by_the_trials_tag_or_name() {
    let mut wide = BTreeSet::new();
    for (sid, statement) in statements() {
        let is_read = |action: &String| {
            let name = action.split(':').nth(1).unwrap();
            name.starts_with("Describe") || name.starts_with("List")
        };
        if actions(&statement).iter().all(is_read) {
            continue;
        }
        let is_tagged = statement["Condition"]["Null"]
            .to_string()
            .contains("/sixshift-trial");
        let resources = statement["Resource"].as_array().unwrap().iter();
        let is_ours = |resource: &Value| {
            let text = resource.as_str().unwrap();
            text.contains("sixshift-trial-") || text.contains("/aws-service-role/")
        };
        if !is_tagged && !resources.clone().all(is_ours) {
            wide.insert(sid);
        }
    }
    let known: BTreeSet<String> = WIDE.iter().map(|(sid, _)| (*sid).to_owned()).collect();
    assert_eq!(wide, known);
}
