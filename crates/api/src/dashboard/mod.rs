//! The dashboard: pages made on the server, readable without a script, kept fresh by one.
//!
//! What belongs here: pages as pure functions of [`crate::model`], and the routes that serve them. What must not: a figure
//! that the API does not have.
//!
//! - [`routes`]: from a request to a page, from a form to an order; [`event_routes`]: the same for the history.
//! - [`fleet`], [`plan`], [`events`], [`login`]: a page each; [`layout`] is the frame around them, with
//!   [`banners`].
//! - [`chart`], [`gates`], [`tree`], [`order`], [`back`]: parts of pages; [`marks`] and [`words`]: how a state and a figure look.
//! - [`assets`]: styles and scripts.

mod assets;
mod back;
mod banners;
mod chart;
mod event_routes;
mod events;
mod filter;
#[cfg(test)]
mod fixture;
mod fleet;
mod gates;
mod layout;
mod login;
mod marks;
mod order;
mod plan;
mod refusal;
mod routes;
mod tree;
mod words;

pub(crate) use routes::{lost, routes};
