//! Somebody is told: what happens to plans and to the daemon goes to webhooks, Slack, topics of SNS and buses of EventBridge.
//!
//! - [`Settings`]: what people write, and what is wrong with it. [`Receiver`]: one that can be sent to.
//! - `happening`: which events are worth a message, and to whom. `message`: what is said. `cloud_event`, `slack`, `sns`,
//!   `event_bridge`: how it is written. `channel`: how it is brought.
//! - `courier`: one receiver's way through the history: what it has heard is in the journal, and is written there only after it
//!   was accepted. `reading`: what it makes of an event. So a message comes at least once, in order, whatever ends in between.
//!
//! What must not be here: any decision about a migration, and any that rests on a sentence. Nobody waits for a receiver: each
//! has a courier of its own beside the fleet's loop, and a request over HTTP runs on a thread of its own.

mod channel;
mod cloud_event;
mod courier;
mod event_bridge;
mod happening;
mod message;
mod reading;
mod settings;
mod slack;
mod sns;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sixshift_aws::store::{Bus, Topic};

use crate::{
    Fleet,
    journal::{self, Heard, Page, Save},
    post::host,
    secret::Secret,
};
use courier::Courier;
pub use settings::{Error, Settings, check, mistakes, receivers, secrets};

/// What somebody may want to be told of.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum On {
    /// A migration has begun.
    Begun,
    /// More of the traffic is on IPv6.
    Step,
    /// It stands still until a person does something; again while it does; and when that is over.
    NeedsPerson,
    /// Traffic is being taken back, and is back.
    RolledBack,
    /// A service is migrated.
    Done,
    /// Preflight found something that stops nothing.
    Findings,
    /// The daemon itself: it started, leads, stops, cannot write its journal.
    Daemon,
}

/// How a message is brought.
#[derive(Clone)]
pub enum To {
    /// A `CloudEvents` message, signed.
    Webhook {
        /// Where to.
        url: Secret,
        /// What it is signed with; without one it is not.
        secret: Option<Secret>,
    },
    /// A message to a Slack channel.
    Slack {
        /// Whoever knows it may post.
        url: Secret,
    },
    /// A topic of SNS.
    Sns {
        /// Which, as whom.
        topic: Topic,
    },
    /// A bus of EventBridge.
    EventBridge {
        /// Which, as whom.
        bus: Bus,
    },
}

/// Somebody who is told.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// What the journal, the log and metrics call it.
    pub name: String,
    /// How it is brought.
    pub to: To,
    /// Of what.
    pub on: BTreeSet<On>,
    /// Of plans with all of these labels; none: of all.
    pub plans: BTreeMap<String, String>,
    /// After how long it is told again that a person is needed; `None`: never.
    pub repeat: Option<SignedDuration>,
    /// How long a request may take.
    pub timeout: Duration,
    /// Whether it may be at an address that is not the internet's, where it has one.
    pub allow_private: bool,
    /// The dashboard's address, for links.
    pub dashboard: Option<String>,
}

impl To {
    /// What is read again while somebody holds it.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let (address, key) = match self {
            Self::Webhook { url, secret } => (Some(url), secret.as_ref()),
            Self::Slack { url } => (Some(url), None),
            Self::Sns { .. } | Self::EventBridge { .. } => (None, None),
        };
        address.into_iter().chain(key)
    }
}

/// Of an address the host alone: a path or a query may be all that keeps strangers out.
impl fmt::Debug for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Webhook { url, .. } => write!(f, "webhook at {}", host(&url.value())),
            Self::Slack { url } => write!(f, "slack at {}", host(&url.value())),
            Self::Sns { topic } => write!(f, "SNS topic {}", last(topic.arn(), ':')),
            Self::EventBridge { bus } => write!(f, "EventBridge bus {}", last(bus.name(), '/')),
        }
    }
}

/// The last part of an ARN, without an account's number.
fn last(arn: &str, before: char) -> &str {
    arn.rsplit(before).next().unwrap_or(arn)
}

/// Tells the receivers what happens in a fleet from this event on, and whatever they have not heard yet; never ends. To be
/// polled beside the fleet that leads: who stands by has nothing to say.
pub async fn tell(receivers: &[Receiver], fleet: &Fleet, last_event: u64) {
    let (heard, newest) = loop {
        let read = async {
            let heard = fleet.records().heard().await?;
            Ok::<_, journal::Error>((heard, newest(fleet).await?))
        };
        match read.await {
            Ok(read) => break read,
            Err(error) => {
                tracing::warn!("what receivers have heard could not be read: {error}");
                tokio::time::sleep(courier::AGAIN).await;
            }
        }
    };
    let is_there = |name: &String| receivers.iter().any(|receiver| receiver.name == *name);
    let gone = heard.keys().filter(|name| !is_there(name));
    let gone: Vec<Save> = gone.cloned().map(Save::Unheard).take(MOST_GONE).collect();
    if !gone.is_empty()
        && let Err(error) = fleet.records().save(gone, None).await
    {
        tracing::warn!("receivers that are gone could not be forgotten: {error}");
    }
    let couriers = receivers.iter().map(|receiver| {
        let heard = heard.get(&receiver.name).cloned();
        let heard = heard.map(|heard| within(heard, newest, &receiver.name));
        Courier::new(receiver, fleet, heard, last_event).run()
    });
    futures::future::join_all(couriers).await;
    std::future::pending().await
}

/// The number of the newest event; 0: there is none.
async fn newest(fleet: &Fleet) -> Result<u64, journal::Error> {
    let newest = Page {
        limit: 1,
        ..Page::default()
    };
    let newest = fleet.records().events(None, newest).await?;
    Ok(newest.first().map_or(0, |event| event.seq))
}

/// Whoever has heard more than there is has it from another history: it goes on at this one's end.
fn within(mut heard: Heard, newest: u64, receiver: &str) -> Heard {
    if heard.up_to > newest {
        tracing::warn!(
            receiver,
            "the history is shorter than what was heard of it; it goes on at its end"
        );
        heard.up_to = newest;
    }
    heard
}

/// Receivers forgotten at once: far fewer than the most writes.
const MOST_GONE: usize = 50;
