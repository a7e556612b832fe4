//! Which files are opened, which are refused, and what is said then.

use std::{fs, path::Path};

use redb::{Database, TableDefinition};
use sixshift_controller::journal::{Durability, Error, Expect, Journal, Write};

use crate::{done, get, now, open, put};

#[test]
fn what_was_written_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.redb");
    let journal = open(&path).unwrap();
    put(&journal, "a", Expect::Absent, "now").unwrap();
    let soon = Write::put("b", Expect::Absent, "soon");
    done(journal.write(&[soon], Durability::Soon)).unwrap();
    drop(journal);
    let journal = open(&path).unwrap();
    assert_eq!(get(&journal, "a").unwrap().value, b"now");
    assert_eq!(get(&journal, "b").unwrap().value, b"soon");
    put(&journal, "a", Expect::Version(1), "again").unwrap();
}

#[test]
fn a_new_journal_leaves_nothing_else_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    // What a crash during the first start leaves.
    fs::write(folder.path().join("journal.redb.new"), "half a ").unwrap();
    let journal = open(&folder.path().join("journal.redb")).unwrap();
    assert_eq!(names(folder.path()), ["journal.redb"]);
    drop(journal);
    assert_eq!(names(folder.path()), ["journal.redb"]);
}

#[test]
fn a_journal_that_is_open_is_refused_to_a_second_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.redb");
    let first = open(&path).unwrap();
    put(&first, "a", Expect::Absent, "first").unwrap();
    let refused = open(&path).unwrap_err();
    assert!(matches!(refused, Error::Locked { .. }), "{refused}");
    assert_eq!(names(folder.path()), ["journal.redb"]);
    drop(first);
    assert_eq!(get(&open(&path).unwrap(), "a").unwrap().value, b"first");
}

#[test]
fn a_journal_of_a_newer_version_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.redb");
    put(&open(&path).unwrap(), "a", Expect::Absent, "kept").unwrap();
    set_format(&path, 2);
    let refused = open(&path).unwrap_err().to_string();
    let begins = format!(
        "cannot read the journal {}: its format is 2, this version of sixshift reads up to 1; start the newer version again",
        path.display()
    );
    assert!(refused.starts_with(&begins), "{refused}");
    assert_eq!(names(folder.path()), ["journal.redb"]);
    set_format(&path, 1);
    assert_eq!(get(&open(&path).unwrap(), "a").unwrap().value, b"kept");
}

#[test]
fn another_programs_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("theirs.redb");
    drop(Database::create(&path).unwrap());
    let refused = open(&path).unwrap_err();
    assert!(matches!(refused, Error::Foreign { .. }), "{refused}");
    assert_eq!(names(folder.path()), ["theirs.redb"]);
}

#[test]
fn a_damaged_journal_is_put_aside_and_every_start_refused_until_a_person_saw_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.redb");
    fs::write(&path, "this is no database").unwrap();
    let refused = open(&path).unwrap_err();
    let aside = folder.path().join("journal.redb.broken-20261103T100000Z");
    let text = refused.to_string();
    assert!(
        text.contains(&format!("kept as {}", aside.display())),
        "{text}"
    );
    assert!(text.contains("sixshift adopt"), "{text}");
    assert_eq!(fs::read(&aside).unwrap(), b"this is no database");

    for _ in 0..2 {
        let refused = open(&path).unwrap_err();
        assert!(matches!(refused, Error::StillAside { .. }), "{refused}");
        assert!(!path.exists());
    }

    fs::rename(&aside, folder.path().join("taken-away")).unwrap();
    drop(open(&path).unwrap());
}

#[test]
fn a_copy_from_a_backup_is_taken_though_the_damaged_one_still_lies_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.redb");
    let backup = folder.path().join("backup");
    put(&open(&path).unwrap(), "a", Expect::Absent, "kept").unwrap();
    fs::copy(&path, &backup).unwrap();
    fs::write(&path, "").unwrap();
    let refused = open(&path).unwrap_err();
    assert!(
        matches!(refused, Error::Damaged { aside: Some(_), .. }),
        "{refused}"
    );
    fs::copy(&backup, &path).unwrap();
    assert_eq!(get(&open(&path).unwrap(), "a").unwrap().value, b"kept");
}

#[test]
fn a_second_damaged_journal_of_the_same_second_is_not_written_over_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.redb");
    for text in ["the first", "the second"] {
        fs::write(&path, text).unwrap();
        open(&path).unwrap_err();
    }
    let aside = format!("journal.redb.broken-{}", now().strftime("%Y%m%dT%H%M%SZ"));
    assert_eq!(fs::read(folder.path().join(aside)).unwrap(), b"the first");
    assert_eq!(fs::read(&path).unwrap(), b"the second");
}

#[test]
fn a_folder_that_is_not_there_or_takes_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let a_file = folder.path().join("file");
    fs::write(&a_file, "").unwrap();
    // Not even root makes a file in /sys.
    for place in [folder.path().join("missing"), a_file, "/sys".into()] {
        let refused = open(&place.join("journal.redb")).unwrap_err();
        assert!(matches!(refused, Error::Access { .. }), "{refused}");
    }
    let refused = open(folder.path()).unwrap_err();
    assert!(matches!(refused, Error::Access { .. }), "{refused}");
}

fn set_format(path: &Path, format: u64) {
    let database = Database::open(path).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let meta = TableDefinition::<&str, u64>::new("meta");
        let mut meta = transaction.open_table(meta).unwrap();
        meta.insert("format", format).unwrap();
    }
    transaction.commit().unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let mut names: Vec<_> = entries
        .map(|entry| name(entry).into_string().unwrap())
        .collect();
    names.sort();
    names
}
