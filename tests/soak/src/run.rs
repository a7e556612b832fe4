//! Carries a case out: the safety phase with all that the story holds, then the liveness phase without faults.
//!
//! Everything runs on one thread under tokio's paused clock. What happens is decided by the seed alone.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sixshift_controller::{Clock, Goal, Inbox, Outcome, Round, journal};
use sixshift_core::status::Status;
use sixshift_sim::Region;
use tokio::sync::Notify;

use crate::case::Case;
use crate::daemon;
use crate::documents::Documents;
use crate::life::{Life, Next};
use crate::log::Log;
use crate::witness::{AtTheDoor, Nobody};
use crate::world::{self, WorldError};

/// Why a case could not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("there is no runtime")]
    Runtime(#[from] std::io::Error),
    #[error("there is no region")]
    World(#[from] WorldError),
    #[error("there is no journal")]
    Journal(#[from] journal::Error),
}

/// Carries a case out and gives what it left.
pub(crate) fn carry_out(case: &Case) -> Result<Log, RunError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    runtime.block_on(run(case))
}

async fn run(case: &Case) -> Result<Log, RunError> {
    let (world, subject) = world::build(case.team.clone(), case.seed)?;
    let region = Region::new(world, case.seed);
    let clock = Clock::simulated(region.clock().now, 1.0);
    let log = Arc::new(Mutex::new(Log::default()));
    let bell = Arc::new(Notify::new());
    let door = AtTheDoor::new(Arc::clone(&log), subject.clone(), Arc::clone(&bell));
    region.watch(door);
    region.set_lag(case.story.lag);
    let plan = case.plan.text(&subject);
    let mut journal = daemon::journal()?;
    let mut life = Life::new(case, &region, clock.clone(), &subject, &log, &bell);
    life.log().before = region.with_world(|world| Documents::read(world));
    loop {
        let fleet = daemon::start(&region, clock.clone(), &journal, &life.lease, &plan).await?;
        life.up_since = Some(clock.now());
        let (log, mute) = (Arc::clone(&log), life.mute.clone());
        let mut inbox = Inbox::default();
        let rounds = fleet.run(
            Goal::default(),
            &mut inbox,
            std::future::pending(),
            |round| {
                if !mute.0.load(Ordering::Relaxed) {
                    told(&mut locked(&log), round);
                }
            },
        );
        let next = tokio::select! {
            biased;
            next = life.go_on(Some(&fleet)) => next,
            _ = rounds => Next::End,
        };
        drop(fleet);
        let Next::Killed { down, journal_lost } = next else {
            break;
        };
        life.up_since = None;
        life.back_at = Some(clock.now() + down);
        life.go_on(None).await;
        if journal_lost {
            journal = daemon::journal()?;
        }
    }
    life.log().after = region.with_world(|world| Documents::read(world));
    drop(life);
    region.watch(Nobody);
    let log = std::mem::take(&mut *locked(&log));
    Ok(log)
}

/// What another thread left when it panicked is still whole: each is written at once.
pub(crate) fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A round ended.
fn told(log: &mut Log, round: &Round) {
    let at = round.status.at;
    match &round.outcome {
        Outcome::Acted(action) => log.say(at, action.name()),
        Outcome::Vetoed(action, veto) => log.say(at, format!("vetoed: {}: {veto}", action.name())),
        Outcome::Failed(action, error) => {
            log.say(at, format!("failed: {}: {error}", action.name()))
        }
        Outcome::Waited => {}
    }
    let words = |status: &Status| {
        let on = status.waiting_on.as_ref().map(|on| on.kind());
        (status.phase, status.health, on)
    };
    if log
        .told
        .as_ref()
        .is_none_or(|before| words(before) != words(&round.status))
    {
        log.say(
            at,
            format!("{:?}: {}", round.status.phase, round.status.sentence),
        );
    }
    log.told = Some(Arc::new(round.status.clone()));
}
