//! `spec.health`: what counts as good.

use std::{collections::BTreeSet, time::Duration};

use super::{
    super::{
        gauge::Gauge,
        model::{ClientErrorLimit, ErrorRateLimit, HealthPolicy, LatencyLimit, OnBad, OnTooFew},
        source::{DEFAULT_CLIENT_ERRORS, DEFAULT_MIN_REQUESTS},
        spelling,
    },
    cursor::At,
    logs, metrics,
    sink::Sink,
    spec::{or_default, unique},
    tasks,
    watched::Watched,
};

pub(super) const EXAMPLE: &str = "{ errorRate: { max: 1% } }";
const MOST_ALARMS: usize = 100;
const MOST_REQUESTS: u64 = 1_000_000_000;
const ALL: u64 = 1_000_000;
/// Ten times as slow is no limit any more.
pub(super) const MOST_WORSE: u64 = 10 * ALL;
/// As long as an Application Load Balancer waits for a target.
const SLOWEST: Duration = Duration::from_secs(4_000);

/// `is_open`: the service tells the way, so that the metrics must suit each.
pub(super) fn health(
    at: &At,
    watched: Watched,
    is_open: bool,
    sink: &mut Sink<'_>,
) -> Option<HealthPolicy> {
    let mut fields = at.fields(sink, EXAMPLE)?;
    let error_rate_at = fields.optional("errorRate");
    let client_errors_at = fields.optional("clientErrorRate");
    let latency_at = fields.optional("latencyP99");
    let alarms_at = fields.optional("alarms");
    let metrics_at = fields.optional("metrics");
    let tasks_at = fields.optional("tasks");
    let logs_at = fields.optional("logs");
    let any_way = if is_open { Watched::InPlace } else { watched };
    let metrics = or_default(metrics_at, Vec::new(), |at| {
        metrics::metrics(at, any_way, sink)
    });
    let taken = metrics.iter().flatten().map(|m| m.name.clone());
    let taken: BTreeSet<String> = taken.collect();
    let logs = or_default(logs_at, Vec::new(), |at| {
        logs::logs(at, watched, is_open, taken, sink)
    });
    let is_limited = error_rate_at.is_some()
        || latency_at.is_some()
        // What is wrong with them is told already.
        || [&metrics, &logs]
            .into_iter()
            .any(|all| all.as_ref().is_none_or(|all| all.iter().any(Gauge::is_a_limit)))
        // Without a load balancer ECS tells what is bad, whether or not an alarm does.
        || alarms_at.as_ref().is_some_and(|at| watched.is_unbalanced() || !at.is_empty_list());
    if !is_limited {
        let (message, remedy) = if watched.is_unbalanced() {
            (
                "alarms, or metrics or logs with a fixed limit, must say what is bad",
                "write alarms: [NAME]",
            )
        } else {
            (
                "there is no limit: errorRate, latencyP99, alarms, metrics or logs must say what is bad",
                "write errorRate: { max: 1% }",
            )
        };
        sink.report(at.handle, &at.path, message.to_owned(), remedy.to_owned());
    }
    let error_rate = or_default(error_rate_at, None, |at| error_rate(at, sink).map(Some));
    let client_error_rate = or_default(client_errors_at, default_client_errors(), |at| {
        client_errors(at, sink)
    });
    let latency_p99 = or_default(latency_at, None, |at| latency(at, sink).map(Some));
    let alarms = or_default(alarms_at, Vec::new(), |at| alarms(at, sink));
    let of_tasks = or_default(tasks_at, Vec::new(), |at| tasks::tasks(at, any_way, sink));
    let metrics = metrics.zip(of_tasks).zip(logs);
    let metrics = metrics.map(|((own, of_tasks), logs)| [own, of_tasks, logs].concat());
    let min_requests = or_default(fields.optional("minRequests"), DEFAULT_MIN_REQUESTS, |at| {
        min_requests(at, sink)
    });
    let on_too_few = or_default(fields.optional("onTooFew"), OnTooFew::default(), |at| {
        at.word(sink)
    });
    let on_bad = or_default(fields.optional("onBad"), OnBad::default(), |at| {
        at.word(sink)
    });
    fields.close(sink);
    Some(HealthPolicy {
        error_rate: error_rate?,
        client_error_rate: client_error_rate?,
        latency_p99: latency_p99?,
        min_requests: min_requests?,
        on_too_few: on_too_few?,
        alarms: alarms?,
        metrics: metrics?,
        on_bad: on_bad?,
    })
}

fn error_rate(at: &At, sink: &mut Sink<'_>) -> Option<ErrorRateLimit> {
    let mut fields = at.fields(sink, "{ max: 1% }")?;
    let max = fields
        .required(sink, "max", "1%")
        .and_then(|at| fraction(&at, sink, "1%", ALL));
    let worse_than_ipv4_by = or_default(fields.optional("worseThanIpv4By"), None, |at| {
        fraction(at, sink, "0.5%", ALL).map(Some)
    });
    fields.close(sink);
    Some(ErrorRateLimit {
        max: max?,
        worse_than_ipv4_by: worse_than_ipv4_by?,
    })
}

pub(in crate::plan) fn default_client_errors() -> Option<ClientErrorLimit> {
    let ppm = spelling::percent(DEFAULT_CLIENT_ERRORS)?;
    Some(ClientErrorLimit {
        worse_than_ipv4_by: ppm as f64 / ALL as f64,
    })
}

/// Nothing is more than all above IPv4's rate, so all of it switches the comparison off.
fn client_errors(at: &At, sink: &mut Sink<'_>) -> Option<Option<ClientErrorLimit>> {
    let mut fields = at.fields(sink, "{ worseThanIpv4By: 2% }")?;
    let worse_than_ipv4_by = fields
        .required(sink, "worseThanIpv4By", "2%")
        .and_then(|at| fraction(&at, sink, "2%", ALL));
    fields.close(sink);
    let worse_than_ipv4_by = worse_than_ipv4_by?;
    Some((worse_than_ipv4_by < 1.0).then_some(ClientErrorLimit { worse_than_ipv4_by }))
}

fn latency(at: &At, sink: &mut Sink<'_>) -> Option<LatencyLimit> {
    let mut fields = at.fields(sink, "{ max: 800ms }")?;
    let max = fields
        .required(sink, "max", "800ms")
        .and_then(|at| longest(&at, sink));
    let worse_than_ipv4_by = or_default(fields.optional("worseThanIpv4By"), None, |at| {
        fraction(at, sink, "20%", MOST_WORSE).map(Some)
    });
    fields.close(sink);
    Some(LatencyLimit {
        max: max?,
        worse_than_ipv4_by: worse_than_ipv4_by?,
    })
}

fn longest(at: &At, sink: &mut Sink<'_>) -> Option<Duration> {
    let max = at.latency(sink, "800ms")?;
    if max.is_zero() || max > SLOWEST {
        let longest = spelling::latency_text(SLOWEST);
        at.report(
            sink,
            format!("a latency limit is between 1ms and {longest}"),
            at.write("800ms"),
        );
        return None;
    }
    Some(max)
}

pub(super) fn fraction(at: &At, sink: &mut Sink<'_>, example: &str, most: u64) -> Option<f64> {
    let ppm = at.percent(sink, example)?;
    if ppm > most {
        let message = format!(
            "{} is more than {}",
            spelling::percent_text(ppm),
            spelling::percent_text(most)
        );
        at.report(sink, message, at.write(example));
        return None;
    }
    Some(ppm as f64 / ALL as f64)
}

fn min_requests(at: &At, sink: &mut Sink<'_>) -> Option<u64> {
    let requests = at.whole(sink, "100")?;
    if requests == 0 || requests > MOST_REQUESTS {
        at.report(
            sink,
            format!("1 to {MOST_REQUESTS} may stand here: without requests nothing is proven"),
            at.write("100"),
        );
        return None;
    }
    Some(requests)
}

fn alarms(at: &At, sink: &mut Sink<'_>) -> Option<Vec<String>> {
    let items = at.list(sink, "[checkout-5xx]")?;
    if items.len() > MOST_ALARMS {
        at.report(
            sink,
            format!(
                "{} alarms stand here; {MOST_ALARMS} are the most",
                items.len()
            ),
            "combine some into a composite alarm",
        );
        return None;
    }
    unique(&items, sink, |item, sink| {
        item.text_like(sink, "alarm name", "checkout-5xx", is_alarm_name)
    })
}

fn is_alarm_name(text: &str) -> bool {
    (1..=255).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}
