//! Names of others, looked up from where preflight runs.
//!
//! What belongs here: the question to the resolver of this machine, and its answer. What must not: which names, and what
//! follows (`sixshift_core::readiness`).

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, ToSocketAddrs},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use sixshift_core::{
    observation::{Known, Observation, Why},
    plan::Plan,
    readiness,
};

/// How long all look-ups together may take: a resolver that nobody reaches answers nothing for longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many are made at once.
const AT_ONCE: usize = 16;

/// Looks up what matters to these plans, each name once, and adds it to what was seen.
pub(super) fn look_up(looks: &mut [(Plan, Observation)]) {
    let names = looks
        .iter()
        .flat_map(|(plan, seen)| readiness::names(plan, seen));
    let told = all(names.collect()).into();
    for (_, seen) in looks {
        seen.names.clone_from(&told);
    }
}

/// The resolver cannot be interrupted: whoever it keeps waiting is left behind.
fn all(names: BTreeSet<String>) -> BTreeMap<String, Known<bool>> {
    let late = || {
        Known::Unknown(Why::new(
            "the resolver of this machine did not answer in time",
        ))
    };
    let mut told: BTreeMap<_, _> = names.iter().map(|name| (name.clone(), late())).collect();
    let workers = names.len().min(AT_ONCE);
    let left = Arc::new(Mutex::new(names.into_iter()));
    let (sender, answers) = mpsc::channel();
    for _ in 0..workers {
        let (left, sender) = (Arc::clone(&left), sender.clone());
        thread::spawn(move || {
            let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
            while let Some(name) = next() {
                let answer = one(&name);
                if sender.send((name, answer)).is_err() {
                    break;
                }
            }
        });
    }
    drop(sender);
    let end = Instant::now() + PATIENCE;
    while let Ok((name, answer)) =
        answers.recv_timeout(end.saturating_duration_since(Instant::now()))
    {
        told.insert(name, answer);
    }
    told
}

fn one(name: &str) -> Known<bool> {
    match (name, 443).to_socket_addrs() {
        Ok(addresses) => Known::Seen(addresses.into_iter().any(|at| is_ipv6(at.ip()))),
        Err(error) => Known::Unknown(Why::new(format!(
            "{name} cannot be looked up from here: {error}"
        ))),
    }
}

/// Whether an address is IPv6 by itself: not one that this network's DNS64 made of an IPv4 address (RFC 6052, RFC 8215).
fn is_ipv6(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(v6) => {
            !matches!(v6.segments(), [0x64, 0xff9b, ..]) && v6.to_ipv4_mapped().is_none()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_dns64_made_is_none_of_ipv6() {
        for (address, ipv6) in [
            ("2001:db8::1", true),
            ("64:ff9b::c000:201", false),
            ("64:ff9b:1::c000:201", false),
            ("::ffff:192.0.2.1", false),
            ("192.0.2.1", false),
        ] {
            assert_eq!(is_ipv6(address.parse().unwrap()), ipv6, "{address}");
        }
    }

    #[test]
    fn a_name_that_nobody_can_know_is_unknown_and_is_asked_once() {
        let name = "registry.invalid".to_owned();
        let told = all(BTreeSet::from([name.clone()]));
        assert_eq!(told.len(), 1);
        assert!(told[&name].unknown().is_some(), "{told:?}");
        assert!(all(BTreeSet::new()).is_empty());
    }
}
