//! What several stages derive from one observation: the note of the share, the step, the routes.
//!
//! What belongs here: questions about the observation. What must not: any answer to "what next".

use std::{collections::BTreeMap, ops::ControlFlow, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{Gate, alone, in_place, is_full, rollback, tasks, verdict::Evidence, wait, way::Way};
use crate::{
    action::Side,
    evidence::{METRIC_DELAY, Point, Proof, Series, effective_share},
    facts::Facts,
    names::{self, tag},
    note::{self, Note, home::Home, rollback::Rollback, routes::Before, strength::Strength},
    observation::{Few, Forward, Known, Observation, Pair, Route, Service, Target, TargetGroup},
    plan::{OfTasks, Plan},
    readiness::{Finding, findings},
    share::Share,
    status::{Phase, WaitingOn},
    way::{self, split},
};

/// How many of the newest minutes tell whether it is bad now.
pub(super) const NOW: Duration = Duration::from_secs(300);
/// Where the newest count of healthy hosts is looked for.
const NEWEST: Duration = Duration::from_secs(180);

/// One observation, seen through one plan.
pub(super) struct View<'a> {
    pub(super) plan: &'a Plan,
    pub(super) facts: &'a Facts,
    pub(super) seen: &'a Observation,
    pub(super) now: Timestamp,
    pub(super) evidence: Option<Evidence>,
    /// The proof of the step whose share every route has.
    pub(super) standing: Option<Proof>,
    /// What preflight says.
    pub(super) findings: Vec<Finding>,
    rollback: Option<Rollback>,
}

impl<'a> View<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        facts: &'a Facts,
        seen: &'a Observation,
        now: Timestamp,
    ) -> Self {
        let mut view = Self {
            plan,
            facts,
            seen,
            now,
            evidence: None,
            standing: None,
            findings: findings(plan, seen),
            rollback: Rollback::noted(plan, seen, facts),
        };
        view.standing = view.standing_proof();
        view.evidence = view.judge_now();
        view
    }

    /// The value, or a wait that says why there is none.
    pub(super) fn need<T>(&self, known: &'a Known<T>, what: &str, remedy: &str) -> Gate<&'a T> {
        match known {
            Known::Seen(t) => ControlFlow::Continue(t),
            Known::Absent => wait(WaitingOn::Missing {
                what: what.to_owned(),
                remedy: remedy.to_owned(),
            }),
            Known::Unknown(_) if !is_full(self.seen) => wait(WaitingOn::CloserLook),
            Known::Unknown(why) => wait(WaitingOn::unknown(what, why)),
        }
    }

    /// The value, `None` for a proven absence, or a wait.
    pub(super) fn look<T>(&self, known: &'a Known<T>, what: &str) -> Gate<Option<&'a T>> {
        match known {
            Known::Absent => ControlFlow::Continue(None),
            other => self.need(other, what, "").map_continue(Some),
        }
    }

    pub(super) fn ipv4(&self) -> Gate<&'a Service> {
        let service = &self.plan.service;
        let what = format!(
            "ECS service {} in cluster {}",
            service.name, service.cluster
        );
        // The journal knows of a migration of which nothing is left.
        if self.seen.twin.is_absent() && self.facts.notes.contains_key(tag::SHARE) {
            let twin = names::service(self.plan);
            let what = format!("{what} is gone, and its twin {twin}");
            let remedy = "make one of the two again, or delete the plan";
            return self.need(&self.seen.ipv4, &what, remedy);
        }
        let remedy = "correct spec.service, or delete the plan";
        self.need(&self.seen.ipv4, &what, remedy)
    }

    pub(super) fn twin(&self) -> Gate<&'a Service> {
        self.need(&self.seen.twin, "the twin", "nothing: it is made again")
    }

    pub(super) fn service(&self, side: Side) -> &'a Known<Service> {
        match side {
            Side::Ipv4 => &self.seen.ipv4,
            Side::Ipv6 => &self.seen.twin,
        }
    }

    pub(super) fn pairs(&self) -> Gate<&'a [Pair]> {
        self.need(
            &self.seen.pairs,
            "the target groups",
            "give the service a target group",
        )
        .map_continue(Vec::as_slice)
    }

    pub(super) fn routes(&self) -> Gate<&'a [Route]> {
        self.need(
            &self.seen.routes,
            "the routes",
            "point a listener or rule at the service",
        )
        .map_continue(Vec::as_slice)
    }

    pub(super) fn recent(&self) -> Gate<&'a Series> {
        self.need(&self.seen.recent, "the metrics", "nothing")
    }

    /// The series that can show a hold: minutes up to three hours, five minutes beyond.
    pub(super) fn series_for(&self, hold: Duration) -> Gate<&'a Series> {
        if hold <= crate::evidence::FINE_HOLD {
            self.recent()
        } else {
            self.need(&self.seen.long, "the metrics of the bake", "nothing")
        }
    }

    pub(super) fn targets(&self, group: &'a TargetGroup) -> Gate<&'a [Target]> {
        self.need(
            &group.targets,
            &format!("the target health of {}", group.name),
            "",
        )
        .map_continue(Vec::as_slice)
    }

    /// Whether a target group carries this plan's tag.
    pub(super) fn is_ours(&self, group: &TargetGroup) -> bool {
        self.has_mark(&group.tags)
    }

    /// Whether tags are those of something that this plan made.
    pub(super) fn has_mark(&self, tags: &Few<String, String>) -> bool {
        tags.get(tag::PLAN) == Some(&self.plan.uid.0)
    }

    /// Whether a target group of ours lacks a tag by which it is found: it is no plan's by its tags, and the twin, which is
    /// ours, registers in it; or it is ours and does not say what it was made from.
    pub(super) fn lost_its_mark(&self, group: &TargetGroup) -> bool {
        if self.is_ours(group) {
            return !group.tags.contains_key(tag::FROM);
        }
        let twin = self.seen.twin.seen();
        let twin = twin.filter(|t| self.has_mark(&t.tags));
        let registers = |t: &Service| {
            let mut groups = t.load_balancers.iter().map(|lb| lb.target_group.as_ref());
            groups.any(|arn| arn == Some(&group.arn))
        };
        !group.tags.contains_key(tag::PLAN) && twin.is_some_and(registers)
    }

    /// What carries our notes.
    pub(super) fn home(&self) -> Option<Home<'a>> {
        Home::of(self.plan, self.seen)
    }

    /// The ARN of what carries our notes.
    pub(super) fn notes_arn(&self) -> Option<&'a str> {
        self.home().map(|home| home.arn)
    }

    /// The note of how the routes read before we were on them.
    pub(super) fn routes_before(&self) -> Gate<BTreeMap<String, String>> {
        let pairs = self.pairs()?;
        let is_ipv4 = |arn: &str| pairs.iter().any(|p| p.ipv4_arn == arn);
        Gate::Continue(note::routes::tags(self.routes()?, is_ipv4))
    }

    /// A forward for a route with the weights that it had before, where it can be told.
    pub(super) fn as_before(&self, route: &Route, forward: Forward, pair: (&str, &str)) -> Forward {
        match self.before(route) {
            Some(before) => before.weights(forward, |arn| arn == pair.0 || arn == pair.1),
            None => forward,
        }
    }

    /// How a route read before.
    pub(super) fn before(&self, route: &Route) -> Option<Before> {
        let tags = self.notes_of_routes()?;
        let noted = note::routes::before(tags, &route.id);
        noted.or_else(|| note::routes::before(&self.facts.notes, &route.id))
    }

    /// What carries the note of how the routes read before: it is made before any of them is changed.
    pub(super) fn notes_of_routes(&self) -> Option<&'a Few<String, String>> {
        if !self.plan.is_behind() {
            return self.home().map(|home| home.tags);
        }
        let group = self.seen.pairs.seen()?.first()?.ipv6.seen()?;
        self.is_ours(group).then_some(&*group.tags)
    }

    /// A note of ours: the tag, or what the journal has of it where somebody removed that.
    pub(super) fn noted(&self, key: &str) -> Option<&'a str> {
        let tag = self.home().and_then(|home| home.tags.get(key));
        tag.or_else(|| self.facts.notes.get(key))
            .map(String::as_str)
    }

    /// How large the IPv4 side was before it went cold.
    pub(super) fn strength(&self) -> Option<Strength> {
        Strength::read(self.noted(tag::DESIRED)?)
    }

    /// Our note of the share; without one, none has moved.
    pub(super) fn note(&self) -> Option<Note> {
        match self.home()?.tags.get(tag::SHARE) {
            Some(text) => text.parse().ok(),
            None => self.remembered(),
        }
    }

    /// The journal's note of the share, where the tag is gone and the routes are as it says: two witnesses are enough. What it
    /// says of the moment is not believed.
    fn remembered(&self) -> Option<Note> {
        let note = self.facts.notes.get(tag::SHARE)?.parse().ok()?;
        let shares = match note {
            Note::Settled(at, _) => [at, at],
            Note::Moving(from, to) | Note::Refuge(from, to) => [from, to],
        };
        self.agrees(&shares).then_some(match note {
            Note::Settled(at, _) => Note::Settled(at, None),
            note => note,
        })
    }

    /// Whether AWS shows one of some shares wherever it shows any.
    fn agrees(&self, shares: &[Share]) -> bool {
        if self.plan.in_place().is_some() && !self.plan.is_behind() {
            return in_place::share(self).is_some_and(|share| shares.contains(&share));
        }
        if let Some(twin) = alone::of(self.plan) {
            return shares.iter().any(|share| (twin.is_at)(self, *share));
        }
        let mut ways = self.ways().filter(Way::is_attached).peekable();
        ways.peek().is_some() && ways.all(|way| shares.iter().any(|share| way.is_at(*share)))
    }

    /// Whether the note of the share is the journal's alone: somebody removed the tag.
    pub(super) fn is_only_remembered(&self) -> bool {
        let home = self.home();
        home.is_some_and(|h| !h.tags.contains_key(tag::SHARE)) && self.remembered().is_some()
    }

    /// The share that every route has, where they agree.
    pub(super) fn common(&self) -> Option<Share> {
        let mut shares = self.ways().filter_map(|way| way.share());
        let first = shares.next()?;
        shares.all(|share| share == first).then_some(first)
    }

    /// Where a raise or return begins.
    pub(super) fn applied(&self) -> Option<Share> {
        self.note().map(|n| match n {
            Note::Moving(_, to) if self.all_at(to) => to,
            note => note.reached(),
        })
    }

    /// Whether traffic is on IPv6, or noted to be.
    pub(super) fn is_under_way(&self) -> bool {
        self.note().is_some_and(|n| n.highest() > Share::NONE) || self.has_traffic()
    }

    /// The rollback that is noted, of whatever revision.
    pub(super) fn rolled_back(&self) -> Option<&Rollback> {
        self.rollback.as_ref()
    }

    /// Whether this very revision is rolled back.
    pub(super) fn is_rolled_back(&self) -> bool {
        self.rolled_back()
            .is_some_and(|r| r.revision == self.plan.revision.0)
    }

    /// Whether a return is under way that AWS takes no note of.
    pub(super) fn is_unnoted(&self) -> bool {
        self.facts.is_refused(tag::ROLLED_BACK) && !self.is_rolled_back()
    }

    /// Each pair with its IPv6 ARN, where both are known, and each route that has either.
    pub(super) fn attached(&self) -> impl Iterator<Item = (&'a Route, &'a str, &'a str)> {
        let pairs: &'a [Pair] = self.seen.pairs.seen().map_or(&[], Vec::as_slice);
        let routes: &'a [Route] = self.seen.routes.seen().map_or(&[], Vec::as_slice);
        pairs
            .iter()
            .filter_map(|p| Some((p.ipv4_arn.as_str(), p.ipv6.seen()?.arn.as_str())))
            .flat_map(move |(v4, v6)| {
                routes
                    .iter()
                    .filter(move |r| r.forward.groups.iter().any(|g| g.arn == v6))
                    .map(move |r| (r, v4, v6))
            })
    }

    /// Each pair that is ours with each route that has one of its groups.
    pub(super) fn ways(&self) -> impl Iterator<Item = Way<'a>> {
        let pairs: &'a [Pair] = self.seen.pairs.seen().map_or(&[], Vec::as_slice);
        let routes: &'a [Route] = self.seen.routes.seen().map_or(&[], Vec::as_slice);
        let ours = pairs.iter().filter_map(|pair| {
            let group = pair.ipv6.seen().filter(|g| self.is_ours(g))?;
            Some((pair, group))
        });
        ours.flat_map(move |(pair, group)| {
            routes
                .iter()
                .map(move |route| Way { route, pair, group })
                .filter(|way| way.has(&pair.ipv4_arn) || way.has(&group.arn))
        })
    }

    /// The least IPv6 share over all routes, as read back. One that lost our group counts once it should have it.
    pub(super) fn observed(&self) -> Option<Share> {
        if self.plan.in_place().is_some() && !self.plan.is_behind() {
            return in_place::share(self);
        }
        if let Some(twin) = alone::of(self.plan) {
            return (twin.share)(self);
        }
        self.seen.routes.seen()?;
        let is_under_way = self.is_under_way();
        self.ways()
            .filter(|way| is_under_way || way.is_attached())
            .map(|way| way.share().unwrap_or(Share::NONE))
            .min()
    }

    /// Whether any route sends anything to IPv6, or tasks of the service were taken for the twin's.
    pub(super) fn has_traffic(&self) -> bool {
        if let Some(twin) = alone::of(self.plan) {
            return (twin.serves)(self);
        }
        self.attached()
            .any(|(r, v4, v6)| split::share(&r.forward, v4, v6).is_some_and(|s| s > Share::NONE))
    }

    /// The highest IPv6 share of any route, as read back.
    pub(super) fn highest(&self) -> Share {
        self.attached()
            .filter_map(|(r, v4, v6)| split::share(&r.forward, v4, v6))
            .max()
            .unwrap_or(Share::NONE)
    }

    /// Whether every attached route is where a share puts it, or both sides have their tasks.
    pub(super) fn all_at(&self, share: Share) -> bool {
        if let Some(twin) = alone::of(self.plan) {
            return (twin.is_at)(self, share);
        }
        self.attached()
            .all(|(r, v4, v6)| split::is_at(&r.forward, v4, v6, share))
    }

    /// The newest complete minutes in which counts of hosts are looked for.
    pub(super) fn newest(&self) -> Vec<Point> {
        let series = self.seen.recent.seen();
        series.map_or(vec![], |s| s.last(NEWEST, self.now))
    }

    /// The share that was measured in the newest minutes.
    pub(super) fn effective(&self) -> Option<Share> {
        if let Some(twin) = alone::of(self.plan) {
            return (twin.measured)(self);
        }
        effective_share(&self.seen.recent.seen()?.last(NOW, self.now))
    }

    /// All is back on IPv4, for a reason; but for consumers of a name that the twin had.
    pub(super) fn went_back(&self, reason: String) -> WaitingOn {
        let both = self.seen.registries.seen();
        let own = both.and_then(|both| both.ipv6.seen());
        WaitingOn::RolledBack {
            reason,
            name: own.map(|own| own.name.clone()),
        }
    }

    /// Bytes a second that reach the tasks of each side in the newest minutes, where they are counted.
    pub(super) fn received(&self) -> [Option<f64>; 2] {
        let mut gauges = self.plan.health.metrics.iter();
        let index = gauges.position(|g| g.of_tasks() == Some(OfTasks::Received));
        let read = index.and_then(|i| self.seen.readings.get(i)?.seen());
        let told = SignedDuration::try_from(METRIC_DELAY + NOW).unwrap_or_default();
        let from = self.now.checked_sub(told).unwrap_or(self.now);
        read.map_or([None, None], |read| read.means(from, self.now))
    }

    /// The share that is wanted in a phase, as the first route can express it.
    pub(super) fn desired(&self, phase: Phase) -> Option<Share> {
        let wanted = match (phase, self.note()?) {
            (Phase::RollingBack | Phase::RolledBack, _) => Share::NONE,
            (_, Note::Settled(s, _) | Note::Moving(_, s) | Note::Refuge(_, s)) => s,
        };
        let first = self.attached().next();
        first
            .and_then(|(r, v4, v6)| way::rounded(r, v4, v6, wanted))
            .or(Some(self.spelled(wanted)))
    }

    /// A share as it is spelled, where it is not exactly.
    pub(super) fn spelled(&self, share: Share) -> Share {
        alone::of(self.plan).map_or(share, |twin| (twin.spelled)(self, share))
    }

    /// The index of the step whose share is applied; `None` before the first.
    pub(super) fn step(&self) -> Option<usize> {
        let applied = self.applied()?;
        self.plan
            .shift
            .steps
            .iter()
            .rposition(|s| s.weight <= applied)
    }

    /// The IPv4 service is deleted, or being deleted: it cannot come back.
    pub(super) fn is_ipv4_gone(&self) -> bool {
        match &self.seen.ipv4 {
            Known::Seen(service) => !service.is_active(),
            known => known.is_absent(),
        }
    }

    /// The IPv4 service is gone and all traffic is on the twin: retiring went that far.
    pub(super) fn is_retired(&self) -> bool {
        self.is_ipv4_gone()
            && matches!(self.note(), Some(Note::Settled(Share::ALL, _)))
            && self
                .seen
                .twin
                .seen()
                .is_some_and(|t| self.has_mark(&t.tags))
    }

    /// The phase that a plan is in, judged by its share alone: what a hold on the first rungs shows.
    pub(super) fn standing(&self) -> Phase {
        match self.note() {
            _ if self.is_retired() => Phase::Retire,
            None => Phase::Checking,
            // Ordered back: what holds that up does not make it go forward.
            Some(note)
                if note.highest() > Share::NONE && rollback::is_ordered_since(self, None) =>
            {
                Phase::RollingBack
            }
            Some(Note::Settled(Share::ALL, _)) if self.plan.in_place().is_some() => Phase::Bake,
            Some(Note::Settled(Share::ALL, _)) if self.plan.is_by_tasks() => {
                tasks::standing_at_all(self)
            }
            Some(Note::Settled(Share::ALL, _)) => match self.seen.ipv4.seen() {
                Some(s) if s.desired == 0 => Phase::Cold,
                _ => Phase::Bake,
            },
            Some(Note::Settled(Share::NONE, _)) if self.is_rolled_back() => Phase::RolledBack,
            Some(Note::Settled(Share::NONE, _)) => Phase::Warm,
            Some(Note::Moving(_, Share::NONE)) => Phase::RollingBack,
            Some(_) => Phase::Shift,
        }
    }

    /// A building phase while nothing has moved; afterwards the phase that the share says.
    pub(super) fn at_least(&self, phase: Phase) -> Phase {
        if self.is_under_way() {
            self.standing().max(Phase::Shift)
        } else {
            phase
        }
    }
}
