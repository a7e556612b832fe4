//! What is told is true of the world: shares, phase, and that all is well.
//!
//! A minute or two may pass until an edit is seen. What is told while AWS cannot be asked is not judged.

use jiff::{SignedDuration, Timestamp};
use sixshift_core::status::{Health, Phase, Status};

use super::{Found, is_new, newcomers, slack};
use crate::case::Case;
use crate::log::{Log, Sample};
use crate::plan::NEAR;

/// An edit may be unseen for so long.
const SEEN: SignedDuration = SignedDuration::from_secs(120);
const A_MINUTE: usize = 6;
/// Customers who fail for so long, from its first minute, are to be spoken of: up to a minute until the first whole one
/// begins, that minute, three until CloudWatch tells of it, and one until the next look.
const SPOKEN_OF: usize = 6 * A_MINUTE;
/// Once all is done it is looked at every five minutes.
const SPOKEN_OF_WHEN_DONE: usize = 10 * A_MINUTE;

pub(super) fn judge(case: &Case, log: &Log) -> Found {
    let mut found = Found::new();
    let newcomers = newcomers(log);
    let mut changes = log.changes.iter().peekable();
    let mut changed: Option<Timestamp> = None;
    let mut unhindered: Option<Timestamp> = None;
    for sample in &log.samples {
        while let Some(change) = changes.next_if(|c| c.at <= sample.at) {
            changed = Some(change.at);
        }
        let fine = sample.up && !sample.hindered;
        unhindered = if fine {
            unhindered.or(Some(sample.at))
        } else {
            None
        };
        let long = |since: Option<Timestamp>| {
            since.is_some_and(|since| sample.at.duration_since(since) >= SEEN + slack(case))
        };
        let Some(told) = sample.told.as_deref() else {
            continue;
        };
        let new = |route: &String| is_new(&newcomers, route, sample.at);
        if sample.world.routes.keys().any(new) {
            continue;
        }
        if !long(unhindered) || !long(changed) || is_unsure(told) {
            continue;
        }
        for (kind, text) in lies(sample, told) {
            if !found.iter().any(|(_, known, _)| *known == kind) {
                found.push((sample.at, kind, text));
            }
        }
    }
    found.extend(unspoken(log, SPOKEN_OF, &[Phase::Done]));
    found.extend(unspoken(log, SPOKEN_OF_WHEN_DONE, &[]));
    found
}

/// It says itself that it does not know, or that somebody changed something.
fn is_unsure(told: &Status) -> bool {
    let on = told.waiting_on.as_ref().map_or("", |on| on.kind());
    matches!(
        on,
        "Unknown" | "Unseen" | "FirstLook" | "Lease" | "ActFailed" | "Missing"
    )
}

fn lies(sample: &Sample, told: &Status) -> Vec<(&'static str, String)> {
    let shares = sample.world.shares();
    if shares.is_empty() {
        return Vec::new();
    }
    let on = told.waiting_on.as_ref().map_or("", |on| on.kind());
    let least = shares.iter().copied().fold(f64::INFINITY, f64::min);
    let most = shares.iter().copied().fold(0.0, f64::max);
    let mut lies = Vec::new();
    let mut lie = |kind, wants: &str| {
        lies.push((
            kind,
            format!(
                "{wants}, with {shares:?} on IPv6; it says: {}",
                told.sentence
            ),
        ));
    };
    // A route that gives weight to neither side has no share, or none of it: both may be told.
    let is_led = |(ipv4, ipv6): &(i64, i64)| ipv4 + ipv6 > 0;
    let observed = told.shares.observed.map(|share| share.fraction());
    if let Some(observed) = observed
        && sample.world.routes.values().all(is_led)
        && (observed - least).abs() > NEAR
    {
        lie(
            "a share is told that is not so",
            &format!("{:.1} % told", observed * 100.0),
        );
    }
    // A freeze stands before whatever others did: the shares say what is so, the phase says where the plan stands.
    let edited = matches!(on, "OutsideEdit" | "NoteLost" | "JournalLost" | "Frozen");
    match told.phase {
        Phase::Bake | Phase::Cold | Phase::Retire | Phase::Done
            if least < 1.0 - NEAR && !edited =>
        {
            lie("told to be past 100 %", &format!("{:?}", told.phase));
        }
        Phase::RolledBack if most > NEAR && !edited => {
            lie("told to be rolled back", "RolledBack");
        }
        phase if phase.is_building() && most > NEAR && !edited && is_anybody(sample) => {
            lie(
                "told to be building with traffic on IPv6",
                &format!("{phase:?}"),
            );
        }
        _ => {}
    }
    if told.sentence.contains("All traffic is on IPv4") && most > NEAR {
        lie("told that all is on IPv4", "all on IPv4");
    }
    if told.sentence.contains("ll traffic is on IPv6") && least < 1.0 - NEAR {
        lie("told that all is on IPv6", "all on IPv6");
    }
    lies
}

/// Where both services are gone nothing tells any more what the routes' groups were.
fn is_anybody(sample: &Sample) -> bool {
    sample.world.ipv4.desired + sample.world.ipv6.desired > 0
}

/// Most customers fail for minutes, and it says that all goes well.
fn unspoken(log: &Log, long: usize, but: &[Phase]) -> Found {
    for window in log.samples.windows(long + 1) {
        let [first, .., last] = window else { continue };
        let most_fail = |from: &Sample, until: &Sample| {
            let (total, failed) = (until.total - from.total, until.failed - from.failed);
            (failed * 2 > total).then_some((failed, total))
        };
        let begins = most_fail(first, &window[A_MINUTE]);
        let lasts = most_fail(&window[long - A_MINUTE], last);
        let Some((failed, total)) = begins.and(lasts).and(most_fail(first, last)) else {
            continue;
        };
        let well = |s: &Sample| {
            let told = s.told.as_ref();
            let health = told.map(|t| t.health);
            let counts = told.is_none_or(|t| !but.contains(&t.phase));
            let well = matches!(health, Some(Health::Progressing | Health::Complete));
            s.up && !s.hindered && counts && well
        };
        if total >= 20 && window.iter().all(well) {
            let told = last.told.as_ref().map_or("", |t| t.sentence.as_str());
            let text = format!("{failed} of {total} requests failed; it says: {told}");
            return vec![(last.at, "customers fail and nobody is called", text)];
        }
    }
    Found::new()
}
