//! GetMetricData, five hundred queries a call.
//!
//! What belongs here: the call, its pages and its status codes. What must not: which windows are worth asking.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_sdk_cloudwatch::types::{
    Dimension, Metric as CwMetric, MetricDataQuery, MetricStat, ScanBy, StatusCode,
};
use aws_smithy_types::DateTime;
use sixshift_core::{
    evidence::Figures,
    observation::{Known, Quota, Why},
};

use super::super::{Answers, all_unknown};
use crate::{
    batch::{Crowd, Gather},
    call,
    error::Error,
    region::Clients,
};

const BALANCERS: &str = "AWS/ApplicationELB";
const NETWORK_BALANCERS: &str = "AWS/NetworkELB";
const GATEWAYS: &str = "AWS/NATGateway";
const USAGE: &str = "AWS/Usage";
/// Queries in a call.
const MOST: usize = 500;

/// From a start, aligned, to an end that is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Window {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) period: i64,
}

impl Window {
    pub(super) fn len(self) -> usize {
        usize::try_from((self.end - self.start) / self.period.max(1)).unwrap_or_default()
    }

    pub(super) fn at(self, index: usize) -> i64 {
        self.start + self.period * i64::try_from(index).unwrap_or_default()
    }

    /// Which of its periods begins at a moment; `None`: none of them.
    pub(super) fn index(self, at: i64) -> Option<usize> {
        let index = usize::try_from((at - self.start).div_euclid(self.period.max(1))).ok()?;
        (index < self.len() && self.at(index) == at).then_some(index)
    }
}

/// A metric with its statistic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Metric {
    Requests,
    Target4xx,
    Target5xx,
    ConnectionErrors,
    P99,
    Healthy,
    Elb5xx,
    Elb503,
    /// Flows that began, of a Network Load Balancer or behind it.
    NewFlows,
    /// Flows that are open, behind a Network Load Balancer.
    OpenFlows,
    /// Flows that targets reset, of a Network Load Balancer.
    Resets,
    /// Bytes that a NAT gateway sent out for its clients, and that came back for them.
    NatOut,
    NatIn,
    /// How much of what a quota bounds is in use.
    InUse,
}

impl Metric {
    /// What is asked for each target group.
    pub(super) const OF_GROUP: [Self; 6] = [
        Self::Requests,
        Self::Target4xx,
        Self::Target5xx,
        Self::ConnectionErrors,
        Self::P99,
        Self::Healthy,
    ];

    /// What is asked for each target group behind a Network Load Balancer.
    pub(super) const OF_FLOWS: [Self; 3] = [Self::NewFlows, Self::OpenFlows, Self::Healthy];

    fn name(self) -> &'static str {
        match self {
            Self::Requests => "RequestCount",
            Self::Target4xx => "HTTPCode_Target_4XX_Count",
            Self::Target5xx => "HTTPCode_Target_5XX_Count",
            Self::ConnectionErrors => "TargetConnectionErrorCount",
            Self::P99 => "TargetResponseTime",
            Self::Healthy => "HealthyHostCount",
            Self::Elb5xx => "HTTPCode_ELB_5XX_Count",
            Self::Elb503 => "HTTPCode_ELB_503_Count",
            Self::NewFlows => "NewFlowCount",
            Self::OpenFlows => "ActiveFlowCount",
            Self::Resets => "TCP_Target_Reset_Count",
            Self::NatOut => "BytesOutToDestination",
            Self::NatIn => "BytesInFromDestination",
            Self::InUse => "ResourceCount",
        }
    }

    /// A percentile is an estimate: seven digits of it are more than it has, in half the memory.
    #[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
    fn kept(self, value: f64) -> f64 {
        match self {
            Self::P99 => f64::from(value as f32),
            _ => value,
        }
    }

    fn statistic(self) -> &'static str {
        match self {
            Self::P99 => "p99",
            // Over load balancer nodes: the least is that of a node which was just added.
            Self::Healthy | Self::InUse | Self::OpenFlows => "Maximum",
            _ => "Sum",
        }
    }
}

/// A metric of something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Query {
    metric: Metric,
    of: Subject,
}

/// Whose metric it is. All queries of one group share its names, as long as they are remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Balancer(Arc<str>),
    /// Behind a load balancer.
    Group(Arc<str>, Arc<str>),
    /// Flows are told of a target group by itself (Elastic Load Balancing, "CloudWatch metrics for your Network Load Balancer").
    Flows(Arc<str>),
    NatGateway(Arc<str>),
    /// vCPUs of Fargate, by their class.
    Fargate(&'static str),
}

impl Subject {
    fn namespace(&self) -> &'static str {
        match self {
            Self::Balancer(balancer) | Self::Group(balancer, _) if is_network(balancer) => {
                NETWORK_BALANCERS
            }
            Self::Balancer(_) | Self::Group(..) => BALANCERS,
            Self::Flows(_) => NETWORK_BALANCERS,
            Self::NatGateway(_) => GATEWAYS,
            Self::Fargate(_) => USAGE,
        }
    }

    fn dimensions(&self) -> Vec<Dimension> {
        let dimension =
            |name: &str, value: &str| Dimension::builder().name(name).value(value).build();
        match self {
            Self::Balancer(balancer) => vec![dimension("LoadBalancer", balancer)],
            Self::Group(balancer, group) => vec![
                dimension("LoadBalancer", balancer),
                dimension("TargetGroup", group),
            ],
            Self::Flows(group) => vec![dimension("TargetGroup", group)],
            Self::NatGateway(gateway) => vec![dimension("NatGatewayId", gateway)],
            // ECS developer guide, "AWS Fargate usage metrics".
            Self::Fargate(class) => vec![
                dimension("Service", "Fargate"),
                dimension("Type", "Resource"),
                dimension("Resource", "vCPU"),
                dimension("Class", class),
            ],
        }
    }
}

/// By its dimension: `net/name/id`.
pub(super) fn is_network(load_balancer: &str) -> bool {
    load_balancer.starts_with("net/")
}

impl Query {
    pub(super) fn group(metric: Metric, load_balancer: &Arc<str>, target_group: &Arc<str>) -> Self {
        let group = Arc::clone(target_group);
        let of = match metric {
            Metric::NewFlows | Metric::OpenFlows => Subject::Flows(group),
            _ => Subject::Group(Arc::clone(load_balancer), group),
        };
        Self { metric, of }
    }

    pub(super) fn load_balancer(metric: Metric, load_balancer: &Arc<str>) -> Self {
        Self {
            metric,
            of: Subject::Balancer(Arc::clone(load_balancer)),
        }
    }

    pub(super) fn nat_gateway(metric: Metric, gateway: &str) -> Self {
        Self {
            metric,
            of: Subject::NatGateway(gateway.into()),
        }
    }

    /// vCPUs of Fargate that are in use; of a quota that no metric tells of nothing is asked.
    pub(super) fn in_use(quota: Quota) -> Option<Self> {
        let class = match quota {
            Quota::FargateOnDemand => "Standard/OnDemand",
            Quota::FargateSpot => "Standard/Spot",
            Quota::SubnetsPerVpc => return None,
        };
        Some(Self {
            metric: Metric::InUse,
            of: Subject::Fargate(class),
        })
    }

    fn to_aws(&self, id: String, period: i64) -> MetricDataQuery {
        let metric = CwMetric::builder()
            .namespace(self.of.namespace())
            .metric_name(self.metric.name())
            .set_dimensions(Some(self.of.dimensions()));
        let period = i32::try_from(period).unwrap_or(60);
        let stat = MetricStat::builder()
            .metric(metric.build())
            .period(period)
            .stat(self.metric.statistic());
        MetricDataQuery::builder()
            .id(id)
            .metric_stat(stat.build())
            .return_data(true)
            .build()
    }
}

/// A query over a window.
pub(crate) type Ask = (Window, Query);
/// The values of a window, one a period.
pub(crate) type Points = Arc<Figures>;

/// All queries of a call share its window. What is worth remembering is remembered elsewhere.
pub(in super::super) fn gather(pause: Duration, crowd: Arc<Crowd>) -> Gather<Ask> {
    Gather {
        pause,
        crowd,
        limit: MOST,
        group: |(w, _)| format!("{}-{}-{}", w.start, w.end, w.period),
        keep: false,
    }
}

/// The values of queries over one window.
pub(in super::super) async fn read(clients: Arc<Clients>, asks: Vec<Ask>) -> Answers<Ask, Points> {
    match fetch(&clients, &asks).await {
        Ok(mut found) => asks
            .into_iter()
            .enumerate()
            .map(|(i, ask)| {
                let found = found.remove(&id(i)).unwrap_or_default();
                let known = found.known(&ask);
                (ask, known)
            })
            .collect(),
        Err(error) => all_unknown(asks, &error),
    }
}

fn id(index: usize) -> String {
    format!("q{index}")
}

#[derive(Default)]
struct Found {
    points: BTreeMap<i64, f64>,
    /// Of the last page that named the query.
    status: Option<StatusCode>,
}

impl Found {
    fn known(self, (window, query): &Ask) -> Known<Points> {
        let kept = |value: &f64| query.metric.kept(*value);
        let values = (0..window.len()).map(|i| self.points.get(&window.at(i)).map(kept));
        match self.status {
            Some(StatusCode::Complete) => Known::Seen(Arc::new(values.collect())),
            status => {
                let status = status.as_ref().map_or("no result", StatusCode::as_str);
                Known::Unknown(Why::new(format!(
                    "{}: {status}",
                    call::GET_METRIC_DATA.name
                )))
            }
        }
    }
}

async fn fetch(clients: &Clients, asks: &[Ask]) -> Result<BTreeMap<String, Found>, Error> {
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    let Some((window, _)) = asks.first() else {
        return Ok(found);
    };
    let queries = asks
        .iter()
        .enumerate()
        .map(|(i, (w, query))| query.to_aws(id(i), w.period))
        .collect();
    let request = clients
        .metrics
        .get_metric_data()
        .set_metric_data_queries(Some(queries))
        .start_time(DateTime::from_secs(window.start))
        .end_time(DateTime::from_secs(window.end))
        .scan_by(ScanBy::TimestampAscending);
    let mut next = None;
    loop {
        let request = request.clone().set_next_token(next);
        let page = clients
            .caller
            .read(&call::GET_METRIC_DATA, || request.clone().send())
            .await?;
        for result in page.metric_data_results() {
            let entry = found
                .entry(result.id().unwrap_or_default().to_owned())
                .or_default();
            let times = result.timestamps().iter().map(DateTime::secs);
            entry
                .points
                .extend(times.zip(result.values().iter().copied()));
            entry.status = result.status_code().cloned();
        }
        next = page.next_token;
        if next.is_none() {
            return Ok(found);
        }
    }
}
