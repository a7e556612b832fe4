//! Every mutation that sixshift can make, as inert data: one [`Action`] is one AWS call. Whose call it is on a target group or a
//! route, Elastic Load Balancing's or VPC Lattice's, its ARN says.
//!
//! The set is closed on purpose: the guard, the IAM policy and the reader can go through it. How a call is made lives in
//! `sixshift-aws`; whether it may be made, in [`crate::guard`].

mod in_place;
mod probe;
mod route;

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use serde_json::Value;

use crate::{
    names::{self, is_of_lattice, tag},
    note,
    observation::{Forward, Look, RegistryRecord, RouteId, Suspended, Topic},
    share::Share,
};
pub use in_place::{InPlace, InPlaceCall};
pub use probe::NewProbeRule;
pub use route::Spell;

/// One AWS call that changes something.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "the fields are AWS's; each variant says what it does"
)]
pub enum Action {
    /// `elbv2:CreateTargetGroup`: the IPv6 partner of a target group, with all settings of the original.
    CreateTargetGroup {
        from: String,
        name: String,
        tags: BTreeMap<String, String>,
    },
    /// `elbv2:ModifyTargetGroupAttributes`: the attributes in which the partner still differs.
    CopyAttributes {
        target_group: String,
        attributes: BTreeMap<String, String>,
    },
    /// `elbv2:AddTags` on a target group of ours. `because` is told and not sent: no free text can make AWS refuse a note.
    TagTargetGroup {
        target_group: String,
        tags: BTreeMap<String, String>,
        because: Option<String>,
    },
    /// `elbv2:RemoveTags` on a target group of ours.
    UntagTargetGroup {
        target_group: String,
        keys: Vec<String>,
    },
    /// Other weights of a route, or a step on the way there. The forward stands inside an action list that is otherwise left
    /// whole; `forward` is how the route reads afterwards.
    SetForward {
        route: RouteId,
        /// The route's name for people.
        named: String,
        expects: String,
        forward: Forward,
        spell: Spell,
        intent: Intent,
    },
    /// `elbv2:DeleteTargetGroup`.
    DeleteTargetGroup { target_group: String },
    /// `ecs:RegisterTaskDefinition`: the source with edits.
    RegisterTaskDefinition {
        from: String,
        family: String,
        /// By container.
        images: BTreeMap<String, String>,
        /// Variables, by container.
        env: BTreeMap<String, BTreeMap<String, String>>,
        tags: BTreeMap<String, String>,
    },
    /// `servicediscovery:CreateService`: the registry by which consumers find the twin, alike to the service's own.
    CreateRegistry(Box<NewRegistry>),
    /// `ecs:CreateService`: the twin, from the live service, with one canary task.
    CreateService(Box<NewTwin>),
    /// `ecs:UpdateService`: the twin's task definition and network; by force where nothing of them changed.
    RollTwin {
        cluster: String,
        service: String,
        task_definition: String,
        subnets: Vec<String>,
        security_groups: Vec<String>,
        force: bool,
    },
    /// `ecs:UpdateService`: the twin deploys as the original does, its circuit breaker included. No deployment follows.
    CopyDeployment {
        cluster: String,
        service: String,
        settings: Value,
    },
    /// `ecs:UpdateService`: the desired count.
    ScaleService {
        cluster: String,
        service: String,
        side: Side,
        desired: u32,
    },
    /// `ecs:DeleteService`, of the IPv4 side, at zero tasks.
    DeleteService { cluster: String, service: String },
    /// `application-autoscaling:RegisterScalableTarget`: what is suspended, and of the twin its bounds. AWS moves a running
    /// service into its bounds at once, whoever registers it and whether or not they are sent. The first registration of the
    /// twin carries the tags of the scalable target with the ARN `tags_of`.
    SetScaling {
        resource: String,
        side: Side,
        bounds: Option<Bounds>,
        suspended: Suspended,
        tags_of: Option<String>,
    },
    /// `application-autoscaling:PutScalingPolicy`: the twin's copy, which looks at the twin.
    CopyPolicy {
        to: String,
        policy: String,
        settings: Value,
    },
    /// `application-autoscaling:DeleteScalingPolicy` of the twin, where the original has it no more.
    DeletePolicy { of: String, policy: String },
    /// `application-autoscaling:PutScheduledAction`: the twin's copy.
    CopyScheduled {
        to: String,
        name: String,
        settings: Value,
    },
    /// `application-autoscaling:DeleteScheduledAction` of the twin, where the original has it no more.
    DeleteScheduled { of: String, name: String },
    /// `application-autoscaling:DeregisterScalableTarget`, of the IPv4 side; its policies go with it.
    DeleteScaling { resource: String },
    /// `ecs:TagResource` on the twin, which carries the notes where no target group does. `because` is told and not sent.
    TagTwin {
        service: String,
        tags: BTreeMap<String, String>,
        because: Option<String>,
    },
    /// `ecs:UntagResource` on the twin.
    UntagTwin { service: String, keys: Vec<String> },
    /// `elbv2:CreateRule`: a rule that only our own requests to the twin meet.
    MakeProbeRule(Box<NewProbeRule>),
    /// `elbv2:DeleteRule` of that rule.
    DropProbeRule {
        rule: String,
        priority: u32,
        /// The value of the header in its condition.
        value: String,
    },
    /// Whatever moves a service in place.
    InPlace(Box<InPlace>),
}

/// A Cloud Map registry for the twin.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct NewRegistry {
    /// ARN of the service's own.
    pub from: String,
    pub name: String,
    pub namespace: String,
    pub records: Vec<RegistryRecord>,
    pub routing: Option<String>,
    pub custom_health: bool,
    /// `CreatorRequestId`.
    pub token: String,
    pub tags: BTreeMap<String, String>,
}

/// Everything about the twin that is not carried over from the live service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "AWS's own names")]
pub struct NewTwin {
    pub cluster: String,
    /// The live service's name.
    pub from: String,
    pub name: String,
    pub task_definition: String,
    pub subnets: Vec<String>,
    pub security_groups: Vec<String>,
    /// IPv4 target group ARN -> IPv6 target group ARN.
    pub target_groups: BTreeMap<String, String>,
    /// ARN of the Cloud Map registry that its tasks are in.
    pub registry: Option<String>,
    pub desired: u32,
    pub tags: BTreeMap<String, String>,
}

/// How far a service scales.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// `MinCapacity`.
    pub min: u32,
    /// `MaxCapacity`.
    pub max: u32,
}

/// Which of the two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Side {
    /// The one that was there.
    Ipv4,
    /// The twin.
    Ipv6,
}

impl Side {
    /// The one beside it.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Ipv4 => Self::Ipv6,
            Self::Ipv6 => Self::Ipv4,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
        })
    }
}

/// What a change of a forward is for; the guard holds it to that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// The IPv6 group joins without traffic (or with the share that the other routes have).
    Attach(Share),
    /// More traffic on IPv6.
    Raise(Share),
    /// Traffic back to IPv4.
    Return,
    /// Somebody else's edit is set right.
    Correct(Share),
    /// Customers had nobody to answer them, and get somebody.
    Rescue(Share),
    /// The IPv4 group leaves; it had no traffic.
    Detach,
    /// The group of a side that was lost leaves, since cookies would hold clients on it.
    LetGo(Side),
    /// The group that was let go is named again, without traffic.
    Rejoin(Side),
}

impl Action {
    /// The call as AWS names it.
    #[must_use]
    pub fn call(&self) -> &'static str {
        match self {
            Self::CreateTargetGroup { from: of, .. } if is_of_lattice(of) => {
                "vpc-lattice:CreateTargetGroup"
            }
            Self::CopyAttributes {
                target_group: of, ..
            } if is_of_lattice(of) => "vpc-lattice:UpdateTargetGroup",
            Self::TagTargetGroup {
                target_group: of, ..
            } if is_of_lattice(of) => "vpc-lattice:TagResource",
            Self::UntagTargetGroup {
                target_group: of, ..
            } if is_of_lattice(of) => "vpc-lattice:UntagResource",
            Self::DeleteTargetGroup { target_group: of } if is_of_lattice(of) => {
                "vpc-lattice:DeleteTargetGroup"
            }
            Self::CreateTargetGroup { .. } => "elasticloadbalancing:CreateTargetGroup",
            Self::CopyAttributes { .. } => "elasticloadbalancing:ModifyTargetGroupAttributes",
            Self::TagTargetGroup { .. } => "elasticloadbalancing:AddTags",
            Self::UntagTargetGroup { .. } => "elasticloadbalancing:RemoveTags",
            Self::SetForward { route, spell, .. } => spell.call(route),
            Self::DeleteTargetGroup { .. } => "elasticloadbalancing:DeleteTargetGroup",
            Self::RegisterTaskDefinition { .. } => "ecs:RegisterTaskDefinition",
            Self::CreateRegistry(_) => "servicediscovery:CreateService",
            Self::CreateService(_) => "ecs:CreateService",
            Self::RollTwin { .. } | Self::CopyDeployment { .. } | Self::ScaleService { .. } => {
                "ecs:UpdateService"
            }
            Self::DeleteService { .. } => "ecs:DeleteService",
            Self::SetScaling { .. } => "application-autoscaling:RegisterScalableTarget",
            Self::CopyPolicy { .. } => "application-autoscaling:PutScalingPolicy",
            Self::CopyScheduled { .. } => "application-autoscaling:PutScheduledAction",
            Self::DeletePolicy { .. } => "application-autoscaling:DeleteScalingPolicy",
            Self::DeleteScheduled { .. } => "application-autoscaling:DeleteScheduledAction",
            Self::DeleteScaling { .. } => "application-autoscaling:DeregisterScalableTarget",
            Self::TagTwin { .. } => "ecs:TagResource",
            Self::UntagTwin { .. } => "ecs:UntagResource",
            Self::MakeProbeRule(_) => "elasticloadbalancing:CreateRule",
            Self::DropProbeRule { .. } => "elasticloadbalancing:DeleteRule",
            Self::InPlace(act) => act.name_of_call(),
        }
    }

    /// How closely AWS must have been looked at for this to count. What builds the twin rests on what it is made from;
    /// what moves traffic, grows or shrinks a side or deletes rests on everything.
    #[must_use]
    pub fn needs(&self) -> Look {
        match self {
            Self::CreateTargetGroup { .. } | Self::CopyAttributes { .. } => {
                Look::Close(&[Topic::TargetGroups])
            }
            // A note says what the routes say or are about to say; the move itself looks at everything.
            Self::TagTargetGroup { .. } | Self::UntagTargetGroup { .. } => {
                if self.is_about(tag::SCALING) {
                    Look::Close(&[Topic::TargetGroups, Topic::Routes, Topic::Scaling])
                } else {
                    Look::Close(&[Topic::TargetGroups, Topic::Routes])
                }
            }
            Self::SetForward {
                intent: Intent::Attach(Share::NONE),
                ..
            } => Look::Close(&[Topic::TargetGroups]),
            Self::RegisterTaskDefinition { .. } => Look::Close(&[Topic::TaskDefinitions]),
            Self::CreateService(_) => Look::Close(&[Topic::TargetGroups, Topic::TaskDefinitions]),
            Self::SetScaling { .. }
            | Self::CopyPolicy { .. }
            | Self::DeletePolicy { .. }
            | Self::CopyScheduled { .. }
            | Self::DeleteScheduled { .. } => Look::Close(&[Topic::Scaling]),
            Self::SetForward { .. }
            | Self::DeleteTargetGroup { .. }
            | Self::CreateRegistry(_)
            | Self::RollTwin { .. }
            | Self::CopyDeployment { .. }
            | Self::ScaleService { .. }
            | Self::DeleteService { .. }
            | Self::DeleteScaling { .. } => Look::Full,
            // What is noted of tasks and bounds is as it is now.
            Self::TagTwin { .. } | Self::UntagTwin { .. } => Look::Full,
            Self::MakeProbeRule(_) | Self::DropProbeRule { .. } => Look::Full,
            Self::InPlace(act) => act.needs(),
        }
    }

    /// Whether a note with a key is written or removed.
    fn is_about(&self, key: &str) -> bool {
        match self {
            Self::TagTargetGroup { tags, .. } => tags.contains_key(key),
            Self::UntagTargetGroup { keys, .. } => keys.iter().any(|k| k == key),
            _ => false,
        }
    }

    /// The notes that it writes.
    #[must_use]
    pub fn notes(&self) -> Option<&BTreeMap<String, String>> {
        match self {
            Self::TagTargetGroup { tags, .. } | Self::TagTwin { tags, .. } => Some(tags),
            Self::InPlace(act) => match &act.call {
                InPlaceCall::Note { tags, .. } => Some(tags),
                _ => None,
            },
            _ => None,
        }
    }

    /// The keys of the notes that it removes.
    #[must_use]
    pub fn forgets(&self) -> &[String] {
        match self {
            Self::UntagTargetGroup { keys, .. } | Self::UntagTwin { keys, .. } => keys,
            Self::InPlace(act) => match &act.call {
                InPlaceCall::Forget { keys, .. } => keys,
                _ => &[],
            },
            _ => &[],
        }
    }

    /// Whether its calls go before those that only build or clean up: it moves traffic, or makes ready for that.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        match self {
            Self::SetForward { intent, .. } => !matches!(intent, Intent::Attach(_)),
            Self::TagTargetGroup { .. }
            | Self::UntagTargetGroup { .. }
            | Self::TagTwin { .. }
            | Self::UntagTwin { .. }
            | Self::ScaleService { .. } => true,
            Self::InPlace(act) => act.is_urgent(),
            _ => false,
        }
    }

    /// Whether doing it twice makes two.
    #[must_use]
    pub fn makes_anew(&self) -> bool {
        match self {
            Self::RegisterTaskDefinition { .. } | Self::CreateService(_) => true,
            Self::InPlace(act) => matches!(act.call, InPlaceCall::RunTask { .. }),
            _ => false,
        }
    }

    /// A short name for events and reports.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::CreateTargetGroup { name, .. } => format!("create target group {name}"),
            Self::CopyAttributes { attributes, .. } => {
                format!("copy {} target group attributes", attributes.len())
            }
            Self::TagTargetGroup { tags, because, .. } | Self::TagTwin { tags, because, .. } => {
                let because = because.as_ref().map(|why| format!(", because {why}"));
                format!("note {}{}", note::told(tags), because.unwrap_or_default())
            }
            Self::UntagTargetGroup { keys, .. } | Self::UntagTwin { keys, .. } => {
                format!("forget {}", note::told_keys(keys))
            }
            Self::SetForward {
                named,
                intent,
                spell,
                ..
            } => {
                let what = match intent {
                    Intent::Attach(share) => format!("attach IPv6 at {share}"),
                    Intent::Raise(share) => format!("raise IPv6 to {share}"),
                    Intent::Return => "return traffic to IPv4".to_owned(),
                    Intent::Correct(share) => format!("correct IPv6 to {share}"),
                    Intent::Rescue(share) => {
                        format!("set IPv6 to {share} at once, since nobody answered customers")
                    }
                    Intent::Detach => "detach IPv4".to_owned(),
                    Intent::LetGo(Side::Ipv6) => "let go the clients of the lost twin".to_owned(),
                    Intent::LetGo(Side::Ipv4) => {
                        "let go the clients of the empty IPv4 side".to_owned()
                    }
                    Intent::Rejoin(side) => format!("name {side} again, without traffic,"),
                };
                match spell.told() {
                    Some(part) => format!("{what} on {named}: {part}"),
                    None => format!("{what} on {named}"),
                }
            }
            Self::DeleteTargetGroup { target_group } => {
                format!("delete target group {}", names::balancer(target_group))
            }
            Self::RegisterTaskDefinition { family, .. } => {
                format!("register task definition {family}")
            }
            Self::CreateRegistry(new) => format!("create Cloud Map service {}", new.name),
            Self::CreateService(twin) => format!("create service {}", twin.name),
            Self::RollTwin { service, force, .. } => {
                let again = if *force { " again" } else { "" };
                format!("roll service {service}{again}")
            }
            Self::CopyDeployment { service, .. } => {
                format!("let service {service} deploy as the original does")
            }
            Self::ScaleService {
                service, desired, ..
            } => format!("scale service {service} to {desired}"),
            Self::DeleteService { service, .. } => format!("delete service {service}"),
            Self::SetScaling {
                resource,
                bounds,
                suspended,
                ..
            } => {
                let held = match (
                    suspended.scale_in,
                    suspended.scale_out && suspended.scheduled,
                ) {
                    (_, true) => "suspended",
                    (true, _) => "scale-in suspended",
                    _ => "as it was",
                };
                match bounds {
                    Some(Bounds { min, max }) => {
                        format!("set scaling of {resource} to {min}–{max}, {held}")
                    }
                    None => format!("set scaling of {resource}: {held}"),
                }
            }
            Self::CopyPolicy { policy, .. } => format!("copy scaling policy {policy}"),
            Self::CopyScheduled { name, .. } => format!("copy scheduled action {name}"),
            Self::DeletePolicy { policy, .. } => {
                format!("delete the twin's copy of scaling policy {policy}")
            }
            Self::DeleteScheduled { name, .. } => {
                format!("delete the twin's copy of scheduled action {name}")
            }
            Self::DeleteScaling { resource } => format!("delete scaling of {resource}"),
            Self::MakeProbeRule(rule) => {
                format!(
                    "make rule {} for requests of our own, before {}",
                    rule.priority, rule.named
                )
            }
            Self::DropProbeRule { priority, .. } => {
                format!("delete rule {priority} for requests of our own")
            }
            Self::InPlace(act) => act.name(),
        }
    }
}
