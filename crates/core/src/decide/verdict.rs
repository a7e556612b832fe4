//! What CloudWatch's history says of one observation: the verdict now, before a rollback, and the proof of a share.
//!
//! What must not be here: how a window is judged ([`crate::evidence`]), and any answer to "what next".

use std::{ops::Range, time::Duration};

use jiff::{SignedDuration, Timestamp};

use super::{
    ecs, in_place, tasks,
    view::{NOW, View},
};
use crate::{
    evidence::{
        Limits, METRIC_DELAY, Point, Proof, Question, Series, SignalVerdict, Since, Verdict,
        Window, ipv4_fault, judge, judge_alarms, judge_gauges, proof,
    },
    note::Note,
    observation::{Known, Service},
    share::Share,
};

/// How long before a rollback its reason is looked for: minutes, then as far back as a hold is proven.
const BEFORE: [Duration; 3] = [NOW, Duration::from_secs(1_800), crate::evidence::FINE_HOLD];

/// The newest window's verdict.
pub(super) struct Evidence {
    pub(super) verdict: Verdict,
    pub(super) signals: Vec<SignalVerdict>,
    pub(super) window: Window,
}

impl Evidence {
    /// The worst of what counts; where nothing but a dry run is judged nothing is bad, and it is shown all the same.
    pub(super) fn of(signals: Vec<SignalVerdict>, window: Window) -> Option<Self> {
        let counted = signals.iter().filter(|s| s.counts());
        let verdict = counted.map(|s| s.verdict).max().unwrap_or(Verdict::Good);
        (!signals.is_empty()).then_some(Self {
            verdict,
            signals,
            window,
        })
    }

    /// With further signals of the same moment.
    pub(super) fn and(mut self, more: Vec<SignalVerdict>) -> Self {
        let worst = more.iter().filter(|s| s.counts()).map(|s| s.verdict).max();
        self.verdict = self.verdict.max(worst.unwrap_or(self.verdict));
        self.signals.extend(more);
        self
    }
}

impl<'a> View<'a> {
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
        let set_at = self.settled_since();
        Limits {
            since: Since {
                set_at,
                code: self.code_since().max(set_at.unwrap_or(Timestamp::MIN)),
            },
            ..Limits::of(self.plan, self.seen)
        }
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
        let newest = series.newest(NOW, self.now);
        Some(self.judged(series, newest))
    }

    /// What the plan's alarms say at this moment.
    pub(super) fn judge_alarms(&self) -> SignalVerdict {
        judge_alarms(self.limits())
    }

    /// Since when none of the plan's alarms changed.
    pub(super) fn quiet_since(&self) -> Option<Timestamp> {
        let alarms = self.seen.alarms.seen().into_iter().flatten();
        let named = |name: &String| self.plan.health.alarms.contains(name);
        alarms.filter(|a| named(&a.name)).map(|a| a.since).max()
    }

    /// What the plan's own metrics say of a time, where what they are of moved at a moment, and whether IPv4 has any to compare with.
    pub(super) fn judge_gauges(
        &self,
        time: Window,
        moved: Timestamp,
        compares: bool,
    ) -> Vec<SignalVerdict> {
        let limits = Limits {
            since: Since::at(moved),
            ..Limits::of(self.plan, self.seen)
        };
        judge_gauges(limits, time, compares)
    }

    /// What they say since a moment: of the newest minutes where these are bad, of all otherwise.
    pub(super) fn gauges_since(
        &self,
        moment: Timestamp,
        compares: bool,
    ) -> (Window, Vec<SignalVerdict>) {
        let told = SignedDuration::try_from(METRIC_DELAY).unwrap_or_default();
        let until = self.now.checked_sub(told).unwrap_or(self.now);
        let all = Window {
            from: moment.min(until),
            until,
        };
        let now = SignedDuration::try_from(NOW).unwrap_or_default();
        let newest = Window {
            from: until.checked_sub(now).unwrap_or(until).max(all.from),
            until,
        };
        let is_bad = |s: &SignalVerdict| s.verdict == Verdict::Bad && s.counts();
        match self.judge_gauges(newest, moment, compares) {
            signals if signals.iter().any(is_bad) => (newest, signals),
            _ => (all, self.judge_gauges(all, moment, compares)),
        }
    }

    fn judged(&self, series: &Series, points: Range<usize>) -> Evidence {
        judged(self.limits(), series, points)
    }

    /// Why the IPv4 side is sick, by its own requests in the newest minutes.
    pub(super) fn ipv4_fault(&self) -> Option<String> {
        let series = self.seen.recent.seen()?;
        let of = |window: &[Point]| ipv4_fault(self.limits(), window);
        of(&series.last(NOW, self.now)).or_else(|| of(&self.with_newer(series)))
    }

    /// The newest complete minutes and those after them, since bad news need not be complete to be true; a minute that has
    /// errors but not yet its requests says nothing.
    fn with_newer(&self, series: &Series) -> Vec<Point> {
        let tells = |p: &Point| {
            p.requests_ipv6
                .is_some_and(|n| n > 0.0 && n >= p.errors_ipv6.unwrap_or(0.0))
        };
        let newer = series.points(series.complete_points(self.now)..series.len());
        let flows = self.limits().flows;
        // Which of the load balancer's errors say that there was nobody to send to may come later than their sum.
        let sorted = |p: Point| Point {
            elb_5xx: p.elb_5xx.filter(|_| flows || p.elb_503.is_some()),
            ..p
        };
        let mut points = series.last(NOW, self.now);
        points.extend(newer.into_iter().filter(tells).map(sorted));
        points
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
            // By now it is noted that the share went back.
            let judged = judged(Limits::of(self.plan, self.seen), series, begin..end);
            (judged.verdict == Verdict::Bad).then_some(judged)
        })
    }

    /// By what watches the service on its way.
    pub(super) fn judge_now(&self) -> Option<Evidence> {
        if self.plan.in_place().is_some() {
            return in_place::evidence(self);
        }
        if self.plan.has_lone_twin() {
            return tasks::evidence(self);
        }
        let of_tasks = ecs::beside_requests(self);
        match self.judge_requests() {
            Some(evidence) => Some(evidence.and(of_tasks)),
            None => Evidence::of(
                of_tasks,
                Window {
                    from: self.now,
                    until: self.now,
                },
            ),
        }
    }

    /// Complete minutes count as they are, newer ones where they are bad.
    pub(super) fn judge_requests(&self) -> Option<Evidence> {
        if !self.has_traffic() {
            return None;
        }
        let series = self.seen.recent.seen()?;
        let newest = series.newest(NOW, self.now);
        let time = series.window(newest.clone());
        let (sooner, worse) = judge(self.limits(), &self.with_newer(series), time);
        if sooner == Verdict::Bad {
            return Some(Evidence {
                verdict: sooner,
                signals: worse,
                window: series.window(newest.start..series.len()),
            });
        }
        // A small fault shows only over a long time: the whole proof may be bad where the newest minutes are not sure.
        let proof = self.standing.as_ref();
        let proof = proof.filter(|p| p.verdict == Verdict::Bad);
        let of_proof = |p: &Proof| Evidence {
            verdict: p.verdict,
            signals: p.signals.clone(),
            window: p.window,
        };
        Some(proof.map_or_else(|| self.judged(series, newest), of_proof))
    }

    /// The proof of the step whose share every route has.
    pub(super) fn standing_proof(&self) -> Option<Proof> {
        if !self.has_traffic() || self.plan.is_unbalanced() || self.plan.is_behind() {
            return None;
        }
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
}

fn judged(limits: Limits<'_>, series: &Series, points: Range<usize>) -> Evidence {
    let window = series.window(points.clone());
    let (verdict, signals) = judge(limits, &series.points(points), window);
    Evidence {
        verdict,
        signals,
        window,
    }
}
