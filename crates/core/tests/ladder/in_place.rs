//! A service without a load balancer: its own tasks are replaced, and put back where that is bad.

use jiff::SignedDuration;
use sixshift_core::{
    decide::{Decision, Next},
    names::tag,
    observation::{DerivedTask, Task},
    status::{Health, Phase},
};

use crate::world::{World, build::plan_in_place};

fn worker(edits: &[(&str, &str)]) -> World {
    let mut world = World::worker(plan_in_place(edits));
    world.alarm("queue-age", "OK");
    world
}

#[test]
fn one_task_proves_it_then_one_deployment_moves_it_and_it_stands_for_the_bake() {
    let mut world = worker(&[]);
    let story = world.climb();
    insta::assert_snapshot!(story.text(), @r#"
    TaskDefinition > register task definition checkout-ipv6-bbe9f41a8a
    Warm > run one task of service checkout on IPv6 alone, beside it
    Warm . TasksStarting
    Warm . Stood
    Warm > note that one task stood on IPv6 alone
    Warm > stop task proof-0, which was run beside service checkout
    Shift > note which revision of the service ran before, IPv6 on its way from 0 % to 100 %
    Shift > move service checkout to IPv6 in place
    Shift . Deployment
    Shift > note IPv6 at 100 %
    Bake . Stood
    Bake > note that the service stood for the bake
    Done
    "#);
    let service = world.ipv4.as_ref().unwrap();
    assert_eq!(service.subnets, world.plan.ipv6.subnets);
    assert_eq!(service.tags.len(), 0, "nothing of ours lies on the team's");
    world.stays();
}

#[test]
fn work_that_cannot_be_done_twice_is_moved_without_a_proof() {
    let mut world = worker(&[("via: inPlace", "via: inPlace\n    inPlace: { proof: none }")]);
    let story = world.climb();
    assert!(!story.says("one task"), "{}", story.text());
    assert_eq!(world.phase(), Phase::Done);
}

#[test]
fn a_task_that_stops_beside_the_service_stops_the_migration_before_the_service_is_touched() {
    let mut world = worker(&[]);
    world.on_ipv6.sick = Some("Essential container in task exited");
    let before = world.ipv4.clone();
    let story = world.climb();
    insta::assert_snapshot!(story.text(), @r#"
    TaskDefinition > register task definition checkout-ipv6-bbe9f41a8a
    Warm > run one task of service checkout on IPv6 alone, beside it
    Warm . TasksStarting
    Warm . Stood
    Warm > note the rollback of revision 5da756a573b6, why: the task beside the service stopped: Essential container in task exited, IPv6 at 0 %
    RolledBack . RolledBack
    "#);
    assert_eq!(world.ipv4, before);
    assert_eq!(world.decide().status.health, Health::Bad);
    world.stays();
    world.derived_tasks = world.look().derived_tasks.seen().unwrap().clone();
    world.on_ipv6.sick = None;
    world.facts.retry = Some(world.order("mended"));
    world.advance(SignedDuration::from_secs(60));
    world.climb();
    assert_eq!(world.phase(), Phase::Done);
}

#[test]
fn a_deployment_whose_tasks_fail_is_stopped_and_the_service_is_as_it_was() {
    let mut world = worker(&[("via: inPlace", "via: inPlace\n    inPlace: { proof: none }")]);
    world.on_ipv6.sick = Some("Essential container in task exited");
    let before = world.ipv4.clone().unwrap();
    let story = world.climb();
    insta::assert_snapshot!(story.text(), @r#"
    TaskDefinition > register task definition checkout-ipv6-bbe9f41a8a
    Shift > note which revision of the service ran before, IPv6 on its way from 0 % to 100 %
    Shift > move service checkout to IPv6 in place
    Shift . Deployment
    RollingBack > note the rollback of revision 64128249d80b, why: 3 tasks failed in a row, IPv6 on its way from 100 % to 0 %
    RollingBack > stop the deployment of service checkout, back to IPv4
    RollingBack . Deployment
    RollingBack > note IPv6 at 0 %
    RolledBack . RolledBack
    "#);
    let after = world.ipv4.as_ref().unwrap();
    assert_eq!(
        (&after.subnets, &after.task_definition),
        (&before.subnets, &before.task_definition)
    );
    world.stays();
}

#[test]
fn whatever_way_it_goes_back_ecs_exec_is_on_again_where_it_was() {
    for proof in ["task", "none"] {
        let how = format!("via: inPlace\n    inPlace: {{ proof: {proof} }}");
        let mut world = worker(&[("via: inPlace", &how)]);
        world.ipv4.as_mut().unwrap().exec = true;
        if proof == "none" {
            world.on_ipv6.sick = Some("Essential container in task exited");
        } else {
            let is_baking = |d: &Decision| d.status.phase == Phase::Bake;
            world.climb_until(|d| is_baking(d) && matches!(d.next, Next::Wait(_)));
            assert!(!world.ipv4.as_ref().unwrap().exec);
            world.alarm("queue-age", "ALARM");
        }
        world.climb();
        assert_eq!(world.phase(), Phase::RolledBack);
        assert!(world.ipv4.as_ref().unwrap().exec, "{proof}");
        world.stays();
    }
}

#[test]
fn an_alarm_in_the_bake_puts_the_service_back_to_the_revision_that_ran_before() {
    let mut world = worker(&[]);
    world.climb_to("Stood");
    world.climb_until(|d| d.status.phase == Phase::Bake && matches!(d.next, Next::Wait(_)));
    world.alarm("queue-age", "ALARM");
    let story = world.climb();
    insta::assert_snapshot!(story.text(), @r#"
    RollingBack > note the rollback of revision 5da756a573b6, why: alarm queue-age is in ALARM, IPv6 on its way from 100 % to 0 %
    RollingBack > put service checkout back as it was
    RollingBack . Deployment
    RollingBack > forget that one task stood on IPv6 alone
    RollingBack > note IPv6 at 0 %
    RolledBack . RolledBack
    "#);
    assert_eq!(world.ipv4.as_ref().unwrap().subnets, world.at_first);
}

/// The service's own tasks on IPv6, whose container health checks say so.
fn checked(world: &mut World, health: [&str; 3]) {
    let (now, derived) = (world.now, world.derived.last_mut().unwrap());
    let mut document = derived.document.read().clone();
    document["containerDefinitions"][0]["healthCheck"] =
        serde_json::json!({ "command": ["CMD", "true"] });
    derived.document = document.into();
    let definition = derived.arn.clone();
    let task = |(i, health): (usize, &str)| DerivedTask {
        task: Task {
            arn: format!("own-{i}"),
            status: "RUNNING".to_owned(),
            zone: None,
            started_at: Some(now),
            ipv6: Some("2001:db8::1".to_owned()),
            ipv4: None,
            stopped: None,
        },
        started_by: "ecs-svc/1".to_owned(),
        task_definition: definition.clone(),
        created_at: now,
        health: health.to_owned(),
        of_service: true,
        failed: false,
        stopped_at: None,
    };
    world.derived_tasks = health.into_iter().enumerate().map(task).collect();
}

#[test]
fn no_bake_ends_before_every_container_is_healthy_and_one_where_none_is_goes_back() {
    for (health, phase) in [
        (["HEALTHY"; 3], Phase::Done),
        (["HEALTHY", "HEALTHY", "UNHEALTHY"], Phase::Bake),
        (["UNHEALTHY"; 3], Phase::RolledBack),
    ] {
        let mut world = worker(&[]);
        world.climb_until(|d| d.status.phase == Phase::Bake && matches!(d.next, Next::Wait(_)));
        checked(&mut world, health);
        let status = world.decide().status;
        let rows = status.rows();
        assert!(
            rows.iter().any(|r| r.name == "container health"),
            "{rows:?}"
        );
        for _ in 0..400 {
            world.round();
        }
        assert_eq!(
            world.phase(),
            phase,
            "{health:?}: {}",
            world.decide().status.sentence
        );
    }
}

#[test]
fn an_abort_at_any_moment_puts_the_service_back_and_leaves_no_task_beside_it() {
    for rounds in 0..60 {
        let mut world = worker(&[]);
        for _ in 0..rounds {
            world.round();
        }
        let is_done = world.noted_in_place(tag::BAKED).is_some();
        world.facts.abort = Some(world.order("not today"));
        world.climb();
        assert_eq!(
            world.phase(),
            Phase::RolledBack,
            "{rounds}, done: {is_done}"
        );
        assert_eq!(world.ipv4.as_ref().unwrap().subnets, world.at_first);
        let is_live = |t: &DerivedTask| t.task.status != "STOPPED";
        assert!(!world.derived_tasks.iter().any(is_live), "{rounds}");
    }
}

#[test]
fn a_team_that_deploys_a_moved_service_begins_the_bake_anew_and_is_not_fought() {
    let mut world = worker(&[]);
    world.climb_until(|d| d.status.phase == Phase::Bake && matches!(d.next, Next::Wait(_)));
    world.deploy_ipv4();
    let story = world.climb();
    assert!(!story.says("move service"), "{}", story.text());
    assert_eq!(world.phase(), Phase::Done);
    assert_eq!(
        world.ipv4.as_ref().unwrap().task_definition,
        world.definition.arn
    );
}

#[test]
fn a_service_that_somebody_moves_back_is_left_there_and_told() {
    let mut world = worker(&[]);
    world.climb_until(|d| d.status.phase == Phase::Bake && matches!(d.next, Next::Wait(_)));
    let subnets = world.at_first.clone();
    world.ipv4.as_mut().unwrap().subnets = subnets;
    let on = world.waiting();
    assert_eq!((on.kind(), on.needs_person()), ("MovedBack", true));
    world.stays();
}

#[test]
fn without_the_journal_and_at_any_round_the_same_is_done() {
    let mut world = worker(&[]);
    let whole = world.climb().acts().join("\n");
    let mut again = worker(&[]);
    let mut acts = Vec::new();
    for _ in 0..2_000 {
        again.facts.notes.clear();
        let decision = again.round();
        if let Next::Act(action) = &decision.next {
            acts.push(action.name());
        }
        if decision.status.is_settled() {
            break;
        }
    }
    assert_eq!(acts.join("\n"), whole);
}

#[test]
fn a_team_that_deploys_between_the_note_and_the_move_is_not_rolled_to_older_code() {
    let mut world = worker(&[]);
    let notes =
        |d: &Decision| matches!(&d.next, Next::Act(a) if a.name().starts_with("move service"));
    world.climb_until(notes);
    world.deploy_ipv4();
    let story = world.climb();
    assert_eq!(world.phase(), Phase::Done);
    assert_eq!(
        story.text().matches("run one task").count(),
        1,
        "{}",
        story.text()
    );
    let running = world.ipv4.as_ref().unwrap().task_definition.clone();
    assert!(
        running.ends_with(":2"),
        "{running}: of the second derivation"
    );
}

fn it_proves_everything_anew(world: &mut World) {
    let story = world.climb();
    assert_eq!(world.phase(), Phase::Done);
    for part in ["run one task", "move service", "stood for the bake"] {
        assert!(story.says(part), "{part}: {}", story.text());
    }
}

#[test]
fn an_abort_after_the_end_and_a_retry_prove_everything_anew() {
    let mut world = worker(&[]);
    world.climb();
    world.facts.abort = Some(world.order("not yet"));
    world.climb();
    assert_eq!(world.phase(), Phase::RolledBack);
    for key in [tag::PROVEN, tag::BAKED] {
        assert_eq!(world.noted_in_place(key), None);
    }
    world.advance(SignedDuration::from_secs(60));
    world.facts.retry = Some(world.order("now"));
    it_proves_everything_anew(&mut world);
}

#[test]
fn a_retry_while_it_still_goes_back_proves_everything_anew() {
    let mut world = worker(&[]);
    world.climb();
    world.facts.abort = Some(world.order("not yet"));
    world.climb_to("Deployment");
    world.advance(SignedDuration::from_secs(1));
    world.facts.retry = Some(world.order("at once"));
    it_proves_everything_anew(&mut world);
}

#[test]
fn without_a_note_a_service_in_the_plans_subnets_is_left_alone_and_told() {
    let mut world = worker(&[]);
    world.climb_until(|d| d.status.phase == Phase::Bake && matches!(d.next, Next::Wait(_)));
    for definition in &mut world.derived {
        definition.tags = std::collections::BTreeMap::new().into();
    }
    world.facts.notes.clear();
    let on = world.waiting();
    assert_eq!((on.kind(), on.needs_person()), ("Missing", true), "{on}");
    world.stays();
}
