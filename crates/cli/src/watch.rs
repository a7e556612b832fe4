//! What a person sees of rounds: a line per event, or a live table in a terminal.
//!
//! What belongs here: text. What must not: anything that changes what happens.

use std::collections::{BTreeMap, BTreeSet};

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use sixshift_api::visible;
use sixshift_controller::{Outcome, Round};
use sixshift_core::{
    evidence::Verdict,
    status::{Health, Phase, Status, WaitingOn},
};

use crate::screen::{self, Screen};

/// Turns rounds into lines, each only when something changed.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    last: BTreeMap<String, (Phase, Option<&'static str>, Option<usize>)>,
    warned: BTreeSet<(String, String)>,
}

impl Lines {
    /// The lines that a round is worth.
    pub(crate) fn of(&mut self, round: &Round) -> Vec<String> {
        let said = self.warnings(round).into_iter().chain(self.said(round));
        let at = round.status.at;
        said.map(|text| event(at, &round.plan, &text)).collect()
    }

    /// What preflight warns of that it did not before.
    pub(crate) fn warnings(&mut self, round: &Round) -> Vec<String> {
        let told = round.status.warnings.iter().map(|w| w.told());
        told.filter(|text| self.warned.insert((round.plan.clone(), text.clone())))
            .collect()
    }

    /// What the round itself is worth saying.
    pub(crate) fn said(&mut self, round: &Round) -> Option<String> {
        let status = &round.status;
        match &round.outcome {
            Outcome::Acted(action) => Some(action.name()),
            Outcome::Failed(..) | Outcome::Vetoed(..) => Some(status.sentence.clone()),
            // Over at once, or within seconds, and the same for everybody.
            Outcome::Waited
                if matches!(
                    status.waiting_on,
                    Some(WaitingOn::FirstLook | WaitingOn::Unseen { .. })
                ) =>
            {
                None
            }
            Outcome::Waited => {
                let now = (
                    status.phase,
                    status.waiting_on.as_ref().map(|w| w.kind()),
                    status.step,
                );
                let is_new = self.last.insert(round.plan.clone(), now) != Some(now);
                is_new.then(|| status.sentence.clone())
            }
        }
    }
}

/// One event's line.
pub(crate) fn event(at: Timestamp, who: &str, what: &str) -> String {
    format!("{} {:<16} {}", clock(at), visible(who), visible(what))
}

/// The time of day, UTC.
pub(crate) fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// A table that is drawn over itself.
#[derive(Debug, Default)]
pub(crate) struct Table {
    screen: Screen,
}

const BAR: usize = 12;

impl Table {
    /// Draws the statuses, and beneath them the newest events.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(crate) fn draw(
        &mut self,
        head: &str,
        statuses: &[Status],
        events: &[String],
    ) -> std::io::Result<()> {
        let (width, height) = screen::size();
        let mut lines = vec![head.to_owned(), String::new()];
        let room = height.saturating_sub(4);
        lines.extend(statuses.iter().take(room).map(|s| row(s, width)));
        if statuses.len() > room {
            lines.push(format!("… and {} more", statuses.len() - room));
        }
        lines.push(String::new());
        let room = height.saturating_sub(lines.len() + 1).min(8);
        lines.extend(events.iter().rev().take(room).rev().map(|e| cut(e, width)));
        self.screen.draw(&lines)
    }
}

fn row(status: &Status, width: usize) -> String {
    let observed = status.shares.observed.map_or(0.0, |s| s.percent());
    let full = ((observed / 100.0 * BAR as f64).round() as usize).min(BAR);
    let bar: String = "█".repeat(full) + &"·".repeat(BAR - full);
    let verdict = status.verdict.map_or("–", Verdict::name);
    let style = colour(status.health);
    let phase = status.phase.name();
    let head = format!(
        "{:<16} {style}{phase:<14}{style:#} {bar} {observed:>5} %  {verdict:<7} ",
        cut(&visible(&status.plan), 16)
    );
    let used = 16 + 1 + 14 + 1 + BAR + 1 + 7 + 2 + 8;
    format!(
        "{head}{}",
        cut(&visible(&status.sentence), width.saturating_sub(used))
    )
}

/// The colour of a health.
pub(crate) fn colour(health: Health) -> Style {
    let colour = match health {
        Health::Complete => AnsiColor::Green,
        Health::Progressing => AnsiColor::Cyan,
        Health::NeedsPerson => AnsiColor::Yellow,
        Health::Bad => AnsiColor::Red,
        Health::Unknown => AnsiColor::Magenta,
    };
    Style::new().fg_color(Some(colour.into()))
}

fn cut(text: &str, width: usize) -> String {
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
    fn what_drives_a_terminal_or_turns_the_direction_of_reading_is_spelled_out() {
        let told = event(
            Timestamp::UNIX_EPOCH,
            "checkout",
            "\u{1b}[8mhidden \u{202e}txt",
        );
        assert!(told.ends_with(r"\u{1b}[8mhidden \u{202e}txt"), "{told}");
    }
}
