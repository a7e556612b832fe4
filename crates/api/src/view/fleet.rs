//! The fleet at a glance.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use sixshift_controller::{FleetView, PlanView, SourceView, Standing};
use sixshift_core::{
    facts::{Facts, Freeze},
    status::{Health, WaitingOn},
};

use super::{offers, plan};
use crate::model::{Count, Fleet, NeedsYou, Source, Stale, Unwritten};

/// A look that is late by more than that, or shows what is older than that, is told.
const LATE: SignedDuration = SignedDuration::from_mins(3);

/// What the daemon knows of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Daemon<'a> {
    pub(crate) now: Timestamp,
    pub(crate) version: &'a str,
    pub(crate) read_only: bool,
}

/// The fleet at a glance.
pub(crate) fn fleet(fleet: &FleetView, plans: &[Arc<PlanView>], daemon: &Daemon<'_>) -> Fleet {
    let mut counts = BTreeMap::<_, usize>::new();
    for view in plans {
        let line = (plan::phase(view), plan::health(view));
        *counts.entry(line).or_default() += 1;
    }
    let counts = counts.into_iter().map(|((phase, health), plans)| Count {
        phase,
        health,
        plans,
    });
    let freeze = |reason| Freeze {
        reason,
        at: daemon.now,
    };
    let facts = Facts {
        frozen: fleet.frozen.clone().map(freeze),
        ..Facts::default()
    };
    Fleet {
        now: daemon.now,
        version: daemon.version.to_owned(),
        frozen: fleet.frozen.clone(),
        holding: holding(fleet),
        standby: fleet.lease.clone(),
        journal_lost: journal_lost(plans),
        stale: stale(plans, daemon.now),
        unwritten: fleet.unwritten.as_ref().map(|unwritten| Unwritten {
            why: unwritten.why.clone(),
            since: unwritten.since,
        }),
        clock: fleet.clock.clone(),
        read_only: daemon.read_only,
        plans: plans.len(),
        counts: counts.collect(),
        needs_you: plans.iter().filter_map(|p| needs_you(p)).collect(),
        source: source(&fleet.source),
        commands: offers::of_fleet(&facts, daemon.read_only),
    }
}

fn holding(fleet: &FleetView) -> Option<String> {
    if fleet.ending {
        return Some("the daemon is shutting down".to_owned());
    }
    if fleet.first_look {
        return Some("not every plan has been looked at yet".to_owned());
    }
    let lease = fleet.lease.as_ref();
    lease.map(|why| format!("this daemon may not act: {why}"))
}

fn journal_lost(plans: &[Arc<PlanView>]) -> Vec<String> {
    let is_lost = |view: &PlanView| {
        let status = view.status.as_ref();
        status.is_some_and(|s| s.waiting_on == Some(WaitingOn::JournalLost))
    };
    let lost = plans.iter().filter(|view| is_lost(view));
    lost.map(|view| view.name.clone()).collect()
}

/// Plans whose picture is old: AWS could not be read, or nobody looked when somebody should have.
fn stale(plans: &[Arc<PlanView>], now: Timestamp) -> Option<Stale> {
    let old = |view: &Arc<PlanView>| {
        let status = view.status.as_ref()?;
        let unread = status.at.duration_since(status.seen_at) > LATE;
        let overdue = view.look_at.is_some_and(|at| now.duration_since(at) > LATE);
        (unread || overdue).then(|| (view.name.clone(), status.seen_at))
    };
    let (plans, times): (Vec<_>, Vec<_>) = plans.iter().filter_map(old).unzip();
    let since = times.into_iter().min()?;
    Some(Stale { plans, since })
}

fn source(source: &SourceView) -> Source {
    Source {
        name: source.name.clone(),
        commit: source.commit.clone(),
        author_date: source.author_date,
        read_at: source.read_at,
        error: source.error.clone(),
        mistakes: plan::mistakes(&source.diagnostics),
    }
}

/// What a plan needs of a person, where it does.
fn needs_you(view: &PlanView) -> Option<NeedsYou> {
    let told = |waiting_on: &str, sentence: String, since| NeedsYou {
        plan: view.name.clone(),
        waiting_on: waiting_on.to_owned(),
        sentence,
        since,
    };
    let waits = view.status.as_ref().filter(|s| {
        let person = s.waiting_on.as_ref().is_some_and(|on| on.needs_person());
        person || matches!(s.health, Health::NeedsPerson | Health::Bad)
    });
    if let Some(status) = waits {
        let on = status.waiting_on.as_ref().map_or("", |on| on.kind());
        return Some(told(on, status.sentence.clone(), status.waiting_since));
    }
    // It runs on, but somebody meant it to change.
    let Standing::Invalid { diagnostics, .. } = &view.standing else {
        return None;
    };
    Some(told("Invalid", plan::invalid(view, diagnostics), None))
}
