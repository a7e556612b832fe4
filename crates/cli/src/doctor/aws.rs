//! AWS as the daemon will see it: do its addresses suit this network, do the credentials open what the plans name?

use std::{collections::BTreeSet, net::ToSocketAddrs};

use jiff::Timestamp;
use sixshift_controller::{Asked, Hands};
use sixshift_core::{
    observation::{Known, Observation},
    plan::Plan,
};

use super::{Finding, host::Families};
use crate::skew;

/// The services that are asked; the last one when a plan has a role.
const SERVICES: [&str; 5] = [
    "ecs",
    "elasticloadbalancing",
    "monitoring",
    "application-autoscaling",
    "sts",
];

/// Whether the addresses that will be asked have the family that leads out. The SDK asks IPv4-only names unless told.
pub(super) fn endpoints(region: &str, families: Families) -> Vec<Finding> {
    if std::env::var_os("AWS_ENDPOINT_URL").is_some() {
        return vec![Finding::ok(
            "endpoints",
            "AWS_ENDPOINT_URL says where AWS is",
        )];
    }
    let dual_stack =
        std::env::var("AWS_USE_DUALSTACK_ENDPOINT").is_ok_and(|v| v.eq_ignore_ascii_case("true"));
    let domain = if dual_stack {
        "api.aws"
    } else {
        "amazonaws.com"
    };
    let hosts = SERVICES.map(|service| format!("{service}.{region}.{domain}"));
    let found = hosts.map(|host| {
        let addresses = (host.as_str(), 443).to_socket_addrs();
        let addresses: Option<Vec<_>> = addresses.ok().map(Iterator::collect);
        (host, addresses)
    });
    let mut findings = Vec::new();
    for (host, addresses) in found {
        match addresses {
            None => findings.push(Finding::bad(
                "endpoints",
                format!("the name {host} is not found"),
                "correct the region, or the resolver of this subnet",
            )),
            Some(addresses)
                if families.ipv4.is_none()
                    && !addresses.iter().any(std::net::SocketAddr::is_ipv6) =>
            {
                let remedy = if dual_stack {
                    "give this subnet DNS64 and a route of 64:ff9b::/96 to a NAT gateway"
                } else {
                    "set AWS_USE_DUALSTACK_ENDPOINT=true"
                };
                findings.push(Finding::bad(
                    "endpoints",
                    format!("{host} has no IPv6 address, and only IPv6 leads out of here"),
                    remedy,
                ));
            }
            Some(_) => {}
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(
            "endpoints",
            format!("AWS's addresses in {region} suit this network"),
        ));
    }
    findings
}

/// Reads what one plan of each region and role names, as the daemon's first round does.
pub(super) async fn account(plans: &[Plan]) -> Vec<Finding> {
    if plans.is_empty() {
        return vec![Finding::warn(
            "aws",
            "without a plan there is nothing in AWS to look at: credentials were not tried",
            "give --config with a source that has plans",
        )];
    }
    let hands = Hands::from_environment(1.0).await;
    let mut places = BTreeSet::new();
    let mut findings = Vec::new();
    for plan in plans {
        let place = (&plan.service.region, &plan.service.role_arn);
        if places.insert(place) {
            let asked = Asked::full(Timestamp::now());
            let seen = hands.observe(plan, asked).await;
            findings.extend(judge(plan, &seen));
        }
    }
    findings.push(clock(&hands));
    findings
}

fn judge(plan: &Plan, seen: &Observation) -> Vec<Finding> {
    let name = &plan.name;
    let unknown = [
        ("service", why(&seen.ipv4)),
        ("target groups", why(&seen.pairs)),
        ("routes", why(&seen.routes)),
        ("scaling", why(&seen.ipv4_scaling)),
        ("metrics", why(&seen.recent)),
    ];
    // Without the service nothing else is known either, for the same reason.
    let most = if why(&seen.ipv4).is_some() {
        1
    } else {
        unknown.len()
    };
    let unknown = unknown.into_iter().take(most);
    let mut findings: Vec<Finding> = unknown
        .filter_map(|(what, why)| Some((what, why?)))
        .map(|(what, why)| {
            Finding::bad(
                "aws",
                format!("{what} of {name} cannot be read: {why}"),
                "mend network and endpoints first, where they are told; then give the daemon credentials that resolve here (a \
                 task role, a profile) with deploy/iam/policy.json",
            )
        })
        .collect();
    if seen.ipv4 == Known::Absent {
        findings.push(Finding::warn(
            "aws",
            format!(
                "there is no service {} in cluster {} of {}",
                plan.service.name, plan.service.cluster, plan.service.region
            ),
            format!("correct spec.service of {name}, or the account that the credentials are of"),
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(
            "aws",
            format!("what {name} names in {} can be read", plan.service.region),
        ));
    }
    findings
}

fn why<T>(known: &Known<T>) -> Option<&str> {
    match known {
        Known::Unknown(why) => Some(&why.0),
        Known::Seen(_) | Known::Absent => None,
    }
}

fn clock(hands: &Hands) -> Finding {
    let now = Timestamp::now();
    match (hands.date_skew(now), skew::complaint(hands, now, 1.0)) {
        (None, _) => Finding::warn(
            "clock",
            "AWS did not answer, so its clock is not known",
            "mend what is said above",
        ),
        (Some(_), Some(complaint)) => {
            Finding::bad("clock", complaint, "let chrony or systemd-timesyncd set it")
        }
        (Some(skew), None) => Finding::ok(
            "clock",
            format!(
                "AWS's clock is within {} s of ours",
                skew.abs().as_secs().max(1)
            ),
        ),
    }
}
