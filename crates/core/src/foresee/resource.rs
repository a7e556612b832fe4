//! What an action is done to.
//!
//! What belongs here: a name for people and, where AWS has given one, the ARN. What must not: what changes (`change`).

use super::NEW;
use crate::action::Action;

/// A resource of AWS's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Resource {
    /// `target group`, `rule`, `service`.
    pub kind: &'static str,
    /// For people.
    pub name: String,
    /// `None`: AWS has none for it, or gives it when it is made.
    pub arn: Option<String>,
}

impl Resource {
    /// What an action is done to, or makes.
    #[must_use]
    pub fn of(action: &Action) -> Self {
        match action {
            Action::CreateTargetGroup { name, .. } => Self::named("target group", name),
            Action::CopyAttributes { target_group, .. }
            | Action::TagTargetGroup { target_group, .. }
            | Action::UntagTargetGroup { target_group, .. }
            | Action::DeleteTargetGroup { target_group } => Self {
                arn: known(target_group),
                ..Self::named("target group", group_name(target_group))
            },
            Action::SetForward { route, named, .. } => {
                let name = named.strip_prefix(route.kind()).unwrap_or(named);
                Self {
                    arn: known(route.arn()),
                    ..Self::named(route.kind(), name.trim())
                }
            }
            Action::TagTwin { service, .. } | Action::UntagTwin { service, .. } => {
                super::tasks::resource(service)
            }
            Action::MakeProbeRule(rule) => Self::named("rule", &rule.priority.to_string()),
            Action::DropProbeRule { rule, priority, .. } => Self {
                arn: known(rule),
                ..Self::named("rule", &priority.to_string())
            },
            Action::InPlace(act) => super::in_place::resource(act),
            Action::RegisterTaskDefinition { family, .. } => Self::named("task definition", family),
            Action::CreateRegistry(new) => Self::named("Cloud Map service", &new.name),
            Action::CreateService(new) => Self::service(&new.cluster, &new.name),
            Action::RollTwin {
                cluster, service, ..
            }
            | Action::CopyDeployment {
                cluster, service, ..
            }
            | Action::ScaleService {
                cluster, service, ..
            }
            | Action::DeleteService { cluster, service } => Self::service(cluster, service),
            Action::SetScaling { resource, .. } | Action::DeleteScaling { resource } => {
                Self::named("scalable target", resource)
            }
            Action::CopyPolicy {
                to: of,
                policy: name,
                ..
            }
            | Action::DeletePolicy { of, policy: name } => {
                Self::named("scaling policy", &format!("{name} of {of}"))
            }
            Action::CopyScheduled { to: of, name, .. } | Action::DeleteScheduled { of, name } => {
                Self::named("scheduled action", &format!("{name} of {of}"))
            }
        }
    }

    pub(super) fn named(kind: &'static str, name: &str) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            arn: None,
        }
    }

    pub(super) fn service(cluster: &str, service: &str) -> Self {
        Self::named("service", &format!("{cluster}/{service}"))
    }
}

/// An ARN that AWS has given already.
pub(super) fn known(arn: &str) -> Option<String> {
    (!arn.ends_with(NEW)).then(|| arn.to_owned())
}

/// A target group's name in its ARN; of one of VPC Lattice its id.
pub(super) fn group_name(arn: &str) -> &str {
    let named = arn.rsplit(':').next();
    let named = named.and_then(|named| named.strip_prefix("targetgroup/"));
    let name = named.and_then(|named| named.split('/').next());
    name.unwrap_or(arn)
}
