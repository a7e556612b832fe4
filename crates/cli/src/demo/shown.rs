//! What the demo shows: a live table in a terminal, a line per event elsewhere, and what other people did in the world.

use std::{cell::RefCell, collections::VecDeque};

use sixshift_controller::{Clock, Round, command::gate_name};
use sixshift_core::{facts::Gate, status::Status};
use sixshift_sim::Region;

use crate::watch::{Lines, Table, clock, event};

/// Events kept for the table.
const KEPT: usize = 50;

/// The demo's face.
pub(super) struct Shown<'a> {
    text: bool,
    live: bool,
    time: Clock,
    region: &'a Region,
    seen: RefCell<usize>,
    lines: RefCell<Lines>,
    events: RefCell<VecDeque<String>>,
    table: RefCell<Table>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(text: bool, live: bool, time: Clock, region: &'a Region) -> Self {
        Self {
            text,
            live,
            time,
            region,
            seen: RefCell::default(),
            lines: RefCell::default(),
            events: RefCell::default(),
            table: RefCell::default(),
        }
    }

    /// A round ended.
    pub(super) fn round(&self, round: &Round) {
        if !self.text {
            return;
        }
        self.others();
        for line in self.lines.borrow_mut().of(round) {
            self.say(line);
        }
    }

    /// The operator gave an approval.
    pub(super) fn approval(&self, name: &str, gate: Gate) {
        self.say(event(
            self.time.now(),
            name,
            &format!("the demo's operator approves {}", gate_name(gate)),
        ));
    }

    /// Draws the table, in a terminal.
    pub(super) fn redraw(&self, statuses: &[Status]) {
        if !self.live {
            return;
        }
        let head = format!(
            "sixshift demo · the region's time is {} · Ctrl-C ends",
            clock(self.time.now())
        );
        let events: Vec<String> = self.events.borrow().iter().cloned().collect();
        // A closed terminal ends the demo by its own signal.
        let _ = self.table.borrow_mut().draw(&head, statuses, &events);
    }

    /// The last picture.
    pub(super) fn end(&self, statuses: &[Status]) {
        self.redraw(statuses);
    }

    /// What other people did in the world since the last look.
    fn others(&self) {
        let seen = *self.seen.borrow();
        let news = self.region.with_world(|world| {
            world
                .journal
                .iter()
                .skip(seen)
                .map(|e| event(e.at, "(somebody)", &e.sentence))
                .collect::<Vec<_>>()
        });
        *self.seen.borrow_mut() += news.len();
        for line in news {
            self.say(line);
        }
    }

    fn say(&self, line: String) {
        if !self.text {
            return;
        }
        if !self.live {
            anstream::println!("{line}");
            return;
        }
        let mut events = self.events.borrow_mut();
        events.push_back(line);
        if events.len() > KEPT {
            events.pop_front();
        }
    }
}
