//! A service of the region, what is foreseen of its migration, and the migration itself.

use std::sync::{Mutex, PoisonError};
use std::{future::Future, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use sixshift_controller::{
    Asked, Board, Clock, Fleet, Goal, Hands, Inbox, Metrics, Parts,
    command::{Order, Verb},
    journal::{Memory, Records},
    lease::SingleProcess,
    source::Snapshot,
};
use sixshift_core::{
    facts::Facts,
    foresee::{Foresight, MOST_ROUNDS, foresee},
    observation::Observation,
    plan::{Plan, parse},
    status::{Phase, WaitingOn},
};
use sixshift_sim::{
    Region, Value,
    scenario::{self, BuiltService},
    services::{self, AwsError, Service},
    witness::{Witness, Write},
    world::World,
};

use crate::calls::{Made, Ours, made};

/// A service in a region, and whoever may ask that.
pub(crate) struct Ground {
    pub(crate) service: BuiltService,
    pub(crate) clock: Clock,
    pub(crate) hands: Hands,
    writes: Arc<Mutex<Vec<Made>>>,
}

/// Notes each write that AWS accepts.
struct Notes(Arc<Mutex<Vec<Made>>>);

impl Witness for Notes {
    fn before(&mut self, _: &mut World, _: &Write<'_>) {}

    fn after(&mut self, world: &mut World, write: &Write<'_>, outcome: Result<&Value, &AwsError>) {
        let refused = outcome.err().map(|e| e.code.clone());
        assert_eq!(refused, None, "AWS refuses {}", write.op);
        let mut writes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writes.push(made(write, &ours(world), world.now()));
    }
}

fn ours(world: &mut World) -> Ours {
    let asked = Value::Map(Vec::new());
    let told = services::call(world, Service::Lattice, "ListTargetGroups", &asked);
    let told = told.unwrap_or_default();
    let text = |group: &Value, key: &str| group.get(key).as_str().unwrap().to_owned();
    let groups = told.get("items").items().iter();
    let groups = groups.map(|g| (text(g, "id"), text(g, "name")));
    groups.filter(|(_, name)| name.ends_with("-v6")).collect()
}

impl Ground {
    pub(crate) fn new(scenario: &str) -> Self {
        let built = scenario::build(scenario, Some(1), 1).unwrap();
        let region = Region::new(built.world, 1);
        let writes = Arc::default();
        region.watch(Notes(Arc::clone(&writes)));
        let clock = Clock::simulated(region.clock().now, 1.0);
        Self {
            hands: Hands::with_http_client(region.http_client(), clock.clone(), 1.0),
            clock,
            service: built.services.into_iter().next().unwrap(),
            writes,
        }
    }

    /// The text of a plan with this service's names in place of `NAME`, `CLUSTER`, `REGION`, `SUBNETS` and `GROUPS`.
    pub(crate) fn plan(&self, text: &str) -> (Plan, String) {
        let s = &self.service;
        let text = text
            .replace("NAME", &s.name)
            .replace("CLUSTER", &s.cluster)
            .replace("REGION", &s.region)
            .replace("SUBNETS", &s.ipv6_subnets.join(", "))
            .replace("GROUPS", &s.security_groups.join(", "));
        let plans = parse("plan.yaml".as_ref(), &text);
        let plan = plans.unwrap_or_else(|e| panic!("{e}\n{text}")).remove(0);
        (plan, text)
    }

    pub(crate) async fn look(&self, plan: &Plan) -> Observation {
        let asked = Asked::full(self.clock.now());
        self.hands.observe(plan, asked).await
    }

    pub(crate) async fn foresee(&self, plan: &Plan) -> (Foresight, Observation) {
        let seen = self.look(plan).await;
        let now = self.clock.now();
        let foresight = foresee(plan, &Facts::default(), &seen, now, MOST_ROUNDS);
        (foresight, seen)
    }

    /// What AWS was asked to change so far.
    pub(crate) fn writes(&self) -> Vec<Made> {
        self.writes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) async fn fleet(&self, text: &str) -> Fleet {
        let records = Records::new(Arc::new(Memory::new().unwrap()));
        let loaded = records.load().await.unwrap();
        let parts = Parts {
            hands: self.hands.clone(),
            clock: self.clock.clone(),
            board: Board::new(Metrics::new()).0,
            records,
            lease: Arc::new(SingleProcess),
            adopts: true,
            stands_by: false,
            relay: None,
        };
        let fleet = Fleet::new(parts, loaded);
        let snapshot = Snapshot {
            commit: None,
            author_date: None,
            digest: text.to_owned(),
            files: vec![("plan.yaml".into(), Ok(text.to_owned()))].into(),
        };
        fleet.read(&snapshot).await;
        fleet
    }

    /// Lets a fleet run until it is as asked, with somebody who approves within a minute.
    pub(crate) async fn run(&self, fleet: &Fleet, until: impl Fn(Phase, Timestamp) -> bool) {
        for _ in 0..20 * 1_440 {
            let goal = Goal {
                until: Some(self.clock.now() + SignedDuration::from_mins(1)),
                ..Goal::default()
            };
            let never = std::future::pending();
            fleet.run(goal, &mut Inbox::default(), never, |_| {}).await;
            let Some(status) = fleet.statuses().into_iter().next() else {
                continue;
            };
            if until(status.phase, self.clock.now()) {
                return;
            }
            if let Some(WaitingOn::Approval { gate }) = status.waiting_on {
                let order = Order {
                    verb: Verb::Approve,
                    plan: Some(status.plan),
                    gate: Some(gate),
                    to: None,
                    revision: None,
                    actor: "oncall".to_owned(),
                    reason: "it looks good".to_owned(),
                };
                fleet.order(order).await.unwrap();
            }
        }
        panic!("it never came: {:?}", fleet.statuses());
    }
}

pub(crate) fn in_virtual_time<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(future)
}
