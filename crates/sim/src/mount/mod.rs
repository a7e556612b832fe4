//! The two ways to reach a region: in process as an AWS SDK's HTTP client, and over TCP.
//!
//! What must not be here: anything about a request but how it arrives and how its answer leaves.

mod sdk;
mod tcp;

pub use tcp::serve;
