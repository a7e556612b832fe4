//! The history as pages of the API and of the dashboard, narrowed to what somebody asks for.

use jiff::Timestamp;
use serde_json::Value;
use sixshift_controller::event::{Event, EventKind};

use super::served::{Served, open};

/// Appends events of two plans and of the fleet, without a fleet.
fn with_history(each: usize) -> Served {
    let served = open();
    served.show("checkout");
    served.show("search");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    for i in 0..each {
        for (plan, kind) in [
            (Some("checkout"), EventKind::Acted),
            (Some("checkout"), EventKind::Verdict),
            (Some("search"), EventKind::Waiting),
            (None, EventKind::Daemon),
        ] {
            let mut event = Event::new(Timestamp::UNIX_EPOCH, kind, format!("{kind:?} {i}"));
            event.plan = plan.map(str::to_owned);
            runtime.block_on(served.records.append(event)).unwrap();
        }
    }
    let mut order = Event::new(Timestamp::UNIX_EPOCH, EventKind::Command, "pause");
    order.plan = Some("search".to_owned());
    order.actor = Some("maria".to_owned());
    runtime.block_on(served.records.append(order)).unwrap();
    served
}

fn items(served: &Served, path: &str) -> Vec<Value> {
    let page = served.get(path).json();
    page["items"]
        .as_array()
        .unwrap_or_else(|| panic!("{path}: {page}"))
        .clone()
}

#[test]
fn events_are_narrowed_to_a_plan_and_to_kinds() {
    let served = with_history(3);
    let count = |query: &str| items(&served, &format!("/api/v1{query}")).len();
    assert_eq!(count("/events"), 13);
    assert_eq!(count("/events?plan=checkout"), 6);
    assert_eq!(count("/events?kind=command"), 1);
    assert_eq!(count("/events?kind=acted,daemon"), 6);
    assert_eq!(count("/events?plan=search&kind=waiting,command"), 4);
    assert_eq!(count("/plans/checkout/events?kind=verdict"), 3);
    assert_eq!(count("/events?plan=checkout&kind=daemon"), 0);
}

#[test]
fn a_narrow_page_leads_on_through_the_whole_history() {
    let served = with_history(300);
    let mut path = "/api/v1/plans/checkout/events?kind=acted&limit=100".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = served.get(&path).json();
        let items = page["items"].as_array().unwrap().clone();
        seen.extend(items.iter().map(|e| e["text"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_u64() else {
            break;
        };
        path = format!("/api/v1/plans/checkout/events?kind=acted&limit=100&before={next}");
    }
    let all: Vec<String> = (0..300).rev().map(|i| format!("Acted {i}")).collect();
    assert_eq!(seen, all);
    // The other way round, too.
    let oldest = items(&served, "/api/v1/events?kind=acted&after=0&limit=2");
    assert_eq!(oldest[1]["text"], "Acted 1");
}

#[test]
fn one_kind_among_very_many_costs_no_more_than_a_bounded_look_and_leads_on() {
    let served = with_history(1_300);
    let page = served.get("/api/v1/events?kind=finding").json();
    assert_eq!(page["items"].as_array().unwrap().len(), 0);
    let next = page["next"].as_u64().expect("older events to look at");
    let rest = served.get(&format!("/api/v1/events?kind=finding&before={next}"));
    assert_eq!(rest.json().get("next"), None);
    let shown = served.get("/events?kind=finding").body;
    assert!(shown.contains("No such event among the newest."), "{shown}");
    assert!(shown.contains("Older events"), "{shown}");
}

#[test]
fn a_kind_or_plan_that_there_is_not_is_refused_instead_of_showing_everything() {
    let served = with_history(1);
    for query in ["kind=orders", "kind=acted,", "knd=acted"] {
        let api = served.get(&format!("/api/v1/events?{query}"));
        assert_eq!((api.status, api.code().as_str()), (400, "badRequest"));
        let page = served.get(&format!("/events?{query}"));
        assert_eq!(page.status, 400, "{query}: {page:?}");
        assert!(page.body.contains("<h1>"), "a page says why: {page:?}");
    }
    // As wherever the API is asked for a plan that there is not.
    for plan in ["nobody", "no%20name"] {
        let api = served.get(&format!("/api/v1/events?plan={plan}"));
        assert_eq!((api.status, api.code().as_str()), (404, "notFound"));
        assert_eq!(served.get(&format!("/events?plan={plan}")).status, 400);
    }
    for query in ["kind=orders", "plan=search"] {
        let of_one = served.get(&format!("/plans/checkout/events?{query}"));
        assert_eq!(of_one.status, 400, "{query}");
    }
}

#[test]
fn the_page_narrows_as_the_api_does_and_offers_what_there_is() {
    let served = with_history(2);
    let listed = |path: &str| served.get(path).body.matches("<li id=\"event-").count();
    assert_eq!(listed("/events"), 9);
    assert_eq!(listed("/events?plan=&kind="), 9, "as the form sends it");
    assert_eq!(listed("/events?plan=checkout&kind=acted"), 2);
    assert_eq!(listed("/plans/search/events?kind=command"), 1);
    let page = served.get("/events?kind=command").body;
    for plan in ["checkout", "search"] {
        assert!(
            page.contains(&format!("<option value=\"{plan}\">")),
            "{page}"
        );
    }
    assert!(
        page.contains("<option value=\"command\" selected>"),
        "{page}"
    );
}

#[test]
fn a_plan_that_is_gone_can_still_be_asked_for_its_history() {
    let served = with_history(1);
    served.board.remove_plan("search");
    assert_eq!(items(&served, "/api/v1/events?plan=search").len(), 2);
    let page = served.get("/events?plan=search");
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("<option value=\"search\" selected>"));
}
