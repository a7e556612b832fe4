//! A scenario's migration from its plan to its end, in virtual time, with somebody who approves.

use std::{future::Future, path::PathBuf, sync::Arc};

use jiff::SignedDuration;
use sixshift_controller::{
    Board, Clock, Fleet, Goal, Hands, Inbox, Metrics, Parts,
    command::{Order, Verb},
    journal::{Journal, Memory, Records},
    lease::SingleProcess,
    source::Snapshot,
};
use sixshift_core::{
    plan::ServiceRef,
    status::{Phase, Status, WaitingOn},
};
use sixshift_sim::{
    Region, Value,
    caller::Policy,
    scenario::{self, Built, BuiltService},
    services::{self, Service},
};

use crate::kept::{At, Kept};

/// Longer than any scenario takes.
const LONGEST: i64 = 12 * 60;
/// Nothing more comes after so many minutes in which nothing changed.
const SETTLED: u32 = 40;

/// What came of a migration.
pub(crate) struct Ended {
    pub(crate) scenario: String,
    pub(crate) phase: Phase,
    pub(crate) sentence: String,
    /// The IPv4 side before anything was done; its task definition as the team last had it.
    pub(crate) original: Kept,
    pub(crate) original_at_the_end: Kept,
    pub(crate) twin_at_first_share: Option<Kept>,
    pub(crate) twin: Kept,
    pub(crate) names: Names,
    /// What is still there of the IPv4 side.
    pub(crate) left_of_ipv4: Vec<String>,
}

/// Runs a scenario to its end.
pub(crate) fn carried_out(scenario: &str) -> Ended {
    in_virtual_time(migrate(scenario))
}

pub(crate) fn in_virtual_time<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(future)
}

async fn migrate(scenario: &str) -> Ended {
    let stage = Stage::new(scenario);
    let mut seen = Seen::new(&stage.region, &stage.service);
    let status = stage.run(|status| seen.look(&stage.region, status)).await;
    seen.ended(&stage.region, scenario, &status)
}

/// A scenario's region, and its first service.
pub(crate) struct Stage {
    pub(crate) region: Region,
    pub(crate) service: BuiltService,
    /// The text of its plan.
    pub(crate) plan: String,
}

/// How a plan for a service begins, up to its subnets.
pub(crate) fn beginning(service: &BuiltService) -> String {
    let (region, cluster, name) = (&service.region, &service.cluster, &service.name);
    let subnets = service.ipv6_subnets.join(", ");
    let groups = service.security_groups.join(", ");
    format!(
        "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata: {{ name: {name} }}\nspec:\n  \
         service: {{ region: {region}, cluster: {cluster}, name: {name} }}\n  \
         ipv6: {{ subnets: [{subnets}], securityGroups: [{groups}] }}\n"
    )
}

impl Stage {
    pub(crate) fn new(scenario: &str) -> Self {
        Self::of(scenario::build(scenario, Some(1), 1).unwrap())
    }

    pub(crate) fn of(built: Built) -> Self {
        let region = Region::new(built.world, 1);
        region.set_bucket_share(built.bucket_share);
        for fault in built.faults {
            region.inject(fault);
        }
        let service = built.services.into_iter().next().unwrap();
        let plan = plan(&service);
        Self {
            region,
            service,
            plan,
        }
    }

    pub(crate) fn place(&self) -> ServiceRef {
        ServiceRef {
            region: self.service.region.clone(),
            cluster: self.service.cluster.clone(),
            name: self.service.name.clone(),
            role_arn: None,
            external_id: None,
        }
    }

    pub(crate) fn hands(&self) -> Hands {
        hands(&self.region, &clock_of(&self.region))
    }

    /// The same once its migration is done.
    pub(crate) async fn carried_out(self) -> Self {
        let status = self.run(|_| {}).await;
        assert_eq!(status.phase, Phase::Done, "{}", status.sentence);
        self
    }

    /// Until nothing more comes.
    async fn run(&self, look: impl FnMut(Option<&Status>)) -> Status {
        self.run_until(SETTLED, look).await
    }

    /// With what some files of `deploy/iam` allow, and nothing else.
    pub(crate) fn allowed(self, files: &[&str]) -> Self {
        self.region.set_policy(Some(policies(files)));
        self
    }

    /// The same with a plan that asks nobody before it retires.
    pub(crate) fn retiring_unasked(mut self) -> Self {
        self.plan = self.plan.replace("approval: required", "approval: none");
        self
    }

    /// By daemons of which each is killed after a minute, and knows only what its journal has; until it is done.
    pub(crate) async fn run_by_many(&self, minutes: usize) -> Status {
        let clock = clock_of(&self.region);
        let mut last = None;
        let journal: Arc<dyn Journal> = Arc::new(Memory::new().unwrap());
        for _ in 0..minutes {
            let fleet = fleet_on(&self.region, clock.clone(), Arc::clone(&journal)).await;
            fleet.read(&snapshot(self.plan.clone())).await;
            minute(&fleet, &clock).await;
            last = fleet.statuses().into_iter().next();
            if last.as_ref().is_some_and(|s| s.phase == Phase::Done) {
                break;
            }
        }
        last.unwrap()
    }

    /// Code that was good on IPv6 until it had everybody fails there in its bake.
    pub(crate) async fn run_going_bad_in_the_bake(&self) -> Status {
        let mut broken = false;
        let status = self
            .run_until(50, |status: Option<&Status>| {
                if !broken && status.is_some_and(|s| s.phase == Phase::Bake) {
                    broken = true;
                    self.region.with_world(|world| {
                        for app in world.behaviours.values_mut() {
                            app.v6.error_share = 0.2;
                        }
                    });
                }
            })
            .await;
        assert!(broken);
        status
    }

    /// Until nothing changed for so many minutes.
    pub(crate) async fn run_until(
        &self,
        settled: u32,
        look: impl FnMut(Option<&Status>),
    ) -> Status {
        let journal = Arc::new(Memory::new().unwrap());
        self.run_until_on(journal, settled, look).await
    }

    /// The same by a daemon that knows what a journal has.
    pub(crate) async fn run_until_on(
        &self,
        journal: Arc<dyn Journal>,
        settled: u32,
        mut look: impl FnMut(Option<&Status>),
    ) -> Status {
        let clock = clock_of(&self.region);
        let fleet = fleet_on(&self.region, clock.clone(), journal).await;
        fleet.read(&snapshot(self.plan.clone())).await;
        let mut still = 0;
        let mut last = None;
        for _ in 0..LONGEST {
            minute(&fleet, &clock).await;
            approve(&fleet).await;
            let status = fleet.statuses().into_iter().next();
            look(status.as_ref());
            let now = status.map(|s| (s.phase, s.waiting_on.map(|on| on.kind()), s.shares));
            still = if now == last { still + 1 } else { 0 };
            last = now;
            if still >= settled && !matches!(last, Some((Phase::Bake | Phase::Cold, ..))) {
                break;
            }
        }
        fleet.statuses().into_iter().next().unwrap()
    }
}

/// What is looked at on the way.
struct Seen {
    service: BuiltService,
    original: Kept,
    twin_at_first_share: Option<Kept>,
}

impl Seen {
    fn new(region: &Region, service: &BuiltService) -> Self {
        Self {
            service: service.clone(),
            original: Kept::read(region, &ipv4(service)),
            twin_at_first_share: None,
        }
    }

    fn look(&mut self, region: &Region, status: Option<&Status>) {
        let Some(status) = status else { return };
        if status.phase == Phase::Shift && self.twin_at_first_share.is_none() {
            self.twin_at_first_share = Some(twin(region, &self.service).1);
        }
        // The team deploys meanwhile: the twin follows.
        let now = Kept::read(region, &ipv4(&self.service));
        let newer = now.documents.get("task definition").cloned();
        if let Some(newer) = newer
            && status.phase <= Phase::Bake
        {
            let kept = &mut self.original.documents;
            if kept["task definition"] != newer {
                self.twin_at_first_share = None;
            }
            kept.insert("task definition".to_owned(), newer);
            kept.insert("service".to_owned(), now.documents["service"].clone());
        }
    }

    fn ended(self, region: &Region, scenario: &str, status: &Status) -> Ended {
        let (names, twin) = twin(region, &self.service);
        let original_at_the_end = Kept::read(region, &ipv4(&self.service));
        let left = original_at_the_end.documents.keys();
        let left_of_ipv4 = left.filter(|d| !d.starts_with("route")).cloned().collect();
        Ended {
            scenario: scenario.to_owned(),
            phase: status.phase,
            sentence: status.sentence.clone(),
            original: self.original,
            original_at_the_end,
            twin_at_first_share: self.twin_at_first_share,
            twin,
            names,
            left_of_ipv4,
        }
    }
}

fn ipv4(service: &BuiltService) -> At<'_> {
    At {
        cluster: &service.cluster,
        name: &service.name,
        target_group: &service.target_group,
        routes: &service.routes,
    }
}

/// What the two sides are called.
pub(crate) struct Names {
    service: String,
    ipv4_group: String,
    ipv6_group: String,
    pub(crate) ipv6_group_arn: String,
}

impl Names {
    /// A text that names the service, naming the twin.
    pub(crate) fn service(&self, text: &str) -> String {
        match text.strip_suffix(&self.service) {
            Some(before) => format!("{before}{}-ipv6", self.service),
            None => text.to_owned(),
        }
    }

    /// A text that names the IPv4 target group, naming the IPv6 one.
    pub(crate) fn group(&self, text: &str) -> String {
        let name = |group: &str| group.split('/').nth(1).unwrap_or_default().to_owned();
        if text == name(&self.ipv4_group) {
            return name(&self.ipv6_group);
        }
        text.replace(&self.ipv4_group, &self.ipv6_group)
    }

    /// Whether this is a task definition of the twin, or its family.
    pub(crate) fn is_of_family(&self, text: &str) -> bool {
        let name = text.rsplit('/').next().unwrap_or(text);
        name.starts_with(&format!("{}-ipv6", self.service))
    }
}

/// The twin's documents, and what it is called in them.
pub(crate) fn twin(region: &Region, service: &BuiltService) -> (Names, Kept) {
    let name = format!("{}-ipv6", service.name);
    let asked = Value::map([
        ("cluster", Value::from(service.cluster.as_str())),
        ("services", Value::list([name.as_str()])),
    ]);
    let found = region
        .with_world(|world| services::call(world, Service::Ecs, "DescribeServices", &asked))
        .unwrap();
    let balancers = found.get("services").items().first();
    let balancers = balancers.map(|service| service.get("loadBalancers").items());
    let group = balancers.and_then(|all| all.first());
    let group = group.and_then(|b| b.get("targetGroupArn").as_str());
    let group = group.unwrap_or_default().to_owned();
    let at = At {
        target_group: &group,
        name: &name,
        ..ipv4(service)
    };
    let short = |arn: &str| arn.rsplit(':').next().unwrap_or_default().to_owned();
    let names = Names {
        service: service.name.clone(),
        ipv4_group: short(&service.target_group),
        ipv6_group: short(&group),
        ipv6_group_arn: group.clone(),
    };
    (names, Kept::read(region, &at))
}

fn hands(region: &Region, clock: &Clock) -> Hands {
    Hands::with_http_client(region.http_client(), clock.clone(), 1.0)
}

async fn fleet_on(region: &Region, clock: Clock, journal: Arc<dyn Journal>) -> Fleet {
    let records = Records::new(journal);
    let loaded = records.load().await.unwrap();
    let parts = Parts {
        hands: hands(region, &clock),
        clock,
        board: Board::new(Metrics::new()).0,
        records,
        lease: Arc::new(SingleProcess),
        adopts: true,
        stands_by: false,
        relay: None,
    };
    Fleet::new(parts, loaded)
}

fn snapshot(text: String) -> Snapshot {
    Snapshot {
        commit: Some("a".repeat(40)),
        author_date: None,
        digest: text.clone(),
        files: vec![(PathBuf::from("plan.yaml"), Ok(text))].into(),
    }
}

fn plan(service: &BuiltService) -> String {
    let (name, region, cluster) = (&service.name, &service.region, &service.cluster);
    let (subnets, groups) = (
        service.ipv6_subnets.join(", "),
        service.security_groups.join(", "),
    );
    let bake = if service.scenario == "degrades-in-bake" {
        "6h"
    } else {
        "30m"
    };
    let alarms = service.alarms.join(", ");
    format!(
        "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata: {{ name: {name} }}\nspec:\n  \
         service: {{ region: {region}, cluster: {cluster}, name: {name} }}\n  \
         ipv6:\n    subnets: [{subnets}]\n    securityGroups: [{groups}]\n    \
         taskDefinition: {{ env: {{ AWS_USE_DUALSTACK_ENDPOINT: \"true\" }} }}\n  \
         shift:\n    steps:\n      - {{ weight: 10%, hold: 5m }}\n      - {{ weight: 50%, hold: 5m }}\n      \
         - {{ weight: 100% }}\n    bake: {bake}\n  \
         health:\n    errorRate: {{ max: 1%, worseThanIpv4By: 0.5% }}\n    \
         latencyP99: {{ max: 800ms, worseThanIpv4By: 25% }}\n    alarms: [{alarms}]\n    onTooFew: approval\n  \
         retire: {{ approval: required, keepCold: 10m }}\n"
    )
}

async fn minute(fleet: &Fleet, clock: &Clock) {
    seconds(fleet, clock, 60).await;
}

/// Lets a fleet run for so long.
async fn seconds(fleet: &Fleet, clock: &Clock, seconds: i64) {
    let goal = Goal {
        until: Some(clock.now() + SignedDuration::from_secs(seconds)),
        ..Goal::default()
    };
    let never = std::future::pending();
    fleet.run(goal, &mut Inbox::default(), never, |_| {}).await;
}

/// The region's time, at its own pace.
fn clock_of(region: &Region) -> Clock {
    Clock::simulated(region.clock().now, 1.0)
}

async fn approve(fleet: &Fleet) {
    for status in fleet.statuses() {
        let Some(WaitingOn::Approval { gate }) = status.waiting_on else {
            continue;
        };
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

/// What some files of `deploy/iam` allow together.
fn policies(files: &[&str]) -> Policy {
    let mut all = Vec::new();
    for file in files {
        let path = format!("{}/../../deploy/iam/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let policy: serde_json::Value = serde_json::from_str(&text).unwrap();
        all.extend(policy["Statement"].as_array().unwrap().clone());
    }
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": all });
    Policy::read(policy.to_string().as_bytes()).unwrap()
}
