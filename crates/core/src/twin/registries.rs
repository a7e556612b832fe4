//! Registries that answer on IPv6 by another name than on IPv4 alone.
//!
//! What belongs here: the names, a line each with its source. What must not: whether a plan wants them
//! ([`super::image_edits`]).

use std::net::IpAddr;

/// A partition's private registries: what follows the region on IPv4 alone, and on both families.
///
/// AmazonECR userguide, "Making requests to Amazon ECR registries": `dkr-ecr.<region>.on.aws`. The suffixes of the other
/// partitions: awslabs/amazon-ecr-credential-helper, `ecr-login/api/client.go`; botocore's `partitions.json` has the same
/// pairs for the API (`api.amazonwebservices.com.cn`, `api.amazonwebservices.eu`). GovCloud has the suffixes of `aws`. The
/// isolated partitions (`c2s.ic.gov`, `sc2s.sgov.gov`, `cloud.adc-e.uk`, `csp.hci.ic.gov`) have no such name there; botocore has
/// one for their API (`api.aws.ic.gov`), and a registry's is not guessed from it. A test compares with botocore's partitions.
const ECR: &[(&str, &str)] = &[
    ("amazonaws.com", "on.aws"),
    ("amazonaws.com.cn", "on.amazonwebservices.com.cn"),
    ("amazonaws.eu", "on.amazonwebservices.eu"),
];

/// Public registries: AmazonECR public guide, "Making requests to Amazon ECR Public registries".
const PUBLIC: &[(&str, &str)] = &[("public.ecr.aws", "ecr-public.aws.com")];

/// A registry of others: every name that a pull from it asks, and whether those have IPv6 addresses, as of 2026-11.
struct Registry {
    names: &'static [&'static str],
    hosts: &'static [&'static str],
    has_ipv6: Option<bool>,
}

/// The registry of an image that names none.
const DOCKER_HUB: &str = "docker.io";

/// Sources: docker.com/blog, "Docker Hub Registry IPv6 Support Now Generally Available"; Docker's allowlist for Docker Desktop
/// (Hub's hosts); github community/discussions/10539 and kyverno/kyverno#13257 (ghcr.io); gitlab.com
/// gl-infra/production-engineering#27929 (GitLab's layers). Of quay.io's nobody has told.
const REGISTRIES: &[Registry] = &[
    Registry {
        names: &[DOCKER_HUB, "index.docker.io", "registry-1.docker.io"],
        hosts: &[
            "registry-1.docker.io",
            "auth.docker.io",
            "production.cloudflare.docker.com",
        ],
        has_ipv6: Some(true),
    },
    Registry {
        names: &["ghcr.io"],
        hosts: &["ghcr.io", "pkg-containers.githubusercontent.com"],
        has_ipv6: Some(false),
    },
    Registry {
        names: &["registry.gitlab.com"],
        hosts: &[
            "registry.gitlab.com",
            "gitlab.com",
            "cdn.registry.gitlab-static.net",
        ],
        has_ipv6: Some(false),
    },
    Registry {
        names: &["quay.io"],
        hosts: &["quay.io", "cdn01.quay.io"],
        has_ipv6: None,
    },
];

/// What a pull of an image asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull<'a> {
    /// The registry, as the image's name has it; Docker Hub's where it has none.
    pub registry: &'a str,
    /// The names that are asked, without ports.
    pub hosts: Vec<&'a str>,
    /// Whether they have IPv6 addresses, where a table knows.
    pub has_ipv6: Option<bool>,
}

/// An image's name in a registry that answers on IPv6, where AWS offers one. `None` when there is nothing to change.
#[must_use]
pub fn dual_stack_image(image: &str) -> Option<String> {
    let (host, path) = image.split_once('/')?;
    if let Some((_, both)) = PUBLIC.iter().find(|(ipv4, _)| *ipv4 == host) {
        return Some(format!("{both}/{path}"));
    }
    let (account, rest) = host.split_once(".dkr.")?;
    let (ecr, rest) = rest.split_once('.')?;
    let (region, suffix) = rest.split_once('.')?;
    let (_, both) = ECR.iter().find(|(ipv4, _)| *ipv4 == suffix)?;
    let private = is_account(account) && matches!(ecr, "ecr" | "ecr-fips");
    private.then(|| format!("{account}.dkr-{ecr}.{region}.{both}/{path}"))
}

/// The registry that an image comes from, as its name has it: what is before the first slash, where that can be a host
/// (distribution/reference: it has a dot or a port, or is `localhost`), or Docker Hub.
#[must_use]
pub fn registry(image: &str) -> &str {
    let first = image.split_once('/').map(|(first, _)| first);
    let host = first.filter(|host| host.contains(['.', ':']) || *host == "localhost");
    host.unwrap_or(DOCKER_HUB)
}

/// What a pull from a registry of others asks; of Amazon ECR's `None`, whose names are known.
#[must_use]
pub fn pull(image: &str) -> Option<Pull<'_>> {
    let registry = registry(image);
    if is_amazons(registry) {
        return None;
    }
    if let Some(known) = REGISTRIES.iter().find(|r| r.names.contains(&registry)) {
        return Some(Pull {
            registry,
            hosts: known.hosts.to_vec(),
            has_ipv6: known.has_ipv6,
        });
    }
    let host = without_port(registry);
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    Some(Pull {
        registry,
        hosts: vec![host],
        has_ipv6: address.map(|address| address.is_ipv6()),
    })
}

/// Whether an image's registry has no IPv6 address, as far as a table knows.
#[must_use]
pub fn is_ipv4_only(image: &str) -> bool {
    pull(image).is_some_and(|pull| pull.has_ipv6 == Some(false))
}

/// Whether a host is a private registry of Amazon ECR's by its IPv4 name, in whatever partition.
pub(crate) fn is_ipv4_ecr(host: &str) -> bool {
    host.contains(".dkr.ecr.") || host.contains(".dkr.ecr-fips.")
}

/// By either of its names.
fn is_amazons(host: &str) -> bool {
    let is_private = ECR.iter().any(|(ipv4, both)| {
        let of = |suffix: &str| host.strip_suffix(suffix).is_some_and(|h| h.ends_with('.'));
        of(ipv4) || of(both)
    });
    let mut public = PUBLIC.iter();
    is_private || is_ipv4_ecr(host) || public.any(|(ipv4, both)| host == *ipv4 || host == *both)
}

/// `registry.example.com:5000` and `[2001:db8::1]:5000` without their ports.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecr_images_get_their_dual_stack_host_in_every_partition_that_has_one() {
        for (ipv4, both) in [
            (
                "dkr.ecr.eu-central-1.amazonaws.com",
                "dkr-ecr.eu-central-1.on.aws",
            ),
            (
                "dkr.ecr-fips.us-east-1.amazonaws.com",
                "dkr-ecr-fips.us-east-1.on.aws",
            ),
            (
                "dkr.ecr-fips.us-gov-west-1.amazonaws.com",
                "dkr-ecr-fips.us-gov-west-1.on.aws",
            ),
            (
                "dkr.ecr.cn-north-1.amazonaws.com.cn",
                "dkr-ecr.cn-north-1.on.amazonwebservices.com.cn",
            ),
            (
                "dkr.ecr.eusc-de-east-1.amazonaws.eu",
                "dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu",
            ),
        ] {
            let image = |host: &str| format!("123456789012.{host}/shop/checkout@sha256:00");
            assert_eq!(dual_stack_image(&image(ipv4)), Some(image(both)));
        }
        assert_eq!(
            dual_stack_image("public.ecr.aws/nginx/nginx:1").as_deref(),
            Some("ecr-public.aws.com/nginx/nginx:1")
        );
    }

    #[test]
    fn a_pull_asks_every_host_of_its_registry() {
        let of = |image| pull(image).map(|p| (p.registry, p.hosts.len(), p.has_ipv6));
        for image in ["nginx", "nginx:1.27", "team/app", "docker.io/team/app"] {
            assert_eq!(of(image), Some((DOCKER_HUB, 3, Some(true))), "{image}");
        }
        assert_eq!(of("ghcr.io/a/b:1"), Some(("ghcr.io", 2, Some(false))));
        assert_eq!(of("quay.io/a/b:1"), Some(("quay.io", 2, None)));
        let own = pull("registry.example.com:5000/a").unwrap();
        assert_eq!(own.hosts, ["registry.example.com"]);
        let address = |image| pull(image).unwrap().has_ipv6;
        assert_eq!(address("10.0.0.5:5000/a:1"), Some(false));
        assert_eq!(address("[2001:db8::1]:5000/a:1"), Some(true));
        for image in [
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com/a",
            "123456789012.dkr-ecr.eu-central-1.on.aws/a:1",
            "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov/a:1",
            "public.ecr.aws/a/b",
            "ecr-public.aws.com/a/b",
        ] {
            assert_eq!(pull(image), None, "{image}");
        }
    }

    #[test]
    fn other_images_are_left_alone() {
        for image in [
            "nginx",
            "ghcr.io/a/b:1",
            "123456789012.dkr-ecr.eu-central-1.on.aws/a:1",
            "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov/a:1",
            "x.dkr.ecr.r.amazonaws.com/a",
        ] {
            assert_eq!(dual_stack_image(image), None, "{image}");
        }
    }
}
