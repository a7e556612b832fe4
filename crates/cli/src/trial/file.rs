//! `trial.json`: what a trial asked of AWS and what AWS answered, for whoever looks into a report.
//!
//! What belongs here: its form. What must not: anything that names an account, a role or a person: sentences of AWS's are
//! told in the terminal alone.

use std::path::Path;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sixshift_controller::trial::{self, Ended, Ground, Seen, Trial, tape::Recording};

const KIND: &str = "TrialRecording";
const API_VERSION: &str = "sixshift/v1";
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// A trial's patience ends long before.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);
/// Requests a second that the region may be asked.
const MOST_PACE: f64 = 1_000.0;

/// The file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    api_version: String,
    kind: String,
    /// Of the program that wrote it.
    version: String,
    pub(super) region: String,
    pub(super) begun: Timestamp,
    ended: Timestamp,
    /// Requests a second that the service was asked.
    pub(super) pace: f64,
    /// Subnets that somebody gave to stand in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ground: Option<Ground>,
    stages: Vec<Stage>,
    customers: Customers,
    #[serde(flatten)]
    pub(super) recording: Recording,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stage {
    name: String,
    seconds: u64,
    failed: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Customers {
    asked: u64,
    failed: u64,
    ipv4: u64,
    ipv6: u64,
}

/// Finds out whether the file can be written. What it has is kept; one that was not there is gone again.
pub(super) fn try_out(path: &Path) -> anyhow::Result<()> {
    let is_new = !path.exists();
    let opened = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(path);
    opened.with_context(|| cannot_write(path))?;
    if is_new {
        std::fs::remove_file(path).with_context(|| cannot_write(path))?;
    }
    Ok(())
}

fn cannot_write(path: &Path) -> String {
    format!(
        "cannot write {}; give another file with --report",
        path.display()
    )
}

impl Document {
    pub(super) fn of(
        trial: &Trial,
        region: &str,
        begun: Timestamp,
        ended_at: Timestamp,
        ended: &Ended,
    ) -> Self {
        let stage = |stage: &trial::Stage| Stage {
            name: stage.name.to_owned(),
            seconds: stage.took.as_secs(),
            failed: stage.failed.is_some(),
        };
        let Seen {
            asked,
            failed,
            ipv4,
            ipv6,
        } = ended.seen;
        Self {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            version: VERSION.to_owned(),
            region: region.to_owned(),
            begun,
            ended: ended_at,
            pace: trial::PACE,
            ground: trial.ground(),
            stages: ended.stages.iter().map(stage).collect(),
            customers: Customers {
                asked,
                failed,
                ipv4,
                ipv6,
            },
            recording: trial.recording(),
        }
    }

    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        std::fs::write(path, serde_json::to_string(self)? + "\n")
            .with_context(|| cannot_write(path))
    }

    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let read: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is no recording of a trial", path.display()))?;
        anyhow::ensure!(
            read.kind == KIND,
            "{} is no recording of a trial, but {}",
            path.display(),
            read.kind
        );
        if let Some(wrong) = read.wrong() {
            anyhow::bail!(
                "{} cannot be played: {wrong}; it is of sixshift {}, and this is {VERSION}",
                path.display(),
                read.version
            );
        }
        Ok(read)
    }

    /// What no trial of this program's recorded.
    fn wrong(&self) -> Option<String> {
        if self.api_version != API_VERSION {
            let other = &self.api_version;
            return Some(format!("its apiVersion is {other}, and not {API_VERSION}"));
        }
        if !(0.0..=MOST_PACE).contains(&self.pace) {
            return Some(format!("nobody asks {} times a second", self.pace));
        }
        let calls = self.recording.calls.iter().enumerate();
        let mut wrong = calls.filter_map(|(at, call)| {
            let since = call.at.duration_since(self.begun);
            if since < -LONGEST || since > LONGEST {
                return Some(format!("call {} was not made in the trial", at + 1));
            }
            let is_there = call.answer.is_none_or(|a| a < self.recording.shapes.len());
            (!is_there).then(|| format!("the answer to call {} is not in it", at + 1))
        });
        wrong.next()
    }
}
