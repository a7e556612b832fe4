//! The plan as the rest of the program sees it: valid by construction, no positions, no strings to parse.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{gauge::Gauge, probe::Probe};
use crate::{observation::DescribedService, share::Share};

/// One migration, as a team declared it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// `metadata.name`: unique in the fleet, a DNS label.
    pub name: String,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// What identifies this plan's resources in AWS: stable across edits of the spec, different for another service.
    pub uid: Uid,
    /// Hash of the spec as parsed: what a status, an approval or a rollback speaks about.
    pub revision: Revision,
    /// Where it was written.
    pub origin: Origin,
    /// Stop here, by the plan's own word.
    pub paused: bool,
    /// The IPv4 service.
    pub service: ServiceRef,
    /// The other side.
    pub ipv6: Ipv6,
    /// How traffic moves.
    pub shift: Shift,
    /// What good means.
    pub health: HealthPolicy,
    /// What the twin answers before its first customer: `spec.warm.probe`.
    pub probe: Option<Probe>,
    /// How the IPv4 side ends.
    pub retire: Retire,
    /// What to do about somebody else's edit.
    pub drift: Drift,
    /// Findings that shall stop nothing.
    pub preflight: Preflight,
}

/// The first 10 hex digits of a hash over region, role, cluster, service and plan name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Uid(pub String);

/// The first 12 hex digits of a hash over the spec.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub String);

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The file and the line of the document's first key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// As it was named to us.
    pub file: PathBuf,
    /// From 1.
    pub line: u32,
}

/// `spec.service`: the live IPv4 service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceRef {
    /// AWS region.
    pub region: String,
    /// ECS cluster name.
    pub cluster: String,
    /// ECS service name.
    pub name: String,
    /// A role to assume for everything this plan does; other accounts.
    pub role_arn: Option<String>,
    /// What that role asks of whoever assumes it.
    pub external_id: Option<String>,
}

/// `spec.ipv6`: where and how the twin runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Ipv6 {
    /// IPv6-only subnets, 1 to 16.
    pub subnets: Vec<String>,
    /// At most 5; `None`: the service's own.
    pub security_groups: Option<Vec<String>>,
    /// The name that the twin's own Cloud Map registry has or gets.
    pub registry: Option<String>,
    /// Edits on the task definition.
    pub task_definition: TaskDefinitionEdits,
}

impl Ipv6 {
    /// The twin's security groups beside a service: its own, where the plan names none.
    #[must_use]
    pub fn groups_beside<'a>(&'a self, service: &'a DescribedService) -> &'a [String] {
        let named = self.security_groups.as_deref();
        named.unwrap_or(&service.security_groups)
    }

    /// Whether a service stands in these very subnets, in whatever order.
    #[must_use]
    pub fn is_network_of(&self, service: &DescribedService) -> bool {
        let now = &service.subnets;
        now.len() == self.subnets.len() && now.iter().all(|s| self.subnets.contains(s))
    }
}

/// `spec.ipv6.taskDefinition`.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskDefinitionEdits {
    /// Rewrite ECR hosts to their dual-stack names. Default true.
    pub ecr_dual_stack: bool,
    /// Environment variables to set in every container.
    pub env: BTreeMap<String, String>,
    /// Edits on one container, by its name.
    pub containers: BTreeMap<String, ContainerEdits>,
}

/// `spec.ipv6.taskDefinition.containers`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerEdits {
    /// Environment variables to set in it, before those of all.
    pub env: BTreeMap<String, String>,
}

/// `spec.preflight`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preflight {
    /// No code twice.
    pub waive: Vec<Waiver>,
}

/// A finding that somebody has looked at, and takes as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The finding's code; one that can be waived.
    pub finding: &'static str,
    /// Why it is taken as it is. Never empty.
    pub reason: String,
}

/// `spec.shift`.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// What moves.
    pub way: Way,
    /// Who says so.
    pub choice: Choice,
    /// Weights rise, the last one is 100 %. In place there is that one alone.
    pub steps: Vec<Step>,
    /// How long 100 % must be proven good before the IPv4 side goes cold; in place, before the migration is done.
    pub bake: Duration,
}

/// `spec.shift.via`: what moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// Traffic, between the service and a twin beside it, share by share.
    #[default]
    Weights,
    /// Traffic likewise, by the weights of a service of VPC Lattice.
    Lattice,
    /// Traffic likewise, but all clients of a family at once: behind a Network Load Balancer.
    Families,
    /// Tasks, one after another, to a twin that works on the same queue: a share is its part of them.
    Tasks,
    /// Consumers of a Cloud Map registry, by themselves, to the name of a twin's own.
    Names,
    /// The service itself: its tasks are replaced.
    InPlace(InPlace),
}

impl Way {
    /// As `spec.shift.via` names it.
    #[must_use]
    pub fn via(self) -> &'static str {
        match self {
            Self::Weights => "albWeights",
            Self::Lattice => "lattice",
            Self::Families => "nlb",
            Self::Tasks => "taskCount",
            Self::Names => "cloudMap",
            Self::InPlace(_) => "inPlace",
        }
    }
}

/// Who says which way it goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Choice {
    /// `spec.shift.via` names it.
    #[default]
    Named,
    /// `via: auto`, and steps that one way alone can make.
    BySteps,
    /// `via: auto` without steps: the service, by what is before it, once that was seen; until then the way means nothing.
    ByService(Option<Box<Chosen>>),
}

/// A way that the service told.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// Why, without a full stop.
    pub why: String,
    /// The limits as the plan has them, of which a way may count only some.
    pub health: HealthPolicy,
}

impl Choice {
    /// The service is to tell it, and has not yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::ByService(None))
    }

    /// Who says so, as a word.
    #[must_use]
    pub fn by(&self) -> &'static str {
        match self {
            Self::Named => "plan",
            Self::BySteps => "steps",
            Self::ByService(_) => "service",
        }
    }

    /// Why it goes this way, without a full stop.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            Self::Named => "the plan names it",
            Self::BySteps => "the plan's steps are made so",
            Self::ByService(Some(chosen)) => &chosen.why,
            Self::ByService(None) => "what is before the service was not seen yet",
        }
    }
}

/// `spec.shift.inPlace`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InPlace {
    /// How long one task beside the service must stand before the service's own are replaced; `None` where its work cannot be
    /// done twice.
    pub proof: Option<Duration>,
    /// Whether it may stand behind a load balancer: both target groups are on the route then, and its tasks go from one to the other.
    pub behind_balancer: bool,
}

/// One step of the shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The share on IPv6.
    pub weight: Share,
    /// How long it must be proven good. Zero only for the last step, whose hold is the bake.
    pub hold: Duration,
    /// What else must be given before the next step.
    pub gate: StepGate,
}

/// `gate:` of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StepGate {
    /// Evidence alone.
    #[default]
    Auto,
    /// A person's approval too.
    Approval,
    /// A person's word that all consumers of the registry have moved. No plan writes it: it comes with a registry of the twin's own.
    Consumers,
    /// A webhook's yes too.
    Webhook(WebhookGate),
}

/// `gate.webhook` of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookGate {
    /// With a scheme and a host, at most 2,048 characters.
    pub url: String,
    /// How long it may take to answer, 1 s to 30 s.
    pub timeout: Duration,
    /// What an answer means that is none.
    pub on_error: OnError,
}

impl WebhookGate {
    /// What may be shown of its address: a path or a query may be all that keeps strangers out.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        rest.split(['/', '?']).next().unwrap_or_default()
    }
}

/// `gate.webhook.onError`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnError {
    /// Ask on; a person is called after an hour of it.
    #[default]
    Wait,
    /// Ask on, and call a person at once.
    Hold,
}

/// `spec.health`.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthPolicy {
    /// Fractions between 0 and 1.
    pub error_rate: Option<ErrorRateLimit>,
    /// Requests that the application refuses (4xx); `None`: not compared.
    pub client_error_rate: Option<ClientErrorLimit>,
    /// p99 of the target response time.
    pub latency_p99: Option<LatencyLimit>,
    /// Fewer requests on IPv6 than this in the window prove nothing.
    pub min_requests: u64,
    /// What to do when they stay fewer for the whole hold.
    pub on_too_few: OnTooFew,
    /// CloudWatch alarms by name; any in ALARM is bad.
    pub alarms: Vec<String>,
    /// Metrics of the plan's own, no name twice.
    pub metrics: Vec<Gauge>,
    /// What a bad verdict causes.
    pub on_bad: OnBad,
}

impl HealthPolicy {
    /// Whether an alarm, or a limit on a metric of the plan's own, tells how the work goes where nobody counts requests.
    #[must_use]
    pub fn tells_of_work(&self) -> bool {
        !self.alarms.is_empty() || self.metrics.iter().any(Gauge::is_a_limit)
    }
}

/// Limits on failed requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorRateLimit {
    /// Between 0 and 1.
    pub max: f64,
    /// Between 0 and 1, above IPv4's rate in the same window.
    pub worse_than_ipv4_by: Option<f64>,
}

/// The limit on requests that the application refuses (4xx). Never a fixed one: most of them are their clients' doing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClientErrorLimit {
    /// From 0 to below 1, above IPv4's rate in the same window.
    pub worse_than_ipv4_by: f64,
}

/// Limits on the p99 latency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LatencyLimit {
    /// The fixed limit.
    pub max: Duration,
    /// A fraction above IPv4's p99 in the same window: 0.2 is 20 %.
    pub worse_than_ipv4_by: Option<f64>,
}

/// `spec.health.onTooFew`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnTooFew {
    /// Wait until there are enough.
    #[default]
    Wait,
    /// A person may approve the step without.
    Approval,
}

/// `spec.health.onBad`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum OnBad {
    /// Take the traffic back.
    #[default]
    Rollback,
    /// Stay and call a person.
    Hold,
}

/// `spec.retire`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retire {
    /// Whether a person must approve.
    pub approval: RetireApproval,
    /// How long no request may have reached a side before it is emptied, at least.
    pub min_drain: Duration,
    /// How long the IPv4 side is kept at zero tasks, ready to come back.
    pub keep_cold: Duration,
    /// What is deleted in the end; empty keeps everything.
    pub delete: Vec<Deletable>,
}

/// `spec.retire.approval`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RetireApproval {
    /// A person must approve.
    #[default]
    Required,
    /// The plan itself is the approval.
    None,
}

/// Something of the IPv4 side that retiring may delete.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Deletable {
    /// The IPv4 ECS service.
    Service,
    /// The IPv4 target groups.
    TargetGroup,
}

/// `spec.drift`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Drift {
    /// Stop and tell: somebody may have meant it.
    #[default]
    Hold,
    /// Set it back.
    Correct,
}

impl Plan {
    /// How it moves in place, where it does.
    #[must_use]
    pub fn in_place(&self) -> Option<InPlace> {
        match self.shift.way {
            Way::InPlace(how) => Some(how),
            Way::Weights | Way::Lattice | Way::Families | Way::Tasks | Way::Names => None,
        }
    }

    /// Whether it moves in place behind a load balancer, whose routes follow its tasks.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.in_place().is_some_and(|how| how.behind_balancer)
    }

    /// Whether shares are parts of the tasks.
    #[must_use]
    pub fn is_by_tasks(&self) -> bool {
        self.shift.way == Way::Tasks
    }

    /// Whether consumers move by themselves, from one registry to another.
    #[must_use]
    pub fn is_by_names(&self) -> bool {
        self.shift.way == Way::Names
    }

    /// Whether the twin gets a registry of its own.
    #[must_use]
    pub fn has_registry(&self) -> bool {
        self.ipv6.registry.is_some()
    }

    /// Whether a twin stands beside the service without a load balancer: notes lie on it.
    #[must_use]
    pub fn has_lone_twin(&self) -> bool {
        matches!(self.shift.way, Way::Tasks | Way::Names)
    }

    /// Whether no load balancer stands before what it moves.
    #[must_use]
    pub fn is_unbalanced(&self) -> bool {
        match self.shift.way {
            Way::Tasks | Way::Names => true,
            Way::InPlace(how) => !how.behind_balancer,
            Way::Weights | Way::Lattice | Way::Families => false,
        }
    }

    /// The share of the step at an index; the last step's for any index beyond.
    #[must_use]
    pub fn weight(&self, step: usize) -> Share {
        self.shift
            .steps
            .get(step)
            .or(self.shift.steps.last())
            .map_or(Share::ALL, |s| s.weight)
    }
}
