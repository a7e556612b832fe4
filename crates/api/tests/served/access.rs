//! Who may do what.

use super::{
    served::{OPERATOR, Served, TOKENS, VIEWER, open, serve},
    sessions::{csrf_of, log_in},
};
use sixshift_api::Limits;

const ORDER: &str = r#"{"reason": "test"}"#;
const PAUSE: &str = "/api/v1/plans/checkout/pause";

fn closed() -> Served {
    serve(&format!("read: token\n{TOKENS}"), Limits::default())
}

#[test]
fn where_reading_is_open_everybody_reads_and_nobody_orders_without_a_token() {
    let served = open();
    for path in [
        "/api/v1/fleet",
        "/api/v1/plans",
        "/api/v1/events",
        "/metrics",
    ] {
        assert_eq!(served.get(path).status, 200, "{path}");
    }
    let json = [("content-type", "application/json")];
    assert_eq!(
        served.ask("POST", PAUSE, &json, ORDER).code(),
        "unauthorized"
    );
    assert_eq!(
        served
            .ask("PUT", "/log-level", &json, r#"{"filter":"debug"}"#)
            .status,
        401
    );
}

#[test]
fn where_reading_needs_a_token_only_health_and_the_document_are_open() {
    let served = closed();
    for path in [
        "/api/v1/fleet",
        "/api/v1/plans",
        "/api/v1/plans/checkout",
        "/api/v1/events",
        "/api/v1/stream",
        "/metrics",
    ] {
        let refused = served.get(path);
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (401, "unauthorized"),
            "{path}"
        );
        assert!(refused.headers["www-authenticate"].starts_with("Bearer"));
    }
    for path in ["/api/v1/fleet", "/metrics"] {
        assert_eq!(served.get_as(VIEWER, path).status, 200, "{path}");
    }
    for path in ["/healthz", "/readyz", "/api/v1/openapi.json"] {
        assert_ne!(served.get(path).status, 401, "{path}");
    }
}

#[test]
fn a_viewer_gives_no_orders_and_an_operator_does() {
    let served = open();
    let refused = served.post_as(VIEWER, PAUSE, ORDER);
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "forbidden")
    );
    // The fleet of this test takes no orders: that the daemon is asked at all is what counts here.
    let level = [
        ("authorization", &*format!("Bearer {OPERATOR}")),
        ("content-type", "application/json"),
    ];
    assert_eq!(
        served
            .ask("PUT", "/log-level", &level, r#"{"filter":"debug"}"#)
            .status,
        204
    );
    let wrong = served.ask("PUT", "/log-level", &level, r#"{"filter":"loud"}"#);
    assert_eq!((wrong.status, wrong.code().as_str()), (400, "badRequest"));
}

#[test]
fn a_token_that_is_not_known_is_refused_even_where_reading_is_open() {
    let served = open();
    assert_eq!(
        served
            .get_as("no-such-token-anywhere", "/api/v1/fleet")
            .status,
        401
    );
    let basic = [("authorization", "Basic b3BzOm9wcw==")];
    assert_eq!(served.ask("GET", "/api/v1/fleet", &basic, "").status, 401);
}

#[test]
fn a_daemon_without_an_operators_token_is_read_only_and_says_so() {
    let served = serve("{}", Limits::default());
    let fleet = served.get("/api/v1/fleet").json();
    assert_eq!(fleet["readOnly"], true);
    let why = fleet["commands"][0]["refused"].as_str().unwrap();
    assert!(why.contains("no operator token"), "{why}");
    assert_eq!(open().get("/api/v1/fleet").json()["readOnly"], false);
}

#[test]
fn a_session_orders_only_with_the_pages_token_and_from_the_page() {
    let served = open();
    let (answer, cookie) = log_in(&served, OPERATOR);
    assert_eq!(answer.status, 303);
    assert!(answer.headers["set-cookie"].contains("HttpOnly; SameSite=Strict"));
    let csrf = csrf_of(&served, &cookie);
    let put = |site: &str, csrf: &str| {
        let headers = [
            ("cookie", cookie.as_str()),
            ("content-type", "application/json"),
            ("sec-fetch-site", site),
            ("x-csrf-token", csrf),
        ];
        served
            .ask("PUT", "/log-level", &headers, r#"{"filter":"debug"}"#)
            .status
    };
    assert_eq!(put("same-origin", &csrf), 204);
    assert_eq!(put("same-origin", ""), 403);
    assert_eq!(put("same-origin", &"0".repeat(64)), 403);
    assert_eq!(put("cross-site", &csrf), 403);
    let form = [
        ("cookie", cookie.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let forged = served.ask("POST", "/fleet/freeze", &form, "reason=x&csrf=forged");
    assert_eq!(forged.status, 403);
}

#[test]
fn the_end_of_a_session_ends_its_rights() {
    let served = closed();
    let (_, cookie) = log_in(&served, VIEWER);
    let get = || {
        served
            .ask("GET", "/api/v1/fleet", &[("cookie", &cookie)], "")
            .status
    };
    assert_eq!(get(), 200);
    let csrf = csrf_of(&served, &cookie);
    let form = [
        ("cookie", cookie.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(
        served
            .ask("POST", "/logout", &form, &format!("csrf={csrf}"))
            .status,
        303
    );
    assert_eq!(get(), 401);
}

#[test]
fn pages_lead_to_the_log_in_where_reading_needs_a_token() {
    let served = closed();
    let page = served.get("/plans/checkout");
    assert_eq!(
        (page.status, page.headers["location"].as_str()),
        (303, "/login?next=/plans/checkout")
    );
    assert_eq!(served.get("/login").status, 200);
}

#[test]
fn who_guesses_tokens_is_stopped() {
    let limits = Limits {
        wrong_tokens_a_minute: 3,
        ..Limits::default()
    };
    let served = serve(TOKENS, limits);
    let statuses: Vec<u16> = (0..5)
        .map(|_| served.get_as("a-guess-at-a-token", "/api/v1/fleet").status)
        .collect();
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
    // Without a token nothing is guessed.
    assert_eq!(served.get("/api/v1/fleet").status, 200);
    assert_eq!(log_in(&served, "another-guess").0.status, 429);
}

#[test]
fn who_guesses_tokens_does_not_lock_out_the_right_one_behind_the_same_address() {
    let limits = Limits {
        wrong_tokens_a_minute: 1,
        ..Limits::default()
    };
    let served = serve(TOKENS, limits);
    for _ in 0..20 {
        served.get_as("a-guess-at-a-token", "/api/v1/fleet");
    }
    assert_eq!(served.get_as(OPERATOR, "/api/v1/fleet").status, 200);
    assert_eq!(log_in(&served, OPERATOR).0.status, 303);
}

#[test]
fn every_answer_protects_the_browser_that_gets_it() {
    let served = open();
    for path in ["/", "/api/v1/fleet", "/nowhere", "/api/v1/plans/nope"] {
        let headers = served.get(path).headers;
        let policy = &headers["content-security-policy"];
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert!(headers.contains_key("referrer-policy"), "{path}");
    }
}
