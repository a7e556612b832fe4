//! Which round a call to AWS was made for, and how it ended, for whoever follows rounds.
//!
//! What belongs here: that a call knows its round, also where many rounds share it. What must not: the ids of calls, and who is
//! told.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use tokio::task_local;

/// A round as those who follow it know it: a trace, and the span in it that its calls belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// W3C's trace id.
    pub trace: [u8; 16],
    /// W3C's parent id.
    pub span: [u8; 8],
}

/// A call that has ended, made for a round that is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The round; where several share the call, the one that asked first.
    pub round: Round,
    /// The service's prefix in IAM, as in `elasticloadbalancing`.
    pub service: &'static str,
    /// As in `ModifyListener`.
    pub operation: &'static str,
    /// Where it was made.
    pub region: Arc<str>,
    /// AWS's id of it, where AWS answered.
    pub request_id: Option<String>,
    /// Why it did not do what was asked: in a word, and as a sentence.
    pub error: Option<(String, String)>,
    /// From its sending to its end, on tokio's clock.
    pub took: Duration,
}

task_local! {
    static ROUND: Option<Round>;
}

/// A future whose calls are made for this round; another task that makes some for it is handed it anew. No `async fn`, which
/// would have room for the future twice.
pub fn follow<F: Future>(round: Option<Round>, future: F) -> impl Future<Output = F::Output> {
    ROUND.scope(round, future)
}

/// For which round calls are made now.
pub(crate) fn current() -> Option<Round> {
    ROUND.try_with(|round| *round).ok().flatten()
}

/// Who is told of each call.
pub(crate) struct Listener(Box<dyn Fn(Ended) + Send + Sync>);

impl Listener {
    pub(crate) fn new(hears: impl Fn(Ended) + Send + Sync + 'static) -> Self {
        Self(Box::new(hears))
    }

    pub(crate) fn hear(&self, ended: Ended) {
        (self.0)(ended);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUND: Round = Round {
        trace: [1; 16],
        span: [2; 8],
    };

    #[tokio::test]
    async fn a_call_on_another_task_is_made_for_the_round_that_asked_for_it() {
        assert_eq!(current(), None);
        let asked = async {
            let round = current();
            tokio::spawn(follow(round, async { current() })).await
        };
        assert_eq!(follow(Some(ROUND), asked).await.unwrap(), Some(ROUND));
        assert_eq!(follow(None, async { current() }).await, None);
    }
}
