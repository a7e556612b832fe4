//! Faults that a test or an operator of the simulation injects into calls: what goes wrong, where, and how often.
//!
//! What must not be here: limits that AWS itself documents; those are in `limits`.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Value;
use crate::services::AwsError;

/// What goes wrong with a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Wrong {
    /// Refused as too fast.
    Throttle,
    /// Fails before it had any effect.
    ErrorBefore,
    /// Has its effect, and is answered with an error.
    ErrorAfter,
    /// Has its effect, and the answer never arrives.
    LostReply,
    /// Is answered so much later.
    Delay(f64),
    /// A read is answered with what it said so many seconds ago.
    StaleRead(f64),
    /// GetMetricData answers with half of the points and says so.
    PartialData,
    /// GetMetricData answers that points could not be had, to be asked for again.
    DataLost,
    /// Refused with an error that AWS has for a state that comes and goes by itself, before it had any effect:
    /// `ConcurrentUpdateException` while another update is under way, `HealthUnavailable`, `LimitExceededException`, …
    Refused(Refusal),
    /// Never arrives: something between answers with a page of its own, with a date of its own and no request id.
    Proxy,
}

/// An error as it is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// AWS's code.
    pub code: String,
    /// The HTTP status.
    #[serde(default = "bad_request")]
    pub status: u16,
    /// The sentence.
    #[serde(default = "no_reason")]
    pub message: String,
}

fn bad_request() -> u16 {
    400
}

fn no_reason() -> String {
    "The request could not be completed.".to_owned()
}

impl Wrong {
    /// Refused with this code and status 400.
    pub fn refused(code: &str) -> Self {
        Self::Refused(Refusal {
            code: code.to_owned(),
            status: bad_request(),
            message: no_reason(),
        })
    }
}

impl From<&Refusal> for AwsError {
    fn from(refusal: &Refusal) -> Self {
        Self::new(&refusal.code, &refusal.message).with_status(refusal.status)
    }
}

/// What a proxy answers when it cannot reach AWS: its own page, by its own clock.
pub(crate) fn proxy_page() -> Response<Bytes> {
    let page =
        "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>";
    let response = Response::builder()
        .status(502)
        .header("content-type", "text/html")
        .header("server", "proxy")
        .header("date", "Thu, 01 Jan 2015 00:00:00 GMT")
        .body(Bytes::from_static(page.as_bytes()));
    // A known status and ASCII headers: the builder has nothing to refuse.
    response.unwrap_or_default()
}

/// How often it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Often {
    /// The next so many calls that match.
    Times(u32),
    /// Each call that matches, with this probability.
    Probability(f64),
}

/// A rule of what goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which calls, e.g. `ecs:CreateService`, `elbv2:*`, `*:Describe*`, `*`.
    pub calls: String,
    /// What goes wrong with them.
    pub wrong: Wrong,
    /// How often.
    pub often: Often,
}

impl Fault {
    /// The next `times` calls that match go wrong.
    pub fn next(calls: &str, wrong: Wrong, times: u32) -> Self {
        Self {
            calls: calls.to_owned(),
            wrong,
            often: Often::Times(times),
        }
    }

    /// Calls that match go wrong with a probability.
    pub fn sometimes(calls: &str, wrong: Wrong, probability: f64) -> Self {
        Self {
            calls: calls.to_owned(),
            wrong,
            often: Often::Probability(probability),
        }
    }
}

/// How many answers of one call are remembered for stale reads at most.
const MOST_REMEMBERED: usize = 4096;

/// Answers by call and input, the newest last.
type Answers = BTreeMap<String, VecDeque<(Timestamp, Value)>>;

/// The rules in force, and what stale reads need.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Vec<Fault>,
    seed: u64,
    drawn: u64,
    answers: Answers,
}

impl Faults {
    /// No faults yet; probabilities are drawn from the seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// Adds a rule.
    pub fn add(&mut self, fault: Fault) {
        self.rules.push(fault);
    }

    /// Removes every rule.
    pub fn clear(&mut self) {
        self.rules.clear();
        self.answers.clear();
    }

    /// The rules in force.
    pub fn rules(&self) -> &[Fault] {
        &self.rules
    }

    /// What goes wrong with this call: the first rule that matches and is due. A stale read is due only where there is
    /// an answer that is old enough.
    pub fn draw(&mut self, call: &str, input: &Value, now: Timestamp) -> Option<Wrong> {
        let mut due = None;
        for rule in &mut self.rules {
            let possible = match rule.wrong {
                Wrong::StaleRead(age) => stale(&self.answers, call, input, age, now).is_some(),
                _ => true,
            };
            if due.is_some() || !possible || !matches(&rule.calls, call) {
                continue;
            }
            let hit = match &mut rule.often {
                Often::Times(left) => {
                    let hit = *left > 0;
                    *left = left.saturating_sub(1);
                    hit
                }
                Often::Probability(p) => {
                    self.drawn += 1;
                    crate::dice::unit(self.seed, self.drawn) < *p
                }
            };
            due = hit.then(|| rule.wrong.clone());
        }
        self.rules.retain(|r| r.often != Often::Times(0));
        due
    }

    /// Remembers an answer while any rule may want to give it again.
    pub fn remember(&mut self, call: &str, input: &Value, output: &Value, now: Timestamp) {
        let oldest = self.rules.iter().filter_map(|r| match r.wrong {
            Wrong::StaleRead(age) if matches(&r.calls, call) => Some(age),
            _ => None,
        });
        let Some(oldest) = oldest.reduce(f64::max) else {
            return;
        };
        let answers = self.answers.entry(key(call, input)).or_default();
        answers.push_back((now, output.clone()));
        // The newest that is old enough has to stay; what is older than that is never given again.
        let enough = |at: &Timestamp| now.duration_since(*at).as_secs_f64() >= oldest;
        while answers.len() > MOST_REMEMBERED || answers.get(1).is_some_and(|(at, _)| enough(at)) {
            answers.pop_front();
        }
    }

    /// The newest answer to the same call that is at least so many seconds old.
    pub fn stale(&self, call: &str, input: &Value, seconds: f64, now: Timestamp) -> Option<Value> {
        stale(&self.answers, call, input, seconds, now).cloned()
    }
}

fn stale<'a>(
    answers: &'a Answers,
    call: &str,
    input: &Value,
    seconds: f64,
    now: Timestamp,
) -> Option<&'a Value> {
    if answers.is_empty() {
        return None;
    }
    let latest = now
        .checked_sub(Duration::try_from_secs_f64(seconds).ok()?)
        .ok()?;
    let answers = answers.get(&key(call, input))?;
    answers
        .iter()
        .rev()
        .find(|(at, _)| *at <= latest)
        .map(|(_, v)| v)
}

fn key(call: &str, input: &Value) -> String {
    format!("{call} {}", crate::wire::as_text(input))
}

/// Whether a pattern with `*` matches.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

/// Half of the points of each metric, said to be partial.
pub(crate) fn make_partial(output: &mut Value) {
    keep_of_each(output, 2, "PartialData");
}

/// No points, said to be an error inside.
pub(crate) fn lose_data(output: &mut Value) {
    keep_of_each(output, usize::MAX, "InternalError");
}

fn keep_of_each(output: &mut Value, one_in: usize, status: &str) {
    let Value::Map(fields) = output else { return };
    let Some((_, Value::List(results))) = fields.iter_mut().find(|(k, _)| k == "MetricDataResults")
    else {
        return;
    };
    for result in results {
        let kept = result.get("Values").items().len() / one_in;
        for field in ["Timestamps", "Values"] {
            let half = result
                .get(field)
                .items()
                .iter()
                .take(kept)
                .cloned()
                .collect();
            result.set(field, Value::List(half));
        }
        result.set("StatusCode", status.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(faults: &mut Faults, call: &str) -> Option<Wrong> {
        faults.draw(call, &Value::Null, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn patterns_match_whole_calls() {
        for pattern in ["*", "ecs:*", "ecs:CreateService", "*:Create*", "*Serv*"] {
            assert!(matches(pattern, "ecs:CreateService"), "{pattern}");
        }
        for pattern in [
            "",
            "ecs",
            "elbv2:*",
            "ecs:CreateServic",
            "*:Delete*",
            "reateService",
        ] {
            assert!(!matches(pattern, "ecs:CreateService"), "{pattern}");
        }
    }

    #[test]
    fn a_counted_fault_is_used_up() {
        let mut faults = Faults::new(1);
        faults.add(Fault::next("ecs:*", Wrong::ErrorAfter, 2));
        let drawn: Vec<_> = (0..4)
            .map(|_| draw(&mut faults, "ecs:CreateService").is_some())
            .collect();
        assert_eq!(drawn, [true, true, false, false]);
        assert!(faults.rules().is_empty());
    }

    #[test]
    fn a_probability_is_kept_and_the_same_seed_draws_the_same() {
        let run = |seed| {
            let mut faults = Faults::new(seed);
            faults.add(Fault::sometimes("*", Wrong::Throttle, 0.05));
            (0..10_000)
                .map(|_| draw(&mut faults, "ecs:ListTasks").is_some())
                .collect::<Vec<_>>()
        };
        let hits = run(7).iter().filter(|h| **h).count();
        assert!((400..600).contains(&hits), "{hits}");
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }

    #[test]
    fn a_stale_read_says_what_was_said_before_and_waits_for_something_to_say() {
        let at = |s| Timestamp::from_second(s).unwrap();
        let mut faults = Faults::new(1);
        faults.add(Fault::next("ecs:*", Wrong::StaleRead(10.0), 1));
        let call = "ecs:ListTasks";
        assert_eq!(faults.draw(call, &Value::Null, at(0)), None);
        faults.remember(call, &Value::Null, &Value::Int(1), at(0));
        faults.remember(call, &Value::Null, &Value::Int(2), at(8));
        assert_eq!(faults.draw(call, &Value::Null, at(5)), None);
        assert_eq!(
            faults.draw(call, &Value::Null, at(12)),
            Some(Wrong::StaleRead(10.0))
        );
        assert_eq!(
            faults.stale(call, &Value::Null, 10.0, at(12)),
            Some(Value::Int(1))
        );
        assert_eq!(faults.draw(call, &Value::Null, at(13)), None);
    }

    #[test]
    fn partial_data_is_half_of_it_and_says_so() {
        let result = r#"{"MetricDataResults":[{"Id":"m","StatusCode":"Complete","Timestamps":[4,3,2,1],"Values":[4,3,2,1]}]}"#;
        let mut output = crate::wire::from_text(result);
        make_partial(&mut output);
        let half = &output.get("MetricDataResults").items()[0];
        assert_eq!(half.get("Values").items(), [Value::Int(4), Value::Int(3)]);
        assert_eq!(half.get("Timestamps").items().len(), 2);
        assert_eq!(half.get("StatusCode").as_str(), Some("PartialData"));
    }

    #[test]
    fn a_result_may_say_that_it_could_not_be_had() {
        let result = r#"{"MetricDataResults":[{"Id":"m","StatusCode":"Complete","Timestamps":[2,1],"Values":[2,1]}]}"#;
        let mut output = crate::wire::from_text(result);
        lose_data(&mut output);
        let lost = &output.get("MetricDataResults").items()[0];
        assert!(lost.get("Values").items().is_empty() && lost.get("Timestamps").items().is_empty());
        assert_eq!(lost.get("StatusCode").as_str(), Some("InternalError"));
    }
}
