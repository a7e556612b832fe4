//! `spec.health.tasks`: limits on what the tasks of IPv6 take, by ECS's own figures.
//!
//! What must not be here: which figures those are ([`super::super::gauge::OfTasks`]).

use super::{
    super::gauge::{Gauge, OfTasks},
    cursor::At,
    health::{MOST_WORSE, fraction},
    sink::Sink,
    spec::or_default,
    watched::Watched,
};

/// As metrics of the plan.
pub(super) fn tasks(at: &At, watched: Watched, sink: &mut Sink<'_>) -> Option<Vec<Gauge>> {
    let mut fields = at.fields(sink, "{ memory: { worseThanIpv4By: 50% } }")?;
    let cpu = fields.optional("cpu");
    let memory = fields.optional("memory");
    if cpu.is_none() && memory.is_none() {
        at.report(
            sink,
            "no limit stands here; that tasks end or fail is judged without one",
            "add memory: { worseThanIpv4By: 50% }, or remove it",
        );
    }
    fields.close(sink);
    let cpu = or_default(cpu, None, |at| cpu_limit(at, sink).map(Some));
    let memory = or_default(memory, None, |at| memory_limit(at, watched, sink).map(Some));
    Some([cpu?, memory?].into_iter().flatten().collect())
}

fn cpu_limit(at: &At, sink: &mut Sink<'_>) -> Option<Gauge> {
    let mut fields = at.fields(sink, "{ max: 90% }")?;
    let max = fields.required(sink, "max", "90%");
    fields.close(sink);
    let max = fraction(&max?, sink, "90%", MOST_WORSE)?;
    Some(OfTasks::Cpu.gauge(Some(max), None))
}

fn memory_limit(at: &At, watched: Watched, sink: &mut Sink<'_>) -> Option<Gauge> {
    let before = sink.count();
    let mut fields = at.fields(sink, "{ worseThanIpv4By: 50% }")?;
    let (max_at, worse_at) = (fields.optional("max"), fields.optional("worseThanIpv4By"));
    fields.close(sink);
    if max_at.is_none() && worse_at.is_none() {
        at.report(
            sink,
            "nothing says how much is too much",
            "add max: 90%, or worseThanIpv4By: 50%",
        );
    }
    if let Some(at) = worse_at.as_ref().filter(|_| watched.is_in_place()) {
        at.report(
            sink,
            "in place the sides never run at the same time, and the time before had another load",
            "give it max: in its place",
        );
    }
    let max = or_default(max_at, None, |at| {
        fraction(at, sink, "90%", MOST_WORSE).map(Some)
    });
    let worse = or_default(worse_at, None, |at| {
        fraction(at, sink, "50%", MOST_WORSE).map(Some)
    });
    let gauge = OfTasks::Memory.gauge(max?, worse?);
    (sink.count() == before).then_some(gauge)
}
