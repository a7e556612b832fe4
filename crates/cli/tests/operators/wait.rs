//! How a wait ends.

use serde_json::json;

use crate::{
    sample,
    server::{Server, complained},
};

fn at(server: &Server, phase: &str, health: &str, observed: f64) {
    let plan = sample::plan(sample::summary("checkout", phase, health, observed));
    server.answer("GET /api/v1/plans/checkout", 200, &plan);
}

/// Waits, and sees how the wait ends.
fn ends(server: &Server, arguments: &[&str], code: i32) {
    let mut all = vec!["wait", "checkout"];
    all.extend(arguments);
    let output = server.run(&all);
    assert_eq!(output.status.code(), Some(code), "{}", complained(&output));
}

#[test]
fn it_ends_with_0_once_the_plan_is_there() {
    let server = Server::start();
    at(&server, "Shift", "Progressing", 10.0);
    at(&server, "Shift", "Progressing", 50.0);
    ends(&server, &["--for", "share=50%"], 0);
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn it_ends_with_5_when_time_is_up() {
    let server = Server::start();
    at(&server, "Shift", "Progressing", 10.0);
    ends(&server, &["--for", "done", "--timeout", "1s"], 5);
}

#[test]
fn it_ends_with_4_after_a_rollback() {
    let server = Server::start();
    at(&server, "RollingBack", "Bad", 10.0);
    at(&server, "RolledBack", "Bad", 0.0);
    ends(&server, &["--for", "phase=Bake"], 4);
}

#[test]
fn a_retry_that_was_given_right_before_takes_hold() {
    let server = Server::start();
    at(&server, "RolledBack", "Bad", 0.0);
    at(&server, "Warm", "Progressing", 0.0);
    at(&server, "Shift", "Progressing", 1.0);
    ends(&server, &["--for", "share=1%"], 0);
}

#[test]
fn it_ends_with_6_when_the_plan_needs_a_person_for_a_while() {
    let server = Server::start();
    at(&server, "Shift", "NeedsPerson", 10.0);
    ends(&server, &["--for", "done", "--timeout", "1m"], 6);
    let patient = ["--for", "done", "--timeout", "7s", "--through-people"];
    ends(&server, &patient, 5);
}

#[test]
fn a_plan_that_nobody_knows_is_an_error_at_once() {
    ends(&Server::start(), &["--for", "done"], 1);
}

#[test]
fn a_daemon_that_starts_again_is_waited_for() {
    let server = Server::start();
    at(&server, "Shift", "Progressing", 10.0);
    let problem = json!({ "code": "unavailable", "message": "shutting down", "remedy": "" });
    server.answer("GET /api/v1/plans/checkout", 503, &problem);
    at(&server, "Done", "Complete", 100.0);
    ends(&server, &["--for", "done"], 0);
}

#[test]
fn what_cannot_be_waited_for_is_a_wrong_call() {
    ends(&Server::start(), &["--for", "phase=Dance"], 64);
}
