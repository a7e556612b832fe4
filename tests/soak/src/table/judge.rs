//! What came of an edit: what customers saw, what AWS has in the end, what was told meanwhile.

use std::fmt;

use jiff::Timestamp;
use sixshift_core::status::{Health, Phase, Status};

use super::cell::Cell;
use crate::log::{By, Log, Routes, Sample};
use crate::oracles::Violation;

/// What was told from some moment on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) phase: Phase,
    pub(super) on: &'static str,
    pub(super) health: Health,
}

/// What came of an edit.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) at: Timestamp,
    /// Seconds in which requests failed though a side could serve.
    pub(super) dark: i64,
    /// What was told, and how many seconds after the edit it was first.
    pub(super) told: Vec<(i64, Told)>,
    /// The routes right before, right after, and when nobody watched any more.
    pub(super) routes: [Routes; 3],
}

impl Told {
    fn of(status: &Status) -> Self {
        Self {
            phase: status.phase,
            on: status.waiting_on.as_ref().map_or("", |on| on.kind()),
            health: status.health,
        }
    }
}

impl Seen {
    /// `None` where there was nothing to edit.
    pub(super) fn of(log: &Log) -> Option<Self> {
        let index = log.changes.iter().position(|c| c.by == By::Others)?;
        let edit = &log.changes[index];
        let before = log.samples.iter().rfind(|s| s.at < edit.at)?;
        let until = log.calm_from.unwrap_or(Timestamp::MAX);
        let is_watched = |s: &&Sample| s.at >= edit.at && s.at <= until;
        let watched: Vec<&Sample> = log.samples.iter().filter(is_watched).collect();
        let mut told: Vec<(i64, Told)> = Vec::new();
        let (mut dark, mut last) = (0, before);
        for sample in watched {
            let could = sample.world.ipv4.able + sample.world.ipv6.able > 0;
            if sample.failed > last.failed && could {
                dark += sample.at.duration_since(last.at).as_secs();
            }
            if let Some(status) = &sample.told
                && told.last().is_none_or(|(_, t)| *t != Told::of(status))
            {
                let since = sample.at.duration_since(edit.at).as_secs();
                told.push((since, Told::of(status)));
            }
            last = sample;
        }
        Some(Self {
            at: edit.at,
            dark,
            told,
            routes: [
                before.world.routes.clone(),
                edit.routes.clone(),
                last.world.routes.clone(),
            ],
        })
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dark {}", self.dark)?;
        for (since, told) in &self.told {
            write!(
                f,
                " | {since} {:?} {} {:?}",
                told.phase, told.on, told.health
            )?;
        }
        for routes in &self.routes {
            let weights: Vec<_> = routes.values().collect();
            write!(f, " | {weights:?}")?;
        }
        Ok(())
    }
}

pub(super) fn judge(_: &Cell, _: &Log, _: Option<&Seen>) -> Vec<Violation> {
    Vec::new()
}
