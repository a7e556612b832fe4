//! A service behind a load balancer that consumers find by a Cloud Map registry as well: the load balancer's clients are led, those of the
//! registry move by themselves, and neither lose a request.

use sixshift_core::{
    share::Share,
    status::{Phase, Status},
};
use sixshift_sim::{Value, scenario, services::Service};

use crate::{
    cloud_map::{lookups, named, registry, sizes},
    in_place::call,
    lattice,
    migration::{Stage, in_virtual_time},
    nlb,
};

const STILL: u32 = 50;

fn stage() -> Stage {
    let mut stage = Stage::of(scenario::build("registry-beside", Some(1), 1).unwrap());
    stage.plan = named(&stage.plan, &stage.service);
    stage
}

fn failed(stage: &Stage) -> u64 {
    let name = &stage.service.name;
    stage
        .region
        .with_world(|world| world.traffic()[name].failed)
}

fn waits_for_consumers(status: &Status) -> bool {
    status.phase == Phase::Bake
        && status
            .sentence
            .contains("all consumers ask for the new name")
}

#[test]
fn clients_are_led_consumers_move_and_neither_lose_a_request() {
    in_virtual_time(async {
        let stage = stage();
        let (mut waited, mut rows, mut moved) = (None, Vec::new(), None);
        let status = stage
            .run_until(STILL, |status: Option<&Status>| {
                let Some(status) = status else { return };
                if waits_for_consumers(status) && waited.is_none() {
                    waited = Some((sizes(&stage), status.shares.observed));
                    let row = status.rows().into_iter();
                    let row = row.filter(|r| r.name == "consumers of the old name");
                    rows.extend(row.map(|r| r.observed));
                }
                if status.phase == Phase::Cold && moved.is_none() {
                    moved = Some(lookups(&stage).moved);
                }
            })
            .await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let (before, share) = waited.expect("it asks somebody before IPv4 is emptied");
        assert_eq!(before.0, 3, "IPv4 is whole as long as nobody said so");
        assert_eq!(share, Some(Share::ALL));
        assert!(
            rows[0].contains("bytes a second reach IPv4's tasks"),
            "{rows:?}"
        );
        assert_eq!(moved, Some(1.0));
        let lookups = lookups(&stage);
        assert!(lookups.asked > 10_000.0, "{lookups:?}");
        assert_eq!(
            (lookups.unanswered, lookups.failed),
            (0.0, 0.0),
            "{lookups:?}"
        );
        assert_eq!(failed(&stage), 0);
        let own = registry(&stage, &format!("{}-ipv6", stage.service.name)).unwrap();
        let records = own.get("DnsConfig").get("DnsRecords").items();
        assert_eq!(records[0].get("Type").as_str(), Some("AAAA"));
        let old = registry(&stage, &stage.service.name).unwrap();
        assert_eq!(
            old.get("InstanceCount").as_i64(),
            Some(0),
            "the team's registry stays"
        );
    });
}

#[test]
fn nobody_says_that_consumers_moved_and_ipv4_keeps_its_tasks_for_them() {
    in_virtual_time(async {
        let stage = stage().retiring_unasked();
        let status = stage.run_by_many(420).await;
        assert!(waits_for_consumers(&status), "{}", status.sentence);
        assert_eq!(sizes(&stage).0, 3);
        let accepted = stage.region.counters().accepted;
        let of = |call: &str| accepted.get(call).copied().unwrap_or_default();
        for call in ["servicediscovery:CreateService", "ecs:CreateService"] {
            assert_eq!(of(call), 1, "{call}: {accepted:?}");
        }
        assert_eq!(lookups(&stage).unanswered, 0.0);
    });
}

#[test]
fn a_twin_that_fails_clients_is_taken_back_and_leaves_its_registry() {
    in_virtual_time(async {
        let stage = stage();
        stage.region.with_world(|world| {
            for app in world.behaviours.values_mut() {
                app.v6.error_share = 0.3;
            }
        });
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        assert_eq!(sizes(&stage), (3, 0));
        assert!(
            status.sentence.contains("whoever moved to"),
            "{}",
            status.sentence
        );
    });
}

#[test]
fn without_a_name_in_the_plan_it_is_refused_before_anything_is_made() {
    in_virtual_time(async {
        let stage = Stage::of(scenario::build("registry-beside", Some(1), 1).unwrap());
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::Checking, "{}", status.sentence);
        assert!(status.sentence.contains("A records"), "{}", status.sentence);
        assert_eq!(sizes(&stage), (3, 0));
    });
}

/// With what the policies allow, and nothing else.
#[test]
fn the_policies_are_all_that_it_takes() {
    in_virtual_time(async {
        let stage = stage().allowed(&["policy.json", "cloud-map.json"]);
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
    });
}

/// The service is in a registry that is asked by Cloud Map's API alone, and its plan gives the twin a name.
fn found_by_the_api(mut stage: Stage) -> Stage {
    stage.plan = named(&stage.plan, &stage.service);
    let name = stage.service.name.as_str();
    let ask = |operation: &str, with: &[(&str, Value)]| {
        call(&stage, Service::ServiceDiscovery, operation, with)
    };
    ask("CreateHttpNamespace", &[("Name", "inner".into())]);
    let all = ask("ListNamespaces", &[]);
    let namespace = all.get("Namespaces").items()[0].get("Id").clone();
    let made = ask(
        "CreateService",
        &[("Name", name.into()), ("NamespaceId", namespace)],
    );
    let entry = Value::map([("registryArn", made.get("Service").get("Arn").clone())]);
    let with = [
        ("cluster", stage.service.cluster.as_str().into()),
        ("service", name.into()),
        ("serviceRegistries", Value::list([entry])),
    ];
    call(&stage, Service::Ecs, "UpdateService", &with);
    stage
}

async fn is_asked_and_done(stage: &Stage) {
    let mut waited = None;
    let status = stage
        .run_until(STILL, |status: Option<&Status>| {
            if status.is_some_and(waits_for_consumers) && waited.is_none() {
                waited = Some(sizes(stage).0);
            }
        })
        .await;
    assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
    assert!(waited > Some(0), "IPv4 is whole as long as nobody said so");
    assert_eq!(failed(stage), 0);
    let own = registry(stage, &format!("{}-ipv6", stage.service.name)).unwrap();
    assert_eq!(own.get("Type").as_str(), Some("HTTP"));
    assert!(own.get("InstanceCount").as_i64() > Some(0));
}

#[test]
fn a_service_of_vpc_lattice_has_a_second_name_as_well() {
    in_virtual_time(async {
        is_asked_and_done(&found_by_the_api(lattice::stage("lattice"))).await;
    });
}

#[test]
fn a_service_behind_a_network_load_balancer_has_a_second_name_as_well() {
    in_virtual_time(async {
        is_asked_and_done(&found_by_the_api(nlb::stage("nlb-tcp"))).await;
    });
}
