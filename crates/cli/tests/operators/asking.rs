//! How one asks: options before and after the verb, names with a slip, and answers in the command line's own words.

use serde_json::json;

use crate::{
    sample,
    server::{Server, bare, complained, run, said},
};

fn with_plans() -> Server {
    let server = Server::start();
    let items = ["checkout", "search"].map(|n| sample::summary(n, "Shift", "Progressing", 10.0));
    server.answer("GET /api/v1/plans", 200, &json!({ "items": items }));
    server.answer("GET /api/v1/fleet", 200, &sample::fleet());
    server
}

#[test]
fn the_daemon_may_be_named_before_the_verb_and_the_verbs_own_word_counts_more() {
    let server = with_plans();
    let nowhere = "http://127.0.0.1:1";
    for call in [
        &["--server", &server.url, "list"][..],
        &["list", "--server", &server.url],
        &["--server", nowhere, "list", "--server", &server.url],
    ] {
        let output = run(bare(call).env("SIXSHIFT_SERVER", nowhere));
        assert_eq!(
            output.status.code(),
            Some(0),
            "{call:?}: {}",
            complained(&output)
        );
    }
    let output = server.run(&["--server", nowhere, "--request-timeout", "1s", "list"]);
    assert_eq!(
        output.status.code(),
        Some(1),
        "a word counts more than the environment"
    );
}

#[test]
fn a_name_with_a_slip_is_answered_with_the_plan_that_was_probably_meant() {
    let server = with_plans();
    for call in [
        &["get", "chekout"][..],
        &["why", "chekout"],
        &["tree", "chekout"],
        &["events", "chekout"],
        &["pause", "chekout", "--reason", "x"],
        &["reconcile", "search", "chekout"],
    ] {
        let output = server.run(call);
        assert_eq!(output.status.code(), Some(1), "{call:?}");
        assert_eq!(
            complained(&output),
            "sixshift: there is no plan called chekout; did you mean checkout?\n",
            "{call:?}"
        );
    }
    let output = server.run(&["get", "nothing-like-it"]);
    assert!(complained(&output).ends_with("; `sixshift list` shows the plans\n"));
    let output = server.run(&["pause", "chekout", "serach", "--reason", "x"]);
    let told = complained(&output);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines[1],
        "serach: there is no plan called serach; did you mean search?"
    );
}

#[test]
fn remedies_are_in_the_words_of_who_asks() {
    let server = with_plans();
    let cases = [
        (
            409,
            "refused",
            "look at the plan's `commands`",
            "`sixshift why checkout` says what it waits for",
        ),
        (
            401,
            "unauthorized",
            "send `Authorization: Bearer`",
            "give a token with --token-file FILE",
        ),
        (
            422,
            "badRequest",
            "compare it with /api/v1/openapi.json",
            "is the daemon another version?",
        ),
    ];
    for (n, (status, code, theirs, ours)) in cases.into_iter().enumerate() {
        let verb = ["pause", "resume", "abort"][n];
        let problem = json!({ "code": code, "message": "it says no", "remedy": theirs });
        let line = format!("POST /api/v1/plans/checkout/{verb}");
        server.answer(&line, status, &problem);
        let told = complained(&server.run(&[verb, "checkout", "--reason", "x"]));
        assert!(told.contains(ours) && !told.contains(theirs), "{told}");
    }
}

#[test]
fn who_wants_quiet_gets_the_answer_and_errors_only() {
    let server = with_plans();
    let mut frozen = sample::fleet();
    frozen.frozen = Some("incident 42".to_owned());
    let server_of_frozen = Server::start();
    server_of_frozen.answer("GET /api/v1/plans", 200, &json!({ "items": [] }));
    server_of_frozen.answer("GET /api/v1/fleet", 200, &frozen);
    let loud = complained(&server_of_frozen.run(&["list"]));
    assert!(loud.contains("the fleet is frozen"), "{loud}");
    assert_eq!(complained(&server_of_frozen.run(&["-q", "list"])), "");
    let output = server.run(&["list", "--quiet"]);
    assert_eq!(said(&output).lines().count(), 3);
    assert!(!complained(&server.run(&["get", "chekout", "-q"])).is_empty());
}
