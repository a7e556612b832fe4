//! Named queries over metrics: a statistic of one series, or an expression over other queries.
//!
//! What must not be here: the API's shapes; they are read into [`Query`] before.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::math::{Expression, Series as Points, Span};
use super::{Metrics, Statistic};

/// One query of a set.
#[derive(Clone, Debug)]
pub struct Query {
    /// Its name inside the set.
    pub id: String,
    /// What it asks.
    pub asks: Asks,
    /// Seconds a point; an expression without one takes the longest of what it names.
    pub period: Option<u32>,
    /// The label given by the caller.
    pub label: Option<String>,
    /// Whether its points are part of the answer.
    pub return_data: bool,
}

/// What a query asks.
#[derive(Clone, Debug)]
pub enum Asks {
    /// A statistic of one series.
    Stat(StatQuery),
    /// Arithmetic over other queries, with its text.
    Math(String, Expression),
}

/// A statistic of the one series with exactly these dimensions.
#[derive(Clone, Debug, PartialEq)]
pub struct StatQuery {
    /// The namespace.
    pub namespace: String,
    /// The metric's name.
    pub name: String,
    /// The dimensions.
    pub dimensions: Vec<(String, String)>,
    /// The statistic, as AWS spells it.
    pub stat: String,
    /// The unit asked for.
    pub unit: Option<String>,
}

/// What is watched for its points: by an alarm, or by a scaling policy.
#[derive(Clone, Debug)]
pub enum Watch {
    /// One statistic.
    Stat(StatQuery),
    /// The one query of a set that returns data.
    Queries(Vec<Query>),
}

impl Watch {
    /// Its points between two moments; none where an expression has no sense.
    pub fn points(
        &self,
        metrics: &Metrics,
        period: u32,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> Vec<(Timestamp, f64)> {
        match self {
            Self::Stat(stat) => stat.points(metrics, period, from, to, now),
            Self::Queries(set) => {
                let mut answers = answer(set, metrics, from, to, now).unwrap_or_default();
                set.iter()
                    .find(|q| q.return_data)
                    .and_then(|q| answers.remove(&q.id))
                    .unwrap_or_default()
            }
        }
    }
}

/// Points by query, oldest first.
pub type Answers = BTreeMap<String, Vec<(Timestamp, f64)>>;

impl StatQuery {
    /// Its points between two moments.
    pub fn points(
        &self,
        metrics: &Metrics,
        period: u32,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> Vec<(Timestamp, f64)> {
        let dims: Vec<_> = self
            .dimensions
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        let found = metrics
            .find(&self.namespace, &self.name, &dims)
            .zip(Statistic::parse(&self.stat));
        found
            .map(|(id, stat)| metrics.statistics(id, stat, period, from, to, now))
            .unwrap_or_default()
    }
}

/// Answers every query of a set.
///
/// # Errors
/// What is wrong with an expression: an unknown name, a circle, a type that does not fit.
pub fn answer(
    set: &[Query],
    metrics: &Metrics,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Result<Answers, String> {
    let longest = set.iter().filter_map(|q| q.period).max().unwrap_or(60);
    let (mut known, mut periods, mut open) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for query in set {
        match &query.asks {
            Asks::Math(_, expression) => open.push((query, expression)),
            Asks::Stat(stat) => {
                let period = query.period.unwrap_or(longest);
                let points = stat.points(metrics, period, from, to, now);
                let points = points.into_iter().map(|(t, v)| (t.as_second(), v));
                known.insert(query.id.clone(), points.collect::<Points>());
                periods.insert(query.id.clone(), period);
            }
        }
    }
    // Expressions may name each other in any order: take those whose names are all known, until none is left.
    while !open.is_empty() {
        let before = open.len();
        let mut later = Vec::new();
        for (query, expression) in open {
            let names = expression.names();
            if !names.iter().all(|n| known.contains_key(n)) {
                later.push((query, expression));
                continue;
            }
            let of_names = names.iter().filter_map(|n| periods.get(n).copied()).max();
            let period = query.period.or(of_names).unwrap_or(longest);
            let points = expression
                .evaluate(&known, Span::new(from, to, period))
                .map_err(|e| format!("Error in expression '{}': {e}", query.id))?;
            known.insert(query.id.clone(), points);
            periods.insert(query.id.clone(), period);
        }
        if later.len() == before {
            let names = later
                .iter()
                .map(|(q, _)| q.id.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            return Err(format!(
                "Error in expression '{names}': a name in it is not defined"
            ));
        }
        open = later;
    }
    Ok(known
        .into_iter()
        .map(|(id, points)| (id, timed(points)))
        .collect())
}

fn timed(points: Points) -> Vec<(Timestamp, f64)> {
    points
        .into_iter()
        .filter_map(|(t, v)| Some((Timestamp::from_second(t).ok()?, v)))
        .collect()
}
