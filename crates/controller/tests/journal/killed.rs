//! A daemon that is killed in the middle of a write has lost nothing that it was answered for, and has nothing by half.

use std::{
    env,
    io::{BufRead, BufReader, Write as _},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use sixshift_controller::{
    event::{Event, EventKind},
    journal::{Page, PlanFacts, Records, Said, Save},
};

use crate::{done, now, open};

/// Set for the process that is killed: the journal it writes to.
const JOURNAL: &str = "SIXSHIFT_TEST_JOURNAL";

#[test]
fn what_was_answered_outlives_a_kill_and_nothing_is_there_by_half() {
    if let Ok(path) = env::var(JOURNAL) {
        write_until_killed(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.redb");
    let mut last = 0;
    for turn in 0..12 {
        let answered = kill_a_writer(&path, 1 + turn * 5 % 9);
        let found = whole(&path);
        assert!(found >= answered, "{found} of {answered}");
        assert!(answered > last, "{answered} after {last}");
        last = found;
    }
}

/// Saves facts and their event in one step, and says so, until the end; what is only seen goes in between.
fn write_until_killed(path: &Path) -> ! {
    let records = Records::new(Arc::new(open(path).unwrap()));
    loop {
        let seen = Event::new(now(), EventKind::Phase, "seen");
        let before = done(records.append(seen)).unwrap();
        let reason = format!("order {}", before.seq + 1);
        let said = Said {
            by: "anna".to_owned(),
            reason: reason.clone(),
            at: now(),
        };
        let facts = PlanFacts {
            paused: Some(said),
            ..PlanFacts::default()
        };
        let mut event = Event::new(now(), EventKind::Command, reason);
        event.plan = Some("checkout".to_owned());
        let saves = vec![Save::Facts("checkout".to_owned(), Box::new(facts))];
        let event = done(records.save(saves, Some(event))).unwrap().unwrap();
        let mut out = std::io::stdout();
        writeln!(out, "\nanswered {}", event.seq).unwrap();
        out.flush().unwrap();
    }
}

/// The number of the last event that a writer was answered for before it was killed.
fn kill_a_writer(path: &Path, answers: usize) -> u64 {
    let mut writer = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("killed::what_was_answered_outlives_a_kill_and_nothing_is_there_by_half")
        .env(JOURNAL, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let mut answered = lines.filter_map(|line| {
        let line = line.unwrap();
        let seq = line.strip_prefix("answered ")?;
        Some(seq.parse::<u64>().unwrap())
    });
    let mut last = answered.by_ref().take(answers).last().unwrap();
    writer.kill().unwrap();
    // What it was answered for between the last line that was read and its end.
    last = answered.last().unwrap_or(last);
    writer.wait().unwrap();
    last
}

/// The number of the last event of a journal in which everything fits together.
fn whole(path: &Path) -> u64 {
    let records = Records::new(Arc::new(open(path).unwrap()));
    let loaded = done(records.load()).unwrap();
    let page = Page {
        limit: 1_000,
        ..Page::default()
    };
    let events = done(records.events(None, page)).unwrap();
    let numbers: Vec<_> = events.iter().rev().map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=loaded.last_event).collect::<Vec<_>>());

    let of_plan = done(records.events(Some("checkout"), page)).unwrap();
    let orders: Vec<_> = events
        .into_iter()
        .filter(|event| event.kind == EventKind::Command)
        .collect();
    assert_eq!(of_plan, orders);
    let facts = loaded.plans["checkout"].facts.clone().unwrap();
    assert_eq!(facts.paused.unwrap().reason, orders[0].text);
    loaded.last_event
}
