//! Who watches the daemon's writes at the region's door.

use std::sync::{Arc, Mutex, PoisonError};

use sixshift_sim::Value;
use sixshift_sim::services::AwsError;
use sixshift_sim::witness::{Witness, Write};
use sixshift_sim::world::World;
use tokio::sync::Notify;

use crate::documents::Documents;
use crate::log::{By, Change, Log, Picture};
use crate::{log, world::Subject};

/// Writes down each write of the daemon.
pub(crate) struct AtTheDoor {
    pub(crate) log: Arc<Mutex<Log>>,
    pub(crate) subject: Subject,
    /// Rung for each.
    pub(crate) bell: Arc<Notify>,
    before: Option<(Documents, Picture)>,
}

impl AtTheDoor {
    pub(crate) fn new(log: Arc<Mutex<Log>>, subject: Subject, bell: Arc<Notify>) -> Self {
        Self {
            log,
            subject,
            bell,
            before: None,
        }
    }
}

impl Witness for AtTheDoor {
    fn before(&mut self, world: &mut World, _: &Write<'_>) {
        let picture = Picture::take(world, &self.subject);
        self.before = Some((Documents::read(world), picture));
    }

    fn after(&mut self, world: &mut World, write: &Write<'_>, outcome: Result<&Value, &AwsError>) {
        let Some((before, found)) = self.before.take() else {
            return;
        };
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let at = world.now();
        if let Err(refusal) = outcome {
            log.say(at, format!("        AWS refused {}: {refusal}", write.op));
            return;
        }
        note(&mut log, world, &self.subject, By::Daemon);
        log.writes.push(log::Write {
            at,
            service: write.service,
            op: write.op.to_owned(),
            input: write.input.clone(),
            before,
            after: Documents::read(world),
            found,
        });
        self.bell.notify_one();
    }
}

/// Notes how the routes are after somebody wrote.
pub(crate) fn note(log: &mut Log, world: &World, subject: &Subject, by: By) {
    let routes = Picture::take(world, subject).routes;
    log.changes.push(Change {
        at: world.now(),
        by,
        routes,
    });
}

/// Nobody watches any more.
pub(crate) struct Nobody;

impl Witness for Nobody {
    fn before(&mut self, _: &mut World, _: &Write<'_>) {}

    fn after(&mut self, _: &mut World, _: &Write<'_>, _: Result<&Value, &AwsError>) {}
}
