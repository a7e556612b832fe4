//! What every request can reach: the board, the history, who may do what.
//!
//! What belongs here: the one struct that the routes share, and its questions and orders in the model's words. What must
//! not: HTTP.

use std::{fmt, net::SocketAddr, sync::Arc};

use jiff::Timestamp;
use sixshift_controller::{
    Board,
    command::{self, Verb},
    journal::{Records, Visitors},
    secret::Secret,
};

use tokio::sync::Semaphore;

use crate::{
    auth::{self, Auth, FetchKey, Operator},
    hosts::Hosts,
    limits::{Limits, MOST_FORESEEN, MOST_HOOKS, Tries},
    model,
    problem::Refusal,
    stream::Hub,
    view::{self, Window},
};

/// Answers a question.
pub type Asked<I, O> = Arc<dyn Fn(I) -> O + Send + Sync>;

/// What a daemon gives to its faces.
#[derive(Clone)]
pub struct Api {
    /// What is shown, and where orders are handed in.
    pub board: Board,
    /// The history.
    pub records: Records,
    /// All figures as Prometheus' text.
    pub metrics: Asked<(), String>,
    /// Sets the log's filter, as in `info,sixshift_aws=debug`; the error is a sentence for people.
    pub log_level: Asked<String, Result<(), String>>,
    /// The daemon's time: a simulated region's, where it runs over one.
    pub now: Asked<(), Timestamp>,
    /// What the git server's push notices are signed with; `None`: they are refused.
    pub hook_secret: Option<Secret>,
    /// The daemon's version.
    pub version: String,
    /// Who may do what.
    pub auth: auth::Settings,
    /// Who has logged in: whoever has the same takes each other's visitors for logged in. `None`: they are this process's alone.
    pub visitors: Option<Visitors>,
    /// How a load balancer's public keys are fetched; needed with `auth.albOidc` only.
    pub fetch_key: Option<FetchKey>,
    /// What a client may cost.
    pub limits: Limits,
    /// By which names it may be asked, beside loopback's; none: by any, where it listens beyond loopback.
    pub hosts: Vec<String>,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

/// What the routes share.
pub(crate) struct App {
    pub(crate) api: Api,
    pub(crate) auth: Auth,
    pub(crate) hosts: Hosts,
    pub(crate) hub: Hub,
    /// Wrong tokens.
    pub(crate) log_ins: Tries,
    /// Orders.
    pub(crate) orders: Tries,
    /// Push notices under way.
    pub(crate) hooks: Semaphore,
    /// Plans whose future is worked out.
    pub(crate) foreseeing: Arc<Semaphore>,
}

/// As the routes hold it.
pub(crate) type Shared = Arc<App>;

impl App {
    /// From what the daemon gives, and where it listens.
    pub(crate) fn new(api: Api, addresses: &[SocketAddr]) -> Result<Self, auth::Error> {
        let auth = Auth::new(&api.auth, api.fetch_key.clone(), api.visitors.clone())?;
        let limits = api.limits;
        Ok(Self {
            hub: Hub::new(auth::random_number()?, limits.streams),
            auth,
            hosts: Hosts::new(&api.hosts, addresses),
            log_ins: Tries::new(
                limits.wrong_tokens_a_minute,
                "too many wrong tokens from this address",
            ),
            orders: Tries::new(limits.orders_a_minute, "too many orders from this address"),
            hooks: Semaphore::new(MOST_HOOKS),
            foreseeing: Arc::new(Semaphore::new(MOST_FORESEEN)),
            api,
        })
    }

    /// What a plan's version is called towards browsers; versions begin anew with each process.
    pub(crate) fn etag(&self, version: u64) -> String {
        format!("\"{:08x}-{version}\"", self.hub.at().process)
    }

    /// Other settings for who may do what count from now on; streams of whoever may read no more end. Blocks.
    pub(crate) fn take_over(&self, settings: &auth::Settings) -> Result<(), auth::Error> {
        self.auth.take_over(settings)?;
        self.hub.judge(self);
        Ok(())
    }

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
        self.api
            .board
            .plans()
            .iter()
            .map(|p| view::summary(p))
            .collect()
    }

    /// One plan, whole, with what the history adds. A journal that cannot be read takes that away, and nothing else.
    pub(crate) async fn plan(&self, name: &str, window: Option<Window>) -> Option<model::Plan> {
        let shown = self.api.board.plan(name)?;
        let mut plan = view::plan(&shown, self.auth.is_read_only(), window);
        if let Some(since) = view::since(&plan) {
            let events = self.events_since(name, since).await;
            view::remember(&mut plan, &events);
        }
        Some(plan)
    }

    /// Has the source read and plans looked at now; none are all.
    pub(crate) async fn look_now(&self, plans: Vec<String>) -> Result<model::Reconciled, Refusal> {
        let looks = self
            .api
            .board
            .look_now(plans)
            .await
            .map_err(Refusal::from)?;
        let items = looks.into_iter().map(|look| model::Look {
            plan: look.plan,
            at: look.at,
            sentence: look.sentence,
        });
        Ok(model::Reconciled {
            items: items.collect(),
        })
    }

    /// Everything that a plan left in AWS, read now.
    pub(crate) async fn handover(&self, name: &str) -> Result<model::Handover, Refusal> {
        let read = self.api.board.estate(name.to_owned()).await;
        let estate = read.map_err(Refusal::from)?;
        Ok(model::Handover::of(&estate))
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
        let accepted: command::Accepted =
            self.api.board.order(order).await.map_err(Refusal::from)?;
        Ok(model::Accepted {
            event: accepted.event,
            sentence: accepted.sentence,
        })
    }
}
