//! What becomes of customers in each scenario, moved by the plain calls of a careless operator.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::fixture::{call, one, pass, service, set_weights, twin};
use super::{build, mix, names};
use crate::Value;
use crate::services::Service;
use crate::world::World;
use crate::world::elb::dimension;
use crate::world::metrics::Statistic;

/// The sum of a metric from a moment until now, told once everything is published.
fn sum(world: &World, name: &str, dimensions: &[(&str, &str)], from: Timestamp) -> f64 {
    let Some(series) = world.metrics.find("AWS/ApplicationELB", name, dimensions) else {
        return 0.0;
    };
    let published = world.now() + SignedDuration::from_hours(1);
    let points = world
        .metrics
        .statistics(series, Statistic::Sum, 60, from, world.now(), published);
    points.iter().map(|(_, value)| value).sum()
}

fn to_full_minute(world: &mut World) {
    let into = world.now().as_second() % 60;
    pass(world, 60 - into);
}

#[test]
fn every_scenario_comes_to_rest_with_all_its_tasks_and_no_failed_request() {
    for (name, _) in names().iter().filter(|(name, _)| *name != "big-fleet") {
        let mut built = one(name);
        let found = service(&mut built.world, &built.services[0].name.clone());
        assert_eq!(
            found.get("runningCount"),
            found.get("desiredCount"),
            "{name}"
        );
        assert_eq!(found.get("deployments").items().len(), 1, "{name}");
        pass(&mut built.world, 600);
        let seen = built.world.traffic()[&built.services[0].name];
        assert!(seen.total > 0 && seen.failed == 0, "{name}: {seen:?}");
    }
}

#[test]
fn an_unknown_scenario_is_refused_with_the_names_that_there_are() {
    let refusal = build("helthy", None, 1).unwrap_err().to_string();
    assert!(
        refusal.contains("helthy") && refusal.contains("many-routes"),
        "{refusal}"
    );
}

#[test]
fn a_healthy_twin_takes_its_weight_and_nothing_fails() {
    let mut built = one("healthy");
    let group = twin(&mut built);
    set_weights(&mut built, &group, 75, 25);
    built.world.forget_traffic();
    pass(&mut built.world, 3600);
    let seen = built.world.traffic()["checkout"];
    assert_eq!((seen.failed, seen.failed_on_ipv6), (0, 0));
    assert!(seen.total > 100_000);
}

#[test]
fn what_binds_to_ipv4_only_is_never_healthy_and_fails_nobody_at_weight_0() {
    let mut built = one("binds-ipv4-only");
    let group = twin(&mut built);
    pass(&mut built.world, 1800);
    let states = super::fixture::health(&mut built.world, &group);
    assert!(
        states.iter().all(|(state, _)| state != "healthy"),
        "{states:?}"
    );
    let twin = service(&mut built.world, "checkout-ipv6");
    assert!(
        twin.get("deployments").items()[0]
            .get("failedTasks")
            .as_i64()
            .unwrap()
            > 0
    );
    let told = twin.get("events").items().iter().any(|e| {
        e.get("message")
            .as_str()
            .unwrap()
            .contains("is unhealthy in (target-group")
    });
    assert!(told);
    assert_eq!(built.world.traffic()["checkout"].failed, 0);
}

#[test]
fn an_ipv4_literal_fails_on_ipv6_only() {
    let mut built = one("ipv4-literal");
    let group = twin(&mut built);
    set_weights(&mut built, &group, 90, 10);
    built.world.forget_traffic();
    pass(&mut built.world, 1200);
    let seen = built.world.traffic()["checkout"];
    assert!(seen.failed_on_ipv6 > 0 && seen.failed == seen.failed_on_ipv6);
    let share = seen.failed as f64 / seen.total as f64;
    assert!((0.005..0.007).contains(&share), "{share}");
}

#[test]
fn what_breaks_above_a_quarter_bears_a_quarter() {
    let mut built = one("breaks-above-25");
    let group = twin(&mut built);
    set_weights(&mut built, &group, 75, 25);
    pass(&mut built.world, 600);
    assert_eq!(built.world.traffic()["checkout"].failed, 0);
    set_weights(&mut built, &group, 50, 50);
    pass(&mut built.world, 600);
    assert!(built.world.traffic()["checkout"].failed_on_ipv6 > 0);
}

#[test]
fn what_degrades_is_fine_for_two_hours_at_full_load() {
    let mut built = one("degrades-in-bake");
    let group = twin(&mut built);
    set_weights(&mut built, &group, 0, 100);
    pass(&mut built.world, 7000);
    assert_eq!(built.world.traffic()["checkout"].failed, 0);
    pass(&mut built.world, 3600);
    assert!(built.world.traffic()["checkout"].failed_on_ipv6 > 1000);
}

#[test]
fn somebody_edits_the_weights_and_somebody_else_again() {
    let mut built = one("outside-edit");
    let group = twin(&mut built);
    set_weights(&mut built, &group, 90, 10);
    pass(&mut built.world, 130);
    assert_eq!(
        built.world.ipv6_share("checkout"),
        0.0,
        "{:?}",
        built.world.journal
    );
    pass(&mut built.world, 600);
    assert_eq!(built.world.ipv6_share("checkout"), 1.0);
    assert_eq!(built.world.journal.len(), 2);
}

#[test]
fn the_pipeline_deploys_midway_and_the_service_rolls_over() {
    let mut built = one("deploy-midway");
    let before = service(&mut built.world, "checkout")
        .get("taskDefinition")
        .clone();
    let group = twin(&mut built);
    set_weights(&mut built, &group, 90, 10);
    pass(&mut built.world, 900);
    let after = service(&mut built.world, "checkout");
    assert_ne!(*after.get("taskDefinition"), before);
    assert_eq!(after.get("deployments").items().len(), 1);
    assert_eq!(built.world.traffic()["checkout"].failed, 0);
}

#[test]
fn the_alarm_goes_off_a_few_minutes_after_a_tenth() {
    let mut built = one("alarm");
    let names = (
        "AlarmNames",
        Value::list(built.services[0].alarms.iter().map(String::as_str)),
    );
    let state = |world: &mut World| {
        let found = super::fixture::call(
            world,
            Service::CloudWatch,
            "DescribeAlarms",
            vec![names.clone()],
        )
        .unwrap();
        found.get("MetricAlarms").items()[0]
            .get("StateValue")
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(state(&mut built.world), "OK");
    let group = twin(&mut built);
    set_weights(&mut built, &group, 90, 10);
    pass(&mut built.world, 290);
    assert_eq!(state(&mut built.world), "ALARM");
    set_weights(&mut built, &group, 100, 0);
    pass(&mut built.world, 300);
    assert_eq!(state(&mut built.world), "OK");
}

#[test]
fn requests_are_conserved_between_the_ledger_and_what_cloudwatch_is_told() {
    let mut built = one("healthy");
    let group = twin(&mut built);
    to_full_minute(&mut built.world);
    let from = built.world.now();
    built.world.forget_traffic();
    set_weights(&mut built, &group, 60, 40);
    pass(&mut built.world, 1000);
    // An empty weighted group: nobody is turned to the other one.
    let fields = vec![
        ("cluster", "prod".into()),
        ("service", "checkout-ipv6".into()),
        ("desiredCount", 0_i64.into()),
    ];
    super::fixture::call(&mut built.world, Service::Ecs, "UpdateService", fields).unwrap();
    pass(&mut built.world, 1000);
    to_full_minute(&mut built.world);
    let seen = built.world.traffic()["checkout"];
    let world = &built.world;
    let balancer = dimension(world.elb.load_balancers.keys().next().unwrap());
    let of = |group: &str| {
        let dimensions = [
            ("LoadBalancer", balancer),
            ("TargetGroup", dimension(group)),
        ];
        sum(world, "RequestCount", &dimensions, from)
    };
    let refused = sum(
        world,
        "HTTPCode_ELB_5XX_Count",
        &[("LoadBalancer", balancer)],
        from,
    );
    let reached = of(&group) + of(&built.services[0].target_group);
    assert_eq!((reached + refused) as u64, seen.total);
    assert_eq!(refused as u64, seen.failed_on_ipv6);
    assert!(seen.failed_on_ipv6 > 1000);
}

#[test]
fn the_same_seed_gives_the_same_ledger_and_another_seed_another() {
    let run = |seed| {
        let mut built = mix(6, seed).unwrap();
        pass(&mut built.world, 1800);
        built.world.traffic()
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}

#[test]
fn a_mix_has_exactly_one_bad_release() {
    let built = mix(9, 1).unwrap();
    let bad = built
        .services
        .iter()
        .filter(|s| s.scenario == "ipv4-literal")
        .count();
    assert_eq!((built.services.len(), bad), (9, 1));
}

#[test]
fn twenty_load_balancers_carry_a_fleet_of_two_hundred() {
    let mut built = build("big-fleet", None, 1).unwrap();
    assert_eq!(
        (built.services.len(), built.world.elb.load_balancers.len()),
        (200, 20)
    );
    pass(&mut built.world, 300);
    let seen = built.world.traffic();
    assert!(seen.values().all(|t| t.total > 0 && t.failed == 0));
    assert_eq!(Value::from(200_usize), Value::from(seen.len()));
}

#[test]
fn customers_who_grow_in_number_are_borne_only_by_a_service_that_scales() {
    let grown = |with_policy: bool| {
        let mut built = one("growing-load");
        if !with_policy {
            let of = [
                ("ServiceNamespace", Value::from("ecs")),
                ("ResourceId", "service/prod/checkout".into()),
                ("ScalableDimension", "ecs:service:DesiredCount".into()),
                ("PolicyName", "requests-per-target".into()),
            ];
            call(
                &mut built.world,
                Service::AutoScaling,
                "DeleteScalingPolicy",
                of.to_vec(),
            )
            .unwrap();
        }
        built.world.forget_traffic();
        for _ in 0..5 {
            built.world.settle_all();
            built.world.customers.busier("checkout", 1.3);
            pass(&mut built.world, 1200);
        }
        built.world.traffic()["checkout"].failed
    };
    assert_eq!(grown(true), 0);
    assert!(grown(false) > 10_000);
}

#[test]
fn an_ipv4_allow_list_forbids_everybody_on_ipv6_with_a_4xx_and_nobody_on_ipv4() {
    let mut built = one("ipv4-allow-list");
    let group = twin(&mut built);
    set_weights(&mut built, &group, 90, 10);
    to_full_minute(&mut built.world);
    built.world.forget_traffic();
    let from = built.world.now();
    pass(&mut built.world, 600);
    let seen = built.world.traffic()["checkout"];
    assert!(seen.failed_on_ipv6 > 0 && seen.failed == seen.failed_on_ipv6);
    let balancer = dimension(
        &built
            .world
            .elb
            .load_balancers
            .values()
            .next()
            .unwrap()
            .arn
            .clone(),
    )
    .to_owned();
    let of = |name| {
        let dims = [
            ("LoadBalancer", balancer.as_str()),
            ("TargetGroup", dimension(&group)),
        ];
        sum(&built.world, name, &dims, from) as u64
    };
    assert_eq!(of("HTTPCode_Target_4XX_Count"), seen.failed);
    assert_eq!(of("RequestCount"), seen.failed);
    assert_eq!(of("HTTPCode_Target_5XX_Count"), 0);
}

#[test]
fn infrastructure_code_takes_the_ipv6_group_out_of_the_forward() {
    let mut built = one("iac-reapply");
    let group = twin(&mut built);
    set_weights(&mut built, &group, 0, 100);
    pass(&mut built.world, 74 * 60);
    assert_eq!(built.world.ipv6_share("checkout"), 1.0);
    pass(&mut built.world, 120);
    assert_eq!(built.world.ipv6_share("checkout"), 0.0);
    let left = &built.world.elb.target_groups[&group].load_balancers;
    assert!(left.is_empty(), "{:?}", built.world.journal);
}

#[test]
fn a_twin_that_somebody_deletes_leaves_its_target_group_empty() {
    let mut built = one("twin-deleted");
    let group = twin(&mut built);
    set_weights(&mut built, &group, 90, 10);
    pass(&mut built.world, 600);
    assert!(built.world.elb.target_groups[&group].targets.is_empty());
    assert!(built.world.traffic()["checkout"].failed_on_ipv6 > 0);
}

#[test]
fn what_never_starts_is_deployed_for_ever_where_no_breaker_ends_it() {
    let mut built = one("stuck-deploy");
    let group = twin(&mut built);
    set_weights(&mut built, &group, 0, 100);
    pass(&mut built.world, 5 * 3600);
    let found = service(&mut built.world, "checkout");
    let deployments = found.get("deployments").items();
    assert_eq!(deployments.len(), 2);
    assert_eq!(
        deployments[0].get("rolloutState").as_str(),
        Some("IN_PROGRESS")
    );
    assert_eq!(deployments[1].get("runningCount").as_i64(), Some(3));
}

#[test]
fn an_ipv4_side_that_falls_silent_has_no_healthy_target_and_the_twin_all_of_its_own() {
    let mut built = one("ipv4-sick");
    let group = twin(&mut built);
    set_weights(&mut built, &group, 90, 10);
    pass(&mut built.world, 179);
    assert_eq!(built.world.traffic()["checkout"].failed, 0);
    pass(&mut built.world, 60);
    let ipv4 = built.services[0].target_group.clone();
    let healthy = |arn: &str, built: &mut super::Built| {
        let states = super::fixture::health(&mut built.world, arn);
        states
            .iter()
            .filter(|(state, _)| state == "healthy")
            .count()
    };
    assert_eq!(healthy(&ipv4, &mut built), 0);
    assert_eq!(healthy(&group, &mut built), 3);
    let seen = built.world.traffic()["checkout"];
    assert!(seen.failed > 1_000 && seen.failed_on_ipv6 == 0, "{seen:?}");
}

#[test]
fn a_thousand_services_fit_into_a_region_with_its_quotas() {
    let built = build("big-fleet", Some(1000), 1).unwrap();
    let names: BTreeSet<&str> = built.services.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names.len(), 1000);
}

#[test]
fn each_scenario_without_a_load_balancer_comes_to_rest_and_loses_no_message() {
    for (name, _) in super::names_without_load_balancer() {
        let mut built = one(name);
        let made = built.services[0].name.clone();
        let found = service(&mut built.world, &made);
        let running = found.get("runningCount").as_i64();
        assert_eq!(running, found.get("desiredCount").as_i64(), "{name}");
        assert!(running >= Some(3), "{name}");
        pass(&mut built.world, 600);
        for (queue, seen) in built.world.messages() {
            assert!(seen.deleted > 500 && seen.dead == 0, "{queue}: {seen:?}");
            assert!(seen.waiting < 200, "{queue}: {seen:?}");
        }
    }
}

/// Moves a scenario's service to IPv6-only subnets in one call, as its definition allows there.
fn move_in_place(built: &mut super::Built) {
    let definition = super::fixture::dual_stack_definition(built);
    let made = &built.services[0];
    let network = Value::map([
        ("subnets", Value::list(made.ipv6_subnets.clone())),
        ("securityGroups", Value::list(made.security_groups.clone())),
    ]);
    let fields = vec![
        ("cluster", "prod".into()),
        ("service", made.name.as_str().into()),
        ("taskDefinition", definition.into()),
        (
            "networkConfiguration",
            Value::map([("awsvpcConfiguration", network)]),
        ),
    ];
    call(&mut built.world, Service::Ecs, "UpdateService", fields).unwrap();
}

fn on_ipv6(world: &World, name: &str) -> usize {
    let service = world.ecs.service("prod", name).unwrap();
    let tasks = service.tasks.iter().filter_map(|t| world.ecs.tasks.get(t));
    let running = tasks.filter(|t| t.state == crate::world::tasks::TaskState::Running);
    running
        .filter(|t| t.place.ipv4.is_none() && t.place.ipv6.is_some())
        .count()
}

#[test]
fn a_worker_that_is_well_moves_in_place_and_loses_nothing() {
    for name in ["worker-in-place", "queue-workers"] {
        let mut built = one(name);
        move_in_place(&mut built);
        pass(&mut built.world, 1_800);
        assert!(on_ipv6(&built.world, "mailer") >= 3, "{name}");
        let seen = built.world.messages()["mailer-jobs"];
        assert!(seen.dead == 0 && seen.waiting < 250, "{name}: {seen:?}");
    }
}

#[test]
fn a_worker_with_an_ipv4_literal_is_taken_back_by_its_breaker_and_loses_nothing() {
    let mut built = one("worker-in-place-bad");
    move_in_place(&mut built);
    pass(&mut built.world, 3_600);
    assert_eq!(on_ipv6(&built.world, "mailer"), 0);
    let found = service(&mut built.world, "mailer");
    assert_eq!(found.get("runningCount").as_i64(), Some(3));
    assert_eq!(built.world.messages()["mailer-jobs"].dead, 0);
}

#[test]
fn a_worker_that_fails_late_is_told_by_its_queue_alone() {
    let mut built = one("worker-in-place-late");
    move_in_place(&mut built);
    pass(&mut built.world, 3_600);
    assert_eq!(on_ipv6(&built.world, "mailer"), 3, "ECS sees nothing wrong");
    let seen = built.world.messages()["mailer-jobs"];
    assert!(seen.dead > 1_000, "{seen:?}");
    let dims = [("QueueName", "mailer-jobs")];
    let metrics = &built.world.metrics;
    assert!(
        metrics
            .find("AWS/SQS", "ApproximateAgeOfOldestMessage", &dims)
            .is_some()
    );
    let dims = [("ClusterName", "prod"), ("ServiceName", "mailer")];
    assert!(
        metrics
            .find("ECS/ContainerInsights", "RunningTaskCount", &dims)
            .is_some()
    );
    assert!(
        metrics
            .find("ECS/ContainerInsights", "NetworkTxBytes", &dims)
            .is_some()
    );
}

#[test]
fn a_daemon_moves_with_a_task_on_each_instance() {
    let mut built = one("daemon");
    move_in_place(&mut built);
    pass(&mut built.world, 600);
    assert_eq!(on_ipv6(&built.world, "mailer"), 3);
    let tasks = built.world.ecs.tasks.values().filter(|t| t.wanted);
    let on: BTreeSet<_> = tasks.filter_map(|t| t.instance.clone()).collect();
    assert_eq!(on.len(), 3);
}
