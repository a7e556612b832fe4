//! The browser tests' packages, installed once for each lock file, and the browser itself.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::checkout;

/// Where Debian's package puts it.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Why there is no browser to test with.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum BrowserError {
    #[error(
        "these tests need Chromium (on Debian: apt-get install chromium; elsewhere set SIXSHIFT_CHROMIUM); there is none at {0}"
    )]
    NoChromium(PathBuf),
    #[error("these tests need Node.js 20 or newer with npm; {0}")]
    NoNode(String),
    #[error("npm could not install what the package-lock.json of the tests names: {0}")]
    Packages(String),
    #[error("the folder {folder}")]
    Folder { folder: PathBuf, source: io::Error },
}

/// The folder of the browser tests.
#[must_use]
pub fn browser_tests() -> PathBuf {
    checkout().join("tests/browser")
}

/// The browser.
///
/// # Errors
/// When there is none.
pub fn chromium() -> Result<PathBuf, BrowserError> {
    let path = std::env::var_os("SIXSHIFT_CHROMIUM").map_or_else(|| CHROMIUM.into(), PathBuf::from);
    if path.exists() {
        Ok(path)
    } else {
        Err(BrowserError::NoChromium(path))
    }
}

/// Installs exactly what the lock file names, below the tests' own folder. The first test that needs it does so; others
/// wait.
///
/// # Errors
/// When Node.js is missing, or a package cannot be installed.
pub fn packages() -> Result<(), BrowserError> {
    packages_of(&browser_tests())
}

/// The same for another folder with a lock file. No package's own scripts are run.
///
/// # Errors
/// When Node.js is missing, or a package cannot be installed.
pub fn packages_of(folder: &Path) -> Result<(), BrowserError> {
    let lock_file = folder.join("package-lock.json");
    let content = fs::read(&lock_file).map_err(at(&lock_file))?;
    let digest: String = Sha256::digest(&content)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let modules = folder.join("node_modules");
    let lock = File::open(folder).map_err(at(folder))?;
    lock.lock().map_err(at(folder))?;
    let complete = modules.join(".complete");
    if fs::read_to_string(&complete).is_ok_and(|installed| installed == digest) {
        return Ok(());
    }
    run(Command::new("node").arg("--version")).map_err(BrowserError::NoNode)?;
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder);
    run(&mut npm).map_err(BrowserError::Packages)?;
    fs::write(&complete, digest).map_err(at(&complete))
}

fn run(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "{program} ended with {}: {}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )),
        Err(error) => Err(format!("{program} could not be started: {error}")),
    }
}

fn at(folder: &Path) -> impl Fn(io::Error) -> BrowserError {
    let folder = folder.to_owned();
    move |source| BrowserError::Folder {
        folder: folder.clone(),
        source,
    }
}
