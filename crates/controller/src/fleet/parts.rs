//! What a fleet is made of, and what comes in while it runs.

use std::sync::Arc;

use sixshift_aws::Hands;
use tokio::sync::mpsc;

use crate::{
    Board, Clock, Orders, board::Submitted, journal::Records, lease::Lease, source::Snapshot,
};

/// What a fleet is made of.
#[derive(Debug)]
pub struct Parts {
    /// Its access to AWS.
    pub hands: Hands,
    /// Its time.
    pub clock: Clock,
    /// Where it shows itself.
    pub board: Board,
    /// Where it writes down what neither git nor AWS can know.
    pub records: Records,
    /// What lets it act.
    pub lease: Arc<dyn Lease>,
    /// Whether a plan that the records do not know, but AWS does, must be adopted. Off only where nothing is kept from
    /// one run to the next.
    pub adopts: bool,
    /// It shows what is there, and neither acts, writes nor takes orders: another daemon does.
    pub stands_by: bool,
}

/// News from the source.
#[derive(Debug)]
pub enum News {
    /// It was read.
    Read(Snapshot),
    /// It could not be read; the last good revision of every plan runs on.
    Failed(String),
}

/// What comes in while the loop runs.
#[derive(Debug, Default)]
pub struct Inbox {
    /// What people order.
    pub orders: Option<Orders>,
    /// What the source says.
    pub news: Option<mpsc::Receiver<News>>,
}

impl Inbox {
    pub(super) async fn order(orders: &mut Option<Orders>) -> Submitted {
        match orders {
            Some(open) => match open.0.recv().await {
                Some(order) => order,
                None => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    }

    pub(super) async fn news(news: &mut Option<mpsc::Receiver<News>>) -> News {
        match news {
            Some(open) => match open.recv().await {
                Some(news) => news,
                None => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    }
}
