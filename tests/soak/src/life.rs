//! Everything that happens around the daemon, tick by tick: the story's events, what people do, what is looked at.
//!
//! What belongs here: when each is done. What must not: what an edit or a release is, or judging.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sixshift_controller::command::Verb;
use sixshift_controller::{Clock, Fleet};
use sixshift_core::facts::Gate;
use sixshift_core::share::Share;
use sixshift_core::status::{Phase, Status};
use sixshift_sim::Region;
use sixshift_sim::world::World;
use tokio::sync::Notify;

use crate::case::Case;
use crate::daemon::{self, Taken};
use crate::dice::Dice;
use crate::documents::Documents;
use crate::hands;
use crate::log::{By, Log, Ordered, Picture, Sample};
use crate::operators::{Deed, Operators};
use crate::releases;
use crate::run::locked;
use crate::sabotage;
use crate::story::{Event, Until, What, When};
use crate::table::Moment;
use crate::witness::{AtTheDoor, note};
use crate::world::{NAME, Subject};

/// How often the world is looked at.
const TICK: Duration = Duration::from_secs(10);
/// A daemon that started has looked at everything by then.
const STARTED: SignedDuration = SignedDuration::from_secs(45);
/// Whoever failed to call AWS tries again by then.
const BACKED_OFF: SignedDuration = SignedDuration::from_secs(90);
/// Requests a second in the liveness phase, at least.
const BUSY: f64 = 60.0;
/// A moment that has not come by then does not come any more.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// What has not changed for so long does not change any more.
const STILL: SignedDuration = SignedDuration::from_mins(30);

/// Why a stretch of the run is over.
pub(crate) enum Next {
    End,
    Killed {
        down: SignedDuration,
        journal_lost: bool,
    },
    Started,
}

/// All that happens around the daemon.
pub(crate) struct Life<'a> {
    case: &'a Case,
    region: &'a Region,
    clock: Clock,
    subject: &'a Subject,
    log: &'a Arc<Mutex<Log>>,
    bell: &'a Arc<Notify>,
    dice: Dice,
    begun: Timestamp,
    pending: Vec<Event>,
    first_in: BTreeMap<Phase, Timestamp>,
    first_at: BTreeMap<Moment, Timestamp>,
    /// When something of the story happened last.
    last_event: Timestamp,
    operators: Operators,
    pub(crate) lease: Taken,
    pub(crate) mute: Taken,
    pub(crate) up_since: Option<Timestamp>,
    pub(crate) back_at: Option<Timestamp>,
    frozen: bool,
    faulty: bool,
    /// When calls went wrong last.
    faulty_until: Option<Timestamp>,
    level: f64,
    deadline: Option<Timestamp>,
    still: (Timestamp, String),
}

impl<'a> Life<'a> {
    pub(crate) fn new(
        case: &'a Case,
        region: &'a Region,
        clock: Clock,
        subject: &'a Subject,
        log: &'a Arc<Mutex<Log>>,
        bell: &'a Arc<Notify>,
    ) -> Self {
        Self {
            case,
            region,
            subject,
            log,
            bell,
            dice: Dice::new(case.seed).of("life"),
            begun: clock.now(),
            pending: case.story.events.clone(),
            first_in: BTreeMap::new(),
            first_at: BTreeMap::new(),
            last_event: clock.now(),
            operators: Operators::new(case.story.patience, Dice::new(case.seed).of("operators")),
            lease: Taken::default(),
            mute: Taken::default(),
            up_since: None,
            back_at: None,
            frozen: false,
            faulty: false,
            faulty_until: None,
            level: 1.0,
            deadline: None,
            still: (clock.now(), String::new()),
            clock,
        }
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        locked(self.log)
    }

    fn status(&self) -> Option<Arc<Status>> {
        self.log().told.clone()
    }

    /// Goes on until the daemon is killed, is back, or everything is over.
    pub(crate) async fn go_on(&mut self, fleet: Option<&Fleet>) -> Next {
        let mut next_tick = tokio::time::Instant::now() + TICK;
        loop {
            let on_time = tokio::select! {
                biased;
                () = self.bell.notified() => false,
                () = tokio::time::sleep_until(next_tick) => true,
            };
            let now = self.clock.now();
            self.see_phase(now);
            if let Some(killed) = self.happen(fleet, now).await {
                return killed;
            }
            if !on_time {
                continue;
            }
            next_tick += TICK;
            if fleet.is_none() && self.back_at.is_some_and(|at| at <= now) {
                self.log().say(now, "the daemon is back");
                return Next::Started;
            }
            self.people(fleet, now).await;
            self.sample(now);
            if self.is_over(now) {
                return Next::End;
            }
        }
    }

    fn see_phase(&mut self, now: Timestamp) {
        let Some(status) = self.status() else { return };
        self.first_in.entry(status.phase).or_insert(now);
        for event in &self.pending {
            if let When::At(moment, _) = event.when
                && moment.is_reached(&status)
            {
                self.first_at.entry(moment).or_insert(now);
            }
        }
    }

    /// What of the story is due.
    async fn happen(&mut self, fleet: Option<&Fleet>, now: Timestamp) -> Option<Next> {
        let writes = self.log().writes.len();
        let (begun, first_in, first_at) = (self.begun, &self.first_in, &self.first_at);
        let due = |when: &When| match when {
            When::After(span) => now.duration_since(begun) >= *span,
            When::In(phase, span) => {
                let since = first_in.get(phase);
                since.is_some_and(|since| now.duration_since(*since) >= *span)
            }
            When::Write(number) => writes >= *number,
            When::At(moment, span) => {
                let since = first_at.get(moment);
                since.is_some_and(|since| now.duration_since(*since) >= *span)
            }
        };
        let (due, pending) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|event| due(&event.when));
        self.pending = pending;
        let mut killed = None;
        for Event { what, .. } in due {
            self.last_event = now;
            match what {
                What::Kill { down, journal_lost } if fleet.is_some() => {
                    let lost = if journal_lost {
                        ", and its journal with it"
                    } else {
                        ""
                    };
                    self.log()
                        .say(now, format!("KILL  the daemon is gone{lost}"));
                    killed = Some(Next::Killed { down, journal_lost });
                }
                What::Kill { .. } => {}
                What::Order(verb) => self.order(fleet, verb, None, None, now).await,
                What::Promote(percent) => {
                    let to = Some(Share::from_basis_points(percent * 100));
                    self.order(fleet, Verb::Promote, None, to, now).await;
                }
                other => self.does(other, now),
            }
        }
        killed
    }

    fn does(&mut self, what: What, now: Timestamp) {
        match what {
            What::Edit(name) => {
                let Some(edit) = hands::named(name) else {
                    return;
                };
                let (subject, mut dice) = (self.subject, self.dice.of(name));
                self.dice.unit();
                self.log().edit_tried = true;
                self.others(name, now, |world| (edit.does)(world, subject, &mut dice));
            }
            What::Release(quality) => {
                self.others("release", now, |world| releases::deploy(world, quality));
            }
            What::Traffic(level) => self.customers(level, now),
            What::Faults(rules) => {
                self.log().say(now, format!("FAULT {rules:?}"));
                for rule in rules {
                    self.region.inject(rule);
                }
                self.faulty = true;
            }
            What::NoFaults => {
                self.region.clear_faults();
                self.faulty = false;
                self.log().say(now, "FAULT none any more");
            }
            What::Sabotage(name) => self.sabotage(name, now),
            What::Kill { .. } | What::Order(_) | What::Promote(_) => {}
        }
    }

    /// Somebody else does something.
    fn others(&self, name: &str, now: Timestamp, does: impl FnOnce(&mut World) -> hands::Done) {
        let (before, done, after) = self.region.with_world(|world| {
            let before = Documents::read(world);
            let done = does(world);
            (before, done, Documents::read(world))
        });
        let mut log = self.log();
        match &done {
            Ok(Some(said)) => log.say(now, format!("EDIT  somebody {said}")),
            Ok(None) => return,
            Err(refusal) if before == after => {
                return log.say(now, format!("EDIT  {name} was refused: {refusal}"));
            }
            // Half of it was done.
            Err(refusal) => log.say(now, format!("EDIT  {name} was refused: {refusal}")),
        }
        log.edited(now, &before, &after);
        drop(log);
        self.region.with_world(|world| {
            note(&mut locked(self.log), world, self.subject, By::Others);
        });
    }

    fn customers(&mut self, level: f64, now: Timestamp) {
        let factor = level / self.level;
        self.level = level;
        self.region
            .with_world(|world| world.change_traffic(NAME, factor));
        self.log()
            .say(now, format!("TRAFFIC {level} times the usual"));
    }

    fn sabotage(&mut self, name: &str, now: Timestamp) {
        match name {
            "deaf" => self.lease.0.store(true, Ordering::Relaxed),
            "mute" => self.mute.0.store(true, Ordering::Relaxed),
            _ => {
                let door = AtTheDoor::new(
                    Arc::clone(self.log),
                    self.subject.clone(),
                    Arc::clone(self.bell),
                );
                let done = self
                    .region
                    .with_world(|world| sabotage::act(world, door, name));
                if let Err(refusal) = done {
                    self.log()
                        .say(now, format!("SABOTAGE {name} was refused: {refusal}"));
                }
            }
        }
        self.log().say(now, format!("SABOTAGE {name}"));
    }

    async fn order(
        &mut self,
        fleet: Option<&Fleet>,
        verb: Verb,
        gate: Option<Gate>,
        to: Option<Share>,
        now: Timestamp,
    ) {
        let Some(fleet) = fleet else { return };
        match fleet.order(daemon::order(verb, gate, to)).await {
            Ok(_) => {
                match verb {
                    Verb::Freeze => self.frozen = true,
                    Verb::Unfreeze => self.frozen = false,
                    _ => {}
                }
                let mut log = self.log();
                log.say(now, format!("ORDER {}", verb.name()));
                log.orders.push(Ordered {
                    at: now,
                    verb,
                    gate,
                    to,
                });
            }
            Err(refused) => self.log().say(now, format!("ORDER {refused}")),
        }
    }

    /// People do what they are asked for.
    async fn people(&mut self, fleet: Option<&Fleet>, now: Timestamp) {
        let Some(status) = self.status() else { return };
        let deeds = if self.deadline.is_some() {
            self.operators.oblige(&status, now)
        } else {
            self.operators.attend(&status, now)
        };
        for deed in deeds {
            match deed {
                Deed::Order(verb, gate) => self.order(fleet, verb, gate, None, now).await,
                Deed::Release(quality) => {
                    self.others("release", now, |world| releases::deploy(world, quality));
                }
                Deed::FillTwin => {
                    let tasks = self.subject.team.tasks;
                    self.others("fill-twin", now, |world| hands::fill_twin(world, tasks));
                }
                Deed::Note(share) => {
                    self.others("note", now, |world| hands::note(world, share));
                }
                Deed::Weights(percent) => {
                    let subject = self.subject;
                    self.others("weights", now, |world| {
                        hands::set_all(world, subject, percent)?;
                        Ok(Some(format!(
                            "set IPv6 to {percent} % on every route, as asked"
                        )))
                    });
                }
            }
        }
    }

    fn sample(&mut self, now: Timestamp) {
        if self.faulty {
            self.faulty_until = Some(now);
        }
        let hindered = self
            .faulty_until
            .is_some_and(|until| now.duration_since(until) < BACKED_OFF);
        let (world, seen) = self.region.with_world(|world| {
            let seen = world.traffic().get(NAME).copied().unwrap_or_default();
            (Picture::take(world, self.subject), seen)
        });
        let up = self
            .up_since
            .is_some_and(|since| now.duration_since(since) >= STARTED);
        let told = self.status();
        let sample = Sample {
            at: now,
            up,
            frozen: self.frozen,
            hindered,
            world,
            total: seen.total,
            failed: seen.failed,
            told,
        };
        self.log().samples.push(sample);
    }

    /// Begins the liveness phase when it is time; says when that is over, too.
    fn is_over(&mut self, now: Timestamp) -> bool {
        let Some(deadline) = self.deadline else {
            return self.lived_enough(now);
        };
        let Some(status) = self.status() else {
            return now >= deadline;
        };
        let words = format!(
            "{:?} {:?}",
            status.phase,
            status.waiting_on.as_ref().map(|on| on.kind())
        );
        if self.still.1 != words {
            self.still = (now, words);
        }
        let still = now.duration_since(self.still.0) >= STILL;
        let no_more = status
            .waiting_on
            .as_ref()
            .is_none_or(|on| self.operators.gave_up(on));
        let settled = still && status.is_settled() && no_more;
        self.log().settled = settled;
        settled || now >= deadline
    }

    /// The safety phase ends when it is time; where nobody is to see the rest, everything does.
    fn lived_enough(&mut self, now: Timestamp) -> bool {
        let since = |moment: Timestamp| now.duration_since(moment);
        let (is_over, settles) = match self.case.story.until {
            Until::Hours(hours) => (since(self.begun) >= SignedDuration::from_hours(hours), true),
            Until::Watched { span, settles } => {
                let is_watched = self.pending.is_empty() && since(self.last_event) >= span;
                (is_watched || since(self.begun) >= LONGEST, settles)
            }
        };
        if is_over {
            self.calm_down(now);
        }
        is_over && !settles
    }

    /// Faults end, people become obliging.
    fn calm_down(&mut self, now: Timestamp) {
        self.region.clear_faults();
        self.region.set_lag(0.0);
        self.faulty = false;
        // Whoever is asked for more requests has them.
        self.customers((BUSY / self.case.team.rate).max(1.0), now);
        self.pending.clear();
        let plan = &self.case.plan;
        let holds = plan.steps.iter().map(|s| s.hold.as_mins()).sum::<i64>();
        let longest = 2 * (holds + plan.bake.as_mins()) + plan.keep_cold.as_mins() + 6 * 60;
        self.deadline = Some(now + SignedDuration::from_mins(longest));
        self.still = (now, String::new());
        let documents = self.region.with_world(|world| Documents::read(world));
        let mut log = self.log();
        log.at_calm = documents;
        log.calm_from = Some(now);
        log.say(now, "---- faults end, people are obliging from here ----");
    }
}
