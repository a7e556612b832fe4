//! Orders to a fleet that runs.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{
    fleet::{Running, until_it_waits},
    served::{Answer, OPERATOR, VIEWER},
};

fn order(running: &Running, verb: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/plans/{}/{verb}", running.plan);
    running.served.post_as(OPERATOR, &path, &body.to_string())
}

fn plan(running: &Running) -> Value {
    running
        .served
        .get(&format!("/api/v1/plans/{}", running.plan))
        .json()
}

fn offers(plan: &Value) -> Vec<String> {
    let offers = plan["commands"].as_array().unwrap().iter();
    let taken = offers.filter(|o| o["refused"].is_null());
    taken
        .map(|o| o["verb"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_approval_moves_the_plan_and_is_in_its_history() {
    let running = until_it_waits("healthy");
    let waiting = plan(&running);
    assert_eq!(waiting["summary"]["waitingOn"], "Approval");
    assert_eq!(waiting["gate"], "step:2");
    assert_eq!(offers(&waiting), ["approve", "promote", "pause", "abort"]);

    let wrong = order(
        &running,
        "approve",
        &json!({"reason": "x", "gate": "step:1"}),
    );
    assert_eq!((wrong.status, wrong.code().as_str()), (409, "refused"));
    let old = order(
        &running,
        "approve",
        &json!({"reason": "x", "revision": "000000000000"}),
    );
    assert_eq!((old.status, old.code().as_str()), (409, "refused"));

    let revision = &waiting["summary"]["revision"];
    let body =
        json!({"reason": "looks good", "gate": "step:2", "revision": revision, "actor": "ann"});
    let accepted = order(&running, "approve", &body);
    assert_eq!(accepted.status, 200, "{accepted:?}");
    let seq = accepted.json()["event"].as_u64().unwrap();

    let path = format!(
        "/api/v1/plans/{}/events?limit=500&after={}",
        running.plan,
        seq - 1
    );
    let events = running.served.get(&path).json();
    let event = &events["items"][0];
    assert_eq!(
        (&event["seq"], &event["kind"]),
        (&json!(seq), &json!("command"))
    );
    assert_eq!(
        (&event["actor"], &event["reason"]),
        (&json!("ops (ann)"), &json!("looks good"))
    );

    let begun = Instant::now();
    while plan(&running)["summary"]["shares"]["observed"] != json!(100.0) {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{}",
            plan(&running)["summary"]
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_cannot_be_done_now_is_refused_with_the_reason_that_was_offered() {
    let running = until_it_waits("healthy");
    let before = plan(&running);
    for offer in before["commands"].as_array().unwrap() {
        let Some(why) = offer["refused"].as_str() else {
            continue;
        };
        let answer = order(
            &running,
            offer["verb"].as_str().unwrap(),
            &match offer["verb"].as_str() {
                Some("promote") => json!({"reason": "x", "to": "100%"}),
                _ => json!({"reason": "x"}),
            },
        );
        assert_eq!((answer.status, answer.code().as_str()), (409, "refused"));
        assert!(answer.body.contains(why), "{} lacks {why}", answer.body);
    }
    let paused = order(&running, "pause", &json!({"reason": "lunch"}));
    assert_eq!(paused.status, 200, "{paused:?}");
    let stands = &plan(&running)["orders"][0];
    assert_eq!(
        (&stands["what"], &stands["by"], &stands["reason"]),
        (&json!("pause"), &json!("ops"), &json!("lunch"))
    );
    let nobody =
        running
            .served
            .post_as(OPERATOR, "/api/v1/plans/nobody/pause", r#"{"reason":"x"}"#);
    assert_eq!((nobody.status, nobody.code().as_str()), (404, "notFound"));
}

#[test]
fn a_promotion_goes_to_its_share_and_stands_among_the_orders() {
    let running = until_it_waits("healthy");
    for (body, status, code) in [
        (json!({"reason": "x"}), 409, "refused"),
        (json!({"reason": "x", "to": "half"}), 400, "badRequest"),
        (json!({"reason": "x", "to": "33.33%"}), 400, "badRequest"),
        (json!({"reason": "x", "to": "5%"}), 409, "refused"),
    ] {
        let answer = order(&running, "promote", &body);
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
    }
    let paused = order(&running, "pause", &json!({"reason": "x", "to": "50%"}));
    assert_eq!((paused.status, paused.code().as_str()), (409, "refused"));
    let accepted = order(&running, "promote", &json!({"reason": "seen", "to": "60%"}));
    assert_eq!(accepted.status, 200, "{accepted:?}");
    let stands = plan(&running)["orders"].as_array().unwrap().clone();
    let stands = stands.iter().find(|o| o["what"] == "promote to 60 %");
    assert_eq!(stands.unwrap()["reason"], "seen");
    let begun = Instant::now();
    while plan(&running)["summary"]["shares"]["observed"] != json!(60.0) {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "{}",
            plan(&running)["summary"]
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_fleet_is_frozen_and_thawed_and_says_why() {
    let running = until_it_waits("healthy");
    let tell = |verb: &str| {
        running.served.post_as(
            OPERATOR,
            &format!("/api/v1/fleet/{verb}"),
            r#"{"reason":"incident 42"}"#,
        )
    };
    assert_eq!(tell("freeze").status, 200);
    let fleet = running.served.get("/api/v1/fleet").json();
    assert!(
        fleet["frozen"].as_str().unwrap().contains("incident 42"),
        "{fleet}"
    );
    assert_eq!(tell("freeze").status, 409);
    assert_eq!(tell("unfreeze").status, 200);
    assert_eq!(
        running.served.get("/api/v1/fleet").json()["frozen"],
        Value::Null
    );
}

#[test]
fn history_is_read_page_by_page_in_both_directions() {
    let running = until_it_waits("healthy");
    let page = |query: &str| {
        let page = running
            .served
            .get(&format!("/api/v1/events?{query}"))
            .json();
        let seqs: Vec<u64> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["seq"].as_u64().unwrap())
            .collect();
        (seqs, page["next"].as_u64())
    };
    let mut forward = Vec::new();
    let mut after = 0;
    loop {
        let (seqs, next) = page(&format!("after={after}&limit=7"));
        forward.extend(seqs);
        match next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert!(forward.len() > 14 && forward.is_sorted(), "{forward:?}");
    let (newest, next) = page("limit=7");
    assert_eq!(newest.first(), forward.last());
    let (older, _) = page(&format!("limit=7&before={}", next.unwrap()));
    assert_eq!(older[0] + 1, newest[6]);
}

#[test]
fn a_look_now_is_an_operators_and_answers_plan_by_plan() {
    let running = until_it_waits("healthy");
    let path = "/api/v1/reconcile";
    let look = |body: &Value| running.served.post_as(OPERATOR, path, &body.to_string());
    for body in [json!({}), json!({ "plans": [running.plan] })] {
        let told = look(&body).json();
        assert_eq!(told["items"][0]["plan"], json!(running.plan));
        assert_eq!(told["items"][0]["sentence"], "it is looked at now");
    }
    let unknown = look(&json!({ "plans": [running.plan, "chekout"] }));
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "notFound"));
    assert_eq!(look(&json!({ "plan": "checkout" })).status, 422);
    let viewer = running.served.post_as(VIEWER, path, "{}");
    assert_eq!(viewer.status, 403);
}
