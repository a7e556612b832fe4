//! `spec.health.metrics`: figures of CloudWatch's that the team watches by itself.
//!
//! What belongs here: what one such metric may say, by CloudWatch's rules and by what a comparison needs. What must not: reading an
//! expression ([`super::super::gauge::math`]), and the metrics of one account beside those of another.

mod stat;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    super::{
        gauge::{
            Bound, Gauge, MOST_POINTS, MissingPoint, OfTasks, Source, Stat, Word, math::Expression,
        },
        model::Shift,
        source::{DEFAULT_MIN_SAMPLES, DEFAULT_PERIOD},
        spelling,
    },
    cursor::{At, Fields, quoted},
    health::{MOST_WORSE, fraction},
    sink::Sink,
    spec::or_default,
    watched::{APART, Watched},
};

const EXAMPLE: &str = "[{ name: failed-orders, metric: { namespace: Shop, name: OrdersFailed, dimensions: { Service: \"{service}\" }, statistic: Average }, max: 1 }]";
const METRIC: &str = "{ namespace: Shop, name: OrdersFailed, statistic: Average }";
const MOST: usize = 10;
const MOST_INPUTS: usize = 10;
const HOUR: u64 = 3_600;

/// The names are those of time series of ours: short, and the same for every reader.
fn is_name(text: &str) -> bool {
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(sound)
}

pub(super) fn metrics(at: &At, watched: Watched, sink: &mut Sink<'_>) -> Option<Vec<Gauge>> {
    let items = at.list(sink, EXAMPLE)?;
    if items.len() > MOST {
        let message = format!("{} metrics stand here; {MOST} are the most", items.len());
        at.report(
            sink,
            message,
            "combine some by an expression, or name a composite alarm",
        );
        return None;
    }
    let mut names = BTreeSet::new();
    let mut found = Vec::new();
    for item in &items {
        found.extend(metric(item, watched, &mut names, sink));
    }
    (found.len() == items.len()).then_some(found)
}

fn metric(
    at: &At,
    watched: Watched,
    names: &mut BTreeSet<String>,
    sink: &mut Sink<'_>,
) -> Option<Gauge> {
    let before = sink.count();
    let mut fields = at.fields(sink, "{ name: failed-orders, metric: { … }, max: 1 }")?;
    let name = fields
        .required(sink, "name", "failed-orders")
        .and_then(|at| name(&at, names, sink));
    let source = source(at, &mut fields, sink);
    let period = or_default(fields.optional("period"), default_period(), |at| {
        period(at, sink)
    });
    let bound = bound(&mut fields, sink);
    let worse_at = fields.optional("worseThanIpv4By");
    let at_least = matches!(bound, Some(Some(Bound::Min(_))));
    let worse = or_default(worse_at.clone(), None, |at| {
        worse(at, at_least, sink).map(Some)
    });
    let min_samples = or_default(fields.optional("minSamples"), DEFAULT_MIN_SAMPLES, |at| {
        min_samples(at, sink)
    });
    let missing = or_default(fields.optional("missing"), MissingPoint::default(), |at| {
        at.word(sink)
    });
    let dry_run = or_default(fields.optional("dryRun"), false, |at| at.flag(sink));
    if bound == Some(None) && worse_at.is_none() {
        at.report(
            sink,
            "nothing says which of its figures is bad",
            "add max: or min:, or worseThanIpv4By: 20%",
        );
    }
    fields.close(sink);
    let gauge = Gauge {
        name: name?,
        source: source?,
        period: period?,
        bound: bound?,
        worse_than_ipv4_by: worse?,
        min_samples: min_samples?,
        missing: missing?,
        dry_run: dry_run?,
    };
    beside_ipv4(&gauge, worse_at.as_ref(), watched, sink);
    if watched.is_unbalanced() && gauge.is_of_a_balancer() {
        at.report(
            sink,
            format!("{} has no load balancer", watched.named()),
            "write {service} and {cluster} alone",
        );
    }
    (sink.count() == before).then_some(gauge)
}

pub(super) fn name(at: &At, names: &mut BTreeSet<String>, sink: &mut Sink<'_>) -> Option<String> {
    let what =
        "name of a metric: lower-case letters, digits and dashes, at most 40, a letter first";
    let name = at.text_like(sink, what, "failed-orders", is_name)?;
    if OfTasks::ALL.iter().any(|of| of.name() == name) {
        let message = format!("{name} is what spec.health.tasks calls a figure of its own");
        at.report(sink, message, "give it another name");
        return None;
    }
    if names.insert(name.clone()) {
        return Some(name);
    }
    at.report(
        sink,
        format!("the metric {name} stands here twice"),
        "give each a name of its own",
    );
    None
}

/// Either a metric, or an expression and what it uses.
fn source(at: &At, fields: &mut Fields, sink: &mut Sink<'_>) -> Option<Source> {
    let metric = fields.optional("metric");
    let expression = fields.optional("expression");
    let using = fields.optional("using");
    match (metric, expression, using) {
        (Some(metric), None, None) => stat::stat(&metric, METRIC, sink).map(Source::Stat),
        (None, Some(expression), Some(using)) => math(&expression, &using, sink),
        (None, Some(expression), None) => {
            expression.report(
                sink,
                "using must say what the names in an expression are",
                format!("add using: {{ failed: {METRIC} }}"),
            );
            None
        }
        (None, None, _) => {
            at.report(
                sink,
                "nothing says what is measured",
                format!("add metric: {METRIC}, or expression: and using:"),
            );
            None
        }
        (Some(metric), ..) => {
            metric.report(
                sink,
                "metric stands beside an expression",
                "put it under using:, with a name, or remove the expression",
            );
            None
        }
    }
}

fn math(expression: &At, using: &At, sink: &mut Sink<'_>) -> Option<Source> {
    let inputs = inputs(using, sink);
    let text = expression.text(sink, "100 * failed / all")?.to_owned();
    let inputs = inputs?;
    let names: BTreeSet<&str> = inputs.keys().map(String::as_str).collect();
    match Expression::read(&text, &names) {
        Ok(expression) => Some(Source::Math {
            expression,
            using: inputs,
        }),
        Err(wrong) => {
            expression.report(sink, wrong.message, wrong.remedy);
            None
        }
    }
}

fn inputs(at: &At, sink: &mut Sink<'_>) -> Option<BTreeMap<String, Stat>> {
    let example = format!("{{ failed: {METRIC} }}");
    let all = at.fields(sink, &example)?.all();
    if all.is_empty() || all.len() > MOST_INPUTS {
        let message = format!("1 to {MOST_INPUTS} metrics stand here, not {}", all.len());
        at.report(sink, message, at.write(&example));
        return None;
    }
    let count = all.len();
    let mut found = BTreeMap::new();
    for (id, at) in all {
        if !is_id(&id) {
            // botocore: cloudwatch MetricDataQuery.Id
            let message = format!(
                "{} is no name in an expression: a lower-case letter first, then letters, digits and _, at most 60",
                quoted(&id)
            );
            sink.report(
                at.handle,
                &at.path,
                message,
                "write it like this: failed".to_owned(),
            );
            continue;
        }
        found.extend(stat::stat(&at, METRIC, sink).map(|stat| (id, stat)));
    }
    (found.len() == count).then_some(found)
}

fn is_id(text: &str) -> bool {
    text.len() <= 60
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn default_period() -> Duration {
    spelling::duration(DEFAULT_PERIOD).unwrap_or_default()
}

/// CloudWatch takes whole minutes (botocore: cloudwatch `MetricStat.Period`). Only where they divide an hour do the periods of
/// every look begin at the same moments.
fn period(at: &At, sink: &mut Sink<'_>) -> Option<Duration> {
    let period = at.duration(sink, DEFAULT_PERIOD)?;
    let seconds = period.as_secs();
    if seconds == 0 || !seconds.is_multiple_of(60) {
        at.report(
            sink,
            format!(
                "CloudWatch has no period of {}: it takes whole minutes",
                spelling::duration_text(period)
            ),
            at.write("1m"),
        );
        return None;
    }
    if !HOUR.is_multiple_of(seconds) {
        at.report(
            sink,
            format!(
                "a period of {} does not divide an hour",
                spelling::duration_text(period)
            ),
            at.write("5m"),
        );
        return None;
    }
    Some(period)
}

fn bound(fields: &mut Fields, sink: &mut Sink<'_>) -> Option<Option<Bound>> {
    let (max, min) = (fields.optional("max"), fields.optional("min"));
    if let (Some(_), Some(min)) = (&max, &min) {
        min.report(
            sink,
            "min stands beside max: which of them is crossed tells what is worse",
            "make another metric of it, with a name of its own",
        );
        return None;
    }
    match (max, min) {
        (Some(at), _) => Some(Some(Bound::Max(at.number(sink, "5")?))),
        (_, Some(at)) => Some(Some(Bound::Min(at.number(sink, "5")?))),
        (None, None) => Some(None),
    }
}

pub(super) fn worse(at: &At, at_least: bool, sink: &mut Sink<'_>) -> Option<f64> {
    let by = fraction(at, sink, "20%", MOST_WORSE)?;
    if at_least && by >= 1.0 {
        at.report(
            sink,
            "less is worse where min is given, and nothing is less than all of IPv4's",
            at.write("20%"),
        );
        return None;
    }
    Some(by)
}

/// One point says nothing of chance.
pub(super) fn min_samples(at: &At, sink: &mut Sink<'_>) -> Option<u32> {
    let samples = at.whole(sink, "3")?;
    let samples = u32::try_from(samples)
        .ok()
        .filter(|n| (2..=100).contains(n));
    if samples.is_none() {
        at.report(
            sink,
            "2 to 100 may stand here: one point may be chance",
            at.write("3"),
        );
    }
    samples
}

/// What a comparison of both sides needs.
fn beside_ipv4(gauge: &Gauge, worse: Option<&At>, watched: Watched, sink: &mut Sink<'_>) {
    let Some(at) = worse else { return };
    let is_undivided = match &gauge.source {
        Source::Stat(_) => true,
        Source::Math { expression, .. } => !expression.divides(),
        Source::Lines(_) => false,
    };
    let (message, remedy) = if watched.is_in_place() {
        (APART, "give it max: or min: in its place")
    } else if !gauge.has_sides() {
        (
            "nothing in this metric tells the sides apart",
            "write {service} or {targetGroup} in a dimension, or give it max: or min: in its place",
        )
    } else if is_undivided && gauge.source.stats().all(Stat::is_a_total) {
        (
            "a total grows with a side's share of the traffic",
            "compare an Average, or divide by what there was to count: expression: failed / all",
        )
    } else {
        return;
    };
    at.report(sink, message, remedy);
}

/// Whether the plan's holds are long enough for each metric, and not too long for its period.
pub(super) fn fit(gauges: &[Gauge], at: Option<&At>, shift: &Shift, sink: &mut Sink<'_>) {
    let Some(items) = at
        .and_then(|at| at.peek("metrics"))
        .and_then(|at| at.items_of())
    else {
        return;
    };
    let holds = shift.steps.iter().map(|s| s.hold).filter(|h| !h.is_zero());
    let holds: Vec<Duration> = holds.chain([shift.bake]).collect();
    let (Some(shortest), Some(longest)) = (holds.iter().min(), holds.iter().max()) else {
        return;
    };
    let text = spelling::duration_text;
    for (gauge, at) in gauges.iter().zip(items) {
        let least = gauge.least_time();
        // The wait until a point is told, and then some.
        let most = gauge.period * (MOST_POINTS - 60) as u32;
        if least > *shortest {
            at.report(
                sink,
                format!(
                    "{} points of {} are not there in a hold of {}",
                    gauge.min_samples,
                    text(gauge.period),
                    text(*shortest)
                ),
                format!(
                    "write a shorter period, fewer minSamples, or holds of {} at least",
                    text(least)
                ),
            );
        } else if *longest > most {
            let period = PERIODS.into_iter().map(Duration::from_secs);
            let long = |p: &Duration| *p * (MOST_POINTS - 60) as u32 >= *longest;
            let period = period
                .into_iter()
                .find(long)
                .unwrap_or(Duration::from_secs(HOUR));
            at.report(
                sink,
                format!(
                    "{} of points of {} each are more than are read",
                    text(*longest),
                    text(gauge.period)
                ),
                format!("write period: {}", text(period)),
            );
        }
    }
}

const PERIODS: [u64; 4] = [60, 300, 900, 3_600];

/// Every word that stands for something of a side.
fn words() -> String {
    let words = Word::ALL.map(|(spelled, _)| spelled);
    words.join(", ")
}
