//! Whoever watches the writes that clients ask for, with the world as it is before and after each.
//!
//! What belongs here: what a witness is told. What must not: anything that a client could see, or that changes the world.

use crate::Value;
use crate::services::{AwsError, Service};
use crate::world::World;

/// A write that a client asks for.
#[derive(Clone, Copy, Debug)]
pub struct Write<'a> {
    /// The service.
    pub service: Service,
    /// The operation.
    pub op: &'a str,
    /// Its input.
    pub input: &'a Value,
}

/// Is told of each write that reaches its operation: neither throttled, nor denied, nor failed by a fault before its effect.
/// What becomes of the answer is not known here: it may be lost.
pub trait Witness: Send {
    /// It is about to be carried out.
    fn before(&mut self, world: &mut World, write: &Write<'_>);

    /// It was carried out, or refused.
    fn after(&mut self, world: &mut World, write: &Write<'_>, outcome: Result<&Value, &AwsError>);
}
