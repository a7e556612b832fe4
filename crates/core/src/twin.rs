//! Which edits turn an IPv4 resource into its IPv6 twin.
//!
//! What belongs here: the edits as data, and the table that says of every `CreateService` parameter what becomes of it.
//! What must not: the AWS calls that apply them (`sixshift-aws`).

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::plan::TaskDefinitionEdits;

/// What becomes of a parameter of `CreateService` in the twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carry {
    /// The live service's value.
    Carried,
    /// Made from the live service's value and the plan.
    Derived,
    /// Ours, whatever the live service has.
    Overridden,
    /// Left out.
    Dropped,
}

/// Every parameter of `CreateService` in the SDK's spelling, what becomes of it, and why.
pub const CREATE_SERVICE: &[(&str, Carry, &str)] = &[
    ("cluster", Carry::Carried, "the twin lives beside it"),
    (
        "service_name",
        Carry::Derived,
        "<name>-ipv6, unique in the cluster",
    ),
    (
        "task_definition",
        Carry::Derived,
        "dual-stack image hosts and the plan's environment, pinned to a revision",
    ),
    (
        "availability_zone_rebalancing",
        Carry::Carried,
        "written out: the default of CreateService is not the old services'",
    ),
    (
        "load_balancers",
        Carry::Derived,
        "the IPv6 partner of each target group; Classic Load Balancers and advancedConfiguration are dropped",
    ),
    (
        "service_registries",
        Carry::Dropped,
        "an A-record registry cannot hold IPv6 tasks; readiness refuses services that have one",
    ),
    ("desired_count", Carry::Overridden, "one canary first"),
    (
        "client_token",
        Carry::Overridden,
        "the same for the same twin, so that a lost reply creates nothing twice",
    ),
    (
        "launch_type",
        Carry::Carried,
        "exclusive with the capacity provider strategy",
    ),
    (
        "capacity_provider_strategy",
        Carry::Carried,
        "exclusive with the launch type",
    ),
    (
        "platform_version",
        Carry::Derived,
        "below 1.4.0 is raised: IPv6-only needs it",
    ),
    ("role", Carry::Dropped, "only for services without awsvpc"),
    (
        "deployment_configuration",
        Carry::Derived,
        "rolling; hooks, bake time and the old service's alarms are dropped",
    ),
    ("placement_constraints", Carry::Carried, "same instances"),
    ("placement_strategy", Carry::Carried, "same spread"),
    (
        "network_configuration",
        Carry::Overridden,
        "the plan's IPv6-only subnets; no public IPv4 address",
    ),
    (
        "health_check_grace_period_seconds",
        Carry::Carried,
        "same start-up",
    ),
    (
        "scheduling_strategy",
        Carry::Carried,
        "REPLICA; readiness refuses DAEMON",
    ),
    (
        "deployment_controller",
        Carry::Carried,
        "ECS; readiness refuses the others",
    ),
    ("tags", Carry::Derived, "its tags without aws:*, and ours"),
    ("enable_ecs_managed_tags", Carry::Carried, ""),
    ("propagate_tags", Carry::Carried, ""),
    (
        "enable_execute_command",
        Carry::Overridden,
        "false: not supported on IPv6-only",
    ),
    (
        "service_connect_configuration",
        Carry::Derived,
        "as a client; readiness refuses services that offer names",
    ),
    (
        "volume_configurations",
        Carry::Carried,
        "a new volume per task",
    ),
    (
        "vpc_lattice_configurations",
        Carry::Dropped,
        "needs a Lattice target group of its own; not yet",
    ),
    (
        "gateway_connectors",
        Carry::Dropped,
        "not yet verified on IPv6-only",
    ),
    ("monitoring", Carry::Carried, "scaling may depend on it"),
];

/// An image's name in a registry that answers on IPv6, where AWS offers one: private ECR (`dkr-ecr.<region>.on.aws`) and
/// public ECR (`ecr-public.aws.com`). `None` when there is nothing to change.
#[must_use]
pub fn dual_stack_image(image: &str) -> Option<String> {
    let (host, path) = image.split_once('/')?;
    if host == "public.ecr.aws" {
        return Some(format!("ecr-public.aws.com/{path}"));
    }
    let parts: Vec<&str> = host.split('.').collect();
    match parts.as_slice() {
        [
            account,
            "dkr",
            ecr @ ("ecr" | "ecr-fips"),
            region,
            "amazonaws",
            "com",
        ] if is_account(account) => Some(format!("{account}.dkr-{ecr}.{region}.on.aws/{path}")),
        [account, "dkr", "ecr", region, "amazonaws", "com", "cn"] if is_account(account) => Some(
            format!("{account}.dkr-ecr.{region}.on.amazonwebservices.com.cn/{path}"),
        ),
        _ => None,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The images to replace: container name -> new image.
#[must_use]
pub fn image_edits(
    images: &[(String, String)],
    edits: &TaskDefinitionEdits,
) -> BTreeMap<String, String> {
    if !edits.ecr_dual_stack {
        return BTreeMap::new();
    }
    images
        .iter()
        .filter_map(|(name, image)| Some((name.clone(), dual_stack_image(image)?)))
        .collect()
}

/// Hash over what a derived task definition is made from; in a tag of the derived one, so that a new revision of either
/// the source or the plan's edits is seen.
#[must_use]
pub fn derivation(source_arn: &str, edits: &TaskDefinitionEdits) -> String {
    let mut hash = Sha256::new();
    hash.update(source_arn.as_bytes());
    hash.update([0, u8::from(edits.ecr_dual_stack)]);
    for (key, value) in &edits.env {
        hash.update([0]);
        hash.update(key.as_bytes());
        hash.update([b'=']);
        hash.update(value.as_bytes());
    }
    short_hex(&hash.finalize())
}

/// A client token for ECS: at most 36 ASCII characters, the same for the same parts.
#[must_use]
pub fn client_token(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    short_hex(&hash.finalize())
}

fn short_hex(bytes: &[u8]) -> String {
    bytes.iter().take(16).map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecr_images_get_their_dual_stack_host() {
        let of = |image| dual_stack_image(image);
        assert_eq!(
            of("123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/checkout:v1").as_deref(),
            Some("123456789012.dkr-ecr.eu-central-1.on.aws/shop/checkout:v1")
        );
        assert_eq!(
            of("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/a@sha256:00").as_deref(),
            Some("123456789012.dkr-ecr-fips.us-east-1.on.aws/a@sha256:00")
        );
        assert_eq!(
            of("public.ecr.aws/nginx/nginx:1").as_deref(),
            Some("ecr-public.aws.com/nginx/nginx:1")
        );
    }

    #[test]
    fn other_images_are_left_alone() {
        for image in [
            "nginx",
            "ghcr.io/a/b:1",
            "123456789012.dkr-ecr.eu-central-1.on.aws/a:1",
            "x.dkr.ecr.r.amazonaws.com/a",
        ] {
            assert_eq!(dual_stack_image(image), None, "{image}");
        }
    }

    #[test]
    fn a_derivation_changes_with_the_source_and_with_each_edit() {
        let edits = TaskDefinitionEdits {
            ecr_dual_stack: true,
            env: BTreeMap::new(),
        };
        let more = TaskDefinitionEdits {
            env: [("A".to_owned(), "1".to_owned())].into(),
            ..edits.clone()
        };
        let all = [
            derivation("td:1", &edits),
            derivation("td:2", &edits),
            derivation("td:1", &more),
        ];
        assert_eq!(
            all.iter().collect::<std::collections::BTreeSet<_>>().len(),
            3
        );
        assert!(all.iter().all(|d| d.len() == 32));
    }

    #[test]
    fn every_parameter_is_named_once() {
        let names: std::collections::BTreeSet<_> = CREATE_SERVICE.iter().map(|(n, ..)| n).collect();
        assert_eq!(names.len(), CREATE_SERVICE.len());
    }
}
