//! What every request can reach: the board, the history, who may do what.
//!
//! What belongs here: the one struct that the routes share, and its questions and orders in the model's words. What must
//! not: HTTP.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use jiff::Timestamp;
use sixshift_controller::{
    Board,
    command::{self, Verb},
    event::Event,
};

use crate::{
    auth::{Auth, Operator},
    model,
    problem::Refusal,
    stream::Hub,
    view,
};

/// The most events that a page holds.
pub const MOST_EVENTS: usize = 500;

/// Which events are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    /// Of one plan only.
    pub plan: Option<String>,
    /// Only with a higher sequence number.
    pub after: Option<u64>,
    /// Only with a lower one.
    pub before: Option<u64>,
    /// At most so many.
    pub limit: usize,
    /// From the newest backwards.
    pub newest_first: bool,
}

/// What the journal answers; the error is a sentence for people.
pub type Events<'a> = Pin<Box<dyn Future<Output = Result<Vec<Event>, String>> + Send + 'a>>;

/// Answers a question.
pub type Asked<I, O> = Arc<dyn Fn(I) -> O + Send + Sync>;

/// What a daemon gives to its faces.
#[derive(Clone)]
pub struct Api {
    /// What is shown, and where orders are handed in.
    pub board: Board,
    /// The history.
    pub events: Asked<EventPage, Events<'static>>,
    /// All figures as Prometheus' text.
    pub metrics: Asked<(), String>,
    /// Sets the log's filter, as in `info,sixshift_aws=debug`; the error is a sentence for people.
    pub log_level: Asked<String, Result<(), String>>,
    /// The daemon's time: a simulated region's, where it runs over one.
    pub now: Asked<(), Timestamp>,
    /// Whether a push hook is genuine; `None`: hooks are not configured.
    pub hook: Option<Asked<Hook, Result<(), String>>>,
    /// The daemon's version.
    pub version: String,
    /// Who may do what.
    pub auth: crate::auth::Settings,
    /// What a client may cost.
    pub limits: crate::limits::Limits,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

/// A push hook as it came in.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Its headers.
    pub headers: http::HeaderMap,
    /// Its body.
    pub body: bytes::Bytes,
}

/// What the routes share.
pub(crate) struct App {
    pub(crate) api: Api,
    pub(crate) auth: Auth,
    pub(crate) hub: Hub,
}

/// As the routes hold it.
pub(crate) type Shared = Arc<App>;

impl App {
    /// The fleet at a glance.
    pub(crate) fn fleet(&self) -> model::Fleet {
        let plans = self.api.board.plans();
        let context = view::Daemon {
            now: (self.api.now)(()),
            version: &self.api.version,
            read_only: self.auth.is_read_only(),
        };
        view::fleet(&self.api.board.fleet(), &plans, &context)
    }

    /// Every plan in a line, by name.
    pub(crate) fn summaries(&self) -> Vec<model::PlanSummary> {
        self.api.board.plans().iter().map(|p| view::summary(p)).collect()
    }

    /// One plan, whole.
    pub(crate) fn plan(&self, name: &str) -> Option<model::Plan> {
        let plan = self.api.board.plan(name)?;
        Some(view::plan(&plan, self.auth.is_read_only()))
    }

    /// A page of the history; `next` goes on in the direction of the page.
    pub(crate) async fn events(&self, page: EventPage) -> Result<model::Page<model::Event>, Refusal> {
        let limit = page.limit.clamp(1, MOST_EVENTS);
        // One more than asked for tells whether there is a next page.
        let asked = EventPage { limit: limit + 1, ..page };
        let mut events = (self.api.events)(asked).await.map_err(Refusal::unavailable)?;
        let more = events.len() > limit;
        events.truncate(limit);
        let next = events.last().filter(|_| more).map(|e| e.seq);
        let items = events.iter().map(view::event).collect();
        Ok(model::Page { items, next })
    }

    /// Hands in an order; `plan` is `None` for the fleet's verbs.
    pub(crate) async fn order(
        &self,
        operator: &Operator,
        verb: Verb,
        plan: Option<&str>,
        order: model::Order,
    ) -> Result<model::Accepted, Refusal> {
        let order = view::order(operator, verb, plan, order)?;
        let accepted: command::Accepted = self.api.board.order(order).await.map_err(Refusal::from)?;
        Ok(model::Accepted {
            event: accepted.event,
            sentence: accepted.sentence,
        })
    }
}
