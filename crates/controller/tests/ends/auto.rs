//! Plans that leave their way to the service (`via: auto`): which way they went, why, and what AWS has at the end.

use sixshift_core::status::{Phase, Status};
use sixshift_sim::{Value, scenario, services::Service};

use crate::{
    in_place::call,
    migration::{Stage, beginning, in_virtual_time},
};

/// A bake of half an hour changes nothing meanwhile.
const STILL: u32 = 60;

fn stage(scenario: &str) -> Stage {
    let mut stage = Stage::of(scenario::build(scenario, Some(1), 1).unwrap());
    let beginning = beginning(&stage.service);
    stage.plan = format!(
        "{beginning}  shift: {{ via: auto, bake: 30m }}\n  \
         health: {{ errorRate: {{ max: 1%, worseThanIpv4By: 0.5% }}, latencyP99: {{ max: 800ms }} }}\n  \
         retire: {{ approval: none, keepCold: 10m }}\n"
    );
    stage
}

fn services(stage: &Stage) -> Vec<String> {
    let asked = [("cluster", Value::from(stage.service.cluster.as_str()))];
    let answer = call(stage, Service::Ecs, "ListServices", &asked);
    let arns = answer.get("serviceArns").items().iter();
    let mut names: Vec<String> = arns
        .map(|arn| arn.as_str().unwrap().rsplit('/').next().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn failed(stage: &Stage) -> u64 {
    let name = stage.service.name.clone();
    stage
        .region
        .with_world(|world| world.traffic()[&name].failed)
}

fn went(status: &Status) -> (Option<&str>, &str) {
    (status.way.via, status.way.chosen_by)
}

#[test]
fn behind_an_application_load_balancer_it_goes_by_the_usual_weights() {
    in_virtual_time(async {
        let stage = stage("healthy");
        let mut shares = Vec::new();
        let status = stage
            .run_until(STILL, |status: Option<&Status>| {
                let observed = status.and_then(|s| s.shares.observed);
                shares.extend(observed.map(|share| share.to_string()));
                shares.dedup();
            })
            .await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert_eq!(went(&status), (Some("albWeights"), "service"));
        assert!(status.way.why.contains("dual-stack"), "{:?}", status.way);
        assert_eq!(shares[..5], ["0 %", "1 %", "10 %", "50 %", "100 %"]);
        assert_eq!(failed(&stage), 0);
    });
}

#[test]
fn behind_a_network_load_balancer_it_leads_one_family_after_the_other() {
    in_virtual_time(async {
        let stage = stage("nlb-tcp");
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert_eq!(went(&status), (Some("nlb"), "service"));
        assert!(
            status.way.why.contains("Network Load Balancer"),
            "{:?}",
            status.way
        );
        assert_eq!(failed(&stage), 0);
    });
}

#[test]
fn what_breaks_off_behind_a_network_load_balancer_is_taken_back() {
    in_virtual_time(async {
        let stage = stage("nlb-tcp-bad");
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        assert!(status.sentence.contains("reset"), "{}", status.sentence);
    });
}

#[test]
fn without_a_load_balancer_it_moves_in_place_and_makes_no_second_service() {
    in_virtual_time(async {
        let stage = stage("worker-in-place");
        let before = services(&stage);
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert_eq!(went(&status), (Some("inPlace"), "service"));
        assert_eq!(services(&stage), before);
    });
}

#[test]
fn a_worker_that_fails_on_ipv6_is_not_touched() {
    in_virtual_time(async {
        let stage = stage("worker-in-place-bad");
        let before = services(&stage);
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_ne!(status.phase, Phase::Done, "{}", status.sentence);
        let counters = stage.region.counters().accepted;
        assert_eq!(counters.get("ecs:UpdateService"), None, "{counters:?}");
        assert_eq!(services(&stage), before);
    });
}

#[test]
fn killed_every_minute_it_stays_on_its_way() {
    for (scenario, via) in [("nlb-tcp", "nlb"), ("worker-in-place", "inPlace")] {
        in_virtual_time(async {
            let stage = stage(scenario);
            let status = stage.run_by_many(400).await;
            assert_eq!(status.phase, Phase::Done, "{scenario}: {}", status.sentence);
            assert_eq!(status.way.via, Some(via), "{scenario}");
        });
    }
}

#[test]
fn a_service_that_is_not_there_has_no_way_and_the_plan_says_what_is_missing() {
    in_virtual_time(async {
        let mut stage = stage("healthy");
        let name = stage.service.name.clone();
        stage.plan = stage.plan.replacen(
            &format!("name: {name} }}\n  ipv6"),
            "name: nobody }\n  ipv6",
            1,
        );
        let status = stage.run_until(5, |_: Option<&Status>| {}).await;
        assert_eq!(went(&status), (None, "service"));
        assert_eq!(status.phase, Phase::Checking);
        assert!(status.sentence.contains("nobody"), "{}", status.sentence);
    });
}
