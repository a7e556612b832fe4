//! Notifications over a topic of SNS and a bus of EventBridge, read back from queues that boto3 made.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread::sleep,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde_json::{Value, json};
use sixshift_controller::store::{Access, Bus, Entry, Fault, Published, Topic};

use crate::{
    between::Between,
    daemon::Daemon,
    denied::{turn_on, user},
    moto::{Moto, access, plan},
};

const LIMIT: Duration = Duration::from_secs(5);

/// A queue, by its URL and its ARN.
struct Queue {
    url: String,
    arn: String,
}

fn text(answer: &Value, key: &str) -> String {
    answer[key].as_str().unwrap().to_owned()
}

fn queue(moto: &Moto, name: &str) -> Queue {
    let attributes = match name.ends_with(".fifo") {
        true => json!({ "FifoQueue": "true" }),
        false => json!({}),
    };
    let with = json!({ "QueueName": name, "Attributes": attributes });
    let url = text(&moto.call("sqs", "create_queue", with), "QueueUrl");
    let with = json!({ "QueueUrl": url, "AttributeNames": ["QueueArn"] });
    let found = moto.call("sqs", "get_queue_attributes", with);
    let arn = text(&found["Attributes"], "QueueArn");
    Queue { url, arn }
}

/// All that has come since, in moto's order.
fn messages(moto: &Moto, queue: &Queue) -> Vec<Value> {
    let mut found = Vec::new();
    loop {
        let with = json!({
            "QueueUrl": queue.url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"],
            "AttributeNames": ["All"],
        });
        let got = moto.call("sqs", "receive_message", with);
        let Some(came) = got["Messages"].as_array().filter(|came| !came.is_empty()) else {
            return found;
        };
        for message in came {
            let handle = text(message, "ReceiptHandle");
            let with = json!({ "QueueUrl": queue.url, "ReceiptHandle": handle });
            moto.call("sqs", "delete_message", with);
            found.push(message.clone());
        }
    }
}

fn body(message: &Value) -> Value {
    serde_json::from_str(message["Body"].as_str().unwrap()).unwrap()
}

/// A topic, and a queue that subscribes to it.
fn topic(moto: &Moto, name: &str, filter: &Value) -> (String, Queue) {
    let attributes = match name.ends_with(".fifo") {
        true => json!({ "FifoTopic": "true" }),
        false => json!({}),
    };
    let with = json!({ "Name": name, "Attributes": attributes });
    let arn = text(&moto.call("sns", "create_topic", with), "TopicArn");
    let queue = queue(moto, &format!("of-{name}"));
    let with = json!({
        "TopicArn": arn, "Protocol": "sqs", "Endpoint": queue.arn,
        "Attributes": { "FilterPolicy": filter.to_string() },
    });
    moto.call("sns", "subscribe", with);
    (arn, queue)
}

/// A bus with a rule to a queue.
fn bus(moto: &Moto, name: &str) -> Queue {
    moto.call("events", "create_event_bus", json!({ "Name": name }));
    let pattern = json!({ "source": ["sixshift"], "detail-type": [{ "prefix": "sixshift.v1." }] });
    let with = json!({ "Name": "all", "EventBusName": name, "EventPattern": pattern.to_string() });
    moto.call("events", "put_rule", with);
    let queue = queue(moto, &format!("of-bus-{name}"));
    let target = json!([{ "Id": "q", "Arn": queue.arn }]);
    let with = json!({ "Rule": "all", "EventBusName": name, "Targets": target });
    moto.call("events", "put_targets", with);
    queue
}

fn published<'a>(name: &'a str, attributes: &'a [(&'a str, &'a str)]) -> Published<'a> {
    Published {
        subject: "checkout needs a person",
        messages: &[("default", "{\"a\": \"ä & b\"}"), ("email", "mail")],
        attributes,
        group: "checkout",
        name,
    }
}

fn entry() -> Entry<'static> {
    Entry {
        time: Timestamp::UNIX_EPOCH,
        source: "sixshift",
        detail_type: "sixshift.v1.done",
        detail: "{\"plan\": \"checkout\"}",
    }
}

fn now<T>(asked: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(asked)
}

fn publish(access: &Access, arn: &str, message: &Published<'_>) -> Result<(), Fault> {
    now(Topic::new(access, arn).unwrap().publish(message, LIMIT))
}

fn put(access: &Access, name: &str) -> Result<(), Fault> {
    now(Bus::new(access, name).unwrap().put(&entry(), LIMIT))
}

#[test]
fn a_topics_subscribers_get_the_message_and_can_filter_by_what_it_says_of_itself() {
    let moto = Moto::start();
    let (arn, queue) = topic(&moto, "migrations", &json!({ "what": ["needsPerson"] }));
    let access = access(&moto.server.url);
    for what in ["needsPerson", "done"] {
        let attributes = [("what", what), ("plan", "checkout")];
        publish(&access, &arn, &published("1", &attributes)).unwrap();
    }
    let came = messages(&moto, &queue);
    assert_eq!(came.len(), 1, "{came:?}");
    let came = body(&came[0]);
    assert_eq!(came["Subject"], "checkout needs a person");
    assert_eq!(came["Message"], "{\"a\": \"ä & b\"}");
    assert_eq!(came["MessageAttributes"]["what"]["Value"], "needsPerson");
}

#[test]
fn a_topic_that_keeps_an_order_is_told_a_plans_messages_as_one_group_and_each_once() {
    let moto = Moto::start();
    let (arn, queue) = topic(&moto, "ordered.fifo", &json!({}));
    let access = access(&moto.server.url);
    for name in ["begun/checkout/1", "begun/checkout/1", "done/checkout/2"] {
        publish(&access, &arn, &published(name, &[("what", "begun")])).unwrap();
    }
    let came = messages(&moto, &queue);
    let names: Vec<_> = came
        .iter()
        .map(|message| {
            let of = &message["Attributes"];
            (
                text(of, "MessageGroupId"),
                text(of, "MessageDeduplicationId"),
            )
        })
        .collect();
    let named = |name: &str| ("checkout".to_owned(), name.to_owned());
    assert_eq!(names, [named("begun/checkout/1"), named("done/checkout/2")]);
}

#[test]
fn a_rule_of_a_bus_finds_the_event_and_hands_it_on() {
    let moto = Moto::start();
    let queue = bus(&moto, "tools");
    put(&access(&moto.server.url), "tools").unwrap();
    let arn = "arn:aws:events:eu-central-1:123456789012:event-bus/tools";
    put(&access(&moto.server.url), arn).unwrap();
    let came = messages(&moto, &queue);
    assert_eq!(came.len(), 2, "{came:?}");
    let came = body(&came[0]);
    assert_eq!(came["detail-type"], "sixshift.v1.done");
    assert_eq!(came["detail"]["plan"], "checkout");
}

#[test]
fn what_is_not_there_and_what_is_not_allowed_is_refused_in_awss_words() {
    let moto = Moto::start();
    let (arn, _) = topic(&moto, "migrations", &json!({}));
    let sender = user(&moto, "sender", &["sns:Publish", "events:PutEvents"]);
    let nobody = user(&moto, "nobody", &["sts:GetCallerIdentity"]);
    turn_on(&moto);
    let message = published("1", &[("what", "done")]);
    publish(&sender, &arn, &message).unwrap();
    put(&sender, "default").unwrap();
    let gone = publish(&sender, &arn.replace("migrations", "gone"), &message).unwrap_err();
    assert!(gone.is_code(&["NotFound"]), "{gone}");
    assert!(
        gone.to_string().starts_with("sns:Publish: NotFound: "),
        "{gone}"
    );
    let denied = publish(&nobody, &arn, &message).unwrap_err();
    assert!(denied.to_string().contains("AccessDenied"), "{denied}");
    let denied = put(&nobody, "default").unwrap_err();
    // moto's refusal of a JSON call is a page without a code; the status is the same.
    assert!(
        denied.to_string().contains("events:PutEvents: HTTP 403"),
        "{denied}"
    );
}

/// An answer that says of the one entry that it failed.
fn failed_entry(code: &str) -> String {
    let body = json!({
        "FailedEntryCount": 1,
        "Entries": [{ "ErrorCode": code, "ErrorMessage": "not now" }],
    })
    .to_string();
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// What SNS says where there were too many.
fn throttled() -> String {
    let body = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>";
    let length = body.len();
    format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

fn soon<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "{what}");
        sleep(Duration::from_millis(300));
    }
}

/// What both kinds are told, by the ids of the messages.
struct Told {
    topic: Queue,
    bus: Queue,
    ids: [Vec<String>; 2],
}

impl Told {
    fn read(&mut self, moto: &Moto) {
        for message in messages(moto, &self.topic) {
            let event: Value =
                serde_json::from_str(body(&message)["Message"].as_str().unwrap()).unwrap();
            self.ids[0].push(text(&event, "id"));
        }
        for message in messages(moto, &self.bus) {
            self.ids[1].push(text(&body(&message)["detail"], "id"));
        }
    }

    /// Waits until both have heard of so many things.
    fn until(&mut self, moto: &Moto, many: usize, what: &str) {
        soon(what, || {
            self.read(moto);
            let distinct = |ids: &Vec<String>| {
                let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
                distinct.len() >= many
            };
            self.ids.iter().all(distinct).then_some(())
        });
    }
}

#[test]
fn a_daemon_tells_both_through_refusals_lost_replies_and_its_own_death() {
    static REFUSES: AtomicBool = AtomicBool::new(false);
    let moto = Moto::start();
    let (arn, of_topic) = topic(&moto, "migrations", &json!({}));
    let mut told = Told {
        topic: of_topic,
        bus: bus(&moto, "tools"),
        ids: [Vec::new(), Vec::new()],
    };
    let settings = format!(
        "dashboard: https://sixshift.example.com\nnotify:\n  \
         - sns: {{ topic: '{arn}', on: [daemon, needsPerson] }}\n  \
         - eventbridge: {{ bus: tools, on: [daemon, needsPerson] }}\n"
    );
    let source = "{ dir: { path: plans } }";
    let daemon = Daemon::start(&moto, source, &settings);
    told.until(&moto, 1, "it has started");
    let folder = daemon.kill();
    // A plan whose service is nowhere needs a person.
    std::fs::write(folder.path().join("plans/a.yaml"), plan("a", 10)).unwrap();
    REFUSES.store(true, Ordering::SeqCst);
    // Nobody is told while SNS throttles and the bus's entries fail; nothing is lost by it.
    let sns = Between::start(&moto.server.url, |_| {
        REFUSES.load(Ordering::SeqCst).then(throttled)
    });
    let events = Between::start(&moto.server.url, |_| {
        REFUSES
            .load(Ordering::SeqCst)
            .then(|| failed_entry("ThrottlingException"))
    });
    let before = told.ids.clone();
    let through = |command: &mut std::process::Command, text: &str| {
        command
            .args(["--config", "env:SETTINGS"])
            .env("SETTINGS", text)
            .env("AWS_ENDPOINT_URL_SNS", &sns.url)
            .env("AWS_ENDPOINT_URL_EVENTBRIDGE", &events.url);
    };
    let daemon = Daemon::start_in(folder, &moto, source, &settings, through);
    daemon.until("both refuse", || {
        sns.count("POST") > 1 && events.count("POST") > 1
    });
    told.read(&moto);
    assert_eq!(told.ids, before, "nobody was told");
    let log = daemon.log();
    assert!(
        log.contains("sns:Publish: Throttling: Rate exceeded"),
        "why is in the log"
    );
    assert!(
        log.contains("events:PutEvents: ThrottlingException: not now"),
        "and so is the entry's"
    );
    let folder = daemon.kill();
    REFUSES.store(false, Ordering::SeqCst);
    let daemon = Daemon::start_in(folder, &moto, source, &settings, through);
    // That it started the first time, the second, the third, and that the plan needs a person.
    told.until(&moto, 4, "all of it came");
    drop(daemon);
    for ids in &told.ids {
        let people = ids.iter().filter(|id| id.starts_with("needsPerson/a/"));
        assert_eq!(people.count(), 1, "{ids:?}");
        let mut distinct = ids.clone();
        distinct.dedup();
        assert_eq!(&distinct, ids, "what was accepted does not come again");
    }
}

#[test]
fn a_reply_that_is_lost_brings_the_message_again_under_its_id() {
    static LOSES: AtomicBool = AtomicBool::new(true);
    let moto = Moto::start();
    let (arn, of_topic) = topic(&moto, "migrations", &json!({}));
    let mut told = Told {
        topic: of_topic,
        bus: bus(&moto, "tools"),
        ids: [Vec::new(), Vec::new()],
    };
    let url = moto.server.url.clone();
    let lossy = Between::losing_answers(&url, || LOSES.load(Ordering::SeqCst));
    let settings = format!(
        "notify:\n  - sns: {{ topic: '{arn}', on: [daemon], timeout: 2s }}\n  \
         - eventbridge: {{ bus: tools, on: [daemon], timeout: 2s }}\n"
    );
    let daemon = Daemon::start_from(
        &moto,
        "{ dir: { path: plans } }",
        &settings,
        |command, text| {
            command
                .args(["--config", "env:SETTINGS"])
                .env("SETTINGS", text)
                .env("AWS_ENDPOINT_URL_SNS", &lossy.url)
                .env("AWS_ENDPOINT_URL_EVENTBRIDGE", &lossy.url);
        },
    );
    told.until(&moto, 1, "it came");
    soon("it comes again", || {
        told.read(&moto);
        told.ids.iter().all(|ids| ids.len() > 1).then_some(())
    });
    LOSES.store(false, Ordering::SeqCst);
    drop(daemon);
    for ids in &told.ids {
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
}
