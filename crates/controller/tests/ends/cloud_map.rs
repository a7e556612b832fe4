//! A service that consumers find by a Cloud Map registry: they move by themselves to the twin's, and none of their requests is lost.

use std::sync::Arc;

use sixshift_controller::journal::{Journal, Memory};
use sixshift_core::{
    share::Share,
    status::{Phase, Status},
};
use sixshift_sim::{
    Value,
    scenario::{self, BuiltService},
    services::{self, Service},
    world::names::Lookups,
};

use crate::{
    in_place::{active, call},
    migration::{Stage, beginning, in_virtual_time},
};

/// So many minutes without a change end a run here: a bake of half an hour changes nothing meanwhile.
const STILL: u32 = 50;

pub(crate) fn stage(scenario: &str) -> Stage {
    let mut stage = Stage::of(scenario::build(scenario, Some(1), 1).unwrap());
    stage.plan = plan(&stage.service);
    stage
}

/// A plan with a name for the twin's registry.
pub(crate) fn named(plan: &str, service: &BuiltService) -> String {
    let named = format!("registry: {{ name: {}-ipv6 }}", service.name);
    plan.replace("ipv6: { ", &format!("ipv6: {{ {named}, "))
        .replace("ipv6:\n    ", &format!("ipv6:\n    {named}\n    "))
}

fn plan(service: &BuiltService) -> String {
    let beginning = beginning(service);
    let beginning = named(&beginning, service);
    let metric = |of: &str| {
        format!(
            "{{ namespace: Shop/Names, name: {of}, dimensions: {{ ServiceName: \"{{service}}\" }}, statistic: Sum }}"
        )
    };
    let (failed, answered) = (metric("RequestsFailed"), metric("RequestsAnswered"));
    format!(
        "{beginning}  shift:\n    via: cloudMap\n    bake: 30m\n  \
         health:\n    alarms: []\n    metrics:\n      - name: failed\n        \
         expression: \"100 * failed / (failed + answered)\"\n        \
         using: {{ failed: {failed}, answered: {answered} }}\n        max: 5\n  \
         retire: {{ approval: required, keepCold: 10m }}\n"
    )
}

pub(crate) fn lookups(stage: &Stage) -> Lookups {
    let all = stage.region.with_world(|world| world.lookups());
    *all.values().next().unwrap()
}

/// Tasks that are to run, of the service and of its twin.
pub(crate) fn sizes(stage: &Stage) -> (i64, i64) {
    let of = |name: &str| {
        active(stage, name).map_or(0, |s| s.get("desiredCount").as_i64().unwrap_or_default())
    };
    let name = &stage.service.name;
    (of(name), of(&format!("{name}-ipv6")))
}

pub(crate) fn registry(stage: &Stage, name: &str) -> Option<Value> {
    let answer = call(stage, Service::ServiceDiscovery, "ListServices", &[]);
    let found = answer.get("Services").items().iter();
    let mut found = found.filter(|s| s.get("Name").as_str() == Some(name));
    found.next().cloned()
}

fn offers(status: Option<&Status>) -> bool {
    status.is_some_and(|s| s.phase == Phase::Shift && s.shares.applied == Some(Share::NAMED))
}

#[test]
fn consumers_move_by_themselves_and_none_of_their_requests_is_lost() {
    in_virtual_time(async {
        let stage = stage("cloud-map");
        let mut rows = Vec::new();
        let mut moved_when_said = None;
        let status = stage
            .run_until(STILL, |status: Option<&Status>| {
                if let Some(status) = status {
                    if offers(Some(status)) {
                        let mut row = status.rows().into_iter();
                        let row = row.rfind(|r| r.name == "consumers of the old name");
                        rows.extend(row.map(|r| r.observed));
                    }
                    if status.phase == Phase::Cold && moved_when_said.is_none() {
                        moved_when_said = Some(lookups(&stage).moved);
                    }
                }
            })
            .await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        assert_eq!(sizes(&stage), (0, 3));
        let lookups = lookups(&stage);
        assert!(lookups.asked > 10_000.0, "{lookups:?}");
        assert_eq!(
            (lookups.unanswered, lookups.failed),
            (0.0, 0.0),
            "{lookups:?}"
        );
        assert_eq!(moved_when_said, Some(1.0));
        let told = rows
            .iter()
            .any(|r| r.contains("bytes a second reach IPv4's tasks"));
        assert!(told, "{rows:?}");
        let own = registry(&stage, &format!("{}-ipv6", stage.service.name)).unwrap();
        let records = own.get("DnsConfig").get("DnsRecords").items();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].get("Type").as_str(), Some("AAAA"));
        assert_eq!(records[0].get("TTL").as_i64(), Some(15));
        let old = registry(&stage, &stage.service.name).unwrap();
        assert_eq!(
            old.get("InstanceCount").as_i64(),
            Some(0),
            "the team's registry stays"
        );
    });
}

#[test]
fn a_twin_that_fails_those_who_came_is_taken_out_of_its_registry() {
    in_virtual_time(async {
        let stage = stage("cloud-map-bad");
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        assert!(status.sentence.contains("failed"), "{}", status.sentence);
        assert_eq!(sizes(&stage), (3, 0));
    });
}

#[test]
fn tasks_that_end_on_ipv6_are_taken_back_before_anybody_comes() {
    in_virtual_time(async {
        let stage = stage("cloud-map");
        stage.region.with_world(|world| {
            for app in world.behaviours.values_mut() {
                app.v6.ends_after = Some(20.0);
            }
        });
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        assert_eq!(sizes(&stage), (3, 0));
    });
}

#[test]
fn killed_every_minute_it_comes_as_far_and_makes_nothing_twice() {
    in_virtual_time(async {
        let stage = stage("cloud-map").retiring_unasked();
        let status = stage.run_by_many(300).await;
        // Nobody is there who would say that all have moved.
        assert_eq!(status.phase, Phase::Shift, "{}", status.sentence);
        let accepted = stage.region.counters().accepted;
        for call in ["servicediscovery:CreateService", "ecs:CreateService"] {
            let made = accepted.get(call).copied().unwrap_or_default();
            // Beside what the scenario made of the service itself.
            assert!(made <= 2 && made > 0, "{call}: {accepted:?}");
        }
        assert_eq!(sizes(&stage), (3, 3));
        let lookups = lookups(&stage);
        assert_eq!(
            (lookups.unanswered, lookups.failed),
            (0.0, 0.0),
            "{lookups:?}"
        );
    });
}

#[test]
fn without_its_journal_it_stays_where_it_is_and_says_so() {
    in_virtual_time(async {
        let stage = stage("cloud-map");
        let begun = stage.run_until(5, offers_or_not).await;
        assert!(begun.phase >= Phase::Warm, "{}", begun.sentence);
        let before = sizes(&stage);
        let status = stage.run_until(20, |_: Option<&Status>| {}).await;
        assert_eq!(sizes(&stage), before, "{}", status.sentence);
        assert_eq!(lookups(&stage).unanswered, 0.0);
    });
}

fn offers_or_not(_: Option<&Status>) {}

#[test]
fn a_registry_of_that_name_that_cannot_hold_the_twin_stops_it_before_anything_is_made() {
    in_virtual_time(async {
        let stage = stage("cloud-map");
        let own = registry(&stage, &stage.service.name).unwrap();
        let id = own.get("Id").as_str().unwrap().to_owned();
        stage.region.with_world(|world| {
            let with = Value::map([("Id", Value::from(id.as_str()))]);
            let found = services::call(world, Service::ServiceDiscovery, "GetService", &with);
            let found = found.unwrap();
            let found = found.get("Service");
            let taken = Value::map([
                ("Name", Value::from(format!("{}-ipv6", stage.service.name))),
                ("NamespaceId", found.get("NamespaceId").clone()),
                ("DnsConfig", found.get("DnsConfig").clone()),
            ]);
            services::call(world, Service::ServiceDiscovery, "CreateService", &taken).unwrap();
        });
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::Checking, "{}", status.sentence);
        assert!(
            status.sentence.contains("keeps A records"),
            "{}",
            status.sentence
        );
        assert_eq!(sizes(&stage), (3, 0));
    });
}

/// With what the policies allow, and nothing else.
#[test]
fn the_policies_are_all_that_it_takes() {
    in_virtual_time(async {
        let stage = stage("cloud-map").allowed(&["policy.json", "in-place.json", "cloud-map.json"]);
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
    });
}

/// Nobody can delete a registry with tasks in it. After a rollback the twin's has none.
#[test]
fn a_registry_that_somebody_deleted_after_a_rollback_is_told_to_whoever_tries_again() {
    in_virtual_time(async {
        let mut stage = stage("cloud-map-bad");
        let journal: Arc<dyn Journal> = Arc::new(Memory::new().unwrap());
        let until = |_: Option<&Status>| {};
        let status = stage.run_until_on(journal.clone(), STILL, until).await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        let twins = format!("{}-ipv6", stage.service.name);
        assert!(
            status
                .sentence
                .contains(&format!("whoever moved to {twins} finds nobody")),
            "{}",
            status.sentence
        );
        let own = registry(&stage, &twins).unwrap();
        call(
            &stage,
            Service::ServiceDiscovery,
            "DeleteService",
            &[("Id", own.get("Id").clone())],
        );
        stage.region.with_world(|world| {
            for app in world.behaviours.values_mut() {
                app.v6.error_share = 0.0;
            }
        });
        stage.plan = stage.plan.replace("bake: 30m", "bake: 35m");
        let status = stage.run_until_on(journal.clone(), STILL, until).await;
        assert!(
            status.sentence.contains("the registry that service"),
            "{}",
            status.sentence
        );
        assert_eq!(sizes(&stage).0, 3);
        // What the sentence says helps.
        let twin = [
            ("cluster", "prod".into()),
            ("service", twins.as_str().into()),
            ("force", true.into()),
        ];
        call(&stage, Service::Ecs, "DeleteService", &twin);
        let status = stage.run_until_on(journal, STILL, until).await;
        // Consumers had moved, and ask IPv4 no more: nothing beside which the twin could be judged.
        assert_eq!(status.phase, Phase::Shift, "{}", status.sentence);
        assert_eq!(sizes(&stage), (3, 3));
        assert!(registry(&stage, &twins).is_some());
    });
}
