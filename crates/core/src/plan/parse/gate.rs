//! `gate:` of a step: a word, or a webhook with its address.
//!
//! What belongs here: what an address and a time-out must be. What must not: whether the daemon's settings allow the address,
//! which only it knows.

use std::{ops::RangeInclusive, time::Duration};

use super::{
    super::{
        model::{OnError, StepGate, WebhookGate},
        source::DEFAULT_GATE_TIMEOUT,
        spelling,
    },
    cursor::At,
    sink::Sink,
    spec::or_default,
};

const EXAMPLE: &str = "{ webhook: { url: https://gates.example.com/sixshift } }";
const URL: &str = "https://gates.example.com/sixshift";
const MOST_URL: usize = 2_048;
const TIMEOUTS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(30);

pub(super) fn gate(at: &At, is_last: bool, sink: &mut Sink<'_>) -> Option<StepGate> {
    let gate = match at.peek_text() {
        Some("webhook") => {
            let remedy = at.write(EXAMPLE);
            at.report(sink, "a webhook needs its address", remedy);
            None
        }
        Some(_) => at.word_of(sink, &["auto", "approval"], |word| match word {
            "auto" => Some(StepGate::Auto),
            "approval" => Some(StepGate::Approval),
            _ => None,
        }),
        None => webhook(at, sink),
    }?;
    if is_last && gate != StepGate::Auto {
        at.report(
            sink,
            "nothing comes after the last step that a gate could hold back",
            "put the gate on the step before, or write spec.retire.approval: required",
        );
        return None;
    }
    Some(gate)
}

fn webhook(at: &At, sink: &mut Sink<'_>) -> Option<StepGate> {
    let mut fields = at.fields(sink, EXAMPLE)?;
    let webhook = fields.required(sink, "webhook", &format!("{{ url: {URL} }}"));
    fields.close(sink);
    let mut fields = webhook?.fields(sink, &format!("{{ url: {URL} }}"))?;
    let url = fields.required(sink, "url", URL);
    let url = url.and_then(|at| address(&at, sink));
    let default = spelling::duration(DEFAULT_GATE_TIMEOUT).unwrap_or_default();
    let timeout = or_default(fields.optional("timeout"), default, |at| {
        let timeout = at.duration(sink, DEFAULT_GATE_TIMEOUT)?;
        if TIMEOUTS.contains(&timeout) {
            return Some(timeout);
        }
        let remedy = at.write(DEFAULT_GATE_TIMEOUT);
        at.report(sink, "an answer is waited for from 1s to 30s", remedy);
        None
    });
    let on_error = or_default(fields.optional("onError"), OnError::default(), |at| {
        at.word(sink)
    });
    fields.close(sink);
    Some(StepGate::Webhook(WebhookGate {
        url: url?,
        timeout: timeout?,
        on_error: on_error?,
    }))
}

fn address(at: &At, sink: &mut Sink<'_>) -> Option<String> {
    let url = at.text(sink, URL)?;
    let rest = url.strip_prefix("https://");
    let rest = rest.or_else(|| url.strip_prefix("http://"));
    let authority = rest.map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    let is_plain = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}#".contains(c);
    let complaint = match authority {
        None => "this is no address of a webhook",
        Some(authority) if authority.contains('@') => {
            "a user and a password are not sent, and git is no place for them"
        }
        Some(authority) if !is_host(authority) => "this address has no host",
        Some(_) if !url.chars().all(is_plain) => "this address has characters that none has",
        Some(_) if url.len() > MOST_URL => "this address is longer than 2048 characters",
        Some(_) => return Some(url.to_owned()),
    };
    let remedy = at.write_like(URL);
    at.report(sink, complaint, remedy);
    None
}

/// A name or an address, with or without a port.
fn is_host(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) => (
                host,
                port.strip_prefix(':').or(port.is_empty().then_some("1")),
            ),
            None => return false,
        },
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, Some("1")),
        },
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    let port = port.and_then(|port| port.parse::<u16>().ok());
    !host.is_empty() && host.chars().all(is_name) && port.is_some_and(|port| port > 0)
}
