//! A small fleet as the model tells it, for the tests of the pages.

#![allow(clippy::expect_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sixshift_core::status::Runbook;

use super::layout::Visitor;
use crate::model::{
    Chart, Condition, Count, Event, Fleet, Gate, Mark, Mistake, NeedsYou, Node, Offer, Origin,
    Plan, PlanSummary, Rollback, Shares, Source, StandingOrder, Step, Way,
};

pub(crate) fn now() -> Timestamp {
    "2026-03-02T12:40:00Z".parse().expect("a time")
}

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

pub(crate) fn operator() -> Visitor {
    Visitor {
        name: Some("maria".to_owned()),
        operator: true,
        csrf: "token".to_owned(),
    }
}

pub(crate) fn viewer() -> Visitor {
    Visitor {
        operator: false,
        ..operator()
    }
}

fn offer(verb: &str, refused: Option<&str>, effect: &str) -> Offer {
    Offer {
        verb: verb.to_owned(),
        refused: refused.map(str::to_owned),
        effect: effect.to_owned(),
    }
}

pub(crate) fn fleet() -> Fleet {
    let count = |phase: &str, health: &str| Count {
        phase: phase.to_owned(),
        health: health.to_owned(),
        plans: 1,
    };
    Fleet {
        now: now(),
        version: "0.1.0".to_owned(),
        frozen: None,
        holding: None,
        standby: None,
        journal_lost: Vec::new(),
        stale: None,
        unwritten: None,
        clock: None,
        read_only: false,
        plans: 4,
        counts: vec![
            count("Shift", "NeedsPerson"),
            count("Bake", "Progressing"),
            count("RolledBack", "Bad"),
            count("Done", "Complete"),
        ],
        needs_you: vec![NeedsYou {
            plan: "checkout".to_owned(),
            waiting_on: "approval".to_owned(),
            sentence: APPROVAL.to_owned(),
            since: Some(ago(12)),
        }],
        source: Source {
            name: "git https://git.example.com/platform/plans main".to_owned(),
            commit: Some("9f3c2a7b11d04e5f8a6b7c8d9e0f1a2b3c4d5e6f".to_owned()),
            author_date: Some(ago(190)),
            read_at: Some(ago(0)),
            error: None,
            mistakes: vec![mistake()],
        },
        commands: vec![
            offer(
                "freeze",
                None,
                "Nothing moves in the whole fleet, not even backwards.",
            ),
            offer(
                "unfreeze",
                Some("the fleet is not frozen"),
                "The fleet may move again.",
            ),
        ],
    }
}

const APPROVAL: &str =
    "At 25 %, shifting: waits for approval of step 3. Next: sixshift approve checkout.";

pub(crate) fn mistake() -> Mistake {
    Mistake {
        file: "plans/ledger.yaml".to_owned(),
        line: 11,
        column: 19,
        path: "spec.shift.steps[1].weight".to_owned(),
        message: "the weight falls from 10 % to 1 %".to_owned(),
        remedy: "let every step have a higher weight than the one before".to_owned(),
        rendered: "error: spec.shift.steps[1].weight: the weight falls from 10 % to 1 %\n  --> plans/ledger.yaml:11:19\n   |\n11 |       - { weight: 1%, hold: 10m }\n   |                   ^^\n   = help: let every step have a higher weight than the one before   ^^^".to_owned(),
    }
}

fn line(
    name: &str,
    phase: &str,
    health: &str,
    share: f64,
    verdict: Option<&str>,
    sentence: &str,
) -> PlanSummary {
    PlanSummary {
        name: name.to_owned(),
        labels: BTreeMap::new(),
        service: format!("eu-central-1/prod/{name}"),
        revision: Some("5be0c1d2".to_owned()),
        commit: Some("9f3c2a7b".to_owned()),
        phase: phase.to_owned(),
        health: health.to_owned(),
        step: Some(3),
        steps: 4,
        shares: Shares {
            desired: Some(share),
            applied: Some(share),
            observed: Some(share),
            effective: Some(share),
        },
        verdict: verdict.map(str::to_owned),
        waiting_on: None,
        waiting_since: Some(ago(12)),
        sentence: sentence.to_owned(),
        standing: "Current".to_owned(),
        settled: false,
        at: Some(ago(0)),
        version: 7,
    }
}

pub(crate) fn plans() -> Vec<PlanSummary> {
    let mut checkout = line(
        "checkout",
        "Shift",
        "NeedsPerson",
        25.0,
        Some("Good"),
        APPROVAL,
    );
    checkout.labels = BTreeMap::from([("team".to_owned(), "payments".to_owned())]);
    checkout.shares.effective = Some(24.8);
    checkout.waiting_on = Some("approval".to_owned());
    let search = line(
        "search",
        "Bake",
        "Progressing",
        100.0,
        Some("Good"),
        "Baking at 100 %, proven good for 3 h 20 m. IPv4 goes cold in 20 h 40 m if errors stay under 0.5 % (now 0.1 %).",
    );
    let mut ledger = line(
        "ledger",
        "RolledBack",
        "Bad",
        0.0,
        Some("Bad"),
        "Rolled back: error rate 4.1 % is above 1 %. All traffic is on IPv4. Next: a new revision, or sixshift retry ledger.",
    );
    ledger.standing = "Invalid".to_owned();
    let done = line(
        "web",
        "Done",
        "Complete",
        100.0,
        None,
        "Done: all traffic is on IPv6.",
    );
    vec![checkout, ledger, search, done]
}

pub(crate) fn plan() -> Plan {
    let step = |number, weight, hold_seconds, approval, state: &str, proven_seconds| Step {
        number,
        weight,
        hold_seconds,
        approval,
        webhook: None,
        state: state.to_owned(),
        proven_seconds,
    };
    Plan {
        summary: plans().remove(0),
        origin: Origin {
            commit: Some("9f3c2a7b11d04e5f8a6b7c8d9e0f1a2b3c4d5e6f".to_owned()),
            author_date: Some(ago(190)),
            file: "plans/checkout.yaml".to_owned(),
            line: 1,
        },
        mistakes: Vec::new(),
        way: Some(Way {
            via: Some("albWeights".to_owned()),
            chosen_by: "steps".to_owned(),
            why: "the plan's steps are made so".to_owned(),
        }),
        yaml: Some("apiVersion: sixshift/v1\nkind: MigrationPlan\nmetadata:\n  name: checkout\nspec:\n  service: { region: eu-central-1, cluster: prod, name: checkout }\n".to_owned()),
        steps: vec![
            step(1, 1.0, 600, false, "past", None),
            step(2, 10.0, 900, false, "past", None),
            step(3, 25.0, 600, true, "current", Some(600)),
            step(4, 100.0, 0, false, "ahead", None),
        ],
        gates: gates(),
        conditions: vec![condition("EvidenceGood", "True", "Good"), condition("Complete", "False", "Shift")],
        tree: tree(),
        chart: chart(),
        commands: vec![
            offer("approve", None, "Opens the gate after step 3: traffic goes on to 100 %."),
            offer("promote", None, "Goes on to the share that you give without the holds and gates before that."),
            offer("pause", None, "Stops going forward; traffic is still taken back when it goes bad."),
            offer("resume", Some("it is not paused"), "Goes on."),
            offer("abort", None, "Takes all traffic back to IPv4 now."),
            offer("retry", Some("it is not rolled back"), "Starts again after the rollback."),
        ],
        orders: vec![StandingOrder {
            what: "approve step 2".to_owned(),
            by: Some("maria".to_owned()),
            reason: Some("canary looked fine".to_owned()),
            revision: Some("5be0c1d2".to_owned()),
            at: Some(ago(60)),
        }],
        rolled_back: None,
        first_lines: None,
        gate: Some("step:3".to_owned()),
        runbook: Some(Runbook::Approval.url().to_owned()),
        attempts: 0,
        look_at: Some(now() + SignedDuration::from_secs(60)),
    }
}

/// The same, a moment after its third step was judged bad.
pub(crate) fn rolled_back() -> Plan {
    let mut plan = plan();
    plan.summary.phase = "RolledBack".to_owned();
    plan.summary.health = "Bad".to_owned();
    for (step, state) in plan
        .steps
        .iter_mut()
        .zip(["past", "past", "failed", "ahead"])
    {
        step.state = state.to_owned();
        step.proven_seconds = None;
    }
    plan.rolled_back = Some(Rollback {
        revision: "5be0c1d2".to_owned(),
        at: Some(ago(9)),
        reason: Some("errors on IPv6 are 7.2 %, over 1 %".to_owned()),
        ordered: false,
        step: Some(3),
        share: Some(25.0),
        evidence: vec![
            "errors on IPv6 are 7.2 %, over 1 %".to_owned(),
            "p99 on IPv6 is 301 ms, limit 800 ms".to_owned(),
        ],
        event: Some(44),
    });
    plan
}

fn gates() -> Vec<Gate> {
    let gate = |name: &str, state: &str, observed: &str, limit: &str, samples| Gate {
        name: name.to_owned(),
        state: state.to_owned(),
        observed: observed.to_owned(),
        limit: limit.to_owned(),
        samples,
        window: samples.map(|_| "10 m".to_owned()),
        since: Some(ago(12)),
        unblocked_by: None,
        earliest: None,
    };
    let mut approval = gate(
        "approval after step 3",
        "closed",
        "not given",
        "a person approves",
        None,
    );
    approval.unblocked_by = Some("sixshift approve checkout".to_owned());
    let mut bake = gate("bake", "ahead", "", "24 h at 100 %", None);
    bake.earliest = Some(now() + SignedDuration::from_hours(24));
    vec![
        gate("readiness", "open", "0 findings that block", "none", None),
        gate("error rate", "open", "0.2 %", "1 %", Some(48_210)),
        gate("p99", "open", "312 ms", "800 ms", Some(48_210)),
        gate("hold of step 3", "open", "10 m", "10 m", None),
        approval,
        bake,
    ]
}

fn condition(kind: &str, status: &str, reason: &str) -> Condition {
    Condition {
        kind: kind.to_owned(),
        status: status.to_owned(),
        reason: reason.to_owned(),
        message: "The evidence on IPv6 is good.".to_owned(),
        since: ago(22),
        observed_revision: "5be0c1d2".to_owned(),
    }
}

fn tree() -> Node {
    let node = |kind: &str, name: &str, side: Option<&str>, detail: &str, children| Node {
        kind: kind.to_owned(),
        name: name.to_owned(),
        arn: Some(format!(
            "arn:aws:elasticloadbalancing:eu-central-1:123456789012:{kind}/{name}/50dc6c495c0c9188"
        )),
        side: side.map(str::to_owned),
        state: "ok".to_owned(),
        detail: detail.to_owned(),
        children,
    };
    let target = |address: &str, side| Node {
        arn: None,
        ..node(
            "target",
            address,
            Some(side),
            "healthy, eu-central-1a",
            Vec::new(),
        )
    };
    let old = node(
        "targetGroup",
        "checkout",
        Some("ipv4"),
        "weight 75, 3 healthy",
        vec![target("10.0.1.17:8080", "ipv4")],
    );
    let new = node(
        "targetGroup",
        "checkout-v6",
        Some("ipv6"),
        "weight 25, 3 healthy",
        vec![
            target("2001:db8:1::a1:8080", "ipv6"),
            target("2001:db8:2::b7:8080", "ipv6"),
        ],
    );
    let route = node(
        "route",
        "listener :443",
        None,
        "25 % on IPv6",
        vec![old, new],
    );
    let task = node(
        "task",
        "0f6c8f6f",
        Some("ipv6"),
        "running, 2001:db8:1::a1, no IPv4 address",
        Vec::new(),
    );
    let service = node(
        "service",
        "checkout-v6",
        Some("ipv6"),
        "3 of 3 running",
        vec![task],
    );
    node(
        "plan",
        "checkout",
        None,
        "step 3 of 4",
        vec![route, service],
    )
}

fn chart() -> Chart {
    let minutes = 60_usize;
    let wave = |i: usize, base: f64, width: f64| {
        Some(base + width * (((i * 7919) % 13) as f64 / 13.0 - 0.5))
    };
    let series = |base: f64, width: f64| (0..minutes).map(|i| wave(i, base, width)).collect();
    let from = |first: usize, values: Vec<Option<f64>>| -> Vec<Option<f64>> {
        values
            .into_iter()
            .enumerate()
            .map(|(i, v)| v.filter(|_| i >= first))
            .collect()
    };
    let share = |i: usize| match i {
        0..8 => Some(0.0),
        8..20 => Some(1.0),
        20..36 => Some(10.0),
        _ => Some(25.0),
    };
    Chart {
        start: Some(ago(60)),
        period_seconds: 60,
        requests_ipv4: series(4_800.0, 300.0),
        requests_ipv6: from(8, series(1_600.0, 200.0)),
        errors_ipv4: series(0.18, 0.12),
        errors_ipv6: from(8, series(0.24, 0.3)),
        p99_ipv4: series(290.0, 30.0),
        p99_ipv6: from(8, series(318.0, 60.0)),
        share: (0..minutes).map(share).collect(),
        limit_errors: Some(1.0),
        limit_p99: Some(800.0),
        incomplete: 2,
        marks: marks(),
        windows: ["30m", "1h", "3h"].map(str::to_owned).to_vec(),
    }
}

fn marks() -> Vec<Mark> {
    let mark = |minutes, kind: &str, text: &str| Mark {
        at: ago(minutes),
        kind: kind.to_owned(),
        text: text.to_owned(),
        actor: None,
        reason: None,
    };
    let mut order = mark(26, "order", "approve step 2");
    order.actor = Some("maria".to_owned());
    order.reason = Some("canary looked fine".to_owned());
    vec![
        mark(52, "step", "raise IPv6 to 1 % on listener :443"),
        mark(40, "step", "raise IPv6 to 10 % on listener :443"),
        order,
        mark(24, "step", "raise IPv6 to 25 % on listener :443"),
    ]
}

pub(crate) fn events() -> Vec<Event> {
    let event = |seq, minutes, kind: &str, text: &str| Event {
        seq,
        at: ago(minutes),
        plan: Some("checkout".to_owned()),
        revision: Some("5be0c1d2".to_owned()),
        commit: Some("9f3c2a7b11d04e5f8a6b7c8d9e0f1a2b3c4d5e6f".to_owned()),
        kind: kind.to_owned(),
        text: text.to_owned(),
        call: None,
        share: Some(25.0),
        evidence: vec!["error rate 0.2 % of 48210 requests, limit 1 %".to_owned()],
        actor: None,
        reason: None,
    };
    let mut acted = event(
        41,
        24,
        "acted",
        "Set the share on IPv6 to 25 % on listener :443",
    );
    acted.call = Some("elasticloadbalancing:ModifyListener".to_owned());
    let mut command = event(40, 26, "command", "Approved the gate after step 2");
    command.actor = Some("maria".to_owned());
    command.reason = Some("canary looked fine".to_owned());
    vec![
        event(43, 12, "waiting", "Waits for approval of step 3"),
        event(42, 14, "verdict", "The evidence at 25 % is Good"),
        acted,
        command,
    ]
}
