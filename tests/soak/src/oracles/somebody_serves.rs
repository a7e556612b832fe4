//! No route leads to a side without a healthy target for longer than a minute while the other side can serve.
//!
//! A daemon that is down, cannot ask AWS, or was told by a person to move nothing, cannot help it: that time is not counted.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use sixshift_core::status::{Status, WaitingOn};

use super::{Found, is_new, newcomers, slack};
use crate::case::Case;
use crate::log::{By, Change, Log, Sample, SideAt, shares};

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
            // Whoever takes our mark off a group makes it somebody else's, and nobody moves that.
            let ours = !sample.told.as_ref().is_some_and(|t| is_foreign(t));
            if can && ours && sample.up && before.up && !sample.frozen && !sample.hindered {
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
    found.extend(held(case, log));
    found
}

/// Clients whose cookie holds them on a side that has nobody, though no route leads there and the other is whole.
fn held(case: &Case, log: &Log) -> Found {
    let mut since = None;
    for pair in log.samples.windows(2) {
        let [before, sample] = pair else { continue };
        let world = &sample.world;
        let is_left = |left: f64, side: &SideAt, whole: &SideAt| {
            let is_whole = whole.healthy > 0 && whole.healthy as i64 >= whole.desired;
            is_whole && side.able == 0 && world.shares().iter().all(|share| *share == left)
        };
        let left = is_left(0.0, &world.ipv6, &world.ipv4) || is_left(1.0, &world.ipv4, &world.ipv6);
        let able = sample.up && !sample.frozen && !sample.hindered;
        let fails = sample.failed > before.failed;
        if !(left && able && fails && case.story.has_good_code()) {
            since = None;
            continue;
        }
        let since = *since.get_or_insert(before.at);
        if sample.at.duration_since(since) > LONGEST + slack(case) {
            let told = sample.told.as_ref().map_or("", |s| s.sentence.as_str());
            let text = format!("since {since}; it says: {told}");
            return vec![(sample.at, "cookies hold clients where nobody is", text)];
        }
    }
    Found::new()
}

fn is_foreign(told: &Status) -> bool {
    matches!(told.waiting_on, Some(WaitingOn::Foreign { .. }))
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
