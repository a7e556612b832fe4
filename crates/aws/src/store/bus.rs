//! A bus of EventBridge: `events:PutEvents`.
//!
//! Sources: EventBridge's API reference, "PutEvents" and "PutEventsResultEntry"; its user guide, "Sending events with
//! PutEvents".

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Access, Fault, parameter::region_of};
use crate::{
    addresses,
    json::{Client, Version},
    signed::Service,
};

const EVENT_BRIDGE: Service = Service {
    name: "EventBridge",
    signing_name: "events",
};
const PUT_EVENTS: &str = "events:PutEvents";

/// An event for a bus. Together at most [`Bus::MOST_BYTES`].
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// When it happened.
    pub time: Timestamp,
    /// Who says so.
    pub source: &'a str,
    /// What rules find it by, at most 128 characters.
    pub detail_type: &'a str,
    /// A JSON object.
    pub detail: &'a str,
}

impl Entry<'_> {
    /// What counts towards [`Bus::MOST_BYTES`] ("Calculating PutEvents event entry size").
    #[must_use]
    pub fn bytes(&self) -> usize {
        /// Of a time that is given.
        const TIME: usize = 14;
        TIME + self.source.len() + self.detail_type.len() + self.detail.len()
    }
}

/// One bus, as one role sees it. Cheap to clone.
#[derive(Clone)]
pub struct Bus {
    access: Access,
    /// Its name or ARN.
    bus: String,
}

/// Its credentials are nobody's business.
impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bus").field(&self.bus).finish()
    }
}

impl Bus {
    /// The most bytes of an entry.
    pub const MOST_BYTES: usize = 256 * 1024;

    /// By its name or its ARN, which says its region; `None`: it is neither.
    #[must_use]
    pub fn new(access: &Access, bus: &str) -> Option<Self> {
        let access = match Self::region(bus)? {
            Some(region) => access.in_region(region),
            None => access.clone(),
        };
        Some(Self {
            access,
            bus: bus.to_owned(),
        })
    }

    /// The region in a bus's ARN, which its name has not; `None`: it is neither name nor ARN.
    #[must_use]
    pub fn region(bus: &str) -> Option<Option<&str>> {
        let plain = |name: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
            (1..=256).contains(&name.len()) && name.chars().all(plain)
        };
        if !bus.starts_with("arn:") {
            return plain(bus).then_some(None);
        }
        let parts: Vec<&str> = bus.split(':').collect();
        let [_, _, "events", _, account, name] = parts[..] else {
            return None;
        };
        let is_account = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
        let is_bus = name.strip_prefix("event-bus/").is_some_and(plain);
        (is_account && is_bus).then_some(Some(region_of(bus)?))
    }

    /// Its name or ARN, as it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.bus
    }

    /// Puts an event on it, in one attempt: whoever gets no answer may have put it there. EventBridge takes events for a bus
    /// that does not exist, and drops them (aws/aws-sdk#186).
    ///
    /// # Errors
    /// It may not be put there, the entry failed, or AWS does not answer.
    pub async fn put(&self, entry: &Entry<'_>, limit: Duration) -> Result<(), Fault> {
        let sdk = &self.access.sdk;
        let address = addresses::of_events(sdk, self.access.region(PUT_EVENTS)?);
        let client = Client::new(sdk, &EVENT_BRIDGE, Version::V1_1, &address, limit);
        let asked = json!({"Entries": [{
            "EventBusName": self.bus,
            "Time": entry.time.as_second(),
            "Source": entry.source,
            "DetailType": entry.detail_type,
            "Detail": entry.detail,
        }]});
        let answer = client.send("AWSEvents.PutEvents", asked).await;
        let answer = answer.map_err(|error| Fault::from_sdk(PUT_EVENTS, error))?;
        taken(&answer.body)
    }
}

/// Whether the one entry was taken: the request succeeds either way.
fn taken(answer: &Value) -> Result<(), Fault> {
    let entry = answer.pointer("/Entries/0").unwrap_or(&Value::Null);
    let text = |key: &str| entry[key].as_str().filter(|text| !text.is_empty());
    match (text("EventId"), text("ErrorCode")) {
        (Some(_), None) => Ok(()),
        (_, Some(code)) => {
            let message = text("ErrorMessage").unwrap_or("no message");
            Err(Fault::of_part(PUT_EVENTS, code, message))
        }
        (None, None) => Err(Fault::unsent(
            PUT_EVENTS,
            "the answer says nothing of the event",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn a_bus_is_a_name_or_an_arn_that_says_its_region() {
        let arn = "arn:aws:events:eu-west-1:123456789012:event-bus/migrations";
        assert_eq!(Bus::region(arn), Some(Some("eu-west-1")));
        assert_eq!(Bus::region("default"), Some(None));
        for other in [
            "",
            "a b",
            "arn:aws:events:eu-west-1:123456789012:rule/a",
            "arn:aws:events:eu-west-1:123456789012:event-bus/",
            "arn:aws:events::123456789012:event-bus/a",
            "arn:aws:sns:eu-west-1:123456789012:event-bus/a",
        ] {
            assert_eq!(Bus::region(other), None, "{other}");
        }
    }

    #[test]
    fn an_entry_that_failed_is_a_fault_though_the_request_did_not() {
        let failed = |code: &str| {
            let entry = json!({ "ErrorCode": code, "ErrorMessage": "why" });
            taken(&json!({ "FailedEntryCount": 1, "Entries": [entry] })).unwrap_err()
        };
        for (code, kind) in [
            ("ThrottlingException", Kind::Throttled),
            ("InternalFailure", Kind::Server),
            ("AccessDeniedException", Kind::Denied),
            ("NotAuthorizedForSourceException", Kind::Denied),
            ("MalformedDetail", Kind::Refused),
        ] {
            let fault = failed(code);
            assert_eq!(fault.kind(), kind, "{code}");
            assert_eq!(fault.to_string(), format!("events:PutEvents: {code}: why"));
        }
        let taken_well = json!({ "FailedEntryCount": 0, "Entries": [{ "EventId": "1" }] });
        assert_eq!(taken(&taken_well), Ok(()));
        for nothing in [
            json!({}),
            json!({ "Entries": [] }),
            json!({ "FailedEntryCount": 0 }),
        ] {
            assert!(taken(&nothing).is_err(), "{nothing}");
        }
    }
}
