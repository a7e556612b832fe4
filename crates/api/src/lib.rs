//! The faces on the wire: REST, events, metrics, the dashboard, and who may do what.
//!
//! What belongs here: everything between a request and the [`sixshift_controller::Board`]. What must not: a decision
//! about a migration, or a call to AWS.

pub mod model;
