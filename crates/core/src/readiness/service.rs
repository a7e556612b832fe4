//! The service itself.
//!
//! What belongs here: what of a service cannot stand beside itself, or not on IPv6 alone. What must not: what it runs
//! ([`super::definition`]), where its traffic comes from ([`super::routes`]).

use super::check::{
    Category, Check, FOUGHT, Found, GUESSED, Judged, LOST, REFUSED, STUCK, Scene, Severity, Spared,
    Waiving, known, unless,
};
use crate::plan::Way;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "ECS-001",
        name: "controller",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "ECS itself deploys the service.",
        why: "CodeDeploy and external controllers own the service's network, task definition and target groups: ECS refuses to \
              change them, and the controller would write the same weights.",
        remedy: "change its deploymentController to ECS first",
        source: "ECS API, UpdateService: deployment controllers",
        waiving: FOUGHT,
        run: |s| {
            let service = s.service()?;
            unless(service.controller == "ECS", || {
                format!("the service is deployed by {}", service.controller)
            })
        },
    },
    Check {
        id: "ECS-002",
        name: "strategy",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "ECS replaces the service's tasks by rolling updates.",
        why: "Under BLUE_GREEN, LINEAR and CANARY each deployment rewrites the weights of the very rules that a migration shifts \
              by.",
        remedy: "set deploymentConfiguration.strategy to ROLLING for the time of the migration",
        source: "ECS developer guide, Amazon ECS deployment types",
        waiving: FOUGHT,
        run: |s| {
            let service = s.service()?;
            unless(service.strategy == "ROLLING", || {
                let strategy = &service.strategy;
                format!("the service deploys with {strategy}, which writes the same weights")
            })
        },
    },
    Check {
        id: "ECS-003",
        name: "daemon",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "The service is a REPLICA service.",
        why: "A DAEMON service has one task on each instance: its twin would put a second one beside it.",
        remedy: "move it in place: write spec.shift.via: inPlace",
        source: "ECS API, CreateService: schedulingStrategy",
        waiving: REFUSED,
        run: |s| {
            unless(s.service()?.scheduling == "REPLICA", || {
                "a DAEMON service cannot have a twin on the same instances".to_owned()
            })
        },
    },
    Check {
        id: "ECS-004",
        name: "external",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "The service runs in AWS.",
        why: "ECS Anywhere has no awsvpc network and no load balancer, so there is nothing to shift traffic by.",
        remedy: "this service cannot be migrated",
        source: "ECS developer guide, Amazon ECS clusters for external instances",
        waiving: REFUSED,
        run: |s| {
            unless(
                s.service()?.launch_type.as_deref() != Some("EXTERNAL"),
                || "ECS Anywhere has no awsvpc network and no load balancer".to_owned(),
            )
        },
    },
    Check {
        id: "ECS-005",
        name: "windows",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "The tasks run on Linux.",
        why: "ECS runs no Windows task on IPv6 alone, neither on Fargate nor on EC2.",
        remedy: "this service cannot be migrated",
        source: "ECS developer guide, Amazon ECS task networking options for Fargate: IPv6-only mode",
        waiving: REFUSED,
        run: windows,
    },
    Check {
        id: "ECS-006",
        name: "no-load-balancer",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "A load balancer is in front of the service.",
        why: "Traffic moves by the weights of a load balancer; without one there is nothing to move it by, step for step.",
        remedy: "move it in place: write spec.shift.via: inPlace",
        source: "Elastic Load Balancing, Target groups for your Application Load Balancers",
        waiving: STUCK,
        run: |s| {
            unless(!s.service()?.load_balancers.is_empty(), || {
                "the service has no load balancer".to_owned()
            })
        },
    },
    Check {
        id: "LB-001",
        name: "classic",
        category: Category::Lb,
        severity: Severity::Block,
        holds: "No Classic Load Balancer is in front of the service.",
        why: "A Classic Load Balancer has no target groups, and so no weights.",
        remedy: "move the service to an Application Load Balancer first",
        source: "ECS API, CreateService: loadBalancers",
        waiving: STUCK,
        run: |s| {
            let has = |b: &crate::observation::ServiceLoadBalancer| b.target_group.is_some();
            unless(s.service()?.load_balancers.iter().all(has), || {
                "a Classic Load Balancer has no target groups".to_owned()
            })
        },
    },
    Check {
        id: "ECS-007",
        name: "advanced-configuration",
        category: Category::Ecs,
        severity: Severity::Warn,
        holds: "The service has one target group for each container that is registered.",
        why: "It has a second target group and rules for blue/green deployments of ECS's own; the twin has none, and the first \
              blue/green deployment after the migration would put IPv6 tasks into an IPv4 target group.",
        remedy: "the twin has none of that: give it its own before it deploys blue/green",
        source: "ECS API, LoadBalancer: advancedConfiguration",
        waiving: Waiving::ByReason,
        run: |s| {
            unless(
                !s.service()?.load_balancers.iter().any(|b| b.advanced),
                || {
                    "it has a second target group and listener rules for blue/green deployments"
                        .to_owned()
                },
            )
        },
    },
    Check {
        id: "DNS-001",
        name: "cloud-map",
        category: Category::Dns,
        severity: Severity::Block,
        holds: "No Cloud Map registry leads consumers to the service alone.",
        why: "An IPv6-only service registers AAAA records alone, and the type of a registry's records cannot be changed: clients \
              that find it by the registry would lose it with the IPv4 side.",
        remedy: "write spec.ipv6.registry, the name of a second registry, and where nothing else leads to the service \
                 spec.shift.via: cloudMap as well",
        source: "ECS developer guide, Use service discovery to connect Amazon ECS services with DNS names",
        waiving: LOST,
        run: |s| {
            // A registry of the twin's own has checks of its own.
            if s.plan.has_registry() {
                return Err(Spared::NotHere);
            }
            unless(s.service()?.registries.is_empty(), || {
                "its Cloud Map registry holds A records".to_owned()
            })
        },
    },
    Check {
        id: "DNS-002",
        name: "service-connect",
        category: Category::Dns,
        severity: Severity::Block,
        holds: "The service offers no Service Connect names.",
        why: "Names must be unique in their namespace, so a second service cannot offer the same.",
        remedy: "move it in place: write spec.shift.via: inPlace",
        source: "ECS developer guide, Amazon ECS Service Connect components",
        waiving: REFUSED,
        run: |s| {
            unless(s.service()?.offered_ports.is_empty(), || {
                "it offers Service Connect names, which must be unique in their namespace"
                    .to_owned()
            })
        },
    },
    Check {
        id: "ECS-008",
        name: "express",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "The service is no Express service.",
        why: "ECS made the load balancer and scaling of an Express service, and rewrites them.",
        remedy: "not yet: make it an ordinary service first",
        source: "ECS API, Service: resourceManagementType",
        waiving: FOUGHT,
        run: |s| {
            unless(!s.service()?.express, || {
                "ECS made the load balancer and scaling of this Express service, and rewrites them"
                    .to_owned()
            })
        },
    },
    Check {
        id: "DNS-003",
        name: "lattice",
        category: Category::Dns,
        severity: Severity::Block,
        holds: "VPC Lattice sends the service traffic only where the plan moves it.",
        why: "A target group of VPC Lattice takes one family: on another way its clients would lose the service with the IPv4 side.",
        remedy: "write spec.shift.via: lattice, or take its VPC Lattice configurations out first",
        source: "ECS developer guide, Create a service that uses VPC Lattice",
        waiving: LOST,
        run: lattice,
    },
    Check {
        id: "ECS-009",
        name: "short-arn",
        category: Category::Ecs,
        severity: Severity::Block,
        holds: "The service's ARN has its cluster in it.",
        why: "AWS takes no tags on the old, short ARN, and what sixshift makes and notes is known by its tags.",
        remedy: "migrate it to the long ARN format (ecs update-service does, once serviceLongArnFormat is on)",
        source: "ECS API, TagResource: Long arn format must be used for tagging operations",
        waiving: REFUSED,
        run: short_arn,
    },
    Check {
        id: "METRICS-001",
        name: "deployment-alarms",
        category: Category::Metrics,
        severity: Severity::Warn,
        holds: "The service's deployments watch no alarms.",
        why: "The twin's deployments watch the same alarms, which may see the IPv4 side alone.",
        remedy: "let those that watch the IPv4 service alone watch the twin, once IPv4 is retired",
        source: "ECS API, DeploymentAlarms",
        waiving: Waiving::ByReason,
        run: |s| {
            unless(s.service()?.deployment["alarms"]["enable"] != true, || {
                "its deployment alarms watch the twin's deployments too, as they are".to_owned()
            })
        },
    },
    Check {
        id: "ECS-010",
        name: "exec",
        category: Category::Ecs,
        severity: Severity::Warn,
        holds: "ECS Exec is off.",
        why: "AWS documents ECS Exec as not supported on IPv6-only. Whoever opens a shell in a task at 3 a.m. finds none.",
        remedy: "the twin has it off",
        source: "ECS developer guide, Monitor Amazon ECS containers with ECS Exec",
        waiving: Waiving::ByReason,
        run: |s| {
            unless(!s.service()?.exec, || {
                "ECS Exec is on, and not supported on IPv6-only".to_owned()
            })
        },
    },
    Check {
        id: "DNS-004",
        name: "gateway",
        category: Category::Dns,
        severity: Severity::Block,
        holds: "No client comes through an ECS gateway.",
        why: "The clients of an ECS gateway would lose the service with the IPv4 side.",
        remedy: "not yet: take its gateway connectors out first",
        source: "ECS API, ServiceRevision: gatewayConnectors",
        waiving: LOST,
        run: |s| {
            unless(!known(&s.seen.ipv4_revision)?.gateway, || {
                "it is behind an ECS gateway, whose clients would lose it with the IPv4 side"
                    .to_owned()
            })
        },
    },
    Check {
        id: "ECS-014",
        name: "region",
        category: Category::Ecs,
        severity: Severity::Warn,
        holds: "AWS names the region among those that run tasks on IPv6 alone.",
        why: "Where it does not, tasks may not start. The list may be older than what AWS can.",
        remedy: "prove it with one task in one of the subnets, and waive it",
        source: "ECS developer guide, Amazon ECS task networking options for Fargate: IPv6-only mode; read 2026-11",
        waiving: Waiving::ByReason,
        run: |s| {
            let region = s.plan.service.region.as_str();
            unless(REGIONS.contains(&region), || {
                format!("AWS does not name {region} among the regions that run tasks on IPv6 alone")
            })
        },
    },
    Check {
        id: "API-001",
        name: "unknown-field",
        category: Category::Api,
        severity: Severity::Block,
        holds: "This version knows every field of what it copies.",
        why: "AWS invents fields. What is not known can neither be carried nor left out without a guess.",
        remedy: "use a newer version, or take that out",
        source: "The API models of ECS, Elastic Load Balancing and Application Auto Scaling",
        waiving: GUESSED,
        run: unknown_fields,
    },
];

const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-east-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

fn windows(s: &Scene<'_>) -> Judged {
    const SAYS: &str = "Windows tasks cannot run on IPv6 alone";
    let is_windows =
        |word: Option<&str>| word.is_some_and(|w| w.to_ascii_uppercase().starts_with("WINDOWS"));
    let service = s.service().map(|s| s.platform_family.as_deref());
    let definition = s.definition().map(|d| d.operating_system.as_deref());
    if [&service, &definition]
        .iter()
        .any(|side| side.as_ref().is_ok_and(|w| is_windows(*w)))
    {
        return Ok(vec![Found::new(SAYS)]);
    }
    service.and(definition).map(|_| Vec::new())
}

fn lattice(s: &Scene<'_>) -> Judged {
    // What else is before it is another check's.
    if s.plan.shift.way == Way::Lattice {
        return Err(Spared::NotHere);
    }
    let by_service = s.service().map(|s| s.lattice);
    let by_revision = known(&s.seen.ipv4_revision).map(|r| r.lattice);
    if matches!(by_service, Ok(true)) || matches!(by_revision, Ok(true)) {
        let message =
            "VPC Lattice sends it traffic, whose clients would lose it with the IPv4 side";
        return Ok(vec![Found::new(message)]);
    }
    by_service.map(|_| Vec::new())
}

/// A short ARN has no cluster in it (hashicorp/terraform-provider-aws#35867).
fn short_arn(s: &Scene<'_>) -> Judged {
    let path = s.service()?.arn.rsplit(':').next().unwrap_or_default();
    unless(path.split('/').count() >= 3, || {
        "the service has an ARN without its cluster, on which AWS takes no tags".to_owned()
    })
}

fn unknown_fields(s: &Scene<'_>) -> Judged {
    let seen = s.seen;
    let mut all = Vec::new();
    let mut add = |what: String, unknown: &[String]| {
        if !unknown.is_empty() {
            let names = unknown.join(", ");
            all.push(Found::new(format!(
                "{what} has {names}, which this version of sixshift does not know"
            )));
        }
    };
    if let Some(service) = seen.ipv4.seen() {
        add("the service".to_owned(), &service.unknown);
    }
    if let Some(revision) = seen.ipv4_revision.seen() {
        add("the service's revision".to_owned(), &revision.unknown);
    }
    // The partner is made of it once; a member that AWS invents later stops nothing.
    let pairs = seen.pairs.seen().into_iter().flatten();
    for group in pairs
        .filter(|p| p.ipv6.is_absent())
        .filter_map(|p| p.ipv4.seen())
    {
        add(format!("target group {}", group.name), &group.unknown);
    }
    // Later the twin has its own, made by what is known.
    if let Some(scaling) = seen.ipv4_scaling.seen()
        && seen.twin_scaling.seen().is_none()
    {
        add("the service's scalable target".to_owned(), &scaling.unknown);
    }
    match s.service() {
        Err(Spared::Unknown(why)) if all.is_empty() => Err(Spared::Unknown(why)),
        _ => Ok(all),
    }
}

/// The tasks' security groups: the service's own where the plan names none.
pub(super) fn task_groups<'a>(s: &Scene<'a>) -> Result<&'a [String], Spared> {
    Ok(s.plan.ipv6.groups_beside(s.service()?))
}
