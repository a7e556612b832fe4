//! The web ACLs of the service's load balancers.
//!
//! What belongs here: rules that tell clients by sets of addresses. What must not: the load balancer's own rules
//! ([`super::super::routes`]).

use super::{
    super::check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving, known},
    of,
};
use crate::observation::{AddressRule, AddressSet, WebAcl, Why};

pub(in super::super) const CHECKS: &[Check] = &[Check {
    id: "LB-018",
    name: "waf-one-family",
    category: Category::Lb,
    severity: Severity::Warn,
    holds: "No web ACL of a load balancer tells clients by IPv4 addresses alone.",
    why: "A set of addresses is of one family. Once the load balancer is dual-stack, clients come over IPv6 at once, and are in no set of \
          IPv4: an allow list refuses them, a block list lets them through.",
    remedy: "make a set of the same clients' IPv6 ranges, and let the rule ask for either",
    source: "AWS WAF API, IPSet: IPAddressVersion",
    waiving: Waiving::ByReason,
    run: one_family,
}];

/// Only Application Load Balancers have web ACLs.
fn one_family(s: &Scene<'_>) -> Judged {
    let balancers = known(&s.seen.load_balancers)?.iter();
    let balancers: Vec<_> = balancers.filter(|b| b.kind == "application").collect();
    if balancers.is_empty() {
        return Err(Spared::NotHere);
    }
    let (mut all, mut unread, mut any) = (Vec::new(), Vec::new(), false);
    for balancer in balancers {
        let Some(acl) = of(s.seen.neighbours.web_acls.get(&balancer.arn))? else {
            continue;
        };
        any = true;
        unread.extend(acl.groups.iter().map(String::as_str));
        let told = acl.rules.iter().filter_map(|rule| wrong(acl, rule));
        let name = balancer.name();
        all.extend(told.map(|what| {
            Found::new(format!(
                "web ACL {} of load balancer {name} {what}",
                acl.name
            ))
        }));
    }
    if all.is_empty() && !unread.is_empty() {
        let why = format!("the rules of rule group {} are not read", unread.join(", "));
        return Err(Spared::Unknown(Why::new(why)));
    }
    if any { Ok(all) } else { Err(Spared::NotHere) }
}

/// Rules that only count do nothing.
fn wrong(acl: &WebAcl, rule: &AddressRule) -> Option<String> {
    let is_alone = |set: &&AddressSet| {
        let is_twin = |r: &AddressRule, other: &AddressSet| {
            r.action == rule.action && other.negated == set.negated && other.family == "IPV6"
        };
        let mut others = acl.rules.iter();
        let has_twin = others.any(|r| r.sets.iter().any(|other| is_twin(r, other)));
        set.family == "IPV4" && set.size > 0 && !has_twin
    };
    let set = rule.sets.iter().find(is_alone)?;
    let what = match (rule.action.as_str(), set.negated, acl.blocks) {
        ("Block", true, _) => "blocks all of IPv6",
        ("Block", false, _) => "blocks nobody over IPv6",
        ("Allow", false, true) => "lets nobody in over IPv6 by it",
        ("Captcha" | "Challenge", true, _) => "puts all of IPv6 to the test",
        _ => return None,
    };
    Some(format!(
        "{what}: rule {} asks for {}, a set of IPv4 addresses",
        rule.name, set.name
    ))
}
