//! Other people's hands: what somebody else does to the service, the twin, the routes, at any moment, through the API.
//!
//! What belongs here: a table of edits by kind of resource. What must not: when they are made, or what is right to follow.

mod groups;
mod routes;
mod services;

use sixshift_sim::services::AwsError;
use sixshift_sim::world::World;

use crate::dice::Dice;
use crate::world::Subject;

pub(crate) use routes::{forward_at, set_all};

/// An edit of the table.
pub(crate) struct Edit {
    pub(crate) name: &'static str,
    /// Does it, and says what it did.
    pub(crate) does: fn(&mut World, &Subject, &mut Dice) -> Done,
}

/// What was done, in words; `None` where there was nothing to do it to.
pub(crate) type Done = Result<Option<String>, AwsError>;

const fn edit(name: &'static str, does: fn(&mut World, &Subject, &mut Dice) -> Done) -> Edit {
    Edit { name, does }
}

/// Every edit that somebody may make.
pub(crate) const EDITS: &[Edit] = &[
    // What an infrastructure-as-code apply does to the routes.
    edit("forward-ipv4-alone", routes::ipv4_alone),
    edit("one-forward-ipv4-alone", routes::one_ipv4_alone),
    edit("rules-made-again", routes::rules_made_again),
    edit("listener-made-again", routes::listener_made_again),
    edit("new-rule", routes::new_rule),
    // People at the console.
    edit("weights", routes::weights),
    edit("one-weight", routes::one_weight),
    edit("rule-deleted", routes::rule_deleted),
    edit("stickiness", routes::stickiness),
    edit("twin-deleted", services::twin_deleted),
    edit("twin-scaled", services::twin_scaled),
    edit("twin-deployed-by-force", services::twin_forced),
    edit("ipv4-scaled", services::ipv4_scaled),
    edit("ipv4-deployed-by-force", services::ipv4_forced),
    edit("tasks-stopped", services::tasks_stopped),
    edit("service-tags-replaced", services::tags_replaced),
    edit("scaling-registered-again", services::scaling_registered),
    edit("scaling-deregistered", services::scaling_deregistered),
    edit("group-tags-removed", groups::tags_removed),
    edit("group-attributes", groups::attributes),
    edit("group-checks", groups::checks),
    edit("twin-group-deleted", groups::deleted),
    edit("targets-deregistered", groups::targets_deregistered),
];

/// An edit by its name.
pub(crate) fn named(name: &str) -> Option<&'static Edit> {
    EDITS.iter().find(|edit| edit.name == name)
}
