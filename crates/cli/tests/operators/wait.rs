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

fn code(server: &Server, arguments: &[&str]) -> Option<i32> {
    let mut all = vec!["wait", "checkout"];
    all.extend(arguments);
    let output = server.run(&all);
    eprintln!("{}", complained(&output));
    output.status.code()
}

#[test]
fn it_ends_with_0_once_the_plan_is_there() {
    let server = Server::start();
    at(&server, "Shift", "Progressing", 10.0);
    at(&server, "Shift", "Progressing", 50.0);
    assert_eq!(code(&server, &["--for", "share=50%"]), Some(0));
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn it_ends_with_5_when_time_is_up() {
    let server = Server::start();
    at(&server, "Shift", "Progressing", 10.0);
    assert_eq!(
        code(&server, &["--for", "done", "--timeout", "1s"]),
        Some(5)
    );
}

#[test]
fn it_ends_with_4_after_a_rollback() {
    let server = Server::start();
    at(&server, "RollingBack", "Bad", 10.0);
    at(&server, "RolledBack", "Bad", 0.0);
    assert_eq!(code(&server, &["--for", "phase=Bake"]), Some(4));
}

#[test]
fn it_ends_with_6_when_the_plan_needs_a_person_for_a_while() {
    let server = Server::start();
    at(&server, "Shift", "NeedsPerson", 10.0);
    assert_eq!(
        code(&server, &["--for", "done", "--timeout", "1m"]),
        Some(6)
    );
    let patient = ["--for", "done", "--timeout", "7s", "--through-people"];
    assert_eq!(code(&server, &patient), Some(5));
}

#[test]
fn a_plan_that_nobody_knows_is_an_error_at_once() {
    assert_eq!(code(&Server::start(), &["--for", "done"]), Some(1));
}

#[test]
fn a_daemon_that_starts_again_is_waited_for() {
    let server = Server::start();
    at(&server, "Shift", "Progressing", 10.0);
    let problem = json!({ "code": "unavailable", "message": "shutting down", "remedy": "" });
    server.answer("GET /api/v1/plans/checkout", 503, &problem);
    at(&server, "Done", "Complete", 100.0);
    assert_eq!(code(&server, &["--for", "done"]), Some(0));
}

#[test]
fn what_cannot_be_waited_for_is_a_wrong_call() {
    assert_eq!(code(&Server::start(), &["--for", "phase=Dance"]), Some(64));
}
