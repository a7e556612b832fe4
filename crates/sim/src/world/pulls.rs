//! What ECS says of a task that does not start because its network keeps from it what it needs for that: registry, layers,
//! secrets, log streams.
//!
//! What belongs here: what a start asks of whom, in ECS's order and words. What must not: whether packets pass ([`super::reach`]).
//!
//! Sources: ECS developer guide, "Amazon ECS stopped tasks error messages", "CannotPullContainer task errors in Amazon ECS"
//! and "ResourceInitializationError"; aws/containers-roadmap#2287 and #2792 for the whole sentences.

use super::reach::{From, UNREACHABLE};
use super::{registries, ties};
use crate::Value;

/// Why a task does not start; none where it does. A registry without an IPv6 address is out of reach whatever NAT64 there is:
/// ECS's guide wants dual-stack names, and nobody has told of the other.
pub(crate) fn failure(from: From<'_>, region: &str, containers: &[Value]) -> Option<String> {
    let images: Vec<&str> = containers
        .iter()
        .filter_map(|c| c.get("image").as_str())
        .collect();
    secrets(from, containers)
        .or_else(|| registry_auth(from, region, &images))
        .or_else(|| images.iter().find_map(|image| pull(from, image)))
        .or_else(|| logs(from, containers))
}

fn initialization(what: &str) -> String {
    format!(
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: {what}. \
         Please check your task network configuration."
    )
}

/// Why a service does not answer a call: it is not reached, or its endpoint's policy refuses the call.
fn unserved(from: From<'_>, service: &str, action: &str) -> Option<String> {
    match from.service(service) {
        Some(why) => Some(format!("dial tcp: {why}")),
        None => denied(from, service, action),
    }
}

/// IAM user guide, "Troubleshoot access denied error messages".
fn denied(from: From<'_>, service: &str, action: &str) -> Option<String> {
    let how = from.refusal(service, action)?;
    Some(format!(
        "AccessDeniedException: the task execution role is not authorized to perform: {action} {how}"
    ))
}

/// The service that keeps a secret.
fn keeper(of: &str) -> (&'static str, &'static str) {
    match of.split(':').nth(2) {
        Some("secretsmanager") => ("secretsmanager", "asm"),
        _ => ("ssm", "ssm"),
    }
}

fn secrets(from: From<'_>, containers: &[Value]) -> Option<String> {
    let all = containers.iter().flat_map(|c| {
        let of_driver = c.get("logConfiguration").get("secretOptions");
        c.get("secrets").items().iter().chain(of_driver.items())
    });
    let mut named = all.filter_map(|s| s.get("valueFrom").as_str());
    named.find_map(|name| {
        let (service, short) = keeper(name);
        let action = match service {
            "ssm" => "ssm:GetParameters",
            _ => "secretsmanager:GetSecretValue",
        };
        let why = unserved(from, service, action)?;
        Some(initialization(&format!(
            "unable to retrieve secret from {short}: service call has been retried 5 time(s): failed to fetch secret {name}: {why}"
        )))
    })
}

/// Whether an image comes from a registry of one's own in ECR.
pub(crate) fn is_private_ecr(image: &str) -> bool {
    let host = image.split('/').next().unwrap_or_default();
    host.contains(".dkr-ecr.") || host.contains(".dkr.ecr.")
}

fn registry_auth(from: From<'_>, region: &str, images: &[&str]) -> Option<String> {
    images.iter().find(|i| is_private_ecr(i))?;
    let sent = format!(
        "RequestError: send request failed caused by: Post \"https://ecr.{region}.api.aws/\": "
    );
    let why = match from.service("ecr.api") {
        Some(why) => format!("{sent}dial tcp: {why}"),
        None => denied(from, "ecr.api", "ecr:GetAuthorizationToken")?,
    };
    Some(initialization(&format!(
        "unable to retrieve ecr registry auth: service call has been retried 3 time(s): {why}"
    )))
}

fn pull(from: From<'_>, image: &str) -> Option<String> {
    let cannot = |times: u8, what: String| {
        Some(format!(
            "CannotPullContainerError: pull image manifest has been retried {times} time(s): {what}"
        ))
    };
    let resolve = |why: &str| {
        let what = format!("failed to resolve ref {image}: failed to do request: dial tcp: {why}");
        cannot(5, what)
    };
    if !registries::reachable_over_ipv6(image) {
        return resolve(UNREACHABLE);
    }
    if !is_private_ecr(image) {
        return from.outside().and_then(resolve);
    }
    const FORBIDDEN: &str = "unexpected status from HEAD request: 403 Forbidden";
    let layer = |why: &str| {
        cannot(
            5,
            format!("{image}: failed to copy: httpReadSeeker: failed open: {why}"),
        )
    };
    if let Some(why) = from.service("ecr.dkr") {
        return resolve(why);
    }
    if from.refusal("ecr.dkr", "ecr:BatchGetImage").is_some() {
        return cannot(1, format!("failed to resolve ref {image}: {FORBIDDEN}"));
    }
    if let Some(why) = from.service("s3") {
        return layer(&format!("failed to do request: dial tcp: {why}"));
    }
    from.refusal("s3", "s3:GetObject")
        .and_then(|_| layer("unexpected status code: 403 Forbidden"))
}

fn logs(from: From<'_>, containers: &[Value]) -> Option<String> {
    containers.iter().find_map(|c| {
        let what = match c.get("logConfiguration").get("logDriver").as_str()? {
            "awslogs" => stream(from, c)?,
            _ => {
                let (option, host) = ties::logs_to_address(c)?;
                format!("Options \"{option}\": dial tcp {host}: {UNREACHABLE}")
            }
        };
        Some(format!(
            "ResourceInitializationError: failed to validate logger args: {what} : exit status 1"
        ))
    })
}

/// Why a log stream cannot be made: by the dual-stack name of CloudWatch Logs, or by the endpoint that the driver is told.
fn stream(from: From<'_>, container: &Value) -> Option<String> {
    let (why, goes_to_logs) = match ties::logs_endpoint(container) {
        Some(host) if ties::is_elsewhere(host) => (Some(UNREACHABLE), false),
        Some(host) if ties::ipv4_endpoint(host).is_some() => (from.ipv4_name("logs"), true),
        _ => (from.service("logs"), true),
    };
    let why = match why {
        Some(why) => format!("RequestError: send request failed caused by: dial tcp: {why}"),
        None if goes_to_logs => denied(from, "logs", "logs:CreateLogStream")?,
        None => return None,
    };
    Some(format!(
        "create stream has been retried 1 times: failed to create Cloudwatch log stream: {why}"
    ))
}
