//! Each flaw on a healthy network, and a twin that is made in spite of it.

use super::*;
use crate::scenario::fixture::{health, one, pass, set_weights, twin};

/// The twin of a healthy service, half an hour after it was made and given half of the customers; and what these saw.
fn after(flaw: Option<&str>) -> (Built, String, u64) {
    let mut built = one("healthy");
    if let Some(flaw) = flaw {
        plant(&mut built, flaw).unwrap();
        pass(&mut built.world, 600);
    }
    let group = twin(&mut built);
    set_weights(&mut built, &group, 50, 50);
    let name = built.services[0].name.clone();
    let failed = built.world.traffic()[&name].failed_on_ipv6;
    pass(&mut built.world, 180);
    let failed = built.world.traffic()[&name].failed_on_ipv6 - failed;
    (built, group, failed)
}

fn reasons(built: &Built) -> Vec<&str> {
    let tasks = built.world.ecs.tasks.values();
    let failed = tasks.filter(|t| t.stop_code == Some("TaskFailedToStart"));
    failed.filter_map(|t| t.stopped_reason.as_deref()).collect()
}

fn events(built: &Built) -> Vec<&str> {
    let services = built.world.ecs.services.values();
    let events = services.flat_map(|s| &s.events);
    events.map(|e| e.message.as_str()).collect()
}

#[test]
fn without_a_flaw_the_twin_starts_and_serves() {
    let (mut built, group, failed) = after(None);
    assert_eq!(reasons(&built), [""; 0]);
    assert!(
        health(&mut built.world, &group)
            .iter()
            .all(|(s, _)| s == "healthy")
    );
    assert_eq!(failed, 0);
}

#[test]
fn each_flaw_shows_as_the_catalogue_says() {
    for flaw in FLAWS {
        let (mut built, group, failed) = after(Some(flaw.name));
        let targets = health(&mut built.world, &group);
        match flaw.shows {
            Shows::NotPlaced(why) => {
                let told = events(&built);
                assert!(
                    told.iter().any(|e| e.contains(why)),
                    "{}: {told:?}",
                    flaw.name
                );
                assert!(targets.is_empty(), "{}: {targets:?}", flaw.name);
            }
            Shows::NotStarted(why) => {
                let all = reasons(&built);
                assert!(!all.is_empty() && targets.is_empty(), "{}", flaw.name);
                assert!(
                    all.iter().all(|r| r.contains(why)),
                    "{}: {all:?}",
                    flaw.name
                );
            }
            Shows::Unhealthy(why) => {
                let told = events(&built);
                assert!(
                    told.iter().any(|e| e.contains(why)),
                    "{}: {told:?}",
                    flaw.name
                );
                assert!(
                    !targets.iter().any(|(s, _)| s == "healthy"),
                    "{}",
                    flaw.name
                );
            }
            Shows::Failing => {
                assert!(
                    targets.iter().all(|(s, _)| s == "healthy"),
                    "{}: {targets:?}",
                    flaw.name
                );
                assert!(failed > 0, "{}", flaw.name);
            }
        }
    }
}

#[test]
fn a_flaw_costs_customers_nothing_while_ipv4_serves_them() {
    for flaw in FLAWS {
        let mut built = one("healthy");
        plant(&mut built, flaw.name).unwrap();
        pass(&mut built.world, 600);
        let name = built.services[0].name.clone();
        assert_eq!(built.world.traffic()[&name].failed, 0, "{}", flaw.name);
    }
}

#[test]
fn what_breaks_while_traffic_flows_is_felt_and_mended() {
    let mut built = one("healthy");
    let group = twin(&mut built);
    set_weights(&mut built, &group, 50, 50);
    let name = built.services[0].name.clone();
    let failed = |built: &mut Built, seconds| {
        let before = built.world.traffic()[&name].failed_on_ipv6;
        pass(&mut built.world, seconds);
        built.world.traffic()[&name].failed_on_ipv6 - before
    };
    assert_eq!(failed(&mut built, 120), 0);
    let nat = Planting { built: &mut built }.target("64:ff9b::/96");
    plant(&mut built, "dns64-without-nat64").unwrap();
    assert!(failed(&mut built, 120) > 0);
    let table = Planting { built: &mut built }.table("::/0").unwrap().0;
    let route = [
        ("RouteTableId", table.into()),
        ("DestinationIpv6CidrBlock", "64:ff9b::/96".into()),
        ("NatGatewayId", nat.into()),
    ];
    ec2(&mut built.world, "CreateRoute", route).unwrap();
    pass(&mut built.world, 60);
    assert_eq!(failed(&mut built, 120), 0);
}

#[test]
fn a_security_group_that_is_closed_makes_healthy_targets_time_out() {
    let mut built = one("healthy");
    let group = twin(&mut built);
    plant(&mut built, "group-without-ipv6").unwrap();
    pass(&mut built.world, 60);
    let told = events(&built);
    assert!(
        told.iter().any(|e| e.contains("Request timed out")),
        "{told:?}"
    );
    assert!(
        !health(&mut built.world, &group)
            .iter()
            .any(|(s, _)| s == "healthy")
    );
}
