//! What is asked of a region and what it answers, written down for a judge: a JSON object a line.
//!
//! What belongs here: how a call is written, and which calls say something new. What must not: any judgement.
//!
//! Of calls that differ in nothing but moments and numbers one is written: a day has tens of thousands of them.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::Write;

use serde_json::{Value as Json, json};

use crate::Value;
use crate::services::AwsError;
use crate::wire::{Call, Protocol};

/// Texts of answers that are longer than this are alike.
const LONG: usize = 40;

/// Where calls are written to.
pub(crate) struct Recorder {
    to: Box<dyn Write + Send>,
    seen: HashSet<u64>,
}

impl Recorder {
    pub(crate) fn new(to: Box<dyn Write + Send>) -> Self {
        let seen = HashSet::new();
        Self { to, seen }
    }

    /// Writes a call down if it says something new. A lost reply has no answer.
    pub(crate) fn note(
        &mut self,
        protocol: Protocol,
        call: &Call,
        answer: Option<Result<&Value, &AwsError>>,
    ) {
        let place = format!("{}:{}", call.service.label(), call.op);
        let mut is_new = self.is_new(&format!("{place} {protocol:?}"), &call.input, true);
        let answer = match answer {
            None => json!({}),
            Some(Ok(output)) => {
                is_new |= self.is_new(&format!("{place} answer"), output, false);
                json!({ "output": told(output) })
            }
            Some(Err(error)) => {
                is_new |= self.first(&(&place, &error.code));
                let AwsError {
                    code,
                    message,
                    status,
                    ..
                } = error;
                json!({ "error": { "code": code, "message": message, "status": status } })
            }
        };
        if is_new {
            let mut line = json!({
                "service": call.service.label(),
                "operation": call.op,
                "protocol": format!("{protocol:?}"),
                "input": told(&call.input),
            });
            if let (Json::Object(line), Json::Object(answer)) = (&mut line, answer) {
                line.extend(answer);
            }
            // A judge finds out that a recording is cut off: its last line is not whole.
            let _ = writeln!(self.to, "{line}");
            let _ = self.to.flush();
        }
    }

    /// Whether any part of a document was not at its place before. Every part is looked at, so that all count as seen.
    fn is_new(&mut self, place: &str, value: &Value, asked: bool) -> bool {
        match value {
            Value::List(items) => {
                let mut is_new = self.first(&(place, "list", asked.then_some(items.len())));
                let place = format!("{place}[]");
                for item in items {
                    is_new |= self.is_new(&place, item, asked);
                }
                is_new
            }
            Value::Map(fields) => {
                let mut names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
                names.sort_unstable();
                let mut is_new = self.first(&(place, names));
                for (name, held) in fields {
                    is_new |= self.is_new(&format!("{place}.{name}"), held, asked);
                }
                is_new
            }
            Value::Int(i) if asked => self.first(&(place, i)),
            Value::Str(s) if asked || is_word(s) => self.first(&(place, s)),
            other => self.first(&(place, std::mem::discriminant(other))),
        }
    }

    fn first(&mut self, what: &impl std::hash::Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        self.seen.insert(hasher.finish())
    }
}

/// Whether a text may be one of a few: ids and sentences are each their own.
fn is_word(text: &str) -> bool {
    text.len() <= LONG && !text.contains(|c: char| c.is_ascii_digit() || c == ' ')
}

/// A value as JSON in which moments and bytes are told from numbers and text.
fn told(value: &Value) -> Json {
    match value {
        Value::Time(_) => json!({ "$moment": crate::wire::as_json(value) }),
        Value::Blob(_) => json!({ "$bytes": crate::wire::as_json(value) }),
        Value::List(items) => items.iter().map(told).collect(),
        Value::Map(fields) => Json::Object(
            fields
                .iter()
                .filter(|(_, v)| !v.is_null())
                .map(|(k, v)| (k.clone(), told(v)))
                .collect(),
        ),
        scalar => crate::wire::as_json(scalar),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::services::Service;
    use crate::wire::from_text;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_call_is_written_when_a_text_or_a_number_of_it_is_new_or_its_answer_is_of_another_shape() {
        let paper = Paper::default();
        let mut recorder = Recorder::new(Box::new(paper.clone()));
        let mut note = |input: &str, answer: Option<Result<&Value, &AwsError>>| {
            let call = Call {
                service: Service::Ecs,
                op: "UpdateService".to_owned(),
                input: from_text(input),
                region: "eu-central-1".to_owned(),
            };
            recorder.note(Protocol::AwsJson11, &call, answer);
            paper
                .0
                .lock()
                .unwrap()
                .iter()
                .filter(|b| **b == b'\n')
                .count()
        };
        let (one, two) = (
            r#"{"service": "a", "desiredCount": 1}"#,
            r#"{"service": "a", "desiredCount": 2}"#,
        );
        let at =
            |s: i64| Value::map([("at", Value::Time(jiff::Timestamp::from_second(s).unwrap()))]);
        assert_eq!(note(one, Some(Ok(&at(1)))), 1);
        assert_eq!(note(one, Some(Ok(&at(2)))), 1);
        assert_eq!(note(two, Some(Ok(&at(2)))), 2);
        let status = Value::map([("status", Value::from("ACTIVE"))]);
        assert_eq!(note(two, Some(Ok(&status))), 3);
        assert_eq!(
            note(two, Some(Err(&AwsError::new("Gone", "It is gone.")))),
            4
        );
        assert_eq!(note(one, None), 4);
        let written = paper.0.lock().unwrap();
        let first: Json =
            serde_json::from_slice(written.split(|b| *b == b'\n').next().unwrap()).unwrap();
        assert_eq!(first["output"]["at"]["$moment"], 1.0);
        assert_eq!(first["input"]["desiredCount"], 1);
    }
}
