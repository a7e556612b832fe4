//! `spec.preflight`: what preflight finds and shall stop nothing.

use super::{
    super::model::{Preflight, Waiver},
    cursor::{At, quoted},
    sink::Sink,
    spec::or_default,
    suggest::closest,
};
use crate::readiness::{Waiving, check, checks};

const EXAMPLE: &str = "{ waive: [{ finding: one-zone, reason: … }] }";
const WAIVER: &str = "{ finding: one-zone, reason: … }";
const REASON: &str = "nobody waits for it";
const LONGEST_REASON: usize = 500;

pub(super) fn preflight(at: &At, sink: &mut Sink<'_>) -> Option<Preflight> {
    let mut fields = at.fields(sink, EXAMPLE)?;
    let waive = or_default(fields.optional("waive"), Vec::new(), |at| waivers(at, sink));
    fields.close(sink);
    Some(Preflight { waive: waive? })
}

fn waivers(at: &At, sink: &mut Sink<'_>) -> Option<Vec<Waiver>> {
    let items = at.list(sink, &format!("[{WAIVER}]"))?;
    let mut waivers: Vec<Waiver> = Vec::new();
    for item in &items {
        let Some(waiver) = waiver(item, sink) else {
            continue;
        };
        if waivers.iter().any(|w| w.finding == waiver.finding) {
            item.report(sink, "this finding is waived before", "remove one of them");
        } else {
            waivers.push(waiver);
        }
    }
    (waivers.len() == items.len()).then_some(waivers)
}

fn waiver(at: &At, sink: &mut Sink<'_>) -> Option<Waiver> {
    let mut fields = at.fields(sink, WAIVER)?;
    let finding = fields
        .required(sink, "finding", "one-zone")
        .and_then(|at| finding(&at, sink));
    let reason = fields
        .required(sink, "reason", REASON)
        .and_then(|at| reason(&at, sink));
    fields.close(sink);
    Some(Waiver {
        finding: finding?,
        reason: reason?,
    })
}

fn finding(at: &At, sink: &mut Sink<'_>) -> Option<&'static str> {
    let text = at.text(sink, "one-zone")?;
    match check(text).map(|c| (c.name, c.waiving)) {
        Some((name, Waiving::ByReason)) => return Some(name),
        Some((name, Waiving::Never(why))) => at.report(
            sink,
            format!("{name} cannot be waived: {why}"),
            "put right what it names, and remove this",
        ),
        None => {
            let remedy = match closest(text, checks().flat_map(|c| [c.name, c.id])) {
                Some(word) => at.write(word),
                None => format!("write one of {}", waivable().join(", ")),
            };
            at.report(
                sink,
                format!("there is no finding {}", quoted(text)),
                remedy,
            );
        }
    }
    None
}

/// Names of the checks that a plan may take as they are, by the alphabet.
fn waivable() -> Vec<&'static str> {
    let waivable = checks().filter(|c| c.is_waivable());
    let mut names: Vec<_> = waivable.map(|c| c.name).collect();
    names.sort_unstable();
    names
}

fn reason(at: &At, sink: &mut Sink<'_>) -> Option<String> {
    let text = at.text(sink, REASON)?.trim();
    let complaint = match text.chars().count() {
        0 => "a waiver needs its reason: it is shown wherever the finding is".to_owned(),
        n if n > LONGEST_REASON => {
            format!("the reason has {n} characters; {LONGEST_REASON} are the most")
        }
        _ => return Some(text.to_owned()),
    };
    at.report(sink, complaint, at.write_like(REASON));
    None
}
