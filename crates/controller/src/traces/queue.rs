//! Spans between those who make them and the thread that brings them: bounded, and nobody waits to put one in.
//!
//! What belongs here: what is kept, and what goes when there is no room. What must not: the bringing.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::otlp::Span;
use crate::{Metrics, metrics::SPANS};

/// As many wait at most; of more, the oldest go.
const MOST: usize = 2048;
/// As many are brought at once.
const BATCH: usize = 512;
/// How long others are waited for that can be brought together.
const PAUSE: Duration = Duration::from_secs(5);

/// Spans that wait.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    metrics: Metrics,
}

#[derive(Debug, Default)]
struct State {
    spans: VecDeque<Span>,
    /// When the first of them came.
    since: Option<Instant>,
    /// The program ends: by when all must be brought.
    until: Option<Instant>,
    /// There is nobody left who brings them.
    is_over: bool,
}

impl Queue {
    pub(super) fn new(metrics: Metrics) -> Self {
        // A figure that begins at one has no rate yet.
        for result in SPANS {
            metrics.spans(result, 0);
        }
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            metrics,
        }
    }

    /// One more.
    pub(super) fn put(&self, span: Span) {
        let mut state = self.state();
        if state.is_over {
            self.count("unsent", 1);
            return;
        }
        if state.spans.len() >= MOST {
            state.spans.pop_front();
            self.count("overflowed", 1);
        }
        state.spans.push_back(span);
        state.since.get_or_insert_with(Instant::now);
        if state.spans.len() == 1 || state.spans.len() >= BATCH {
            self.changed.notify_all();
        }
    }

    /// The next ones to bring, when there are enough or the first has waited for long; `None`: the program ends, and all are
    /// brought.
    pub(super) fn take(&self) -> Option<Vec<Span>> {
        let mut state = self.state();
        loop {
            let waited = state.since.map(|since| since.elapsed());
            let is_due = state.spans.len() >= BATCH
                || state.until.is_some()
                || waited.is_some_and(|waited| waited >= PAUSE);
            if is_due {
                let count = state.spans.len().min(BATCH);
                let batch: Vec<Span> = state.spans.drain(..count).collect();
                state.since = (!state.spans.is_empty()).then(Instant::now);
                return (!batch.is_empty()).then_some(batch);
            }
            let left = waited.map_or(Duration::MAX, |waited| PAUSE.saturating_sub(waited));
            state = self.wait(state, left);
        }
    }

    /// Waits, but no longer than until the program ends.
    pub(super) fn rest(&self, length: Duration) {
        let from = Instant::now();
        let mut state = self.state();
        while state.until.is_none() {
            let left = length.saturating_sub(from.elapsed());
            if left.is_zero() {
                return;
            }
            state = self.wait(state, left);
        }
    }

    /// How much time is left for a request; `None`: as much as it may take.
    pub(super) fn remains(&self) -> Option<Duration> {
        let until = self.state().until?;
        Some(until.saturating_duration_since(Instant::now()))
    }

    /// What became of so many.
    pub(super) fn count(&self, result: &'static str, spans: usize) {
        self.metrics.spans(result, spans);
    }

    /// Nobody brings any more.
    pub(super) fn over(&self) {
        let mut state = self.state();
        state.is_over = true;
        let left = state.spans.len();
        state.spans.clear();
        self.count("unsent", left);
        self.changed.notify_all();
    }

    /// The program ends: waits until all are brought, or the time is over.
    pub(super) fn close(&self, within: Duration) {
        let until = Instant::now() + within;
        let mut state = self.state();
        state.until = Some(until);
        self.changed.notify_all();
        while !state.is_over {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            state = self.wait(state, left);
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, length: Duration) -> MutexGuard<'a, State> {
        let woken = self.changed.wait_timeout(state, length);
        woken.unwrap_or_else(PoisonError::into_inner).0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::traces::otlp::Kind;

    fn span(name: usize) -> Span {
        Span {
            trace: [1; 16],
            id: [2; 8],
            parent: None,
            kind: Kind::Internal,
            name: name.to_string(),
            begun: Timestamp::UNIX_EPOCH,
            ended: Timestamp::UNIX_EPOCH,
            attributes: Vec::new(),
            error: None,
        }
    }

    fn counted(metrics: &Metrics, result: &str) -> bool {
        let page = metrics.render(Timestamp::UNIX_EPOCH, None);
        page.contains(&format!(
            "sixshift_trace_spans_total{{result=\"{result}\"}} 100\n"
        ))
    }

    #[test]
    fn what_there_is_no_room_for_goes_oldest_first_and_is_counted() {
        let metrics = Metrics::new();
        let queue = Queue::new(metrics.clone());
        (0..MOST + 100).for_each(|name| queue.put(span(name)));
        assert!(counted(&metrics, "overflowed"));
        let batch = queue.take().unwrap();
        assert_eq!((batch.len(), batch[0].name.as_str()), (BATCH, "100"));
    }

    #[test]
    fn at_the_end_all_are_handed_out_and_what_comes_later_is_counted() {
        let metrics = Metrics::new();
        let queue = Queue::new(metrics.clone());
        queue.put(span(0));
        queue.close(Duration::ZERO);
        assert_eq!(queue.take().unwrap().len(), 1);
        assert!(queue.take().is_none());
        queue.over();
        (0..100).for_each(|name| queue.put(span(name)));
        assert!(counted(&metrics, "unsent"));
    }
}
