//! What a plan's text means: defaults, identity, other documents, sets of files, and that the schema, the reader and the
//! writer speak of the same format.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Map, Value, json};
use sixshift_core::{
    plan::{
        Deletable, Drift, OnBad, OnTooFew, Plan, RetireApproval, StepGate, parse, parse_set,
        schema, source,
    },
    share::Share,
};

const MINIMAL: &str = include_str!("../../../config/plans/minimal.yaml");
const FULL: &str = include_str!("../../../config/plans/full.yaml");

fn one(text: &str) -> Plan {
    let mut plans = parse(Path::new("a.yaml"), text).unwrap_or_else(|d| panic!("{d}\n{text}"));
    assert_eq!(plans.len(), 1);
    plans.remove(0)
}

#[test]
fn what_is_left_out_has_its_default() {
    let plan = one(MINIMAL);
    assert!(
        !plan.paused
            && plan.ipv6.task_definition.ecr_dual_stack
            && plan.ipv6.security_groups.is_none()
    );
    assert_eq!(plan.shift.bake, Duration::from_secs(24 * 3600));
    assert_eq!(
        (
            plan.health.min_requests,
            plan.health.on_too_few,
            plan.health.on_bad
        ),
        (100, OnTooFew::Wait, OnBad::Rollback)
    );
    assert_eq!(
        (plan.retire.approval, plan.drift),
        (RetireApproval::Required, Drift::Hold)
    );
    assert_eq!(plan.retire.keep_cold, Duration::from_secs(72 * 3600));
    assert_eq!(
        plan.retire.delete,
        [Deletable::Service, Deletable::TargetGroup]
    );
    let weights: Vec<Share> = plan.shift.steps.iter().map(|step| step.weight).collect();
    assert_eq!(
        weights,
        [100, 1000, 5000, 10_000].map(Share::from_basis_points)
    );
    assert_eq!(
        (plan.origin.line, plan.health.error_rate.unwrap().max),
        (2, 0.01)
    );
}

#[test]
fn a_revision_is_of_the_meaning() {
    let revision = |text: &str| one(text).revision;
    let minimal = revision(MINIMAL);
    assert_eq!(minimal.0.len(), 12);
    let same = [
        MINIMAL.replace("# At least one limit", "# Limits"),
        MINIMAL.replace("weight: 1%, hold: 10m", "hold: 600s, weight: '1.0 %'"),
        MINIMAL.replace(
            "  ipv6:",
            "  drift: hold\n  paused: true\n  retire: { keepCold: 3d, minDrain: 300s }\n  ipv6:",
        ),
        MINIMAL.replace(
            "  name: checkout\nspec",
            "  name: checkout\n  labels: { a: b }\nspec",
        ),
    ];
    for text in same {
        assert_ne!(text, MINIMAL);
        assert_eq!(revision(&text), minimal, "{text}");
    }
    for (from, to) in [
        ("max: 1%", "max: 2%"),
        ("hold: 10m", "hold: 11m"),
        ("cluster: prod", "cluster: test"),
    ] {
        assert_ne!(revision(&MINIMAL.replace(from, to)), minimal, "{to}");
    }
    // In tags of live resources: a release must not change it.
    assert_eq!(minimal.0, "4a7478ced8f2");
    assert_eq!(one(MINIMAL).uid.0, "bbe9f41a8a");
}

#[test]
fn a_uid_is_of_the_service_and_the_name() {
    let uid = |text: &str| one(text).uid;
    let minimal = uid(MINIMAL);
    assert_eq!(minimal.0.len(), 10);
    assert_eq!(uid(&MINIMAL.replace("max: 1%", "max: 2%")), minimal);
    for (from, to) in [
        ("name: checkout\nspec", "name: other\nspec"),
        ("cluster: prod", "cluster: test"),
        ("eu-central-1", "eu-west-1"),
        (
            "cluster: prod",
            "cluster: prod, roleArn: 'arn:aws:iam::123456789012:role/a'",
        ),
    ] {
        assert_ne!(uid(&MINIMAL.replace(from, to)), minimal, "{to}");
    }
}

#[test]
fn regions_of_every_partition_are_regions() {
    for region in [
        "us-east-1",
        "ap-southeast-7",
        "us-gov-west-1",
        "eu-isoe-west-1",
        "eusc-de-east-1",
        "cn-north-1",
    ] {
        assert_eq!(
            one(&MINIMAL.replace("eu-central-1", region)).service.region,
            region
        );
    }
}

#[test]
fn other_documents_are_left_alone() {
    let others = "apiVersion: v1\nkind: Service\nspec: { a: !Ref b, a: 1 }\n---\n- 1\n---\nhello\n---\n---\n";
    let plans = parse(Path::new("a.yaml"), &format!("{others}{MINIMAL}")).unwrap();
    assert_eq!((plans.len(), plans[0].origin.line), (1, 11));
    assert!(parse(Path::new("a.yaml"), "").unwrap().is_empty());
    assert_eq!(one(&format!("\u{feff}{MINIMAL}")).name, "checkout");
    assert_eq!(one(&MINIMAL.replace('\n', "\r\n")), one(MINIMAL));
}

#[test]
fn a_set_keeps_what_is_sound_and_unique() {
    let file = |name: &str, text: String| (PathBuf::from(name), text);
    let rename = |plan: &str, service: &str| {
        MINIMAL
            .replace("name: checkout\nspec", &format!("name: {plan}\nspec"))
            .replace("name: checkout }", &format!("name: {service} }}"))
    };
    let (plans, diagnostics) = parse_set(&[
        file("a.yaml", rename("one", "s1")),
        file(
            "b.yaml",
            format!("{}---\n{}", rename("two", "s2"), rename("one", "s3")),
        ),
        file("c.yaml", rename("three", "s2")),
        file("d.yaml", rename("four", "s4").replace("max: 1%", "max: 1")),
        file("e.yaml", rename("five", "s5")),
    ]);
    let names: Vec<&str> = plans.iter().map(|plan| plan.name.as_str()).collect();
    assert_eq!(names, ["five"]);
    let said: Vec<String> = diagnostics
        .iter()
        .map(|d| {
            format!(
                "{}:{} {:?} {}: {}",
                d.file.display(),
                d.line,
                d.plan,
                d.path,
                d.message
            )
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    d.yaml:24 Some("four") spec.health.errorRate.max: a percentage belongs here, not "1"
    a.yaml:5 Some("one") metadata.name: the plan at b.yaml:30 has this name too
    b.yaml:8 Some("two") spec.service: the plan at c.yaml:8 moves this service too
    b.yaml:30 Some("one") metadata.name: the plan at a.yaml:5 has this name too
    c.yaml:8 Some("three") spec.service: the plan at b.yaml:8 moves this service too
    "#);
}

#[test]
fn a_plan_written_out_reads_back_as_itself() {
    for text in [MINIMAL, FULL] {
        let plan = one(text);
        let written = serde_json::to_string_pretty(&source::Document::from(&plan)).unwrap();
        let again = one(&written);
        assert_eq!(
            Plan {
                origin: plan.origin.clone(),
                ..again
            },
            plan
        );
        let by_serde: source::Document = serde_json::from_str(&written).unwrap();
        assert_eq!(by_serde, source::Document::from(&plan));
    }
}

fn resolve<'s>(root: &'s Value, field: &'s Value) -> &'s Value {
    match field["$ref"].as_str() {
        Some(name) => &root["$defs"][name.rsplit('/').next().unwrap()],
        None => field,
    }
}

/// What only a plan of another way has: no document has all.
const OF_OTHER_WAYS: [&str; 2] = ["inPlace", "registry"];

/// A document with every other field that the schema knows, from its examples or else its defaults.
fn every_field(root: &Value, object: &Value, take: &dyn Fn(&Value) -> Value) -> Value {
    let mut document = Map::new();
    let fields = object["properties"].as_object().unwrap().iter();
    for (name, field) in fields.filter(|(name, _)| !OF_OTHER_WAYS.contains(&name.as_str())) {
        let of_type = resolve(root, field);
        let value = if of_type["properties"].is_object() {
            every_field(root, of_type, take)
        } else {
            match take(field) {
                Value::Null => of_type["oneOf"][0]["const"].clone(),
                value => value,
            }
        };
        document.insert(name.clone(), value);
    }
    Value::Object(document)
}

#[test]
fn the_reader_knows_every_field_of_the_schema() {
    let root = schema();
    let by_example = every_field(&root, &root, &|field| field["examples"][0].clone());
    let plan = one(&by_example.to_string());
    assert_eq!(
        Plan {
            origin: plan.origin.clone(),
            ..one(&by_example.to_string())
        },
        plan
    );
    // Each field is read, not just let through: without it, the plan is another or none at all.
    for path in leaves(&root, &root, "") {
        let mut without = by_example.clone();
        let (parent, key) = path.rsplit_once('/').unwrap();
        without
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .shift_remove(key)
            .unwrap();
        let changed = match parse(Path::new("a.yaml"), &without.to_string()) {
            Ok(plans) => plans[0] != plan,
            Err(_) => true,
        };
        assert!(changed, "{path}");
    }
}

fn leaves(root: &Value, object: &Value, path: &str) -> Vec<String> {
    let properties = object["properties"].as_object().unwrap().iter();
    properties
        .filter(|(name, _)| !OF_OTHER_WAYS.contains(&name.as_str()))
        .flat_map(|(name, field)| {
            let path = format!("{path}/{name}");
            let of_type = resolve(root, field);
            if of_type["properties"].is_object() {
                leaves(root, of_type, &path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn the_defaults_of_the_schema_are_the_readers() {
    let root = schema();
    let mut spelled_out: Value =
        serde_json::to_value(source::Document::from(&one(MINIMAL))).unwrap();
    // A probe has defaults where there is one, which is told apart.
    let always = |path: &String| !path.starts_with("/spec/warm/probe/");
    for path in leaves(&root, &root, "").into_iter().filter(always) {
        let field = field_at(&root, &path);
        if let default @ (Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Array(_)) =
            &field["default"]
        {
            set(&mut spelled_out, &path, default.clone());
        }
    }
    assert_eq!(
        spelled_out.pointer("/spec/retire/keepCold"),
        Some(&json!("72h"))
    );
    assert_eq!(
        one(&spelled_out.to_string()).revision,
        one(MINIMAL).revision
    );
}

#[test]
fn the_defaults_of_a_probe_are_the_readers() {
    let root = schema();
    let text = MINIMAL.replace(
        "  shift:\n",
        "  warm: { probe: { http: { path: /orders } } }\n  shift:\n",
    );
    let plan = one(&text);
    assert!(plan.probe.is_some());
    let mut spelled_out = serde_json::to_value(source::Document::from(&plan)).unwrap();
    let paths = leaves(&root, &root, "").into_iter();
    let mut told = 0;
    for path in paths.filter(|path| path.starts_with("/spec/warm/probe/")) {
        let default = field_at(&root, &path)["default"].clone();
        if !default.is_null() {
            set(&mut spelled_out, &path, default);
            told += 1;
        }
    }
    assert!(told >= 4, "{spelled_out}");
    assert_eq!(one(&spelled_out.to_string()).revision, plan.revision);
}

fn field_at(root: &Value, path: &str) -> Value {
    path.split('/').skip(1).fold(root.clone(), |object, name| {
        resolve(root, &object)["properties"][name].clone()
    })
}

fn set(document: &mut Value, path: &str, value: Value) {
    let target = path.split('/').skip(1).fold(document, |at, name| {
        if at.is_null() {
            *at = json!({});
        }
        at.as_object_mut()
            .unwrap()
            .entry(name)
            .or_insert(Value::Null)
    });
    *target = value;
}

#[test]
fn the_schema_knows_every_field_of_the_reader() {
    let root = schema();
    let mut document = every_field(&root, &root, &|field| field["examples"][0].clone());
    let step = resolve(&root, &field_at(&root, "/spec/shift/steps")["items"]).clone();
    let mut objects = vec![("/spec/shift/steps/0".to_owned(), step)];
    let mut open = vec![(String::new(), root.clone())];
    while let Some((path, object)) = open.pop() {
        for (name, field) in object["properties"].as_object().unwrap() {
            let of_type = resolve(&root, field);
            if of_type["properties"].is_object() && !OF_OTHER_WAYS.contains(&name.as_str()) {
                open.push((format!("{path}/{name}"), of_type.clone()));
            }
        }
        objects.push((path, object));
    }
    assert!(objects.len() >= 10);
    for (path, object) in &objects {
        let stranger = "q".repeat(40);
        let target = document.pointer_mut(path).unwrap().as_object_mut().unwrap();
        target.insert(stranger.clone(), json!(1));
        let diagnostics = parse(Path::new("a.yaml"), &document.to_string()).unwrap_err();
        document
            .pointer_mut(path)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .shift_remove(&stranger);
        assert_eq!(diagnostics.count(), 1, "{diagnostics}");
        let remedy = &diagnostics.iter().next().unwrap().remedy;
        let mut known: Vec<&str> = remedy.rsplit_once(" are ").unwrap().1.split(", ").collect();
        let mut in_schema: Vec<&str> = object["properties"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        known.sort_unstable();
        in_schema.sort_unstable();
        assert_eq!(known, in_schema, "{path}");
        assert_eq!(object["additionalProperties"], json!(false), "{path}");
    }
}

#[test]
fn a_move_in_place_is_read_and_written_as_the_schema_says() {
    let steps = MINIMAL.find("    steps:").unwrap()..MINIMAL.find("  health:").unwrap();
    let mut text = MINIMAL.to_owned();
    text.replace_range(
        steps,
        "    via: inPlace\n    inPlace: { proof: task, hold: 7m, behindLoadBalancer: accept }\n",
    );
    let text = text.replace("errorRate: { max: 1% }", "alarms: [queue-age]");
    let text = text.split("  retire:").next().unwrap();
    let plan = one(text);
    assert!(plan.is_behind());
    assert_eq!(
        plan.in_place().unwrap().proof,
        Some(Duration::from_secs(420))
    );
    let written = serde_json::to_string(&source::Document::from(&plan)).unwrap();
    assert_eq!(one(&written).revision, plan.revision);
    let root = schema();
    let known = resolve(&root, &field_at(&root, "/spec/shift/inPlace"))["properties"].clone();
    let known: Vec<&String> = known.as_object().unwrap().keys().collect();
    let wrong = text.replace("proof: task", "prove: task");
    let diagnostics = parse(Path::new("a.yaml"), &wrong).unwrap_err().to_string();
    for key in known {
        assert!(diagnostics.contains(key.as_str()), "{key}: {diagnostics}");
    }
}

#[test]
fn a_move_of_consumers_is_read_and_written_as_it_was() {
    let steps = MINIMAL.find("    steps:").unwrap();
    let health = MINIMAL.find("  health:").unwrap();
    let text = format!(
        "{}    via: cloudMap\n{}",
        &MINIMAL[..steps],
        &MINIMAL[health..]
    );
    let text = text.replace("errorRate: { max: 1% }", "alarms: []");
    let text = text.replace("  ipv6:\n", "  ipv6:\n    registry: { name: a-v6 }\n");
    let plan = one(&text);
    assert!(plan.is_by_names() && plan.is_unbalanced());
    assert_eq!(plan.ipv6.registry.as_deref(), Some("a-v6"));
    assert_eq!(plan.shift.steps[0].weight, Share::NAMED);
    let written = serde_json::to_value(source::Document::from(&plan)).unwrap();
    assert!(written["spec"]["health"].get("metrics").is_none());
    assert_eq!(one(&written.to_string()).revision, plan.revision);
}

#[test]
fn a_name_beside_a_load_balancer_is_read_and_written_as_it_was() {
    let plain = one(MINIMAL);
    let text = MINIMAL.replace("  ipv6:\n", "  ipv6:\n    registry: { name: a-v6 }\n");
    let plan = one(&text);
    assert_eq!(plan.shift.way, plain.shift.way);
    assert_ne!(plan.revision, plain.revision);
    let last = |plan: &Plan| plan.shift.steps.last().unwrap().gate.clone();
    assert_eq!(
        (last(&plain), last(&plan)),
        (StepGate::Auto, StepGate::Consumers)
    );
    let written = serde_json::to_value(source::Document::from(&plan)).unwrap();
    assert!(written["spec"]["health"].get("metrics").is_none());
    assert!(!written["spec"]["shift"].to_string().contains("gate"));
    assert_eq!(one(&written.to_string()).revision, plan.revision);
}

#[test]
fn a_move_of_tasks_is_read_and_written_as_it_was() {
    let text = MINIMAL.replace("    steps:", "    via: taskCount\n    steps:");
    let text = text.replace("errorRate: { max: 1% }", "alarms: []");
    let plan = one(&text);
    assert!(plan.is_by_tasks() && plan.is_unbalanced());
    let written = serde_json::to_string(&source::Document::from(&plan)).unwrap();
    assert_eq!(one(&written).revision, plan.revision);
}

#[test]
fn the_schema_says_what_it_is() {
    let root = schema();
    assert_eq!(
        root["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    assert_eq!(root["title"], "MigrationPlan");
    assert!(!root.to_string().contains("null"), "{root}");
    for path in leaves(&root, &root, "") {
        let field = field_at(&root, &path);
        assert!(
            field["description"].as_str().is_some_and(|d| d.len() > 5),
            "{path}"
        );
        let is_word = !resolve(&root, &field)["oneOf"].is_null();
        assert!(
            is_word || field["examples"].is_array(),
            "{path} has no example"
        );
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 50, failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(6), ..Default::default() })]

    /// Editors check by the schema's patterns, the reader by its own rules: what the first lets through, the second reads.
    #[test]
    fn what_a_pattern_allows_the_reader_can_read(values in values_of_every_pattern()) {
        let root = schema();
        let full = every_field(&root, &root, &|field| field["examples"][0].clone());
        for (path, value) in values {
            let mut document = full.clone();
            *document.pointer_mut(&path).unwrap() = json!(value);
            let Err(diagnostics) = parse(Path::new("a.yaml"), &document.to_string()) else { continue };
            for diagnostic in &diagnostics {
                let is_spelling = diagnostic.message.contains(" is no ") || diagnostic.message.contains("belongs here,");
                proptest::prop_assert!(!is_spelling, "{path}: {value:?}\n{diagnostic}");
            }
        }
    }
}

/// A value for each field with a pattern.
fn values_of_every_pattern() -> impl proptest::strategy::Strategy<Value = Vec<(String, String)>> {
    use proptest::{prelude::*, string::string_regex};
    let root = schema();
    let mut fields: Vec<(String, Value)> = leaves(&root, &root, "")
        .into_iter()
        .map(|path| (path.clone(), field_at(&root, &path)))
        .collect();
    for list in ["/spec/ipv6/subnets", "/spec/ipv6/securityGroups"] {
        fields.push((format!("{list}/0"), field_at(&root, list)["items"].clone()));
    }
    let step = resolve(&root, &field_at(&root, "/spec/shift/steps")["items"])["properties"].clone();
    for name in ["weight", "hold"] {
        fields.push((format!("/spec/shift/steps/0/{name}"), step[name].clone()));
    }
    let patterns: Vec<(String, String)> = fields
        .into_iter()
        .filter_map(|(path, field)| {
            Some((path, resolve(&root, &field)["pattern"].as_str()?.to_owned()))
        })
        .collect();
    assert_eq!(patterns.len(), 23, "{patterns:?}");
    let values: Vec<_> = patterns
        .into_iter()
        .map(|(path, pattern)| {
            let pattern = pattern
                .trim_start_matches('^')
                .trim_end_matches('$')
                .to_owned();
            string_regex(&pattern)
                .unwrap()
                .prop_filter("empty", |v| !v.is_empty())
                .prop_map(move |v| (path.clone(), v))
        })
        .collect();
    values
}
