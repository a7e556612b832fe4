//! The demo's picture in a terminal: a header that stays, a block a plan, the newest events.
//!
//! What belongs here: lines that fit, as a pure function of what is shown and of the terminal's size. What must not:
//! writing them.

use anstyle::Style;
use sixshift_api::visible;
use sixshift_core::status::{Health, Status};

use crate::{
    client::words::{DIM, cut, wrap},
    report::Requests,
    watch::colour,
};

/// What a plan's line tells: its status, and what its customers met.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub(super) status: &'a Status,
    pub(super) requests: Requests,
}

/// Columns and lines of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Events need so many lines, their blank included.
const EVENTS: usize = 4;
/// More events than that are history.
const MOST_EVENTS: usize = 10;
/// Lines that tell why a plan went back.
const REASON: usize = 6;
/// From this width on a plan and its sentence share a line.
const WIDE: usize = 120;

/// The picture; of a fleet that does not fit, the page of that number, counted round.
pub(super) fn picture(
    head: &[String],
    rows: &[Row<'_>],
    events: &[String],
    size: Size,
    page: usize,
) -> Vec<String> {
    let width = size.width;
    let columns = Columns::within(width);
    let mut lines: Vec<String> = head.iter().map(|line| cut(line, width)).collect();
    lines.push(String::new());
    lines.push(format!("{DIM}{}{DIM:#}", cut(&columns.heading(), width)));
    let blocks: Vec<_> = rows.iter().map(|row| block(row, &columns, width)).collect();
    let room = size.height.saturating_sub(lines.len() + EVENTS + 1).max(1);
    let pages = pages(&blocks, room);
    if let Some(&(from, to)) = pages.get(page % pages.len().max(1)) {
        lines.extend(blocks.iter().take(to).skip(from).flatten().cloned());
        if pages.len() > 1 {
            let text = format!(
                "plans {} to {to} of {}; the others follow",
                from + 1,
                blocks.len()
            );
            lines.push(format!("{DIM}{}{DIM:#}", cut(&text, width)));
        }
    }
    lines.push(String::new());
    let room = size.height.saturating_sub(lines.len()).min(MOST_EVENTS);
    lines.extend(events.iter().rev().take(room).rev().map(|e| cut(e, width)));
    lines.truncate(size.height);
    lines
}

/// From which block to which each page goes: as many as fit, one at least.
fn pages(blocks: &[Vec<String>], room: usize) -> Vec<(usize, usize)> {
    let mut pages = Vec::new();
    let (mut from, mut used) = (0, 0);
    for (i, block) in blocks.iter().enumerate() {
        if i > from && used + block.len() > room {
            pages.push((from, i));
            (from, used) = (i, 0);
        }
        used += block.len();
    }
    if from < blocks.len() {
        pages.push((from, blocks.len()));
    }
    pages
}

/// How wide each column is.
struct Columns {
    name: usize,
    phase: usize,
    bar: usize,
}

impl Columns {
    /// Together 60 columns at least, 70 where there is room.
    fn within(width: usize) -> Self {
        let (name, phase, bar) = if width < 80 {
            (12, 12, 6)
        } else {
            (16, 14, 10)
        };
        Self { name, phase, bar }
    }

    fn line(&self, cells: [&str; 6]) -> String {
        let [name, phase, bar, share, ipv4, ipv6] = cells;
        let Self {
            name: n,
            phase: p,
            bar: b,
        } = self;
        format!("{name:<n$} {phase:<p$} {bar:<b$} {share:>7} {ipv4:>9} {ipv6:>9}")
    }

    fn heading(&self) -> String {
        self.line(["PLAN", "PHASE", "", "ON IPV6", "V4 FAILED", "V6 FAILED"])
    }
}

fn block(row: &Row<'_>, columns: &Columns, width: usize) -> Vec<String> {
    let status = row.status;
    let observed = status.shares.observed.map(|s| s.percent());
    let share = status.shares.observed;
    let share = share.map_or_else(|| "–".to_owned(), |share| share.to_string());
    let seen = row.requests;
    let line = columns.line([
        &cut(&visible(&status.plan), columns.name),
        &cut(status.phase.name(), columns.phase),
        &bar(observed.unwrap_or(0.0), columns.bar),
        &share,
        &count(seen.failed.saturating_sub(seen.failed_on_ipv6)),
        &count(seen.failed_on_ipv6),
    ]);
    let used = line.chars().count();
    let style = colour(status.health);
    let sentence = visible(&status.sentence);
    if went_back(status) {
        let mut lines = vec![painted(&cut(&line, width), style)];
        let told = wrap(&sentence, width.saturating_sub(2));
        let told = told.iter().take(REASON);
        lines.extend(told.map(|text| format!("  {}", cut(text, width.saturating_sub(2)))));
        return lines;
    }
    if width >= WIDE {
        let rest = cut(&sentence, width.saturating_sub(used + 2));
        return vec![format!("{}  {rest}", painted(&line, style))];
    }
    let told = format!("  {}", cut(&sentence, width.saturating_sub(2)));
    vec![
        painted(&cut(&line, width), style),
        format!("{DIM}{told}{DIM:#}"),
    ]
}

/// It is why that people want to read.
pub(super) fn went_back(status: &Status) -> bool {
    status.health == Health::Bad || status.phase.is_back()
}

fn painted(line: &str, style: Style) -> String {
    format!("{style}{line}{style:#}")
}

fn bar(percent: f64, width: usize) -> String {
    let full = ((percent / 100.0 * width as f64).round() as usize).min(width);
    "█".repeat(full) + &"·".repeat(width - full)
}

/// `980`, `12345`, `597k`, `1.2M`.
pub(super) fn count(many: u64) -> String {
    match many {
        0..100_000 => many.to_string(),
        100_000..1_000_000 => format!("{}k", many / 1_000),
        _ => format!("{:.1}M", many as f64 / 1e6),
    }
}
