//! What a plan is called in AWS and in history: its uid and its revision.
//!
//! Both end up in tags of live resources: a change of these hashes would orphan them.

use sha2::{Digest, Sha256};

use super::{
    model::{Plan, Revision, ServiceRef, Uid},
    source::Spec,
};

pub(super) fn uid(service: &ServiceRef, name: &str) -> Uid {
    Uid(hash(&format!("{}\0{name}", service_key(service)), 10))
}

impl ServiceRef {
    /// Whether both are the same ECS service, whatever role is used for it.
    #[must_use]
    pub fn is_same_service(&self, other: &Self) -> bool {
        service_key(self) == service_key(other)
    }
}

/// Region, account, cluster and service: the account is known only where a role names it.
pub(super) fn service_key(service: &ServiceRef) -> String {
    let account = service
        .role_arn
        .as_deref()
        .and_then(|arn| arn.split(':').nth(4))
        .unwrap_or_default();
    [
        service.region.as_str(),
        account,
        &service.cluster,
        &service.name,
    ]
    .join("\0")
}

/// Of the spec as understood, not as written: comments, the order of keys and spelled-out defaults change nothing.
pub(super) fn revision(plan: &Plan) -> Revision {
    let spec = Spec {
        paused: None,
        ..Spec::from(plan)
    };
    let mut canonical = serde_json::to_value(spec).unwrap_or_default();
    canonical.sort_all_objects();
    Revision(hash(&canonical.to_string(), 12))
}

/// For the moment between reading the fields and hashing them.
pub(super) fn no_revision() -> Revision {
    Revision(String::new())
}

fn hash(text: &str, digits: usize) -> String {
    let mut hex: String = Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    hex.truncate(digits);
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha_256() {
        assert_eq!(hash("", 12), "e3b0c44298fc");
    }
}
