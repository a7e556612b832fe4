//! A span, and OTLP's JSON of many: `ExportTraceServiceRequest` as opentelemetry-proto maps it to JSON.
//!
//! What belongs here: the form. What must not: which spans there are, and where they go.

use std::{collections::BTreeMap, fmt::Write as _};

use jiff::Timestamp;
use serde_json::{Value, json};

/// What a span is of, as opentelemetry-proto numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Internal = 1,
    Client = 3,
}

/// `STATUS_CODE_ERROR`.
const FAILED: u8 = 2;

/// Something that took time.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) trace: [u8; 16],
    pub(super) id: [u8; 8],
    pub(super) parent: Option<[u8; 8]>,
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) begun: Timestamp,
    pub(super) ended: Timestamp,
    pub(super) attributes: Vec<(&'static str, String)>,
    /// Why it failed, for people.
    pub(super) error: Option<String>,
}

/// Who speaks.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub(super) service: String,
    pub(super) instance: String,
    pub(super) attributes: BTreeMap<String, String>,
}

impl Span {
    pub(super) fn add(&mut self, key: &'static str, value: impl Into<String>) {
        self.attributes.push((key, value.into()));
    }

    /// It failed: `error.type` in a word, and a sentence.
    pub(super) fn fail(&mut self, word: &str, sentence: String) {
        self.add("error.type", word);
        self.error = Some(sentence);
    }
}

/// Bytes as text.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The request that carries them.
pub(super) fn request(resource: &Resource, spans: &[Span]) -> String {
    let own = [
        ("service.name", resource.service.as_str()),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("service.instance.id", &resource.instance),
    ];
    let given = resource.attributes.iter();
    let given = given.map(|(key, value)| (key.as_str(), value.as_str()));
    let attributes: Vec<Value> = own.into_iter().chain(given).map(attribute).collect();
    let spans: Vec<Value> = spans.iter().map(span).collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": attributes },
        "scopeSpans": [{
            "scope": { "name": "sixshift", "version": env!("CARGO_PKG_VERSION") },
            "spans": spans,
        }],
    }]})
    .to_string()
}

fn span(span: &Span) -> Value {
    let attributes = span.attributes.iter();
    let attributes = attributes.map(|(key, value)| attribute((key, value)));
    let mut written = json!({
        "traceId": hex(&span.trace),
        "spanId": hex(&span.id),
        "name": span.name,
        "kind": span.kind as u8,
        "startTimeUnixNano": span.begun.as_nanosecond().to_string(),
        "endTimeUnixNano": span.ended.as_nanosecond().to_string(),
        "attributes": attributes.collect::<Vec<_>>(),
    });
    if let Some(parent) = span.parent {
        written["parentSpanId"] = hex(&parent).into();
    }
    if let Some(error) = &span.error {
        written["status"] = json!({ "code": FAILED, "message": error });
    }
    written
}

fn attribute((key, value): (&str, &str)) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

/// What a collector says of spans that it takes in part: how many it did not, and why.
pub(super) fn rejected(answer: &[u8]) -> Option<(u64, String)> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let partial = answer.get("partialSuccess")?;
    // JSON has 64 bits as text, and not everybody writes them so.
    let count = match partial.get("rejectedSpans") {
        Some(Value::String(text)) => text.parse().ok()?,
        Some(number) => number.as_u64()?,
        None => 0,
    };
    let why = partial.get("errorMessage").and_then(Value::as_str);
    let why = why.unwrap_or_default().to_owned();
    (count > 0 || !why.is_empty()).then_some((count, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_in_part_is_read_however_numbers_are_written() {
        let told = |text: &str| rejected(text.as_bytes());
        for count in ["3", "\"3\""] {
            let text = format!(
                r#"{{"partialSuccess":{{"rejectedSpans":{count},"errorMessage":"too old"}}}}"#
            );
            assert_eq!(told(&text), Some((3, "too old".to_owned())));
        }
        assert_eq!(
            told(r#"{"partialSuccess":{"errorMessage":"slow"}}"#),
            Some((0, "slow".to_owned()))
        );
        for nothing in [
            "",
            "{}",
            r#"{"partialSuccess":{}}"#,
            r#"{"partialSuccess":{"rejectedSpans":"0"}}"#,
            "<html>",
        ] {
            assert_eq!(told(nothing), None, "{nothing}");
        }
    }
}
