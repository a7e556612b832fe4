//! The load balancers' own doors: a request that names one as its host is a customer's, and answered as one.
//!
//! What belongs here: which requests those are, and the form of the answer. What must not: what becomes of one
//! (`world::traffic`).

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, header::HOST};

use crate::world::World;
use crate::world::routing::Beside;
use crate::world::traffic::Visit;

/// What the load balancers of AWS are called by ends so.
const SUFFIX: &str = ".elb.amazonaws.com";

/// The answer to a customer's request; `None` where it is none, or nobody listens there.
pub(crate) fn answer(
    world: &mut World,
    request: &Request<Bytes>,
) -> Option<(Response<Bytes>, Duration)> {
    let (door, port) = door(request)?;
    let uri = request.uri();
    let named = request.headers().get(HOST).and_then(|h| h.to_str().ok());
    let host = named.map_or(door.as_str(), |h| h.split(':').next().unwrap_or(h));
    let headers = request.headers().iter();
    let headers = headers.filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    let beside = Beside {
        method: request.method().as_str().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
    };
    let met = world.visit(&Visit {
        door: &door,
        port,
        host,
        path: uri.path(),
        beside: &beside,
    })?;
    // The applications here answer with the address that they were asked at.
    let body = Bytes::from(met.by.map(|address| address + "\n").unwrap_or_default());
    let response = Response::builder()
        .status(met.status)
        .header("content-type", "text/plain")
        .body(body);
    Some((response.ok()?, met.took))
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
    // Whom the address names is asked, as by a proxy; the host is then whatever the client says.
    let uri = request.uri();
    if let Some(named) = uri.host().map(str::to_ascii_lowercase)
        && is_balancers(&named)
    {
        let usual = if uri.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        return Some((named, i64::from(uri.port_u16().unwrap_or(usual))));
    }
    let host = request.headers().get(HOST)?.to_str().ok()?;
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, port.parse().ok()?),
        None => (host, 80),
    };
    let named = name.to_ascii_lowercase();
    is_balancers(&named).then_some((named, port))
}

/// Of an Application Load Balancer: `name-id.region.elb.amazonaws.com`.
fn is_balancers(name: &str) -> bool {
    name.ends_with(SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::Region;
    use crate::scenario;
    use crate::world::behaviour::Family;

    /// A customer's request of the first service, where its listener forwards such.
    fn asked(region: &Region) -> Request<Bytes> {
        let source = region.with_world(|world| {
            let source = world.customers.sources().next().unwrap().clone();
            let balancer = &world.elb.load_balancers[&source.load_balancer];
            (balancer.dns_name(&world.region), source.port, source.path)
        });
        Request::get(source.2)
            .header(HOST, format!("{}:{}", source.0, source.1))
            .body(Bytes::new())
            .unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_customer_is_answered_with_the_address_of_a_target_and_counted() {
        let built = scenario::build("healthy", Some(1), 1).unwrap();
        let region = Region::new(built.world, 1);
        let counted = |region: &Region| {
            // Customers of services come meanwhile.
            let all = region.with_world(World::traffic);
            let here = all.iter().filter(|(name, _)| is_balancers(name));
            here.map(|(_, traffic)| traffic.total).sum::<u64>()
        };
        let before = counted(&region);
        let answer = region.request(asked(&region)).await;
        assert_eq!(answer.status(), 200);
        let address = String::from_utf8(answer.body().to_vec()).unwrap();
        assert_eq!(Family::of(&address), Family::V4, "{address}");
        assert_eq!(counted(&region), before + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn whom_an_address_names_is_asked_whatever_the_host_and_an_answer_takes_its_time() {
        let built = scenario::build("healthy", Some(1), 1).unwrap();
        let region = Region::new(built.world, 1);
        let request = asked(&region);
        let door = request.headers()[HOST].to_str().unwrap().to_owned();
        let whole = format!("http://{door}{}", request.uri().path());
        let request = || {
            let request = Request::get(&whole).header(HOST, "shop.example.com");
            request.body(Bytes::new()).unwrap()
        };
        let begun = tokio::time::Instant::now();
        assert_eq!(region.request(request()).await.status(), 200);
        assert!(
            begun.elapsed() >= Duration::from_millis(50),
            "its code takes that long"
        );
        region.with_world(|world| {
            for balancer in world.elb.load_balancers.values_mut() {
                "internal".clone_into(&mut balancer.scheme);
            }
        });
        assert!(
            region.exchange(request()).await.is_err(),
            "asked from outside its VPC"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_answers_at_a_name_that_no_load_balancer_has() {
        let built = scenario::build("healthy", Some(1), 1).unwrap();
        let region = Region::new(built.world, 1);
        let request = Request::get("/").header(HOST, "x-1.eu-central-1.elb.amazonaws.com");
        let request = request.body(Bytes::new()).unwrap();
        assert!(region.exchange(request).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_signed_is_a_call_whatever_its_host() {
        let signed = Request::post("/")
            .header(HOST, "x-1.eu-central-1.elb.amazonaws.com")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=A/B/C/ecs/aws4_request",
            );
        assert!(!is_customers(&signed.body(Bytes::new()).unwrap()));
    }
}
