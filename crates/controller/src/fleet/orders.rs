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

use tokio::sync::MutexGuard;

use super::{Entry, Fleet, Record, log, told::about};
use crate::{
    command::{
        Accepted, LONGEST_REASON, Order, Refused, Verb, effect, gate_name, refusal, too_short,
    },
    event::{Event, EventKind},
    journal::{self, PlanFacts, Said, Save},
};

impl Fleet {
    /// Carries an order out, if it can be carried out now. It counts once the journal has it; what stops or takes back
    /// counts without.
    ///
    /// # Errors
    /// Why not.
    pub async fn order(&self, order: Order) -> Result<Accepted, Refused> {
        let verb = order.verb;
        if self.parts.stands_by {
            return self.hand_over(&order).await;
        }
        if let (Err(why), false) = (self.may_act(), verb.stops()) {
            return Err(Refused::StandsBy { leads: why });
        }
        let done = match whole(&order) {
            Err(refused) => Err(refused),
            Ok(None) => Box::pin(self.order_fleet(order)).await,
            Ok(Some(plan)) => Box::pin(self.order_plan(&plan, order)).await,
        };
        self.metrics().order(verb, done.is_ok());
        done
    }

    async fn order_fleet(&self, order: Order) -> Result<Accepted, Refused> {
        if order.verb.stops() {
            self.stops.update(|n| n + 1);
            let drawn = self.draw_fleet(&order)?;
            self.count_fleet(&order);
            return self.keep_stop(drawn, &order).await;
        }
        let turn = self.turn_of_order().await;
        let drawn = self.draw_fleet(&order)?;
        let stops = self.stops.get();
        let stands = || self.stops.get() == stops;
        let accepted = self.keep(turn, drawn, &order, stands).await?;
        self.count_fleet(&order);
        Ok(accepted)
    }

    /// Who orders what for the fleet, if it can be ordered now.
    fn draw_fleet(&self, order: &Order) -> Result<Drawn, Refused> {
        let verb = order.verb;
        let facts = Facts {
            frozen: self.frozen.borrow().as_ref().map(Said::freeze),
            ..Facts::default()
        };
        if let Some(why) = refusal(verb, None, &facts, None) {
            return Err(Refused::NotNow { verb, why });
        }
        Ok(Drawn {
            event: Event::new(self.now(), EventKind::Command, verb.name()),
            said: Save::Fleet((verb == Verb::Freeze).then(|| said(order, self.now()))),
            does: effect(verb, None, None, None, &facts, None),
            plan: None,
        })
    }

    /// It counts from now on.
    fn count_fleet(&self, order: &Order) {
        let frozen = (order.verb == Verb::Freeze).then(|| said(order, self.now()));
        self.frozen.replace(frozen);
        self.show_fleet();
        self.ask_everybody();
    }

    async fn order_plan(&self, name: &str, order: Order) -> Result<Accepted, Refused> {
        if order.verb.stops() {
            // Also where it holds already: what is about to let go comes too late.
            if let Some(entry) = self.entries.borrow_mut().get_mut(name) {
                entry.stops += 1;
            }
            let drawn = self.draw(name, &order)?;
            self.count(name, &order, drawn.plan.as_ref()).await;
            return self.keep_stop(drawn, &order).await;
        }
        let turn = self.turn_of_order().await;
        let drawn = self.draw(name, &order)?;
        let stops = || self.entries.borrow().get(name).map(|entry| entry.stops);
        let before = stops();
        let of_plan = drawn.plan.clone();
        let stands = || stops() == before;
        let accepted = self.keep(turn, drawn, &order, stands).await?;
        self.count(name, &order, of_plan.as_ref()).await;
        Ok(accepted)
    }

    /// Who orders what for a plan, if it can be ordered now.
    fn draw(&self, name: &str, order: &Order) -> Result<Drawn, Refused> {
        let (now, verb) = (self.now(), order.verb);
        let entries = self.entries.borrow();
        let unknown = || Refused::UnknownPlan(name.to_owned());
        let entry = entries.get(name).ok_or_else(unknown)?;
        let plan = entry.runs().ok_or_else(|| Refused::NotNow {
            verb,
            why: "there is no good revision of it; mend its file".to_owned(),
        })?;
        let revision = plan.revision.clone();
        if order.revision.as_ref().is_some_and(|r| *r != revision) {
            return Err(Refused::OtherRevision { now: revision });
        }
        let status = entry.status.as_deref();
        let held = self.facts(name, entry);
        let refused = refusal(verb, Some(plan), &held, status);
        let short = || order.to.and_then(|to| too_short(to, status));
        if let Some(why) = refused.or_else(short) {
            return Err(Refused::NotNow { verb, why });
        }
        let gate = gate(order, status)?;
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
        let mut facts = entry.said.clone();
        let plan = OfPlan {
            gate,
            revision,
            at: now,
        };
        apply(&mut facts, order, &plan);
        Ok(Drawn {
            event,
            said: Save::Facts(name.to_owned(), Box::new(facts)),
            does: effect(
                verb,
                gate,
                order.to,
                entry.runs().map(|plan| &**plan),
                &held,
                status,
            ),
            plan: Some(plan),
        })
    }

    /// It counts from now on.
    async fn count(&self, name: &str, order: &Order, of_plan: Option<&OfPlan>) {
        let mut begun = None;
        if let (Some(entry), Some(plan)) = (self.entries.borrow_mut().get_mut(name), of_plan) {
            apply(&mut entry.said, order, plan);
            entry.settled_since = None;
            // A record of the plan begins with its adoption, and with nothing else that is said before it.
            if order.verb == Verb::Adopt {
                entry.record = Record::There;
                begun = entry.begun();
            }
        }
        self.show_plan(name);
        self.ask_now(name);
        if let Some(event) = begun {
            self.tell(event).await;
        }
    }

    async fn turn_of_order(&self) -> Turn<'_> {
        // Somebody may have mended it just now.
        self.write_late().await;
        self.turn().await
    }

    /// Writes down, with its place in the history, what counts already: an order that stops or takes back waits for no
    /// journal.
    async fn keep_stop(&self, drawn: Drawn, order: &Order) -> Result<Accepted, Refused> {
        let mut drawn = drawn;
        // Nobody is told of what this daemon will not do.
        if let Err(why) = self.may_act() {
            drawn.does = format!("{why}: it is done once this daemon leads; {TO_THE_LEADER}");
        }
        let event = ordered(drawn.event, order);
        log::line(&event);
        let turn = self.turn_of_order().await;
        let stands = self.standing(&drawn.said);
        let batch = (stands.into_iter().collect::<Vec<_>>(), Some(event));
        let (why, then) = match turn {
            Ok(_turn) => match self.write(batch.0.clone(), batch.1.clone()).await {
                Ok(event) => {
                    let sentence = drawn.does;
                    return Ok(Accepted { event, sentence });
                }
                Err(error) if error.is_the_notes() => (error.why(), NEVER),
                Err(error) => {
                    self.not_taken(batch, &error);
                    (error.why(), LATER)
                }
            },
            Err(late) => {
                self.put_off(batch, late.as_ref());
                (self.why_unwritten(), LATER)
            }
        };
        Ok(Accepted {
            event: 0,
            sentence: format!(
                "{}; the journal cannot be written ({why}), {then}",
                drawn.does
            ),
        })
    }

    /// Writes an order down, with its place in the history; only then it counts, and only if none came meanwhile that stops:
    /// then it `stands` no longer.
    async fn keep(
        &self,
        turn: Turn<'_>,
        drawn: Drawn,
        order: &Order,
        stands: impl Fn() -> bool,
    ) -> Result<Accepted, Refused> {
        let event = ordered(drawn.event, order);
        log::line(&event);
        // What is refused may be in the journal all the same: what stands is written over it.
        let instead = |why| {
            let stands = self.standing(&drawn.said);
            let told = in_vain(event.clone(), why);
            (stands.into_iter().collect::<Vec<_>>(), Some(told))
        };
        let turn = match turn {
            Ok(turn) => turn,
            Err(late) => {
                self.put_off(instead(UNWRITTEN), late.as_ref());
                return Err(Refused::Journal(self.why_unwritten()));
            }
        };
        let written = self.write(vec![drawn.said.clone()], Some(event.clone()));
        match written.await {
            Ok(event) if stands() => {
                let sentence = drawn.does;
                Ok(Accepted { event, sentence })
            }
            Ok(_) => {
                let (saves, event) = instead(OVERTAKEN);
                drop(turn);
                self.save(saves, event).await;
                Err(Refused::NotNow {
                    verb: order.verb,
                    why: OVERTAKEN.to_owned(),
                })
            }
            Err(error) if error.is_the_notes() => Err(Refused::Journal(error.why())),
            Err(error) => {
                self.not_taken(instead(UNWRITTEN), &error);
                Err(Refused::Journal(error.why()))
            }
        }
    }

    fn why_unwritten(&self) -> String {
        let unwritten = self.unwritten();
        unwritten.map_or_else(String::new, |unwritten| unwritten.why)
    }

    /// What the journal should have where an order is written; `None`: there is no such plan any more.
    fn standing(&self, said: &Save) -> Option<Save> {
        match said {
            Save::Fleet(_) => Some(Save::Fleet(self.frozen.borrow().clone())),
            Save::Facts(name, _) => {
                let entries = self.entries.borrow();
                Some(stands(name, entries.get(name)?))
            }
            _ => None,
        }
    }
}

type Turn<'a> = Result<MutexGuard<'a, ()>, Option<journal::Error>>;

/// An order that can be carried out, before it is.
struct Drawn {
    /// What tells of it.
    event: Event,
    /// What the journal has once it counts.
    said: Save,
    /// What it does, as an answer says it.
    does: String,
    /// What it needs beside the order itself; `None`: it is for the fleet.
    plan: Option<OfPlan>,
}

/// The plan that an order is for, as it was when the order came.
#[derive(Clone)]
struct OfPlan {
    gate: Option<Gate>,
    revision: Revision,
    at: Timestamp,
}

fn ordered(event: Event, order: &Order) -> Event {
    Event {
        actor: Some(order.actor.clone()),
        reason: Some(order.reason.clone()),
        ..event
    }
}

/// What an order's answer says besides, where it counts before the journal has it.
const LATER: &str = "so this is written as soon as it can, and forgotten if the daemon ends before";
const NEVER: &str = "so this is forgotten when the daemon ends";
/// Whoever has something to stop cannot wait for this daemon.
const TO_THE_LEADER: &str = "give the order to whoever leads, too";
/// Why an order did not count.
const UNWRITTEN: &str = "the journal could not be written";
const OVERTAKEN: &str = "an order that stops or takes back came before it was written down";

/// That somebody ordered something in vain.
fn in_vain(order: Event, why: &str) -> Event {
    let text = format!("{} did not count: {why}", order.text);
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
    let on = status.and_then(|s| s.waiting_on.as_ref());
    let Some(gate) = on.and_then(WaitingOn::gate) else {
        // `refusal` has seen to that.
        return Ok(None);
    };
    match order.gate {
        Some(asked) if asked != gate => Err(Refused::NotNow {
            verb: order.verb,
            why: format!(
                "it waits for the approval of {}, not of {}",
                gate_name(gate),
                gate_name(asked)
            ),
        }),
        _ => Ok(Some(gate)),
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
fn apply(facts: &mut PlanFacts, order: &Order, plan: &OfPlan) {
    let OfPlan { gate, revision, at } = plan;
    let at = *at;
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
                    gate: *gate,
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
