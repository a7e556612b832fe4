//! A simulated AWS region that speaks AWS's own wire protocols.
//!
//! It knows nothing of sixshift: it offers what AWS offers, refuses what AWS refuses, and is as late as AWS is late.
//! Mounted either as the SDK's HTTP client (in process, virtual time) or as a TCP server for any AWS client.
//!
//! - [`world`]: the state and its virtual clock: ECS scheduler, load balancers, target health, traffic, metrics, network.
//! - [`wire`]: one codec a protocol, from request to [`Value`] and back; knows no service.
//! - [`services`]: one file (or folder) an AWS service: operation name + [`Value`] -> change of the world + [`Value`].
//! - [`contract`]: what AWS's models say of requests and answers, from a table that a script makes of them.
//! - [`rules`]: what AWS refuses and does beyond its models, a line each with its source.
//! - [`caller`]: what the region's callers are allowed.
//! - `front`: a request that names a load balancer as its host is a customer's.
//! - [`region`]: the world behind a clock, with token buckets, [`faults`], counters and latency; as late as asked (`lag`).
//! - `record`: what is asked and answered, written down for a judge.
//! - [`witness`]: whoever is told of each write, with the world before and after it.
//! - [`mount`]: in process as an AWS SDK's HTTP client, or over TCP.
//! - [`scenario`]: named worlds, built through the same operations and state as any client's.

pub mod caller;
pub mod contract;
mod control;
mod dice;
pub mod faults;
mod front;
mod lag;
mod limits;
pub mod mount;
mod record;
pub mod region;
pub mod rules;
pub mod scenario;
pub mod services;
mod value;
pub mod wire;
pub mod witness;
pub mod world;

pub use mount::serve;
pub use region::Region;
pub use value::Value;
