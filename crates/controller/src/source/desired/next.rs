//! From what was wanted and what the source holds now to what is wanted next.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use sixshift_core::plan::{Diagnostic, Diagnostics, Plan, parse_set};

use super::{Desired, Provenance, Snapshot, Standing, Wanted};

pub(super) fn next(before: &Desired, snapshot: &Snapshot) -> Desired {
    let read = Read::of(snapshot);
    let names: BTreeSet<&String> = before
        .wanted
        .keys()
        .chain(read.sound.keys())
        .chain(read.of_plans.keys())
        .collect();
    let mut wanted: BTreeMap<String, Wanted> = names
        .into_iter()
        .filter_map(|name| Some((name.clone(), read.wanted(name, before.get(name))?)))
        .collect();
    while refuse_taken_services(&mut wanted, before, snapshot) {}
    Desired {
        wanted,
        of_files: read.of_files,
    }
}

/// A snapshot, read.
struct Read<'a> {
    snapshot: &'a Snapshot,
    sound: BTreeMap<String, Plan>,
    of_plans: BTreeMap<String, Diagnostics>,
    of_files: Diagnostics,
    /// More mistakes than are kept: whose they are is not known.
    overflown: bool,
}

impl<'a> Read<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let texts: Vec<(PathBuf, String)> = snapshot
            .files
            .iter()
            .filter_map(|(path, text)| Some((path.clone(), text.clone().ok()?)))
            .collect();
        let (plans, mistakes) = parse_set(&texts);
        let (mut of_plans, mut of_files) = (BTreeMap::new(), Diagnostics::default());
        let unreadable = snapshot
            .files
            .iter()
            .filter_map(|(_, text)| text.as_ref().err());
        unreadable.for_each(|mistake| of_files.push(mistake.clone()));
        for mistake in &mistakes {
            let of: &mut Diagnostics = match &mistake.plan {
                Some(name) => of_plans.entry(name.clone()).or_default(),
                None => &mut of_files,
            };
            of.push(mistake.clone());
        }
        Self {
            snapshot,
            sound: plans.into_iter().map(|p| (p.name.clone(), p)).collect(),
            of_plans,
            overflown: mistakes.left_out() > 0 || of_files.left_out() > 0,
            of_files,
        }
    }

    /// What is wanted of a plan; `None`: nothing, it was never good and is gone.
    fn wanted(&self, name: &str, before: Option<&Wanted>) -> Option<Wanted> {
        if let Some(mistakes) = self.of_plans.get(name) {
            return invalid(mistakes.clone(), before, self.snapshot);
        }
        if let Some(plan) = self.sound.get(name) {
            // One that reads as before is kept once.
            let known = before.and_then(|before| before.plan.clone());
            let known = known.filter(|known| **known == *plan);
            return Some(Wanted {
                from: at(&plan.origin.file, plan.origin.line, self.snapshot),
                plan: known.or_else(|| Some(Arc::new(plan.clone()))),
                standing: Standing::Current,
            });
        }
        let before = before?;
        if !matches!(before.standing, Standing::Vanished { .. })
            && let Some(mistakes) = self.mistakes_in(last_seen_in(before))
        {
            return invalid(mistakes, Some(before), self.snapshot);
        }
        before.plan.as_ref()?;
        let commit = match &before.standing {
            Standing::Vanished { commit } => commit,
            Standing::Current | Standing::Invalid { .. } => &self.snapshot.commit,
        };
        Some(Wanted {
            standing: Standing::Vanished {
                commit: commit.clone(),
            },
            ..before.clone()
        })
    }

    /// What may keep the plans of a file from being read.
    fn mistakes_in(&self, file: &Path) -> Option<Diagnostics> {
        let mut found = Diagnostics::default();
        let of_file = self.of_files.iter().filter(|m| m.file == file);
        of_file.for_each(|mistake| found.push(mistake.clone()));
        let is_there = || self.snapshot.files.iter().any(|(path, _)| path == file);
        if found.is_empty() && self.overflown && is_there() {
            found.push(Diagnostic::of_file(
                file.to_owned(),
                "the plan was in this file, and there are more mistakes than can be shown"
                    .to_owned(),
                "correct those that are shown first".to_owned(),
            ));
        }
        (!found.is_empty()).then_some(found)
    }
}

fn last_seen_in(wanted: &Wanted) -> &Path {
    match &wanted.standing {
        Standing::Invalid { at, .. } => &at.file,
        Standing::Current | Standing::Vanished { .. } => &wanted.from.file,
    }
}

fn invalid(
    diagnostics: Diagnostics,
    before: Option<&Wanted>,
    snapshot: &Snapshot,
) -> Option<Wanted> {
    let first = diagnostics.iter().next()?;
    let at = at(&first.file, first.line, snapshot);
    let last_good = before.filter(|wanted| wanted.plan.is_some());
    Some(Wanted {
        plan: last_good.and_then(|wanted| wanted.plan.clone()),
        from: last_good.map_or_else(|| at.clone(), |wanted| wanted.from.clone()),
        standing: Standing::Invalid { diagnostics, at },
    })
}

fn at(file: &Path, line: u32, snapshot: &Snapshot) -> Provenance {
    Provenance {
        commit: snapshot.commit.clone(),
        author_date: snapshot.author_date,
        file: file.to_owned(),
        line,
    }
}

/// A service that a last good revision still moves is nobody else's, though the source has one plan for it. Whether one
/// was refused, for its own last good revision may be in the way of another.
fn refuse_taken_services(
    wanted: &mut BTreeMap<String, Wanted>,
    before: &Desired,
    snapshot: &Snapshot,
) -> bool {
    let Some((name, mistake)) = first_taken(wanted) else {
        return false;
    };
    let mut mistakes = Diagnostics::default();
    mistakes.push(mistake);
    if let Some(refused) = invalid(mistakes, before.get(&name), snapshot) {
        wanted.insert(name, refused);
    }
    true
}

fn first_taken(wanted: &BTreeMap<String, Wanted>) -> Option<(String, Diagnostic)> {
    let held: Vec<(&String, &Wanted, &Plan)> = wanted
        .iter()
        .filter(|(_, w)| w.standing != Standing::Current)
        .filter_map(|(name, w)| Some((name, w, w.plan.as_deref()?)))
        .collect();
    let current = wanted
        .iter()
        .filter(|(_, w)| w.standing == Standing::Current);
    current
        .filter_map(|(name, w)| Some((name, w, w.plan.as_deref()?)))
        .find_map(|(name, new, plan)| {
            let (by, holder, _) = held
                .iter()
                .find(|(_, _, held)| held.service.is_same_service(&plan.service))?;
            let why = match holder.standing {
                Standing::Vanished { .. } => "which has left the source",
                _ => "whose last good revision goes on",
            };
            let mistake = Diagnostic {
                line: new.from.line,
                plan: Some(name.clone()),
                path: "spec.service".to_owned(),
                ..Diagnostic::of_file(
                    new.from.file.clone(),
                    format!(
                        "this service is still moved by the plan {by}, last read at {}:{}, {why}",
                        holder.from.file.display(),
                        holder.from.line
                    ),
                    format!("call this plan {by}, or bring that one to its end first"),
                )
            };
            Some((name.clone(), mistake))
        })
}
