//! What the plan's alarms say, and which of them are silent by nature.
//!
//! An alarm whose metric is published only when there is something to count rests in INSUFFICIENT_DATA while all is well,
//! unless it treats missing data as not breaching. Its silence must not hold a migration for ever, and proves nothing.

use jiff::Timestamp;

use super::{Limits, Signal, SignalVerdict, Verdict};
use crate::{
    names::metric_dimension,
    observation::{Alarm, Known, Missing, Pair},
};

/// Elastic Load Balancing, "CloudWatch metrics for your Application Load Balancer": reported where there is a nonzero value.
const ONLY_WHEN_NOT_ZERO: &[&str] = &[
    "ClientTLSNegotiationErrorCount",
    "DroppedInvalidHeaderRequestCount",
    "ELBAuthError",
    "ELBAuthFailure",
    "LambdaInternalError",
    "LambdaUserError",
    "RejectedConnectionCount",
    "TargetConnectionErrorCount",
    "TargetTLSNegotiationErrorCount",
];

/// Why an alarm without data says nothing, neither good nor bad; `None` where it has data, or ought to have some.
/// `twin_since` is when the twin was created.
#[must_use]
pub fn silence(
    alarm: &Alarm,
    pairs: &[Pair],
    twin_since: Option<Timestamp>,
) -> Option<&'static str> {
    let waits = matches!(
        alarm.missing,
        None | Some(Missing::Missing | Missing::Ignore)
    );
    if alarm.state != "INSUFFICIENT_DATA" || !waits {
        None
    } else if is_only_when_not_zero(alarm) {
        Some("its metric is reported only when it is not zero")
    } else if watches_only_ipv4(alarm, pairs) {
        Some("it watches the IPv4 side only")
    } else if twin_since.is_none_or(|since| alarm.since <= since) {
        Some("it had no data before the twin was made either")
    } else {
        None
    }
}

fn is_only_when_not_zero(alarm: &Alarm) -> bool {
    !alarm.watches.is_empty()
        && alarm.watches.iter().all(|w| {
            w.namespace == "AWS/ApplicationELB"
                && (w.metric.starts_with("HTTPCode_")
                    || ONLY_WHEN_NOT_ZERO.contains(&w.metric.as_str()))
        })
}

/// Whether every metric of an alarm is of an IPv4 target group: it says nothing about the twin.
#[must_use]
pub fn watches_only_ipv4(alarm: &Alarm, pairs: &[Pair]) -> bool {
    let is_ipv4 = |group: &String| {
        pairs
            .iter()
            .any(|p| metric_dimension(&p.ipv4_arn) == group.as_str())
    };
    !alarm.watches.is_empty()
        && alarm
            .watches
            .iter()
            .all(|w| w.dimensions.get("TargetGroup").is_some_and(is_ipv4))
}

/// What one alarm says.
enum Says {
    Verdict(Verdict, Option<String>),
    /// Neither good nor bad.
    Nothing(String),
}

pub(crate) fn alarms(limits: Limits<'_>) -> SignalVerdict {
    let wanted = &limits.policy.alarms;
    let (verdict, note, samples) = match limits.alarms {
        Known::Unknown(why) => (Verdict::Error, Some(why.to_string()), 0),
        Known::Absent => (
            Verdict::Error,
            Some(format!("alarm {} does not exist", wanted.join(", "))),
            0,
        ),
        Known::Seen(seen) => together(limits, wanted.iter().map(|name| says(limits, seen, name))),
    };
    SignalVerdict {
        signal: Signal::Alarms,
        verdict,
        observed: None,
        limit: None,
        samples,
        note,
        own: None,
    }
}

fn says(limits: Limits<'_>, seen: &[Alarm], name: &str) -> Says {
    let Some(alarm) = seen.iter().find(|a| a.name == name) else {
        return Says::Verdict(Verdict::Error, Some(format!("alarm {name} does not exist")));
    };
    match alarm.state.as_str() {
        "ALARM" => Says::Verdict(Verdict::Bad, Some(format!("alarm {name} is in ALARM"))),
        "OK" => Says::Verdict(Verdict::Good, None),
        state => match silence(alarm, limits.pairs, limits.twin_since) {
            Some(why) => Says::Nothing(format!("alarm {name} has no data and says nothing: {why}")),
            None => {
                let lost = "if it has data only when something is wrong, set its treat missing data to notBreaching";
                let note = format!("alarm {name} is in {state}: {lost}");
                Says::Verdict(Verdict::NoData, Some(note))
            }
        },
    }
}

/// The worst of those that say something. Where none does, and nothing else is measured, nothing is proven.
fn together(limits: Limits<'_>, all: impl Iterator<Item = Says>) -> (Verdict, Option<String>, u64) {
    let (mut worst, mut silent, mut spoke) = (None::<(Verdict, Option<String>)>, None, 0);
    for one in all {
        match one {
            Says::Nothing(why) => silent = silent.or(Some(why)),
            Says::Verdict(verdict, note) => {
                spoke += 1;
                if worst.as_ref().is_none_or(|(w, _)| verdict > *w) {
                    worst = Some((verdict, note));
                }
            }
        }
    }
    match worst {
        Some((Verdict::Good, _)) => (Verdict::Good, silent, spoke),
        Some((verdict, note)) => (verdict, note, spoke),
        None if limits.measures_itself() => (Verdict::Good, silent, spoke),
        None => (Verdict::NoData, silent, spoke),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        observation::Watched,
        plan::{ErrorRateLimit, HealthPolicy, OnBad, OnTooFew},
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn alarm(metric: &str, missing: Missing, since: i64) -> Alarm {
        Alarm {
            name: "a".to_owned(),
            state: "INSUFFICIENT_DATA".to_owned(),
            reason: None,
            since: at(since),
            missing: Some(missing),
            watches: vec![Watched {
                namespace: "AWS/ApplicationELB".to_owned(),
                metric: metric.to_owned(),
                dimensions: BTreeMap::new(),
            }],
        }
    }

    fn verdict(alarm: Alarm, measures: bool) -> (Verdict, u64) {
        let policy = HealthPolicy {
            error_rate: measures.then_some(ErrorRateLimit {
                max: 0.01,
                worse_than_ipv4_by: None,
            }),
            client_error_rate: None,
            latency_p99: None,
            min_requests: 100,
            on_too_few: OnTooFew::Wait,
            alarms: vec!["a".to_owned()],
            metrics: vec![],
            on_bad: OnBad::Rollback,
        };
        let seen = Known::Seen(vec![alarm]);
        let limits = Limits {
            alarms: &seen,
            twin_since: Some(at(100)),
            ..Limits::of_policy(&policy)
        };
        let said = alarms(limits);
        (said.verdict, said.samples)
    }

    #[test]
    fn an_error_alarm_that_rests_holds_nothing_up() {
        let resting = alarm("HTTPCode_Target_5XX_Count", Missing::Missing, 500);
        assert_eq!(verdict(resting, true), (Verdict::Good, 0));
    }

    #[test]
    fn an_alarm_that_was_silent_before_the_twin_holds_nothing_up() {
        let before = alarm("TargetResponseTime", Missing::Ignore, 100);
        assert_eq!(verdict(before, true), (Verdict::Good, 0));
    }

    #[test]
    fn an_alarm_that_lost_its_data_since_then_does() {
        let after = alarm("TargetResponseTime", Missing::Missing, 101);
        assert_eq!(verdict(after, true), (Verdict::NoData, 1));
    }

    #[test]
    fn an_alarm_that_knows_what_silence_means_is_not_at_rest() {
        for missing in [Missing::NotBreaching, Missing::Breaching] {
            let new = alarm("HTTPCode_Target_5XX_Count", missing, 50);
            assert_eq!(verdict(new, true), (Verdict::NoData, 1));
        }
    }

    #[test]
    fn silence_alone_proves_nothing() {
        let resting = alarm("HTTPCode_Target_5XX_Count", Missing::Missing, 50);
        assert_eq!(verdict(resting, false), (Verdict::NoData, 0));
    }

    #[test]
    fn an_alarm_of_the_ipv4_target_group_falls_silent_with_its_traffic() {
        let mut of_ipv4 = alarm("TargetResponseTime", Missing::Missing, 500);
        of_ipv4.watches[0].dimensions =
            BTreeMap::from([("TargetGroup".to_owned(), "targetgroup/v4/1".to_owned())]);
        let pair = Pair {
            ipv4_arn: "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/v4/1".to_owned(),
            ipv4: Known::Absent,
            ipv6: Known::Absent,
            ipv6_name: "v6".to_owned(),
        };
        let why = silence(&of_ipv4, std::slice::from_ref(&pair), Some(at(100)));
        assert_eq!(why, Some("it watches the IPv4 side only"));
        of_ipv4.watches.push(Watched::default());
        assert_eq!(silence(&of_ipv4, &[pair], Some(at(100))), None);
    }
}
