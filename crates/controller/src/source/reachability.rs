//! Whether a repository can be reached from here, over IPv6 above all: what `doctor` says of the source of plans.

use std::net::{IpAddr, Ipv6Addr, ToSocketAddrs};

use super::{S3, git::Address};

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reachable {
    /// Whether it is fine.
    pub ok: bool,
    /// What was seen.
    pub sentence: String,
    /// What to do about it; `None` where there is nothing to do.
    pub remedy: Option<String>,
}

/// Looks up a repository's host. Blocks as long as the system's resolver does; connects to nobody.
#[must_use]
pub fn reachability(url: &str) -> Vec<Reachable> {
    let address = match Address::of(url) {
        Ok(address) => address,
        Err(error) => {
            return vec![Reachable {
                ok: false,
                sentence: error.to_string(),
                remedy: Some("correct the source's url in the settings".to_owned()),
            }];
        }
    };
    let Some((host, port)) = address.host() else {
        return vec![fine(format!("{url} is on this machine"))];
    };
    match (host.as_str(), port).to_socket_addrs() {
        Ok(found) => vec![judge(&host, &found.map(|a| a.ip()).collect::<Vec<_>>())],
        Err(error) => vec![Reachable {
            ok: false,
            sentence: format!("the name {host} of the repository of plans is not found: {error}"),
            remedy: Some("correct the source's url, or the resolver of this subnet".to_owned()),
        }],
    }
}

/// Looks up where S3 is asked for a bucket. Blocks as [`reachability`] does.
#[must_use]
pub fn reachability_of_bucket(s3: &S3) -> Vec<Reachable> {
    let url = match super::bucket::address(s3) {
        Ok(Some(url)) => url,
        Ok(None) | Err(_) => {
            return vec![Reachable {
                ok: false,
                sentence:
                    "AWS has no address of S3 for what the environment and the source's region ask"
                        .to_owned(),
                remedy: Some("write region in source.s3, or set AWS_REGION".to_owned()),
            }];
        }
    };
    let uri: Option<http::Uri> = url.parse().ok();
    let Some(uri) = uri.filter(|uri| uri.host().is_some()) else {
        return vec![Reachable {
            ok: false,
            sentence: format!("{url} is no address of S3"),
            remedy: Some("correct AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL".to_owned()),
        }];
    };
    let host = uri
        .host()
        .unwrap_or_default()
        .trim_matches(['[', ']'])
        .to_owned();
    let port = uri
        .port_u16()
        .unwrap_or(if uri.scheme_str() == Some("http") {
            80
        } else {
            443
        });
    match (host.as_str(), port).to_socket_addrs() {
        Ok(found) => {
            let found: Vec<IpAddr> = found.map(|a| a.ip()).collect();
            if found.iter().all(IpAddr::is_loopback) {
                return vec![fine(format!("S3 is asked at {url}, on this machine"))];
            }
            let judged = judge(&host, &found);
            vec![Reachable {
                remedy: judged.remedy.map(|_| {
                    "set AWS_USE_DUALSTACK_ENDPOINT=true, or give the subnet a gateway endpoint for S3 and IPv4".to_owned()
                }),
                ..judged
            }]
        }
        Err(error) => vec![Reachable {
            ok: false,
            sentence: format!("the name {host} of S3 is not found: {error}"),
            remedy: Some("correct the source's region, or the resolver of this subnet".to_owned()),
        }],
    }
}

/// What the addresses of a host mean for a machine that may have no IPv4.
fn judge(host: &str, addresses: &[IpAddr]) -> Reachable {
    let mut ipv6 = addresses.iter().filter_map(|address| match address {
        IpAddr::V6(address) => Some(address),
        IpAddr::V4(_) => None,
    });
    if ipv6.clone().any(|address| !is_nat64(address)) {
        return fine(format!("{host} has an IPv6 address"));
    }
    if ipv6.next().is_some() {
        return fine(format!(
            "{host} has no IPv6 address of its own; it is reached through NAT64"
        ));
    }
    Reachable {
        ok: false,
        sentence: format!(
            "{host} has no IPv6 address: from an IPv6-only subnet without DNS64 and NAT64 the plans cannot be fetched"
        ),
        remedy: Some(
            "run the daemon in a subnet with IPv4 or with DNS64 and a route of 64:ff9b::/96 to a NAT gateway, or keep the \
             plans where IPv6 reaches"
                .to_owned(),
        ),
    }
}

/// What DNS64 answers where there is no AAAA record: 64:ff9b::/96, RFC 6052.
fn is_nat64(address: &Ipv6Addr) -> bool {
    address.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0]
}

fn fine(sentence: String) -> Reachable {
    Reachable {
        ok: true,
        sentence,
        remedy: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(addresses: &[&str]) -> Reachable {
        let addresses: Vec<IpAddr> = addresses.iter().map(|a| a.parse().unwrap()).collect();
        judge("git.example", &addresses)
    }

    #[test]
    fn a_host_without_an_ipv6_address_is_told_with_what_to_do() {
        let found = told(&["192.0.2.1"]);
        assert!(!found.ok && found.sentence.contains("git.example has no IPv6 address"));
        assert!(found.remedy.unwrap().contains("64:ff9b::/96"));
    }

    #[test]
    fn an_ipv6_address_is_enough_and_nat64_is_told_apart() {
        assert!(told(&["192.0.2.1", "2001:db8::1"]).ok);
        let through = told(&["192.0.2.1", "64:ff9b::c000:201"]);
        assert!(through.ok && through.sentence.contains("NAT64"));
    }

    #[test]
    fn what_is_on_this_machine_needs_no_network() {
        let found = reachability("/srv/plans");
        assert!(found.len() == 1 && found[0].ok, "{found:?}");
    }

    #[test]
    fn an_address_that_cannot_work_is_told() {
        assert!(!reachability("gopher://example.com/plans")[0].ok);
    }
}
