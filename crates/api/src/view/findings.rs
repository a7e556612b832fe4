//! What preflight found: in the tree, and counted for the gates.
//!
//! What belongs here: the words. What must not: when something is found (`sixshift_core::readiness`).

use sixshift_core::{
    observation::Observation,
    plan::Plan,
    readiness::{Finding, Severity, findings},
};

use crate::model::Node;

/// How many there are of each sort, and each that the plan waives with its reason.
pub(super) struct Counted {
    pub(super) blocking: usize,
    warnings: usize,
    waived: Vec<String>,
}

impl Counted {
    pub(super) fn of(plan: &Plan, seen: &Observation) -> Self {
        let all = findings(plan, seen);
        let waived = |f: &Finding| Some(format!("{}: {}", f.code, f.waived.as_ref()?));
        let waived: Vec<String> = all.iter().filter_map(waived).collect();
        let blocking = all.iter().filter(|f| f.blocks()).count();
        Self {
            blocking,
            warnings: all.len() - blocking - waived.len(),
            waived,
        }
    }

    /// `0 that block, 2 that warn, 1 waived (one-zone: nobody waits for it)`.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{} that block, {} that warn", self.blocking, self.warnings);
        if !self.waived.is_empty() {
            let waived = self.waived.join("; ");
            text += &format!(", {} waived ({waived})", self.waived.len());
        }
        text
    }
}

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
        detail: Counted::of(plan, seen).text(),
        children,
        ..Node::default()
    })
}

fn finding(finding: &Finding) -> Node {
    let (state, detail) = match (&finding.waived, finding.severity) {
        (Some(reason), _) => ("ok", format!("waived, {reason}: {}", finding.message)),
        (None, Severity::Block) => ("bad", format!("{}; {}", finding.message, finding.remedy)),
        (None, Severity::Warn) => ("warn", format!("{}; {}", finding.message, finding.remedy)),
    };
    Node {
        kind: "finding".to_owned(),
        name: finding.code.to_owned(),
        state: state.to_owned(),
        detail,
        ..Node::default()
    }
}
