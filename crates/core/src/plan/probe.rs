//! `spec.warm.probe` as the rest of the program sees it: requests of ours to the twin before any customer's.

use std::{collections::BTreeMap, fmt, time::Duration};

use super::spelling::latency_text;

/// Requests to the twin, and what answers prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// What is asked.
    pub http: HttpProbe,
    /// What counts as a good answer.
    pub expect: Expected,
    /// So many good answers in a row.
    pub times: u32,
}

/// An HTTP request without a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpProbe {
    /// `GET`, `HEAD` or `OPTIONS`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// `Host`, and the name in TLS; the load balancer's own where there is none.
    pub host: Option<String>,
    /// Further headers, by their names in small letters.
    pub headers: BTreeMap<String, String>,
}

/// A good answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The lowest and the highest status.
    pub status: (u16, u16),
    /// How long it may take.
    pub latency: Duration,
}

impl Expected {
    /// What is wrong with an answer, without a full stop.
    #[must_use]
    pub fn complaint(&self, status: u16, took: Duration) -> Option<String> {
        let (lowest, highest) = self.status;
        if !(lowest..=highest).contains(&status) {
            return Some(format!(
                "status {status} where {} is expected",
                self.status_text()
            ));
        }
        let is_slow = took > self.latency;
        is_slow.then(|| {
            let took = Duration::from_millis(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
            let (took, most) = (latency_text(took), latency_text(self.latency));
            format!("{took} where at most {most} is expected")
        })
    }

    /// `200-299`, `204`.
    #[must_use]
    pub fn status_text(&self) -> String {
        match self.status {
            (one, other) if one == other => one.to_string(),
            (lowest, highest) => format!("{lowest}-{highest}"),
        }
    }
}

/// `GET /orders`.
impl fmt::Display for HttpProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.split('?').next().unwrap_or_default();
        write!(f, "{} {path}", self.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_good_within_its_statuses_and_its_time() {
        let expected = Expected {
            status: (200, 299),
            latency: Duration::from_millis(300),
        };
        let of = |status, millis| expected.complaint(status, Duration::from_millis(millis));
        assert_eq!(of(204, 300), None);
        assert_eq!(of(500, 10).unwrap(), "status 500 where 200-299 is expected");
        assert_eq!(
            of(200, 1_500).unwrap(),
            "1.5s where at most 300ms is expected"
        );
    }
}
