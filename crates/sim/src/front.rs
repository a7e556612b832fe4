//! The load balancers' own doors: a request that names one as its host is a customer's, and answered as one.
//!
//! What belongs here: which requests those are, and the form of the answer. What must not: what becomes of one
//! (`world::traffic`).

use bytes::Bytes;
use http::{Request, Response, header::HOST};

use crate::world::World;

/// What the load balancers of AWS are called by ends so.
const SUFFIX: &str = ".elb.amazonaws.com";

/// The answer to a customer's request; `None` where it is none, or nobody listens there.
pub(crate) fn answer(world: &mut World, request: &Request<Bytes>) -> Option<Response<Bytes>> {
    let (host, port) = door(request)?;
    let met = world.visit(&host, port, request.uri().path())?;
    // The applications here answer with the address that they were asked at.
    let body = Bytes::from(met.by.map(|address| address + "\n").unwrap_or_default());
    let response = Response::builder()
        .status(met.status)
        .header("content-type", "text/plain")
        .body(body);
    response.ok()
}

/// Whether a request is a customer's. A call of AWS's API is signed.
pub(crate) fn is_customers(request: &Request<Bytes>) -> bool {
    door(request).is_some()
}

/// The load balancer's name and port that a request is for.
fn door(request: &Request<Bytes>) -> Option<(String, i64)> {
    if request.headers().contains_key("authorization") {
        return None;
    }
    let host = request.headers().get(HOST)?.to_str().ok()?;
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, port.parse().ok()?),
        None => (host, 80),
    };
    let named = name.to_ascii_lowercase();
    named.ends_with(SUFFIX).then_some((named, port))
}
