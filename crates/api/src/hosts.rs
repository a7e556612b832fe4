//! By which names this daemon may be asked.
//!
//! What belongs here: the header `Host`, against DNS rebinding: a page of another site whose name is made to lead here
//! would be this site to its browser. What must not: who asks.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Version, header, uri::Authority};

use crate::{app::App, problem::Refusal};

/// The names that count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hosts {
    /// As the settings give them, in small letters and without a port.
    named: Vec<String>,
    /// Only this machine reaches it.
    loopback: bool,
}

impl Hosts {
    /// From the settings, and from where the daemon listens.
    pub(crate) fn new(named: &[String], addresses: &[SocketAddr]) -> Self {
        Self {
            named: named.iter().map(|name| plain(name)).collect(),
            loopback: addresses
                .iter()
                .all(|a| a.ip().to_canonical().is_loopback()),
        }
    }

    /// Loopback always counts. A load balancer's health check asks by address, and no address can be rebound; so beyond
    /// loopback every address counts, and every name until some are given.
    fn take(&self, host: &str) -> bool {
        let host = plain(host);
        if self.named.contains(&host) || host == "localhost" || host.ends_with(".localhost") {
            return true;
        }
        match host.parse::<IpAddr>() {
            Ok(ip) => !self.loopback || ip.to_canonical().is_loopback(),
            Err(_) => !self.loopback && self.named.is_empty(),
        }
    }

    fn check(&self, request: &Request) -> Result<(), Refusal> {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let (host, second) = (hosts.next(), hosts.next());
        if second.is_some() {
            let remedy = "send exactly one header Host";
            return Err(Refusal::bad_request("there are two headers Host", remedy));
        }
        let host = match (host, request.version()) {
            (Some(host), _) => Some(authority(host)?),
            // Before HTTP/1.1 there was none; no browser of today leaves it out.
            (None, Version::HTTP_09 | Version::HTTP_10) => None,
            (None, _) => return Err(unreadable("there is no header Host")),
        };
        let asked = [host.as_ref(), request.uri().authority()];
        let foreign = asked.into_iter().flatten().find(|a| !self.take(a.host()));
        foreign.map_or(Ok(()), |a| Err(Refusal::misdirected(a.host())))
    }
}

fn authority(host: &HeaderValue) -> Result<Authority, Refusal> {
    let text = host.to_str().ok().filter(|text| !text.contains('@'));
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| unreadable("the header Host is no name"))
}

fn unreadable(why: &str) -> Refusal {
    Refusal::bad_request(why, "send the daemon's name, as in `Host: localhost:8686`")
}

/// Small letters, no brackets, no dot at the end: as names are compared.
fn plain(host: &str) -> String {
    let host = host.trim_start_matches('[').trim_end_matches([']', '.']);
    host.to_ascii_lowercase()
}

/// Refuses what asks by a name that is not ours, before anything else is looked at.
pub(crate) async fn check(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match app.hosts.check(&request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(named: &[&str], address: &str) -> Hosts {
        let named: Vec<_> = named.iter().map(|n| (*n).to_owned()).collect();
        Hosts::new(&named, &[address.parse().unwrap()])
    }

    #[test]
    fn on_loopback_only_loopback_and_the_given_names_count() {
        let hosts = hosts(&["Shift.Example.com"], "127.0.0.1:8686");
        for ours in [
            "localhost",
            "LOCALHOST.",
            "127.0.0.1",
            "[::1]",
            "::ffff:127.0.0.1",
            "shift.example.com",
        ] {
            assert!(hosts.take(ours), "{ours}");
        }
        for foreign in [
            "evil.example",
            "192.0.2.1",
            "localhost.evil.example",
            "",
            "[::2]",
        ] {
            assert!(!hosts.take(foreign), "{foreign}");
        }
    }

    #[test]
    fn beyond_loopback_names_count_until_some_are_given_and_addresses_always() {
        let open = hosts(&[], "0.0.0.0:8686");
        assert!(open.take("tools.example.com") && open.take("10.0.0.7"));
        let named = hosts(&["tools.example.com"], "[::]:8686");
        assert!(named.take("tools.example.com") && named.take("10.0.0.7"));
        assert!(!named.take("evil.example"));
    }
}
