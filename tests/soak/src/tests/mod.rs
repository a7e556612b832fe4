//! What the search itself keeps to: each oracle can fail, a quiet run fails none, a seed is the same run every time.

mod fixed;
mod guide;
mod oracles;
mod runs;
mod table;

use jiff::SignedDuration;

use crate::case::Case;
use crate::plan::{Drawn, Step};
use crate::story::{Event, Mood, Story, Until, What, When};
use crate::world::{Team, Way};

/// A migration of two hours without anything strange, and what happens besides.
fn quiet(events: Vec<Event>) -> Case {
    let step = |share: f64, minutes: i64| Step {
        share,
        hold: SignedDuration::from_mins(minutes),
        asks: false,
    };
    Case {
        seed: 1,
        team: Team {
            tasks: 2,
            rate: 60.0,
            ways: vec![Way::Default],
            sticky: None,
            scales: false,
            scheduled: false,
            breaker: true,
            interval: 10,
            drain: 30,
            cross_zone: true,
            grace: 30,
        },
        plan: Drawn {
            steps: vec![step(0.5, 10), step(1.0, 0)],
            bake: SignedDuration::from_mins(20),
            keep_cold: SignedDuration::from_mins(10),
            corrects: false,
            asks_to_retire: false,
            deletes_service: true,
            deletes_group: true,
            rolls_back: true,
            approves_few: true,
            min_requests: 100,
            against_ipv4: false,
            latency: false,
        },
        story: Story {
            mood: Mood::Calm,
            events,
            until: Until::Hours(2),
            lag: 0.0,
            // Nobody does anything by themselves.
            patience: SignedDuration::from_hours(24),
        },
    }
}

fn event(when: When, what: What) -> Event {
    Event { when, what }
}
