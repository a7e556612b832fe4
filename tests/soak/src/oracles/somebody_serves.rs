//! No route leads to a side without a healthy target for longer than a minute while the other side can serve.
//!
//! A daemon that is down, cannot ask AWS, or was told by a person to move nothing, cannot help it: that time is not counted.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Found, is_new, newcomers, slack};
use crate::case::Case;
use crate::log::{By, Change, Log, Sample, shares};

const LONGEST: SignedDuration = SignedDuration::from_secs(60);

/// The sides, as a route's weights have them.
const SIDES: [(&str, &str); 2] = [
    ("IPv4 has nobody, IPv6 could serve", "IPv4"),
    ("IPv6 has nobody, IPv4 could serve", "IPv6"),
];

/// The twin is healthy, and no customer has reached it yet.
const UNPROVEN: &str = "IPv4 has nobody, an IPv6 side that never served could";

pub(super) fn judge(case: &Case, log: &Log) -> Found {
    let mut found = Found::new();
    let newcomers = newcomers(log);
    for (side, (kind, name)) in SIDES.iter().enumerate() {
        let mut deserted = SignedDuration::ZERO;
        for pair in log.samples.windows(2) {
            let [before, sample] = pair else { continue };
            let Some(can) = is_deserted(sample, side, &newcomers) else {
                deserted = SignedDuration::ZERO;
                continue;
            };
            if can && sample.up && before.up && !sample.frozen && !sample.hindered {
                deserted += sample.at.duration_since(before.at);
            }
            if deserted > LONGEST + slack(case) {
                let told = sample.told.as_ref().map_or("", |s| s.sentence.as_str());
                let text = format!("a route leads to {name} for {deserted:#}; it says: {told}");
                let unproven = side == 0 && !has_served(log, sample.at);
                found.push((sample.at, if unproven { UNPROVEN } else { *kind }, text));
                break;
            }
        }
    }
    found
}

/// Whether the daemon ever led customers to IPv6.
fn has_served(log: &Log, until: Timestamp) -> bool {
    let led = |c: &&Change| c.by == By::Daemon && shares(&c.routes).iter().any(|s| *s > 0.0);
    let until = log.changes.iter().take_while(|c| c.at <= until);
    until.filter(led).count() > 0
}

/// Whether a route leads to a side that has nobody, and then whether the other one can serve.
fn is_deserted(
    sample: &Sample,
    side: usize,
    newcomers: &BTreeMap<&str, Timestamp>,
) -> Option<bool> {
    let world = &sample.world;
    let (this, other) = if side == 0 {
        (&world.ipv4, &world.ipv6)
    } else {
        (&world.ipv6, &world.ipv4)
    };
    let led = world.routes.iter().any(|(route, (ipv4, ipv6))| {
        [*ipv4, *ipv6][side] > 0 && !is_new(newcomers, route, sample.at)
    });
    (led && this.healthy == 0).then_some(other.able > 0)
}
