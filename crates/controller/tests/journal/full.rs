//! A journal on a disk that is full for a while: it opens itself again, keeps everything, and is nobody else's meanwhile.

use std::{fs, path::Path, sync::Arc};

use sixshift_controller::{
    event::{Event, EventKind},
    journal::{Error, Expect, File, Journal, Page, Records, Save},
};

use crate::{disk::SmallDisk, done, get, now, open, put};

/// A journal with an item in it, on a disk that has become full.
struct Full {
    disk: SmallDisk,
    journal: File,
}

impl Full {
    fn new() -> Option<Self> {
        let disk = SmallDisk::mount()?;
        let journal = open(&disk.journal()).unwrap();
        put(&journal, "kept", Expect::Absent, "kept").unwrap();
        disk.fill();
        let failed = write_until_it_fails(&journal);
        assert!(matches!(failed, Error::Store { .. }), "{failed}");
        assert!(failed.why().contains("No space left"), "{}", failed.why());
        Some(Self { disk, journal })
    }

    fn reopen(&self) -> Result<(), Error> {
        done(self.journal.reopen())
    }
}

/// It has room of its own for a while.
fn write_until_it_fails(journal: &dyn Journal) -> Error {
    let value = "x".repeat(50_000);
    let mut numbers = 0..1_000;
    let failed =
        numbers.find_map(|n| put(journal, &format!("more/{n}"), Expect::Anything, &value).err());
    failed.unwrap()
}

fn is_refused(path: &Path) {
    let refused = open(path).unwrap_err();
    assert!(matches!(refused, Error::Locked { .. }), "{refused}");
}

#[test]
fn a_journal_whose_disk_was_full_works_again_once_there_is_room() {
    let Some(full) = Full::new() else { return };
    // redb itself refuses everything by now, room or not.
    full.disk.make_room();
    let refused = put(&full.journal, "new", Expect::Absent, "new").unwrap_err();
    assert!(matches!(refused, Error::Store { .. }), "{refused}");
    full.reopen().unwrap();
    assert_eq!(get(&full.journal, "kept").unwrap().value, b"kept");
    put(&full.journal, "new", Expect::Absent, "new").unwrap();
    drop(full.journal);
    let journal = open(&full.disk.journal()).unwrap();
    assert_eq!(get(&journal, "new").unwrap().value, b"new");
}

#[test]
fn nobody_else_gets_the_file_while_it_cannot_be_opened_again() {
    let Some(full) = Full::new() else { return };
    let path = full.disk.journal();
    is_refused(&path);
    let away = full.disk.path().join("away");
    fs::rename(&path, &away).unwrap();
    full.reopen().unwrap_err();
    let shut = put(&full.journal, "new", Expect::Absent, "new").unwrap_err();
    assert!(matches!(shut, Error::Shut { .. }), "{shut}");
    fs::rename(&away, &path).unwrap();
    is_refused(&path);
    full.disk.make_room();
    is_refused(&path);
    full.reopen().unwrap();
    is_refused(&path);
    put(&full.journal, "new", Expect::Absent, "new").unwrap();
}

#[test]
fn a_file_that_is_gone_or_was_replaced_meanwhile_is_not_begun_anew() {
    let Some(full) = Full::new() else { return };
    let path = full.disk.journal();
    full.disk.make_room();
    fs::rename(&path, full.disk.path().join("away")).unwrap();
    let refused = full.reopen().unwrap_err();
    assert!(matches!(refused, Error::Access { .. }), "{refused}");
    assert!(!path.exists());
    drop(open(&path).unwrap());
    let refused = full.reopen().unwrap_err();
    assert!(matches!(refused, Error::Replaced { .. }), "{refused}");
    assert!(
        refused.to_string().contains("start sixshift again"),
        "{refused}"
    );
}

#[test]
fn a_file_that_was_damaged_meanwhile_is_refused_where_it_is_and_put_aside_by_the_next_start() {
    let Some(full) = Full::new() else { return };
    let path = full.disk.journal();
    full.disk.make_room();
    let mut bytes = fs::read(&path).unwrap();
    bytes.iter_mut().for_each(|byte| *byte ^= 0x5a);
    fs::write(&path, bytes).unwrap();
    for _ in 0..2 {
        let refused = full.reopen().unwrap_err();
        assert!(
            matches!(refused, Error::Damaged { aside: None, .. }),
            "{refused}"
        );
        assert!(path.exists());
    }
    drop(full.journal);
    let refused = open(&path).unwrap_err();
    assert!(
        matches!(refused, Error::Damaged { aside: Some(_), .. }),
        "{refused}"
    );
    let refused = open(&path).unwrap_err();
    assert!(matches!(refused, Error::StillAside { .. }), "{refused}");
}

fn event(kind: EventKind, text: &str) -> Event {
    Event::new(now(), kind, text)
}

fn texts(records: &Records) -> Vec<(u64, String)> {
    let page = Page {
        limit: 1_000,
        newest_first: false,
        ..Page::default()
    };
    let events = done(records.events(None, page)).unwrap();
    events.into_iter().map(|e| (e.seq, e.text)).collect()
}

#[test]
fn events_that_were_not_flushed_yet_are_written_again_with_their_numbers() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let journal: Arc<dyn Journal> = Arc::new(open(&disk.journal()).unwrap());
    let records = Records::new(Arc::clone(&journal));
    done(records.load()).unwrap();
    let append = |kind, text| done(records.append(event(kind, text))).unwrap().seq;
    append(EventKind::Acted, "flushed");
    append(EventKind::Phase, "seen");
    append(EventKind::Verdict, "judged");
    disk.fill();
    write_until_it_fails(&*journal);
    let paused = || vec![Save::Facts("checkout".to_owned(), Box::default())];
    let order = event(EventKind::Command, "pause");
    done(records.save(paused(), Some(order.clone()))).unwrap_err();
    disk.make_room();
    done(records.reopen()).unwrap();
    let saved = done(records.save(paused(), Some(order))).unwrap().unwrap();
    assert_eq!(saved.seq, 4);
    let expected = ["flushed", "seen", "judged", "pause"];
    let expected: Vec<_> = (1..).zip(expected.map(str::to_owned)).collect();
    assert_eq!(texts(&records), expected);
    drop((records, journal));
    let again = Records::new(Arc::new(open(&disk.journal()).unwrap()));
    assert_eq!(texts(&again), expected);
    assert!(
        done(again.load()).unwrap().plans["checkout"]
            .facts
            .is_some()
    );
}
