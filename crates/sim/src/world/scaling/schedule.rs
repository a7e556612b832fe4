//! When a scheduled action is due: `at(…)`, `rate(…)`, `cron(…)`.
//!
//! What must not be here: what the action does.

use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How far back one look goes when the clock jumped.
const FARTHEST: i64 = 24 * 60;
const DAYS: [(&str, Weekday); 7] = [
    ("SUN", Weekday::Sunday),
    ("MON", Weekday::Monday),
    ("TUE", Weekday::Tuesday),
    ("WED", Weekday::Wednesday),
    ("THU", Weekday::Thursday),
    ("FRI", Weekday::Friday),
    ("SAT", Weekday::Saturday),
];
const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];

/// When an action is due.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// Once.
    At(Timestamp),
    /// Every so often since it was put.
    Rate(SignedDuration),
    /// Whenever the clock on a wall says so.
    Cron(Box<Cron>),
}

/// The fields of a cron expression, each as the values that fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Cron {
    minutes: Vec<i64>,
    hours: Vec<i64>,
    days: Vec<i64>,
    months: Vec<i64>,
    weekdays: Vec<i64>,
    years: Vec<i64>,
    zone: TimeZone,
}

impl Schedule {
    /// Reads AWS's spelling, in a time zone.
    pub fn parse(text: &str, zone: &TimeZone) -> Option<Self> {
        let (kind, rest) = text.trim().split_once('(')?;
        let inside = rest.strip_suffix(')')?.trim();
        match kind {
            "at" => {
                let at: DateTime = inside.parse().ok()?;
                at.to_zoned(zone.clone())
                    .ok()
                    .map(|z| Self::At(z.timestamp()))
            }
            "rate" => rate(inside).map(Self::Rate),
            "cron" => Cron::parse(inside, zone).map(|c| Self::Cron(Box::new(c))),
            _ => None,
        }
    }

    /// Whether it came due after `since` and no later than `now`.
    pub fn due(&self, created: Timestamp, since: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::At(at) => since < *at && *at <= now,
            Self::Rate(every) => {
                let rounds = |at: Timestamp| {
                    at.duration_since(created)
                        .as_secs()
                        .div_euclid(every.as_secs().max(60))
                };
                rounds(now) > rounds(since).max(0)
            }
            Self::Cron(cron) => {
                let (first, last) = (
                    since.as_second().div_euclid(60) + 1,
                    now.as_second().div_euclid(60),
                );
                (first.max(last - FARTHEST)..=last).any(|minute| cron.fits(minute))
            }
        }
    }
}

fn rate(text: &str) -> Option<SignedDuration> {
    let (count, unit) = text.split_once(' ')?;
    let count: i64 = count.parse().ok().filter(|n| (1..=100_000).contains(n))?;
    let minutes = match unit.trim() {
        "minute" | "minutes" => count,
        "hour" | "hours" => count * 60,
        "day" | "days" => count * 24 * 60,
        _ => return None,
    };
    Some(SignedDuration::from_mins(minutes))
}

impl Cron {
    fn parse(text: &str, zone: &TimeZone) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays, years] = fields.as_slice() else {
            return None;
        };
        let day = |name: &str| {
            DAYS.iter()
                .zip(1..)
                .find(|((n, _), _)| *n == name)
                .map(|(_, i)| i)
        };
        let month = |name: &str| {
            MONTHS
                .iter()
                .zip(1..)
                .find(|(n, _)| **n == name)
                .map(|(_, i)| i)
        };
        Some(Self {
            minutes: field(minutes, 0, 59, |_| None)?,
            hours: field(hours, 0, 23, |_| None)?,
            days: field(days, 1, 31, |_| None)?,
            months: field(months, 1, 12, month)?,
            weekdays: field(weekdays, 1, 7, day)?,
            years: field(years, 1970, 2199, |_| None)?,
            zone: zone.clone(),
        })
    }

    fn fits(&self, minute: i64) -> bool {
        let Ok(at) = Timestamp::from_second(minute * 60) else {
            return false;
        };
        let at = at.to_zoned(self.zone.clone()).datetime();
        let weekday = DAYS
            .iter()
            .zip(1..)
            .find(|((_, d), _)| *d == at.weekday())
            .map_or(0, |(_, i)| i);
        self.minutes.contains(&at.minute().into())
            && self.hours.contains(&at.hour().into())
            && self.days.contains(&at.day().into())
            && self.months.contains(&at.month().into())
            && self.weekdays.contains(&weekday)
            && self.years.contains(&at.year().into())
    }
}

/// The values that a field allows: `*`, `?`, `5`, `MON-FRI`, `0/15`, and lists of those.
fn field(text: &str, low: i64, high: i64, named: impl Fn(&str) -> Option<i64>) -> Option<Vec<i64>> {
    let value = |text: &str| {
        named(text)
            .or_else(|| text.parse().ok())
            .filter(|n| (low..=high).contains(n))
    };
    let mut values = Vec::new();
    for part in text.split(',') {
        let (range, step) = part
            .split_once('/')
            .map_or((part, None), |(r, s)| (r, Some(s)));
        let step: usize = step.map_or(Some(1), |s| s.parse().ok().filter(|n| *n > 0))?;
        let (first, last) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => (low, high),
            Some((a, b)) => (value(a)?, value(b)?),
            None if part.contains('/') => (value(range)?, high),
            None => (value(range)?, value(range)?),
        };
        values.extend((first..=last).step_by(step));
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(text: &str, zone: &str, since: &str, now: &str) -> bool {
        let zone = if zone == "UTC" {
            TimeZone::UTC
        } else {
            TimeZone::fixed(jiff::tz::offset(2))
        };
        let schedule = Schedule::parse(text, &zone).unwrap();
        schedule.due(
            "2027-01-01T00:00:00Z".parse().unwrap(),
            since.parse().unwrap(),
            now.parse().unwrap(),
        )
    }

    #[test]
    fn each_kind_is_due_once() {
        let (before, at, after) = (
            "2027-01-15T07:59:00Z",
            "2027-01-15T08:00:00Z",
            "2027-01-15T08:01:00Z",
        );
        for text in [
            "at(2027-01-15T08:00:00)",
            "cron(0 8 * * ? *)",
            "cron(0/30 8 ? JAN MON-FRI 2027)",
            "rate(4 hours)",
        ] {
            assert!(due(text, "UTC", before, at), "{text}");
            assert!(!due(text, "UTC", at, after), "{text}");
        }
        assert!(due("cron(0 10 * * ? *)", "+2", before, at));
        assert!(!due("cron(0 8 ? * SAT,SUN *)", "UTC", before, at));
        assert!(due(
            "cron(0 8 * * ? *)",
            "UTC",
            "2026-01-15T08:00:00Z",
            after
        ));
    }

    #[test]
    fn nonsense_is_no_schedule() {
        for text in [
            "",
            "at(noon)",
            "rate(0 minutes)",
            "rate(5 parsecs)",
            "cron(* * *)",
            "cron(60 * * * ? *)",
            "cron(0 8 * * ? *",
            "every(5)",
        ] {
            assert_eq!(Schedule::parse(text, &TimeZone::UTC), None, "{text}");
        }
    }
}
