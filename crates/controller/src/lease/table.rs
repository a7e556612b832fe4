//! A lease in a DynamoDB table: one row, changed on conditions, and everybody's own clock.
//!
//! What belongs here: how it is won, kept and given up. What must not: what is done with it.
//!
//! Whoever leads changes the row every [`RENEWED`] and counts the lease from before it asked. Whoever stands by takes it once
//! it has not seen the row change for the lease's length and a margin, counted from after it was answered. So the leader's
//! end comes before anybody else's beginning, whatever the machines' clocks show; only their pace must be right within the
//! margin. The epoch rises with every holder, and the journal takes no write of an earlier one.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sixshift_aws::store::{Change, Condition, Key, Row, Table, TableError, Value};
use tokio::time::{Instant, sleep};

use super::{Leader, Lease};
use crate::{journal::TableAt, round::with_causes};

/// How long it is held without being renewed. A call may take ten seconds of it.
const LASTS: Duration = Duration::from_secs(14);
/// How often the leader renews it.
const RENEWED: Duration = Duration::from_millis(2_500);
/// How soon the leader tries again where that failed.
const AGAIN: Duration = Duration::from_millis(300);
/// How often whoever stands by looks.
const LOOKED_AT: Duration = Duration::from_secs(1);
/// What clocks of different pace may differ by in the length of a lease, and more.
const MARGIN: Duration = Duration::from_secs(1);

const HOLDER: &str = "holder";
const URL: &str = "url";
const EPOCH: &str = "epoch";
const BEAT: &str = "beat";
const SECONDS: &str = "seconds";
/// 1 where its holder gave it up.
const FREE: &str = "free";

/// A lease in a table.
#[derive(Debug)]
pub struct TableLease {
    table: Table,
    row: Key,
    me: Leader,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    leader: Option<Leader>,
    trouble: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    epoch: u64,
    until: Instant,
}

/// The row as it was found.
#[derive(Clone, Debug, Default, PartialEq)]
struct Found {
    holder: Option<Leader>,
    epoch: u64,
    beat: u64,
    lasts: Duration,
    is_free: bool,
}

impl Found {
    fn of(row: &Row) -> Self {
        let told = |name: &str| row.get(name).and_then(Value::as_number);
        let number = |name: &str| told(name).unwrap_or(0);
        let text = |name: &str| Some(row.get(name)?.as_text()?.to_owned());
        Self {
            holder: text(HOLDER).map(|name| Leader {
                name,
                url: text(URL).filter(|url| !url.is_empty()),
            }),
            epoch: number(EPOCH),
            beat: number(BEAT),
            // Another version may hold it for longer; one that does not say how long may do so for as long as this one.
            lasts: told(SECONDS).map_or(LASTS, Duration::from_secs),
            is_free: number(FREE) == 1,
        }
    }

    /// It is still this one.
    fn unchanged(&self) -> Condition {
        let (epoch, beat) = (Value::Number(self.epoch), Value::Number(self.beat));
        Condition::Equal([(EPOCH.to_owned(), epoch), (BEAT.to_owned(), beat)].into())
    }
}

impl TableLease {
    /// The lease in a table, with the environment's credentials.
    pub async fn open(at: &TableAt, me: Leader) -> Self {
        Self::new(at.open().await, &at.prefix, me)
    }

    /// The lease with this prefix in a table, for a daemon.
    #[must_use]
    pub fn new(table: Table, prefix: &str, me: Leader) -> Self {
        Self {
            table,
            row: Key {
                partition: format!("{prefix}:lease"),
                sort: "lease".to_owned(),
            },
            me,
            state: Mutex::default(),
        }
    }

    /// Resolves when it is won, with its epoch. Until then its leader is known as far as the table says.
    pub async fn win(&self) -> u64 {
        let mut watched: Option<(Option<Found>, Instant)> = None;
        loop {
            match self.look().await {
                Ok(found) => {
                    let now = Instant::now();
                    let same = watched.take().filter(|(before, _)| *before == found);
                    let since = same.map_or(now, |(_, since)| since);
                    let is_over = match &found {
                        None => true,
                        Some(found) => {
                            found.is_free || now.duration_since(since) >= found.lasts + MARGIN
                        }
                    };
                    if is_over && let Some(epoch) = self.take(found.as_ref()).await {
                        return epoch;
                    }
                    watched = Some((found, since));
                }
                // Whoever cannot see the row cannot tell how long it has not changed.
                Err(error) => {
                    watched = None;
                    self.troubled(&error);
                }
            }
            sleep(LOOKED_AT).await;
        }
    }

    async fn look(&self) -> Result<Option<Found>, TableError> {
        let found = self.table.get(&self.row).await?.map(|row| Found::of(&row));
        let mut state = self.state();
        state.trouble = None;
        state.leader = found
            .as_ref()
            .filter(|found| !found.is_free)
            .and_then(|found| found.holder.clone());
        Ok(found)
    }

    /// Takes it from where it was found; nothing where somebody was faster, or nobody knows.
    async fn take(&self, found: Option<&Found>) -> Option<u64> {
        let epoch = found.map_or(0, |found| found.epoch) + 1;
        let text = |text: &str| Value::Text(text.to_owned());
        let set = Row::from([
            (HOLDER.to_owned(), text(&self.me.name)),
            (URL.to_owned(), text(self.me.url.as_deref().unwrap_or(""))),
            (EPOCH.to_owned(), Value::Number(epoch)),
            (SECONDS.to_owned(), Value::Number(LASTS.as_secs())),
            (FREE.to_owned(), Value::Number(0)),
        ]);
        let sent = Instant::now();
        let change = Change::Set {
            key: self.row.clone(),
            set,
            counts: &[BEAT],
            when: found.map_or(Condition::Absent, Found::unchanged),
        };
        match self.table.change(&[change]).await {
            Ok(()) => {
                let mut state = self.state();
                *state = State {
                    held: Some(Held {
                        epoch,
                        until: sent + LASTS,
                    }),
                    ..State::default()
                };
                Some(epoch)
            }
            Err(TableError::Condition { .. }) => None,
            Err(error) => {
                self.troubled(&error);
                None
            }
        }
    }

    /// Renews it for as long as it is ours; resolves when somebody else has it.
    pub async fn keep(&self) {
        loop {
            sleep(RENEWED).await;
            loop {
                let Some(held) = self.state().held else {
                    return;
                };
                let sent = Instant::now();
                match self.renew(held.epoch).await {
                    Ok(()) => {
                        let mut state = self.state();
                        state.trouble = None;
                        if let Some(held) = &mut state.held {
                            held.until = sent + LASTS;
                        }
                        break;
                    }
                    Err(TableError::Condition { .. }) => {
                        self.state().held = None;
                        return;
                    }
                    // Once it is over it is not held, and comes back only if nobody took it.
                    Err(error) => self.troubled(&error),
                }
                sleep(AGAIN).await;
            }
        }
    }

    /// Most of what a daemon writes, so it is no transaction. A beat that counts twice is one that is seen once.
    async fn renew(&self, epoch: u64) -> Result<(), TableError> {
        let nothing = Row::new();
        self.table
            .set_again(&self.row, &nothing, &[BEAT], &of_epoch(epoch))
            .await
    }

    /// Gives it up, so that nobody has to wait until it is over. Nothing is done in its name from the first moment on.
    pub async fn give_up(&self) {
        let Some(held) = self.state().held.take() else {
            return;
        };
        let change = Change::Set {
            key: self.row.clone(),
            set: [(FREE.to_owned(), Value::Number(1))].into(),
            counts: &[BEAT],
            when: of_epoch(held.epoch),
        };
        if let Err(error) = self.table.change(&[change]).await {
            let why = with_causes(&error);
            tracing::warn!("the lease could not be given up; it ends by itself: {why}");
        }
    }

    fn troubled(&self, error: &TableError) {
        let why = with_causes(error);
        let mut state = self.state();
        if state.trouble.as_ref() != Some(&why) {
            tracing::warn!("the lease cannot be seen to: {why}");
        }
        state.trouble = Some(why);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn of_epoch(epoch: u64) -> Condition {
    Condition::Equal([(EPOCH.to_owned(), Value::Number(epoch))].into())
}

impl Lease for TableLease {
    fn remains(&self) -> Option<Duration> {
        let held = self.state().held?;
        let left = held.until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    fn leader(&self) -> Option<Leader> {
        self.state().leader.clone()
    }

    fn trouble(&self) -> Option<String> {
        self.state().trouble.clone()
    }
}
