//! Services of VPC Lattice, and the target groups behind them.
//!
//! What belongs here: what of them a twin of IPv6 addresses cannot stand behind, or nobody could judge. What must not: what holds of
//! target groups of any kind ([`super::routes`]).

use super::{
    check::{Category, Check, Found, Judged, STUCK, Scene, Severity, Spared, Waiving, known},
    net::groups::{TCP, admits},
    service::task_groups,
};
use crate::{names::is_of_lattice, observation::TargetGroup};

/// Where VPC Lattice asks from over IPv6.
const CLIENTS: &[&str] = &["fd00:ec2:80::/64"];

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "LB-024",
        name: "lattice-unchecked",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "The health checks of VPC Lattice's target groups are on.",
        why: "They are off by default for all but HTTP1. Without them VPC Lattice sends requests to whatever is registered, nobody \
              learns whether the twin is healthy before it has traffic, and CloudWatch counts no hosts there.",
        remedy: "turn the target group's health check on",
        source: "VPC Lattice user guide, Health checks for your VPC Lattice target groups",
        waiving: STUCK,
        run: |s| {
            each_group(s, |group| {
                let on = || setting(group)["enabled"] == true;
                let name = || format!("target group {} checks nobody's health", group.name);
                (!on()).then(name)
            })
        },
    },
    Check {
        id: "LB-025",
        name: "lattice-passthrough",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "VPC Lattice's listeners read requests.",
        why: "A listener of TLS_PASSTHROUGH passes on what it cannot read: neither its requests nor their errors are counted, so no \
              step could be judged.",
        remedy: "make it a listener of HTTPS, or put an Application or Network Load Balancer before the service",
        source: "VPC Lattice user guide, TLS listeners for VPC Lattice services; CloudWatch metrics for Amazon VPC Lattice",
        waiving: STUCK,
        run: |s| {
            let routes = known(&s.seen.routes)?.iter();
            let mut routes = routes.filter(|r| is_of_lattice(r.id.arn())).peekable();
            routes.peek().ok_or(Spared::NotHere)?;
            let unread = routes.filter(|r| {
                let listener = r.place.listener.as_deref().unwrap_or_default();
                listener.starts_with("TLS_PASSTHROUGH")
            });
            let found =
                unread.map(|r| Found::new(format!("{} passes on what it cannot read", r.name())));
            Ok(found.collect())
        },
    },
    Check {
        id: "LB-026",
        name: "lattice-shut-out",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "The twin's security groups let VPC Lattice in over IPv6.",
        why: "VPC Lattice asks from addresses of its own, of either family: where its IPv6 ones are not let in, the twin is never \
              healthy.",
        remedy: "let the prefix list com.amazonaws.REGION.ipv6.vpc-lattice in on the container's port",
        source: "VPC Lattice user guide, Control traffic in VPC Lattice using security groups",
        waiving: Waiving::ByReason,
        run: shut_out,
    },
];

fn groups<'a>(s: &Scene<'a>) -> Result<Vec<&'a TargetGroup>, Spared> {
    let groups = s.pairs()?.iter().filter_map(|p| p.ipv4.seen());
    let groups: Vec<_> = groups.filter(|g| is_of_lattice(&g.arn)).collect();
    if groups.is_empty() {
        return Err(Spared::NotHere);
    }
    Ok(groups)
}

fn each_group(s: &Scene<'_>, wrong: impl Fn(&TargetGroup) -> Option<String>) -> Judged {
    let found = groups(s)?.into_iter().filter_map(wrong);
    Ok(found.map(Found::new).collect())
}

/// Its health check.
fn setting(group: &TargetGroup) -> serde_json::Value {
    let text = group.attributes.get("healthCheck");
    let read = text.and_then(|text| serde_json::from_str(text).ok());
    read.unwrap_or_default()
}

/// On whatever port: which one the tasks listen on the service does not tell.
fn shut_out(s: &Scene<'_>) -> Judged {
    groups(s)?;
    let ids = task_groups(s)?;
    let all = known(&s.ground()?.groups)?;
    let found: Vec<_> = ids.iter().filter_map(|id| all.get(id)).collect();
    if found.is_empty() {
        return Err(Spared::NotHere);
    }
    let mut rules = found.iter().flat_map(|g| &g.ingress);
    let lets_in = rules.any(|p| TCP.contains(&p.protocol.as_str()) && admits(p, &[], CLIENTS));
    let message = || {
        let ids = ids.join(", ");
        Found::new(format!("{ids} does not let VPC Lattice in over IPv6"))
    };
    Ok((!lets_in).then(message).into_iter().collect())
}
