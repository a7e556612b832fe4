//! What a plan's history adds to its picture: the rollback with the figures of that time, and the marks of the chart.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sixshift_api::Limits;
use sixshift_controller::{Board, Metrics, PlanView};

use super::{
    fleet::{Running, baking_for, until_it_waits},
    served::{OPERATOR, TOKENS, before, open},
};

fn plan(running: &Running, query: &str) -> Value {
    let path = format!("/api/v1/plans/{}{query}", running.plan);
    running.served.get(&path).json()
}

fn page(running: &Running) -> String {
    running.served.get(&format!("/plans/{}", running.plan)).body
}

fn texts(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list").iter();
    list.filter_map(Value::as_str).collect()
}

#[test]
fn a_rollback_keeps_what_was_judged_bad_with_its_figures_its_step_and_its_moment() {
    let running = until_it_waits("breaks-above-25");
    let plan = plan(&running, "");
    let back = &plan["rolledBack"];
    assert_eq!(back["revision"], plan["summary"]["revision"]);
    assert_eq!((&back["step"], &back["share"]), (&2.into(), &50.0.into()));
    assert_eq!(back["ordered"], false);
    let evidence = texts(&back["evidence"]);
    let errors = evidence
        .iter()
        .find(|line| line.starts_with("errors on IPv6 are "))
        .unwrap_or_else(|| panic!("{evidence:?}"));
    assert!(errors.ends_with("over 1 %"), "{errors}");
    // The moment is that of the event that tells of it.
    let event = back["event"].as_u64().unwrap();
    let told = running.served.get("/api/v1/events?limit=500").json();
    let told = told["items"].as_array().unwrap();
    let told = told.iter().find(|e| e["seq"] == event).unwrap();
    assert_eq!(told["at"], back["at"]);
    assert_eq!(told["evidence"], back["evidence"]);
    let page = page(&running);
    for said in [
        errors,
        "failed: judged bad here",
        "at step 2 of 3, with 50 % on IPv6",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[test]
fn without_its_history_a_rollback_tells_what_aws_has_noted_and_makes_up_no_figure() {
    let running = until_it_waits("breaks-above-25");
    let view = running.served.board.plan(&running.plan).unwrap();
    // Another daemon, whose journal is new.
    let served = open();
    served.board.show_plan(PlanView::clone(&view));
    let path = format!("/api/v1/plans/{}", running.plan);
    let plan = served.get(&path).json();
    let back = &plan["rolledBack"];
    assert!(
        back["reason"].as_str().unwrap().starts_with("errors on"),
        "{back}"
    );
    assert!(back["at"].is_string());
    for unknown in ["step", "share", "event"] {
        assert_eq!(back[unknown], Value::Null, "{unknown}");
    }
    assert_eq!(texts(&back["evidence"]), Vec::<&str>::new());
    assert!(
        plan["steps"]
            .as_array()
            .unwrap()
            .iter()
            .all(|s| s["state"] == "ahead"),
        "{plan}"
    );
    let page = served.get(&format!("/plans/{}", running.plan)).body;
    assert!(page.contains("does not reach back to that"), "{page}");
}

#[test]
fn the_figures_of_a_rollback_outlive_the_process_that_saw_them() {
    let running = until_it_waits("breaks-above-25");
    let view = running.served.board.plan(&running.plan).unwrap();
    // Another process over the same journal, which has looked at AWS once.
    let (board, _orders) = Board::new(Metrics::new());
    let records = running.served.records.clone();
    let next = before(board, records, TOKENS, Limits::default());
    next.board.show_plan(PlanView::clone(&view));
    let path = format!("/api/v1/plans/{}", running.plan);
    let (old, new) = (plan(&running, ""), next.get(&path).json());
    assert_ne!(new["rolledBack"]["event"], Value::Null);
    assert_eq!(new["rolledBack"], old["rolledBack"]);
}

#[test]
fn what_a_person_took_back_has_not_failed() {
    let running = until_it_waits("healthy");
    let path = format!("/api/v1/plans/{}/abort", running.plan);
    let order = r#"{ "reason": "the night shift is alone" }"#;
    let answer = running.served.post_as(OPERATOR, &path, order);
    assert_eq!(answer.status, 200, "{answer:?}");
    let back = until(|| {
        let plan = plan(&running, "");
        (plan["summary"]["phase"] == "RolledBack" && plan["rolledBack"]["reason"].is_string())
            .then_some(plan)
    });
    assert_eq!(back["rolledBack"]["ordered"], true, "{back}");
    let states: Vec<&Value> = back["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["state"])
        .collect();
    assert_eq!(states, ["past", "aborted", "ahead"]);
    let orders = marks(&back, "order");
    assert_eq!(orders.len(), 1, "{orders:?}");
    assert_eq!(orders[0]["reason"], "the night shift is alone");
    let page = page(&running);
    assert!(page.contains("Taken back by order"), "{page}");
    assert!(!page.contains("judged bad"), "{page}");
}

fn until<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(answer) = ask() {
            return answer;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("not within 30 s");
}

fn marks(plan: &Value, kind: &str) -> Vec<Value> {
    let all = plan["chart"]["marks"].as_array().cloned();
    let all = all.unwrap_or_default().into_iter();
    all.filter(|m| m["kind"] == kind).collect()
}

#[test]
fn steps_and_the_rollback_are_marks_within_the_time_that_the_chart_shows() {
    let running = until_it_waits("breaks-above-25");
    let plan = plan(&running, "");
    let steps = marks(&plan, "step");
    let texts: Vec<&str> = steps.iter().filter_map(|m| m["text"].as_str()).collect();
    assert!(
        texts.iter().any(|t| t.starts_with("raise IPv6 to 10 %"))
            && texts.iter().any(|t| t.starts_with("raise IPv6 to 50 %"))
            && texts
                .iter()
                .any(|t| t.starts_with("return traffic to IPv4")),
        "{texts:?}"
    );
    assert_eq!(marks(&plan, "rollback").len(), 1);
    let page = page(&running);
    let listed = page.matches("class=\"mark-line").count();
    assert!(listed > 0, "{page}");
    for kind in ["step", "rollback"] {
        assert!(page.contains(&format!("class=\"mark-line {kind}\"")));
    }
    assert!(page.contains("Steps and orders in this time"), "{page}");
}

#[test]
fn a_chart_shows_the_window_that_was_asked_for_and_no_other() {
    let running = until_it_waits("healthy");
    let minutes = |query: &str| {
        let chart = plan(&running, query)["chart"].clone();
        let shown = chart["share"].as_array().unwrap().len();
        let start: Timestamp = chart["start"].as_str().unwrap().parse().unwrap();
        (shown, start)
    };
    let ((half, late), (whole, early)) = (minutes("?window=30m"), minutes("?window=1h"));
    assert_eq!((half, whole), (30, 60));
    assert!(late - SignedDuration::from_mins(29) >= early);
    let path = format!("/plans/{}", running.plan);
    for query in ["window=2h", "window=", "windows=1h"] {
        let api = running.served.get(&format!("/api/v1{path}?{query}"));
        assert_eq!((api.status, api.code().as_str()), (400, "badRequest"));
        let page = running.served.get(&format!("{path}?{query}"));
        assert_eq!(page.status, 400, "{query}");
        assert!(page.body.contains("<h1>"), "a page says why: {page:?}");
    }
    let page = running.served.get(&format!("{path}?window=30m"));
    assert!(
        page.body
            .contains("window=30m#chart\" aria-current=\"true\""),
        "{page:?}"
    );
}

#[test]
fn a_day_is_shown_of_the_points_by_which_a_long_bake_is_judged() {
    let running = baking_for("1d", "healthy");
    let chart = || plan(&running, "?window=1d")["chart"].clone();
    let of_minutes = chart();
    assert_eq!(of_minutes["periodSeconds"], 60);
    assert!(!texts(&of_minutes["windows"]).contains(&"1d"));

    let approval = json!({ "reason": "looks good" }).to_string();
    let path = format!("/api/v1/plans/{}/approve", running.plan);
    let approved = running.served.post_as(OPERATOR, &path, &approval);
    assert_eq!(approved.status, 200, "{approved:?}");
    // Hours of the bake pass in a second each.
    let patience = Instant::now() + Duration::from_secs(90);
    let shown = loop {
        let chart = chart();
        let share = chart["share"].as_array().unwrap().clone();
        if chart["periodSeconds"] == 300 && share.iter().filter(|s| **s == 100.0).count() > 60 {
            break chart;
        }
        assert!(Instant::now() < patience, "{chart}");
        std::thread::sleep(Duration::from_millis(200));
    };
    assert!(texts(&shown["windows"]).contains(&"1d"));
    let points = shown["share"].as_array().unwrap().len();
    assert!(points <= 288, "{points} of five minutes");
    let start: Timestamp = shown["start"].as_str().unwrap().parse().unwrap();
    let status = plan(&running, "");
    let now: Timestamp = status["summary"]["at"].as_str().unwrap().parse().unwrap();
    assert!(now.duration_since(start) <= SignedDuration::from_hours(25));
    let incomplete = shown["incomplete"].as_u64().unwrap();
    assert!(incomplete <= 2, "{incomplete} of five minutes");
    let page = running
        .served
        .get(&format!("/plans/{}?window=1d", running.plan));
    assert!(
        page.body
            .contains("window=1d#chart\" aria-current=\"true\""),
        "{page:?}"
    );
}
