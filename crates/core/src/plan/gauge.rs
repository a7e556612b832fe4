//! `spec.health.metrics`: figures of CloudWatch's that the team watches by itself, as the rest of the program sees them.
//!
//! What belongs here: what a metric of the plan's own is, what its words stand for on a side, and its limits. What must not:
//! how people write it ([`super::parse`]), and what its points prove ([`crate::evidence`]).

mod lines;
pub(super) mod math;
mod tasks;

use std::{collections::BTreeMap, time::Duration};

pub use lines::{Lines, Pattern, Per, between_slashes};
pub use math::Expression;
pub use tasks::OfTasks;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// So many points of a metric are read at most: a day of minutes, and what a wait adds to it.
pub const MOST_POINTS: u64 = 1_500;

/// One metric of the plan's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauge {
    /// Unique among those of the plan.
    pub name: String,
    /// What is asked of CloudWatch.
    pub source: Source,
    /// Whole minutes that divide an hour.
    pub period: Duration,
    /// The fixed limit.
    pub bound: Option<Bound>,
    /// A fraction beyond IPv4's in the same time, in the direction that is worse.
    pub worse_than_ipv4_by: Option<f64>,
    /// Fewer points than this prove nothing. Two at least: one says nothing of chance.
    pub min_samples: u32,
    /// What a period without a point means.
    pub missing: MissingPoint,
    /// Judged and shown, without effect.
    pub dry_run: bool,
}

/// Where its points come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// One metric.
    Stat(Stat),
    /// Arithmetic over some metrics, by the names that it has for them.
    Math {
        /// Sound, and of these names alone.
        expression: Expression,
        /// Never empty.
        using: BTreeMap<String, Stat>,
    },
    /// Lines of the application's own log, told by CloudWatch Logs.
    Lines(Lines),
}

/// A statistic of a metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stat {
    /// CloudWatch's namespace, such as `AWS/SQS`.
    #[schemars(length(min = 1, max = 255), extend("examples" = ["Shop"]))]
    pub namespace: String,
    /// The metric's name.
    #[schemars(length(min = 1, max = 255), extend("examples" = ["OrdersFailed"]))]
    pub name: String,
    /// All of its dimensions, at most 30: CloudWatch finds a metric by exactly these. In values, `{service}`, `{cluster}`,
    /// `{targetGroup}` and `{loadBalancer}` stand for those of a side.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("default" = {}, "examples" = [{"Service": "{service}"}]))]
    pub dimensions: BTreeMap<String, String>,
    /// `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p99` or `p99.9`.
    #[schemars(extend("pattern" = STATISTIC_PATTERN, "examples" = ["Average"]))]
    pub statistic: String,
}

/// What a statistic is spelled like, as far as it is known here.
pub(super) const STATISTIC_PATTERN: &str =
    r"^(Average|Sum|Minimum|Maximum|SampleCount|p(100|[0-9]{1,2}(\.[0-9]{1,2})?))$";

/// A fixed limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// More is worse.
    Max(f64),
    /// Less is worse.
    Min(f64),
}

/// `missing` of a metric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MissingPoint {
    /// It proves nothing.
    #[default]
    NoData,
    /// It is a 0: the metric is published only where there is something to count.
    Zero,
}

/// What the words stand for, on a side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place<'a> {
    /// ECS service.
    pub service: &'a str,
    /// ECS cluster.
    pub cluster: &'a str,
    /// As `targetgroup/checkout/73e2d6bc24d8a067`.
    pub target_group: &'a str,
    /// As `app/shop/50dc6c495c0c9188`.
    pub load_balancer: &'a str,
}

/// A word that stands for something of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// `{service}`
    Service,
    /// `{cluster}`
    Cluster,
    /// `{targetGroup}`
    TargetGroup,
    /// `{loadBalancer}`
    LoadBalancer,
}

impl Word {
    /// Each as it is written.
    pub const ALL: [(&'static str, Self); 4] = [
        ("{service}", Self::Service),
        ("{cluster}", Self::Cluster),
        ("{targetGroup}", Self::TargetGroup),
        ("{loadBalancer}", Self::LoadBalancer),
    ];

    fn of<'a>(self, place: &Place<'a>) -> &'a str {
        match self {
            Self::Service => place.service,
            Self::Cluster => place.cluster,
            Self::TargetGroup => place.target_group,
            Self::LoadBalancer => place.load_balancer,
        }
    }

    /// Whether it stands for another thing on each side.
    #[must_use]
    pub fn tells_sides_apart(self) -> bool {
        matches!(self, Self::Service | Self::TargetGroup)
    }
}

impl Stat {
    /// The words in it.
    pub fn words(&self) -> impl Iterator<Item = Word> + '_ {
        let texts = self.dimensions.values();
        texts.flat_map(|text| {
            let in_it = move |(spelled, _): &(&str, Word)| text.contains(spelled);
            Word::ALL.into_iter().filter(in_it).map(|(_, word)| word)
        })
    }

    /// With what its words stand for at a place.
    #[must_use]
    pub fn at(&self, place: &Place<'_>) -> Self {
        let filled = |text: &String| {
            let fill =
                |text: String, (spelled, word): (&str, Word)| text.replace(spelled, word.of(place));
            Word::ALL.into_iter().fold(text.clone(), fill)
        };
        let dimensions = self.dimensions.iter();
        Self {
            dimensions: dimensions.map(|(k, v)| (k.clone(), filled(v))).collect(),
            ..self.clone()
        }
    }

    /// Whether it grows with how much there is to count.
    #[must_use]
    pub fn is_a_total(&self) -> bool {
        matches!(self.statistic.as_str(), "Sum" | "SampleCount")
    }
}

impl Source {
    /// The metrics that it reads.
    pub fn stats(&self) -> impl Iterator<Item = &Stat> {
        let (one, many) = match self {
            Self::Stat(stat) => (Some(stat), None),
            Self::Math { using, .. } => (None, Some(using.values())),
            Self::Lines(_) => (None, None),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    /// With what its words stand for at a place.
    #[must_use]
    pub fn at(&self, place: &Place<'_>) -> Self {
        match self {
            Self::Stat(stat) => Self::Stat(stat.at(place)),
            Self::Math { expression, using } => Self::Math {
                expression: expression.clone(),
                using: using
                    .iter()
                    .map(|(id, s)| (id.clone(), s.at(place)))
                    .collect(),
            },
            Self::Lines(lines) => Self::Lines(lines.clone()),
        }
    }
}

impl Gauge {
    /// The words in it.
    pub fn words(&self) -> impl Iterator<Item = Word> + '_ {
        self.source.stats().flat_map(Stat::words)
    }

    /// Whether each side has one of its own.
    #[must_use]
    pub fn has_sides(&self) -> bool {
        self.lines().is_some() || self.words().any(Word::tells_sides_apart)
    }

    /// Whether it is one of a target group's or a load balancer's.
    #[must_use]
    pub fn is_of_a_balancer(&self) -> bool {
        let mut words = self.words();
        words.any(|w| matches!(w, Word::TargetGroup | Word::LoadBalancer))
    }

    /// Whether less is worse.
    #[must_use]
    pub fn is_at_least(&self) -> bool {
        matches!(self.bound, Some(Bound::Min(_)))
    }

    /// Whether a plan may rest on it alone. What tasks take says nothing of the work that they do.
    #[must_use]
    pub fn is_a_limit(&self) -> bool {
        self.bound.is_some() && !self.dry_run && self.of_tasks().is_none()
    }

    /// How long it takes until there are enough points.
    #[must_use]
    pub fn least_time(&self) -> Duration {
        self.period * self.min_samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_for_what_is_there() {
        let stat = Stat {
            namespace: "Shop".to_owned(),
            name: "Failed".to_owned(),
            dimensions: [("Service", "{cluster}/{service}"), ("Env", "prod")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
            statistic: "Sum".to_owned(),
        };
        let place = Place {
            service: "checkout-ipv6",
            cluster: "prod",
            ..Place::default()
        };
        assert_eq!(stat.at(&place).dimensions["Service"], "prod/checkout-ipv6");
        assert_eq!(
            stat.words().collect::<Vec<_>>(),
            [Word::Service, Word::Cluster]
        );
    }
}
