//! How often a class of clients asks: a usual day's wave, or what was recorded of a real one.
//!
//! What belongs here: requests a second at a moment. What must not: what becomes of them.

use jiff::Timestamp;

use super::{Class, Source};
use crate::world::World;
use crate::world::rng;

/// The minutes of a day.
const DAY: i64 = 24 * 60;

/// What was recorded of clients: which route serves them, whatever it asks of a request, and when they come.
#[derive(Clone, Debug, PartialEq)]
pub struct Habits {
    /// The ARN of a rule, or of a listener for its default actions.
    pub route: String,
    /// Requests in each minute of a day, from midnight on (UTC), and every day the same. What is missing is none.
    pub day: Vec<f64>,
}

impl Class {
    /// Requests a second in the minute of a moment.
    pub(super) fn rate(&self, seed: u64, number: u64, at: Timestamp) -> f64 {
        let minute = at.as_second().div_euclid(60);
        let Some(habits) = &self.habits else {
            return wave(seed ^ number, self.source.rate, minute);
        };
        let place = usize::try_from(minute.rem_euclid(DAY)).unwrap_or_default();
        habits.day.get(place).copied().unwrap_or_default() / 60.0
    }
}

/// A day's wave and some noise.
fn wave(seed: u64, mean: f64, minute: i64) -> f64 {
    let hours = minute as f64 / 60.0;
    let wave = 1.0 + 0.2 * ((hours - 9.0) / 24.0 * std::f64::consts::TAU).sin();
    let noise = rng::between(seed, "rate", minute as u64, 0.95, 1.05);
    mean * wave * noise
}

impl World {
    /// Lets clients begin to ask who are known by what was recorded of them; `service` is the ledger's key.
    pub fn add_customers(&mut self, service: &str, load_balancer: &str, habits: Habits) {
        let source = Source {
            service: service.to_owned(),
            load_balancer: load_balancer.to_owned(),
            port: 0,
            host: String::new(),
            path: String::new(),
            rate: habits.day.iter().sum::<f64>() / (DAY * 60) as f64,
            family: crate::world::behaviour::Family::V4,
        };
        let habits = Some(habits);
        self.begin(Class {
            habits,
            ..Class::new(source)
        });
    }
}
