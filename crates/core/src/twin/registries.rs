//! Registries that answer on IPv6 by another name than on IPv4 alone.
//!
//! What belongs here: the names, a line each with its source. What must not: whether a plan wants them
//! ([`super::image_edits`]).

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

/// Registries that have no IPv6 address at all: community/discussions/10539 for ghcr.io.
const IPV4_ONLY: &[&str] = &["ghcr.io"];

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

/// The host that an image's name begins with; `None`: it has no slash, and comes from Docker Hub.
#[must_use]
pub fn registry(image: &str) -> Option<&str> {
    image.split_once('/').map(|(host, _)| host)
}

/// Whether an image's registry has no IPv6 address.
#[must_use]
pub fn is_ipv4_only(image: &str) -> bool {
    registry(image).is_some_and(|host| IPV4_ONLY.contains(&host))
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
