//! What an action would change, from AWS's own shapes: the first step of the guard, and the only one that reads an action.
//!
//! What belongs here: an arm for each action. What must not: any rule, and belief in what an action says of itself: its
//! intent and its reason are words for people, and are not read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Veto, families, require};
use crate::{
    action::{Action, Bounds, InPlaceCall, NewProbeRule, NewRegistry, NewTwin, Side, Spell},
    observation::{Forward, Observation, RouteId, Setting, Suspended},
};

/// What would be otherwise in AWS.
#[derive(Debug)]
pub(super) enum Effect<'a> {
    /// Groups of a route weigh something else.
    Traffic(Traffic<'a>),
    /// A service gets at least as many tasks as it has.
    Grows(Named<'a>, Side, u32),
    /// A service gets fewer tasks.
    Shrinks(Named<'a>, Side, u32),
    /// A service replaces its tasks.
    Rolls(Rolled<'a>),
    /// A service deploys in another way the next time.
    Redeploys(Named<'a>, &'a Value),
    /// A service scales within other bounds, or by less of what it has.
    Scales(Scaled<'a>),
    /// Something is there that was not.
    Makes(Made<'a>),
    /// Something is gone.
    Deletes(Gone<'a>),
    /// A target group's attributes.
    Attributes(&'a str, &'a BTreeMap<String, String>),
    /// A service that is moved in place, or a task beside it.
    Replaces(Replaced<'a>),
    /// Tags of a target group, or of whatever else carries notes, are written.
    Notes(&'a str, &'a BTreeMap<String, String>),
    /// Such tags are removed.
    Forgets(&'a str, &'a [String]),
}

/// A change of how a route divides traffic, in weights.
#[derive(Debug)]
pub(super) struct Traffic<'a> {
    pub(super) route: &'a RouteId,
    pub(super) setting: &'a Setting,
    pub(super) spell: &'a Spell,
    pub(super) before: &'a Forward,
    pub(super) after: &'a Forward,
}

/// What is asked of AWS for a service that is moved in place.
#[derive(Debug)]
pub(super) struct Replaced<'a> {
    pub(super) service: Named<'a>,
    pub(super) call: &'a InPlaceCall,
}

/// A service by its names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    pub(super) cluster: &'a str,
    pub(super) service: &'a str,
}

/// What a service's new tasks would be.
#[derive(Debug)]
pub(super) struct Rolled<'a> {
    pub(super) service: Named<'a>,
    pub(super) task_definition: &'a str,
    pub(super) subnets: &'a [String],
    pub(super) security_groups: &'a [String],
}

/// A change of a scalable target.
#[derive(Debug)]
pub(super) struct Scaled<'a> {
    pub(super) resource: &'a str,
    pub(super) side: Side,
    pub(super) bounds: Option<Bounds>,
    pub(super) suspended: Suspended,
    pub(super) tags_of: Option<&'a str>,
}

/// What is made, and from what.
#[derive(Debug)]
pub(super) enum Made<'a> {
    TargetGroup {
        from: &'a str,
        name: &'a str,
        tags: &'a BTreeMap<String, String>,
    },
    TaskDefinition {
        from: &'a str,
        family: &'a str,
        images: &'a BTreeMap<String, String>,
        env: &'a BTreeMap<String, BTreeMap<String, String>>,
        tags: &'a BTreeMap<String, String>,
    },
    Registry(&'a NewRegistry),
    Service(&'a NewTwin),
    Policy {
        of: &'a str,
        name: &'a str,
    },
    Scheduled {
        of: &'a str,
        name: &'a str,
    },
    ProbeRule(&'a NewProbeRule),
}

/// What is deleted.
#[derive(Debug)]
pub(super) enum Gone<'a> {
    Service(Named<'a>),
    Scaling(&'a str),
    TargetGroup(&'a str),
    Policy { of: &'a str, name: &'a str },
    Scheduled { of: &'a str, name: &'a str },
    ProbeRule(&'a str),
}

impl<'a> Effect<'a> {
    /// What an action would change of what was seen.
    pub(super) fn of(action: &'a Action, seen: &'a Observation) -> Result<Self, Veto> {
        Ok(match action {
            Action::SetForward {
                route,
                expects,
                forward,
                spell,
                named: _,
                intent: _,
            } => Self::Traffic(traffic(seen, route, expects, (spell, forward))?),
            Action::ScaleService {
                cluster,
                service,
                side,
                desired,
            } => resized(seen, Named { cluster, service }, *side, *desired)?,
            Action::RollTwin {
                cluster,
                service,
                task_definition,
                subnets,
                security_groups,
                force: _,
            } => Self::Rolls(Rolled {
                service: Named { cluster, service },
                task_definition,
                subnets,
                security_groups,
            }),
            Action::CopyDeployment {
                cluster,
                service,
                settings,
            } => Self::Redeploys(Named { cluster, service }, settings),
            Action::SetScaling {
                resource,
                side,
                bounds,
                suspended,
                tags_of,
            } => Self::Scales(Scaled {
                resource,
                side: *side,
                bounds: *bounds,
                suspended: *suspended,
                tags_of: tags_of.as_deref(),
            }),
            Action::CopyAttributes {
                target_group,
                attributes,
            } => Self::Attributes(target_group, attributes),
            Action::CreateTargetGroup { from, name, tags } => {
                Self::Makes(Made::TargetGroup { from, name, tags })
            }
            Action::RegisterTaskDefinition {
                from,
                family,
                images,
                env,
                tags,
            } => Self::Makes(Made::TaskDefinition {
                from,
                family,
                images,
                env,
                tags,
            }),
            Action::CreateRegistry(new) => Self::Makes(Made::Registry(new)),
            Action::CreateService(twin) => Self::Makes(Made::Service(twin)),
            Action::CopyPolicy {
                to,
                policy,
                settings: _,
            } => Self::Makes(Made::Policy {
                of: to,
                name: policy,
            }),
            Action::CopyScheduled {
                to,
                name,
                settings: _,
            } => Self::Makes(Made::Scheduled { of: to, name }),
            Action::DeleteTargetGroup { target_group } => {
                Self::Deletes(Gone::TargetGroup(target_group))
            }
            Action::DeleteService { cluster, service } => {
                Self::Deletes(Gone::Service(Named { cluster, service }))
            }
            Action::DeleteScaling { resource } => Self::Deletes(Gone::Scaling(resource)),
            Action::DeletePolicy { of, policy } => Self::Deletes(Gone::Policy { of, name: policy }),
            Action::DeleteScheduled { of, name } => Self::Deletes(Gone::Scheduled { of, name }),
            Action::MakeProbeRule(rule) => Self::Makes(Made::ProbeRule(rule)),
            Action::DropProbeRule {
                rule,
                priority: _,
                value: _,
            } => Self::Deletes(Gone::ProbeRule(rule)),
            Action::InPlace(act) => match &act.call {
                InPlaceCall::Note {
                    task_definition,
                    tags,
                    because: _,
                } => Self::Notes(task_definition, tags),
                InPlaceCall::Forget {
                    task_definition,
                    keys,
                } => Self::Forgets(task_definition, keys),
                call => Self::Replaces(Replaced {
                    service: Named {
                        cluster: &act.cluster,
                        service: &act.service,
                    },
                    call,
                }),
            },
            Action::TagTargetGroup {
                target_group,
                tags,
                because: _,
            } => Self::Notes(target_group, tags),
            Action::UntagTargetGroup { target_group, keys } => Self::Forgets(target_group, keys),
            Action::TagTwin {
                service,
                tags,
                because: _,
            } => Self::Notes(service, tags),
            Action::UntagTwin { service, keys } => Self::Forgets(service, keys),
        })
    }
}

fn traffic<'a>(
    seen: &'a Observation,
    route: &'a RouteId,
    expects: &str,
    (spell, after): (&'a Spell, &'a Forward),
) -> Result<Traffic<'a>, Veto> {
    let routes = seen.routes.seen().ok_or(Veto::NotSeen)?;
    let found = routes.iter().find(|r| r.id == *route);
    let now = found.ok_or(Veto::NotThePlans)?;
    require(families::expected(now, spell)? == expects, Veto::StaleRoute)?;
    families::reads_true(now, spell, after)?;
    Ok(Traffic {
        route,
        setting: &now.setting,
        spell,
        before: &now.forward,
        after,
    })
}

fn resized<'a>(
    seen: &Observation,
    service: Named<'a>,
    side: Side,
    to: u32,
) -> Result<Effect<'a>, Veto> {
    let known = match side {
        Side::Ipv4 => &seen.ipv4,
        Side::Ipv6 => &seen.twin,
    };
    let now = known.seen().ok_or(Veto::NotSeen)?.desired;
    Ok(if to < now {
        Effect::Shrinks(service, side, to)
    } else {
        Effect::Grows(service, side, to)
    })
}
