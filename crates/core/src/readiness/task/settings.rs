//! Settings of a task definition that IPv6-only does not take, or that send a task to IPv4.
//!
//! What belongs here: members of AWS's own. What must not: what the application makes of a text ([`super::words`]).

use serde_json::Value;

use super::{
    super::{
        block::is_ipv6,
        check::{Category, Check, Found, Judged, Scene, Severity, Waiving, unless},
    },
    Container, containers,
    scan::literals,
    words::has_detour,
};

pub(in super::super) const CHECKS: &[Check] = &[
    Check {
        id: "TASKDEF-004",
        name: "ipv6-disabled",
        category: Category::TaskDef,
        severity: Severity::Block,
        holds: "No container turns IPv6 off.",
        why: "A container with net.ipv6.conf.*.disable_ipv6 has no address at all on IPv6 alone: the load balancer's requests time out.",
        remedy: "take that out of systemControls",
        source: "ECS API, ContainerDefinition: systemControls",
        waiving: Waiving::ByReason,
        run: |s| {
            each(s, |c| {
                let off = |v: &&Value| {
                    let name = v["namespace"].as_str().unwrap_or_default();
                    let interface = name
                        .strip_prefix("net.ipv6.conf.")
                        .and_then(|rest| rest.strip_suffix(".disable_ipv6"));
                    interface.is_some_and(|i| i != "lo") && v["value"] == "1"
                };
                let control = c.items("systemControls").find(off)?;
                Some(format!(
                    "container {} sets {}",
                    c.name,
                    control["namespace"].as_str().unwrap_or_default()
                ))
            })
        },
    },
    Check {
        id: "DNS-005",
        name: "name-servers",
        category: Category::Dns,
        severity: Severity::Block,
        holds: "No container asks name servers that have IPv4 addresses alone.",
        why: "A task on IPv6 alone does not reach them: no name is answered.",
        remedy: "take dnsServers out, or name IPv6 addresses of theirs",
        source: "ECS API, ContainerDefinition: dnsServers",
        waiving: Waiving::ByReason,
        run: |s| {
            each(s, |c| {
                let servers: Vec<&str> = c.texts("dnsServers").collect();
                let is_lost = !servers.is_empty() && !servers.iter().any(|server| is_ipv6(server));
                is_lost.then(|| format!("container {} asks {}", c.name, servers.join(", ")))
            })
        },
    },
    Check {
        id: "DNS-006",
        name: "extra-hosts",
        category: Category::Dns,
        severity: Severity::Block,
        holds: "No container is given an IPv4 address for a name.",
        why: "Such a name is looked up nowhere else, so neither an AAAA record nor DNS64 helps.",
        remedy: "take it out of extraHosts, or give the IPv6 address",
        source: "ECS API, ContainerDefinition: extraHosts",
        waiving: Waiving::ByReason,
        run: |s| {
            each(s, |c| {
                let ipv4 = |v: &&Value| {
                    literals(v["ipAddress"].as_str().unwrap_or_default()).any(|l| l.is_elsewhere())
                };
                let host = c.items("extraHosts").find(ipv4)?;
                let text = |member: &str| host[member].as_str().unwrap_or_default().to_owned();
                Some(format!(
                    "container {} has {} for {}",
                    c.name,
                    text("ipAddress"),
                    text("hostname")
                ))
            })
        },
    },
    Check {
        id: "TASKDEF-005",
        name: "fsx",
        category: Category::TaskDef,
        severity: Severity::Block,
        holds: "The task mounts no FSx file system.",
        why: "Amazon FSx has no IPv6 addresses.",
        remedy: "move the data to Amazon EFS or S3 first",
        source: "Amazon VPC user guide, AWS services that support IPv6",
        waiving: Waiving::ByReason,
        run: |s| {
            volumes(s, |name, volume| {
                let has = !volume["fsxWindowsFileServerVolumeConfiguration"].is_null();
                has.then(|| format!("volume {name} is on Amazon FSx"))
            })
        },
    },
    Check {
        id: "TASKDEF-006",
        name: "app-mesh",
        category: Category::TaskDef,
        severity: Severity::Warn,
        holds: "No App Mesh proxy takes the task's traffic.",
        why: "The proxy's rules are for IPv4, and App Mesh is at its end.",
        remedy: "move to Service Connect, or prove it with a canary",
        source: "ECS API, ProxyConfiguration",
        waiving: Waiving::ByReason,
        run: |s| {
            let has_none = s.document()?["proxyConfiguration"].is_null();
            let has = "its task definition has a proxyConfiguration";
            unless(has_none, || has.to_owned())
        },
    },
    Check {
        id: "METRICS-006",
        name: "log-endpoint",
        category: Category::Metrics,
        severity: Severity::Block,
        holds: "The log driver's endpoint has IPv6 addresses.",
        why: "Without its log driver a container does not start. Where DNS64 and NAT64 lead to that endpoint it does, and each line goes \
              through the NAT gateway.",
        remedy: "take awslogs-endpoint out, or name the dual-stack one (https://logs.REGION.api.aws)",
        source: "ECS developer guide, Send Amazon ECS logs to CloudWatch",
        waiving: Waiving::ByReason,
        run: log_endpoint,
    },
    Check {
        id: "METRICS-007",
        name: "log-address",
        category: Category::Metrics,
        severity: Severity::Block,
        holds: "No log driver sends to an IPv4 address.",
        why: "Without its log driver a container does not start; and where it does, nobody sees why it fails.",
        remedy: "name the receiver by a name that has an IPv6 address",
        source: "ECS API, LogConfiguration: options",
        waiving: Waiving::ByReason,
        run: |s| {
            each(s, |c| {
                let log = &c.document["logConfiguration"];
                // A token may stand beside the address: only that is shown.
                let ipv4 = |v: &'_ Value| {
                    let mut all = literals(v.as_str()?);
                    all.find(|l| l.is_elsewhere()).map(|l| l.text.to_owned())
                };
                let mut options = log["options"].as_object()?.iter();
                let (name, address) = options.find_map(|(name, v)| Some((name, ipv4(v)?)))?;
                Some(format!("container {} sends to {address} ({name})", c.name))
            })
        },
    },
    Check {
        id: "METRICS-008",
        name: "firelens",
        category: Category::Metrics,
        severity: Severity::Info,
        holds: "Logs are sent by ECS's own driver.",
        why: "FireLens sends over the task's own interface by the plugin's usual host, which has IPv4 addresses alone for AWS's services \
              unless an endpoint is set.",
        remedy: "set the plugin's endpoint to the service's dual-stack name",
        source: "ECS developer guide, Send Amazon ECS logs to an AWS service with FireLens; aws/containers-roadmap#1340",
        waiving: Waiving::ByReason,
        run: |s| {
            each(s, |c| {
                let is_firelens = c.document["logConfiguration"]["logDriver"] == "awsfirelens";
                is_firelens.then(|| format!("container {} logs through FireLens", c.name))
            })
        },
    },
];

/// By a detour it is reached, as every other name.
fn log_endpoint(s: &Scene<'_>) -> Judged {
    let severity = if has_detour(s)? {
        Severity::Info
    } else {
        Severity::Block
    };
    let found = each(s, |c| {
        let endpoint = c.document["logConfiguration"]["options"]["awslogs-endpoint"].as_str()?;
        let is_ipv4 = endpoint.contains(".amazonaws.com");
        is_ipv4.then(|| {
            format!(
                "container {} logs to {endpoint}, which has IPv4 addresses alone",
                c.name
            )
        })
    })?;
    Ok(found.into_iter().map(|f| f.of(severity)).collect())
}

fn each(s: &Scene<'_>, wrong: impl Fn(&Container<'_>) -> Option<String>) -> Judged {
    let containers = containers(s)?;
    Ok(containers
        .iter()
        .filter_map(wrong)
        .map(Found::new)
        .collect())
}

fn volumes(s: &Scene<'_>, wrong: impl Fn(&str, &Value) -> Option<String>) -> Judged {
    let all = s.document()?["volumes"].as_array();
    let wrong = |volume: &Value| wrong(volume["name"].as_str().unwrap_or_default(), volume);
    let found = all.into_iter().flatten().filter_map(wrong);
    Ok(found.map(Found::new).collect())
}
