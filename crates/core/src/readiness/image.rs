//! Where images come from.
//!
//! What belongs here: whether their registries answer on IPv6. What must not: the registries' names ([`crate::twin`]).

use super::{
    check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving},
    net,
};
use crate::twin;

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "IMAGE-002",
        name: "image-ipv4",
        category: Category::Image,
        severity: Severity::Block,
        holds: "Every image comes from a registry that has IPv6 addresses, as far as the table of registries knows.",
        why: "A task on IPv6 alone does not reach the registry: it stops with CannotPullContainerError before the application starts. \
              With DNS64 and NAT64 it is reached by a detour that somebody has to keep.",
        remedy: "copy the image to ECR",
        source: "GitHub community discussion 10539 (ghcr.io), read 2026-11",
        waiving: Waiving::ByReason,
        run: |s| {
            each(s, |image| {
                let host = twin::registry(image).unwrap_or_default();
                twin::is_ipv4_only(image)
                    .then(|| format!("comes from {host}, which has no IPv6 address"))
            })
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
                let host = twin::registry(image).unwrap_or_default();
                let is_ecr = host.contains(".dkr.ecr.") || host.contains(".dkr.ecr-fips.");
                let lacks = is_ecr && twin::dual_stack_image(image).is_none();
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
