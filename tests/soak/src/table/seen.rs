//! What came of an edit: what customers saw, what became of the routes, what was told meanwhile.

use std::fmt;

use jiff::Timestamp;
use sixshift_core::status::{Health, Phase, Status};

use crate::log::{By, Log, Routes, Sample, shares};
use crate::plan::NEAR;

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
    pub(super) before: Routes,
    /// Right after the edit.
    pub(super) left: Routes,
    /// The routes from some seconds after the edit on, until nobody watched any more.
    pub(super) became: Vec<(i64, Routes)>,
}

impl Told {
    fn of(status: &Status) -> Self {
        Self {
            phase: status.phase,
            on: status.waiting_on.as_ref().map_or("", |on| on.kind()),
            health: status.health,
        }
    }

    /// Whether it is one of some words, as a phase or as what is waited for.
    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        let phase = format!("{:?}", self.phase);
        words.contains(&self.on) || words.contains(&phase.as_str())
    }
}

impl Seen {
    /// `None` where there was nothing to edit.
    pub(super) fn of(log: &Log) -> Option<Self> {
        let edit = log.changes.iter().find(|c| c.by == By::Others)?;
        let before = log.samples.iter().rfind(|s| s.at < edit.at)?;
        let led = log
            .changes
            .iter()
            .rev()
            .find(|c| c.at <= edit.at && c.by == By::Daemon);
        let mut seen = Self {
            at: edit.at,
            dark: 0,
            told: Vec::new(),
            before: led.map_or_else(|| before.world.routes.clone(), |c| c.routes.clone()),
            left: edit.routes.clone(),
            became: Vec::new(),
        };
        let until = log.calm_from.unwrap_or(Timestamp::MAX);
        let watched = log
            .samples
            .iter()
            .filter(|s| s.at >= edit.at && s.at <= until);
        let mut last = before;
        for sample in watched {
            seen.see(last, sample);
            last = sample;
        }
        Some(seen)
    }

    fn see(&mut self, last: &Sample, sample: &Sample) {
        let since = sample.at.duration_since(self.at).as_secs();
        // Where no route is left, nobody's side serves.
        let is_led = !sample.world.routes.is_empty();
        let could = is_led && sample.world.ipv4.able + sample.world.ipv6.able > 0;
        if sample.failed > last.failed && could {
            self.dark += sample.at.duration_since(last.at).as_secs();
        }
        if let Some(status) = &sample.told {
            let told = Told::of(status);
            if self.told.last().is_none_or(|(_, before)| *before != told) {
                self.told.push((since, told));
            }
        }
        let routes = &sample.world.routes;
        if self
            .became
            .last()
            .is_none_or(|(_, before)| before != routes)
        {
            self.became.push((since, routes.clone()));
        }
    }

    /// The routes in the end.
    pub(super) fn end(&self) -> &Routes {
        self.became.last().map_or(&self.left, |(_, routes)| routes)
    }

    /// The share that every route had before.
    pub(super) fn share(&self) -> f64 {
        shares(&self.before).into_iter().fold(0.0, f64::max)
    }

    /// Whether the edit changed what customers get.
    pub(super) fn has_moved(&self) -> bool {
        !is_all(&self.left, self.share())
    }

    /// How many seconds passed until every route had a share.
    pub(super) fn until_all_at(&self, share: f64) -> Option<i64> {
        let found = self.became.iter().find(|(_, routes)| is_all(routes, share));
        found.map(|(since, _)| *since)
    }

    /// What was told up to so many seconds after the edit.
    pub(super) fn told_by(&self, seconds: i64) -> impl Iterator<Item = &Told> {
        let told = self.told.iter().filter(move |(since, _)| *since <= seconds);
        told.map(|(_, told)| told)
    }
}

/// Whether every route has a share; without a route none has.
pub(super) fn is_all(routes: &Routes, share: f64) -> bool {
    let all = shares(routes);
    all.len() == routes.len() && !all.is_empty() && all.iter().all(|s| (s - share).abs() <= NEAR)
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dark {} s;", self.dark)?;
        for (since, told) in &self.told {
            write!(
                f,
                " {since} {:?} {} {:?},",
                told.phase, told.on, told.health
            )?;
        }
        for routes in [&self.before, &self.left, self.end()] {
            let weights: Vec<_> = routes.values().collect();
            write!(f, " {weights:?}")?;
        }
        Ok(())
    }
}
