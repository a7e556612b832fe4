//! pause, resume, approve, promote, abort, retry, adopt, freeze, unfreeze.

use serde_json::{Value, json};

use crate::server::{Server, complained, run, said};

#[test]
fn every_order_is_posted_with_its_reason_and_who_gave_it() {
    let server = Server::start();
    let accepted = json!({ "event": 3, "sentence": "It will." });
    for verb in ["pause", "resume", "approve", "abort", "retry", "adopt"] {
        server.answer(
            &format!("POST /api/v1/plans/checkout/{verb}"),
            200,
            &accepted,
        );
        let output = server.run(&[verb, "checkout", "--reason", "a test", "--revision", "1a2b"]);
        assert_eq!(said(&output), "It will.\n", "{}", complained(&output));
        let sent = server.one(&format!("POST /api/v1/plans/checkout/{verb}"));
        let sent: Value = serde_json::from_str(&sent.body).expect("JSON");
        assert_eq!(
            sent,
            json!({ "reason": "a test", "revision": "1a2b", "actor": "ada" })
        );
    }
    for verb in ["freeze", "unfreeze"] {
        server.answer(&format!("POST /api/v1/fleet/{verb}"), 200, &accepted);
        let output = server.run(&[verb, "--reason", "a test", "-o", "json"]);
        let told: Value = serde_json::from_str(&said(&output)).expect("JSON");
        assert_eq!(told, accepted);
    }
}

#[test]
fn the_gate_that_was_looked_at_is_sent_along() {
    let server = Server::start();
    run(&mut server.command(&["approve", "checkout", "--reason", "x", "--gate", "step:1"]));
    let sent: Value = serde_json::from_str(&server.one("POST").body).expect("JSON");
    assert_eq!(sent["gate"], "step:1");
}

#[test]
fn a_promotion_is_sent_with_its_share_and_needs_one() {
    let server = Server::start();
    let accepted = json!({ "event": 3, "sentence": "It will." });
    server.answer("POST /api/v1/plans/checkout/promote", 200, &accepted);
    let output = server.run(&["promote", "checkout", "--to", "50%", "--reason", "x"]);
    assert_eq!(said(&output), "It will.\n", "{}", complained(&output));
    let sent: Value = serde_json::from_str(&server.one("POST").body).expect("JSON");
    assert_eq!(sent, json!({ "reason": "x", "to": "50%", "actor": "ada" }));
    for wrong in [
        &[][..],
        &["--to", "50"],
        &["--to", "0%"],
        &["--to", "33.33%"],
    ] {
        let call = [&["promote", "checkout", "--reason", "x"], wrong].concat();
        assert_eq!(server.run(&call).status.code(), Some(64), "{wrong:?}");
    }
    assert_eq!(server.asked().len(), 1, "nothing more is sent");
}

#[test]
fn an_order_needs_a_reason() {
    let server = Server::start();
    for wrong in [
        &["pause", "checkout"][..],
        &["pause", "checkout", "--reason", " "],
        &["freeze"],
    ] {
        assert_eq!(server.run(wrong).status.code(), Some(64), "{wrong:?}");
    }
    assert!(server.asked().is_empty(), "nothing is sent");
}

#[test]
fn a_refused_order_is_an_error_with_the_daemons_words() {
    let server = Server::start();
    let problem = json!({ "code": "refused", "message": "cannot approve now: it waits for no approval", "remedy": "" });
    server.answer("POST /api/v1/plans/checkout/approve", 409, &problem);
    let output = server.run(&["approve", "checkout", "--reason", "x"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        complained(&output),
        "sixshift: cannot approve now: it waits for no approval; `sixshift why checkout` says what it waits for\n"
    );
}

#[test]
fn a_look_now_needs_no_reason_and_tells_each_plan() {
    let server = Server::start();
    let line = "POST /api/v1/reconcile";
    let look = json!({ "plan": "checkout", "at": "2026-05-01T12:00:00Z", "sentence": "it is looked at now" });
    server.answer(line, 200, &json!({ "items": [look] }));
    let output = server.run(&["reconcile", "checkout"]);
    assert_eq!(said(&output), "checkout: it is looked at now\n");
    assert_eq!(complained(&output), "the source is read now\n");
    assert_eq!(server.one(line).body, r#"{"plans":["checkout"]}"#);
    let output = server.run(&["reconcile", "-o", "json"]);
    let told: Value = serde_json::from_str(&said(&output)).expect("JSON");
    assert_eq!(told["items"][0], look);
    assert_eq!(server.asked()[1].body, "{}", "without names: all");
}
