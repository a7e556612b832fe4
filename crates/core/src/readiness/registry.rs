//! A service that consumers find by a Cloud Map registry, whose twin has one of its own.
//!
//! What belongs here: what stands in the way of that alone. What must not: checks on a twin, which hold there too.
//!
//! Sources: ECS developer guide, "Use service discovery to connect Amazon ECS services with DNS names"; botocore, servicediscovery.

use super::check::{
    Category, Check, Found, Judged, LOST, REFUSED, Scene, Severity, Spared, Waiving, known, unless,
};
use crate::observation::{Known, Registries};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "DNS-008",
        name: "cloud-map-alone",
        category: Category::Dns,
        severity: Severity::Block,
        holds: "Consumers that move by themselves find the service by one Cloud Map registry; and where all of it moves so, by nothing else.",
        why: "A person's word that all consumers of a name have moved says nothing of who comes by a load balancer; and without a \
              registry there is no name to move from.",
        remedy: "behind a load balancer leave spec.shift.via out: its clients are led as usual; without a registry leave \
                 spec.ipv6.registry out, and with neither write spec.shift.via: inPlace",
        source: "ECS API, CreateService: serviceRegistries",
        waiving: LOST,
        run: |s| {
            here(s.plan.has_registry())?;
            let service = s.service()?;
            if s.plan.is_by_names() && !service.load_balancers.is_empty() {
                return Ok(vec![Found::new(
                    "the service has a load balancer beside its registry, whose clients nobody would lead",
                )]);
            }
            unless(service.registries.len() == 1, || {
                format!("the service has {} registries", service.registries.len())
            })
        },
    },
    Check {
        id: "DNS-009",
        name: "cloud-map-alike",
        category: Category::Dns,
        severity: Severity::Block,
        holds: "The service's registry can be made again for tasks that have IPv6 addresses alone.",
        why: "Checks that Route 53 makes of instances come from the internet, where tasks in private subnets are not; and in a \
              namespace that another account shares only that account makes registries.",
        remedy: "without Route 53's checks (HealthCheckConfig), in a namespace of this account: let ECS tell Cloud Map of health \
                 (HealthCheckCustomConfig), or move it in place",
        source: "AWS Cloud Map API, CreateService: HealthCheckConfig; AWS Cloud Map developer guide, Shared AWS Cloud Map namespaces",
        waiving: REFUSED,
        run: alike,
    },
    Check {
        id: "DNS-010",
        name: "cloud-map-name",
        category: Category::Dns,
        severity: Severity::Block,
        holds: "The name for the twin's registry is free in its namespace, or is that of one that only the twin is in.",
        why: "A registry that keeps A records refuses tasks without IPv4 addresses, and whoever is in it already would answer the twin's \
              consumers.",
        remedy: "give another name in spec.ipv6.registry, or delete that registry: it is made again",
        source: "ECS developer guide, Use service discovery to connect Amazon ECS services with DNS names: IPv6-only subnets",
        waiving: REFUSED,
        run: name,
    },
    Check {
        id: "METRICS-012",
        name: "cloud-map-unwatched",
        category: Category::Metrics,
        severity: Severity::Warn,
        holds: "Something that the plan names tells whether the twin answers those who moved to its name.",
        why: "Nobody counts the requests of consumers that ask a task directly. ECS tells whether tasks run, and not whether they answer.",
        remedy: "name a metric with a limit in spec.health.metrics, of failures that the service counts by {service}, or an alarm in \
                 spec.health.alarms",
        source: "ECS developer guide, Amazon ECS CloudWatch metrics",
        waiving: Waiving::ByReason,
        run: |s| {
            by_names(s)?;
            unless(s.plan.health.tells_of_work(), || {
                "no alarm or metric of the plan tells whether the twin answers".to_owned()
            })
        },
    },
];

fn by_names(s: &Scene<'_>) -> Result<(), Spared> {
    here(s.plan.is_by_names())
}

fn here(is_it: bool) -> Result<(), Spared> {
    is_it.then_some(()).ok_or(Spared::NotHere)
}

fn both<'a>(s: &Scene<'a>) -> Result<&'a Registries, Spared> {
    here(s.plan.has_registry())?;
    known(&s.seen.registries)
}

fn alike(s: &Scene<'_>) -> Judged {
    let own = &both(s)?.ipv4;
    if own.route53_health {
        return Ok(vec![Found::new(format!(
            "Route 53 checks the instances of registry {}",
            own.name
        ))]);
    }
    // An ARN has its account behind the region.
    let account = s.service()?.arn.split(':').nth(4).map(str::to_owned);
    let is_ours = own.owner.is_none() || own.owner == account;
    if !is_ours {
        return Ok(vec![Found::new(format!(
            "registry {} is of another account",
            own.name
        ))]);
    }
    let odd = own
        .records
        .iter()
        .find(|r| !matches!(r.kind.as_str(), "A" | "AAAA" | "SRV"));
    Ok(odd
        .map(|r| Found::new(format!("registry {} keeps {} records", own.name, r.kind)))
        .into_iter()
        .collect())
}

fn name(s: &Scene<'_>) -> Judged {
    let both = both(s)?;
    if s.plan.ipv6.registry.as_ref() == Some(&both.ipv4.name) {
        return Ok(vec![Found::new(format!(
            "{} is the name of the service's own registry",
            both.ipv4.name
        ))]);
    }
    let there = match &both.ipv6 {
        Known::Seen(there) => there,
        Known::Absent => return Ok(Vec::new()),
        Known::Unknown(why) => return Err(Spared::Unknown(why.clone())),
    };
    if there.keeps_ipv4() {
        return Ok(vec![Found::new(format!(
            "registry {} keeps A records",
            there.name
        ))]);
    }
    if there.records.is_empty() != both.ipv4.records.is_empty() {
        return Ok(vec![Found::new(format!(
            "registry {} is not asked as the service's own is: by DNS, or by the API alone",
            there.name
        ))]);
    }
    let is_empty = s.seen.twin.is_absent();
    unless(!is_empty || there.instances == 0, || {
        format!(
            "registry {} has {} instances of somebody else",
            there.name, there.instances
        )
    })
}
