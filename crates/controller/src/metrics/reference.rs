//! The metrics' reference page, from the catalogue: what a scrape says and what the page says cannot differ.

use sixshift_core::{
    evidence::{Signal, Verdict},
    status::{Health, Phase},
};

use super::{
    catalogue::{self, Described, Kind},
    words,
};

/// What stands before the tables.
const OPENING: &str = "\
# Metrics

<!-- Written from the catalogue: `UPDATE=1 cargo test -p sixshift-controller --lib metrics`. -->

`/metrics` answers in Prometheus' text format. Names end with their unit; ratios are between 0 and 1; ages are counted at the
moment of the scrape. What is not known has no series: it is never 0 instead. A plan that is no longer shown takes all its
series with it, so there are at most as many values of `plan` as there are plans.

";

/// What stands after them.
const ENDING: &str = "\
## Alerts

[`prometheus-rules.yaml`](../../deploy/prometheus-rules.yaml) holds alerts that are ready to load, and
[`grafana-dashboard.json`](../../deploy/grafana-dashboard.json) a dashboard to import.

## Useful queries

How many plans stand where:

```promql
count by (phase, health) (sixshift_plan_phase * on (plan) group_left (health) sixshift_plan_health)
```

Who waits for a person, and since when, the longest first:

```promql
sort_desc(sixshift_plan_waiting_seconds and on (plan) sixshift_plan_health{health=\"NeedsPerson\"})
```

The measured share of every migration that is under way:

```promql
sixshift_plan_share_ratio{share=\"effective\"} and on (plan) sixshift_plan_phase{phase=\"Shift\"}
```

How near a signal is to its limit (above 1: beyond it):

```promql
sixshift_plan_signal_ratio / sixshift_plan_signal_limit_ratio
  or sixshift_plan_signal_seconds / sixshift_plan_signal_limit_seconds
```

Rounds that did not end well, by plan:

```promql
sum by (plan, outcome) (increase(sixshift_rounds_total{outcome=~\"vetoed|failed|panicked\"}[1h])) > 0
```

How long 99 of 100 rounds take at most:

```promql
histogram_quantile(0.99, sum by (le) (rate(sixshift_round_duration_seconds_bucket[10m])))
```

Calls to AWS a second, and those that went wrong:

```promql
sum by (service, operation) (rate(sixshift_aws_calls_total[5m]))
sum by (operation, result) (rate(sixshift_aws_calls_total{result!=\"ok\"}[5m])) > 0
```

Which commit runs which plan:

```promql
sixshift_plan_info
```
";

/// The page, whole.
pub(super) fn markdown() -> String {
    let mut page = OPENING.to_owned();
    page.push_str("| name | type | labels | meaning |\n|---|---|---|---|\n");
    for figure in catalogue::ALL {
        let labels: Vec<String> = figure.labels.iter().map(|l| format!("`{l}`")).collect();
        page.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            figure.name,
            kind(figure.kind),
            labels.join(" "),
            figure.help
        ));
    }
    page.push_str("\n## Values of labels\n\n| label | of | values |\n|---|---|---|\n");
    let mut rows: Vec<(&str, Vec<&str>, Vec<&str>)> = Vec::new();
    for figure in catalogue::ALL {
        for label in figure.labels {
            let Some(values) = values(figure, label) else {
                continue;
            };
            match rows.iter_mut().find(|r| r.0 == *label && r.2 == values) {
                Some(row) => row.1.push(figure.name),
                None => rows.push((label, vec![figure.name], values)),
            }
        }
    }
    for (label, of, values) in rows {
        page.push_str(&format!(
            "| `{label}` | {} | {} |\n",
            listed(&of),
            listed(&values)
        ));
    }
    page.push_str(
        "\n`plan` is the plan's name; `metric` of a plan the name it gives it; `service` of a plan is its ECS service, of a call the prefix in IAM.\n\n",
    );
    page.push_str(ENDING);
    page
}

/// Metrics of a plan's own have figures of their own.
fn signals() -> impl Iterator<Item = &'static str> {
    let is_own = |name: &&str| {
        [Signal::Metric, Signal::MetricVsIpv4]
            .map(|s| s.name())
            .contains(name)
    };
    Signal::NAMES
        .iter()
        .copied()
        .filter(move |name| !is_own(name))
}

/// The words that a label of a figure may hold; `None` where it is a name from outside.
pub(super) fn values(figure: &Described, label: &str) -> Option<Vec<&'static str>> {
    let words: &[&str] = match (figure.name, label) {
        (_, "phase") => return Some([&[words::UNKNOWN], Phase::NAMES].concat()),
        (_, "health") => Health::NAMES,
        (_, "standing") => words::STANDINGS,
        (_, "verdict") => Verdict::NAMES,
        (_, "against") => words::AGAINST,
        (_, "signal") => return Some(signals().collect()),
        (_, "share") => words::SHARES,
        (_, "on") => words::WAITS,
        ("sixshift_round_duration_seconds", "outcome") => {
            let timed = words::OUTCOMES.iter().filter(|w| **w != "panicked");
            return Some(timed.copied().collect());
        }
        (_, "outcome") => words::OUTCOMES,
        (_, "kind") => words::KINDS,
        (_, "veto") => words::VETOES,
        ("sixshift_orders_total", "result") => words::ANSWERS,
        ("sixshift_aws_calls_total", "result") => {
            return Some(sixshift_aws::CallResult::ALL.map(|r| r.as_str()).to_vec());
        }
        ("sixshift_gates_asked_total", "result") => words::GATES,
        ("sixshift_trace_spans_total", "result") => words::SPANS,
        (_, "result") => words::RESULTS,
        (_, "verb") => return Some(crate::command::Verb::ALL.map(|v| v.name()).to_vec()),
        _ => return None,
    };
    Some(words.to_vec())
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Gauge => "gauge",
        Kind::Counter => "counter",
        Kind::Histogram => "histogram",
    }
}

fn listed(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    words.join(" ")
}
