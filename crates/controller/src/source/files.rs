//! The files of one snapshot while they are collected: what counts as a file of plans, and how much is too much.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sixshift_core::plan::{Diagnostic, MOST_BYTES};

use super::{Error, Snapshot};

/// Files of plans in one source.
pub(super) const MOST_FILES: usize = 5_000;
/// Bytes of all of them.
const MOST_IN_ALL: usize = 64 * 1024 * 1024;
/// Files and folders of any kind that are looked at.
const MOST_ENTRIES: usize = 500_000;
/// Folders within folders; as deep as that, a loop is more likely than a plan.
pub(super) const DEEPEST: usize = 64;

/// What was found so far.
#[derive(Debug)]
pub(super) struct Files {
    whole: String,
    found: Vec<(PathBuf, Result<String, Diagnostic>)>,
    bytes: usize,
    entries: usize,
}

impl Files {
    /// Of a repository or folder, as it is called in messages.
    pub(super) fn of(whole: String) -> Self {
        Self {
            whole,
            found: Vec::new(),
            bytes: 0,
            entries: 0,
        }
    }

    /// Something was looked at.
    pub(super) fn looked(&mut self) -> Result<(), Error> {
        self.entries += 1;
        self.within(self.entries, MOST_ENTRIES, "files and folders")
    }

    /// A file's bytes.
    pub(super) fn add(&mut self, path: PathBuf, bytes: Vec<u8>) -> Result<(), Error> {
        if bytes.len() > MOST_BYTES {
            return self.too_large(path);
        }
        self.bytes += bytes.len();
        let total = self.bytes;
        self.within(total, MOST_IN_ALL, "bytes in files of plans")?;
        let text = String::from_utf8(bytes).map_err(|error| not_utf8(&path, &error));
        self.put(path, text)
    }

    /// A file that nobody should read into memory.
    pub(super) fn too_large(&mut self, path: PathBuf) -> Result<(), Error> {
        let message = format!("the file has more than {MOST_BYTES} bytes");
        self.refuse(path, message, "split it into several files")
    }

    /// Something that is no file of plans though it looks like one.
    pub(super) fn refuse(
        &mut self,
        path: PathBuf,
        message: String,
        remedy: &str,
    ) -> Result<(), Error> {
        let diagnostic = Diagnostic::of_file(path.clone(), message, remedy.to_owned());
        self.put(path, Err(diagnostic))
    }

    fn put(&mut self, path: PathBuf, text: Result<String, Diagnostic>) -> Result<(), Error> {
        self.found.push((path, text));
        self.within(self.found.len(), MOST_FILES, "files of plans")
    }

    fn within(&self, count: usize, most: usize, what: &str) -> Result<(), Error> {
        if count <= most {
            return Ok(());
        }
        Err(Error::TooMuch {
            whole: self.whole.clone(),
            limit: format!("{most} {what}"),
        })
    }

    /// All of it.
    pub(super) fn snapshot(
        mut self,
        commit: Option<String>,
        author_date: Option<Timestamp>,
    ) -> Snapshot {
        self.found.sort_by(|a, b| a.0.cmp(&b.0));
        Snapshot {
            commit,
            author_date,
            digest: digest(&self.found),
            files: Arc::from(self.found),
        }
    }
}

/// Whether a file's name says that plans may be in it.
pub(super) fn is_of_plans(name: &Path) -> bool {
    name.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// Whether a name is hidden: `.git`, `.github`, and the folders in which Kubernetes keeps a mounted ConfigMap twice.
pub(super) fn is_hidden(name: &[u8]) -> bool {
    name.starts_with(b".")
}

fn not_utf8(path: &Path, error: &std::string::FromUtf8Error) -> Diagnostic {
    let before = error.utf8_error().valid_up_to();
    let lines = error.as_bytes()[..before].iter().filter(|b| **b == b'\n');
    let line = u32::try_from(lines.count() + 1).unwrap_or(u32::MAX);
    let message = format!("byte {} is not UTF-8", before + 1);
    Diagnostic {
        line,
        ..Diagnostic::of_file(
            path.to_owned(),
            message,
            "save the file as UTF-8".to_owned(),
        )
    }
}

fn digest(files: &[(PathBuf, Result<String, Diagnostic>)]) -> String {
    let mut hash = Sha256::new();
    let mut part = |tag: u8, bytes: &[u8]| {
        hash.update([tag]);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    for (path, text) in files {
        part(0, path.as_os_str().as_encoded_bytes());
        match text {
            Ok(text) => part(1, text.as_bytes()),
            Err(diagnostic) => part(2, diagnostic.message.as_bytes()),
        }
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &[u8])]) -> Snapshot {
        let mut found = Files::of("a test".to_owned());
        for (path, bytes) in files {
            found.add(PathBuf::from(path), bytes.to_vec()).unwrap();
        }
        found.snapshot(None, None)
    }

    #[test]
    fn the_digest_tells_a_name_from_a_text_and_a_file_from_two() {
        let digests = [
            of(&[]),
            of(&[("a", b"")]),
            of(&[("a", b"b")]),
            of(&[("ab", b"")]),
            of(&[("a", b""), ("b", b"")]),
        ]
        .map(|s| s.digest);
        let mut distinct = digests.to_vec();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), digests.len());
    }

    #[test]
    fn bytes_that_are_no_text_are_told_with_their_line() {
        let snapshot = of(&[("a.yaml", b"a: 1\nb: \xff\n")]);
        let diagnostic = snapshot.files[0].1.as_ref().unwrap_err();
        assert_eq!(
            (diagnostic.line, diagnostic.message.as_str()),
            (2, "byte 9 is not UTF-8")
        );
    }

    #[test]
    fn more_files_than_anybody_has_are_refused() {
        let mut found = Files::of("a test".to_owned());
        let refused = (0..=MOST_FILES)
            .map(|i| found.add(PathBuf::from(format!("{i}.yaml")), Vec::new()))
            .find_map(Result::err);
        let refused = refused.unwrap().to_string();
        assert!(refused.contains("5000 files of plans"), "{refused}");
    }
}
