//! Revisions of services: one never changes, so each is read once.
//!
//! What belongs here: DescribeServiceRevisions and its reading. What must not: what a twin takes from one ([`crate::act`]).

use std::sync::Arc;

use serde_json::Value;
use sixshift_core::{
    observation::{Known, Service, ServiceRevision},
    twin::unknown_in_revision,
};

use super::{Answers, all_unknown};
use crate::{
    batch::Since,
    call,
    document::Kept,
    region::{Clients, Region},
};

/// The one that a service has now.
pub(super) async fn of_service(
    region: &Region,
    service: &Known<Service>,
) -> Known<ServiceRevision> {
    match service {
        Known::Seen(service) => match &service.revision {
            Some(arn) => region.readers.revisions.one(arn.clone(), Since::ANY).await,
            None => Known::Absent,
        },
        Known::Absent => Known::Absent,
        Known::Unknown(why) => Known::Unknown(why.clone()),
    }
}

pub(super) async fn read(
    clients: Arc<Clients>,
    arns: Vec<String>,
) -> Answers<String, ServiceRevision> {
    let request = clients
        .ecs
        .describe_service_revisions()
        .set_service_revision_arns(Some(arns.clone()));
    let kept = Kept::default();
    let attempt = || request.clone().customize().interceptor(kept.clone()).send();
    if let Err(error) = clients
        .caller
        .read(&call::DESCRIBE_SERVICE_REVISIONS, attempt)
        .await
    {
        return all_unknown(arns, &error);
    }
    let answer = kept.document();
    let of = |arn: String| {
        let all = answer["serviceRevisions"].as_array().into_iter().flatten();
        let mut same = all.filter(|r| r["serviceRevisionArn"] == arn.as_str());
        let known = same
            .next()
            .map_or(Known::Absent, |r| Known::Seen(revision_of(r)));
        (arn, known)
    };
    arns.into_iter().map(of).collect()
}

fn revision_of(document: &Value) -> ServiceRevision {
    let has = |name: &str| document[name].as_array().is_some_and(|a| !a.is_empty());
    ServiceRevision {
        lattice: has("vpcLatticeConfigurations"),
        gateway: has("gatewayConnectors"),
        unknown: unknown_in_revision(document),
    }
}
