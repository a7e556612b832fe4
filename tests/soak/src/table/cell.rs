//! A cell of the table, and the case that it is.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;

use super::Moment;
use super::ways::{ROUTES, Routes};
use crate::case::Case;
use crate::dice::Dice;
use crate::hands::{self, Edit};
use crate::plan::{Drawn, Step};
use crate::story::{Event, Mood, Story, Until, What, When};
use crate::world::Team;

/// For how long it is watched after the edit.
pub(super) const WATCHED: SignedDuration = SignedDuration::from_mins(8);
/// How often somebody asks for something, on the average: often enough that no minute is without.
const RATE: f64 = 30.0;

/// What the plan says of edits.
pub(super) const DRIFTS: [(&str, bool); 2] = [("hold", false), ("correct", true)];

/// A cell of the table.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) edit: &'static Edit,
    pub(crate) moment: Moment,
    pub(crate) routes: &'static Routes,
    pub(crate) corrects: bool,
}

impl Cell {
    /// Every cell.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for edit in hands::edits() {
            for moment in Moment::ALL {
                for routes in &ROUTES {
                    all.extend(DRIFTS.map(|(_, corrects)| Self {
                        edit,
                        moment,
                        routes,
                        corrects,
                    }));
                }
            }
        }
        all
    }

    /// The case that it is. `settles`: whether people see it to its end.
    pub(crate) fn case(&self, settles: bool) -> Case {
        let seed = self.seed();
        let after = if self.moment.lasts() {
            SignedDuration::from_secs(Dice::new(seed).of("after").between(0, 100))
        } else {
            SignedDuration::ZERO
        };
        let mut events = self.moment.orders();
        events.push(Event {
            when: When::At(self.moment, after),
            what: What::Edit(self.edit.name),
        });
        Case {
            seed,
            team: self.team(),
            plan: self.plan(),
            story: Story {
                mood: Mood::Hands,
                events,
                until: Until::Watched {
                    span: WATCHED,
                    settles,
                },
                lag: 0.0,
                // Nobody does anything by themselves.
                patience: SignedDuration::from_hours(24),
            },
        }
    }

    /// From its name: it is the same run wherever it stands in the table.
    fn seed(&self) -> u64 {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for byte in self.to_string().bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        hash
    }

    fn team(&self) -> Team {
        Team {
            tasks: 3,
            rate: RATE,
            ways: self.routes.ways.to_vec(),
            sticky: self.routes.sticky,
            scales: true,
            scheduled: false,
            breaker: true,
            interval: 10,
            drain: 30,
            cross_zone: true,
            grace: 0,
        }
    }

    fn plan(&self) -> Drawn {
        let step = |share: f64, minutes: i64| Step {
            share,
            hold: SignedDuration::from_mins(minutes),
            asks: false,
        };
        Drawn {
            steps: vec![step(0.1, 4), step(0.5, 4), step(1.0, 0)],
            bake: SignedDuration::from_mins(5),
            keep_cold: SignedDuration::from_mins(5),
            corrects: self.corrects,
            asks_to_retire: true,
            deletes_service: true,
            deletes_group: true,
            rolls_back: true,
            approves_few: true,
            min_requests: 20,
            against_ipv4: false,
            latency: false,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (drift, _) = DRIFTS[usize::from(self.corrects)];
        let (edit, moment) = (self.edit.name, self.moment.name());
        write!(f, "{edit}@{moment}/{}/{drift}", self.routes.name)
    }
}

/// Cells by name: `edit@moment/routes/drift`, where what is left out, or `*`, is any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Only {
    edit: Option<String>,
    moment: Option<String>,
    routes: Option<String>,
    drift: Option<String>,
}

impl Only {
    pub(super) fn has(&self, cell: &Cell) -> bool {
        let (drift, _) = DRIFTS[usize::from(cell.corrects)];
        let parts = [
            (&self.edit, cell.edit.name),
            (&self.moment, cell.moment.name()),
            (&self.routes, cell.routes.name),
            (&self.drift, drift),
        ];
        parts
            .iter()
            .all(|(wanted, is)| wanted.as_ref().is_none_or(|wanted| wanted == is))
    }
}

impl FromStr for Only {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (edit, rest) = text.split_once('@').unwrap_or((text, ""));
        let mut parts = rest.split('/');
        let part = |text: &str| (!text.is_empty() && text != "*").then(|| text.to_owned());
        let mut next = || part(parts.next().unwrap_or_default());
        let only = Self {
            edit: part(edit),
            moment: next(),
            routes: next(),
            drift: next(),
        };
        let known = |wanted: &Option<String>, is: &dyn Fn(&str) -> bool| {
            wanted.as_ref().is_none_or(|wanted| is(wanted))
        };
        let all = known(&only.edit, &|name| hands::named(name).is_some())
            && known(&only.moment, &|name| {
                Moment::ALL.iter().any(|m| m.name() == name)
            })
            && known(&only.routes, &|name| ROUTES.iter().any(|r| r.name == name))
            && known(&only.drift, &|name| DRIFTS.iter().any(|(d, _)| *d == name));
        all.then_some(only)
            .ok_or_else(|| "EDIT@MOMENT/ROUTES/DRIFT, each a name of the table or *".to_owned())
    }
}
