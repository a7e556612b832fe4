//! Carries cells out, and says what was found.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use super::cell::{Cell, Only};
use super::cover::cover;
use super::judge;
use super::seen::Seen;
use crate::log::Log;
use crate::oracles::{self, Violation};
use crate::run::{self, RunError};
use crate::search::{on_all, trace, with_causes};

/// The cells that are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) only: Option<Only>,
    /// As many as it takes for everything to meet.
    pub(crate) covering: bool,
    /// Whether people see each to its end.
    pub(crate) to_the_end: bool,
}

/// A cell that was carried out.
pub(crate) struct Done {
    pub(crate) cell: Cell,
    pub(super) seen: Option<Seen>,
    pub(crate) violations: Vec<Violation>,
}

impl Done {
    /// Whether there was something to edit.
    pub(crate) fn is_edited(&self) -> bool {
        self.seen.is_some()
    }

    /// What shows it again.
    pub(crate) fn again(&self) -> String {
        format!("sixshift-soak --table --only '{}'", self.cell)
    }
}

/// Carries a cell out and judges it.
pub(crate) fn carried_out(cell: &Cell, settles: bool) -> Result<(Log, Done), RunError> {
    let case = cell.case(settles);
    let log = run::carry_out(&case)?;
    let seen = Seen::of(&log);
    let mut violations = oracles::judge(&case, &log);
    violations.extend(judge::judge(cell, &log, seen.as_ref()));
    let done = Done {
        cell: *cell,
        seen,
        violations,
    };
    Ok((log, done))
}

pub(crate) fn run(wanted: &Wanted, jobs: Option<usize>) -> ExitCode {
    let mut cells = if wanted.covering {
        cover()
    } else {
        Cell::all()
    };
    cells.retain(|cell| wanted.only.as_ref().is_none_or(|only| only.has(cell)));
    match &cells[..] {
        [one] => alone(one, wanted.to_the_end),
        _ => all(&cells, wanted, jobs),
    }
    .unwrap_or_else(|error| {
        anstream::eprintln!("{}", with_causes(&error));
        ExitCode::FAILURE
    })
}

fn alone(cell: &Cell, settles: bool) -> Result<ExitCode, RunError> {
    let (mut log, done) = carried_out(cell, settles)?;
    trace(&mut log);
    show(&done);
    Ok(code([&done]))
}

fn all(cells: &[Cell], wanted: &Wanted, jobs: Option<usize>) -> Result<ExitCode, RunError> {
    let begun = Instant::now();
    let done = on_all(cells, jobs, |cell| {
        let (_, done) = carried_out(cell, wanted.to_the_end)?;
        if wanted.only.is_some() || !done.violations.is_empty() {
            show(&done);
        }
        Ok(done)
    })?;
    summary(&done, begun);
    Ok(code(&done))
}

fn code<'a>(done: impl IntoIterator<Item = &'a Done>) -> ExitCode {
    if done.into_iter().all(|d| d.violations.is_empty()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn show(done: &Done) {
    let seen = done.seen.as_ref().map_or_else(String::new, Seen::to_string);
    anstream::println!("{}: {seen}", done.cell);
    for violation in &done.violations {
        anstream::println!("  {violation}");
    }
    if !done.violations.is_empty() {
        anstream::println!("  again: {}", done.again());
    }
}

fn summary(done: &[Done], begun: Instant) {
    let minutes = begun.elapsed().as_secs_f64() / 60.0;
    let made = done.iter().filter(|d| d.is_edited()).count();
    anstream::println!(
        "\n{} cells in {minutes:.1} min; in {} there was nothing to edit",
        done.len(),
        done.len() - made
    );
    let mut kinds: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for one in done {
        let mut seen: Vec<_> = one.violations.iter().map(|v| (v.oracle, v.kind)).collect();
        seen.dedup();
        for kind in seen {
            kinds.entry(kind).or_default().push(one.cell.to_string());
        }
    }
    for ((oracle, kind), cells) in kinds {
        let first = cells.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
        anstream::println!("  {:>5} {oracle}: {kind} ({first})", cells.len());
    }
}
