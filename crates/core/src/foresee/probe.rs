//! Requests of our own to the twin, in imagination: their rule, and answers as the plan expects them.
//!
//! What must not be here: whether they will be answered so.

use std::time::Duration;

use super::{
    NEW,
    change::{Change, made},
    resource::group_name,
};
use crate::{
    action::NewProbeRule,
    names::PROBE_HEADER,
    observation::{Answer, Answers, Forward, Known, Observation, ProbeRule, Probing},
    plan::Plan,
};

pub(super) fn make(seen: &mut Observation, rule: &NewProbeRule) {
    let mut conditions = rule.expects.clone();
    conditions.push((format!("header {PROBE_HEADER}"), vec![rule.value.clone()]));
    let made = ProbeRule {
        arn: format!(
            "{}/{NEW}",
            rule.listener.replacen(":listener/", ":listener-rule/", 1)
        ),
        listener: rule.listener.clone(),
        priority: rule.priority,
        conditions,
        forward: Forward::to(&rule.group),
        actions: vec!["forward".to_owned()],
        fingerprint: String::new(),
        tags: rule.tags.clone().into(),
    };
    if let Known::Seen(probing) = &mut seen.probing {
        probing.rules.push(made);
    } else {
        seen.probing = Known::Seen(Box::new(Probing {
            rules: vec![made],
            ..Probing::default()
        }));
    }
}

pub(super) fn drop_rule(seen: &mut Observation, arn: &str) {
    if let Known::Seen(probing) = &mut seen.probing {
        probing.rules.retain(|rule| rule.arn != arn);
        probing.answers = Answers::NotAsked;
    }
}

pub(super) fn changes(rule: &NewProbeRule) -> Vec<Change> {
    let header = format!("{PROBE_HEADER}: {}", rule.value);
    made([
        ("before", rule.named.clone()),
        ("header", header),
        ("forward", group_name(&rule.group).to_owned()),
    ])
}

/// The next look has answers, where there is a rule that leads to them.
pub(super) fn answered(plan: &Plan, seen: &mut Observation) {
    let (Some(probe), Known::Seen(probing)) = (&plan.probe, &mut seen.probing) else {
        return;
    };
    if probing.rules.is_empty() || probing.answers != Answers::NotAsked {
        return;
    }
    let good = Answer {
        status: probe.expect.status.0,
        took: Duration::ZERO,
    };
    probing.answers = Answers::Came(vec![good; probe.times as usize]);
}

/// Requests of our own in a minute.
pub(super) fn sent(seen: &Observation) -> f64 {
    match seen.probing.seen().map(|probing| &probing.answers) {
        Some(Answers::Came(answers)) => answers.len() as f64,
        _ => 0.0,
    }
}
