//! `sixshift-soak`: the product in random regions among random people, judged by what AWS has and what customers saw.
//!
//! - `case`: what a seed decides: `world` (the region), `plan`, `story` (what happens when).
//! - `run`: carries a case out; `life`: all that happens around the daemon, by `hands` (others' edits), `releases`, `faults`,
//!   `operators`; `witness` and `log` write down what happened.
//! - `oracles`: what is never to happen, a file an oracle. They look at the region's own record, not at the product's view.

mod aws;
mod case;
mod daemon;
mod dice;
mod documents;
mod faults;
mod hands;
mod life;
mod log;
mod operators;
mod oracles;
mod plan;
mod releases;
mod run;
mod sabotage;
mod search;
mod sides;
mod story;
mod table;
#[cfg(test)]
mod tests;
mod witness;
mod world;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    search::Args::parse().run()
}
