//! A region that answers HTTP requests: the world behind a clock, with limits, faults, counters and latency.
//!
//! What belongs here: the order of those around a call. What must not: what a call does, how it is written, how requests arrive.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;

use crate::caller::{self, Policy};
use crate::faults::{self, Fault, Faults, Wrong};
use crate::lag::Lag;
use crate::limits::{Limits, is_read};
use crate::record::Recorder;
use crate::services::{AwsError, Service, shelf};
use crate::wire::{self, Asked, Protocol};
use crate::witness::{Witness, Write};
use crate::world::World;
use crate::{Value, control, dice, front};

/// The path below which the region's own controls lie. No AWS service has it.
const CONTROL: &str = "/_sim/";

/// A simulated region, shared by everything that talks to it.
#[derive(Clone)]
pub struct Region(Arc<Mutex<State>>);

/// What has been asked of the region so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Counters {
    /// Calls by name, such as `ecs:DescribeServices`, refused ones included.
    pub calls: BTreeMap<String, u64>,
    /// Calls among them that changed something, or were accepted as if they did.
    pub accepted: BTreeMap<String, u64>,
    /// Calls refused as too fast.
    pub throttled: u64,
}

/// The region's time as others can follow it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockReading {
    /// When the region was made, in its own time.
    pub epoch: Timestamp,
    /// Its time now.
    pub now: Timestamp,
    /// Its seconds a second.
    pub rate: f64,
}

/// The answer to a call was lost: the connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the reply was lost")]
pub struct Lost;

struct State {
    world: World,
    epoch: Timestamp,
    /// The pair of moments from which time runs on at `rate`.
    anchor: (Instant, Timestamp),
    rate: f64,
    limits: Limits,
    faults: Faults,
    caller: Option<Policy>,
    lag: Lag,
    counters: Counters,
    recorder: Option<Recorder>,
    witness: Option<Box<dyn Witness>>,
    seed: u64,
    requests: u64,
}

/// Why a call is answered by nobody of AWS.
enum Unanswered {
    Lost,
    Proxy,
}

/// What a request comes to, before any waiting.
struct Reply {
    response: Result<Response<Bytes>, Lost>,
    after: Duration,
}

impl std::fmt::Debug for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Region").finish_non_exhaustive()
    }
}

impl Region {
    /// A region from a world. Its time runs with tokio's clock; under paused tokio time it is virtual.
    pub fn new(world: World, seed: u64) -> Self {
        let epoch = world.now();
        Self(Arc::new(Mutex::new(State {
            epoch,
            anchor: (Instant::now(), epoch),
            rate: 1.0,
            limits: Limits::default(),
            faults: Faults::new(seed),
            caller: None,
            lag: Lag::new(seed),
            counters: Counters::default(),
            recorder: None,
            witness: None,
            seed,
            requests: 0,
            world,
        })))
    }

    /// Looks at or changes the world, brought up to the region's time first.
    pub fn with_world<R>(&self, f: impl FnOnce(&mut World) -> R) -> R {
        let mut state = self.state();
        state.catch_up();
        f(&mut state.world)
    }

    /// Lets the region's time run so many times as fast as tokio's from now on.
    pub fn set_rate(&self, rate: f64) {
        let mut state = self.state();
        let now = state.catch_up();
        state.anchor = (Instant::now(), now);
        state.rate = if rate.is_finite() { rate.max(0.0) } else { 1.0 };
    }

    /// Moves the region's time ahead at once.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        let now = state.catch_up();
        let ahead = now.checked_add(by).unwrap_or(now);
        state.anchor = (Instant::now(), ahead);
        state.catch_up();
    }

    /// Reads the region's clock.
    pub fn clock(&self) -> ClockReading {
        let state = self.state();
        ClockReading {
            epoch: state.epoch,
            now: state.time(),
            rate: state.rate,
        }
    }

    /// What has been asked so far.
    pub fn counters(&self) -> Counters {
        self.state().counters.clone()
    }

    /// Another actor of the account eats this share (0 to 1) of each token bucket.
    pub fn set_bucket_share(&self, share: f64) {
        self.state().limits.set_share(share);
    }

    /// Reads, and writes that rest on others, are up to so many seconds late from now on; 0 ends it.
    pub fn set_lag(&self, seconds: f64) {
        self.state().lag.set(seconds);
    }

    /// How many seconds late it is at most.
    pub fn lag(&self) -> f64 {
        self.state().lag.most()
    }

    /// Adds a rule of what goes wrong.
    pub fn inject(&self, fault: Fault) {
        self.state().faults.add(fault);
    }

    /// Ends every fault.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// Allows every caller from now on what this policy allows, or everything.
    pub fn set_policy(&self, policy: Option<Policy>) {
        self.state().caller = policy;
    }

    /// Writes down from now on what is asked and answered, a JSON object a line, as far as it says something new.
    pub fn record(&self, to: impl std::io::Write + Send + 'static) {
        self.state().recorder = Some(Recorder::new(Box::new(to)));
    }

    /// Tells somebody of each write from now on that a client asks for: while it is told, the region stands still.
    pub fn watch(&self, witness: impl Witness + 'static) {
        self.state().witness = Some(Box::new(witness));
    }

    /// Answers a request. A lost reply never comes: see [`Region::exchange`] for a transport that can break off.
    pub async fn request(&self, request: Request<Bytes>) -> Response<Bytes> {
        match self.exchange(request).await {
            Ok(response) => response,
            Err(Lost) => std::future::pending().await,
        }
    }

    /// Answers a request, or says that the reply was lost.
    ///
    /// # Errors
    /// When a fault loses the reply.
    pub async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Lost> {
        if let Some(path) = request.uri().path().strip_prefix(CONTROL) {
            return Ok(control::answer(
                self,
                request.method(),
                path,
                request.body(),
            ));
        }
        if front::is_customers(&request) {
            let answer = self.with_world(|world| front::answer(world, &request));
            let (response, took) = answer.ok_or(Lost)?;
            let rate = self.state().rate;
            if rate > 0.0 {
                tokio::time::sleep(took.div_f64(rate)).await;
            }
            return Ok(response);
        }
        let reply = self.state().reply(&request);
        tokio::time::sleep(reply.after).await;
        reply.response
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves the world as it was after some whole event; going on is better than dying twice.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn time(&self) -> Timestamp {
        let passed = self.anchor.0.elapsed();
        let passed = if self.rate == 1.0 {
            passed
        } else {
            passed.mul_f64(self.rate)
        };
        self.anchor.1.checked_add(passed).unwrap_or(self.anchor.1)
    }

    fn catch_up(&mut self) -> Timestamp {
        let now = self.time();
        self.world.advance(now);
        now
    }

    fn reply(&mut self, request: &Request<Bytes>) -> Reply {
        let now = self.catch_up();
        self.requests += 1;
        let mut asked = Asked {
            protocol: Protocol::of(request),
            service: wire::service_hint(request),
            op: wire::op_hint(request),
            request_id: request_id(self.seed, self.requests),
            now,
        };
        let mut after = 0.020 + 0.060 * dice::unit(self.seed ^ 0x6c61_7465, self.requests);
        let outcome = match wire::read(request, &self.world.region) {
            Ok(call) => {
                asked.op.clone_from(&call.op);
                asked.service = Some(call.service);
                let outcome = self.attempt(&call, now, &mut after);
                if let Some(recorder) = &mut self.recorder {
                    let answer = outcome.as_ref().ok().map(Result::as_ref);
                    recorder.note(asked.protocol, &call, answer);
                }
                outcome
            }
            Err(error) => Ok(Err(error)),
        };
        let response = match outcome {
            Ok(outcome) => Ok(wire::write(&asked, outcome.as_ref())),
            Err(Unanswered::Lost) => Err(Lost),
            Err(Unanswered::Proxy) => Ok(faults::proxy_page()),
        };
        Reply {
            response,
            after: self.real(after),
        }
    }

    /// Region's seconds as seconds of tokio's clock.
    fn real(&self, seconds: f64) -> Duration {
        let rate = if self.rate > 0.0 { self.rate } else { 1.0 };
        Duration::try_from_secs_f64(seconds / rate).unwrap_or_default()
    }

    fn attempt(
        &mut self,
        call: &wire::Call,
        now: Timestamp,
        after: &mut f64,
    ) -> Result<Result<Value, AwsError>, Unanswered> {
        let (service, op, input) = (call.service, call.op.as_str(), &call.input);
        let name = format!("{}:{op}", service.label());
        *self.counters.calls.entry(name.clone()).or_default() += 1;
        if !self.limits.admit(service, op, now) {
            return Ok(Err(self.throttle(service)));
        }
        if let Some(policy) = &self.caller
            && let Err(denied) = caller::check(policy, &self.world, service, op, input)
        {
            return Ok(Err(denied));
        }
        if service.is_everywhere()
            && let Err(elsewhere) = shelf::s3::addressed(&self.world, &call.region, op, input)
        {
            return Ok(Err(elsewhere));
        }
        let wrong = self.faults.draw(&name, input, now);
        match &wrong {
            Some(Wrong::Throttle) => return Ok(Err(self.throttle(service))),
            Some(Wrong::ErrorBefore) => return Ok(Err(service.broken(op))),
            Some(Wrong::Refused(refusal)) => return Ok(Err(refusal.into())),
            Some(Wrong::Proxy) => return Err(Unanswered::Proxy),
            Some(Wrong::Delay(seconds)) => *after += seconds.max(0.0),
            _ => {}
        }
        let mut outcome = self.carry_out(&Write { service, op, input });
        if outcome.is_ok() && !is_read(op) {
            *self.counters.accepted.entry(name.clone()).or_default() += 1;
        }
        if let Ok(output) = &mut outcome {
            let old = match wrong {
                Some(Wrong::StaleRead(seconds)) => self.faults.stale(&name, input, seconds, now),
                _ => None,
            };
            if is_read(op) {
                self.faults.remember(&name, input, output, now);
            }
            if let Some(old) = old {
                *output = old;
            }
            match wrong {
                Some(Wrong::PartialData) => faults::make_partial(output),
                Some(Wrong::DataLost) => faults::lose_data(output),
                _ => {}
            }
        }
        match wrong {
            Some(Wrong::ErrorAfter) => Ok(Err(service.broken(op))),
            Some(Wrong::LostReply) => Err(Unanswered::Lost),
            _ => Ok(outcome),
        }
    }

    /// What the operation itself does, before the eyes of whoever watches.
    fn carry_out(&mut self, call: &Write<'_>) -> Result<Value, AwsError> {
        let Self {
            world,
            lag,
            witness,
            ..
        } = self;
        let mut witness = witness.as_deref_mut().filter(|_| !is_read(call.op));
        if let Some(witness) = &mut witness {
            witness.before(world, call);
        }
        let outcome = lag.call(world, call.service, call.op, call.input);
        if let Some(witness) = &mut witness {
            witness.after(world, call, outcome.as_ref());
        }
        outcome
    }

    fn throttle(&mut self, service: Service) -> AwsError {
        self.counters.throttled += 1;
        service.too_fast()
    }
}

/// Looks like AWS's, and follows from the seed and the count.
fn request_id(seed: u64, count: u64) -> String {
    let (a, b) = (dice::bits(seed, count), dice::bits(!seed, count));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        b >> 52,
        b & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests;
