//! Which files are looked at, and their text.
//!
//! What belongs here: finding and reading. What must not: what is wrong in them.

use std::{
    ffi::OsStr,
    fs, io,
    io::{IsTerminal, Read},
    path::{Path, PathBuf},
};

use sixshift_core::plan::{Diagnostic, MOST_BYTES};

/// How standard input is named, and shown.
const STDIN: &str = "-";

/// What was found under the names given.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Files to read, none twice.
    pub(super) files: Vec<PathBuf>,
    /// Files that look like plans, but that the daemon does not read for their name.
    pub(super) passed_over: Vec<PathBuf>,
    /// What cannot be read.
    pub(super) unreadable: Vec<(PathBuf, io::Error)>,
}

impl Found {
    /// A file as named, or every plan file under a folder, in the order of their names.
    pub(super) fn add(&mut self, path: &Path) {
        if path.is_dir() {
            self.folder(path);
        } else if path != Path::new(STDIN)
            && let Err(error) = ordinary(path)
        {
            self.unreadable.push((path.to_owned(), error));
        } else if !self.files.iter().any(|file| file == path) {
            self.files.push(path.to_owned());
            if in_other_case(path) {
                self.passed_over.push(path.to_owned());
            }
        }
    }

    fn folder(&mut self, path: &Path) {
        let entries = fs::read_dir(path).and_then(|e| e.collect::<io::Result<Vec<_>>>());
        let mut entries = match entries {
            Ok(entries) => entries,
            Err(error) => return self.unreadable.push((path.to_owned(), error)),
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            // The entry's own type: a link to a folder above it would never end.
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if is_folder || (is_of_plans(&path) && path.is_file()) {
                self.add(&path);
            } else if in_other_case(&path) && path.is_file() {
                self.passed_over.push(path);
            }
        }
    }
}

/// As the daemon's sources have it.
fn is_of_plans(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "yaml" || e == "yml")
}

/// `PLAN.YAML`: a plan to people, but not to the daemon.
fn in_other_case(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str);
    let is_yaml = |e: &str| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml");
    extension.is_some_and(is_yaml) && !is_of_plans(path)
}

/// A pipe without a writer and a device without an end would keep us for ever.
fn ordinary(path: &Path) -> io::Result<()> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_file() {
        return Ok(());
    }
    Err(io::Error::other(
        "it is a pipe, a socket or a device, and no file; to pipe a plan in, name - and write it to standard input",
    ))
}

/// The text, or why it is none; of a file that is too large only as much as shows that it is.
pub(super) fn read(file: &Path) -> io::Result<Result<String, Diagnostic>> {
    let mut bytes = Vec::new();
    let most = MOST_BYTES as u64 + 1;
    if file == Path::new(STDIN) {
        let stdin = io::stdin().lock();
        if stdin.is_terminal() {
            anstream::eprintln!("type the plan, then Ctrl-D");
        }
        stdin.take(most).read_to_end(&mut bytes)?;
    } else {
        fs::File::open(file)?.take(most).read_to_end(&mut bytes)?;
    }
    if bytes.len() > MOST_BYTES {
        // Cut off anywhere, perhaps within a character: only its size is looked at.
        return Ok(Ok(String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(String::from_utf8(bytes).map_err(|error| {
        let message = format!("byte {} is not UTF-8", error.utf8_error().valid_up_to() + 1);
        Diagnostic::of_file(
            file.to_owned(),
            message,
            "save the file as UTF-8".to_owned(),
        )
    }))
}
