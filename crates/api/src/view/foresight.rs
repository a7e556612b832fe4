//! What lies ahead of a plan.

use std::collections::BTreeSet;

use sixshift_controller::PlanView;
use sixshift_core::{
    foresee::{self, Capacity, End, MOST_ROUNDS, foresee},
    permission,
    plan::Plan,
    readiness::{self},
    status::WaitingOn,
};

use super::{
    gate_name,
    plan::{service, way},
};
use crate::model::{Account, Ahead, Change, Finding, Foresight, Resource, Thing, Twice};

/// From what the daemon saw last and knows; `None` before it has looked.
pub(crate) fn of_view(view: &PlanView, now: jiff::Timestamp) -> Option<Foresight> {
    let (plan, seen) = (view.plan.as_deref()?, view.seen.as_deref()?);
    // No look is of later than now.
    let now = now.max(seen.at);
    Some(foresight(
        plan,
        &foresee(plan, &view.facts, seen, now, MOST_ROUNDS),
    ))
}

/// In the API's words.
#[must_use]
pub fn foresight(plan: &Plan, foreseen: &foresee::Foresight) -> Foresight {
    let stands = match &foreseen.end {
        End::Stands { on, .. } => Some(on),
        End::Done | End::More => None,
    };
    let calls = foreseen.calls().map(|c| c.action.call());
    let permissions: BTreeSet<&str> = calls.flat_map(permission::needed).collect();
    Foresight {
        name: plan.name.clone(),
        revision: plan.revision.to_string(),
        service: service(plan),
        way: way(&plan.shift),
        outcome: foreseen.outcome().to_string(),
        sentence: sentence(&foreseen.end),
        waiting_on: stands.map(|on| on.kind().to_owned()),
        unblocked_by: stands.map(WaitingOn::unblocked_by),
        runbook: stands.and_then(page),
        from: foreseen.from,
        until: foreseen.until,
        findings: foreseen.findings.iter().map(finding).collect(),
        ahead: ahead(plan, foreseen),
        permissions: permissions.into_iter().map(str::to_owned).collect(),
        account: account(&foreseen.account),
        twice: twice(&foreseen.twice),
    }
}

fn finding(found: &readiness::Finding) -> Finding {
    Finding {
        code: found.code.to_owned(),
        severity: found.severity.word().to_owned(),
        message: found.message.clone(),
        remedy: found.remedy.clone(),
        waived: found.waived.clone(),
    }
}

fn page(on: &WaitingOn) -> Option<String> {
    on.runbook().map(|page| page.url().to_owned())
}

fn sentence(end: &End) -> String {
    match end {
        End::Done => "Done: all traffic is on IPv6.".to_owned(),
        End::Stands { sentence, .. } => sentence.clone(),
        End::More => "More lies ahead than is foreseen at once.".to_owned(),
    }
}

fn ahead(plan: &Plan, foreseen: &foresee::Foresight) -> Vec<Ahead> {
    let mut calls = 0;
    let each = foreseen.ahead.iter().map(|ahead| match ahead {
        foresee::Ahead::Call(call) => {
            calls += 1;
            Ahead::Call {
                number: calls,
                at: call.at,
                phase: call.phase.to_string(),
                call: call.action.call().to_owned(),
                what: call.action.name(),
                resource: resource(&call.resource),
                changes: call.changes.iter().map(change).collect(),
            }
        }
        foresee::Ahead::Wait(wait) => Ahead::Wait {
            from: wait.from,
            until: wait.until,
            phase: wait.phase.to_string(),
            waiting_on: wait.on.kind().to_owned(),
            what: wait.what(),
            assumed: wait.is_assumed,
            share: wait.share.percent(),
        },
        foresee::Ahead::Person { at, gate } => Ahead::Gate {
            at: *at,
            gate: gate_name(*gate),
            command: format!("sixshift approve {}", plan.name),
        },
    });
    each.collect()
}

fn resource(resource: &foresee::Resource) -> Resource {
    Resource {
        kind: resource.kind.to_owned(),
        name: resource.name.clone(),
        arn: resource.arn.clone(),
    }
}

fn change(change: &foresee::Change) -> Change {
    Change {
        what: change.what.clone(),
        before: change.before.clone(),
        after: change.after.clone(),
    }
}

fn account(account: &foresee::Account) -> Account {
    let like = |thing: &foresee::Thing| Some(thing.like.clone());
    let all = |things: &[foresee::Thing], was: bool, is: bool| {
        let each = things.iter().map(|thing| Thing {
            resource: named(thing),
            before: like(thing).filter(|_| was),
            after: like(thing).filter(|_| is),
        });
        each.collect()
    };
    let changed = account.changed.iter().map(|(was, is)| Thing {
        resource: named(is),
        before: like(was),
        after: like(is),
    });
    Account {
        made: all(&account.made, false, true),
        changed: changed.collect(),
        kept: all(&account.kept, true, true),
        gone: all(&account.gone, true, false),
    }
}

fn named(thing: &foresee::Thing) -> Resource {
    Resource {
        kind: thing.kind.to_owned(),
        name: thing.name.clone(),
        arn: thing.arn.clone(),
    }
}

fn twice(twice: &foresee::Twice) -> Twice {
    let hours = twice.hours();
    Twice {
        from: twice.from,
        until: twice.until,
        task_hours: twice.task_seconds as f64 / 3_600.0,
        vcpu_hours: hours.map(|(vcpu, _)| vcpu),
        gb_hours: hours.map(|(_, gb)| gb),
        capacity: match twice.capacity {
            Capacity::Fargate => "fargate",
            Capacity::FargateProviders => "fargateProviders",
            Capacity::Instances => "instances",
        }
        .to_owned(),
        architecture: twice.architecture.clone(),
        operating_system: twice.operating_system.clone(),
        public_addresses: twice.public_addresses,
    }
}
