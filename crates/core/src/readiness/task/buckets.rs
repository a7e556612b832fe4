//! Buckets of S3 that a task definition names: in variables and commands, and as where ECS fetches environment files from.
//!
//! What belongs here: which parts of a text are a bucket's name, and from which family of addresses it is asked. What must not: what
//! its policy says ([`super::super::neighbours`]).
//!
//! Source: Amazon S3 user guide, "Methods for accessing a bucket", "Using dual-stack endpoints", "Bucket naming rules".

use serde_json::Value;

use super::{Container, Place, containers_of};
use crate::{observation::neighbours::labels, plan::Plan, twin::without_port};

/// A bucket that is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Asked {
    pub(in super::super) bucket: String,
    /// As in `variable ASSETS of container app`.
    pub(in super::super) place: String,
    pub(in super::super) way: Way,
    /// The ARN of the role whose right it is asked by; nothing where there is none.
    pub(in super::super) role: String,
}

/// By which family a task on IPv6 alone asks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Way {
    Ipv6,
    /// By a name of IPv4 alone.
    Ipv4,
}

/// Each bucket once for each place that names it.
pub(in super::super) fn asked(plan: &Plan, definition: &Value) -> Vec<Asked> {
    let role = |member: &str| definition[member].as_str().unwrap_or_default().to_owned();
    let mut all: Vec<Asked> = Vec::new();
    for container in containers_of(plan, definition) {
        let name = container.name;
        // ECS fetches them itself, by the names that have IPv6.
        let files = container.items("environmentFiles");
        let files = files.filter_map(|file| of_arn(file["value"].as_str()?));
        all.extend(files.map(|bucket| Asked {
            bucket: bucket.to_owned(),
            place: format!("an environment file of container {name}"),
            way: Way::Ipv6,
            role: role("executionRoleArn"),
        }));
        for said in container.said() {
            let named = named(&said.place, said.text);
            all.extend(named.map(|(bucket, by)| Asked {
                bucket: bucket.to_owned(),
                place: format!("{} of container {name}", said.place),
                way: by.unwrap_or_else(|| of_sdk(&container)),
                role: role("taskRoleArn"),
            }));
        }
    }
    all.dedup();
    all
}

/// An SDK asks the names of IPv4 alone unless it is told otherwise.
fn of_sdk(container: &Container<'_>) -> Way {
    match container.variable("AWS_USE_DUALSTACK_ENDPOINT") {
        Some("true") => Way::Ipv6,
        _ => Way::Ipv4,
    }
}

/// The buckets in a text, and how each is asked where the text says so.
fn named<'t>(
    place: &Place<'_>,
    text: &'t str,
) -> impl Iterator<Item = (&'t str, Option<Way>)> + use<'t> {
    let is_called =
        matches!(place, Place::Variable(name) if name.to_ascii_uppercase().contains("BUCKET"));
    let whole = Some(text).filter(|text| is_called && !text.contains("://"));
    let whole = whole
        .filter(|text| is_bucket(text))
        .map(|text| (text, None));
    let parts = text.split([' ', ',', ';', '"', '\'', '|', '(', ')', '=']);
    let parts = parts.filter_map(|part| {
        of_arn(part)
            .or_else(|| of_scheme(part))
            .map(|b| (b, None))
            .or_else(|| of_url(part))
    });
    whole.into_iter().chain(parts)
}

/// `arn:aws:s3:::bucket/key`. An access point's ARN names a region, and has a policy of its own.
fn of_arn(text: &str) -> Option<&str> {
    let mut parts = text.splitn(6, ':');
    let is_arn = parts.next() == Some("arn") && parts.next().is_some();
    let is_s3 = parts.next() == Some("s3") && parts.next() == Some("") && parts.next() == Some("");
    first(parts.next().filter(|_| is_arn && is_s3)?)
}

/// `s3://bucket/key`, as the AWS CLI and Hadoop write it.
fn of_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    first(rest).filter(|_| ["s3", "s3a", "s3n"].contains(&scheme))
}

/// `https://bucket.s3.eu-central-1.amazonaws.com/key` and `https://s3.eu-central-1.amazonaws.com/bucket/key`.
fn of_url(text: &str) -> Option<(&str, Option<Way>)> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = without_port(authority);
    let labels = labels(host)?;
    // From behind: a bucket may be called `my.s3.files`.
    let at = labels.iter().rposition(|label| is_s3(label))?;
    let way = if labels.contains(&"dualstack") {
        Way::Ipv6
    } else {
        Way::Ipv4
    };
    let before: usize = labels.iter().take(at).map(|label| label.len() + 1).sum();
    let bucket = match before.checked_sub(1) {
        Some(end) => host.get(..end).filter(|name| is_bucket(name)),
        None => first(path),
    };
    Some((bucket?, Some(way)))
}

/// `s3`, or `s3-eu-west-1` as names used to be; not what S3 has for websites, access points and batches.
fn is_s3(label: &str) -> bool {
    let is_region =
        |rest: &str| rest.ends_with(|c: char| c.is_ascii_digit()) && rest.matches('-').count() >= 2;
    label == "s3" || label == "s3-fips" || label.strip_prefix("s3-").is_some_and(is_region)
}

fn first(path: &str) -> Option<&str> {
    let name = path.split(['/', '?', '*']).next()?;
    Some(name).filter(|name| is_bucket(name))
}

fn is_bucket(name: &str) -> bool {
    let is_end = |c: Option<&u8>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let bytes = name.as_bytes();
    let is_part = |c: &u8| is_end(Some(c)) || *c == b'-' || *c == b'.';
    let is_address = name.parse::<std::net::Ipv4Addr>().is_ok();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(is_part)
        && is_end(bytes.first())
        && is_end(bytes.last())
        && !name.contains("..")
        && !is_address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'t>(variable: &str, text: &'t str) -> Vec<(&'t str, Option<Way>)> {
        named(&Place::Variable(variable), text).collect()
    }

    #[test]
    fn a_bucket_is_named_in_many_ways() {
        let sdk = [("shop-assets", None)];
        assert_eq!(of("BUCKET", "shop-assets"), sdk);
        assert_eq!(of("ASSETS_BUCKET_NAME", "shop-assets"), sdk);
        assert_eq!(of("ASSETS", "arn:aws:s3:::shop-assets"), sdk);
        assert_eq!(of("ASSETS", "arn:aws-cn:s3:::shop-assets/a/*"), sdk);
        assert_eq!(of("ASSETS", "s3://shop-assets/a/b"), sdk);
        assert_eq!(of("ASSETS", "--from=s3a://shop-assets"), sdk);
        for (host, way) in [
            (
                "https://shop-assets.s3.eu-central-1.amazonaws.com/a",
                Way::Ipv4,
            ),
            (
                "https://s3.eu-central-1.amazonaws.com/shop-assets/a",
                Way::Ipv4,
            ),
            ("https://shop-assets.s3-eu-west-1.amazonaws.com", Way::Ipv4),
            ("shop-assets.s3.amazonaws.com", Way::Ipv4),
            (
                "https://s3.cn-north-1.amazonaws.com.cn/shop-assets?list-type=2",
                Way::Ipv4,
            ),
            (
                "https://shop-assets.s3.dualstack.eu-central-1.amazonaws.com:443/a",
                Way::Ipv6,
            ),
            (
                "https://s3.dualstack.eu-central-1.amazonaws.com/shop-assets",
                Way::Ipv6,
            ),
        ] {
            assert_eq!(of("ASSETS", host), [("shop-assets", Some(way))], "{host}");
        }
        let both = of(
            "ASSETS",
            "s3://shop-a/x,https://my.s3.files.s3.us-east-1.amazonaws.com/",
        );
        assert_eq!(both, [("shop-a", None), ("my.s3.files", Some(Way::Ipv4))]);
    }

    #[test]
    fn what_is_no_bucket_is_not_taken_for_one() {
        for (variable, text) in [
            ("ASSETS", "shop-assets"),
            ("BUCKET", "https://example.com"),
            ("BUCKET", "Not A Bucket"),
            ("TOKEN_BUCKET_SIZE", "10"),
            ("BUCKET", "10.0.0.1"),
            ("A", "arn:aws:s3:eu-central-1:123456789012:accesspoint/shop"),
            ("A", "arn:aws:sqs:eu-central-1:123456789012:s3"),
            ("A", "https://shop.s3-website.eu-central-1.amazonaws.com"),
            (
                "A",
                "https://shop-123456789012.s3-accesspoint.eu-central-1.amazonaws.com",
            ),
            ("A", "https://s3.eu-central-1.amazonaws.com"),
            ("A", "https://sqs.eu-central-1.amazonaws.com/1/q"),
            ("A", "s3://"),
            ("A", "s3://$BUCKET/x"),
        ] {
            assert_eq!(of(variable, text), [], "{variable}={text}");
        }
    }
}
