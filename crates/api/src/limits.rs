//! What a client may cost: sizes, times, and how often one address may try.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::extract::{ConnectInfo, Request};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::problem::Refusal;

/// The most bytes of a request's body.
pub(crate) const LARGEST_BODY: usize = 64 * 1024;
/// The most bytes of a git server's push notice: it lists commits.
pub(crate) const LARGEST_HOOK: usize = 1024 * 1024;
/// Push notices that are read at once.
pub(crate) const MOST_HOOKS: usize = 4;
/// Plans whose future is worked out at once.
pub(crate) const MOST_FORESEEN: usize = 2;
/// How long a request may take, streams left out.
pub(crate) const LONGEST_REQUEST: Duration = Duration::from_secs(30);
/// Addresses that are remembered.
const MOST_CLIENTS: usize = 4_096;

/// What a client may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    /// Streams of changes that may be open at once.
    pub streams: usize,
    /// Connections that may be open at once.
    pub connections: usize,
    /// Orders that one address may give in a minute; an order to many plans is one for each.
    pub orders_a_minute: u32,
    /// Wrong tokens that one address may try in a minute.
    pub wrong_tokens_a_minute: u32,
    /// Whether a load balancer stands in front: the address is then the last one in `X-Forwarded-For`.
    pub behind_load_balancer: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            streams: 2_000,
            connections: 4_000,
            orders_a_minute: 300,
            wrong_tokens_a_minute: 10,
            behind_load_balancer: false,
        }
    }
}

/// Where a request comes from, as far as counting needs it: an IPv6 network of 64 bits is one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client(IpAddr);

impl Client {
    /// From the connection, or from the load balancer's word where one stands in front.
    pub(crate) fn of(request: &Request, behind_load_balancer: bool) -> Self {
        let forwarded = request
            .headers()
            .get_all("x-forwarded-for")
            .iter()
            .next_back();
        let forwarded = forwarded
            .filter(|_| behind_load_balancer)
            .and_then(|v| v.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let ip = forwarded.or(peer.map(|p| p.0.ip()));
        Self::at(ip.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)))
    }

    fn at(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64)),
            ip => ip,
        })
    }
}

/// How often each address tried something lately. The table is bounded: a full one forgets who tried longest ago.
#[derive(Debug)]
pub(crate) struct Tries {
    a_minute: u32,
    what: &'static str,
    clients: Mutex<HashMap<Client, Bucket>>,
}

/// A bucket that leaks: it is full at the limit and empty a minute later.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    filled: f64,
    at: Instant,
}

impl Bucket {
    fn level(self, a_minute: u32) -> f64 {
        let leaked = self.at.elapsed().as_secs_f64() / 60.0 * f64::from(a_minute);
        (self.filled - leaked).max(0.0)
    }
}

impl Tries {
    /// None yet. `what` is said to those who tried too often.
    pub(crate) fn new(a_minute: u32, what: &'static str) -> Self {
        Self {
            a_minute,
            what,
            clients: Mutex::default(),
        }
    }

    /// Whether a client may try.
    fn check(&self, client: &Client) -> Result<(), Refusal> {
        let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let level = clients.get(client).map_or(0.0, |b| b.level(self.a_minute));
        drop(clients);
        if level + 1.0 > f64::from(self.a_minute) {
            return Err(Refusal::too_many_for(self.what, self.room_in(level)));
        }
        Ok(())
    }

    /// In how many seconds a bucket of this level has room for one more.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 60"
    )]
    fn room_in(&self, level: f64) -> u32 {
        let a_minute = f64::from(self.a_minute.max(1));
        let too_much = (level + 1.0 - a_minute).max(0.0);
        (too_much / a_minute * 60.0).ceil().clamp(1.0, 60.0) as u32
    }

    /// It tried.
    fn count(&self, client: &Client) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let level = clients.get(client).map_or(0.0, |b| b.level(self.a_minute));
        if clients.len() >= MOST_CLIENTS && !clients.contains_key(client) {
            make_room(&mut clients, self.a_minute);
        }
        let bucket = Bucket {
            filled: level + 1.0,
            at: Instant::now(),
        };
        clients.insert(*client, bucket);
    }

    /// It tries, if it may.
    pub(crate) fn take(&self, client: &Client) -> Result<(), Refusal> {
        self.check(client)?;
        self.count(client);
        Ok(())
    }
}

fn make_room(clients: &mut HashMap<Client, Bucket>, a_minute: u32) {
    clients.retain(|_, b| b.level(a_minute) > 0.0);
    if clients.len() < MOST_CLIENTS {
        return;
    }
    let oldest = clients.iter().min_by_key(|(_, b)| b.at).map(|(c, _)| *c);
    if let Some(oldest) = oldest {
        clients.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> Client {
        Client::at(text.parse().unwrap())
    }

    #[test]
    fn an_address_that_tries_too_often_waits_and_others_do_not() {
        let tries = Tries::new(3, "too often");
        let (a, b) = (client("192.0.2.1"), client("192.0.2.2"));
        for _ in 0..3 {
            assert_eq!(tries.take(&a), Ok(()));
        }
        assert!(tries.take(&a).is_err());
        assert_eq!(tries.take(&b), Ok(()));
    }

    #[test]
    fn who_must_wait_is_told_how_long_until_there_is_room() {
        let tries = Tries::new(3, "too often");
        assert_eq!((tries.room_in(3.0), tries.room_in(2.4)), (20, 8));
        assert_eq!(Tries::new(300, "too often").room_in(300.0), 1);
    }

    #[test]
    fn an_order_to_two_hundred_plans_needs_no_patience() {
        assert!(Limits::default().orders_a_minute >= 200);
    }

    #[test]
    fn one_network_of_ipv6_is_one_client() {
        assert_eq!(client("2001:db8::1"), client("2001:db8::2:3:4:5"));
        assert_ne!(client("2001:db8::1"), client("2001:db8:0:1::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
    }

    #[test]
    fn the_table_is_bounded() {
        let tries = Tries::new(3, "too often");
        for i in 0..10_000_u32 {
            tries.count(&Client::at(IpAddr::V4(i.into())));
        }
        assert!(tries.clients.lock().unwrap().len() <= MOST_CLIENTS);
    }
}
