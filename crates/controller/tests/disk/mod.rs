//! A small disk of its own, which a test can fill. Only root can mount one: whoever else runs the tests is told loudly that
//! these were left out.

#![expect(
    clippy::print_stderr,
    reason = "a test that was left out says so to whoever runs it"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

const SIZE: &str = "size=4m";
const FILLS: &str = "somebody-elses";

/// A mounted disk, until it is dropped.
#[derive(Debug)]
pub(crate) struct SmallDisk {
    place: TempDir,
}

impl SmallDisk {
    /// `None`: this user cannot mount one, and was told.
    pub(crate) fn mount() -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", SIZE, "tmpfs"])
            .arg(place.path());
        match mount.output() {
            Ok(done) if done.status.success() => Some(Self { place }),
            failed => {
                eprintln!(
                    "LEFT OUT: no small disk can be mounted here, which takes root: {failed:?}"
                );
                None
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.place.path()
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.path().join("journal.redb")
    }

    /// Not a byte is left.
    pub(crate) fn fill(&self) {
        let filler = self.path().join(FILLS);
        let full = (0..).find_map(|_| append(&filler, &[0; 4_096]).err());
        assert_eq!(full.unwrap().kind(), std::io::ErrorKind::StorageFull);
    }

    /// What filled it is gone.
    pub(crate) fn make_room(&self) {
        fs::remove_file(self.path().join(FILLS)).unwrap();
    }
}

fn append(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)?;
    file.write_all(bytes)
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
