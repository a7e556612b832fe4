//! A message as a `CloudEvents` 1.0 event in JSON, and its signature.
//!
//! What belongs here: the envelope, its data, what is signed. docs/guide/notifications.md promises all of it. What must not:
//! what is told.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::{message::Message, post::Body};

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
    secret: Option<&[u8]>,
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

fn event(message: &Message, base: Option<&str>) -> Value {
    json!({
        "specversion": "1.0",
        "id": message.id,
        "source": base.unwrap_or(SOURCE),
        "type": format!("{TYPE}{}", message.what.name()),
        "subject": message.plan.as_deref().unwrap_or("daemon"),
        "time": message.at.to_string(),
        "datacontenttype": "application/json",
        "data": data(message),
    })
}

/// What is not known is left out.
fn data(message: &Message) -> Map<String, Value> {
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

/// `t=` the seconds, `v1=` the HMAC-SHA256 of seconds, a dot and the body, in hex.
fn signature(secret: &[u8], seconds: i64, text: &str) -> Option<String> {
    // A key of any length is fine for HMAC.
    let mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    let mac = mac.chain_update(format!("{seconds}.{text}"));
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(format!("t={seconds},v1={hex}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `printf '1764168331.{}' | openssl dgst -sha256 -hmac Jefe`.
    #[test]
    fn a_signature_is_what_others_make_of_the_same() {
        let signed = signature(b"Jefe", 1_764_168_331, "{}").unwrap();
        assert_eq!(
            signed,
            "t=1764168331,v1=f189a899b791e7214a70ba6ba4253a2b42f1d8cb8ecd9977f8a7b2e6ad6752c5"
        );
    }
}
