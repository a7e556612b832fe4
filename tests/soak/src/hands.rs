//! Other people's hands: what somebody else does to the service, the twin, the routes, at any moment, through the API.
//!
//! What belongs here: a table of edits by kind of resource. What must not: when they are made, or what is right to follow.

mod groups;
mod routes;
mod services;

use sixshift_sim::services::AwsError;
use sixshift_sim::world::World;

use crate::dice::Dice;
use crate::sides;
use crate::world::{NAME, Subject};

pub(crate) use groups::note;
pub(crate) use routes::{forward_at, set_all};
pub(crate) use services::fill_twin;

/// Whose resource is edited.
#[derive(Clone, Copy)]
enum Whose {
    Ipv4,
    Ipv6,
}
use Whose::{Ipv4, Ipv6};

impl Whose {
    fn service(self) -> String {
        match self {
            Ipv4 => NAME.to_owned(),
            Ipv6 => sides::twin_name(),
        }
    }

    /// The group and its name for people, where it is there.
    fn group(self, world: &World, subject: &Subject) -> Option<(String, &'static str)> {
        let found = match self {
            Ipv4 => (subject.group.clone(), "the IPv4 group"),
            Ipv6 => (sides::twin_group(world)?, "the IPv6 group"),
        };
        let is_there = world.elb.target_groups.contains_key(&found.0);
        is_there.then_some(found)
    }
}

/// What an edit touches, as far as customers and whoever is on call can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touches {
    /// Weights, or which groups a route has.
    Routes,
    /// There is a route more.
    NewRoute,
    /// The twin has no task any more.
    TwinGone,
    /// All its targets are gone, until others are there.
    TwinTargets,
    /// The twin has more or fewer tasks.
    TwinSize,
    /// Its target group does not exist any more.
    TwinGroup,
    /// The IPv4 service has no task any more.
    Ipv4Gone,
    Ipv4Targets,
    Ipv4Shrunk,
    Ipv4Grown,
    /// Its scaling has its bounds and is free again.
    Ipv4Scaling,
    /// What was noted on our target group.
    Notes,
    /// Nothing that changes who answers.
    Setting,
}
use Touches::{
    Ipv4Gone, Ipv4Grown, Ipv4Scaling, Ipv4Shrunk, Ipv4Targets, NewRoute, Notes, Routes, Setting,
    TwinGone, TwinGroup, TwinSize, TwinTargets,
};

/// An edit of the table.
pub(crate) struct Edit {
    pub(crate) name: &'static str,
    pub(crate) touches: Touches,
    /// Does it, and says what it did.
    pub(crate) does: fn(&mut World, &Subject, &mut Dice) -> Done,
}

/// What was done, in words; `None` where there was nothing to do it to.
pub(crate) type Done = Result<Option<String>, AwsError>;

const fn edit(
    name: &'static str,
    touches: Touches,
    does: fn(&mut World, &Subject, &mut Dice) -> Done,
) -> Edit {
    Edit {
        name,
        touches,
        does,
    }
}

/// Every edit that somebody may make; what differs in a number or a side only is of one kind.
pub(crate) const KINDS: &[&[Edit]] = &[
    // What an infrastructure-as-code apply does to the routes.
    &[edit("forward-ipv4-alone", Routes, routes::ipv4_alone)],
    &[edit(
        "one-forward-ipv4-alone",
        Routes,
        routes::one_ipv4_alone,
    )],
    // What a hand-over that comes too early does to them.
    &[edit("forward-ipv6-alone", Routes, routes::ipv6_alone)],
    &[edit("rules-made-again", Routes, routes::rules_made_again)],
    &[edit(
        "listener-made-again",
        Routes,
        routes::listener_made_again,
    )],
    &[edit("new-rule", NewRoute, routes::new_rule)],
    // What people do at the console.
    &[
        edit("weights-to-ipv4", Routes, |w, s, _| {
            routes::weights(w, s, 0)
        }),
        edit("weights-to-a-tenth", Routes, |w, s, _| {
            routes::weights(w, s, 10)
        }),
        edit("weights-to-half", Routes, |w, s, _| {
            routes::weights(w, s, 50)
        }),
        edit("weights-to-ipv6", Routes, |w, s, _| {
            routes::weights(w, s, 100)
        }),
    ],
    &[
        edit("one-weight-to-ipv4", Routes, |w, s, d| {
            routes::one_weight(w, s, d, 0)
        }),
        edit("one-weight-to-a-third", Routes, |w, s, d| {
            routes::one_weight(w, s, d, 30)
        }),
        edit("one-weight-to-ipv6", Routes, |w, s, d| {
            routes::one_weight(w, s, d, 100)
        }),
    ],
    &[edit("rule-deleted", Setting, routes::rule_deleted)],
    &[edit("stickiness", Setting, routes::stickiness)],
    &[edit("twin-deleted", TwinGone, services::twin_deleted)],
    &[
        edit("twin-emptied", TwinGone, |w, _, _| {
            services::scale(w, Ipv6, 0)
        }),
        edit("twin-shrunk", TwinSize, |w, _, _| {
            services::scale(w, Ipv6, 1)
        }),
        edit("twin-grown", TwinSize, |w, s, _| {
            services::scale(w, Ipv6, s.team.tasks + 2)
        }),
    ],
    &[
        edit("ipv4-emptied", Ipv4Gone, |w, _, _| {
            services::scale(w, Ipv4, 0)
        }),
        edit("ipv4-shrunk", Ipv4Shrunk, |w, _, _| {
            services::scale(w, Ipv4, 1)
        }),
        edit("ipv4-grown", Ipv4Grown, |w, s, _| {
            services::scale(w, Ipv4, s.team.tasks + 2)
        }),
    ],
    &[
        edit("twin-deployed-by-force", Setting, |w, _, _| {
            services::force(w, Ipv6)
        }),
        edit("ipv4-deployed-by-force", Setting, |w, _, _| {
            services::force(w, Ipv4)
        }),
    ],
    &[
        edit("twin-tasks-stopped", TwinTargets, |w, _, _| {
            services::tasks_stopped(w, Ipv6)
        }),
        edit("ipv4-tasks-stopped", Ipv4Targets, |w, _, _| {
            services::tasks_stopped(w, Ipv4)
        }),
    ],
    &[edit("ipv4-tags-replaced", Setting, services::tags_replaced)],
    &[
        edit("ipv4-scaling-registered-again", Ipv4Scaling, |w, s, _| {
            services::scaling_registered(w, s, Ipv4)
        }),
        edit("twin-scaling-registered-again", Setting, |w, s, _| {
            services::scaling_registered(w, s, Ipv6)
        }),
    ],
    &[
        edit("ipv4-scaling-deregistered", Setting, |w, _, _| {
            services::scaling_deregistered(w, Ipv4)
        }),
        edit("twin-scaling-deregistered", Setting, |w, _, _| {
            services::scaling_deregistered(w, Ipv6)
        }),
    ],
    &[
        edit("twin-group-tags-removed", Notes, groups::tags_removed),
        edit("twin-group-tag-removed", Notes, groups::tag_removed),
        edit("twin-group-notes-removed", Notes, groups::notes_removed),
    ],
    &[
        edit("ipv4-group-attributes", Setting, |w, s, d| {
            groups::attributes(w, s, d, Ipv4)
        }),
        edit("twin-group-attributes", Setting, |w, s, d| {
            groups::attributes(w, s, d, Ipv6)
        }),
    ],
    &[
        edit("ipv4-group-checks", Setting, |w, s, _| {
            groups::checks(w, s, Ipv4)
        }),
        edit("twin-group-checks", Setting, |w, s, _| {
            groups::checks(w, s, Ipv6)
        }),
    ],
    &[edit("twin-group-deleted", TwinGroup, groups::deleted)],
    &[
        edit("ipv4-targets-deregistered", Ipv4Targets, |w, s, _| {
            groups::targets_deregistered(w, s, Ipv4)
        }),
        edit("twin-targets-deregistered", TwinTargets, |w, s, _| {
            groups::targets_deregistered(w, s, Ipv6)
        }),
    ],
];

/// Every edit, one by one.
pub(crate) fn edits() -> impl Iterator<Item = &'static Edit> {
    KINDS.iter().copied().flatten()
}

/// One of them by chance: each kind as often as any.
pub(crate) fn any(dice: &mut Dice) -> &'static Edit {
    let kind = dice.pick(KINDS);
    dice.pick(kind)
}

/// An edit by its name.
pub(crate) fn named(name: &str) -> Option<&'static Edit> {
    edits().find(|edit| edit.name == name)
}
