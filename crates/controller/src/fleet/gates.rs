//! Webhooks that steps name: who is asked now, beside the loop, and when again.
//!
//! What belongs here: the pace, and what is asked. What must not: what an answer opens (core's `decide::gate`), and how it is
//! read ([`crate::gate`]). Whoever starts asks anew: no answer is kept.

use std::{collections::BTreeMap, pin::Pin, time::Duration};

use futures::{StreamExt, stream::FuturesUnordered};
use jiff::Timestamp;
use sixshift_core::{
    facts::{Answer, GateWord},
    plan::{Plan, StepGate, WebhookGate},
    share::Share,
    status::{Status, WaitingOn},
};

use super::Fleet;
use crate::{
    backoff::doubled,
    gate::{Asker, Question},
};

/// After a no.
const AFTER_NO: Duration = Duration::from_secs(30);
/// After a yes that did not lead on: by then it counts no more.
const AFTER_YES: Duration = Duration::from_mins(2);
/// After the first failure; twice as long after each further one.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// At most.
const LATEST: Duration = Duration::from_mins(5);
/// Asked at once, at most. Each takes a thread of those that names are looked up on and messages are sent on: gates that hang must
/// leave some for who takes traffic back.
const AT_ONCE: usize = 64;

/// What is known of a plan's gate.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The step that the plan waits to leave, and the share it is at.
    waits: Option<(usize, Share)>,
    is_asked: bool,
    /// No sooner than this.
    again: Option<Timestamp>,
    failures: u32,
    word: Option<GateWord>,
}

/// A question under way.
struct Sent {
    plan: String,
    gate: WebhookGate,
    question: Question,
    /// Whose answer it will be.
    of: GateWord,
}

/// One that has its answer.
pub(super) struct Answered {
    plan: String,
    word: GateWord,
}

/// Questions under way. Whoever drops it waits for no answer.
#[derive(Default)]
pub(super) struct Asking<'a>(FuturesUnordered<Pin<Box<dyn Future<Output = Answered> + 'a>>>);

impl Asking<'_> {
    /// How many more may be asked now.
    pub(super) fn room(&self) -> usize {
        AT_ONCE.saturating_sub(self.0.len())
    }

    /// Never while none is under way.
    pub(super) async fn next(&mut self) -> Answered {
        match self.0.next().await {
            Some(answered) => answered,
            None => std::future::pending().await,
        }
    }
}

impl Known {
    fn is_due(&self, now: Timestamp) -> bool {
        self.waits.is_some() && !self.is_asked && self.again.is_none_or(|at| at <= now)
    }

    /// A wait at another step, share or revision knows nothing yet.
    fn waits_at(&mut self, step: usize, at: Share, status: &Status) {
        let word = self.word.as_ref();
        let is_of_this = |word: &GateWord| {
            (word.step, word.at) == (step, at) && word.revision == status.revision
        };
        if !word.is_some_and(is_of_this) {
            (self.word, self.again, self.failures) = (None, None, 0);
        }
        self.waits = Some((step, at));
    }

    /// Whether it says something else than before.
    fn takes(&mut self, mut word: GateWord, now: Timestamp) -> bool {
        self.is_asked = false;
        let before = self.word.take().map(|word| word.answer);
        if let (Answer::Failed { since, .. }, Some(Answer::Failed { since: then, .. })) =
            (&mut word.answer, &before)
        {
            *since = *then;
        }
        let failed = matches!(word.answer, Answer::Failed { .. });
        let wait = match word.answer {
            Answer::Open => AFTER_YES,
            Answer::Closed(_) => AFTER_NO,
            Answer::Failed { .. } => doubled(AFTER_FAILURE, self.failures, LATEST),
        };
        self.failures = if failed {
            self.failures.saturating_add(1)
        } else {
            0
        };
        self.again = now.checked_add(wait).ok();
        let is_news = word.answer == Answer::Open || before.as_ref() != Some(&word.answer);
        self.word = Some(word);
        is_news
    }
}

impl Fleet {
    /// From now on it is asked like this.
    pub fn asks_gates(&self, asker: Asker) {
        self.asker.replace(asker);
    }

    /// Takes note of whether a plan waits for its gate.
    pub(super) fn note_gate(&self, name: &str, status: &Status) {
        let mut gates = self.gates.borrow_mut();
        match status.waiting_on.as_ref().map(WaitingOn::blocker) {
            Some(WaitingOn::Webhook { step, at, .. }) => {
                gates
                    .entry(name.to_owned())
                    .or_default()
                    .waits_at(*step, *at, status);
            }
            // Its word counts for the step that it leads to.
            _ => {
                if let Some(known) = gates.get_mut(name) {
                    known.waits = None;
                }
            }
        }
    }

    /// What a round is told of the plan's gate.
    pub(super) fn gate_word(&self, name: &str) -> Option<GateWord> {
        self.gates.borrow().get(name)?.word.clone()
    }

    pub(super) fn forget_gate(&self, name: &str) {
        self.gates.borrow_mut().remove(name);
    }

    /// When the next one is due that nobody is asking; where no more may be asked, an answer comes before it.
    pub(super) fn next_question(&self, room: usize) -> Option<Timestamp> {
        if self.parts.stands_by || room == 0 {
            return None;
        }
        let gates = self.gates.borrow();
        let waiting = gates
            .values()
            .filter(|known| known.waits.is_some() && !known.is_asked);
        waiting
            .map(|known| known.again.unwrap_or(Timestamp::MIN))
            .min()
    }

    /// Sends whatever is due.
    pub(super) fn ask_gates<'a>(&'a self, asking: &mut Asking<'a>) {
        if self.parts.stands_by || self.ending.get() {
            return;
        }
        for sent in self.questions(asking.room()) {
            asking.0.push(Box::pin(self.asked(sent)));
        }
    }

    fn questions(&self, room: usize) -> Vec<Sent> {
        let (now, entries) = (self.now(), self.entries.borrow());
        let mut gates = self.gates.borrow_mut();
        let mut sent = Vec::new();
        for (name, known) in longest_due(&mut gates, now).into_iter().take(room) {
            let entry = entries.get(name);
            let question = entry.and_then(|entry| {
                let (plan, status) = (&**entry.runs()?, entry.status.as_deref()?);
                let commit = entry.from.commit.clone();
                question(plan, status, commit, known.waits?, now)
            });
            match question {
                Some(question) => {
                    known.is_asked = true;
                    sent.push(question);
                }
                None => known.waits = None,
            }
        }
        sent
    }

    async fn asked(&self, sent: Sent) -> Answered {
        let Sent {
            plan,
            gate,
            question,
            mut of,
        } = sent;
        let (asker, now) = (self.asker.borrow().clone(), self.now());
        let asks = move || asker.ask(&gate, &question, now);
        let answer = tokio::task::spawn_blocking(asks).await;
        let answer = answer.unwrap_or_else(|_| Err("it could not be asked".to_owned()));
        self.metrics().gate_asked(match &answer {
            Ok(Answer::Open) => "open",
            Ok(_) => "closed",
            Err(_) => "failed",
        });
        of.answer = answer.unwrap_or_else(|why| Answer::Failed {
            why,
            since: self.now(),
        });
        Answered { plan, word: of }
    }

    /// An answer came; where it is news the plan is looked at.
    pub(super) fn answered(&self, answered: Answered) {
        let Answered { plan, word } = answered;
        let is_news = {
            let mut gates = self.gates.borrow_mut();
            let Some(known) = gates.get_mut(&plan) else {
                return;
            };
            known.takes(word, self.now())
        };
        if is_news {
            self.ask_now(&plan);
        }
    }

    /// Nobody waits for answers any more.
    pub(super) fn ask_no_more(&self) {
        let mut gates = self.gates.borrow_mut();
        gates.values_mut().for_each(|known| known.is_asked = false);
    }
}

fn question(
    plan: &Plan,
    status: &Status,
    commit: Option<String>,
    (step, at): (usize, Share),
    now: Timestamp,
) -> Option<Sent> {
    let StepGate::Webhook(gate) = &plan.shift.steps.get(step)?.gate else {
        return None;
    };
    let steps = &plan.shift.steps;
    let next = steps.iter().find(|step| step.weight > at);
    let question = Question {
        plan: plan.name.clone(),
        labels: plan.labels.clone(),
        revision: plan.revision.to_string(),
        commit,
        region: plan.service.region.clone(),
        cluster: plan.service.cluster.clone(),
        service: plan.service.name.clone(),
        step: step + 1,
        steps: steps.len(),
        share: at.percent(),
        next: next.map(|step| step.weight.percent()),
        evidence: status.signals.iter().map(|s| s.sentence()).collect(),
    };
    let of = GateWord {
        step,
        revision: plan.revision.clone(),
        at,
        asked: now,
        answer: Answer::Closed(None),
    };
    Some(Sent {
        plan: plan.name.clone(),
        gate: gate.clone(),
        question,
        of,
    })
}

/// By plan.
pub(super) type Gates = BTreeMap<String, Known>;

/// Those that are due, whoever was never asked first, then whoever has waited for longest: names decide nothing.
fn longest_due(gates: &mut Gates, now: Timestamp) -> Vec<(&String, &mut Known)> {
    let due = gates.iter_mut().filter(|(_, known)| known.is_due(now));
    let mut due: Vec<_> = due.collect();
    due.sort_by_key(|(_, known)| known.again);
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_never_asked_comes_first_and_then_who_has_waited_for_longest() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let known = |again: Option<i64>, is_asked: bool| Known {
            waits: Some((0, Share::NONE)),
            is_asked,
            again: again.map(at),
            ..Known::default()
        };
        let mut gates = Gates::from([
            ("a".to_owned(), known(Some(9), false)),
            ("b".to_owned(), known(Some(5), false)),
            ("c".to_owned(), known(None, false)),
            ("d".to_owned(), known(Some(11), false)),
            ("e".to_owned(), known(None, true)),
        ]);
        let due = longest_due(&mut gates, at(10));
        let due: Vec<&str> = due.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(due, ["c", "b", "a"]);
    }
}
