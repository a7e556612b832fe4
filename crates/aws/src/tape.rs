//! What AWS was asked and what it answered, written down as it goes over the wire, without anything that names an account.
//!
//! What belongs here: hearing calls, and the form of a recording. What must not: which calls are made, and any judgement of
//! an answer ([`crate::trial`] plays a recording again).
//!
//! Of answers only the shape is kept: which members are there, and of what type. Of requests all is kept, but ids, addresses
//! and the account's number are tokens ([`scrub`]), the same one for the same thing.

pub(crate) mod names;
mod scrub;
pub(crate) mod shape;
mod token;
mod wire;

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef},
            dyn_dispatch_hint,
        },
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::Meter;
use scrub::Scrub;
pub(crate) use wire::{Answered, Asked, posted, read};
pub use wire::{Posted, Protocol};

/// One call and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Taped {
    /// When it was sent.
    pub at: Timestamp,
    /// How long AWS took, in milliseconds of its own clock.
    pub took: u64,
    /// As signatures name it.
    pub service: String,
    /// As AWS calls it.
    pub operation: String,
    /// How it was written.
    pub protocol: Protocol,
    /// What was asked.
    pub request: Value,
    /// The HTTP status; none where no answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// AWS's error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Which of the recording's shapes the answer has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<usize>,
}

/// Everything that was heard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recording {
    /// In the order in which they were answered.
    pub calls: Vec<Taped>,
    /// The shapes of answers, each once.
    pub shapes: Vec<Value>,
}

/// Writes down every call of the hands that it is given to. Cheap to clone.
#[derive(Clone)]
pub struct Tape(Arc<Inner>);

struct Inner {
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    reel: Mutex<Reel>,
}

#[derive(Default)]
struct Reel {
    scrub: Scrub,
    recording: Recording,
}

impl std::fmt::Debug for Tape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tape").finish_non_exhaustive()
    }
}

impl Tape {
    /// An empty one, by the clock that calls go by.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner {
            now: Box::new(now),
            reel: Mutex::default(),
        }))
    }

    /// Writes a token in place of this text wherever it stands, from now on.
    pub fn hide(&self, text: &str, kind: &str) {
        self.with(|reel| reel.scrub.hide(text, kind));
    }

    /// What stands for a text.
    #[must_use]
    pub fn token(&self, text: &str) -> String {
        self.with(|reel| reel.scrub.text(text))
    }

    /// What was heard so far.
    #[must_use]
    pub fn recording(&self) -> Recording {
        self.with(|reel| reel.recording.clone())
    }

    fn with<T>(&self, does: impl FnOnce(&mut Reel) -> T) -> T {
        does(&mut self.0.reel.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn heard(&self, asked: &Asked, sent: Timestamp, answered: Option<&Answered>) {
        let now = (self.0.now)();
        let took = u64::try_from(now.duration_since(sent).as_millis()).unwrap_or_default();
        self.with(|reel| {
            let request = reel.scrub.value(&asked.input);
            let answer = answered.map(|answer| {
                let shape = shape::of(&answer.body, &mut reel.scrub);
                let known = reel.recording.shapes.iter().position(|s| *s == shape);
                known.unwrap_or_else(|| {
                    reel.recording.shapes.push(shape);
                    reel.recording.shapes.len() - 1
                })
            });
            reel.recording.calls.push(Taped {
                at: sent,
                took,
                service: asked.service.clone(),
                operation: asked.operation.clone(),
                protocol: asked.protocol,
                request,
                status: answered.map(|answer| answer.status),
                error: answered.and_then(|answer| answer.error.clone()),
                answer,
            });
        });
    }
}

/// Hears the calls of a client, where somebody records.
#[derive(Debug)]
pub(crate) struct Ear(pub(crate) Arc<Meter>);

/// A call on its way.
#[derive(Debug)]
struct OnItsWay(Asked, Timestamp);

impl Storable for OnItsWay {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for Ear {
    fn name(&self) -> &'static str {
        "Ear"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(tape) = self.0.tape.get()
            && let Some(asked) = wire::asked(context.request())
        {
            let sent = (tape.0.now)();
            config.interceptor_state().store_put(OnItsWay(asked, sent));
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(tape) = self.0.tape.get()
            && let Some(OnItsWay(asked, sent)) = config.load::<OnItsWay>()
        {
            let answered = context
                .response()
                .map(|r| wire::answered(asked.protocol, r));
            tape.heard(asked, *sent, answered.as_ref());
        }
        Ok(())
    }
}
