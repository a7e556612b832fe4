//! One receiver's way through the history: reads it, sends what is for the receiver, and notes in the journal what was accepted.
//!
//! What belongs here: the order (send, then note), the back-off, repeats, what a receiver that fails for long is told of as.
//! What must not: which events are worth a message ([`super::happening`]).

use std::{collections::BTreeMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast::{Receiver as Changes, error::RecvError};

use super::{
    Receiver,
    channel::{Channel, Failure},
    happening,
    message::{Message, What},
    newest,
};
use crate::{
    Change, Fleet,
    backoff::doubled,
    event::{Event, EventKind, Stand, Words},
    journal::{self, Called, Heard, Page, Save},
};

/// The wait after the first failure.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait between two tries.
const LATEST: Duration = Duration::from_secs(300);
/// A receiver that has failed for so long is told of.
const LONG: SignedDuration = SignedDuration::from_mins(5);
/// A message that a receiver refuses for what is in it is passed over after so long, so that others come through.
const IN_VAIN: SignedDuration = SignedDuration::from_hours(1);
/// How soon a journal that failed is asked again.
pub(super) const AGAIN: Duration = Duration::from_secs(10);
/// How soon a plan is asked for again that nobody has looked at since the start.
const UNSEEN: SignedDuration = SignedDuration::from_secs(60);
/// Events read at once.
const PAGE: usize = 100;
/// Messages accepted before it is noted: whoever is killed before that sends them once more.
const NOTED_AFTER: usize = 20;
/// Events that were not for the receiver before that is noted: whoever starts reads them once more.
const PASSED: u64 = 1_000;

/// For whoever reads that one fails.
const RUNBOOK: &str = concat!(
    env!("CARGO_PKG_REPOSITORY"),
    "/blob/main/docs/runbooks/receiver-failing.md"
);

/// Who brings messages to one receiver.
pub(super) struct Courier<'a> {
    pub(super) receiver: &'a Receiver,
    pub(super) fleet: &'a Fleet,
    channel: Channel<'a>,
    /// What it has heard.
    pub(super) heard: Heard,
    /// The number up to which the journal knows that.
    noted: u64,
    /// Messages accepted that the journal does not know of.
    unnoted: usize,
    /// How plans stood when their phases were known last.
    pub(super) stands: BTreeMap<String, Stand>,
    failing: Option<Failing>,
}

struct Failing {
    since: Timestamp,
    tries: u32,
    is_told: bool,
}

/// Why it goes no further now.
enum Stuck {
    /// The receiver does not accept.
    Refused,
    Journal(journal::Error),
}

impl From<journal::Error> for Stuck {
    fn from(error: journal::Error) -> Self {
        Self::Journal(error)
    }
}

impl<'a> Courier<'a> {
    /// A receiver that the journal does not know begins behind the last event.
    pub(super) fn new(
        receiver: &'a Receiver,
        fleet: &'a Fleet,
        heard: Option<Heard>,
        last_event: u64,
    ) -> Self {
        let is_new = heard.is_none();
        let heard = heard.unwrap_or_else(|| Heard {
            up_to: last_event,
            ..Heard::default()
        });
        Self {
            receiver,
            fleet,
            channel: Channel::to(receiver),
            noted: heard.up_to,
            unnoted: usize::from(is_new),
            heard,
            stands: BTreeMap::new(),
            failing: None,
        }
    }

    /// Never ends.
    pub(super) async fn run(mut self) {
        let mut changes = self.fleet.board().changes();
        loop {
            let gone_on = match self.note_if(1).await {
                Ok(()) => self.turn().await,
                Err(error) => Err(Stuck::Journal(error)),
            };
            self.show().await;
            match gone_on {
                Ok(()) => self.news(&mut changes).await,
                Err(Stuck::Refused) => {
                    // What was accepted before must not come again because of it.
                    if let Err(error) = self.note_if(1).await {
                        tracing::debug!("what a receiver heard was not noted: {error}");
                    }
                    self.back_off().await;
                }
                Err(Stuck::Journal(error)) => {
                    let receiver = &self.receiver.name;
                    tracing::debug!(receiver, "notifications wait for the journal: {error}");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    /// Tells all that there is to tell now.
    async fn turn(&mut self) -> Result<(), Stuck> {
        loop {
            let page = Page {
                after: Some(self.heard.up_to),
                before: None,
                limit: PAGE,
                newest_first: false,
            };
            let events = self.fleet.records().events(None, page).await?;
            let mut rest = events.as_slice();
            if rest.is_empty() {
                break;
            }
            while let Some(event) = rest.first() {
                self.tell_missed(event).await?;
                let alike = rest.iter().take_while(|next| is_alike(event, next)).count();
                let (now, later) = rest.split_at(alike.max(1));
                self.tell(now).await?;
                rest = later;
                self.note_if(NOTED_AFTER).await?;
            }
        }
        self.tell_again().await?;
        Ok(self.note_if(1).await?)
    }

    /// Events that are told as one: the first, and findings of the same look.
    async fn tell(&mut self, events: &[Event]) -> Result<(), Stuck> {
        let (Some(event), Some(last)) = (events.first(), events.last()) else {
            return Ok(());
        };
        let before = self.before(event).await?;
        let plan = event.plan.as_deref().unwrap_or_default();
        let called = self.heard.calls.get(plan);
        let mut found = happening::of(event, before.as_ref(), called, &self.receiver.on);
        if !self.is_chosen(event) {
            found.clear();
        }
        for what in found {
            let mut message = self.message(what, event);
            if what == What::Findings {
                let new = self.new_findings(events).await?;
                if new.is_empty() {
                    continue;
                }
                message.sentence = new.join(" ");
            }
            self.deliver(&message).await?;
            self.calls(what, event);
        }
        self.heard.up_to = last.seq;
        if let (Some(plan), Some(stand)) = (&event.plan, event.stand.as_deref())
            && stand.phase.is_some()
        {
            self.stands.insert(plan.clone(), stand.clone());
        }
        Ok(())
    }

    /// What went from the history before it was read.
    async fn tell_missed(&mut self, next: &Event) -> Result<(), Stuck> {
        let first = self.heard.up_to + 1;
        let missed = next.seq.saturating_sub(first);
        if missed == 0 {
            return Ok(());
        }
        let sentence = format!(
            "{missed} events went from the history before they could be told. The dashboard and `sixshift list` show how every \
             plan stands now."
        );
        let mut message = self.message(What::Missed, next);
        message.id = format!("missed/{first}/{}/{}", next.seq, next.at.as_second());
        (message.plan, message.sentence) = (None, sentence);
        (message.unblocked_by, message.runbook) = (None, None);
        (message.phase, message.waiting_on, message.step) = (None, None, None);
        message.dashboard.clone_from(&self.receiver.dashboard);
        self.deliver(&message).await?;
        self.heard.up_to = next.seq - 1;
        Ok(())
    }

    /// When a plan that still needs a person is told again.
    fn again_at(&self) -> Option<Timestamp> {
        let repeat = self.receiver.repeat?;
        let told = self.heard.calls.values().map(|called| called.told).min()?;
        let at = told.saturating_add(repeat).unwrap_or(Timestamp::MAX);
        let now = self.fleet.clock().now();
        // One that nobody has looked at since the start is asked for again, not at once.
        let soon = now.saturating_add(UNSEEN).unwrap_or(Timestamp::MAX);
        Some(if at > now { at } else { soon })
    }

    async fn tell_again(&mut self) -> Result<(), Stuck> {
        let Some(repeat) = self.receiver.repeat else {
            return Ok(());
        };
        let now = self.fleet.clock().now();
        let calls = self.heard.calls.iter();
        let is_due = |called: &Called| called.told.saturating_add(repeat).is_ok_and(|at| at <= now);
        let due: Vec<String> = calls
            .filter(|(_, called)| is_due(called))
            .map(|(plan, _)| plan.clone())
            .collect();
        for plan in due {
            let view = self.fleet.board().plan(&plan);
            let status = view.as_ref().and_then(|view| view.status.as_deref());
            let Some(status) = status.filter(|status| {
                let on = status.waiting_on.as_ref();
                on.is_some_and(|on| on.needs_person())
            }) else {
                // What is over is in the history.
                continue;
            };
            let Some(called) = self.heard.calls.get(&plan).cloned() else {
                continue;
            };
            let again = called.again + 1;
            let stand = Stand {
                words: Words::of(status),
                ..Stand::of(status)
            };
            let event = Event {
                seq: called.event,
                plan: Some(plan.clone()),
                revision: Some(status.revision.to_string()),
                share: status.shares.observed.map(|share| share.percent()),
                stand: Some(Box::new(stand)),
                ..Event::new(now, EventKind::Waiting, "")
            };
            let mut message = self.message(What::NeedsPerson, &event);
            let since = called.since.as_second();
            message.id = format!("needsPerson/{plan}/{}/{since}/{again}", called.event);
            (message.again, message.since) = (again, Some(called.since));
            self.deliver(&message).await?;
            if let Some(called) = self.heard.calls.get_mut(&plan) {
                (called.told, called.again) = (now, again);
            }
        }
        Ok(())
    }

    /// Sends it; on its way back it is accepted.
    async fn deliver(&mut self, message: &Message) -> Result<(), Stuck> {
        let now = self.fleet.clock().now();
        let sent = self.channel.bring(message, now).await;
        let metrics = self.fleet.board().metrics();
        metrics.notified(&self.receiver.name, sent.is_ok());
        match sent {
            Ok(()) => {
                self.unnoted += 1;
                self.accepted().await;
                Ok(())
            }
            Err(failure) => self.refused(message, &failure).await,
        }
    }

    async fn accepted(&mut self) {
        let failing = self.failing.take();
        if failing.is_some_and(|failing| failing.is_told) {
            let name = &self.receiver.name;
            self.say(format!("notifications to {name} are accepted again"), false)
                .await;
        }
    }

    async fn refused(&mut self, message: &Message, failure: &Failure) -> Result<(), Stuck> {
        let now = self.fleet.clock().now();
        let (name, to) = (&self.receiver.name, &self.receiver.to);
        let failing = self.failing.get_or_insert(Failing {
            since: now,
            tries: 0,
            is_told: false,
        });
        failing.tries = failing.tries.saturating_add(1);
        let lasts = now.duration_since(failing.since);
        tracing::debug!(
            receiver = name,
            tries = failing.tries,
            "not accepted: {failure}"
        );
        if failure.is_of_the_message() && lasts >= IN_VAIN {
            let id = &message.id;
            self.failing = None;
            self.unnoted += 1;
            let text =
                format!("{name} ({to:?}) refuses notification {id}: {failure}; it is passed over");
            self.say(text, true).await;
            return Ok(());
        }
        if lasts >= LONG && !failing.is_told {
            failing.is_told = true;
            let text = format!(
                "notifications to {name} ({to:?}) fail: {failure}; they wait, and are tried again every {} s at the latest ({RUNBOOK})",
                LATEST.as_secs()
            );
            self.say(text, true).await;
        }
        Err(Stuck::Refused)
    }

    async fn say(&self, text: String, warns: bool) {
        let event = Event::new(self.fleet.clock().now(), EventKind::Daemon, text);
        self.fleet.tell(Event { warns, ..event }).await;
    }

    /// Notes what was heard, where so many messages were accepted since, or far too many events were none.
    async fn note_if(&mut self, accepted: usize) -> Result<(), journal::Error> {
        let passed = self.heard.up_to.saturating_sub(self.noted);
        if self.unnoted < accepted && passed < PASSED {
            return Ok(());
        }
        let save = Save::Heard(self.receiver.name.clone(), Box::new(self.heard.clone()));
        self.fleet.records().save(vec![save], None).await?;
        (self.unnoted, self.noted) = (0, self.heard.up_to);
        Ok(())
    }

    /// Shows how far behind it is.
    async fn show(&self) {
        let newest = newest(self.fleet).await.unwrap_or(self.heard.up_to);
        let behind = newest.saturating_sub(self.heard.up_to);
        let metrics = self.fleet.board().metrics();
        metrics.notifies(&self.receiver.name, behind);
        let since = self.failing.as_ref().map(|failing| failing.since);
        metrics.notifies_in_vain(&self.receiver.name, since);
    }

    /// Resolves when there may be something to tell.
    async fn news(&self, changes: &mut Changes<Change>) {
        let again = async {
            match self.again_at() {
                Some(at) => self.fleet.clock().sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        let happened = async {
            loop {
                match changes.recv().await {
                    Ok(Change::Event(_)) | Err(RecvError::Lagged(_)) => return,
                    Ok(_) => {}
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        tokio::select! {
            () = happened => {}
            () = again => {}
        }
    }

    /// 1, 2, 4 s and so on.
    async fn back_off(&self) {
        let tries = self.failing.as_ref().map_or(1, |failing| failing.tries);
        let wait = doubled(FIRST, tries.saturating_sub(1), LATEST);
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_mins(5));
        let at = self.fleet.clock().now().saturating_add(wait);
        let at = at.unwrap_or(Timestamp::MAX);
        self.fleet.clock().sleep_until(at).await;
    }
}

/// Whether two events are told as one.
fn is_alike(first: &Event, next: &Event) -> bool {
    let of = |event: &Event| (event.kind, event.plan.clone(), event.at);
    first.seq == next.seq || (first.kind == EventKind::Finding && of(first) == of(next))
}
