//! AWS as the daemon will see it: do its addresses suit this network, do the credentials open what the plans name?

use std::{collections::BTreeSet, net::ToSocketAddrs, time::Duration};

use sixshift_controller::{Address, Asked, Clock, Hands};
use sixshift_core::{
    observation::{Known, Observation, Subnets},
    plan::Plan,
    status::duration,
};

use super::{Finding, State, host::Families};

/// Whether the addresses that will be asked have the family that leads out. The SDK asks IPv4-only names unless told.
pub(super) async fn endpoints(regions: &[&str], families: Families) -> Vec<Finding> {
    let hands = Hands::from_environment(1.0).await;
    let mut findings = Vec::new();
    for region in regions {
        let addresses = hands.addresses(region);
        let wrong = addresses
            .iter()
            .filter_map(|address| Some(weighed(address, wrong(address, families)?)));
        let wrong: Vec<Finding> = wrong.collect();
        if wrong.iter().all(|f| f.state != State::Bad) {
            findings.push(suits(region, &addresses));
        }
        findings.extend(wrong);
    }
    findings
}

/// Whether every address of every region is this machine's own, as a simulated region's is.
pub(super) async fn is_here(regions: &[&str]) -> bool {
    let hands = Hands::from_environment(1.0).await;
    let mut all = Vec::new();
    for region in regions {
        all.extend(hands.addresses(region));
    }
    !all.is_empty() && all.iter().all(|address| is_loopback(&address.url))
}

fn is_loopback(url: &str) -> bool {
    let found = host(url).and_then(|(name, port)| (name.as_str(), port).to_socket_addrs().ok());
    found.is_some_and(|mut found| found.all(|address| address.ip().is_loopback()))
}

fn suits(region: &str, addresses: &[Address]) -> Finding {
    let given: Vec<&str> = addresses
        .iter()
        .filter(|a| a.is_given)
        .map(|a| a.service)
        .collect();
    if addresses.is_empty() {
        return Finding::bad(
            "endpoints",
            format!("AWS has no addresses in {region} for what the environment asks"),
            "take AWS_USE_FIPS_ENDPOINT or AWS_USE_DUALSTACK_ENDPOINT back, or correct the region",
        );
    }
    let sentence = if given.len() == addresses.len() {
        format!("AWS_ENDPOINT_URL says where AWS is in {region}")
    } else if given.is_empty() {
        format!("AWS's addresses in {region} suit this network")
    } else {
        let given = given.join(", ");
        format!("AWS's addresses in {region} suit this network; given are those of {given}")
    };
    Finding::ok("endpoints", sentence)
}

/// What cannot be judged without a service that no migration needs. Not every region has a dual-stack name of each.
const OF_PREFLIGHT: &[(&str, &str)] = &[
    ("EC2", "subnet"),
    ("EFS", "file system"),
    ("RDS", "database"),
    ("ELASTICACHE", "cache"),
    ("WAFV2", "web ACL"),
    ("SERVICE_QUOTAS", "quota"),
    ("S3", "bucket policy"),
    ("IAM", "policy of a role"),
];

fn weighed(address: &Address, wrong: Finding) -> Finding {
    let service = address.service;
    let Some((_, what)) = OF_PREFLIGHT.iter().find(|(of, _)| *of == service) else {
        return wrong;
    };
    let remedy = wrong.remedy.unwrap_or_default();
    let remedy = format!(
        "{remedy}, or set AWS_ENDPOINT_URL_{service}: without it preflight judges no {what}"
    );
    Finding::warn("endpoints", wrong.sentence, remedy)
}

fn wrong(address: &Address, families: Families) -> Option<Finding> {
    let (host, port) = host(&address.url)?;
    let found = (host.as_str(), port).to_socket_addrs();
    let Ok(found) = found else {
        let remedy = if address.is_given {
            format!(
                "correct AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_{}",
                address.service
            )
        } else {
            "correct the region, or the resolver of this subnet".to_owned()
        };
        return Some(Finding::bad(
            "endpoints",
            format!("the name {host} is not found"),
            remedy,
        ));
    };
    let has_ipv6 = found.into_iter().any(|a| a.is_ipv6());
    if families.ipv4.is_some() || has_ipv6 || address.is_given {
        return None;
    }
    let remedy = if host.contains(".api.") {
        "give this subnet DNS64 and a route of 64:ff9b::/96 to a NAT gateway"
    } else {
        "set AWS_USE_DUALSTACK_ENDPOINT=true"
    };
    Some(Finding::bad(
        "endpoints",
        format!("{host} has no IPv6 address, and only IPv6 leads out of here"),
        remedy,
    ))
}

/// The host and port of a URL.
fn host(url: &str) -> Option<(String, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let usual = if scheme == "http" { 80 } else { 443 };
    let authority = rest.split(['/', '?']).next()?;
    if let Some(v6) = authority.strip_prefix('[') {
        let (host, port) = v6.split_once(']')?;
        let port = port
            .strip_prefix(':')
            .map_or(Some(usual), |p| p.parse().ok());
        return Some((host.to_owned(), port?));
    }
    match authority.split_once(':') {
        Some((host, port)) => Some((host.to_owned(), port.parse().ok()?)),
        None => Some((authority.to_owned(), usual)),
    }
}

/// Reads what one plan of each region and role names, as the daemon's first round does.
pub(super) async fn account(plans: &[Plan], time: Clock) -> Vec<Finding> {
    if plans.is_empty() {
        return vec![Finding::warn(
            "aws",
            "without a plan there is nothing in AWS to look at: credentials were not tried",
            "give --config with a source that has plans",
        )];
    }
    let hands = Hands::from_environment(time.rate()).await;
    let mut places = BTreeSet::new();
    let mut findings = Vec::new();
    for plan in plans {
        let place = (&plan.service.region, &plan.service.role_arn);
        if places.insert(place) {
            let asked = Asked::full(time.now());
            let seen = hands.observe_whole(plan, asked).await;
            findings.extend(judge(plan, &seen));
        }
    }
    findings.push(clock(&hands, &time));
    findings
}

fn judge(plan: &Plan, seen: &Observation) -> Vec<Finding> {
    let name = &plan.name;
    let unknown = [
        ("service", why(&seen.ipv4)),
        ("target groups", why(&seen.pairs)),
        ("routes", why(&seen.routes)),
        ("scaling", why(&seen.ipv4_scaling)),
        ("metrics", why(&seen.recent)),
        ("subnets", why(&seen.subnets)),
    ];
    // Without the service nothing else is known either, for the same reason.
    let most = if why(&seen.ipv4).is_some() {
        1
    } else {
        unknown.len()
    };
    let unknown = unknown.into_iter().take(most);
    let mut findings: Vec<Finding> = unknown
        .filter_map(|(what, why)| Some((what, why?)))
        .map(|(what, why)| {
            Finding::bad(
                "aws",
                format!("{what} of {name} cannot be read: {why}"),
                "mend network and endpoints first, where they are told; then give the daemon credentials that resolve here (a \
                 task role, a profile) with deploy/iam/policy.json",
            )
        })
        .collect();
    if seen.ipv4 == Known::Absent {
        findings.push(Finding::warn(
            "aws",
            format!(
                "there is no service {} in cluster {} of {}",
                plan.service.name, plan.service.cluster, plan.service.region
            ),
            format!("correct spec.service of {name}, or the account that the credentials are of"),
        ));
    }
    if let Known::Seen(Subnets::Untold(why)) = &seen.subnets {
        findings.push(Finding::warn(
            "aws",
            format!("the subnets of {name} cannot be judged: {why}"),
            "give the daemon ec2:DescribeSubnets, as deploy/iam/policy.json does, and a way to EC2",
        ));
    }
    findings.extend(neighbours(name, seen));
    if findings.is_empty() {
        findings.push(Finding::ok(
            "aws",
            format!(
                "what {name} names in {} can be read{}",
                plan.service.region,
                if seen.recent == Known::not_asked() {
                    "; metrics were not tried: there is no twin yet"
                } else {
                    ""
                }
            ),
        ));
    }
    findings
}

/// What the service leans on beside its network: preflight alone looks at it.
fn neighbours(name: &str, seen: &Observation) -> Vec<Finding> {
    let unread = seen.neighbours.unread();
    let lacking: BTreeSet<(&str, &str)> = unread
        .filter_map(|(what, why)| Some((why.lacks?, what)))
        .collect();
    let told = lacking.into_iter().map(|(action, what)| {
        Finding::warn(
            "aws",
            format!("{what} of {name} cannot be judged: {action} is not allowed"),
            format!("give the daemon {action}, as deploy/iam/preflight.json does"),
        )
    });
    told.collect()
}

/// Why something is lacking. What nobody asked for is not: before there is a twin, its metrics are no question.
fn why<T>(known: &Known<T>) -> Option<&str> {
    let not_asked = Known::<T>::not_asked();
    let why = known
        .unknown()
        .filter(|why| not_asked.unknown() != Some(why));
    why.map(|why| why.text.as_str())
}

fn clock(hands: &Hands, time: &Clock) -> Finding {
    let skew = hands.date_skew(time.now());
    time.compare(skew);
    match (skew, time.doubt()) {
        (None, _) => Finding::warn(
            "clock",
            "AWS did not answer, so its clock is not known",
            "mend what is said above",
        ),
        (Some(_), Some(doubt)) => {
            Finding::bad("clock", doubt, "let chrony or systemd-timesyncd set it")
        }
        (Some(skew), None) => Finding::ok(
            "clock",
            format!(
                "AWS's clock is within {} of ours",
                duration(skew.unsigned_abs().max(Duration::from_secs(1)))
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use sixshift_core::observation::Why;

    use super::*;

    fn address(url: &str, is_given: bool) -> Address {
        Address {
            service: "ECS",
            url: url.to_owned(),
            is_given,
        }
    }

    #[test]
    fn a_host_is_taken_out_of_any_url() {
        let of = |url| host(url).unwrap();
        assert_eq!(of("https://ecs.eu-central-1.api.aws").1, 443);
        assert_eq!(
            of("http://localhost:4566/x"),
            ("localhost".to_owned(), 4566)
        );
        assert_eq!(of("http://[::1]:4566"), ("::1".to_owned(), 4566));
        assert_eq!(of("https://[::1]"), ("::1".to_owned(), 443));
    }

    #[test]
    fn an_address_without_ipv6_is_told_where_only_ipv6_leads_out() {
        let only_ipv6 = Families {
            ipv4: None,
            ipv6: "2001:db8::1".parse().ok(),
        };
        let found = wrong(&address("https://127.0.0.1", false), only_ipv6).unwrap();
        assert_eq!(found.state, State::Bad);
        assert_eq!(wrong(&address("https://[::1]", false), only_ipv6), None);
        assert_eq!(wrong(&address("https://127.0.0.1", true), only_ipv6), None);
    }

    #[test]
    fn what_was_not_asked_is_no_lack() {
        assert_eq!(why(&Known::<u8>::not_asked()), None);
        let refused = Known::<u8>::Unknown(Why::new("refused"));
        assert_eq!(why(&refused), Some("refused"));
    }

    #[test]
    fn this_machine_is_told_from_the_world() {
        assert!(is_loopback("http://127.0.0.1:4566") && is_loopback("http://[::1]:4566"));
        assert!(!is_loopback("https://192.0.2.1") && !is_loopback("https://nowhere.invalid"));
    }

    #[test]
    fn ec2_is_worth_having_and_no_more() {
        let ec2 = Address {
            service: "EC2",
            ..address("http://nowhere.invalid:1", false)
        };
        let found = wrong(&ec2, Families::default()).unwrap();
        let weighed = weighed(&ec2, found);
        assert_eq!(weighed.state, State::Warn);
        assert!(weighed.remedy.unwrap().contains("AWS_ENDPOINT_URL_EC2"));
    }

    #[test]
    fn a_given_address_that_is_not_found_names_its_variable() {
        let nowhere = address("http://nowhere.invalid:1", true);
        let found = wrong(&nowhere, Families::default()).unwrap();
        let remedy = found.remedy.unwrap();
        assert!(remedy.contains("AWS_ENDPOINT_URL_ECS"), "{remedy}");
    }

    #[test]
    fn a_region_without_such_addresses_is_told() {
        assert_eq!(suits("eu-north-1", &[]).state, State::Bad);
    }
}
