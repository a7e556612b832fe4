//! The plans in `config/`, each carried out as foreseen: as they are, but for the service's names, lengths of time and the
//! addresses of webhooks.

use std::{fs, path::Path, time::Duration};

use sixshift_core::plan::{Plan, StepGate, parse, source::Document};

use crate::{comes_true, migration::Ground};

const SOON: Duration = Duration::from_secs(300);

/// Every plan of the folder.
fn examples() -> Vec<Plan> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/plans");
    let mut plans = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        plans.extend(parse(&path, &text).unwrap());
    }
    plans.sort_by(|a, b| a.name.cmp(&b.name));
    plans
}

/// Of a service in the region that the ground has: what it names there, in short.
fn at_home(mut plan: Plan, ground: &Ground) -> String {
    let service = &ground.service;
    plan.name.clone_from(&service.name);
    plan.paused = false;
    plan.service.region.clone_from(&service.region);
    plan.service.cluster.clone_from(&service.cluster);
    plan.service.name.clone_from(&service.name);
    (plan.service.role_arn, plan.service.external_id) = (None, None);
    plan.ipv6.subnets.clone_from(&service.ipv6_subnets);
    plan.ipv6.security_groups = Some(service.security_groups.clone());
    plan.ipv6.task_definition.containers.clear();
    plan.health.alarms.clear();
    plan.health.min_requests = plan.health.min_requests.min(50);
    for step in plan.shift.steps.iter_mut().filter(|s| !s.hold.is_zero()) {
        step.hold = SOON;
        // Nobody answers there; a person stands in for it, as foresight has it.
        if matches!(step.gate, StepGate::Webhook(_)) {
            step.gate = StepGate::Approval;
        }
    }
    plan.shift.bake = 2 * SOON;
    (plan.retire.keep_cold, plan.retire.min_drain) = (SOON, SOON);
    serde_yaml::to_string(&Document::from(&plan)).unwrap()
}

#[test]
fn every_example_plan_is_carried_out_as_foreseen() {
    let plans = examples();
    assert!(plans.len() > 4, "{plans:?}");
    for plan in plans {
        let text = at_home(plan, &Ground::new("healthy"));
        comes_true("healthy", &text);
    }
}
