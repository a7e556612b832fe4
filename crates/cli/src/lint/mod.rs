//! `sixshift lint`: every mistake in plan files, before the daemon sees them.
//!
//! What belongs here: showing what [`sixshift_core::plan`] says of the files that `files` found.

mod files;

use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;
use sixshift_core::plan::{Diagnostics, Plan, ServiceRef, Waiver, parse_set};

use crate::Output;
use files::{Found, read};

const SOUND: u8 = 0;
const UNREADABLE: u8 = 1;
const MISTAKEN: u8 = 3;

/// Checks files and folders, together: plans must differ in name and service. The exit code is 0, 1 where something
/// can't be read, 3 where something is wrong or there is no plan at all.
///
/// # Errors
///
/// Standard output or standard error is closed.
pub(crate) fn run(files: &[PathBuf], json: bool, quiet: bool) -> anyhow::Result<u8> {
    let report = Report::of(files);
    let (mut out, mut err) = (io::stdout().lock(), io::stderr().lock());
    if json {
        report.write_json(&mut out)?;
    } else {
        let color =
            err.is_terminal() && anstream::AutoStream::choice(&err) != anstream::ColorChoice::Never;
        let sound: &mut dyn Write = if quiet { &mut io::sink() } else { &mut out };
        report.write_text(sound, &mut err, color)?;
    }
    Ok(report.exit_code())
}

/// The plans in files and folders, or the exit code after every mistake was shown: to people, and to a program that waits for JSON as
/// `lint` tells it.
///
/// # Errors
///
/// Standard output or standard error is closed.
pub(crate) fn plans(paths: &[PathBuf], output: Output) -> anyhow::Result<Result<Vec<Plan>, u8>> {
    let report = Report::of(paths);
    if report.exit_code() == SOUND {
        return Ok(Ok(report.plans));
    }
    let mut err = io::stderr().lock();
    let color = err.is_terminal();
    report.write_text(&mut io::sink(), &mut err, color)?;
    if output == Output::Json {
        report.write_json(&mut io::stdout().lock())?;
    }
    Ok(Err(report.exit_code()))
}

/// What is in a folder already.
#[derive(Debug, Default)]
pub(crate) struct There {
    /// The sound plans.
    pub(crate) plans: Vec<Plan>,
    /// Files with mistakes, and those that cannot be read.
    pub(crate) mistaken: Vec<PathBuf>,
}

impl There {
    /// Whether a file holds this service's plan and nothing else.
    pub(crate) fn is_alone(&self, file: &Path, service: &ServiceRef) -> bool {
        let mut here = self.plans.iter().filter(|p| p.origin.file == file);
        let first = here.next();
        let is_its = first.is_some_and(|p| p.service.is_same_service(service));
        is_its && here.next().is_none() && !self.mistaken.iter().any(|m| m == file)
    }
}

/// The plans of a folder, as far as they are sound; none where there is no folder.
pub(crate) fn there(folder: &Path) -> There {
    if !folder.exists() {
        return There::default();
    }
    let report = Report::of(&[folder.to_owned()]);
    let mistaken = report.diagnostics.iter().map(|d| d.file.clone());
    let unreadable = report.unreadable.iter().map(|(file, _)| file.clone());
    There {
        mistaken: mistaken.chain(unreadable).collect(),
        plans: report.plans,
    }
}

struct Report {
    read: Vec<PathBuf>,
    plans: Vec<Plan>,
    diagnostics: Diagnostics,
    passed_over: Vec<PathBuf>,
    unreadable: Vec<(PathBuf, io::Error)>,
}

impl Report {
    fn of(named: &[PathBuf]) -> Self {
        let mut found = Found::default();
        for path in named {
            found.add(path);
        }
        let Found {
            files,
            passed_over,
            mut unreadable,
        } = found;
        let mut texts = Vec::new();
        let mut not_text = Diagnostics::default();
        for file in files {
            match read(&file) {
                Ok(Ok(text)) => texts.push((file, text)),
                Ok(Err(diagnostic)) => not_text.push(diagnostic),
                Err(error) => unreadable.push((file, error)),
            }
        }
        let (plans, mut diagnostics) = parse_set(&texts);
        diagnostics.append(not_text);
        let read = texts.into_iter().map(|(file, _)| file).collect();
        Self {
            read,
            plans,
            diagnostics,
            passed_over,
            unreadable,
        }
    }

    /// Whether what was named holds no plan, not even a broken one: a wrong folder passes no check.
    fn is_empty(&self) -> bool {
        self.plans.is_empty() && self.diagnostics.is_empty() && self.unreadable.is_empty()
    }

    fn exit_code(&self) -> u8 {
        if !self.unreadable.is_empty() {
            UNREADABLE
        } else if !self.diagnostics.is_empty() || self.is_empty() {
            MISTAKEN
        } else {
            SOUND
        }
    }

    fn write_text(&self, out: &mut dyn Write, err: &mut dyn Write, color: bool) -> io::Result<()> {
        for plan in &self.plans {
            let (file, line) = (plan.origin.file.display(), plan.origin.line);
            writeln!(
                out,
                "ok {file}:{line} {} (revision {})",
                plan.name, plan.revision
            )?;
            for waiver in &plan.preflight.waive {
                writeln!(out, "   waives {}: {}", waiver.finding, waiver.reason)?;
            }
        }
        for file in self.read.iter().filter(|file| self.says_nothing_of(file)) {
            writeln!(out, "-- {} has no plan", file.display())?;
        }
        for file in &self.passed_over {
            let file = file.display();
            writeln!(
                err,
                "{file}: the daemon reads *.yaml and *.yml alone; rename it in small letters"
            )?;
        }
        for (file, error) in &self.unreadable {
            writeln!(err, "cannot read {}: {error}", file.display())?;
        }
        if !self.diagnostics.is_empty() {
            let count = self.diagnostics.count();
            let noun = if count == 1 { "mistake" } else { "mistakes" };
            writeln!(err, "{}\n\n{count} {noun}", self.diagnostics.render(color))?;
        } else if self.is_empty() {
            writeln!(err, "{}", self.nothing())?;
        }
        Ok(())
    }

    fn nothing(&self) -> &'static str {
        if self.read.is_empty() {
            "no plan: there is no *.yaml or *.yml here"
        } else {
            "no plan: none of these files has a document with `kind: MigrationPlan` and `apiVersion: sixshift/v1`"
        }
    }

    fn says_nothing_of(&self, file: &Path) -> bool {
        let planned = self.plans.iter().any(|plan| plan.origin.file == file);
        !planned
            && !self
                .diagnostics
                .iter()
                .any(|diagnostic| diagnostic.file == file)
    }

    fn write_json(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let plans = self.plans.iter().map(|plan| SoundPlan {
            name: &plan.name,
            file: text(&plan.origin.file),
            line: plan.origin.line,
            uid: &plan.uid.0,
            revision: &plan.revision.0,
            waived: plan.preflight.waive.iter().map(waived).collect(),
        });
        let unreadable = self.unreadable.iter();
        let report = JsonReport {
            api_version: "sixshift/v1",
            kind: "LintReport",
            files: self.read.iter().map(|file| text(file)).collect(),
            plans: plans.collect(),
            mistakes: self.diagnostics.count(),
            diagnostics: &self.diagnostics,
            passed_over: self.passed_over.iter().map(|file| text(file)).collect(),
            unreadable: unreadable
                .map(|(file, error)| Unreadable {
                    file: text(file),
                    error: error.to_string(),
                })
                .collect(),
        };
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
        Ok(())
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonReport<'r> {
    api_version: &'static str,
    kind: &'static str,
    files: Vec<String>,
    plans: Vec<SoundPlan<'r>>,
    /// More than there are diagnostics, where a file has too many to show.
    mistakes: usize,
    diagnostics: &'r Diagnostics,
    /// Files that the daemon does not read for their name.
    passed_over: Vec<String>,
    unreadable: Vec<Unreadable>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SoundPlan<'r> {
    name: &'r str,
    file: String,
    line: u32,
    uid: &'r str,
    revision: &'r str,
    waived: Vec<Waived<'r>>,
}

/// A finding that the plan takes as it is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Waived<'r> {
    finding: &'r str,
    reason: &'r str,
}

fn waived(waiver: &Waiver) -> Waived<'_> {
    Waived {
        finding: waiver.finding,
        reason: &waiver.reason,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Unreadable {
    file: String,
    error: String,
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sixshift_core::plan::MOST_BYTES;

    use super::*;

    const PLAN: &str = include_str!("../../../../config/plans/minimal.yaml");

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }

    fn text_of(report: &Report, folder: &Path) -> (String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        report.write_text(&mut out, &mut err, false).unwrap();
        let text = |bytes| {
            String::from_utf8(bytes)
                .unwrap()
                .replace(folder.to_str().unwrap(), "F")
        };
        (text(out), text(err))
    }

    #[test]
    fn a_folder_is_searched_to_its_ground() {
        let other = PLAN.replace("checkout", "other");
        let folder = folder(&[
            ("b/c/plan.yml", PLAN.as_bytes()),
            ("a.yaml", other.as_bytes()),
            ("compose.yaml", b"services: {}"),
            (".git/x.yaml", b"["),
            ("notes.md", b"["),
        ]);
        let report = Report::of(&[folder.path().to_owned(), folder.path().join("a.yaml")]);
        let (out, err) = text_of(&report, folder.path());
        let lines: Vec<&str> = out
            .lines()
            .map(|line| line.split(" (").next().unwrap())
            .collect();
        assert_eq!(
            lines,
            [
                "ok F/a.yaml:2 other",
                "ok F/b/c/plan.yml:2 checkout",
                "-- F/compose.yaml has no plan"
            ]
        );
        assert_eq!((err.as_str(), report.exit_code()), ("", SOUND));
    }

    #[test]
    fn what_a_plan_waives_is_told_with_its_reason() {
        let waiver =
            "  preflight: { waive: [{ finding: one-zone, reason: nobody waits }] }\n  shift:";
        let folder = folder(&[("a.yaml", PLAN.replace("  shift:", waiver).as_bytes())]);
        let report = Report::of(&[folder.path().to_owned()]);
        let (out, _) = text_of(&report, folder.path());
        assert!(out.ends_with("   waives one-zone: nobody waits\n"), "{out}");
        let mut json = Vec::new();
        report.write_json(&mut json).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let waived = serde_json::json!([{ "finding": "one-zone", "reason": "nobody waits" }]);
        assert_eq!(json["plans"][0]["waived"], waived);
    }

    #[test]
    fn a_mistake_is_shown_and_counted() {
        let folder = folder(&[
            ("a.yaml", PLAN.replace("max: 1%", "max: 1").as_bytes()),
            ("b.yaml", PLAN.as_bytes()),
        ]);
        let report = Report::of(&[folder.path().to_owned()]);
        let (out, err) = text_of(&report, folder.path());
        assert!(
            out.starts_with("ok F/b.yaml:2 checkout (revision "),
            "{out}"
        );
        assert!(
            err.contains("F/a.yaml:24:23") && err.contains("= help: write max: 1%"),
            "{err}"
        );
        assert!(err.ends_with("\n\n1 mistake\n"), "{err}");
        assert_eq!(report.exit_code(), MISTAKEN);
    }

    #[test]
    fn what_is_no_text_or_too_large_is_a_mistake_of_the_file() {
        let folder = folder(&[
            ("a.yaml", b"a: \xff"),
            ("b.yaml", "ä".repeat(MOST_BYTES).as_bytes()),
        ]);
        let report = Report::of(&[folder.path().to_owned()]);
        let (_, err) = text_of(&report, folder.path());
        assert!(
            err.contains("byte 4 is not UTF-8") && err.contains("more than 1048576 bytes"),
            "{err}"
        );
        assert_eq!(
            (report.diagnostics.count(), report.exit_code()),
            (2, MISTAKEN)
        );
    }

    #[test]
    fn what_cannot_be_read_outweighs_mistakes() {
        let folder = folder(&[("a.yaml", b"[")]);
        let report = Report::of(&[folder.path().to_owned(), folder.path().join("missing.yaml")]);
        let (_, err) = text_of(&report, folder.path());
        assert!(err.starts_with("cannot read F/missing.yaml: "), "{err}");
        assert_eq!(report.exit_code(), UNREADABLE);
    }

    #[test]
    fn where_there_is_no_plan_at_all_something_is_wrong() {
        let only = |name: &str, text: &str| {
            let folder = folder(&[(name, text.as_bytes())]);
            let report = Report::of(&[folder.path().to_owned()]);
            (report.exit_code(), text_of(&report, folder.path()).1)
        };
        let (code, err) = only("compose.yaml", "services: {}");
        assert_eq!((code, err.split(':').next()), (MISTAKEN, Some("no plan")));
        let (code, err) = only("README.md", "plans");
        assert!(code == MISTAKEN && err.contains("no *.yaml"), "{err}");
        let (code, err) = only("a.YAML", PLAN);
        assert!(
            code == MISTAKEN && err.starts_with("F/a.YAML: the daemon reads"),
            "{err}"
        );
    }

    #[test]
    fn a_slip_in_the_kind_is_a_mistake_whatever_the_version_says() {
        let slip = PLAN.replace("kind: MigrationPlan", "kind: MigratonPlan");
        for text in [&slip, &slip.replace("sixshift/v1", "v1")] {
            let folder = folder(&[("a.yaml", text.as_bytes())]);
            let report = Report::of(&[folder.path().to_owned()]);
            let (_, err) = text_of(&report, folder.path());
            assert!(err.contains("write kind: MigrationPlan"), "{err}");
        }
    }

    #[test]
    fn a_proposal_keeps_what_was_meant() {
        let text = PLAN.replace("weight: 1%, hold: 10m", "weight: 2, hold: 20 min");
        let folder = folder(&[("a.yaml", text.as_bytes())]);
        let (_, err) = text_of(&Report::of(&[folder.path().to_owned()]), folder.path());
        assert!(
            err.contains("write weight: 2%\n") && err.contains("write hold: 20m\n"),
            "{err}"
        );
    }

    #[test]
    fn json_is_one_versioned_object() {
        let folder = folder(&[
            ("a.yaml", PLAN.replace("max: 1%", "max: 1").as_bytes()),
            ("b.yaml", PLAN.as_bytes()),
        ]);
        let mut out = Vec::new();
        Report::of(&[folder.path().to_owned()])
            .write_json(&mut out)
            .unwrap();
        let report: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(
            (&report["apiVersion"], &report["kind"]),
            (&"sixshift/v1".into(), &"LintReport".into())
        );
        assert_eq!(
            (&report["plans"][0]["name"], &report["mistakes"]),
            (&"checkout".into(), &1.into())
        );
        assert_eq!(
            report["diagnostics"][0]["path"],
            "spec.health.errorRate.max"
        );
        assert_eq!(report["unreadable"], serde_json::json!([]));
    }
}
