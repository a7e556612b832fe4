//! Deleting what trials left, until nothing is there any more.
//!
//! What belongs here: how long it is tried, and what is said. What must not: what a thing is, or how it is deleted.

use std::{collections::BTreeSet, time::Duration};

use jiff::SignedDuration;
use sixshift_aws::{
    Retry,
    trial::{Leftover, Outcome, Plot},
};

use super::{Told, told};
use crate::Clock;

/// How long it may take. AWS holds a load balancer's network interfaces for some minutes after it.
const PATIENCE: SignedDuration = SignedDuration::from_mins(30);
const LOOK: Duration = Duration::from_secs(10);

/// How it ended.
#[derive(Debug, Default)]
pub struct Cleared {
    /// How many things were deleted.
    pub deleted: usize,
    /// What is still there, each with why.
    pub left: Vec<(Leftover, String)>,
    /// Why nobody knows what is there.
    pub unknown: Option<String>,
}

impl Cleared {
    /// Whether nothing is left.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.left.is_empty() && self.unknown.is_none()
    }
}

/// Deletes what `is_meant`, and looks again until it is gone, or AWS refuses all that is left.
pub async fn clear(
    plot: &Plot,
    clock: &Clock,
    is_meant: impl Fn(&Leftover) -> bool,
    tell: &dyn Fn(Told<'_>),
) -> Cleared {
    let until = clock.now() + PATIENCE;
    let mut gone: BTreeSet<Leftover> = BTreeSet::new();
    loop {
        let is_late = clock.now() > until;
        let all = match plot.leftovers().await {
            Ok(all) => all,
            Err(error) if error.retry() == Retry::Never || is_late => {
                return Cleared {
                    deleted: gone.len(),
                    unknown: Some(told::error(&error)),
                    ..Cleared::default()
                };
            }
            Err(_) => {
                plot.pause(LOOK).await;
                continue;
            }
        };
        let meant: Vec<&Leftover> = all.iter().filter(|one| is_meant(one)).collect();
        let mut left = Vec::new();
        let mut refused = 0;
        for one in &meant {
            let why = match plot.delete(one, &all).await {
                Some(Outcome::Taken) => {
                    if gone.insert((*one).clone()) {
                        let what = format!("deleted {}", told_of(one));
                        tell(Told::Did(clock.now(), &what));
                    }
                    "AWS has not deleted it yet".to_owned()
                }
                Some(Outcome::Later(error)) => told::error(&error),
                Some(Outcome::Refused(error)) => {
                    refused += 1;
                    told::error(&error)
                }
                None => {
                    refused += 1;
                    "something else has to go first".to_owned()
                }
            };
            left.push(((*one).clone(), why));
        }
        let is_vain = refused == meant.len();
        if is_vain || is_late {
            return Cleared {
                deleted: gone.len(),
                left,
                unknown: None,
            };
        }
        plot.pause(LOOK).await;
    }
}

/// A thing for people.
fn told_of(one: &Leftover) -> String {
    let name = one.id.rsplit(':').next().unwrap_or(&one.id);
    format!("{} {name}", one.kind.name())
}
