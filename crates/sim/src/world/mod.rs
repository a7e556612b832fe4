//! The state of the region and its virtual clock.
//!
//! Everything that happens by itself (tasks starting, targets becoming healthy, traffic, metrics) happens in
//! [`World::advance`], in the order of time; nothing here reads a wall clock or an unseeded random source.

pub(crate) mod admission;
pub mod alarms;
pub mod behaviour;
mod breaker;
mod buckets;
pub(crate) mod clock;
pub(crate) mod containers;
mod counted;
mod daemons;
mod databases;
pub mod ecs;
pub mod elb;
pub mod fargate;
pub(crate) mod flows;
pub(crate) mod health;
mod insights;
pub mod instances;
pub mod lattice;
mod logs;
pub mod metrics;
mod mounts;
pub mod names;
pub mod network;
mod nodes;
mod policies;
mod publish;
mod pulls;
pub mod queues;
pub mod quotas;
mod reach;
mod registries;
mod revision;
pub(crate) mod rng;
pub(crate) mod routing;
pub mod scaling;
pub(crate) mod scheduler;
pub mod script;
pub mod service_deployments;
mod sessions;
pub mod shelf;
pub mod tasks;
mod ties;
pub mod traffic;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use clock::{Agenda, Wake};

/// The whole region: one account, one region.
#[derive(Debug)]
pub struct World {
    /// The region's name, e.g. `eu-central-1`.
    pub region: String,
    /// The account's id.
    pub account: String,
    /// VPCs, subnets, security groups and addresses.
    pub network: network::Network,
    /// What CloudWatch stores.
    pub metrics: metrics::Metrics,
    /// CloudWatch's alarms.
    pub alarms: alarms::Alarms,
    /// Application Auto Scaling.
    pub scaling: scaling::Scaling,
    /// Clusters, task definitions, services, tasks.
    pub ecs: ecs::Ecs,
    /// Load balancers, listeners, rules, target groups.
    pub elb: elb::Elb,
    /// VPC Lattice.
    pub lattice: lattice::Lattice,
    /// How the application in an image behaves, by `repository:tag`; an image that isn't named here is fine.
    pub behaviours: BTreeMap<String, behaviour::Behaviour>,
    /// The containers that are told to behave otherwise than their image.
    pub told: Vec<behaviour::Told>,
    /// Zones in which nothing answers, and nothing starts.
    pub lost_zones: BTreeSet<String>,
    /// What scripted actors did.
    pub journal: Vec<script::JournalEntry>,
    /// What Service Quotas bounds.
    pub quotas: quotas::Quotas,
    /// What the services keep that do nothing with it.
    pub shelf: shelf::Shelf,
    /// Members that AWS's clients know and the table of its models does not yet.
    pub newer: crate::contract::Newer,
    /// What every draw depends on.
    pub seed: u64,
    /// Whether a load balancer without requests publishes no metric at all. AWS's page says so in one place, and in another
    /// that hosts are counted all the same.
    pub silent_when_idle: bool,
    /// Whether whoever asks a load balancer by its name does so from within its VPC.
    pub asked_from_inside: bool,
    pub(crate) flows: flows::Flows,
    pub(crate) nodes: nodes::Nodes,
    pub(crate) customers: traffic::Customers,
    pub(crate) queues: queues::Queues,
    pub(crate) names: names::Names,
    pub(crate) script: script::Script,
    pub(crate) agenda: Agenda,
    ids: u64,
    now: Timestamp,
}

impl World {
    /// Lets containers that are told something behave so from their next start on.
    pub fn tell(&mut self, told: behaviour::Told, behaviour: behaviour::Behaviour) {
        self.behaviours.insert(told.name(), behaviour);
        if !self.told.contains(&told) {
            self.told.push(told);
        }
    }

    /// An empty region at a moment.
    pub fn new(region: &str, account: &str, now: Timestamp) -> Self {
        Self::seeded(region, account, now, 0)
    }

    /// An empty region at a moment, with the seed of all that chance decides.
    pub fn seeded(region: &str, account: &str, now: Timestamp, seed: u64) -> Self {
        let mut agenda = Agenda::default();
        agenda.at(
            clock::later(clock::minute_of(now), SignedDuration::from_secs(60)),
            Wake::Minute,
        );
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            network: network::Network::default(),
            metrics: metrics::Metrics::default(),
            alarms: alarms::Alarms::default(),
            scaling: scaling::Scaling::default(),
            ecs: ecs::Ecs::default(),
            elb: elb::Elb::default(),
            lattice: lattice::Lattice::default(),
            behaviours: BTreeMap::new(),
            told: Vec::new(),
            lost_zones: BTreeSet::new(),
            journal: Vec::new(),
            quotas: quotas::Quotas::default(),
            shelf: shelf::Shelf::default(),
            newer: crate::contract::Newer::new(),
            seed,
            silent_when_idle: false,
            asked_from_inside: false,
            flows: flows::Flows::default(),
            nodes: nodes::Nodes::default(),
            customers: traffic::Customers::default(),
            queues: queues::Queues::default(),
            names: names::Names::default(),
            script: script::Script::default(),
            agenda,
            ids: 0,
            now,
        }
    }

    /// The world's time.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets everything that is due until `to` happen. Going backwards does nothing.
    pub fn advance(&mut self, to: Timestamp) {
        while let Some((when, wake)) = self.agenda.next_until(to) {
            self.now = self.now.max(when);
            self.wake(wake);
        }
        self.now = self.now.max(to);
    }

    /// An ARN of this account in this region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        // IAM is one for all regions.
        let region = if service == "iam" { "" } else { &self.region };
        let (partition, account) = (self.partition(), &self.account);
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// The part of AWS that the region lies in, as ARNs name it.
    ///
    /// Source: botocore's `partitions.json`.
    pub fn partition(&self) -> &'static str {
        const BY_REGION: [(&str, &str); 8] = [
            ("cn-", "aws-cn"),
            ("us-gov-", "aws-us-gov"),
            ("eusc-", "aws-eusc"),
            ("us-isob-", "aws-iso-b"),
            ("us-isof-", "aws-iso-f"),
            ("us-iso-", "aws-iso"),
            ("eu-isoe-", "aws-iso-e"),
            ("", "aws"),
        ];
        let mut found = BY_REGION.iter().filter(|(p, _)| self.region.starts_with(p));
        found.next().map_or("aws", |(_, partition)| partition)
    }

    /// A number that was not given out before.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    fn wake(&mut self, wake: Wake) {
        match wake {
            Wake::Task(seq) => tasks::advance(self, seq),
            Wake::Grace(seq) => scheduler::grace_over(self, seq),
            Wake::Register(seq) => tasks::register(self, seq),
            Wake::Containers(seq) => containers::advance(self, seq),
            Wake::Service(arn) => scheduler::reconcile(self, &arn),
            Wake::Target {
                group,
                id,
                port,
                epoch,
            } => health::advance(self, &group, &id, port, epoch),
            Wake::Script => script::poll(self),
            Wake::Minute => self.minute(),
        }
    }

    /// A minute is over: requests counted, metrics published, then those who read metrics.
    fn minute(&mut self) {
        let now = self.now;
        self.agenda.at(
            clock::later(now, SignedDuration::from_secs(60)),
            Wake::Minute,
        );
        self.settle_all();
        flows::minute(self, now);
        publish::minute(self, now);
        script::publish_gauges(self);
        script::watch_tasks(self);
        self.alarms.evaluate(&self.metrics, now);
        self.tell_capacities();
        for (resource, desired) in self.scaling.tick(now, &self.metrics, &self.alarms) {
            self.scale(&resource, desired);
        }
    }

    /// Application Auto Scaling reckons from the counts that services want at present.
    fn tell_capacities(&mut self) {
        if self.scaling.is_empty() {
            return;
        }
        for service in self
            .ecs
            .services
            .values()
            .filter(|s| s.status == ecs::ServiceStatus::Active)
        {
            self.scaling
                .note_capacity(&service.resource_id(), service.desired);
        }
    }

    /// Application Auto Scaling sets the wanted count of `service/cluster/name`.
    fn scale(&mut self, resource: &str, desired: i64) {
        if let Some(arn) = self
            .ecs
            .service_of_resource(resource)
            .map(|s| s.arn.clone())
        {
            scheduler::want(self, &arn, desired);
        }
    }
}
