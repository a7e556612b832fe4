//! How numbers, times and states are written.

use anstyle::{AnsiColor, Style};
use jiff::{SignedDuration, Timestamp};
use sixshift_core::share::Share;

/// What stands where nothing is known.
pub(crate) const NOTHING: &str = "–";

/// `25 %`, `0.5 %`.
pub(crate) fn percent(share: Option<f64>) -> String {
    let share = share.and_then(|share| Share::of(share, 100.0));
    share.map_or_else(|| NOTHING.to_owned(), |share| share.to_string())
}

/// A time of day, with the date where it is another day than `now`.
pub(crate) fn clock(at: Timestamp, now: Timestamp) -> String {
    let same_day = at.strftime("%F").to_string() == now.strftime("%F").to_string();
    let form = if same_day {
        "%H:%M:%S UTC"
    } else {
        "%F %H:%M:%S UTC"
    };
    at.strftime(form).to_string()
}

/// How long ago: `45s`, `12m`, `3h`, `5d`. Never negative: two clocks differ a little.
pub(crate) fn age(since: Option<Timestamp>, now: Timestamp) -> String {
    since.map_or_else(
        || NOTHING.to_owned(),
        |since| length(now.duration_since(since)),
    )
}

/// A length of time in its two largest units.
pub(crate) fn length(time: SignedDuration) -> String {
    let seconds = time.as_secs().max(0);
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let Some(largest) = units.iter().position(|(size, _)| seconds >= *size) else {
        return "0s".to_owned();
    };
    let mut left = seconds;
    let mut text = String::new();
    for (size, name) in units.iter().skip(largest).take(2) {
        if left >= *size {
            text += &format!("{}{name}", left / size);
        }
        left %= size;
    }
    text
}

/// The first characters of a commit or revision, as git shows them.
pub(crate) fn short(id: Option<&str>) -> String {
    id.map_or_else(|| NOTHING.to_owned(), |id| id.chars().take(8).collect())
}

/// The colour of a health.
pub(crate) fn health(health: &str) -> Style {
    match health {
        "Complete" => colour(AnsiColor::Green),
        "Progressing" => colour(AnsiColor::Cyan),
        "NeedsPerson" => colour(AnsiColor::Yellow),
        "Bad" => colour(AnsiColor::Red),
        _ => colour(AnsiColor::Magenta),
    }
}

/// The colour and mark of a state: a gate's, or that of something in AWS.
pub(crate) fn state(state: &str) -> (Style, &'static str) {
    match state {
        "open" | "ok" => (colour(AnsiColor::Green), "✓"),
        "closed" => (colour(AnsiColor::Yellow), "✗"),
        "warn" => (colour(AnsiColor::Yellow), "!"),
        "bad" => (colour(AnsiColor::Red), "✗"),
        "ahead" => (Style::new().dimmed(), "·"),
        _ => (colour(AnsiColor::Magenta), "?"),
    }
}

/// Something less important.
pub(crate) const DIM: Style = Style::new().dimmed();
/// A heading.
pub(crate) const BOLD: Style = Style::new().bold();

fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(colour.into()))
}

/// Breaks text into lines of at most `width` characters, at blanks where it can; no text gives one empty line.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let long = word.chars().count();
        let line = lines.last_mut();
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + long <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// How wide the answer may be: the terminal's columns, or `COLUMNS`; without either, as wide as it is.
pub(crate) fn width() -> usize {
    use std::io::IsTerminal;
    if let Some(columns) = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok()) {
        return columns;
    }
    if std::io::stdout().is_terminal() {
        return crossterm::terminal::size().map_or(80, |(columns, _)| columns.into());
    }
    usize::MAX
}

/// Cuts text that is too long, and shows that it was.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_have_their_two_largest_units() {
        let told = [0, 59, 60, 90, 3_600, 3_725, 90_000, -4];
        let told = told.map(|s| length(SignedDuration::from_secs(s)));
        assert_eq!(
            told,
            ["0s", "59s", "1m", "1m30s", "1h", "1h2m", "1d1h", "0s"]
        );
    }

    #[test]
    fn another_day_is_said() {
        let now: Timestamp = "2026-05-02T10:00:00Z".parse().unwrap();
        assert_eq!(clock(now, now), "10:00:00 UTC");
        let before: Timestamp = "2026-05-01T23:59:59Z".parse().unwrap();
        assert_eq!(clock(before, now), "2026-05-01 23:59:59 UTC");
    }

    #[test]
    fn lines_break_at_blanks_and_lose_nothing() {
        let text = "requests on IPv6 fail more often than the plan allows";
        let lines = wrap(text, 20);
        assert!(lines.iter().all(|l| l.chars().count() <= 20), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrap("", 20), [""]);
    }

    #[test]
    fn what_is_cut_shows_it() {
        assert_eq!(cut("checkout", 8), "checkout");
        assert_eq!(cut("checkout", 5), "chec…");
    }
}
