//! The daemon's loop: plans in, rounds of observe, decide, guard, act, statuses out.
//!
//! - [`Clock`]: the only source of time.
//! - [`Round`]: one observe-decide-guard-act of one plan.
//! - [`secret`]: what the settings name and nobody may see.
//! - [`source`]: where the plans come from, and what the fleet shall run because of them.
//! - [`Fleet`]: all plans, when each is looked at next, what people said, and what is shown.
//! - [`journal`]: what outlives the daemon; [`lease`]: who may act.
//! - [`notify`]: who is told of it; [`gate`]: whom a step asks.
//! - [`traces`]: rounds and calls for a collector.
//! - [`trial`]: all of this once, with a service of its own in somebody's account.
//! - [`Board`]: what faces read, and where they hand in orders ([`command`]); [`event`]: what happened.

mod backoff;
mod board;
mod clock;
pub mod command;
pub mod event;
mod fleet;
pub mod gate;
pub mod journal;
pub mod lease;
mod metrics;
pub mod notify;
mod post;
mod queue;
mod relay;
mod round;
pub mod secret;
pub mod source;
pub mod traces;
pub mod trial;

pub use board::{
    Board, Change, Closely, FleetView, Measured, Orders, PlanView, SourceView, Unwritten,
};
pub use clock::Clock;
pub use fleet::{Ending, Fleet, Goal, Inbox, News, Parts};
pub use metrics::Metrics;
pub use relay::Relay;
pub use round::{Outcome, Round};
/// The fleet's access to AWS, for whoever starts one, and the stores that its settings may lie in.
pub use sixshift_aws::{Address, Asked, Hands, copy, store};
pub use source::{Provenance, Standing};
