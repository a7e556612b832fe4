//! Actors of a scenario: other people and other programs who call the same API as any client, at their own time.
//!
//! What belongs here: when somebody acts, and through which calls. What must not: any change of state that isn't a call.

mod acts;

use jiff::{SignedDuration, Timestamp};

use super::World;
use super::behaviour::Family;
use super::clock::{Wake, later, minute_of};
use super::routing::{self, Route};
use super::tasks::{Task, TaskState};
use crate::Value;
use crate::services::{self, Service};

/// Somebody who acts once.
#[derive(Clone, Debug)]
pub struct Actor {
    /// A name that others can wait for, and the journal shows.
    pub name: String,
    /// When.
    pub trigger: Trigger,
    /// What.
    pub act: Act,
}

/// When an actor acts.
#[derive(Clone, Debug)]
pub enum Trigger {
    /// At a moment.
    At(Timestamp),
    /// When target groups of IPv6 addresses have held a share of a service's weights for a while.
    Ipv6Share {
        /// The service, by the name that its traffic is booked under.
        service: String,
        /// The share, 0 to 1.
        at_least: f64,
        /// For how long.
        lasting: SignedDuration,
    },
    /// When a part of a service's running tasks has stood in subnets of IPv6 alone for a while.
    Ipv6Tasks {
        /// Its cluster and its name, as in `prod/mailer`.
        path: String,
        /// The part, 0 to 1.
        at_least: f64,
        /// For how long.
        lasting: SignedDuration,
    },
    /// A while after another actor acted.
    After {
        /// Its name.
        actor: String,
        /// How long after.
        delay: SignedDuration,
    },
}

/// What an actor does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Any call.
    Call {
        /// The service.
        service: Service,
        /// The operation.
        op: String,
        /// Its input.
        input: Value,
    },
    /// Sets the weights of a service's routes by hand: so many percent for IPv6.
    Ipv6Weight {
        /// The service, by the name that its traffic is booked under.
        service: String,
        /// Percent.
        percent: i64,
    },
    /// Writes a service's routes anew as code has them that knows no IPv6 target group, as infrastructure code does: the forward
    /// to the IPv4 groups alone.
    ForwardToIpv4 {
        /// The service, by the name that its traffic is booked under.
        service: String,
    },
    /// Deletes, by force, the ECS service behind a service's IPv6 target groups.
    DeleteTwin {
        /// The service, by the name that its traffic is booked under.
        service: String,
    },
    /// Lets the code in an image answer no more where it is reached by a family; health checks notice in their time.
    FallSilent {
        /// The image, as repository and tag.
        image: String,
        /// The family.
        family: Family,
    },
    /// Lets a service's customers ask so many times as often.
    Busier {
        /// The service, by the name that its traffic is booked under.
        service: String,
        /// How many times.
        factor: f64,
    },
    /// Lets a zone fall out: what runs there answers no more, and nothing starts there.
    LoseZone {
        /// The zone's name.
        zone: String,
    },
    /// Deploys another tag of a service's image, as a pipeline does.
    Deploy {
        /// The cluster.
        cluster: String,
        /// The service.
        service: String,
        /// The tag.
        tag: String,
    },
}

/// A number that the service's owners publish each minute, which depends on the IPv6 share.
#[derive(Clone, Debug)]
pub struct Gauge {
    /// The service, by the name that its traffic is booked under.
    pub service: String,
    /// The metric's namespace.
    pub namespace: String,
    /// The metric's name.
    pub name: String,
    /// The value below the share.
    pub normal: f64,
    /// The value from the share on.
    pub raised: f64,
    /// The share, 0 to 1.
    pub from_share: f64,
}

/// What an actor did, for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// When.
    pub at: Timestamp,
    /// What, in a sentence.
    pub sentence: String,
}

/// The actors and gauges of the region.
#[derive(Debug, Default)]
pub(crate) struct Script {
    actors: Vec<(Actor, Option<Timestamp>, Option<Timestamp>)>,
    gauges: Vec<Gauge>,
}

impl World {
    /// Lets somebody join.
    pub fn add_actor(&mut self, actor: Actor) {
        self.script.actors.push((actor, None, None));
        let now = self.now();
        self.agenda.at(now, Wake::Script);
    }

    /// Publishes a number from now on.
    pub fn add_gauge(&mut self, gauge: Gauge) {
        self.script.gauges.push(gauge);
    }

    /// The share of IPv6 target groups in the weights that a service's clients meet, 0 to 1.
    pub fn ipv6_share(&self, service: &str) -> f64 {
        let (mut on_ipv6, mut all) = (0.0, 0.0);
        for (route, rate) in self.customers.routes(&self.elb, &self.lattice, service) {
            let Route::Forward { groups, .. } = route else {
                continue;
            };
            all += rate;
            for ((arn, _), share) in groups.iter().zip(routing::weights(&groups)) {
                if self.family(arn) == Some(Family::V6) {
                    on_ipv6 += share * rate;
                }
            }
        }
        if all > 0.0 { on_ipv6 / all } else { 0.0 }
    }

    /// A service's running tasks in zones that are not lost; `path` is as in `prod/mailer`.
    pub fn at_work<'w>(&'w self, path: &str) -> impl Iterator<Item = &'w Task> {
        let own = format!(":service/{path}");
        let is_own = move |t: &&Task| t.service.as_deref().is_some_and(|arn| arn.ends_with(&own));
        let running = self.ecs.tasks.values().filter(is_own);
        let running = running.filter(|t| t.state == TaskState::Running);
        running.filter(|t| !self.lost_zones.contains(&t.place.zone))
    }

    /// The part of those that stand in subnets of IPv6 alone, 0 to 1.
    pub fn ipv6_tasks(&self, path: &str) -> f64 {
        let native = |t: &Task| {
            let subnet = self.network.subnet(&t.place.subnet);
            subnet.is_some_and(|s| s.ipv6_native)
        };
        let (mut all, mut there) = (0_u32, 0_u32);
        for task in self.at_work(path) {
            all += 1;
            there += u32::from(native(task));
        }
        f64::from(there) / f64::from(all.max(1))
    }

    fn family(&self, group: &str) -> Option<Family> {
        self.pool(group).map(|g| g.family)
    }
}

/// Lets those act whose time has come.
pub(crate) fn poll(world: &mut World) {
    let now = world.now();
    for index in 0..world.script.actors.len() {
        let Some((actor, armed, None)) = world.script.actors.get(index).cloned() else {
            continue;
        };
        let due = match &actor.trigger {
            Trigger::At(at) => Some(*at),
            Trigger::After {
                actor: other,
                delay,
            } => world
                .script
                .actors
                .iter()
                .find(|(a, ..)| a.name == *other)
                .and_then(|(_, _, done)| done.map(|at| later(at, *delay))),
            Trigger::Ipv6Share {
                service,
                at_least,
                lasting,
            } => {
                let is_so = world.ipv6_share(service) + 1e-9 >= *at_least;
                standing(world, index, is_so.then(|| armed.unwrap_or(now)), *lasting)
            }
            Trigger::Ipv6Tasks {
                path,
                at_least,
                lasting,
            } => {
                let is_so = world.ipv6_tasks(path) + 1e-9 >= *at_least;
                standing(world, index, is_so.then(|| armed.unwrap_or(now)), *lasting)
            }
        };
        match due {
            Some(due) if due <= now => act(world, index, &actor),
            Some(due) => world.agenda.at(due, Wake::Script),
            None => {}
        }
    }
}

/// When an actor is due whose condition holds since a moment, or does not hold.
fn standing(
    world: &mut World,
    index: usize,
    since: Option<Timestamp>,
    lasting: SignedDuration,
) -> Option<Timestamp> {
    if let Some(entry) = world.script.actors.get_mut(index) {
        entry.1 = since;
    }
    since.map(|since| later(since, lasting))
}

/// Whoever waits for tasks looks at them each minute: no call tells when they come.
pub(crate) fn watch_tasks(world: &mut World) {
    let waits = |(actor, _, done): &(Actor, Option<Timestamp>, Option<Timestamp>)| {
        done.is_none() && matches!(actor.trigger, Trigger::Ipv6Tasks { .. })
    };
    if world.script.actors.iter().any(waits) {
        poll(world);
    }
}

/// Publishes the gauges for the minute that just ended.
pub(crate) fn publish_gauges(world: &mut World) {
    let at = later(minute_of(world.now()), SignedDuration::from_secs(-60));
    for gauge in world.script.gauges.clone() {
        let raised = world.ipv6_share(&gauge.service) + 1e-9 >= gauge.from_share;
        let value = if raised { gauge.raised } else { gauge.normal };
        let datum = Value::map([
            ("MetricName", Value::from(gauge.name.as_str())),
            ("Timestamp", at.into()),
            ("Value", value.into()),
        ]);
        let input = Value::map([
            ("Namespace", Value::from(gauge.namespace.as_str())),
            ("MetricData", Value::list([datum])),
        ]);
        let done = services::call(world, Service::CloudWatch, "PutMetricData", &input);
        if let Err(refusal) = done {
            note(
                world,
                format!(
                    "{} could not publish {}: {refusal}",
                    gauge.service, gauge.name
                ),
            );
        }
    }
}

fn act(world: &mut World, index: usize, actor: &Actor) {
    let now = world.now();
    if let Some(entry) = world.script.actors.get_mut(index) {
        entry.2 = Some(now);
    }
    let done = acts::carry_out(world, &actor.name, &actor.act);
    note(
        world,
        done.unwrap_or_else(|refusal| format!("{} was refused: {refusal}", actor.name)),
    );
    // Those who wait for this one can tell their time now.
    world.agenda.at(now, Wake::Script);
}

fn note(world: &mut World, sentence: String) {
    let at = world.now();
    world.journal.push(JournalEntry { at, sentence });
}
