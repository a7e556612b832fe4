//! A listener of a Network Load Balancer: whom one call would lead where, read from AWS's shapes alone.
//!
//! What belongs here: that reading, and what no share could tell of such a call. What must not: how far a share may go
//! ([`super::steps`]), or any weight that somebody else made of it.

use super::{Veto, case::Case, effect::Effect, require};
use crate::{
    action::Spell,
    observation::{Families, Forward, Known, Route, Setting},
};

/// A rule with whom it takes and where it leads them.
struct Met<'a> {
    arn: &'a str,
    priority: u32,
    clients: Option<&'a str>,
    group: Option<&'a str>,
}

/// A listener as it is, or as it would be.
struct Listener<'a> {
    default: Option<&'a str>,
    rules: Vec<Met<'a>>,
}

impl<'a> Listener<'a> {
    fn of(families: &'a Families) -> Self {
        let met = |r: &'a crate::observation::FamilyRule| Met {
            arn: &r.arn,
            priority: r.priority,
            clients: r.clients.as_deref(),
            group: r.forward.only(),
        };
        Self {
            default: families.default.only(),
            rules: families.rules.iter().map(met).collect(),
        }
    }

    fn once(mut self, spell: &'a Spell) -> Result<Self, Veto> {
        match spell {
            Spell::Forward => return Err(Veto::NotSeen),
            Spell::Default { group } => self.default = Some(group),
            Spell::MakeRule { priority, group } => self.rules.push(Met {
                arn: "",
                priority: *priority,
                clients: Some("ipv6"),
                group: Some(group),
            }),
            Spell::LeadRule { rule, group } => {
                let mut rules = self.rules.iter_mut();
                let found = rules.find(|r| r.arn == rule).ok_or(Veto::NotThePlans)?;
                found.group = Some(group);
            }
            Spell::DropRule { rule } => self.rules.retain(|r| r.arn != rule),
        }
        Ok(self)
    }

    /// The only group that clients of a family reach; unknown where a rule may or may not take them.
    fn serves(&self, family: &str) -> Option<&'a str> {
        let takes = |r: &&Met<'a>| r.clients.is_none_or(|clients| clients == family);
        let met = self.rules.iter().filter(takes).min_by_key(|r| r.priority);
        match met {
            Some(rule) => rule.clients.and(rule.group),
            None => self.default,
        }
    }

    fn names(&self, arn: &str) -> bool {
        let mut groups = self.rules.iter().map(|r| r.group);
        self.default == Some(arn) || groups.any(|group| group == Some(arn))
    }

    /// Whether some weights say of it what is so: the heavier group is where IPv4 clients are led, and no other has any.
    fn reads(&self, forward: &Forward) -> bool {
        let (Some(ipv4), Some(ipv6)) = (self.serves("ipv4"), self.serves("ipv6")) else {
            return false;
        };
        let weight = |arn: &str| {
            let groups = forward.groups.iter().filter(|g| g.arn == arn);
            groups.map(|g| u64::from(g.weight)).sum::<u64>()
        };
        let all: u64 = forward.groups.iter().map(|g| u64::from(g.weight)).sum();
        if ipv4 == ipv6 {
            return all > 0 && weight(ipv4) == all;
        }
        weight(ipv6) == 1 && weight(ipv4) > 1 && weight(ipv4) + 1 == all
    }
}

/// What one call changes of such a listener is what its weights say, before and after; nothing else of it is touched.
pub(super) fn reads_true(route: &Route, spell: &Spell, after: &Forward) -> Result<(), Veto> {
    let Setting::Families(families) = &route.setting else {
        return require(*spell == Spell::Forward, Veto::NotThePlans);
    };
    let now = Listener::of(families);
    require(now.reads(&route.forward), Veto::NotSeen)?;
    // A second one that the first does not shade would take clients from whoever stands before it.
    if let Spell::MakeRule { priority, .. } = spell {
        let is_last = now.rules.iter().all(|r| r.priority < *priority);
        require(is_last, Veto::TouchesOthers)?;
    }
    let next = now.once(spell)?;
    require(next.reads(after), Veto::UntrueNote)?;
    let is_known = |group: &str| {
        group == families.ipv4 || families.ipv6.as_deref().is_some_and(|ipv6| group == ipv6)
    };
    let groups = next.rules.iter().map(|r| r.group).chain([next.default]);
    let only_ours = groups.flatten().all(is_known);
    require(only_ours, Veto::TouchesOthers)
}

/// The hash that a call is held to: of what it writes.
pub(super) fn expected<'a>(route: &'a Route, spell: &Spell) -> Result<&'a str, Veto> {
    let (Setting::Families(families), Some(arn)) = (&route.setting, spell.rule()) else {
        return Ok(&route.fingerprint);
    };
    let mut rules = families.rules.iter();
    let found = rules.find(|r| r.arn == arn).ok_or(Veto::NotThePlans)?;
    Ok(&found.fingerprint)
}

/// A rule that is written or taken away is ours by its tag, as read now; and once all clients are led to the twin, the IPv4
/// group is named still, so that its targets are checked, as long as it is to take them back.
pub(super) fn ours_and_kept(case: &Case<'_>) -> Result<(), Veto> {
    let Effect::Traffic(traffic) = &case.effect else {
        return Ok(());
    };
    let Setting::Families(families) = traffic.setting else {
        return Ok(());
    };
    if let Some(rule) = traffic.spell.rule() {
        let tags = case.seen.route_tags.seen().ok_or(Veto::NotSeen)?;
        let tags = tags.get(rule).ok_or(Veto::NotSeen)?;
        require(case.is_ours(tags), Veto::NotOurs)?;
    }
    let next = Listener::of(families).once(traffic.spell)?;
    let is_empty = match &case.seen.ipv4 {
        Known::Seen(service) => service.desired == 0 && service.running == 0,
        Known::Absent => true,
        Known::Unknown(_) => return Err(Veto::NotSeen),
    };
    require(is_empty || next.names(&families.ipv4), Veto::NobodyElse)
}
