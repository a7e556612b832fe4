//! Changes as server-sent events.
//!
//! What belongs here: rendering each change once, and sending it to many readers in bounded memory. What must not: what a
//! change looks like ([`crate::view`]), or who may read.
//!
//! - [`Hub`]: turns the board's changes into frames and keeps the newest of each plan.
//! - [`reader`]: one reader's way from where it was to where the hub is.

mod frame;
mod hub;
mod reader;

pub(crate) use hub::{Hub, keep_current};
pub(crate) use reader::frames;
