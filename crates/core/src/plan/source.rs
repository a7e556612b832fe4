//! The plan document as people write it.
//!
//! What belongs here: the shape, the words and the defaults of the format, from which the JSON Schema and the reference
//! page come, and which the program itself writes. Reading is [`super::parse`]'s business: it collects every mistake
//! with its position, which serde cannot.

mod logs;
mod warm;

use std::{borrow::Cow, collections::BTreeMap};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;

use super::{
    gauge::{MissingPoint, Stat},
    model::{Deletable, Drift, OnBad, OnError, OnTooFew, RetireApproval},
    spelling::{DURATION_PATTERN, LATENCY_PATTERN, PERCENT_PATTERN},
};
use crate::readiness::{Check, checks};
pub use logs::LogLines;
pub use warm::{Expect, HttpProbe, Probe, Warm};

/// The default of `spec.shift.bake`.
pub(super) const DEFAULT_BAKE: &str = "24h";
/// The default of `spec.shift.inPlace.hold`.
pub(super) const DEFAULT_PROOF: &str = "5m";
/// The default of a webhook gate's `timeout`.
pub(super) const DEFAULT_GATE_TIMEOUT: &str = "10s";
/// The default of `spec.retire.keepCold`.
pub(super) const DEFAULT_KEEP_COLD: &str = "72h";
/// The default of `spec.retire.minDrain`.
pub(super) const DEFAULT_MIN_DRAIN: &str = "5m";
/// The default of `spec.warm.probe.times`.
pub(super) const DEFAULT_PROBE_TIMES: u32 = 5;
/// The default of `spec.warm.probe.expect.status`.
pub(super) const DEFAULT_PROBE_STATUS: &str = "200-299";
/// The default of `spec.warm.probe.expect.latency`.
pub(super) const DEFAULT_PROBE_LATENCY: &str = "2s";
/// The default of `spec.health.minRequests`.
pub(super) const DEFAULT_MIN_REQUESTS: u64 = 100;
/// The default of `spec.health.metrics[].period`.
pub(super) const DEFAULT_PERIOD: &str = "1m";
/// The default of `spec.health.metrics[].minSamples`.
pub(super) const DEFAULT_MIN_SAMPLES: u32 = 3;
/// The default of `spec.health.clientErrorRate.worseThanIpv4By`. Both sides get the same mixture of requests, so they differ by
/// chance only, which the verdict allows for; the rest is room for single clients that a cookie keeps on one side.
pub(super) const DEFAULT_CLIENT_ERRORS: &str = "2%";
/// The default of `spec.retire.delete`.
pub(super) const DEFAULT_DELETE: [Deletable; 2] = [Deletable::Service, Deletable::TargetGroup];

pub(super) const NAME_PATTERN: &str = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
pub(super) const REGION_PATTERN: &str = "^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$";
pub(super) const ECS_NAME_PATTERN: &str = "^[A-Za-z0-9_-]{1,255}$";
pub(super) const ROLE_PATTERN: &str = r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]+$";
pub(super) const EXTERNAL_ID_PATTERN: &str = "^[A-Za-z0-9_+=,.@:/-]{2,1224}$";
pub(super) const SUBNET_PATTERN: &str = "^subnet-[0-9a-f]{8,17}$";
/// botocore: servicediscovery `ServiceName`; one label of it, which any DNS name takes.
pub(super) const REGISTRY_PATTERN: &str = "^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$";
pub(super) const SECURITY_GROUP_PATTERN: &str = "^sg-[0-9a-f]{8,17}$";

/// How one Amazon ECS service moves from IPv4 to IPv6-only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "MigrationPlan")]
pub struct Document {
    /// The version of the format.
    pub api_version: ApiVersion,
    /// What this document is. Documents of another apiVersion in the same file are left alone.
    pub kind: DocumentKind,
    /// What the plan is called.
    pub metadata: Metadata,
    /// What shall happen.
    pub spec: Spec,
}

/// The version of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum ApiVersion {
    /// The only one so far.
    #[default]
    #[serde(rename = "sixshift/v1")]
    V1,
}

/// What a document of this apiVersion can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum DocumentKind {
    /// The migration of one service.
    #[default]
    MigrationPlan,
}

/// What the plan is called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metadata {
    /// Unique among all plans: lower-case letters, digits and inner dashes, at most 63. It is part of the names and tags
    /// of what the plan creates, so renaming a plan under way makes it another plan.
    #[schemars(extend("pattern" = NAME_PATTERN, "examples" = ["checkout"]))]
    pub name: String,
    /// For your own grouping and filters; changing them is not a new revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = {}, "examples" = [{"team": "payments"}]))]
    pub labels: Option<BTreeMap<String, String>>,
}

/// What shall happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spec {
    /// `true` stops the migration where it is; traffic stays as it is. Not a new revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false, "examples" = [true]))]
    pub paused: Option<bool>,
    /// The live IPv4 service.
    pub service: Service,
    /// Where and how the IPv6-only twin runs.
    pub ipv6: Ipv6,
    /// What the twin must show before it gets its first customer, beside its health.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warm: Option<Warm>,
    /// How traffic moves to it.
    pub shift: Shift,
    /// What counts as good.
    pub health: Health,
    /// How the IPv4 side ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retire: Option<Retire>,
    /// What to do when somebody else changes what the plan manages, such as a weight set by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "hold", "examples" = ["correct"]))]
    pub drift: Option<Drift>,
    /// What preflight finds, and shall not stop the migration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preflight: Option<Preflight>,
}

/// The live IPv4 service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// AWS region.
    #[schemars(extend("pattern" = REGION_PATTERN, "examples" = ["eu-central-1"]))]
    pub region: String,
    /// ECS cluster, by name.
    #[schemars(extend("pattern" = ECS_NAME_PATTERN, "examples" = ["prod"]))]
    pub cluster: String,
    /// ECS service, by name. One plan a service.
    #[schemars(extend("pattern" = ECS_NAME_PATTERN, "examples" = ["checkout"]))]
    pub name: String,
    /// An IAM role to assume for everything this plan reads and does: a service in another account. Without it, the
    /// program's own credentials are used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = ROLE_PATTERN, "examples" = ["arn:aws:iam::123456789012:role/sixshift"]))]
    pub role_arn: Option<String>,
    /// The external id that the role's trust policy asks for. Only with `roleArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = EXTERNAL_ID_PATTERN, "examples" = ["sixshift-4f1c"]))]
    pub external_id: Option<String>,
}

/// Where and how the IPv6-only twin runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ipv6 {
    /// IPv6-only subnets for the twin's tasks, 1 to 16, in the service's VPC.
    #[schemars(
        length(min = 1, max = 16),
        inner(regex(pattern = SUBNET_PATTERN)),
        extend("uniqueItems" = true, "examples" = [["subnet-0a1b2c3d4e5f60718", "subnet-0b1b2c3d4e5f60718"]])
    )]
    pub subnets: Vec<String>,
    /// Security groups for the twin's tasks, at most 5. Without it, the service's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 5),
        inner(regex(pattern = SECURITY_GROUP_PATTERN)),
        extend("uniqueItems" = true, "examples" = [["sg-0c1b2c3d4e5f60718"]])
    )]
    pub security_groups: Option<Vec<String>>,
    /// A Cloud Map registry of the twin's own, where one leads to the service: with `via: cloudMap` where nothing else does, and beside a
    /// load balancer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<Registry>,
    /// What is different in the twin's task definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task_definition: Option<TaskDefinition>,
}

/// A Cloud Map registry of the twin's own: an A record cannot hold its tasks, and the type of a registry's records cannot be changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Registry {
    /// The name that consumers move to, in the namespace of the service's own registry. One that is there already is taken where it
    /// fits; otherwise it is made.
    #[schemars(extend("pattern" = REGISTRY_PATTERN, "examples" = ["checkout-ipv6"]))]
    pub name: String,
}

/// What is different in the twin's task definition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TaskDefinition {
    /// Pull images from ECR's dual-stack host names; the IPv4 ones can't be reached from an IPv6-only subnet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = true, "examples" = [false]))]
    pub ecr_dual_stack: Option<bool>,
    /// Environment variables to set in every container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = {}, "examples" = [{"AWS_USE_DUALSTACK_ENDPOINT": "true"}]))]
    pub env: Option<BTreeMap<String, String>>,
    /// Edits on one container, by its name: what stands here for it wins over what stands for all. At most 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = {}, "examples" = [{"app": {"env": {"LISTEN": "[::]:8080"}}}]))]
    pub containers: Option<BTreeMap<String, Container>>,
}

/// What is different in one container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Container {
    /// Environment variables to set in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = {}, "examples" = [{"LISTEN": "[::]:8080"}]))]
    pub env: Option<BTreeMap<String, String>>,
}

/// How traffic moves to IPv6.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["steps"]}, {"required": ["via"], "properties": {"via": {"enum": ["inPlace", "cloudMap", "auto"]}}}]))]
pub struct Shift {
    /// What moves. `albWeights`, `nlb`, `lattice`, `inPlace`, `taskCount` and `cloudMap` are built. `auto` with steps goes the way that they can be made on;
    /// written without steps it goes the way that AWS advises for what is before the service, with that way's usual steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "auto", "examples" = ["albWeights", "nlb", "lattice", "inPlace", "taskCount", "cloudMap"]))]
    pub via: Option<Via>,
    /// How the service's own tasks are replaced. Only with `via: inPlace`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_place: Option<InPlace>,
    /// Weights rise from step to step, and the last is 100%. At most 50. Required, but where `via: auto` is written, and in place
    /// there are none: all tasks are replaced by one deployment, nor with `via: cloudMap`: consumers move by themselves. Behind a Network Load Balancer the clients of a family move at
    /// once: `clients: ipv6`, and then `clients: all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 50),
        extend("examples" = [[{"weight": "5%", "hold": "15m"}, {"weight": "50%", "hold": "30m"}, {"weight": "100%"}]])
    )]
    pub steps: Option<Vec<Step>>,
    /// How long 100% must be proven good before the IPv4 side goes cold, or, in place, before it is done: 5m to 14d.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = DEFAULT_BAKE, "examples" = ["48h"]))]
    pub bake: Option<DurationText>,
}

/// What divides the traffic between the two sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Via {
    /// What the steps can be made on; without steps what AWS advises for what is before the service.
    #[default]
    Auto,
    /// Two weighted target groups behind an Application Load Balancer.
    AlbWeights,
    /// The service itself: its tasks are replaced by one deployment. For services without a load balancer.
    InPlace,
    /// The tasks themselves, some after others, between the service and a twin that works on the same queue. For services without a
    /// load balancer.
    TaskCount,
    /// The listeners of a Network Load Balancer: IPv6 clients first, by a rule of their own, and then all.
    Nlb,
    /// Weighted DNS records in Route 53. Not yet.
    Route53,
    /// A CloudFront continuous deployment. Not yet.
    Cloudfront,
    /// Weighted target groups of a VPC Lattice service.
    Lattice,
    /// The name that consumers ask Cloud Map for: the twin has a registry of its own, and they move by themselves.
    CloudMap,
}

/// How the service's own tasks are replaced.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InPlace {
    /// What is proven before the service is touched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "task", "examples" = ["none"]))]
    pub proof: Option<ProofBy>,
    /// How long that task must stand: 1m to 1d.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = DEFAULT_PROOF, "examples" = ["15m"]))]
    pub hold: Option<DurationText>,
    /// A service behind an Application Load Balancer is refused in place, unless this accepts it: AWS makes it possible and advises a
    /// second service beside it. Both target groups are on each route then, and traffic goes where healthy tasks are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "refuse", "examples" = ["accept"]))]
    pub behind_load_balancer: Option<BehindLoadBalancer>,
}

/// What becomes of a service that is to move in place and has a load balancer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum BehindLoadBalancer {
    /// It is not moved.
    #[default]
    Refuse,
    /// It is moved, with both target groups on its routes. Application Load Balancers only.
    Accept,
}

/// What is proven before a service is moved in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ProofBy {
    /// One task beside the service runs on IPv6 alone, and does its work.
    #[default]
    Task,
    /// Nothing: the work cannot be done twice.
    None,
}

/// Whose flows a step leads to IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Clients {
    /// Those of clients that come over IPv6.
    Ipv6,
    /// Everybody's.
    All,
}

/// One step of the shift.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["weight"]}, {"required": ["clients"]}]))]
pub struct Step {
    /// The share of requests on IPv6, in steps of 0.1%; with `via: taskCount` that of the tasks, rounded to whole ones. Required, but
    /// behind a Network Load Balancer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["5%"]))]
    pub weight: Option<Percent>,
    /// Whose flows go to IPv6. Only behind a Network Load Balancer, and required there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["ipv6"]))]
    pub clients: Option<Clients>,
    /// How long this share must be proven good before the next: 3m to 14d. Required in every step but the last, whose
    /// hold is `bake`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["15m"]))]
    pub hold: Option<DurationText>,
    /// What the next step needs besides evidence. Not in the last step: nothing comes after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "auto", "examples" = ["approval", {"webhook": {"url": "https://gates.example.com/sixshift"}}]))]
    pub gate: Option<StepGate>,
}

/// What the next step needs besides evidence.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum StepGate {
    /// Evidence alone.
    Auto,
    /// A person's approval too.
    Approval,
    /// A webhook's yes too. A person's approval stands for it.
    Webhook(WebhookGate),
}

/// As people write it. Derived, it would be a tag in YAML (`!webhook`), which no plan has.
impl Serialize for StepGate {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => "auto".serialize(to),
            Self::Approval => "approval".serialize(to),
            Self::Webhook(gate) => BTreeMap::from([("webhook", gate)]).serialize(to),
        }
    }
}

/// Somebody else's word: asked once the share is proven, and again while it does not say yes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebhookGate {
    /// Where it is asked, by a signed POST. Only the answer `{"open": true}` opens it. `http://` and private addresses need
    /// the daemon's leave (`gates.allowPrivate` of its settings).
    #[schemars(length(min = 1, max = 2048), extend("examples" = ["https://gates.example.com/sixshift"]))]
    pub url: String,
    /// How long it may take to answer: 1s to 30s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = DEFAULT_GATE_TIMEOUT, "examples" = ["5s"]))]
    pub timeout: Option<DurationText>,
    /// What to do when it does not answer as it should. It is asked on in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "wait", "examples" = ["hold"]))]
    pub on_error: Option<OnError>,
}

/// What counts as good. At least one of errorRate, latencyP99, alarms, and metrics or logs with a fixed limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["errorRate"]}, {"required": ["latencyP99"]}, {"required": ["alarms"]}, {"required": ["metrics"]}, {"required": ["logs"]}]))]
pub struct Health {
    /// Limits on the share of requests that fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_rate: Option<ErrorRate>,
    /// The limit on the share of requests that the application refuses with a 4xx.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = json!({ "worseThanIpv4By": DEFAULT_CLIENT_ERRORS })))]
    pub client_error_rate: Option<ClientErrorRate>,
    /// Limits on the 99th percentile of the response time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_p99: Option<LatencyP99>,
    /// Fewer requests on IPv6 than this in a hold prove nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000), extend("default" = DEFAULT_MIN_REQUESTS, "examples" = [500]))]
    pub min_requests: Option<u64>,
    /// What to do when there are fewer. They never pass by themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "wait", "examples" = ["approval"]))]
    pub on_too_few: Option<OnTooFew>,
    /// CloudWatch alarms by name, at most 100; one in ALARM is bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), extend("uniqueItems" = true, "default" = [], "examples" = [["checkout-5xx"]]))]
    pub alarms: Option<Vec<String>>,
    /// Metrics of CloudWatch's own or of your application's, at most 10: each with a limit of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10), extend("default" = [], "examples" = [[{"name": "queue-age", "metric": {"namespace": "AWS/SQS",
        "name": "ApproximateAgeOfOldestMessage", "dimensions": {"QueueName": "orders"}, "statistic": "Maximum"}, "period": "5m", "max": 300}]]))]
    pub metrics: Option<Vec<Metric>>,
    /// Limits on what the tasks on IPv6 take, by ECS's own figures. That tasks fail or end is judged without being written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Tasks>,
    /// Lines of the application's own log in CloudWatch Logs, at most 5: what a pattern finds on IPv6, beside what it finds on IPv4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 5), extend("default" = [], "examples" = [[{"pattern": "ERROR|FATAL", "worseThanIpv4By": "50%"}]]))]
    pub logs: Option<Vec<LogLines>>,
    /// What a bad verdict causes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "rollback", "examples" = ["hold"]))]
    pub on_bad: Option<OnBad>,
}

/// Limits on the share of requests that fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErrorRate {
    /// At most this share of the requests on IPv6.
    #[schemars(extend("examples" = ["1%"]))]
    pub max: Percent,
    /// At most this much above IPv4's rate in the same minutes, in percentage points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["0.5%"]))]
    pub worse_than_ipv4_by: Option<Percent>,
}

/// The limit on the share of requests that the application refuses with a 4xx.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientErrorRate {
    /// At most this much above IPv4's rate in the same minutes, in percentage points. `100%` switches it off.
    #[schemars(extend("examples" = ["5%"]))]
    pub worse_than_ipv4_by: Percent,
}

/// Limits on the 99th percentile of the response time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LatencyP99 {
    /// At most this long: 1ms to 4000s, the longest that a load balancer waits.
    #[schemars(extend("examples" = ["800ms"]))]
    pub max: LatencyText,
    /// At most this much above IPv4's in the same minutes, as a part of it: at 20%, 100ms on IPv4 allows 120ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["20%"]))]
    pub worse_than_ipv4_by: Option<Percent>,
}

/// A metric of CloudWatch's, or an expression over some, and when it is bad.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["metric"]}, {"required": ["expression", "using"]}]))]
pub struct Metric {
    /// What it is called everywhere: lower-case letters, digits and dashes, at most 40. No name twice in a plan.
    #[schemars(extend("pattern" = "^[a-z][a-z0-9-]{0,39}$", "examples" = ["failed-orders"]))]
    pub name: String,
    /// One metric, with its statistic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<Stat>,
    /// In its place, metric math over the metrics of `using`: numbers, `+ - * / ^`, comparisons, `FILL`, `IF`, `SUM`, `AVG`, `MIN`,
    /// `MAX` (of lists in brackets), `ABS`, `CEIL`, `FLOOR` and `PERIOD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 2048), extend("examples" = ["100 * FILL(failed, 0) / all"]))]
    pub expression: Option<String>,
    /// What the names in the expression are, at most 10: a lower-case letter first, then letters, digits and `_`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<BTreeMap<String, Stat>>,
    /// How long each point of it is: whole minutes that divide an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = DEFAULT_PERIOD, "examples" = ["5m"]))]
    pub period: Option<DurationText>,
    /// The mean of its points is at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = [5]))]
    pub max: Option<f64>,
    /// The mean of its points is at least this: less is worse. Not beside `max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = [0.5]))]
    pub min: Option<f64>,
    /// At most this much beyond IPv4's in the same time, as a part of it: at 20%, 5 on IPv4 allows 6, or 4 where `min` is given.
    /// Not in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["20%"]))]
    pub worse_than_ipv4_by: Option<Percent>,
    /// Fewer points than this prove nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 100), extend("default" = DEFAULT_MIN_SAMPLES, "examples" = [10]))]
    pub min_samples: Option<u32>,
    /// What a period without a point means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "noData", "examples" = ["zero"]))]
    pub missing: Option<MissingPoint>,
    /// `true` judges and shows it, and lets it stop nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = false, "examples" = [true]))]
    pub dry_run: Option<bool>,
}

/// What the tasks of IPv6 may take, of what they reserve and beside IPv4's tasks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tasks {
    /// The CPU. It has a fixed limit alone, since it grows with a side's share of the traffic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<CpuLimit>,
    /// The memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemoryLimit>,
}

/// The mean over the tasks of a side, as a part of what they reserve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CpuLimit {
    /// At most this part of what is reserved.
    #[schemars(extend("examples" = ["90%"]))]
    pub max: Percent,
}

/// The mean over the tasks of a side, as a part of what they reserve; one of the two limits at least.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("anyOf" = [{"required": ["max"]}, {"required": ["worseThanIpv4By"]}]))]
pub struct MemoryLimit {
    /// At most this part of what is reserved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["90%"]))]
    pub max: Option<Percent>,
    /// At most this much beyond IPv4's in the same time, as a part of it: at 50%, 40% on IPv4 allows 60%. Not in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["50%"]))]
    pub worse_than_ipv4_by: Option<Percent>,
}

/// How the IPv4 side ends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retire {
    /// Whether a person must approve before anything is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "required", "examples" = ["none"]))]
    pub approval: Option<RetireApproval>,
    /// How long no request may have reached a side before its tasks go: at most 7d, and never less than the target group's
    /// deregistration delay and stickiness. A WebSocket or another stream that stays open is one request, at its start:
    /// give as long as yours live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = DEFAULT_MIN_DRAIN, "examples" = ["4h"]))]
    pub min_drain: Option<DurationText>,
    /// How long the IPv4 side is kept without tasks, ready to come back: at most 365d.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = DEFAULT_KEEP_COLD, "examples" = ["7d"]))]
    pub keep_cold: Option<DurationText>,
    /// What is deleted in the end; an empty list keeps everything. A target group cannot go while its service stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("uniqueItems" = true, "default" = DEFAULT_DELETE, "examples" = [["service"]]))]
    pub delete: Option<Vec<Deletable>>,
}

/// What preflight finds, and shall not stop the migration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Preflight {
    /// Findings that somebody has looked at and takes as they are. Each is shown as waived, with its reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = [], "examples" = [[{"finding": "one-zone", "reason": "a batch service, nobody waits for it"}]]))]
    pub waive: Option<Vec<Waiver>>,
}

/// A finding that is taken as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Waiver {
    /// The finding's code. What AWS would refuse, or what customers would lose by, cannot be waived.
    #[schemars(extend("examples" = ["one-zone"]))]
    pub finding: FindingCode,
    /// Why it is taken as it is: 1 to 500 characters.
    #[schemars(length(min = 1, max = 500), extend("examples" = ["a batch service, nobody waits for it"]))]
    pub reason: String,
}

/// A percentage such as `1%` or `0.5%`, with its sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("pattern" = PERCENT_PATTERN))]
pub struct Percent(pub String);

/// Days, hours, minutes and seconds, such as `30s`, `10m`, `1h30m`, `3d`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "Duration", extend("pattern" = DURATION_PATTERN, "minLength" = 1))]
pub struct DurationText(pub String);

/// Milliseconds or seconds, such as `800ms` or `1.5s`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "Latency", extend("pattern" = LATENCY_PATTERN))]
pub struct LatencyText(pub String);

/// The code of a finding that can be waived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FindingCode(pub String);

impl JsonSchema for FindingCode {
    fn schema_name() -> Cow<'static, str> {
        "FindingCode".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let waivable = checks().filter(|c| c.is_waivable());
        let word = |text: &str, c: &Check| json!({ "const": text, "description": c.holds });
        let both = waivable.flat_map(|c| [word(c.name, c), word(c.id, c)]);
        json_schema!({ "type": "string", "oneOf": both.collect::<Vec<_>>() })
    }
}
