//! The API over real sockets, before a board that a test fills, or before a fleet over a simulated region.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod access;
mod document;
mod fleet;
mod history;
mod hosts;
mod limits;
mod orders;
mod past;
mod served;
mod sessions;
mod stream;
mod views;
