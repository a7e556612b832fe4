//! What happens in a run, and when: drawn from the seed before it begins.
//!
//! What belongs here: the timetable. What must not: doing any of it.

use jiff::SignedDuration;
use sixshift_controller::command::Verb;
use sixshift_core::status::Phase;
use sixshift_sim::faults::Fault;

use crate::dice::Dice;
use crate::faults;
use crate::hands::{self, Touches};
use crate::releases::Quality;
use crate::table::Moment;

/// What kind of life the service has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Healthy code, nobody edits anything: the API fails, the daemon is killed, people give orders.
    Calm,
    /// The team releases, and not all of it is good.
    Releases,
    /// Others edit what they please.
    Hands,
    /// All of it.
    Storm,
}

/// When something happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum When {
    /// So long after the beginning.
    After(SignedDuration),
    /// So long after the plan was first seen in a phase. Phases are short or long: all of them are to be met.
    In(Phase, SignedDuration),
    /// Right after the daemon's so-manieth write had its effect, before it knows.
    Write(usize),
    /// So long after the migration was first at a moment of the table.
    At(Moment, SignedDuration),
}

/// How long a migration lives among faults and other people, before they become obliging.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Until {
    Hours(i64),
    /// Until so long after the last of its events, and whether people then see it to its end.
    Watched {
        span: SignedDuration,
        settles: bool,
    },
}

/// What happens.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// Somebody else's edit, by its name in the table.
    Edit(&'static str),
    Release(Quality),
    Order(Verb),
    /// Somebody orders it to go to a share without the holds before it, in percent.
    Promote(u16),
    /// Customers ask so many times as often as on an average day.
    Traffic(f64),
    /// Calls go wrong from now on.
    Faults(Vec<Fault>),
    /// They do no more.
    NoFaults,
    /// The daemon is gone for so long, and with it what it kept.
    Kill {
        down: SignedDuration,
        journal_lost: bool,
    },
    /// An act that the product is blamed for: only tests have it, to show that an oracle sees it.
    #[cfg_attr(not(test), expect(dead_code, reason = "no run does it by itself"))]
    Sabotage(&'static str),
}

/// Something that happens.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) when: When,
    pub(crate) what: What,
}

/// A whole run.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) mood: Mood,
    pub(crate) events: Vec<Event>,
    /// How long the safety phase is.
    pub(crate) until: Until,
    /// How late AWS is, in seconds.
    pub(crate) lag: f64,
    /// How long people take until they approve.
    pub(crate) patience: SignedDuration,
}

/// Phases in which something may happen.
const PHASES: [Phase; 12] = [
    Phase::Checking,
    Phase::TargetGroup,
    Phase::Service,
    Phase::Warm,
    Phase::Shift,
    Phase::Shift,
    Phase::Bake,
    Phase::Cold,
    Phase::Retire,
    Phase::Done,
    Phase::RollingBack,
    Phase::RolledBack,
];

impl Story {
    pub(crate) fn draw(dice: &mut Dice, hours: i64) -> Self {
        let mood = match dice.between(0, 99) {
            0..30 => Mood::Calm,
            30..45 => Mood::Releases,
            45..85 => Mood::Hands,
            _ => Mood::Storm,
        };
        let mut events = Vec::new();
        let many = |dice: &mut Dice, few: i64, storm: i64| {
            let most = if mood == Mood::Storm { storm } else { few };
            dice.between(0, most)
        };
        for _ in 0..many(dice, 3, 4) {
            let down = SignedDuration::from_secs(dice.between(1, 900));
            let journal_lost = dice.chance(0.3);
            let when = when(dice, hours);
            events.push(Event {
                when,
                what: What::Kill { down, journal_lost },
            });
        }
        for _ in 0..many(dice, 2, 3) {
            faulty(dice, hours, &mut events);
        }
        for _ in 0..many(dice, 2, 3) {
            let level = *dice.pick(&[0.001, 0.02, 0.3, 1.0, 2.0]);
            let when = when(dice, hours);
            events.push(Event {
                when,
                what: What::Traffic(level),
            });
        }
        for _ in 0..many(dice, 2, 3) {
            order(dice, hours, &mut events);
        }
        let releases = many(dice, 2, 3);
        for _ in 0..releases {
            let quality = match mood {
                Mood::Calm | Mood::Hands => Quality::Good,
                Mood::Releases | Mood::Storm => *dice.pick(&Quality::ALL),
            };
            let when = when(dice, hours);
            events.push(Event {
                when,
                what: What::Release(quality),
            });
        }
        let edits = match mood {
            Mood::Calm | Mood::Releases => 0,
            Mood::Hands => dice.between(1, 3),
            Mood::Storm => dice.between(1, 5),
        };
        for _ in 0..edits {
            let what = What::Edit(hands::any(dice).name);
            let when = when(dice, hours);
            events.push(Event { when, what });
        }
        let lag = if dice.chance(0.25) {
            dice.between(1, 5) as f64
        } else {
            0.0
        };
        let patience = SignedDuration::from_secs(dice.between(10, 900));
        Self {
            mood,
            events,
            until: Until::Hours(hours),
            lag,
            patience,
        }
    }

    /// Whether only healthy code runs and nobody else edits anything.
    pub(crate) fn is_calm(&self) -> bool {
        self.has_good_code() && !self.has_edits()
    }

    /// Whether both places of what was noted of the team's are lost: nobody can know it then.
    pub(crate) fn loses_its_notes(&self) -> bool {
        let notes = |name| hands::named(name).is_some_and(|e| e.touches == Touches::Notes);
        let removed = |e: &Event| matches!(e.what, What::Edit(name) if notes(name));
        let lost = |e: &Event| {
            matches!(
                e.what,
                What::Kill {
                    journal_lost: true,
                    ..
                }
            )
        };
        self.events.iter().any(removed) && self.events.iter().any(lost)
    }

    /// Whether somebody else edits anything.
    /// Whether every release is a good one: then no code fails by itself.
    pub(crate) fn has_good_code(&self) -> bool {
        let bad = |e: &Event| matches!(e.what, What::Release(quality) if quality != Quality::Good);
        !self.events.iter().any(bad)
    }

    pub(crate) fn has_edits(&self) -> bool {
        self.events.iter().any(|e| matches!(e.what, What::Edit(_)))
    }
}

fn when(dice: &mut Dice, hours: i64) -> When {
    match dice.between(0, 9) {
        0..2 => When::After(SignedDuration::from_secs(dice.between(0, hours * 3600))),
        2..4 => When::Write(dice.between(1, 70) as usize),
        _ => {
            let phase = *dice.pick(&PHASES);
            let span = *dice.pick(&[5, 60, 600, 2400]);
            When::In(phase, SignedDuration::from_secs(dice.between(0, span)))
        }
    }
}

/// Faults begin, and end a while later.
fn faulty(dice: &mut Dice, hours: i64, events: &mut Vec<Event>) {
    let begin = dice.between(0, hours * 3600);
    let end = begin + dice.between(60, 2400);
    let rules = faults::draw(dice);
    events.push(Event {
        when: When::After(SignedDuration::from_secs(begin)),
        what: What::Faults(rules),
    });
    events.push(Event {
        when: When::After(SignedDuration::from_secs(end)),
        what: What::NoFaults,
    });
}

/// Somebody orders something; what stops everything is taken back some minutes later.
fn order(dice: &mut Dice, hours: i64, events: &mut Vec<Event>) {
    let verb = *dice.pick(&[
        Verb::Pause,
        Verb::Resume,
        Verb::Abort,
        Verb::Retry,
        Verb::Freeze,
        Verb::Adopt,
        Verb::Promote,
    ]);
    let at = dice.between(0, hours * 3600);
    let when = When::After(SignedDuration::from_secs(at));
    let what = match verb {
        Verb::Promote => What::Promote(*dice.pick(&[2, 10, 25, 50, 75, 100])),
        verb => What::Order(verb),
    };
    events.push(Event { when, what });
    let back = match verb {
        Verb::Pause => Verb::Resume,
        Verb::Freeze => Verb::Unfreeze,
        _ => return,
    };
    let when = When::After(SignedDuration::from_secs(at + dice.between(30, 3600)));
    events.push(Event {
        when,
        what: What::Order(back),
    });
}
