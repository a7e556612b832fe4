//! Quotas that Service Quotas tells, held against what is in use and what a twin adds.
//!
//! What belongs here: what runs twice over, and the network for it. What must not: what Elastic Load Balancing bounds and each
//! resource by itself ([`super::limits`]).

use std::collections::BTreeSet;

use super::{
    check::{Category, Check, Found, Judged, Scene, Severity, Spared, Waiving, known},
    neighbours::of,
};
use crate::{
    observation::{Allowance, Known, Quota, Service},
    prepare,
};

pub(super) const CHECKS: &[Check] = &[
    Check {
        id: "SCALE-005",
        name: "fargate-vcpus",
        category: Category::Scale,
        severity: Severity::Block,
        holds: "The account's vCPUs on Fargate are enough for both sides at full size.",
        why: "For a while all tasks run twice over. All tasks and pods on Fargate in a region share one quota of vCPUs, and a new account has \
              few: ECS places no task beyond it, neither the twin's nor one that another service needs.",
        remedy: "ask Service Quotas for more vCPUs on Fargate",
        source: "AWS General Reference, Amazon ECS endpoints and quotas; ECS developer guide, AWS Fargate usage metrics",
        waiving: Waiving::ByReason,
        run: vcpus,
    },
    Check {
        id: "NET-033",
        name: "subnets-full",
        category: Category::Net,
        severity: Severity::Warn,
        holds: "The VPC has room for the IPv6-only subnets that it lacks.",
        why: "A zone without an IPv6-only subnet needs one, and a VPC takes so many subnets.",
        remedy: "ask Service Quotas for more subnets in a VPC, or delete some that nobody uses",
        source: "Amazon VPC user guide, Amazon VPC quotas",
        waiving: Waiving::ByReason,
        run: subnets,
    },
];

/// The quotas that a plan's twin counts against, until it is begun: then ECS's own events say why its tasks wait.
#[must_use]
pub fn quotas(ipv4: &Known<Service>, twin: &Known<Service>) -> BTreeSet<Quota> {
    let Some(service) = ipv4.seen().filter(|_| twin.is_absent()) else {
        return BTreeSet::new();
    };
    let tasks = service.desired.max(1);
    let on_fargate = ON_FARGATE.into_iter();
    let used = on_fargate.filter(|quota| counting(service, *quota, tasks) > 0);
    used.chain([Quota::SubnetsPerVpc]).collect()
}

const ON_FARGATE: [Quota; 2] = [Quota::FargateOnDemand, Quota::FargateSpot];

/// How many of a service's tasks count against a quota of Fargate's. A share is rounded up.
fn counting(service: &Service, quota: Quota, tasks: u32) -> u32 {
    let by_launch = service.launch_type.as_deref() == Some("FARGATE");
    let provider = match quota {
        Quota::FargateOnDemand if by_launch => return tasks,
        Quota::FargateOnDemand => "FARGATE",
        Quota::FargateSpot => "FARGATE_SPOT",
        Quota::SubnetsPerVpc => return 0,
    };
    let base: u32 = service.capacity.iter().map(|c| c.base).sum();
    let shared = u64::from(tasks.saturating_sub(base));
    let weights: u64 = service.capacity.iter().map(|c| u64::from(c.weight)).sum();
    let found = service.capacity.iter().find(|c| c.provider == provider);
    found.map_or(0, |c| {
        let share = (shared * u64::from(c.weight)).div_ceil(weights.max(1));
        c.base.min(tasks) + u32::try_from(share).unwrap_or(u32::MAX)
    })
}

/// What the twin needs of a quota of Fargate's.
struct Need {
    quota: Quota,
    /// vCPUs of a task.
    each: f64,
    /// Tasks of the original that run now.
    running: u32,
    /// As many as the original wants, and as many as its scaling may make of it.
    wanted: u32,
    most: u32,
}

fn vcpus(s: &Scene<'_>) -> Judged {
    let service = s.service()?;
    let quotas = quotas(&s.seen.ipv4, &s.seen.twin);
    if !quotas.iter().any(|q| q.is_metered()) {
        return Err(Spared::NotHere);
    }
    let size = s.definition()?.size.ok_or(Spared::NotHere)?;
    let bounds = s.seen.ipv4_scaling.seen();
    let most = bounds.map_or(service.desired, |b| b.max.max(service.desired));
    let mut all = Vec::new();
    for quota in ON_FARGATE {
        let need = Need {
            quota,
            each: f64::from(size.cpu) / 1024.0,
            running: counting(service, quota, service.running),
            wanted: counting(service, quota, service.desired),
            most: counting(service, quota, most),
        };
        if need.most > 0
            && let Some(allowance) = of_account(s, quota)?
        {
            all.extend(too_much(&need, allowance));
        }
    }
    Ok(all)
}

fn of_account<'a>(s: &Scene<'a>, quota: Quota) -> Result<Option<&'a Allowance>, Spared> {
    of(s.seen.neighbours.allowances.get(&quota))
}

/// What lacks at once stops a plan; what may lack at its height is told.
fn too_much(need: &Need, allowance: &Allowance) -> Option<Found> {
    let vcpus = |tasks| f64::from(tasks) * need.each;
    let own = vcpus(need.running);
    // What CloudWatch does not tell yet runs all the same.
    let now = allowance.used.map_or(own, |u| u.now.max(own));
    let highest = allowance.used.map_or(now, |u| u.highest.max(now));
    let (at_once, at_most) = (vcpus(need.wanted), vcpus(need.most));
    let (most, name) = (allowance.most, need.quota.name());
    let (message, severity) = if now + at_once > most {
        let tasks = counted(need.wanted);
        let message = format!(
            "the twin's {tasks} need {at_once} vCPUs beside the {now} that run in the account, whose quota is {most} ({name})"
        );
        (message, Severity::Block)
    } else if highest + at_most > most {
        let tasks = counted(need.most);
        let message = format!(
            "the twin's scaling may make it {tasks} of {at_most} vCPUs together beside the {highest} that ran in the account at most within a day, and the account's quota is {most} ({name})"
        );
        (message, Severity::Warn)
    } else {
        return None;
    };
    // What is enough at its height is enough.
    let (wanted, code) = ((highest + at_most).ceil(), need.quota.codes().1);
    let found = Found::new(message).of(severity);
    Some(found.remedied(format!(
        "ask Service Quotas for {wanted} or more of {name} ({code}), or let less run meanwhile"
    )))
}

fn counted(tasks: u32) -> String {
    let s = if tasks == 1 { "" } else { "s" };
    format!("{tasks} task{s}")
}

fn subnets(s: &Scene<'_>) -> Judged {
    let ground = s.ground()?;
    let subnets = known(&ground.subnets)?;
    let bare = prepare::bare_zones(s.service()?, subnets).len();
    if bare == 0 || !s.seen.twin.is_absent() {
        return Err(Spared::NotHere);
    }
    let Some(allowance) = of_account(s, Quota::SubnetsPerVpc)? else {
        return Err(Spared::NotHere);
    };
    Ok(room_for(subnets.len(), bare, allowance)
        .into_iter()
        .map(Found::new)
        .collect())
}

/// Why a VPC has no room for so many subnets more, where it has none.
pub(crate) fn room_for(there: usize, more: usize, allowance: &Allowance) -> Option<String> {
    let most = allowance.most;
    let would = there + more;
    (would as f64 > most).then(|| {
        format!("the VPC has {there} subnets and lacks {more} of IPv6 alone, and the account's quota is {most}")
    })
}
