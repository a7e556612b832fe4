//! Words in variables, commands and health checks that tie an application to IPv4.
//!
//! What belongs here: what a text can hardly mean otherwise. What must not: members of AWS's own ([`super::settings`]).

use super::{
    super::{
        block::is_ipv6,
        check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving},
        neighbours::stores::is_database,
        net::{self, endpoints::ONE_NAME},
    },
    Container, Place, Said, containers,
    scan::{Literal, literals},
};
use crate::observation::neighbours::{hosts, labels};

pub(in super::super) const CHECKS: &[Check] = &[
    Check {
        id: "TASKDEF-007",
        name: "ipv4-address",
        category: Category::TaskDef,
        severity: Severity::Block,
        holds: "No variable or command names an IPv4 address.",
        why: "A task on IPv6 alone has no way to an IPv4 address. DNS64 and NAT64 do not help: they answer names, and here there is none.",
        remedy: "name it by a name; with DNS64 and NAT64 one with an IPv4 address alone will do",
        source: "Amazon VPC user guide, DNS64 and NAT64; RFC 6147",
        waiving: Waiving::ByReason,
        run: addresses,
    },
    Check {
        id: "TASKDEF-008",
        name: "ipv4-blocks",
        category: Category::TaskDef,
        severity: Severity::Warn,
        holds: "No list of address blocks is for IPv4 alone.",
        why: "An allow list of IPv4 blocks knows no client and no load balancer on IPv6: requests are refused, or lose their client's \
              address where it is a list of trusted proxies.",
        remedy: "add the IPv6 blocks of the same clients, or the VPC's",
        source: "The task definition's own variables and commands",
        waiving: Waiving::ByReason,
        run: |s| {
            each_said(s, |said| {
                let is_proxy = matches!(said.place, Place::Variable(name) if is_no_proxy(name));
                if is_proxy {
                    return None;
                }
                ipv4_blocks(said.text)
                    .map(|blocks| format!("has {blocks} in its {}, and no IPv6 block", said.place))
            })
        },
    },
    Check {
        id: "TASKDEF-009",
        name: "binds-ipv4",
        category: Category::TaskDef,
        severity: Severity::Warn,
        holds: "No variable or command makes the application listen on 0.0.0.0.",
        why: "0.0.0.0 is every IPv4 address and no IPv6 one but in Java: the load balancer's connections are refused, and targets fail \
              their health checks. The twin's first task shows it before a customer does.",
        remedy: "let it listen on :: instead, which takes both families where the system allows it",
        source: "RFC 3493, section 5.3; Linux, ipv6(7): IPV6_V6ONLY",
        waiving: Waiving::ByReason,
        run: |s| {
            each_said(s, |said| {
                let any = literals(said.text).any(|l| l.is_any() && l.is_sure);
                any.then(|| format!("has 0.0.0.0 in its {}", said.place))
            })
        },
    },
    Check {
        id: "TASKDEF-010",
        name: "java-prefers-ipv4",
        category: Category::TaskDef,
        severity: Severity::Block,
        holds: "No Java option turns IPv6 off.",
        why: "With java.net.preferIPv4Stack a Java program opens IPv4 sockets alone: it neither listens on IPv6 nor reaches it.",
        remedy: "take -Djava.net.preferIPv4Stack=true out, and set -Djava.net.preferIPv6Addresses=system",
        source: "Java SE, Networking properties",
        waiving: Waiving::ByReason,
        run: |s| {
            each_said(s, |said| {
                let has = said.text.contains("preferIPv4Stack=true");
                has.then(|| format!("has java.net.preferIPv4Stack=true in its {}", said.place))
            })
        },
    },
    Check {
        id: "TASKDEF-011",
        name: "prefers-ipv4",
        category: Category::TaskDef,
        severity: Severity::Warn,
        holds: "No option makes names be looked up for IPv4 first.",
        why: "Where a name has both, the IPv4 address is tried first and fails; some clients try no other.",
        remedy: "take --dns-result-order=ipv4first out",
        source: "Node.js, Command-line API: --dns-result-order",
        waiving: Waiving::ByReason,
        run: |s| {
            each_said(s, |said| {
                let has = said.text.contains("dns-result-order=ipv4first");
                has.then(|| format!("has --dns-result-order=ipv4first in its {}", said.place))
            })
        },
    },
    Check {
        id: "TASKDEF-012",
        name: "health-localhost",
        category: Category::TaskDef,
        severity: Severity::Warn,
        holds: "No health check of a container asks localhost.",
        why: "On IPv6 alone localhost is ::1 first: an application that listens on IPv4 alone is refused, and ECS kills a container that \
              would answer on 127.0.0.1.",
        remedy: "ask 127.0.0.1 or [::1], whichever the application listens on",
        source: "linuxserver/docker-healthchecks#122; RFC 6761, section 6.3",
        waiving: Waiving::ByReason,
        run: |s| {
            each(s, Container::health_check, |said| {
                said.text
                    .contains("localhost")
                    .then(|| "asks localhost in its health check".to_owned())
            })
        },
    },
    Check {
        id: "TASKDEF-013",
        name: "no-proxy",
        category: Category::TaskDef,
        severity: Severity::Warn,
        holds: "What goes past a proxy goes past it on IPv6 too.",
        why: "NO_PROXY with IPv4 blocks alone sends calls within the VPC through the proxy once they are IPv6.",
        remedy: "add the VPC's IPv6 block",
        source: "The task definition's own variables",
        waiving: Waiving::ByReason,
        run: |s| {
            each_said(s, |said| {
                let Place::Variable(name) = said.place else {
                    return None;
                };
                let blocks = ipv4_blocks(said.text).filter(|_| is_no_proxy(name))?;
                Some(format!(
                    "has {blocks} in its {}, and no IPv6 block",
                    said.place
                ))
            })
        },
    },
    Check {
        id: "DEP-007",
        name: "pinned-endpoint",
        category: Category::Dep,
        severity: Severity::Block,
        holds: "No variable or command names an AWS endpoint that has IPv4 addresses alone.",
        why: "Names under amazonaws.com have no IPv6 address but for a few. Without DNS64 and NAT64 the call fails; with them it goes \
              through the NAT gateway, which is paid by the gigabyte.",
        remedy: "name the dual-stack endpoint (SERVICE.REGION.api.aws, s3.dualstack.REGION.amazonaws.com), or leave it to the SDK with \
                 AWS_USE_DUALSTACK_ENDPOINT",
        source: "botocore, endpoints.json: dualstack variants; Amazon VPC user guide, AWS services that support IPv6",
        waiving: Waiving::ByReason,
        run: |s| {
            let severity = if has_detour(s)? {
                Severity::Info
            } else {
                Severity::Block
            };
            let found = each_said(s, |said| {
                let host = hosts(said.text).find(|h| is_ipv4_endpoint(h))?;
                Some(format!("names {host} in its {}", said.place))
            })?;
            Ok(found.into_iter().map(|f| f.of(severity)).collect())
        },
    },
    Check {
        id: "DEP-009",
        name: "sdk-dual-stack",
        category: Category::Dep,
        severity: Severity::Warn,
        holds: "The AWS SDK in each container asks dual-stack endpoints.",
        why: "An SDK asks the IPv4-only names of AWS's services unless AWS_USE_DUALSTACK_ENDPOINT is set. Without DNS64 and NAT64 every \
              call to AWS fails; with them it goes through the NAT gateway.",
        remedy: "set AWS_USE_DUALSTACK_ENDPOINT: \"true\" in spec.ipv6.taskDefinition.env",
        source: "AWS SDKs and Tools reference guide, Dual-stack and FIPS endpoints",
        waiving: Waiving::ByReason,
        run: sdk,
    },
];

/// Each text that makes an application do something.
fn each_said(s: &Scene<'_>, wrong: impl Fn(&Said<'_>) -> Option<String>) -> Judged {
    each(s, Container::said, wrong)
}

/// `wrong` says what a container does.
fn each<'a, I: Iterator<Item = Said<'a>>>(
    s: &'a Scene<'_>,
    texts: impl Fn(&Container<'a>) -> I,
    wrong: impl Fn(&Said<'_>) -> Option<String>,
) -> Judged {
    let mut all = Vec::new();
    for container in containers(s)? {
        let found = texts(&container).filter_map(|said| wrong(&said));
        all.extend(found.map(|what| Found::new(format!("container {} {what}", container.name))));
    }
    Ok(all)
}

/// Variables that say which code runs: four numbers with dots are a version there.
fn is_version(place: Place<'_>) -> bool {
    let Place::Variable(name) = place else {
        return false;
    };
    let name = name.to_ascii_uppercase();
    ["VERSION", "RELEASE", "BUILD", "TAG"]
        .iter()
        .any(|word| name.contains(word))
}

/// What can be nothing else stops a plan; what may be a version or a part of a text is told.
fn addresses(s: &Scene<'_>) -> Judged {
    let mut all = Vec::new();
    for container in containers(s)? {
        for said in container.said().filter(|said| !is_version(said.place)) {
            let elsewhere = |l: &Literal<'_>| !l.is_block && l.is_elsewhere();
            let Some(literal) = literals(said.text).find(elsewhere) else {
                continue;
            };
            let severity = if literal.is_sure {
                Severity::Block
            } else {
                Severity::Warn
            };
            let (name, text, place) = (container.name, literal.text, said.place);
            all.push(
                Found::new(format!("container {name} has {text} in its {place}")).of(severity),
            );
        }
    }
    Ok(all)
}

fn is_no_proxy(name: &str) -> bool {
    name.eq_ignore_ascii_case("no_proxy")
}

/// The IPv4 blocks of a text that has none of IPv6, as they stand there.
fn ipv4_blocks(text: &str) -> Option<String> {
    let blocks: Vec<&str> = literals(text)
        .filter(|l| l.is_block)
        .map(|l| l.text)
        .collect();
    let knows_ipv6 = || text.split([',', ';', ' ', '"', '\'']).any(is_ipv6);
    (!blocks.is_empty() && !knows_ipv6()).then(|| blocks.join(", "))
}

fn is_ipv4_endpoint(host: &str) -> bool {
    let is_both =
        |label: &&str| ONE_NAME.contains(label) || *label == "dualstack" || *label == "elb";
    labels(host).is_some_and(|labels| !labels.iter().any(is_both)) && !is_database(host)
}

/// Whether names with IPv4 addresses alone are reached by a detour; where that is not known, they are taken to be.
pub(in super::super) fn has_detour(s: &Scene<'_>) -> Result<bool, Spared> {
    match net::ipv6_subnets(s) {
        Ok(subnets) => Ok(subnets.iter().all(|(_, subnet)| subnet.dns64)),
        Err(Spared::NotHere) => Ok(false),
        Err(unknown) => Err(unknown),
    }
}

/// A task without a role of its own calls nothing of AWS's.
fn sdk(s: &Scene<'_>) -> Judged {
    if s.document()?["taskRoleArn"]
        .as_str()
        .is_none_or(str::is_empty)
    {
        return Err(Spared::NotHere);
    }
    let severity = if has_detour(s)? {
        Severity::Info
    } else {
        Severity::Warn
    };
    let containers = containers(s)?;
    let asks = |c: &&Container<'_>| c.variable("AWS_USE_DUALSTACK_ENDPOINT") != Some("true");
    let found = containers.iter().filter(asks).map(|c| {
        let name = c.name;
        Found::new(format!(
            "container {name} does not set AWS_USE_DUALSTACK_ENDPOINT"
        ))
        .of(severity)
    });
    Ok(found.collect())
}
