//! What the task beside a service wrote first is shown, and where it cannot be read it is said why.

use sixshift_core::{
    observation::FirstLines,
    status::{Phase, Status},
};
use sixshift_sim::{Value, scenario, services::Service};

use crate::{
    in_place::{call, worker},
    migration::{Stage, beginning, in_virtual_time},
};

/// A run ends where nothing changed for so many minutes.
const STILL: u32 = 50;

pub(crate) fn stage(scenario: &str) -> Stage {
    let mut stage = Stage::of(scenario::build(scenario, Some(1), 1).unwrap());
    let beginning = beginning(&stage.service);
    stage.plan =
        format!("{beginning}  shift: {{ via: inPlace, bake: 30m }}\n  health: {{ alarms: [] }}\n");
    stage
}

/// What was shown last of the task beside it, and how it ended.
async fn shown(stage: &Stage) -> (Option<FirstLines>, Status) {
    let mut shown = None;
    let status = stage
        .run_until(STILL, |status: Option<&Status>| {
            let lines = status.and_then(|s| s.first_lines.clone());
            shown = lines.or_else(|| shown.take());
        })
        .await;
    (shown, status)
}

#[test]
fn a_proof_that_fails_says_what_the_task_wrote() {
    in_virtual_time(async {
        let (shown, status) = shown(&stage("worker-in-place-bad")).await;
        assert_eq!(status.phase, Phase::RolledBack, "{}", status.sentence);
        let shown = shown.expect("a task ran beside it");
        assert_eq!(shown.container.as_deref(), Some("app"));
        assert_eq!(shown.unread, None);
        let [first, .., last] = &*shown.lines else {
            panic!("{shown:?}");
        };
        assert!(first.starts_with("starting "), "{shown:?}");
        assert_eq!(last, "exiting with code 1");
        let said = "cannot reach 10.0.40.7:5672: Network is unreachable";
        assert!(shown.lines.iter().any(|l| l.contains(said)), "{shown:?}");
        assert_eq!(status.first_lines, Some(shown), "it stays to be read");
    });
}

#[test]
fn a_task_that_stands_shows_how_it_began() {
    in_virtual_time(async {
        let (shown, status) = shown(&stage("worker-in-place")).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        let shown = shown.expect("a task ran beside it");
        assert!(shown.lines[0].starts_with("starting "), "{shown:?}");
        assert!(shown.task.len() == 32, "{shown:?}");
    });
}

#[test]
fn where_no_log_is_kept_it_says_so_and_goes_on() {
    in_virtual_time(async {
        let gone = stage("worker-in-place");
        let group = format!("/shop/{}", gone.service.name);
        let with = [("logGroupName", Value::from(group.as_str()))];
        call(&gone, Service::Logs, "DeleteLogGroup", &with);
        let elsewhere = worker("healthy", "");
        for (stage, words) in [(gone, "has nothing of it"), (elsewhere, "no log driver")] {
            let (shown, status) = shown(&stage).await;
            assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
            let shown = shown.expect("a task ran beside it");
            assert!(shown.lines.is_empty());
            let why = shown.unread.as_deref().unwrap_or_default();
            assert!(why.contains(words), "{why}");
        }
    });
}
