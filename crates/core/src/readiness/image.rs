//! Where images come from.
//!
//! What belongs here: whether their registries answer on IPv6. What must not: the registries' names ([`crate::twin`]).

use super::{
    check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving},
    net,
};
use crate::{
    observation::{Known, Why},
    twin::{self, Pull, without_port},
};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "IMAGE-002",
        name: "image-ipv4",
        category: Category::Image,
        severity: Severity::Block,
        holds: "Every image comes from a registry that has IPv6 addresses.",
        why: "A task on IPv6 alone does not reach the registry: it stops with CannotPullContainerError before the application starts. \
              With DNS64 and NAT64 it is reached by a detour that somebody has to keep. A pull asks more hosts than the one in the image's \
              name: for a token, and for layers. `sixshift preflight` looks all of them up; elsewhere a table of 2026-11 says what is known.",
        remedy: "copy the image to ECR",
        source: "docker.com/blog, Docker Hub Registry IPv6 Support Now Generally Available; GitHub community discussion 10539 (ghcr.io); \
                 gitlab.com gl-infra/production-engineering#27929",
        waiving: Waiving::ByReason,
        run: |s| {
            let found = each(s, |image| lacking(s, &twin::pull(image)?))?;
            if found.is_empty() {
                untold(s)?;
            }
            Ok(found)
        },
    },
    Check {
        id: "IMAGE-003",
        name: "image-ecr",
        category: Category::Image,
        severity: Severity::Block,
        holds: "Images from Amazon ECR are named by the registry's dual-stack name.",
        why: "dkr.ecr.REGION.amazonaws.com and public.ecr.aws have IPv4 addresses alone: ECS asks for the dual-stack name on IPv6-only.",
        remedy: "set spec.ipv6.taskDefinition.ecrDualStack: true",
        source: "Amazon ECR user guide, Making requests to Amazon ECR registries",
        waiving: Waiving::ByReason,
        run: |s| {
            let rewrites = s.plan.ipv6.task_definition.ecr_dual_stack;
            each(s, |image| {
                let both = twin::dual_stack_image(image).filter(|_| !rewrites)?;
                Some(format!(
                    "comes from ECR by its IPv4 name, and could from {both}"
                ))
            })
        },
    },
    Check {
        id: "IMAGE-004",
        name: "image-partition",
        category: Category::Image,
        severity: Severity::Block,
        holds: "Amazon ECR has a dual-stack name in the image's partition.",
        why: "In the isolated partitions no dual-stack name of a registry is known.",
        remedy: "see that DNS64 and NAT64 lead to the registry, and waive it",
        source: "awslabs/amazon-ecr-credential-helper, ecr-login/api/client.go",
        waiving: Waiving::ByReason,
        run: |s| {
            each(s, |image| {
                let host = twin::registry(image);
                let lacks = twin::is_ipv4_ecr(host) && twin::dual_stack_image(image).is_none();
                lacks.then(|| format!("comes from {host}, of which no dual-stack name is known"))
            })
        },
    },
    Check {
        id: "IMAGE-005",
        name: "image-tag",
        category: Category::Image,
        severity: Severity::Info,
        holds: "Every image is named by its digest.",
        why: "A tag may have moved since the service's tasks started: the twin pulls what it says now, and the two sides compare different \
              code.",
        remedy: "name images by digest, or deploy the service anew before the migration",
        source: "Amazon ECR user guide, Preventing image tags from being overwritten",
        waiving: Waiving::ByReason,
        run: |s| {
            let all = s.definition()?.images.iter();
            let by_tag = all.filter(|(_, image)| !image.contains('@'));
            Ok(by_tag
                .map(|(name, image)| Found::new(format!("container {name} runs {image}")))
                .collect())
        },
    },
];

/// What of a pull has no IPv6 address: by what was looked up, or else by the table.
fn lacking(s: &Scene<'_>, pull: &Pull<'_>) -> Option<String> {
    let registry = pull.registry;
    let lacks = |host: &&str| s.seen.names.get(*host) == Some(&Known::Seen(false));
    if let Some(host) = pull.hosts.iter().copied().find(|host| lacks(host)) {
        let whose = if host == without_port(registry) {
            "which".to_owned()
        } else {
            format!("and a pull asks {host}, which")
        };
        return Some(format!(
            "comes from {registry}, {whose} has no IPv6 address"
        ));
    }
    let is_told = |host: &&str| s.seen.names.get(*host).is_some_and(|n| n.seen().is_some());
    let by_table = pull.has_ipv6 == Some(false) && !pull.hosts.iter().all(is_told);
    by_table.then(|| format!("comes from {registry}, which has no IPv6 address"))
}

/// Of which registry nothing is known.
fn untold(s: &Scene<'_>) -> Result<(), Spared> {
    let images = s.definition()?.images.iter();
    let pulls = images.filter_map(|(_, image)| twin::pull(image));
    for pull in pulls.filter(|pull| pull.has_ipv6.is_none()) {
        for host in pull.hosts {
            match s.seen.names.get(host) {
                Some(Known::Seen(_)) => {}
                Some(Known::Unknown(why)) => return Err(Spared::Unknown(why.clone())),
                Some(Known::Absent) | None => {
                    return Err(Spared::Unknown(Why::new(format!(
                        "whether {host} has an IPv6 address was not looked up"
                    ))));
                }
            }
        }
    }
    Ok(())
}

/// What nothing answers stops a plan; where names are reached by a detour, or nobody knows, it is told.
fn each(s: &Scene<'_>, wrong: impl Fn(&str) -> Option<String>) -> Judged {
    let has_no_detour = match net::ipv6_subnets(s) {
        Ok(subnets) => s.ground().is_ok() && !subnets.iter().all(|(_, subnet)| subnet.dns64),
        Err(Spared::NotHere | Spared::Unknown(_)) => false,
    };
    let severity = if has_no_detour {
        Severity::Block
    } else {
        Severity::Warn
    };
    let all = s.definition()?.images.iter();
    let found = all.filter_map(|(name, image)| {
        Some(Found::new(format!("container {name} {}", wrong(image)?)).of(severity))
    });
    Ok(found.collect())
}
