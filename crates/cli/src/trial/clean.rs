//! `trial --clean`: what trials left, found by name and tag, is told and deleted.

use std::{future::Future, pin::Pin};

use jiff::Timestamp;
use sixshift_api::visible;
use sixshift_controller::{
    Clock, Hands,
    trial::{self, Cleared, Leftover, Remains, Told},
};

use super::{
    ask::{self, Answer},
    shown::Shown,
};
use crate::{exit, watch};

/// What somebody said before it began.
pub(super) struct Said<'a> {
    pub(super) region: &'a str,
    /// What has not expired is deleted, too.
    pub(super) is_yes: bool,
    /// And what somebody drives.
    pub(super) running: bool,
}

/// Tells what is there, asks about what has not expired, and deletes. What somebody drives is left, unless it is meant, too.
pub(super) async fn run(
    said: Said<'_>,
    hands: &Hands,
    clock: &Clock,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> anyhow::Result<u8> {
    let region = said.region;
    let found = tokio::select! {
        biased;
        () = &mut stop => {
            anstream::println!("Nothing was deleted.");
            return Ok(exit::STOPPED);
        }
        found = trial::leftovers(hands, region) => found,
    };
    let (plot, found) = found.map_err(anyhow::Error::msg)?;
    if found.is_empty() {
        anstream::println!("Trials left nothing in {region}.");
        return Ok(exit::DONE);
    }
    let now = clock.now();
    let all = trial::remains(&found);
    for one in &all {
        // What a tag says somebody else may have written.
        anstream::println!("{}", visible(&told_of(one, now, said.running)));
    }
    let mut meant: Vec<&str> = Vec::new();
    for one in &all {
        let run = one.run.as_str();
        if one.driven_by(now).is_some() && !said.running {
            continue;
        }
        let what = format!("All of trial {run} is deleted");
        match ask::yes_or(&what, one.is_over(now) || said.is_yes, &mut stop).await? {
            Answer::Yes => meant.push(run),
            Answer::No => {}
            Answer::Stop => return Ok(exit::STOPPED),
        }
    }
    if meant.is_empty() {
        return Ok(exit::DONE);
    }
    let shown = Shown::default();
    let tell = |told: Told<'_>| shown.show(&told);
    let is_meant = |one: &Leftover| meant.contains(&one.run.as_str());
    let again = format!("sixshift trial --region {region} --clean");
    let cleared = tokio::select! {
        biased;
        () = &mut stop => {
            anstream::println!("\nLeft as it is. To delete the rest: {again}");
            return Ok(exit::STOPPED);
        }
        cleared = trial::clear(&plot, clock, is_meant, &tell) => cleared,
    };
    Ok(if told(&cleared, &again) {
        exit::DONE
    } else {
        exit::ERROR
    })
}

/// How it stands with a trial.
fn told_of(one: &Remains, now: Timestamp, running: bool) -> String {
    let Remains { run, things, .. } = one;
    let stands = match (one.driven_by(now), one.driven) {
        (Some(by), Some(until)) if running => {
            format!(
                "under way, driven by {by}, until {} at least",
                watch::clock(until)
            )
        }
        (Some(by), Some(until)) => format!(
            "under way, driven by {by}: it is left. If nobody drives it any more, it counts as left over from {} on; --running \
             takes it all the same",
            watch::clock(until)
        ),
        _ if one.is_over(now) => "expired".to_owned(),
        _ => format!(
            "not expired, and nobody drives it; {} began it",
            one.by.as_deref().unwrap_or("somebody")
        ),
    };
    format!("trial {run}: {things} things, {stands}")
}

/// Says how a deletion ended. Whether nothing is left.
pub(super) fn told(cleared: &Cleared, again: &str) -> bool {
    if cleared.is_good() {
        anstream::println!(
            "\nNothing is left of it: {} things were deleted.",
            cleared.deleted
        );
        return true;
    }
    if let Some(why) = &cleared.unknown {
        anstream::println!("\nNobody knows what is left: {why}");
    }
    for (one, why) in &cleared.left {
        anstream::println!("left: {} {}: {why}", one.kind.name(), one.id);
    }
    anstream::println!("To delete the rest: {again}");
    false
}
