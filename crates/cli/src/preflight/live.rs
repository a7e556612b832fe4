//! Live services that have no plan yet: each is looked at by the plan that `init` would write for it.
//!
//! What belongs here: which services, and by which plan. What must not: what stands in such a plan
//! (`sixshift_core::proposal`).

use std::collections::BTreeSet;

use futures::future::join_all;
use sixshift_controller::{Asked, Hands};
use sixshift_core::{
    observation::Observation,
    plan::{Plan, ServiceRef},
    proposal::{Moved, Outcome, name_of, propose},
};

use super::{
    choice::Choice,
    report::{self, OfPlan},
};
use crate::{
    init::{Place, wanted},
    skew,
};

/// Some services of a cluster, or all: what is told of those that get no plan, and each other with its plan.
///
/// # Errors
/// The cluster's services cannot be listed, or a simulated region's clock cannot be read.
pub(super) fn looked(
    choice: &Choice,
    place: &Place,
    cluster: &str,
    named: &[String],
) -> anyhow::Result<(Vec<OfPlan>, Vec<(Plan, Observation)>)> {
    let clock = skew::clock(place.sim_clock.as_deref())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let hands = Hands::from_environment(clock.rate()).await;
        let place = place.of(cluster, &hands)?;
        let drafts = drafts(&wanted(&hands, &place, named).await?);
        let asked = Asked::full(clock.now());
        let mut moved = Moved::default();
        let (mut told, mut plans) = (Vec::new(), Vec::new());
        for (draft, material) in drafts.iter().zip(hands.material(&drafts, asked.now).await) {
            match propose(&draft.service, &draft.name, &material, &moved) {
                Outcome::Plan(proposal) => {
                    moved.add(&draft.name, &material.seen);
                    plans.push(proposal.plan);
                }
                Outcome::Refused(refusal) => {
                    let seen = &material.seen;
                    told.push(report::of(choice, draft, seen).refused(&refusal.reasons));
                }
                Outcome::Twin => {}
            }
        }
        // The drafts named no subnets, so these looks see what those did not.
        let looks = plans
            .iter()
            .map(|plan| hands.observe_patiently(plan, asked));
        let looks = join_all(looks).await;
        Ok((told, plans.into_iter().zip(looks).collect()))
    })
}

fn drafts(services: &[ServiceRef]) -> Vec<Plan> {
    let mut taken = BTreeSet::new();
    let draft = |service: &ServiceRef| {
        let name = name_of(service, &taken);
        taken.insert(name.clone());
        Plan::draft(&name, service)
    };
    services.iter().map(draft).collect()
}
