//! What people say: refused with the reason, or written down and then done.
//!
//! Where the journal cannot be written, what stops or takes back is done at once and written later. Everything else is
//! refused: it would be forgotten with this process, after it had its effect.

use jiff::Timestamp;
use sixshift_core::{
    facts::{self, Approval, Facts, Gate, Promotion},
    plan::Revision,
    share::Share,
    status::{Status, WaitingOn},
};

use super::{Entry, Fleet, Record, log, told::about};
use crate::{
    command::{
        Accepted, LONGEST_REASON, Order, Refused, Verb, effect, gate_name, refusal, too_short,
    },
    event::{Event, EventKind},
    journal::{PlanFacts, Said, Save},
};

impl Fleet {
    /// Carries an order out, if it can be carried out now. It counts once the journal has it; what stops or takes back
    /// counts without.
    ///
    /// # Errors
    /// Why not.
    pub async fn order(&self, order: Order) -> Result<Accepted, Refused> {
        let verb = order.verb;
        // Somebody may have mended it just now.
        self.write_late().await;
        let done = match whole(&order) {
            Err(refused) => Err(refused),
            Ok(None) => self.order_fleet(order).await,
            Ok(Some(plan)) => self.order_plan(&plan, order).await,
        };
        self.metrics().order(verb, done.is_ok());
        done
    }

    async fn order_fleet(&self, order: Order) -> Result<Accepted, Refused> {
        let (now, verb) = (self.now(), order.verb);
        let facts = Facts {
            frozen: self.frozen.borrow().as_ref().map(Said::freeze),
            ..Facts::default()
        };
        if let Some(why) = refusal(verb, None, &facts, None) {
            return Err(Refused::NotNow { verb, why });
        }
        let stands = Save::Fleet(self.frozen.borrow().clone());
        let frozen = (verb == Verb::Freeze).then(|| said(&order, now));
        let event = Event::new(now, EventKind::Command, verb.name());
        let accepted = self
            .keep(
                Save::Fleet(frozen.clone()),
                stands,
                event,
                &order,
                effect(verb, None, None, None, &facts, None),
            )
            .await?;
        self.frozen.replace(frozen);
        self.show_fleet();
        self.ask_everybody();
        Ok(accepted)
    }

    async fn order_plan(&self, name: &str, order: Order) -> Result<Accepted, Refused> {
        let (now, verb) = (self.now(), order.verb);
        let (event, facts, stands, sentence) = {
            let entries = self.entries.borrow();
            let unknown = || Refused::UnknownPlan(name.to_owned());
            let entry = entries.get(name).ok_or_else(unknown)?;
            let plan = entry.plan.as_ref().ok_or_else(|| Refused::NotNow {
                verb,
                why: "there is no good revision of it yet; mend its file".to_owned(),
            })?;
            let revision = plan.revision.clone();
            if order.revision.as_ref().is_some_and(|r| *r != revision) {
                return Err(Refused::OtherRevision { now: revision });
            }
            let status = entry.status.as_deref();
            let refused = refusal(verb, Some(plan), &self.facts(name, entry), status);
            let short = || order.to.and_then(|to| too_short(to, status));
            if let Some(why) = refused.or_else(short) {
                return Err(Refused::NotNow { verb, why });
            }
            let gate = gate(&order, status)?;
            let mut facts = entry.said.clone();
            apply(&mut facts, &order, gate, &revision, now);
            let text = match (gate, order.to) {
                (Some(gate), _) => format!("approve {}", gate_name(gate)),
                (None, Some(to)) => format!("promote to {to}"),
                (None, None) => verb.name().to_owned(),
            };
            let event = match status {
                Some(status) => about(status, &entry.from, now, EventKind::Command, text),
                None => Event {
                    plan: Some(name.to_owned()),
                    revision: Some(revision.to_string()),
                    ..Event::new(now, EventKind::Command, text)
                },
            };
            let held = self.facts(name, entry);
            let does = effect(verb, gate, order.to, Some(plan), &held, status);
            (event, facts, stands(name, entry), does)
        };
        let said = Save::Facts(name.to_owned(), Box::new(facts.clone()));
        let accepted = self.keep(said, stands, event, &order, sentence).await?;
        let mut begun = None;
        if let Some(entry) = self.entries.borrow_mut().get_mut(name) {
            entry.said = facts;
            entry.settled_since = None;
            // A record of the plan begins with its adoption, and with nothing else that is said before it.
            if verb == Verb::Adopt {
                entry.record = Record::There;
                begun = entry.begun();
            }
        }
        if let Some(event) = begun {
            self.tell(event).await;
        }
        self.show_plan(name);
        self.ask_now(name);
        Ok(accepted)
    }

    /// Writes an order down, with its place in the history. Only then it counts, unless it stops or takes back. `stands` is
    /// what holds without it.
    async fn keep(
        &self,
        said: Save,
        stands: Save,
        event: Event,
        order: &Order,
        sentence: String,
    ) -> Result<Accepted, Refused> {
        let event = Event {
            actor: Some(order.actor.clone()),
            reason: Some(order.reason.clone()),
            ..event
        };
        log::line(&event);
        let batch = (vec![said], Some(event.clone()));
        let failed = match self.unwritten() {
            Some(_) => None,
            None => match self.write(batch.0.clone(), batch.1.clone()).await {
                Ok(event) => return Ok(Accepted { event, sentence }),
                Err(error) => Some(error),
            },
        };
        if let Some(error) = failed.as_ref().filter(|error| error.is_the_notes()) {
            return without_journal(order.verb, &sentence, &error.why(), NEVER);
        }
        let waits = if order.verb.stops() {
            batch
        } else {
            // What is refused may be in the journal all the same: what stands is written over it.
            (vec![stands], Some(refused(event)))
        };
        self.put_off(waits, failed.as_ref());
        let why = self.unwritten().map(|unwritten| unwritten.why);
        without_journal(order.verb, &sentence, &why.unwrap_or_default(), LATER)
    }
}

/// The answer to an order that the journal has not taken.
fn without_journal(verb: Verb, sentence: &str, why: &str, then: &str) -> Result<Accepted, Refused> {
    if !verb.stops() {
        return Err(Refused::Journal(why.to_owned()));
    }
    Ok(Accepted {
        event: 0,
        sentence: format!("{sentence}; the journal cannot be written ({why}), {then}"),
    })
}

/// What an order's answer says besides, where it counts before the journal has it.
const LATER: &str = "so this is written as soon as it can, and forgotten if the daemon ends before";
const NEVER: &str = "so this is forgotten when the daemon ends";

/// That somebody ordered something in vain.
fn refused(order: Event) -> Event {
    let text = format!(
        "{} did not count: the journal could not be written",
        order.text
    );
    Event {
        kind: EventKind::Daemon,
        text,
        ..order
    }
}

/// What the journal has of a plan, or should have.
fn stands(name: &str, entry: &Entry) -> Save {
    if entry.record == Record::There || entry.said != PlanFacts::default() {
        Save::Facts(name.to_owned(), Box::new(entry.said.clone()))
    } else {
        Save::Unsaid(name.to_owned())
    }
}

/// Whether nothing is missing in the order; the plan that it is for.
fn whole(order: &Order) -> Result<Option<String>, Refused> {
    let wrong = |text: &str| Err(Refused::Malformed(text.to_owned()));
    if order.reason.trim().is_empty() {
        return wrong("an order needs a reason; say why");
    }
    if order.reason.chars().count() > LONGEST_REASON {
        return wrong("the reason is longer than 500 characters; shorten it");
    }
    if order.actor.trim().is_empty() {
        return wrong("an order needs somebody who gives it");
    }
    match (order.to, order.verb == Verb::Promote) {
        (None, true) => return wrong("a promotion needs a share; say how far"),
        (Some(_), false) => return wrong("only promotions have a share"),
        (Some(Share::NONE), true) => {
            return wrong("a promotion to nothing moves nothing; abort takes all traffic back");
        }
        (Some(_), true) | (None, false) => {}
    }
    match (&order.plan, order.verb.is_for_fleet()) {
        (None, true) => Ok(None),
        (Some(plan), false) => Ok(Some(plan.clone())),
        (None, false) => wrong("this order is for a plan; name it"),
        (Some(_), true) => wrong("this order is for the whole fleet; name no plan"),
    }
}

/// The gate that an approval opens: the one that is waited at, which must be the one that was looked at.
fn gate(order: &Order, status: Option<&Status>) -> Result<Option<Gate>, Refused> {
    if order.verb != Verb::Approve {
        return Ok(None);
    }
    let Some(WaitingOn::Approval { gate }) = status.and_then(|s| s.waiting_on.as_ref()) else {
        // `refusal` has seen to that.
        return Ok(None);
    };
    match order.gate {
        Some(asked) if asked != *gate => Err(Refused::NotNow {
            verb: order.verb,
            why: format!(
                "it waits for the approval of {}, not of {}",
                gate_name(*gate),
                gate_name(asked)
            ),
        }),
        _ => Ok(Some(*gate)),
    }
}

fn said(order: &Order, at: Timestamp) -> Said {
    Said {
        by: order.actor.clone(),
        reason: order.reason.trim().to_owned(),
        at,
    }
}

/// What an order changes in what people said.
fn apply(
    facts: &mut PlanFacts,
    order: &Order,
    gate: Option<Gate>,
    revision: &Revision,
    at: Timestamp,
) {
    let to_revision = || facts::Order {
        revision: revision.clone(),
        by: order.actor.clone(),
        reason: order.reason.trim().to_owned(),
        at,
    };
    match order.verb {
        Verb::Pause => facts.paused = Some(said(order, at)),
        Verb::Resume => facts.paused = None,
        Verb::Abort => facts.abort = Some(to_revision()),
        Verb::Retry => {
            facts.retry = Some(to_revision());
            // What was approved before it went bad was approved for another attempt.
            facts.approvals.clear();
        }
        Verb::Approve => {
            if let Some(gate) = gate {
                facts.approvals.retain(|a| a.revision == *revision);
                facts.approvals.push(Approval {
                    gate,
                    revision: revision.clone(),
                    by: order.actor.clone(),
                    at,
                });
            }
        }
        Verb::Promote => {
            if let Some(to) = order.to {
                let order = to_revision();
                facts.promotion = Some(Promotion { to, order });
            }
        }
        Verb::Adopt => facts.adopted = Some(said(order, at)),
        Verb::Freeze | Verb::Unfreeze => {}
    }
}
