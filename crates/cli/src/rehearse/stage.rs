//! The stage: a region with the copy in it, brought to the live side's present, and the fleet that plays there.
//!
//! What belongs here: the order in which the region gets what AWS would give by itself. What must not: what is told of it.

use std::{cell::RefCell, pin::Pin, time::Duration};

use anyhow::Context;
use jiff::SignedDuration;
use sixshift_controller::{
    Clock, Ending, Fleet, Goal, Hands, Inbox,
    copy::{Copied, CopiedService, Copyist, Lack, Original},
};
use sixshift_core::plan::{Plan, StepGate};
use sixshift_sim::{
    Region,
    scenario::mishap::{self, Victim},
    world::{World, behaviour::Behaviour, tasks::repository_and_tag, traffic::Habits},
};

use super::{Args, Script, course::Course, report::Rehearsal};
use crate::demo::operator::Operator;

/// How long the copy has run when the rehearsal begins, so that CloudWatch has a history of it.
const HISTORY: SignedDuration = SignedDuration::from_hours(2);
/// As long as a demo's plans must stand still.
const SETTLED_FOR: SignedDuration = SignedDuration::from_mins(15);
/// What makes the copy's ids others than those of a simulated original of the same seed.
const FIRST_ID: u64 = 1 << 32;
const OTHER_SEED: u64 = 0x7265_6865_6172_7365;
/// Who approves.
const OPERATOR: &str = "the rehearsal's operator";

/// Builds, waits, plays.
pub(super) async fn play(
    args: &Args,
    script: Script,
    stopped: Pin<&mut impl Future<Output = ()>>,
) -> anyhow::Result<Rehearsal> {
    let Script {
        plans,
        original,
        now,
    } = script;
    let begin = now.saturating_sub(HISTORY)?;
    let seed = args.seed ^ OTHER_SEED;
    let mut world = World::seeded(&original.region, &original.account, begin, seed);
    world.network.number_from(FIRST_ID);
    let region = Region::new(world, seed);
    let clock = Clock::simulated(begin, 1.0);
    let copyist = Copyist::into(region.http_client(), clock, &original.region).await;
    let copied = copyist.copy(&original, &plans).await;
    let copied = copied.context("the simulated region does not take the copy")?;
    let mut lacks = [original.lacks.clone(), copied.lacks.clone()].concat();
    people(&region, &original, &plans, &copied, &mut lacks);
    let present = region.clock().now.duration_until(now);
    region.advance(Duration::try_from(present).unwrap_or_default());
    if let Some(fault) = &args.fault {
        for (service, plan) in copied.services.iter().zip(&plans) {
            if !befall(&region, fault, service, plan, &copied) {
                lacks.push(Lack::new(
                    format!("{}: {fault}", plan.name),
                    "no load balancer leads to it, so nobody waits for its answers: it goes well there",
                ));
            }
        }
    }
    region.with_world(World::forget_traffic);
    let plans = plans
        .iter()
        .zip(&copied.services)
        .map(|(plan, service)| moved(plan, service, &copied, &mut lacks));
    let plans: Vec<Plan> = plans.collect();
    lacks.sort();
    lacks.dedup();
    let mut rehearsal = perform(args, &region, plans, stopped).await?;
    rehearsal.lacks = lacks;
    rehearsal.names = copied.names;
    Ok(rehearsal)
}

/// What AWS gives by itself: applications that answer, and customers who ask.
fn people(
    region: &Region,
    original: &Original,
    plans: &[Plan],
    copied: &Copied,
    lacks: &mut Vec<Lack>,
) {
    let each = copied.services.iter().zip(&original.services).zip(plans);
    for ((service, live), plan) in each {
        let day = &live.day;
        let app = Behaviour::recorded(day.p99_ms, day.error_share);
        region.with_world(|world| {
            world
                .behaviours
                .insert(repository_and_tag(&service.image), app);
        });
        let name = &service.plan;
        if plan.in_place().is_some() {
            lacks.push(Lack::new(
                format!("{name}: its work, and what tells of it"),
                "nobody gives it any: that its tasks run is all that the rehearsal knows",
            ));
            continue;
        }
        if day.minutes.is_empty() {
            lacks.push(Lack::new(
                format!("{name}: customers, of whom CloudWatch has no request in the last day"),
                "nobody asks, so no share can be proven",
            ));
            continue;
        }
        if day.assumed > 0 {
            let time =
                sixshift_core::status::duration(Duration::from_secs(day.assumed as u64 * 60));
            lacks.push(Lack::new(
                format!(
                    "{name}: {time} of the last day, before the first request that CloudWatch has"
                ),
                "the average of the rest is taken for it",
            ));
        }
        let routes = service.routes.len();
        if routes > 1 {
            lacks.push(Lack::new(
                format!("{name}: which of its {routes} routes its customers take"),
                "CloudWatch counts by target group: each route gets the same part",
            ));
        }
        for (balancer, route) in &service.routes {
            let minutes = day.minutes.iter();
            let habits = Habits {
                route: route.clone(),
                day: minutes.map(|count| count / routes as f64).collect(),
            };
            region.with_world(|world| world.add_customers(name, balancer, habits));
        }
    }
}

fn befall(
    region: &Region,
    fault: &str,
    service: &CopiedService,
    plan: &Plan,
    copied: &Copied,
) -> bool {
    let subnet = plan.ipv6.subnets.first();
    let subnet = subnet
        .map(|id| copied.names.to_copy(id))
        .unwrap_or_default();
    let zone = region.with_world(|world| world.network.subnet(&subnet).map(|s| s.az.clone()));
    let victim = Victim {
        service: &service.plan,
        image: &repository_and_tag(&service.image),
        zone: zone.as_deref(),
        unbalanced: plan.in_place().map(|_| service.path.as_str()),
    };
    mishap::befall(region, fault, victim)
}

/// The plan as it moves the copy.
fn moved(plan: &Plan, service: &CopiedService, copied: &Copied, lacks: &mut Vec<Lack>) -> Plan {
    let mut moved = plan.clone();
    let translate = |ids: &mut Vec<String>| {
        for id in ids {
            *id = copied.names.to_copy(id);
        }
    };
    moved.service.role_arn = None;
    moved.service.external_id = None;
    translate(&mut moved.ipv6.subnets);
    moved.ipv6.security_groups.iter_mut().for_each(translate);
    moved.health.alarms.clone_from(&service.alarms);
    let name = &plan.name;
    if std::mem::take(&mut moved.paused) {
        lacks.push(Lack::new(
            format!("{name}: that it is paused"),
            "it goes on",
        ));
    }
    for step in &mut moved.shift.steps {
        if let StepGate::Webhook(gate) = &step.gate {
            let what = format!("{name}: what {} answers", gate.host());
            lacks.push(Lack::new(
                what,
                "it is not asked; an approval is waited for in its place",
            ));
            step.gate = StepGate::Approval;
        }
    }
    moved
}

async fn perform(
    args: &Args,
    region: &Region,
    plans: Vec<Plan>,
    stopped: Pin<&mut impl Future<Output = ()>>,
) -> anyhow::Result<Rehearsal> {
    let start = region.clock().now;
    let clock = Clock::simulated(start, 1.0);
    let hands = Hands::with_http_client(region.http_client(), clock.clone(), 1.0);
    let goal = Goal {
        settled_for: Some(SETTLED_FOR),
        approvals_settle: false,
        until: start.saturating_add(args.timeout).ok(),
    };
    let in_place = plans.iter().filter(|plan| plan.in_place().is_some());
    let in_place = in_place.map(|plan| (plan.name.clone(), plan.service.clone()));
    let course = RefCell::new(Course::new(region, start, in_place.collect()));
    let fleet = Fleet::standalone(hands.clone(), clock.clone(), plans).await?;
    let operator = Operator::new(&fleet, clock.clone(), OPERATOR);
    let mut inbox = Inbox::default();
    let rounds = fleet.run(goal, &mut inbox, stopped, |round| {
        operator.saw(&round.status);
        course.borrow_mut().saw(round);
    });
    let approvals = operator.work(|name, gate| course.borrow_mut().approved(name, gate));
    let ending = tokio::select! {
        biased;
        ending = rounds => ending,
        () = approvals => Ending::Stopped,
    };
    let statuses = fleet.statuses();
    let plans = statuses
        .iter()
        .map(|status| course.borrow().of(status))
        .collect();
    Ok(Rehearsal {
        ending,
        from: start,
        until: clock.now(),
        plans,
        statuses,
        api_calls: hands.calls(),
        throttled: hands.throttled(),
        ..Rehearsal::default()
    })
}
