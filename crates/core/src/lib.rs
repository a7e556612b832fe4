//! The brain of sixshift: no async, no AWS, no clock, no logging, no randomness.
//!
//! Data flows one way: [`plan`] and [`observation`] go in, [`decide`] answers with one [`action::Action`] or one typed
//! wait, [`guard`] may veto it, and [`status`] says it to people. Start reading at [`decide`].

pub mod action;
mod comment;
pub mod decide;
pub mod deps;
pub mod evidence;
pub mod facts;
pub mod foresee;
pub mod guard;
pub mod handover;
mod hcl;
mod letters;
pub mod names;
mod note;
pub mod observation;
pub mod permission;
pub mod plan;
pub mod prepare;
pub mod proposal;
pub mod readiness;
pub mod savings;
pub mod share;
pub mod status;
pub mod twin;
pub mod way;
mod wire;
pub mod written;
mod yaml;
