//! What several stages derive from one observation: the note of the share, the step, the verdict now.
//!
//! What belongs here: questions about the observation. What must not: any answer to "what next".

use std::{collections::BTreeMap, ops::ControlFlow, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{Gate, is_full, wait, way::Way};
use crate::{
    evidence::{
        Limits, METRIC_DELAY, Point, Proof, Question, Series, SignalVerdict, Verdict,
        effective_share, ipv4_fault, judge, proof,
    },
    facts::Facts,
    names::tag,
    note::{self, Note, routes::Before, strength::Strength},
    observation::{Forward, Known, Observation, Pair, Route, Service, Target, TargetGroup},
    plan::Plan,
    router,
    share::Share,
    status::{Phase, WaitingOn},
};

/// How many of the newest minutes tell whether it is bad now.
const NOW: Duration = Duration::from_secs(300);

/// How long before a rollback its reason is looked for: minutes, then as far back as a hold is proven.
const BEFORE: [Duration; 3] = [NOW, Duration::from_secs(1_800), crate::evidence::FINE_HOLD];

/// A rollback that this plan's resources remember.
pub(super) struct RolledBack<'a> {
    pub(super) revision: &'a str,
    pub(super) at: Option<Timestamp>,
    pub(super) why: Option<String>,
}

/// The newest window's verdict.
pub(super) struct Evidence {
    pub(super) verdict: Verdict,
    pub(super) signals: Vec<SignalVerdict>,
}

/// One observation, seen through one plan.
pub(super) struct View<'a> {
    pub(super) plan: &'a Plan,
    pub(super) facts: &'a Facts,
    pub(super) seen: &'a Observation,
    pub(super) now: Timestamp,
    evidence: Option<Evidence>,
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
        };
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
        let what = format!(
            "ECS service {} in cluster {}",
            self.plan.service.name, self.plan.service.cluster
        );
        self.need(
            &self.seen.ipv4,
            &what,
            "correct spec.service, or delete the plan",
        )
    }

    pub(super) fn twin(&self) -> Gate<&'a Service> {
        self.need(&self.seen.twin, "the twin", "nothing: it is made again")
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

    fn first_ipv6(&self) -> Option<&'a TargetGroup> {
        self.seen
            .pairs
            .seen()?
            .first()?
            .ipv6
            .seen()
            .filter(|g| self.is_ours(g))
    }

    /// Whether a target group carries this plan's tag.
    pub(super) fn is_ours(&self, group: &TargetGroup) -> bool {
        group.tags.get(tag::PLAN) == Some(&self.plan.uid.0)
    }

    /// The first IPv6 target group: it carries our notes.
    pub(super) fn notes_arn(&self) -> Option<&'a str> {
        self.first_ipv6().map(|g| g.arn.as_str())
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
        let tags = &self.first_ipv6()?.tags;
        let noted = note::routes::before(tags, &route.id);
        noted.or_else(|| note::routes::before(&self.facts.notes, &route.id))
    }

    /// A note of ours: the tag, or what the journal has of it where somebody removed that.
    pub(super) fn noted(&self, key: &str) -> Option<&'a str> {
        let tag = self.first_ipv6().and_then(|group| group.tags.get(key));
        tag.or_else(|| self.facts.notes.get(key))
            .map(String::as_str)
    }

    /// How large the IPv4 side was before it went cold.
    pub(super) fn strength(&self) -> Option<Strength> {
        Strength::read(self.noted(tag::DESIRED)?)
    }

    /// Our note of the share; without one, none has moved.
    pub(super) fn note(&self) -> Option<Note> {
        let text = self.first_ipv6()?.tags.get(tag::SHARE)?;
        text.parse().ok()
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
    pub(super) fn rolled_back(&self) -> Option<RolledBack<'a>> {
        let tags = &self.first_ipv6()?.tags;
        let (revision, at) = tags.get(tag::ROLLED_BACK)?.split_once('@')?;
        let why = tags.get(tag::ROLLED_BACK_WHY);
        let why = why.and_then(|why| note::reason_of(revision, why));
        Some(RolledBack {
            revision,
            at: at.parse().ok(),
            why,
        })
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
        self.seen.routes.seen()?;
        let is_under_way = self.is_under_way();
        self.ways()
            .filter(|way| is_under_way || way.is_attached())
            .map(|way| way.share().unwrap_or(Share::NONE))
            .min()
    }

    /// Whether any route sends anything to IPv6.
    pub(super) fn has_traffic(&self) -> bool {
        self.attached()
            .any(|(r, v4, v6)| router::share(&r.forward, v4, v6).is_some_and(|s| s > Share::NONE))
    }

    /// The highest IPv6 share of any route, as read back.
    pub(super) fn highest(&self) -> Share {
        self.attached()
            .filter_map(|(r, v4, v6)| router::share(&r.forward, v4, v6))
            .max()
            .unwrap_or(Share::NONE)
    }

    /// Whether every attached route is where a share puts it.
    pub(super) fn all_at(&self, share: Share) -> bool {
        self.attached()
            .all(|(r, v4, v6)| router::is_at(&r.forward, v4, v6, share))
    }

    /// The share that was measured in the newest minutes.
    pub(super) fn effective(&self) -> Option<Share> {
        effective_share(self.seen.recent.seen()?.last(NOW, self.now))
    }

    /// The share that is wanted in a phase, as the first route can express it.
    pub(super) fn desired(&self, phase: Phase) -> Option<Share> {
        let wanted = match (phase, self.note()?) {
            (Phase::RollingBack | Phase::RolledBack, _) => Share::NONE,
            (_, Note::Settled(s, _) | Note::Moving(_, s) | Note::Refuge(_, s)) => s,
        };
        let first = self.attached().next();
        first
            .and_then(|(r, v4, v6)| router::rounded(&r.forward, v4, v6, wanted))
            .or(Some(wanted))
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
            Known::Seen(service) => service.status != "ACTIVE",
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
                .is_some_and(|t| t.tags.get(tag::PLAN) == Some(&self.plan.uid.0))
    }

    /// The moment from which minutes show today's code on both sides: its deployment was complete.
    pub(super) fn code_since(&self) -> Timestamp {
        let of = |s: &Known<Service>| {
            let service = s.seen()?;
            if service.is_deploying() {
                return Some(Timestamp::MAX);
            }
            service
                .primary()
                .map(|d| d.completed_at.unwrap_or(d.created_at))
        };
        // The IPv4 side's code matters only as long as it serves: a cold service's deployments change nothing.
        let ipv4 = if self.applied() == Some(Share::ALL) {
            None
        } else {
            of(&self.seen.ipv4)
        };
        of(&self.seen.twin).max(ipv4).unwrap_or(Timestamp::MIN)
    }

    /// Since when every route has the share that is noted; `None` while that is not noted.
    pub(super) fn settled_since(&self) -> Option<Timestamp> {
        match self.note()? {
            Note::Settled(_, since) => since,
            Note::Moving(..) | Note::Refuge(..) => None,
        }
    }

    fn limits(&self) -> Limits<'a> {
        Limits::of(self.plan, self.seen)
    }

    /// The proof of the share that is applied: of the step with an index, or, where the plan was edited so that no step
    /// is that low, of the share as it stands.
    pub(super) fn proof(&self, series: &Series, step: Option<usize>, hold: Duration) -> Proof {
        let applied = self.applied().unwrap_or(Share::NONE);
        let weight = step.map_or(applied, |i| self.plan.weight(i).max(applied));
        let below = step
            .and_then(|i| i.checked_sub(1))
            .and_then(|i| self.plan.shift.steps.get(i))
            .map_or(Share::NONE, |s| s.weight);
        let middle = below.basis_points().midpoint(weight.basis_points());
        let question = Question {
            at_least: Share::from_basis_points(middle),
            hold,
            code_since: self.code_since(),
            set_at: self.settled_since().unwrap_or(Timestamp::MAX),
        };
        proof(self.limits(), series, question, self.now)
    }

    /// The verdict on the newest minutes, where IPv6 has traffic.
    pub(super) fn evidence(&self) -> Option<&Evidence> {
        self.evidence.as_ref()
    }

    /// The verdict on the newest complete minutes, whether or not IPv6 has traffic.
    pub(super) fn judge_recent(&self) -> Option<Evidence> {
        let series = self.seen.recent.seen()?;
        let (verdict, signals) = judge(self.limits(), series.last(NOW, self.now));
        Some(Evidence { verdict, signals })
    }

    /// Why the IPv4 side is sick, by its own requests in the newest complete minutes.
    pub(super) fn ipv4_fault(&self) -> Option<String> {
        let series = self.seen.recent.seen()?;
        ipv4_fault(self.limits(), series.last(NOW, self.now))
    }

    /// The bad verdict on the minutes up to a moment, of the shortest time that shows it: those that were complete then,
    /// and the newer ones, which told bad news without being complete.
    pub(super) fn judge_before(&self, at: Timestamp) -> Option<Evidence> {
        let series = self.seen.recent.seen()?;
        let newer = SignedDuration::try_from(METRIC_DELAY + series.period).ok()?;
        let end = series.complete_points(at.saturating_add(newer).ok()?);
        let complete = series.complete_points(at).min(end);
        BEFORE.iter().find_map(|length| {
            let count = length.as_secs() / series.period.as_secs().max(1);
            let begin = complete.saturating_sub(count as usize);
            let (verdict, signals) = judge(self.limits(), &series.points[begin..end]);
            (verdict == Verdict::Bad).then_some(Evidence { verdict, signals })
        })
    }

    /// Complete minutes count as they are. Newer ones are read too, since bad news need not be complete to be true; a
    /// minute that has errors but not yet its requests says nothing.
    fn judge_now(&self) -> Option<Evidence> {
        if !self.has_traffic() {
            return None;
        }
        let series = self.seen.recent.seen()?;
        let complete = series.last(NOW, self.now);
        let (verdict, signals) = judge(self.limits(), complete);
        let tells = |p: &&Point| {
            p.requests_ipv6
                .is_some_and(|n| n > 0.0 && n >= p.errors_ipv6.unwrap_or(0.0))
        };
        let newer = series.points[series.complete_points(self.now)..]
            .iter()
            .filter(tells);
        let all: Vec<Point> = complete.iter().chain(newer).copied().collect();
        let (sooner, worse) = judge(self.limits(), &all);
        if sooner == Verdict::Bad {
            return Some(Evidence {
                verdict: sooner,
                signals: worse,
            });
        }
        // A small fault shows only over a long time: the whole proof may be bad where the newest minutes are not sure.
        let proof = self.standing_proof().filter(|p| p.verdict == Verdict::Bad);
        Some(proof.map_or(Evidence { verdict, signals }, |p| Evidence {
            verdict: p.verdict,
            signals: p.signals,
        }))
    }

    /// The proof of the step whose share every route has.
    fn standing_proof(&self) -> Option<Proof> {
        let Note::Settled(..) = self.note()? else {
            return None;
        };
        let index = self.step()?;
        let last = index + 1 >= self.plan.shift.steps.len();
        let hold = match self.plan.shift.steps.get(index) {
            Some(step) if !last => step.hold,
            _ => self.plan.shift.bake,
        };
        let series = if hold <= crate::evidence::FINE_HOLD {
            &self.seen.recent
        } else {
            &self.seen.long
        };
        Some(self.proof(series.seen()?, Some(index), hold))
    }

    /// The phase that a plan is in, judged by its share alone: what a hold on the first rungs shows.
    pub(super) fn standing(&self) -> Phase {
        match self.note() {
            _ if self.is_retired() => Phase::Retire,
            None => Phase::Checking,
            Some(Note::Settled(Share::ALL, _)) => match self.seen.ipv4.seen() {
                Some(s) if s.desired == 0 => Phase::Cold,
                _ => Phase::Bake,
            },
            Some(Note::Settled(Share::NONE, _)) if self.is_rolled_back() => Phase::RolledBack,
            Some(Note::Settled(Share::NONE, _)) => Phase::Warm,
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
