//! Rounds and their calls to AWS as traces: a span a round, and in it a span a call, for a collector that speaks OTLP.
//!
//! - Here: which spans there are, with what. `settings`: what people write. `otlp`: how a span is written. `queue`: what waits.
//!   `exporter`: the thread that brings them. What must not be here: anything that a round waits for, or that decides.

mod exporter;
mod otlp;
mod queue;
mod settings;

use std::{io, sync::Arc, thread, time::Duration};

use jiff::{SignedDuration, Timestamp};
use sixshift_aws::trace;
use sixshift_core::plan::Plan;

use crate::{Clock, Metrics, Round, round::Outcome};
use exporter::Exporter;
use otlp::{Kind, Resource, Span};
use queue::Queue;
pub use settings::{Error, Settings, Target};

/// Follows rounds. Cheap to clone; nobody who uses it waits.
#[derive(Clone, Debug)]
pub struct Traces(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: Clock,
    queue: Arc<Queue>,
}

/// A round that is followed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    round: trace::Round,
    at: Timestamp,
}

impl Begun {
    /// Whom calls are made for.
    pub(crate) fn round(&self) -> trace::Round {
        self.round
    }

    /// As lines of the log have it.
    pub(crate) fn trace_id(&self) -> String {
        otlp::hex(&self.round.trace)
    }
}

impl Traces {
    /// Brings spans to the target from now on, on a thread of its own.
    ///
    /// # Errors
    /// There is no thread for it.
    pub fn start(target: Target, clock: Clock, metrics: Metrics) -> io::Result<Self> {
        let queue = Arc::new(Queue::new(metrics));
        let resource = Resource {
            service: target.service.clone(),
            instance: otlp::hex(&random::<8>().unwrap_or_default()),
            attributes: target.attributes.clone(),
        };
        let exporter = Exporter::new(target, resource, Arc::clone(&queue));
        let named = thread::Builder::new().name("traces".to_owned());
        named.spawn(move || exporter.run())?;
        Ok(Self(Arc::new(Inner { clock, queue })))
    }

    /// A round begins; `None` where there is no randomness for its ids.
    pub(crate) fn begin(&self) -> Option<Begun> {
        let round = trace::Round {
            trace: random()?,
            span: random()?,
        };
        Some(Begun {
            round,
            at: self.0.clock.now(),
        })
    }

    /// It has ended; the error is what a panic said.
    pub(crate) fn ended(&self, begun: Begun, plan: &Plan, id: u64, how: Result<&Round, &String>) {
        let mut span = Span {
            trace: begun.round.trace,
            id: begun.round.span,
            parent: None,
            kind: Kind::Internal,
            name: format!("round {}", plan.name),
            begun: begun.at,
            ended: self.0.clock.now(),
            attributes: vec![
                ("sixshift.plan.name", plan.name.clone()),
                ("sixshift.plan.uid", plan.uid.to_string()),
                ("sixshift.plan.revision", plan.revision.to_string()),
                ("sixshift.round.id", id.to_string()),
                ("cloud.provider", "aws".to_owned()),
                ("cloud.region", plan.service.region.clone()),
                ("sixshift.cluster", plan.service.cluster.clone()),
                ("sixshift.service", plan.service.name.clone()),
            ],
            error: None,
        };
        match how {
            Ok(round) => describe(&mut span, round),
            Err(panic) => {
                span.add("sixshift.outcome", "panicked");
                span.fail("panic", panic.clone());
            }
        }
        self.0.queue.put(span);
    }

    /// A call of a round's has ended.
    pub(crate) fn call(&self, ended: trace::Ended) {
        let Some(id) = random() else { return };
        let now = self.0.clock.now();
        let took = ended.took.mul_f64(self.0.clock.rate());
        let took = SignedDuration::try_from(took).unwrap_or_default();
        let service = service_id(ended.service);
        let mut span = Span {
            trace: ended.round.trace,
            id,
            parent: Some(ended.round.span),
            kind: Kind::Client,
            name: format!("{service}/{}", ended.operation),
            begun: now.saturating_sub(took).unwrap_or(now),
            ended: now,
            attributes: vec![
                ("rpc.system", "aws-api".to_owned()),
                ("rpc.service", service.to_owned()),
                ("rpc.method", ended.operation.to_owned()),
                ("cloud.region", ended.region.to_string()),
            ],
            error: None,
        };
        if let Some(id) = ended.request_id {
            span.add("aws.request_id", id);
        }
        if let Some((word, sentence)) = ended.error {
            span.fail(&word, sentence);
        }
        self.0.queue.put(span);
    }

    /// Brings what is left, as far as the collector takes it within this time. Blocks for at most that long.
    pub fn close(&self, within: Duration) {
        self.0.queue.close(within);
    }
}

/// How a round that came to its end went.
fn describe(span: &mut Span, round: &Round) {
    span.add("sixshift.phase", round.status.phase.to_string());
    if let Some(on) = &round.status.waiting_on {
        span.add("sixshift.waiting_on", on.kind());
    }
    let (outcome, action) = match &round.outcome {
        Outcome::Waited => ("waited", None),
        Outcome::Acted(action) => ("acted", Some(action)),
        Outcome::Vetoed(action, veto) => {
            span.fail("veto", veto.to_string());
            ("vetoed", Some(action))
        }
        Outcome::Failed(action, error) => {
            let word = error.code().unwrap_or_else(|| error.kind().as_str());
            span.fail(word, error.to_string());
            ("failed", Some(action))
        }
    };
    span.add("sixshift.outcome", outcome);
    if let Some(action) = action {
        span.add("sixshift.action", action.name());
        span.add("sixshift.action.call", action.call());
    }
}

/// As AWS's SDKs name a service, by its prefix in IAM.
fn service_id(prefix: &'static str) -> &'static str {
    match prefix {
        "ecs" => "ECS",
        "elasticloadbalancing" => "Elastic Load Balancing v2",
        "cloudwatch" => "CloudWatch",
        "application-autoscaling" => "Application Auto Scaling",
        "ec2" => "EC2",
        other => other,
    }
}

fn random<const BYTES: usize>() -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    let source = rustls::crypto::aws_lc_rs::default_provider().secure_random;
    source.fill(&mut bytes).ok()?;
    // All zeros are no id.
    bytes.iter().any(|byte| *byte != 0).then_some(bytes)
}
