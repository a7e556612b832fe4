//! Which container registries have an IPv6 address: the region's own knowledge of the world outside.
//!
//! What belongs here: the table and how an image's registry is found. What must not: anything about tasks.

/// The registry of an image that names none.
const DOCKER_HUB: &str = "docker.io";

/// A registry, and whether its host name has an IPv6 address.
struct Registry {
    /// The host, or what the hosts of the registry end with where it begins with a dot.
    host: &'static str,
    ipv6: bool,
}

/// A host that stands in no line has IPv4 only: most have.
///
/// Sources: the ECR user guide, "Getting started with making requests over IPv6" (the hosts in `on.aws` and its sisters in
/// other partitions, and `ecr-public.aws.com`; the older hosts are IPv4-only); docker.com/blog, "Docker Hub Registry IPv6
/// Support Now Generally Available"; kube-vip/kube-vip#1165 (what `host` says of ghcr.io and docker.io).
const REGISTRIES: [Registry; 12] = [
    has(".on.aws"),
    has(".on.amazonwebservices.com.cn"),
    has(".on.amazonwebservices.eu"),
    has("ecr-public.aws.com"),
    has(DOCKER_HUB),
    has("registry-1.docker.io"),
    has("index.docker.io"),
    lacks(".amazonaws.com"),
    lacks(".amazonaws.com.cn"),
    lacks(".amazonaws.eu"),
    lacks("public.ecr.aws"),
    lacks("ghcr.io"),
];

const fn has(host: &'static str) -> Registry {
    Registry { host, ipv6: true }
}

const fn lacks(host: &'static str) -> Registry {
    Registry { host, ipv6: false }
}

/// Whether an image's registry has an IPv6 address.
pub(crate) fn reachable_over_ipv6(image: &str) -> bool {
    let host = host_of(image);
    REGISTRIES.iter().any(|r| r.ipv6 && r.is(host))
}

/// The host that an image is pulled from.
fn host_of(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => DOCKER_HUB,
    }
}

impl Registry {
    fn is(&self, host: &str) -> bool {
        host == self.host || self.host.starts_with('.') && host.ends_with(self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecrs_dual_stack_hosts_and_docker_hub_are_reachable_over_ipv6() {
        for image in [
            "123456789012.dkr-ecr.eu-central-1.on.aws/shop/cart:v1",
            "ecr-public.aws.com/nginx/nginx:1",
            "nginx",
            "library/nginx:1.27",
            "docker.io/library/nginx@sha256:0000",
        ] {
            assert!(reachable_over_ipv6(image), "{image}");
        }
    }

    #[test]
    fn every_other_registry_is_not() {
        for image in [
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com/cart:v1",
            "public.ecr.aws/x/y:1",
            "ghcr.io/a/b:1",
            "localhost/a:1",
            "registry.example:5000/a:1",
            "evil-on.aws/a:1",
        ] {
            assert!(!reachable_over_ipv6(image), "{image}");
        }
    }

    #[test]
    fn no_host_stands_in_the_table_twice() {
        for (place, one) in REGISTRIES.iter().enumerate() {
            let twice = REGISTRIES.iter().skip(place + 1).any(|r| r.is(one.host));
            assert!(!twice, "{}", one.host);
        }
    }
}
