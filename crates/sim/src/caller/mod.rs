//! What the region's callers are allowed: an IAM policy, and what it has to allow for each call.
//!
//! What belongs here: the permissions that a call needs, dependent ones too, and the refusal. What must not: what an
//! operation does. Everybody may do everything until a policy is set; whoever acts by script is not held by it.

mod needed;
mod policy;
#[cfg(test)]
mod tests;

pub(crate) use needed::SCALING_ROLE;
pub use policy::{Policy, PolicyError};

use crate::services::{AwsError, Service};
use crate::{Value, world::World};
use needed::Needed;

/// Refuses a call for which the policy lacks a permission.
///
/// # Errors
/// The first permission that is not allowed, in the words and with the code of the service that is called.
pub(crate) fn check(
    policy: &Policy,
    world: &World,
    service: Service,
    op: &str,
    input: &Value,
) -> Result<(), AwsError> {
    let needs = needed::of(world, service, op, input);
    match needs.iter().find(|needed| !policy.allows(needed)) {
        Some(needed) => Err(denied(world, service, needed)),
        None => Ok(()),
    }
}

fn denied(world: &World, service: Service, needed: &Needed) -> AwsError {
    let caller = world.arn("iam", "user/simulated");
    let message = format!(
        "User: {caller} is not authorized to perform: {} on resource: {} because no identity-based policy allows the {} action",
        needed.action, needed.resource, needed.action
    );
    service.denied(message)
}
