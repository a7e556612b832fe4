//! `spec.retire`: how the IPv4 side ends.

use std::time::Duration;

use super::{
    super::{
        model::{Deletable, Retire, RetireApproval},
        source::{DEFAULT_DELETE, DEFAULT_KEEP_COLD, DEFAULT_MIN_DRAIN},
        spelling,
    },
    cursor::At,
    sink::Sink,
    spec::{or_default, unique},
};

const COLDEST: Duration = Duration::from_secs(365 * 86_400);
/// CloudWatch's figures of five minutes are read for no longer.
const LONGEST_DRAIN: Duration = Duration::from_secs(7 * 86_400);

pub(in crate::plan) fn default() -> Retire {
    Retire {
        approval: RetireApproval::default(),
        min_drain: default_min_drain(),
        keep_cold: default_keep_cold(),
        delete: DEFAULT_DELETE.to_vec(),
    }
}

fn default_keep_cold() -> Duration {
    spelling::duration(DEFAULT_KEEP_COLD).unwrap_or_default()
}

fn default_min_drain() -> Duration {
    spelling::duration(DEFAULT_MIN_DRAIN).unwrap_or_default()
}

pub(super) fn retire(at: &At, sink: &mut Sink<'_>) -> Option<Retire> {
    let mut fields = at.fields(sink, "{ keepCold: 72h }")?;
    let approval = or_default(
        fields.optional("approval"),
        RetireApproval::default(),
        |at| at.word(sink),
    );
    let min_drain = or_default(fields.optional("minDrain"), default_min_drain(), |at| {
        min_drain(at, sink)
    });
    let keep_cold = or_default(fields.optional("keepCold"), default_keep_cold(), |at| {
        keep_cold(at, sink)
    });
    let delete = or_default(fields.optional("delete"), DEFAULT_DELETE.to_vec(), |at| {
        delete(at, sink)
    });
    fields.close(sink);
    Some(Retire {
        approval: approval?,
        min_drain: min_drain?,
        keep_cold: keep_cold?,
        delete: delete?,
    })
}

fn min_drain(at: &At, sink: &mut Sink<'_>) -> Option<Duration> {
    let min_drain = at.duration(sink, DEFAULT_MIN_DRAIN)?;
    if min_drain > LONGEST_DRAIN {
        let longest = spelling::duration_text(LONGEST_DRAIN);
        let remedy = "close longer streams at the application before the IPv4 side goes";
        at.report(sink, format!("minDrain is at most {longest}"), remedy);
        return None;
    }
    Some(min_drain)
}

fn keep_cold(at: &At, sink: &mut Sink<'_>) -> Option<Duration> {
    let keep_cold = at.duration(sink, DEFAULT_KEEP_COLD)?;
    if keep_cold > COLDEST {
        let longest = spelling::duration_text(COLDEST);
        let remedy = "write delete: [] to keep the IPv4 side for good";
        at.report(sink, format!("keepCold is at most {longest}"), remedy);
        return None;
    }
    Some(keep_cold)
}

fn delete(at: &At, sink: &mut Sink<'_>) -> Option<Vec<Deletable>> {
    let items = at.list(sink, "[service, targetGroup]")?;
    let delete = unique(&items, sink, |item, sink| item.word(sink))?;
    if delete == [Deletable::TargetGroup] {
        at.report(
            sink,
            "a target group cannot go while its service stays",
            at.write("[service, targetGroup]"),
        );
        return None;
    }
    Some(delete)
}
