//! How people spell percentages, durations and latencies, and back.
//!
//! What belongs here: one value's text. Whether the value makes sense where it stands is [`super::parse`]'s business.

use std::time::Duration;

use crate::share::Share;

/// What a percentage must look like.
pub(super) const PERCENT_PATTERN: &str = r"^[0-9]{1,7}(\.[0-9]{1,4})? ?%$";
/// What a duration must look like.
pub const DURATION_PATTERN: &str = r"^([0-9]{1,7}d)?([0-9]{1,7}h)?([0-9]{1,7}m)?([0-9]{1,7}s)?$";
/// What a latency must look like.
pub(super) const LATENCY_PATTERN: &str = r"^([0-9]{1,7}ms|[0-9]{1,7}(\.[0-9]{1,3})?s)$";

/// One basis point, in parts per million.
pub(super) const PPM_PER_BASIS_POINT: u64 = 100;
/// 0.1 %: a load balancer's weights are whole numbers up to 999.
pub(super) const FINEST: u64 = 1_000;
/// 100 %.
pub(super) const ALL: u64 = 1_000_000;

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// `0.5%` in parts per million, exactly; a space before the sign is fine.
pub(super) fn percent(text: &str) -> Option<u64> {
    let number = text.strip_suffix('%')?;
    fixed_point(number.strip_suffix(' ').unwrap_or(number), 4)
}

/// A share of traffic as a plan spells it, as in `25%`: more than none, and no finer than a load balancer's weights, which go
/// in steps of 0.1%. `None`: it is not that.
#[must_use]
pub fn share(text: &str) -> Option<Share> {
    let ppm = percent(text)?;
    let is_one = (1..=ALL).contains(&ppm) && ppm.is_multiple_of(FINEST);
    let basis_points = u16::try_from(ppm / PPM_PER_BASIS_POINT).ok();
    basis_points
        .filter(|_| is_one)
        .map(Share::from_basis_points)
}

/// Parts per million as a percentage.
pub(crate) fn percent_text(ppm: u64) -> String {
    format!("{}%", decimal_text(ppm, 4))
}

/// `1h30m`: days, hours, minutes and seconds in that order, each a whole number. `None`: not spelled like that.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0;
    for (unit, worth) in UNITS {
        let Some((number, after)) = rest.split_once(unit) else {
            continue;
        };
        seconds += whole(number)? * worth;
        rest = after;
    }
    (rest.is_empty() && !text.is_empty()).then(|| Duration::from_secs(seconds))
}

/// Whole seconds in the largest units that fit.
pub(crate) fn duration_text(duration: Duration) -> String {
    let mut left = duration.as_secs();
    let mut text = String::new();
    for (unit, worth) in UNITS {
        if left >= worth {
            text.push_str(&format!("{}{unit}", left / worth));
            left %= worth;
        }
    }
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

/// `800ms`, `2s`, `1.5s`.
pub(super) fn latency(text: &str) -> Option<Duration> {
    let millis = match text.strip_suffix("ms") {
        Some(number) => whole(number)?,
        None => fixed_point(text.strip_suffix('s')?, 3)?,
    };
    Some(Duration::from_millis(millis))
}

/// Whole milliseconds, as seconds from one on.
pub(crate) fn latency_text(latency: Duration) -> String {
    let millis = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
    if millis < 1000 {
        format!("{millis}ms")
    } else {
        format!("{}s", decimal_text(millis, 3))
    }
}

/// A decimal without its point: `1.5` at 3 places is 1500. More places than that are refused, not rounded.
fn fixed_point(text: &str, places: u32) -> Option<u64> {
    let (integer, fraction) = match text.split_once('.') {
        Some((integer, fraction)) => (integer, Some(fraction)),
        None => (text, None),
    };
    let scale = 10_u64.pow(places);
    let fraction = match fraction {
        Some(digits) if digits.len() <= places as usize => {
            whole(digits)? * 10_u64.pow(places - digits.len() as u32)
        }
        Some(_) => return None,
        None => 0,
    };
    Some(whole(integer)? * scale + fraction)
}

fn decimal_text(value: u64, places: u32) -> String {
    let scale = 10_u64.pow(places);
    let fraction = format!("{:0width$}", value % scale, width = places as usize);
    match fraction.trim_end_matches('0') {
        "" => (value / scale).to_string(),
        digits => format!("{}.{digits}", value / scale),
    }
}

/// Digits only, and few enough that no unit makes them overflow.
fn whole(text: &str) -> Option<u64> {
    let sound = !text.is_empty() && text.len() <= 7 && text.bytes().all(|b| b.is_ascii_digit());
    sound.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_one_that_a_load_balancer_can_express() {
        let share = |text| share(text).map(Share::basis_points);
        assert_eq!(share("50%"), Some(5_000));
        assert_eq!(share("0.1 %"), Some(10));
        assert_eq!(share("100%"), Some(10_000));
        for wrong in ["0%", "0.05%", "33.33%", "100.1%", "50", "half"] {
            assert_eq!(share(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_percentage_is_exact() {
        assert_eq!(percent("1%"), Some(10_000));
        assert_eq!(percent("0.5 %"), Some(5_000));
        assert_eq!(percent("100%"), Some(1_000_000));
        for wrong in [
            "1",
            "%",
            "-1%",
            "1.%",
            ".5%",
            "1e2%",
            "0.00001%",
            "1  %",
            "99999999%",
        ] {
            assert_eq!(percent(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_duration_names_its_units_in_order() {
        assert_eq!(duration("1h30m"), Some(Duration::from_secs(5_400)));
        assert_eq!(duration("3d"), duration("72h"));
        for wrong in [
            "", "10", "m", "30m1h", "1m1m", "1.5h", "-1m", "10min", "1h 30m", "10ms",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_latency_is_milliseconds_or_seconds() {
        assert_eq!(latency("800ms"), Some(Duration::from_millis(800)));
        assert_eq!(latency("1.5s"), Some(Duration::from_millis(1500)));
        for wrong in ["800", "1m", "0.5ms", "-1s", "1.0001s"] {
            assert_eq!(latency(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn values_are_spelled_as_they_are_read() {
        for ppm in [0, 1, 5_000, 10_000, 125_000, 1_000_000] {
            assert_eq!(percent(&percent_text(ppm)), Some(ppm));
        }
        for seconds in [0, 1, 59, 60, 5_400, 90_061] {
            let value = Duration::from_secs(seconds);
            assert_eq!(duration(&duration_text(value)), Some(value));
        }
        for millis in [0, 1, 999, 1000, 1500, 60_000] {
            let value = Duration::from_millis(millis);
            assert_eq!(latency(&latency_text(value)), Some(value));
        }
    }
}
