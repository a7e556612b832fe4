//! The table of edits: each by somebody else, at each moment of a migration, for each kind of route, under each `drift`.
//!
//! - `moment`, `ways`: the dimensions; the edits are those of `hands`.
//! - `cell`: one of them as a case, `cover`: few cells in which everything meets.
//! - `faces`: what is to be told of an edit, and what becomes of it; `seen`: what came of it; `judge`: the one against the
//!   other.
//!
//! What must not be here: what an edit does, or what never may happen anyway (the oracles see to that).

mod cell;
mod cover;
mod faces;
mod judge;
mod moment;
mod search;
mod seen;
mod ways;

pub(crate) use cell::Only;
pub(crate) use moment::Moment;
pub(crate) use search::{Wanted, run};
#[cfg(test)]
pub(crate) use {cover::cover, search::carried_out};
