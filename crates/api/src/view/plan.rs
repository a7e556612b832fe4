//! One plan, in a line or whole.

use sixshift_controller::{PlanView, Provenance, Standing, journal::Said};
use sixshift_core::{
    facts::Order,
    observation::FirstLines,
    plan::{Diagnostics, Plan, Shift, source::Document},
    share::Share,
    status::{Going, Row, Runbook, Shares, Status, WaitingOn},
};

use super::{
    chart::{self, Window},
    gate_name, number_of, offers, past, steps, tree,
};
use crate::model::{self, Condition, Gate, Mistake, Origin, PlanSummary, StandingOrder};

/// One plan in a line.
pub(crate) fn summary(view: &PlanView) -> PlanSummary {
    let plan = view.plan.as_deref();
    let status = view.status.as_deref();
    let waiting_on = status.and_then(|s| s.waiting_on.as_ref());
    PlanSummary {
        name: view.name.clone(),
        labels: plan.map(|p| p.labels.clone()).unwrap_or_default(),
        service: plan.map(service).unwrap_or_default(),
        revision: plan.map(|p| p.revision.to_string()),
        commit: view.from.commit.clone(),
        phase: phase(view),
        health: health(view),
        step: status.and_then(|s| s.step).map(number_of),
        steps: plan.map_or(0, |p| p.shift.steps.len()),
        shares: status.map(|s| shares(s.shares)).unwrap_or_default(),
        verdict: status.and_then(|s| s.verdict).map(|v| v.to_string()),
        waiting_on: waiting_on.map(|on| on.kind().to_owned()),
        waiting_since: status.and_then(|s| s.waiting_since),
        sentence: sentence(view),
        standing: standing(&view.standing).to_owned(),
        settled: status.is_some_and(Status::is_settled),
        at: status.map(|s| s.at),
        version: view.version,
    }
}

/// One plan, whole.
pub(crate) fn plan(view: &PlanView, read_only: bool, window: Option<Window>) -> model::Plan {
    let plan = view.plan.as_deref();
    let status = view.status.as_deref();
    let mistakes = match &view.standing {
        Standing::Invalid { diagnostics, .. } => mistakes(diagnostics),
        Standing::Current | Standing::Vanished { .. } => Vec::new(),
    };
    let waiting_on = status.and_then(|s| s.waiting_on.as_ref());
    model::Plan {
        summary: summary(view),
        origin: origin(&view.from),
        mistakes,
        yaml: plan.and_then(|p| serde_yaml::to_string(&Document::from(p)).ok()),
        way: plan.map(|p| way(&p.shift)),
        steps: plan.map_or_else(Vec::new, |p| steps::steps(p, status)),
        gates: status.map(gates).unwrap_or_default(),
        conditions: status.map(conditions).unwrap_or_default(),
        tree: tree::tree(view),
        chart: chart::chart(view, window),
        commands: offers::of_plan(view, read_only),
        orders: orders(view),
        rolled_back: past::noted(view),
        first_lines: status.and_then(|s| s.first_lines.as_ref()).map(first_lines),
        gate: waiting_on.and_then(WaitingOn::gate).map(gate_name),
        runbook: runbook(view).map(|page| page.url().to_owned()),
        attempts: view.attempts,
        look_at: view.look_at,
    }
}

fn first_lines(told: &FirstLines) -> model::FirstLines {
    let FirstLines {
        task,
        container,
        lines,
        unread,
    } = told.clone();
    model::FirstLines {
        task,
        container,
        lines,
        unread,
    }
}

pub(super) fn way(shift: &Shift) -> model::Way {
    let Going {
        via,
        chosen_by,
        why,
    } = Going::of(shift);
    model::Way {
        via: via.map(str::to_owned),
        chosen_by: chosen_by.to_owned(),
        why,
    }
}

/// The page of what it waits for; else that of a text that is broken.
fn runbook(view: &PlanView) -> Option<Runbook> {
    let is_broken = matches!(view.standing, Standing::Invalid { .. });
    let of_status = view.status.as_deref().and_then(Status::runbook);
    of_status.or(is_broken.then_some(Runbook::PlanText))
}

pub(super) fn service(plan: &Plan) -> String {
    let service = &plan.service;
    format!("{}/{}/{}", service.region, service.cluster, service.name)
}

/// Where it stands.
pub(super) fn phase(view: &PlanView) -> String {
    let status = view.status.as_ref();
    status.map_or_else(|| "Unknown".to_owned(), |s| s.phase.to_string())
}

/// How it goes.
pub(super) fn health(view: &PlanView) -> String {
    match (&view.status, &view.standing) {
        (Some(status), _) => status.health.to_string(),
        (None, Standing::Invalid { .. }) => "NeedsPerson".to_owned(),
        (None, Standing::Current | Standing::Vanished { .. }) => "Unknown".to_owned(),
    }
}

fn sentence(view: &PlanView) -> String {
    match (&view.status, &view.standing) {
        (Some(status), _) => status.sentence.clone(),
        (None, Standing::Invalid { diagnostics, .. }) => invalid(view, diagnostics),
        (None, Standing::Vanished { .. }) => "The plan is gone from its source.".to_owned(),
        (None, Standing::Current) => "Not looked at yet.".to_owned(),
    }
}

/// What is to be done about a text that is broken.
pub(super) fn invalid(view: &PlanView, diagnostics: &Diagnostics) -> String {
    let count = diagnostics.count();
    let mistakes = if count == 1 { "mistake" } else { "mistakes" };
    let at = diagnostics.iter().next().map_or_else(String::new, |d| {
        format!(", at {}:{}:{}", d.file.display(), d.line, d.column)
    });
    let runs = view.plan.as_ref().map_or_else(
        || "nothing of it runs".to_owned(),
        |p| format!("revision {} runs on", p.revision),
    );
    format!(
        "Its newest text has {count} {mistakes}{at}; {runs}. Next: commit a text that `sixshift lint` accepts."
    )
}

fn standing(standing: &Standing) -> &'static str {
    match standing {
        Standing::Current => "Current",
        Standing::Invalid { .. } => "Invalid",
        Standing::Vanished { .. } => "Vanished",
    }
}

fn shares(shares: Shares) -> model::Shares {
    let percent = |share: Option<Share>| share.map(Share::percent);
    model::Shares {
        desired: percent(shares.desired),
        applied: percent(shares.applied),
        observed: percent(shares.observed),
        effective: percent(shares.effective),
    }
}

fn origin(from: &Provenance) -> Origin {
    Origin {
        commit: from.commit.clone(),
        author_date: from.author_date,
        file: from.file.display().to_string(),
        line: from.line,
    }
}

/// Mistakes with their positions.
pub(super) fn mistakes(diagnostics: &Diagnostics) -> Vec<Mistake> {
    let mistake = |d: &sixshift_core::plan::Diagnostic| Mistake {
        file: d.file.display().to_string(),
        line: d.line,
        column: d.column,
        path: d.path.clone(),
        message: d.message.clone(),
        remedy: d.remedy.clone(),
        rendered: d.render(false),
    };
    diagnostics.iter().map(mistake).collect()
}

/// The `why` table, in the words of the decision.
fn gates(status: &Status) -> Vec<Gate> {
    let gate = |row: Row| Gate {
        name: row.name,
        state: row.state.to_string(),
        observed: row.observed,
        limit: row.limit,
        samples: row.samples,
        window: row.window,
        since: row.since,
        unblocked_by: row.unblocked_by,
        earliest: row.earliest,
    };
    status.rows().into_iter().map(gate).collect()
}

fn conditions(status: &Status) -> Vec<Condition> {
    let condition = |c: &sixshift_core::status::Condition| Condition {
        kind: c.kind.to_string(),
        status: c.status.to_string(),
        reason: c.reason.clone(),
        message: c.message.clone(),
        since: c.since,
        observed_revision: c.observed_revision.to_string(),
    };
    status.conditions.iter().map(condition).collect()
}

fn orders(view: &PlanView) -> Vec<StandingOrder> {
    let facts = &view.facts;
    let said = |what: &str, said: &Said| StandingOrder {
        what: what.to_owned(),
        by: Some(said.by.clone()),
        reason: Some(said.reason.clone()),
        revision: None,
        at: Some(said.at),
    };
    let somebody = |what: &str, order: &Order| StandingOrder {
        what: what.to_owned(),
        by: Some(order.by.clone()),
        reason: Some(order.reason.clone()),
        revision: Some(order.revision.to_string()),
        at: Some(order.at),
    };
    let mut all = Vec::new();
    all.extend(view.frozen.as_ref().map(|s| said("freeze", s)));
    all.extend(view.paused.as_ref().map(|s| said("pause", s)));
    all.extend(facts.abort.as_ref().map(|o| somebody("abort", o)));
    all.extend(facts.retry.as_ref().map(|o| somebody("retry", o)));
    all.extend(
        facts
            .promotion
            .as_ref()
            .map(|p| somebody(&format!("promote to {}", p.to), &p.order)),
    );
    all.extend(facts.approvals.iter().map(|a| StandingOrder {
        what: format!("approve {}", gate_name(a.gate)),
        by: Some(a.by.clone()),
        reason: None,
        revision: Some(a.revision.to_string()),
        at: Some(a.at),
    }));
    all
}
