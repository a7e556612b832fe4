//! What the tasks of both sides wrote into their logs: lines a minute, counted by CloudWatch Logs, and whose they are by ECS's
//! account of its tasks.
//!
//! What belongs here: which lines are asked for, over which time, and whose a stream is. What must not: the calls of a query
//! ([`crate::insights`]), and what the counts prove (`sixshift_core::evidence`).
//!
//! Both sides write into the same streams' names but for the task at their end, so a stream is one side's where ECS says that the
//! task is. It tells of a task for an hour after its end; what it told once stays true, and is kept. Of a minute in which somebody
//! wrote of whom that cannot be told, nothing is known.

mod count;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError},
    time::Duration,
};

use count::Wrote;
pub(crate) use count::{Written, count};
use jiff::Timestamp;
use sixshift_core::{
    names,
    observation::{Known, LogStream, TaskDefinition, Why, log_stream},
    plan::{Gauge, Pattern, Plan},
};

use super::{Ages, metrics::Window};
use crate::region::Region;

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
/// So many of a service's tasks are remembered.
const MOST_TASKS: usize = 1_000;
/// What lies before is asked for by nobody: a day, and what a wait adds to it.
const OLDEST: i64 = 25 * HOUR;

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
    forget(region, now.as_second());
    let wrote: Vec<Wrote<'_>> = written.iter().flat_map(|block| block.each()).collect();
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

/// Up to when hours are over, and told.
fn whole_hours(now: i64) -> i64 {
    (now - SETTLES).div_euclid(HOUR) * HOUR
}

/// Hours that are over, then the tens of minutes up to the newest.
fn blocks(log: &Arc<Log>, window: Window, now: i64) -> Vec<Block> {
    let whole = whole_hours(now);
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

/// Drops what no look asks for any more.
fn forget(region: &Region, now: i64) {
    let whole = whole_hours(now);
    region.readers.written.forget(|block, _| {
        let is_part = block.end - block.start < HOUR && block.end <= whole;
        is_part || block.end < now - OLDEST
    });
}

/// The tasks of each side: those that ECS tells of now, and those that it told of before and whose lines are still counted.
async fn authors(
    region: &Region,
    plan: &Plan,
    wrote: &[Wrote<'_>],
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
            let writes: BTreeSet<&str> = wrote.iter().map(|w| w.task).collect();
            known.retain(|task| listed.contains(task) || writes.contains(task.as_str()));
        }
        side.clone_from(known);
    }
    Ok(sides)
}

fn counted(
    plan: &Plan,
    wrote: &[Wrote<'_>],
    [ipv4, ipv6]: &[BTreeSet<String>; 2],
    window: Window,
    now: i64,
) -> Counted {
    // Whoever wrote since is told of, or is nobody of ours.
    let recent: BTreeSet<&str> = wrote
        .iter()
        .filter(|w| w.minute >= now - TOLD)
        .map(|w| w.task)
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
        let side = match (ipv4.contains(w.task), ipv6.contains(w.task)) {
            (true, _) if plan.in_place().is_some() => 1,
            (true, _) => 0,
            (_, true) => 1,
            _ if recent.contains(w.task) => continue,
            _ => {
                *minute = None;
                continue;
            }
        };
        let Some(sides) = minute else { continue };
        let side = &mut sides[side];
        side.lines += u64::from(w.lines);
        side.tasks += 1;
        for (sum, found) in side.found.iter_mut().zip(w.found) {
            *sum += u64::from(*found);
        }
    }
    Counted {
        is_of_one_side: plan.in_place().is_some(),
        minutes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_are_over_are_one_query_each_and_the_newest_minutes_a_few() {
        let window = Window {
            start: 3_000,
            end: 9_000,
            period: 60,
        };
        let log = Arc::new(Log {
            group: "/shop".to_owned(),
            streams: "app/web/".to_owned(),
            patterns: Vec::new(),
        });
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

    /// Who wrote in which minute, so many minutes ago; each a line that the pattern finds.
    fn minutes(wrote: &[(&str, i64)]) -> Vec<Option<(u64, u64)>> {
        const NOW: i64 = 36_000;
        let service = sixshift_core::plan::ServiceRef {
            region: "eu-central-1".to_owned(),
            cluster: "prod".to_owned(),
            name: "checkout".to_owned(),
            role_arn: None,
            external_id: None,
        };
        let mut plan = Plan::draft("checkout", &service);
        let lines = sixshift_core::plan::Lines {
            pattern: Pattern::read("ERROR").unwrap(),
            per: sixshift_core::plan::Per::Requests,
        };
        plan.health.metrics = vec![lines.gauge("errors".to_owned())];
        let wrote: Vec<Wrote<'_>> = wrote
            .iter()
            .map(|(task, ago)| Wrote {
                minute: NOW - ago * MINUTE,
                task,
                lines: 1,
                found: &[1],
            })
            .collect();
        let sides = [["old"], ["twin"]].map(|tasks| tasks.map(str::to_owned).into());
        let window = Window {
            start: NOW - 80 * MINUTE,
            end: NOW,
            period: MINUTE,
        };
        let counted = counted(&plan, &wrote, &sides, window, NOW);
        let minutes = counted.minutes.into_iter();
        minutes
            .map(|m| m.map(|[ipv4, ipv6]| (ipv4.found[0], ipv6.found[0])))
            .collect()
    }

    #[test]
    fn a_line_is_the_sides_whose_task_wrote_it() {
        let minutes = minutes(&[("old", 70), ("twin", 70), ("twin", 10)]);
        assert_eq!(minutes[10], Some((1, 1)));
        assert_eq!(minutes[70], Some((0, 1)));
        assert_eq!(minutes[11], Some((0, 0)));
    }

    #[test]
    fn somebody_of_whom_ecs_tells_nothing_within_the_hour_is_nobody_of_ours_and_before_may_have_been()
     {
        let minutes = minutes(&[("gone", 70), ("twin", 70), ("other", 70), ("other", 10)]);
        assert_eq!(minutes[10], None);
        assert_eq!(minutes[70], Some((0, 0)));
        let of_others = self::minutes(&[("other", 70), ("other", 10), ("twin", 70)]);
        assert_eq!(of_others[10], Some((0, 1)));
    }
}
