//! What a person sees of a trial: a line an event, and a report at the end.
//!
//! What belongs here: text. What must not: anything that changes what happens.

use std::{cell::RefCell, path::Path, time::Duration};

use jiff::Timestamp;
use sixshift_api::visible;
use sixshift_controller::trial::{Ended, Told};
use sixshift_core::status::duration;

use super::{compare, file::Document};
use crate::watch::{Lines, clock};

/// How many differences are told here; the others are in what `sim --compare` says.
const MOST: usize = 20;

/// Prints what is told.
#[derive(Debug, Default)]
pub(super) struct Shown(RefCell<Lines>);

impl Shown {
    pub(super) fn show(&self, told: &Told<'_>) {
        match told {
            Told::Begun(at, name) => anstream::println!("\n{} {}", clock(*at), visible(name)),
            Told::Did(at, what) => self.line(*at, what),
            Told::Round(round) => {
                for line in self.0.borrow_mut().of(round) {
                    anstream::println!("  {line}");
                }
            }
            Told::Failed(at, name, why) => self.line(*at, &format!("FAILED: {name}: {why}")),
        }
    }

    pub(super) fn line(&self, at: Timestamp, what: &str) {
        anstream::println!("  {} {}", clock(at), visible(what));
    }
}

/// What came of each stage, what customers saw, and whether AWS answered as the simulated region does.
pub(super) fn report(ended: &Ended, document: &Document, path: &Path) {
    anstream::println!("\nWhat came of it:");
    for stage in &ended.stages {
        let mark = match stage.failed {
            None => "ok",
            Some(_) if ended.stopped => "stopped",
            Some(_) => "FAILED",
        };
        let took = duration(Duration::from_secs(stage.took.as_secs()));
        anstream::println!("  {mark:<7} {took:>10}  {}", stage.name);
    }
    let seen = ended.seen;
    if seen.asked > 0 {
        anstream::println!(
            "\nCustomers asked {} times: {} answers over IPv4, {} over IPv6, {} failed.\nThe bad release fails those over IPv6; \
         nothing else should fail any.",
            seen.asked,
            seen.ipv4,
            seen.ipv6,
            seen.failed
        );
    }
    if document.recording.calls.is_empty() {
        return;
    }
    anstream::println!("\nWhat AWS answered, beside the simulated region:");
    match compare::compared(document) {
        Ok(compared) => print(&compared, MOST),
        Err(error) => anstream::println!("  it could not be compared: {error:#}"),
    }
    anstream::println!(
        "\n{} has it all, free of account numbers and names: attach it to a report. `sixshift sim --compare {}` plays it again.",
        path.display(),
        path.display()
    );
}

/// A comparison, with so many differences at most.
pub(super) fn print(compared: &compare::Comparison, most: usize) {
    let (calls, alike) = (compared.calls, compared.alike);
    anstream::println!("  {alike} of {calls} calls were answered as the simulated region answers.");
    if compared.unanswered > 0 {
        anstream::println!(
            "  {} more had no answer, or one that only tells of a permission that is lacking.",
            compared.unanswered
        );
    }
    for difference in compared.differences.iter().take(most) {
        let at = difference.call + 1;
        anstream::println!("  call {at}, {}: {}", difference.operation, difference.what);
    }
    let more = compared.differences.len().saturating_sub(most);
    if more > 0 {
        anstream::println!("  … and {more} more");
    }
    if let Some((at, why)) = compared.unasked.first() {
        let count = compared.unasked.len();
        anstream::println!(
            "  {count} calls could not be asked there; the first is call {}, {why}",
            at + 1
        );
    }
}
