//! Rules of port mappings, and of what a network mode does not take.

use super::asked::{containers, is_given, network_mode, twice};
use super::{Rule, registration};
use crate::Value;

pub(super) const RULES: &[Rule] = &[
    registration(
        "ecs-container-port-in-range",
        "a mapping has a container port of 1 to 65535, or a range",
        |_, d| {
            let bad = |p: &Value| {
                let port = p.get("containerPort");
                let ranged = port.is_null() && is_given(p.get("containerPortRange"));
                !ranged && !port.as_i64().is_some_and(|p| (1..=65535).contains(&p))
            };
            let name = container_of(d, bad)?;
            Some(format!(
                "Invalid 'containerPort' setting for container '{name}'."
            ))
        },
        "aws/aws-cli#7288; botocore: ecs PortMapping.containerPort",
    ),
    registration(
        "ecs-host-port-in-range",
        "a mapping's host port is 0 to 65535",
        |_, d| {
            let bad = |p: &Value| {
                let port = p.get("hostPort").as_i64();
                port.is_some_and(|p| !(0..=65535).contains(&p))
            };
            let name = container_of(d, bad)?;
            Some(format!(
                "Invalid 'hostPort' setting for container '{name}'."
            ))
        },
        "botocore: ecs PortMapping.hostPort",
    ),
    registration(
        "ecs-host-port-is-the-container-port",
        "with awsvpc and host the host port is left out, 0, or the container port",
        |_, d| {
            let mode = network_mode(d);
            let other = |p: &Value| {
                let host = p.get("hostPort").as_i64().unwrap_or(0);
                host != 0 && Some(host) != p.get("containerPort").as_i64()
            };
            container_of(d, other)?;
            ["awsvpc", "host"].contains(&mode).then(|| {
                format!("When networkMode={mode}, the host ports and container ports in port mappings must match.")
            })
        },
        "botocore: ecs PortMapping.hostPort; pulumi/pulumi-awsx#935",
    ),
    registration(
        "ecs-container-port-once",
        "no container port is mapped twice with one protocol, with awsvpc in the whole task",
        |_, d| {
            let key = |p: &Value| {
                let protocol = p.get("protocol").as_str().unwrap_or("tcp");
                Some(format!("{}/{protocol}", p.get("containerPort").as_i64()?))
            };
            let of = |c: &Value| -> Vec<String> { mappings(c).iter().filter_map(key).collect() };
            let all: Vec<Vec<String>> = containers(d).map(|(_, c)| of(c)).collect();
            let double = if network_mode(d) == "awsvpc" {
                twice(all.iter().flatten().map(String::as_str))
            } else {
                all.iter().find_map(|c| twice(c.iter().map(String::as_str)))
            };
            double.map(|p| format!("The container port {p} is used multiple times in task."))
        },
        "botocore: ecs PortMapping.containerPortRange (a port is in one mapping)",
    ),
    registration(
        "ecs-host-port-once",
        "with bridge and host no host port is mapped twice with one protocol",
        |_, d| {
            let key = |p: &Value| {
                let protocol = p.get("protocol").as_str().unwrap_or("tcp");
                let host = p.get("hostPort").as_i64().filter(|h| *h != 0)?;
                Some(format!("{host}/{protocol}"))
            };
            let ports = containers(d).flat_map(|(_, c)| mappings(c)).filter_map(key);
            let ports: Vec<String> = ports.collect();
            let double = twice(ports.iter().map(String::as_str))?;
            (network_mode(d) != "awsvpc")
                .then(|| format!("The host port {double} is used multiple times in task."))
        },
        "botocore: ecs PortMapping.hostPort (a host port is reserved by one)",
    ),
    registration(
        "ecs-port-name",
        "a mapping's name has 1 to 64 lower-case letters, digits, underscores and hyphens, no hyphen first",
        |_, d| {
            let name = names(d).find(|n| !is_port_name(n))?;
            Some(format!("Port mapping name '{name}' is invalid."))
        },
        "botocore: ecs PortMapping.name",
    ),
    registration(
        "ecs-port-names-once",
        "no two mappings of a task definition have one name",
        |_, d| {
            let name = twice(names(d))?;
            Some(format!("The port mapping name is already used: '{name}'."))
        },
        "badmintoncryer/cdk-preflight (an answer of AWS)",
    ),
    registration(
        "ecs-app-protocol-needs-a-name",
        "an application protocol needs a name of its mapping",
        |_, d| {
            let bad = |p: &Value| is_given(p.get("appProtocol")) && !is_given(p.get("name"));
            container_of(d, bad)?;
            Some("A port mapping with an appProtocol must have a name.".to_owned())
        },
        "aws/aws-cdk aws-ecs PortMap (the same is checked there); botocore: ecs PortMapping.appProtocol",
    ),
    registration(
        "ecs-one-port-or-a-range",
        "a mapping has one port or a range",
        |_, d| {
            let both = |p: &Value| {
                let single = is_given(p.get("containerPort")) || is_given(p.get("hostPort"));
                is_given(p.get("containerPortRange")) && single
            };
            container_of(d, both)?;
            Some("cannot specify both single port and port range.".to_owned())
        },
        "badmintoncryer/cdk-preflight (an answer of AWS)",
    ),
    registration(
        "ecs-port-range-forwards",
        "a range of ports goes from a lower to a higher one within 1 to 65535",
        |_, d| {
            let bad = |p: &Value| {
                let text = p.get("containerPortRange").as_str();
                text.is_some_and(|t| range(t).is_none())
            };
            let name = container_of(d, bad)?;
            Some(format!(
                "Invalid 'containerPortRange' setting for container '{name}'."
            ))
        },
        "botocore: ecs PortMapping.containerPortRange",
    ),
    registration(
        "ecs-port-ranges-apart",
        "ranges of ports do not overlap, and are at most 100 a container",
        |_, d| {
            let of = |c: &Value| -> Vec<(i64, i64)> {
                let texts = mappings(c).iter().map(|p| p.get("containerPortRange"));
                texts.filter_map(|r| range(r.as_str()?)).collect()
            };
            let bad = |c: &Value| {
                let all = of(c);
                let overlap =
                    |n: usize, a: (i64, i64)| all[n + 1..].iter().any(|b| a.0 <= b.1 && b.0 <= a.1);
                all.len() > 100 || all.iter().enumerate().any(|(n, a)| overlap(n, *a))
            };
            containers(d)
                .any(|(_, c)| bad(c))
                .then(|| "The container port is used multiple times in task.".to_owned())
        },
        "botocore: ecs PortMapping.containerPortRange",
    ),
    registration(
        "ecs-port-range-network-mode",
        "ranges of ports are for the network modes bridge and awsvpc",
        |_, d| {
            container_of(d, |p| is_given(p.get("containerPortRange")))?;
            (!["bridge", "awsvpc"].contains(&network_mode(d))).then(|| {
                "containerPortRange is only supported with the bridge and awsvpc network modes."
                    .to_owned()
            })
        },
        "botocore: ecs PortMapping.containerPortRange",
    ),
    registration(
        "ecs-no-ports-without-a-network",
        "the network mode none has no port mappings",
        |_, d| {
            container_of(d, |_| true)?;
            (network_mode(d) == "none")
                .then(|| "Port mappings are not supported when networkMode=none.".to_owned())
        },
        "botocore: ecs RegisterTaskDefinitionRequest.networkMode",
    ),
    registration(
        "ecs-links-with-bridge-only",
        "links are for the network mode bridge",
        |_, d| {
            let mode = network_mode(d);
            let asked = containers(d).any(|(_, c)| is_given(c.get("links")));
            (asked && mode != "bridge")
                .then(|| format!("Links are not supported when networkMode={mode}."))
        },
        "botocore: ecs ContainerDefinition.links",
    ),
    registration(
        "ecs-awsvpc-takes-no-host-settings",
        "awsvpc takes no hostname, extraHosts, dnsServers, dnsSearchDomains and disableNetworking",
        |_, d| {
            let given = |key: &str| containers(d).any(|(_, c)| is_given(c.get(key)));
            let (_, what) = NOT_IN_AWSVPC.into_iter().find(|(key, _)| given(key))?;
            (network_mode(d) == "awsvpc")
                .then(|| format!("{what} not supported on container when networkMode=awsvpc."))
        },
        "botocore: ecs ContainerDefinition.hostname, extraHosts; badmintoncryer/cdk-preflight (answers of AWS)",
    ),
];

const NOT_IN_AWSVPC: [(&str, &str); 5] = [
    ("hostname", "hostname is"),
    ("extraHosts", "Extra hosts are"),
    ("dnsServers", "DNS servers are"),
    ("dnsSearchDomains", "DNS search domains are"),
    ("disableNetworking", "Disable Networking is"),
];

fn mappings(container: &Value) -> &[Value] {
    container.get("portMappings").items()
}

/// The first container that has such a mapping.
fn container_of(definition: &Value, has: impl Fn(&Value) -> bool) -> Option<&str> {
    let found = containers(definition).find(|(_, c)| mappings(c).iter().any(&has));
    found.map(|(name, _)| name)
}

/// The names of all mappings.
fn names(definition: &Value) -> impl Iterator<Item = &str> {
    containers(definition)
        .flat_map(|(_, c)| mappings(c))
        .filter_map(|p| p.get("name").as_str())
}

fn is_port_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    (1..=64).contains(&name.len()) && !name.starts_with('-') && name.chars().all(fits)
}

/// The ends of `from-to`.
fn range(text: &str) -> Option<(i64, i64)> {
    let (from, to) = text.split_once('-')?;
    let (from, to): (i64, i64) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (1 <= from && from < to && to <= 65535).then_some((from, to))
}
