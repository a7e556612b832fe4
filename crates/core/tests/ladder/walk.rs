//! What `why` shows: the rungs, with the figures that the round went by.

use sixshift_core::{
    observation::{Known, Look, Observation, Why},
    status::{Row, Status},
};

use crate::world::{World, build::plan};

/// A row a line, without what is alike everywhere.
fn told(status: &Status) -> String {
    let line = |row: &Row| {
        let opens = row.unblocked_by.as_deref();
        let opens = opens.map_or_else(String::new, |by| format!(" > {by}"));
        format!(
            "{:>7}  {}: {} ({}){opens}",
            row.state, row.name, row.observed, row.limit
        )
    };
    status
        .rows()
        .iter()
        .map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

fn row(status: &Status, name: &str) -> String {
    let rows = told(status);
    let found = rows
        .lines()
        .find(|line| line.contains(&format!("  {name}: ")));
    found
        .unwrap_or_else(|| panic!("{name} in {rows}"))
        .trim()
        .to_owned()
}

#[test]
fn before_traffic_everything_is_named_that_is_to_come() {
    let mut world = World::new(plan(&[]));
    world.climb_to("CanaryProof");
    insta::assert_snapshot!(told(&world.decide().status), @r"
      open  preflight: 0 that block, 0 that warn (no finding that blocks)
      open  routes as applied: 0 % on IPv6 (0 % on IPv6)
      open  IPv6 tasks: 1 of 1 run (as many as desired, without IPv4 addresses)
      open  IPv6 targets healthy: 1 of 1 healthy (1 healthy, one in every zone)
    closed  canary: proven for 0 s (healthy for 3 m by CloudWatch's account) > good minutes in CloudWatch
     ahead  error rate: no traffic on IPv6 (under 1 %)
     ahead  p99 latency: no traffic on IPv6 (under 800 ms)
     ahead  hold of step 1: not begun (10 % proven good for 5 m)
     ahead  hold of step 2: not begun (50 % proven good for 10 m)
     ahead  bake: not begun (100 % proven good for 15 m)
     ahead  IPv4 drained: not asked yet (no request to IPv4 for the drain time)
     ahead  kept cold: not begun (IPv4 at zero tasks for 1 h)
    ");
}

#[test]
fn a_share_says_what_it_is_judged_by_and_how_long_it_is_proven() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(50);
    world.climb_to("Hold");
    world.minutes(4);
    insta::assert_snapshot!(told(&world.decide().status), @r"
      open  preflight: 0 that block, 0 that warn (no finding that blocks)
      open  routes as applied: 50 % on IPv6 (50 % on IPv6)
      open  IPv6 tasks: 3 of 3 run (as many as desired, without IPv4 addresses)
      open  IPv6 targets healthy: 3 of 3 healthy (3 healthy, one in every zone)
      open  error rate: 0 % (under 1 %)
      open  error rate beside IPv4's: 0 % (under 0.5 %)
      open  load balancer errors: 0 % (under 1 %)
      open  refused with a 4xx beside IPv4's: 0.19 % (under 2.37 %)
      open  p99 latency: 300 ms (under 800 ms)
      open  p99 latency beside IPv4's: 300 ms (under 360 ms)
      open  healthy IPv6 hosts: 3 (at least 1)
    closed  hold of step 2: proven for 1 m (50 % proven good for 10 m) > good minutes in CloudWatch
     ahead  bake: not begun (100 % proven good for 15 m)
     ahead  IPv4 drained: not asked yet (no request to IPv4 for the drain time)
     ahead  kept cold: not begun (IPv4 at zero tasks for 1 h)
    ");
}

#[test]
fn what_is_proven_is_told_while_something_else_holds_the_plan() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.climb_to("Hold");
    world.minutes(5);
    world.facts.paused = Some("lunch".to_owned());
    let status = world.decide().status;
    assert_eq!(
        row(&status, "hold of step 1"),
        "ahead  hold of step 1: proven for 1 m (10 % proven good for 5 m)"
    );
    world.minutes(60);
    let status = world.decide().status;
    assert_eq!(
        row(&status, "hold of step 1"),
        "open  hold of step 1: long enough (10 % proven good for 5 m)"
    );
}

#[test]
fn after_a_rollback_no_twin_is_asked_for() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(10);
    world.on_ipv6.errors = 0.5;
    world.climb();
    insta::assert_snapshot!(told(&world.decide().status), @r"
    closed  rolled back: rolled back: errors on IPv6 are 50 %, over 1 %; errors on IPv6 beside those on IPv4 are 50 %, over 0.5 % () > fix the cause, then commit a new revision of the plan or retry
      open  preflight: 0 that block, 0 that warn (no finding that blocks)
      open  routes as applied: 0 % on IPv6 (0 % on IPv6)
     ahead  error rate: no traffic on IPv6 (under 1 %)
     ahead  p99 latency: no traffic on IPv6 (under 800 ms)
     ahead  hold of step 1: not begun (10 % proven good for 5 m)
     ahead  hold of step 2: not begun (50 % proven good for 10 m)
     ahead  bake: not begun (100 % proven good for 15 m)
     ahead  IPv4 drained: not asked yet (no request to IPv4 for the drain time)
     ahead  kept cold: not begun (IPv4 at zero tasks for 1 h)
    ");
}

#[test]
fn once_ipv4_is_cold_only_its_end_is_ahead() {
    let mut world = World::new(plan(&[]));
    world.climb_to("Cold");
    insta::assert_snapshot!(told(&world.decide().status), @r"
      open  preflight: 0 that block, 0 that warn (no finding that blocks)
      open  routes as applied: 100 % on IPv6 (100 % on IPv6)
      open  IPv6 tasks: 3 of 3 run (as many as desired, without IPv4 addresses)
      open  IPv6 targets healthy: 3 of 3 healthy (enough for the share, one in every zone)
      open  error rate: 0 % (under 1 %)
      open  load balancer errors: 0 % (under 1 %)
      open  p99 latency: 300 ms (under 800 ms)
      open  healthy IPv6 hosts: 3 (at least 1)
      open  IPv4 drained: drained (no request to IPv4 for the drain time)
    closed  kept cold: the IPv4 side is kept cold (IPv4 at zero tasks for 1 h) > time, at 2026-01-01T01:48:00Z
    ");
}

/// A light look leaves out the targets.
fn lightly(seen: &Observation) -> Observation {
    let mut seen = seen.clone();
    seen.look = Look::Light;
    if let Known::Seen(pairs) = &mut seen.pairs {
        for group in pairs.iter_mut() {
            if let Known::Seen(group) = &mut group.ipv6 {
                group.targets = Known::Unknown(Why::new("not asked"));
            }
        }
    }
    seen
}

#[test]
fn what_a_light_look_leaves_out_is_told_as_it_was_seen_last() {
    let mut world = World::new(plan(&[]));
    world.climb_to_share(50);
    world.climb_to("Hold");
    let seen = world.look();
    let full = world.decide_on(&seen).status;
    let light = world.decide_on(&lightly(&seen)).status;
    assert_ne!(told(&light), told(&full));
    let carried = light.carrying_since(Some(&full));
    assert_eq!(told(&carried), told(&full));
}
