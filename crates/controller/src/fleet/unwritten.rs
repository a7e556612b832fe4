//! What the journal has not taken: notes that wait in memory until it can be written again, and the tries to do so.
//!
//! What belongs here: every write of the fleet's, what waits and in which order, and the word about it. What must not: which
//! orders count without the journal ([`super::orders`]), and what the lack stops (the ladder's matter).
//!
//! Nothing passes by what waits: while anything does, whatever comes waits behind it. One writes at a time, in the order in
//! which they came; whoever has waited for long goes on, and what it brought waits here. A kill meanwhile loses what waits,
//! as it loses everything that was never written.

use std::{collections::VecDeque, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::{sync::MutexGuard, time::timeout};

use super::{Fleet, log};
use crate::{
    Round, Unwritten,
    event::{Event, EventKind},
    journal::{Error, Save},
    round::with_causes,
};

/// How long a note is waited for: a plan's next round waits as long, whatever is to be taken back.
const PATIENCE: Duration = Duration::from_secs(3);
/// How soon it is tried again.
const AGAIN: SignedDuration = SignedDuration::from_secs(10);
/// Events that wait, at most.
const MOST_EVENTS: usize = 1_000;
/// Saves in one write: each is two writes at most, and an event with the old ones that go for it some forty.
const SAVES_AT_ONCE: usize = 25;

/// What waits, and since when. Empty in all but bad times.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// `None`: the journal takes notes.
    failing: Option<Failing>,
    /// In their order; of several in one place only the newest.
    saves: Vec<Save>,
    events: VecDeque<Event>,
    /// Events that found no room.
    dropped: u64,
    /// Notes that were late, written by now.
    late: u64,
    /// The word that it is over, where its write failed last: told once more in the same words, it is told once.
    over: Option<Event>,
    /// A try is under way.
    pub(super) is_trying: bool,
}

#[derive(Debug)]
struct Failing {
    shown: Unwritten,
    next_try: Timestamp,
}

/// What one write takes along.
type Batch = (Vec<Save>, Option<Event>);

impl Waiting {
    fn add(&mut self, (saves, event): Batch) {
        for save in saves {
            self.saves.retain(|waiting| !save.replaces(waiting));
            self.saves.push(save);
        }
        self.events.extend(event);
        if self.events.len() > MOST_EVENTS {
            // What people said outlasts what happened.
            let is_said = |event: &Event| event.kind == EventKind::Command;
            let oldest = self.events.iter().position(|event| !is_said(event));
            self.events.remove(oldest.unwrap_or_default());
            self.dropped += 1;
        }
    }

    fn take(&mut self, singly: bool) -> Option<Batch> {
        let most = if singly { 1 } else { SAVES_AT_ONCE };
        let count = self.saves.len().min(most);
        let saves: Vec<Save> = self.saves.drain(..count).collect();
        let with_event = !singly || saves.is_empty();
        let event = with_event.then(|| self.events.pop_front()).flatten();
        (!saves.is_empty() || event.is_some()).then_some((saves, event))
    }

    /// What was not taken after all goes back to where it was, but what something newer replaces.
    fn put_back(&mut self, (mut saves, event): Batch) {
        saves.retain(|save| !self.saves.iter().any(|newer| newer.replaces(save)));
        saves.append(&mut self.saves);
        self.saves = saves;
        if let Some(event) = event {
            self.events.push_front(event);
        }
    }

    fn len(&self) -> usize {
        self.saves.len() + self.events.len() + usize::from(self.over.is_some())
    }

    /// What is told once all of it is written.
    fn over(&mut self, now: Timestamp) -> Event {
        if let Some(over) = self.over.take() {
            return over;
        }
        let late = self.late;
        let warns = self.dropped > 0;
        let text = match self.dropped {
            0 => format!("the journal takes notes again; {late} were late"),
            n => format!(
                "the journal takes notes again; {late} were late, and {n} events in between found no room and are lost"
            ),
        };
        Event {
            warns,
            ..Event::new(now, EventKind::Daemon, text)
        }
    }
}

impl Fleet {
    /// Why the journal cannot be written and since when, where it cannot.
    pub(super) fn unwritten(&self) -> Option<Unwritten> {
        let waiting = self.waiting.borrow();
        waiting
            .failing
            .as_ref()
            .map(|failing| failing.shown.clone())
    }

    /// Writes an event down and shows it.
    pub async fn tell(&self, event: Event) {
        self.save(Vec::new(), Some(event)).await;
    }

    /// Writes down what is to be kept, and the event that tells of it. What the journal does not take now waits.
    pub(super) async fn save(&self, saves: Vec<Save>, event: Option<Event>) {
        if self.parts.stands_by {
            return;
        }
        event.iter().for_each(log::line);
        let batch = (saves, event);
        match self.turn().await {
            Ok(_turn) => self.write_or_put_off(batch).await,
            Err(late) => self.put_off(batch, late.as_ref()),
        }
    }

    /// As [`Fleet::save`], for what people said of a plan: as it is when its turn comes.
    pub(super) async fn save_facts(&self, name: &str) {
        if self.parts.stands_by {
            return;
        }
        let turn = self.turn().await;
        let Some(facts) = self.facts_of(name) else {
            return;
        };
        match turn {
            Ok(_turn) => self.write_or_put_off((vec![facts], None)).await,
            Err(late) => self.put_off((vec![facts], None), late.as_ref()),
        }
    }

    fn facts_of(&self, name: &str) -> Option<Save> {
        let entries = self.entries.borrow();
        let said = entries.get(name)?.said.clone();
        Some(Save::Facts(name.to_owned(), Box::new(said)))
    }

    async fn write_or_put_off(&self, batch: Batch) {
        match self.write(batch.0.clone(), batch.1.clone()).await {
            Ok(_) => {}
            Err(error) if error.is_the_notes() => no_such_note(&error),
            Err(error) => self.not_taken(batch, &error),
        }
    }

    /// The turn to write, kept for as long as what comes back is. `Err`: what is brought has to wait, and why, where it is
    /// this wait that tells.
    pub(super) async fn turn(&self) -> Result<MutexGuard<'_, ()>, Option<Error>> {
        if self.unwritten().is_some() {
            return Err(None);
        }
        let Ok(turn) = timeout(PATIENCE, self.turn.lock()).await else {
            return Err(Some(Error::late(PATIENCE)));
        };
        // Whoever was before may have failed.
        match self.unwritten() {
            Some(_) => Err(None),
            None => Ok(turn),
        }
    }

    /// Writes it down, or tells why not; the number of the event.
    pub(super) async fn write(&self, saves: Vec<Save>, event: Option<Event>) -> Result<u64, Error> {
        let is_late = self.unwritten().is_some();
        let records = &self.parts.records;
        let written = in_time(async {
            if is_late {
                records.save_late(saves, event).await
            } else {
                records.save(saves, event).await
            }
        })
        .await;
        self.metrics().journal_write(written.is_ok());
        let event = written?;
        let number = event.as_ref().map_or(0, |event| event.seq);
        if let Some(event) = event {
            self.parts.board.show_event(event);
        }
        Ok(number)
    }

    /// To be written later, behind what waits already.
    pub(super) fn put_off(&self, batch: Batch, failed: Option<&Error>) {
        self.waiting.borrow_mut().add(batch);
        if let Some(error) = failed {
            self.fails(error);
        }
        self.metrics().unwritten(self.waiting.borrow().len());
    }

    /// Its write failed: to be written before what waits already, and before the word that it failed. It may have had its
    /// effect, and only the very next write finds that out.
    pub(super) fn not_taken(&self, batch: Batch, failed: &Error) {
        self.waiting.borrow_mut().put_back(batch);
        self.fails(failed);
        self.metrics().unwritten(self.waiting.borrow().len());
    }

    /// The journal failed, now or once more. The first time is told, and everybody hears of it.
    fn fails(&self, error: &Error) {
        let (now, why) = (self.now(), error.why());
        let next_try = now.saturating_add(AGAIN).unwrap_or(Timestamp::MAX);
        let mut waiting = self.waiting.borrow_mut();
        let since = waiting.failing.as_ref().map(|failing| failing.shown.since);
        let shown = Unwritten {
            why,
            since: since.unwrap_or(now),
        };
        if since.is_none() {
            let text = format!("the journal cannot be written: {}", shown.why);
            tracing::error!(
                "{text}; what goes forward waits, orders that stop or take back count and are written later"
            );
            let told = Event::new(now, EventKind::Daemon, text);
            waiting.add((Vec::new(), Some(told)));
        }
        waiting.failing = Some(Failing { shown, next_try });
        drop(waiting);
        self.show_fleet();
        if since.is_none() {
            self.ask_everybody();
        }
    }

    /// Makes what was told so far outlive a crash.
    pub(super) async fn settle(&self) {
        if self.parts.stands_by {
            return;
        }
        let Ok(_turn) = self.turn().await else {
            return;
        };
        if let Err(error) = in_time(self.parts.records.settle()).await {
            self.metrics().journal_write(false);
            self.put_off((Vec::new(), None), Some(&error));
        }
    }

    /// As [`Fleet::settle`], for the loop.
    pub(super) async fn settled(&self) -> Option<Round> {
        self.settle().await;
        None
    }

    /// When what waits is tried again; `None`: never, or it is tried already.
    pub(super) fn next_try(&self) -> Option<Timestamp> {
        let waiting = self.waiting.borrow();
        let failing = waiting.failing.as_ref().filter(|_| !waiting.is_trying);
        failing.map(|failing| failing.next_try)
    }

    /// Whether it is time to try again.
    pub(super) fn is_due(&self) -> bool {
        self.next_try().is_some_and(|at| at <= self.now())
    }

    /// Tries again, for the loop.
    pub(super) async fn tried(&self) -> Option<Round> {
        self.write_late().await;
        None
    }

    /// What a process that ends takes along.
    pub(super) fn tell_what_is_lost(&self) {
        let waiting = self.waiting.borrow();
        if let Some(failing) = &waiting.failing {
            let is_said = |event: &&Event| event.kind == EventKind::Command;
            tracing::error!(
                orders = waiting.events.iter().filter(is_said).count(),
                notes = waiting.len(),
                "the journal cannot be written: {}; what waits for it is lost with this process, orders too",
                failing.shown.why
            );
        }
    }

    /// Tries to write what waits, if anything does.
    pub(super) async fn write_late(&self) {
        {
            let mut waiting = self.waiting.borrow_mut();
            if waiting.failing.is_none() || waiting.is_trying {
                return;
            }
            waiting.is_trying = true;
        }
        let tried = Box::pin(self.try_late()).await;
        self.waiting.borrow_mut().is_trying = false;
        match tried {
            Ok(()) => {
                self.waiting.replace(Waiting::default());
                self.show_fleet();
                self.ask_everybody();
            }
            Err(error) => self.fails(&error),
        }
        self.metrics().unwritten(self.waiting.borrow().len());
    }

    async fn try_late(&self) -> Result<(), Error> {
        // Whoever is at it has not heard yet that the others wait.
        let turn = timeout(PATIENCE, self.turn.lock()).await;
        let _turn = turn.map_err(|_| Error::late(PATIENCE))?;
        in_time(self.parts.records.reopen()).await?;
        let (mut singly, mut is_told) = (false, false);
        loop {
            let next = self.waiting.borrow_mut().take(singly);
            match next {
                Some(batch) => singly |= self.write_batch(batch).await?,
                // Nothing came while the end was told.
                None if is_told => return Ok(()),
                None => {
                    self.tell_the_end().await?;
                    is_told = true;
                }
            }
        }
    }

    /// Writes some of it; whether the rest must be written one by one, for one of them is none that a journal takes.
    async fn write_batch(&self, batch: Batch) -> Result<bool, Error> {
        let count = batch.0.len() + usize::from(batch.1.is_some());
        let written = self.write(batch.0.clone(), batch.1.clone()).await;
        let mut waiting = self.waiting.borrow_mut();
        match written {
            Ok(_) => {
                waiting.late += count as u64;
                Ok(false)
            }
            Err(error) if error.is_the_notes() && count == 1 => {
                no_such_note(&error);
                Ok(false)
            }
            Err(error) => {
                waiting.put_back(batch);
                if error.is_the_notes() {
                    return Ok(true);
                }
                Err(error)
            }
        }
    }

    /// Flushed, and with it all that was late: only then it is over.
    async fn tell_the_end(&self) -> Result<(), Error> {
        let over = self.waiting.borrow_mut().over(self.now());
        let told = in_time(self.parts.records.save(Vec::new(), Some(over.clone()))).await;
        self.metrics().journal_write(told.is_ok());
        match told {
            Ok(told) => {
                log::line(&over);
                self.parts.board.show_event(told.unwrap_or(over));
                Ok(())
            }
            Err(error) => {
                self.waiting.borrow_mut().over = Some(over);
                Err(error)
            }
        }
    }
}

/// A store that takes its time is one that does not answer.
async fn in_time<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    // Its future is large, and there are many on the way from here to the loop.
    let answer = timeout(PATIENCE, Box::pin(answer)).await;
    answer.unwrap_or_else(|_| Err(Error::late(PATIENCE)))
}

fn no_such_note(error: &Error) {
    tracing::error!("the journal takes no such note: {}", with_causes(error));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::PlanFacts;

    fn event(kind: EventKind, text: &str) -> Event {
        Event::new(Timestamp::UNIX_EPOCH, kind, text)
    }

    fn facts(name: &str) -> Save {
        Save::Facts(name.to_owned(), Box::default())
    }

    #[test]
    fn of_several_saves_in_one_place_only_the_newest_waits() {
        let mut waiting = Waiting::default();
        waiting.add((vec![Save::Fleet(None), facts("a"), facts("b")], None));
        waiting.add((vec![Save::Unsaid("a".to_owned())], None));
        let forget = Save::Forget("b".to_owned());
        waiting.add((vec![forget.clone(), facts("b")], None));
        let left = vec![
            Save::Fleet(None),
            Save::Unsaid("a".to_owned()),
            forget,
            facts("b"),
        ];
        assert_eq!(waiting.take(false), Some((left, None)));
        assert_eq!(waiting.take(false), None);
    }

    #[test]
    fn what_was_not_taken_goes_back_in_its_order_but_what_is_newer_stands() {
        let mut waiting = Waiting::default();
        let first = event(EventKind::Command, "pause");
        waiting.add((vec![facts("a"), facts("b")], Some(first.clone())));
        let taken = waiting.take(false).unwrap();
        let newer = PlanFacts {
            notes: [("sixshift:share".to_owned(), "1000".to_owned())].into(),
            ..PlanFacts::default()
        };
        let newer = Save::Facts("a".to_owned(), Box::new(newer));
        let second = event(EventKind::Acted, "return traffic");
        waiting.add((vec![newer.clone()], Some(second.clone())));
        waiting.put_back(taken);
        assert_eq!(waiting.take(true), Some((vec![facts("b")], None)));
        assert_eq!(waiting.take(false), Some((vec![newer], Some(first))));
        assert_eq!(waiting.take(true), Some((Vec::new(), Some(second))));
    }

    #[test]
    fn without_room_what_happened_goes_before_what_people_said_and_is_counted() {
        let mut waiting = Waiting::default();
        waiting.add((Vec::new(), Some(event(EventKind::Command, "freeze"))));
        for n in 0..MOST_EVENTS + 9 {
            waiting.add((Vec::new(), Some(event(EventKind::Phase, &n.to_string()))));
        }
        assert_eq!(waiting.len(), MOST_EVENTS);
        let mut texts = waiting.events.iter().map(|event| event.text.as_str());
        assert_eq!(texts.next(), Some("freeze"));
        assert_eq!(texts.next(), Some("10"));
        waiting.late = 1_000;
        let over = waiting.over(Timestamp::UNIX_EPOCH).text;
        assert!(over.contains("and 10 events"), "{over}");
    }
}
