//! The fleet over a simulated region: what orders do, what the source may do to a plan, what a lost journal means.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

use std::{path::PathBuf, sync::Arc};

use aws_sdk_elasticloadbalancingv2::{
    self as elbv2,
    types::{Action, ActionTypeEnum, ForwardActionConfig, TargetGroupTuple},
};
use jiff::SignedDuration;
use sixshift_controller::{
    Board, Clock, Fleet, Goal, Hands, Inbox, Metrics, Parts, Standing,
    command::{Accepted, Order, Refused, Verb},
    journal::{Journal, Memory, Page, Records},
    lease::{Lease, SingleProcess, Until},
    source::Snapshot,
};
use sixshift_core::status::{Phase, Status};
use sixshift_sim::{
    Region,
    faults::{Fault, Wrong},
    scenario::{self, BuiltService},
};

/// A region that outlives the fleets in it.
struct World {
    region: Region,
    clock: Clock,
    services: Vec<BuiltService>,
}

impl World {
    fn new(services: usize) -> Self {
        Self::of("healthy", services)
    }

    fn of(scenario: &str, services: usize) -> Self {
        let built = scenario::build(scenario, Some(services), 1).unwrap();
        let region = Region::new(built.world, 1);
        let clock = Clock::simulated(region.clock().now, 1.0);
        Self {
            region,
            clock,
            services: built.services,
        }
    }

    /// A daemon starts with a journal.
    async fn fleet(&self, journal: &Arc<dyn Journal>) -> Fleet {
        self.fleet_with(journal, Arc::new(SingleProcess)).await
    }

    async fn fleet_with(&self, journal: &Arc<dyn Journal>, lease: Arc<dyn Lease>) -> Fleet {
        let records = Records::new(Arc::clone(journal));
        let loaded = records.load().await.unwrap();
        let parts = Parts {
            hands: Hands::with_http_client(self.region.http_client(), self.clock, 1.0),
            clock: self.clock,
            board: Board::new(Metrics::new()).0,
            records,
            lease,
            adopts: true,
        };
        Fleet::new(parts, loaded)
    }

    /// Every service's plan, in a file each.
    fn files(&self) -> Vec<(PathBuf, String)> {
        let file = |s: &BuiltService| (PathBuf::from(format!("{}.yaml", s.name)), text(s, &s.name));
        self.services.iter().map(file).collect()
    }

    async fn minutes(&self, fleet: &Fleet, minutes: i64) {
        let goal = Goal {
            until: Some(self.clock.now() + SignedDuration::from_mins(minutes)),
            ..Goal::default()
        };
        let never = std::future::pending();
        fleet.run(goal, &mut Inbox::default(), never, |_| {}).await;
    }

    /// Calls that made or deleted something so far.
    fn made(&self) -> u64 {
        self.calls(":Create") + self.calls(":Delete")
    }

    fn calls(&self, named: &str) -> u64 {
        let calls = self.region.counters().calls;
        let named = calls.iter().filter(|(name, _)| name.contains(named));
        named.map(|(_, n)| n).sum()
    }
}

fn text(service: &BuiltService, moves: &str) -> String {
    let (name, region, cluster) = (&service.name, &service.region, &service.cluster);
    let (subnets, groups) = (
        service.ipv6_subnets.join(", "),
        service.security_groups.join(", "),
    );
    format!(
        "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata: {{ name: {name} }}\nspec:\n  \
         service: {{ region: {region}, cluster: {cluster}, name: {moves} }}\n  \
         ipv6: {{ subnets: [{subnets}], securityGroups: [{groups}] }}\n  \
         shift:\n    steps:\n      - {{ weight: 10%, hold: 5m, gate: approval }}\n      - {{ weight: 100% }}\n    bake: 30m\n  \
         health: {{ errorRate: {{ max: 1% }} }}\n"
    )
}

fn snapshot(commit: &str, files: Vec<(PathBuf, String)>) -> Snapshot {
    let files: Vec<_> = files
        .into_iter()
        .map(|(file, text)| (file, Ok(text)))
        .collect();
    Snapshot {
        commit: Some(commit.repeat(40)),
        author_date: None,
        digest: format!("{files:?}"),
        files: files.into(),
    }
}

fn memory() -> Arc<dyn Journal> {
    Arc::new(Memory::new().unwrap())
}

fn status(fleet: &Fleet, name: &str) -> Status {
    let found = fleet.statuses().into_iter().find(|s| s.plan == name);
    found.unwrap_or_else(|| panic!("{name} was never looked at"))
}

fn waits(fleet: &Fleet, name: &str) -> &'static str {
    status(fleet, name)
        .waiting_on
        .as_ref()
        .map_or("", |on| on.kind())
}

async fn order(fleet: &Fleet, verb: Verb, reason: &str) -> Result<Accepted, Refused> {
    let order = Order {
        verb,
        plan: (!verb.is_for_fleet()).then(|| "checkout".to_owned()),
        gate: None,
        revision: None,
        actor: "oncall".to_owned(),
        reason: reason.to_owned(),
    };
    fleet.order(order).await
}

/// One service at 10 %, waiting for its approval; the plan's files and the journal.
async fn at_the_gate() -> (World, Fleet, Arc<dyn Journal>) {
    let (world, journal) = (World::new(1), memory());
    let fleet = world.fleet(&journal).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 30).await;
    assert_eq!(waits(&fleet, "checkout"), "Approval");
    (world, fleet, journal)
}

#[tokio::test(start_paused = true)]
async fn an_order_needs_a_reason_and_its_time() {
    let (_world, fleet, _) = at_the_gate().await;
    let refused = order(&fleet, Verb::Pause, "  ").await.unwrap_err();
    assert!(refused.to_string().contains("needs a reason"), "{refused}");
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
        .time_source(world.clock)
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
    let ends = world.clock.now() + SignedDuration::from_secs(90);
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
    from: jiff::Timestamp,
    until: jiff::Timestamp,
}

impl Lease for BreaksDown {
    fn holds_until(&self, now: jiff::Timestamp) -> Option<jiff::Timestamp> {
        assert!(!(self.from..self.until).contains(&now), "a fault of ours");
        Some(jiff::Timestamp::MAX)
    }
}

#[tokio::test(start_paused = true)]
async fn a_round_that_breaks_down_is_told_counted_and_tried_again_later() {
    let (world, journal) = (World::new(2), memory());
    let at = |seconds| world.clock.now() + SignedDuration::from_secs(seconds);
    // By then the canaries are proven, and the twins are to grow.
    let (from, until) = (at(300), at(900));
    let fleet = world
        .fleet_with(&journal, Arc::new(BreaksDown { from, until }))
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
