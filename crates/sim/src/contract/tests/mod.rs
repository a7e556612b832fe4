//! The table itself, and each constraint of each input in it: broken alone, and refused for it.

mod breaking;

use std::path::Path;

use super::table::{self, Shape};
use super::{Newer, faults, operations, pattern, read};
use crate::Value;
use crate::services::Service;
use crate::wire::from_text;

const TABLE: &str = include_str!("../../../contract/aws.txt");

#[test]
fn each_line_of_the_table_is_read() {
    let lines = TABLE.lines().filter(|l| !l.starts_with(['#', '@']));
    let read: usize = Service::ALL
        .into_iter()
        .map(|s| operations(s).count() + table::of(s).each().count())
        .sum();
    assert_eq!(lines.count(), read);
}

#[test]
fn each_shape_that_is_named_is_there() {
    for service in Service::ALL {
        let shapes = table::of(service);
        let there = |name: &str| {
            *shapes.shape(name) != Shape::Anything || shapes.each().any(|(n, _)| n == name)
        };
        let mut named: Vec<&str> = Vec::new();
        for op in operations(service) {
            let operation = shapes.operation(op).unwrap();
            named.extend(operation.input.iter().chain(&operation.output));
        }
        for (_, shape) in shapes.each() {
            match shape {
                Shape::Structure { members, .. } => named.extend(members.iter().map(|m| m.shape)),
                Shape::List { of, .. } => named.push(of),
                Shape::Map { key, value, .. } => named.extend([key, value]),
                _ => {}
            }
        }
        let absent: Vec<_> = named.into_iter().filter(|n| !there(n)).collect();
        assert!(absent.is_empty(), "{service:?}: {absent:?}");
    }
}

#[test]
fn each_pattern_can_be_matched() {
    for (service, (name, shape)) in Service::ALL
        .into_iter()
        .flat_map(|s| table::of(s).each().map(move |e| (s, e)))
    {
        if let Shape::Text {
            pattern: Some(p), ..
        } = shape
        {
            assert!(pattern::compile(p).is_some(), "{service:?} {name}: {p}");
        }
    }
}

/// XML is written by the members' names alone.
#[test]
fn a_member_that_is_a_map_is_one_in_each_answer_that_has_it() {
    for service in [
        Service::Elbv2,
        Service::Sts,
        Service::CloudWatch,
        Service::ElastiCache,
        Service::Iam,
        Service::Rds,
    ] {
        let shapes = table::of(service);
        for (name, shape) in shapes.answers() {
            let Shape::Structure { members, .. } = shape else {
                continue;
            };
            for member in members.iter().filter(|m| shapes.maps().contains(&m.output)) {
                let is = shapes.shape(member.shape);
                assert!(
                    matches!(is, Shape::Map { .. }),
                    "{service:?} {name}: {member:?}"
                );
            }
        }
    }
}

/// The operations that a service's source names: those have to stand in the table, or no input would ever reach them.
#[test]
fn each_operation_that_is_answered_stands_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/services");
    for (service, source) in [
        (Service::Ecs, "ecs"),
        (Service::Elbv2, "elbv2"),
        (Service::CloudWatch, "cloudwatch"),
        (Service::AutoScaling, "autoscaling"),
        (Service::Ec2, "ec2"),
        (Service::Sts, "sts.rs"),
        (Service::Ecr, "shelf/ecr.rs"),
        (Service::Efs, "shelf/efs.rs"),
        (Service::ElastiCache, "shelf/elasticache.rs"),
        (Service::Iam, "shelf/iam.rs"),
        (Service::Logs, "shelf/logs.rs"),
        (Service::Rds, "shelf/rds.rs"),
        (Service::ServiceDiscovery, "shelf/discovery.rs"),
        (Service::S3, "shelf/s3.rs"),
        (Service::Waf, "shelf/waf.rs"),
        (Service::Lattice, "lattice"),
    ] {
        let named = arms(&folder.join(source));
        assert!(!named.is_empty(), "{service:?} answers nothing");
        let known: Vec<_> = operations(service).collect();
        let is_absent = |name: &&String| {
            VERBS.iter().any(|v| name.starts_with(v)) && !known.contains(&name.as_str())
        };
        let absent: Vec<_> = named.iter().filter(is_absent).collect();
        assert!(
            absent.is_empty(),
            "{service:?}: {absent:?}: crates/sim/contract/make.py has to name what it takes from the models"
        );
    }
}

/// What the name of an operation begins with.
const VERBS: &[&str] = &[
    "Add",
    "Allocate",
    "Associate",
    "Assume",
    "Attach",
    "Authorize",
    "Create",
    "Delete",
    "Deregister",
    "Describe",
    "Detach",
    "Disable",
    "Disassociate",
    "Enable",
    "Get",
    "List",
    "Modify",
    "Put",
    "Register",
    "Release",
    "Remove",
    "Replace",
    "Revoke",
    "Run",
    "Set",
    "Stop",
    "Tag",
    "Untag",
    "Update",
];

/// The texts that a file, or the files of a folder, match on.
fn arms(path: &Path) -> Vec<String> {
    if path.is_dir() {
        let files = std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path());
        // Tests and rules of a service match on whatever they like.
        let files = files.filter(|p| p.extension().is_some_and(|e| e == "rs"));
        return files
            .filter(|p| !p.ends_with("tests.rs"))
            .flat_map(|p| arms(&p))
            .collect();
    }
    let source = std::fs::read_to_string(path).unwrap();
    let parts: Vec<&str> = source.split('"').collect();
    let texts = parts.windows(2).skip(1).step_by(2);
    let is_arm =
        |then: &str| then.trim_start().starts_with(['|']) || then.trim_start().starts_with("=>");
    texts
        .filter(|pair| is_arm(pair[1]) && pair[0].chars().all(|c| c.is_ascii_alphanumeric()))
        .map(|pair| pair[0].to_owned())
        .collect()
}

fn refused(service: Service, op: &str, input: &str) -> String {
    read(service, op, &from_text(input), &Newer::new())
        .expect_err(input)
        .to_string()
}

#[test]
fn a_refusal_is_worded_as_its_service_words_it() {
    assert_eq!(
        refused(
            Service::Elbv2,
            "AddTags",
            r#"{"ResourceArns": ["arn"], "Tags": [{"Key": "a", "Value": "1000>2500"}]}"#
        ),
        r"ValidationError: 1 validation error detected: Value '1000>2500' at 'tags.1.member.value' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"
    );
    assert_eq!(
        refused(
            Service::Ecs,
            "TagResource",
            r#"{"resourceArn": "a", "tags": [{"key": ""}]}"#
        ),
        "InvalidParameterException: 1 validation error detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1"
    );
    assert_eq!(
        refused(
            Service::Ecs,
            "UpdateService",
            r#"{"service": "a", "desiredCount": "2"}"#
        ),
        "SerializationException: STRING_VALUE can not be converted to a Integer: desiredCount"
    );
    assert_eq!(
        refused(
            Service::AutoScaling,
            "RegisterScalableTarget",
            r#"{"ServiceNamespace": "ecs", "ResourceId": ""}"#
        ),
        "ValidationException: 2 validation errors detected: Value '' at 'resourceId' failed to satisfy constraint: Member must have length greater than or equal to 1; Value null at 'scalableDimension' failed to satisfy constraint: Member must not be null"
    );
    assert_eq!(
        refused(
            Service::Ec2,
            "CreateSubnet",
            r#"{"CidrBlock": "10.0.0.0/24"}"#
        ),
        "MissingParameter: The request must contain the parameter VpcId"
    );
    assert_eq!(
        refused(Service::Ec2, "CreateVpc", r#"{"CidrBlok": "10.0.0.0/24"}"#),
        "UnknownParameter: The parameter CidrBlok is not recognized"
    );
    assert_eq!(
        refused(
            Service::CloudWatch,
            "PutMetricData",
            r#"{"Namespace": "A", "MetricData": [{"Value": 1}]}"#
        ),
        "MissingParameter: The parameter MetricData.member.1.MetricName is required."
    );
}

#[test]
fn a_value_of_an_enum_that_documentation_knows_and_the_model_lacks_is_taken() {
    let setting = |name: &str| {
        let input = Value::map([("name", Value::from(name))]);
        read(Service::Ecs, "ListAccountSettings", &input, &Newer::new())
    };
    assert!(setting("dualStackIPv6").is_ok());
    assert!(setting("dualStackIPv7").is_err());
    assert!(super::beyond::BEYOND.iter().all(|b| !b.source.is_empty()));
}

#[test]
fn a_member_newer_than_the_table_is_taken_by_a_region_that_was_told_of_it() {
    let input = from_text(r#"{"service": "a", "shape": {"round": true}}"#);
    let mut newer = Newer::new();
    assert!(read(Service::Ecs, "UpdateService", &input, &newer).is_err());
    newer.insert("ecs:UpdateServiceRequest.shape".to_owned());
    assert_eq!(
        read(Service::Ecs, "UpdateService", &input, &newer),
        Ok(input)
    );
}

#[test]
fn the_text_of_a_form_is_read_as_what_it_spells() {
    let input =
        from_text(r#"{"Name": "a", "Port": "80", "HealthCheckEnabled": "true", "Tags": ""}"#);
    let typed = from_text(r#"{"Name": "a", "Port": 80, "HealthCheckEnabled": true, "Tags": []}"#);
    let read = read(Service::Elbv2, "CreateTargetGroup", &input, &Newer::new());
    // An empty list of tags is refused: the model wants one at least.
    assert!(
        read.is_err_and(|e| e.message.contains("'tags'")),
        "{typed:?}"
    );
}

#[test]
fn an_answer_with_what_the_model_lacks_or_wants_is_faulty() {
    let of = |text: &str| {
        faults(
            Service::Ecs,
            "DescribeServices",
            &from_text(text),
            &Newer::new(),
        )
    };
    assert!(
        of(r#"{"services": [{"desiredCount": 2, "launchType": "FARGATE", "createdAt": 1}]}"#)
            .is_empty()
    );
    assert_eq!(
        of(r#"{"services": [{"desiredCount": "2", "launchType": "BOAT", "color": "red"}]}"#),
        [
            "services.member.1.desiredCount: STRING_VALUE where a Integer belongs",
            "services.member.1.launchType: 'BOAT' is none of LaunchType",
            "services.member.1.color: Service has no such member",
        ]
    );
    let statistics = r#"{"Datapoints": [], "Label": 3}"#;
    let of = faults(
        Service::CloudWatch,
        "GetMetricStatistics",
        &from_text(statistics),
        &Newer::new(),
    );
    assert_eq!(of, ["Label: NUMBER_VALUE where a String belongs"]);
}
