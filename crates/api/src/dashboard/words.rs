//! How figures, times and names read on a page: the one place where a value of the model becomes text.
//!
//! What belongs here: spelling. The command line spells the same values the same way.

use std::time::Duration;

use jiff::Timestamp;
use sixshift_core::{share::Share, status};

/// What stands where nothing is known.
pub(super) const UNKNOWN: &str = "–";

/// A share: `25 %`, `0.5 %`, `12.34 %`, as few digits as it needs, two at most; or `IPv6 clients`.
pub(super) fn percent(value: f64) -> String {
    match Share::of(value, 100.0) {
        Some(share @ Share::CLIENTS) => share.to_string(),
        _ => format!("{} %", number(value)),
    }
}

/// As [`percent`], without the sign.
pub(super) fn number(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    // No minus before a zero.
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}

/// A share, or that it is not known.
pub(super) fn share(value: Option<f64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), percent)
}

/// `45 s`, `4 m 10 s`, `2 d 3 h`.
pub(super) fn seconds(seconds: u64) -> String {
    status::duration(Duration::from_secs(seconds))
}

/// How long ago, or how far ahead: `4 m ago`, `in 2 h`, `now`. From a minute on without seconds.
pub(super) fn relative(at: Timestamp, now: Timestamp) -> String {
    let distance = now.duration_since(at).as_secs();
    let rough = match distance.unsigned_abs() {
        s @ 0..60 => s,
        s @ 60..3_600 => s / 60 * 60,
        s @ 3_600..86_400 => s / 60 * 60,
        s => s / 3_600 * 3_600,
    };
    match (rough, distance) {
        (0, _) => "now".to_owned(),
        (s, 0..) => format!("{} ago", seconds(s)),
        (s, _) => format!("in {}", seconds(s)),
    }
}

/// `23 Nov 18:59:12 UTC`.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%-d %b %H:%M:%S UTC").to_string()
}

/// `18:59`.
pub(super) fn minute(at: Timestamp) -> String {
    at.strftime("%H:%M").to_string()
}

/// As `<time datetime>` wants it.
pub(super) fn machine(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The first eight digits of a commit.
pub(super) fn commit(commit: &str) -> &str {
    commit.get(..8).unwrap_or(commit)
}

/// `NeedsPerson` is `Needs a person`, `RollingBack` is `Rolling back`: CamelCase apart.
pub(super) fn words(camel: &str) -> String {
    if camel == "NeedsPerson" {
        return "Needs a person".to_owned();
    }
    let mut text = String::with_capacity(camel.len() + 4);
    for c in camel.chars() {
        match c {
            c if c.is_uppercase() && !text.is_empty() => {
                text.push(' ');
                text.extend(c.to_lowercase());
            }
            c if text.is_empty() => text.extend(c.to_uppercase()),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a second of 1970")
    }

    #[test]
    fn percents_have_only_the_digits_they_need() {
        let said = [0.0, -0.001, 0.5, 25.0, 12.345, 100.0].map(percent);
        assert_eq!(said, ["0 %", "0 %", "0.5 %", "25 %", "12.35 %", "100 %"]);
    }

    #[test]
    fn a_share_reads_as_the_core_writes_it() {
        for bp in [0, 1, 10, 50, 100, 2_500, 3_333, 9_999, 10_000] {
            let core = sixshift_core::share::Share::from_basis_points(bp);
            assert_eq!(percent(core.percent()), core.to_string());
        }
    }

    #[test]
    fn a_time_is_told_by_its_distance() {
        let now = at(100_000);
        let said = [100_000, 99_970, 99_700, 92_000, 100_090].map(|s| relative(at(s), now));
        assert_eq!(
            said,
            ["now", "30 s ago", "5 m ago", "2 h 13 m ago", "in 1 m"]
        );
    }

    #[test]
    fn words_come_apart() {
        let said = ["NeedsPerson", "RollingBack", "tooFew", "Done"].map(words);
        assert_eq!(said, ["Needs a person", "Rolling back", "Too few", "Done"]);
    }
}
