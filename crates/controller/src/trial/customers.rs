//! Whoever asks a trial's services while they migrate: the one view that no API has.
//!
//! What belongs here: asking at a pace, and counting answers. What must not: what a count means.
//!
//! A task answers with its own address, so an answer says which side it came from.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use jiff::SignedDuration;
use serde::Serialize;
use sixshift_aws::trial::Role;

use super::PACE;
use crate::Clock;

/// How many ask a service at the same time, so that a slow answer slows nobody else.
const ASKING: u32 = 4;
/// How long one waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a new load balancer's name may take to be known.
const REACHED: SignedDuration = SignedDuration::from_mins(5);
const LOOK: SignedDuration = SignedDuration::from_secs(5);

/// What customers saw so far, since a service was reached for the first time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// How often they asked.
    pub asked: u64,
    /// How often they got an error, or no answer.
    pub failed: u64,
    /// How often a task's IPv4 address answered.
    pub ipv4: u64,
    /// How often an IPv6 one did.
    pub ipv6: u64,
}

/// They ask until this is dropped.
pub(super) struct Customers(Arc<Shared>);

#[derive(Default)]
struct Shared {
    over: AtomicBool,
    reached: AtomicBool,
    asked: AtomicU64,
    failed: AtomicU64,
    ipv4: AtomicU64,
    ipv6: AtomicU64,
}

impl Drop for Customers {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Relaxed);
    }
}

/// What one request came to.
enum Answer {
    Ipv4,
    Ipv6,
    Failed,
    /// Nobody was there at all.
    Nobody,
}

impl Customers {
    /// Asks the load balancer of a name; at another address, where it is reached there.
    pub(super) fn ask(name: &str, connect_to: Option<&str>, clock: &Clock) -> Self {
        let shared = Arc::new(Shared::default());
        for role in Role::ALL {
            let url = format!("http://{}{}", connect_to.unwrap_or(name), role.path());
            for _ in 0..ASKING {
                let (shared, clock) = (Arc::clone(&shared), clock.clone());
                let (url, name) = (url.clone(), name.to_owned());
                thread::spawn(move || ask_on(&shared, &clock, &url, &name));
            }
        }
        Self(shared)
    }

    /// What they saw so far.
    pub(super) fn seen(&self) -> Seen {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Seen {
            asked: count(&self.0.asked),
            failed: count(&self.0.failed),
            ipv4: count(&self.0.ipv4),
            ipv6: count(&self.0.ipv6),
        }
    }

    /// Waits until a service answers them.
    pub(super) async fn reach(&self, clock: &Clock) -> Result<(), String> {
        let until = clock.now() + REACHED;
        while !self.0.reached.load(Ordering::Relaxed) {
            if clock.now() > until {
                return Err(
                    "this machine does not reach the load balancer over HTTP, and without requests nothing is proven; run \
                     the trial on a machine that reaches the internet on port 80, or give --connect-to"
                        .to_owned(),
                );
            }
            clock.sleep_until(clock.now() + LOOK).await;
        }
        Ok(())
    }
}

fn ask_on(shared: &Shared, clock: &Clock, url: &str, name: &str) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .http_status_as_error(false)
        // Whatever is between this machine and others is not to answer in their place.
        .proxy(None)
        .build()
        .into();
    while !shared.over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let answer = once(&agent, url, name);
        let is_reached = match answer {
            // What it says before it is there counts for nobody.
            Answer::Nobody | Answer::Failed => shared.reached.load(Ordering::Relaxed),
            Answer::Ipv4 | Answer::Ipv6 => {
                shared.reached.store(true, Ordering::Relaxed);
                true
            }
        };
        if is_reached {
            shared.asked.fetch_add(1, Ordering::Relaxed);
            let counter = match answer {
                Answer::Ipv4 => &shared.ipv4,
                Answer::Ipv6 => &shared.ipv6,
                Answer::Failed | Answer::Nobody => &shared.failed,
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let pause = f64::from(ASKING) / PACE / clock.rate().max(f64::MIN_POSITIVE);
        thread::sleep(Duration::from_secs_f64(pause).saturating_sub(begun.elapsed()));
    }
}

fn once(agent: &ureq::Agent, url: &str, name: &str) -> Answer {
    match agent.get(url).header("host", name).call() {
        Ok(mut answer) if answer.status().is_success() => {
            match answer.body_mut().read_to_string() {
                Ok(address) if address.contains(':') => Answer::Ipv6,
                Ok(_) => Answer::Ipv4,
                Err(_) => Answer::Failed,
            }
        }
        Ok(_) => Answer::Failed,
        Err(_) => Answer::Nobody,
    }
}
