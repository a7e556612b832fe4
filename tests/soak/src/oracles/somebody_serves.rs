//! No route leads to a side without a healthy target for longer than a minute while the other side can serve.
//!
//! A daemon that is down, cannot ask AWS, or was told by a person to move nothing, cannot help it: that time is not counted.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Found, is_new, newcomers, slack};
use crate::case::Case;
use crate::log::{Log, Sample};

const LONGEST: SignedDuration = SignedDuration::from_secs(60);

/// The sides, as a route's weights have them.
const SIDES: [(&str, &str); 2] = [
    ("IPv4 has nobody, IPv6 could serve", "IPv4"),
    ("IPv6 has nobody, IPv4 could serve", "IPv6"),
];

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
                found.push((sample.at, *kind, text));
                break;
            }
        }
    }
    found
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
