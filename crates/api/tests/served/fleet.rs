//! A fleet over a simulated region, run on a thread of its own, and the API before its board.

use std::{
    cell::Cell,
    sync::{Arc, mpsc},
    time::Duration,
};

use serde_json::json;
use sixshift_api::Limits;
use sixshift_controller::Hands;
use sixshift_controller::{
    Board, Clock, Fleet, Goal, Inbox, Metrics, Parts, Round,
    journal::{Loaded, Memory, Records},
    lease::SingleProcess,
};
use sixshift_core::plan::{Plan, parse};
use sixshift_sim::{
    Region,
    scenario::{self, BuiltService},
};
use tokio::sync::oneshot;

use super::served::{Served, TOKENS, before};

/// A fleet that runs until the test ends. Time flies until every plan waits for a person, then a minute takes 10 ms.
pub(crate) struct Running {
    pub(crate) served: Served,
    pub(crate) plan: String,
    end: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there was told there.
            let _ = thread.join();
        }
    }
}

/// One service of a scenario, up to where only a person can help.
pub(crate) fn until_it_waits(scenario: &'static str) -> Running {
    baking_for("30m", scenario)
}

/// The same of a plan that bakes for a time of its own.
pub(crate) fn baking_for(bake: &'static str, scenario: &'static str) -> Running {
    let (board, orders) = Board::new(Metrics::new());
    let records = Records::new(Arc::new(Memory::new().unwrap()));
    let (end, ended) = oneshot::channel();
    let (waits, waiting) = mpsc::channel();
    let served = before(board.clone(), records.clone(), TOKENS, Limits::default());
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async move {
            let built = scenario::build(scenario, Some(1), 1).unwrap();
            let plans: Vec<Plan> = built.services.iter().map(|s| plan(s, bake)).collect();
            let region = Region::new(built.world, 1);
            let clock = Clock::simulated(region.clock().now, 1.0);
            let parts = Parts {
                hands: Hands::with_http_client(region.http_client(), clock.clone(), 1.0),
                clock,
                board,
                records,
                lease: Arc::new(SingleProcess),
                adopts: false,
                stands_by: false,
            };
            let name = plans[0].name.clone();
            let fleet = Fleet::new(parts, Loaded::default());
            fleet.run_plans(plans).await;
            let mut inbox = Inbox {
                orders: Some(orders),
                news: None,
            };
            let (settled, stands) = (Cell::new(false), Cell::new(false));
            let pace = async {
                loop {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    if stands.get() {
                        std::thread::sleep(Duration::from_millis(10));
                    }
                }
            };
            let stop = async {
                let _ = ended.await;
            };
            let shown = |round: &Round| {
                // Twice: the picture of the first time hangs on the board by then.
                if round.status.is_settled() && settled.replace(true) && !stands.replace(true) {
                    waits.send(name.clone()).unwrap();
                }
            };
            tokio::select! {
                _ = fleet.run(Goal::default(), &mut inbox, stop, shown) => {}
                () = pace => {}
            }
        });
    });
    let plan = waiting
        .recv_timeout(Duration::from_secs(120))
        .expect("the fleet to wait");
    Running {
        served,
        plan,
        end: Some(end),
        thread: Some(thread),
    }
}

fn plan(service: &BuiltService, bake: &str) -> Plan {
    let text = json!({
        "apiVersion": "sixshift/v1",
        "kind": "MigrationPlan",
        "metadata": { "name": service.name, "labels": { "wave": "first" } },
        "spec": {
            "service": { "region": service.region, "cluster": service.cluster, "name": service.name },
            "ipv6": { "subnets": service.ipv6_subnets, "securityGroups": service.security_groups },
            "shift": {
                "steps": [
                    { "weight": "10%", "hold": "5m" },
                    { "weight": "50%", "hold": "10m", "gate": "approval" },
                    { "weight": "100%" },
                ],
                "bake": bake,
            },
            "health": { "errorRate": { "max": "1%" }, "latencyP99": { "max": "800ms" } },
        },
    });
    parse("plan.yaml".as_ref(), &text.to_string())
        .unwrap()
        .remove(0)
}
