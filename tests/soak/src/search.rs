//! The search: seeds on all processors, what was found by oracle and kind, and the trace of one seed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::case::Case;
use crate::log::Log;
use crate::oracles::{self, Violation};
use crate::run::{self, RunError};
use crate::table::{self, Only, Wanted};

/// How many hours the safety phase has, unless said otherwise.
pub(crate) const HOURS: i64 = 6;

/// Searches for seeds in which something happens that never should.
#[derive(Debug, clap::Parser)]
#[command(name = "sixshift-soak", version)]
pub(crate) struct Args {
    /// The seeds, the last one excluded, e.g. 1..2000.
    #[arg(long, value_name = "A..B", required_unless_present_any = ["replay", "table"])]
    seeds: Option<Seeds>,
    /// How many hours each migration lives among faults and other people.
    #[arg(long, default_value_t = HOURS)]
    hours: i64,
    /// Carries out this seed alone and prints everything that happened.
    #[arg(long, value_name = "SEED", conflicts_with = "seeds")]
    replay: Option<u64>,
    /// Carries out the table of edits instead: each by somebody else, at each moment, for each kind of route.
    #[arg(long, conflicts_with_all = ["seeds", "replay"])]
    table: bool,
    /// Only these cells of the table, EDIT@MOMENT/ROUTES/DRIFT, each a name or *; of a single one everything is printed.
    #[arg(long, value_name = "CELLS", requires = "table")]
    only: Option<Only>,
    /// Only as many of them as it takes for everything to meet.
    #[arg(long, requires = "table")]
    covering: bool,
    /// People see each to its end, and that has to help: takes three times as long.
    #[arg(long, requires = "table")]
    to_the_end: bool,
    /// Processors to use: all by default.
    #[arg(long)]
    jobs: Option<usize>,
}

#[derive(Clone, Debug)]
struct Seeds(Range<u64>);

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ends = text
            .split_once("..")
            .and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
        let (from, to) = ends.ok_or_else(|| "two numbers, as 1..2000".to_owned())?;
        Ok(Self(from..to))
    }
}

/// A seed that was carried out.
pub(crate) struct Done {
    pub(crate) seed: u64,
    pub(crate) hours: f64,
    pub(crate) end: String,
    pub(crate) violations: Vec<Violation>,
}

/// Carries out a seed and judges it.
pub(crate) fn judge(case: &Case) -> Result<(Log, Done), RunError> {
    let log = run::carry_out(case)?;
    let violations = oracles::judge(case, &log);
    let ends = log.samples.first().zip(log.samples.last());
    let hours = ends.map_or(0.0, |(a, b)| {
        b.at.duration_since(a.at).as_secs_f64() / 3600.0
    });
    let end = log.told.as_ref().map_or_else(String::new, |status| {
        let on = status.waiting_on.as_ref().map_or("", |on| on.kind());
        format!("{:?} {on}", status.phase)
    });
    let done = Done {
        seed: case.seed,
        hours,
        end,
        violations,
    };
    Ok((log, done))
}

impl Args {
    pub(crate) fn run(self) -> ExitCode {
        if self.table {
            let wanted = Wanted {
                only: self.only,
                covering: self.covering,
                to_the_end: self.to_the_end,
            };
            return table::run(&wanted, self.jobs);
        }
        match (self.replay, self.seeds) {
            (Some(seed), _) => replay(seed, self.hours),
            (None, Some(Seeds(seeds))) => search(seeds, self.hours, self.jobs),
            (None, None) => ExitCode::FAILURE,
        }
    }
}

fn replay(seed: u64, hours: i64) -> ExitCode {
    let case = Case::draw(seed, hours);
    anstream::println!("{:?}\n{:?}", case.team, case.plan);
    anstream::println!(
        "{:?}, AWS up to {} s late, approvals after {:#}",
        case.story.mood,
        case.story.lag,
        case.story.patience
    );
    for event in &case.story.events {
        anstream::println!("  {:?}: {:?}", event.when, event.what);
    }
    match judge(&case) {
        Ok((mut log, done)) => {
            trace(&mut log);
            show(&done, hours);
            if done.violations.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            anstream::eprintln!("{}", with_causes(&error));
            ExitCode::FAILURE
        }
    }
}

/// Everything that happened.
pub(crate) fn trace(log: &mut Log) {
    log.lines.sort_by_key(|(at, _)| *at);
    for (at, line) in &log.lines {
        anstream::println!("{} {line}", clock(*at));
    }
}

/// A moment as it is printed.
pub(crate) fn clock(at: Timestamp) -> impl std::fmt::Display {
    at.to_zoned(TimeZone::UTC)
        .strftime("%d %H:%M:%S")
        .to_string()
}

pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text += &format!(": {cause}");
        next = cause.source();
    }
    text
}

/// Carries out seeds on some processors; gives them in their order.
pub(crate) fn carry_out_all(
    seeds: &[u64],
    hours: i64,
    jobs: Option<usize>,
    shown: impl Fn(&Done) + Sync,
) -> Result<Vec<Done>, RunError> {
    on_all(seeds, jobs, |seed| {
        let (_, done) = judge(&Case::draw(*seed, hours))?;
        shown(&done);
        Ok(done)
    })
}

/// Does something with each of some things, on some processors; gives what came of it in their order.
pub(crate) fn on_all<T: Sync, R: Send>(
    all: &[T],
    jobs: Option<usize>,
    does: impl Fn(&T) -> Result<R, RunError> + Sync,
) -> Result<Vec<R>, RunError> {
    let jobs = jobs.or_else(|| std::thread::available_parallelism().ok().map(Into::into));
    let next = AtomicUsize::new(0);
    let (found, failed) = (Mutex::new(Vec::new()), Mutex::new(None));
    std::thread::scope(|scope| {
        for _ in 0..jobs.unwrap_or(1).max(1) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = all.get(index) else { return };
                    match does(one) {
                        Ok(done) => run::locked(&found).push((index, done)),
                        Err(error) => *run::locked(&failed) = Some(error),
                    }
                }
            });
        }
    });
    if let Some(error) = run::locked(&failed).take() {
        return Err(error);
    }
    let mut found = std::mem::take(&mut *run::locked(&found));
    found.sort_by_key(|(index, _)| *index);
    Ok(found.into_iter().map(|(_, done)| done).collect())
}

fn search(seeds: Range<u64>, hours: i64, jobs: Option<usize>) -> ExitCode {
    let begun = Instant::now();
    let (all, so_far) = (seeds.clone().count(), AtomicUsize::new(0));
    let shown = |done: &Done| {
        if !done.violations.is_empty() {
            show(done, hours);
        }
        let so_far = 1 + so_far.fetch_add(1, Ordering::Relaxed);
        if so_far.is_multiple_of(100) {
            anstream::eprintln!("{so_far} of {all} seeds");
        }
    };
    let done = match carry_out_all(&seeds.collect::<Vec<_>>(), hours, jobs, shown) {
        Ok(done) => done,
        Err(error) => {
            anstream::eprintln!("{}", with_causes(&error));
            return ExitCode::FAILURE;
        }
    };
    summary(&done, begun);
    if done.iter().all(|d| d.violations.is_empty()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn show(done: &Done, hours: i64) {
    anstream::println!("seed {} ended {}, {:.1} h", done.seed, done.end, done.hours);
    for violation in &done.violations {
        anstream::println!("  {violation}");
    }
    if !done.violations.is_empty() {
        anstream::println!(
            "  again: sixshift-soak --hours {hours} --replay {}",
            done.seed
        );
    }
}

fn summary(done: &[Done], begun: Instant) {
    let mut ends: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let mut kinds: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
    for one in done {
        ends.entry(&one.end).or_default().push(one.seed);
        let mut seen: Vec<(&str, &str)> =
            one.violations.iter().map(|v| (v.oracle, v.kind)).collect();
        seen.dedup();
        for kind in seen {
            kinds.entry(kind).or_default().push(one.seed);
        }
    }
    let hours: f64 = done.iter().map(|d| d.hours).sum();
    let (minutes, bad) = (
        begun.elapsed().as_secs_f64() / 60.0,
        done.iter().filter(|d| !d.violations.is_empty()).count(),
    );
    anstream::println!(
        "\n{} seeds, {hours:.0} migrated hours in {minutes:.1} min: {:.0} hours a minute",
        done.len(),
        hours / minutes
    );
    for (end, seeds) in ends {
        anstream::println!("  {:>5} ended {end} (seeds {})", seeds.len(), first(&seeds));
    }
    anstream::println!("{bad} seeds with a violation");
    for ((oracle, kind), mut seeds) in kinds {
        seeds.dedup();
        anstream::println!(
            "  {:>5} {oracle}: {kind} (seeds {})",
            seeds.len(),
            first(&seeds)
        );
    }
}

/// The first of some seeds, to be replayed.
fn first(seeds: &[u64]) -> String {
    let mut first: Vec<String> = seeds.iter().take(8).map(u64::to_string).collect();
    if seeds.len() > first.len() {
        first.push("…".to_owned());
    }
    first.join(", ")
}
