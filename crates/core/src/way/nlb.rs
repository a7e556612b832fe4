//! A Network Load Balancer: no action names both families, so all clients of one family move at once, those of IPv6 first.
//!
//! Two rules of ours for IPv6 clients stand before the default action. The *first* is met, and leads them to one side. The
//! *spare* is never met, since the first takes the same clients before it: it names the side that nothing else names, so that
//! its targets are checked, ECS takes the target group, and the way back is ready. The default action serves all others.
//!
//! Sources: Elastic Load Balancing, "Listeners for your Network Load Balancers" (default actions, rule evaluation: of several
//! rules that match, the lowest priority number counts).

use super::{Grain, Way};
use crate::{
    action::{Side, Spell},
    observation::{Families, FamilyRule, Forward, Setting, WeightedGroup},
};

pub(super) const WAY: Way = Way {
    grain: Grain::Families,
    read: |route| match &route.setting {
        Setting::Families(families) => read(families),
        Setting::Weights => route.forward.clone(),
    },
    write: |route, wanted| match &route.setting {
        Setting::Families(families) => write(families, wanted),
        Setting::Weights => Spell::Forward,
    },
    after: |route, spell| match &route.setting {
        Setting::Families(families) => Setting::Families(after(families, spell)),
        Setting::Weights => Setting::Weights,
    },
    holds_ours: |route| match &route.setting {
        Setting::Families(families) => families.for_ipv6().next().is_some(),
        Setting::Weights => false,
    },
};

/// Where our rules stand. Rules of others are refused by preflight.
const FIRST: u32 = 100;
const SPARE: u32 = 200;

/// [`crate::share::Share::CLIENTS`] in weights.
const ALL_BUT_CLIENTS: u16 = 9_999;

impl Families {
    fn side(&self, forward: &Forward) -> Option<Side> {
        let only = forward.only()?;
        if only == self.ipv4 {
            Some(Side::Ipv4)
        } else {
            (Some(only) == self.ipv6.as_deref()).then_some(Side::Ipv6)
        }
    }

    fn arn(&self, side: Side) -> &str {
        match side {
            Side::Ipv4 => &self.ipv4,
            Side::Ipv6 => self.ipv6.as_deref().unwrap_or_default(),
        }
    }

    /// The rules that take IPv6 clients, in the order in which they are met.
    fn for_ipv6(&self) -> impl Iterator<Item = &FamilyRule> {
        let takes = |r: &&FamilyRule| r.clients.as_deref() == Some("ipv6");
        self.rules.iter().filter(takes)
    }

    /// Where all others are led.
    fn others(&self) -> Option<Side> {
        let mut rules = self.rules.iter();
        let met = rules.find(|r| r.clients.as_deref() == Some("ipv4"));
        self.side(met.map_or(&self.default, |r| &r.forward))
    }

    /// Where IPv6 clients are led.
    fn clients(&self) -> Option<Side> {
        let met = self.for_ipv6().next();
        self.side(met.map_or(&self.default, |r| &r.forward))
    }

    fn names(&self, side: Side) -> bool {
        let arn = self.arn(side);
        let mut all = std::iter::once(&self.default).chain(self.rules.iter().map(|r| &r.forward));
        !arn.is_empty() && all.any(|f| f.names(arn))
    }
}

/// In weights.
pub(super) fn read(families: &Families) -> Forward {
    let (Some(others), Some(clients)) = (families.others(), families.clients()) else {
        return families.default.clone();
    };
    let (ipv4, ipv6) = match (others, clients) {
        (Side::Ipv4, Side::Ipv4) => (1, 0),
        (Side::Ipv4, Side::Ipv6) => (ALL_BUT_CLIENTS, 1),
        (Side::Ipv6, Side::Ipv4) => (1, ALL_BUT_CLIENTS),
        (Side::Ipv6, Side::Ipv6) => (0, 1),
    };
    let sides = [
        (Side::Ipv4, ipv4, families.names(Side::Ipv4)),
        (Side::Ipv6, ipv6, families.names(Side::Ipv6)),
    ];
    let named = sides.into_iter().filter(|(.., is_named)| *is_named);
    let group = |(side, weight, _)| WeightedGroup {
        arn: families.arn(side).to_owned(),
        weight,
    };
    let mut groups: Vec<WeightedGroup> = named.map(group).collect();
    groups.sort();
    Forward {
        groups,
        stickiness: None,
    }
}

/// What some weights mean here.
struct Goal {
    others: Side,
    clients: Side,
    /// The IPv4 group is not named any more.
    left: bool,
}

impl Goal {
    fn of(families: &Families, wanted: &Forward) -> Self {
        let weight = |side| {
            let mut groups = wanted.groups.iter();
            let found = groups.find(|g| g.arn == families.arn(side));
            found.map(|g| g.weight)
        };
        let (ipv4, ipv6) = (weight(Side::Ipv4), weight(Side::Ipv6));
        let (others, clients) = match (ipv4.unwrap_or(0), ipv6.unwrap_or(0)) {
            (_, 0) => (Side::Ipv4, Side::Ipv4),
            (0, _) => (Side::Ipv6, Side::Ipv6),
            _ => (Side::Ipv4, Side::Ipv6),
        };
        Self {
            others,
            clients,
            left: ipv4.is_none(),
        }
    }
}

/// The next call. Nobody is ever led to a group that no rule or default action named before, but at the very first.
pub(super) fn write(families: &Families, wanted: &Forward) -> Spell {
    let goal = Goal::of(families, wanted);
    let lead = |rule: &FamilyRule, side| Spell::LeadRule {
        rule: rule.arn.clone(),
        group: families.arn(side).to_owned(),
    };
    let default = |side| Spell::Default {
        group: families.arn(side).to_owned(),
    };
    let now = families.side(&families.default);
    let mut ours = families.for_ipv6();
    let (first, spare) = (ours.next(), ours.next());
    // Customers first, and most of them are there.
    if goal.others == Side::Ipv4 && now != Some(Side::Ipv4) {
        return default(Side::Ipv4);
    }
    if goal.left && now == Some(Side::Ipv6) {
        let mut rules: Vec<&FamilyRule> = families.for_ipv6().collect();
        // From the last on: the one that is met goes when it leads where the default action does.
        if let Some(last) = rules.pop() {
            let is_alone = rules.is_empty() && families.side(&last.forward) != Some(Side::Ipv6);
            return if is_alone {
                lead(last, Side::Ipv6)
            } else {
                Spell::DropRule {
                    rule: last.arn.clone(),
                }
            };
        }
    }
    let side_now = now.unwrap_or(Side::Ipv4);
    let Some(first) = first else {
        return make(families, FIRST, side_now);
    };
    let Some(spare) = spare else {
        return make(families, first.priority + (SPARE - FIRST), side_now.other());
    };
    let keeps = families.side(&spare.forward);
    if families.side(&first.forward) != Some(goal.clients) {
        // The twin stays checked, and what it serves may end.
        if goal.clients == Side::Ipv4 && keeps != Some(Side::Ipv6) {
            return lead(spare, Side::Ipv6);
        }
        return lead(first, goal.clients);
    }
    if goal.others == Side::Ipv6 && now != Some(Side::Ipv6) {
        // Else nothing would name the IPv4 group, and nobody check the way back.
        if keeps != Some(Side::Ipv4) {
            return lead(spare, Side::Ipv4);
        }
        return default(Side::Ipv6);
    }
    lead(spare, goal.others.other())
}

fn make(families: &Families, priority: u32, side: Side) -> Spell {
    Spell::MakeRule {
        priority,
        group: families.arn(side).to_owned(),
    }
}

/// The listener once a call is done.
pub(super) fn after(families: &Families, spell: &Spell) -> Families {
    let mut next = families.clone();
    match spell {
        Spell::Forward => {}
        Spell::Default { group } => next.default = Forward::to(group),
        Spell::LeadRule { rule, group } => {
            for found in next.rules.iter_mut().filter(|r| r.arn == *rule) {
                found.forward = Forward::to(group);
            }
        }
        Spell::DropRule { rule } => next.rules.retain(|r| r.arn != *rule),
        Spell::MakeRule { priority, group } => {
            next.rules.push(FamilyRule {
                arn: format!("rule {priority} (new)"),
                priority: *priority,
                clients: Some("ipv6".to_owned()),
                forward: Forward::to(group),
                fingerprint: String::new(),
            });
            next.rules.sort_by_key(|r| r.priority);
        }
    }
    next
}
