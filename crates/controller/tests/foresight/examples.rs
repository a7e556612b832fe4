//! The plans in `config/`, each carried out as foreseen: as they are, but for the service's names, lengths of time and the
//! addresses of webhooks.

use std::{fs, path::Path, time::Duration};

use sixshift_core::{
    foresee::End,
    plan::{Plan, StepGate, Way, parse, source::Document},
    status::Phase,
};

use crate::{
    comes_true,
    migration::{Ground, in_virtual_time},
};

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
    // Nobody publishes the team's figures there.
    plan.health.alarms.clear();
    plan.health.metrics.clear();
    for step in plan.shift.steps.iter_mut().filter(|s| !s.hold.is_zero()) {
        step.hold = SOON;
        // Nobody answers there; a person stands in for it, as foresight has it.
        if matches!(step.gate, StepGate::Webhook(_)) {
            step.gate = StepGate::Approval;
        }
    }
    plan.shift.bake = 2 * SOON;
    // Without a load balancer no requests are spoken of, in place no IPv4 side either.
    if !plan.is_unbalanced() {
        plan.health.min_requests = plan.health.min_requests.min(50);
        plan.retire.min_drain = SOON;
    }
    if plan.in_place().is_none() {
        plan.retire.keep_cold = SOON;
    }
    serde_yaml::to_string(&Document::from(&plan)).unwrap()
}

#[test]
fn every_example_plan_is_carried_out_as_foreseen() {
    let plans = examples();
    assert!(plans.len() > 4, "{plans:?}");
    for plan in plans.into_iter().filter(|p| p.in_place().is_none()) {
        let scenario = match plan.shift.way {
            Way::Families => "nlb-tcp",
            Way::Lattice => "lattice",
            Way::Tasks => "task-count",
            Way::Names => "cloud-map",
            Way::Weights | Way::InPlace(_) => "healthy",
        };
        let text = at_home(plan, &Ground::new(scenario));
        comes_true(scenario, &text);
    }
}

/// The calls of a plan in place are those that were foreseen, and none is later than that.
fn makes_the_calls_that_were_foreseen(scenario: &str, is_it: fn(&Plan) -> bool) {
    in_virtual_time(async {
        let plan = examples().into_iter().find(is_it).unwrap();
        let ground = Ground::new(scenario);
        let (plan, text) = ground.plan(&at_home(plan, &ground));
        let (foresight, _) = ground.foresee(&plan).await;
        assert_eq!(foresight.end, End::Done, "{:#?}", foresight.ahead);
        let fleet = ground.fleet(&text).await;
        ground.run(&fleet, |phase, _| phase == Phase::Done).await;
        let told = foresight.calls().map(|c| c.action.call());
        let told: Vec<&str> = told.filter_map(|c| c.split(':').nth(1)).collect();
        let writes = ground.writes();
        let really: Vec<&str> = writes.iter().map(|made| made.op.as_str()).collect();
        assert_eq!(told, really);
        let first = foresight
            .calls()
            .map(|c| c.at)
            .zip(writes.iter().map(|m| m.at));
        assert!(first.into_iter().all(|(told, really)| told <= really));
    });
}

#[test]
fn the_example_that_moves_a_service_in_place_makes_the_calls_that_were_foreseen() {
    makes_the_calls_that_were_foreseen("worker-in-place", |p| {
        p.in_place().is_some() && !p.is_behind()
    });
}

#[test]
fn the_example_of_one_behind_its_load_balancer_makes_the_calls_that_were_foreseen() {
    makes_the_calls_that_were_foreseen("in-place-behind", Plan::is_behind);
}
