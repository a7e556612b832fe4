//! What somebody meant by a value without its unit, or with the unit in other words.
//!
//! What belongs here: one value's text, for a remedy. Nothing is ever taken for what it was only meant to be.

use crate::plan::spelling;

/// Other words for units.
const UNITS: [(&str, &[&str]); 6] = [
    ("%", &["percent", "pct"]),
    ("ms", &["milliseconds", "millisecond", "msec"]),
    ("d", &["days", "day"]),
    ("h", &["hours", "hour", "hrs", "hr"]),
    ("m", &["minutes", "minute", "mins", "min"]),
    ("s", &["seconds", "second", "secs", "sec"]),
];

/// The value as it is spelled right, where `reads` then takes it: a bare number gets the example's unit.
pub(super) fn meant(text: &str, example: &str, reads: impl Fn(&str) -> bool) -> Option<String> {
    let unit = example.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let lower: String = text.trim().to_lowercase();
    let number = lower.trim_end_matches(|c: char| c.is_alphabetic() || c == '%' || c == ' ');
    let written = lower.get(number.len()..)?.trim();
    let known = UNITS
        .iter()
        .find(|(short, long)| *short == written || long.contains(&written));
    let unit = match known {
        Some((short, _)) => short,
        None if written.is_empty() => unit,
        None => return None,
    };
    let spelled = format!("{number}{unit}");
    let is_something = number.bytes().any(|b| (b'1'..=b'9').contains(&b));
    let right = (is_something && reads(&spelled)).then_some(spelled)?;
    match of_all(number).filter(|_| written.is_empty() && unit == "%") {
        Some(share) if reads(&share) => {
            Some(format!("{right}, or {share} if {number} of all is meant"))
        }
        _ => Some(right),
    }
}

/// `0.05` of all as a percentage: some write shares and rates so.
fn of_all(number: &str) -> Option<String> {
    let digits = number.strip_prefix("0.")?;
    let percent = spelling::percent(&format!("{digits:0<2}%"))?;
    let places = u32::try_from(digits.len())
        .ok()
        .filter(|n| (1..=4).contains(n))?;
    let scale = 10_u64.pow(places.max(2) - 2);
    percent
        .is_multiple_of(scale)
        .then(|| spelling::percent_text(percent / scale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_value_and_gets_its_unit() {
        let percent = |text| meant(text, "5%", |t| spelling::percent(t).is_some());
        assert_eq!(percent("1").as_deref(), Some("1%"));
        let either = percent("0.01");
        assert_eq!(
            either.as_deref(),
            Some("0.01%, or 1% if 0.01 of all is meant")
        );
        let either = percent("0.5");
        assert_eq!(
            either.as_deref(),
            Some("0.5%, or 50% if 0.5 of all is meant")
        );
        let either = percent("0.005");
        assert_eq!(
            either.as_deref(),
            Some("0.005%, or 0.5% if 0.005 of all is meant")
        );
        assert_eq!(percent("25 percent").as_deref(), Some("25%"));
        let duration = |text| meant(text, "15m", |t| spelling::duration(t).is_some());
        assert_eq!(duration("10").as_deref(), Some("10m"));
        assert_eq!(duration("10 min").as_deref(), Some("10m"));
        assert_eq!(duration("2 Hours").as_deref(), Some("2h"));
        assert_eq!(duration("90S").as_deref(), Some("90s"));
        let latency = |text| meant(text, "800ms", |t| spelling::latency(t).is_some());
        assert_eq!(latency("800").as_deref(), Some("800ms"));
    }

    #[test]
    fn what_nobody_can_tell_is_not_guessed() {
        let duration = |text| meant(text, "72h", |t| spelling::duration(t).is_some());
        for text in ["", "soon", "0", "10 %", "-5", "1.5", "10 fortnights"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
