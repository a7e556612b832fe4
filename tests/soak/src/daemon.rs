//! The daemon of a run: a fleet in process, with a journal that it may lose and a lease that a test may take away.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sixshift_controller::command::{Order, Verb};
use sixshift_controller::journal::{self, Journal, Memory, Records};
use sixshift_controller::lease::Lease;
use sixshift_controller::source::Snapshot;
use sixshift_controller::{Board, Clock, Fleet, Hands, Metrics, Parts};
use sixshift_core::facts::Gate;
use sixshift_core::share::Share;
use sixshift_sim::Region;

use crate::world::NAME;

/// A lease that can be taken away.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken(pub(crate) Arc<AtomicBool>);

impl Lease for Taken {
    fn remains(&self) -> Option<Duration> {
        (!self.0.load(Ordering::Relaxed)).then_some(Duration::MAX)
    }
}

/// An empty journal.
pub(crate) fn journal() -> Result<Arc<dyn Journal>, journal::Error> {
    Ok(Arc::new(Memory::new()?))
}

/// A daemon starts: it knows what its journal knows, and reads its plan.
pub(crate) async fn start(
    region: &Region,
    clock: Clock,
    journal: &Arc<dyn Journal>,
    lease: &Taken,
    plan: &str,
) -> Result<Fleet, journal::Error> {
    let records = Records::new(Arc::clone(journal));
    let loaded = records.load().await?;
    let parts = Parts {
        hands: Hands::with_http_client(region.http_client(), clock.clone(), 1.0),
        clock,
        board: Board::new(Metrics::new()).0,
        records,
        lease: Arc::new(lease.clone()),
        adopts: true,
        stands_by: false,
        relay: None,
    };
    let fleet = Fleet::new(parts, loaded);
    fleet.read(&snapshot(plan)).await;
    Ok(fleet)
}

fn snapshot(plan: &str) -> Snapshot {
    Snapshot {
        commit: Some("a".repeat(40)),
        author_date: None,
        digest: plan.to_owned(),
        files: vec![(PathBuf::from("checkout.yaml"), Ok(plan.to_owned()))].into(),
    }
}

/// An order as somebody on call gives it.
pub(crate) fn order(verb: Verb, gate: Option<Gate>, to: Option<Share>) -> Order {
    Order {
        verb,
        plan: (!verb.is_for_fleet()).then(|| NAME.to_owned()),
        gate,
        to,
        revision: None,
        actor: "oncall".to_owned(),
        reason: "it has to be".to_owned(),
    }
}
