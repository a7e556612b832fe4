//! One query: how many lines each stream has in each minute, and how many of them each pattern finds.
//!
//! What belongs here: the query's text, and its rows. What must not: which time is asked for, and whose a stream is
//! ([`super`]).
//!
//! Source: CloudWatch Logs user guide, "parse" (a line that does not match is kept, without the named group's field), "stats"
//! (`count(field)` counts those that have it) and "bin".

use std::{fmt::Write as _, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;
use sixshift_core::{
    observation::{Known, Why},
    plan::between_slashes,
};

use super::{super::why, Block, Log, MINUTE};
use crate::{
    insights::{self, Asked, Failed, MOST_ROWS},
    region::Clients,
};

/// How often it is asked whether a query has ended.
const LONGEST: u32 = 60;

/// What one stream had in one minute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wrote<'a> {
    pub(super) minute: i64,
    pub(super) task: &'a str,
    pub(super) lines: u32,
    /// By the patterns' order.
    pub(super) found: &'a [u32],
}

/// What a block had. There may be many, for a day: each name is kept once.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Counts {
    tasks: Vec<Box<str>>,
    rows: Vec<Row>,
    /// Of each row as many as there are patterns.
    found: Vec<u32>,
}

#[derive(Debug, PartialEq)]
struct Row {
    minute: i64,
    task: u16,
    lines: u32,
}

/// The same, shared by whoever remembers it.
pub(crate) type Written = Arc<Counts>;

impl Counts {
    /// Each row.
    pub(super) fn each(&self) -> impl Iterator<Item = Wrote<'_>> {
        let patterns = self.found.len() / self.rows.len().max(1);
        let rows = self.rows.iter().enumerate();
        rows.filter_map(move |(index, row)| {
            Some(Wrote {
                minute: row.minute,
                task: self.tasks.get(usize::from(row.task))?,
                lines: row.lines,
                found: self.found.get(index * patterns..(index + 1) * patterns)?,
            })
        })
    }

    fn of(rows: &[Value], patterns: usize) -> Self {
        let mut counts = Self::default();
        for row in rows {
            counts.add(row, patterns);
        }
        counts
    }

    /// Adds a row; one that says nothing is left out.
    fn add(&mut self, row: &Value, patterns: usize) -> Option<()> {
        let cells = || row.as_array().into_iter().flatten();
        let cell = |name: &str| {
            let cell = cells().find(|c| c["field"].as_str() == Some(name));
            cell.and_then(|c| c["value"].as_str())
        };
        // CloudWatch Logs may write a count as 12 or as 1.2E1.
        let number = |name: &str| -> Option<u32> {
            let number: f64 = cell(name)?.parse().ok()?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a count; a cast ends at u32's end"
            )]
            let number = number.max(0.0) as u32;
            Some(number)
        };
        let at = cell("bin(1m)")?.replacen(' ', "T", 1);
        let minute: Timestamp = format!("{at}Z").parse().ok()?;
        let task = cell("@logStream")?.rsplit('/').next()?;
        let lines = number("lines")?;
        let known = self.tasks.iter().position(|t| **t == *task);
        let index = known.unwrap_or_else(|| {
            self.tasks.push(task.into());
            self.tasks.len() - 1
        });
        self.rows.push(Row {
            minute: minute.as_second().div_euclid(MINUTE) * MINUTE,
            task: u16::try_from(index).ok()?,
            lines,
        });
        let found = (0..patterns).map(|i| number(&format!("count{i}")).unwrap_or_default());
        self.found.extend(found);
        Some(())
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
            let counts = Counts::of(&found.rows, block.log.patterns.len());
            Known::Seen(Arc::new(counts))
        }
        // Nobody could write then.
        Err(Failed::TooOld(_)) => Known::Seen(Written::default()),
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sixshift_core::plan::Pattern;

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
        let counts = Counts::of(&[row, json!([cell("lines", "3")])], 2);
        let rows: Vec<Wrote<'_>> = counts.each().collect();
        let [row] = rows.as_slice() else {
            panic!("{rows:?}");
        };
        let minute: Timestamp = "2026-11-26T10:03:00Z".parse().unwrap();
        assert_eq!(row.minute, minute.as_second());
        assert_eq!((row.task, row.lines), ("4a1b", 12));
        assert_eq!(row.found, [2, 0]);
    }
}
