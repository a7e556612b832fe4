//! A message as a bus of EventBridge takes it.
//!
//! What belongs here: the entry, and how a message comes to lie within EventBridge's limits. What must not: what is told.

use std::time::Duration;

use serde_json::{Value, json};
use sixshift_aws::store::{Bus, Entry, Fault};

use super::{cloud_event, message::Message};

/// Who says it: what every rule's pattern begins with.
const SOURCE: &str = "sixshift";

/// Puts it on the bus.
pub(super) async fn put(bus: &Bus, message: &Message, limit: Duration) -> Result<(), Fault> {
    let kind = cloud_event::kind(message);
    let mut message = message.clone();
    loop {
        let detail = detail(&message);
        let entry = Entry {
            time: message.at,
            source: SOURCE,
            detail_type: &kind,
            detail: &detail,
        };
        if entry.bytes() <= Bus::MOST_BYTES || message.is_short {
            return bus.put(&entry, limit).await;
        }
        message.shorten();
    }
}

/// An event's data with its id, by which whoever has it already drops it: EventBridge's own is another each time.
fn detail(message: &Message) -> String {
    let mut data = cloud_event::data(message);
    data.insert("id".to_owned(), json!(message.id));
    Value::Object(data).to_string()
}
