//! `spec.health.logs`: lines of the application's own log, by a pattern.
//!
//! What must not be here: what a pattern may be ([`super::super::gauge::Pattern`]).

use std::collections::BTreeSet;

use super::{
    super::{
        gauge::{Bound, Gauge, Lines, MissingPoint, Pattern, Per},
        model::Shift,
        source::DEFAULT_MIN_SAMPLES,
        spelling,
    },
    cursor::At,
    metrics,
    sink::Sink,
    spec::or_default,
    watched::{APART, Watched},
};

const EXAMPLE: &str = "[{ pattern: ERROR, worseThanIpv4By: 50% }]";
const MOST: usize = 5;

/// `is_open`: the service tells the way. `names` of other metrics are taken.
pub(super) fn logs(
    at: &At,
    watched: Watched,
    is_open: bool,
    mut names: BTreeSet<String>,
    sink: &mut Sink<'_>,
) -> Option<Vec<Gauge>> {
    let items = at.list(sink, EXAMPLE)?;
    if items.len() > MOST {
        let message = format!("{} patterns stand here; {MOST} are the most", items.len());
        at.report(sink, message, "join some by |");
        return None;
    }
    if is_open && !items.is_empty() {
        at.report(
            sink,
            "what lines are counted against depends on the way, which via: auto leaves to the service",
            "name the way in spec.shift.via",
        );
        return None;
    }
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate() {
        found.extend(lines(item, index, watched, &mut names, sink));
    }
    (found.len() == items.len()).then_some(found)
}

fn lines(
    at: &At,
    index: usize,
    watched: Watched,
    names: &mut BTreeSet<String>,
    sink: &mut Sink<'_>,
) -> Option<Gauge> {
    let before = sink.count();
    let mut fields = at.fields(sink, "{ pattern: ERROR, worseThanIpv4By: 50% }")?;
    let name = match fields.optional("name") {
        Some(at) => metrics::name(&at, names, sink),
        None => unnamed(index, names),
    };
    let pattern = fields.required(sink, "pattern", "ERROR|FATAL");
    let pattern = pattern.and_then(|at| pattern_of(&at, sink));
    let (max_at, worse_at) = (fields.optional("max"), fields.optional("worseThanIpv4By"));
    let min_samples = or_default(fields.optional("minSamples"), DEFAULT_MIN_SAMPLES, |at| {
        metrics::min_samples(at, sink)
    });
    let missing = or_default(fields.optional("missing"), MissingPoint::default(), |at| {
        at.word(sink)
    });
    let dry_run = or_default(fields.optional("dryRun"), false, |at| at.flag(sink));
    fields.close(sink);
    if max_at.is_none() && worse_at.is_none() {
        at.report(
            sink,
            "nothing says how many lines are too many",
            "add max: 2, or worseThanIpv4By: 50%",
        );
    }
    if let (Some(at), Some(why)) = (&worse_at, incomparable(watched)) {
        at.report(sink, why, "give it max: in its place");
    }
    let max = or_default(max_at, None, |at| max_of(at, sink).map(Some));
    let worse = or_default(worse_at, None, |at| {
        metrics::worse(at, false, sink).map(Some)
    });
    let lines = Lines {
        pattern: pattern?,
        per: Per::Requests,
    };
    let gauge = Gauge {
        bound: max?.map(Bound::Max),
        worse_than_ipv4_by: worse?,
        min_samples: min_samples?,
        missing: missing?,
        dry_run: dry_run?,
        ..lines.gauge(name?)
    };
    (sink.count() == before).then_some(gauge)
}

/// Why the sides' lines say nothing beside each other, where they do not.
fn incomparable(watched: Watched) -> Option<&'static str> {
    match watched {
        Watched::InPlace | Watched::Behind => Some(APART),
        Watched::ByNames => Some(
            "consumers move by themselves and nothing counts their requests, so that who has more of them writes more lines",
        ),
        Watched::ByBalancer | Watched::ByTasks => None,
    }
}

/// The first name of ours that nothing else has.
fn unnamed(index: usize, names: &mut BTreeSet<String>) -> Option<String> {
    let mut free = (index + 1..).map(|n| format!("log-lines-{n}"));
    let name = free.find(|name| !names.contains(name))?;
    names.insert(name.clone());
    Some(name)
}

fn pattern_of(at: &At, sink: &mut Sink<'_>) -> Option<Pattern> {
    match Pattern::read(at.text(sink, "ERROR|FATAL")?) {
        Ok(pattern) => Some(pattern),
        Err(wrong) => {
            at.report(sink, wrong.message, wrong.remedy);
            None
        }
    }
}

fn max_of(at: &At, sink: &mut Sink<'_>) -> Option<f64> {
    let max = at.number(sink, "2")?;
    if max < 0.0 {
        at.report(sink, "no log has fewer lines than none", at.write("2"));
        return None;
    }
    Some(max)
}

/// Whether the plan's holds are long enough.
pub(super) fn fit(gauges: &[Gauge], at: Option<&At>, shift: &Shift, sink: &mut Sink<'_>) {
    let items = at.and_then(|at| at.peek("logs"));
    let Some(items) = items.and_then(|at| at.items_of()) else {
        return;
    };
    let holds = shift.steps.iter().map(|s| s.hold).filter(|h| !h.is_zero());
    let Some(shortest) = holds.chain([shift.bake]).min() else {
        return;
    };
    let lines = gauges.iter().filter(|g| g.lines().is_some());
    for (gauge, at) in lines.zip(items) {
        if gauge.least_time() > shortest {
            let (least, hold) = (gauge.least_time(), spelling::duration_text(shortest));
            at.report(
                sink,
                format!(
                    "{} minutes of lines are not there in a hold of {hold}",
                    gauge.min_samples
                ),
                format!(
                    "write fewer minSamples, or holds of {} at least",
                    spelling::duration_text(least)
                ),
            );
        }
    }
}
