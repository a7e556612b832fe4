//! Where clients of VPC Lattice are led, what becomes of them, and what CloudWatch is told of it.

use jiff::{SignedDuration, Timestamp};

use super::routes::resolve;
use crate::scenario::fixture::pass;
use crate::scenario::lattice::{Site, site};
use crate::world::behaviour::Behaviour;
use crate::world::metrics::Statistic;
use crate::world::routing::Route;
use crate::world::traffic::Traffic;

fn fine() -> Site {
    site(&Behaviour::default()).unwrap()
}

/// The sum over the whole minutes since a moment, told once everything is published.
fn sum(site: &Site, kind: &str, arn: &str, name: &str, from: Timestamp) -> f64 {
    let world = &site.world;
    let id = arn.rsplit('/').next().unwrap();
    let found = world.metrics.find("AWS/VpcLattice", name, &[(kind, id)]);
    let Some(series) = found else { return 0.0 };
    let published = world.now() + SignedDuration::from_hours(1);
    let stat = Statistic::parse("Sum").unwrap();
    let points = world
        .metrics
        .statistics(series, stat, 60, from, world.now(), published);
    points.iter().map(|(_, value)| value).sum()
}

fn to_full_minute(site: &mut Site) -> Timestamp {
    let left = 60 - site.world.now().as_second() % 60;
    pass(&mut site.world, left);
    site.world.now()
}

fn seen(site: &mut Site) -> Traffic {
    site.world.traffic()["orders"]
}

#[test]
fn a_whole_move_there_and_back_costs_no_request() {
    let mut site = fine();
    let group = site.twin().unwrap();
    for weight in [1, 100, 500, 999, 0, 999] {
        site.weigh(&group, 999 - weight, weight).unwrap();
        pass(&mut site.world, 120);
    }
    site.scale("orders", 0).unwrap();
    pass(&mut site.world, 300);
    let seen = seen(&mut site);
    assert!(seen.total > 10_000, "{seen:?}");
    assert_eq!(seen.failed, 0, "{seen:?}");
    assert_eq!(site.world.lattice.groups[&site.ipv4].pool.targets.len(), 0);
}

#[test]
fn code_that_fails_over_ipv6_shows_in_the_figures_of_its_target_group_alone() {
    let mut code = Behaviour::default();
    code.v6.error_share = 0.2;
    let mut site = site(&code).unwrap();
    let group = site.twin().unwrap();
    let from = to_full_minute(&mut site);
    site.weigh(&group, 500, 500).unwrap();
    pass(&mut site.world, 600);
    let of = |kind, arn: &str, name| sum(&site, kind, arn, name, from);
    let six = of("TargetGroup", &group, "TotalRequestCount");
    let bad = of("TargetGroup", &group, "HTTPCode_5XX_Count");
    assert!((bad / six - 0.2).abs() < 0.02, "{bad} of {six}");
    assert_eq!(of("TargetGroup", &site.ipv4, "HTTPCode_5XX_Count"), 0.0);
    let four = of("TargetGroup", &site.ipv4, "TotalRequestCount");
    let all = of("Service", &site.service, "TotalRequestCount");
    assert_eq!(
        all,
        four + six,
        "a service's figures are those of its groups"
    );
    assert_eq!(of("Service", &site.service, "HTTPCode_5XX_Count"), bad);
}

#[test]
fn a_group_without_a_healthy_target_is_not_asked_and_its_clients_are_refused() {
    let mut code = Behaviour::default();
    code.v6.listens = false;
    let mut site = site(&code).unwrap();
    let group = site.twin().unwrap();
    let from = to_full_minute(&mut site);
    site.weigh(&group, 0, 1).unwrap();
    pass(&mut site.world, 60);
    let refused = seen(&mut site);
    assert!(refused.failed > 900, "{refused:?}");
    let of = |kind, arn: &str, name| sum(&site, kind, arn, name, from);
    assert_eq!(of("TargetGroup", &group, "TotalRequestCount"), 0.0);
    assert!(of("Service", &site.service, "HTTPCode_5XX_Count") > 900.0);
}

#[test]
fn clients_are_led_by_the_first_rule_that_they_meet() {
    let mut site = fine();
    let group = site.twin().unwrap();
    let leads =
        |site: &Site, path: &str| match resolve(&site.world.lattice, &site.service, 80, path) {
            Route::Forward { groups, .. } => groups.iter().map(|(_, weight)| *weight).collect(),
            _ => Vec::new(),
        };
    site.weigh(&group, 90, 10).unwrap();
    let listener = site
        .world
        .lattice
        .listeners
        .values()
        .next()
        .unwrap()
        .about
        .arn
        .clone();
    let rules = site.world.lattice.rules.values_mut();
    let mut of_api = rules.filter(|r| r.listener == listener && r.priority.is_some());
    let rule = of_api.next().unwrap();
    rule.action = crate::wire::from_text(r#"{"fixedResponse":{"statusCode":404}}"#);
    assert_eq!(leads(&site, "/"), [90, 10]);
    assert_eq!(leads(&site, "/API/orders"), [90, 10], "case counts");
    assert!(leads(&site, "/api/orders").is_empty());
    let anyhow = r#"{"httpMatch":{"pathMatch":{"match":{"prefix":"/api"},"caseSensitive":false}}}"#;
    let exact = r#"{"httpMatch":{"pathMatch":{"match":{"exact":"/api"}}}}"#;
    let header = r#"{"httpMatch":{"headerMatches":[{"name":"x","match":{"exact":"1"}}]}}"#;
    for (matches, path, is_met) in [
        (anyhow, "/API/orders", true),
        (exact, "/api/orders", false),
        (exact, "/api", true),
        (header, "/", false),
    ] {
        let mut rules = site.world.lattice.rules.values_mut();
        let rule = rules.find(|r| r.priority.is_some()).unwrap();
        rule.matches = crate::wire::from_text(matches);
        assert_eq!(leads(&site, path).is_empty(), is_met, "{matches} {path}");
    }
    assert_eq!(
        resolve(&site.world.lattice, &site.service, 81, "/"),
        Route::Nothing
    );
}

#[test]
fn a_group_that_had_traffic_is_told_of_with_zeros_and_one_that_had_none_is_not() {
    let mut site = fine();
    let group = site.twin().unwrap();
    let from = to_full_minute(&mut site);
    pass(&mut site.world, 300);
    let points = |site: &Site, arn: &str| {
        let id = arn.rsplit('/').next().unwrap().to_owned();
        let dims = [("TargetGroup", id.as_str())];
        let found = site
            .world
            .metrics
            .find("AWS/VpcLattice", "TotalRequestCount", &dims);
        let published = site.world.now() + SignedDuration::from_hours(1);
        let stat = Statistic::parse("Sum").unwrap();
        let of = |series| {
            site.world
                .metrics
                .statistics(series, stat, 60, from, site.world.now(), published)
        };
        found.map_or(0, |series| of(series).len())
    };
    assert_eq!(points(&site, &group), 0);
    site.weigh(&group, 0, 100).unwrap();
    pass(&mut site.world, 300);
    assert_eq!(points(&site, &site.ipv4), 10, "the last five of them zero");
}
