//! How one call changes a route.
//!
//! What belongs here: the calls that there are. What must not: which of them leads where ([`crate::way`]).

use super::Action;
use crate::names::is_of_lattice;
use crate::observation::{Forward, Route, RouteId, Setting};
use crate::way;

/// What of a route one call writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Spell {
    /// Its forward action: `elbv2:ModifyListener` or `elbv2:ModifyRule`, `vpc-lattice:UpdateListener` or `vpc-lattice:UpdateRule`.
    #[default]
    Forward,
    /// Where its default action leads: `elbv2:ModifyListener`.
    Default {
        /// The target group.
        group: String,
    },
    /// A new rule of ours for IPv6 clients: `elbv2:CreateRule`.
    MakeRule {
        /// Where it stands among the others.
        priority: u32,
        /// Where it leads.
        group: String,
    },
    /// Where a rule of ours leads: `elbv2:ModifyRule`.
    LeadRule {
        /// ARN.
        rule: String,
        /// The target group.
        group: String,
    },
    /// A rule of ours less: `elbv2:DeleteRule`.
    DropRule {
        /// ARN.
        rule: String,
    },
}

impl Spell {
    /// The call as AWS names it.
    pub(super) fn call(&self, route: &RouteId) -> &'static str {
        match (self, route) {
            (Self::Forward, RouteId::Listener(arn)) if is_of_lattice(arn) => {
                "vpc-lattice:UpdateListener"
            }
            (Self::Forward, RouteId::Rule(arn)) if is_of_lattice(arn) => "vpc-lattice:UpdateRule",
            (Self::Forward, RouteId::Listener(_)) | (Self::Default { .. }, _) => {
                "elasticloadbalancing:ModifyListener"
            }
            (Self::Forward, RouteId::Rule(_)) | (Self::LeadRule { .. }, _) => {
                "elasticloadbalancing:ModifyRule"
            }
            (Self::MakeRule { .. }, _) => "elasticloadbalancing:CreateRule",
            (Self::DropRule { .. }, _) => "elasticloadbalancing:DeleteRule",
        }
    }

    /// The rule that it writes or takes away.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::LeadRule { rule, .. } | Self::DropRule { rule } => Some(rule),
            Self::Forward | Self::Default { .. } | Self::MakeRule { .. } => None,
        }
    }

    /// Whether both write the same part of a route, so that the newer undoes the older.
    #[must_use]
    pub fn is_same_part(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Forward, Self::Forward) | (Self::Default { .. }, Self::Default { .. }) => true,
            (Self::MakeRule { priority, .. }, Self::MakeRule { priority: p, .. }) => priority == p,
            (one, other) => one.rule().is_some() && one.rule() == other.rule(),
        }
    }

    /// For people, where it is not the route's own forward.
    pub(super) fn told(&self) -> Option<String> {
        Some(match self {
            Self::Forward => return None,
            Self::Default { .. } => "the default action".to_owned(),
            Self::MakeRule { priority, .. } => format!("a new rule {priority} for IPv6 clients"),
            Self::LeadRule { rule, .. } => format!("rule {}", short(rule)),
            Self::DropRule { rule } => format!("rule {} taken away", short(rule)),
        })
    }
}

fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

impl Action {
    /// Other weights for a route, or the next call on the way there, as long as nobody changes it first.
    #[must_use]
    pub fn set_forward(route: &Route, forward: Forward, intent: super::Intent) -> Self {
        let way = way::of(&route.setting);
        let spell = (way.write)(route, &forward);
        let (forward, expects) = match (&spell, &route.setting) {
            (Spell::Forward, _) | (_, Setting::Weights) => (forward, route.fingerprint.clone()),
            (spell, Setting::Families(families)) => {
                let setting = (way.after)(route, spell);
                let next = Route {
                    setting,
                    ..route.clone()
                };
                let mut rules = families.rules.iter();
                let rule = rules.find(|r| Some(r.arn.as_str()) == spell.rule());
                let expects = rule.map_or(&route.fingerprint, |r| &r.fingerprint);
                ((way.read)(&next), expects.clone())
            }
        };
        Self::SetForward {
            route: route.id.clone(),
            named: route.name(),
            expects,
            forward,
            spell,
            intent,
        }
    }
}
