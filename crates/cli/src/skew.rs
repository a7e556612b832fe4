//! The clock that a run goes by: a simulated region's is followed wherever it jumps, and what is doubted is told in the log.
//!
//! What belongs here: reading a region's clock, and words. What must not: what is held while a clock is doubted
//! (`sixshift_controller::Clock`, `sixshift_core::facts::Lack`).

use std::{cell::Cell, time::Duration};

use anyhow::Context;
use serde::Deserialize;
use sixshift_controller::{Clock, Hands};

/// How often a region is asked what time it is.
const EVERY: Duration = Duration::from_secs(1);
/// How long it may take to say so.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Room for the question and for the answer, which are a few lines each.
const BUFFER: usize = 8 * 1_024;
/// A region's clock that stands still is followed as one that crawls.
const SLOWEST: f64 = 0.001;

/// What a simulated region's control endpoint says of its clock.
#[derive(Clone, Copy, Deserialize)]
struct Reading {
    now: jiff::Timestamp,
    rate: f64,
}

/// This machine's clock, or that of the simulated region at a URL.
///
/// # Errors
/// There is no region, or its clock stands still.
pub(crate) fn clock(region: Option<&str>) -> anyhow::Result<Clock> {
    region.map_or_else(|| Ok(Clock::system()), of_region)
}

fn of_region(url: &str) -> anyhow::Result<Clock> {
    let reading = read(url)?;
    anyhow::ensure!(
        reading.rate > 0.0,
        "the simulated clock at {url} stands still"
    );
    Ok(Clock::simulated(reading.now, reading.rate))
}

/// Follows a region's clock for as long as it is polled; not at all without one. A region that does not answer is asked
/// again: the clock goes on as it went.
pub(crate) async fn follow(url: Option<&str>, clock: &Clock, hands: &Hands) {
    let Some(url) = url else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep(EVERY).await;
        let url = url.to_owned();
        let Ok(Ok(reading)) = tokio::task::spawn_blocking(move || read(&url)).await else {
            continue;
        };
        let (rate, before) = (reading.rate.max(SLOWEST), clock.rate());
        if clock.follow(reading.now, rate) && rate != before {
            hands.set_rate(rate);
        }
    }
}

fn read(url: &str) -> anyhow::Result<Reading> {
    let url = format!("{}/_sim/clock", url.trim_end_matches('/'));
    let mut answer = ureq::get(&url)
        .config()
        .timeout_global(Some(TIMEOUT))
        .input_buffer_size(BUFFER)
        .output_buffer_size(BUFFER)
        .build()
        .call()
        .with_context(|| format!("cannot read the simulated clock at {url}"))?;
    let text = answer
        .body_mut()
        .read_to_string()
        .with_context(|| format!("cannot read {url}"))?;
    serde_json::from_str(&text).with_context(|| format!("{url} is no simulated region"))
}

/// What the log was told of the clock.
#[derive(Debug, Default)]
pub(crate) struct Told(Cell<bool>);

impl Told {
    /// Tells when it is doubted, and when it is right again.
    pub(crate) fn tell(&self, clock: &Clock) {
        let doubt = clock.doubt();
        let was_wrong = self.0.replace(doubt.is_some());
        match doubt {
            Some(doubt) if !was_wrong => {
                tracing::error!("nothing goes forward, traffic is still taken back: {doubt}");
            }
            None if was_wrong => tracing::info!("the clock is right again"),
            _ => {}
        }
    }
}
