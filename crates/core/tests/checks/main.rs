//! Every check is found once and held once, with what it saw; no healthy service is accused.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../world/mod.rs"]
mod world;

mod lesser;
mod neighbours;
mod network;
mod quotas;
mod service;
mod task;

use std::collections::{BTreeMap, BTreeSet};

use sixshift_core::{
    observation::{Ground, Known, Observation, Service, Why},
    readiness::{Answer, Scene, Severity, check, checks, findings, names},
};
use world::{World, build::plan};

/// A fault, as a change of a world that is well.
type Change = fn(&mut World);

fn service(world: &mut World) -> &mut Service {
    world.ipv4.as_mut().unwrap()
}

fn ground(world: &mut World) -> &mut Ground {
    std::sync::Arc::make_mut(&mut world.ground)
}

fn seen<T>(known: &mut Known<T>) -> &mut T {
    match known {
        Known::Seen(t) => t,
        _ => panic!("not seen"),
    }
}

/// Every fault with the check that must find it.
fn faults() -> impl Iterator<Item = &'static (&'static str, Change)> {
    let all = [
        service::FAULTS,
        network::FAULTS,
        task::FAULTS,
        lesser::FAULTS,
        neighbours::FAULTS,
        quotas::FAULTS,
    ];
    all.into_iter().flatten()
}

fn broken(change: Change) -> World {
    let mut world = World::scaled(plan(&[]));
    change(&mut world);
    world
}

fn answer(name: &str, plan: &sixshift_core::plan::Plan, seen: &Observation) -> Answer {
    check(name).unwrap().answer(&Scene::new(plan, seen))
}

#[test]
fn ids_and_names_are_each_anothers() {
    let words: Vec<&str> = checks().flat_map(|c| [c.id, c.name]).collect();
    assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len());
    assert!(checks().count() >= 110);
    for check in checks() {
        let prefix = check.category.word().to_ascii_uppercase();
        let number = check
            .id
            .strip_prefix(&format!("{prefix}-"))
            .expect(check.id);
        assert!(
            number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit()),
            "{}",
            check.id
        );
        for text in [check.holds, check.why] {
            assert!(
                text.ends_with('.') && !text.contains("  "),
                "{}: {text}",
                check.id
            );
        }
        let remedy = check.remedy;
        assert!(
            !remedy.ends_with('.') && !remedy.contains("  "),
            "{}: {remedy}",
            check.id
        );
    }
}

#[test]
fn each_fault_is_found_with_what_was_seen() {
    let mut told: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, change) in faults() {
        let world = broken(*change);
        let check = check(name).unwrap();
        let Answer::Found(found) = answer(name, &world.plan, &world.look()) else {
            panic!("{name}: {:?}", answer(name, &world.plan, &world.look()));
        };
        for found in found {
            assert!(
                !found.message.is_empty() && !found.message.ends_with('.'),
                "{name}"
            );
            let severity = found.severity.unwrap_or(check.severity);
            assert!(
                severity <= check.severity,
                "{name} is worse than its table says"
            );
            let line = format!("{} {name} {}: {}", check.id, severity.word(), found.message);
            told.entry(check.id).or_default().insert(line);
        }
    }
    let lines: Vec<String> = told.into_values().flatten().collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// Found in an observation that no world shows.
const BY_LOOK: &[&str] = &["subnets-unread", "not-permitted"];

#[test]
fn every_check_is_found_once() {
    let found: BTreeSet<&str> = faults()
        .map(|(name, _)| *name)
        .chain(BY_LOOK.iter().copied())
        .collect();
    let never: Vec<&str> = checks()
        .map(|c| c.name)
        .filter(|n| !found.contains(n))
        .collect();
    assert_eq!(never, [""; 0]);
}

#[test]
fn every_check_holds_once() {
    let mut held = BTreeSet::new();
    for change in lesser::WELL {
        let world = broken(*change);
        let seen = world.look();
        let scene = Scene::new(&world.plan, &seen);
        held.extend(
            checks()
                .filter(|c| c.answer(&scene) == Answer::Holds)
                .map(|c| c.name),
        );
    }
    let never: Vec<&str> = checks()
        .map(|c| c.name)
        .filter(|n| !held.contains(n))
        .collect();
    assert_eq!(never, [""; 0]);
}

#[test]
fn what_blocks_stops_the_plan_and_is_remedied() {
    for (name, change) in service::FAULTS {
        let world = broken(*change);
        let found = findings(&world.plan, &world.look());
        let this = found
            .iter()
            .find(|f| f.code == *name)
            .unwrap_or_else(|| panic!("{name}: {found:?}"));
        assert_eq!(this.severity, Severity::Block, "{name}");
        assert!(
            !this.remedy.is_empty() && !this.remedy.ends_with('.'),
            "{name}"
        );
        let first = world.decide().status.waiting_on;
        assert_eq!(first.map(|w| w.kind()), Some("Findings"), "{name}");
    }
}

#[test]
fn a_registry_is_judged_by_what_was_looked_up_and_else_by_what_a_table_knows() {
    let of = |image: &str, told: &[(&str, Known<bool>)]| {
        let mut world = World::scaled(plan(&[]));
        world.definition.images[0].1 = image.to_owned();
        let told = told
            .iter()
            .map(|(name, known)| ((*name).to_owned(), known.clone()));
        world.names = told.collect();
        answer("image-ipv4", &world.plan, &world.look())
    };
    let ghcr = ["ghcr.io", "pkg-containers.githubusercontent.com"];
    let has = |name| (name, Known::Seen(true));
    let late = |name| (name, Known::Unknown(Why::new("late")));
    assert!(matches!(of("ghcr.io/a:1", &[]), Answer::Found(_)));
    assert!(matches!(
        of("ghcr.io/a:1", &ghcr.map(late)),
        Answer::Found(_)
    ));
    assert_eq!(
        of("ghcr.io/a:1", &ghcr.map(has)),
        Answer::Holds,
        "GitHub has mended it"
    );
    let one = [has(ghcr[0])];
    assert!(matches!(of("ghcr.io/a:1", &one), Answer::Found(_)));
    assert_eq!(of("nginx:1.27", &[]), Answer::Holds);
    assert!(matches!(of("quay.io/a:1", &[]), Answer::Unknown(_)));
    let quay = ["quay.io", "cdn01.quay.io"];
    assert_eq!(of("quay.io/a:1", &quay.map(has)), Answer::Holds);
    let one = [has(quay[0]), late(quay[1])];
    assert!(matches!(of("quay.io/a:1", &one), Answer::Unknown(_)));
}

#[test]
fn names_of_others_are_told_for_whoever_can_look_them_up() {
    let mut world = World::scaled(plan(&[]));
    assert_eq!(
        names(&world.plan, &world.look()),
        BTreeSet::new(),
        "ECR's are known"
    );
    world.definition.images[0].1 = "10.0.0.5:5000/a:1".to_owned();
    let side = ("side".to_owned(), "ghcr.io/a:1".to_owned());
    world.definition.images.push(side);
    world.definition.document.edit(|d| {
        d["containerDefinitions"][0]["environment"] =
            serde_json::json!([{ "name": "UPSTREAM", "value": "https://API.example.com/v1" }])
    });
    let told = names(&world.plan, &world.look());
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    assert_eq!(
        told,
        [
            "api.example.com",
            "ghcr.io",
            "pkg-containers.githubusercontent.com"
        ]
    );
}

#[test]
fn what_is_not_known_of_the_ground_is_neither_well_nor_wrong() {
    let mut world = World::scaled(plan(&[]));
    *ground(&mut world) = Ground::default();
    let seen = world.look();
    assert_eq!(findings(&world.plan, &seen), []);
    let scene = Scene::new(&world.plan, &seen);
    let unknown = checks().filter(|c| matches!(c.answer(&scene), Answer::Unknown(_)));
    let names: Vec<&str> = unknown.map(|c| c.name).collect();
    assert!(
        names.len() > 20 && names.contains(&"default-route"),
        "{names:?}"
    );
}
