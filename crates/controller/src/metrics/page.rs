//! What a scrape is answered with: every figure, from what was counted and shown.

use std::collections::BTreeMap;

use jiff::Timestamp;
use prometheus::{
    TextEncoder,
    proto::{
        Bucket, Counter, Gauge, Histogram as HistogramValue, LabelPair, Metric, MetricFamily,
        MetricType,
    },
};
use sixshift_aws::{CallResult, Hands};
use sixshift_core::{
    evidence::{Signal, SignalVerdict},
    share::Share,
    status::{Shares, Status},
};

use super::{
    catalogue::{self as figure, Figure, Kind},
    histogram::Histogram,
    state::{Shown, State, Tally},
    words::{self, Ended},
};
use crate::command::Verb;

/// The whole page.
pub(super) fn render(state: &State, now: Timestamp, hands: Option<&Hands>) -> String {
    let mut page = Page::default();
    page.set(&figure::BUILD_INFO, [env!("CARGO_PKG_VERSION")], 1.0);
    for (name, shown) in &state.plans {
        plan(&mut page, name, shown, now);
    }
    rounds(&mut page, state);
    fleet(&mut page, state, now);
    source(&mut page, state, now);
    if let Some(hands) = hands {
        aws(&mut page, hands);
    }
    page.text()
}

fn plan(page: &mut Page, name: &str, shown: &Shown, now: Timestamp) {
    if let Some(plan) = &shown.plan {
        let service = &plan.service;
        let commit = shown.commit.as_deref().unwrap_or_default();
        let labels = [
            name,
            &service.region,
            &service.cluster,
            &service.name,
            &plan.revision.0,
            commit,
        ];
        page.set(&figure::PLAN_INFO, labels, 1.0);
        page.set(&figure::PLAN_STEPS, [name], plan.shift.steps.len() as f64);
    }
    let status = shown.status.as_deref();
    let phase = status.map_or(words::UNKNOWN, |s| s.phase.name());
    let health = status.map_or(words::UNKNOWN, |s| s.health.name());
    page.set(&figure::PLAN_PHASE, [name, phase], 1.0);
    page.set(&figure::PLAN_HEALTH, [name, health], 1.0);
    page.set(&figure::PLAN_STANDING, [name, shown.standing], 1.0);
    page.set(&figure::PLAN_ATTEMPTS, [name], f64::from(shown.attempts));
    for ended in Ended::ALL {
        let rounds = shown.rounds.get(&ended).copied().unwrap_or_default();
        page.set(
            &figure::ROUNDS,
            [name, words::outcome(&ended)],
            rounds as f64,
        );
    }
    if let Some(status) = status {
        looked_at(page, name, status, now);
    }
}

fn looked_at(page: &mut Page, name: &str, status: &Status, now: Timestamp) {
    page.set(&figure::PLAN_LOOK_AGE, [name], age(status.at, now));
    if let Some(step) = status.step {
        page.set(&figure::PLAN_STEP, [name], (step + 1) as f64);
    }
    for (which, share) in each(&status.shares) {
        if let Some(share) = share {
            page.set(&figure::PLAN_SHARE, [name, which], share.fraction());
        }
    }
    if let Some(verdict) = &status.verdict {
        page.set(&figure::PLAN_VERDICT, [name, verdict.name()], 1.0);
    }
    for (i, verdict) in status.signals.iter().enumerate() {
        signal(page, name, verdict, &status.signals[..i]);
    }
    if let Some(on) = &status.waiting_on {
        let since = status.waiting_since.unwrap_or(status.at);
        let labels = [name, words::waiting_on(on)];
        page.set(&figure::PLAN_WAITING, labels, age(since, now));
    }
}

fn each(shares: &Shares) -> [(&'static str, Option<Share>); 4] {
    let Shares {
        desired,
        applied,
        observed,
        effective,
    } = *shares;
    [
        ("desired", desired),
        ("applied", applied),
        ("observed", observed),
        ("effective", effective),
    ]
}

fn signal(page: &mut Page, plan: &str, judged: &SignalVerdict, told: &[SignalVerdict]) {
    if let Some(own) = &judged.own {
        let is_told = told.iter().any(|s| s.own.as_ref() == Some(own));
        metric(page, [plan, own.metric.as_str()], judged, is_told);
        return;
    }
    let name = judged.signal.name();
    let verdict = judged.verdict.name();
    page.set(&figure::SIGNAL_VERDICT, [plan, name, verdict], 1.0);
    page.set(&figure::SIGNAL_SAMPLES, [plan, name], judged.samples as f64);
    let (observed, limit) = match judged.signal {
        Signal::ErrorRate
        | Signal::ErrorRateVsIpv4
        | Signal::ClientErrorsVsIpv4
        | Signal::Resets
        | Signal::LoadBalancerErrors => (figure::SIGNAL_RATIO, figure::SIGNAL_RATIO_LIMIT),
        Signal::LatencyP99 | Signal::LatencyP99VsIpv4 => {
            (figure::SIGNAL_SECONDS, figure::SIGNAL_SECONDS_LIMIT)
        }
        // A yes or a no, which the verdict says.
        Signal::HealthyHosts
        | Signal::Alarms
        | Signal::FailedTasks
        | Signal::ContainerHealth
        | Signal::Metric
        | Signal::MetricVsIpv4 => return,
    };
    for (figure, value) in [(observed, judged.observed), (limit, judged.limit)] {
        if let Some(value) = value.filter(|v| v.is_finite()) {
            page.set(&figure, [plan, name], value);
        }
    }
}

/// A metric of the plan's own. Its value is the same, whatever it is held against.
fn metric(page: &mut Page, [plan, name]: [&str; 2], judged: &SignalVerdict, is_told: bool) {
    let against = words::AGAINST[usize::from(judged.signal == Signal::MetricVsIpv4)];
    let verdict = judged.verdict.name();
    page.set(&figure::METRIC_VERDICT, [plan, name, against, verdict], 1.0);
    if let Some(value) = judged.observed.filter(|v| v.is_finite() && !is_told) {
        page.set(&figure::METRIC_VALUE, [plan, name], value);
    }
    if let Some(limit) = judged.limit.filter(|v| v.is_finite()) {
        page.set(&figure::METRIC_LIMIT, [plan, name, against], limit);
    }
}

fn rounds(page: &mut Page, state: &State) {
    for ended in Ended::TIMED {
        let took = state.rounds.get(&ended).copied().unwrap_or_default();
        page.histogram(&figure::ROUND_DURATION, [words::outcome(&ended)], &took);
    }
    for (kind, count) in &state.failed {
        page.set(&figure::ACTS_FAILED, [words::kind(kind)], *count as f64);
    }
    for (veto, count) in &state.vetoed {
        page.set(&figure::ACTS_VETOED, [words::veto(veto)], *count as f64);
    }
}

fn fleet(page: &mut Page, state: &State, now: Timestamp) {
    let (depth, oldest) = state.queue;
    page.set(&figure::QUEUE_DEPTH, [], depth as f64);
    page.set(&figure::QUEUE_OLDEST, [], oldest.as_secs_f64());
    page.set(&figure::FROZEN, [], flag(state.frozen));
    page.set(&figure::FIRST_LOOK, [], flag(state.first_look));
    page.set(&figure::ENDING, [], flag(state.ending));
    if let Some(held) = state.lease {
        page.set(&figure::LEASE, [], flag(held));
    }
    page.tally(&figure::JOURNAL_WRITES, state.journal);
    page.set(&figure::JOURNAL_UNWRITTEN, [], state.unwritten as f64);
    for (receiver, told) in &state.receivers {
        let requests = told.requests;
        for (result, count) in [("ok", requests.ok), ("failed", requests.failed)] {
            page.set(&figure::NOTIFICATIONS, [receiver, result], count as f64);
        }
        page.set(
            &figure::NOTIFICATIONS_BEHIND,
            [receiver],
            told.behind as f64,
        );
        let failing = told.failing_since.map_or(0.0, |since| age(since, now));
        page.set(&figure::NOTIFICATIONS_FAILING, [receiver], failing);
    }
    for (answer, asked) in &state.gates {
        page.set(&figure::GATES_ASKED, [answer], *asked as f64);
    }
    for (result, spans) in &state.spans {
        page.set(&figure::TRACE_SPANS, [result], *spans as f64);
    }
    for verb in Verb::ALL {
        for (accepted, result) in [(true, "accepted"), (false, "refused")] {
            let orders = state.orders.get(&(verb, accepted)).copied();
            let orders = orders.unwrap_or_default() as f64;
            page.set(&figure::ORDERS, [verb.name(), result], orders);
        }
    }
}

fn source(page: &mut Page, state: &State, now: Timestamp) {
    let source = &state.source;
    let commit = source.commit.as_deref().unwrap_or_default();
    page.set(&figure::SOURCE_INFO, [source.name.as_str(), commit], 1.0);
    page.tally(&figure::SOURCE_READS, source.reads);
    page.set(&figure::SOURCE_MISTAKES, [], source.mistakes as f64);
    if let Some(at) = source.read_at {
        page.set(&figure::SOURCE_READ_AGE, [], age(at, now));
    }
    if let Some(at) = source.author_date {
        page.set(&figure::SOURCE_COMMIT_AGE, [], age(at, now));
    }
}

fn aws(page: &mut Page, hands: &Hands) {
    let mut throttles = 0;
    for count in hands.call_counts() {
        let labels = [count.service, count.operation, count.result.as_str()];
        page.set(&figure::AWS_CALLS, labels, count.calls as f64);
        if count.result == CallResult::Throttled {
            throttles += count.calls;
        }
    }
    page.set(&figure::AWS_THROTTLES, [], throttles as f64);
    for level in hands.bucket_levels() {
        let account = level.account.as_deref().unwrap_or_default();
        let labels = [level.bucket, &level.region, account];
        page.set(&figure::AWS_BUCKET_LEVEL, labels, level.full);
        page.set(&figure::AWS_BUCKET_WAITING, labels, level.waiting as f64);
    }
}

fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

/// In seconds; what lies ahead has no age yet.
fn age(since: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(since).as_secs_f64().max(0.0)
}

/// Families by name, none of them empty.
#[derive(Default)]
struct Page(BTreeMap<&'static str, MetricFamily>);

impl Page {
    fn set<const N: usize>(&mut self, figure: &Figure<N>, labels: [&str; N], value: f64) {
        let mut metric = Metric::from_label(pairs(figure, labels));
        if figure.kind == Kind::Counter {
            let mut counter = Counter::default();
            counter.set_value(value);
            metric.set_counter(counter);
        } else {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            metric.set_gauge(gauge);
        }
        self.add(figure, metric);
    }

    fn tally(&mut self, figure: &Figure<1>, tally: Tally) {
        self.set(figure, ["ok"], tally.ok as f64);
        self.set(figure, ["failed"], tally.failed as f64);
    }

    fn histogram<const N: usize>(
        &mut self,
        figure: &Figure<N>,
        labels: [&str; N],
        counted: &Histogram,
    ) {
        let bucket = |(bound, count)| {
            let mut bucket = Bucket::default();
            bucket.set_upper_bound(bound);
            bucket.set_cumulative_count(count);
            bucket
        };
        let mut histogram = HistogramValue::default();
        histogram.set_sample_count(counted.count);
        histogram.set_sample_sum(counted.sum);
        histogram.set_bucket(counted.cumulative().map(bucket).collect());
        let mut metric = Metric::from_label(pairs(figure, labels));
        metric.set_histogram(histogram);
        self.add(figure, metric);
    }

    fn add<const N: usize>(&mut self, figure: &Figure<N>, metric: Metric) {
        let family = self.0.entry(figure.name).or_insert_with(|| {
            let mut family = MetricFamily::default();
            family.set_name(figure.name.to_owned());
            family.set_help(figure.help.to_owned());
            family.set_field_type(match figure.kind {
                Kind::Gauge => MetricType::GAUGE,
                Kind::Counter => MetricType::COUNTER,
                Kind::Histogram => MetricType::HISTOGRAM,
            });
            family
        });
        family.mut_metric().push(metric);
    }

    fn text(self) -> String {
        let families: Vec<MetricFamily> = self.0.into_values().collect();
        // Only an empty family could fail it, and there is none; a scraper reads a comment as nothing.
        TextEncoder::new()
            .encode_to_string(&families)
            .unwrap_or_else(|error| format!("# {error}\n"))
    }
}

fn pairs<const N: usize>(figure: &Figure<N>, labels: [&str; N]) -> Vec<LabelPair> {
    let pair = |(name, value): (&str, &str)| {
        let mut pair = LabelPair::default();
        pair.set_name(name.to_owned());
        pair.set_value(value.to_owned());
        pair
    };
    figure.labels.into_iter().zip(labels).map(pair).collect()
}
