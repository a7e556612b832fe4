//! What is refused, and how.

use super::served::{OPERATOR, TOKENS, open, serve};
use jiff::Timestamp;
use sixshift_api::{Limits, bind};
use sixshift_controller::Unwritten;

#[test]
fn every_refusal_is_a_problem_with_a_remedy() {
    let served = open();
    served.show("checkout");
    let order = "/api/v1/plans/checkout/pause";
    let bearer = format!("Bearer {OPERATOR}");
    let ask = |method: &str, path: &str, kind: &str, body: &str| {
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        let answer = served.ask(method, path, &headers, body);
        (answer.status, answer.code())
    };
    let json = "application/json";
    let refused = |status, code: &str| (status, code.to_owned());
    assert_eq!(ask("GET", "/nowhere", json, ""), refused(404, "notFound"));
    assert_eq!(
        ask("GET", "/api/v1/plans/nope", json, ""),
        refused(404, "notFound")
    );
    assert_eq!(
        ask("GET", "/api/v1/plans/NOPE%00", json, ""),
        refused(404, "notFound")
    );
    assert_eq!(
        ask("GET", "/api/v1/plans/%FF", json, ""),
        refused(400, "badRequest")
    );
    assert_eq!(
        ask("GET", "/api/v1/events?limit=0", json, ""),
        refused(400, "badRequest")
    );
    assert_eq!(
        ask("GET", "/api/v1/events?limit=501", json, ""),
        refused(400, "badRequest")
    );
    assert_eq!(
        ask("GET", "/api/v1/events?after=x", json, ""),
        refused(400, "badRequest")
    );
    assert_eq!(
        ask("GET", "/api/v1/plans?label=x", json, ""),
        refused(400, "badRequest")
    );
    assert_eq!(
        ask("DELETE", "/api/v1/fleet", json, ""),
        refused(405, "methodNotAllowed")
    );
    assert_eq!(
        ask(
            "POST",
            "/api/v1/plans/checkout/dance",
            json,
            r#"{"reason":"x"}"#
        ),
        refused(404, "notFound")
    );
    assert_eq!(
        ask(
            "POST",
            "/api/v1/plans/checkout/freeze",
            json,
            r#"{"reason":"x"}"#
        ),
        refused(404, "notFound")
    );
    assert_eq!(
        ask("POST", order, "text/plain", "x"),
        refused(415, "unsupportedMediaType")
    );
    assert_eq!(ask("POST", order, json, "{"), refused(400, "badRequest"));
    assert_eq!(ask("POST", order, json, "{}"), refused(422, "badRequest"));
    assert_eq!(
        ask("POST", order, json, r#"{"reason":"x","why":"y"}"#),
        refused(422, "badRequest")
    );
    assert_eq!(
        ask("POST", order, json, r#"{"reason":"  "}"#),
        refused(400, "badRequest")
    );
    let long = format!(r#"{{"reason":"{}"}}"#, "x".repeat(70_000));
    assert_eq!(ask("POST", order, json, &long), refused(413, "tooLarge"));
}

#[test]
fn a_method_that_is_not_known_is_told_which_are() {
    let served = open();
    assert_eq!(
        served.ask("DELETE", "/api/v1/fleet", &[], "").headers["allow"],
        "GET,HEAD"
    );
    assert_eq!(served.ask("HEAD", "/api/v1/fleet", &[], "").status, 200);
}

#[test]
fn an_address_that_orders_too_often_waits() {
    let limits = Limits {
        orders_a_minute: 2,
        ..Limits::default()
    };
    let served = serve(TOKENS, limits);
    let order = || served.post_as(OPERATOR, "/api/v1/plans/checkout/pause", "{}");
    let statuses = [order(), order(), order()].map(|answer| answer.status);
    assert_eq!(statuses, [422, 422, 429]);
    // Two a minute: there is room again in 30 s.
    assert_eq!(order().headers["retry-after"], "30");
}

#[test]
fn a_push_notice_is_believed_only_with_its_signature() {
    let served = open();
    let hook = |headers: &[(&str, &str)]| served.ask("POST", "/hooks/git", headers, "{}").status;
    assert_eq!(hook(&[]), 401);
    assert_eq!(hook(&[("x-gitlab-token", "wrong")]), 401);
    assert_eq!(hook(&[("x-gitlab-token", "hush")]), 202);
    let hinted = async { served.board.source_hinted().await };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let within = std::time::Duration::from_secs(5);
    runtime
        .block_on(async { tokio::time::timeout(within, hinted).await })
        .expect("the hint");
}

#[test]
fn the_daemon_is_healthy_while_its_loop_turns_and_ready_after_the_first_look() {
    let served = open();
    assert_eq!(served.get("/healthz").status, 200);
    assert_eq!(served.get("/readyz").status, 200);
    let mut fleet = (*served.board.fleet()).clone();
    fleet.first_look = true;
    served.board.show_fleet(fleet.clone());
    assert_eq!(served.get("/readyz").code(), "unavailable");
    fleet.first_look = false;
    fleet.unwritten = Some(Unwritten {
        why: "No space left on device".to_owned(),
        since: Timestamp::UNIX_EPOCH,
    });
    served.board.show_fleet(fleet.clone());
    // A restart would forget what waits to be written.
    let ready = served.get("/readyz");
    let said =
        "ok, but nothing goes forward: the journal cannot be written: No space left on device\n";
    assert_eq!((ready.status, ready.body.as_str()), (200, said));
    assert_eq!(served.get("/healthz").status, 200);
    let told = served.get("/api/v1/fleet").json();
    assert_eq!(told["unwritten"]["why"], "No space left on device");
    let page = served.get("/").body;
    assert!(page.contains("The journal cannot be written."), "{page}");
    assert!(page.contains("No space left on device"), "{page}");
    fleet.ending = true;
    served.board.show_fleet(fleet);
    assert_eq!(served.get("/readyz").status, 503);
    assert_eq!(served.get("/healthz").status, 200);
}

#[test]
fn an_address_that_this_machine_does_not_have_is_passed_over() {
    let there = "127.0.0.1:0".parse().unwrap();
    // TEST-NET-1: nobody has it.
    let not_there = "192.0.2.1:0".parse().unwrap();
    assert_eq!(bind(&[not_there, there]).unwrap().len(), 1);
    let error = bind(&[not_there]).unwrap_err().to_string();
    assert!(error.contains("192.0.2.1"), "{error}");
    let taken = bind(&[there]).unwrap();
    let again = taken[0].local_addr().unwrap();
    assert!(
        bind(&[again])
            .unwrap_err()
            .to_string()
            .contains("another daemon")
    );
}
