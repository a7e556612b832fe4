//! The region's own controls over HTTP, under a path that no AWS service has: clock, faults, lag, counters, traffic.
//!
//! What must not be here: anything that an AWS client would call.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::caller::Policy;
use crate::faults::Fault;
use crate::region::Region;
use crate::services::system_tags;
use crate::world::World;
use crate::world::behaviour::{Behaviour, CutOff, Dependency, Told};
use crate::world::queues::Queue;
use crate::world::tasks::repository_and_tag;
use crate::world::traffic::{Source, Traffic};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rate {
    rate: f64,
}

/// Customers who begin to ask, named as in [`Source`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Asking {
    service: String,
    /// Its ARN, or its name; or the ARN of a service of VPC Lattice.
    load_balancer: String,
    port: i64,
    host: String,
    path: String,
    /// Requests a second.
    rate: f64,
    /// How long each request goes on, where it opens a session.
    lasting_seconds: Option<f64>,
}

/// A queue that begins to be filled, and whose tasks empty it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Filled {
    name: String,
    /// The repository of the workers' image.
    worker: String,
    /// Messages a minute.
    arrivals: f64,
    /// Messages that a task takes in a minute.
    takes: f64,
}

/// How containers of an image behave that are told something: the share of requests over IPv6 that they fail.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Application {
    image: String,
    /// What stands in their command or environment.
    told: String,
    ipv6_errors: f64,
}

/// What an image's code does where it lives by IPv6 alone; what is left out stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Code {
    image: String,
    /// Where something that it needs is out of its reach.
    cut_off: Option<CutOff>,
    /// Seconds after its start, with code 1.
    ends_after: Option<f64>,
    /// Whether it listens on IPv6 at all.
    listens: Option<bool>,
}

/// Whom an image's code asks for the requests that it serves: a host with its addresses.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    image: String,
    ipv4: Option<Ipv4Addr>,
    ipv6: Option<Ipv6Addr>,
    port: u16,
    /// Of the requests, 0 to 1.
    share: f64,
    /// Bytes each time.
    sent: u32,
    received: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Late {
    seconds: f64,
}

/// A member that AWS's clients know and the table of its models does not: `ecs:ContainerDefinition.gpuShare`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    member: String,
}

/// Tags of AWS's own on what an ARN means, as CloudFormation has them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tagged {
    arn: String,
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Share {
    share: f64,
}

/// Where AWS's documents leave open what it does, the region does either; what is left out stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Options {
    short_lists: Option<bool>,
    zones_told_as_all: Option<bool>,
    silent_when_idle: Option<bool>,
}

/// Answers a request for `path` below the controls' own path.
pub(crate) fn answer(
    region: &Region,
    method: &Method,
    path: &str,
    body: &Bytes,
) -> Response<Bytes> {
    let outcome = match (method.as_str(), path) {
        ("GET", "clock") => Ok(clock(region)),
        ("POST", "clock") => read::<Rate>(body).map(|r| {
            region.set_rate(r.rate);
            clock(region)
        }),
        ("POST", "advance") => read::<Advance>(body).and_then(|a| advance(region, a.seconds)),
        ("GET", "counters") => Ok(json!(region.counters())),
        ("POST", "faults") => read::<Fault>(body).map(|fault| {
            region.inject(fault);
            json!({ "injected": true })
        }),
        ("DELETE", "faults") => {
            region.clear_faults();
            Ok(json!({ "cleared": true }))
        }
        ("POST", "policy") => Policy::read(body)
            .map_err(|error| told(&error))
            .map(|policy| {
                region.set_policy(Some(policy));
                json!({ "held": true })
            }),
        ("DELETE", "policy") => {
            region.set_policy(None);
            Ok(json!({ "held": false }))
        }
        ("GET", "lag") => Ok(json!({ "seconds": region.lag() })),
        ("POST", "lag") => read::<Late>(body).and_then(|late| lag(region, late.seconds)),
        ("POST", "options") => read::<Options>(body).map(|o| options(region, &o)),
        ("GET", "traffic") => Ok(traffic(region)),
        ("GET", "messages") => Ok(json!(region.with_world(|world| world.messages()))),
        ("POST", "queue") => read::<Filled>(body).and_then(|filled| queue(region, filled)),
        ("POST", "traffic") => read::<Asking>(body).and_then(|asking| ask(region, asking)),
        ("POST", "application") => {
            read::<Application>(body).and_then(|wanted| application(region, wanted))
        }
        ("POST", "code") => read::<Code>(body).map(|wanted| code(region, &wanted)),
        ("POST", "dependency") => read::<Asked>(body).and_then(|asked| dependency(region, &asked)),
        ("POST", "newer") => read::<Known>(body).map(|known| {
            region.with_world(|world| world.newer.insert(known.member));
            json!({ "known": true })
        }),
        ("POST", "tags") => read::<Tagged>(body).and_then(|tagged| tag(region, &tagged)),
        ("POST", "share") => read::<Share>(body).map(|s| {
            region.set_bucket_share(s.share);
            json!({ "share": s.share })
        }),
        _ => {
            return written(
                404,
                &json!({ "error": format!("{method} {path} is not a control of the simulation") }),
            );
        }
    };
    match outcome {
        Ok(answer) => written(200, &answer),
        Err(why) => written(400, &json!({ "error": why })),
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a Bytes) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|e| e.to_string())
}

/// An error with what it came from.
fn told(error: &dyn std::error::Error) -> String {
    let cause = error
        .source()
        .map_or_else(String::new, |c| format!(": {c}"));
    format!("{error}{cause}")
}

fn advance(region: &Region, seconds: f64) -> Result<Json, String> {
    /// One request may not keep the region busy for ever.
    const FARTHEST: f64 = 366.0 * 86_400.0;
    let by = Duration::try_from_secs_f64(seconds).map_err(|e| format!("seconds: {e}"))?;
    if seconds > FARTHEST {
        return Err("seconds: more than a year at once".to_owned());
    }
    region.advance(by);
    Ok(clock(region))
}

fn lag(region: &Region, seconds: f64) -> Result<Json, String> {
    /// Longer than anything that AWS was seen to take.
    const MOST: f64 = 300.0;
    if !(0.0..=MOST).contains(&seconds) {
        return Err(format!("seconds: 0 to {MOST}"));
    }
    region.set_lag(seconds);
    Ok(json!({ "seconds": seconds }))
}

/// What customers saw so far, by service.
fn traffic(region: &Region) -> Json {
    let seen = region.with_world(World::traffic);
    let row = |t: Traffic| json!({ "total": t.total, "failed": t.failed, "failedOnIpv6": t.failed_on_ipv6 });
    Json::Object(
        seen.into_iter()
            .map(|(service, t)| (service, row(t)))
            .collect(),
    )
}

fn queue(region: &Region, filled: Filled) -> Result<Json, String> {
    const MOST: f64 = 1e6;
    for (name, value) in [("arrivals", filled.arrivals), ("takes", filled.takes)] {
        if !(value > 0.0 && value <= MOST) {
            return Err(format!("{name}: more than 0 and at most {MOST}"));
        }
    }
    let queue = Queue {
        name: filled.name,
        worker: filled.worker,
        arrivals: filled.arrivals,
        takes: filled.takes,
    };
    region.with_world(|world| world.add_queue(queue));
    Ok(json!({ "filled": true }))
}

fn ask(region: &Region, asking: Asking) -> Result<Json, String> {
    /// What a large site has; far more would overflow the counts.
    const MOST: f64 = 1e6;
    if !(asking.rate > 0.0 && asking.rate <= MOST) {
        return Err(format!("rate: more than 0 and at most {MOST}"));
    }
    let lasting = asking
        .lasting_seconds
        .map(SignedDuration::try_from_secs_f64)
        .transpose()
        .map_err(|e| format!("lastingSeconds: {e}"))?;
    region.with_world(|world| {
        let source = Source {
            service: asking.service,
            load_balancer: balancer(world, &asking.load_balancer)?,
            port: asking.port,
            host: asking.host,
            path: asking.path,
            rate: asking.rate,
            family: crate::world::behaviour::Family::V4,
        };
        match lasting {
            Some(lasting) => world.add_sessions(source, lasting),
            None => world.add_traffic(source),
        }
        Ok(json!({ "asking": true }))
    })
}

/// The ARN of the load balancer that a person means.
fn balancer(world: &World, named: &str) -> Result<String, String> {
    let all = &world.elb.load_balancers;
    let found = all.values().find(|l| l.arn == named || l.name == named);
    let of_lattice = world.lattice.services.get_key_value(named);
    let arn = found.map(|l| &l.arn).or(of_lattice.map(|(arn, _)| arn));
    arn.cloned().ok_or_else(|| {
        let names: Vec<&str> = all.values().map(|l| l.name.as_str()).collect();
        let there = match names.as_slice() {
            [] => "this region has no load balancer".to_owned(),
            names => format!("there are {}", names.join(", ")),
        };
        format!("loadBalancer: no load balancer has the name or ARN '{named}'; {there}")
    })
}

fn application(region: &Region, wanted: Application) -> Result<Json, String> {
    if !(0.0..=1.0).contains(&wanted.ipv6_errors) {
        return Err("ipv6Errors: 0 to 1".to_owned());
    }
    let mut behaviour = Behaviour::default();
    behaviour.v6.error_share = wanted.ipv6_errors;
    let told = Told {
        image: repository_and_tag(&wanted.image),
        text: wanted.told,
    };
    region.with_world(|world| world.tell(told, behaviour));
    Ok(json!({ "told": true }))
}

fn code(region: &Region, wanted: &Code) -> Json {
    let image = repository_and_tag(&wanted.image);
    region.with_world(|world| {
        let app = world.behaviours.entry(image).or_default();
        app.cut_off = wanted.cut_off.unwrap_or(app.cut_off);
        app.v6.ends_after = wanted.ends_after.or(app.v6.ends_after);
        app.v6.listens = wanted.listens.unwrap_or(app.v6.listens);
    });
    json!({ "told": true })
}

fn dependency(region: &Region, asked: &Asked) -> Result<Json, String> {
    if !(0.0..=1.0).contains(&asked.share) {
        return Err("share: 0 to 1".to_owned());
    }
    let one = Dependency {
        ipv4: asked.ipv4,
        ipv6: asked.ipv6,
        port: asked.port,
        share: asked.share,
        sent: asked.sent.into(),
        received: asked.received.into(),
    };
    let image = repository_and_tag(&asked.image);
    region.with_world(|world| world.behaviours.entry(image).or_default().asks.push(one));
    Ok(json!({ "asks": true }))
}

fn tag(region: &Region, wanted: &Tagged) -> Result<Json, String> {
    let tags = wanted.tags.iter().map(|(k, v)| (k.as_str(), v.as_str()));
    let put = region.with_world(|world| system_tags::put(world, &wanted.arn, tags));
    put.map(|()| json!({ "tagged": true }))
        .map_err(|error| error.message)
}

fn options(region: &Region, wanted: &Options) -> Json {
    region.with_world(|world| {
        world.silent_when_idle = wanted.silent_when_idle.unwrap_or(world.silent_when_idle);
        let silent = world.silent_when_idle;
        let elb = &mut world.elb;
        elb.short_lists = wanted.short_lists.unwrap_or(elb.short_lists);
        elb.zones_told_as_all = wanted.zones_told_as_all.unwrap_or(elb.zones_told_as_all);
        json!({
            "shortLists": elb.short_lists,
            "zonesToldAsAll": elb.zones_told_as_all,
            "silentWhenIdle": silent,
        })
    })
}

fn clock(region: &Region) -> Json {
    let reading = region.clock();
    json!({ "epoch": reading.epoch.to_string(), "now": reading.now.to_string(), "rate": reading.rate })
}

fn written(status: u16, answer: &Json) -> Response<Bytes> {
    let body = Bytes::from(answer.to_string());
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(body);
    // A known status and an ASCII header: the builder has nothing to refuse.
    response.unwrap_or_default()
}
