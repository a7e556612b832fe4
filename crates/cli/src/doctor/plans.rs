//! Where the plans come from: can it be reached, can it be read, are the plans sound?

use std::path::PathBuf;

use sixshift_controller::source::{self, Source};
use sixshift_core::plan::{Plan, parse_set};

use super::Finding;
use crate::daemon::settings::Settings;

/// Looks at the source as the daemon will; the sound plans are added to `plans`.
pub(super) fn source(settings: &Settings, plans: &mut Vec<Plan>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let source::Settings::Git(git) = &settings.source {
        let seen = source::reachability(&git.url).into_iter();
        findings.extend(seen.map(of_address));
    }
    if let source::Settings::S3(s3) = &settings.source {
        let seen = source::reachability_of_bucket(s3).into_iter();
        findings.extend(seen.map(of_address));
    }
    match fetch(settings) {
        Ok((files, whole)) => {
            findings.extend(judge(files, plans));
            findings.extend(whole.and_then(|is_whole| (!is_whole).then(in_parts)));
        }
        Err(error) => findings.push(Finding::bad(
            "source",
            format!("the plans cannot be read: {error:#}"),
            "correct source in the settings, or what it may read; the daemon keeps its last good plans meanwhile",
        )),
    }
    findings
}

fn of_address(seen: source::Reachable) -> Finding {
    match (seen.ok, seen.remedy) {
        (true, _) => Finding::ok("source", seen.sentence),
        // Whether it matters shows when the plans are fetched, which comes next.
        (false, remedy) => Finding::warn("source", seen.sentence, remedy.unwrap_or_default()),
    }
}

fn in_parts() -> Finding {
    Finding::warn(
        "source",
        "the bucket has no manifest: while somebody uploads plans one by one, each counts as soon as it is there",
        "publish them as a whole: `sixshift publish plans/ s3://bucket/prefix`",
    )
}

type Files = Vec<(PathBuf, String)>;

/// What was read: the commit, the files, and those that are no text.
type Read = (String, Files, Vec<String>);

/// Every file that can be read as text, and of a bucket whether it was published as a whole; into a folder of our own, for the
/// daemon may be using its.
fn fetch(settings: &Settings) -> anyhow::Result<(Read, Option<bool>)> {
    let folder = tempfile::tempdir()?;
    let mut source = Source::open(settings.source.clone(), folder.path())?;
    let snapshot = source.fetch()?;
    let commit = snapshot
        .commit
        .as_deref()
        .unwrap_or("folder")
        .chars()
        .take(12)
        .collect();
    let (mut files, mut unreadable) = (Vec::new(), Vec::new());
    for (path, text) in snapshot.files.iter() {
        match text {
            Ok(text) => files.push((path.clone(), text.clone())),
            Err(_) => unreadable.push(path.display().to_string()),
        }
    }
    Ok(((commit, files, unreadable), source.has_manifest()))
}

fn judge((commit, files, unreadable): Read, plans: &mut Vec<Plan>) -> Vec<Finding> {
    let (sound, mistakes) = parse_set(&files);
    let mut findings = vec![Finding::ok(
        "source",
        match files.len() {
            1 => format!("1 file of plans read ({commit})"),
            many => format!("{many} files of plans read ({commit})"),
        },
    )];
    for path in unreadable {
        findings.push(Finding::warn(
            "plans",
            format!("{path} cannot be read"),
            "write it as UTF-8 text",
        ));
    }
    if !mistakes.is_empty() {
        findings.push(Finding::warn(
            "plans",
            format!("some plans have mistakes:\n{}", mistakes.render(false)),
            "correct them; `sixshift lint` says the same before you commit",
        ));
    }
    if sound.is_empty() {
        findings.push(Finding::warn(
            "plans",
            "there is no sound plan",
            "commit one; `source` in the settings says where they are looked for",
        ));
    } else {
        findings.push(Finding::ok(
            "plans",
            match sound.len() {
                1 => "1 plan is sound".to_owned(),
                many => format!("{many} plans are sound"),
            },
        ));
    }
    plans.extend(sound);
    findings
}
