//! AWS's clock, from the Date headers of its answers.
//!
//! What belongs here: which answers are AWS's, and what their dates say together. What must not: what a wrong clock leads to.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept, context::BeforeDeserializationInterceptorContextRef, dyn_dispatch_hint,
        },
        orchestrator::HttpResponse,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{config_bag::ConfigBag, date_time::Format};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::call::Meter;

/// What AWS signs an answer with, in its protocols' spellings.
const REQUEST_ID: [&str; 3] = ["x-amzn-requestid", "x-amzn-request-id", "x-amz-request-id"];

/// What the newest two answers of AWS said, and when they were heard.
#[derive(Debug, Default)]
pub(crate) struct Dates(Mutex<[Option<(Timestamp, Instant)>; 2]>);

impl Dates {
    fn heard(&self, said: Timestamp) {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *newest = [Some((said, Instant::now())), newest[0]];
    }

    /// How far AWS's clock is ahead of ours, which says `now`: as far as two answers in a row agree on. One alone may have
    /// been on its way for long, or kept by somebody.
    pub(crate) fn skew(&self, now: Timestamp, rate: f64) -> Option<SignedDuration> {
        let [newest, before] = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let skew = |(said, heard): (Timestamp, Instant)| {
            let since = heard.elapsed().as_secs_f64() * rate;
            let since = SignedDuration::try_from_secs_f64(since).ok()?;
            Some(said.duration_since(now) + since)
        };
        let (newest, before) = (skew(newest?)?, skew(before?)?);
        Some(if newest.signum() != before.signum() {
            SignedDuration::ZERO
        } else if newest.abs() <= before.abs() {
            newest
        } else {
            before
        })
    }
}

/// Reads the Date header of every answer of AWS's. A proxy's page has no request id, and its own clock.
#[derive(Debug)]
pub(crate) struct DateReader(pub(crate) Arc<Meter>);

fn date(answer: &HttpResponse) -> Option<Timestamp> {
    let headers = answer.headers();
    REQUEST_ID.iter().find_map(|name| headers.get(*name))?;
    let date = headers.get("date")?;
    let date = aws_smithy_types::DateTime::from_str(date, Format::HttpDate).ok()?;
    Timestamp::from_second(date.secs()).ok()
}

#[dyn_dispatch_hint]
impl Intercept for DateReader {
    fn name(&self) -> &'static str {
        "DateReader"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(said) = date(context.response()) {
            self.0.dates.heard(said);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)]) -> HttpResponse {
        let status = StatusCode::try_from(status).unwrap();
        let mut answer = HttpResponse::new(status, SdkBody::empty());
        for (name, value) in headers {
            answer.headers_mut().insert(*name, *value);
        }
        answer
    }

    #[test]
    fn a_proxys_page_is_no_clock() {
        let dated = ("date", "Thu, 01 Jan 1970 00:01:40 GMT");
        assert_eq!(date(&answer(502, &[dated])), None);
        let signed = answer(200, &[dated, ("x-amzn-requestid", "r-1")]);
        assert_eq!(date(&signed), Timestamp::from_second(100).ok());
    }

    #[tokio::test(start_paused = true)]
    async fn one_answer_alone_says_nothing_and_two_must_agree() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let dates = Dates::default();
        dates.heard(at(1_000));
        assert_eq!(dates.skew(at(0), 1.0), None);
        dates.heard(at(1));
        assert_eq!(dates.skew(at(0), 1.0), Some(SignedDuration::from_secs(1)));
        dates.heard(at(900));
        dates.heard(at(800));
        assert_eq!(dates.skew(at(0), 1.0), Some(SignedDuration::from_secs(800)));
        dates.heard(at(-800));
        assert_eq!(dates.skew(at(0), 1.0), Some(SignedDuration::ZERO));
    }
}
