//! The hands over a simulated region: every call goes through the SDK, its wire protocol and AWS's refusals.

#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says where"
)]

mod act;
mod buckets;
mod copies;
mod counts;
mod fleet;
mod flows;
mod foretold;
mod generated;
mod ground;
mod late;
mod managed;
mod neighbours;
mod newer;
mod observe;
mod planted;
mod quotas;
mod reads;
mod silent;
mod stores;
mod subnets;
mod survey;
