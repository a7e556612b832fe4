//! What the commands of a query make of log events.
//!
//! What belongs here: rows and their values. What must not: how commands are written.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use regex_lite::Regex;

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::parse::{By, Command, Compares, Does, Literal, Sum, Test};

/// The fields of an event, or of a group of them; one that is not there has no value.
pub(super) type Row = BTreeMap<String, String>;

/// What a query found: rows with what they show, in order, and how many events passed its filters.
pub(super) struct Outcome {
    pub(super) rows: Vec<Vec<(String, String)>>,
    pub(super) matched: usize,
}

/// Runs the commands over events; at most so many rows are shown.
pub(super) fn run(commands: &[Command], events: Vec<Row>, most: usize) -> Outcome {
    let mut rows = events;
    let mut shown = ["@timestamp", "@message"].map(str::to_owned).to_vec();
    let (mut most, mut matched) = (most, None);
    for command in commands {
        match command {
            Command::Shows(names) => shown.clone_from(names),
            Command::Filter(test) => rows.retain(|row| passes(test, row)),
            Command::Parse {
                from,
                between,
                names,
            } => {
                for row in &mut rows {
                    take_apart(row, from, between, names);
                }
            }
            Command::Captures { from, pattern } => {
                for row in &mut rows {
                    captured(row, from, pattern);
                }
            }
            Command::Stats { sums, by } => {
                matched.get_or_insert(rows.len());
                shown = by.iter().map(By::called).cloned().collect();
                shown.extend(sums.iter().map(|s| s.called.clone()));
                rows = grouped(rows, sums, by);
            }
            Command::Sort(by) => rows.sort_by(|a, b| order(a, b, by)),
            Command::Limit(limit) => most = most.min(*limit),
        }
    }
    let matched = matched.unwrap_or(rows.len());
    if !commands.iter().any(|c| matches!(c, Command::Stats { .. })) {
        shown.push("@ptr".to_owned());
    }
    let show = |row: &Row| {
        let cells = shown.iter();
        cells
            .filter_map(|name| Some((name.clone(), row.get(name)?.clone())))
            .collect()
    };
    Outcome {
        rows: rows.iter().take(most).map(show).collect(),
        matched,
    }
}

/// What stands for each star; nothing at all where the text is not as the glob says. The last star takes the rest.
fn take_apart(row: &mut Row, from: &str, between: &[String], names: &[String]) {
    let Some(found) = row.get(from).and_then(|text| stars(text, between)) else {
        return;
    };
    row.extend(names.iter().cloned().zip(found));
}

fn stars(text: &str, between: &[String]) -> Option<Vec<String>> {
    let (first, others) = between.split_first()?;
    let mut rest = &text[text.find(first.as_str())? + first.len()..];
    let mut found = Vec::new();
    for (place, part) in others.iter().enumerate() {
        let is_last = place + 1 == others.len();
        let end = match part.is_empty() {
            true if is_last => rest.len(),
            true => 0,
            false => rest.find(part.as_str())?,
        };
        found.push(rest[..end].to_owned());
        rest = &rest[(end + part.len()).min(rest.len())..];
    }
    Some(found)
}

fn passes(test: &Test, row: &Row) -> bool {
    match test {
        Test::Any(all) => all.iter().any(|t| passes(t, row)),
        Test::All(all) => all.iter().all(|t| passes(t, row)),
        Test::Not(test) => !passes(test, row),
        Test::Has(name) => row.contains_key(name),
        Test::Like(name, pattern) => row.get(name).is_some_and(|v| pattern.is_match(v)),
        Test::In(name, all) => row
            .get(name)
            .is_some_and(|v| all.iter().any(|l| compared(v, l) == Some(Ordering::Equal))),
        Test::Is(name, compares, literal) => row
            .get(name)
            .and_then(|v| compared(v, literal))
            .is_some_and(|is| holds(*compares, is)),
    }
}

fn holds(compares: Compares, is: Ordering) -> bool {
    match compares {
        Compares::Equal => is == Ordering::Equal,
        Compares::Unequal => is != Ordering::Equal,
        Compares::Less => is == Ordering::Less,
        Compares::LessOrEqual => is != Ordering::Greater,
        Compares::More => is == Ordering::Greater,
        Compares::MoreOrEqual => is != Ordering::Less,
    }
}

/// Text compares with text, a number with what reads as one.
fn compared(value: &str, literal: &Literal) -> Option<Ordering> {
    match literal {
        Literal::Text(text) => Some(value.cmp(text)),
        Literal::Number(number) => value.parse::<f64>().ok()?.partial_cmp(number),
    }
}

/// The named groups of the first place that matches; a text without one has none of them.
fn captured(row: &mut Row, from: &str, pattern: &Regex) {
    let Some(found) = row.get(from).and_then(|text| pattern.captures(text)) else {
        return;
    };
    let names = pattern.capture_names().flatten();
    let named =
        names.filter_map(|name| Some((name.to_owned(), found.name(name)?.as_str().to_owned())));
    let named: Vec<(String, String)> = named.collect();
    row.extend(named);
}

/// The beginning of the time that an event is in.
fn bin(row: &Row, length: i64) -> Option<String> {
    let at: DateTime = row.get("@timestamp")?.parse().ok()?;
    let at = at.in_tz("UTC").ok()?.timestamp().as_millisecond();
    let begins = Timestamp::from_millisecond(at.div_euclid(length) * length);
    begins
        .ok()
        .map(|at| super::insights::written(at.as_millisecond()))
}

fn grouped(rows: Vec<Row>, sums: &[Sum], by: &[By]) -> Vec<Row> {
    let mut groups: BTreeMap<Vec<Option<String>>, Vec<Row>> = BTreeMap::new();
    for row in rows {
        let of = |by: &By| match by {
            By::Field(name) => row.get(name).cloned(),
            By::Bin(_, length) => bin(&row, *length),
        };
        let key = by.iter().map(of).collect();
        groups.entry(key).or_default().push(row);
    }
    let made = |(key, rows): (Vec<Option<String>>, Vec<Row>)| {
        let named = by.iter().map(By::called).cloned().zip(key);
        let mut row: Row = named.filter_map(|(name, v)| Some((name, v?))).collect();
        let summed = sums.iter();
        row.extend(summed.filter_map(|s| Some((s.called.clone(), told(summed_up(s, &rows)?)))));
        row
    };
    groups.into_iter().map(made).collect()
}

fn summed_up(sum: &Sum, rows: &[Row]) -> Option<f64> {
    let values = rows.iter().filter_map(|row| row.get(&sum.of));
    if sum.does == Does::Count {
        let count = if sum.of == "*" {
            rows.len()
        } else {
            values.count()
        };
        return Some(count as f64);
    }
    let numbers: Vec<f64> = values.filter_map(|v| v.parse().ok()).collect();
    let total: f64 = numbers.iter().sum();
    match sum.does {
        _ if numbers.is_empty() => None,
        Does::Min => numbers.into_iter().reduce(f64::min),
        Does::Max => numbers.into_iter().reduce(f64::max),
        Does::Avg => Some(total / numbers.len() as f64),
        Does::Sum | Does::Count => Some(total),
    }
}

fn told(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        format!("{}", number as i64)
    } else {
        format!("{number}")
    }
}

fn order(a: &Row, b: &Row, by: &[(String, bool)]) -> Ordering {
    let each = by.iter().map(|(name, falls)| {
        let (a, b) = (a.get(name), b.get(name));
        let number = |v: Option<&String>| v.and_then(|v| v.parse::<f64>().ok());
        let is = match (number(a), number(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => a.cmp(&b),
        };
        if *falls { is.reverse() } else { is }
    });
    each.fold(Ordering::Equal, Ordering::then)
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn asked(query: &str, events: &[&str]) -> Vec<Vec<String>> {
        let events = events
            .iter()
            .map(|text| Row::from([("@message".to_owned(), (*text).to_owned())]));
        let outcome = run(&parse(query).expect(query), events.collect(), 1000);
        let values = |row: Vec<(String, String)>| row.into_iter().map(|(_, v)| v).collect();
        outcome.rows.into_iter().map(values).collect()
    }

    #[test]
    fn records_are_taken_apart_filtered_summed_and_sorted() {
        let events = [
            "eni-1 10.0.0.1 443 10",
            "eni-2 10.0.0.1 443 5",
            "eni-1 10.0.0.2 80 7",
            "eni-1 - - -",
        ];
        let query = "parse @message \"* * * *\" as eni, dst, port, bytes | filter eni = \"eni-1\" and port not like /^80$/ | \
            stats sum(bytes) as total by dst | sort total desc";
        assert_eq!(asked(query, &events), [vec!["10.0.0.1", "10"], vec!["-"]]);
        let query = "parse @message \"* * * *\" as eni, dst, port, bytes | stats sum(bytes) as total by dst | sort total desc | \
            limit 1";
        assert_eq!(asked(query, &events), [["10.0.0.1", "15"]]);
    }

    #[test]
    fn numbers_compare_as_numbers_and_texts_as_texts() {
        let events = ["9", "10", "x"];
        let of = |test: &str| {
            let query = format!("parse @message \"*\" as n | filter {test} | stats count(*)");
            asked(&query, &events).concat().concat()
        };
        assert_eq!(of("n > 9"), "1");
        assert_eq!(of("n >= 9"), "2");
        assert_eq!(of("n in [10, \"x\"]"), "2");
        assert_eq!(of("not n in [10]"), "2");
        assert_eq!(of("n != \"x\""), "2");
    }

    #[test]
    fn lines_that_a_pattern_finds_are_counted_beside_all_lines_of_a_minute() {
        let event = |at: &str, text: &str| {
            Row::from([
                ("@timestamp".to_owned(), format!("2026-11-26 10:0{at}.000")),
                ("@message".to_owned(), text.to_owned()),
            ])
        };
        let events = vec![
            event("0:01", "ERROR one"),
            event("0:59", "fine"),
            event("1:00", "an error"),
        ];
        let query = "parse @message /(?i)(?<hit>error)/ | parse @message /(?<one>ERROR)/ | \
            stats count(*) as lines, count(hit) as hits, count(one) as ones by bin(1m)";
        let rows = run(&parse(query).expect(query), events, 10).rows;
        let rows: Vec<Vec<String>> = rows
            .into_iter()
            .map(|row| row.into_iter().map(|(_, v)| v).collect())
            .collect();
        assert_eq!(
            rows,
            [
                ["2026-11-26 10:00:00.000", "2", "1", "1"],
                ["2026-11-26 10:01:00.000", "1", "1", "0"]
            ]
        );
    }

    #[test]
    fn what_does_not_fit_the_glob_has_no_field() {
        let query = "parse @message \"a=* b=*\" as a, b | filter ispresent(a) | stats count(*)";
        assert_eq!(asked(query, &["a=1 b=2", "b=2", "x a=3 b="]), [["2"]]);
    }
}
