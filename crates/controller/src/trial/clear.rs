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
/// How many looks one after the other have to find nothing.
const LOOKS: u32 = 2;
/// How long nothing is said of what is still there.
const QUIET: SignedDuration = SignedDuration::from_mins(3);

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
    let begun = clock.now();
    let until = begun + PATIENCE;
    let mut gone: BTreeSet<Leftover> = BTreeSet::new();
    let mut said = BTreeSet::new();
    let mut say = |what: String| {
        if !said.contains(&what) {
            tell(Told::Did(clock.now(), &what));
            said.insert(what);
        }
    };
    let mut looks_at_nothing = 0;
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
            Err(error) => {
                say(format!(
                    "what is left cannot be asked: {}",
                    told::error(&error)
                ));
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
                        say(format!("deleted {}", told_of(one)));
                    }
                    "AWS has not deleted it yet".to_owned()
                }
                Some(Outcome::Later(error)) => {
                    let why = told::error(&error);
                    if clock.now() > begun + QUIET {
                        let code = error.code().unwrap_or(&why);
                        say(format!("{} is still there: {code}", told_of(one)));
                    }
                    why
                }
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
        // A list may lack what was made seconds ago, by a call whose answer nobody waited for.
        looks_at_nothing = if meant.is_empty() {
            looks_at_nothing + 1
        } else {
            0
        };
        let is_gone = looks_at_nothing == LOOKS;
        let is_vain = refused == meant.len() && !meant.is_empty();
        if is_gone || is_vain || is_late {
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
