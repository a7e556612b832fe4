//! Somebody is told: the whole way from a migration in the simulated region through the journal to a receiver over HTTP.

use std::{collections::BTreeSet, process::Command, sync::Arc, time::Duration};

use jiff::SignedDuration;
use sixshift_controller::{
    Fleet,
    command::Verb,
    event::EventKind,
    journal::{Journal, Page, Records},
    notify::{self, On, Receiver, To},
    secret::Secret,
};
use sixshift_sim::faults::{Fault, Wrong};

use crate::{
    listener::Listener,
    world::{World, memory, order, snapshot, text, waits},
};

pub(crate) fn receiver(to: &Listener) -> Receiver {
    Receiver {
        name: "hook".to_owned(),
        to: To::Webhook {
            url: Secret::fixed(&to.url),
            secret: Some(Secret::fixed("between us")),
        },
        on: BTreeSet::from([
            On::Begun,
            On::Step,
            On::NeedsPerson,
            On::RolledBack,
            On::Done,
        ]),
        plans: [].into(),
        repeat: None,
        timeout: Duration::from_secs(2),
        allow_private: true,
        dashboard: Some("https://sixshift.example.com".to_owned()),
    }
}

/// Time goes by in a fleet with receivers.
pub(crate) async fn minutes(
    world: &World,
    fleet: &Fleet,
    receiver: &Receiver,
    last: u64,
    minutes: i64,
) {
    let receivers = std::slice::from_ref(receiver);
    tokio::select! {
        () = notify::tell(receivers, fleet, last) => {}
        () = world.minutes(fleet, minutes) => {}
    }
}

/// A daemon that starts with a journal and has read the plans; the number of the last event before that.
pub(crate) async fn started(world: &World, journal: &Arc<dyn Journal>) -> (Fleet, u64) {
    let last = Records::new(Arc::clone(journal))
        .load()
        .await
        .unwrap()
        .last_event;
    let fleet = world.fleet(journal).await;
    fleet.read(&snapshot("a", world.files())).await;
    (fleet, last)
}

pub(crate) async fn daemon_says(journal: &Arc<dyn Journal>, part: &str) -> usize {
    let page = Page {
        limit: 1_000,
        ..Page::default()
    };
    let events = Records::new(Arc::clone(journal))
        .events(None, page)
        .await
        .unwrap();
    let events = events
        .iter()
        .filter(|event| event.kind == EventKind::Daemon);
    events.filter(|event| event.text.contains(part)).count()
}

#[tokio::test(start_paused = true)]
async fn a_migration_is_told_step_by_step_with_what_a_person_is_to_do() {
    let (world, journal, hook) = (World::new(1), memory(), Listener::new());
    let (fleet, last) = started(&world, &journal).await;
    let receiver = receiver(&hook);
    minutes(&world, &fleet, &receiver, last, 30).await;
    assert_eq!(waits(&fleet, "checkout"), "Approval");
    assert_eq!(hook.kinds(), ["begun", "step", "needsPerson"]);
    order(&fleet, Verb::Approve, "looks good").await.unwrap();
    minutes(&world, &fleet, &receiver, last, 10).await;
    assert_eq!(hook.kinds()[3..], ["resolved", "step"]);
    world.ipv6_turns_bad();
    minutes(&world, &fleet, &receiver, last, 30).await;
    assert_eq!(hook.kinds()[5..], ["rollingBack", "rolledBack"]);

    let requests = hook.accepted();
    let said = |i: usize| requests[i].json()["data"]["sentence"].to_string();
    assert_eq!(said(1), "\"10 % of the traffic is on IPv6.\"");
    assert!(
        said(5).contains("because errors on IPv6 are"),
        "{}",
        said(5)
    );
    let asked = requests[2].json();
    for (pointer, value) in [
        ("/specversion", "1.0"),
        ("/source", "https://sixshift.example.com"),
        ("/type", "sixshift.v1.needsPerson"),
        ("/subject", "checkout"),
        ("/datacontenttype", "application/json"),
        ("/data/plan", "checkout"),
        ("/data/waitingOn", "Approval"),
        ("/data/unblockedBy", "approve step 1"),
        ("/data/ask", "sixshift why checkout"),
        (
            "/data/dashboard",
            "https://sixshift.example.com/plans/checkout",
        ),
    ] {
        let found = asked.pointer(pointer).and_then(|value| value.as_str());
        assert_eq!(found, Some(value), "{pointer} of {asked:#}");
    }
    assert_eq!(asked["data"]["step"], 1);
    let sentence = asked["data"]["sentence"].as_str().unwrap();
    assert!(sentence.contains("10 %"), "{sentence}");
    let runbook = asked["data"]["runbook"].as_str().unwrap();
    assert!(runbook.ends_with("/docs/runbooks/approval.md"), "{runbook}");
    let kind = requests[2].header("content-type").unwrap();
    assert!(kind.starts_with("application/cloudevents+json"), "{kind}");
    let ids: BTreeSet<_> = hook.told().into_iter().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), requests.len());
}

/// The page's own example, run by Python.
#[tokio::test(start_paused = true)]
async fn the_guides_example_believes_what_was_signed_and_nothing_else() {
    let guide = include_str!("../../../../docs/guide/notifications.md");
    let example = guide.split("```python\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let (world, journal, hook) = (World::new(1), memory(), Listener::new());
    let (fleet, last) = started(&world, &journal).await;
    minutes(&world, &fleet, &receiver(&hook), last, 5).await;
    let request = hook.accepted().remove(0);
    let signature = request.header("sixshift-signature").unwrap();
    let now: i64 = signature[2..].split(',').next().unwrap().parse().unwrap();
    let believes = |signature: &str, body: &str, secret: &str, now: i64| {
        let ask = format!(
            "{example}\nimport sys\nhead, body, secret, now = sys.argv[1:]\n\
             print(is_ours(head, body.encode(), secret.encode(), int(now)))\n"
        );
        let output = Command::new("python3")
            .args(["-c", &ask, signature, body, secret, &now.to_string()])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim() == "True"
    };
    let body = request.body.as_str();
    assert!(believes(&signature, body, "between us", now + 60));
    assert!(!believes(
        &signature,
        &body.replace("begun", "done"),
        "between us",
        now
    ));
    assert!(!believes(&signature, body, "another", now));
    assert!(
        !believes(&signature, body, "between us", now + 3_600),
        "it is an hour old"
    );
    let later = signature.replacen(&now.to_string(), &(now + 1).to_string(), 1);
    assert!(
        !believes(&later, body, "between us", now),
        "the time is signed too"
    );
}

#[tokio::test(start_paused = true)]
async fn a_restart_tells_nothing_again_and_a_new_receiver_begins_at_the_end() {
    let (world, journal, hook) = (World::of("step-scaling", 1), memory(), Listener::new());
    let mut receiver = receiver(&hook);
    receiver.on.insert(On::Findings);
    let (fleet, last) = started(&world, &journal).await;
    minutes(&world, &fleet, &receiver, last, 30).await;
    drop(fleet);
    let before = hook.kinds();
    assert!(before.contains(&"findings".to_owned()), "{before:?}");
    assert!(before.contains(&"needsPerson".to_owned()), "{before:?}");
    for _ in 0..2 {
        let (fleet, last) = started(&world, &journal).await;
        minutes(&world, &fleet, &receiver, last, 10).await;
    }
    assert_eq!(hook.kinds(), before);
    let other = Listener::new();
    let new = Receiver {
        name: "new".to_owned(),
        to: To::Webhook {
            url: Secret::fixed(&other.url),
            secret: None,
        },
        ..receiver.clone()
    };
    let (fleet, last) = started(&world, &journal).await;
    minutes(&world, &fleet, &new, last, 10).await;
    assert_eq!(
        other.kinds(),
        ["needsPerson"],
        "what holds is said at a start"
    );
    let request = other.accepted().remove(0);
    assert_eq!(request.header("sixshift-signature"), None);
    let heard = Records::new(journal).heard().await.unwrap();
    assert_eq!(
        heard.keys().collect::<Vec<_>>(),
        ["new"],
        "who is gone is forgotten"
    );
}

#[tokio::test(start_paused = true)]
async fn a_finding_is_told_once_however_often_a_daemon_that_starts_finds_it() {
    let (world, journal, hook) = (World::of("step-scaling", 1), memory(), Listener::new());
    let receiver = Receiver {
        on: [On::Findings].into(),
        ..receiver(&hook)
    };
    // It comes no further, so each start looks anew.
    world.region.inject(Fault::next(
        "elbv2:CreateTargetGroup",
        Wrong::ErrorBefore,
        1_000,
    ));
    for _ in 0..3 {
        let (fleet, last) = started(&world, &journal).await;
        minutes(&world, &fleet, &receiver, last, 3).await;
    }
    let page = Page {
        limit: 1_000,
        ..Page::default()
    };
    let events = Records::new(journal).events(None, page).await.unwrap();
    let found = events
        .iter()
        .filter(|event| event.kind == EventKind::Finding);
    let texts: BTreeSet<_> = found.clone().map(|event| &event.text).collect();
    assert!(found.count() >= 3 * texts.len(), "each start found it");
    assert_eq!(hook.kinds(), ["findings"]);
    let told = hook.accepted().remove(0).json();
    let sentence = told["data"]["sentence"].as_str().unwrap();
    assert!(
        texts.iter().all(|text| sentence.contains(*text)),
        "{sentence}"
    );
}

#[tokio::test(start_paused = true)]
async fn killed_between_sending_and_noting_it_is_told_twice_and_never_not_at_all() {
    let (world, journal, hook) = (World::new(1), memory(), Listener::new());
    let receiver = receiver(&hook);
    // At each message the daemon is killed, before it can note that the message was accepted: the answer comes later.
    hook.takes_its_time(50);
    for life in 0..3 {
        let (fleet, last) = started(&world, &journal).await;
        let receivers = std::slice::from_ref(&receiver);
        tokio::select! {
            biased;
            () = hook.accepts() => {}
            () = notify::tell(receivers, &fleet, if life == 0 { 0 } else { last }) => {}
            () = world.minutes(&fleet, 60) => {}
        }
    }
    hook.takes_its_time(0);
    let killed = hook.told();
    assert!(killed.len() >= 3, "{killed:?}");
    assert_eq!(
        killed[0], killed[1],
        "the one that was not noted comes once more"
    );
    let (fleet, last) = started(&world, &journal).await;
    minutes(&world, &fleet, &receiver, last, 40).await;
    let mut kinds = hook.kinds();
    kinds.dedup();
    assert_eq!(kinds, ["begun", "step", "needsPerson"]);
    let ids: BTreeSet<_> = hook.told().into_iter().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), 3, "a double has the id of its first");
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_down_holds_up_nothing_and_gets_it_all_in_order() {
    let (world, journal, hook) = (World::new(1), memory(), Listener::new());
    let (fleet, last) = started(&world, &journal).await;
    let receiver = receiver(&hook);
    hook.answers(0);
    let away = async {
        world.minutes(&fleet, 30).await;
        assert_eq!(
            waits(&fleet, "checkout"),
            "Approval",
            "nobody waited for it"
        );
        order(&fleet, Verb::Approve, "looks good").await.unwrap();
        world.minutes(&fleet, 30).await;
    };
    tokio::select! {
        () = notify::tell(std::slice::from_ref(&receiver), &fleet, last) => {}
        () = away => {}
    }
    assert_eq!(hook.kinds(), [""; 0]);
    let tries = hook.connections();
    assert!(
        (15..=30).contains(&tries),
        "1, 2, 4 … 300 s apart, not {tries} tries"
    );
    assert_eq!(
        daemon_says(
            &journal,
            "notifications to hook (webhook at 127.0.0.1) fail"
        )
        .await,
        1
    );
    assert_eq!(daemon_says(&journal, "s3cret").await, 0);
    let page = fleet.board().metrics().render(world.clock.now(), None);
    let failed =
        format!("sixshift_notifications_total{{receiver=\"hook\",result=\"failed\"}} {tries}");
    assert!(page.contains(&failed), "{page}");
    hook.answers(200);
    minutes(&world, &fleet, &receiver, last, 10).await;
    assert_eq!(
        hook.kinds(),
        ["begun", "step", "needsPerson", "resolved", "step"]
    );
    let page = fleet.board().metrics().render(world.clock.now(), None);
    assert!(
        page.contains("sixshift_notifications_behind_events{receiver=\"hook\"} 0"),
        "{page}"
    );
}

#[tokio::test(start_paused = true)]
async fn who_is_still_needed_is_asked_again_until_it_is_over() {
    let (world, journal, hook) = (World::new(1), memory(), Listener::new());
    let receiver = Receiver {
        on: [On::NeedsPerson].into(),
        repeat: Some(SignedDuration::from_hours(1)),
        ..receiver(&hook)
    };
    let (fleet, last) = started(&world, &journal).await;
    minutes(&world, &fleet, &receiver, last, 100).await;
    drop(fleet);
    assert_eq!(hook.kinds(), ["needsPerson", "needsPerson"]);
    // A restart neither forgets nor hurries.
    let (fleet, last) = started(&world, &journal).await;
    minutes(&world, &fleet, &receiver, last, 60).await;
    let again: Vec<_> = hook
        .accepted()
        .iter()
        .map(|r| r.json()["data"]["again"].clone())
        .collect();
    assert_eq!(again, [0, 1, 2]);
    order(&fleet, Verb::Approve, "looks good").await.unwrap();
    minutes(&world, &fleet, &receiver, last, 25).await;
    assert_eq!(hook.kinds()[3..], ["resolved"]);
    let ids: BTreeSet<_> = hook.told().into_iter().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn only_plans_with_the_labels_are_told_of() {
    let (world, journal) = (World::new(2), memory());
    let (hook, other) = (Listener::new(), Listener::new());
    let of = |hook: &Listener, name: &str, team: &str| Receiver {
        name: name.to_owned(),
        plans: [("team".to_owned(), team.to_owned())].into(),
        ..receiver(hook)
    };
    let receivers = [of(&hook, "shop", "shop"), of(&other, "ledger", "ledger")];
    let [shop, ledger] = [("shop", 0), ("ledger", 1)].map(|(team, i)| {
        let service = &world.services[i];
        let labelled = format!("labels: {{ team: {team} }}, name: {}", service.name);
        let text = text(service, &service.name);
        text.replacen(&format!("name: {}", service.name), &labelled, 1)
    });
    let files = vec![("shop.yaml".into(), shop), ("ledger.yaml".into(), ledger)];
    let fleet = world.fleet(&journal).await;
    fleet.read(&snapshot("a", files)).await;
    tokio::select! {
        () = notify::tell(&receivers, &fleet, 0) => {}
        () = world.minutes(&fleet, 30) => {}
    }
    for (hook, i) in [(&hook, 0), (&other, 1)] {
        assert_eq!(hook.kinds(), ["begun", "step", "needsPerson"]);
        for request in hook.accepted() {
            assert_eq!(request.json()["subject"], *world.services[i].name);
        }
    }
}
