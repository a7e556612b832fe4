//! A message as a `CloudEvents` 1.0 event in JSON.
//!
//! What belongs here: the envelope, its type, its data. docs/guide/notifications.md promises all of it. What must not:
//! what is told.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::message::Message;
use crate::{
    post::{Body, signature},
    secret::Secret,
};

/// The envelope and its data are one JSON object.
const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";
/// What the types of all events begin with; another meaning gets another number.
const TYPE: &str = "sixshift.v1.";
/// Where nobody says what the dashboard's address is.
const SOURCE: &str = "urn:sixshift";

/// The event, signed at this time.
pub(super) fn body(
    message: &Message,
    base: Option<&str>,
    secret: Option<&Secret>,
    now: Timestamp,
) -> Body {
    let text = event(message, base).to_string();
    let signature = secret.and_then(|secret| signature(secret, now.as_second(), &text));
    Body {
        content_type: CONTENT_TYPE,
        text,
        signature,
    }
}

/// What programs tell messages apart by.
pub(super) fn kind(message: &Message) -> String {
    format!("{TYPE}{}", message.what.name())
}

/// What a message is about.
pub(super) fn subject(message: &Message) -> &str {
    message.plan.as_deref().unwrap_or("daemon")
}

pub(super) fn event(message: &Message, base: Option<&str>) -> Value {
    json!({
        "specversion": "1.0",
        "id": message.id,
        "source": base.unwrap_or(SOURCE),
        "type": kind(message),
        "subject": subject(message),
        "time": message.at.to_string(),
        "datacontenttype": "application/json",
        "data": data(message),
    })
}

/// What is not known is left out.
pub(super) fn data(message: &Message) -> Map<String, Value> {
    let since = message.since.map(|at| at.to_string());
    let evidence = Some(&message.evidence).filter(|lines| !lines.is_empty());
    let parts = [
        ("what", json!(message.what.name())),
        ("title", json!(message.title())),
        ("plan", json!(message.plan)),
        ("sentence", json!(message.sentence)),
        ("unblockedBy", json!(message.unblocked_by)),
        ("phase", json!(message.phase)),
        ("waitingOn", json!(message.waiting_on)),
        ("needsPerson", json!(message.needs_person)),
        ("since", json!(since)),
        ("step", json!(message.step)),
        ("sharePercent", json!(message.share)),
        ("evidence", json!(evidence)),
        ("revision", json!(message.revision)),
        ("commit", json!(message.commit)),
        ("event", json!(message.event)),
        ("again", json!(message.again)),
        ("dashboard", json!(message.dashboard)),
        ("ask", json!(message.ask())),
        ("runbook", json!(message.runbook)),
    ];
    let known = parts.into_iter().filter(|(_, value)| !value.is_null());
    known.map(|(key, value)| (key.to_owned(), value)).collect()
}
