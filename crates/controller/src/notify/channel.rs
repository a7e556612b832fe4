//! How a message is brought to a receiver, whatever its kind.
//!
//! What belongs here: which way each kind has, and why a message was not accepted. What must not: when it is tried again.

use jiff::Timestamp;
use sixshift_aws::{Kind, store::Fault};

use super::{Receiver, To, cloud_event, event_bridge, message::Message, slack, sns};
use crate::{
    post::{self, Body, Client},
    secret::Secret,
};

/// Why it was not accepted.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{0}{allow}", allow = allow(.0))]
    Post(#[from] post::Failure),
    #[error("{0}{remedy}", remedy = remedy(.0))]
    Aws(#[from] Fault),
}

fn allow(failure: &post::Failure) -> &'static str {
    match failure {
        post::Failure::Private(_) => "; write allowPrivate: true if it is meant",
        _ => "",
    }
}

fn remedy(fault: &Fault) -> &'static str {
    match fault.kind() {
        Kind::Denied => {
            "; allow this role the call on it, and kms:GenerateDataKey* and kms:Decrypt on a key of its own"
        }
        Kind::Missing => "; write one that is there",
        Kind::Credentials => "; give the daemon credentials that are valid there",
        _ => "",
    }
}

impl Failure {
    /// Whether it is this message that is refused, not the sender.
    pub(super) fn is_of_the_message(&self) -> bool {
        match self {
            Self::Post(failure) => failure.is_of_the_message(),
            Self::Aws(fault) => fault.is_code(OF_THE_MESSAGE),
        }
    }

    /// Whether an address or a secret may be another by now.
    fn doubts(&self) -> bool {
        matches!(
            self,
            Self::Post(post::Failure::Status(400 | 401 | 403 | 404 | 410))
        )
    }
}

/// SNS's and EventBridge's codes for what is in a message.
const OF_THE_MESSAGE: &[&str] = &[
    "InvalidParameter",
    "ParameterValueInvalid",
    "InvalidArgument",
    "MalformedDetail",
    "ValidationError",
    "ValidationException",
];

/// The way to one receiver.
pub(super) struct Channel<'a> {
    receiver: &'a Receiver,
    /// For those that are reached over HTTP.
    client: Option<Client>,
}

impl<'a> Channel<'a> {
    pub(super) fn to(receiver: &'a Receiver) -> Self {
        let is_http = matches!(receiver.to, To::Webhook { .. } | To::Slack { .. });
        let client = is_http.then(|| Client::new(receiver.allow_private));
        Self { receiver, client }
    }

    /// Brings it; when this is over it was accepted, or not.
    pub(super) async fn bring(&self, message: &Message, now: Timestamp) -> Result<(), Failure> {
        let (base, limit) = (self.receiver.dashboard.as_deref(), self.receiver.timeout);
        let sent = match &self.receiver.to {
            To::Webhook { url, secret } => {
                let body = cloud_event::body(message, base, secret.as_ref(), now);
                self.post(url, body).await
            }
            To::Slack { url } => self.post(url, slack::body(message)).await,
            To::Sns { topic } => Ok(sns::publish(topic, message, base, limit).await?),
            To::EventBridge { bus } => Ok(event_bridge::put(bus, message, limit).await?),
        };
        if sent.as_ref().is_err_and(Failure::doubts) {
            self.receiver.to.secrets().for_each(Secret::doubt);
        }
        sent
    }

    async fn post(&self, url: &Secret, body: Body) -> Result<(), Failure> {
        let (client, url, within) = (self.client.clone(), url.value(), self.receiver.timeout);
        let client = client.ok_or(post::Failure::Request)?;
        let sent = tokio::task::spawn_blocking(move || client.post(&url, &body, within)).await;
        Ok(sent.unwrap_or(Err(post::Failure::Request))?)
    }
}
