//! `trial --clean`: what trials left, found by name and tag, is told and deleted.

use std::collections::BTreeMap;

use sixshift_controller::{
    Clock, Hands,
    trial::{self, Cleared, Leftover, Told},
};

use super::{ask, shown::Shown};
use crate::{exit, stop};

/// Tells what is there, asks about what has not expired, and deletes.
pub(super) async fn run(
    region: &str,
    is_yes: bool,
    hands: &Hands,
    clock: &Clock,
) -> anyhow::Result<u8> {
    let found = trial::leftovers(hands, region).await;
    let (plot, found) = found.map_err(anyhow::Error::msg)?;
    if found.is_empty() {
        anstream::println!("Trials left nothing in {region}.");
        return Ok(exit::DONE);
    }
    let now = clock.now();
    let is_over = |one: &Leftover| one.expires.is_some_and(|at| at <= now);
    let mut runs: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for one in &found {
        let run = runs.entry(&one.run).or_insert((0, true));
        *run = (run.0 + 1, run.1 && is_over(one));
    }
    for (run, (things, is_over)) in &runs {
        let expiry = if *is_over {
            "expired"
        } else {
            "not expired: it may be under way"
        };
        anstream::println!("trial {run}: {things} things, {expiry}");
    }
    let mut meant: Vec<String> = Vec::new();
    for (run, (_, is_over)) in runs {
        if is_over || ask::yes_or(&format!("All of trial {run} is deleted"), is_yes)? {
            meant.push(run.to_owned());
        }
    }
    if meant.is_empty() {
        return Ok(exit::DONE);
    }
    let shown = Shown::default();
    let tell = |told: Told<'_>| shown.show(&told);
    let is_meant = |one: &Leftover| meant.contains(&one.run);
    let cleared = tokio::select! {
        biased;
        () = stop::asked() => return Ok(exit::STOPPED),
        cleared = trial::clear(&plot, clock, is_meant, &tell) => cleared,
    };
    let again = format!("sixshift trial --region {region} --clean");
    Ok(if told(&cleared, &again) {
        exit::DONE
    } else {
        exit::ERROR
    })
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
