//! What AWS said in one look, in the words of AWS.
//!
//! What belongs here: data as read. What must not: any conclusion from it (those are [`crate::evidence`] and
//! [`crate::decide`]), and anything that AWS did not say.

mod alarm;
mod allowance;
mod definition;
mod document;
mod few;
mod ground;
mod known;
mod log;
mod look;
pub(crate) mod neighbours;
mod network;
mod place;
mod probe;
mod registry;
mod route;
mod service;
mod shared;

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{
    evidence::{Readings, Series},
    names,
};
pub use alarm::{Alarm, Missing, Watched};
pub use allowance::{Allowance, Quota, Usage};
pub use definition::{DescribedTaskDefinition, TaskDefinition, TaskSize, containers};
pub use document::Document;
pub use few::Few;
pub use ground::{Quotas, Subnet, Subnets};
pub use known::{Known, Reason, Why};
pub use log::{FIRST, FirstLines, LogStream, cut_line, log_stream};
pub use look::{Look, Topic};
pub use neighbours::{
    AddressCondition, AddressRule, AddressSet, BucketPolicy, Listing, MountTarget, Neighbours,
    Store, WebAcl,
};
pub use network::{
    Acl, AclEntry, DhcpOptions, Endpoint, EndpointService, Ground, NatGateway, Permission,
    RouteTable, SecurityGroup, Vpc, VpcNames, VpcRoute,
};
pub use place::Place;
pub use probe::{Answer, Answers, ProbeRule, Probing, has_header, listener_of};
pub use registry::{Registries, Registry, RegistryRecord};
pub use route::{Families, FamilyRule, Forward, Route, RouteId, Setting, WeightedGroup};
pub use service::{
    CapacityShare, Deployment, DescribedService, Rollout, Service, ServiceLoadBalancer,
    ServiceRevision,
};
pub use shared::Shared;

/// Tags, or attributes, by their keys.
pub type Tags = Shared<Few<String, String>>;

/// Everything that one round saw for one plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// When the look began.
    pub at: Timestamp,
    /// How close.
    pub look: Look,
    /// The IPv4 service. `Absent` when it is missing or INACTIVE.
    pub ipv4: Known<Service>,
    /// The service with the twin's name. `Absent` when it is missing or INACTIVE.
    pub twin: Known<Service>,
    /// The task definition that the IPv4 service's primary deployment runs.
    pub ipv4_task_definition: Known<TaskDefinition>,
    /// The revision of the IPv4 service. `Absent` when AWS keeps none of it.
    pub ipv4_revision: Known<ServiceRevision>,
    /// The newest active revision of the twin's family.
    pub twin_task_definition: Known<TaskDefinition>,
    /// The IPv4 target groups and their IPv6 partners, in the order of the service's `loadBalancers`.
    pub pairs: Known<Vec<Pair>>,
    /// Load balancers of those target groups.
    pub load_balancers: Known<Vec<LoadBalancer>>,
    /// Every default action and rule that forwards to a target group of a pair.
    pub routes: Known<Vec<Route>>,
    /// Tags of those routes, by ARN; asked where a tag of the service or of a target group tells that code writes it.
    pub route_tags: Known<Few<String, Tags>>,
    /// The IPv4 service's scalable target. `Absent` when it has none.
    pub ipv4_scaling: Known<Scaling>,
    /// The twin's scalable target.
    pub twin_scaling: Known<Scaling>,
    /// The twin's tasks that are not stopped, and the last stopped ones.
    pub twin_tasks: Known<Vec<Task>>,
    /// Tasks of the derived family, those that run and those that stopped last, which ECS tells of for an hour. Behind a load
    /// balancer they are asked for while IPv6 has traffic and ECS gives reason to; `Absent` otherwise.
    pub derived_tasks: Known<Vec<DerivedTask>>,
    /// The service's own tasks that run, where it is moved in place behind a load balancer; `Absent` otherwise, and once it stood for
    /// the bake.
    pub own_tasks: Known<Vec<OwnTask>>,
    /// The Cloud Map registries of both, where the plan names the twin's. `Absent` where the service has none, or the plan names none.
    pub registries: Known<Registries>,
    /// What the newest task beside a service that is moved in place wrote first. `Absent` where there is none.
    pub first_lines: Known<FirstLines>,
    /// Rules of ours for our own requests to the twin, and what those were answered with. `Absent` behind whatever has no such
    /// rules, and where there is neither such a rule nor a plan for one.
    pub probing: Known<Box<Probing>>,
    /// The last minutes, one point a minute.
    pub recent: Known<Series>,
    /// The bake, one point every five minutes; asked only at 100 %.
    pub long: Known<Series>,
    /// Points of the plan's own metrics, in its order.
    pub readings: Vec<Known<Readings>>,
    /// The load balancers in the last full hour before the twin was created. `Absent` while there is no twin, and where that
    /// hour had no request.
    pub before: Known<Baseline>,
    /// The plan's alarms that exist.
    pub alarms: Known<Vec<Alarm>>,
    /// The plan's subnets, and the service's own.
    pub subnets: Known<Subnets>,
    /// The VPC of the plan's subnets. `Absent` where none of them exists.
    pub ground: Known<Arc<Ground>>,
    /// What Elastic Load Balancing allows. `Absent` once it matters no more.
    pub quotas: Known<Quotas>,
    /// Names of others that were looked up, and whether each has an IPv6 address. Rounds look up none.
    pub names: Few<String, Known<bool>>,
    /// What the service leans on beside its network.
    pub neighbours: Neighbours,
}

impl Observation {
    /// Why something of the service, of what is around it or of its network is not known, where the next look may know it.
    #[must_use]
    pub fn passing(&self) -> Option<&Why> {
        let unknown = [
            self.ipv4.unknown(),
            self.twin.unknown(),
            self.ipv4_task_definition.unknown(),
            self.ipv4_revision.unknown(),
            self.twin_task_definition.unknown(),
            self.pairs.unknown(),
            self.load_balancers.unknown(),
            self.routes.unknown(),
            self.route_tags.unknown(),
            self.ipv4_scaling.unknown(),
            self.twin_scaling.unknown(),
            self.twin_tasks.unknown(),
            self.derived_tasks.unknown(),
            self.own_tasks.unknown(),
            self.probing.unknown(),
            self.registries.unknown(),
            self.alarms.unknown(),
            self.subnets.unknown(),
            self.ground.unknown(),
            self.quotas.unknown(),
        ];
        let around = self.ground.seen().into_iter().flat_map(|g| g.unread());
        let around = around.chain(self.neighbours.unread());
        let mut unread = unknown
            .into_iter()
            .flatten()
            .chain(around.map(|(_, why)| why));
        unread.find(|why| why.passes())
    }
}

/// An IPv4 target group of the service and its IPv6 partner.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// ARN of the IPv4 target group, also after it is gone.
    pub ipv4_arn: String,
    /// The IPv4 target group.
    pub ipv4: Known<TargetGroup>,
    /// The target group with the twin's name.
    pub ipv6: Known<TargetGroup>,
    /// The name that the IPv6 one has or will have.
    pub ipv6_name: String,
}

/// A target group.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetGroup {
    /// ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// ip, instance, lambda or alb.
    pub target_type: String,
    /// ipv4 or ipv6.
    pub ip_address_type: String,
    /// HTTP1, HTTP2 or GRPC, where AWS says it.
    pub protocol_version: Option<String>,
    /// Load balancers that use it.
    pub load_balancers: Vec<String>,
    /// Members of it that this program does not know.
    pub unknown: Vec<String>,
    /// Attributes as key and value; of one of VPC Lattice its health check, as it is on the wire, is the only one.
    pub attributes: Tags,
    /// Tags.
    pub tags: Tags,
    /// Targets; asked in a full look.
    pub targets: Known<Vec<Target>>,
}

impl TargetGroup {
    /// Whether each load balancer node sends to targets of its own zone only.
    #[must_use]
    pub fn is_zone_by_zone(&self) -> bool {
        let attribute = self.attributes.get("load_balancing.cross_zone.enabled");
        attribute.is_some_and(|v| v == "false")
    }

    /// How long a leaving target keeps its requests. AWS's default is 300 s.
    #[must_use]
    pub fn deregistration_delay(&self) -> Duration {
        Duration::from_secs(
            self.number("deregistration_delay.timeout_seconds")
                .unwrap_or(300),
        )
    }

    /// The stickiness that an action with this and other groups needs, in seconds, where the group's is on.
    #[must_use]
    pub fn sticky_seconds(&self) -> Option<u32> {
        /// What an action takes (botocore: elbv2 `TargetGroupStickinessConfig.DurationSeconds`).
        const LONGEST: u64 = 604_800;
        let seconds = self.stickiness()?.as_secs().clamp(1, LONGEST);
        u32::try_from(seconds).ok()
    }

    /// How long a client stays on its target, where stickiness is on.
    #[must_use]
    pub fn stickiness(&self) -> Option<Duration> {
        let on = self
            .attributes
            .get("stickiness.enabled")
            .is_some_and(|v| v == "true");
        let key = match self.attributes.get("stickiness.type").map(String::as_str) {
            // By a client's address, among the targets of the group alone, and for no set time.
            Some("source_ip" | "source_ip_dest_ip" | "source_ip_dest_ip_proto") => return None,
            Some("app_cookie") => "stickiness.app_cookie.duration_seconds",
            _ => "stickiness.lb_cookie.duration_seconds",
        };
        on.then(|| Duration::from_secs(self.number(key).unwrap_or(86_400)))
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.attributes.get(key)?.parse().ok()
    }
}

/// A target and its health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// IP address.
    pub id: String,
    /// Availability zone, where AWS says it; `all` says nothing.
    pub zone: Option<String>,
    /// initial, healthy, unhealthy, unused, draining, unavailable.
    pub state: String,
    /// AWS's reason code, e.g. `Target.FailedHealthChecks`.
    pub reason: Option<String>,
    /// AWS's sentence.
    pub description: Option<String>,
}

impl Target {
    /// Whether it takes requests and passes its checks.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.state == "healthy"
    }
}

/// A load balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancer {
    /// ARN.
    pub arn: String,
    /// application, network or gateway; lattice for a service of VPC Lattice, which is none of EC2's and has no zones.
    pub kind: String,
    /// ipv4, dualstack or dualstack-without-public-ipv4.
    pub ip_address_type: String,
    /// Names of the enabled zones.
    pub zones: Vec<String>,
    /// Its subnets.
    pub subnets: Vec<String>,
    /// Its security groups; one may have none.
    pub security_groups: Vec<String>,
    /// The name that it is reached by.
    pub dns_name: String,
}

impl LoadBalancer {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        names::balancer(&self.arn)
    }
}

/// A scalable target with what hangs on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaling {
    /// `MinCapacity`.
    pub min: u32,
    /// `MaxCapacity`.
    pub max: u32,
    /// What is suspended.
    pub suspended: Suspended,
    /// `ScalableTargetARN`, by which its tags are asked for. One registered before there were tags has none.
    pub arn: Option<String>,
    /// Its policies.
    pub policies: Vec<ScalingPart>,
    /// Its scheduled actions.
    pub scheduled: Vec<ScalingPart>,
    /// Members of the scalable target that this program does not know.
    pub unknown: Vec<String>,
}

/// A scaling policy or a scheduled action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalingPart {
    /// Name.
    pub name: String,
    /// What AWS has of it beside its name and whose it is.
    pub settings: Document,
    /// CloudWatch alarms that drive it.
    pub alarms: Vec<String>,
}

impl ScalingPart {
    /// Whether it scales by steps, which only alarms of the customer's start.
    #[must_use]
    pub fn is_stepped(&self) -> bool {
        self.settings.read()["PolicyType"] == "StepScaling"
    }
}

/// `SuspendedState`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suspended {
    /// `DynamicScalingInSuspended`.
    pub scale_in: bool,
    /// `DynamicScalingOutSuspended`.
    pub scale_out: bool,
    /// `ScheduledScalingSuspended`.
    pub scheduled: bool,
}

impl Suspended {
    /// Nothing scales by itself.
    pub const ALL: Self = Self {
        scale_in: true,
        scale_out: true,
        scheduled: true,
    };
}

/// A task of the twin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// ARN.
    pub arn: String,
    /// `lastStatus`.
    pub status: String,
    /// Availability zone.
    pub zone: Option<String>,
    /// When its containers started.
    pub started_at: Option<Timestamp>,
    /// Any IPv6 address of its containers.
    pub ipv6: Option<String>,
    /// Any private IPv4 address of its containers.
    pub ipv4: Option<String>,
    /// Why it stopped, where it did.
    pub stopped: Option<String>,
}

/// A task of the derived family: beside a service that is moved in place, to prove it, or the service's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedTask {
    /// As any task.
    pub task: Task,
    /// `startedBy`.
    pub started_by: String,
    /// ARN of its task definition.
    pub task_definition: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// `healthStatus`: HEALTHY, UNHEALTHY or UNKNOWN.
    pub health: String,
    /// Whether a service started it.
    pub of_service: bool,
    /// Whether it failed, by its `stopCode`: it did not start, what must run in it ended, or ECS stopped it since its health checks
    /// failed.
    pub failed: bool,
    /// When it stopped, where it did.
    pub stopped_at: Option<Timestamp>,
}

/// A task of a service, and until when ECS leaves it alone when it scales in or deploys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnTask {
    /// As any task.
    pub task: Task,
    /// `expirationDate` of its protection, where it has any.
    pub protected_until: Option<Timestamp>,
}

impl OwnTask {
    /// Whether ECS leaves it alone at a moment.
    #[must_use]
    pub fn is_protected(&self, at: Timestamp) -> bool {
        self.protected_until.is_some_and(|until| until > at)
    }
}

impl DerivedTask {
    /// Whether it runs, or may come to run.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(
            self.task.status.as_str(),
            "STOPPED" | "STOPPING" | "DEACTIVATING" | "DEPROVISIONING" | "DELETED"
        )
    }
}

/// Load balancer figures of a past hour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Baseline {
    /// Requests.
    pub requests: f64,
    /// 5xx made by the load balancers themselves.
    pub elb_5xx: f64,
}

impl Suspended {
    /// As a tag value: three digits for scale-in, scale-out and scheduled.
    #[must_use]
    pub fn note(self) -> String {
        [self.scale_in, self.scale_out, self.scheduled]
            .map(|on| if on { '1' } else { '0' })
            .iter()
            .collect()
    }

    /// From a tag value; what is not there was not suspended.
    #[must_use]
    pub fn from_note(text: &str) -> Self {
        let on = |i: usize| text.as_bytes().get(i) == Some(&b'1');
        Self {
            scale_in: on(0),
            scale_out: on(1),
            scheduled: on(2),
        }
    }
}

impl fmt::Display for Suspended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.scale_in, "scale-in"),
            (self.scale_out, "scale-out"),
            (self.scheduled, "scheduled actions"),
        ];
        let suspended: Vec<&str> = parts
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, what)| *what)
            .collect();
        if suspended.is_empty() {
            return f.write_str("nothing suspended");
        }
        write!(f, "{} suspended", suspended.join(" and "))
    }
}
