//! How an application behaves, per address family: what its image does, wherever it runs.
//!
//! What belongs here: the properties of the code in an image. What must not: routing, or counting of requests.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::traffic::P99_OF_MEDIAN;

/// The family of the address that a target is reached at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Reached over IPv4.
    V4,
    /// Reached over IPv6.
    V6,
}

impl Family {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V4 => "ipv4",
            Self::V6 => "ipv6",
        }
    }

    /// The family of an address in text.
    pub fn of(address: &str) -> Self {
        if address.contains(':') {
            Self::V6
        } else {
            Self::V4
        }
    }
}

/// What an image does when it serves requests.
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    /// Whether it starts at all: an image that is in no repository does not.
    pub starts: bool,
    /// Median response time in milliseconds.
    pub latency_ms: f64,
    /// Share of requests that it answers with a 5xx whatever the family.
    pub error_share: f64,
    /// Share of requests for which it asks hosts outside that have IPv4 alone, by their names; those fail where it is cut off
    /// from them.
    pub asks_ipv4: f64,
    /// Whom else it asks for the requests that it serves, as flow logs show it. Nothing fails for these.
    pub asks: Vec<Dependency>,
    /// Requests a second that a task answers; it fails the rest.
    pub bears: Option<f64>,
    /// Whether it writes into its log each minute, and a line for each error.
    pub writes: bool,
    /// What it does where something that it needs is out of its reach.
    pub cut_off: CutOff,
    /// Reached over IPv4.
    pub v4: OnFamily,
    /// Reached over IPv6.
    pub v6: OnFamily,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            starts: true,
            latency_ms: 60.0,
            error_share: 0.0,
            asks_ipv4: 0.0,
            asks: Vec::new(),
            bears: None,
            writes: false,
            cut_off: CutOff::default(),
            v4: OnFamily::default(),
            v6: OnFamily::default(),
        }
    }
}

/// What an application does where something that it needs is out of its reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CutOff {
    /// It stays, and fails the requests for which it needs it.
    #[default]
    Fails,
    /// It stays, and says so by its own health check.
    Ails,
    /// It ends.
    Ends,
}

/// How long an application tries before it ends, in seconds.
pub(crate) const GIVES_UP_AFTER: f64 = 8.0;

/// What is particular to one family.
#[derive(Clone, Debug, PartialEq)]
pub struct OnFamily {
    /// Whether it listens at all; connections are refused otherwise, those of health checks too.
    pub listens: bool,
    /// Share of requests that fail with a 5xx (say, a dependency behind a literal of the other family).
    pub error_share: f64,
    /// Share of requests that it answers well, and of which it writes an error all the same, where it writes.
    pub unheard_share: f64,
    /// Share of requests answered with a 403: an allow list that does not know the load balancer's addresses of this family.
    /// The health check's path is not behind it.
    pub forbidden_share: f64,
    /// Milliseconds added to each response.
    pub extra_latency_ms: f64,
    /// Errors that grow after a time under load.
    pub degrades: Option<Degrades>,
    /// Errors once this family carries more than a share of the traffic.
    pub breaks_above: Option<BreaksAbove>,
    /// Whether its own health check fails, whatever it listens on.
    pub ails: bool,
    /// Seconds after its start when its process ends with code 1; one without stays.
    pub ends_after: Option<f64>,
    /// How much more of the memory that it reserves it takes, in percent.
    pub extra_memory: f64,
}

impl Default for OnFamily {
    fn default() -> Self {
        Self {
            listens: true,
            error_share: 0.0,
            unheard_share: 0.0,
            forbidden_share: 0.0,
            extra_latency_ms: 0.0,
            degrades: None,
            breaks_above: None,
            ails: false,
            ends_after: None,
            extra_memory: 0.0,
        }
    }
}

/// A host that an application asks by its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependency {
    /// Its A record.
    pub ipv4: Option<Ipv4Addr>,
    /// Its AAAA record.
    pub ipv6: Option<Ipv6Addr>,
    /// Its port.
    pub port: u16,
    /// The share of requests for which it is asked.
    pub share: f64,
    /// Bytes that it is sent each time.
    pub sent: u64,
    /// Bytes that it answers.
    pub received: u64,
}

/// Errors that begin a while after the load did, and grow.
#[derive(Clone, Debug, PartialEq)]
pub struct Degrades {
    /// The share of traffic that counts as load.
    pub under_share: f64,
    /// How long it stays fine under load.
    pub after_hours: f64,
    /// The share of errors gained an hour after that.
    pub error_share_per_hour: f64,
}

/// Errors above a share of the traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct BreaksAbove {
    /// The share of traffic that it still bears.
    pub share: f64,
    /// The share of errors beyond.
    pub error_share: f64,
}

/// Containers of one image that are told, by command or environment, to behave otherwise than the image does by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `repository:tag`.
    pub image: String,
    /// What stands somewhere in the container's definition.
    pub text: String,
}

impl Told {
    /// What they are called among the images.
    pub fn name(&self) -> String {
        format!("{} with {}", self.image, self.text)
    }
}

impl Behaviour {
    /// As records of a real application have it: the 99th percentile of its response times, and the share of its answers that
    /// are a 5xx.
    pub fn recorded(p99_ms: Option<f64>, error_share: f64) -> Self {
        let usual = Self::default();
        Self {
            latency_ms: p99_ms.map_or(usual.latency_ms, |p99| p99 / P99_OF_MEDIAN),
            error_share,
            ..usual
        }
    }

    /// The same without something that it needs, for so many of the requests that it serves.
    pub(crate) fn without(&self, share: f64) -> Self {
        let mut app = self.clone();
        app.error_share = app.error_share.max(share);
        match self.cut_off {
            CutOff::Fails => {}
            CutOff::Ails => app.v6.ails = true,
            CutOff::Ends => app.v6.ends_after = Some(GIVES_UP_AFTER),
        }
        app
    }

    /// What is particular to a family.
    pub fn on(&self, family: Family) -> &OnFamily {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }

    /// The share of requests that a task fails because they are more than it bears.
    pub fn overload(&self, requests_a_second: f64) -> f64 {
        let borne = self
            .bears
            .map_or(1.0, |most| most / requests_a_second.max(most));
        1.0 - borne
    }

    /// The share of requests answered with a 5xx, given the family's share of traffic and its hours under load.
    pub fn errors(&self, family: Family, share: f64, hours_under_load: f64) -> f64 {
        let on = self.on(family);
        let broken = on
            .breaks_above
            .as_ref()
            .filter(|b| share > b.share + 1e-9)
            .map_or(0.0, |b| b.error_share);
        let worn = on.degrades.as_ref().map_or(0.0, |d| {
            (hours_under_load - d.after_hours).max(0.0) * d.error_share_per_hour
        });
        (self.error_share + on.error_share + broken + worn).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_above_a_share_bears_that_share() {
        let mut app = Behaviour::default();
        app.v6.breaks_above = Some(BreaksAbove {
            share: 0.25,
            error_share: 0.3,
        });
        assert_eq!(app.errors(Family::V6, 0.25, 0.0), 0.0);
        assert_eq!(app.errors(Family::V6, 0.5, 0.0), 0.3);
        assert_eq!(app.errors(Family::V4, 0.5, 0.0), 0.0);
    }

    #[test]
    fn what_is_more_than_a_task_bears_fails() {
        let app = Behaviour {
            bears: Some(50.0),
            ..Behaviour::default()
        };
        assert_eq!(app.overload(50.0), 0.0);
        assert_eq!(app.overload(200.0), 0.75);
        assert_eq!(Behaviour::default().overload(1e6), 0.0);
    }

    #[test]
    fn what_degrades_stays_fine_for_its_time() {
        let mut app = Behaviour::default();
        app.v6.degrades = Some(Degrades {
            under_share: 0.99,
            after_hours: 2.0,
            error_share_per_hour: 0.1,
        });
        assert_eq!(app.errors(Family::V6, 1.0, 1.9), 0.0);
        assert!((app.errors(Family::V6, 1.0, 3.0) - 0.1).abs() < 1e-9);
    }
}
