//! A simulated region's own operator: a person who, after a while, gives the approvals that plans ask for.

use std::{cell::RefCell, collections::BTreeMap};

use jiff::{SignedDuration, Timestamp};
use sixshift_controller::{
    Clock, Fleet,
    command::{Order, Verb},
};
use sixshift_core::{
    facts::Gate,
    status::{Status, WaitingOn},
};

/// How long the operator takes to look at a request.
const LOOKS: SignedDuration = SignedDuration::from_secs(150);
/// How often the operator looks whether there are any.
const EVERY: SignedDuration = SignedDuration::from_secs(30);

/// A person at the fleet's side.
pub(crate) struct Operator<'a> {
    fleet: &'a Fleet,
    clock: Clock,
    actor: &'static str,
    asked: RefCell<BTreeMap<String, (Gate, Timestamp)>>,
}

impl<'a> Operator<'a> {
    pub(crate) fn new(fleet: &'a Fleet, clock: Clock, actor: &'static str) -> Self {
        Self {
            fleet,
            clock,
            actor,
            asked: RefCell::default(),
        }
    }

    /// Takes note of what a plan waits for.
    pub(crate) fn saw(&self, status: &Status) {
        let mut asked = self.asked.borrow_mut();
        match &status.waiting_on {
            Some(WaitingOn::Approval { gate }) => {
                if asked.get(&status.plan).is_none_or(|(g, _)| g != gate) {
                    asked.insert(status.plan.clone(), (*gate, status.at));
                }
            }
            _ => {
                asked.remove(&status.plan);
            }
        }
    }

    /// Approves what has been asked for long enough. Never ends.
    pub(crate) async fn work(&self, mut said: impl FnMut(&str, Gate)) {
        loop {
            self.clock.sleep_until(self.clock.now() + EVERY).await;
            let now = self.clock.now();
            let is_due = |since: &Timestamp| now.duration_since(*since) >= LOOKS;
            let due: Vec<(String, Gate)> = self
                .asked
                .borrow()
                .iter()
                .filter(|(_, (_, t))| is_due(t))
                .map(|(n, (g, _))| (n.clone(), *g))
                .collect();
            for (name, gate) in due {
                self.asked.borrow_mut().remove(&name);
                let order = Order {
                    verb: Verb::Approve,
                    plan: Some(name.clone()),
                    gate: Some(gate),
                    to: None,
                    revision: None,
                    actor: self.actor.to_owned(),
                    reason: "it looks good".to_owned(),
                };
                // Refused when a visitor was faster.
                if self.fleet.order(order).await.is_ok() {
                    said(&name, gate);
                }
            }
        }
    }
}
