//! Each share is held for as long as is written before the next, each gate is opened by a person: by the region's own
//! record of weights, whoever changed them.

use jiff::{SignedDuration, Timestamp};
use sixshift_controller::command::Verb;
use sixshift_core::facts::Gate;
use sixshift_core::share::Share;

use super::Found;
use crate::case::Case;
use crate::log::{By, Log, Routes, Write, shares};
use crate::plan::NEAR;

/// Between the look and the last write of a step: whoever edits in these seconds breaks no hold that was over.
const STEPS: SignedDuration = SignedDuration::from_secs(3);

/// How far the daemon has come, as the routes say.
#[derive(Debug)]
pub(super) struct Held {
    /// The share that it brought every route to last.
    pub(super) share: f64,
    /// Since when every route has it without a break.
    pub(super) since: Option<Timestamp>,
    /// Since when they had it until somebody else broke that, and when that was.
    broken: Option<(Timestamp, Timestamp)>,
    /// The share that it brings the routes to.
    towards: f64,
}

impl Held {
    pub(super) fn new() -> Self {
        Self {
            share: 0.0,
            since: None,
            broken: None,
            towards: 0.0,
        }
    }

    /// The routes after somebody wrote.
    pub(super) fn changed(&mut self, at: Timestamp, by: By, routes: &Routes) {
        let shares = shares(routes);
        let all = |share: f64| !shares.is_empty() && shares.iter().all(|s| is_near(*s, share));
        if by == By::Daemon && all(self.towards) && !is_near(self.towards, self.share) {
            self.share = self.towards;
            self.since = None;
            self.broken = None;
        }
        if all(self.share) {
            self.since = self.since.or(Some(at));
        } else if let Some(since) = self.since.take().filter(|_| by == By::Others) {
            self.broken = Some((since, at));
        }
    }

    fn lasts(&self, at: Timestamp) -> SignedDuration {
        let broken = self
            .broken
            .filter(|(_, when)| at.duration_since(*when) <= STEPS);
        let since = self.since.or(broken.map(|(since, _)| since));
        since.map_or(SignedDuration::ZERO, |since| at.duration_since(since))
    }
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= NEAR
}

pub(super) fn judge(case: &Case, log: &Log) -> Found {
    let mut found = Found::new();
    let mut held = Held::new();
    let mut before: Routes = Routes::new();
    let mut writes = log.writes.iter();
    let mut refuge: Option<f64> = None;
    for change in &log.changes {
        let write = (change.by == By::Daemon).then(|| writes.next()).flatten();
        if let Some(write) = write
            && let Some(to) = newly_set(&before, &change.routes)
        {
            refuge = refuge.filter(|_| to.up);
            if to.up && leaves_dead_ground(write) {
                refuge = Some(to.share);
            }
            if refuge.is_some_and(|share| is_near(share, to.share)) {
                // Where it led for a while is not what it has come to.
                held.changed(change.at, By::Others, &change.routes);
                before.clone_from(&change.routes);
                continue;
            }
            let is_step = to.share > held.share + NEAR && !is_near(to.share, held.towards);
            if to.up && is_step && !is_promoted(log, to.share, change.at) {
                found.extend(step(case, log, &held, to.share, change.at));
            }
            // Whatever it goes to from here is what it means.
            let down_to_none = to.share <= NEAR;
            held.towards = to.share;
            if down_to_none {
                held.share = held.share.min(if is_all_none(&change.routes) {
                    0.0
                } else {
                    1.0
                });
            }
        }
        held.changed(change.at, change.by, &change.routes);
        before.clone_from(&change.routes);
    }
    found
}

/// Nobody asks how long a share was held on a side where everybody gets an error: going where somebody answers is no step.
fn leaves_dead_ground(write: &Write) -> bool {
    let found = &write.found;
    let is_dead = found.ipv4.healthy == 0;
    is_dead && (found.ipv6.healthy > 0 || found.ipv4.able == 0)
}

/// Whether a person lets it go there at once, and nobody has taken that back since.
fn is_promoted(log: &Log, to: f64, at: Timestamp) -> bool {
    let mut orders = log.orders.iter().rev().filter(|o| o.at <= at);
    let last = orders.find(|o| matches!(o.verb, Verb::Promote | Verb::Abort | Verb::Retry));
    let as_far_as = last.and_then(|o| o.to).map_or(0.0, Share::fraction);
    as_far_as + NEAR >= to
}

fn is_all_none(routes: &Routes) -> bool {
    shares(routes).iter().all(|share| *share <= NEAR)
}

/// What a write of the daemon brought a route to.
struct Set {
    share: f64,
    up: bool,
}

fn newly_set(before: &Routes, after: &Routes) -> Option<Set> {
    let share =
        |(ipv4, ipv6): &(i64, i64)| (ipv4 + ipv6 > 0).then(|| *ipv6 as f64 / (ipv4 + ipv6) as f64);
    after.iter().find_map(|(route, weights)| {
        let (is, was) = (share(weights)?, before.get(route).and_then(share));
        let was = was.unwrap_or(0.0);
        (!is_near(is, was)).then_some(Set {
            share: is,
            up: is > was,
        })
    })
}

/// A step up from what was held: the next one of the plan, after the whole hold, through its gate.
fn step(case: &Case, log: &Log, held: &Held, to: f64, at: Timestamp) -> Found {
    let mut found = Found::new();
    let plan = &case.plan;
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    match plan.next_above(held.share) {
        Some(next) if is_near(next, to) => {}
        _ => {
            let text = format!("from {} to {}", percent(held.share), percent(to));
            found.push((at, "a step was jumped", text));
        }
    }
    let Some(step) = plan.step_at(held.share) else {
        return found;
    };
    let lasted = held.lasts(at);
    if lasted < step.hold {
        let text = format!(
            "{} was held for {lasted:#} of {:#} before {}",
            percent(held.share),
            step.hold,
            percent(to)
        );
        found.push((at, "a hold was cut short", text));
    }
    if step.asks && !is_approved(case, log, held.share, at) {
        let text = format!("{} was left without an approval", percent(held.share));
        found.push((at, "a gate was passed", text));
    }
    found
}

fn is_approved(case: &Case, log: &Log, share: f64, at: Timestamp) -> bool {
    let index = case.plan.steps.iter().position(|s| is_near(s.share, share));
    let of_step = |gate: Option<Gate>| match gate {
        Some(Gate::Step(step)) => Some(step) == index,
        _ => gate.is_none(),
    };
    let mut orders = log.orders.iter().filter(|o| o.at <= at);
    orders.any(|o| o.verb == Verb::Approve && of_step(o.gate))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(shares: [i64; 2]) -> Routes {
        let all = shares.iter().enumerate();
        all.map(|(n, ipv6)| (n.to_string(), (100 - ipv6, *ipv6)))
            .collect()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    #[test]
    fn a_share_is_held_from_when_the_last_route_has_it_until_anybody_touches_one() {
        let mut held = Held::new();
        held.towards = 0.1;
        held.changed(at(0), By::Daemon, &routes([10, 0]));
        assert_eq!(held.since, None);
        held.changed(at(5), By::Daemon, &routes([10, 10]));
        assert_eq!(held.lasts(at(65)), SignedDuration::from_mins(1));
        held.changed(at(70), By::Others, &routes([10, 0]));
        assert_eq!(held.lasts(at(80)), SignedDuration::ZERO);
        held.changed(at(90), By::Others, &routes([10, 10]));
        assert_eq!(held.lasts(at(100)), SignedDuration::from_secs(10));
    }
}
