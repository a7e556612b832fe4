//! What has to wait for a store, beside the loop: a slow table must stop no rollback.
//!
//! What belongs here: that errands go on while the loop turns, and in which order they begin. What must not: what any of
//! them does.

use std::{future::Future, pin::Pin, task::Poll};

use futures::{StreamExt, stream::FuturesUnordered};

use crate::Round;

/// Some come back with a round that ended, to be shown.
type Errand<'a> = Pin<Box<dyn Future<Output = Option<Round>> + 'a>>;

/// All that is under way.
#[derive(Default)]
pub(super) struct Errands<'a> {
    under_way: FuturesUnordered<Errand<'a>>,
    rounds: Vec<Round>,
}

impl<'a> Errands<'a> {
    /// Begins one, and goes as far with it as it goes without a wait: over a store that answers at once, as the file's does,
    /// it is over with this, and nothing comes between.
    pub(super) async fn begin(&mut self, errand: impl Future<Output = Option<Round>> + 'a) {
        let mut errand: Errand<'a> = Box::pin(errand);
        let first = std::future::poll_fn(|context| Poll::Ready(errand.as_mut().poll(context)));
        match first.await {
            Poll::Ready(round) => self.rounds.extend(round),
            Poll::Pending => self.under_way.push(errand),
        }
    }

    /// Resolves when one is over; never while none is under way.
    pub(super) async fn next(&mut self) {
        match self.under_way.next().await {
            Some(round) => self.rounds.extend(round),
            None => std::future::pending().await,
        }
    }

    /// The rounds that have ended.
    pub(super) fn rounds(&mut self) -> impl Iterator<Item = Round> {
        self.rounds.drain(..)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.under_way.is_empty()
    }
}
