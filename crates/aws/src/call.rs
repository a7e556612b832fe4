//! One call to AWS: its tokens, its count, its second try, its line in the log.
//!
//! What belongs here: what every call has in common, and the list of the calls that exist. What must not: what they mean.

use std::{
    collections::BTreeMap,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    task::Poll,
    time::Duration,
};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use tokio::{
    sync::SemaphorePermit,
    time::{Instant, sleep, timeout},
};

use crate::{
    dates::Dates,
    error::{Error, Kind, Retry},
    limits::{Bucket, Limits},
    silence::Silence,
    tape::Tape,
    trace::{self, Listener},
};

/// How long after a failed read the second try follows.
pub(crate) const SECOND_TRY: Duration = Duration::from_millis(300);

/// How long AWS may take to answer a read. Several follow one another in a look, and one that hangs is to be told within a
/// minute.
const READ: Duration = Duration::from_secs(10);
/// How long AWS may take to answer a write: a lease must outlive it, so it is short.
pub const WRITE_LIMIT: Duration = Duration::from_secs(10);

/// A call as AWS's IAM names it, and the buckets it draws on.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    buckets: &'static [Bucket],
}

impl Operation {
    /// Its prefix in IAM, as in `elasticloadbalancing`.
    pub(crate) fn service(&self) -> &'static str {
        parts(self.name).0
    }

    /// What AWS calls it, as in `ModifyListener`.
    pub(crate) fn action(&self) -> &'static str {
        parts(self.name).1
    }
}

/// An operation's prefix in IAM, and what AWS calls it.
fn parts(name: &'static str) -> (&'static str, &'static str) {
    name.split_once(':').unwrap_or(("", name))
}

macro_rules! operations {
    ($($constant:ident = $name:literal: $($bucket:ident)+;)*) => {
        $(pub(crate) const $constant: Operation = Operation { name: $name, buckets: &[$(Bucket::$bucket),+] };)*
    };
}

operations! {
    DESCRIBE_DHCP_OPTIONS = "ec2:DescribeDhcpOptions": Ec2Read;
    DESCRIBE_EGRESS_ONLY_INTERNET_GATEWAYS = "ec2:DescribeEgressOnlyInternetGateways": Ec2Read;
    DESCRIBE_INTERNET_GATEWAYS = "ec2:DescribeInternetGateways": Ec2Read;
    DESCRIBE_NAT_GATEWAYS = "ec2:DescribeNatGateways": Ec2Read;
    DESCRIBE_NETWORK_ACLS = "ec2:DescribeNetworkAcls": Ec2Read;
    DESCRIBE_ROUTE_TABLES = "ec2:DescribeRouteTables": Ec2Read;
    DESCRIBE_SECURITY_GROUPS = "ec2:DescribeSecurityGroups": Ec2Read;
    DESCRIBE_SUBNETS = "ec2:DescribeSubnets": Ec2Read;
    DESCRIBE_VPC_ATTRIBUTE = "ec2:DescribeVpcAttribute": Ec2Read;
    DESCRIBE_VPC_ENDPOINT_SERVICES = "ec2:DescribeVpcEndpointServices": Ec2Read;
    DESCRIBE_VPC_ENDPOINTS = "ec2:DescribeVpcEndpoints": Ec2Read;
    DESCRIBE_VPCS = "ec2:DescribeVpcs": Ec2Read;
    DESCRIBE_SERVICES = "ecs:DescribeServices": EcsServiceRead;
    DESCRIBE_SERVICE_REVISIONS = "ecs:DescribeServiceRevisions": EcsRevisionRead;
    DESCRIBE_TASK_DEFINITION = "ecs:DescribeTaskDefinition": EcsDefinitionRead;
    LIST_TASKS = "ecs:ListTasks": EcsTaskRead;
    DESCRIBE_TASKS = "ecs:DescribeTasks": EcsTaskRead;
    GET_TASK_PROTECTION = "ecs:GetTaskProtection": EcsTaskRead;
    UPDATE_TASK_PROTECTION = "ecs:UpdateTaskProtection": EcsServiceWrite;
    REGISTER_TASK_DEFINITION = "ecs:RegisterTaskDefinition": EcsRegister;
    CREATE_SERVICE = "ecs:CreateService": EcsServiceWrite;
    UPDATE_SERVICE = "ecs:UpdateService": EcsServiceWrite;
    DELETE_SERVICE = "ecs:DeleteService": EcsServiceWrite;
    RUN_TASK = "ecs:RunTask": EcsServiceWrite;
    STOP_TASK = "ecs:StopTask": EcsServiceWrite;
    STOP_SERVICE_DEPLOYMENT = "ecs:StopServiceDeployment": EcsServiceWrite;
    ECS_TAG_RESOURCE = "ecs:TagResource": EcsServiceWrite;
    ECS_UNTAG_RESOURCE = "ecs:UntagResource": EcsServiceWrite;
    DESCRIBE_ACCOUNT_LIMITS = "elasticloadbalancing:DescribeAccountLimits": ElbRead Elb;
    DESCRIBE_TARGET_GROUPS = "elasticloadbalancing:DescribeTargetGroups": ElbRead Elb;
    DESCRIBE_TARGET_GROUP_ATTRIBUTES = "elasticloadbalancing:DescribeTargetGroupAttributes": ElbRead Elb;
    DESCRIBE_TARGET_HEALTH = "elasticloadbalancing:DescribeTargetHealth": ElbRead Elb;
    DESCRIBE_TAGS = "elasticloadbalancing:DescribeTags": ElbRead Elb;
    DESCRIBE_LOAD_BALANCERS = "elasticloadbalancing:DescribeLoadBalancers": ElbRead Elb;
    DESCRIBE_LISTENERS = "elasticloadbalancing:DescribeListeners": ElbRead Elb;
    DESCRIBE_RULES = "elasticloadbalancing:DescribeRules": ElbRead Elb;
    CREATE_TARGET_GROUP = "elasticloadbalancing:CreateTargetGroup": ElbWrite Elb;
    MODIFY_TARGET_GROUP_ATTRIBUTES = "elasticloadbalancing:ModifyTargetGroupAttributes": ElbWrite Elb;
    ADD_TAGS = "elasticloadbalancing:AddTags": ElbWrite Elb;
    REMOVE_TAGS = "elasticloadbalancing:RemoveTags": ElbWrite Elb;
    MODIFY_LISTENER = "elasticloadbalancing:ModifyListener": ElbWrite Elb;
    MODIFY_RULE = "elasticloadbalancing:ModifyRule": ElbWrite Elb;
    CREATE_RULE = "elasticloadbalancing:CreateRule": ElbWrite Elb;
    DELETE_RULE = "elasticloadbalancing:DeleteRule": ElbWrite Elb;
    DELETE_TARGET_GROUP = "elasticloadbalancing:DeleteTargetGroup": ElbWrite Elb;
    LATTICE_CREATE_TARGET_GROUP = "vpc-lattice:CreateTargetGroup": LatticeWrite;
    LATTICE_DELETE_TARGET_GROUP = "vpc-lattice:DeleteTargetGroup": LatticeWrite;
    LATTICE_GET_LISTENER = "vpc-lattice:GetListener": LatticeRead;
    LATTICE_GET_RULE = "vpc-lattice:GetRule": LatticeRead;
    LATTICE_GET_TARGET_GROUP = "vpc-lattice:GetTargetGroup": LatticeRead;
    LATTICE_LIST_LISTENERS = "vpc-lattice:ListListeners": LatticeRead;
    LATTICE_LIST_RULES = "vpc-lattice:ListRules": LatticeRead;
    LATTICE_LIST_TAGS = "vpc-lattice:ListTagsForResource": LatticeRead;
    LATTICE_LIST_TARGET_GROUPS = "vpc-lattice:ListTargetGroups": LatticeRead;
    LATTICE_LIST_TARGETS = "vpc-lattice:ListTargets": LatticeRead;
    LATTICE_TAG = "vpc-lattice:TagResource": LatticeWrite;
    LATTICE_UNTAG = "vpc-lattice:UntagResource": LatticeWrite;
    LATTICE_UPDATE_LISTENER = "vpc-lattice:UpdateListener": LatticeWrite;
    LATTICE_UPDATE_RULE = "vpc-lattice:UpdateRule": LatticeWrite;
    LATTICE_UPDATE_TARGET_GROUP = "vpc-lattice:UpdateTargetGroup": LatticeWrite;
    DISCOVERY_CREATE_SERVICE = "servicediscovery:CreateService": DiscoveryWrite;
    DISCOVERY_GET_SERVICE = "servicediscovery:GetService": DiscoveryRead;
    DISCOVERY_LIST_SERVICES = "servicediscovery:ListServices": DiscoveryRead;
    GET_METRIC_DATA = "cloudwatch:GetMetricData": Metrics;
    DESCRIBE_ALARMS = "cloudwatch:DescribeAlarms": Alarms;
    DESCRIBE_SCALABLE_TARGETS = "application-autoscaling:DescribeScalableTargets": ScalingRead;
    DESCRIBE_SCALING_POLICIES = "application-autoscaling:DescribeScalingPolicies": ScalingRead;
    DESCRIBE_SCHEDULED_ACTIONS = "application-autoscaling:DescribeScheduledActions": ScalingRead;
    LIST_TAGS_OF_SCALABLE_TARGET = "application-autoscaling:ListTagsForResource": ScalingRead;
    REGISTER_SCALABLE_TARGET = "application-autoscaling:RegisterScalableTarget": ScalingWrite;
    PUT_SCALING_POLICY = "application-autoscaling:PutScalingPolicy": ScalingWrite;
    PUT_SCHEDULED_ACTION = "application-autoscaling:PutScheduledAction": ScalingWrite;
    DELETE_SCALING_POLICY = "application-autoscaling:DeleteScalingPolicy": ScalingWrite;
    DELETE_SCHEDULED_ACTION = "application-autoscaling:DeleteScheduledAction": ScalingWrite;
    DESCRIBE_MOUNT_TARGETS = "elasticfilesystem:DescribeMountTargets": NeighbourRead;
    DESCRIBE_DB_INSTANCES = "rds:DescribeDBInstances": NeighbourRead;
    DESCRIBE_DB_CLUSTERS = "rds:DescribeDBClusters": NeighbourRead;
    DESCRIBE_DB_PROXIES = "rds:DescribeDBProxies": NeighbourRead;
    DESCRIBE_REPLICATION_GROUPS = "elasticache:DescribeReplicationGroups": NeighbourRead;
    DESCRIBE_CACHE_CLUSTERS = "elasticache:DescribeCacheClusters": NeighbourRead;
    DESCRIBE_SERVERLESS_CACHES = "elasticache:DescribeServerlessCaches": NeighbourRead;
    GET_WEB_ACL_FOR_RESOURCE = "wafv2:GetWebACLForResource": WafOfResource;
    GET_IP_SET = "wafv2:GetIPSet": WafRead;
    LIST_ROLE_POLICIES = "iam:ListRolePolicies": IamRead;
    GET_ROLE = "iam:GetRole": IamRead;
    GET_ROLE_POLICY = "iam:GetRolePolicy": IamRead;
    LIST_ATTACHED_ROLE_POLICIES = "iam:ListAttachedRolePolicies": IamRead;
    GET_POLICY = "iam:GetPolicy": IamRead;
    GET_POLICY_VERSION = "iam:GetPolicyVersion": IamRead;
    GET_BUCKET_POLICY = "s3:GetBucketPolicy": NeighbourRead;
    GET_LOG_EVENTS = "logs:GetLogEvents": LogEvents;
    START_QUERY = "logs:StartQuery": LogQueries;
    GET_QUERY_RESULTS = "logs:GetQueryResults": LogQueries;
    STOP_QUERY = "logs:StopQuery": LogQueries;
    GET_SERVICE_QUOTA = "servicequotas:GetServiceQuota": QuotaRead;
    GET_AWS_DEFAULT_SERVICE_QUOTA = "servicequotas:GetAWSDefaultServiceQuota": QuotaRead;
    DEREGISTER_SCALABLE_TARGET = "application-autoscaling:DeregisterScalableTarget": ScalingWrite;
}

// What people's verbs ask beside it; the daemon does not, and its policy has none of it.
operations! {
    LIST_SERVICES = "ecs:ListServices": EcsServiceRead;
    DESCRIBE_FLOW_LOGS = "ec2:DescribeFlowLogs": Ec2Read;
    DESCRIBE_NETWORK_INTERFACES = "ec2:DescribeNetworkInterfaces": Ec2Read;
}

/// How a call ended, for counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallResult {
    /// AWS did what was asked.
    Ok,
    /// AWS said: too many calls.
    Throttled,
    /// AWS answered with another error.
    Refused,
    /// No answer came, or none that could be read.
    NoAnswer,
}

impl CallResult {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Throttled, Self::Refused, Self::NoAnswer];

    /// As metrics have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Throttled => "throttled",
            Self::Refused => "refused",
            Self::NoAnswer => "no_answer",
        }
    }

    fn of(error: &Error) -> Self {
        match error {
            _ if error.kind() == Kind::Throttled => Self::Throttled,
            Error::NoAnswer { .. } => Self::NoAnswer,
            Error::NotSent { .. } => Self::Refused,
            Error::Answer { .. }
            | Error::Changed { .. }
            | Error::Gone { .. }
            | Error::Build { .. } => Self::Refused,
        }
    }
}

/// How often an operation ended in a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallCount {
    /// The operation's prefix in IAM, as in `elasticloadbalancing`.
    pub service: &'static str,
    /// As in `ModifyListener`.
    pub operation: &'static str,
    /// How the calls ended.
    pub result: CallResult,
    /// How many.
    pub calls: u64,
}

/// What was called so far, and what AWS's clock said.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    counts: Mutex<Counts>,
    pub(crate) dates: Dates,
    /// Where every call is written down, in a trial.
    pub(crate) tape: OnceLock<Tape>,
    /// Who is told of every call of a round, where rounds are followed.
    pub(crate) listener: OnceLock<Listener>,
}

#[derive(Debug, Default)]
struct Counts {
    calls: BTreeMap<&'static str, u64>,
    ended: BTreeMap<(&'static str, CallResult), u64>,
}

impl Meter {
    fn count(&self, operation: &'static str) {
        *self
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .calls
            .entry(operation)
            .or_default() += 1;
    }

    fn count_end(&self, operation: &'static str, result: CallResult) {
        *self
            .counts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .ended
            .entry((operation, result))
            .or_default() += 1;
    }

    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .calls
            .iter()
            .map(|(name, n)| ((*name).to_owned(), *n))
            .collect()
    }

    /// The calls that have ended, by operation and result.
    pub(crate) fn ended(&self) -> Vec<CallCount> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = counts.ended.iter().map(|((name, result), calls)| {
            let (service, operation) = parts(name);
            CallCount {
                service,
                operation,
                result: *result,
                calls: *calls,
            }
        });
        counted.collect()
    }

    pub(crate) fn throttled(&self) -> u64 {
        let throttled = |count: &CallCount| count.result == CallResult::Throttled;
        let ended = self.ended();
        ended.iter().filter(|c| throttled(c)).map(|c| c.calls).sum()
    }
}

/// How calls are made in one account and region.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) limits: Arc<Limits>,
    pub(crate) meter: Arc<Meter>,
    pub(crate) silence: Arc<Silence>,
    /// Where calls are made.
    pub(crate) region: Arc<str>,
    /// Virtual seconds per second of tokio's clock.
    pub(crate) rate: f64,
    /// Its calls go before those of others.
    pub(crate) urgent: bool,
    /// How long it may write.
    pub(crate) tenure: Tenure,
}

/// For how long this process surely may write, asked whenever it is about to.
#[derive(Clone)]
pub struct Tenure(Arc<dyn Fn() -> Option<Duration> + Send + Sync>);

impl Tenure {
    /// As long as this says; `None`: not at all.
    pub fn new(remains: impl Fn() -> Option<Duration> + Send + Sync + 'static) -> Self {
        Self(Arc::new(remains))
    }

    /// As long as it runs: there is nobody else.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::new(|| Some(Duration::MAX))
    }

    /// Whether a write may be sent that ends, one way or the other, within its limit.
    fn allows(&self, operation: &Operation) -> Result<(), Error> {
        match (self.0)() {
            Some(remains) if remains > WRITE_LIMIT => Ok(()),
            remains => Err(Error::NotSent {
                operation: operation.name,
                remains: remains.unwrap_or_default(),
            }),
        }
    }
}

impl fmt::Debug for Tenure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tenure").field(&(self.0)()).finish()
    }
}

/// A call that may be made now.
pub(crate) struct Permit<'a>(&'a Operation);

impl Caller {
    /// A duration of AWS's time on tokio's clock.
    pub(crate) fn pace(&self, duration: Duration) -> Duration {
        duration.div_f64(self.rate)
    }

    /// A read, with a second try after what passes by itself. Whoever did not answer for so long is asked by the next look.
    pub(crate) async fn read<T, E, F>(
        &self,
        operation: &Operation,
        attempt: impl Fn() -> F,
    ) -> Result<T, Error>
    where
        T: RequestId,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let _line = self.line(operation).await;
        if self.silence.lasts(operation) {
            return Err(Error::late(operation.name));
        }
        let mut tried = false;
        loop {
            let permit = self.permit(operation).await;
            let answer = self.sent(permit, READ, Box::pin(attempt())).await;
            let passes = |e: &Error| e.retry() == Retry::Soon && e.kind() != Kind::Timeout;
            if tried || !answer.as_ref().is_err_and(passes) {
                return answer;
            }
            tried = true;
            sleep(self.pace(SECOND_TRY)).await;
        }
    }

    /// One attempt. The call waits on the heap: an `async fn` would have room for it several times.
    pub(crate) fn once<T, E, F>(
        &self,
        operation: &Operation,
        call: F,
    ) -> impl Future<Output = Result<T, Error>>
    where
        T: RequestId,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        let call = Box::pin(call);
        async move {
            let permit = self.permit(operation).await;
            self.permitted(permit, call).await
        }
    }

    /// Before its turn in the bucket, so that a token is spent when the call goes. Whoever is in a hurry waits for nobody.
    async fn line(&self, operation: &Operation) -> Option<SemaphorePermit<'_>> {
        let bucket = operation.buckets.first().filter(|_| !self.urgent)?;
        self.limits.line(*bucket).await
    }

    /// Waits until a call may be made. For what is read before it: nothing comes between that and the call any more.
    pub(crate) async fn permit<'a>(&self, operation: &'a Operation) -> Permit<'a> {
        self.limits.take(operation.buckets, self.urgent).await;
        Permit(operation)
    }

    /// One attempt that has waited, if the wait was not too long for the lease.
    pub(crate) async fn permitted<T, E, F>(&self, permit: Permit<'_>, call: F) -> Result<T, Error>
    where
        T: RequestId,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        self.tenure.allows(permit.0)?;
        // The SDK's futures are large, and there are many on the way from here to the loop.
        self.sent(permit, WRITE_LIMIT, Box::pin(call)).await
    }

    /// Compiled anew for each operation, so it does as little as it can by itself.
    async fn sent<T, E, F>(
        &self,
        Permit(operation): Permit<'_>,
        limit: Duration,
        call: Pin<Box<F>>,
    ) -> Result<T, Error>
    where
        T: RequestId,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    {
        self.meter.count(operation.name);
        let sent = Instant::now();
        let answer = match timeout(limit, in_time(sent + limit, call)).await {
            Ok(Some(answer)) => answer.map_err(|error| Error::from_sdk(operation.name, error)),
            Ok(None) | Err(_) => Err(Error::late(operation.name)),
        };
        self.ended(operation, sent, answer.as_ref().map(RequestId::request_id));
        answer
    }

    fn ended(&self, operation: &Operation, sent: Instant, how: Result<Option<&str>, &Error>) {
        let result = how.map_or_else(CallResult::of, |_| CallResult::Ok);
        self.meter.count_end(operation.name, result);
        self.limits.answered(operation.buckets);
        self.tell(operation, sent, how);
        match how {
            Ok(id) => {
                self.silence.breaks(operation);
                let request_id = id.unwrap_or("unknown");
                tracing::debug!(operation = operation.name, request_id, "called AWS");
            }
            Err(error) => {
                match error {
                    Error::Answer { .. } => self.silence.breaks(operation),
                    error if error.kind() == Kind::Timeout => self.silence.begins(operation, sent),
                    _ => {}
                }
                tracing::debug!(operation = operation.name, kind = error.kind().as_str(), %error, "AWS call failed");
            }
        }
    }

    /// Tells whoever follows rounds.
    fn tell(&self, operation: &Operation, sent: Instant, how: Result<Option<&str>, &Error>) {
        let (Some(listener), Some(round)) = (self.meter.listener.get(), trace::current()) else {
            return;
        };
        let request_id = match how {
            Ok(id) => id,
            Err(error) => error.request_id(),
        };
        let error = how.err().map(|error| {
            let word = error.code().unwrap_or_else(|| error.kind().as_str());
            (word.to_owned(), error.to_string())
        });
        listener.hear(trace::Ended {
            round,
            service: operation.service(),
            operation: operation.action(),
            region: Arc::clone(&self.region),
            request_id: request_id.map(str::to_owned),
            error,
            took: sent.elapsed(),
        });
    }
}

/// A call that goes no step further once its time is over. A process that was stopped for a while may find time over and
/// connection ready in one moment; what it would send then, another daemon may have done since.
async fn in_time<F: Future>(until: Instant, mut call: Pin<Box<F>>) -> Option<F::Output> {
    poll_fn(|context| {
        if Instant::now() >= until {
            return Poll::Ready(None);
        }
        call.as_mut().poll(context).map(Some)
    })
    .await
}
