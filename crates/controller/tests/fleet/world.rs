//! A simulated region with fleets in it, and what a story asks of them.

use std::{path::PathBuf, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use sixshift_controller::{
    Board, Clock, Fleet, Goal, Hands, Inbox, Metrics, Parts,
    command::{Accepted, Order, Refused, Verb},
    journal::{Journal, Memory, Records},
    lease::{Lease, SingleProcess},
    source::Snapshot,
};
use sixshift_core::{share::Share, status::Status};
use sixshift_sim::{
    Region,
    scenario::{self, BuiltService},
    world::elb::{TargetState, forwarded},
};

/// A region that outlives the fleets in it.
pub(crate) struct World {
    pub(crate) region: Region,
    pub(crate) clock: Clock,
    pub(crate) services: Vec<BuiltService>,
}

impl World {
    pub(crate) fn new(services: usize) -> Self {
        Self::of("healthy", services)
    }

    pub(crate) fn of(scenario: &str, services: usize) -> Self {
        let built = scenario::build(scenario, Some(services), 1).unwrap();
        let region = Region::new(built.world, 1);
        let clock = Clock::simulated(region.clock().now, 1.0);
        Self {
            region,
            clock,
            services: built.services,
        }
    }

    /// A daemon starts with a journal.
    pub(crate) async fn fleet(&self, journal: &Arc<dyn Journal>) -> Fleet {
        self.fleet_with(journal, Arc::new(SingleProcess)).await
    }

    pub(crate) async fn fleet_with(
        &self,
        journal: &Arc<dyn Journal>,
        lease: Arc<dyn Lease>,
    ) -> Fleet {
        let records = Records::new(Arc::clone(journal));
        let loaded = records.load().await.unwrap();
        let parts = Parts {
            hands: Hands::with_http_client(self.region.http_client(), self.clock.clone(), 1.0),
            clock: self.clock.clone(),
            board: Board::new(Metrics::new()).0,
            records,
            lease,
            adopts: true,
            stands_by: false,
        };
        Fleet::new(parts, loaded)
    }

    /// Every service's plan, in a file each.
    pub(crate) fn files(&self) -> Vec<(PathBuf, String)> {
        let file = |s: &BuiltService| (PathBuf::from(format!("{}.yaml", s.name)), text(s, &s.name));
        self.services.iter().map(file).collect()
    }

    pub(crate) async fn minutes(&self, fleet: &Fleet, minutes: i64) {
        let goal = Goal {
            until: Some(self.clock.now() + SignedDuration::from_mins(minutes)),
            ..Goal::default()
        };
        let never = std::future::pending();
        fleet.run(goal, &mut Inbox::default(), never, |_| {}).await;
    }

    /// Every IPv4 target fails its checks from now on, and answers as before: a load balancer sends to such targets where it
    /// has no better ones.
    pub(crate) fn ipv4_turns_sick(&self) {
        let group = &self.services[0].target_group;
        self.region.with_world(|world| {
            let targets = &mut world.elb.target_groups.get_mut(group).unwrap().targets;
            assert!(!targets.is_empty());
            for target in targets {
                target.state = TargetState::Unhealthy;
                target.reason = "Target.FailedHealthChecks";
            }
        });
    }

    /// Half of what IPv6 answers is an error from now on.
    pub(crate) fn ipv6_turns_bad(&self) {
        self.region.with_world(|world| {
            for app in world.behaviours.values_mut() {
                app.v6.error_share = 0.5;
            }
        });
    }

    /// The least share of IPv6 on any route, in percent, as the region has it.
    pub(crate) fn share(&self) -> i64 {
        self.region.with_world(|world| {
            let is_ipv6 = |arn: &str| arn.contains("-v6");
            let rules = world.elb.rules.values();
            let shares = rules.filter_map(|rule| {
                let groups = forwarded(&rule.actions);
                let all: i64 = groups.iter().map(|(_, w)| w).sum();
                let ipv6 = groups.iter().filter(|(arn, _)| is_ipv6(arn));
                let ipv6: Vec<i64> = ipv6.map(|(_, w)| *w).collect();
                (!ipv6.is_empty()).then(|| 100 * ipv6.iter().sum::<i64>() / all.max(1))
            });
            shares.min().unwrap_or(0)
        })
    }

    /// Customers' requests that failed so far.
    pub(crate) fn failed(&self) -> u64 {
        self.region
            .with_world(|world| world.traffic().values().map(|t| t.failed).sum())
    }

    /// When the twin was created, as the region has it.
    pub(crate) fn twin_created(&self) -> Timestamp {
        self.region.with_world(|world| {
            let mut services = world.ecs.services.values();
            let twin = services.find(|service| service.name.ends_with("-ipv6"));
            twin.unwrap().created_at
        })
    }

    /// Calls that made or deleted something so far.
    pub(crate) fn made(&self) -> u64 {
        self.calls(":Create") + self.calls(":Delete")
    }

    pub(crate) fn calls(&self, named: &str) -> u64 {
        let calls = self.region.counters().calls;
        let named = calls.iter().filter(|(name, _)| name.contains(named));
        named.map(|(_, n)| n).sum()
    }
}

pub(crate) fn text(service: &BuiltService, moves: &str) -> String {
    let (name, region, cluster) = (&service.name, &service.region, &service.cluster);
    let (subnets, groups) = (
        service.ipv6_subnets.join(", "),
        service.security_groups.join(", "),
    );
    format!(
        "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata: {{ name: {name} }}\nspec:\n  \
         service: {{ region: {region}, cluster: {cluster}, name: {moves} }}\n  \
         ipv6: {{ subnets: [{subnets}], securityGroups: [{groups}] }}\n  \
         shift:\n    steps:\n      - {{ weight: 10%, hold: 5m, gate: approval }}\n      - {{ weight: 100% }}\n    bake: 30m\n  \
         health: {{ errorRate: {{ max: 1% }} }}\n"
    )
}

pub(crate) fn snapshot(commit: &str, files: Vec<(PathBuf, String)>) -> Snapshot {
    let files: Vec<_> = files
        .into_iter()
        .map(|(file, text)| (file, Ok(text)))
        .collect();
    Snapshot {
        commit: Some(commit.repeat(40)),
        author_date: None,
        digest: format!("{files:?}"),
        files: files.into(),
    }
}

pub(crate) fn memory() -> Arc<dyn Journal> {
    Arc::new(Memory::new().unwrap())
}

pub(crate) fn status(fleet: &Fleet, name: &str) -> Status {
    let found = fleet.statuses().into_iter().find(|s| s.plan == name);
    found.unwrap_or_else(|| panic!("{name} was never looked at"))
}

pub(crate) fn waits(fleet: &Fleet, name: &str) -> &'static str {
    status(fleet, name)
        .waiting_on
        .as_ref()
        .map_or("", |on| on.kind())
}

pub(crate) async fn order(fleet: &Fleet, verb: Verb, reason: &str) -> Result<Accepted, Refused> {
    fleet.order(ordered(verb, reason)).await
}

/// Whoever is on call lets it go on to a share.
pub(crate) async fn promote(fleet: &Fleet, percent: u16) -> Result<Accepted, Refused> {
    let order = Order {
        to: Some(Share::from_basis_points(percent * 100)),
        ..ordered(Verb::Promote, "enough was seen")
    };
    fleet.order(order).await
}

/// An order of whoever is on call.
pub(crate) fn ordered(verb: Verb, reason: &str) -> Order {
    Order {
        verb,
        plan: (!verb.is_for_fleet()).then(|| "checkout".to_owned()),
        gate: None,
        to: None,
        revision: None,
        actor: "oncall".to_owned(),
        reason: reason.to_owned(),
    }
}

/// One service at 10 %, waiting for its approval; the plan's files and the journal.
pub(crate) async fn at_the_gate() -> (World, Fleet, Arc<dyn Journal>) {
    let journal = memory();
    let (world, fleet) = at_the_gate_with(&journal).await;
    (world, fleet, journal)
}

/// The same with a journal of the story's own.
pub(crate) async fn at_the_gate_with(journal: &Arc<dyn Journal>) -> (World, Fleet) {
    let world = World::new(1);
    let fleet = world.fleet(journal).await;
    fleet.read(&snapshot("a", world.files())).await;
    world.minutes(&fleet, 30).await;
    assert_eq!(waits(&fleet, "checkout"), "Approval");
    (world, fleet)
}
