//! `sixshift trial` with the real binary against the simulated region over TCP: the region says in the end what is left in it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on says where, and one that leaves something out says so"
)]

mod faults;
mod given;
mod here;
mod left;
mod moto;
mod played;
mod policy;
mod terraform;
mod whole;
