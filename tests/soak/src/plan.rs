//! A random plan, as it is written and as the oracles take it.
//!
//! What must not be here: reading plans. What the oracles hold a run against is what was drawn, not what the product read.

use jiff::SignedDuration;

use crate::dice::Dice;
use crate::world::{CLUSTER, NAME, Subject, region};

/// A step as it was drawn.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The share on IPv6, 0 to 1.
    pub(crate) share: f64,
    pub(crate) hold: SignedDuration,
    pub(crate) asks: bool,
}

/// A plan as it was drawn.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    pub(crate) steps: Vec<Step>,
    pub(crate) bake: SignedDuration,
    pub(crate) keep_cold: SignedDuration,
    pub(crate) corrects: bool,
    pub(crate) asks_to_retire: bool,
    pub(crate) deletes_service: bool,
    pub(crate) deletes_group: bool,
    pub(crate) rolls_back: bool,
    pub(crate) approves_few: bool,
    pub(crate) min_requests: i64,
    pub(crate) against_ipv4: bool,
    pub(crate) latency: bool,
}

impl Drawn {
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        let mut steps: Vec<Step> = Vec::new();
        for percent in [1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 75.0] {
            if dice.chance(0.3) {
                steps.push(Step {
                    share: percent / 100.0,
                    hold: SignedDuration::from_mins(dice.between(3, 20)),
                    asks: dice.chance(0.2),
                });
            }
        }
        steps.push(Step {
            share: 1.0,
            hold: SignedDuration::ZERO,
            asks: false,
        });
        let deletes_service = dice.chance(0.8);
        Self {
            steps,
            bake: SignedDuration::from_mins(dice.between(5, 90)),
            keep_cold: SignedDuration::from_mins(dice.between(5, 90)),
            corrects: dice.chance(0.35),
            asks_to_retire: dice.chance(0.7),
            deletes_service,
            deletes_group: deletes_service && dice.chance(0.8),
            rolls_back: dice.chance(0.85),
            approves_few: dice.chance(0.7),
            min_requests: *dice.pick(&[20, 100, 300]),
            against_ipv4: dice.chance(0.5),
            latency: dice.chance(0.5),
        }
    }

    /// The next step's share above one, where there is one.
    pub(crate) fn next_above(&self, share: f64) -> Option<f64> {
        let next = self.steps.iter().find(|s| s.share > share + NEAR);
        next.map(|s| s.share)
    }

    /// The step of a share.
    pub(crate) fn step_at(&self, share: f64) -> Option<&Step> {
        self.steps.iter().find(|s| (s.share - share).abs() <= NEAR)
    }

    /// As it is written.
    pub(crate) fn text(&self, subject: &Subject) -> String {
        let mut steps = String::new();
        for step in &self.steps {
            let percent = (step.share * 100.0).round();
            let more = if step.share < 1.0 {
                let gate = if step.asks { ", gate: approval" } else { "" };
                format!(", hold: {}m{gate}", step.hold.as_mins())
            } else {
                String::new()
            };
            steps += &format!("      - {{ weight: {percent}%{more} }}\n");
        }
        let against = if self.against_ipv4 {
            ", worseThanIpv4By: 0.5%"
        } else {
            ""
        };
        let latency = if self.latency {
            "    latencyP99: { max: 900ms }\n"
        } else {
            ""
        };
        let words = |yes: bool, a: &'static str, b: &'static str| if yes { a } else { b };
        let mut deletes = Vec::new();
        deletes.extend(self.deletes_service.then_some("service"));
        deletes.extend(self.deletes_group.then_some("targetGroup"));
        let (subnets, groups) = (
            subject.ipv6_subnets.join(", "),
            subject.security_groups.join(", "),
        );
        let (few, bad) = (
            words(self.approves_few, "approval", "wait"),
            words(self.rolls_back, "rollback", "hold"),
        );
        let approval = words(self.asks_to_retire, "required", "none");
        let (bake, cold) = (self.bake.as_mins(), self.keep_cold.as_mins());
        let drift = words(self.corrects, "correct", "hold");
        format!(
            "apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata: {{ name: {NAME} }}\nspec:\n  \
             service: {{ region: {region}, cluster: {CLUSTER}, name: {NAME} }}\n  \
             ipv6: {{ subnets: [{subnets}], securityGroups: [{groups}] }}\n  \
             shift:\n    steps:\n{steps}    bake: {bake}m\n  \
             health:\n    errorRate: {{ max: 1%{against} }}\n{latency}    \
             minRequests: {min}\n    onTooFew: {few}\n    onBad: {bad}\n  \
             retire: {{ approval: {approval}, keepCold: {cold}m, delete: [{deletes}] }}\n  \
             drift: {drift}\n",
            region = region(),
            min = self.min_requests,
            deletes = deletes.join(", "),
        )
    }
}

/// Weights are whole numbers, and a route that others share has few of them for the two sides: shares this close are the
/// same.
pub(crate) const NEAR: f64 = 0.006;
