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
    plan::{Expression, Source, Stat},
};

use super::super::{Answers, all_unknown};
use crate::{
    batch::{Crowd, Gather},
    call,
    error::{Error, Kind},
    region::Clients,
};

const BALANCERS: &str = "AWS/ApplicationELB";
const NETWORK_BALANCERS: &str = "AWS/NetworkELB";
const LATTICE: &str = "AWS/VpcLattice";
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
    pub(in super::super) fn len(self) -> usize {
        usize::try_from((self.end - self.start) / self.period.max(1)).unwrap_or_default()
    }

    pub(super) fn at(self, index: usize) -> i64 {
        self.start + self.period * i64::try_from(index).unwrap_or_default()
    }

    /// Which of its periods begins at a moment; `None`: none of them.
    pub(in super::super) fn index(self, at: i64) -> Option<usize> {
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
    /// Of a target group or a service of VPC Lattice.
    LatticeRequests,
    Lattice4xx,
    Lattice5xx,
    LatticeConnectionErrors,
    LatticeP99,
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

    /// What is asked for each target group of VPC Lattice, which counts no hosts.
    pub(super) const OF_LATTICE: [Self; 5] = [
        Self::LatticeRequests,
        Self::Lattice4xx,
        Self::Lattice5xx,
        Self::LatticeConnectionErrors,
        Self::LatticeP99,
    ];

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
            Self::LatticeRequests => "TotalRequestCount",
            Self::Lattice4xx => "HTTPCode_4XX_Count",
            Self::Lattice5xx => "HTTPCode_5XX_Count",
            Self::LatticeConnectionErrors => "ConnectionErrorCount",
            Self::LatticeP99 => "RequestTime",
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
            // VPC Lattice tells milliseconds (user guide, CloudWatch metrics for Amazon VPC Lattice).
            Self::LatticeP99 => f64::from((value / 1000.0) as f32),
            _ => value,
        }
    }

    fn statistic(self) -> &'static str {
        match self {
            Self::P99 | Self::LatticeP99 => "p99",
            // Over load balancer nodes: the least is that of a node which was just added.
            Self::Healthy | Self::InUse | Self::OpenFlows => "Maximum",
            _ => "Sum",
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Query {
    /// A metric of something.
    Known(Metric, Subject),
    /// What a plan names.
    Own(Arc<Own>),
}

/// A metric of a plan's own on a side, or an expression over some.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Own {
    Stat(Stat),
    Math(Expression, BTreeMap<String, Stat>),
}

impl Own {
    /// What CloudWatch is asked for; lines of a log are no metric.
    pub(super) fn of(source: Source) -> Option<Self> {
        match source {
            Source::Stat(stat) => Some(Self::Stat(stat)),
            Source::Math { expression, using } => Some(Self::Math(expression, using)),
            Source::Lines(_) => None,
        }
    }
}

/// Whose metric it is. All queries of one group share its names, as long as they are remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Balancer(Arc<str>),
    /// Behind a load balancer.
    Group(Arc<str>, Arc<str>),
    /// Flows are told of a target group by itself (Elastic Load Balancing, "CloudWatch metrics for your Network Load Balancer").
    Flows(Arc<str>),
    /// VPC Lattice tells of a target group, or of a service, by its id alone.
    Lattice(Arc<str>),
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
            Self::Lattice(_) => LATTICE,
            Self::NatGateway(_) => GATEWAYS,
            Self::Fargate(_) => USAGE,
        }
    }

    fn dimensions(&self) -> Vec<Dimension> {
        match self {
            Self::Balancer(balancer) => vec![dimension("LoadBalancer", balancer)],
            Self::Group(balancer, group) => vec![
                dimension("LoadBalancer", balancer),
                dimension("TargetGroup", group),
            ],
            Self::Flows(group) => vec![dimension("TargetGroup", group)],
            Self::Lattice(id) if is_lattice(id) => vec![dimension("Service", id)],
            Self::Lattice(id) => vec![dimension("TargetGroup", id)],
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

/// By its dimension: the id of a service of VPC Lattice.
pub(super) fn is_lattice(load_balancer: &str) -> bool {
    load_balancer.starts_with("svc-")
}

impl Query {
    pub(super) fn group(metric: Metric, load_balancer: &Arc<str>, target_group: &Arc<str>) -> Self {
        let group = Arc::clone(target_group);
        let of = match metric {
            Metric::NewFlows | Metric::OpenFlows => Subject::Flows(group),
            metric if Metric::OF_LATTICE.contains(&metric) => Subject::Lattice(group),
            _ => Subject::Group(Arc::clone(load_balancer), group),
        };
        Self::Known(metric, of)
    }

    pub(super) fn load_balancer(metric: Metric, load_balancer: &Arc<str>) -> Self {
        let balancer = Arc::clone(load_balancer);
        let of = match is_lattice(load_balancer) {
            true => Subject::Lattice(balancer),
            false => Subject::Balancer(balancer),
        };
        Self::Known(metric, of)
    }

    pub(super) fn nat_gateway(metric: Metric, gateway: &str) -> Self {
        Self::Known(metric, Subject::NatGateway(gateway.into()))
    }

    /// vCPUs of Fargate that are in use; of a quota that no metric tells of nothing is asked.
    pub(super) fn in_use(quota: Quota) -> Option<Self> {
        let class = match quota {
            Quota::FargateOnDemand => "Standard/OnDemand",
            Quota::FargateSpot => "Standard/Spot",
            Quota::SubnetsPerVpc => return None,
        };
        Some(Self::Known(Metric::InUse, Subject::Fargate(class)))
    }

    /// Of how many queries a call's it is.
    fn weight(&self) -> usize {
        match self {
            Self::Known(..) => 1,
            Self::Own(own) => match &**own {
                Own::Stat(_) => 1,
                Own::Math(_, using) => using.len() + 1,
            },
        }
    }

    /// The one that is answered is the one with this id.
    fn to_aws(&self, id: String, period: i64) -> Vec<MetricDataQuery> {
        match self {
            Self::Known(metric, of) => {
                let metric_of = named(of.namespace(), metric.name(), of.dimensions());
                vec![asked(id, metric_of, metric.statistic(), period, true)]
            }
            Self::Own(own) => match &**own {
                Own::Stat(stat) => vec![of_stat(id, stat, period, true)],
                Own::Math(expression, using) => math(&id, expression, using, period),
            },
        }
    }
}

fn dimension(name: &str, value: &str) -> Dimension {
    Dimension::builder().name(name).value(value).build()
}

fn named(namespace: &str, name: &str, dimensions: Vec<Dimension>) -> CwMetric {
    CwMetric::builder()
        .namespace(namespace)
        .metric_name(name)
        .set_dimensions(Some(dimensions))
        .build()
}

fn asked(id: String, metric: CwMetric, stat: &str, period: i64, told: bool) -> MetricDataQuery {
    let stat = MetricStat::builder()
        .metric(metric)
        .period(i32::try_from(period).unwrap_or(60))
        .stat(stat);
    MetricDataQuery::builder()
        .id(id)
        .metric_stat(stat.build())
        .return_data(told)
        .build()
}

fn of_stat(id: String, stat: &Stat, period: i64, told: bool) -> MetricDataQuery {
    let dimensions = stat.dimensions.iter();
    let dimensions = dimensions.map(|(k, v)| dimension(k, v)).collect();
    let metric = named(&stat.namespace, &stat.name, dimensions);
    asked(id, metric, &stat.statistic, period, told)
}

/// What it reads is part of the call, under names that no other query of the call has, and is not answered.
fn math(
    id: &str,
    expression: &Expression,
    using: &BTreeMap<String, Stat>,
    period: i64,
) -> Vec<MetricDataQuery> {
    let called = |name: &str| format!("{id}_{name}");
    let result = MetricDataQuery::builder()
        .id(id)
        .expression(expression.text(called))
        .period(i32::try_from(period).unwrap_or(60))
        .return_data(true)
        .build();
    let read = using.iter();
    let read = read.map(|(name, stat)| of_stat(called(name), stat, period, false));
    read.chain([result]).collect()
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
    let mut answers = Vec::new();
    let mut todo = calls(asks);
    while let Some(mut asks) = todo.pop() {
        match fetch(&clients, &asks).await {
            Ok(found) => answers.extend(told(asks, found)),
            // What a plan names may be refused, and everybody's metrics with it: halves until it stands alone.
            Err(error) if error.kind() == Kind::Refused && asks.len() > 1 && has_own(&asks) => {
                let second = asks.split_off(asks.len() / 2);
                todo.extend([second, asks]);
            }
            Err(error) => answers.extend(all_unknown(asks, &error)),
        }
    }
    answers
}

fn has_own(asks: &[Ask]) -> bool {
    asks.iter().any(|(_, query)| matches!(query, Query::Own(_)))
}

fn told(
    asks: Vec<Ask>,
    mut found: BTreeMap<String, Found>,
) -> impl Iterator<Item = (Ask, Known<Points>)> {
    asks.into_iter().enumerate().map(move |(i, ask)| {
        let found = found.remove(&id(i)).unwrap_or_default();
        let known = found.known(&ask);
        (ask, known)
    })
}

/// As many as a call takes, each.
fn calls(asks: Vec<Ask>) -> Vec<Vec<Ask>> {
    let (mut calls, mut weight) = (vec![Vec::new()], 0);
    for ask in asks {
        weight += ask.1.weight();
        if weight > MOST {
            weight = ask.1.weight();
            calls.push(Vec::new());
        }
        if let Some(call) = calls.last_mut() {
            call.push(ask);
        }
    }
    calls.retain(|call| !call.is_empty());
    calls
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
        let kept = |value: &f64| match query {
            Query::Known(metric, _) => metric.kept(*value),
            Query::Own(_) => *value,
        };
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
    // Made anew for each try: five hundred queries, once more for the case that one fails, would weigh more than a fleet's answers.
    let request = |next: Option<String>| {
        let queries = asks.iter().enumerate();
        let queries = queries.flat_map(|(i, (w, query))| query.to_aws(id(i), w.period));
        clients
            .metrics
            .get_metric_data()
            .set_metric_data_queries(Some(queries.collect()))
            .start_time(DateTime::from_secs(window.start))
            .end_time(DateTime::from_secs(window.end))
            .scan_by(ScanBy::TimestampAscending)
            .set_next_token(next)
            .send()
    };
    let mut next = None;
    loop {
        let page = clients
            .caller
            .read(&call::GET_METRIC_DATA, || request(next.clone()))
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
