//! The demo's finale: what happened, what it cost, what to try next, where the page is.
//!
//! What belongs here: when a demo is over though it goes on, and the text that says so. What must not: printing it.

use std::{cell::Cell, fmt::Write as _, time::Duration};

use jiff::{SignedDuration, Timestamp};
use sixshift_api::visible;
use sixshift_core::status::{Phase, Status, WaitingOn, duration};

use super::screen::{count, went_back};
use crate::{
    client::words::{BOLD, DIM, cut, wrap},
    report::Report,
    watch::colour,
};

/// Whether every plan stands still, and since when.
#[derive(Debug, Default)]
pub(super) struct Standstill {
    since: Cell<Option<Timestamp>>,
    /// Told since it stands still.
    told: Cell<bool>,
    /// Told at all.
    ever: Cell<bool>,
}

impl Standstill {
    /// A round ended.
    pub(super) fn saw(&self, status: &Status) {
        if !stands(status) {
            self.since.set(None);
            self.told.set(false);
        }
    }

    /// True once, when every plan has stood still for so long.
    pub(super) fn is_over(
        &self,
        statuses: &[Status],
        now: Timestamp,
        so_long: SignedDuration,
    ) -> bool {
        if statuses.is_empty() || !statuses.iter().all(stands) {
            self.since.set(None);
            return false;
        }
        let since = self.since.get().unwrap_or(now);
        self.since.set(Some(since));
        if self.told.get() || now.duration_since(since) < so_long {
            return false;
        }
        self.told.set(true);
        self.ever.set(true);
        true
    }

    /// Whether it was ever over.
    pub(super) fn was_over(&self) -> bool {
        self.ever.get()
    }
}

/// Nothing changes it but a person, a commit or AWS; and nobody is about to approve.
fn stands(status: &Status) -> bool {
    status.is_settled() && !matches!(status.waiting_on, Some(WaitingOn::Approval { .. }))
}

/// Where a visitor can go on.
#[derive(Clone, Debug)]
pub(super) struct Doors {
    /// The page's address.
    pub(super) url: String,
    /// What orders need, unless the environment gave it.
    pub(super) token: Option<String>,
    /// The plans' repository.
    pub(super) plans: String,
}

/// The whole text, within a width.
pub(super) fn text(
    report: &Report,
    statuses: &[Status],
    doors: Option<&Doors>,
    width: usize,
) -> String {
    let mut text = String::new();
    let time = duration(Duration::from_secs(report.virtual_seconds));
    let head = format!(
        "All is settled: {time} of the region's time passed in {} here.",
        report.wall_time()
    );
    paragraph(&mut text, &head, 0, width);
    text.push('\n');
    let mut sum = (0, 0);
    for (plan, status) in report.plans.iter().zip(statuses) {
        let seen = plan.requests.unwrap_or_default();
        sum = (sum.0 + seen.failed, sum.1 + seen.total);
        happened(
            &mut text,
            status,
            (seen.total, seen.failed, seen.failed_on_ipv6),
            width,
        );
    }
    let calls: u64 = report.api_calls.values().sum();
    let cost = format!(
        "It cost {calls} calls of AWS's API ({} throttled), and {} of the customers' {} requests failed.",
        report.throttled,
        count(sum.0),
        count(sum.1)
    );
    text.push('\n');
    paragraph(&mut text, &cost, 0, width);
    text.push('\n');
    next(&mut text, statuses, doors, width);
    text
}

fn happened(text: &mut String, status: &Status, seen: (u64, u64, u64), width: usize) {
    let (total, failed, on_ipv6) = seen;
    let style = colour(status.health);
    let name = visible(&status.plan);
    let how = match status.phase {
        Phase::Done => "moved to IPv6",
        Phase::RolledBack => "taken back to IPv4",
        _ => "waits for a person",
    };
    let _ = writeln!(
        text,
        "{style}{}{style:#}",
        cut(&format!("{name}: {how}"), width)
    );
    let told = format!(
        "{} of {} requests failed, {} on IPv4 and {} on IPv6.",
        count(failed),
        count(total),
        count(failed.saturating_sub(on_ipv6)),
        count(on_ipv6)
    );
    paragraph(text, &told, 2, width);
    if went_back(status) || status.phase != Phase::Done {
        paragraph(text, &visible(&status.sentence), 2, width);
    }
}

fn next(text: &mut String, statuses: &[Status], doors: Option<&Doors>, width: usize) {
    let _ = writeln!(text, "{BOLD}Try next{BOLD:#}");
    let mut offer = |what: &str, command: &str| {
        paragraph(text, what, 2, width);
        // A command is copied: it is never cut.
        let _ = writeln!(text, "    {DIM}{command}{DIM:#}");
    };
    if let Some(doors) = doors {
        offer(
            "The page: every plan, why it stands where it stands, and its history",
            &doors.url,
        );
        let back = statuses.iter().find(|s| s.phase == Phase::RolledBack);
        if let Some(plan) = back.map(|s| visible(&s.plan)) {
            let server = &doors.url;
            offer(
                "Why it went back",
                &format!("sixshift why {plan} --server {server}"),
            );
            let token = doors.token.as_ref();
            let token = token.map_or_else(String::new, |t| format!("SIXSHIFT_TOKEN={t} "));
            offer(
                "Let it try again, as after a mended release",
                &format!("{token}sixshift retry {plan} --server {server} --reason mended"),
            );
        }
        offer(
            "Edit a plan there and commit: it is picked up at once",
            &format!("cd {}", doors.plans),
        );
    }
    offer("What else can be shown", "sixshift demo --scenario list");
    text.push('\n');
    let end = doors.map_or("Ctrl-C ends.", |_| "The page stays open. Ctrl-C ends.");
    paragraph(text, end, 0, width);
}

/// Whole words, within the width.
fn paragraph(text: &mut String, words: &str, indent: usize, width: usize) {
    let room = width.saturating_sub(indent).max(20);
    for line in wrap(words, room) {
        let _ = writeln!(text, "{:indent$}{line}", "");
    }
}
