//! One action beside one look: what several rules ask of it.
//!
//! What belongs here: questions about what was seen and said. What must not: a rule, and anything that `decide` derives.

use std::{cmp::Ordering, collections::BTreeMap};

use jiff::Timestamp;

use super::{
    Veto,
    effect::{Effect, Traffic},
    require,
    said::Said,
    weights::{Split, has_either},
};
use crate::{
    action::Side,
    facts::{Facts, Order},
    names::tag,
    observation::{
        Few, Known, Look, Observation, Pair, Route, Service, Setting, Target, TargetGroup, Topic,
    },
    plan::Plan,
};

/// What the rules judge.
pub(super) struct Case<'a> {
    pub(super) plan: &'a Plan,
    pub(super) facts: &'a Facts,
    pub(super) seen: &'a Observation,
    pub(super) effect: Effect<'a>,
}

/// One pair's part of a route, before and after.
#[derive(Clone, Copy)]
pub(super) struct Move<'a> {
    pub(super) pair: &'a Pair,
    pub(super) before: Split,
    pub(super) after: Split,
}

impl<'a> Move<'a> {
    pub(super) fn of(traffic: &Traffic<'_>, pair: &'a Pair) -> Self {
        Self {
            pair,
            before: Split::of(traffic.before, pair),
            after: Split::of(traffic.after, pair),
        }
    }

    /// The side that gets more than it had, if any does.
    pub(super) fn gains(&self) -> Option<Side> {
        match self.after.compared_with(self.before) {
            Ordering::Greater => Some(Side::Ipv6),
            Ordering::Less => Some(Side::Ipv4),
            Ordering::Equal => None,
        }
    }
}

impl<'a> Case<'a> {
    pub(super) fn pairs(&self) -> Result<&'a [Pair], Veto> {
        self.seen
            .pairs
            .seen()
            .map(Vec::as_slice)
            .ok_or(Veto::NotSeen)
    }

    pub(super) fn routes(&self) -> Result<&'a [Route], Veto> {
        self.seen
            .routes
            .seen()
            .map(Vec::as_slice)
            .ok_or(Veto::NotSeen)
    }

    /// What the action changes in a route, pair by pair; nothing where it changes no route.
    pub(super) fn moves(&self) -> Result<Vec<Move<'a>>, Veto> {
        let Effect::Traffic(traffic) = &self.effect else {
            return Ok(Vec::new());
        };
        let pairs = self.pairs()?.iter();
        let here = pairs.filter(|pair| has_either(traffic.before, pair));
        Ok(here.map(|pair| Move::of(traffic, pair)).collect())
    }

    pub(super) fn service(&self, side: Side) -> &'a Known<Service> {
        match side {
            Side::Ipv4 => &self.seen.ipv4,
            Side::Ipv6 => &self.seen.twin,
        }
    }

    /// Whether a target group or service carries this plan's tag.
    pub(super) fn is_ours(&self, tags: &Few<String, String>) -> bool {
        tags.get(tag::PLAN) == Some(&self.plan.uid.0)
    }

    /// Whether what is to be made will carry it.
    pub(super) fn will_be_ours(&self, tags: &BTreeMap<String, String>) -> bool {
        tags.get(tag::PLAN) == Some(&self.plan.uid.0)
    }

    /// The ARN of what carries the notes: the first IPv6 target group, the twin, or in place the derived task definition.
    pub(super) fn home(&self) -> Option<&'a str> {
        self.home_of_notes().map(|(arn, _)| arn)
    }

    /// What is noted there, and all other tags.
    pub(super) fn home_tags(&self) -> Option<&'a Few<String, String>> {
        self.home_of_notes().map(|(_, tags)| tags)
    }

    fn home_of_notes(&self) -> Option<(&'a str, &'a Few<String, String>)> {
        let (arn, tags) = if self.plan.in_place().is_some() {
            let derived = self.seen.twin_task_definition.seen()?;
            (&derived.arn, &*derived.tags)
        } else if self.plan.has_lone_twin() {
            let twin = self.seen.twin.seen()?;
            (&twin.arn, &*twin.tags)
        } else {
            let first = self.seen.pairs.seen()?.first()?.ipv6.seen()?;
            (&first.arn, &*first.tags)
        };
        self.is_ours(tags).then_some((arn.as_str(), tags))
    }

    fn noted(&self, key: &str) -> Option<&'a str> {
        self.home_tags()?.get(key).map(String::as_str)
    }

    /// How far a person lets traffic rise at once: an order for this revision that no later one and no rollback overtook.
    pub(super) fn promoted(&self) -> Option<u16> {
        let promotion = self.facts.promotion.as_ref()?;
        let order = of_this_revision(self.plan, Some(&promotion.order))?;
        let orders = [&self.facts.abort, &self.facts.retry].into_iter().flatten();
        let overtaken = orders.map(|o| o.at).chain(self.rolled_back().flatten());
        let stands = overtaken.into_iter().all(|at| at < order.at);
        stands.then(|| promotion.to.basis_points())
    }

    /// What our note says of the share; none where it was lost or cannot be read.
    pub(super) fn said(&self) -> Option<Said> {
        Said::read(self.noted(tag::SHARE)?)
    }

    /// A note on how the IPv4 side was: the tag, or what the journal has of it.
    pub(super) fn before(&self, key: &str) -> Option<&'a str> {
        let in_journal = || self.facts.notes.get(key).map(String::as_str);
        self.noted(key).or_else(in_journal)
    }

    /// How many tasks IPv4 had before it went cold.
    pub(super) fn remembered(&self) -> Option<u32> {
        tasks_in(self.before(tag::DESIRED)?)
    }

    /// When this revision was rolled back, if it is; `None` inside where the moment cannot be read.
    pub(super) fn rolled_back(&self) -> Option<Option<Timestamp>> {
        let (revision, at) = self.before(tag::ROLLED_BACK)?.split_once('@')?;
        (revision == self.plan.revision.0).then(|| at.parse().ok())
    }

    /// Whether the change leads whole families of clients.
    pub(super) fn leads_families(&self) -> bool {
        let Effect::Traffic(traffic) = &self.effect else {
            return false;
        };
        matches!(traffic.setting, Setting::Families(_))
    }

    /// The last order to start this revision again.
    pub(super) fn retry(&self) -> Option<&'a Order> {
        of_this_revision(self.plan, self.facts.retry.as_ref())
    }

    /// Whether all traffic is on its way back or was taken back, by a note or by a person.
    pub(super) fn is_called_back(&self) -> bool {
        let abort = of_this_revision(self.plan, self.facts.abort.as_ref());
        let aborted = abort.is_some_and(|a| self.retry().is_none_or(|r| r.at <= a.at));
        let returning = self.said().is_some_and(|s| s.to == 0 && s.from > 0);
        aborted || returning || self.rolled_back().is_some()
    }

    /// Targets as they are at this moment: what was healthy minutes ago proves nothing.
    pub(super) fn targets(&self, group: &'a TargetGroup) -> Result<&'a [Target], Veto> {
        require(self.seen.look == Look::Full, Veto::LightLook)?;
        group.targets.seen().map(Vec::as_slice).ok_or(Veto::NotSeen)
    }

    /// Targets that are healthy at this moment.
    pub(super) fn healthy(&self, group: &'a TargetGroup) -> Result<u64, Veto> {
        let targets = self.targets(group)?;
        Ok(targets.iter().filter(|t| t.is_healthy()).count() as u64)
    }

    /// No route leads to a side.
    pub(super) fn weightless(&self, side: Side) -> Result<(), Veto> {
        // A route that was made since the last search may lead there, too.
        require(self.seen.look.covers(Topic::Routes), Veto::LightLook)?;
        require(!self.is_led_to(side)?, Veto::StillServing)
    }

    /// Whether any route that is known leads to a side.
    pub(super) fn is_led_to(&self, side: Side) -> Result<bool, Veto> {
        // Nobody sees who asks for which name: whoever has tasks may be asked.
        if self.plan.is_by_names() {
            return match self.service(side) {
                Known::Seen(service) => Ok(service.desired > 0),
                Known::Absent => Ok(false),
                Known::Unknown(_) => Err(Veto::NotSeen),
            };
        }
        let crossed = self.crossed()?;
        let mut splits = crossed.iter().map(|(r, p)| Split::of(&r.forward, p));
        Ok(splits.any(|split| match side {
            Side::Ipv4 => split.ipv4 > 0,
            Side::Ipv6 => split.ipv6 > 0,
        }))
    }

    /// Each route with each pair that it has a group of.
    pub(super) fn crossed(&self) -> Result<Vec<(&'a Route, &'a Pair)>, Veto> {
        let pairs = self.pairs()?;
        let routes = self.routes()?.iter();
        Ok(routes
            .flat_map(|r| pairs.iter().map(move |p| (r, p)))
            .filter(|(r, p)| has_either(&r.forward, p))
            .collect())
    }
}

/// The number of tasks in a note: `6@2026-11-25T16:00:00Z` or `6`.
pub(super) fn tasks_in(note: &str) -> Option<u32> {
    note.split('@').next()?.parse().ok()
}

fn of_this_revision<'a>(plan: &Plan, order: Option<&'a Order>) -> Option<&'a Order> {
    order.filter(|o| o.revision == plan.revision)
}
