//! A Python environment with the pinned requirements, made once and kept outside the checkout.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest as _, Sha256};

use crate::python_tests;

/// Why there is no Python environment.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum PythonError {
    #[error(
        "these tests need Python 3 with its venv module (on Debian: apt-get install python3-venv); python3 {0}"
    )]
    NoPython(String),
    #[error("pip could not install what the tests' requirements.txt names: {0}")]
    Requirements(String),
    #[error("the folder for Python environments, {folder}")]
    Folder { folder: PathBuf, source: io::Error },
}

/// The `bin` folder of an environment that has everything in `tests/python/requirements.txt`.
///
/// It lies below `$XDG_CACHE_HOME` or `~/.cache`, one for each content of that file. The first test that needs it makes
/// it; others wait.
///
/// # Errors
/// When Python is missing, or the requirements cannot be installed.
pub fn venv() -> Result<PathBuf, PythonError> {
    venv_of(&python_tests().join("requirements.txt"))
}

/// The same for another file of requirements.
///
/// # Errors
/// When Python is missing, or the requirements cannot be installed.
pub fn venv_of(requirements: &Path) -> Result<PathBuf, PythonError> {
    let content = fs::read(requirements).map_err(at(requirements))?;
    let digest = Sha256::digest(&content);
    let name: String = digest.iter().take(8).map(|b| format!("{b:02x}")).collect();
    let folder = cache().join(name);
    fs::create_dir_all(&folder).map_err(at(&folder))?;
    let lock = File::create(folder.join("lock")).map_err(at(&folder))?;
    lock.lock().map_err(at(&folder))?;
    let bin = folder.join("venv/bin");
    let complete = folder.join("complete");
    if !complete.exists() {
        install(&folder.join("venv"), &bin, requirements)?;
        fs::write(&complete, "").map_err(at(&folder))?;
    }
    Ok(bin)
}

fn cache() -> PathBuf {
    let of = |key: &str| std::env::var_os(key).map(PathBuf::from);
    let base = of("XDG_CACHE_HOME").or_else(|| of("HOME").map(|home| home.join(".cache")));
    base.unwrap_or_else(std::env::temp_dir)
        .join("sixshift/venv")
}

fn install(venv: &Path, bin: &Path, requirements: &Path) -> Result<(), PythonError> {
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(venv))
    .map_err(PythonError::NoPython)?;
    let mut pip = Command::new(bin.join("python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
    ]);
    run(pip.arg(requirements)).map_err(PythonError::Requirements)
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Ok(Output { status, .. }) if status.success() => Ok(()),
        Ok(Output {
            status,
            stderr,
            stdout,
        }) => Err(format!(
            "ended with {status}: {}{}",
            String::from_utf8_lossy(&stdout),
            String::from_utf8_lossy(&stderr)
        )),
        Err(error) => Err(format!("could not be started: {error}")),
    }
}

fn at(folder: &Path) -> impl Fn(io::Error) -> PythonError {
    let folder = folder.to_owned();
    move |source| PythonError::Folder {
        folder: folder.clone(),
        source,
    }
}
