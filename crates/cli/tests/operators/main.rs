//! What operators are promised of the command line: what it asks the daemon, what it says, how it ends.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod asking;
mod context;
mod daemon;
mod doctor;
mod follow;
mod log;
mod many;
mod orders;
mod reading;
mod report;
mod sample;
mod server;
mod wait;
