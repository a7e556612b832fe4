//! The faces on the wire: REST, events, metrics, the dashboard, and who may do what.
//!
//! What belongs here: everything between a request and the [`sixshift_controller::Board`]. What must not: a decision
//! about a migration, or a call to AWS.
//!
//! - [`Api`]: what a daemon gives to its faces; [`Api::start`] serves them.
//! - [`model`]: the words of the API; [`foresight`]: what lies ahead of a plan, in them.
//! - [`auth`]: who may do what.

mod app;
pub mod auth;
mod dashboard;
mod history;
mod hosts;
mod limits;
pub mod model;
mod patience;
mod problem;
mod rest;
mod serve;
mod stream;
mod view;
mod visible;

pub use app::{Api, Asked};
pub use history::MOST_EVENTS;
pub use limits::Limits;
pub use serve::{Doorkeeper, Error, Serving, USUAL_PORT, bind, usual_addresses};
pub use view::foresight;
pub use visible::{make_visible, visible};
