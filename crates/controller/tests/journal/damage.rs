//! A file that was torn or altered opens with a state that once was whole, or not at all.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use sixshift_controller::journal::{
    Durability, Error, Expect, File, Item, Journal, LARGEST_VALUE, Write,
};
use tempfile::TempDir;

use crate::{done, open, under};

/// The byte that says which of the two commit slots counts: flipped, it tells of the one before.
const WHICH_SLOT: usize = 9;

/// A file with some history, and every state that a transaction ever left.
struct Grown {
    folder: TempDir,
    path: PathBuf,
    states: BTreeSet<String>,
    last: String,
}

impl Grown {
    /// Closed as it should be, or copied while it was open: what a crash of the machine leaves.
    fn new(closed: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grown.redb");
        let journal = open(&path).unwrap();
        let mut states = BTreeSet::from([state(&journal)]);
        for turn in 0..40_u32 {
            let durability = if turn % 3 == 2 {
                Durability::Soon
            } else {
                Durability::Now
            };
            done(journal.write(&writes(turn), durability)).unwrap();
            states.insert(state(&journal));
        }
        let path = if closed {
            drop(journal);
            path
        } else {
            let copy = folder.path().join("copied.redb");
            fs::copy(&path, &copy).unwrap();
            copy
        };
        let last = state(&open(&path).unwrap());
        // Opening it made it clean: what is altered is the copy from before.
        let path = if closed {
            path
        } else {
            let copy = folder.path().join("grown.redb");
            fs::copy(&copy, &path).unwrap();
            path
        };
        assert!(states.contains(&last));
        Self {
            folder,
            path,
            states,
            last,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }

    /// With which state a file of these bytes opens, one that was; `None`: it is refused.
    fn opens(&self, bytes: &[u8], what: &str) -> Option<String> {
        let place = tempfile::tempdir_in(self.folder.path()).unwrap();
        let path = place.path().join("journal.redb");
        fs::write(&path, bytes).unwrap();
        match open(&path) {
            Ok(journal) => {
                let found = state(&journal);
                assert!(self.states.contains(&found), "{what}: {found}");
                Some(found)
            }
            Err(refused) => {
                assert_put_aside(&path, bytes.len(), &refused, what);
                None
            }
        }
    }
}

/// Several keys change together, so half a transaction would show.
fn writes(turn: u32) -> Vec<Write> {
    let value = format!("{turn} {}", "x".repeat(turn as usize * 40));
    let together = ["a", "b", "c"].map(|key| Write::put(key, Expect::Anything, value.clone()));
    let mut writes = together.to_vec();
    writes.push(Write::put(
        format!("event/{turn:03}"),
        Expect::Absent,
        value,
    ));
    if turn >= 20 {
        writes.push(Write::delete(
            format!("event/{:03}", turn - 20),
            Expect::Version(1),
        ));
    }
    writes
}

fn state(journal: &File) -> String {
    let brief = |item: Item| {
        assert!(item.value.len() < LARGEST_VALUE);
        let value = String::from_utf8(item.value).unwrap();
        let turn = value.split(' ').next().unwrap_or_default().to_owned();
        format!("{}@{}={turn}+{}", item.key, item.version, value.len())
    };
    let items = done(journal.query(&under(""))).unwrap();
    items.into_iter().map(brief).collect::<Vec<_>>().join(" ")
}

fn assert_put_aside(path: &Path, length: usize, refused: &Error, what: &str) {
    let Error::Damaged {
        aside: Some(aside), ..
    } = refused
    else {
        panic!("{what}: {refused:?}");
    };
    assert!(!path.exists(), "{what}");
    assert_eq!(fs::metadata(aside).unwrap().len(), length as u64, "{what}");
}

#[test]
fn a_copy_made_in_the_middle_of_things_opens_with_what_was_flushed_last() {
    let grown = Grown::new(false);
    // Turn 39 was durable, and so is everything before it.
    assert!(grown.last.starts_with("a@40=39"), "{}", grown.last);
    assert_eq!(
        grown.opens(&grown.bytes(), "the copy"),
        Some(grown.last.clone())
    );
}

#[test]
fn a_truncated_file_is_refused_or_whole() {
    for closed in [true, false] {
        let grown = Grown::new(closed);
        let bytes = grown.bytes();
        let mut refused = 0;
        for part in 0..40 {
            // Not on a page's border, and on one.
            for length in [
                bytes.len() * part / 40,
                bytes.len() * part / 40 / 4096 * 4096,
            ] {
                let what = format!("{length} of {} bytes, closed: {closed}", bytes.len());
                refused += u32::from(grown.opens(&bytes[..length], &what).is_none());
            }
        }
        assert!(
            refused >= 60,
            "{refused} of 80 were refused, closed: {closed}"
        );
    }
}

#[test]
fn a_file_with_a_flipped_byte_is_refused_or_whole() {
    for closed in [true, false] {
        let grown = Grown::new(closed);
        let bytes = grown.bytes();
        // Every byte of the header and its two commit slots, then a sample of what is not empty.
        let filled: Vec<_> = (320..bytes.len()).filter(|at| bytes[*at] != 0).collect();
        let sample = filled.iter().copied().step_by(filled.len() / 60 + 1);
        let (mut opened, mut refused) = (0, 0);
        for at in (0..320).chain(sample) {
            let flip = [0x01, 0xFF][at % 2];
            let mut altered = bytes.clone();
            altered[at] ^= flip;
            let what = format!("byte {at} ^ {flip:#04x}, closed: {closed}");
            match grown.opens(&altered, &what) {
                Some(found) if at == WHICH_SLOT => assert!(grown.states.contains(&found)),
                Some(found) => {
                    assert_eq!(found, grown.last, "{what}");
                    opened += 1;
                }
                None => refused += 1,
            }
        }
        // Both happen: a checksum finds what matters, and what is unused doesn't.
        assert!(
            opened > 50 && refused > 50,
            "{opened} opened, {refused} refused"
        );
    }
}

#[test]
fn a_file_with_a_lost_page_is_refused_or_whole() {
    for closed in [true, false] {
        let grown = Grown::new(closed);
        let bytes = grown.bytes();
        let pages = bytes.len() / 4096;
        let filled = (0..pages).filter(|page| bytes[page * 4096..][..4096].iter().any(|b| *b != 0));
        let mut refused = 0;
        for page in filled {
            let mut altered = bytes.clone();
            altered[page * 4096..][..4096].fill(0);
            let what = format!("page {page}, closed: {closed}");
            refused += u32::from(grown.opens(&altered, &what).is_none());
        }
        assert!(refused > 2, "{refused} were refused, closed: {closed}");
    }
}
