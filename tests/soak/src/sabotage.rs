//! Acts that the daemon is blamed for though it never did them: only tests ask for them, to show that an oracle can fail.
//!
//! What must not be here: anything that a run does by itself.

use sixshift_sim::Value;
use sixshift_sim::services::{self, AwsError, Service};
use sixshift_sim::witness::{Witness, Write};
use sixshift_sim::world::World;

use crate::hands;
use crate::sides;
use crate::witness::AtTheDoor;
use crate::world::{CLUSTER, NAME, Subject};

/// Does something in the daemon's name.
pub(crate) fn act(world: &mut World, door: AtTheDoor, name: &str) -> Result<(), AwsError> {
    let subject = door.subject.clone();
    let mut daemon = Disguise(door);
    match name {
        "empty-ipv4" => daemon.scale(world, NAME, 0),
        "shrink-ipv4" => daemon.scale(world, NAME, subject.team.tasks - 1),
        "empty-ipv6" => daemon.scale(world, &sides::twin_name(), 0),
        "delete-ipv4" => {
            let fields = service(NAME).into_iter().chain([("force", true.into())]);
            daemon.call(world, Service::Ecs, "DeleteService", fields)
        }
        "grace-of-twin" => {
            let grace = [("healthCheckGracePeriodSeconds", 999_i64.into())];
            let fields = service(&sides::twin_name()).into_iter().chain(grace);
            daemon.call(world, Service::Ecs, "UpdateService", fields)
        }
        "all-on-ipv6" => daemon.weigh(world, &subject, 100),
        "all-on-ipv4" => daemon.weigh(world, &subject, 0),
        "neighbours-group" => {
            let group = Value::from(subject.neighbour_group.as_str());
            let fields = [
                ("TargetGroupArn", group),
                ("HealthCheckPath", "/mine".into()),
            ];
            daemon.call(world, Service::Elbv2, "ModifyTargetGroup", fields)
        }
        _ => Err(AwsError::validation("no such sabotage")),
    }
}

fn service(name: &str) -> [(&'static str, Value); 2] {
    [("cluster", CLUSTER.into()), ("service", name.into())]
}

/// Calls at the door where the daemon's are watched.
struct Disguise(AtTheDoor);

impl Disguise {
    fn scale(&mut self, world: &mut World, name: &str, to: i64) -> Result<(), AwsError> {
        let fields = service(name)
            .into_iter()
            .chain([("desiredCount", to.into())]);
        self.call(world, Service::Ecs, "UpdateService", fields)
    }

    /// Gives IPv6 so many percent on every route.
    fn weigh(
        &mut self,
        world: &mut World,
        subject: &Subject,
        percent: i64,
    ) -> Result<(), AwsError> {
        let routes = sides::routes(world, subject);
        for rule in routes.into_iter().cloned().collect::<Vec<_>>() {
            let (target, actions) = hands::forward_at(world, subject, &rule, percent);
            let op = if rule.priority.is_some() {
                "ModifyRule"
            } else {
                "ModifyListener"
            };
            self.call(world, Service::Elbv2, op, [target, actions])?;
        }
        Ok(())
    }

    fn call<'a>(
        &mut self,
        world: &mut World,
        service: Service,
        op: &str,
        fields: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Result<(), AwsError> {
        let input = &Value::map(fields);
        let write = Write { service, op, input };
        self.0.before(world, &write);
        let done = services::call(world, service, op, input);
        self.0.after(world, &write, done.as_ref());
        done.map(|_| ())
    }
}
