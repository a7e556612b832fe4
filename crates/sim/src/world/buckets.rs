//! Buckets that a task definition names, as a task in a subnet of IPv6 alone asks them: whether their policies deny it for the address
//! that it comes from.
//!
//! What belongs here: the address, and the denials of a policy. What must not: the buckets' own documents ([`crate::services`]), what
//! customers see, and which names are reached at all ([`super::reach`], [`super::ties`]).
//!
//! Sources: S3 user guide, "Using IPv6 addresses in IAM policies", "Using dual-stack endpoints"; IAM user guide, "Policy evaluation
//! logic" (a denial counts whatever else allows), "AWS global condition context keys"; ECS developer guide, "Use a file to specify
//! environment variables". ECS's sentence: AWS re:Post, "failed to download env files".

use serde_json::Value as Json;

use super::World;
use super::policies::{Origin, is_about, is_met, listed};
use super::reach::From;
use super::tasks::Inside;
use super::ties::told;
use crate::Value;

/// What the application does with a bucket.
const READS: &str = "s3:GetObject";

/// Who asks, and from where.
struct Caller<'a> {
    role: &'a str,
    /// As a block of one, or as the subnet's where any of it may come.
    address: &'a str,
    /// Whether it goes by an endpoint of the VPC: then S3 knows its address by another key.
    by_endpoint: bool,
}

/// Whether a container is denied a bucket that its variables or arguments name.
pub(crate) fn denied(world: &World, from: From<'_>, inside: &Inside) -> bool {
    let (role, containers) = (inside.task_role.as_str(), inside.containers.iter());
    let mut asked = containers.flat_map(|container| {
        let is_told = |v: &&Value| {
            let is = |member: &str, text: &str| v.get(member).as_str() == Some(text);
            is("name", "AWS_USE_DUALSTACK_ENDPOINT") && is("value", "true")
        };
        let by_both = container
            .get("environment")
            .items()
            .iter()
            .any(|v| is_told(&v));
        let named = told(container).flat_map(|(name, text)| buckets(world, name, text));
        named.map(move |(bucket, on_both)| (bucket, on_both.unwrap_or(by_both)))
    });
    asked.any(|(bucket, on_both)| {
        let ipv6 = from.subnet.ipv6_cidr.as_deref().unwrap_or_default();
        // By a name of IPv4 alone it comes from a NAT gateway's public address, as it did before.
        let is_refused = || from.refusal("s3", READS).is_some();
        on_both && (is_refused() || denies(world, bucket, &caller(from, role, ipv6)))
    })
}

/// Why a task does not start; none where it does.
pub(crate) fn failure(world: &World, from: From<'_>, inside: &Inside) -> Option<String> {
    let (role, containers) = (inside.execution_role.as_str(), inside.containers.iter());
    let files = containers.flat_map(|c| c.get("environmentFiles").items());
    let mut buckets = files.filter_map(|f| {
        let object = f.get("value").as_str()?.split_once(":s3:::")?.1;
        object.split('/').next()
    });
    let why = buckets.find_map(|bucket| match from.service("s3") {
        Some(why) => Some(format!(
            "RequestError: send request failed caused by: dial tcp: {why}"
        )),
        None => {
            let ipv6 = from.subnet.ipv6_cidr.as_deref().unwrap_or_default();
            let is_denied = from.refusal("s3", READS).is_some()
                || denies(world, bucket, &caller(from, role, ipv6));
            is_denied.then(|| "AccessDenied: Access Denied".to_owned())
        }
    })?;
    Some(format!(
        "ResourceInitializationError: failed to download env files: file download command: non empty error stream: service call has \
         been retried 1 time(s): {why}"
    ))
}

impl Caller<'_> {
    fn origin(&self) -> Origin<'_> {
        Origin {
            address: self.address,
            by_endpoint: self.by_endpoint,
        }
    }
}

fn caller<'a>(from: From<'_>, role: &'a str, address: &'a str) -> Caller<'a> {
    Caller {
        role,
        address,
        by_endpoint: from.goes_by_endpoint("s3"),
    }
}

/// The region's buckets that a text names, and whether by a name of both families, where it says so.
fn buckets<'a>(
    world: &'a World,
    name: &'a str,
    text: &'a str,
) -> impl Iterator<Item = (&'a str, Option<bool>)> {
    let all = world.shelf.all("Bucket").iter();
    all.filter_map(move |bucket| {
        let bucket = bucket.get("Name").as_str()?;
        let has = |before: &str, behind: &[&str]| {
            behind
                .iter()
                .any(|behind| text.contains(&format!("{before}{bucket}{behind}")))
                || text.ends_with(&format!("{before}{bucket}"))
        };
        let is_whole = text == bucket && name.to_ascii_uppercase().contains("BUCKET");
        let by_name =
            is_whole || has(":s3:::", &["/"]) || has("s3://", &["/"]) || has("s3a://", &["/"]);
        if by_name {
            return Some((bucket, None));
        }
        let by_host = text.contains(&format!("//{bucket}.s3."))
            || text.contains("//s3.") && has("amazonaws.com/", &["/", "?"]);
        by_host.then(|| (bucket, Some(text.contains(".dualstack."))))
    })
}

/// Whether a statement of the bucket's policy denies it.
fn denies(world: &World, bucket: &str, caller: &Caller<'_>) -> bool {
    let policy = world.policy_of(bucket).unwrap_or_default();
    let policy: Json = serde_json::from_str(policy).unwrap_or_default();
    let mut statements = listed(&policy["Statement"]).iter();
    statements.any(|statement| {
        statement["Effect"] == "Deny"
            && is_for(statement, caller)
            && is_about(statement, READS)
            && is_met(&statement["Condition"], &caller.origin(), false)
    })
}

fn is_for(statement: &Json, caller: &Caller<'_>) -> bool {
    let account = caller.role.split(':').nth(4).unwrap_or_default();
    let is = |whom: &Json| {
        let whom = whom.as_str().unwrap_or_default();
        whom == "*"
            || whom == caller.role
            || !account.is_empty()
                && (whom == account || whom.ends_with(&format!(":{account}:root")))
    };
    match &statement["Principal"] {
        Json::Null => !statement["NotPrincipal"].is_null(),
        Json::Object(kinds) => kinds
            .get("AWS")
            .is_some_and(|all| listed(all).iter().any(is)),
        all => is(all),
    }
}
