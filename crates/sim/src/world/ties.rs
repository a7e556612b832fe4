//! What ties a task to IPv4 by its own definition: addresses and endpoints that its containers are told, sockets and interfaces
//! without IPv6.
//!
//! What belongs here: what a definition says, and which hosts are meant. What must not: whether packets pass ([`super::reach`]),
//! or what an image does by itself ([`super::behaviour`]).
//!
//! A container asks whatever host its variables and arguments name, for each request that it serves. Sources: Amazon VPC user
//! guide, "DNS64 and NAT64" (names are translated, addresses are not); Java SE, "Networking properties"; Linux, ipv6(7) and
//! Documentation/networking/ip-sysctl; ECS API, SystemControl.

use std::net::Ipv4Addr;

use crate::Value;

/// What of a task definition shows where a task has no IPv4 address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ties {
    /// A host is named by an IPv4 address.
    pub(crate) address: bool,
    /// Endpoints of AWS's that are named and have IPv4 addresses alone, by the service's name.
    pub(crate) endpoints: Vec<String>,
    /// The application opens sockets of IPv4 alone.
    pub(crate) sockets: bool,
    /// The interfaces have no IPv6 address.
    pub(crate) interfaces: bool,
}

/// What containers are told.
pub(crate) fn of(containers: &[Value]) -> Ties {
    let mut ties = Ties::default();
    for container in containers {
        ties.interfaces |= controls(container).any(turns_ipv6_off);
        for (name, text) in told(container) {
            ties.sockets |= text.contains("preferIPv4Stack=true") || binds_ipv4(text);
            for host in hosts(name, text) {
                ties.address |= is_elsewhere(host);
                ties.endpoints
                    .extend(ipv4_endpoint(host).map(str::to_owned));
            }
        }
    }
    ties
}

fn controls(container: &Value) -> impl Iterator<Item = &Value> {
    container.get("systemControls").items().iter()
}

/// That of the loopback alone leaves the task its addresses.
fn turns_ipv6_off(control: &Value) -> bool {
    let name = control.get("namespace").as_str().unwrap_or_default();
    let interface = name
        .strip_prefix("net.ipv6.conf.")
        .and_then(|rest| rest.strip_suffix(".disable_ipv6"));
    interface.is_some_and(|i| i != "lo") && control.get("value").as_str() == Some("1")
}

/// The variables of a container by name, and its arguments without one.
pub(super) fn told(container: &Value) -> impl Iterator<Item = (&str, &str)> {
    let variables = container.get("environment").items().iter();
    let variables =
        variables.filter_map(|v| Some((v.get("name").as_str()?, v.get("value").as_str()?)));
    let arguments = ["entryPoint", "command"].map(|member| container.get(member).items());
    let arguments = arguments.into_iter().flatten();
    variables.chain(arguments.filter_map(|a| Some(("", a.as_str()?))))
}

/// `0.0.0.0`, with a port or without, as a whole value or as one of an option.
fn binds_ipv4(text: &str) -> bool {
    let value = text.rsplit(['=', ' ']).next().unwrap_or(text);
    without_port(value) == "0.0.0.0"
}

/// The hosts that a text names: those of URLs, and a whole value where its variable is called after a host.
fn hosts<'t>(name: &str, text: &'t str) -> impl Iterator<Item = &'t str> + use<'t> {
    const CALLED: [&str; 7] = [
        "HOST", "ADDR", "ENDPOINT", "SERVER", "BROKER", "UPSTREAM", "URL",
    ];
    let name = name.to_ascii_uppercase();
    let is_called = CALLED.iter().any(|word| name.contains(word)) && !text.contains("//");
    let whole = is_called.then(|| text.split(',').map(str::trim));
    let in_urls = text.split("//").skip(1).map(|rest| {
        let end = rest.find(['/', '?', '#', ' ', ',', '"']);
        let authority = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        authority.rsplit('@').next().unwrap_or(authority)
    });
    whole.into_iter().flatten().chain(in_urls).map(without_port)
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => host,
    }
}

/// Whether a text is an IPv4 address of somebody else: neither of this host nor of this link.
pub(crate) fn is_elsewhere(host: &str) -> bool {
    let address: Option<Ipv4Addr> = host.parse().ok();
    address.is_some_and(|a| {
        !(a.is_loopback() || a.is_link_local() || a.is_unspecified() || a.octets()[0] >= 224)
    })
}

/// The service of an endpoint of AWS's that has IPv4 addresses alone, as in `sqs` of `sqs.eu-central-1.amazonaws.com`. Stores have
/// addresses by their own settings, and a few services one name for both families (botocore: endpoints.json).
pub(crate) fn ipv4_endpoint(host: &str) -> Option<&str> {
    const BOTH: [&str; 9] = [
        "dualstack",
        "secretsmanager",
        "cognito-idp",
        "elb",
        "rds",
        "cache",
        "docdb",
        "neptune",
        "dax",
    ];
    let labels = host.strip_suffix(".amazonaws.com")?;
    let mut all = labels.split('.');
    (!all.any(|label| BOTH.contains(&label))).then(|| labels.split('.').next().unwrap_or(labels))
}

/// A receiver that a log driver sends to, where it is named by an IPv4 address.
pub(crate) fn logs_to_address(container: &Value) -> Option<(&str, &str)> {
    let options = container.get("logConfiguration").get("options").fields();
    let mut all = options.iter().filter_map(|(_, value)| value.as_str());
    all.find_map(|text| {
        let host = hosts("HOST", text).find(|host| is_elsewhere(host))?;
        Some((text, host))
    })
}

/// The endpoint that the driver awslogs is told, without its scheme.
pub(crate) fn logs_endpoint(container: &Value) -> Option<&str> {
    let options = container.get("logConfiguration").get("options");
    let endpoint = options.get("awslogs-endpoint").as_str()?;
    hosts("HOST", endpoint).next()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ties(container: &serde_json::Value) -> Ties {
        of(&[crate::wire::from_text(&container.to_string())])
    }

    fn with(name: &str, value: &str) -> Ties {
        ties(&json!({"environment": [{"name": name, "value": value}]}))
    }

    #[test]
    fn a_host_that_is_an_address_of_somebody_else_ties() {
        for (name, value) in [
            ("UPSTREAM", "http://10.0.40.7:8080/v1"),
            ("DATABASE", "postgres://shop:secret@10.0.40.7/shop"),
            ("REDIS_HOST", "10.0.40.7"),
            ("KAFKA_BROKERS", "broker.example:9092, 10.0.40.8:9092"),
        ] {
            assert!(with(name, value).address, "{name}={value}");
        }
        for (name, value) in [
            ("APP_VERSION", "10.0.40.7"),
            ("HOST", "127.0.0.1"),
            ("METADATA", "http://169.254.170.2/v4"),
            ("UPSTREAM", "http://api.example.com"),
            ("UPSTREAM", "http://[2001:db8::1]:80"),
            ("ALLOW", "10.0.0.0/8"),
        ] {
            assert_eq!(with(name, value), Ties::default(), "{name}={value}");
        }
    }

    #[test]
    fn an_endpoint_of_one_family_ties_and_one_of_both_does_not() {
        let queue = with("QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/1/q");
        assert_eq!(queue.endpoints, ["sqs"]);
        for host in [
            "https://s3.dualstack.eu-central-1.amazonaws.com",
            "https://secretsmanager.eu-central-1.amazonaws.com",
            "https://shop.abc.eu-central-1.rds.amazonaws.com",
            "https://sqs.eu-central-1.api.aws",
        ] {
            assert_eq!(with("URL", host), Ties::default(), "{host}");
        }
    }

    #[test]
    fn sockets_and_interfaces_tie() {
        assert!(
            with(
                "JAVA_TOOL_OPTIONS",
                "-Xmx1g -Djava.net.preferIPv4Stack=true"
            )
            .sockets
        );
        assert!(with("BIND", "0.0.0.0:8080").sockets);
        assert!(ties(&json!({"command": ["serve", "--bind=0.0.0.0:80"]})).sockets);
        assert!(!with("BIND", "[::]:8080").sockets);
        let off = |interface: &str| {
            let name = format!("net.ipv6.conf.{interface}.disable_ipv6");
            ties(&json!({"systemControls": [{"namespace": name, "value": "1"}]})).interfaces
        };
        assert!(off("all") && off("eth0") && !off("lo"));
    }
}
