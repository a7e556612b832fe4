//! What ECS tells of a twin's tasks behind a load balancer: a twin that crashes or eats its memory is taken back, though its requests
//! are fine.

use sixshift_core::{
    evidence::Signal,
    share::Share,
    status::{Phase, Status},
};
use sixshift_sim::scenario;

use crate::migration::{Stage, beginning, in_virtual_time};

/// A run ends where nothing changed for so many minutes.
const STILL: u32 = 50;
/// The share at which the twin goes wrong.
fn tenth() -> Share {
    Share::from_basis_points(1_000)
}

/// A tenth of the traffic is held for long enough to see a loop.
fn long() -> Stage {
    let mut stage = Stage::new("healthy");
    let (short, long) = ("weight: 10%, hold: 5m", "weight: 10%, hold: 40m");
    assert!(stage.plan.contains(short));
    stage.plan = stage.plan.replacen(short, long, 1);
    stage
}

fn is_at(status: Option<&Status>, share: Share) -> bool {
    let settled = status.filter(|s| s.phase == Phase::Shift);
    settled.is_some_and(|s| s.shares.applied == Some(share))
}

/// What came of it, and whether any signal but those of ECS was ever bad.
struct Went {
    status: Status,
    highest: Share,
    others: Vec<String>,
    failed_requests: u64,
}

/// One of the twin's tasks ends by itself each `every` minutes while the twin has a tenth of the traffic.
async fn crashing(stage: &Stage, every: u32) -> Went {
    let twin = format!("{}/{}-ipv6", stage.service.cluster, stage.service.name);
    let (mut highest, mut others, mut minutes) = (Share::NONE, Vec::new(), 0);
    let status = stage
        .run_until(STILL, |status: Option<&Status>| {
            highest = highest.max(status.and_then(|s| s.shares.observed).unwrap_or_default());
            let signals = status.into_iter().flat_map(|s| &s.signals);
            let bad = signals.filter(|s| {
                s.verdict == sixshift_core::evidence::Verdict::Bad
                    && s.signal != Signal::FailedTasks
            });
            others.extend(bad.map(|s| s.sentence()));
            minutes += 1;
            if is_at(status, tenth()) && minutes % every == 0 {
                stage.region.with_world(|world| world.crash(&twin));
            }
        })
        .await;
    let name = stage.service.name.clone();
    let seen = stage.region.with_world(|world| world.traffic()[&name]);
    Went {
        status,
        highest,
        others,
        failed_requests: seen.failed,
    }
}

#[test]
fn a_twin_whose_tasks_end_again_and_again_is_taken_back_though_its_requests_are_fine() {
    in_virtual_time(async {
        let stage = long();
        let went = crashing(&stage, 4).await;
        let said = &went.status.sentence;
        assert_eq!(went.status.phase, Phase::RolledBack, "{said}");
        assert_eq!(went.highest, tenth(), "{said}");
        assert_eq!(went.others, [""; 0]);
        assert!(said.contains("tasks that failed on IPv6: 3"), "{said}");
        assert!(
            said.contains("Essential container in task exited"),
            "{said}"
        );
        assert_eq!(went.failed_requests, 0);
    });
}

#[test]
fn where_the_plan_says_so_it_stays_and_a_person_is_called() {
    in_virtual_time(async {
        let mut stage = long();
        stage.plan = stage
            .plan
            .replacen("  health:\n", "  health:\n    onBad: hold\n", 1);
        let went = crashing(&stage, 4).await;
        let said = &went.status.sentence;
        let on = went.status.waiting_on.as_ref().map(|on| on.kind());
        assert_eq!(on, Some("Bad"), "{said}");
        assert!(said.contains("tasks that failed on IPv6"), "{said}");
        assert_eq!(went.status.shares.observed, Some(tenth()));
    });
}

#[test]
fn one_task_that_ends_is_told_and_stops_nothing() {
    in_virtual_time(async {
        let stage = long();
        let went = crashing(&stage, 40).await;
        assert_eq!(went.status.phase, Phase::Done, "{}", went.status.sentence);
    });
}

#[test]
fn a_twin_behind_a_network_load_balancer_that_crashes_is_taken_back() {
    in_virtual_time(async {
        let mut stage = Stage::of(scenario::build("nlb-tcp", Some(1), 1).unwrap());
        let beginning = beginning(&stage.service);
        stage.plan = format!(
            "{beginning}  shift:\n    via: nlb\n    steps:\n      - {{ clients: ipv6, hold: 60m }}\n      - {{ clients: all }}\n    bake: 30m\n  \
             health: {{ errorRate: {{ max: 20% }} }}\n"
        );
        let twin = format!("{}/{}-ipv6", stage.service.cluster, stage.service.name);
        let mut minutes = 0;
        let status = stage
            .run_until(STILL, |status: Option<&Status>| {
                minutes += 1;
                if is_at(status, Share::CLIENTS) && minutes % 8 == 0 {
                    stage.region.with_world(|world| world.crash(&twin));
                }
            })
            .await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        let said = "tasks that failed on IPv6: 3";
        assert!(status.sentence.contains(said), "{}", status.sentence);
    });
}

/// The twin's image takes so much more of its memory than on IPv4.
fn eats(stage: &Stage, percent: f64) {
    stage.region.with_world(|world| {
        for app in world.behaviours.values_mut() {
            app.v6.extra_memory = percent;
        }
    });
}

fn limited(limit: &str) -> Stage {
    let mut stage = Stage::new("healthy");
    let with = format!("  health:\n    tasks: {{ {limit} }}\n");
    stage.plan = stage.plan.replacen("  health:\n", &with, 1);
    stage
}

#[test]
fn a_twin_that_takes_twice_the_memory_is_taken_back_where_the_plan_has_a_limit() {
    for limit in ["memory: { worseThanIpv4By: 50% }", "memory: { max: 40% }"] {
        in_virtual_time(async {
            let stage = limited(limit);
            eats(&stage, 30.0);
            let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
            assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
            let said = "metric memory-of-tasks is ";
            assert!(status.sentence.contains(said), "{}", status.sentence);
        });
    }
}

#[test]
fn a_twin_that_takes_as_much_as_ipv4_passes_its_limits() {
    in_virtual_time(async {
        let stage = limited("cpu: { max: 90% }, memory: { max: 80%, worseThanIpv4By: 50% }");
        let status = stage.run_until(STILL, |_: Option<&Status>| {}).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
    });
}
