//! The one model of AWS's effects agrees with the region: after each act, a look shows what the model says it would.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use sixshift_aws::Tenure;
use sixshift_core::{
    action::Action,
    decide::{Next, decide},
    facts::{Approval, Facts},
    foresee::{NEW, apply},
    guard::guard,
    names,
    observation::{Known, Observation, Scaling, Service, TargetGroup},
    plan::Plan,
    status::WaitingOn,
    twin::{DefinitionEdits, derived_definition},
};

use crate::{
    PLAN,
    migration::{Ground, in_virtual_time},
};

/// What an act changes at once, as text; what only time brings is left out, and names that AWS gives.
fn picture(plan: &Plan, seen: &Observation) -> Vec<String> {
    let mut lines = vec![
        format!("ipv4 {:#?}", seen.ipv4.seen().map(service)),
        format!("twin {:#?}", seen.twin.seen().map(service)),
        format!("ipv4 scaling {:#?}", seen.ipv4_scaling.seen().map(scaling)),
        format!("twin scaling {:#?}", seen.twin_scaling.seen().map(scaling)),
    ];
    for pair in seen.pairs.seen().into_iter().flatten() {
        for known in [&pair.ipv4, &pair.ipv6] {
            lines.push(format!("{} {:#?}", pair.ipv4_arn, known.seen().map(group)));
        }
    }
    for route in seen.routes.seen().into_iter().flatten() {
        let mut forward = route.forward.clone();
        // AWS's order is by names that it gives.
        forward.groups.sort_by_key(|g| g.weight);
        lines.push(format!("{} {forward:#?} {:?}", route.id, route.actions));
    }
    if let Some(definition) = seen.twin_task_definition.seen() {
        let mut definition = definition.clone();
        (definition.registered_at, definition.bytes) = (Timestamp::UNIX_EPOCH, 0);
        definition.document = without_what_aws_sets(&definition.document.read()).into();
        lines.push(format!("{definition:#?}"));
    }
    let lines = lines.iter().flat_map(|text| text.lines());
    lines.map(|line| unnamed(plan, seen, line)).collect()
}

fn without_what_aws_sets(document: &Value) -> Value {
    let none = DefinitionEdits {
        family: document["family"].as_str().unwrap(),
        images: &BTreeMap::new(),
        env: &BTreeMap::new(),
        tags: &BTreeMap::new(),
    };
    derived_definition(document, &Value::Null, &none)
}

/// With [`NEW`] in place of what AWS gave.
fn unnamed(plan: &Plan, seen: &Observation, line: &str) -> String {
    let mut line = line.to_owned();
    for pair in seen.pairs.seen().into_iter().flatten() {
        if let Some(group) = pair.ipv6.seen() {
            let (base, _) = group.arn.rsplit_once('/').unwrap();
            line = line.replace(&group.arn, &format!("{base}/{NEW}"));
            let short = names::metric_dimension(&group.arn);
            let (base, _) = short.rsplit_once('/').unwrap();
            line = line.replace(short, &format!("{base}/{NEW}"));
        }
    }
    let family = format!("{}:", names::family(plan));
    match line.find(&family) {
        Some(at) => {
            let rest = &line[at + family.len()..];
            let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            format!(
                "{}{family}{NEW}{}",
                &line[..at],
                after.trim_start_matches(NEW)
            )
        }
        None => line,
    }
}

fn service(service: &Service) -> Service {
    let mut service = service.clone();
    service.running = 0;
    // AWS fills in what was left out.
    if let Some(deployment) = service.deployment.as_object_mut() {
        deployment.retain(|key, value| key != "bakeTimeInMinutes" || *value != 0);
    }
    service.deployments.clear();
    service.subnets.sort();
    service.security_groups.sort();
    (service.created_at, service.last_event) = (Timestamp::UNIX_EPOCH, None);
    service.started_at = None;
    (service.revision, service.rolled_back_at) = (None, None);
    service
}

fn group(group: &TargetGroup) -> TargetGroup {
    TargetGroup {
        targets: Known::Absent,
        ..group.clone()
    }
}

fn scaling(scaling: &Scaling) -> Scaling {
    let mut scaling = scaling.clone();
    scaling.arn = None;
    for part in scaling.policies.iter_mut().chain(&mut scaling.scheduled) {
        part.alarms.clear();
    }
    scaling
}

/// Rounds of one's own, each act beside the model's picture of it.
async fn acts_as_modelled(ground: &Ground, plan: &Plan) -> Vec<Action> {
    let mut facts = Facts::default();
    let mut acts = Vec::new();
    for _ in 0..3_000 {
        let seen = ground.look(plan).await;
        let now = ground.clock.now();
        let decision = decide(plan, &facts, &seen, now);
        let action = match decision.next {
            Next::Done => return acts,
            Next::Act(action) => action,
            Next::Wait(WaitingOn::Approval { gate }) => {
                facts.approvals.push(Approval {
                    gate,
                    revision: plan.revision.clone(),
                    by: "oncall".to_owned(),
                    at: now,
                });
                continue;
            }
            Next::Wait(_) => {
                let wait = decision.look_at.duration_since(now).as_secs().max(1);
                tokio::time::sleep(std::time::Duration::from_secs(wait.unsigned_abs())).await;
                continue;
            }
        };
        assert_eq!(guard(plan, &facts, &seen, &action), Ok(()));
        ground
            .hands
            .act(plan, &action, Tenure::unlimited())
            .await
            .unwrap();
        let mut modelled = seen;
        apply(&action, &mut modelled);
        let shown = ground.look(plan).await;
        agree(plan, &action, &modelled, &shown);
        acts.push(action);
    }
    panic!("it never ends: {acts:#?}");
}

fn agree(plan: &Plan, action: &Action, modelled: &Observation, shown: &Observation) {
    let (modelled, shown) = (picture(plan, modelled), picture(plan, shown));
    let differ: Vec<String> = modelled
        .iter()
        .zip(&shown)
        .filter(|(a, b)| a != b)
        .map(|(a, b)| format!("modelled {a}\nshown    {b}"))
        .collect();
    let same = modelled.len() == shown.len() && differ.is_empty();
    assert!(
        same,
        "{}:\n{}\n{modelled:#?}\n{shown:#?}",
        action.name(),
        differ.join("\n")
    );
}

fn agrees(scenario: &str) {
    agrees_on(scenario, PLAN);
}

fn agrees_on(scenario: &str, text: &str) {
    in_virtual_time(async {
        let ground = Ground::new(scenario);
        let (plan, _) = ground.plan(text);
        let acts = acts_as_modelled(&ground, &plan).await;
        assert!(acts.len() > 15, "{acts:#?}");
    });
}

#[test]
fn each_act_has_the_effect_that_the_model_says() {
    agrees("healthy");
}

#[test]
fn and_on_a_listener_of_families() {
    let (head, rest) = PLAN.split_once("  shift:").unwrap();
    let (_, tail) = rest.split_once("  retire:").unwrap();
    let families = "  shift:\n    via: nlb\n    steps: [{ clients: ipv6, hold: 5m }, { clients: all }]\n    bake: 10m\n  \
                    health: { errorRate: { max: 1% } }\n  retire:";
    agrees_on("nlb-tcp", &format!("{head}{families}{tail}"));
}

#[test]
fn and_on_many_routes() {
    agrees("many-routes");
}
