//! The hands of sixshift: the only crate that talks to AWS.
//!
//! What belongs here: reading ([`Hands::observe`]), writing ([`Hands::act`]), what AWS asks of a polite caller
//! (batching, token buckets, paging), what there is where no plan is yet ([`Hands::services`], [`Hands::material`]), what flow logs
//! have ([`Hands::flows`]), which round a call
//! was made for ([`trace`]), the stores that the daemon may be told to use ([`store`]), and the ground of a trial ([`trial`],
//! [`tape`]). What must not: any decision about a migration (`sixshift-core`).
//!
//! A read never fails: what could not be read is `Unknown` with the reason. A write is exactly one call, tried once.

mod act;
mod addresses;
mod alike;
mod asked;
mod asker;
mod batch;
mod call;
mod connections;
pub mod copy;
mod dates;
mod document;
mod door;
mod ec2;
mod error;
mod estate;
mod flows;
mod hands;
mod insights;
mod inventory;
mod json;
mod limits;
mod neighbours;
mod observe;
mod pages;
mod policy;
mod query;
mod region;
mod rest;
mod role;
mod scaling;
mod signed;
mod silence;
pub mod store;
mod survey;
pub mod tape;
pub mod trace;
pub mod trial;
mod xml;

pub use addresses::Address;
pub use asked::Asked;
pub use call::{CallCount, CallResult, Tenure, WRITE_LIMIT};
pub use error::{Error, Kind, Retry};
pub use hands::{Hands, Setup};
pub use limits::BucketLevel;
