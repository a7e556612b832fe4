//! The fleet over a simulated region: what orders do, what the source may do to a plan, what a lost journal means.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod at_once;
#[path = "../disk/mod.rs"]
mod disk;
mod evidence;
mod gate;
mod jumps;
mod kept;
mod listener;
mod look;
mod notify;
mod ondisk;
mod orders;
mod promote;
mod receivers;
mod refused;
mod slow;
mod traces;
mod unwritten;
mod world;

use std::{cell::Cell, sync::Arc, time::Duration};

use aws_sdk_elasticloadbalancingv2::{
    self as elbv2,
    types::{Action, ActionTypeEnum, ForwardActionConfig, TargetGroupTuple},
};
use jiff::SignedDuration;
use sixshift_controller::{
    Clock, Goal, Inbox, Outcome, Round, Standing,
    command::{Refused, Verb},
    event::{Event, EventKind},
    journal::{Page, Records},
    lease::{Lease, Until},
};
use sixshift_core::status::Phase;
use sixshift_sim::{
    faults::{Fault, Wrong},
    scenario::BuiltService,
};

use world::{World, at_the_gate, memory, order, snapshot, status, text, waits};

#[tokio::test(start_paused = true)]
async fn an_order_needs_a_reason_and_its_time() {
    let (_world, fleet, _) = at_the_gate().await;
    let refused = order(&fleet, Verb::Pause, "  ").await.unwrap_err();
    assert!(refused.to_string().contains("needs a reason"), "{refused}");
    let shareless = order(&fleet, Verb::Promote, "because").await.unwrap_err();
    assert!(shareless.to_string().contains("say how far"), "{shareless}");
    for verb in [Verb::Resume, Verb::Retry, Verb::Adopt, Verb::Unfreeze] {
        let refused = order(&fleet, verb, "because").await.unwrap_err();
        assert!(matches!(refused, Refused::NotNow { .. }), "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_approval_opens_the_gate_once_and_is_in_the_history_with_who_and_why() {
    let (world, fleet, journal) = at_the_gate().await;
    let accepted = order(&fleet, Verb::Approve, "looks good").await.unwrap();
    world.minutes(&fleet, 3).await;
    assert_eq!(status(&fleet, "checkout").phase, Phase::Bake);
    let refused = order(&fleet, Verb::Approve, "again").await.unwrap_err();
    assert!(
        refused.to_string().contains("waits for no approval"),
        "{refused}"
    );
    let page = Page {
        after: Some(accepted.event - 1),
        limit: 1,
        newest_first: false,
        ..Page::default()
    };
    let events = Records::new(journal)
        .events(Some("checkout"), page)
        .await
        .unwrap();
    assert_eq!(events[0].actor.as_deref(), Some("oncall"));
    assert_eq!(events[0].reason.as_deref(), Some("looks good"));
    assert_eq!(events[0].text, "approve step 1");
}

/// A hundred others are being built, as fast as AWS's limits allow: traffic is taken back all the same.
#[tokio::test(start_paused = true)]
async fn what_preflight_warns_of_is_told_once_and_before_anything_is_made() {
    let journal = memory();
    let world = World::of("step-scaling", 1);
    let fleet = world.fleet(&journal).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 20).await;
    let records = Records::new(journal);
    let page = Page {
        newest_first: false,
        ..Page::default()
    };
    let events = records.events(Some("checkout"), page).await.unwrap();
    let warned = |e: &Event| e.kind == EventKind::Finding && e.text.contains("without its alarms");
    assert_eq!(events.iter().filter(|e| warned(e)).count(), 1);
    let first = |of: &dyn Fn(&Event) -> bool| events.iter().position(of);
    let acted = first(&|e| e.kind == EventKind::Acted);
    assert!(first(&warned) < acted, "{events:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_way_back_does_not_queue_behind_the_building_of_others() {
    let (world, journal) = (World::new(120), memory());
    let fleet = world.fleet(&journal).await;
    let mut files = world.files();
    files.retain(|(_, text)| text.contains("name: checkout }"));
    fleet.read(&snapshot("a", files)).await;
    world.minutes(&fleet, 30).await;
    assert_eq!(waits(&fleet, "checkout"), "Approval");
    fleet.read(&snapshot("b", world.files())).await;
    let returned = Cell::new(None);
    let never = std::future::pending();
    let rounds = async {
        let goal = Goal::default();
        let shown = |round: &Round| {
            let back = matches!(&round.outcome, Outcome::Acted(act) if act.name().starts_with("return traffic"));
            if back {
                returned.set(Some(world.clock.now()));
            }
        };
        fleet.run(goal, &mut Inbox::default(), never, shown).await;
    };
    let abort = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let asked = world.clock.now();
        order(&fleet, Verb::Abort, "it smells").await.unwrap();
        tokio::time::sleep(Duration::from_secs(120)).await;
        asked
    };
    let asked = tokio::select! {
        () = rounds => panic!("it has no end"),
        asked = abort => asked,
    };
    let took = returned.get().unwrap().duration_since(asked);

    assert!(took < SignedDuration::from_secs(10), "{took:#}");
}

#[tokio::test(start_paused = true)]
async fn what_was_said_outlives_the_daemon() {
    let (world, fleet, journal) = at_the_gate().await;
    order(&fleet, Verb::Pause, "lunch").await.unwrap();
    order(&fleet, Verb::Freeze, "the release of the year")
        .await
        .unwrap();
    drop(fleet);
    let fleet = world.fleet(&journal).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 5).await;
    assert_eq!(waits(&fleet, "checkout"), "Frozen");
    order(&fleet, Verb::Unfreeze, "it is over").await.unwrap();
    world.minutes(&fleet, 5).await;
    assert_eq!(waits(&fleet, "checkout"), "Paused");
    order(&fleet, Verb::Resume, "back").await.unwrap();
    world.minutes(&fleet, 5).await;
    assert_eq!(waits(&fleet, "checkout"), "Approval");
}

#[tokio::test(start_paused = true)]
async fn without_its_journal_a_migration_under_way_waits_to_be_adopted() {
    let (world, fleet, _) = at_the_gate().await;
    drop(fleet);
    let journal = memory();
    let fleet = world.fleet(&journal).await;
    fleet.read(&snapshot("a", world.files())).await;
    let before = world.made();
    world.minutes(&fleet, 30).await;
    assert_eq!(waits(&fleet, "checkout"), "JournalLost");
    assert_eq!(world.made(), before);
    order(&fleet, Verb::Adopt, "the volume was lost")
        .await
        .unwrap();
    world.minutes(&fleet, 5).await;
    assert_eq!(waits(&fleet, "checkout"), "Approval");
    drop(fleet);
    let fleet = world.fleet(&journal).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 5).await;
    assert_eq!(
        waits(&fleet, "checkout"),
        "Approval",
        "adopted once is enough"
    );
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_vanishes_stays_where_it_stands_and_comes_back() {
    let (world, fleet, _) = at_the_gate().await;
    let before = world.made();
    fleet.read(&snapshot("b", Vec::new())).await;
    world.minutes(&fleet, 60).await;
    assert_eq!(waits(&fleet, "checkout"), "Vanished");
    assert_eq!(world.made(), before);
    fleet.read(&snapshot("c", world.files())).await;
    world.minutes(&fleet, 5).await;
    assert_eq!(waits(&fleet, "checkout"), "Approval");
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_vanishes_before_it_began_is_simply_gone() {
    let (world, journal) = (World::new(1), memory());
    let fleet = world.fleet(&journal).await;
    let paused = world
        .files()
        .remove(0)
        .1
        .replace("spec:\n", "spec:\n  paused: true\n");
    fleet
        .read(&snapshot("a", vec![("checkout.yaml".into(), paused)]))
        .await;
    world.minutes(&fleet, 5).await;
    assert_eq!(waits(&fleet, "checkout"), "Paused");
    fleet.read(&snapshot("b", Vec::new())).await;
    assert!(fleet.statuses().is_empty() && fleet.board().plans().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_was_never_valid_is_forgotten_with_its_file() {
    let (world, journal) = (World::new(1), memory());
    let fleet = world.fleet(&journal).await;
    let broken = world.files().remove(0).1.replace("10%", "ten");
    fleet
        .read(&snapshot("a", vec![("checkout.yaml".into(), broken)]))
        .await;
    world.minutes(&fleet, 5).await;
    let metrics = || fleet.board().metrics().render(world.clock.now(), None);
    assert_eq!(fleet.board().plans().len(), 1);
    assert!(metrics().contains("plan=\"checkout\""));
    fleet.read(&snapshot("b", Vec::new())).await;
    assert!(fleet.board().plans().is_empty());
    assert!(!metrics().contains("plan=\"checkout\""));
}

#[tokio::test(start_paused = true)]
async fn a_broken_plan_runs_on_as_it_was_and_touches_no_other() {
    let (world, journal) = (World::new(2), memory());
    let fleet = world.fleet(&journal).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 5).await;
    let mut files = world.files();
    files[0].1 = files[0].1.replace("10%", "ten");
    let (broken, other) = (&world.services[0].name, &world.services[1].name);
    fleet.read(&snapshot("b", files)).await;
    world.minutes(&fleet, 25).await;
    let view = |name: &str| fleet.board().plan(name).unwrap();
    let Standing::Invalid { diagnostics, at } = &view(broken).standing else {
        panic!("a broken plan is Invalid")
    };
    assert_eq!((diagnostics.count(), at.line), (1, 9), "{diagnostics}");
    assert_eq!(view(other).standing, Standing::Current);
    assert_eq!(
        (waits(&fleet, broken), waits(&fleet, other)),
        ("Approval", "Approval")
    );
}

#[tokio::test(start_paused = true)]
async fn a_plan_under_way_cannot_turn_to_another_service() {
    let (world, fleet, _) = at_the_gate().await;
    let other = text(&world.services[0], "search");
    fleet
        .read(&snapshot("b", vec![("checkout.yaml".into(), other)]))
        .await;
    world.minutes(&fleet, 5).await;
    let view = fleet.board().plan("checkout").unwrap();
    let Standing::Invalid { diagnostics, .. } = &view.standing else {
        panic!("it is refused")
    };
    assert!(
        diagnostics
            .to_string()
            .contains("has begun to move checkout"),
        "{diagnostics}"
    );
    assert_eq!(waits(&fleet, "checkout"), "Approval");
}

/// Somebody makes the first service's listener forward to the second service too.
async fn shares_its_route(world: &World) {
    let config = elbv2::Config::builder()
        .behavior_version_latest()
        .region(elbv2::config::Region::new("eu-central-1"))
        .credentials_provider(elbv2::config::Credentials::new(
            "AKIDSIMULATED",
            "simulated",
            None,
            None,
            "test",
        ))
        .time_source(world.clock.clone())
        .http_client(world.region.http_client());
    let weighted = |s: &BuiltService| {
        TargetGroupTuple::builder()
            .target_group_arn(&s.target_group)
            .weight(1)
            .build()
    };
    let groups = world.services.iter().map(weighted).collect();
    let forward = ForwardActionConfig::builder()
        .set_target_groups(Some(groups))
        .build();
    let action = Action::builder()
        .r#type(ActionTypeEnum::Forward)
        .forward_config(forward)
        .build();
    let client = elbv2::Client::from_conf(config.build());
    let route = world.services[0].routes[0].as_str();
    if route.contains("listener-rule") {
        let modified = client.modify_rule().rule_arn(route).actions(action);
        modified.send().await.unwrap();
    } else {
        let modified = client.modify_listener().listener_arn(route);
        modified.default_actions(action).send().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn two_plans_on_one_route_are_both_refused_and_name_each_other() {
    let (world, journal) = (World::of("big-fleet", 2), memory());
    shares_its_route(&world).await;
    let fleet = world.fleet(&journal).await;
    let before = world.made();
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 10).await;
    let names: Vec<&str> = world.services.iter().map(|s| s.name.as_str()).collect();
    for (name, other) in [(names[0], names[1]), (names[1], names[0])] {
        let status = status(&fleet, name);
        assert_eq!(waits(&fleet, name), "SharedRoute");
        let position = format!("plan {other} ({other}.yaml:1)");
        assert!(status.sentence.contains(&position), "{}", status.sentence);
    }
    assert_eq!(world.made(), before);
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_has_not_read_its_plans_yet_goes_no_further() {
    let (world, fleet, journal) = at_the_gate().await;
    order(&fleet, Verb::Approve, "looks good").await.unwrap();
    drop(fleet);
    let fleet = world.fleet(&journal).await;
    let share = || world.calls(":Modify");
    let before = share();
    world.minutes(&fleet, 10).await;
    assert_eq!(
        (waits(&fleet, "checkout"), share()),
        ("SourceUnread", before)
    );
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 3).await;
    assert_eq!(status(&fleet, "checkout").phase, Phase::Bake);
}

#[tokio::test(start_paused = true)]
async fn no_act_starts_that_the_lease_may_not_outlive() {
    let (world, journal) = (World::new(1), memory());
    let ends = tokio::time::Instant::now() + std::time::Duration::from_secs(90);
    let fleet = world.fleet_with(&journal, Arc::new(Until(ends))).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 10).await;
    assert_eq!(waits(&fleet, "checkout"), "Lease");
    let last = world.made();
    assert!(last > 0, "it acted while the lease was long enough");
    world.minutes(&fleet, 10).await;
    assert_eq!(world.made(), last);
}

#[tokio::test(start_paused = true)]
async fn news_of_a_plan_do_not_end_its_back_off() {
    let (world, journal) = (World::new(1), memory());
    world.region.inject(Fault::next(
        "elbv2:CreateTargetGroup",
        Wrong::ErrorBefore,
        1_000,
    ));
    let fleet = world.fleet(&journal).await;
    let goal = Goal {
        until: Some(world.clock.now() + SignedDuration::from_mins(2)),
        ..Goal::default()
    };
    let news = async {
        for commit in "abcdef0123456789".chars().cycle() {
            fleet
                .read(&snapshot(&commit.to_string(), world.files()))
                .await;
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        }
    };
    let (never, mut inbox) = (std::future::pending(), Inbox::default());
    tokio::select! {
        _ = fleet.run(goal, &mut inbox, never, |_| {}) => {}
        () = news => {}
    }
    let tries = world.calls(":CreateTargetGroup");
    assert!(
        (5..=8).contains(&tries),
        "1, 2, 4, 8, 16, 32 and 60 s apart, not {tries} tries"
    );
}

/// A fault of ours: asking it breaks down for a while.
#[derive(Debug)]
struct BreaksDown {
    clock: Clock,
    from: jiff::Timestamp,
    until: jiff::Timestamp,
}

impl Lease for BreaksDown {
    fn remains(&self) -> Option<std::time::Duration> {
        let now = self.clock.now();
        assert!(!(self.from..self.until).contains(&now), "a fault of ours");
        Some(std::time::Duration::MAX)
    }
}

#[tokio::test(start_paused = true)]
async fn a_round_that_breaks_down_is_told_counted_and_tried_again_later() {
    let (world, journal) = (World::new(2), memory());
    let at = |seconds| world.clock.now() + SignedDuration::from_secs(seconds);
    // By then the canaries are proven, and the twins are to grow.
    let (from, until) = (at(300), at(900));
    let fleet = world
        .fleet_with(
            &journal,
            Arc::new(BreaksDown {
                clock: world.clock.clone(),
                from,
                until,
            }),
        )
        .await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 14).await;
    let page = Page {
        limit: 500,
        ..Page::default()
    };
    let events = Records::new(journal).events(None, page).await.unwrap();
    let broke: Vec<_> = events
        .iter()
        .filter(|e| e.text == "a round broke down: a fault of ours")
        .collect();
    for service in &world.services {
        let tries = broke
            .iter()
            .filter(|e| e.plan.as_deref() == Some(&service.name));
        assert!((3..=20).contains(&tries.count()), "{broke:?}");
    }
    let figures = fleet.board().metrics().render(world.clock.now(), None);
    assert!(figures.contains("outcome=\"panicked\"} "), "{figures}");
    world.minutes(&fleet, 30).await;
    for service in &world.services {
        assert_eq!(waits(&fleet, &service.name), "Approval");
    }
}
