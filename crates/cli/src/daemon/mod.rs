//! What `run` and `demo` share: a fleet, the thread that reads its plans, and the thread that shows it.
//!
//! The fleet's loop has the calling thread for itself; everything else talks to it over channels. What must not be here:
//! what a verb prints.

mod check;
pub(crate) mod faces;
mod hangup;
pub(crate) mod log;
mod mistake;
pub(crate) mod origin;
pub(crate) mod plans;
mod pulse;
pub(crate) mod run;
pub(crate) mod settings;
pub(crate) mod store;

use std::sync::Arc;

use sixshift_controller::Hands;
use sixshift_controller::{
    Board, Clock, Fleet, Inbox, Metrics, Parts,
    journal::{Journal, Loaded, Records},
    lease::Lease,
};

/// A fleet with its journal, and where people's orders come in.
pub(crate) struct Daemon {
    /// The fleet.
    pub(crate) fleet: Fleet,
    /// Its inbox: orders are connected, news are not yet.
    pub(crate) inbox: Inbox,
    /// Its history.
    pub(crate) records: Records,
}

impl Daemon {
    /// Takes over what the journal knows.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub(crate) async fn new(
        hands: Hands,
        clock: Clock,
        journal: Arc<dyn Journal>,
        lease: Arc<dyn Lease>,
    ) -> anyhow::Result<Self> {
        let records = Records::new(journal);
        let loaded: Loaded = records.load().await?;
        if loaded.new {
            tracing::info!("the journal is new: what is under way in AWS waits to be adopted");
        }
        let (board, orders) = Board::new(Metrics::new());
        let parts = Parts {
            hands,
            clock,
            board,
            records: records.clone(),
            lease,
            adopts: true,
            stands_by: false,
            relay: None,
        };
        Ok(Self {
            fleet: Fleet::new(parts, loaded),
            inbox: Inbox {
                orders: Some(orders),
                news: None,
            },
            records,
        })
    }
}
