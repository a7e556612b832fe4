//! Each oracle is shown able to fail, by something that is done in the daemon's name or by a daemon that a test made worse.

use std::sync::Arc;

use jiff::SignedDuration;
use sixshift_controller::command::Verb;
use sixshift_core::{
    guard::Veto,
    status::{Phase, WaitingOn},
};

use super::{event, quiet};
use crate::oracles;
use crate::search::judge;
use crate::story::{Event, What, When};

/// Some seconds after a phase was first seen.
fn seconds_in(phase: Phase, seconds: i64) -> When {
    When::In(phase, SignedDuration::from_secs(seconds))
}

fn sabotage(phase: Phase, seconds: i64, name: &'static str) -> Event {
    event(seconds_in(phase, seconds), What::Sabotage(name))
}

/// The oracles that find something in a quiet migration with these events.
fn found(events: Vec<Event>) -> Vec<(&'static str, &'static str)> {
    let (_, done) = judge(&quiet(events)).unwrap();
    let mut found: Vec<_> = done.violations.iter().map(|v| (v.oracle, v.kind)).collect();
    found.dedup();
    found
}

#[track_caller]
fn blames(events: Vec<Event>, oracle: &str, kind: &str) {
    let found = found(events);
    assert!(
        found.contains(&(oracle, kind)),
        "{oracle}, {kind}: {found:?}"
    );
}

#[test]
fn no_oracle_finds_anything_in_a_quiet_migration() {
    assert_eq!(found(Vec::new()), []);
}

#[test]
fn no_request_lost_sees_a_side_taken_away_under_customers() {
    let events = vec![sabotage(Phase::Warm, 30, "empty-ipv4")];
    blames(events, "no-request-lost", "requests failed");
}

#[test]
fn somebody_serves_sees_customers_left_with_nobody_by_a_daemon_that_does_not_act() {
    let events = vec![
        sabotage(Phase::Bake, 5, "deaf"),
        event(seconds_in(Phase::Bake, 60), What::Sabotage("empty-ipv6")),
    ];
    blames(
        events,
        "somebody-serves",
        "IPv6 has nobody, IPv4 could serve",
    );
}

/// Cookies of ten minutes, and a side that somebody takes away under its clients.
fn held(events: Vec<Event>) -> Vec<&'static str> {
    let mut case = quiet(events);
    case.team.sticky = Some(600);
    let (_, done) = judge(&case).unwrap();
    let found = done.violations.iter().map(|v| v.kind);
    found.filter(|kind| kind.contains("cookies")).collect()
}

#[test]
fn somebody_serves_sees_clients_whom_a_cookie_holds_where_nobody_is() {
    let sides = [
        ("twin-deleted", "all-on-ipv4"),
        ("ipv4-emptied", "all-on-ipv6"),
    ];
    for (edit, away) in sides {
        let lost = event(seconds_in(Phase::Shift, 300), What::Edit(edit));
        assert_eq!(held(vec![lost.clone()]), [""; 0], "{edit}");
        let deaf = sabotage(Phase::Shift, 290, "deaf");
        let away = sabotage(Phase::Shift, 310, away);
        assert_eq!(held(vec![deaf, lost, away]).len(), 1, "{edit}");
    }
}

#[test]
fn neither_side_emptied_sees_ipv4_emptied_before_there_is_a_twin() {
    let events = vec![sabotage(Phase::TargetGroup, 1, "empty-ipv4")];
    blames(
        events,
        "neither-side-emptied",
        "IPv4 emptied while IPv6 has nobody",
    );
}

#[test]
fn neither_side_emptied_sees_the_twin_emptied_when_ipv4_is_cold() {
    let events = vec![sabotage(Phase::Cold, 240, "empty-ipv6")];
    blames(
        events,
        "neither-side-emptied",
        "IPv6 emptied while IPv4 has nobody",
    );
}

#[test]
fn holds_are_whole_sees_a_step_taken_early() {
    let events = vec![sabotage(Phase::Shift, 120, "all-on-ipv6")];
    blames(events, "holds-are-whole", "a hold was cut short");
}

#[test]
fn holds_are_whole_sees_a_step_jumped() {
    let events = vec![sabotage(Phase::Warm, 200, "all-on-ipv6")];
    blames(events, "holds-are-whole", "a step was jumped");
}

#[test]
fn old_side_stays_sees_ipv4_shrunk_before_all_is_on_ipv6() {
    let events = vec![sabotage(Phase::Shift, 60, "empty-ipv4")];
    blames(events, "old-side-stays", "shrunk before 100 %");
}

#[test]
fn old_side_stays_sees_a_bake_cut_short() {
    let events = vec![sabotage(Phase::Bake, 300, "empty-ipv4")];
    blames(events, "old-side-stays", "a bake was cut short");
}

#[test]
fn old_side_stays_sees_ipv4_deleted_before_its_time() {
    let events = vec![sabotage(Phase::Cold, 240, "delete-ipv4")];
    blames(
        events,
        "old-side-stays",
        "deleted before it was cold for long enough",
    );
}

#[test]
fn only_ours_sees_a_change_of_the_neighbours() {
    let events = vec![sabotage(Phase::Warm, 5, "neighbours-group")];
    blames(events, "only-ours", "something of others changed");
}

#[test]
fn rollback_restores_sees_what_is_not_as_the_team_had_it() {
    let events = vec![
        event(seconds_in(Phase::Bake, 60), What::Order(Verb::Abort)),
        sabotage(Phase::RolledBack, 60, "shrink-ipv4"),
    ];
    blames(
        events,
        "rollback-restores",
        "the service's size is not as it was",
    );
}

#[test]
fn rollback_restores_sees_traffic_returned_to_nobody() {
    let events = vec![sabotage(Phase::Cold, 300, "all-on-ipv4")];
    blames(events, "rollback-restores", "traffic returned to nobody");
}

#[test]
fn twin_is_whole_sees_a_twin_that_differs() {
    let events = vec![sabotage(Phase::Warm, 60, "grace-of-twin")];
    blames(events, "twin-is-whole", "the twin's service differs");
}

#[test]
fn settles_sees_a_daemon_that_waits_for_ever() {
    let events = vec![sabotage(Phase::Warm, 60, "deaf")];
    blames(events, "settles", "Lease");
}

#[test]
fn settles_sees_a_guard_that_refuses_for_ever_what_the_ladder_wants() {
    let case = quiet(Vec::new());
    let (mut log, _) = judge(&case).unwrap();
    let told = log.told.take().unwrap();
    let refused = WaitingOn::Vetoed {
        action: "raise IPv6 to 50 %".to_owned(),
        veto: Veto::TooFar,
        lasting: true,
    };
    log.told = Some(Arc::new(told.as_ref().clone().waiting_instead(refused)));
    let found = oracles::judge(&case, &log);
    let kinds: Vec<&str> = found.iter().map(|v| v.kind).collect();
    assert!(kinds.contains(&"the guard refuses for ever"), "{kinds:?}");
}

#[test]
fn says_what_is_sees_a_face_that_stood_still() {
    let events = vec![
        sabotage(Phase::Bake, 60, "mute"),
        sabotage(Phase::Bake, 120, "all-on-ipv4"),
    ];
    blames(events, "says-what-is", "told to be past 100 %");
}
