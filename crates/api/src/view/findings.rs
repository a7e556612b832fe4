//! What preflight found: in the tree.
//!
//! What belongs here: the words. What must not: when something is found (`sixshift_core::readiness`).

use sixshift_core::{
    observation::Observation,
    plan::Plan,
    readiness::{Counted, Finding, Severity, findings},
};

use crate::model::Node;

/// One node for all of them, where there are any.
pub(super) fn node(plan: &Plan, seen: &Observation) -> Option<Node> {
    let all = findings(plan, seen);
    if all.is_empty() {
        return None;
    }
    let children: Vec<Node> = all.iter().map(finding).collect();
    let is = |state: &str| children.iter().any(|c| c.state == state);
    let state = ["bad", "warn"].into_iter().find(|s| is(s)).unwrap_or("ok");
    Some(Node {
        kind: "preflight".to_owned(),
        name: "findings".to_owned(),
        state: state.to_owned(),
        detail: Counted::of(&all).to_string(),
        children,
        ..Node::default()
    })
}

fn finding(finding: &Finding) -> Node {
    let (state, detail) = match (&finding.waived, finding.severity) {
        (Some(reason), _) => ("ok", format!("waived, {reason}: {}", finding.message)),
        (None, Severity::Block) => ("bad", format!("{}; {}", finding.message, finding.remedy)),
        (None, Severity::Warn) => ("warn", format!("{}; {}", finding.message, finding.remedy)),
        (None, Severity::Info) => ("ok", format!("{}; {}", finding.message, finding.remedy)),
    };
    Node {
        kind: "finding".to_owned(),
        name: finding.code.to_owned(),
        state: state.to_owned(),
        detail,
        ..Node::default()
    }
}
