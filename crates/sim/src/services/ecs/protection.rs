//! Task scale-in protection: tasks that ECS leaves alone when their service scales in or is deployed.
//!
//! What must not be here: what the scheduler does about it ([`crate::world::scheduler`]).
//!
//! Source: ECS API, UpdateTaskProtection; ECS developer guide, "Protect your Amazon ECS tasks from being terminated by scale-in events".

use jiff::SignedDuration;

use super::{AwsError, cluster_of};
use crate::Value;
use crate::world::World;
use crate::world::clock::{Wake, later};
use crate::world::ecs::last_part;
use crate::world::tasks::Task;

/// `expiresInMinutes`, where nobody says it.
const USUAL: i64 = 120;

/// Protects tasks, or no longer.
pub(super) fn update(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    let on = input.get("protectionEnabled").as_bool() == Some(true);
    let minutes = input.get("expiresInMinutes").as_i64().unwrap_or(USUAL);
    let until = on.then(|| later(world.now(), SignedDuration::from_mins(minutes)));
    each(world, input, |world, seq| {
        let task = world.ecs.tasks.get(&seq)?;
        let service = task.service.clone()?;
        if on && is_blocked(world, task, &service) {
            return Some("DEPLOYMENT_BLOCKED");
        }
        if let Some(task) = world.ecs.tasks.get_mut(&seq) {
            task.protected_until = until;
        }
        let due = until.unwrap_or(world.now());
        world.agenda.at(due, Wake::Service(service));
        None
    })
}

/// Says which are.
pub(super) fn get(world: &mut World, input: &Value) -> Result<Value, AwsError> {
    each(world, input, |_, _| None)
}

/// A service has no more protected tasks than it wants tasks.
fn is_blocked(world: &World, task: &Task, service: &str) -> bool {
    let Some(of) = world.ecs.services.get(service) else {
        return false;
    };
    let others = of.tasks.iter().filter_map(|seq| world.ecs.tasks.get(seq));
    let others = others.filter(|t| t.wanted && t.seq != task.seq && t.is_protected(world.now()));
    others.count() as i64 >= of.desired
}

fn each(
    world: &mut World,
    input: &Value,
    change: impl Fn(&mut World, u64) -> Option<&'static str>,
) -> Result<Value, AwsError> {
    let cluster = cluster_of(world, input)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for reference in input.get("tasks").strings() {
        let arn = world.arn("ecs", &format!("task/{cluster}/{}", last_part(&reference)));
        let task = world.ecs.task(&reference);
        let task = task.filter(|t| t.cluster == cluster && t.wanted);
        let why = match task.map(|t| (t.seq, t.service.is_some())) {
            None => Some("MISSING"),
            Some((_, false)) => Some("TASK_NOT_VALID"),
            Some((seq, true)) => change(world, seq),
        };
        if let Some(why) = why {
            failures.push(Value::map([
                ("arn", Value::from(arn)),
                ("reason", why.into()),
            ]));
            continue;
        }
        let now = world.now();
        let until = world.ecs.task(&reference).and_then(|t| t.protected_until);
        let until = until.filter(|until| *until > now);
        let mut document = Value::map([
            ("taskArn", Value::from(arn)),
            ("protectionEnabled", until.is_some().into()),
        ]);
        if let Some(until) = until {
            document.set("expirationDate", until.into());
        }
        found.push(document);
    }
    Ok(Value::map([
        ("protectedTasks", Value::List(found)),
        ("failures", Value::List(failures)),
    ]))
}
