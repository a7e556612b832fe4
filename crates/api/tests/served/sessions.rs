//! Log-ins with a token: at several daemons of one journal, after a restart, and when the token is no longer one.

use std::{fs, sync::Arc};

use sixshift_api::auth;
use sixshift_controller::journal::Memory;

use super::served::{Answer, OPERATOR, Served, TOKENS, VIEWER, serve_over};

/// Logs in as the page's form does; the cookie.
pub(crate) fn log_in(served: &Served, token: &str) -> (Answer, String) {
    let form = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
    ];
    let answer = served.ask("POST", "/login", &form, &format!("token={token}"));
    let cookie = answer
        .headers
        .get("set-cookie")
        .cloned()
        .unwrap_or_default();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    (answer, cookie)
}

/// The token that the page's forms hold.
pub(crate) fn csrf_of(served: &Served, cookie: &str) -> String {
    let page = served.ask("GET", "/", &[("cookie", cookie)], "");
    let (_, rest) = page
        .body
        .split_once("name=\"csrf\" value=\"")
        .expect("a form with a token");
    rest.split('"').next().unwrap().to_owned()
}

fn two() -> (Served, Served, Arc<Memory>) {
    let journal = Arc::new(Memory::new().unwrap());
    (closed(&journal), closed(&journal), journal)
}

fn closed(journal: &Arc<Memory>) -> Served {
    serve_over(journal, &format!("read: token\n{TOKENS}"))
}

fn reads(served: &Served, cookie: &str) -> bool {
    let answer = served.ask("GET", "/api/v1/fleet", &[("cookie", cookie)], "");
    answer.status == 200
}

/// Sets the log's level as the page would, with what a form of `from` holds.
fn orders(served: &Served, cookie: &str, from: &Served) -> u16 {
    let csrf = csrf_of(from, cookie);
    let headers = [
        ("cookie", cookie),
        ("content-type", "application/json"),
        ("sec-fetch-site", "same-origin"),
        ("x-csrf-token", csrf.as_str()),
    ];
    served
        .ask("PUT", "/log-level", &headers, r#"{"filter":"debug"}"#)
        .status
}

fn logs_out(served: &Served, cookie: &str) {
    let form = [
        ("cookie", cookie),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let csrf = format!("csrf={}", csrf_of(served, cookie));
    assert_eq!(served.ask("POST", "/logout", &form, &csrf).status, 303);
}

fn takes_over(served: &Served, text: &str) {
    let settings: auth::Settings = serde_yaml::from_str(text).unwrap();
    let serving = served.serving.as_ref().unwrap();
    serving.doorkeeper().take_over(&settings).unwrap();
}

#[test]
fn who_logged_in_at_one_daemon_reads_and_orders_at_the_other() {
    let (one, other, _) = two();
    let (_, cookie) = log_in(&one, OPERATOR);
    assert!(reads(&one, &cookie) && reads(&other, &cookie));
    // A page of one daemon, sent to the other: whoever stands behind a load balancer does not choose.
    assert_eq!(orders(&other, &cookie, &one), 204);
    assert_eq!(orders(&one, &cookie, &other), 204);
    let (_, viewer) = log_in(&other, VIEWER);
    assert_eq!(orders(&one, &viewer, &other), 403);
}

#[test]
fn a_log_in_outlives_its_daemon_and_a_log_out_does_too() {
    let (one, other, journal) = two();
    let (_, kept) = log_in(&one, VIEWER);
    let (_, ended) = log_in(&one, VIEWER);
    logs_out(&one, &ended);
    assert!(!reads(&one, &ended) && reads(&one, &kept));
    drop((one, other));
    let next = closed(&journal);
    assert!(reads(&next, &kept));
    assert!(!reads(&next, &ended));
}

#[test]
fn daemons_of_two_journals_do_not_know_each_others_visitors() {
    let (one, _, _) = two();
    let (other, _, _) = two();
    let (_, cookie) = log_in(&one, OPERATOR);
    assert!(!reads(&other, &cookie));
}

#[test]
fn a_token_that_is_taken_out_ends_its_requests_log_ins_and_streams_and_nobody_elses() {
    let (served, _, _) = two();
    let (_, gone) = log_in(&served, OPERATOR);
    let (_, kept) = log_in(&served, VIEWER);
    let bearer = format!("Bearer {OPERATOR}");
    let by_token = served.stream_as("/api/v1/stream", Some(("authorization", &bearer)));
    let by_cookie = served.stream_as("/api/v1/stream", Some(("cookie", &gone)));
    let mut others = served.stream_as("/api/v1/stream", Some(("cookie", &kept)));
    let viewer = TOKENS.lines().filter(|line| !line.contains("ops"));
    let viewer: Vec<&str> = viewer.collect();
    takes_over(&served, &format!("read: token\n{}\n", viewer.join("\n")));
    assert_eq!(served.get_as(OPERATOR, "/api/v1/fleet").status, 401);
    assert!(!reads(&served, &gone));
    assert!(by_token.comes_to_its_end() && by_cookie.comes_to_its_end());
    assert!(reads(&served, &kept));
    assert_eq!(
        served.get_as(VIEWER, "/api/v1/fleet").json()["readOnly"],
        true
    );
    served.show("checkout");
    assert_eq!(others.next_of("plan")["name"], "checkout");
}

#[test]
fn a_role_that_is_changed_counts_for_log_ins_that_go_on() {
    let (served, _, _) = two();
    let (_, cookie) = log_in(&served, VIEWER);
    assert_eq!(orders(&served, &cookie, &served), 403);
    let promoted = TOKENS.replace("eve, role: viewer", "eve, role: operator");
    takes_over(&served, &promoted);
    assert_eq!(orders(&served, &cookie, &served), 204);
}

#[test]
fn settings_that_cannot_be_used_take_nothing_from_anybody() {
    let (served, _, _) = two();
    let wrong: auth::Settings =
        serde_yaml::from_str("tokens: [{ name: x, role: viewer, file: /no/such/file }]").unwrap();
    let doorkeeper = served.serving.as_ref().unwrap().doorkeeper();
    assert!(doorkeeper.take_over(&wrong).is_err());
    assert_eq!(served.get_as(OPERATOR, "/api/v1/fleet").status, 200);
}

#[test]
fn where_reading_is_closed_streams_of_people_without_a_name_end() {
    let journal = Arc::new(Memory::new().unwrap());
    let served = serve_over(&journal, TOKENS);
    let open = served.stream("/api/v1/stream", None);
    takes_over(&served, &format!("read: token\n{TOKENS}"));
    assert!(open.comes_to_its_end());
}

#[test]
fn a_rotated_token_ends_what_was_begun_with_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, "the-first-token-of-all").unwrap();
    let text = format!(
        "read: token\ntokens: [{{ name: ops, role: operator, file: {} }}]",
        file.display()
    );
    let served = serve_over(&Arc::new(Memory::new().unwrap()), &text);
    let (_, cookie) = log_in(&served, "the-first-token-of-all");
    let stream = served.stream_as("/api/v1/stream", Some(("cookie", &cookie)));
    assert!(reads(&served, &cookie));
    fs::write(&file, "the-second-token-of-all").unwrap();
    takes_over(&served, &text);
    assert!(!reads(&served, &cookie));
    assert!(stream.comes_to_its_end());
    let (answer, _) = log_in(&served, "the-second-token-of-all");
    assert_eq!(answer.status, 303);
}
