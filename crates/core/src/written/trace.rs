//! What an act leaves behind, place by place, and whether an observation shows it there.
//!
//! What must not be here: time, and what is done about it.

use serde_json::Value;

use crate::{
    action::{Action, Bounds, InPlaceCall, Spell},
    names::{self, tag},
    observation::{
        DerivedTask, FamilyRule, Forward, Known, Observation, Pair, ProbeRule, RouteId, Scaling,
        Service, Setting, Suspended, TargetGroup, WeightedGroup,
    },
    plan::Plan,
    twin::is_deployed_alike,
};

/// Something that a look shows once it is as new as the act.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trace {
    /// A target group of this name, ours.
    Group { name: String },
    /// No target group of this ARN.
    NoGroup { arn: String },
    /// An attribute of a target group.
    Attribute {
        group: String,
        key: String,
        value: String,
    },
    /// A tag of a target group, there or gone.
    GroupTag {
        group: String,
        key: String,
        value: Option<String>,
    },
    /// A route's forward.
    Forward { route: RouteId, forward: Forward },
    /// What a part of a route leads to, that is not spelt by its forward.
    Spelt { route: RouteId, spell: Spell },
    /// A task definition that was derived from this.
    Definition { derived: String },
    /// A registry of the twin's name.
    Registry,
    /// The twin, with our tag.
    Twin,
    /// What the twin runs.
    Runs { task_definition: String },
    /// How many tasks a service wants; `None`: it is deleted or being deleted.
    Desired { service: String, count: Option<u32> },
    /// How the twin deploys.
    Deploys { settings: Value },
    /// A task beside the service that this plan runs.
    DerivedTask { started_by: String, there: bool },
    /// The service stands in these subnets, or its deployment there has ended.
    Moved { subnets: Vec<String> },
    /// The service left the plan's subnets.
    Left,
    /// A rule of ours for our own requests, with our tag, there or gone.
    ProbeRule { there: bool },
    /// A tag of the twin, there or gone.
    TwinTag { key: String, value: Option<String> },
    /// A tag of the derived task definition, there or gone.
    DefinitionTag { key: String, value: Option<String> },
    /// Bounds, where they were written, and suspensions of a scalable target; `None`: it is gone.
    Bounds {
        resource: String,
        bounds: Option<(Option<Bounds>, Suspended)>,
    },
    /// A scaling policy, there or gone.
    Policy {
        resource: String,
        name: String,
        there: bool,
    },
    /// A scheduled action, there or gone.
    Schedule {
        resource: String,
        name: String,
        there: bool,
    },
}

impl Trace {
    /// Everything that an act leaves behind.
    pub(super) fn of(action: &Action) -> Vec<Self> {
        match action {
            Action::CreateTargetGroup { name, .. } => vec![Self::Group { name: name.clone() }],
            Action::DeleteTargetGroup { target_group } => vec![Self::NoGroup {
                arn: target_group.clone(),
            }],
            Action::CopyAttributes {
                target_group,
                attributes,
            } => {
                let attribute = |(key, value): (&String, &String)| Self::Attribute {
                    group: target_group.clone(),
                    key: key.clone(),
                    value: value.clone(),
                };
                attributes.iter().map(attribute).collect()
            }
            Action::TagTargetGroup {
                target_group, tags, ..
            } => {
                let tags = tags.iter().map(|(k, v)| (k, Some(v)));
                group_tags(target_group, tags)
            }
            Action::UntagTargetGroup { target_group, keys } => {
                group_tags(target_group, keys.iter().map(|key| (key, None)))
            }
            Action::SetForward { route, spell, .. } if *spell != Spell::Forward => {
                vec![Self::Spelt {
                    route: route.clone(),
                    spell: spell.clone(),
                }]
            }
            Action::SetForward { route, forward, .. } => vec![Self::Forward {
                route: route.clone(),
                forward: sorted(forward),
            }],
            Action::RegisterTaskDefinition { tags, .. } => {
                let derived = tags.get(tag::DERIVED).cloned();
                let definition = |derived| Self::Definition { derived };
                derived.map(definition).into_iter().collect()
            }
            Action::CreateRegistry(_) => vec![Self::Registry],
            Action::CreateService(_) => vec![Self::Twin],
            Action::RollTwin {
                task_definition, ..
            } => vec![Self::Runs {
                task_definition: task_definition.clone(),
            }],
            Action::ScaleService {
                service, desired, ..
            } => vec![Self::Desired {
                service: service.clone(),
                count: Some(*desired),
            }],
            Action::DeleteService { service, .. } => vec![Self::Desired {
                service: service.clone(),
                count: None,
            }],
            Action::SetScaling {
                resource,
                bounds,
                suspended,
                ..
            } => vec![Self::Bounds {
                resource: resource.clone(),
                bounds: Some((*bounds, *suspended)),
            }],
            Action::DeleteScaling { resource } => vec![Self::Bounds {
                resource: resource.clone(),
                bounds: None,
            }],
            Action::CopyDeployment { settings, .. } => vec![Self::Deploys {
                settings: settings.clone(),
            }],
            Action::TagTwin { tags, .. } => {
                let tag = |(key, value): (&String, &String)| Self::TwinTag {
                    key: key.clone(),
                    value: Some(value.clone()),
                };
                tags.iter().map(tag).collect()
            }
            Action::UntagTwin { keys, .. } => {
                let tag = |key: &String| Self::TwinTag {
                    key: key.clone(),
                    value: None,
                };
                keys.iter().map(tag).collect()
            }
            Action::MakeProbeRule(_) => vec![Self::ProbeRule { there: true }],
            Action::DropProbeRule { .. } => vec![Self::ProbeRule { there: false }],
            Action::InPlace(act) => in_place(&act.call),
            Action::CopyPolicy { to, policy, .. } => vec![Self::policy(to, policy, true)],
            Action::DeletePolicy { of, policy } => vec![Self::policy(of, policy, false)],
            Action::CopyScheduled { to, name, .. } => vec![Self::schedule(to, name, true)],
            Action::DeleteScheduled { of, name } => vec![Self::schedule(of, name, false)],
        }
    }

    fn policy(resource: &str, name: &str, there: bool) -> Self {
        Self::Policy {
            resource: resource.to_owned(),
            name: name.to_owned(),
            there,
        }
    }

    fn schedule(resource: &str, name: &str, there: bool) -> Self {
        Self::Schedule {
            resource: resource.to_owned(),
            name: name.to_owned(),
            there,
        }
    }

    /// Whether both are about one place, so that the newer write undoes the older one.
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Attribute { group, key, .. },
                Self::Attribute {
                    group: g, key: k, ..
                },
            )
            | (
                Self::GroupTag { group, key, .. },
                Self::GroupTag {
                    group: g, key: k, ..
                },
            ) => (group, key) == (g, k),
            (Self::Forward { route, .. }, Self::Forward { route: r, .. }) => route == r,
            (Self::Spelt { route, spell }, Self::Spelt { route: r, spell: s }) => {
                route == r && spell.is_same_part(s)
            }
            (Self::Desired { service, .. }, Self::Desired { service: s, .. }) => service == s,
            (Self::Bounds { resource, .. }, Self::Bounds { resource: r, .. }) => resource == r,
            (
                Self::Policy { resource, name, .. },
                Self::Policy {
                    resource: r,
                    name: n,
                    ..
                },
            )
            | (
                Self::Schedule { resource, name, .. },
                Self::Schedule {
                    resource: r,
                    name: n,
                    ..
                },
            ) => (resource, name) == (r, n),
            (Self::DefinitionTag { key, .. }, Self::DefinitionTag { key: k, .. })
            | (Self::TwinTag { key, .. }, Self::TwinTag { key: k, .. }) => key == k,
            (Self::DerivedTask { .. }, Self::DerivedTask { .. })
            | (Self::ProbeRule { .. }, Self::ProbeRule { .. })
            | (Self::Moved { .. } | Self::Left, Self::Moved { .. } | Self::Left) => true,
            (Self::Deploys { .. }, Self::Deploys { .. })
            | (Self::Definition { .. }, Self::Definition { .. })
            | (Self::Runs { .. }, Self::Runs { .. }) => true,
            (one, other) => one == other,
        }
    }

    /// Whether a look shows it; `None` where the look does not tell.
    pub(super) fn shows(&self, plan: &Plan, seen: &Observation) -> Option<bool> {
        match self {
            Self::Group { name } => {
                let pair = pairs(seen)?.iter().find(|p| p.ipv6_name == *name)?;
                tells(&pair.ipv6, |g| g.tags.get(tag::PLAN) == Some(&plan.uid.0))
            }
            Self::NoGroup { arn } => {
                let pair = pairs(seen)?.iter().find(|p| p.ipv4_arn == *arn)?;
                tells(&pair.ipv4, |_| true).map(|there| !there)
            }
            Self::Attribute { group, key, value } => {
                let group = ipv6_group(seen, group)?;
                Some(group.attributes.get(key) == Some(value))
            }
            Self::GroupTag { group, key, value } => {
                let group = ipv6_group(seen, group)?;
                Some(group.tags.get(key) == value.as_ref())
            }
            Self::Forward { route, forward } => shows_forward(seen, route, forward),
            Self::Spelt { route, spell } => shows_spelt(plan, seen, route, spell),
            Self::Definition { derived } => tells(&seen.twin_task_definition, |d| {
                d.tags.get(tag::DERIVED) == Some(derived)
            }),
            Self::Registry => tells(&seen.registries.seen()?.ipv6, |_| true),
            Self::Twin => tells(&seen.twin, |t| {
                t.is_active() && t.tags.get(tag::PLAN) == Some(&plan.uid.0)
            }),
            Self::Runs { task_definition } => {
                tells(&seen.twin, |t| t.task_definition == *task_definition)
            }
            Self::Desired { service, count } => match count {
                Some(count) => tells(side(plan, seen, service), |s| s.desired == *count),
                None => tells(side(plan, seen, service), |s| s.is_active()).map(|active| !active),
            },
            Self::Bounds { resource, bounds } => {
                let scaling = scaling(plan, seen, resource);
                match bounds {
                    Some((bounds, suspended)) => tells(scaling, |s| {
                        let now = Bounds {
                            min: s.min,
                            max: s.max,
                        };
                        s.suspended == *suspended && bounds.is_none_or(|b| b == now)
                    }),
                    None => tells(scaling, |_| true).map(|there| !there),
                }
            }
            Self::DerivedTask { started_by, there } => tells(&seen.derived_tasks, |tasks| {
                let mut ours = tasks.iter().filter(|t| t.started_by == *started_by);
                ours.any(DerivedTask::is_live) == *there
            }),
            Self::Moved { subnets } => tells(&seen.ipv4, |s| is_same_set(&s.subnets, subnets)),
            Self::Left => tells(&seen.ipv4, |s| !is_same_set(&s.subnets, &plan.ipv6.subnets)),
            Self::ProbeRule { there } => tells(&seen.probing, |p| {
                let is_ours = |r: &ProbeRule| r.tags.get(tag::PLAN) == Some(&plan.uid.0);
                p.rules.iter().any(is_ours) == *there
            }),
            Self::TwinTag { key, value } => {
                tells(&seen.twin, |t| t.tags.get(key) == value.as_ref())
            }
            Self::DefinitionTag { key, value } => tells(&seen.twin_task_definition, |d| {
                d.tags.get(key) == value.as_ref()
            }),
            Self::Deploys { settings } => {
                tells(&seen.twin, |t| is_deployed_alike(settings, &t.deployment))
            }
            Self::Policy {
                resource,
                name,
                there,
            } => tells(scaling(plan, seen, resource), |s| {
                s.policies.iter().any(|p| p.name == *name) == *there
            }),
            Self::Schedule {
                resource,
                name,
                there,
            } => tells(scaling(plan, seen, resource), |s| {
                s.scheduled.iter().any(|p| p.name == *name) == *there
            }),
        }
    }
}

/// AWS promises no order.
fn is_same_set(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|x| b.contains(x))
}

fn in_place(call: &InPlaceCall) -> Vec<Trace> {
    let tag = |key: &String, value: Option<&String>| Trace::DefinitionTag {
        key: key.clone(),
        value: value.cloned(),
    };
    match call {
        InPlaceCall::RunTask { started_by, .. } => vec![Trace::DerivedTask {
            started_by: started_by.clone(),
            there: true,
        }],
        // What was stopped may be asked to stop again.
        InPlaceCall::StopTask { .. } | InPlaceCall::Protect { .. } => Vec::new(),
        InPlaceCall::Swap { subnets, .. } => vec![Trace::Moved {
            subnets: subnets.clone(),
        }],
        InPlaceCall::StopDeployment | InPlaceCall::Restore { .. } => vec![Trace::Left],
        InPlaceCall::Note { tags, .. } => tags.iter().map(|(k, v)| tag(k, Some(v))).collect(),
        InPlaceCall::Forget { keys, .. } => keys.iter().map(|k| tag(k, None)).collect(),
    }
}

fn group_tags<'a>(
    group: &str,
    tags: impl Iterator<Item = (&'a String, Option<&'a String>)>,
) -> Vec<Trace> {
    let tag = |(key, value): (&String, Option<&String>)| Trace::GroupTag {
        group: group.to_owned(),
        key: key.clone(),
        value: value.cloned(),
    };
    tags.map(tag).collect()
}

/// What is absent shows nothing; what is unknown does not tell.
fn tells<T>(known: &Known<T>, shows: impl FnOnce(&T) -> bool) -> Option<bool> {
    match known {
        Known::Seen(value) => Some(shows(value)),
        Known::Absent => Some(false),
        Known::Unknown(_) => None,
    }
}

fn pairs(seen: &Observation) -> Option<&[Pair]> {
    seen.pairs.seen().map(Vec::as_slice)
}

fn ipv6_group<'a>(seen: &'a Observation, arn: &str) -> Option<&'a TargetGroup> {
    let mut groups = pairs(seen)?.iter().filter_map(|p| p.ipv6.seen());
    groups.find(|g| g.arn == arn)
}

/// A route that has none of the pair's groups is not among those that were looked for.
fn shows_forward(seen: &Observation, route: &RouteId, forward: &Forward) -> Option<bool> {
    let routes = seen.routes.seen()?;
    let Some(found) = routes.iter().find(|r| r.id == *route) else {
        return Some(false);
    };
    let attached = |group: &WeightedGroup| match ipv6_group(seen, &group.arn) {
        Some(group) => group.load_balancers.contains(&found.load_balancer),
        None => true,
    };
    Some(sorted(&found.forward) == *forward && forward.groups.iter().all(attached))
}

/// Whether the part that was written is as it was written, and the group that it names is behind the load balancer.
fn shows_spelt(plan: &Plan, seen: &Observation, route: &RouteId, spell: &Spell) -> Option<bool> {
    let routes = seen.routes.seen()?;
    let Some(found) = routes.iter().find(|r| r.id == *route) else {
        return Some(false);
    };
    let Setting::Families(families) = &found.setting else {
        return Some(false);
    };
    let leads = |rule: &FamilyRule, to: &String| rule.forward.only() == Some(to);
    let mut rules = families.rules.iter();
    let (is_so, group) = match spell {
        Spell::Forward => return None,
        Spell::Default { group } => (families.default.only() == Some(group), Some(group)),
        Spell::MakeRule { priority, group } => {
            // AWS may show a rule before the tags that it was made with.
            let tags = seen.route_tags.seen();
            let has_mark = |arn: &String| {
                let told = tags.and_then(|tags| tags.get(arn));
                told.is_none_or(|tags| tags.get(tag::PLAN) == Some(&plan.uid.0))
            };
            let is_it =
                |r: &FamilyRule| r.priority == *priority && leads(r, group) && has_mark(&r.arn);
            (rules.any(is_it), Some(group))
        }
        Spell::LeadRule { rule, group } => {
            let is_it = |r: &FamilyRule| r.arn == *rule && leads(r, group);
            (rules.any(is_it), Some(group))
        }
        Spell::DropRule { rule } => (rules.all(|r| r.arn != *rule), None),
    };
    let is_attached = group.and_then(|arn| ipv6_group(seen, arn));
    let is_attached = is_attached.is_none_or(|g| g.load_balancers.contains(&found.load_balancer));
    Some(is_so && is_attached)
}

/// AWS promises no order.
fn sorted(forward: &Forward) -> Forward {
    let mut forward = forward.clone();
    forward.groups.sort();
    forward
}

fn side<'a>(plan: &Plan, seen: &'a Observation, service: &str) -> &'a Known<Service> {
    if service == plan.service.name {
        &seen.ipv4
    } else {
        &seen.twin
    }
}

fn scaling<'a>(plan: &Plan, seen: &'a Observation, resource: &str) -> &'a Known<Scaling> {
    let ipv4 = names::scaling_resource(&plan.service.cluster, &plan.service.name);
    if resource == ipv4 {
        &seen.ipv4_scaling
    } else {
        &seen.twin_scaling
    }
}
