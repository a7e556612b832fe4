//! What the tasks of both sides wrote into their logs: lines a minute, counted by CloudWatch Logs, and whose they are by ECS's
//! account of its tasks.
//!
//! What belongs here: which lines are asked for, over which time, and whose a stream is. What must not: the calls of a query
//! ([`crate::insights`]), and what the counts prove (`sixshift_core::evidence`).
//!
//! Both sides write into the same streams' names but for the task at their end, so a stream is one side's where ECS says that the
//! task is. It tells of a task for an hour after its end; what it told once stays true, and is kept. Of a minute in which somebody
//! wrote of whom that cannot be told, nothing is known.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::{Arc, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use serde_json::Value;
use sixshift_core::{
    names,
    observation::{Known, LogStream, TaskDefinition, Why, log_stream},
    plan::{Gauge, Pattern, Plan, between_slashes},
};

use super::{Ages, metrics::Window, why};
use crate::{
    insights::{self, Asked, Failed, MOST_ROWS},
    region::{Clients, Region},
};

const MINUTE: i64 = 60;
/// What is asked in one query: of the newest minutes, which are asked for again as they come, and of hours that are over.
const TEN_MINUTES: i64 = 600;
const HOUR: i64 = 3_600;
/// So long after its end CloudWatch Logs shows all of a minute.
const SETTLES: i64 = 180;
/// Who wrote within so long is told of by ECS, if it is a task of the service's: it tells of those that ended within an hour.
const TOLD: i64 = 50 * MINUTE;
/// A round waits no longer for a query; the next one finds its answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often it is asked whether a query has ended.
const LONGEST: u32 = 60;
/// So many of a service's tasks are remembered.
const MOST_TASKS: usize = 10_000;

/// The streams that are counted, and by which patterns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Log {
    group: String,
    /// What stands before the task in their names.
    streams: String,
    patterns: Vec<Pattern>,
}

/// A time of a log, in whole minutes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Block {
    log: Arc<Log>,
    start: i64,
    end: i64,
}

/// What one stream had in one minute.
#[derive(Clone, Debug)]
pub(crate) struct Wrote {
    minute: i64,
    task: String,
    lines: u64,
    /// By the patterns' order.
    found: Vec<u64>,
}

/// What a block had.
pub(crate) type Written = Arc<[Wrote]>;

/// Who is known to be a service's task.
pub(crate) type Authors = BTreeMap<(String, String), BTreeSet<String>>;

/// What one side wrote in a minute.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    pub(super) lines: u64,
    pub(super) found: Vec<u64>,
    pub(super) tasks: u64,
}

/// What both sides wrote, IPv4 first, a pair for each minute of a window; `None` where somebody wrote of whom nothing is known.
pub(super) struct Counted {
    /// In place there is one.
    pub(super) is_of_one_side: bool,
    pub(super) minutes: Vec<Option<[Side; 2]>>,
}

/// What a plan's lines are counted in.
pub(super) async fn of(
    region: &Region,
    plan: &Plan,
    definitions: [&Known<TaskDefinition>; 2],
    window: Window,
    now: Timestamp,
    ages: Ages,
) -> Known<Counted> {
    let logs = match logs(plan, definitions) {
        Ok(logs) => logs,
        Err(why) => return Known::Unknown(why),
    };
    let asked = read(region, &logs, window, now, ages);
    let pace = region.clients.caller.pace(PATIENCE);
    let written = match tokio::time::timeout(pace, asked).await {
        Ok(Ok(written)) => written,
        Ok(Err(why)) => return Known::Unknown(why),
        Err(_) => {
            let late = "CloudWatch Logs has not counted the lines yet";
            return Known::Unknown(Why::new(late.to_owned()));
        }
    };
    let wrote: Vec<&Wrote> = written.iter().flat_map(|block| block.iter()).collect();
    match authors(region, plan, &wrote, ages).await {
        Ok(authors) => Known::Seen(counted(plan, &wrote, &authors, window, now.as_second())),
        Err(why) => Known::Unknown(why),
    }
}

fn patterns(plan: &Plan) -> Vec<Pattern> {
    let gauges = plan.health.metrics.iter().filter_map(Gauge::lines);
    gauges.map(|lines| lines.pattern.clone()).collect()
}

/// The logs that either side writes by its definition.
fn logs(plan: &Plan, definitions: [&Known<TaskDefinition>; 2]) -> Result<Vec<Arc<Log>>, Why> {
    let patterns = patterns(plan);
    let mut found = BTreeSet::new();
    for definition in definitions {
        let document = match definition {
            Known::Seen(definition) => definition.document.read(),
            Known::Absent => continue,
            Known::Unknown(why) => return Err(why.clone()),
        };
        let log = log_stream(&document, &plan.service.region, "");
        let LogStream { group, stream, .. } = log.map_err(|why| Why::new(why).lasting(true))?;
        found.insert(Log {
            group,
            streams: stream,
            patterns: patterns.clone(),
        });
    }
    Ok(found.into_iter().map(Arc::new).collect())
}

/// Every block of a window, the newest first: where that cannot be read nothing else is asked.
async fn read(
    region: &Region,
    logs: &[Arc<Log>],
    window: Window,
    now: Timestamp,
    ages: Ages,
) -> Result<Vec<Written>, Why> {
    let reader = &region.readers.written;
    let (old, new): (Vec<_>, Vec<_>) = logs
        .iter()
        .flat_map(|log| blocks(log, window, now.as_second()))
        .partition(|block| is_settled(block, now.as_second()));
    let mut written = Vec::new();
    for answer in reader.ask(new, ages.counted()).await.into_values() {
        written.extend(seen(answer)?);
    }
    // Once a block was read after it had settled it stays as it is.
    let asked = old.into_iter().map(|block| {
        let settled = Timestamp::from_second(block.end + SETTLES).unwrap_or(now);
        reader.one(block, ages.after(settled, now))
    });
    for answer in futures::future::join_all(asked).await {
        written.extend(seen(answer)?);
    }
    Ok(written)
}

fn seen<V>(answer: Known<V>) -> Result<Option<V>, Why> {
    match answer {
        Known::Seen(value) => Ok(Some(value)),
        Known::Absent => Ok(None),
        Known::Unknown(why) => Err(why),
    }
}

fn is_settled(block: &Block, now: i64) -> bool {
    block.end + SETTLES <= now
}

/// Hours that are over, then the tens of minutes up to the newest.
fn blocks(log: &Arc<Log>, window: Window, now: i64) -> Vec<Block> {
    let whole = (now - SETTLES).div_euclid(HOUR) * HOUR;
    let block = |start: i64, length: i64| Block {
        log: Arc::clone(log),
        start,
        end: start + length,
    };
    let hours = window.start.div_euclid(HOUR) * HOUR;
    let hours = (hours..whole)
        .step_by(HOUR as usize)
        .map(|at| block(at, HOUR));
    let tens = window.start.div_euclid(TEN_MINUTES) * TEN_MINUTES;
    let tens = tens.max(whole)..window.end;
    let tens = tens.step_by(TEN_MINUTES as usize);
    hours.chain(tens.map(|at| block(at, TEN_MINUTES))).collect()
}

/// The tasks of each side: those that ECS tells of now, and those that it told of before and whose lines are still counted.
async fn authors(
    region: &Region,
    plan: &Plan,
    wrote: &[&Wrote],
    ages: Ages,
) -> Result<[BTreeSet<String>; 2], Why> {
    let mut sides = [BTreeSet::new(), BTreeSet::new()];
    let services = [plan.service.name.clone(), names::service(plan)];
    for (side, service) in sides.iter_mut().zip(services) {
        let key = (plan.service.cluster.clone(), service);
        let listed = region.readers.task_ids.one(key.clone(), ages.counted());
        let listed = seen(listed.await)?.unwrap_or_default();
        let mut authors = region
            .authors
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let known = authors.entry(key).or_default();
        known.extend(listed.iter().cloned());
        if known.len() > MOST_TASKS {
            let writes: BTreeSet<&str> = wrote.iter().map(|w| w.task.as_str()).collect();
            known.retain(|task| listed.contains(task) || writes.contains(task.as_str()));
        }
        side.clone_from(known);
    }
    Ok(sides)
}

fn counted(
    plan: &Plan,
    wrote: &[&Wrote],
    [ipv4, ipv6]: &[BTreeSet<String>; 2],
    window: Window,
    now: i64,
) -> Counted {
    // Whoever wrote since is told of, or is nobody of ours.
    let recent: BTreeSet<&str> = wrote
        .iter()
        .filter(|w| w.minute >= now - TOLD)
        .map(|w| w.task.as_str())
        .collect();
    let of_patterns = patterns(plan).len();
    let empty = || Side {
        found: vec![0; of_patterns],
        ..Side::default()
    };
    let mut minutes: Vec<Option<[Side; 2]>> = (0..window.len())
        .map(|_| Some([empty(), empty()]))
        .collect();
    for w in wrote {
        let Some(minute) = window.index(w.minute).and_then(|i| minutes.get_mut(i)) else {
            continue;
        };
        // In place there is one service, and its figures are those of IPv6 by then.
        let side = match (ipv4.contains(&w.task), ipv6.contains(&w.task)) {
            (true, _) if plan.in_place().is_some() => 1,
            (true, _) => 0,
            (_, true) => 1,
            _ if recent.contains(w.task.as_str()) => continue,
            _ => {
                *minute = None;
                continue;
            }
        };
        let Some(sides) = minute else { continue };
        let side = &mut sides[side];
        side.lines += w.lines;
        side.tasks += 1;
        for (sum, found) in side.found.iter_mut().zip(&w.found) {
            *sum += found;
        }
    }
    Counted {
        is_of_one_side: plan.in_place().is_some(),
        minutes,
    }
}

/// Counts the lines of blocks.
pub(crate) async fn count(
    clients: Arc<Clients>,
    blocks: Vec<Block>,
) -> Vec<(Block, Known<Written>)> {
    let answers = blocks.into_iter().map(|block| {
        let clients = Arc::clone(&clients);
        async move {
            let counted = count_one(&clients, &block).await;
            (block, counted)
        }
    });
    futures::future::join_all(answers).await
}

async fn count_one(clients: &Clients, block: &Block) -> Known<Written> {
    let Log { group, .. } = &*block.log;
    let asked = Asked {
        group,
        query: &query(&block.log),
        since: block.start,
        until: block.end - 1,
        longest: LONGEST,
    };
    let unknown = |text: String, lasts: bool| Known::Unknown(Why::new(text).lasting(lasts));
    match insights::ask(clients, asked).await {
        Ok(found) if found.rows.len() >= MOST_ROWS => unknown(
            format!(
                "log group {group} has more streams of that name than CloudWatch Logs counts at once"
            ),
            true,
        ),
        Ok(found) => {
            let count = block.log.patterns.len();
            Known::Seen(
                found
                    .rows
                    .iter()
                    .filter_map(|row| wrote(row, count))
                    .collect(),
            )
        }
        // Nobody could write then.
        Err(Failed::TooOld(_)) => Known::Seen(Arc::from([])),
        Err(Failed::NoGroup) => unknown(
            format!("there is no log group {group}: create it, or correct awslogs-group"),
            true,
        ),
        Err(Failed::Call(error)) => Known::Unknown(why(&error)),
        Err(Failed::Ended(how)) => unknown(
            format!("the query of log group {group} ended as {how}"),
            false,
        ),
        Err(Failed::Late) => unknown(
            format!(
                "the query of log group {group} had not ended after {LONGEST} s and was stopped"
            ),
            false,
        ),
    }
}

/// How many lines each stream has in each minute, and how many of them each pattern finds: of a line that it does not find there is
/// no field to count.
fn query(log: &Log) -> String {
    let mut text = format!(
        "filter @logStream like /^{}/",
        between_slashes(&literal(&log.streams))
    );
    let mut counts = String::new();
    for (index, pattern) in log.patterns.iter().enumerate() {
        let field = format!("found{index}");
        let _ = write!(text, " | parse @message {}", pattern.capturing(&field));
        let _ = write!(counts, ", count({field}) as count{index}");
    }
    format!("{text} | stats count(*) as lines{counts} by bin(1m), @logStream")
}

/// A text as a regular expression that finds it.
fn literal(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_punctuation() && !matches!(letter, '/' | '_' | '-') {
            written.push('\\');
        }
        written.push(letter);
    }
    written
}

fn wrote(row: &Value, patterns: usize) -> Option<Wrote> {
    let cells = || row.as_array().into_iter().flatten();
    let cell = |name: &str| {
        let cell = cells().find(|c| c["field"].as_str() == Some(name));
        cell.and_then(|c| c["value"].as_str())
    };
    // CloudWatch Logs may write a count as 12 or as 1.2E1.
    let number = |name: &str| -> Option<u64> {
        let number: f64 = cell(name)?.parse().ok()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count; a cast ends at u64's end"
        )]
        let number = number.max(0.0) as u64;
        Some(number)
    };
    let at = cell("bin(1m)")?.replacen(' ', "T", 1);
    let minute: Timestamp = format!("{at}Z").parse().ok()?;
    let found = (0..patterns).map(|i| number(&format!("count{i}")).unwrap_or_default());
    Some(Wrote {
        minute: minute.as_second().div_euclid(MINUTE) * MINUTE,
        task: cell("@logStream")?.rsplit('/').next()?.to_owned(),
        lines: number("lines")?,
        found: found.collect(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn log() -> Log {
        Log {
            group: "/shop".to_owned(),
            streams: "app.v1/web/".to_owned(),
            patterns: ["ERROR|FATAL", "(?i)time.?out"]
                .map(|p| Pattern::read(p).unwrap())
                .into(),
        }
    }

    #[test]
    fn one_query_counts_all_lines_and_those_of_each_pattern() {
        assert_eq!(
            query(&log()),
            "filter @logStream like /^app\\.v1\\/web\\// | parse @message /(?<found0>ERROR|FATAL)/ | \
             parse @message /(?i)(?<found1>time.?out)/ | \
             stats count(*) as lines, count(found0) as count0, count(found1) as count1 by bin(1m), @logStream"
        );
    }

    #[test]
    fn a_row_is_what_one_task_wrote_in_a_minute() {
        let cell = |field: &str, value: &str| json!({ "field": field, "value": value });
        let row = json!([
            cell("bin(1m)", "2026-11-26 10:03:00.000"),
            cell("@logStream", "app.v1/web/4a1b"),
            cell("lines", "12"),
            cell("count0", "2.0"),
            cell("count1", "0"),
        ]);
        let wrote = wrote(&row, 2).unwrap();
        let minute: Timestamp = "2026-11-26T10:03:00Z".parse().unwrap();
        assert_eq!(wrote.minute, minute.as_second());
        assert_eq!((wrote.task.as_str(), wrote.lines), ("4a1b", 12));
        assert_eq!(wrote.found, [2, 0]);
    }

    #[test]
    fn hours_that_are_over_are_one_query_each_and_the_newest_minutes_a_few() {
        let window = Window {
            start: 3_000,
            end: 9_000,
            period: 60,
        };
        let log = Arc::new(log());
        let spans: Vec<_> = blocks(&log, window, 9_000)
            .iter()
            .map(|b| (b.start, b.end))
            .collect();
        let tens = (7_200..9_000).step_by(600).map(|at| (at, at + 600));
        let expected: Vec<_> = [(0, 3_600), (3_600, 7_200)]
            .into_iter()
            .chain(tens)
            .collect();
        assert_eq!(spans, expected);
        let settled = blocks(&log, window, 9_000);
        let settled = settled.iter().filter(|b| is_settled(b, 9_000));
        assert_eq!(settled.count(), 4);
    }
}
