//! One metric of CloudWatch's with its statistic, by CloudWatch's rules for names.
//!
//! Source: botocore, cloudwatch `Metric`, `Dimension` and `MetricStat`; the user guide's "CloudWatch statistics definitions".

use std::collections::BTreeMap;

use super::{
    super::{
        super::gauge::{Stat, Word},
        cursor::{At, quoted},
        sink::Sink,
        spec::or_default,
    },
    words,
};

const MOST_DIMENSIONS: usize = 30;
const LONGEST_NAME: usize = 255;
const LONGEST_VALUE: usize = 1_024;
const STATISTICS: [&str; 5] = ["Average", "Sum", "Minimum", "Maximum", "SampleCount"];

pub(super) fn stat(at: &At, example: &str, sink: &mut Sink<'_>) -> Option<Stat> {
    let mut fields = at.fields(sink, example)?;
    let namespace = fields
        .required(sink, "namespace", "Shop")
        .and_then(|at| named(&at, sink, "namespace of CloudWatch's", "Shop"));
    let name = fields
        .required(sink, "name", "OrdersFailed")
        .and_then(|at| {
            named(
                &at,
                sink,
                "name of a metric of CloudWatch's",
                "OrdersFailed",
            )
        });
    let dimensions = or_default(fields.optional("dimensions"), BTreeMap::new(), |at| {
        dimensions(at, sink)
    });
    let statistic = fields
        .required(sink, "statistic", "Average")
        .and_then(|at| statistic(&at, sink));
    fields.close(sink);
    Some(Stat {
        namespace: namespace?,
        name: name?,
        dimensions: dimensions?,
        statistic: statistic?,
    })
}

/// ASCII without control characters, and more than blanks.
fn is_sound(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text.bytes().all(|b| (b' '..=b'~').contains(&b))
        && !text.trim().is_empty()
}

fn is_named(text: &str) -> bool {
    is_sound(text, LONGEST_NAME) && !text.starts_with(':')
}

fn named(at: &At, sink: &mut Sink<'_>, what: &str, example: &str) -> Option<String> {
    let name = at.text_like(sink, what, example, is_named)?;
    if Word::ALL.iter().any(|(spelled, _)| name.contains(spelled)) {
        at.report(
            sink,
            format!(
                "{} stands for something in values of dimensions alone",
                quoted(&name)
            ),
            "write the name as CloudWatch has it",
        );
        return None;
    }
    Some(name)
}

fn dimensions(at: &At, sink: &mut Sink<'_>) -> Option<BTreeMap<String, String>> {
    let all = at.fields(sink, "{ Service: \"{service}\" }")?.all();
    let count = all.len();
    if count > MOST_DIMENSIONS {
        let message = format!("{count} dimensions stand here; CloudWatch takes {MOST_DIMENSIONS}");
        at.report(sink, message, "name those that the metric has");
        return None;
    }
    let mut found = BTreeMap::new();
    for (name, at) in all {
        if !is_named(&name) {
            let message = format!(
                "{} is no name of a dimension: ASCII, at most 255, no colon first",
                quoted(&name)
            );
            sink.report(
                at.handle,
                &at.path,
                message,
                "write it as the metric has it".to_owned(),
            );
            continue;
        }
        found.extend(value(&at, sink).map(|value| (name, value)));
    }
    (found.len() == count).then_some(found)
}

fn value(at: &At, sink: &mut Sink<'_>) -> Option<String> {
    let what = "value of a dimension: ASCII, at most 1024, not blank";
    let text = at.text_like(sink, what, "\"{service}\"", |t| is_sound(t, LONGEST_VALUE))?;
    match unknown_word(&text) {
        None => Some(text),
        Some(word) => {
            at.report(
                sink,
                format!("{word} stands for nothing"),
                format!("write one of {}", words()),
            );
            None
        }
    }
}

/// The first word in braces that stands for nothing.
fn unknown_word(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(begin) = rest.find('{') {
        let end = rest[begin..].find('}').map(|end| begin + end + 1)?;
        let word = &rest[begin..end];
        if !Word::ALL.iter().any(|(spelled, _)| *spelled == word) {
            return Some(word);
        }
        rest = &rest[end..];
    }
    None
}

fn statistic(at: &At, sink: &mut Sink<'_>) -> Option<String> {
    let text = at.text(sink, "Average")?;
    if STATISTICS.contains(&text) || is_percentile(text) {
        return Some(text.to_owned());
    }
    let all = STATISTICS.join(", ");
    at.report(
        sink,
        format!("{} is no statistic that is known here", quoted(text)),
        format!("write one of {all}, or a percentile such as p99"),
    );
    None
}

/// `p99`, `p99.9`, `p100`.
fn is_percentile(text: &str) -> bool {
    let Some(number) = text.strip_prefix('p') else {
        return false;
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits =
        |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    number == "100" || digits(whole) && digits(part)
}
