//! What the demo shows: a live picture in a terminal, a line per event elsewhere, and what other people did in the world.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
};

use sixshift_controller::{Clock, Round, command::gate_name};
use sixshift_core::{facts::Gate, status::Status};
use sixshift_sim::Region;

use super::{
    finale::Doors,
    screen::{Row, picture},
    terminal::Terminal,
    visitors,
};
use crate::{
    report::Requests,
    watch::{Lines, clock, event},
};

/// Events kept for the picture.
const KEPT: usize = 50;

/// Redraws until the next page of a fleet that does not fit.
const TURN: usize = 20;

/// The demo's face.
pub(super) struct Shown<'a> {
    text: bool,
    live: Cell<bool>,
    time: Clock,
    region: &'a Region,
    seen: RefCell<usize>,
    lines: RefCell<Lines>,
    events: RefCell<VecDeque<String>>,
    doors: Option<Doors>,
    terminal: Terminal,
    drawn: Cell<usize>,
}

impl<'a> Shown<'a> {
    pub(super) fn new(
        text: bool,
        live: bool,
        time: Clock,
        region: &'a Region,
        doors: Option<Doors>,
    ) -> Self {
        Self {
            text,
            live: Cell::new(live),
            time,
            region,
            seen: RefCell::default(),
            lines: RefCell::default(),
            events: RefCell::default(),
            doors,
            terminal: Terminal::default(),
            drawn: Cell::default(),
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

    /// Draws the picture, in a terminal.
    pub(super) fn redraw(&self, statuses: &[Status]) {
        if !self.live.get() {
            return;
        }
        let seen = self.region.with_world(|world| world.counted_traffic());
        let rows = statuses.iter().map(|status| Row {
            status,
            requests: seen
                .get(&status.plan)
                .map_or_else(Requests::default, |t| Requests::from(*t)),
        });
        let rows: Vec<_> = rows.collect();
        let events: Vec<String> = self.events.borrow().iter().cloned().collect();
        let page = self.drawn.get() / TURN;
        self.drawn.set(self.drawn.get() + 1);
        let picture = picture(&self.head(), &rows, &events, Terminal::size(), page);
        // A closed terminal ends the demo by its own signal.
        let _ = self.terminal.draw(&picture);
    }

    fn head(&self) -> Vec<String> {
        let now = clock(self.time.now());
        let mut head = vec![format!("sixshift demo · {now} in the region · Ctrl-C ends")];
        if let Some(doors) = &self.doors {
            head.push(format!("page   {}", doors.url));
            let token = doors.token.as_deref().unwrap_or(visitors::GIVEN);
            head.push(format!("token  {token}"));
            head.push(format!("plans  {}", doors.plans));
        }
        head
    }

    /// The last picture; from now on there are lines.
    pub(super) fn end(&self, statuses: &[Status]) {
        self.redraw(statuses);
        self.terminal.leave();
        self.live.set(false);
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
        if !self.live.get() {
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
