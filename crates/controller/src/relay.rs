//! Orders that reach a daemon which stands by are handed to the one that leads, over the table that both have: behind one
//! address nobody can choose whom an order reaches, and one that stops must get through.
//!
//! What belongs here: the row of an order, who takes it, what comes back. What must not: whether it can be carried out (the
//! leader's matter), who gave it (the faces have seen to that before).
//!
//! A row is taken once, by one leader. Whoever handed it in takes it back when nobody took it in time, so that an order that was
//! answered with a no never counts later.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use sixshift_aws::store::{Change, Condition, Key, Row, Table, TableError, Value};
use tokio::time::{Instant, sleep};

use crate::{
    Board,
    command::{Accepted, Order, Refused},
    journal::{TableAt, dynamodb::EXPIRES},
    round::with_causes,
};

/// How often the leader looks.
const LOOKED_AT: Duration = Duration::from_millis(1_500);
/// How often whoever handed an order in looks for its answer.
const ASKED: Duration = Duration::from_millis(400);
/// How long an order waits for a leader: longer than it takes for one to be followed.
const PATIENCE: Duration = Duration::from_secs(25);
/// How long an order that was taken waits for its answer.
const ANSWER: Duration = Duration::from_secs(15);
/// Orders taken at once.
const AT_ONCE: usize = 20;
/// When DynamoDB may forget a row that nobody took away.
const KEPT: u64 = 3_600;

const ORDER: &str = "order";
const TAKEN: &str = "taken";
const ANSWERED: &str = "answer";

/// Where orders are handed over.
#[derive(Debug)]
pub struct Relay {
    table: Table,
    partition: String,
}

/// What a row says.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Accepted(Accepted),
    Refused(Refused),
}

impl Relay {
    /// Over the table of a lease.
    pub async fn open(at: &TableAt) -> Self {
        Self::new(at.open().await, &at.prefix)
    }

    /// Over a table.
    #[must_use]
    pub fn new(table: Table, prefix: &str) -> Self {
        Self {
            table,
            partition: format!("{prefix}:orders"),
        }
    }

    fn key(&self, id: &str) -> Key {
        Key {
            partition: self.partition.clone(),
            sort: id.to_owned(),
        }
    }

    /// Hands an order to whoever leads, and waits for its answer.
    ///
    /// # Errors
    /// The leader's refusal; or nobody took it, so it does not count; or nobody knows whether it does.
    pub async fn hand_over(&self, order: &Order) -> Result<Accepted, Refused> {
        let Ok(text) = serde_json::to_vec(order) else {
            return lost("the order cannot be written down");
        };
        let key = self.key(&id());
        let put = Change::Set {
            key: key.clone(),
            set: Row::from([
                (ORDER.to_owned(), Value::Bytes(text)),
                (EXPIRES.to_owned(), Value::Number(seconds() + KEPT)),
            ]),
            counts: &[],
            when: Condition::Absent,
        };
        if let Err(error) = self.table.change(&[put]).await {
            return lost(format!(
                "the order could not be handed to whoever leads: {}",
                with_causes(&error)
            ));
        }
        let answer = self.answer(&key).await;
        // What is done with is nobody's any more; else the table forgets it.
        let delete = Change::Delete {
            key,
            when: Condition::Always,
        };
        let _ = self.table.change(&[delete]).await;
        answer
    }

    async fn answer(&self, key: &Key) -> Result<Accepted, Refused> {
        let mut until = Instant::now() + PATIENCE;
        let mut is_taken = false;
        loop {
            sleep(ASKED).await;
            let row = self.table.get(key).await.unwrap_or_default();
            let row = row.unwrap_or_default();
            if let Some(answer) = row.get(ANSWERED).and_then(Value::as_bytes) {
                return match serde_json::from_slice(answer) {
                    Ok(Answer::Accepted(accepted)) => Ok(accepted),
                    Ok(Answer::Refused(refused)) => Err(refused),
                    Err(_) => {
                        lost("the leader's answer cannot be read; see whether the order counted")
                    }
                };
            }
            if !is_taken && row.contains_key(TAKEN) {
                is_taken = true;
                until = Instant::now() + ANSWER;
            }
            if Instant::now() < until {
                continue;
            }
            if is_taken {
                return lost(
                    "the leader took the order and did not answer; see whether it counted",
                );
            }
            let take_back = Change::Delete {
                key: key.clone(),
                when: Condition::Missing(TAKEN),
            };
            match self.table.change(&[take_back]).await {
                Ok(()) => return lost("nobody leads who would take the order; it does not count"),
                // It was taken in this very moment.
                Err(TableError::Condition { .. }) => {
                    is_taken = true;
                    until = Instant::now() + ANSWER;
                }
                Err(_) => {
                    return lost("DynamoDB does not answer; see whether the order counted");
                }
            }
        }
    }

    /// Never ends: carries out what is handed over, for as long as this daemon leads.
    pub async fn carry_out(&self, board: &Board, epoch: u64) {
        loop {
            match self.waiting().await {
                Ok(waiting) => {
                    let all = waiting.into_iter();
                    let all = all.map(|(key, order)| self.carry_out_one(board, epoch, key, order));
                    futures::future::join_all(all).await;
                }
                Err(error) => tracing::debug!("orders of others cannot be read: {error}"),
            }
            sleep(LOOKED_AT).await;
        }
    }

    /// Orders that nobody has taken.
    async fn waiting(&self) -> Result<Vec<(Key, Order)>, TableError> {
        let range = ("\0", "\u{10FFFF}");
        let rows = self
            .table
            .query(&self.partition, range, false, AT_ONCE)
            .await?;
        let untaken = rows.into_iter().filter(|row| !row.contains_key(TAKEN));
        let orders = untaken.filter_map(|row| {
            let id = row.get("sk")?.as_text()?;
            let order = row.get(ORDER)?.as_bytes()?;
            Some((self.key(id), serde_json::from_slice(order).ok()?))
        });
        Ok(orders.collect())
    }

    async fn carry_out_one(&self, board: &Board, epoch: u64, key: Key, order: Order) {
        let take = Change::Set {
            key: key.clone(),
            set: [(TAKEN.to_owned(), Value::Number(epoch))].into(),
            counts: &[],
            when: Condition::HasNot {
                has: ORDER,
                not: TAKEN,
            },
        };
        if self.table.change(&[take]).await.is_err() {
            // Taken back, or nobody knows: then nobody answers, and it is said so.
            return;
        }
        let answer = match board.order(order).await {
            Ok(accepted) => Answer::Accepted(accepted),
            Err(refused) => Answer::Refused(refused),
        };
        let Ok(answer) = serde_json::to_vec(&answer) else {
            return;
        };
        let told = Change::Set {
            key,
            set: [(ANSWERED.to_owned(), Value::Bytes(answer))].into(),
            counts: &[],
            // Whoever asked may have gone: a row of nothing but an answer would be nobody's.
            when: Condition::HasNot {
                has: ORDER,
                not: ANSWERED,
            },
        };
        if let Err(error) = self.table.change(&[told]).await {
            tracing::warn!("an order's answer could not be handed back: {error}");
        }
    }
}

/// It did not get through, or nobody knows whether it did.
fn lost(why: impl Into<String>) -> Result<Accepted, Refused> {
    Err(Refused::StandsBy { leads: why.into() })
}

/// In the order in which they come, as far as clocks agree; and nobody else's.
fn id() -> String {
    let random = RandomState::new().build_hasher().finish();
    format!("{:012}-{random:016x}", seconds())
}

/// For DynamoDB's time to live, which is days late anyway.
fn seconds() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}
