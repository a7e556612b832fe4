//! Keeps virtual time from running ahead of the wall clock, and redraws now and then.
//!
//! Under tokio's paused clock time jumps to the next timer as soon as nothing else is to be done. This timer is never far
//! off, and holds the thread until the wall clock has caught up. So speed changes nothing about what happens.

use std::time::{Duration, Instant};

use super::Speed;

/// How long the thread sleeps at a time: a fifth of a second, so that the table is redrawn five times a second.
const TICK: Duration = Duration::from_millis(200);

/// Virtual time between redraws at full speed.
const STRIDE: Duration = Duration::from_secs(600);

/// The wanted speed.
pub(super) struct Pace {
    speed: Speed,
}

impl Pace {
    pub(super) fn new(speed: Speed) -> Self {
        Self { speed }
    }

    /// Never ends; calls `redraw` after each tick.
    pub(super) async fn keep(&self, mut redraw: impl FnMut()) {
        let (wall, time) = (Instant::now(), tokio::time::Instant::now());
        let mut drawn = Instant::now();
        loop {
            let stride = match self.speed {
                Speed::Max => STRIDE,
                Speed::Times(times) => TICK.mul_f64(times),
            };
            tokio::time::sleep(stride).await;
            if let Speed::Times(times) = self.speed {
                let due = wall + time.elapsed().div_f64(times);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            if drawn.elapsed() >= TICK {
                redraw();
                drawn = Instant::now();
            }
        }
    }
}
