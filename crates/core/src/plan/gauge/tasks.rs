//! `spec.health.tasks`: what ECS itself tells CloudWatch of a side's tasks, as metrics like any that a plan names.
//!
//! What belongs here: which they are, and how long their points. What must not: what they prove.
//!
//! Source: ECS developer guide, "Amazon ECS CloudWatch metrics" (AWS/ECS, ClusterName and ServiceName, in percent of what the tasks
//! reserve; told each minute without Container Insights); CloudWatch user guide, "Amazon ECS Container Insights metrics"
//! (NetworkRxBytes, in bytes a second, for tasks of awsvpc and bridge).

use std::time::Duration;

use super::{
    super::{model::Shift, source::DEFAULT_MIN_SAMPLES},
    Bound, Gauge, MOST_POINTS, MissingPoint, Source, Stat,
};

/// What is told of a side's tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfTasks {
    /// The CPU that they use, of what they reserve.
    Cpu,
    /// The memory.
    Memory,
    /// What reaches them, by Container Insights: who still comes to a side where nobody counts requests. Told, never judged.
    Received,
}

/// Periods that divide an hour, of which the first that suits is taken.
const PERIODS: [u64; 4] = [60, 300, 900, 3_600];

impl OfTasks {
    /// Each.
    pub const ALL: [Self; 3] = [Self::Cpu, Self::Memory, Self::Received];

    /// What it is called among the metrics of a plan.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu-of-tasks",
            Self::Memory => "memory-of-tasks",
            Self::Received => "received-by-tasks",
        }
    }

    fn metric(self) -> (&'static str, &'static str) {
        match self {
            Self::Cpu => ("AWS/ECS", "CPUUtilization"),
            Self::Memory => ("AWS/ECS", "MemoryUtilization"),
            Self::Received => ("ECS/ContainerInsights", "NetworkRxBytes"),
        }
    }

    /// The metrics of a plan whose consumers move by themselves: what reaches the tasks of each side is among them.
    pub(in crate::plan) fn counting_received(mut metrics: Vec<Gauge>, shift: &Shift) -> Vec<Gauge> {
        metrics.retain(|m| m.of_tasks() != Some(Self::Received));
        metrics.push(Self::Received.gauge(None, None).paced(shift));
        metrics
    }

    /// As a metric, with limits that are parts of what is reserved, and of IPv4's.
    #[must_use]
    pub fn gauge(self, max: Option<f64>, worse_than_ipv4_by: Option<f64>) -> Gauge {
        let dimensions = [("ClusterName", "{cluster}"), ("ServiceName", "{service}")];
        let dimensions = dimensions.map(|(k, v)| (k.to_owned(), v.to_owned()));
        let (namespace, metric) = self.metric();
        Gauge {
            name: self.name().to_owned(),
            source: Source::Stat(Stat {
                namespace: namespace.to_owned(),
                name: metric.to_owned(),
                dimensions: dimensions.into(),
                statistic: "Average".to_owned(),
            }),
            period: Duration::from_secs(PERIODS[0]),
            bound: max.map(|max| Bound::Max(max * 100.0)),
            worse_than_ipv4_by,
            min_samples: DEFAULT_MIN_SAMPLES,
            missing: MissingPoint::NoData,
            dry_run: self == Self::Received,
        }
    }
}

impl Gauge {
    /// Which figure of the tasks it is, where it is one.
    #[must_use]
    pub fn of_tasks(&self) -> Option<OfTasks> {
        OfTasks::ALL.into_iter().find(|of| of.name() == self.name)
    }

    /// The same with points as long as the plan's longest hold asks for.
    pub(in crate::plan) fn paced(self, shift: &Shift) -> Self {
        if self.of_tasks().is_none() {
            return self;
        }
        let holds = shift.steps.iter().map(|s| s.hold);
        let longest = holds.chain([shift.bake]).max().unwrap_or_default();
        let reaches = |p: &Duration| *p * (MOST_POINTS - 60) as u32 >= longest;
        let periods = PERIODS.map(Duration::from_secs);
        let period = periods.into_iter().find(reaches);
        Self {
            period: period.unwrap_or(periods[3]),
            ..self
        }
    }
}
