//! `spec.shift`: the steps, how they must follow each other, and the bake.

use std::{ops::RangeInclusive, time::Duration};

use super::{
    super::{
        model::{Choice, Shift, Step, StepGate, Way},
        source::{DEFAULT_BAKE, Via},
        spelling::{self, ALL, FINEST, PPM_PER_BASIS_POINT},
    },
    cursor::{At, Fields},
    families,
    gate::gate,
    in_place, names,
    sink::Sink,
    spec::or_default,
};
use crate::share::Share;

pub(super) const EXAMPLE: &str = "{ steps: [{ weight: 5%, hold: 15m }, { weight: 100% }] }";
const MOST_STEPS: usize = 50;
/// Metrics come once a minute and up to 3 minutes late; one-minute metrics are kept for 15 days.
const HOLDS: RangeInclusive<Duration> =
    Duration::from_secs(3 * 60)..=Duration::from_secs(14 * 86_400);
const BAKES: RangeInclusive<Duration> =
    Duration::from_secs(5 * 60)..=Duration::from_secs(14 * 86_400);

pub(super) fn shift(at: &At, sink: &mut Sink<'_>) -> Option<Shift> {
    let mut fields = at.fields(sink, EXAMPLE)?;
    let via = or_default(fields.optional("via"), Via::default(), |at| via(at, sink));
    if via == Some(Via::InPlace) {
        return in_place::shift(fields, sink);
    }
    if via == Some(Via::CloudMap) {
        return names::shift(fields, sink);
    }
    let choice = match via {
        Some(Via::Auto) => Choice::BySteps,
        _ => Choice::Named,
    };
    if families::is_meant(at) {
        return families::shift(fields, choice, sink);
    }
    if is_open(at) {
        return open(fields, sink);
    }
    refuse_in_place(&mut fields, sink);
    let steps_at = fields.required(
        sink,
        "steps",
        "[{ weight: 5%, hold: 15m }, { weight: 100% }]",
    );
    let steps = steps_at.and_then(|at| steps(&at, sink));
    let bake = bake(&mut fields, sink);
    fields.close(sink);
    Some(Shift {
        way: match via? {
            Via::TaskCount => Way::Tasks,
            Via::Lattice => Way::Lattice,
            _ => Way::Weights,
        },
        choice,
        steps: steps?,
        bake: bake?,
    })
}

/// Whether the plan leaves the way, and with it the steps, to what is before the service.
pub(super) fn is_open(shift: &At) -> bool {
    let via = shift.peek("via");
    via.is_some_and(|via| via.peek_text() == Some("auto")) && shift.peek("steps").is_none()
}

fn open(mut fields: Fields, sink: &mut Sink<'_>) -> Option<Shift> {
    refuse_in_place(&mut fields, sink);
    let bake = bake(&mut fields, sink);
    fields.close(sink);
    Some(Shift {
        way: Way::Weights,
        choice: Choice::ByService(None),
        steps: usual_steps(),
        bake: bake?,
    })
}

pub(super) fn refuse_in_place(fields: &mut Fields, sink: &mut Sink<'_>) {
    if let Some(at) = fields.optional("inPlace") {
        at.report(
            sink,
            "inPlace says how a service is moved in place, and this one is not",
            "remove it, or write via: inPlace",
        );
    }
}

/// Where nothing speaks for other steps, in basis points, with their least holds in minutes.
pub(crate) const USUAL: [(u16, u64); 3] = [(100, 10), (1_000, 15), (5_000, 30)];

/// What moves by weights where nothing speaks for other steps.
pub(in crate::plan) fn usual_steps() -> Vec<Step> {
    let step = |weight, minutes: u64| Step {
        weight,
        hold: Duration::from_secs(minutes * 60),
        gate: StepGate::Auto,
    };
    let rungs = USUAL.map(|(bp, minutes)| step(Share::from_basis_points(bp), minutes));
    rungs.into_iter().chain([step(Share::ALL, 0)]).collect()
}

pub(super) fn bake(fields: &mut Fields, sink: &mut Sink<'_>) -> Option<Duration> {
    or_default(fields.optional("bake"), default_bake(), |at| {
        let bake = at.duration(sink, DEFAULT_BAKE)?;
        within(at, sink, bake, &BAKES, "a bake")
    })
}

pub(in crate::plan) fn default_bake() -> Duration {
    spelling::duration(DEFAULT_BAKE).unwrap_or_default()
}

fn via(at: &At, sink: &mut Sink<'_>) -> Option<Via> {
    let via = at.word(sink)?;
    match via {
        Via::Auto
        | Via::AlbWeights
        | Via::InPlace
        | Via::TaskCount
        | Via::Nlb
        | Via::Lattice
        | Via::CloudMap => Some(via),
        Via::Route53 | Via::Cloudfront => {
            let word = at.peek_text().unwrap_or_default();
            at.report(
                sink,
                format!("{word} is planned, but not yet built"),
                "write via: albWeights, via: nlb, via: lattice, via: taskCount, via: cloudMap or via: inPlace, or leave it out",
            );
            None
        }
    }
}

fn steps(at: &At, sink: &mut Sink<'_>) -> Option<Vec<Step>> {
    let items = at.list(sink, "[{ weight: 5%, hold: 15m }, { weight: 100% }]")?;
    if items.is_empty() || items.len() > MOST_STEPS {
        let message = format!("{} steps stand here; 1 to {MOST_STEPS} must", items.len());
        let remedy = if items.is_empty() {
            "write - weight: 100%"
        } else {
            "leave some out"
        };
        at.report(sink, message, remedy);
        return None;
    }
    let last = items.len() - 1;
    // What was readable of each step, so that one that isn't doesn't hide how the others follow each other.
    let mut before: Option<u64> = None;
    let mut steps = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let (weight, step) = step(item, i == last, before, sink);
        // One that is too much has its own complaint, and says nothing of the next.
        before = weight.filter(|ppm| *ppm < ALL).or(before);
        steps.extend(step);
    }
    (steps.len() == items.len()).then_some(steps)
}

fn step(
    at: &At,
    is_last: bool,
    before: Option<u64>,
    sink: &mut Sink<'_>,
) -> (Option<u64>, Option<Step>) {
    let Some(mut fields) = at.fields(sink, "{ weight: 5%, hold: 15m }") else {
        return (None, None);
    };
    if let Some(at) = fields.optional("clients") {
        at.report(
            sink,
            "clients of a family are led by a Network Load Balancer alone",
            "write weight: 5%, or via: nlb",
        );
    }
    let weight_at = fields.required(sink, "weight", if is_last { "100%" } else { "5%" });
    let read = weight_at
        .as_ref()
        .and_then(|at| at.percent(sink, if is_last { "100%" } else { "5%" }));
    let weight = weight_at
        .zip(read)
        .and_then(|(at, ppm)| weight(&at, ppm, is_last, before, sink));
    let (hold, gate) = hold_and_gate(&mut fields, is_last, sink);
    fields.close(sink);
    let step = weight
        .zip(hold)
        .zip(gate)
        .map(|((weight, hold), gate)| Step { weight, hold, gate });
    (read, step)
}

/// How long a step of any way is proven, and what else it waits for.
pub(super) fn hold_and_gate(
    fields: &mut Fields,
    is_last: bool,
    sink: &mut Sink<'_>,
) -> (Option<Duration>, Option<StepGate>) {
    let hold = if is_last {
        refuse_hold(fields.optional("hold"), sink)
    } else {
        fields.required(sink, "hold", "15m").and_then(|at| {
            let hold = at.duration(sink, "15m")?;
            within(&at, sink, hold, &HOLDS, "a hold")
        })
    };
    let gate = or_default(fields.optional("gate"), StepGate::Auto, |at| {
        gate(at, is_last, sink)
    });
    (hold, gate)
}

fn weight(
    at: &At,
    ppm: u64,
    is_last: bool,
    before: Option<u64>,
    sink: &mut Sink<'_>,
) -> Option<Share> {
    let shown = spelling::percent_text(ppm);
    let complaint = match before {
        _ if ppm > ALL => Some((
            format!("{shown} is more than all"),
            "write weight: 100% at most".to_owned(),
        )),
        _ if ppm == 0 => Some(("a step at 0% moves nothing".to_owned(), at.write("1%"))),
        _ if !ppm.is_multiple_of(FINEST) => Some((
            format!("{shown} is finer than a load balancer's weights, which go in steps of 0.1%"),
            at.write(&spelling::percent_text((ppm / FINEST * FINEST).max(FINEST))),
        )),
        _ if is_last && ppm < ALL => Some((
            format!(
                "the last step leaves {} on IPv4",
                spelling::percent_text(ALL - ppm)
            ),
            at.write("100%"),
        )),
        Some(before) if ppm <= before => {
            let word = if ppm == before {
                "repeats"
            } else {
                "falls below"
            };
            let before = spelling::percent_text(before);
            Some((
                format!("{shown} {word} the step before, at {before}"),
                format!("write a weight above {before}"),
            ))
        }
        _ if !is_last && ppm == ALL => Some((
            "100% belongs to the last step".to_owned(),
            "remove the steps after it, or write less".to_owned(),
        )),
        _ => None,
    };
    if let Some((message, remedy)) = complaint {
        at.report(sink, message, remedy);
        return None;
    }
    u16::try_from(ppm / PPM_PER_BASIS_POINT)
        .ok()
        .map(Share::from_basis_points)
}

fn refuse_hold(at: Option<At>, sink: &mut Sink<'_>) -> Option<Duration> {
    let Some(at) = at else {
        return Some(Duration::ZERO);
    };
    let remedy = match at.peek_text() {
        Some(text) if !text.is_empty() => {
            format!("remove it and write spec.shift.bake: {}", text.trim())
        }
        _ => "remove it".to_owned(),
    };
    at.report(sink, "the hold of the last step is spec.shift.bake", remedy);
    None
}

/// A duration between bounds.
pub(super) fn within(
    at: &At,
    sink: &mut Sink<'_>,
    value: Duration,
    bounds: &RangeInclusive<Duration>,
    what: &str,
) -> Option<Duration> {
    if bounds.contains(&value) {
        return Some(value);
    }
    let (low, high) = (
        spelling::duration_text(*bounds.start()),
        spelling::duration_text(*bounds.end()),
    );
    let (message, nearest) = if value < *bounds.start() {
        (
            format!(
                "{what} under {low} proves nothing: metrics come once a minute and up to 3 minutes late"
            ),
            low,
        )
    } else {
        (
            format!("{what} over {high} cannot be proven: one-minute metrics are kept for 15 days"),
            high,
        )
    };
    at.report(sink, message, at.write(&nearest));
    None
}
