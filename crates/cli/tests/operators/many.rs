//! One order to many plans: by name, by label, to all.

use serde_json::{Value, json};

use crate::{
    sample,
    server::{Server, complained, said},
};

fn three_plans() -> Server {
    let server = Server::start();
    let mut other = sample::summary("search", "Shift", "Progressing", 1.0);
    other.labels.insert("team".to_owned(), "find".to_owned());
    let items = [
        sample::summary("cart", "Shift", "Progressing", 10.0),
        sample::summary("checkout", "Shift", "Progressing", 10.0),
        other,
    ];
    server.answer("GET /api/v1/plans", 200, &json!({ "items": items }));
    server.answer("GET /api/v1/fleet", 200, &sample::fleet());
    for name in ["cart", "checkout", "search"] {
        let sentence = format!("{name} stands still");
        let accepted = json!({ "event": 3, "sentence": sentence });
        server.answer(&format!("POST /api/v1/plans/{name}/pause"), 200, &accepted);
    }
    server
}

fn told(server: &Server) -> Vec<String> {
    let asked = server.asked();
    let posts = asked.iter().filter_map(|a| a.line.strip_prefix("POST "));
    posts.map(str::to_owned).collect()
}

#[test]
fn each_plan_that_is_named_answers_once() {
    let server = three_plans();
    let output = server.run(&["pause", "cart", "search", "cart", "--reason", "x"]);
    assert_eq!(
        said(&output),
        "cart: cart stands still\nsearch: search stands still\n"
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn labels_pick_the_plans_that_have_all_of_them() {
    let server = three_plans();
    let output = server.run(&["pause", "-l", "team=shop", "--yes", "--reason", "x"]);
    assert_eq!(output.status.code(), Some(0), "{}", complained(&output));
    let both = ["/api/v1/plans/cart/pause", "/api/v1/plans/checkout/pause"];
    assert_eq!(told(&server), both);
    let none = server.run(&["pause", "-l", "team=none", "--yes", "--reason", "x"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(complained(&none).starts_with("sixshift: no plan has team=none;"));
}

#[test]
fn all_plans_need_a_yes_where_nobody_can_be_asked() {
    let server = three_plans();
    let output = server.run(&["pause", "--all", "--reason", "x"]);
    assert_eq!(output.status.code(), Some(1));
    let why = complained(&output);
    assert!(
        why.contains("would pause 3 plans") && why.contains("--yes"),
        "{why}"
    );
    assert!(told(&server).is_empty(), "nothing is sent");
    let output = server.run(&["pause", "--all", "--yes", "--reason", "x"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(told(&server).len(), 3);
}

#[test]
fn one_that_refuses_keeps_no_other_from_its_order_and_the_exit_code_says_so() {
    let server = three_plans();
    let problem =
        json!({ "code": "refused", "message": "cannot pause now: it is done", "remedy": "" });
    server.answer("POST /api/v1/plans/broken/pause", 409, &problem);
    let output = server.run(&["pause", "broken", "cart", "--reason", "x"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said(&output), "cart: cart stands still\n");
    assert_eq!(
        complained(&output),
        "broken: cannot pause now: it is done; `sixshift why broken` says what it waits for\n1 of 2 refused\n"
    );
    let output = server.run(&["pause", "broken", "cart", "--reason", "x", "-o", "json"]);
    let told: Value = serde_json::from_str(&said(&output)).expect("one object of JSON");
    assert_eq!(told["items"][0]["refused"]["detail"], problem["message"]);
    assert_eq!(told["items"][1]["accepted"]["event"], 3);
}

#[test]
fn what_concerns_every_plan_ends_the_round_and_names_who_was_not_told() {
    let server = three_plans();
    let problem =
        json!({ "code": "unauthorized", "message": "that token is unknown", "remedy": "" });
    server.answer("POST /api/v1/plans/locked/pause", 401, &problem);
    let output = server.run(&["pause", "cart", "locked", "search", "--reason", "x"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        told(&server).len(),
        2,
        "the third would be answered the same"
    );
    let why = complained(&output);
    assert!(why.starts_with("not told: locked, search; "), "{why}");
}

#[test]
fn a_daemon_that_asks_for_patience_gets_it() {
    let server = Server::start();
    let line = "POST /api/v1/plans/cart/resume";
    server.busy(line, 1);
    server.answer(line, 200, &json!({ "event": 3, "sentence": "it goes on" }));
    let output = server.run(&["resume", "cart", "--reason", "x"]);
    assert_eq!(said(&output), "it goes on\n", "{}", complained(&output));
    assert_eq!(
        complained(&output),
        "too many orders from this address; going on in 1 s\n"
    );
    assert_eq!(told(&server).len(), 2);
}

#[test]
fn whom_an_order_is_for_is_said_in_one_way() {
    let server = three_plans();
    for wrong in [
        &[][..],
        &["cart", "--all"],
        &["cart", "-l", "team=shop"],
        &["--all", "-l", "team=shop"],
        &["-l", "shop"],
        &["cart", "search", "--revision", "1a2b"],
    ] {
        let call = [&["pause", "--yes", "--reason", "x"], wrong].concat();
        assert_eq!(server.run(&call).status.code(), Some(64), "{wrong:?}");
    }
    assert!(told(&server).is_empty(), "nothing is sent");
}
