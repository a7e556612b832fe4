//! Queues that workers empty: what comes, what becomes of it, and what CloudWatch is told.
//!
//! What belongs here: counting messages. What must not: how a worker's code fares ([`super::behaviour`]), which tasks run. There is
//! no Amazon SQS in the region: nobody sends or receives by its API.
//!
//! A message that a worker fails comes back, and goes to the dead letters the third time; one whose worker is stopped comes back
//! uncounted. Source: SQS developer guide, "Available CloudWatch metrics for Amazon SQS" and "Using dead-letter queues".

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

use super::World;
use super::containers;
use super::tasks::{Task, TaskState};

const SQS: &str = "AWS/SQS";
/// The namespace in which the team's workers tell what they did, by their service.
const OWN: &str = "Shop/Workers";

/// A queue, and who works on it.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// The repository of the image whose tasks take from it, of whatever service.
    pub worker: String,
    /// Messages that come in a minute.
    pub arrivals: f64,
    /// Messages that a task takes in a minute at the most.
    pub takes: f64,
}

/// What became of a queue's messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Messages {
    /// Those that came.
    pub sent: u64,
    /// Those that were done.
    pub deleted: u64,
    /// Those that went to the dead letters: lost to whom they were for.
    pub dead: u64,
    /// Those that wait.
    pub waiting: u64,
}

/// All queues of the region.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    all: BTreeMap<String, Kept>,
    /// What the tasks of each service did in the minute, by its ARN.
    pub(crate) worked: BTreeMap<String, Worked>,
}

#[derive(Debug)]
struct Kept {
    queue: Queue,
    messages: Messages,
    /// Messages that wait, by the minute of their arrival, the oldest first.
    waiting: VecDeque<(Timestamp, u64)>,
    /// Parts of messages that are owed.
    coming: f64,
    doing: f64,
    dying: f64,
}

/// What tasks did in a minute.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Worked {
    pub(crate) done: f64,
    pub(crate) failed: f64,
    /// Of what they can do, 0 to 1.
    pub(crate) busy: f64,
}

/// A task that takes messages.
struct Worker {
    service: Option<String>,
    takes: f64,
    /// The share that it fails.
    fails: f64,
}

impl World {
    /// A queue that is filled and emptied from now on.
    pub fn add_queue(&mut self, queue: Queue) {
        let kept = Kept {
            messages: Messages::default(),
            waiting: VecDeque::new(),
            coming: 0.0,
            doing: 0.0,
            dying: 0.0,
            queue,
        };
        self.queues.all.insert(kept.queue.name.clone(), kept);
    }

    /// What became of the messages of each queue.
    pub fn messages(&self) -> BTreeMap<String, Messages> {
        let all = self.queues.all.iter();
        all.map(|(name, kept)| (name.clone(), kept.messages))
            .collect()
    }

    /// Lets what came so far be forgotten; what waits stays.
    pub(crate) fn forget_messages(&mut self) {
        for kept in self.queues.all.values_mut() {
            kept.messages = Messages {
                sent: kept.messages.waiting,
                waiting: kept.messages.waiting,
                ..Messages::default()
            };
        }
    }
}

/// A minute that began at `at` is over.
pub(crate) fn minute(world: &mut World, at: Timestamp) {
    world.queues.worked.clear();
    let names: Vec<String> = world.queues.all.keys().cloned().collect();
    for name in names {
        one(world, &name, at);
    }
    own(world, at);
}

fn one(world: &mut World, name: &str, at: Timestamp) {
    let Some(worker) = world.queues.all.get(name).map(|k| k.queue.clone()) else {
        return;
    };
    let workers = workers(world, &worker, at);
    let takes: f64 = workers.iter().map(|w| w.takes).sum();
    let fails: f64 = workers.iter().map(|w| w.takes * w.fails).sum();
    let share = if takes > 0.0 { fails / takes } else { 0.0 };
    let Some(kept) = world.queues.all.get_mut(name) else {
        return;
    };
    kept.arrive(at);
    let past = kept.work(takes, share);
    let age = kept.age(world.now);
    let (messages, arrived) = (kept.messages, past.arrived);
    let attempts = past.attempts;
    for worker in &workers {
        let Some(service) = worker.service.clone() else {
            continue;
        };
        let part = if takes > 0.0 {
            worker.takes / takes
        } else {
            0.0
        };
        let worked = world.queues.worked.entry(service).or_default();
        worked.done += attempts * part * (1.0 - worker.fails);
        worked.failed += attempts * part * worker.fails;
        worked.busy = if takes > 0.0 { attempts / takes } else { 0.0 };
    }
    tell(
        world,
        name,
        at,
        &[
            ("NumberOfMessagesSent", arrived as f64),
            ("NumberOfMessagesReceived", attempts),
            ("NumberOfMessagesDeleted", past.deleted as f64),
            (
                "ApproximateNumberOfMessagesVisible",
                messages.waiting as f64,
            ),
            (
                "ApproximateNumberOfMessagesNotVisible",
                (attempts / 60.0).ceil(),
            ),
            ("ApproximateAgeOfOldestMessage", age),
        ],
    );
    let dead = [("ApproximateNumberOfMessagesVisible", messages.dead as f64)];
    tell(world, &format!("{name}-dead"), at, &dead);
}

fn tell(world: &mut World, queue: &str, at: Timestamp, figures: &[(&str, f64)]) {
    for (name, value) in figures {
        let dims = [("QueueName", queue)];
        world.metrics.add(SQS, name, &dims, at, *value);
    }
}

/// What the workers themselves tell, as a team has them do it.
fn own(world: &mut World, at: Timestamp) {
    let worked: Vec<(String, Worked)> = world
        .queues
        .worked
        .iter()
        .map(|(s, w)| (s.clone(), *w))
        .collect();
    for (service, worked) in worked {
        let name = service.rsplit('/').next().unwrap_or(&service);
        let dims = [("ServiceName", name)];
        world
            .metrics
            .add(OWN, "MessagesHandled", &dims, at, worked.done);
        world
            .metrics
            .add(OWN, "MessagesFailed", &dims, at, worked.failed);
    }
}

/// Who takes from a queue in a minute, and how much of it each was there.
fn workers(world: &World, queue: &Queue, at: Timestamp) -> Vec<Worker> {
    let repository = |t: &&Task| {
        let image = t.image.as_deref().map(super::reach::image_of);
        image.and_then(|i| i.split(':').next()) == Some(queue.worker.as_str())
    };
    let runs = |t: &&Task| t.state == TaskState::Running && t.wanted;
    let here = |t: &&Task| !world.lost_zones.contains(&t.place.zone);
    let all = world.ecs.tasks.values();
    let at_work = all.filter(runs).filter(repository).filter(here);
    let worker = |task: &Task| {
        let began = task.started_at.map_or(at, |started| started.max(at));
        let there = world.now.duration_since(began).as_secs_f64() / 60.0;
        let image = task.image.as_ref();
        let app = image.and_then(|i| world.behaviours.get(i));
        let fails = app.map_or(0.0, |app| {
            app.error_share + containers::on(app, task).error_share
        });
        Worker {
            service: task.service.clone(),
            takes: queue.takes * there.clamp(0.0, 1.0),
            fails: fails.clamp(0.0, 1.0),
        }
    };
    at_work.map(worker).collect()
}

/// What a queue's minute came to.
struct Past {
    arrived: u64,
    deleted: u64,
    attempts: f64,
}

impl Kept {
    fn arrive(&mut self, at: Timestamp) {
        self.coming += self.queue.arrivals;
        let whole = self.coming.floor();
        self.coming -= whole;
        let count = whole as u64;
        self.messages.sent += count;
        self.messages.waiting += count;
        self.waiting.push_back((at, count));
    }

    /// Lets workers take so many, of which they fail a share. Each message is tried up to three times.
    fn work(&mut self, takes: f64, fails: f64) -> Past {
        let tries = 1.0 + fails + fails * fails;
        let finished = (takes / tries).min(self.messages.waiting as f64);
        let dead = finished * fails.powi(3);
        let arrived = self.waiting.back().map_or(0, |(_, count)| *count);
        let deleted = whole(&mut self.doing, finished - dead, self.messages.waiting);
        self.messages.waiting -= deleted;
        let dead = whole(&mut self.dying, dead, self.messages.waiting);
        self.messages.waiting -= dead;
        self.messages.deleted += deleted;
        self.messages.dead += dead;
        self.take_oldest(deleted + dead);
        Past {
            arrived,
            deleted,
            attempts: finished * tries,
        }
    }

    fn take_oldest(&mut self, mut count: u64) {
        while let Some((_, there)) = self.waiting.front_mut() {
            let taken = count.min(*there);
            *there -= taken;
            count -= taken;
            if *there > 0 {
                return;
            }
            self.waiting.pop_front();
        }
    }

    /// Seconds that the oldest message has waited.
    fn age(&self, now: Timestamp) -> f64 {
        let oldest = self.waiting.front();
        oldest.map_or(0.0, |(at, _)| {
            now.duration_since(*at).as_secs_f64().max(0.0)
        })
    }
}

/// What is whole of what is owed, and no more than there is.
fn whole(owed: &mut f64, more: f64, most: u64) -> u64 {
    *owed += more;
    let count = (owed.floor() as u64).min(most);
    *owed -= count as f64;
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue() -> Kept {
        Kept {
            queue: Queue {
                name: "jobs".to_owned(),
                worker: "mailer".to_owned(),
                arrivals: 100.0,
                takes: 60.0,
            },
            messages: Messages::default(),
            waiting: VecDeque::new(),
            coming: 0.0,
            doing: 0.0,
            dying: 0.0,
        }
    }

    fn after(minutes: i64, takes: f64, fails: f64) -> Kept {
        let mut kept = queue();
        for minute in 0..minutes {
            kept.arrive(Timestamp::from_second(minute * 60).unwrap());
            kept.work(takes, fails);
        }
        kept
    }

    #[test]
    fn what_workers_can_do_leaves_nothing_waiting() {
        let kept = after(60, 180.0, 0.0);
        assert_eq!(kept.messages.deleted, 6_000);
        assert_eq!(kept.messages.waiting, 0);
    }

    #[test]
    fn too_few_workers_leave_a_backlog_that_grows_old() {
        let kept = after(60, 60.0, 0.0);
        assert_eq!(kept.messages.waiting, 2_400);
        let now = Timestamp::from_second(3_600).unwrap();
        assert!(kept.age(now) > 1_000.0, "{}", kept.age(now));
    }

    #[test]
    fn what_fails_three_times_is_lost() {
        let kept = after(60, 600.0, 1.0);
        assert_eq!(kept.messages.deleted, 0);
        assert_eq!(kept.messages.dead, 6_000);
        let some = after(60, 600.0, 0.5);
        assert!(
            (740..=760).contains(&some.messages.dead),
            "{:?}",
            some.messages
        );
    }
}
