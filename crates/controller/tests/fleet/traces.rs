//! Rounds as traces: a collector over HTTP hears of each round and of each call that was made for it, and one that does not
//! answer holds up nobody.

use std::{collections::BTreeSet, thread, time::Duration};

use serde_json::Value;
use sixshift_controller::{
    Fleet, Metrics,
    traces::{Settings, Traces},
};
use sixshift_sim::faults::{Fault, Wrong};

use crate::{
    listener::Listener,
    notify::started,
    world::{World, memory},
};

/// As long as the end may take.
const END: Duration = Duration::from_secs(5);

/// What brings spans to a listener.
fn following(world: &World, to: &Listener, metrics: &Metrics) -> Traces {
    let (base, _) = to.url.split_once("/hook").unwrap();
    let yaml = format!(
        "{{ endpoint: '{base}', headers: [{{ name: x-api-key, value: between us }}], timeout: 1s,
            attributes: {{ deployment.environment.name: prod }} }}"
    );
    let settings: Settings = serde_yaml::from_str(&yaml).unwrap();
    assert_eq!(settings.mistakes(), []);
    let target = settings.target().unwrap();
    Traces::start(target, world.clock.clone(), metrics.clone()).unwrap()
}

/// A daemon whose rounds are followed.
async fn followed(world: &World, traces: &Traces) -> Fleet {
    let (fleet, _) = started(world, &memory()).await;
    fleet.follows(traces.clone());
    fleet
}

/// Every span that the listener accepted.
fn spans(of: &Listener) -> Vec<Value> {
    let mut all = Vec::new();
    for request in of.accepted() {
        assert_eq!(request.head[0], "POST /v1/traces HTTP/1.1");
        assert_eq!(request.header("content-type").unwrap(), "application/json");
        assert_eq!(request.header("x-api-key").unwrap(), "between us");
        let body = request.json();
        let resource = &body["resourceSpans"][0];
        let about = |key: &str| attribute(&resource["resource"], key).unwrap();
        assert_eq!(about("service.name"), "sixshift");
        assert_eq!(about("deployment.environment.name"), "prod");
        let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
        all.extend(spans.iter().cloned());
    }
    all
}

fn attribute(of: &Value, key: &str) -> Option<String> {
    let mut attributes = of["attributes"].as_array()?.iter();
    let found = attributes.find(|attribute| attribute["key"] == key)?;
    Some(found["value"]["stringValue"].as_str()?.to_owned())
}

fn counted(metrics: &Metrics, result: &str) -> u64 {
    let page = metrics.render(jiff::Timestamp::now(), None);
    let begins = format!("sixshift_trace_spans_total{{result=\"{result}\"}} ");
    let line = page.lines().find_map(|line| line.strip_prefix(&begins));
    line.map_or(0, |count| count.parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn each_round_is_a_trace_with_the_calls_that_were_made_for_it() {
    let (world, collector, metrics) = (World::new(1), Listener::new(), Metrics::new());
    let traces = following(&world, &collector, &metrics);
    let fleet = followed(&world, &traces).await;
    world.minutes(&fleet, 30).await;
    let made = fleet.statuses().len();
    assert_eq!(made, 1);
    traces.close(END);

    let spans = spans(&collector);
    assert_eq!(counted(&metrics, "sent"), spans.len() as u64);
    let ids: BTreeSet<_> = spans
        .iter()
        .map(|span| span["spanId"].to_string())
        .collect();
    assert_eq!(ids.len(), spans.len(), "an id of its own each");
    let (rounds, calls): (Vec<&Value>, Vec<&Value>) = spans
        .iter()
        .partition(|span| span["parentSpanId"].is_null());
    assert!(
        rounds.len() > 5 && calls.len() > 20,
        "{} {}",
        rounds.len(),
        calls.len()
    );
    let begun = |span: &Value| {
        span["startTimeUnixNano"]
            .as_str()
            .unwrap()
            .parse::<i128>()
            .unwrap()
    };
    let ended = |span: &Value| {
        span["endTimeUnixNano"]
            .as_str()
            .unwrap()
            .parse::<i128>()
            .unwrap()
    };
    for call in &calls {
        let round = rounds
            .iter()
            .find(|round| round["spanId"] == call["parentSpanId"]);
        let round = round.unwrap_or_else(|| panic!("no round for {call}"));
        assert_eq!(round["traceId"], call["traceId"]);
        assert!(
            begun(call) >= begun(round) && begun(call) <= ended(call),
            "{call}"
        );
        assert_eq!(call["kind"], 3);
        assert_eq!(attribute(call, "rpc.system").unwrap(), "aws-api");
        assert_eq!(attribute(call, "cloud.region").unwrap(), "eu-central-1");
        assert!(attribute(call, "aws.request_id").is_some(), "{call}");
        let name = format!(
            "{}/{}",
            attribute(call, "rpc.service").unwrap(),
            attribute(call, "rpc.method").unwrap()
        );
        assert_eq!(call["name"], name);
    }
    let acted = rounds
        .iter()
        .filter(|round| attribute(round, "sixshift.outcome").unwrap() == "acted");
    let acts: Vec<_> = acted
        .filter_map(|round| attribute(round, "sixshift.action.call"))
        .collect();
    assert!(acts.contains(&"ecs:CreateService".to_owned()), "{acts:?}");
    for round in rounds {
        assert_eq!(attribute(round, "sixshift.plan.name").unwrap(), "checkout");
        assert!(attribute(round, "sixshift.phase").is_some(), "{round}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_says_why_and_so_does_its_round() {
    let (world, collector, metrics) = (World::new(1), Listener::new(), Metrics::new());
    let traces = following(&world, &collector, &metrics);
    let fleet = followed(&world, &traces).await;
    world
        .region
        .inject(Fault::next("elbv2:CreateTargetGroup", Wrong::Throttle, 1));
    world.minutes(&fleet, 3).await;
    traces.close(END);
    let spans = spans(&collector);
    let failed = |span: &&Value| !span["status"].is_null();
    let failed: Vec<_> = spans.iter().filter(failed).collect();
    let throttled = |span: &&&Value| attribute(span, "error.type").as_deref() == Some("Throttling");
    let call = failed.iter().find(throttled).unwrap();
    assert_eq!(call["name"], "Elastic Load Balancing v2/CreateTargetGroup");
    let round = failed
        .iter()
        .find(|span| span["spanId"] == call["parentSpanId"])
        .unwrap();
    assert_eq!(attribute(round, "sixshift.outcome").unwrap(), "failed");
    assert_eq!(round["status"]["code"], 2);
    assert!(
        round["status"]["message"]
            .as_str()
            .unwrap()
            .contains("CreateTargetGroup")
    );
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_is_busy_is_asked_again_when_it_says_and_hears_everything() {
    let (world, collector, metrics) = (World::new(1), Listener::new(), Metrics::new());
    let traces = following(&world, &collector, &metrics);
    let fleet = followed(&world, &traces).await;
    collector.is_busy("3");
    world.minutes(&fleet, 10).await;
    // On the thread's own clock: the first batch goes after five seconds.
    let asked = |times: usize| {
        for _ in 0..200 {
            if collector.connections() >= times {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("it was asked {} times", collector.connections());
    };
    asked(1);
    collector.answers(200);
    asked(2);
    assert!(
        collector.pauses()[0] >= Duration::from_secs(3),
        "{:?}",
        collector.pauses()
    );
    traces.close(END);
    assert!(counted(&metrics, "sent") > 20);
    assert_eq!(counted(&metrics, "sent"), spans(&collector).len() as u64);
    assert_eq!(
        counted(&metrics, "overflowed") + counted(&metrics, "unsent"),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_collector_that_hangs_holds_up_neither_rounds_nor_the_end() {
    let (world, collector, metrics) = (World::new(1), Listener::new(), Metrics::new());
    let traces = following(&world, &collector, &metrics);
    let fleet = followed(&world, &traces).await;
    collector.takes_its_time(60_000);
    let begun = std::time::Instant::now();
    world.minutes(&fleet, 10).await;
    let without = fleet.statuses()[0].clone();
    assert!(without.shares.observed.is_some(), "{without:?}");
    traces.close(Duration::from_millis(500));
    assert!(begun.elapsed() < Duration::from_secs(30));
    for _ in 0..50 {
        if counted(&metrics, "unsent") > 20 {
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("nobody counted what was not sent");
}

#[tokio::test(start_paused = true)]
async fn what_a_collector_refuses_is_counted_and_not_sent_again() {
    let (world, collector, metrics) = (World::new(1), Listener::new(), Metrics::new());
    let traces = following(&world, &collector, &metrics);
    let fleet = followed(&world, &traces).await;
    world.minutes(&fleet, 5).await;
    collector.says(r#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}"#);
    traces.close(END);
    let all = spans(&collector).len() as u64;
    assert_eq!(counted(&metrics, "refused"), 3);
    assert_eq!(counted(&metrics, "sent"), all - 3);

    let (wrong, metrics) = (Listener::new(), Metrics::new());
    wrong.answers(404);
    let traces = following(&world, &wrong, &metrics);
    fleet.follows(traces.clone());
    world.minutes(&fleet, 5).await;
    traces.close(END);
    assert!(counted(&metrics, "refused") > 0);
    assert_eq!(wrong.connections(), 1, "once for one batch");
}
