//! AWS's own models as the judge of recorded calls: `tests/python/judge.py`, and the script that makes the region's table.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{PythonError, checkout, python_tests, venv};

/// Why calls were not found good.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum JudgeError {
    #[error(transparent)]
    NoJudge(#[from] PythonError),
    #[error("the judge could not be started")]
    Start(#[source] std::io::Error),
    #[error("AWS's models say otherwise:\n{0}")]
    Faults(String),
}

/// Holds recordings of calls against AWS's models: the requests as well as the answers, or the answers alone.
///
/// # Errors
/// With every fault, where there is one, or a recording is empty.
pub fn judge(recordings: &[PathBuf], answers_only: bool) -> Result<(), JudgeError> {
    let mut arguments: Vec<&Path> = recordings.iter().map(PathBuf::as_path).collect();
    if answers_only {
        arguments.push(Path::new("--answers-only"));
    }
    python(&python_tests().join("judge.py"), &arguments).map(drop)
}

/// Makes the region's table again from the pinned botocore's models, and compares.
///
/// # Errors
/// With every line that differs.
pub fn table_is_current() -> Result<(), JudgeError> {
    let script = checkout().join("crates/sim/contract/make.py");
    python(&script, &[Path::new("--check")]).map(drop)
}

/// AWS's partitions as botocore knows them, a line each: the id, and what names end in on IPv4 and on both families.
///
/// # Errors
/// Where botocore is not to be had.
pub fn partitions() -> Result<String, JudgeError> {
    python(&python_tests().join("partitions.py"), &[])
}

/// What a script says.
fn python(script: &Path, arguments: &[&Path]) -> Result<String, JudgeError> {
    let output = Command::new(venv()?.join("python"))
        .arg(script)
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .map_err(JudgeError::Start)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(JudgeError::Faults(format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )))
}
