//! `spec.warm`: what the twin must show before its first customer, and on which ways nobody could ask it.

use std::{collections::BTreeMap, ops::RangeInclusive, time::Duration};

use super::{
    super::{
        model::{Shift, Way},
        probe::{Expected, HttpProbe, Probe},
        source::{DEFAULT_PROBE_LATENCY, DEFAULT_PROBE_STATUS, DEFAULT_PROBE_TIMES},
        spelling,
    },
    cursor::{At, quoted},
    sink::Sink,
    spec::or_default,
};
use crate::names::PROBE_HEADER;

const EXAMPLE: &str = "{ probe: { http: { path: /orders } } }";
const PROBE: &str = "{ http: { path: /orders } }";
const HTTP: &str = "{ path: /orders }";
const HOST: &str = "shop.example.com";
const METHODS: &[&str] = &["GET", "HEAD", "OPTIONS"];
const TIMES: RangeInclusive<u64> = 1..=10;
const LATENCIES: RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_secs(5);
const LONGEST_PATH: usize = 1024;
const MOST_HEADERS: usize = 20;
const LONGEST_VALUE: usize = 1024;

/// Headers that are not the plan's to say, and why.
const NOT_HERE: &[(&str, &str, &str)] = &[
    (
        "host",
        "the host has a place of its own",
        "write host: beside path:",
    ),
    ("authorization", SECRET, WITHOUT),
    ("proxy-authorization", SECRET, WITHOUT),
    ("cookie", SECRET, WITHOUT),
    ("connection", BY_ITSELF, REMOVE),
    ("content-length", BY_ITSELF, REMOVE),
    ("expect", BY_ITSELF, REMOVE),
    ("te", BY_ITSELF, REMOVE),
    ("transfer-encoding", BY_ITSELF, REMOVE),
    ("upgrade", BY_ITSELF, REMOVE),
    (
        PROBE_HEADER,
        "by this header the load balancer knows the request; it is set by itself",
        REMOVE,
    ),
];
const SECRET: &str = "git is no place for what lets somebody in";
const WITHOUT: &str = "ask for something that needs no sign-in";
const BY_ITSELF: &str = "this is the connection's own, and there is no body";
const REMOVE: &str = "remove it";

/// Ways of asking that are not built.
const NOT_BUILT: &[(&str, &str)] = &[
    ("grpc", "only HTTP and HTTPS requests are sent so far"),
    ("tcp", "only HTTP and HTTPS requests are sent so far"),
    (
        "through",
        "requests go through the load balancer alone so far: the tasks' own addresses are not asked",
    ),
];

pub(super) fn warm(at: &At, shift: Option<&Shift>, sink: &mut Sink<'_>) -> Option<Option<Probe>> {
    let mut fields = at.fields(sink, EXAMPLE)?;
    let probe = or_default(fields.optional("probe"), None, |at| {
        let probe = probe(at, sink);
        let refused = shift.and_then(refused);
        if let Some((message, remedy)) = refused {
            at.report(sink, message, remedy);
            return None;
        }
        probe.map(Some)
    });
    fields.close(sink);
    probe
}

/// Why nobody can be asked on a way, and what to do.
fn refused(shift: &Shift) -> Option<(&'static str, &'static str)> {
    if shift.choice.is_open() {
        return None;
    }
    Some(match shift.way {
        Way::Weights => return None,
        Way::Lattice => (
            "through a service of VPC Lattice no requests are sent so far",
            "remove it; the twin's health is proven all the same",
        ),
        Way::Families => (
            "the rules of a Network Load Balancer know clients by their family alone, so no rule is met by our requests only",
            "remove it; the twin's health is proven all the same",
        ),
        Way::Tasks | Way::Names | Way::InPlace(_) => (
            "nothing stands before such a service through which it could be asked",
            "remove it",
        ),
    })
}

fn probe(at: &At, sink: &mut Sink<'_>) -> Option<Probe> {
    let mut fields = at.fields(sink, PROBE)?;
    let mut sound = true;
    for (key, why) in NOT_BUILT {
        if let Some(at) = fields.refused(key) {
            at.report(sink, *why, "remove it, and write http:");
            sound = false;
        }
    }
    let http = fields.required(sink, "http", HTTP);
    let http = http.and_then(|at| http_probe(&at, sink));
    let expect = or_default(fields.optional("expect"), default_expected(), |at| {
        expected(at, sink)
    });
    let times = or_default(fields.optional("times"), DEFAULT_PROBE_TIMES, |at| {
        let times = at.whole(sink, "5")?;
        if TIMES.contains(&times) {
            return u32::try_from(times).ok();
        }
        at.report(sink, "1 to 10 answers are asked for", at.write("5"));
        None
    });
    fields.close(sink);
    sound.then_some(())?;
    Some(Probe {
        http: http?,
        expect: expect?,
        times: times?,
    })
}

fn http_probe(at: &At, sink: &mut Sink<'_>) -> Option<HttpProbe> {
    let mut fields = at.fields(sink, HTTP)?;
    let path = fields.required(sink, "path", "/orders");
    let path = path.and_then(|at| {
        let what = "path: it begins with /, without a fragment, at most 1024 characters";
        at.text_like(sink, what, "/orders", is_path)
    });
    let method = or_default(fields.optional("method"), "GET".to_owned(), |at| {
        at.word_of(sink, METHODS, |word| {
            METHODS.contains(&word).then(|| word.to_owned())
        })
    });
    let host = or_default(fields.optional("host"), None, |at| {
        at.text_like(sink, "host name, without a port", HOST, is_host)
            .map(Some)
    });
    let headers = or_default(fields.optional("headers"), BTreeMap::new(), |at| {
        headers(at, sink)
    });
    fields.close(sink);
    Some(HttpProbe {
        method: method?,
        path: path?,
        host: host?,
        headers: headers?,
    })
}

fn headers(at: &At, sink: &mut Sink<'_>) -> Option<BTreeMap<String, String>> {
    let all = at.fields(sink, "{ accept: text/html }")?.all();
    if all.len() > MOST_HEADERS {
        let message = format!(
            "{} headers stand here; {MOST_HEADERS} are the most",
            all.len()
        );
        at.report(sink, message, "remove some");
        return None;
    }
    let count = all.len();
    let mut headers = BTreeMap::new();
    for (name, value) in all {
        let text = value.text(sink, "text/html").map(str::to_owned);
        let small = name.to_ascii_lowercase();
        let not_here = NOT_HERE.iter().find(|(n, ..)| *n == small);
        if let Some((_, why, remedy)) = not_here {
            value.report(sink, *why, *remedy);
        } else if !is_header(&small) {
            let message = format!("{} is no name of a header", quoted(&name));
            value.report(sink, message, "use letters, digits and dashes, at most 128");
        } else if let Some(text) = text {
            if !is_value(&text) {
                let message = "a header's value is 1 to 1024 characters that can be seen, of ASCII";
                value.report(sink, message, value.write_like("text/html"));
            } else if headers.insert(small, text).is_some() {
                value.report(sink, "this header stands here twice", "remove one of them");
            }
        }
    }
    (headers.len() == count).then_some(headers)
}

fn expected(at: &At, sink: &mut Sink<'_>) -> Option<Expected> {
    let mut fields = at.fields(sink, "{ status: 200-299, latency: 300ms }")?;
    let default = default_expected();
    let status = or_default(fields.optional("status"), default.status, |at| {
        let found = at.status(sink, DEFAULT_PROBE_STATUS);
        found.and_then(|text| status(&text)).or_else(|| {
            let message =
                "a status such as 200, or the first and the last such as 200-299, belongs here";
            at.report(sink, message, at.write(DEFAULT_PROBE_STATUS));
            None
        })
    });
    let latency = or_default(fields.optional("latency"), default.latency, |at| {
        let latency = at.latency(sink, "300ms")?;
        if LATENCIES.contains(&latency) {
            return Some(latency);
        }
        at.report(
            sink,
            "an answer is waited for from 1ms to 5s",
            at.write("300ms"),
        );
        None
    });
    fields.close(sink);
    Some(Expected {
        status: status?,
        latency: latency?,
    })
}

pub(in crate::plan) fn default_expected() -> Expected {
    Expected {
        status: status(DEFAULT_PROBE_STATUS).unwrap_or((200, 299)),
        latency: spelling::latency(DEFAULT_PROBE_LATENCY).unwrap_or_default(),
    }
}

fn status(text: &str) -> Option<(u16, u16)> {
    let one = |text: &str| {
        let is_whole = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
        let status = is_whole.then(|| text.parse().ok()).flatten();
        status.filter(|status: &u16| (100..=599).contains(status))
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (one(first)?, one(last)?);
    (first <= last).then_some((first, last))
}

fn is_path(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}#".contains(c);
    text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= LONGEST_PATH
        && text.chars().all(is_plain)
}

fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=63).contains(&label.len()) && label.chars().all(is_plain) && !label.starts_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

fn is_header(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=128).contains(&text.len()) && text.chars().all(is_plain)
}

fn is_value(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_graphic() || c == ' ';
    (1..=LONGEST_VALUE).contains(&text.len()) && text.trim() == text && text.chars().all(is_plain)
}
