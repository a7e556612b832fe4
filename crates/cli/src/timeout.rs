//! How long a run may take, as people write it: `90s`, `12h`, `14d`.

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// Reads a length of time; a day has 24 hours.
pub(crate) fn parse(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text
        .parse()
        .map_err(|_| "a length of time, as in 90s, 12h or 14d".to_owned())?;
    let length = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|e| e.to_string())?;
    if length.is_positive() {
        Ok(length)
    } else {
        Err("more than nothing".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_and_nothing_is_refused() {
        assert_eq!(parse("14d"), Ok(SignedDuration::from_hours(336)));
        assert_eq!(parse("1h 30m"), Ok(SignedDuration::from_mins(90)));
        assert!(parse("0s").is_err());
        assert!(parse("soon").is_err());
    }
}
