//! `sixshift get NAME -w` in a terminal: the plan's routes, sides, targets and evidence, drawn in place.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sixshift_api::model::{Node, Plan};

use super::{
    connection::Connection,
    follow::{Follower, News},
    get,
    output::note,
    tree, why,
    words::{DIM, NOTHING, clock, percent, state, wrap},
};
use crate::{
    exit,
    screen::{self, Screen},
};

/// Kinds that do not move while a plan is watched.
const STILL: [&str; 5] = [
    "taskDefinition",
    "scaling",
    "scalingPolicy",
    "preflight",
    "finding",
];

/// Stays until Ctrl-C, or until the plan is gone.
pub(super) fn watch(connection: &Connection, name: &str) -> anyhow::Result<u8> {
    let path = format!("/api/v1/stream?plan={}", get::escaped(name));
    let mut follower = Follower::new(connection, path);
    let picture = Arc::new(Mutex::new(Picture::default()));
    screen::at_resize({
        let picture = Arc::clone(&picture);
        // A terminal that is gone is met with the next change.
        move || drop(held(&picture).draw())
    })?;
    loop {
        match follower.next()? {
            News::Message(message) if matches!(message.event.as_str(), "fleet" | "event") => {
                continue;
            }
            News::Message(_) | News::Connected => {}
        }
        match get::plan(connection, name) {
            Ok(plan) => {
                let mut picture = held(&picture);
                picture.plan = Some(plan);
                picture.draw()?;
            }
            Err(error) if error.may_pass() => {}
            Err(error) if error.is_not_found() && held(&picture).plan.is_some() => {
                note(&format!("{name} is gone from its source and forgotten"));
                return Ok(exit::DONE);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// What is shown, and where.
#[derive(Debug, Default)]
struct Picture {
    screen: Screen,
    plan: Option<Plan>,
}

impl Picture {
    fn draw(&mut self) -> std::io::Result<()> {
        match &self.plan {
            Some(plan) => self.screen.draw(&lines(plan, screen::size().0)),
            None => Ok(()),
        }
    }
}

fn held(picture: &Mutex<Picture>) -> MutexGuard<'_, Picture> {
    picture.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The whole picture. Times are of the clock: it is drawn anew at changes only.
fn lines(plan: &Plan, width: usize) -> Vec<String> {
    let summary = &plan.summary;
    let mut text = get::headline(summary);
    for line in wrap(&summary.sentence, width.clamp(40, 100)) {
        text += &format!("{line}\n");
    }
    text += &standing(plan);
    text += "\n";
    text += &tree::render(&moving(&plan.tree), false, width);
    let evidence = evidence(plan);
    if !evidence.is_empty() {
        text += &format!("\n{evidence}");
    }
    text.lines().map(str::to_owned).collect()
}

/// Shares, step and times in one line.
fn standing(plan: &Plan) -> String {
    let summary = &plan.summary;
    let step = summary.step.unwrap_or(0);
    let at = summary.at.unwrap_or_default();
    let since = summary.waiting_on.as_ref().map_or_else(String::new, |on| {
        let since = summary.waiting_since;
        let since = since.map_or_else(String::new, |s| format!(" since {}", clock(s, at)));
        format!(" · waits for {on}{since}")
    });
    let looked = summary
        .at
        .map_or_else(String::new, |at| format!(" · seen {}", clock(at, at)));
    format!(
        "{DIM}observed {}, effective {} · step {step} of {}{since}{looked}{DIM:#}\n",
        percent(summary.shares.observed),
        percent(summary.shares.effective),
        summary.steps
    )
}

/// The tree without what does not move.
fn moving(node: &Node) -> Node {
    let children = node.children.iter();
    let children = children.filter(|child| !STILL.contains(&child.kind.as_str()));
    Node {
        children: children.map(moving).collect(),
        ..node.clone()
    }
}

/// The verdict, and each gate that rests on requests or keeps the plan.
fn evidence(plan: &Plan) -> String {
    let verdict = plan.summary.verdict.as_deref().unwrap_or(NOTHING);
    let told = plan
        .gates
        .iter()
        .filter(|gate| gate.state != "ahead" && (gate.samples.is_some() || gate.state != "open"));
    let told: Vec<_> = told.collect();
    if told.is_empty() {
        return String::new();
    }
    let longest = told.iter().map(|gate| gate.name.chars().count()).max();
    let longest = longest.unwrap_or_default();
    let mut text = format!("{DIM}evidence{DIM:#} {verdict}\n");
    for gate in told {
        let (colour, mark) = state(&gate.state);
        let (name, said) = (&gate.name, why::brief(gate));
        text += &format!("{colour}{mark}{colour:#} {name:<longest$}  {said}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn plan() -> Plan {
        let node = |kind: &str, name: &str, children: Vec<serde_json::Value>| json!({ "kind": kind, "name": name, "arn": null, "side": null, "state": "ok", "detail": "", "children": children });
        let target = node("target", "10.0.0.1", vec![]);
        let route = node(
            "route",
            "rule 5f",
            vec![node("targetGroup", "blue", vec![target])],
        );
        let service = node(
            "service",
            "web",
            vec![node("taskDefinition", "web:7", vec![])],
        );
        let gate = |name: &str, state: &str, samples: Option<u64>| json!({ "name": name, "state": state, "observed": format!("{name} seen"), "limit": "", "samples": samples });
        serde_json::from_value(json!({
            "summary": {
                "name": "checkout", "labels": {}, "service": "x", "phase": "Shift", "health": "Progressing", "step": 2, "steps": 3,
                "shares": { "desired": 10.0, "applied": 10.0, "observed": 10.0, "effective": 9.8 },
                "verdict": "Good", "waitingOn": "Hold", "waitingSince": "2026-05-01T12:07:00Z", "sentence": "it holds",
                "standing": "Current", "settled": false, "at": "2026-05-01T12:09:58Z", "version": 7,
            },
            "origin": { "file": "a.yaml", "line": 1 }, "mistakes": [], "steps": [],
            "gates": [gate("errors", "open", Some(1200)), gate("hold", "closed", None), gate("adopted", "open", None),
                gate("bake", "ahead", None)],
            "conditions": [],
            "chart": { "periodSeconds": 60, "requestsIpv4": [], "requestsIpv6": [], "errorsIpv4": [], "errorsIpv6": [],
                "p99Ipv4": [], "p99Ipv6": [], "share": [], "incomplete": 0 },
            "tree": node("plan", "checkout", vec![route, service]), "commands": [], "orders": [], "attempts": 0,
        }))
        .unwrap()
    }

    #[test]
    fn routes_targets_and_evidence_are_in_the_picture_and_what_stands_still_is_not() {
        let text = lines(&plan(), 80).join("\n");
        let text = anstream::adapter::strip_str(&text).to_string();
        let standing = "observed 10 %, effective 9.8 % · step 2 of 3 · waits for Hold since 12:07:00 UTC · seen 12:09:58 UTC";
        for there in [
            standing,
            "route rule 5f",
            "target 10.0.0.1",
            "evidence Good",
            "errors  errors seen",
            "✗ hold",
        ] {
            assert!(text.contains(there), "{there} is not in:\n{text}");
        }
        for missing in ["task definition", "adopted", "bake"] {
            assert!(!text.contains(missing), "{missing} is in:\n{text}");
        }
    }
}
