//! A topic of SNS: `sns:Publish`.
//!
//! Sources: SNS's API reference, "Publish"; its developer guide, "Message deduplication" and "Message attributes".

use std::{fmt, time::Duration};

use serde_json::{Map, Value};

use super::{Access, Fault, parameter::region_of};
use crate::{
    addresses,
    query::{Call, Form, pair},
    signed::{self, Service},
};

const SNS: Service = Service {
    name: "SNS",
    signing_name: "sns",
};
const PUBLISH: &str = "sns:Publish";
/// The API's version, the only one.
const VERSION: &str = "2010-03-31";

/// A message for a topic.
#[derive(Clone, Copy, Debug)]
pub struct Published<'a> {
    /// A line for mail: ASCII, less than [`Topic::MOST_SUBJECT`] characters.
    pub subject: &'a str,
    /// What subscriptions of a protocol get, as in `("email", …)`; one is `default`.
    pub messages: &'a [(&'a str, &'a str)],
    /// What subscriptions filter by. None may be empty.
    pub attributes: &'a [(&'a str, &'a str)],
    /// For a topic that keeps an order: messages of a group come one after the other.
    pub group: &'a str,
    /// For such a topic: a message of the same name is dropped within 5 minutes. Up to 128 letters, digits and punctuation.
    pub name: &'a str,
}

impl Published<'_> {
    /// What counts towards [`Topic::MOST_BYTES`].
    #[must_use]
    pub fn bytes(&self) -> usize {
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(name, value)| name.len() + TYPE.len() + value.len());
        self.message().len() + attributes.sum::<usize>()
    }

    fn message(&self) -> String {
        let each = self.messages.iter();
        let each: Map<String, Value> = each
            .map(|(protocol, text)| ((*protocol).to_owned(), Value::from(*text)))
            .collect();
        Value::Object(each).to_string()
    }
}

/// One topic, as one role sees it. Cheap to clone.
#[derive(Clone)]
pub struct Topic {
    access: Access,
    region: String,
    arn: String,
}

/// Its credentials are nobody's business.
impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Topic").field(&self.arn).finish()
    }
}

impl Topic {
    /// The most bytes of a message.
    pub const MOST_BYTES: usize = 256 * 1024;
    /// A subject has less characters than this.
    pub const MOST_SUBJECT: usize = 100;

    /// By its ARN, which says its region; `None`: it is no topic's.
    #[must_use]
    pub fn new(access: &Access, arn: &str) -> Option<Self> {
        let region = Self::region(arn)?;
        Some(Self {
            access: access.in_region(region),
            region: region.to_owned(),
            arn: arn.to_owned(),
        })
    }

    /// The region in a topic's ARN; `None`: it is no topic's.
    #[must_use]
    pub fn region(arn: &str) -> Option<&str> {
        let parts: Vec<&str> = arn.split(':').collect();
        let [_, _, "sns", _, account, name] = parts[..] else {
            return None;
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        let base = name.strip_suffix(FIFO).unwrap_or(name);
        let is_one = !base.is_empty() && base.chars().all(plain) && name.len() <= 256;
        let is_account = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
        region_of(arn).filter(|_| is_one && is_account)
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// Publishes a message, in one attempt: whoever gets no answer may have published it.
    ///
    /// # Errors
    /// There is no such topic, it may not be published to, or AWS does not answer.
    pub async fn publish(&self, message: &Published<'_>, limit: Duration) -> Result<(), Fault> {
        let sdk = &self.access.sdk;
        let address = addresses::of_sns(sdk, &self.region);
        let call = Call::new(signed::operation(sdk, &SNS, "Publish", &address, limit));
        let sent = call.send(form(&self.arn, message)).await;
        sent.map(drop)
            .map_err(|error| Fault::from_sdk(PUBLISH, error))
    }
}

/// What the names of topics end with that keep an order.
const FIFO: &str = ".fifo";

/// Of every attribute.
const TYPE: &str = "String";

fn form(arn: &str, message: &Published<'_>) -> Form {
    let mut form = vec![
        pair("Action", "Publish"),
        pair("Version", VERSION),
        pair("TopicArn", arn),
        pair("Subject", message.subject),
        pair("MessageStructure", "json"),
        pair("Message", &message.message()),
    ];
    for (i, (name, value)) in (1..).zip(message.attributes) {
        let entry = format!("MessageAttributes.entry.{i}");
        form.push((format!("{entry}.Name"), (*name).to_owned()));
        form.push((format!("{entry}.Value.DataType"), TYPE.to_owned()));
        form.push((format!("{entry}.Value.StringValue"), (*value).to_owned()));
    }
    if arn.ends_with(FIFO) {
        form.push(pair("MessageGroupId", message.group));
        form.push(pair("MessageDeduplicationId", message.name));
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_of_a_topic_says_its_region_and_others_are_none() {
        for (arn, region) in [
            (
                "arn:aws:sns:eu-central-1:123456789012:migrations",
                "eu-central-1",
            ),
            (
                "arn:aws-cn:sns:cn-north-1:123456789012:a_b-c.fifo",
                "cn-north-1",
            ),
        ] {
            assert_eq!(Topic::region(arn), Some(region));
        }
        for other in [
            "migrations",
            "arn:aws:sns:eu-central-1:123456789012",
            "arn:aws:sns:eu-central-1:123456789012:",
            "arn:aws:sns:eu-central-1:123456789012:.fifo",
            "arn:aws:sns::123456789012:migrations",
            "arn:aws:sns:eu-central-1:1234:migrations",
            "arn:aws:sns:eu-central-1:123456789012:migra.tions",
            "arn:aws:sqs:eu-central-1:123456789012:migrations",
            "arn:aws:sns:eu-central-1:123456789012:migrations:a-subscription",
        ] {
            assert_eq!(Topic::region(other), None, "{other}");
        }
    }

    #[test]
    fn only_a_topic_that_keeps_an_order_is_told_of_one() {
        let published = Published {
            subject: "s",
            messages: &[("default", "m"), ("email", "\"")],
            attributes: &[("plan", "checkout")],
            group: "checkout",
            name: "done/checkout/7",
        };
        let has = |arn: &str, name: &str| {
            let form = form(arn, &published);
            form.into_iter()
                .find(|(key, _)| key == name)
                .map(|(_, v)| v)
        };
        let (plain, fifo) = ("arn:…:a", "arn:…:a.fifo");
        assert_eq!(has(plain, "MessageGroupId"), None);
        assert_eq!(has(plain, "MessageDeduplicationId"), None);
        assert_eq!(has(fifo, "MessageGroupId").as_deref(), Some("checkout"));
        let name = has(fifo, "MessageDeduplicationId");
        assert_eq!(name.as_deref(), Some("done/checkout/7"));
        let message = has(plain, "Message");
        assert_eq!(message.as_deref(), Some(r#"{"default":"m","email":"\""}"#));
        assert_eq!(
            message.map(|m| m.len() + "planStringcheckout".len()),
            Some(published.bytes())
        );
        let value = has(plain, "MessageAttributes.entry.1.Value.StringValue");
        assert_eq!(value.as_deref(), Some("checkout"));
    }
}
