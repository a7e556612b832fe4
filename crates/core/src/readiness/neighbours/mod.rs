//! What the service leans on beside its network, a file a topic: file systems, databases and caches, web ACLs,
//! policies of roles and of buckets.
//!
//! What belongs here: what AWS's other services say of these ([`Neighbours`](crate::observation::Neighbours)), and which of them a
//! plan has to know. What must not: words in the task definition that say enough by themselves ([`super::task`]).

pub(super) mod buckets;
pub(super) mod files;
pub(super) mod policies;
pub(super) mod stores;
pub(super) mod waf;

use std::collections::BTreeSet;

use super::{
    check::Spared,
    task::{Container, buckets::asked, containers_of},
};
use crate::{
    observation::{Known, Listing, TaskDefinition, Why, neighbours::hosts},
    plan::Plan,
};

/// What has to be known of a plan's neighbours, by its task definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leans {
    /// Ids of file systems of EFS.
    pub file_systems: BTreeSet<String>,
    /// The lists on which the hosts in variables may be.
    pub stores: BTreeSet<Listing>,
    /// ARNs of the task's two roles.
    pub roles: BTreeSet<String>,
    /// Names of buckets of S3.
    pub buckets: BTreeSet<String>,
}

impl Leans {
    /// Of the twin: its variables are the plan's, and the rest the original's.
    #[must_use]
    pub fn of(plan: &Plan, definition: &TaskDefinition) -> Self {
        let definition = &definition.document.read();
        let containers = containers_of(plan, definition);
        let texts = containers.iter().flat_map(Container::said);
        let stores = texts.flat_map(|said| hosts(said.text).flat_map(Listing::of));
        Self {
            file_systems: files::mounted(definition)
                .map(|(_, id)| id.to_owned())
                .collect(),
            stores: stores.copied().collect(),
            roles: policies::roles(definition)
                .map(|(_, arn)| arn.to_owned())
                .collect(),
            buckets: asked(plan, definition)
                .into_iter()
                .map(|asked| asked.bucket)
                .collect(),
        }
    }
}

/// What is known of one neighbour; of one that was not asked for nothing is.
pub(super) fn of<T>(known: Option<&Known<T>>) -> Result<Option<&T>, Spared> {
    match known {
        Some(Known::Seen(value)) => Ok(Some(value)),
        Some(Known::Absent) => Ok(None),
        Some(Known::Unknown(why)) => Err(Spared::Unknown(why.clone())),
        None => Err(Spared::Unknown(Why::not_asked())),
    }
}
