//! The document says all that there is.

use std::collections::BTreeSet;

use sixshift_api::model::{HEALTHS, KINDS, PHASES, WINDOWS};

use super::served::open;

#[test]
fn every_route_is_in_the_document_with_all_that_a_reader_needs() {
    let document = open().get("/api/v1/openapi.json").json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut there = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            there.insert(format!("{} {path}", method.to_uppercase()));
            for part in ["summary", "description", "operationId"] {
                assert!(
                    operation[part].as_str().is_some_and(|t| !t.is_empty()),
                    "{path}: {part}"
                );
            }
            assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{path}");
            assert!(ids.insert(operation["operationId"].to_string()), "{path}");
            refusals_are_problems(path, operation);
        }
    }
    let wanted = [
        "GET /api/v1/events",
        "GET /api/v1/fleet",
        "GET /api/v1/openapi.json",
        "GET /api/v1/plans",
        "GET /api/v1/plans/{name}",
        "GET /api/v1/plans/{name}/events",
        "GET /api/v1/plans/{name}/foresight",
        "GET /api/v1/plans/{name}/handover",
        "GET /api/v1/stream",
        "GET /healthz",
        "GET /metrics",
        "GET /readyz",
        "POST /api/v1/fleet/{verb}",
        "POST /api/v1/plans/{name}/{verb}",
        "POST /api/v1/reconcile",
        "POST /hooks/git",
        "PUT /log-level",
    ];
    assert_eq!(there, wanted.map(str::to_owned).into());
}

#[test]
fn the_document_has_every_phase_and_health_that_a_filter_may_ask_for() {
    let document = open().get("/api/v1/openapi.json").json();
    let parameters = document["paths"]["/api/v1/plans"]["get"]["parameters"].clone();
    let pattern = |name: &str| {
        let all = parameters.as_array().unwrap();
        let one = all.iter().find(|p| p["name"] == name).unwrap();
        one["schema"]["pattern"].clone()
    };
    let any_of = |words: &[&str]| format!("^({})$", words.join("|"));
    assert_eq!(pattern("phase"), any_of(&PHASES));
    assert_eq!(pattern("health"), any_of(&HEALTHS));
}

#[test]
fn the_document_has_every_kind_of_event_and_every_window_that_can_be_asked_for() {
    let document = open().get("/api/v1/openapi.json").json();
    let pattern = |path: &str, name: &str| {
        let parameters = document["paths"][path]["get"]["parameters"].clone();
        let all = parameters.as_array().unwrap();
        let one = all.iter().find(|p| p["name"] == name);
        one.unwrap_or_else(|| panic!("{path}: {name}"))["schema"]["pattern"].clone()
    };
    let kind = format!("({})", KINDS.join("|"));
    for path in ["/api/v1/events", "/api/v1/plans/{name}/events"] {
        assert_eq!(pattern(path, "kind"), format!("^{kind}(,{kind})*$"));
    }
    let windows = format!("^({})$", WINDOWS.join("|"));
    assert_eq!(pattern("/api/v1/plans/{name}", "window"), windows);
}

fn refusals_are_problems(path: &str, operation: &serde_json::Value) {
    for (status, response) in operation["responses"].as_object().unwrap() {
        if status.starts_with(['4', '5']) {
            let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{path} {status}");
        }
    }
}

#[test]
fn every_route_of_the_document_is_there() {
    let served = open();
    let document = served.get("/api/v1/openapi.json").json();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let real = path
            .replace("{name}", "checkout")
            .replace("{verb}", "pause");
        for method in methods.as_object().unwrap().keys() {
            if path.ends_with("stream") {
                served.stream(&real, None);
                continue;
            }
            let answer = served.ask(&method.to_uppercase(), &real, &[], "");
            let gone = answer.status == 404 && answer.body.contains("nothing at");
            assert!(!gone && answer.status != 405, "{method} {path}: {answer:?}");
        }
    }
}
