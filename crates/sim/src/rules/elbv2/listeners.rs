//! Rules of listeners.

use super::balancers::balancer;
use super::{CONFIGURATION, QUOTAS, VALIDATION, does, is, lacks, refuses, text};
use crate::Value;
use crate::rules::Rule;
use crate::world::World;
use crate::world::elb::{Listener, Quota, is_secure};

const CREATE: &[&str] = &["CreateListener"];
const BOTH: &[&str] = &["CreateListener", "ModifyListener"];
const SHAPE: &str = "botocore: elbv2 CreateListenerInput";

/// What AWS's security policies are called, but for the last parts: there are more than fifty.
const POLICIES: [&str; 6] = [
    "ELBSecurityPolicy-2015-05",
    "ELBSecurityPolicy-2016-08",
    "ELBSecurityPolicy-FS-",
    "ELBSecurityPolicy-TLS-1-",
    "ELBSecurityPolicy-TLS13-1-",
    "ELBSecurityPolicy-TLS13-fips-",
];
const BY_DATAGRAM: [&str; 4] = ["UDP", "TCP_UDP", "QUIC", "TCP_QUIC"];

pub(super) const RULES: &[Rule] = &[
    refuses(
        "elb-listener-needs-protocol-and-port",
        CREATE,
        "a listener of an Application or a Network Load Balancer has a protocol and a port",
        VALIDATION,
        |world, input| {
            balancer(world, input)?;
            let missing = ["Protocol", "Port"]
                .into_iter()
                .find(|key| input.get(key).is_null())?;
            Some(format!(
                "A listener {} must be specified",
                missing.to_lowercase()
            ))
        },
        "botocore: elbv2 CreateListenerInput.Protocol, Port",
    ),
    refuses(
        "elb-listener-protocol-of-the-kind",
        BOTH,
        "HTTP and HTTPS on an Application Load Balancer; TCP, TLS, UDP, TCP_UDP, QUIC and TCP_QUIC on a Network Load Balancer",
        "UnsupportedProtocol",
        |world, input| {
            let protocol = text(input, "Protocol")?;
            let kind = site(world, input)?.0;
            let known: &[&str] = match kind {
                "network" => &["TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"],
                _ => &["HTTP", "HTTPS"],
            };
            (!known.contains(&protocol)).then(|| {
                format!(
                    "Protocol '{protocol}' is not supported by a load balancer of type '{kind}'"
                )
            })
        },
        "botocore: elbv2 CreateListenerInput.Protocol",
    ),
    refuses(
        "elb-listener-datagrams-on-dual-stack",
        BOTH,
        "a dual-stack Network Load Balancer has no listener of UDP, TCP_UDP, QUIC or TCP_QUIC",
        CONFIGURATION,
        |world, input| {
            let protocol = text(input, "Protocol").filter(|p| BY_DATAGRAM.contains(p))?;
            let (kind, family) = site(world, input)?;
            (kind == "network" && family != "ipv4").then(|| {
                format!("You cannot specify the protocol '{protocol}' with the IP address type '{family}'")
            })
        },
        "botocore: elbv2 CreateListenerInput.Protocol",
    ),
    refuses(
        "elb-listener-one-certificate",
        BOTH,
        "an HTTPS or TLS listener has exactly one default certificate, told without `IsDefault`",
        VALIDATION,
        |world, input| {
            let secure = is_secure(protocol(world, input)?);
            let kept = listener(world, input).is_some_and(|l| is_secure(&l.protocol));
            let given = input.get("Certificates").items();
            if !secure {
                return None;
            }
            match given {
                [] if kept => None,
                [] => {
                    Some("A certificate must be specified for HTTPS and TLS listeners".to_owned())
                }
                [one] if one.get("IsDefault").is_null() => None,
                [_] => Some(
                    "You cannot specify IsDefault for the certificate of a listener".to_owned(),
                ),
                _ => Some("You can specify only one default certificate".to_owned()),
            }
        },
        "botocore: elbv2 CreateListenerInput.Certificates; ModifyListener",
    ),
    refuses(
        "elb-listener-certificate-is-there",
        BOTH,
        "a certificate is an ARN of ACM or IAM",
        "CertificateNotFound",
        |_, input| {
            let certificates = input.get("Certificates").items().iter();
            let wrong = certificates
                .filter_map(|c| text(c, "CertificateArn"))
                .find(|arn| !is_certificate(arn))?;
            Some(format!("Certificate ARN '{wrong}' is not valid"))
        },
        "botocore: elbv2 CertificateNotFoundException, CertificateArn",
    ),
    refuses(
        "elb-listener-security-is-for-secure-ones",
        BOTH,
        "certificates, security policies and mutual authentication are for HTTPS and TLS",
        CONFIGURATION,
        |world, input| {
            let protocol = protocol(world, input)?;
            let given = ["Certificates", "SslPolicy", "MutualAuthentication"]
                .into_iter()
                .find(|key| !is_empty(input.get(key)))?;
            let off = given == "MutualAuthentication" && is(input.get(given), "Mode", &["off"]);
            (!is_secure(protocol) && !off).then(|| {
                format!("You cannot specify {given} for a listener with the protocol {protocol}")
            })
        },
        SHAPE,
    ),
    refuses(
        "elb-listener-policy-is-there",
        BOTH,
        "a security policy has a name of AWS's",
        "SSLPolicyNotFound",
        |_, input| {
            let policy = text(input, "SslPolicy")?;
            let known = POLICIES.iter().any(|p| policy.starts_with(p));
            (!known).then(|| format!("SSL policy '{policy}' not found"))
        },
        "botocore: elbv2 SSLPolicyNotFoundException; ELB user guide, Security policies",
    ),
    refuses(
        "elb-listener-alpn",
        BOTH,
        "one ALPN policy of `HTTP1Only`, `HTTP2Only`, `HTTP2Optional`, `HTTP2Preferred`, `None`, on TLS listeners only",
        "ALPNPolicyNotSupported",
        |world, input| {
            let policies = input.get("AlpnPolicy").strings();
            let [first, rest @ ..] = policies.as_slice() else {
                return None;
            };
            let known = [
                "HTTP1Only",
                "HTTP2Only",
                "HTTP2Optional",
                "HTTP2Preferred",
                "None",
            ];
            let fine = rest.is_empty()
                && known.contains(&first.as_str())
                && protocol(world, input) == Some("TLS");
            (!fine).then(|| format!("The ALPN policy '{first}' is not supported"))
        },
        "botocore: elbv2 CreateListenerInput.AlpnPolicy",
    ),
    refuses(
        "elb-listener-mutual-authentication",
        BOTH,
        "the mode is `off`, `passthrough` or `verify`; `verify` needs a trust store, the others have none",
        VALIDATION,
        |_, input| {
            let given = input.get("MutualAuthentication");
            let mode = text(given, "Mode")?;
            let store = text(given, "TrustStoreArn").is_some();
            let fine = match mode {
                "verify" => store,
                "off" | "passthrough" => !store,
                _ => false,
            };
            (!fine).then(|| format!("Mutual authentication mode '{mode}' is not valid here"))
        },
        "botocore: elbv2 MutualAuthenticationAttributes; ELB user guide, Mutual authentication",
    ),
    refuses(
        "elb-quota-listeners",
        CREATE,
        "at most 50 listeners on a load balancer",
        "TooManyListeners",
        |world, input| {
            let there = balancer(world, input)?;
            let quota = if there.kind == "network" {
                Quota::ListenersOfNetwork
            } else {
                Quota::Listeners
            };
            (world.elb.listeners_of(&there.arn).len() >= world.elb.quota(quota)).then(|| {
                "The maximum number of listeners on the load balancer has been reached".to_owned()
            })
        },
        QUOTAS,
    ),
    does(
        "elb-listener-port-once",
        BOTH,
        "a port has one listener: with the same settings it is given again, with others `DuplicateListener`",
        "a_listener_made_again_is_the_same_and_another_on_its_port_is_refused",
        "botocore: elbv2 CreateListener, DuplicateListenerException",
    ),
    does(
        "elb-listener-loses-its-certificate",
        &["ModifyListener"],
        "from HTTPS to HTTP (or TLS to TCP) the certificate and the security policy are removed; back again they have to be given",
        "a_listener_that_turns_to_http_loses_its_certificate",
        "botocore: elbv2 ModifyListener",
    ),
    lacks(
        "elb-listener-more-certificates",
        &[
            "AddListenerCertificates",
            "DescribeListenerCertificates",
            "RemoveListenerCertificates",
        ],
        "further certificates of a listener, trust stores",
        "no certificate is ever looked at here; the calls are not offered",
        SHAPE,
    ),
];

pub(super) fn listener<'a>(world: &'a World, input: &Value) -> Option<&'a Listener> {
    world.elb.listeners.get(text(input, "ListenerArn")?)
}

/// The kind and the address type of the load balancer that a request is about.
fn site<'a>(world: &'a World, input: &Value) -> Option<(&'a str, &'a str)> {
    let balancers = &world.elb.load_balancers;
    let there =
        balancer(world, input).or_else(|| balancers.get(&listener(world, input)?.load_balancer))?;
    Some((&there.kind, &there.ip_address_type))
}

fn protocol<'a>(world: &'a World, input: &'a Value) -> Option<&'a str> {
    text(input, "Protocol").or_else(|| listener(world, input).map(|l| l.protocol.as_str()))
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("") || matches!(value, Value::List(l) if l.is_empty())
}

fn is_certificate(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "acm", _, _, rest] => rest.starts_with("certificate/"),
        ["arn", _, "iam", _, _, rest] => rest.starts_with("server-certificate/"),
        _ => false,
    }
}
